"""Two runs → what got better and worse on the questions they share, and whether chance explains it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from rag.errors import RagError
from rag.evaluate.bootstrap import mcnemar, paired_interval, resample
from rag.evaluate.metrics import METRICS, ranking_measures, statistics, value_of
from rag.evaluate.outcomes import Outcome
from rag.evaluate.runs import Run


@dataclass(frozen=True)
class _Yes:
    """A yes-or-no measure that McNemar's test fits, and the questions it counts."""

    of: Callable[[Outcome], bool]
    counts: Callable[[Outcome], bool]


_YES_OR_NO = {
    "retrieval.passage.success@1": _Yes(lambda o: o.passages.found[:1] == (1,), lambda o: o.answerable),
    "retrieval.document.success@1": _Yes(lambda o: o.by_document.found[:1] == (1,), lambda o: o.answerable),
    "answers.facts": _Yes(lambda o: o.facts, lambda o: o.answerable),
    "answers.correct": _Yes(lambda o: o.correct, lambda o: True),
}


class RunsDiffer(RagError):
    """Two runs share no question."""


def compare(a: Run, b: Run) -> dict[str, Any]:
    """Compare two runs on the questions that both asked, with equal evidence and facts.

    Returns
    -------
    dict
        `a`, `b`: ids of the runs; `questions`: how many are shared; `only_a`, `only_b`, `changed`: ids of those that
        only one asked, or whose question, evidence or facts differ; `settings`: what differs in the configuration;
        `metrics`: for each measure `a`, `b`, `difference` (b − a), its 95 % `interval` by the paired bootstrap, and
        `significant` where that leaves out 0; `mcnemar`: `gained`, `lost` and `p` of yes-or-no measures; `better`,
        `worse`: questions whose answer changed between right and wrong, or whose first relevant passage moved.

    Raises
    ------
    RunsDiffer
        They share no question.
    """
    others = {outcome.id: outcome for outcome in b.outcomes}
    own = {outcome.id for outcome in a.outcomes}
    pairs = [(one, others[one.id]) for one in a.outcomes if one.id in others and one.key == others[one.id].key]
    if not pairs:
        raise RunsDiffer(
            f"评测 {a.id} 和 {b.id} 没有相同的题目，无法比较；请用同一份题目文件评测。",
            f"The runs {a.id} and {b.id} share no question; evaluate the same file of questions.",
        )
    before, after = [one for one, _ in pairs], [other for _, other in pairs]
    moved = _moved(before, after)
    return {
        "a": a.id,
        "b": b.id,
        "questions": len(pairs),
        "only_a": [outcome.id for outcome in a.outcomes if outcome.id not in others],
        "only_b": [outcome.id for outcome in b.outcomes if outcome.id not in own],
        "changed": [o.id for o in a.outcomes if o.id in others and o.key != others[o.id].key],
        "settings": _settings(a.about, b.about),
        "metrics": differences(before, after),
        "mcnemar": {name: _mcnemar(before, after, yes) for name, yes in _YES_OR_NO.items()},
        "better": [row for row in moved if row["b"] > row["a"]],
        "worse": [row for row in moved if row["b"] < row["a"]],
    }


def differences(before: Sequence[Outcome], after: Sequence[Outcome]) -> dict[str, Any]:
    """Every measure of two equally long lists of outcomes of the same questions, and the difference."""
    one, other = statistics(before), statistics(after)
    draws = resample(len(before))
    result = {}
    for name in METRICS:
        a, b = value_of(one[name], len(before)), value_of(other[name], len(after))
        interval = paired_interval(one[name], other[name], draws)
        result[name] = {
            "a": _rounded(a),
            "b": _rounded(b),
            "difference": None if a is None or b is None else _rounded(b - a),
            "interval": interval,
            "significant": interval is not None and not interval[0] <= 0 <= interval[1],
        }
    return result


def _mcnemar(before: Sequence[Outcome], after: Sequence[Outcome], yes: _Yes) -> dict[str, Any]:
    changed = [(yes.of(a), yes.of(b)) for a, b in zip(before, after, strict=True) if yes.counts(a)]
    gained = sum(b and not a for a, b in changed)
    lost = sum(a and not b for a, b in changed)
    return {"gained": gained, "lost": lost, "p": round(mcnemar(gained, lost), 4)}


def _moved(before: Sequence[Outcome], after: Sequence[Outcome]) -> list[dict[str, Any]]:
    """One row for each measure of a question that changed: right or wrong first, then the rank's reciprocal."""
    rows = []
    for name, of in (("answers.correct", _correct), ("retrieval.passage.mrr@10", _reciprocal)):
        for outcome, a, b in zip(before, of(before), of(after), strict=True):
            if a != b:
                rows.append(
                    {
                        "id": outcome.id,
                        "question": outcome.question,
                        "type": outcome.type,
                        "measure": name,
                        "a": round(a, 4),
                        "b": round(b, 4),
                    }
                )
    return rows


def _correct(outcomes: Sequence[Outcome]) -> list[float]:
    return [float(outcome.correct) for outcome in outcomes]


def _reciprocal(outcomes: Sequence[Outcome]) -> list[float]:
    values: list[float] = ranking_measures([outcome.passages for outcome in outcomes])["mrr@10"].tolist()
    return values


def _settings(a: dict[str, Any], b: dict[str, Any]) -> dict[str, list[Any]]:
    """What differs, by dotted name: [in a, in b]."""
    one, other = _flat(a), _flat(b)
    return {
        name: [one.get(name), other.get(name)]
        for name in sorted(one.keys() | other.keys())
        if name.partition(".")[0] in ("questions", "settings", "model", "index", "code")
        and one.get(name) != other.get(name)
    }


def _flat(value: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    result: dict[str, Any] = {}
    for name, item in value.items():
        if isinstance(item, dict):
            result |= _flat(item, f"{prefix}{name}.")
        else:
            result[f"{prefix}{name}"] = item
    return result


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
