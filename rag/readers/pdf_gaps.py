"""White space between columns that is narrower than characters are large: several lines have it at one place."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

_ROWS = 3
_NARROWEST = 0.35
_STEP = 2.0
_MAX_GAPS = 4_000

# What may hang over the edge of a column, into the white.
_HANGING = "，。、；：！？）》」』”’】〕"

# A character, its left edge, right edge and size, and whether it is set without spaces (Chinese).
Inked = tuple[str, float, float, float, bool]
_Gap = tuple[float, float, int]


def aligned_gaps(rows: Sequence[Sequence[Inked]]) -> list[set[int]]:
    """Find gaps that three or more lines of print below each other share.

    A gap of 0.8 of the character size always separates; with large type, that between two columns may be smaller. What
    is taken here is at least 0.35 of the size wide, stands out among the gaps of its line, and has Chinese on a side:
    the white between Latin words lines up by chance.

    Parameters
    ----------
    rows
        Lines of print from the top, their characters from the left.

    Returns
    -------
    For each line, the indexes of the characters that stand behind such a gap.
    """
    gaps = [_wide(row) for row in rows]
    found: list[set[int]] = [set() for _ in rows]
    if sum(map(len, gaps)) > _MAX_GAPS:
        return found
    places = Counter(place for row in gaps for place in {place for gap in row for place in _places(gap)})
    for place in (place for place, count in places.items() if count >= _ROWS):
        x = place * _STEP
        ends = Counter(round(end) for row in gaps for start, end, _ in row if start <= x <= end)
        edge = ends.most_common(1)[0][0]
        run: list[tuple[int, int]] = []
        for number, row in enumerate(rows):
            if not row or not row[0][1] < x < row[-1][2]:
                continue
            index = next((index for start, end, index in gaps[number] if start <= x <= end), None)
            if index is None:
                index = _behind_hanging(row, x, edge)
            if index is not None:
                run.append((number, index))
                continue
            _keep(run, found)
            run = []
        _keep(run, found)
    return found


def _behind_hanging(row: Sequence[Inked], x: float, edge: int) -> int | None:
    """Return the index of a character that begins at the edge of the gap, behind punctuation that hangs into it."""
    for index in range(1, len(row)):
        char, left, right, _, _ = row[index - 1]
        if abs(row[index][1] - edge) <= 1 and char in _HANGING and left <= x <= right + 1:
            return index
    return None


def _keep(run: list[tuple[int, int]], found: list[set[int]]) -> None:
    if len(run) >= _ROWS:
        for number, index in run:
            found[number].add(index)


def _places(gap: _Gap) -> range:
    start, end, _ = gap
    return range(-int(-start // _STEP), int(end // _STEP) + 1)


def _wide(row: Sequence[Inked]) -> list[_Gap]:
    if len(row) < 2:
        return []
    white = [after[1] - before[2] for before, after in pairwise(row)]
    usual = max(median(white), 0.0)
    return [
        (before[2], after[1], index)
        for index, (gap, (before, after)) in enumerate(zip(white, pairwise(row), strict=True), 1)
        if gap > 2 * usual + _NARROWEST * max(before[3], after[3]) and (before[4] or after[4])
    ]
