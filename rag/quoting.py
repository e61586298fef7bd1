"""Candidate sentences → those to quote; ranges of documents → sentences of an answer with their citations."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.evidence import Evidence
from rag.labels import SEPARATOR
from rag.retrieve import is_recognised, page_of
from rag.split import table_head
from rag.store import Library
from rag.types import AnswerSentence, Citation, Document, Sentence
from rag.verify import unsupported
from rag.words import token_sets

_SAME = 0.8
OCR_NOTE = "文字由图像识别，可能有误"
"""Said with citations from pages that were pictures."""


@dataclass(frozen=True)
class Pick:
    """A range of a document that is to be quoted; `apart` keeps it from becoming one quote with its neighbours."""

    document: str
    start: int
    end: int
    apart: bool = False


def pick_of(sentence: Sentence, *, apart: bool = False) -> Pick:
    """The range of a sentence, to be quoted."""
    return Pick(sentence.document, sentence.start, sentence.end, apart)


def make_citation(document: Document, start: int, end: int, number: int) -> Citation:
    """Cite a range of a document, with the section and page it begins in."""
    notes = [document.header.nature, OCR_NOTE if is_recognised(document, start, end) else None]
    return Citation(
        number=number,
        document=document.path,
        title=document.title,
        section=SEPARATOR.join(document.section_at(start).path),
        page=page_of(document, start),
        start=start,
        end=end,
        quote=document.text[start:end],
        header=document.header,
        note="；".join(note for note in notes if note) or None,
    )


def candidates(evidence: Evidence, scores: Sequence[float], order: Sequence[int], gap: float) -> Iterator[Sentence]:
    """The best sentences, best first, down to `gap` below the best score, without those that repeat one before."""
    given: list[str] = []
    for i in order:
        sentence = evidence.sentences[i]
        if scores[i] < scores[order[0]] - gap:
            return
        if not any(repeats(sentence.text, text) for text in given):
            given.append(sentence.text)
            yield sentence


def in_reading_order(picks: Sequence[Pick]) -> list[Pick]:
    """Ranges of one document together, in the order of its text; documents in the order of their first."""
    first_seen = {pick.document: place for place, pick in reversed(list(enumerate(picks)))}
    return sorted(picks, key=lambda pick: (first_seen[pick.document], pick.start))


def repeats(one: str, other: str) -> bool:
    """Tell whether two sentences say the same in nearly the same words, with the same figures (Jaccard of bigrams)."""
    a, b = token_sets(one)[1], token_sets(other)[1]
    same_figures = {t for t in a if t[0].isdigit()} == {t for t in b if t[0].isdigit()}
    return same_figures and len(a & b) >= _SAME * max(len(a | b), 1)


def cite(library: Library, picks: Sequence[Pick]) -> tuple[tuple[AnswerSentence, ...], tuple[Citation, ...]]:
    """Quote ranges in the order given; neighbours in the text become one quote, a table row comes with its head."""
    runs: list[Pick] = []
    for pick in picks:
        if runs and not pick.apart and not runs[-1].apart and runs[-1].document == pick.document:
            between = library.document(pick.document).text[runs[-1].end : pick.start]
            if runs[-1].end <= pick.start and not between.strip(" \u3000"):
                runs[-1] = Pick(pick.document, runs[-1].start, pick.end)
                continue
        runs.append(pick)
    sentences: list[AnswerSentence] = []
    citations: list[Citation] = []
    numbers: dict[tuple[str, int, int], int] = {}

    def number_of(document: Document, start: int, end: int) -> int:
        key = (document.path, start, end)
        if key not in numbers:
            numbers[key] = len(citations) + 1
            citations.append(make_citation(document, start, end, numbers[key]))
        return numbers[key]

    for run in runs:
        document = library.document(run.document)
        own = [number_of(document, run.start, run.end)]
        text = document.text[run.start : run.end]
        head = table_head(document.text, run.start)
        if head and head[0] != run.start:
            own.append(number_of(document, *head))
            text = _row_text(document.text[head[0] : head[1]], text)
        quotes = [citations[number - 1].quote for number in own]
        sentences.append(AnswerSentence(text, tuple(own), unsupported(text, quotes)))
    return tuple(sentences), tuple(citations)


def row_sentence(document: Document, start: int, end: int) -> str | None:
    """A row of a Markdown table as a sentence, `列名：值；列名：值。`; None where the range is no such row."""
    head = table_head(document.text, start)
    if head is None or head[0] == start:
        return None
    return _row_text(document.text[head[0] : head[1]], document.text[start:end])


def _row_text(head: str, row: str) -> str:
    """A table row as a sentence: `列名：值；列名：值。`"""
    names, values = _cells(head), _cells(row)
    if len(names) != len(values):
        return "；".join(value for value in values if value) + "。"
    return (
        "；".join(f"{name}：{value}" if name else value for name, value in zip(names, values, strict=True) if value)
        + "。"
    )


def _cells(row: str) -> list[str]:
    # Only the outermost bars: one more is an empty cell, and without it the others would move to other columns.
    bare = re.sub(r"^\||(?<!\\)\|$", "", row.strip())
    return [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", bare)]
