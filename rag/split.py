"""Sections → chunks → sentences, all as exact ranges of the text."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import lru_cache

from langchain_text_splitters import RecursiveCharacterTextSplitter

from rag.types import Chunk, Document, Section, Sentence

SPLITTER_VERSION = 2

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


def split_document(document: Document, chunk_size: int) -> list[Chunk]:
    """Cut a document into chunks of at most `chunk_size` characters.

    A chunk never crosses a section and never cuts inside a sentence, unless one sentence is longer than a chunk.
    Headings stand in `Chunk.section`, not in its text; white space between chunks belongs to none.
    """
    chunks: list[Chunk] = []
    for section in document.sections:
        if section.kind == "boilerplate":
            continue
        for start, end in _split_section(document.text, section, chunk_size):
            chunks.append(Chunk(document.path, start, end, document.text[start:end], section.path, section.kind))
    return chunks


def split_sentences(text: str, chunk: Chunk, position: int) -> list[Sentence]:
    """Cut a chunk into sentences; list marks, table rules, table heads and white space around them belong to none.

    Parameters
    ----------
    text
        The document's text.
    chunk
        The chunk to cut.
    position
        The chunk's number in the index, kept in each sentence.
    """
    sentences: list[Sentence] = []
    for relative_start, relative_end in sentence_ranges(chunk.text):
        start, end = chunk.start + relative_start, chunk.start + relative_end
        if table_head(text, start) != (start, end):
            sentences.append(Sentence(chunk.document, start, end, text[start:end], position, chunk.kind))
    return sentences


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
    return tuple((table.start(), table.end(), _trim(text, *table.span(1))) for table in _TABLE.finditer(text))


def sentence_ranges(text: str) -> Iterator[tuple[int, int]]:
    """Yield the ranges of the sentences of a text: they end at 。！？… with closing quotes, or at a line's end.

    >>> text = "一是就业。二是“消费帮扶！”\\n- 三是"
    >>> [text[a:b] for a, b in sentence_ranges(text)]
    ['一是就业。', '二是“消费帮扶！”', '三是']
    """
    for match in _SENTENCE.finditer(text):
        start, end = _trim(text, match.start(), match.end())
        mark = _LIST_MARK.match(text, start, end)
        if mark and mark.end() < end:
            start = mark.end()
        if start < end and not _TABLE_RULE.fullmatch(text, start, end):
            yield start, end


def matching_text(document: Document, sentence: Sentence) -> str:
    """What is embedded and compared of a sentence: a table row is nothing without its head row."""
    head = table_head(document.text, sentence.start)
    return f"{document.text[head[0] : head[1]]}\n{sentence.text}" if head else sentence.text


def _split_section(text: str, section: Section, chunk_size: int) -> Iterator[tuple[int, int]]:
    start = section.start if section.kind == "header" else max(section.start, section.heading_end)
    body = text[start : section.end]
    splitter = RecursiveCharacterTextSplitter(
        separators=_SEPARATORS,
        is_separator_regex=True,
        keep_separator="end",
        chunk_size=chunk_size,
        chunk_overlap=0,
        strip_whitespace=False,
    )
    position = start
    for piece in splitter.split_text(body):
        # Pieces joined give the section back (held by a property test), so offsets are sums of lengths.
        begin, end = _trim(text, position, position + len(piece))
        position += len(piece)
        if begin < end:
            yield begin, end
    if position != section.end:
        raise AssertionError(f"pieces cover {position - start} of {section.end - start} characters")


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
