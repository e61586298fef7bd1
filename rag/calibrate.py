"""Fit the weights of `rag/weights.json` again: python -m rag.calibrate --set DOCUMENTS QUESTIONS.jsonl INDEX [--write].

Half of each set is used to fit, the other half to report: by the questions' `split`, else by parity of the SHA-256 of
the document's name. A question is unanswerable when it has no evidence, or when it is made so: `rag.labelled` says how.
Several sets count alike.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from rag.confidence import TOPIC_FEATURES, best_first
from rag.embed import load_embedder
from rag.evidence import SENTENCE_FEATURES
from rag.fitting import FIT_FEATURES
from rag.labelled import KINDS, LabelledSet, Row, holds_answer, load_set, measure_rows
from rag.regression import Matrix, auc, fit_logistic, fit_softmax
from rag.settings import load_settings
from rag.weights import both, said_best

_CHOSEN = 3
_THRESHOLD = 0.4
# How much the kinds of questions count within a set: for "is it of another topic" three of five answerable, for "does
# a sentence say it" four of five, as people ask; of the others those that people wrote count most. "withheld" is only
# reported: fitted as well, it moves weight from what a sentence lacks to how near it is, which tells near misses worse.
_TOPIC_SHARES = {"answerable": 4.0, "left out": 1.0, "off": 1.0}
_FIT_SHARES = {"answerable": 4.0, "asked": 0.8, "number": 0.2}
# Where the search for the sentence that says it begins: with the best-scored that lacks nothing.
_FIRST_GUESS = {"time_missing": -1.0, "places_missing": -1.0, "kinds_missing": -1.0, "noun_missing": -1.0, "gap": 0.5}
_ROUNDS = 15


def main(arguments: list[str] | None = None) -> int:
    """Bring the indexes up to date, fit on one half of each set, print the other halves' figures."""
    parser = argparse.ArgumentParser(prog="python -m rag.calibrate", description=__doc__)
    parser.add_argument("--set", dest="sets", nargs=3, action="append", required=True,
                        metavar=("DOCUMENTS", "QUESTIONS", "INDEX"))  # fmt: skip
    parser.add_argument("--write", action="store_true", help="replace rag/weights.json")
    options = parser.parse_args(arguments)
    embedder = load_embedder(load_settings(), lambda progress: None)
    sets = [load_set(embedder, *map(Path, paths)) for paths in options.sets]
    sentence = fit_sentences(sets)
    rows = [measure_rows(one, embedder, sentence) for one in sets]
    result = fit(sets, sentence, rows)
    result["provenance"] = {
        "sets": [one.name for one in sets],
        "model": embedder.name,
        "date": time.strftime("%Y-%m-%d"),
        "command": "python -m rag.calibrate --set DOCUMENTS QUESTIONS.jsonl INDEX … --write",
        "report_on_other_halves": result.pop("report"),
    }
    text = json.dumps(result, ensure_ascii=False, indent=2)
    sys.stdout.write(text + "\n")
    if options.write:
        (Path(__file__).parent / "weights.json").write_text(text + "\n", encoding="utf-8")
    return 0


def fit_sentences(sets: Sequence[LabelledSet]) -> Matrix:
    """Weights of SENTENCE_FEATURES that put sentences with the answer first, fitted on the dev halves."""
    return fit_softmax(
        [
            (evidence.features, holds_answer(evidence, question))
            for one in sets
            for (_, evidence), question in zip(one.evidence, one.questions, strict=True)
            if question.in_dev and evidence.sentences
        ],
        len(SENTENCE_FEATURES),
    )


def fit(sets: Sequence[LabelledSet], sentence: Matrix, rows: Sequence[Sequence[Row]]) -> dict[str, object]:
    """Fit both judgements on the dev halves and measure them on the others."""
    dev = [[row for row in own if row.in_dev] for own in rows]
    topic, topic_bias = _fit_judgement(dev, lambda row: row.measured.topic, _TOPIC_SHARES)
    fitted, bias = fit_said(dev)

    def log_odds(row: Row) -> float:
        said = bias + float(said_best(row.measured.fits, fitted) @ fitted)
        return both(topic_bias + float(row.measured.topic @ topic), said)

    report = {
        one.name: {
            "answer_in_three_sentences": _hits(one, sentence),
            **_refusal_report([row for row in own if not row.in_dev], log_odds),
        }
        for one, own in zip(sets, rows, strict=True)
    }
    return {
        "sentence": _by_name(SENTENCE_FEATURES, sentence),
        "topic": {**_by_name(TOPIC_FEATURES, topic), "bias": round(topic_bias, 4)},
        "fit": {**_by_name(FIT_FEATURES, fitted), "bias": round(bias, 4)},
        "threshold": _THRESHOLD,
        "report": report,
    }


def fit_said(sets: Sequence[Sequence[Row]]) -> tuple[Matrix, float]:
    """Fit whether a sentence says it, where only the question is labelled: which sentence would, follows from the fit.

    Each question is first told by the sentence that fits best by the weights so far, then the weights are fitted on
    these sentences, until they settle (multiple-instance learning, as by Andrews and others, 2002).
    """
    weights = np.array([_FIRST_GUESS.get(name, 0.0) for name in FIT_FEATURES])

    def fitted_at(at: Matrix) -> tuple[Matrix, float]:
        return _fit_judgement(sets, lambda row: said_best(row.measured.fits, at), _FIT_SHARES)

    for _ in range(_ROUNDS):
        # Half-way steps, as two sentences may take turns.
        weights = (weights + fitted_at(weights)[0]) / 2
    return fitted_at(weights)


def _by_name(names: Sequence[str], weights: Matrix) -> dict[str, float]:
    return dict(zip(names, weights.round(4).tolist(), strict=True))


def _fit_judgement(
    sets: Sequence[Sequence[Row]], values: Callable[[Row], Matrix], shares: Mapping[str, float]
) -> tuple[Matrix, float]:
    """Fit one judgement on the rows of the kinds that have a share; sets count alike.

    The kinds of unanswerable questions that a set lacks leave their shares to the others.
    """
    used: list[Row] = []
    weights: list[float] = []
    for rows in sets:
        kinds = [("answerable" if row.answerable else row.kind) for row in rows]
        present = {kind for kind in kinds if kind in shares} - {"answerable"}
        unanswerable = sum(shares[kind] for kind in present)
        for row, kind in zip(rows, kinds, strict=True):
            if kind in shares and present:
                used.append(row)
                share = shares[kind] if kind == "answerable" else shares[kind] / unanswerable
                weights.append(share / kinds.count(kind))
    labels = np.array([float(row.answerable) for row in used])
    return fit_logistic(np.array([values(row) for row in used]), labels, np.array(weights))


def _hits(one: LabelledSet, sentence: Matrix) -> float:
    """Share of the answerable questions not used for fitting whose three best sentences hold the asked text."""
    hits = [
        holds_answer(evidence, question)[best_first(evidence.features @ sentence)[:_CHOSEN]].any()
        for (_, evidence), question in zip(one.evidence, one.questions, strict=True)
        if not question.in_dev and question.answers
    ]
    return round(float(np.mean(hits)), 4)


def _refusal_report(rows: Sequence[Row], log_odds: Callable[[Row], float]) -> dict[str, float]:
    """AUC (share of pairs in the right order) by kind of unanswerable question, and both errors at the threshold."""
    answerable = np.array([log_odds(row) for row in rows if row.answerable])
    cut = float(np.log(_THRESHOLD / (1 - _THRESHOLD)))
    report = {"answerable_refused": round(float((answerable < cut).mean()), 4)}
    for kind in KINDS:
        others = np.array([log_odds(row) for row in rows if not row.answerable and row.kind == kind])
        if len(others):
            report[f"auc, {kind}"] = round(auc(answerable, others), 4)
            report[f"answered, {kind}"] = round(float((others >= cut).mean()), 4)
    return report


if __name__ == "__main__":
    raise SystemExit(main())
