"""A small grid of settings, tried on the dev half; the best one and the settings as they are, on both halves."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.embed import Embedder
from rag.errors import UsageError
from rag.evaluate.bootstrap import Interval
from rag.evaluate.compare import differences
from rag.evaluate.evaluation import SILENT, Evaluation, Watch
from rag.evaluate.guard import lookup
from rag.evaluate.runs import Run
from rag.evaluate.variants import Bench, changed_settings
from rag.settings import Settings, load_settings

MAX_COMBINATIONS = 64
BY = "answers.correct"
"""What the best combination is best at, unless another measure is named."""

_NO_CHANGES: Mapping[str, str] = {}


@dataclass(frozen=True)
class Try:
    """One combination of settings and its run on the dev half; `value` is the measure that counts, None undefined."""

    changes: dict[str, str]
    run: Run
    value: float | None


@dataclass(frozen=True)
class Sweep:
    """What a sweep found.

    Attributes
    ----------
    by
        The measure that counts.
    tries
        All combinations, in the order of the grid.
    best
        The one with the greatest value on the dev half; of equals the first.
    default
        The settings as they are, on the dev half.
    default_test, best_test
        Both on the test half.
    dev, test
        Gain of the best over the default in the measure that counts, with its paired 95 % interval.
    """

    by: str
    tries: tuple[Try, ...]
    best: Try
    default: Try
    default_test: Run
    best_test: Run
    dev: tuple[float | None, Interval | None]
    test: tuple[float | None, Interval | None]

    @property
    def warning(self) -> str:
        """What the figures allow to conclude."""
        names = "，".join(f"{key}={value}" for key, value in self.best.changes.items())
        text = (
            f"警告：{names} 是在 dev 一半上从 {len(self.tries)} 组里挑出来的，dev 的数字因此偏高（过拟合），"
            "只有 test 的数字可以当作今后的表现。"
        )
        gain, interval = self.test
        if gain is None or interval is None:
            return f"{text}test 一半上无法比较。"
        if interval[0] > 0:
            return f"{text}test 一半上仍然比现在的设置好，超出了偶然的范围，可以采用。"
        if gain > 0:
            return f"{text}test 一半上也略好，但没有超出偶然的范围；题目再多一些才能断定。"
        return f"{text}test 一半上并不比现在的设置好，不建议采用。"


def sweep(
    questions: str | Path,
    grid: Mapping[str, Sequence[str]],
    *,
    settings: Settings | None = None,
    changes: Mapping[str, str] = _NO_CHANGES,
    by: str = BY,
    lenient: bool = False,
    runs: Path | None = None,
    embedder: Embedder | None = None,
    watch: Watch = SILENT,
) -> Sweep:
    """Try every combination of a grid of settings.

    Runs of the same configuration that are complete already are taken as they are, so an interrupted sweep goes on.

    Parameters
    ----------
    questions, settings, changes, lenient, runs, embedder, watch
        As for `rag.evaluate.evaluate`; `changes` are made to the default too.
    grid
        Values to try of each setting, as text.
    by
        The measure that counts.

    Raises
    ------
    UsageError
        A setting, value or measure does not exist, or there are more than 64 combinations.
    """
    base = settings or load_settings()
    combinations = _combinations(grid)
    for combination in combinations:
        changed_settings(base, {**changes, **combination})
    lookup({}, by)
    kept = runs or base.index / "runs"
    evaluation = Evaluation(
        Path(questions), base, kept, Bench(kept, watch.progress, embedder), lenient=lenient, watch=watch
    )

    def attempt(combination: dict[str, str], split: str) -> Try:
        run = evaluation.run({**changes, **combination}, split=split, again=False)
        return Try(combination, run, lookup(run.summary, by)[1])

    tries = tuple(_each(combinations, lambda combination: attempt(combination, "dev"), watch))
    best = max(tries, key=lambda one: -1.0 if one.value is None else one.value)
    default = attempt({}, "dev")
    default_test, best_test = attempt({}, "test").run, attempt(best.changes, "test").run
    return Sweep(
        by=lookup({}, by)[0],
        tries=tries,
        best=best,
        default=default,
        default_test=default_test,
        best_test=best_test,
        dev=_gain(default.run, best.run, by),
        test=_gain(default_test, best_test, by),
    )


def sweep_json(result: Sweep) -> dict[str, Any]:
    """The object of `evaluate --sweep --json`."""

    def half(run: Run, gain: tuple[float | None, Interval | None] | None = None) -> dict[str, Any]:
        found = {"run": run.id, "retrieval": run.summary["retrieval"], "answers": run.summary["answers"]}
        return found if gain is None else {**found, "gain": gain[0], "interval": gain[1]}

    return {
        "by": result.by,
        "combinations": [{"changes": one.changes, "value": one.value, **half(one.run)} for one in result.tries],
        "default": {"dev": half(result.default.run), "test": half(result.default_test)},
        "best": {
            "changes": result.best.changes,
            "dev": half(result.best.run, result.dev),
            "test": half(result.best_test, result.test),
        },
        "warning": result.warning,
    }


def _combinations(grid: Mapping[str, Sequence[str]]) -> list[dict[str, str]]:
    combinations = [dict(zip(grid, values, strict=True)) for values in itertools.product(*grid.values())]
    if not grid or not combinations or len(combinations) > MAX_COMBINATIONS:
        raise UsageError(
            f"--sweep 给出了 {len(combinations) if grid else 0} 组设置，须有 1 到 {MAX_COMBINATIONS} 组，请增减取值。",
            f"--sweep gives {len(combinations) if grid else 0} combinations; there may be 1 to {MAX_COMBINATIONS}.",
        )
    return combinations


def _each(combinations: Sequence[dict[str, str]], attempt: Callable[[dict[str, str]], Try], watch: Watch) -> list[Try]:
    tries = []
    for number, combination in enumerate(combinations, start=1):
        watch.note(f"[{number}/{len(combinations)}] " + "，".join(f"{key}={v}" for key, v in combination.items()))
        tries.append(attempt(combination))
    return tries


def _gain(default: Run, best: Run, by: str) -> tuple[float | None, Interval | None]:
    row = differences(default.outcomes, best.outcomes)[lookup({}, by)[0]]
    return row["difference"], row["interval"]
