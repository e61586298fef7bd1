"""How far chance reaches: bootstrap intervals of statistics and of paired differences, and McNemar's exact test."""

import math

import numpy as np

from rag.evaluate.metrics import Statistic, Values

RESAMPLES = 1000
SEED = 20240229
LEVEL = 0.95

Interval = tuple[float, float]


def resample(questions: int, resamples: int = RESAMPLES, seed: int = SEED) -> Values:
    """Draw as many questions as there are, with replacement, again and again.

    Returns
    -------
    ndarray
        How often each question was drawn, shape (resamples, questions); the same for the same seed.
    """
    draws = np.random.default_rng(seed).multinomial(questions, np.full(questions, 1 / questions), size=resamples)
    return draws.astype(float)


def interval(statistic: Statistic, draws: Values) -> Interval | None:
    """The percentile bootstrap interval at 95 % (Efron and Tibshirani 1993, chapter 13); None where undefined."""
    return _percentiles(statistic.values(draws))


def paired_interval(one: Statistic, other: Statistic, draws: Values) -> Interval | None:
    """The interval of `other` − `one`, both on the same draws of the same questions (Sakai, SIGIR 2006)."""
    return _percentiles(other.values(draws) - one.values(draws))


def mcnemar(gained: int, lost: int) -> float:
    """Two-sided p of McNemar's exact test (1947), for questions that changed from wrong to right and back.

    p = min(1, 2 Σ_{i ≤ min(gained, lost)} C(n, i) / 2^n) with n = gained + lost.

    >>> mcnemar(5, 0), mcnemar(3, 3)
    (0.0625, 1.0)
    """
    changed = gained + lost
    tail = sum(math.comb(changed, i) for i in range(min(gained, lost) + 1))
    return float(min(1.0, 2 * tail / 2**changed))


def _percentiles(values: Values) -> Interval | None:
    defined = values[~np.isnan(values)]
    if not len(defined):
        return None
    low, high = np.percentile(defined, [50 * (1 - LEVEL), 50 * (1 + LEVEL)])
    return round(float(low), 4), round(float(high), 4)
