"""What was judged to answer → the extractive answer, in the form that the question asks for."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice

from rag.comparing import Comparison, Part, compare, table_of
from rag.context import with_context
from rag.contradictions import contradiction_note, contradictions
from rag.emphasis import asked_values, asks_value
from rag.facts import years_of
from rag.judging import Judgement
from rag.listing import SEVERAL, list_items
from rag.quoting import Pick, candidates, cite, pick_of, repeats
from rag.selecting import select
from rag.settings import Tuning
from rag.store import Library
from rag.types import AnswerSentence, Citation, Sentence, Table

_ASKS_LIST = re.compile(SEVERAL)


@dataclass(frozen=True)
class Composed:
    """An extractive answer; `notes` say what the reader should know of it."""

    sentences: tuple[AnswerSentence, ...]
    citations: tuple[Citation, ...]
    table: Table | None = None
    notes: tuple[str, ...] = ()


def compose(library: Library, judged: Judgement, parts: Sequence[Part], question: str, tuning: Tuning) -> Composed:
    """Quote what answers.

    Parameters
    ----------
    judged
        The candidate sentences of the whole question.
    parts
        Those of the questions that it is split into where it compares; else empty.
    """
    if parts:
        comparison = compare(library, parts)
        if comparison.picks:
            return _compared(library, comparison, judged, tuning)
    listed = list_items(library, judged, question)
    if listed is not None:
        sentences, citations = cite(library, listed.picks)
        return Composed(sentences, citations, notes=(listed.note,) if listed.note else ())
    return _quoted(library, judged, question, tuning)


def asks_list(question: str) -> bool:
    """Tell whether a question asks for several things.

    >>> asks_list("采取哪些措施"), asks_list("何时启动")
    (True, False)
    """
    return _ASKS_LIST.search(question) is not None


def confidence_of(library: Library, judged: Judgement, parts: Sequence[Part], threshold: float) -> float:
    """The confidence in the whole question, or in the least certain of its parts where every part is answered.

    A question about several things fits no single passage, so that its own confidence says little against it.
    """
    if not parts or judged.confidence >= threshold:
        return judged.confidence
    least = min(part.judged.confidence for part in parts)
    if least > judged.confidence and compare(library, parts).complete:
        return least
    return judged.confidence


def _quoted(library: Library, judged: Judgement, question: str, tuning: Tuning) -> Composed:
    """The best sentences, with the value that is asked for marked."""
    is_list = asks_list(question)
    limit = tuning.max_list if is_list else tuning.max_sentences
    gap = tuning.list_gap if is_list else tuning.gap
    claims = contradictions(library, judged, question)
    best = chain((claim.sentence for claim in claims), select(library, judged, question, gap))
    sentences, citations = cite(library, with_context(library, best, limit, going_on=not asks_value(question)))
    marked = [claim.sentence for claim in claims] or [judged.evidence.sentences[i] for i in judged.order]
    sentences = _emphasised(sentences, citations, marked, question, max(len(claims), 1))
    return Composed(sentences, citations, notes=(contradiction_note(claims),) if claims else ())


def _compared(library: Library, comparison: Comparison, judged: Judgement, tuning: Tuning) -> Composed:
    """The sentences that fill the table; where a cell is blank, the best sentences of the whole question as well."""
    picks = list(comparison.picks)
    others = list(comparison.more)
    if not comparison.complete:
        best = candidates(judged.evidence, judged.scores, judged.order, tuning.gap)
        others += [pick_of(sentence, apart=True) for sentence in islice(best, tuning.max_sentences)]
    for pick in others:
        if len(picks) < tuning.max_sentences and not any(
            repeats(_text(library, pick), _text(library, p)) for p in picks
        ):
            picks.append(pick)
    sentences, citations = cite(library, picks)
    count = len(comparison.picks)
    asked = {cell.pick: cell.asked for row in comparison.cells for cell in row if cell is not None}
    sentences = tuple(
        replace(sentence, emphasis=asked_values(asked[pick], sentence.text)) if pick in asked else sentence
        for pick, sentence in zip(picks, sentences, strict=True)
    )
    return Composed(sentences, citations, table_of(comparison, sentences[:count]))


def _emphasised(
    sentences: Sequence[AnswerSentence],
    citations: Sequence[Citation],
    best: Sequence[Sentence],
    question: str,
    most: int,
) -> tuple[AnswerSentence, ...]:
    """Mark the value asked for in the `most` best sentences that have one; the others may speak of something else."""
    marked = list(sentences)
    for one in best:
        for place, sentence in enumerate(marked):
            cited = citations[sentence.citations[0] - 1]
            if most and cited.document == one.document and cited.start <= one.start < cited.end:
                # A row of a table is told in other words than it is quoted in.
                as_quoted = sentence.text == cited.quote
                offset, text = (one.start - cited.start, one.text) if as_quoted else (0, sentence.text)
                values = tuple((start + offset, end + offset) for start, end in asked_values(question, text))
                if values and not _of_other_years(question, text):
                    marked[place] = replace(sentence, emphasis=tuple(sorted({*sentence.emphasis, *values})))
                    most -= 1
    return tuple(marked)


def _of_other_years(question: str, text: str) -> bool:
    """Tell whether a sentence speaks of years, but of none that the question names: its value is not what is asked for.

    >>> [_of_other_years("2022年投入多少？", text) for text in ("2021年3亿元。", "2021—2023年9亿元。", "3亿元。")]
    [True, False, False]
    """
    asked, said = years_of(question), years_of(text)
    return bool(asked and said) and not any(min(said) <= year <= max(said) for year in asked)


def _text(library: Library, pick: Pick) -> str:
    return library.document(pick.document).text[pick.start : pick.end]
