"""Lists in a text → their items as ranges: numbered clauses, bulleted lines, 一是…二是…, rows of a table."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.labels import number_of
from rag.sentences import sentence_ranges, table_head, trim
from rag.types import Document, Section

Range = tuple[int, int]

_BULLET = re.compile(r"[ \t\u3000]*[-*+•·][ \t]+(?=\S)")
_SERIES = re.compile(
    r"(?:(?<=[。；：，:;\n\s])|^)(?:(?P<a>[一二三四五六七八九十]{1,2})是|第(?P<b>[一二三四五六七八九十]{1,2})(?=[，、：]))"
)
_ANNOUNCES = re.compile(r"(?:[：:]|如下[。：:]?|以下[^。]{0,8}[。：:])\s*$")
_COUNTS = re.compile(r"[两二三四五六七八九十\d]+(?:个方面|大|项|个|条|种|类|点|张|方面)")
_FEWEST = 2


@dataclass(frozen=True)
class Enumeration:
    """Items in the order of the text, and the line or heading that announces them."""

    items: tuple[Range, ...]
    lead: Range | None


def enumerations_at(document: Document, start: int, end: int) -> Iterator[Enumeration]:
    """Lists that a sentence belongs to, or announces, the nearest first."""
    for found in (_series(document, start, end), _bullets(document, start, end), _clauses(document, start, end)):
        if found is not None and len(found.items) >= _FEWEST:
            yield found


def clauses_below(document: Document, path: Sequence[str]) -> Enumeration | None:
    """The numbered sections directly below a heading; None where there are fewer than two."""
    depth = len(path)
    below = [
        place
        for place, section in enumerate(document.sections)
        if section.label and len(section.path) == depth + 1 and section.path[:depth] == tuple(path)
    ]
    if len(below) < _FEWEST:
        return None
    items = tuple(_item(document, document.sections[place]) for place in below)
    return Enumeration(items, _lead(document, below[0], path))


def rows_of(document: Document, start: int) -> tuple[Range, ...]:
    """The rows of the Markdown table that the row at `start` belongs to, without its head."""
    head = table_head(document.text, start)
    if head is None or head[0] == start:
        return ()
    rows = []
    for first, last in _lines(document.text, head[1]):
        if table_head(document.text, first) != head:
            break
        if re.search(r"[^\s|:\-]", document.text[first:last]):
            rows.append(trim(document.text, first, last))
    return tuple(rows)


def _clauses(document: Document, start: int, end: int) -> Enumeration | None:
    """The clauses beside the one that a sentence stands in; those below the sentence where it announces them."""
    section = document.section_at(start)
    if _ANNOUNCES.search(document.text[start:end]):
        return clauses_below(document, section.path)
    return clauses_below(document, section.path[:-1]) if section.label and section.path else None


def _item(document: Document, section: Section) -> Range:
    """A clause from its number to the end of the first sentence of its text."""
    start, end = trim(document.text, section.start, section.end)
    last = min(end, max(section.heading_end, start))
    for _, stop in sentence_ranges(document.text[start:end]):
        if start + stop > last or start + stop >= end:
            # The text of a clause whose heading is a line of its own is not part of the item.
            if "\n" in document.text[start : start + stop].strip() or (
                last > start and "\n" in document.text[last - 1 : start + stop]
            ):
                break
            return trim(document.text, start, start + stop)
    return trim(document.text, start, last if last > start else end)


def _lead(document: Document, first: int, path: Sequence[str]) -> Range | None:
    """The last sentence before the first clause where it announces, else the heading above."""
    if not first or document.sections[first - 1].path != tuple(path):
        return None
    above = document.sections[first - 1]
    ranges = [(above.start + a, above.start + b) for a, b in sentence_ranges(document.text[above.start : above.end])]
    if ranges and _ANNOUNCES.search(document.text[slice(*ranges[-1])]):
        return ranges[-1]
    place = trim(document.text, above.start, max(above.heading_end, above.start))
    return place if place[0] < place[1] else None


def _bullets(document: Document, start: int, end: int) -> Enumeration | None:
    """The lines with bullets around a sentence, or after one that ends in a colon."""
    text = document.text
    line = text.rfind("\n", 0, start) + 1
    if _BULLET.match(text, line) is None:
        if not _ANNOUNCES.search(text[start:end]):
            return None
        line = end + len(text[end:]) - len(text[end:].lstrip())
        if line >= len(text) or _BULLET.match(text, text.rfind("\n", 0, line) + 1) is None:
            return None
        line = text.rfind("\n", 0, line) + 1
    first = line
    while first and _BULLET.match(text, previous := text.rfind("\n", 0, first - 1) + 1):
        first = previous
    items = []
    for begin, stop in _lines(text, first):
        mark = _BULLET.match(text, begin)
        if mark is None:
            break
        items.append(trim(text, mark.end(), stop))
    before = trim(text, text.rfind("\n", 0, max(first - 1, 0)) + 1, max(first - 1, 0))
    announced = before[0] < before[1] and _ANNOUNCES.search(text[slice(*before)])
    return Enumeration(tuple(items), before if announced else None)


def _series(document: Document, start: int, end: int) -> Enumeration | None:
    """一是…。二是…。 in the paragraph of a sentence, numbered from one, over several sentences."""
    text = document.text
    begin = text.rfind("\n", 0, start) + 1
    stop = text.find("\n", end)
    stop = len(text) if stop < 0 else stop
    marks: list[int] = []
    for found in _SERIES.finditer(text, begin, stop):
        number = number_of(found["a"] or found["b"])
        if number == len(marks) + 1:
            marks.append(found.start())
        elif number == 1:
            break
    if len(marks) < _FEWEST:
        return None
    sentences = [(begin + a, begin + b) for a, b in sentence_ranges(text[begin:stop])]
    # The last item goes to the end of its sentence; the others to where the next begins.
    last = next((b for _, b in sentences if b > marks[-1]), stop)
    items = [trim(text, a, b) for a, b in zip(marks, [*marks[1:], last], strict=True)]
    if sum(a <= marks[0] < b and marks[-1] < b for a, b in sentences):
        return None  # one sentence holds them all, and is quoted whole
    lead = next(((a, b) for a, b in reversed(sentences) if b <= marks[0]), None)
    inside = next(((a, marks[0]) for a, _ in sentences if a < marks[0] and (lead is None or a >= lead[1])), None)
    lead = trim(text, *inside) if inside else lead
    near = lead is not None and start >= lead[0] and start < last
    if not near and not any(a <= start < b for a, b in items):
        return None
    said = text[slice(*lead)] if lead else ""
    if not inside and not _COUNTS.search(said) and not _ANNOUNCES.search(said):
        lead = None
    return Enumeration(tuple(items), lead)


def _lines(text: str, start: int) -> Iterator[Range]:
    """The lines from the one after `start` on, or from `start` itself where a line begins there."""
    position = start if start == 0 or text[start - 1] == "\n" else text.find("\n", start) + 1
    while 0 < position < len(text) or position == start == 0:
        stop = text.find("\n", position)
        stop = len(text) if stop < 0 else stop
        yield position, stop
        position = stop + 1
