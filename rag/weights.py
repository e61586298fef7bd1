"""The fitted numbers: how sentences are scored, and when a question counts as answered (`rag.calibrate` fits them)."""

import json
import math
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from rag.confidence import TOPIC_FEATURES, Measured
from rag.evidence import SENTENCE_FEATURES
from rag.fitting import FIT_FEATURES

WEIGHTS_FILE = "weights.json"

CONFIDENCE_FEATURES = (*FIT_FEATURES, "absent", "topic")
"""What a confidence follows from; `topic` is by how much its log-odds fall if the question is of another topic."""

# A rule and not fitted: where no candidate has an amount, there is no answer to how much, and none about a place that
# none names. The sets hold too few such questions to find that out.
ABSENT_WEIGHT = -6.0


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
        return (*self.fit, ABSENT_WEIGHT, 1.0)

    def sentence_scores(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """Score of each candidate sentence, shape (n,), from features of shape (n, len(SENTENCE_FEATURES))."""
        scores: NDArray[np.float64] = features @ np.array(self.sentence)
        return scores

    def confidence_features(self, measured: Measured) -> NDArray[np.float64]:
        """Values of CONFIDENCE_FEATURES.

        With p = P(of this topic) P(a sentence says it), the log-odds of p are those of the second, less what the first
        takes from them: that is the last value.
        """
        topic = self.topic_bias + float(measured.topic @ np.array(self.topic))
        fit = self.bias + float(measured.fit @ np.array(self.fit))
        fit += ABSENT_WEIGHT * measured.absent
        return np.array([*measured.fit, measured.absent, product(topic, fit) - fit])

    def probability(self, features: NDArray[np.float64]) -> float:
        """Estimated probability that the documents answer, of values of CONFIDENCE_FEATURES."""
        logit = self.bias + float(features @ np.array(self.confidence))
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, logit))))


def product(one: float, other: float) -> float:
    """Log-odds of the product of two probabilities, from their log-odds.

    >>> round(product(0.0, 0.0), 4), round(product(30.0, 1.0), 4)
    (-1.0986, 1.0)
    """
    # 1 / (σ(a) σ(b)) − 1 = e^−a + e^−b + e^−(a+b)
    return -float(np.logaddexp.reduce([-one, -other, -one - other]))


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
