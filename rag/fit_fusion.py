"""Fit the weights of `rag/fusion.json` again: python -m rag.fit_fusion --set DOCUMENTS QUESTIONS.jsonl INDEX [--write].

The dev half of each set is used to fit, the test half to report; several sets count alike. Questions with a history,
and those without evidence, are left out. `--without dense` fits without a part and tells how many questions that loses
and gains.
"""

import argparse
import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.candidates import PARTS, find_candidates
from rag.embed import Embedder, load_embedder
from rag.evaluate.bootstrap import mcnemar
from rag.evaluate.relevance import Evidences
from rag.fusion import FUSION_FILE, HEADER_SHARE, fitted_weights
from rag.labelled import open_library
from rag.query import embed_question, read_query
from rag.retrieve import asks_header
from rag.settings import load_settings
from rag.testset import read_questions

Matrix = NDArray[np.float64]

_COMPARED = 100
# Softmax of scores in [0, 1] is too flat to choose one of a hundred.
_SHARPNESS = 8.0


@dataclass(frozen=True)
class Judged:
    """The best passages of one question.

    Attributes
    ----------
    parts
        Their scores by part, shape (passages, number of PARTS).
    relevant, beside
        Which of them are relevant, and which stand in a document of the evidence; shape (passages,) each.
    """

    parts: Matrix
    relevant: NDArray[np.bool_]
    beside: NDArray[np.bool_]


def main(arguments: list[str] | None = None) -> int:
    """Bring the indexes up to date, fit on the dev halves, print weights and the figures of the test halves."""
    parser = argparse.ArgumentParser(prog="python -m rag.fit_fusion", description=__doc__)
    parser.add_argument("--set", dest="sets", nargs=3, action="append", required=True,
                        metavar=("DOCUMENTS", "QUESTIONS", "INDEX"))  # fmt: skip
    parser.add_argument("--write", action="store_true", help=f"replace rag/{FUSION_FILE}")
    parser.add_argument(
        "--without", choices=PARTS, action="append", default=[], help="leave out a part, to see what it buys"
    )
    options = parser.parse_args(arguments)
    if options.without and options.write:
        parser.error("--without only shows; it cannot be written")
    embedder = load_embedder(load_settings(), lambda progress: None)
    halves = [judge(embedder, *map(Path, paths)) for paths in options.sets]
    used = np.array([part not in options.without for part in PARTS])
    weights = fit([dev for dev, _ in halves], used)
    before = np.array([fitted_weights()[part] for part in PARTS])
    names = [Path(questions).name for _, questions, _ in options.sets]
    result = {
        "weights": dict(zip(PARTS, weights.round(4).tolist(), strict=True)),
        "provenance": {
            "sets": names,
            "model": embedder.name,
            "date": time.strftime("%Y-%m-%d"),
            "command": "python -m rag.fit_fusion --set DOCUMENTS QUESTIONS.jsonl INDEX … --write",
            "report_on_test_halves": {
                name: {"questions": len(test), "with": report(test, weights), "with_those_before": report(test, before)}
                for name, (_, test) in zip(names, halves, strict=True)
            },
        },
    }
    if options.without:
        for half in (0, 1):
            result[("dev", "test")[half]] = {
                name: {"with": report(own[half], weights), "paired": paired(own[half], weights, before)}
                for name, own in zip(names, halves, strict=True)
            }
    text = json.dumps(result, ensure_ascii=False, indent=2)
    sys.stdout.write(text + "\n")
    if options.write:
        (Path(__file__).parent / FUSION_FILE).write_text(text + "\n", encoding="utf-8")
    return 0


def judge(embedder: Embedder, documents: Path, questions: Path, index: Path) -> tuple[list[Judged], list[Judged]]:
    """Score the passages of a set's questions; those of the dev half and of the test half."""
    library = open_library(embedder, documents, index)
    evidences = Evidences(library)
    halves: dict[str, list[Judged]] = {"dev": [], "test": []}
    for question in read_questions(questions).questions:
        needs = evidences.needs(question)
        relevant = frozenset[int]().union(*(need.passages for need in needs))
        right_documents = frozenset[int]().union(*(need.documents for need in needs))
        if question.history or not relevant:
            continue
        query = read_query(question.question)
        vector = embed_question(embedder, question.question)
        candidates = find_candidates(library, vector, query, np.ones(len(library.paths), dtype=bool))
        parts = np.stack([candidates.parts[part] for part in PARTS], axis=1)
        if not asks_header(question.question):
            parts[library.header_chunks] *= HEADER_SHARE
        best = np.argsort(-parts.sum(1), kind="stable")[:_COMPARED]
        beside = np.isin(library.document_of_chunk[best], list(right_documents))
        halves[question.split].append(Judged(parts[best], np.isin(best, list(relevant)), beside))
    return halves["dev"], halves["test"]


def fit(
    sets: list[list[Judged]],
    used: NDArray[np.bool_] | None = None,
    steps: int = 600,
    rate: float = 0.05,
    decay: float = 0.003,
) -> Matrix:
    """Weights ≥ 0 with the sum 1 that maximise the softmax probability of the right passages and documents (Adam, L2).

    Half the objective are the relevant passages, half those of the right documents.

    Parameters
    ----------
    sets
        Questions by set; the sets count alike. A question whose relevant passages are not among the best says nothing.
    used
        Which parts may have a weight, shape (number of PARTS,); all by default.
    steps, rate, decay
        Of the descent.
    """
    usable = [[one for one in own if one.relevant.any()] for own in sets]
    allowed = np.ones(len(PARTS)) if used is None else used.astype(float)
    weights = allowed.copy()
    first, second = np.zeros_like(weights), np.zeros_like(weights)
    for step in range(1, steps + 1):
        gradient = decay * weights
        for own in usable:
            for one in own:
                scores = _SHARPNESS * (one.parts @ weights)
                share = np.exp(scores - scores.max())
                share /= share.sum()
                for right in (one.relevant, one.beside):
                    wanted = share * right
                    pull = (wanted / wanted.sum() - share) @ one.parts
                    gradient -= _SHARPNESS * pull / 2 / len(own) / len(usable)
        first = 0.9 * first + 0.1 * gradient
        second = 0.999 * second + 0.001 * gradient**2
        move = rate * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.999**step)) + 1e-8)
        weights = np.maximum(weights - move, 0.0) * allowed
    scaled: Matrix = weights / weights.sum()
    return scaled


def report(questions: list[Judged], weights: Matrix) -> dict[str, float]:
    """Success@1, Success@5 and MRR@10 by passage, and Success@1 by document."""
    ranks = np.array([_first(one, one.relevant, weights) for one in questions])
    documents = np.array([_first(one, one.beside, weights) for one in questions])
    return {
        "success@1": round(float((ranks <= 1).mean()), 4),
        "success@5": round(float((ranks <= 5).mean()), 4),
        "mrr@10": round(float(np.where(ranks <= 10, 1 / ranks, 0).mean()), 4),
        "document success@1": round(float((documents <= 1).mean()), 4),
    }


def paired(questions: list[Judged], weights: Matrix, before: Matrix) -> dict[str, float]:
    """Questions whose right passage is no longer first, and those where it now is; p by McNemar's exact test."""
    now, then = (np.array([_first(one, one.relevant, w) <= 1 for one in questions]) for w in (weights, before))
    lost, gained = int((then & ~now).sum()), int((now & ~then).sum())
    return {"lost": lost, "gained": gained, "p": round(mcnemar(lost, gained), 4)}


def _first(one: Judged, right: NDArray[np.bool_], weights: Matrix) -> float:
    """Rank of the first right passage, infinite where there is none."""
    order = np.argsort(-(one.parts @ weights), kind="stable")
    found = np.flatnonzero(right[order])
    return float(found[0] + 1) if len(found) else float("inf")


if __name__ == "__main__":
    raise SystemExit(main())
