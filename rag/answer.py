"""Question → cited answer without an LLM: the sentences that answer, in reading order, or a refusal."""

import re
import time
from collections.abc import Sequence

import numpy as np

from rag.as_of import mark, set_back, today, view_notes, view_of, without_day
from rag.embed import Embedder
from rag.evidence import Evidence, confidence_features, gather_evidence
from rag.filters import EVERYTHING, Filter, left_out_by, nothing_matches
from rag.query import embed_question
from rag.quoting import quote_sentences
from rag.refusing import refusal
from rag.retrieve import Ranking, check_question, rank, top_passages
from rag.settings import DEFAULT_TUNING, Tuning
from rag.store import Library
from rag.types import Answer, AnswerSentence, Citation
from rag.weights import load_weights

# So many of the best sentences are looked at to tell whether there is an answer, as when the weights were fitted.
_JUDGED = 3
_BRACKETED = re.compile(r"\[(\d+)\]")


def answer_question(
    library: Library,
    embedder: Embedder,
    question: str,
    *,
    only: Filter = EVERYTHING,
    tuning: Tuning = DEFAULT_TUNING,
    now: str | None = None,
) -> Answer:
    """Answer from one build of the index, from the documents that meet a filter.

    Documents that were not in force on the day that counts are used only where the one that replaces them does not
    answer; `now` (ISO 8601) stands for today.

    Raises
    ------
    QuestionError
        The question is empty or too long.
    """
    started = time.perf_counter()
    understood = check_question(question)
    left_out = left_out_by(library, only)
    now = now or today()
    view = view_of(library, understood, now)
    ranking = rank(library, embed_question(embedder, understood, tuning), understood, left_out, tuning=tuning)
    ranking = set_back(ranking, library, view)
    passages = tuple(top_passages(library, ranking, tuning.answer_passages))
    threshold = load_weights().threshold if tuning.threshold is None else tuning.threshold
    evidence, scores, order, confidence = _judge(library, ranking, understood, left_out | view.aside, tuning)
    preferred = confidence >= threshold
    if view.aside and not preferred:
        evidence, scores, order, confidence = _judge(library, ranking, understood, left_out, tuning)
    if view.then and confidence < threshold:
        # Rules seldom repeat the year: documents that took turns may answer without it, figures of a year may not.
        others = frozenset(range(len(library.paths))) - view.then
        plain = without_day(understood)
        ranking_then = rank(library, embed_question(embedder, plain, tuning), plain, left_out | others, tuning=tuning)
        evidence, scores, order, confidence = _judge(library, ranking_then, plain, left_out | others, tuning)
        preferred = True
    refused = confidence < threshold
    sentences: tuple[AnswerSentence, ...] = ()
    citations: tuple[Citation, ...] = ()
    if refused:
        text = nothing_matches(library, only) if only and not passages else refusal(passages)
    else:
        sentences, citations = quote_sentences(library, evidence, scores, order, understood, tuning)
        sentences, citations = mark(library, sentences, citations, now)
        text = render(sentences)
    return Answer(
        question=question,
        understood=understood,
        answer=text,
        refused=refused,
        confidence=round(confidence, 4),
        sentences=sentences,
        citations=citations,
        passages=passages,
        elapsed_ms=round((time.perf_counter() - started) * 1000, 1),
        notes=view_notes(library, view, passages, now, preferred=preferred) if not refused else (),
    )


def _judge(
    library: Library, ranking: Ranking, question: str, left_out: frozenset[int], tuning: Tuning
) -> tuple[Evidence, list[float], list[int], float]:
    """The candidate sentences, their scores, their positions, best first, and the confidence that they answer."""
    evidence = gather_evidence(library, ranking, question, left_out, tuning=tuning)
    weights = load_weights()
    scores = weights.sentence_scores(evidence.features)
    order = [int(i) for i in np.argsort(-scores, kind="stable")]
    if not order:
        return evidence, [], [], 0.0
    features = confidence_features(library, ranking, evidence, order[:_JUDGED], question)
    return evidence, scores.tolist(), order, weights.probability(features)


def render(sentences: Sequence[AnswerSentence]) -> str:
    """Plain text with `[n]` markers at sentence ends; a literal `[3]` of a source becomes `［3］`.

    >>> render([AnswerSentence("见附件[3]。", (1,)), AnswerSentence("共三项。", (2, 3))])
    '见附件［3］。[1]共三项。[2][3]'
    """
    return "".join(
        _BRACKETED.sub(r"［\1］", sentence.text) + "".join(f"[{number}]" for number in sentence.citations)
        for sentence in sentences
    )
