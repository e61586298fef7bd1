"""The rankings of a question and of each of its parts → one ranking, with the best passage of every part at the top."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from rag.ranking import Ranking


def interleave(whole: Ranking, parts: Sequence[tuple[str, Ranking]]) -> Ranking:
    """Put the best passage of each part first, in the order of the parts, then all others by their best score.

    Parameters
    ----------
    whole
        The ranking for the question as it was asked; its vector, query and weights stay.
    parts
        The question of each part (`rag.question_parts`) and its ranking, from the same library.
    """
    rankings = [whole, *(ranking for _, ranking in parts)]
    chunks = np.concatenate([ranking.chunks for ranking in rankings])
    scores = np.concatenate([ranking.scores for ranking in rankings])
    by_score = np.argsort(-scores, kind="stable")
    # Of each passage the row where it scores best.
    _, first = np.unique(chunks[by_score], return_index=True)
    rows = by_score[np.sort(first)]
    both = Ranking(
        chunks[rows],
        scores[rows],
        np.max([ranking.documents for ranking in rankings], axis=0),
        whole.vector,
        whole.query,
        whole.weights,
        {name: np.concatenate([ranking.parts[name] for ranking in rankings])[rows] for name in whole.parts},
        np.concatenate([ranking.cosines for ranking in rankings])[rows],
        np.concatenate([ranking.sentence_cosines for ranking in rankings])[rows],
        whole.aside,
        reasons={chunk: why for ranking in reversed(rankings) for chunk, why in ranking.reasons.items()},
        clauses=tuple(dict.fromkeys(clause for _, ranking in parts for clause in ranking.clauses)),
        missing=tuple(dict.fromkeys(name for ranking in rankings for name in ranking.missing)),
    )
    best = {int(ranking.chunks[0]): part for part, ranking in reversed(parts) if len(ranking.chunks)}
    row_of = {int(chunk): row for row, chunk in enumerate(both.chunks)}
    top = [row_of[chunk] for chunk in reversed(best)]
    order = np.array([*top, *(row for row in range(len(both.chunks)) if row not in set(top))], dtype=np.int64)
    reasons = {
        chunk: f"问题分 {len(parts)} 部分检索，这一段最合“{part}”"
        for chunk, part in best.items()
        if chunk not in both.reasons
    }
    return replace(both.moved(order, reasons), apart=frozenset(best))
