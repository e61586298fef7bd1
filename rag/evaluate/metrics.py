"""Outcomes → measures, each a statistic over questions that can be resampled.

Nearly every measure is a ratio of two sums over questions, Σ above / Σ below, so that an interval costs one matrix
product: a resample is a vector of how often each question was drawn.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from rag.errors import RagError
from rag.evaluate.outcomes import Outcome
from rag.evaluate.relevance import Ranks

Values = NDArray[np.float64]

RANKING = {
    "success@1": "Success@1",
    "success@3": "Success@3",
    "success@5": "Success@5",
    "success@10": "Success@10",
    "mrr@10": "RR@10",
    "ndcg@10": "nDCG@10",
    "map": "AP",
}
"""Our names of what ir-measures computes, and its own."""

RECALL = {"recall@5": 5, "recall@10": 10}
"""Shares of needs met in the first k."""

LEVELS = ("passage", "document")

ANSWERS = (
    "correct",
    "facts",
    "answered",
    "citation_precision",
    "citation_recall",
    "quotes_verbatim",
    "refusal_precision",
    "refusal_recall",
    "refusal_f1",
    "refusal_auc",
    "unsupported",
    "sentences",
    "characters",
)
"""Measures of answers, see `statistics`."""

METRICS = tuple(f"retrieval.{level}.{name}" for level in LEVELS for name in (*RANKING, *RECALL)) + tuple(
    f"answers.{name}" for name in ANSWERS
)
"""Every measure by its place in the JSON."""


class Statistic(Protocol):
    """A number over questions."""

    def values(self, weights: Values) -> Values:
        """Values, shape (resamples,), for weights of shape (resamples, questions); NaN where it is undefined."""
        ...


@dataclass(frozen=True)
class Ratio:
    """Σ w·above / Σ w·below, both of shape (questions,)."""

    above: Values
    below: Values

    def values(self, weights: Values) -> Values:
        """See `Statistic`."""
        below: Values = weights @ self.below
        above: Values = weights @ self.above
        return _divided(above, below)


@dataclass(frozen=True)
class Auc:
    """Area under the ROC curve of 1 − confidence, with which unanswerable questions are told from answerable ones.

    The share of pairs (unanswerable, answerable) in which the answerable one has the greater confidence; ties count
    half (Hanley and McNeil 1982: the Wilcoxon–Mann–Whitney statistic).

    Attributes
    ----------
    confidence
        Shape (questions,).
    answerable
        Which questions are, shape (questions,).
    """

    confidence: Values
    answerable: NDArray[np.bool_]

    def values(self, weights: Values) -> Values:
        """See `Statistic`."""
        answerable, others = self.confidence[self.answerable][:, None], self.confidence[~self.answerable]
        wins = (answerable > others) + 0.5 * (answerable == others)
        left, right = weights[:, self.answerable], weights[:, ~self.answerable]
        pairs = left.sum(1) * right.sum(1)
        won = ((left @ wins) * right).sum(1)
        return _divided(won, pairs)


class MeasuresMissing(RagError):
    """The package that computes the measures of retrieval is not installed."""


def require_ir_measures() -> Any:
    """The package ir-measures, with its compiled part.

    Raises
    ------
    MeasuresMissing
        It is not installed, as on Linux on ARM, for which there is no wheel.
    """
    try:
        import_module("pytrec_eval")
        return import_module("ir_measures")
    except ImportError as error:
        raise MeasuresMissing(
            "评测需要 ir-measures，请运行 pip install ir-measures（没有现成安装包的平台需要 C 编译器）。",
            "Evaluation needs ir-measures; run pip install ir-measures (a C compiler where there is no wheel).",
        ) from error


def value_of(statistic: Statistic, questions: int) -> float | None:
    """A statistic over all questions, each once; None where it is undefined."""
    value = float(statistic.values(np.ones((1, questions)))[0])
    return None if np.isnan(value) else value


def ranking_measures(ranks: Sequence[Ranks]) -> dict[str, Values]:
    """The measures of `RANKING` by ir-measures (MacAvaney, Macdonald, Ounis, ECIR 2022), each of shape (questions,).

    Every relevant item has gain 1. With r the rank of the first relevant item and R their number: Success@k = 1 where
    r ≤ k, RR@10 = 1 / r where r ≤ 10, AP = Σ precision at the rank of each relevant item / R, nDCG@10 =
    Σ 1 / log2(rank + 1) over the relevant items in the first 10, over the same sum with them in front. A question
    without relevant items, or that failed, counts 0.
    """
    ir_measures = require_ir_measures()
    measures = {ir_measures.parse_measure(name): ours for ours, name in RANKING.items()}
    result = {name: np.zeros(len(ranks)) for name in RANKING}
    qrels: dict[str, dict[str, int]] = {}
    run: dict[str, dict[str, float]] = {}
    for number, one in enumerate(ranks):
        if not one.relevant:
            continue
        unseen = one.relevant - len(one.found)
        qrels[str(number)] = {f"rank {rank}": 1 for rank in one.found} | {f"unseen {i}": 1 for i in range(unseen)}
        last = one.found[-1] if one.found else 0
        run[str(number)] = {f"rank {rank}": -float(rank) for rank in range(1, last + 1)}
    if qrels:
        for found in ir_measures.iter_calc(list(measures), qrels, run):
            result[measures[found.measure]][int(found.query_id)] = found.value
    return result


def recall_of_needs(ranks: Sequence[Ranks], k: int) -> Values:
    """Share of each question's needs that the first k meet, shape (questions,); 0 without needs.

    >>> recall_of_needs([Ranks((2, 7), 2, (2, 7)), Ranks((1,), 1, (1, None))], 5).tolist()
    [0.5, 0.5]
    """
    met = [sum(rank is not None and rank <= k for rank in one.needs) / max(len(one.needs), 1) for one in ranks]
    return np.array(met, dtype=float)


def statistics(outcomes: Sequence[Outcome]) -> dict[str, Statistic]:
    """Every measure of `METRICS` over these outcomes; formulas in docs/evaluation.md.

    Unanswerable questions do not count in retrieval, facts and citations. A question that failed has no passages, no
    facts, no citations and no refusal, and the confidence that is worst for the AUC.
    """
    answerable = _array(outcomes, lambda o: o.answerable)
    found: dict[str, Statistic] = {}
    for level in LEVELS:
        ranks = [o.passages if level == "passage" else o.by_document for o in outcomes]
        rows = ranking_measures(ranks) | {name: recall_of_needs(ranks, k) for name, k in RECALL.items()}
        found |= {f"retrieval.{level}.{name}": Ratio(row * answerable, answerable) for name, row in rows.items()}
    return found | {f"answers.{name}": statistic for name, statistic in _answers(outcomes, answerable).items()}


def _answers(outcomes: Sequence[Outcome], answerable: Values) -> dict[str, Statistic]:
    every = np.ones(len(outcomes))
    refused = _array(outcomes, lambda o: o.refused)
    unanswerable = every - answerable
    answered = _array(outcomes, lambda o: not o.refused and o.error is None)
    to_cite = answerable * (every - refused)
    # With questions of one kind only, precision and F1 say nothing.
    both = float(bool(answerable.any() and unanswerable.any()))
    confidence = _array(outcomes, lambda o: o.confidence if o.error is None else float(not o.answerable))
    citations = _array(outcomes, lambda o: len(o.citations))
    sentences = _array(outcomes, lambda o: o.sentences)
    return {
        "correct": Ratio(_array(outcomes, lambda o: o.correct), every),
        "facts": Ratio(_array(outcomes, lambda o: o.facts), answerable),
        "answered": Ratio(answered * answerable, answerable),
        "citation_precision": Ratio(_array(outcomes, _right_share) * to_cite, to_cite),
        "citation_recall": Ratio(_array(outcomes, lambda o: _mean(o.needs_cited)), answerable),
        "quotes_verbatim": Ratio(_array(outcomes, lambda o: sum(c.verbatim for c in o.citations)), citations),
        "refusal_precision": Ratio(refused * unanswerable, both * refused),
        "refusal_recall": Ratio(refused * unanswerable, unanswerable),
        "refusal_f1": Ratio(2 * refused * unanswerable, both * (refused + unanswerable)),
        "refusal_auc": Auc(confidence, answerable > 0),
        "unsupported": Ratio(_array(outcomes, lambda o: o.unsupported), sentences),
        "sentences": Ratio(sentences, answered),
        "characters": Ratio(_array(outcomes, lambda o: o.characters), answered),
    }


def _divided(above: Values, below: Values) -> Values:
    result: Values = np.divide(above, below, out=np.full(len(below), np.nan), where=below > 0)
    return result


def _right_share(outcome: Outcome) -> float:
    return _mean([cited.right for cited in outcome.citations])


def _mean(flags: Sequence[bool]) -> float:
    return sum(flags) / len(flags) if flags else 0.0


def _array(outcomes: Sequence[Outcome], of: Callable[[Outcome], float]) -> Values:
    return np.array([of(outcome) for outcome in outcomes], dtype=float)
