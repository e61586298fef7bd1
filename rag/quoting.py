"""Candidate sentences → an extractive answer: the best ones, quoted in reading order with their citations."""

import re
from collections.abc import Sequence

from rag.evidence import Evidence
from rag.labels import SEPARATOR
from rag.retrieve import is_recognised, page_of
from rag.settings import Tuning
from rag.split import table_head
from rag.store import Library
from rag.types import AnswerSentence, Citation, Document, Sentence
from rag.verify import unsupported
from rag.words import token_sets

_SAME = 0.8
OCR_NOTE = "文字由图像识别，可能有误"
"""Said with citations from pages that were pictures."""

_ASKS_LIST = re.compile(r"哪些|哪几|有什么|列出|列举|分别|包括什么|都有谁|几个方面|几项|几条|清单|一览")


def quote_sentences(
    library: Library, evidence: Evidence, scores: Sequence[float], order: Sequence[int], question: str, tuning: Tuning
) -> tuple[tuple[AnswerSentence, ...], tuple[Citation, ...]]:
    """Quote the best candidates.

    Parameters
    ----------
    evidence, scores
        The candidate sentences and the score of each.
    order
        Their positions, best first.
    """
    chosen = _choose(evidence, scores, order, tuning, is_list=_ASKS_LIST.search(question) is not None)
    return _cite(library, [evidence.sentences[i] for i in chosen])


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


def _choose(
    evidence: Evidence, scores: Sequence[float], order: Sequence[int], tuning: Tuning, *, is_list: bool
) -> list[int]:
    """The best sentences that do not repeat each other, in reading order, the best document first."""
    limit = tuning.max_list if is_list else tuning.max_sentences
    gap = tuning.list_gap if is_list else tuning.gap
    chosen: list[int] = []
    for i in order:
        if len(chosen) == limit or scores[i] < scores[order[0]] - gap:
            break
        if not any(_repeats(evidence.sentences[i], evidence.sentences[other]) for other in chosen):
            chosen.append(i)
    first_seen = {evidence.sentences[i].document: position for position, i in reversed(list(enumerate(chosen)))}
    return sorted(chosen, key=lambda i: (first_seen[evidence.sentences[i].document], evidence.sentences[i].start))


def _repeats(one: Sentence, other: Sentence) -> bool:
    """Tell whether two sentences say the same in nearly the same words, with the same figures (Jaccard of bigrams)."""
    a, b = token_sets(one.text)[1], token_sets(other.text)[1]
    same_figures = {t for t in a if t[0].isdigit()} == {t for t in b if t[0].isdigit()}
    return same_figures and len(a & b) >= _SAME * max(len(a | b), 1)


def _cite(library: Library, chosen: Sequence[Sentence]) -> tuple[tuple[AnswerSentence, ...], tuple[Citation, ...]]:
    """Quote the chosen sentences; neighbours in the text become one quote."""
    runs: list[tuple[Document, Sentence, int]] = []
    for sentence in chosen:
        document = library.document(sentence.document)
        if runs:
            last_document, first, end = runs[-1]
            between = document.text[end : sentence.start]
            if last_document.path == document.path and end <= sentence.start and not between.strip(" \u3000"):
                runs[-1] = (document, first, sentence.end)
                continue
        runs.append((document, sentence, sentence.end))
    sentences: list[AnswerSentence] = []
    citations: list[Citation] = []
    for document, first, end in runs:
        citations.append(make_citation(document, first.start, end, len(citations) + 1))
        numbers = [len(citations)]
        text = document.text[first.start : end]
        head = table_head(document.text, first.start)
        if head:
            citations.append(make_citation(document, *head, len(citations) + 1))
            numbers.append(len(citations))
            text = _row_text(document.text[head[0] : head[1]], text)
        quotes = [citations[number - 1].quote for number in numbers]
        sentences.append(AnswerSentence(text, tuple(numbers), unsupported(text, quotes)))
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
    return [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", row.strip().strip("|"))]
