"""What a language model wrote → sentences tied to verbatim ranges of the passages it was given, each one checked.

The model is never believed: a number that no passage has is dropped, a sentence without a basis is marked, and every
figure and name is looked up in what the sentence cites.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.quoting import make_citation, row_sentence
from rag.split import sentence_ranges, table_head
from rag.store import Library
from rag.types import AnswerSentence, Citation, Document, Passage
from rag.verify import LITTLE_BASIS, LOW_SUPPORT, NO_BASIS, support, unsupported

MOST_SENTENCES = 15
"""Of what a model writes no more is read."""
_MOST_CHARACTERS = 400
_WINDOW = 4

# [1], 【1、2】, [段落3]; [2021]12号 and [2021]第12号 are 文号.
_MARKS = re.compile(
    r"[\[［【]\s*\^?(?:段落|资料|编号)?\s*(\d{1,4}(?:\s*[,，、;；–—~至-]\s*\d{1,4})*)\s*[\]］】](?!\s*第?\s*\d+\s*号)"
)
_LEADING_MARKS = re.compile(rf"(?:\s*{_MARKS.pattern})+")
_LIST_MARK = re.compile(r"^\s*(?:(?:[-*+•·>]|#{1,6}|\d{1,2}[.、)）](?!\d))\s*)+")
_LINK = re.compile(r"!?\[([^\]\n]*)\]\([^)\n]*\)")
_TAG = re.compile(r"</?[A-Za-z!][^>\n]{0,200}>")
_ADDRESS = re.compile(r"(?:https?|ftp|data|javascript):[^\s，。；）)》]*", re.IGNORECASE)
_EMPHASIS = re.compile(r"\*\*|__|`+|~~")
_COMPLETE = re.compile(r"[。！？!?；;][”’」』）)】》\"']*$")


@dataclass(frozen=True)
class Written:
    """One sentence of the model, and the numbers of the passages it names."""

    text: str
    numbers: tuple[int, ...]


@dataclass(frozen=True)
class _Place:
    """A range of a document that a sentence rests on."""

    document: Document
    start: int
    end: int


def split_written(text: str, *, finished: bool) -> list[Written]:
    """Cut a model's text into sentences and take their citation marks, links, tags and list marks off.

    Parameters
    ----------
    text
        What is visible so far.
    finished
        Whether the last sentence is complete; else it is left out as long as nothing shows its end.

    >>> split_written("投入3000万元[1]。其中福建：\\n- 2000万元。[2][3]", finished=True)
    [Written(text='投入3000万元。', numbers=(1,)), Written(text='其中福建：2000万元。', numbers=(2, 3))]
    """
    found: list[Written] = []
    lead = ""
    for raw, whole in _pieces(text):
        marks = _LEADING_MARKS.match(raw)
        if marks and found and not lead:
            found[-1] = Written(found[-1].text, _unique((*found[-1].numbers, *_numbers(marks[0]))))
            raw = raw[marks.end() :]
        numbers = _numbers(raw)
        clean = _clean(raw)
        if not clean or not re.search(r"\w", clean):
            continue
        if clean.endswith(("：", ":")) and not numbers:
            lead += clean
            continue
        if whole or finished:
            found.append(Written((lead + clean)[:_MOST_CHARACTERS], numbers))
            lead = ""
    return found[:MOST_SENTENCES]


def check_written(
    library: Library, written: Sequence[Written], passages: Sequence[Passage]
) -> tuple[tuple[AnswerSentence, ...], tuple[Citation, ...]]:
    """Tie each sentence to the narrowest range of the passages it names, and say what does not stand there.

    Parameters
    ----------
    passages
        What the model was given, number n being the n-th.
    """
    sentences: list[AnswerSentence] = []
    citations: list[Citation] = []
    numbers: dict[tuple[str, int, int], int] = {}
    for one in written:
        places: list[_Place] = []
        for number in one.numbers:
            if 1 <= number <= len(passages):
                places += _narrow(library, one.text, passages[number - 1])
        own: list[int] = []
        for place in places:
            key = (place.document.path, place.start, place.end)
            if key not in numbers:
                numbers[key] = len(citations) + 1
                citations.append(make_citation(place.document, place.start, place.end, numbers[key]))
            own.append(numbers[key])
        sentences.append(AnswerSentence(one.text, _unique(own), _lacking(one, places)))
    return tuple(sentences), tuple(citations)


def _lacking(written: Written, places: Sequence[_Place]) -> tuple[str, ...]:
    if not places:
        return (NO_BASIS,)
    quotes = _quotes(places)
    labels = [label for place in places for label in _labels(place)]
    missing = unsupported(written.text, quotes, labels)
    return missing if support(written.text, [*quotes, *labels]) >= LOW_SUPPORT else (*missing, LITTLE_BASIS)


def _quotes(places: Sequence[_Place]) -> list[str]:
    quotes = []
    for place in places:
        quotes.append(place.document.text[place.start : place.end])
        row = row_sentence(place.document, place.start, place.end)
        if row is not None:
            quotes.append(row)
    return quotes


def _labels(place: _Place) -> Iterator[str]:
    header = place.document.header
    yield from filter(None, (place.document.title, header.doc_number, header.issuer))
    section = place.document.section_at(place.start)
    yield from section.path


def _narrow(library: Library, sentence: str, passage: Passage) -> list[_Place]:
    """The run of at most four sentences of a passage that lacks least of a sentence, then fits best, then is shortest.

    A row of a table comes with the head of its table.
    """
    document = library.document(passage.document)
    ranges = list(sentence_ranges(passage.text)) or [(0, len(passage.text))]
    best: tuple[tuple[int, float, int], _Place] | None = None
    for first in range(len(ranges)):
        for last in range(first, min(first + _WINDOW, len(ranges))):
            place = _Place(document, passage.start + ranges[first][0], passage.start + ranges[last][1])
            quotes = _quotes([place])
            rank = (len(unsupported(sentence, quotes)), -round(support(sentence, quotes), 2), place.end - place.start)
            if best is None or rank < best[0]:
                best = (rank, place)
    if best is None:
        return []
    head = table_head(document.text, best[1].start)
    return [best[1]] + ([_Place(document, *head)] if head and head[0] != best[1].start else [])


def _pieces(text: str) -> Iterator[tuple[str, bool]]:
    """Sentences of a text with their marks, and whether each has ended."""
    lines = text.split("\n")
    for position, line in enumerate(lines):
        bare = _LIST_MARK.sub("", line)
        ranges = list(sentence_ranges(bare))
        for place, (start, end) in enumerate(ranges):
            piece = bare[start:end]
            ended = (
                position + 1 < len(lines)
                or place + 1 < len(ranges)
                or bool(_COMPLETE.search(_MARKS.sub("", piece).strip()))
            )
            yield piece, ended


def _numbers(text: str) -> tuple[int, ...]:
    found: list[int] = []
    for match in _MARKS.finditer(text):
        parts = re.split(r"\s*([,，、;；–—~至-])\s*", match[1])
        for place in range(0, len(parts), 2):
            number = int(parts[place])
            if place and parts[place - 1] in "–—~至-" and found and found[-1] < number <= found[-1] + 20:
                found += range(found[-1] + 1, number)
            found.append(number)
    return _unique(found)


def _clean(text: str) -> str:
    text = _LINK.sub(r"\1", text)
    text = _TAG.sub("", _MARKS.sub("", text))
    return re.sub(r"\s+", " ", _EMPHASIS.sub("", _ADDRESS.sub("", text))).strip()


def _unique(numbers: Sequence[int]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(numbers))
