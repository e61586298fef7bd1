"""Near-duplicates among found passages: one is shown, the others are listed with it."""

from collections.abc import Sequence, Set

import numpy as np
from numpy.typing import NDArray

from rag.store import Library
from rag.words import token_sets

# Jaccard similarity of character pairs from which two passages say the same; reprints differ in a few characters.
_SAME = 0.9
# So many more passages than asked for are looked through for near-duplicates.
_BEYOND = 20


def fold_duplicates(
    library: Library, chunks: NDArray[np.int64], k: int, apart: Set[int] = frozenset()
) -> list[list[int]]:
    """Rows of a ranking in groups of near-duplicates, by their best, at most `k` groups.

    Parameters
    ----------
    library
        Holds the passages.
    chunks
        Numbers of the passages, best first, shape (n,).
    k
        How many groups at most.
    apart
        Numbers of passages that join no other.
    """
    groups: list[list[int]] = []
    held: list[frozenset[str]] = []
    for row, number in enumerate(chunks[: k + _BEYOND]):
        pairs = token_sets(library.chunk(int(number)).text)[1]
        alike = (i for i, other in enumerate(held) if near_duplicates(pairs, other))
        same = None if int(number) in apart else next(alike, None)
        if same is not None:
            groups[same].append(row)
        elif len(groups) < k:
            groups.append([row])
            held.append(pairs)
    return groups


def near_duplicates(one: frozenset[str], other: frozenset[str]) -> bool:
    """Tell by their character pairs whether two passages say the same in nearly the same words, with the same figures.

    >>> near_duplicates(frozenset(["东部", "部省", "30"]), frozenset(["东部", "部省", "31"]))
    False
    """
    if _figures(one) != _figures(other):
        return False
    return len(one & other) >= _SAME * max(len(one | other), 1)


def _figures(tokens: Sequence[str] | frozenset[str]) -> set[str]:
    return {token for token in tokens if token[0].isdigit()}
