"""When answers are refused, and what that costs: the tables of docs/answers.md.

    python benchmarks/refusal.py [QUESTIONS.jsonl] [--index FOLDER] [--documents FOLDER] [--json FILE]

Every question is asked once with the threshold at 0, so that the answer behind each confidence is known; what any
threshold would have refused follows from that. Near misses are the unanswerable questions whose type ends in -near.
Intervals are bootstrap intervals at 95 %.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from rag.environment import quiet_environment
from rag.evaluate.bootstrap import interval, resample
from rag.evaluate.evaluation import evaluate
from rag.evaluate.metrics import Auc, Ratio, Statistic, value_of
from rag.evaluate.outcomes import Outcome
from rag.evaluate.summary import reliability
from rag.settings import load_settings
from rag.testset import SPLITS
from rag.weights import load_weights

ROOT = Path(__file__).resolve().parent.parent
THRESHOLDS = tuple(number / 20 for number in range(1, 20))


def main() -> None:
    """Measure and print the tables as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("questions", nargs="?", type=Path, default=ROOT / "evaluation" / "questions.jsonl")
    parser.add_argument("--documents", default=str(ROOT / "documents"))
    parser.add_argument("--index", default=str(ROOT / "index"))
    parser.add_argument("--json", type=Path, help="write the figures here as well")
    options = parser.parse_args()
    quiet_environment()
    settings = load_settings(documents=options.documents, index=options.index)
    run = evaluate(options.questions, settings=settings, changes={"threshold": "0"})
    halves = {split: [o for o in run.outcomes if o.split == split] for split in SPLITS}
    shipped = load_weights().threshold
    found = {
        "threshold": shipped,
        **{
            split: {
                "at_threshold": at_threshold(outcomes, shipped),
                "near": at_threshold(_only_near(outcomes), shipped),
                "curve": [point(outcomes, threshold) for threshold in sorted({*THRESHOLDS, shipped})],
                "reliability": reliability(outcomes),
            }
            for split, outcomes in halves.items()
        },
    }
    print("\n".join(tables(found)))
    if options.json:
        options.json.write_text(json.dumps(found, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def point(outcomes: Sequence[Outcome], threshold: float) -> dict[str, float | None]:
    """What a threshold would give: facts in answers and what is refused, of all and of near misses alone."""
    refused = [replace(o, refused=o.confidence < threshold) for o in outcomes]
    statistics = _statistics(refused)
    near = _statistics(_only_near(refused))
    values = {name: value_of(statistic, len(refused)) for name, statistic in statistics.items()}
    values["near_recall"] = value_of(near["refusal_recall"], len(_only_near(refused)))
    return {"threshold": threshold, **{name: _rounded(value) for name, value in values.items()}}


def at_threshold(outcomes: Sequence[Outcome], threshold: float) -> dict[str, Any]:
    """The measures of refusal with their intervals."""
    refused = [replace(o, refused=o.confidence < threshold) for o in outcomes]
    draws = resample(len(refused))
    return {
        "answerable": sum(o.answerable for o in refused),
        "unanswerable": sum(not o.answerable for o in refused),
        **{
            name: [_rounded(value_of(statistic, len(refused))), *_rounded_all(interval(statistic, draws))]
            for name, statistic in _statistics(refused).items()
        },
    }


def _only_near(outcomes: Sequence[Outcome]) -> list[Outcome]:
    return [o for o in outcomes if o.answerable or o.type.endswith("-near")]


def _statistics(outcomes: Sequence[Outcome]) -> dict[str, Statistic]:
    answerable = np.array([float(o.answerable) for o in outcomes])
    refused = np.array([float(o.refused) for o in outcomes])
    facts = np.array([float(o.facts and not o.refused) for o in outcomes])
    right = refused * (1 - answerable)
    return {
        "facts": Ratio(facts, answerable),
        "answered": Ratio(answerable * (1 - refused), answerable),
        "refusal_precision": Ratio(right, refused),
        "refusal_recall": Ratio(right, 1 - answerable),
        "refusal_auc": Auc(np.array([o.confidence for o in outcomes]), answerable.astype(bool)),
    }


def tables(found: dict[str, Any]) -> Iterator[str]:
    """The figures as Markdown."""
    names = ("refusal_precision", "refusal_recall", "refusal_auc", "answered", "facts")
    yield f"At the threshold of {found['threshold']}:\n"
    yield "| half | unanswerable questions | precision | recall | AUC | answerable answered | facts |"
    yield "|---|---|---|---|---|---|---|"
    for split in SPLITS:
        for label, part in (("all", "at_threshold"), ("near misses alone", "near")):
            row = found[split][part]
            cells = " | ".join(_with_interval(row[name]) for name in names)
            yield f"| {split} | {label}, {row['unanswerable']} (of {row['answerable']} answerable) | {cells} |"
    yield "\nBy threshold (dev / test):\n"
    yield "| threshold | facts | answerable answered | precision | recall | recall of near misses |"
    yield "|---|---|---|---|---|---|"
    for dev, test in zip(found["dev"]["curve"], found["test"]["curve"], strict=True):
        columns = ("facts", "answered", "refusal_precision", "refusal_recall", "near_recall")
        cells = " | ".join(f"{_shown(dev[name])} / {_shown(test[name])}" for name in columns)
        yield f"| {dev['threshold']:.2f} | {cells} |"
    yield "\nReliability:\n"
    yield "| confidence | dev: n | mean confidence | answerable | test: n | mean confidence | answerable |"
    yield "|---|---|---|---|---|---|---|"
    for dev, test in zip(found["dev"]["reliability"]["bins"], found["test"]["reliability"]["bins"], strict=True):
        cells = " | ".join(
            f"{half['questions']} | {_shown(half['confidence'])} | {_shown(half['answerable'])}" for half in (dev, test)
        )
        yield f"| {dev['from']:.1f}–{dev['to']:.1f} | {cells} |"
    for split in SPLITS:
        whole = found[split]["reliability"]
        yield f"\n{split}: ECE {_shown(whole['ece'])}, Brier {_shown(whole['brier'])}"


def _with_interval(values: Sequence[float | None]) -> str:
    value, low, high = values
    return f"{_shown(value)} ({_shown(low)}–{_shown(high)})"


def _shown(value: float | None) -> str:
    return "—" if value is None else f"{value:.3f}"


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _rounded_all(values: Sequence[float] | None) -> list[float | None]:
    return [None, None] if values is None else [_rounded(value) for value in values]


if __name__ == "__main__":
    main()
