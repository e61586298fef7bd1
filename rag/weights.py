"""The fitted numbers: how sentences are scored, and when a question counts as answered (`rag.calibrate` fits them)."""

import json
import math
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from rag.evidence import CONFIDENCE_FEATURES, SENTENCE_FEATURES

WEIGHTS_FILE = "weights.json"


@dataclass(frozen=True)
class Weights:
    """Linear weights in the order of SENTENCE_FEATURES and CONFIDENCE_FEATURES.

    `threshold` is the confidence below which an answer is refused.
    """

    sentence: tuple[float, ...]
    confidence: tuple[float, ...]
    bias: float
    threshold: float

    def sentence_scores(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """Score of each candidate sentence, shape (n,), from features of shape (n, len(SENTENCE_FEATURES))."""
        scores: NDArray[np.float64] = features @ np.array(self.sentence)
        return scores

    def probability(self, features: NDArray[np.float64]) -> float:
        """Estimated probability that the documents answer: logistic function of the weighted CONFIDENCE_FEATURES."""
        logit = self.bias + float(features @ np.array(self.confidence))
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, logit))))


@cache
def load_weights() -> Weights:
    """Read the weights that come with the package."""
    data = json.loads(files("rag").joinpath(WEIGHTS_FILE).read_text(encoding="utf-8"))
    return Weights(
        tuple(data["sentence"][name] for name in SENTENCE_FEATURES),
        tuple(data["confidence"][name] for name in CONFIDENCE_FEATURES),
        data["bias"],
        data["threshold"],
    )
