"""Outcomes → the JSON object of `evaluate`: all measures with intervals, by type, half and document."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from rag.evaluate.bootstrap import interval, resample
from rag.evaluate.metrics import METRICS, Auc, statistics, value_of
from rag.evaluate.outcomes import Outcome
from rag.testset import SPLITS

BINS = 10


def summarise(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """All measures.

    Parameters
    ----------
    outcomes
        Of all questions of a run, at least one.

    Returns
    -------
    dict
        `questions`, `retrieval`, `answers` and `by_type` as the contract has them; `answerable`, `failed`,
        `intervals` (by measure, see `rag.evaluate.metrics.METRICS`), `by_split`, `by_document`, `reliability`,
        `latency`.
    """
    return {
        **measure(outcomes),
        "by_type": _by_type(outcomes),
        "by_split": {split: measure(half) for split in SPLITS if (half := [o for o in outcomes if o.split == split])},
        "by_document": {
            name: measure([o for o in outcomes if name in o.documents], with_intervals=False)
            for name in sorted({name for o in outcomes for name in o.documents})
        },
        "reliability": reliability(outcomes),
        "latency": _latency(outcomes),
    }


def measure(outcomes: Sequence[Outcome], *, with_intervals: bool = True) -> dict[str, Any]:
    """Counts, measures and intervals of some outcomes."""
    found = statistics(outcomes)
    values = {name: _rounded(value_of(found[name], len(outcomes))) for name in METRICS}
    result: dict[str, Any] = {
        "questions": len(outcomes),
        "answerable": sum(o.answerable for o in outcomes),
        "failed": sum(o.error is not None for o in outcomes),
        "retrieval": {},
        "answers": {},
    }
    for name, value in values.items():
        # "answers.facts" and "retrieval.passage.map" become nested objects.
        place = result
        *path, last = name.split(".")
        for part in path:
            place = place.setdefault(part, {})
        place[last] = value
    if with_intervals:
        draws = resample(len(outcomes))
        result["intervals"] = {name: interval(found[name], draws) for name in METRICS}
    return result


def reliability(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Whether a confidence of 0.7 is right 7 times in 10.

    Returns
    -------
    dict
        `bins`: for each tenth of [0, 1] the number of questions, their mean confidence and the share that is
        answerable. `ece` = Σ questions / all · |share − confidence| (Guo et al., ICML 2017); `brier` = mean of
        (confidence − answerable)². Failed questions have no confidence and are left out.
    """
    asked = [o for o in outcomes if o.error is None]
    bins = []
    gap = 0.0
    for number in range(BINS):
        members = [o for o in asked if min(int(o.confidence * BINS), BINS - 1) == number]
        gap += abs(sum(o.answerable - o.confidence for o in members))
        bins.append(
            {
                "from": number / BINS,
                "to": (number + 1) / BINS,
                "questions": len(members),
                "confidence": _mean(members, lambda o: o.confidence),
                "answerable": _mean(members, lambda o: o.answerable),
            }
        )
    return {
        "bins": bins,
        "ece": round(gap / len(asked), 4) if asked else None,
        "brier": _mean(asked, lambda o: (o.confidence - o.answerable) ** 2),
    }


def _by_type(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Each type alone; a type without answers has the AUC against all answerable questions of the set."""
    result = {}
    answerable = [o for o in outcomes if o.answerable]
    for name in dict.fromkeys(o.type for o in outcomes):
        members = [o for o in outcomes if o.type == name]
        group = measure(members)
        if answerable and not any(o.answerable for o in members):
            both = [*answerable, *members]
            auc = statistics(both)["answers.refusal_auc"]
            assert isinstance(auc, Auc)
            group["answers"]["refusal_auc"] = _rounded(value_of(auc, len(both)))
            group["intervals"]["answers.refusal_auc"] = interval(auc, resample(len(both)))
        result[name] = group
    return result


def _latency(outcomes: Sequence[Outcome]) -> dict[str, float | None]:
    asked = [o for o in outcomes if o.error is None]
    result: dict[str, float | None] = {}
    for name, times in (("search", [o.search_ms for o in asked]), ("ask", [o.ask_ms for o in asked])):
        for share in (50, 95):
            result[f"{name}_p{share}_ms"] = round(float(np.percentile(times, share)), 1) if times else None
    return result


def _mean(outcomes: Sequence[Outcome], of: Callable[[Outcome], float]) -> float | None:
    return round(sum(of(o) for o in outcomes) / len(outcomes), 4) if outcomes else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
