"""Reading order of a page: lines of print, columns side by side."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from rag.readers.pdf_page import Piece
from rag.readers.pdf_table import Grid

_MAX_PIECES = 1_000
_MIN_LINES = 3
_MIN_WIDTH = 8  # of the size of the characters


@dataclass(frozen=True)
class Line:
    """A line of print, its pieces from the left.

    `column` numbers the columns of the page in reading order where there are several, else it is None.
    """

    pieces: tuple[Piece, ...]
    column: int | None

    @property
    def page(self) -> int:
        """Number of the page."""
        return self.pieces[0].page

    @property
    def left(self) -> float:
        """Left edge."""
        return self.pieces[0].left

    @property
    def right(self) -> float:
        """Right edge."""
        return self.pieces[-1].right

    @property
    def main(self) -> Piece:
        """The piece with most characters: it has the style of the line."""
        return max(self.pieces, key=lambda piece: len(piece.text))


Item = Line | Grid


@dataclass(frozen=True)
class _Box:
    left: float
    right: float
    top: float
    bottom: float
    size: float
    row: int
    thing: Piece | Grid

    def side(self, gutter: float) -> int:
        """Return -1 where it stands left of a gutter (punctuation may hang into it), 1 right of it, 0 across."""
        if self.left >= gutter:
            return 1
        return -1 if self.right <= gutter + self.size else 0


def in_order(
    pieces: list[Piece], grids: list[Grid], known: Sequence[float] = ()
) -> tuple[list[Item], tuple[float, ...]]:
    """Put what stands on a page into the order of reading.

    Parameters
    ----------
    known
        The gutters of the page before; they hold for a page whose columns are too short to tell.

    Returns
    -------
    The lines and tables, and the gutters, none where the page has no columns.
    """
    boxes = [_Box(p.left, p.right, p.top, p.bottom, p.size, p.row, p) for p in pieces]
    boxes += [_Box(g.left, g.right, g.top, g.bottom, 10.0, -1, g) for g in grids]
    gutters = _Gutters(known)
    items: list[Item] = []
    groups = list(_columns(boxes, gutters)) if len(boxes) <= _MAX_PIECES else [(False, boxes)]
    for column, (alone, members) in enumerate(groups):
        items += _lines(members, column if alone else None)
    return items, tuple(gutters.used)


class _Gutters:
    """Finds gutters, and remembers them."""

    def __init__(self, known: Sequence[float]) -> None:
        self._known = known
        self.used: list[float] = []

    def find(self, boxes: list[_Box]) -> float | None:
        gutter = _gutter(boxes)
        if gutter is None:
            gutter = next((x for x in self._known if {box.side(x) for box in boxes} == {-1, 1}), None)
        if gutter is not None and gutter not in self.used:
            self.used.append(gutter)
        return gutter


def _lines(boxes: list[_Box], column: int | None) -> Iterator[Item]:
    by_row: dict[int, list[_Box]] = defaultdict(list)
    rows: list[list[_Box]] = []
    for box in boxes:
        if box.row < 0:
            rows.append([box])
        else:
            by_row[box.row].append(box)
    rows += by_row.values()
    rows.sort(key=lambda row: row[0].top if row[0].row < 0 else min(box.bottom for box in row))
    for row in rows:
        first = row[0].thing
        if isinstance(first, Grid):
            yield first
        else:
            members = (box.thing for box in sorted(row, key=lambda box: box.left))
            yield Line(tuple(piece for piece in members if isinstance(piece, Piece)), column)


def _columns(boxes: list[_Box], gutters: _Gutters) -> Iterator[tuple[bool, list[_Box]]]:
    """Cut a page into groups that are read one after the other; True for a column that stands beside another.

    What crosses the gutter (a title, a wide table) separates what is above from what is below. Once a gutter is known,
    single lines on both sides of it are columns too.
    """
    gutter = gutters.find(boxes)
    if gutter is None:
        yield False, boxes
        return
    bands = _bands(boxes, gutter)
    for index, band in enumerate(bands):
        left = [box for box in band if box.side(gutter) < 0]
        right = [box for box in band if box.side(gutter) > 0]
        if left and right:
            head = _title_end(bands[index - 1], left, right) if index else []
            if head:
                yield False, head
            tail = _heading_below(left, right) if index + 1 < len(bands) else []
            for side in ([box for box in left if box not in tail and box not in head], right):
                for _, group in _columns(side, gutters):
                    yield True, group
            if tail:
                yield False, tail
        else:
            yield False, band


def _title_end(above: list[_Box], left: list[_Box], right: list[_Box]) -> list[_Box]:
    """Find the short last line of a title across the columns: as large as the title, above what stands at the right."""
    size = max(above, key=lambda box: box.bottom).size
    top = min(box.top for box in right)
    if size <= 1.12 * median(box.size for box in left):
        return []
    return [box for box in left if box.bottom <= top and abs(box.size - size) < 0.5]


def _heading_below(left: list[_Box], right: list[_Box]) -> list[_Box]:
    """Find the heading of what follows: below two columns of equal height, at the left, larger than they."""
    bottom = max(box.bottom for box in right)
    size = median(box.size for box in left)
    below = [box for box in left if box.top > bottom]
    first = min((box.top for box in below if box.size > 1.12 * size), default=None)
    if first is None:
        return []
    ends = max((box.bottom for box in left if box.bottom <= first), default=bottom)
    return [box for box in below if box.top >= first] if abs(ends - bottom) < 2.5 * size else []


def _bands(boxes: list[_Box], gutter: float) -> list[list[_Box]]:
    bands: list[list[_Box]] = []
    band: list[_Box] = []
    crossing_rows = {box.row for box in boxes if not box.side(gutter) and box.row >= 0}
    for box in sorted(boxes, key=lambda box: (box.top + box.bottom, box.left)):
        crosses = not box.side(gutter) or box.row in crossing_rows
        if crosses:
            if band:
                bands.append(band)
                band = []
            if bands and all(other.row in crossing_rows or not other.side(gutter) for other in bands[-1]):
                bands[-1].append(box)
            else:
                bands.append([box])
        else:
            band.append(box)
    if band:
        bands.append(band)
    return bands


def _gutter(boxes: list[_Box]) -> float | None:
    """Find where most text stands side by side, far enough from each other, with full lines on both sides."""
    if len(boxes) < 2 * _MIN_LINES:
        return None
    best: tuple[float, float] | None = None
    edges = Counter(round(box.left) + shift for box in boxes for shift in (-1, 0, 1))
    start = min(box.left for box in boxes)
    for edge in sorted(edge for edge, count in edges.items() if count >= _MIN_LINES and edge > start + _MIN_WIDTH):
        x = edge - 1.5
        score = 0.0
        for band in _bands(boxes, x):
            left = [box for box in band if box.side(x) < 0]
            right = [box for box in band if box.side(x) > 0]
            left, right = _beside(left, -1), _beside(right, 0)
            if _is_pair(left, right):
                score += min(sum(box.right - box.left for box in side) for side in (left, right))
        crossing = sum(box.right - box.left for box in boxes if not box.side(x))
        if score and score * 2 > crossing * 0.2 and (best is None or score > best[0]):
            best = score, x
    return best[1] if best else None


def _beside(side: list[_Box], at: int) -> list[_Box]:
    """Return the first or last column of a side of a gutter: there may be more than two columns."""
    spans: list[list[_Box]] = []
    end = 0.0
    for box in sorted(side, key=lambda box: box.left):
        if not spans or box.left > end + 0.3 * box.size:
            spans.append([])
            end = box.right
        spans[-1].append(box)
        end = max(end, box.right)
    return spans[at] if spans else []


def _is_pair(left: list[_Box], right: list[_Box]) -> bool:
    """Tell two columns of running text from a table without lines, a list with page numbers, or a signature."""
    if not left or not right:
        return False
    overlap = min(max(box.bottom for box in left), max(box.bottom for box in right)) - max(
        min(box.top for box in left), min(box.top for box in right)
    )
    for side in (left, right):
        size = median(box.size for box in side)
        start, end = min(box.left for box in side), max(box.right for box in side)
        width = median(box.right - box.left for box in side)
        if len(side) < _MIN_LINES or width < _MIN_WIDTH * size or width < 0.5 * (end - start):
            return False
        if overlap < _MIN_LINES * size:
            return False
    return True
