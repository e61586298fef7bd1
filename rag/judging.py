"""Evidence → how well it answers: a score for each candidate sentence, and the confidence that there is an answer."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.confidence import measure
from rag.evidence import Evidence, gather_evidence
from rag.ranking import Ranking
from rag.settings import Tuning
from rag.store import Library
from rag.weights import load_weights


@dataclass(frozen=True)
class Judgement:
    """What the evidence is worth.

    Attributes
    ----------
    evidence, scores, order
        The candidate sentences, the score of each, and their positions, best first.
    features
        What the confidence follows from (`rag.weights.CONFIDENCE_FEATURES`); empty where there is no candidate.
    confidence
        The estimated probability that the documents answer.
    """

    evidence: Evidence
    scores: Sequence[float]
    order: Sequence[int]
    features: NDArray[np.float64]
    confidence: float


def judge(library: Library, ranking: Ranking, question: str, left_out: frozenset[int], tuning: Tuning) -> Judgement:
    """Score the sentences of the best documents and passages, and tell whether they answer."""
    evidence = gather_evidence(library, ranking, question, left_out, tuning=tuning)
    weights = load_weights()
    scores = weights.sentence_scores(evidence.features)
    order = [int(i) for i in np.argsort(-scores, kind="stable")]
    if not order:
        return Judgement(evidence, [], [], np.empty(0), 0.0)
    measured = measure(library, ranking, evidence, question, np.array(weights.sentence), left_out, tuning=tuning)
    features = weights.confidence_features(measured)
    return Judgement(evidence, scores.tolist(), order, features, weights.probability(features))
