"""What was judged to answer → the extractive answer, in the form that the question asks for."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice

from rag.comparing import Comparison, Part, compare, table_of
from rag.context import with_context
from rag.emphasis import asked_values
from rag.judging import Judgement
from rag.listing import list_items
from rag.quoting import Pick, candidates, cite, pick_of, repeats
from rag.selecting import select
from rag.settings import Tuning
from rag.store import Library
from rag.types import AnswerSentence, Citation, Sentence, Table

_ASKS_LIST = re.compile(r"哪些|哪几|有什么|列出|列举|分别|包括什么|都有谁|几个方面|几项|几条|清单|一览")


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
    picks = with_context(library, select(library, judged, question, gap), limit)
    sentences, citations = cite(library, picks)
    best = [judged.evidence.sentences[i] for i in judged.order]
    return Composed(_emphasised(sentences, citations, best, question), citations)


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
    sentences: Sequence[AnswerSentence], citations: Sequence[Citation], best: Sequence[Sentence], question: str
) -> tuple[AnswerSentence, ...]:
    """Mark the value asked for in the best sentence that has one; what the others have may be about something else."""
    for one in best:
        for place, sentence in enumerate(sentences):
            cited = citations[sentence.citations[0] - 1]
            if cited.document == one.document and cited.start <= one.start < cited.end:
                offset = sentence.text.find(one.text) if sentence.text != cited.quote else one.start - cited.start
                text = one.text if offset >= 0 else sentence.text
                values = asked_values(question, text)
                if values:
                    moved = tuple((start + max(offset, 0), end + max(offset, 0)) for start, end in values)
                    return (*sentences[:place], replace(sentence, emphasis=moved), *sentences[place + 1 :])
    return tuple(sentences)


def _text(library: Library, pick: Pick) -> str:
    return library.document(pick.document).text[pick.start : pick.end]
