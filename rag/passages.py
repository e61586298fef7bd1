"""Sections → ranges of passages: small siblings joined, long ones cut inside, none across a section that is long."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rag.sentences import cut, sentence_ranges, trim
from rag.types import Document, Section


@dataclass
class _Open:
    """A passage that may still grow; `is_bare` while it holds headings only."""

    start: int
    end: int
    is_bare: bool


def passages(document: Document, chunk_size: int) -> Iterator[tuple[int, int]]:
    """Yield the ranges of a document's passages, in order, without white space around them.

    Sections under the same heading share a passage where they fit into it together, each with all that stands below
    it. What is longer than a passage is taken apart: its own text, then the sections below it; a heading without text
    of its own goes with the first of them. Parts of another kind than running text stand alone.

    Parameters
    ----------
    document
        Text and sections.
    chunk_size
        Most characters of a passage.
    """
    run: list[Section] = []
    for section in document.sections:
        if section.kind == "body":
            run.append(section)
            continue
        yield from _siblings(document.text, _groups(run), chunk_size, None)
        run = []
        if section.kind != "boilerplate":
            yield from cut(document.text, section.start, section.end, chunk_size)
    yield from _siblings(document.text, _groups(run), chunk_size, None)


def _siblings(
    text: str, groups: Iterable[Sequence[Section]], size: int, above: _Open | None
) -> Iterator[tuple[int, int]]:
    """Passages of the sections that stand beside each other; `above` are bare headings over the first one."""
    grown = above
    for group in groups:
        start, end = trim(text, group[0].start, group[-1].end)
        if start == end:
            continue
        bare = len(group) == 1 and _is_bare(text, group[0])
        if grown is not None and end - grown.start <= size:
            grown.end, grown.is_bare = end, grown.is_bare and bare
            continue
        above = grown if grown is not None and grown.is_bare else None
        if grown is not None and above is None:
            yield grown.start, grown.end
        grown = None
        if end - start <= size and above is None:
            grown = _Open(start, end, bare)
        elif len(group) > 1:
            yield from _siblings(text, [group[:1], *_groups(group[1:])], size, above)
        else:
            body = max(group[0].start, group[0].heading_end) if _has_line(text, group[0]) else group[0].start
            yield from _cut_below(text, above.start if above else start, body, group[0].end, size)
    if grown is not None:
        yield grown.start, grown.end


def _groups(leaves: Sequence[Section]) -> Iterator[Sequence[Section]]:
    """Each section with those below it."""
    first = 0
    for place in range(1, len(leaves) + 1):
        if place == len(leaves) or leaves[place].level <= leaves[first].level:
            yield leaves[first:place]
            first = place


def _cut_below(text: str, start: int, body: int, end: int, size: int) -> Iterator[tuple[int, int]]:
    """Cut a section; the headings before `body` go with its first sentences, where these leave room for them."""
    pieces = cut(text, body, end, size)
    first = next(pieces, None)
    if first is None or not text[start:body].strip():
        yield from cut(text, start, end, size)
        return
    if first[1] - start <= size:
        yield start, first[1]
        yield from pieces
        return
    ends = [first[0] + stop for _, stop in sentence_ranges(text[first[0] : first[1]])]
    fitting = [stop for stop in ends if stop - start <= size and stop < first[1]]
    if fitting:
        yield start, fitting[-1]
        yield from cut(text, fitting[-1], end, size)
    else:
        yield from cut(text, start, body, size)
        yield first
        yield from pieces


def _is_bare(text: str, leaf: Section) -> bool:
    """Whether a section is nothing but its heading."""
    return leaf.heading_end > leaf.start and not text[leaf.heading_end : leaf.end].strip()


def _has_line(text: str, leaf: Section) -> bool:
    """Whether the heading of a section is a line of its own."""
    return "\n" in text[leaf.start : leaf.heading_end]
