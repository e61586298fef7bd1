"""Fit the weights of `rag/weights.json` again: python -m rag.calibrate DOCUMENTS QUESTIONS.jsonl [--write].

Half of the documents (by parity of the SHA-256 of their name) are used to fit, the other half to report. A question
is unanswerable when its document is treated as absent, or when a number in it is replaced by one that its document
does not hold.
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
from rag.embed import Embedder, embedder_identity, load_embedder
from rag.evidence import (
    CONFIDENCE_FEATURES,
    SENTENCE_FEATURES,
    Evidence,
    confidence_features,
    gather_evidence,
)
from rag.retrieve import Ranking, rank
from rag.settings import load_settings
from rag.store import Library, Vectors
from rag.words import normalise

Matrix = NDArray[np.float64]

_CHOSEN = 3
_THRESHOLD = 0.5
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True)
class _Question:
    text: str
    document: str
    answers: tuple[str, ...]
    in_dev: bool


def main(arguments: list[str] | None = None) -> int:
    """Build an index of the documents in a folder beside it, fit on one half, print the other half's figures."""
    parser = argparse.ArgumentParser(prog="python -m rag.calibrate", description=__doc__)
    parser.add_argument("documents")
    parser.add_argument("questions", help="JSON lines with id, question, evidence[0].document, answer_contains")
    parser.add_argument("--index", required=True, help="folder for the index of these documents")
    parser.add_argument("--write", action="store_true", help="replace rag/weights.json")
    options = parser.parse_args(arguments)
    settings = load_settings(documents=options.documents, index=options.index)
    embedder = load_embedder(settings, lambda progress: None)
    build_index(settings, embedder_identity(settings), lambda: embedder, lambda progress: None)
    library = Library.open(settings.index, embedder_identity(settings))
    questions = _read_questions(Path(options.questions))
    result = fit(library, embedder, questions)
    result["provenance"] = {
        "questions": f"{Path(options.questions).name}, {len(questions)} questions, half of them",
        "model": embedder.name,
        "date": time.strftime("%Y-%m-%d"),
        "command": "python -m rag.calibrate DOCUMENTS QUESTIONS.jsonl --index FOLDER --write",
        "report_on_other_half": result.pop("report"),
    }
    text = json.dumps(result, ensure_ascii=False, indent=2)
    sys.stdout.write(text + "\n")
    if options.write:
        (Path(__file__).parent / "weights.json").write_text(text + "\n", encoding="utf-8")
    return 0


def fit(library: Library, embedder: Embedder, questions: list[_Question]) -> dict[str, object]:
    """Fit both sets of weights on the dev half and measure them on the other."""
    vectors = embedder.embed_queries([question.text for question in questions])
    numbers = {path: number for number, path in enumerate(library.paths)}
    gathered = [_gather(library, vector, q.text) for q, vector in zip(questions, vectors, strict=True)]
    labelled = [(evidence, _holds_answer(evidence, q)) for (_, evidence), q in zip(gathered, questions, strict=True)]
    sentence = _fit_softmax([pair for pair, q in zip(labelled, questions, strict=True) if q.in_dev])
    rows: list[tuple[Matrix, int, bool]] = []
    for (ranking, evidence), question, vector in zip(gathered, questions, vectors, strict=True):
        rows.append((_confidence(library, ranking, evidence, sentence, question.text), 1, question.in_dev))
        ranking, evidence = _gather(library, vector, question.text, frozenset({numbers[question.document]}))
        rows.append((_confidence(library, ranking, evidence, sentence, question.text), 0, question.in_dev))
        changed = _other_number(question.text, library.document(question.document).text)
        if changed is not None:
            ranking, evidence = _gather(library, embedder.embed_query(changed), changed)
            rows.append((_confidence(library, ranking, evidence, sentence, changed), 0, question.in_dev))
    confidence, bias = _fit_logistic([(features, label) for features, label, dev in rows if dev])
    report = {
        "answer_in_three_sentences": _hits([p for p, q in zip(labelled, questions, strict=True) if not q.in_dev], sentence),
        **_refusal_report([(float(f @ confidence) + bias, label) for f, label, dev in rows if not dev]),
    }
    return {
        "sentence": dict(zip(SENTENCE_FEATURES, sentence.round(4).tolist(), strict=True)),
        "confidence": dict(zip(CONFIDENCE_FEATURES, confidence.round(4).tolist(), strict=True)),
        "bias": round(bias, 4),
        "threshold": _THRESHOLD,
        "report": report,
    }


def _read_questions(path: Path) -> list[_Question]:
    questions = []
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        document = row["evidence"][0]["document"]
        in_dev = hashlib.sha256(document.encode()).digest()[-1] % 2 == 0
        questions.append(_Question(row["question"], document, tuple(row["answer_contains"]), in_dev))
    return questions


def _gather(
    library: Library, vector: Vectors, text: str, left_out: frozenset[int] = frozenset()
) -> tuple[Ranking, Evidence]:
    ranking = rank(library, vector, text, left_out)
    return ranking, gather_evidence(library, ranking, text, left_out)


def _confidence(library: Library, ranking: Ranking, evidence: Evidence, sentence: Matrix, text: str) -> Matrix:
    chosen = np.argsort(-(evidence.features @ sentence), kind="stable")[:_CHOSEN]
    return confidence_features(library, ranking, evidence, [int(i) for i in chosen], text)


def _holds_answer(evidence: Evidence, question: _Question) -> NDArray[np.bool_]:
    wanted = [_squeeze(answer) for answer in question.answers]
    return np.array(
        [
            sentence.document == question.document and all(answer in _squeeze(sentence.text) for answer in wanted)
            for sentence in evidence.sentences
        ]
    )


def _squeeze(text: str) -> str:
    return re.sub(r"\s", "", normalise(text))


def _other_number(question: str, document: str) -> str | None:
    """The question with its first number moved to one that the document does not hold; None without a number."""
    match = _NUMBER.search(question)
    if match is None:
        return None
    held = set(_NUMBER.findall(document))
    number = int(match.group())
    other = next(str(n) for n in range(number + 3, number + 3000) if str(n) not in held)
    return question[: match.start()] + other + question[match.end() :]


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


def _fit_logistic(rows: list[tuple[Matrix, int]]) -> tuple[Matrix, float]:
    """Logistic regression by Newton's method on standardised features (L2 of 1), classes weighted equally."""
    features = np.array([row for row, _ in rows])
    labels = np.array([label for _, label in rows], dtype=float)
    balance = np.where(labels == 1, 0.5 / labels.mean(), 0.5 / (1 - labels.mean()))
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


def _refusal_report(rows: list[tuple[float, int]]) -> dict[str, float]:
    """AUC (share of pairs in the right order) and the two errors at the threshold."""
    answerable = np.array([score for score, label in rows if label == 1])
    others = np.array([score for score, label in rows if label == 0])
    wins = (answerable[:, None] > others[None, :]).mean() + 0.5 * (answerable[:, None] == others[None, :]).mean()
    cut = float(np.log(_THRESHOLD / (1 - _THRESHOLD)))
    return {
        "refusal_auc": round(float(wins), 4),
        "answerable_refused": round(float((answerable < cut).mean()), 4),
        "unanswerable_answered": round(float((others >= cut).mean()), 4),
    }


if __name__ == "__main__":
    raise SystemExit(main())
