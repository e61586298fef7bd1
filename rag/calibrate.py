"""Fit the weights of `rag/weights.json` again: python -m rag.calibrate --set DOCUMENTS QUESTIONS.jsonl INDEX [--write].

Half of each set is used to fit, the other half to report: by the questions' `split`, else by parity of the SHA-256 of
the document's name. A question is unanswerable when it has no evidence, when its documents are treated as absent (in
a set without such questions), or when a number in it is replaced by one that its document does not hold, or holds
elsewhere. Several sets count alike.
"""

import argparse
import hashlib
import json
import re
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.build import build_index
from rag.embed import Embedder, load_embedder
from rag.evidence import (
    CONFIDENCE_FEATURES,
    SENTENCE_FEATURES,
    Evidence,
    confidence_features,
    gather_evidence,
)
from rag.retrieve import Ranking, rank_question
from rag.settings import load_settings
from rag.store import Library
from rag.words import normalise

Matrix = NDArray[np.float64]

_CHOSEN = 3
_THRESHOLD = 0.5
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True)
class _Question:
    text: str
    documents: tuple[str, ...]
    answers: tuple[str, ...]
    in_dev: bool


@dataclass(frozen=True)
class _Row:
    """Confidence features of one question as asked (`kind` is "asked", "left out" or "number") and its label."""

    features: Matrix
    answerable: bool
    in_dev: bool
    kind: str


@dataclass(frozen=True)
class _Set:
    name: str
    library: Library
    questions: list[_Question]
    evidence: list[tuple[Ranking, Evidence]]


def main(arguments: list[str] | None = None) -> int:
    """Bring the indexes up to date, fit on one half of each set, print the other halves' figures."""
    parser = argparse.ArgumentParser(prog="python -m rag.calibrate", description=__doc__)
    parser.add_argument("--set", dest="sets", nargs=3, action="append", required=True,
                        metavar=("DOCUMENTS", "QUESTIONS", "INDEX"))  # fmt: skip
    parser.add_argument("--write", action="store_true", help="replace rag/weights.json")
    options = parser.parse_args(arguments)
    settings = load_settings()
    embedder = load_embedder(settings, lambda progress: None)
    result = fit([_load_set(embedder, *map(Path, paths)) for paths in options.sets], embedder)
    result["provenance"] = {
        "sets": [Path(questions).name for _, questions, _ in options.sets],
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


def fit(sets: list[_Set], embedder: Embedder) -> dict[str, object]:
    """Fit both kinds of weights on the dev halves and measure them on the others."""
    labelled = [
        [(evidence, _holds_answer(evidence, q)) for (_, evidence), q in zip(one.evidence, one.questions, strict=True)]
        for one in sets
    ]
    sentence = _fit_softmax(
        [
            p
            for pairs, one in zip(labelled, sets, strict=True)
            for p, q in zip(pairs, one.questions, strict=True)
            if q.in_dev
        ]
    )
    rows = [_rows(one, embedder, sentence) for one in sets]
    confidence, bias = _fit_logistic([[row for row in own if row.in_dev] for own in rows])
    report = {}
    for one, pairs, own in zip(sets, labelled, rows, strict=True):
        held_out = [p for p, q in zip(pairs, one.questions, strict=True) if not q.in_dev and q.answers]
        report[one.name] = {
            "answer_in_three_sentences": _hits(held_out, sentence),
            **_refusal_report([row for row in own if not row.in_dev], confidence, bias),
        }
    return {
        "sentence": dict(zip(SENTENCE_FEATURES, sentence.round(4).tolist(), strict=True)),
        "confidence": dict(zip(CONFIDENCE_FEATURES, confidence.round(4).tolist(), strict=True)),
        "bias": round(bias, 4),
        "threshold": _THRESHOLD,
        "report": report,
    }


def _load_set(embedder: Embedder, documents: Path, questions: Path, index: Path) -> _Set:
    settings = load_settings(documents=str(documents), index=str(index))
    identity = (embedder.name, embedder.fingerprint)
    build_index(settings, identity, lambda: embedder, lambda progress: None)
    library = Library.open(settings.index, identity)
    rows = _read_questions(questions)
    gathered = [_gather(library, embedder, question.text) for question in rows]
    return _Set(questions.name, library, rows, gathered)


def _read_questions(path: Path) -> list[_Question]:
    questions = []
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row.get("history"):
            continue
        documents = tuple(sorted({entry["document"] for entry in row["evidence"]}))
        in_dev = hashlib.sha256("".join(documents).encode()).digest()[-1] % 2 == 0
        if "split" in row:
            in_dev = row["split"] == "dev"
        questions.append(_Question(row["question"], documents, tuple(row["answer_contains"]), in_dev))
    return questions


def _rows(one: _Set, embedder: Embedder, sentence: Matrix) -> list[_Row]:
    numbers = {path: number for number, path in enumerate(one.library.paths)}
    # Where all documents are about one topic, the others may answer as well: there, unanswerable questions are written.
    leave_out = all(question.documents for question in one.questions)
    rows = []
    for (ranking, evidence), question in zip(one.evidence, one.questions, strict=True):
        features = _confidence(one.library, ranking, evidence, sentence, question.text)
        rows.append(_Row(features, bool(question.documents), question.in_dev, "asked"))
        if not question.documents:
            continue
        if leave_out:
            absent = frozenset(numbers[path] for path in question.documents)
            gathered = _gather(one.library, embedder, question.text, absent)
            features = _confidence(one.library, *gathered, sentence, question.text)
            rows.append(_Row(features, False, question.in_dev, "left out"))
        text = "\n".join(one.library.document(path).text for path in question.documents)
        for changed in _other_numbers(question, text):
            gathered = _gather(one.library, embedder, changed)
            features = _confidence(one.library, *gathered, sentence, changed)
            rows.append(_Row(features, False, question.in_dev, "number"))
    return rows


def _gather(
    library: Library, embedder: Embedder, text: str, left_out: frozenset[int] = frozenset()
) -> tuple[Ranking, Evidence]:
    ranking = rank_question(library, embedder, text, left_out)
    return ranking, gather_evidence(library, ranking, text, left_out)


def _confidence(library: Library, ranking: Ranking, evidence: Evidence, sentence: Matrix, text: str) -> Matrix:
    chosen = np.argsort(-(evidence.features @ sentence), kind="stable")[:_CHOSEN]
    return confidence_features(library, ranking, evidence, [int(i) for i in chosen], text)


def _holds_answer(evidence: Evidence, question: _Question) -> NDArray[np.bool_]:
    wanted = [_squeeze(answer) for answer in question.answers]
    return np.array(
        [
            sentence.document in question.documents and any(answer in _squeeze(sentence.text) for answer in wanted)
            for sentence in evidence.sentences
        ]
    )


def _squeeze(text: str) -> str:
    return re.sub(r"\s", "", normalise(text))


def _other_numbers(question: _Question, document: str) -> list[str]:
    """The question with its first number changed: to one that its document does not hold, and to another it holds.

    The second is the right entity with the wrong year; numbers of the sentences with the answer are not taken.
    """
    match = _NUMBER.search(question.text)
    if match is None:
        return []
    held = set(_NUMBER.findall(document))
    number = int(match.group())
    absent = next(str(n) for n in range(number + 3, number + 3000) if str(n) not in held)
    near = [
        text[max(0, found.start() - 100) : found.end() + 100]
        for text in [document]
        for answer in question.answers
        for found in re.finditer(re.escape(answer), text)
    ]
    present = sorted(n for n in held if len(n) == len(match.group()) == 4 and not any(n in part for part in near))
    others = [absent, *present[:1]]
    return [question.text[: match.start()] + other + question.text[match.end() :] for other in others]


def _fit_softmax(pairs: list[tuple[Evidence, NDArray[np.bool_]]], steps: int = 400, rate: float = 0.1) -> Matrix:
    """Maximise the softmax probability of the sentences that hold the answer (Adam, L2 of 0.01)."""
    weights = np.ones(len(SENTENCE_FEATURES))
    first, second = np.zeros_like(weights), np.zeros_like(weights)
    usable = [(evidence.features, holds) for evidence, holds in pairs if holds.any()]
    for step in range(1, steps + 1):
        gradient = 0.01 * weights
        for features, holds in usable:
            scores = features @ weights
            share = np.exp(scores - scores.max())
            share /= share.sum()
            wanted = share * holds
            gradient -= (wanted / wanted.sum() - share) @ features / len(usable)
        first = 0.9 * first + 0.1 * gradient
        second = 0.999 * second + 0.001 * gradient**2
        weights = weights - rate * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.999**step)) + 1e-8)
    return weights


def _fit_logistic(sets: list[list[_Row]]) -> tuple[Matrix, float]:
    """Logistic regression by Newton's method on standardised features (L2 of 1); sets and labels count alike."""
    features = np.array([row.features for rows in sets for row in rows])
    labels = np.array([float(row.answerable) for rows in sets for row in rows])
    shares = [np.mean([row.answerable for row in rows]) for rows in sets]
    balance = np.concatenate(
        [
            [0.5 / len(rows) / (share if row.answerable else 1 - share) for row in rows]
            for rows, share in zip(sets, shares, strict=True)
        ]
    )
    balance *= len(labels) / balance.sum()
    mean, deviation = features.mean(0), features.std(0) + 1e-9
    design = np.column_stack([(features - mean) / deviation, np.ones(len(features))])
    penalty = np.diag([1.0] * (design.shape[1] - 1) + [0.0])
    weights = np.zeros(design.shape[1])
    for _ in range(30):
        p = 1 / (1 + np.exp(-design @ weights))
        gradient = design.T @ (balance * (labels - p)) - penalty @ weights
        hessian = (design * (balance * p * (1 - p))[:, None]).T @ design + penalty
        weights = weights + np.linalg.solve(hessian, gradient)
    slopes = weights[:-1] / deviation
    return slopes, float(weights[-1] - slopes @ mean)


def _hits(pairs: list[tuple[Evidence, NDArray[np.bool_]]], weights: Matrix) -> float:
    hits = [holds[np.argsort(-(e.features @ weights), kind="stable")[:_CHOSEN]].any() for e, holds in pairs]
    return round(float(np.mean(hits)), 4)


def _refusal_report(rows: list[_Row], weights: Matrix, bias: float) -> dict[str, float]:
    """AUC (share of pairs in the right order) by kind of unanswerable question, and both errors at the threshold."""
    answerable = np.array([row.features @ weights + bias for row in rows if row.answerable])
    cut = float(np.log(_THRESHOLD / (1 - _THRESHOLD)))
    report = {"answerable_refused": round(float((answerable < cut).mean()), 4)}
    for kind in ("asked", "left out", "number"):
        others = np.array([row.features @ weights + bias for row in rows if not row.answerable and row.kind == kind])
        if len(others):
            auc = (answerable[:, None] > others).mean() + 0.5 * (answerable[:, None] == others).mean()
            report[f"auc, {kind}"] = round(float(auc), 4)
            report[f"answered, {kind}"] = round(float((others >= cut).mean()), 4)
    return report


if __name__ == "__main__":
    raise SystemExit(main())
