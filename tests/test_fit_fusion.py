"""Fitting the weights of the parts: values on questions made by hand."""

import numpy as np
import pytest

from rag.candidates import PARTS
from rag.fit_fusion import Judged, fit, paired, report


def judged(part: str, noise: str) -> Judged:
    """Three passages: `part` puts the relevant one first, `noise` puts it last."""
    scores = np.zeros((3, len(PARTS)))
    scores[:, PARTS.index(part)] = [1.0, 0.4, 0.0]
    scores[:, PARTS.index(noise)] = [0.0, 0.6, 1.0]
    return Judged(scores, np.array([True, False, False]), np.array([True, True, False]))


def test_the_part_that_puts_the_relevant_passage_first_gets_the_weight() -> None:
    weights = fit([[judged("words", "dense")], [judged("words", "bigrams")]])
    assert weights.sum() == pytest.approx(1)
    assert weights[PARTS.index("words")] > 0.9
    assert weights[PARTS.index("dense")] == weights[PARTS.index("bigrams")] == 0


def test_a_part_that_is_left_out_gets_no_weight() -> None:
    used = np.array([part != "words" for part in PARTS])
    weights = fit([[judged("words", "dense"), judged("sentence", "dense")]], used)
    assert weights[PARTS.index("words")] == 0
    assert weights[PARTS.index("sentence")] > 0.9


def test_two_fits_are_compared_question_by_question() -> None:
    questions = [judged("words", "dense")] * 3 + [judged("dense", "words")]
    words, dense = (np.array([float(part == name) for part in PARTS]) for name in ("words", "dense"))
    assert paired(questions, dense, words) == {"lost": 3, "gained": 1, "p": 0.625}


def test_sets_count_alike_however_many_questions_they_have() -> None:
    one = fit([[judged("words", "dense")], [judged("sentence", "document")]])
    many = fit([[judged("words", "dense")] * 5, [judged("sentence", "document")]])
    assert many == pytest.approx(one, abs=1e-6)


def test_the_report_counts_ranks() -> None:
    weights = np.array([1.0 if part == "dense" else 0.0 for part in PARTS])
    missing = Judged(np.ones((2, len(PARTS))), np.array([False, False]), np.array([True, False]))
    figures = report([judged("dense", "words"), judged("words", "dense"), missing], weights)
    assert figures == {"success@1": 0.3333, "success@5": 0.6667, "mrr@10": 0.4444, "document success@1": 0.6667}
