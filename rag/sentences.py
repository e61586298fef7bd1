"""Text → sentences, and where a long text may be cut; all as exact ranges."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import lru_cache

from langchain_text_splitters import RecursiveCharacterTextSplitter

# An ASCII ? or ! inside a link (page?id=3) ends nothing.
_SENTENCE_END = r"(?:[。！？]|[!?](?![A-Za-z0-9=&/%#.])|…{2,})[。！？!?…”’」』）)》】\"']*"
# White space around a line or sentence is split off, so that it does not push a sentence over the chunk size.
_EDGES = r"\A\s+|(?<=\S)(?=\s+\Z)"
_SEPARATORS = [
    r"\n[ \t\u3000]*\n\s*", r"\n", _EDGES, _SENTENCE_END, _EDGES, r"[；;]", r"[，,：:]", r"、", r"\s", ""
]  # fmt: skip
_SENTENCE = re.compile(rf"[^\n]*?(?:{_SENTENCE_END}|(?=\n)|\Z)")
_LIST_MARK = re.compile(r"(?:[-*+>•·]\s+|\d{1,2}[.、](?!\s*\d)\s*)+")
_TABLE_RULE = re.compile(r"[\s|:\-—=*_#]*")
_TABLE = re.compile(r"^(\|.*)\n[ \t|:]*-[ \t|:\-]*$(?:\n\|.*)*", re.MULTILINE)


def table_head(text: str, start: int) -> tuple[int, int] | None:
    """Range of the head row of the Markdown table that the row at `start` belongs to; None outside a table."""
    tables = _tables(text)
    position = bisect_right(tables, start, key=lambda table: table[0]) - 1
    if position < 0 or start >= tables[position][1]:
        return None
    return tables[position][2]


@lru_cache(maxsize=64)
def _tables(text: str) -> tuple[tuple[int, int, tuple[int, int]], ...]:
    """Start and end of every Markdown table, and the range of its head row."""
    return tuple((table.start(), table.end(), trim(text, *table.span(1))) for table in _TABLE.finditer(text))


def sentence_ranges(text: str) -> Iterator[tuple[int, int]]:
    """Yield the ranges of the sentences of a text: they end at 。！？… with closing quotes, or at a line's end.

    >>> text = "一是就业。二是“消费帮扶！”\\n- 三是"
    >>> [text[a:b] for a, b in sentence_ranges(text)]
    ['一是就业。', '二是“消费帮扶！”', '三是']
    """
    for match in _SENTENCE.finditer(text):
        start, end = trim(text, match.start(), match.end())
        mark = _LIST_MARK.match(text, start, end)
        if mark and mark.end() < end:
            start = mark.end()
        if start < end and not _TABLE_RULE.fullmatch(text, start, end):
            yield start, end


def cut(text: str, start: int, end: int, size: int) -> Iterator[tuple[int, int]]:
    """Cut a range into ranges of at most `size` characters, where paragraphs, sentences, else pauses allow it."""
    splitter = RecursiveCharacterTextSplitter(
        separators=_SEPARATORS,
        is_separator_regex=True,
        keep_separator="end",
        chunk_size=size,
        chunk_overlap=0,
        strip_whitespace=False,
    )
    position = start
    for piece in splitter.split_text(text[start:end]):
        # Pieces joined give the range back (held by a property test), so offsets are sums of lengths.
        first, last = trim(text, position, position + len(piece))
        position += len(piece)
        if first < last:
            yield first, last
    if position != end:
        raise AssertionError(f"pieces cover {position - start} of {end - start} characters")


def trim(text: str, start: int, end: int) -> tuple[int, int]:
    """A range without the white space at its ends."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
