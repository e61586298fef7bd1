"""`--fail-under success@5=0.9`: measures by name, and floors that a run must reach."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rag.errors import UsageError
from rag.evaluate.metrics import METRICS

_SHORT = ("", "retrieval.passage.", "retrieval.", "answers.")
_GROUPS = ("by_type.", "by_split.", "by_document.")


@dataclass(frozen=True)
class Floor:
    """A measure, as the user named it, and the least value it may have."""

    metric: str
    value: float


def parse_floor(text: str) -> Floor:
    """Read `metric=value`.

    Raises
    ------
    UsageError
        There is no such measure, or the value is no number.
    """
    metric, _, raw = text.rpartition("=")
    try:
        value = float(raw)
    except ValueError:
        value = float("nan")
    if not metric or value != value:
        raise UsageError(
            f"--fail-under {text} 须写成 指标=数值，如 success@5=0.9。",
            f"--fail-under {text} must be metric=value, as success@5=0.9.",
        )
    lookup({}, metric)
    return Floor(metric, value)


def lookup(summary: Mapping[str, Any], metric: str) -> tuple[str, float | None]:
    """A measure of a summary by its place (`answers.facts`, `by_type.date.answers.facts`) or short name (`facts`).

    `success@5` means `retrieval.passage.success@5`, `document.success@1` means `retrieval.document.success@1`.

    Returns
    -------
    str, float or None
        The whole name, and the value: None where it is undefined, or the summary has no such type or document.

    Raises
    ------
    UsageError
        There is no such measure.
    """
    for group in _GROUPS:
        if metric.startswith(group):
            for name in METRICS:
                # Names of types and documents may hold dots, so the measure is taken off the end.
                if metric.endswith(f".{name}"):
                    key = metric[len(group) : -len(name) - 1]
                    return metric, _value(summary.get(group[:-1], {}).get(key, {}), name)
    for prefix in _SHORT:
        if prefix + metric in METRICS:
            return prefix + metric, _value(summary, prefix + metric)
    raise UsageError(
        f"没有名为 {metric} 的指标，可用的有：{', '.join(METRICS)}。",
        f"There is no measure {metric}; there are those listed.",
    )


def fallen(summary: Mapping[str, Any], floors: Sequence[Floor]) -> list[str]:
    """One sentence, in Chinese and English, for each floor that is not reached."""
    sentences = []
    for floor in floors:
        name, value = lookup(summary, floor.metric)
        if value is None:
            sentences.append(f"{name} 没有数值，达不到下限 {floor.value:g}。 {name} is undefined.")
        elif value < floor.value:
            sentences.append(
                f"{name} 为 {value:g}，低于下限 {floor.value:g}。 {name} is {value:g}, under {floor.value:g}."
            )
    return sentences


def _value(summary: Mapping[str, Any], name: str) -> float | None:
    place: Any = summary
    for part in name.split("."):
        place = place.get(part) if isinstance(place, Mapping) else None
    return place if isinstance(place, int | float) else None
