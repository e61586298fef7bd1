"""What a ranking is: passages by their score, and what the score is made of."""

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from rag.candidates import Scores
from rag.query import Query
from rag.store import Vectors


@dataclass(frozen=True)
class Ranking:
    """Passages of a library by their fused score.

    Attributes
    ----------
    chunks
        Passage numbers, best first, shape (n,).
    scores
        Their fused scores in [0, 1], shape (n,).
    documents
        Score of each document in [0, 1], shape (number of documents,).
    vector
        The question's unit vector, shape (dimension,).
    query
        What was looked for.
    weights
        Weight of each part, with the sum 1.
    parts
        Score in [0, 1] of the ranked passages by each part, shape (n,) each; `reranker` among them where one is set.
    cosines, sentence_cosines
        Cosine with the question of the ranked passages and of their best sentences, NaN where unknown, shape (n,).
    aside
        Numbers of the documents whose scores were lowered because others are in force in their place (`rag.as_of`).
    reasons
        Why passages stand further up than their score puts them, in Chinese, by passage number.
    missing
        What the question names that is not there: 《…》, 文号, 第X条.
    clauses
        Clauses that the question names: number of the document, and `[start, end)` of its text.
    apart
        Passages that are shown even where they say nearly the same as another: the best of each part of a question.
    """

    chunks: NDArray[np.int64]
    scores: Scores
    documents: Scores
    vector: Vectors
    query: Query = field(default_factory=lambda: Query("", (), foreign=False))
    weights: dict[str, float] = field(default_factory=dict)
    parts: dict[str, Scores] = field(default_factory=dict)
    cosines: Scores = field(default_factory=lambda: np.empty(0))
    sentence_cosines: Scores = field(default_factory=lambda: np.empty(0))
    aside: frozenset[int] = frozenset()
    reasons: dict[int, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    clauses: tuple[tuple[int, int, int], ...] = ()
    apart: frozenset[int] = frozenset()

    def moved(self, order: NDArray[np.int64], reasons: dict[int, str], missing: tuple[str, ...] = ()) -> "Ranking":
        """The ranking in another order, of old rows, for reasons other than the scores.

        Scores stay in order: a passage that stands above one with a better score takes that score over.
        """
        scores: Scores = np.maximum.accumulate(self.scores[order][::-1])[::-1]
        moved = self.reordered(order, scores, self.documents)
        return replace(moved, reasons=self.reasons | reasons, missing=tuple(dict.fromkeys([*self.missing, *missing])))

    def reordered(self, order: NDArray[np.int64], scores: Scores, documents: Scores) -> "Ranking":
        """The ranking in another order: old rows, best first, with their new scores, and new scores of documents."""
        return replace(
            self,
            chunks=self.chunks[order],
            scores=scores,
            documents=documents,
            parts={part: values[order] for part, values in self.parts.items()},
            cosines=self.cosines[order],
            sentence_cosines=self.sentence_cosines[order],
        )
