"""Evidence of a question → where it stands in one library: relevant passages and documents, and ranges to cite."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rag.errors import DocumentMissing
from rag.split import table_head
from rag.store import Library
from rag.testset import Evidence, Fault, Question, QuestionFile, occurrences
from rag.types import Citation

OPENING = 40
"""A passage that holds so many characters from the start of an occurrence is relevant."""

Span = tuple[str, int, int]
"""A document and a range `[start, end)` of its text."""


@dataclass(frozen=True)
class Need:
    """One need of a question, served by any of its alternatives.

    Attributes
    ----------
    passages, documents
        Numbers of the relevant passages and documents in the library.
    spans
        All occurrences of the quotes.
    """

    passages: frozenset[int]
    documents: frozenset[int]
    spans: tuple[Span, ...]


@dataclass(frozen=True)
class Ranks:
    """How one question's ranking met its needs; ranks count from 1.

    Attributes
    ----------
    found
        Ranks of the relevant items, ascending.
    relevant
        Number of relevant items in the library, found or not.
    needs
        For each need the best rank of an item that serves it, None where there is none.
    """

    found: tuple[int, ...] = ()
    relevant: int = 0
    needs: tuple[int | None, ...] = ()


def is_relevant(start: int, end: int, occurrence: tuple[int, int]) -> bool:
    """Whether the passage `[start, end)` holds the first 40 characters of an occurrence, or lies inside it.

    >>> is_relevant(0, 50, (10, 200)), is_relevant(0, 49, (10, 200)), is_relevant(20, 60, (10, 200))
    (True, False, True)
    """
    first, last = occurrence
    return (start <= first and min(first + OPENING, last) <= end) or (first <= start and end <= last)


class Evidences:
    """Finds evidence in one library; the passages of each document are looked up once."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._numbers = {path: number for number, path in enumerate(library.paths)}
        self._chunks: dict[str, list[tuple[int, int, int]]] = {}

    def needs(self, question: Question) -> tuple[Need, ...]:
        """The needs of a question; a need whose evidence is not found is empty."""
        return tuple(self._need(need) for need in question.needs)

    def missing(self, read: QuestionFile) -> tuple[list[Fault], int, int]:
        """What evidence is not found.

        Returns
        -------
        list of Fault, int, int
            A fault for each document and quote that is missing, how many entries these are, and of how many.
        """
        faults, missing, total = [], 0, 0
        for line, question in zip(read.lines, read.questions, strict=True):
            absent = [entry for entry in question.evidence if not self.spans(entry)]
            missing, total = missing + len(absent), total + len(question.evidence)
            texts = (self._fault(entry) for entry in absent)
            faults += [Fault(line, question.id, text) for text in dict.fromkeys(texts)]
        return faults, missing, total

    def spans(self, entry: Evidence) -> list[Span]:
        """All occurrences of an entry; none where the library lacks its document or the quote."""
        try:
            text = self._library.document(entry.document).text
        except DocumentMissing:
            return []
        return [(entry.document, start, end) for start, end in occurrences(text, entry)]

    def is_verbatim(self, citation: Citation) -> bool:
        """Whether a citation's quote is the text that stands at its place."""
        try:
            text = self._library.document(citation.document).text
        except DocumentMissing:
            return False
        return 0 <= citation.start < citation.end and text[citation.start : citation.end] == citation.quote

    def right(self, citations: Sequence[Citation], needs: Sequence[Need]) -> list[bool]:
        """Which citations are right.

        A citation is right when its range overlaps an occurrence of an evidence quote by at least one character, or
        when it is the head of a table of which a right citation quotes a row.
        """
        spans = [span for need in needs for span in need.spans]
        right = [overlaps((c.document, c.start, c.end), spans) for c in citations]
        heads = {
            (c.document, *head)
            for c, is_right in zip(citations, right, strict=True)
            if is_right and (head := table_head(self._library.document(c.document).text, c.start))
        }
        places = [(c.document, c.start, c.end) for c in citations]
        return [is_right or place in heads for place, is_right in zip(places, right, strict=True)]

    def _need(self, need: Sequence[Evidence]) -> Need:
        spans = [span for entry in need for span in self.spans(entry)]
        return Need(
            passages=frozenset(number for span in spans for number in self._relevant(span)),
            documents=frozenset(self._numbers[document] for document, _, _ in spans),
            spans=tuple(spans),
        )

    def _relevant(self, span: Span) -> list[int]:
        document, *occurrence = span
        if document not in self._chunks:
            numbers = self._library.chunks_of(self._numbers[document])
            chunks = [(number, self._library.chunk(number)) for number in numbers]
            self._chunks[document] = [(number, chunk.start, chunk.end) for number, chunk in chunks]
        place = (occurrence[0], occurrence[1])
        return [number for number, start, end in self._chunks[document] if is_relevant(start, end, place)]

    def _fault(self, entry: Evidence) -> str:
        if entry.document not in self._numbers:
            return f"索引中没有文档 {entry.document}"
        return f"{entry.document} 中找不到引文：“{' '.join(entry.quote.split())[:OPENING]}”"


def overlaps(span: Span, others: Iterable[Span]) -> bool:
    """Whether a range shares a character with one of the others, in the same document.

    >>> overlaps(("a.md", 0, 5), [("a.md", 4, 9)]), overlaps(("a.md", 0, 5), [("a.md", 5, 9), ("b.md", 0, 5)])
    (True, False)
    """
    document, start, end = span
    return any(document == other and start < last and first < end for other, first, last in others)


def ranks_of(ranking: Sequence[int], needs: Sequence[frozenset[int]]) -> Ranks:
    """Meet a ranking of numbers, best first, with the numbers that serve each need.

    >>> ranks_of([7, 3, 9, 4], [frozenset({3, 4}), frozenset({5})])
    Ranks(found=(2, 4), relevant=3, needs=(2, None))
    """
    relevant = frozenset().union(*needs)
    rank = {number: position for position, number in enumerate(ranking, start=1) if number in relevant}
    best = (min((rank[number] for number in need if number in rank), default=None) for need in needs)
    return Ranks(tuple(rank.values()), len(relevant), tuple(best))
