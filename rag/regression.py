"""Labelled measurements → weights, by small convex fits that give the same numbers every time."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]


def fit_softmax(
    pairs: Sequence[tuple[Matrix, NDArray[np.bool_]]], size: int, steps: int = 400, rate: float = 0.1
) -> Matrix:
    """Maximise the softmax probability of the rows that are marked, among those of each pair (Adam, L2 of 0.01).

    Parameters
    ----------
    pairs
        For each question the measurements of its candidates, shape (candidates, size), and which are right.
    """
    weights = np.ones(size)
    first, second = np.zeros_like(weights), np.zeros_like(weights)
    usable = [(features, holds) for features, holds in pairs if holds.any()]
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


def fit_logistic(features: Matrix, labels: Matrix, weights: Matrix) -> tuple[Matrix, float]:
    """Logistic regression by Newton's method on standardised features (L2 of 1): slopes and intercept.

    Parameters
    ----------
    features, labels
        Shapes (rows, size) and (rows,), labels 0 or 1.
    weights
        How much each row counts, shape (rows,); their sum is made the number of rows.
    """
    weights = weights * len(labels) / weights.sum()
    mean, deviation = features.mean(0), features.std(0) + 1e-9
    design = np.column_stack([(features - mean) / deviation, np.ones(len(features))])
    penalty = np.diag([1.0] * (design.shape[1] - 1) + [0.0])
    found = np.zeros(design.shape[1])
    for _ in range(30):
        p = 1 / (1 + np.exp(-np.clip(design @ found, -30, 30)))
        gradient = design.T @ (weights * (labels - p)) - penalty @ found
        hessian = (design * (weights * p * (1 - p))[:, None]).T @ design + penalty
        found = found + np.linalg.solve(hessian, gradient)
    slopes = found[:-1] / deviation
    return slopes, float(found[-1] - slopes @ mean)


def auc(higher: Matrix, lower: Matrix) -> float:
    """Share of pairs in which the first is the greater; ties count half.

    >>> auc(np.array([2.0, 3.0]), np.array([1.0, 2.0]))
    0.875
    """
    return float((higher[:, None] > lower).mean() + 0.5 * (higher[:, None] == lower).mean())
