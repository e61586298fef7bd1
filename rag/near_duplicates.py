"""Documents → which of them say nearly the same, so that one text does not count as two sources.

Two documents are near-duplicates when their resemblance, |A ∩ B| / |A ∪ B| over the sets of shingles (all runs of
`SHINGLE` characters of the normalised text), is at least `RESEMBLANCE` (A. Broder, On the resemblance and containment
of documents, 1997). Resemblance and not containment: a copy with a paragraph fewer is found, while a short notice that
a long compilation quotes in full stays a document of its own.

The pairs are exact, not sampled. Sets that resemble each other to a share t must meet in the first |A| − ⌈t |A|⌉ + 1 of
their shingles under any common order (prefix filtering; R. Bayardo, Y. Ma, R. Srikant, Scaling up all pairs similarity
search, 2007), so with the rarest shingles first only few pairs are compared, however many documents there are.
"""

import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SHINGLE = 5
RESEMBLANCE = 0.9
_BASE = np.uint64(0x9E3779B97F4A7C15)  # odd: a multiplier of the hash of a shingle, modulo 2^64

Shingles = NDArray[np.uint64]


@dataclass(frozen=True)
class NearDuplicate:
    """The earlier document that another one repeats; `same_text`: all of it, but for white space and punctuation."""

    document: str
    same_text: bool


def find_near_duplicates(texts: Sequence[tuple[str, str]]) -> dict[str, NearDuplicate]:
    """Find the documents that repeat an earlier one.

    Parameters
    ----------
    texts
        Path and text of every document; earlier means a smaller path, whatever the order here.

    Returns
    -------
    dict
        By path. Of several earlier documents the first with the same text is named, else the first that resembles.
    """
    paths = sorted(path for path, _ in texts)
    by_path = dict(texts)
    normalised = [_normalise(by_path[path]) for path in paths]
    found: dict[str, NearDuplicate] = {}
    first: dict[str, int] = {}
    for number, text in enumerate(normalised):
        if text and first.setdefault(text, number) != number:
            found[paths[number]] = NearDuplicate(paths[first[text]], same_text=True)
    distinct = [number for number, text in enumerate(normalised) if text and first[text] == number]
    for earlier, later in _resembling([_shingles(normalised[number]) for number in distinct]):
        found.setdefault(paths[distinct[later]], NearDuplicate(paths[distinct[earlier]], same_text=False))
    return found


def resemblance(first: str, second: str) -> float:
    """Share of shingles two texts have in common, of all shingles in either, in [0, 1]."""
    return _resemblance(_shingles(_normalise(first)), _shingles(_normalise(second)))


def _normalise(text: str) -> str:
    """Letters and digits only, width folded: line breaks and punctuation differ from format to format."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).casefold()))


def _shingles(text: str) -> Shingles:
    """The distinct hashes, ascending, of all runs of `SHINGLE` characters; a shorter text is one shingle."""
    points = np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    width = min(SHINGLE, len(points))
    count = len(points) - width + 1
    hashes = np.zeros(count, dtype=np.uint64)
    for offset in range(width):
        hashes = hashes * _BASE + points[offset : offset + count]
        hashes ^= hashes >> np.uint64(29)
    return np.unique(hashes)


def _resembling(sets: Sequence[Shingles]) -> list[tuple[int, int]]:
    """All pairs (earlier, later) of resembling sets, in order."""
    if len(sets) < 2:
        return []
    every, numbers, frequency = np.unique(np.concatenate(sets), return_inverse=True, return_counts=True)
    # The rarest first; among equals by the hash, which is as good as any.
    rank = np.empty(len(every), dtype=np.int64)
    rank[np.lexsort((every, frequency))] = np.arange(len(every))
    ordered = np.split(rank[numbers], np.cumsum([len(one) for one in sets])[:-1])
    shared = frequency > 1
    shared_rank = np.zeros(len(every), dtype=bool)
    shared_rank[rank] = shared
    holders: dict[int, list[int]] = {}
    pairs: list[tuple[int, int]] = []
    for later, ranks in enumerate(ordered):
        length = len(ranks) - math.ceil(RESEMBLANCE * len(ranks)) + 1
        prefix = np.partition(ranks, length - 1)[:length]
        candidates: set[int] = set()
        for shingle in prefix[shared_rank[prefix]].tolist():
            candidates.update(holders.get(shingle, ()))
            holders.setdefault(shingle, []).append(later)
        pairs += [(one, later) for one in sorted(candidates) if _resemblance(sets[one], sets[later]) >= RESEMBLANCE]
    return pairs


def _resemblance(first: Shingles, second: Shingles) -> float:
    smaller, larger = sorted((first, second), key=len)
    if len(smaller) < RESEMBLANCE * len(larger):
        return len(smaller) / len(larger)  # no more is possible
    places = np.minimum(np.searchsorted(larger, smaller), len(larger) - 1)
    common = int((larger[places] == smaller).sum())
    return common / (len(first) + len(second) - common)
