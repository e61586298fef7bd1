"""Question → cited answer, quoted or written by a language model and checked, or a refusal."""

import re
import time
from collections.abc import Generator, Sequence
from contextlib import closing

from rag.as_of import View, mark, noted, set_back, today, view_notes, view_of, without_day
from rag.chat_model import ChatModel, ChatModelError
from rag.clause_answer import quote_clause
from rag.comparing import Part
from rag.composing import compose, confidence_of
from rag.embed import Embedder
from rag.explain_answer import explain_answer
from rag.filters import EVERYTHING, Filter, left_out_by, nothing_matches
from rag.judging import judge
from rag.plain_text import render
from rag.question_parts import question_parts
from rag.question_years import full_years
from rag.refusing import refusal
from rag.retrieve import check_question, rank_question, top_passages
from rag.rewrite import understand
from rag.settings import DEFAULT_TUNING, Tuning
from rag.slots import find_regions
from rag.store import Library
from rag.topic import nouns
from rag.types import Answer, AnswerSentence, Citation, Passage, Table
from rag.weights import load_weights
from rag.words import normalise
from rag.writing import write_answer


def answer_question(
    library: Library,
    embedder: Embedder,
    question: str,
    *,
    only: Filter = EVERYTHING,
    tuning: Tuning = DEFAULT_TUNING,
    now: str | None = None,
    writer: ChatModel | None = None,
    history: Sequence[str] = (),
    explained: bool = False,
) -> Answer:
    """Answer from one build of the index, from the documents that meet a filter.

    Documents that were not in force on the day that counts are used only where the one that replaces them does not
    answer.

    Parameters
    ----------
    now
        ISO 8601; stands for today.
    writer
        The language model that writes the answer from the passages; without one it is made of quotes.
    history
        The questions before it, oldest first, which it may lean on (`rag.follow_up`).
    explained
        Adds why: to each passage, and to the answer.

    Raises
    ------
    QuestionError
        The question is empty or too long.
    """
    *_, answer = answer_steps(
        library,
        embedder,
        question,
        only=only,
        tuning=tuning,
        now=now,
        writer=writer,
        history=history,
        explained=explained,
    )
    return answer


def answer_steps(
    library: Library,
    embedder: Embedder,
    question: str,
    *,
    only: Filter = EVERYTHING,
    tuning: Tuning = DEFAULT_TUNING,
    now: str | None = None,
    writer: ChatModel | None = None,
    history: Sequence[str] = (),
    explained: bool = False,
) -> Generator[Answer, None, None]:
    """Answer as `answer_question`, giving what there is after each sentence that a language model has written.

    The last answer is the whole one, and may differ: where the model fails, the extractive answer stands instead.
    Closing the iterator ends the request to the model.
    """
    started = time.perf_counter()
    taken = yield from understand(history, check_question(question), writer)
    understood = check_question(taken.question)
    remarks = (taken.note,) if taken.note else ()
    left_out = left_out_by(library, only)
    now = now or today()
    view = view_of(library, understood, now)
    ranking = rank_question(library, embedder, understood, left_out, tuning=tuning)
    ranking = set_back(ranking, library, view)
    passages = tuple(
        noted(library, top_passages(library, ranking, tuning.answer_passages, explained=explained), view, now)
    )
    threshold = load_weights().threshold if tuning.threshold is None else tuning.threshold
    judged = judge(library, ranking, understood, left_out | view.aside, tuning)
    preferred = judged.confidence >= threshold
    if view.aside and not preferred:
        judged = judge(library, ranking, understood, left_out, tuning)
    if view.then and judged.confidence < threshold:
        # Rules seldom repeat the year: documents that took turns may answer without it, figures of a year may not.
        others = frozenset(range(len(library.paths))) - view.then
        plain = without_day(understood)
        ranking_then = rank_question(library, embedder, plain, left_out | others, tuning=tuning)
        judged = judge(library, ranking_then, plain, left_out | others, tuning)
        preferred = True

    parts = _judged_parts(library, embedder, understood, view, left_out | view.aside, tuning)
    confidence = confidence_of(library, judged, parts, threshold)
    if names_what_is_not_there(question, understood, passages):
        confidence = min(confidence, threshold / 2)
    clause = quote_clause(library, ranking, understood, view.day)
    if clause is not None:
        confidence = 1.0

    def answered(
        text: str,
        sentences: Sequence[AnswerSentence] = (),
        citations: Sequence[Citation] = (),
        *,
        refused: bool = False,
        written_by: str = "extract",
        notes: Sequence[str] = (),
        table: Table | None = None,
        whole: bool = True,
    ) -> Answer:
        why = None
        if explained and whole:
            why = explain_answer(library, judged, parts, confidence, threshold, sentences, citations)
        return Answer(
            question=question,
            understood=understood,
            answer=text,
            refused=refused,
            confidence=round(confidence, 4),
            sentences=tuple(sentences),
            citations=tuple(citations),
            passages=passages,
            elapsed_ms=round((time.perf_counter() - started) * 1000, 1),
            notes=tuple(notes),
            written_by=written_by,
            table=table,
            explanation=why,
        )

    def refused_text() -> str:
        return refusal(library, understood, passages, ranking.missing)

    if confidence < threshold:
        nothing = nothing_matches(library, only) if only and not passages else refused_text()
        yield answered(nothing, refused=True, notes=remarks)
        return
    notes = (*remarks, *view_notes(library, view, passages, now, preferred=preferred))
    if writer is not None:
        try:
            with closing(write_answer(library, writer, understood, passages)) as drafts:
                for draft in drafts:
                    if draft.not_stated:
                        yield answered(refused_text(), refused=True, written_by="model", notes=remarks)
                        return
                    sentences, citations = mark(library, draft.sentences, draft.citations, now)
                    yield answered(
                        render(sentences), sentences, citations, written_by="model", notes=notes, whole=draft.finished
                    )
                    if draft.finished:
                        return
        except ChatModelError as error:
            notes = (f"{error.chinese}以下是摘自原文的回答", *notes)
    composed = clause or compose(library, judged, parts, understood, tuning)
    sentences, citations = mark(library, composed.sentences, composed.citations, now)
    yield answered(render(sentences), sentences, citations, notes=(*notes, *composed.notes), table=composed.table)


def _judged_parts(
    library: Library, embedder: Embedder, question: str, view: View, left_out: frozenset[int], tuning: Tuning
) -> list[Part]:
    """Evidence for each thing that a question compares: passages about the one are seldom about the other."""
    parts = []
    for part in map(full_years, question_parts(question)):
        ranking = set_back(rank_question(library, embedder, part, left_out, tuning=tuning), library, view)
        parts.append(Part(part, judge(library, ranking, part, left_out, tuning)))
    return parts


def names_what_is_not_there(question: str, understood: str, passages: Sequence[Passage]) -> bool:
    """Tell whether a follow-up (那火星呢？) names what no passage holds; all else is the question before it."""
    if understood == question.strip() or not re.search(r"呢[？?。！!\s]*$", question):
        return False
    found = normalise("\n".join(f"{passage.title}\n{passage.section}\n{passage.text}" for passage in passages))
    regions = find_regions(found)
    return any(noun not in found and noun not in regions for noun in nouns(normalise(question)) if len(noun) > 1)
