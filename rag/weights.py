"""The fitted numbers: how sentences are scored, and when a question counts as answered (`rag.calibrate` fits them)."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from rag.confidence import TOPIC_FEATURES, Measured
from rag.evidence import SENTENCE_FEATURES
from rag.fitting import FIT_FEATURES

WEIGHTS_FILE = "weights.json"

CONFIDENCE_FEATURES = (*FIT_FEATURES, "topic")
"""What a confidence follows from; `topic` is by how much its log-odds change by what the topic tells."""

UNREAD = 0.06
"""The least probability that a sentence says it: in words that no rule here reads, as long as the topic is right."""


@dataclass(frozen=True)
class Weights:
    """Linear weights in the order of SENTENCE_FEATURES, TOPIC_FEATURES and FIT_FEATURES, and where each begins.

    `threshold` is the confidence below which an answer is refused.
    """

    sentence: tuple[float, ...]
    topic: tuple[float, ...]
    topic_bias: float
    fit: tuple[float, ...]
    bias: float
    threshold: float

    @property
    def confidence(self) -> tuple[float, ...]:
        """Weights of CONFIDENCE_FEATURES."""
        return (*self.fit, 1.0)

    def sentence_scores(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """Score of each candidate sentence, shape (n,), from features of shape (n, len(SENTENCE_FEATURES))."""
        scores: NDArray[np.float64] = features @ np.array(self.sentence)
        return scores

    def confidence_features(self, measured: Measured) -> NDArray[np.float64]:
        """Values of CONFIDENCE_FEATURES: of the sentence that says it best, and how far the topic speaks for it."""
        fit = np.array(self.fit)
        best = said_best(measured.fits, fit)
        topic = self.topic_bias + float(measured.topic @ np.array(self.topic))
        log_odds = self.bias + float(best @ fit)
        return np.array([*best, both(topic, log_odds) - log_odds])

    def probability(self, features: NDArray[np.float64]) -> float:
        """Estimated probability that the documents answer, of values of CONFIDENCE_FEATURES."""
        logit = self.bias + float(features @ np.array(self.confidence))
        return _probability(logit)


def said_best(fits: Sequence[NDArray[np.float64]], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """The measurements of the sentence that says it best; of several things asked for the mean.

    Parameters
    ----------
    fits
        As `Measured.fits`.
    weights
        Of the columns, shape (number of FIT_FEATURES,).
    """
    best: NDArray[np.float64] = np.mean([rows[np.argmax(rows @ weights)] for rows in fits], axis=0)
    return best


def both(topic: float, fit: float) -> float:
    """Log-odds of P(of this topic) P(a sentence says it), from the log-odds of the two; the second is at least UNREAD.

    >>> round(both(0.0, 30.0), 4), round(both(30.0, 1.0), 4)
    (0.0, 1.0838)
    """
    said = UNREAD + (1 - UNREAD) * _probability(fit)
    probability = _probability(topic) * said
    return math.log(probability / (1 - probability))


def _probability(log_odds: float) -> float:
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, log_odds))))


@cache
def load_weights() -> Weights:
    """Read the weights that come with the package."""
    data = json.loads(files("rag").joinpath(WEIGHTS_FILE).read_text(encoding="utf-8"))
    return Weights(
        tuple(data["sentence"][name] for name in SENTENCE_FEATURES),
        tuple(data["topic"][name] for name in TOPIC_FEATURES),
        data["topic"]["bias"],
        tuple(data["fit"][name] for name in FIT_FEATURES),
        data["fit"]["bias"],
        data["threshold"],
    )
