"""Tables of a PDF page: cells from ruling lines, or columns between the rules of a three-line table."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from rag.readers.pdf_page import Page, Piece
from rag.readers.pdf_words import Part, fits_on, join
from rag.readers.tables import Cell, Row

_NEAR = 3.0
_MAX_CELLS = 20_000
_MAX_LINES = 2_000
# A rule that reaches this far beyond the outermost lines down closes an open side.
_OPEN_SIDE = 8.0


@dataclass(frozen=True)
class Grid:
    """A table on one page.

    Attributes
    ----------
    columns
        Edges of the columns, from the left.
    rows
        Its rows, as `rag.readers.tables` takes them.
    parts
        Where the text of each cell comes from, by row and column.
    header_rows
        Rows above the second rule of a three-line table; 0 where the rules do not tell.
    """

    page: int
    left: float
    top: float
    right: float
    bottom: float
    columns: tuple[float, ...]
    rows: tuple[Row, ...]
    parts: dict[tuple[int, int], tuple[Part, ...]]
    header_rows: int = 0


def find_tables(page: Page) -> tuple[list[Grid], list[Piece]]:
    """Take the tables out of a page: its tables from the top, and the pieces outside them."""
    pieces = page.pieces
    grids: list[Grid] = []
    for across, down in _connected(page):
        grid, outside = _ruled(page.number, across, down, pieces)
        if grid is not None:
            grids.append(grid)
            pieces = outside
    for rules in _three_line(page, grids):
        grid, outside = _between_rules(page.number, rules, pieces)
        if grid is not None:
            grids.append(grid)
            pieces = outside
    return sorted(grids, key=lambda grid: grid.top), pieces


_Lines = list[tuple[float, float, float]]


def _connected(page: Page) -> Iterator[tuple[_Lines, _Lines]]:
    """Group the lines that touch each other, small groups first: a table may stand in a frame."""
    across, down = page.rules.across, page.rules.down
    if not 1 <= len(across) * len(down) <= _MAX_LINES**2 // 4:
        return
    parent = list(range(len(across) + len(down)))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    for first, (y, x0, x1) in enumerate(across):
        for second, (x, y0, y1) in enumerate(down, len(across)):
            if x0 - _NEAR <= x <= x1 + _NEAR and y0 - _NEAR <= y <= y1 + _NEAR:
                parent[root(first)] = root(second)
    groups: dict[int, tuple[_Lines, _Lines]] = defaultdict(lambda: ([], []))
    for index, line in enumerate(across):
        groups[root(index)][0].append(line)
    for index, line in enumerate(down, len(across)):
        groups[root(index)][1].append(line)
    found = [group for group in groups.values() if len(group[0]) > 1 and group[1]]
    yield from sorted(found, key=lambda group: max(y for y, _, _ in group[0]) - min(y for y, _, _ in group[0]))


def _ruled(number: int, across: _Lines, down: _Lines, pieces: list[Piece]) -> tuple[Grid | None, list[Piece]]:
    left, right = min(x0 for _, x0, _ in across), max(x1 for _, _, x1 in across)
    top, bottom = min(y for y, _, _ in across), max(y for y, _, _ in across)
    xs = _distinct([x for x, _, _ in down])
    if left < xs[0] - _OPEN_SIDE:
        xs.insert(0, left)
        down = [*down, (left, top, bottom)]
    if right > xs[-1] + _OPEN_SIDE:
        xs.append(right)
        down = [*down, (right, top, bottom)]
    ys = _distinct([y for y, _, _ in across])
    width, height = len(xs) - 1, len(ys) - 1
    if width < 2 or height < 1 or width * height > _MAX_CELLS:
        return None, pieces
    corner = _merged(xs, ys, across, down)
    inside: dict[tuple[int, int], list[Piece]] = defaultdict(list)
    outside: list[Piece] = []
    for piece in pieces:
        middle = piece.baseline - 0.35 * piece.size
        row = _interval(ys, middle)
        if row is None or piece.right < xs[0] or piece.left > xs[-1]:
            outside.append(piece)
            continue
        for column, part in _by_column(piece, xs):
            if column is None:
                outside.append(part)
            else:
                inside[corner[row, column]].append(part)
    if len({row for row, _ in inside}) < 2 and len(set(corner.values())) <= width:
        return None, pieces
    rows: list[Row] = []
    parts: dict[tuple[int, int], tuple[Part, ...]] = {}
    texts: dict[tuple[int, int], str] = {}
    for key, members in inside.items():
        end = max(column for (_, column), at in corner.items() if at == key) + 1
        texts[key], parts[key] = _cell(members, xs[key[1]], xs[end])
    for row in range(height):
        cells: Row = {}
        column = 0
        while column < width:
            key = corner[row, column]
            span = 1
            while column + span < width and corner[row, column + span] == key:
                span += 1
            if key in texts:
                cells[column] = Cell(texts[key], span, above=key[0] < row)
            column += span
        rows.append(cells)
    if not any(len(cells) > 1 for cells in rows):
        return None, pieces
    return Grid(number, xs[0], ys[0], xs[-1], ys[-1], tuple(xs), tuple(rows), parts), outside


def _merged(xs: list[float], ys: list[float], across: _Lines, down: _Lines) -> dict[tuple[int, int], tuple[int, int]]:
    """Map each place of the grid to the upper left place of its cell: places without a line between are one cell."""
    width, height = len(xs) - 1, len(ys) - 1
    corner = {(row, column): (row, column) for row in range(height) for column in range(width)}
    by_x: dict[int, _Lines] = defaultdict(list)
    by_y: dict[int, _Lines] = defaultdict(list)
    for line in down:
        by_x[min(range(len(xs)), key=lambda at: abs(xs[at] - line[0]))].append(line)
    for line in across:
        by_y[min(range(len(ys)), key=lambda at: abs(ys[at] - line[0]))].append(line)
    for row in range(height):
        for column in range(width):
            upper = row > 0 and not _covered(by_y[row], xs[column], xs[column + 1])
            before = column > 0 and not _covered(by_x[column], ys[row], ys[row + 1])
            if upper:
                corner[row, column] = corner[row - 1, column]
            elif before:
                corner[row, column] = corner[row, column - 1]
    return corner


def _covered(lines: _Lines, start: float, end: float) -> bool:
    return sum(max(0.0, min(end, high) - max(start, low)) for _, low, high in lines) > 0.5 * (end - start)


def _distinct(values: list[float]) -> list[float]:
    kept: list[float] = []
    for value in sorted(values):
        if not kept or value - kept[-1] > _NEAR:
            kept.append(value)
    return kept


def _interval(edges: list[float], value: float) -> int | None:
    if not edges[0] <= value <= edges[-1]:
        return None
    return next(index for index in range(len(edges) - 1) if value <= edges[index + 1])


def _by_column(piece: Piece, xs: list[float]) -> Iterator[tuple[int | None, Piece]]:
    """Cut a piece where it crosses from one column into the next."""
    start = 0
    here: int | None = None
    for index in range(len(piece.text)):
        middle = (piece.edges[2 * index] + piece.edges[2 * index + 1]) / 2
        column = _interval(xs, middle)
        if index > start and column != here and not piece.text[index].isspace():
            part = piece.part(start, index)
            if part is not None:
                yield here, part
            start = index
        if not piece.text[index].isspace() or index == start:
            here = column
    part = piece.part(start, len(piece.text))
    if part is not None:
        yield here, part


def _cell(members: list[Piece], left: float, right: float) -> tuple[str, tuple[Part, ...]]:
    """Write the text of a cell in one line: a space where a line ends though more would have fitted."""
    members.sort(key=lambda piece: (piece.row, piece.left))
    padding = max(1.0, min(min(piece.left for piece in members) - left, 12.0))
    text = ""
    parts: list[Part] = []
    for index, piece in enumerate(members):
        if index:
            last = members[index - 1]
            if piece.row == last.row or fits_on(last.right, piece, right - padding, slack=0.8):
                text = text.rstrip() + " "
            else:
                text = join(text, piece.text)
        parts.append(Part(len(text), piece))
        text += piece.text
    return text.rstrip(), tuple(parts)


def _three_line(page: Page, grids: list[Grid]) -> Iterator[list[float]]:
    """Find groups of three or more rules of the same extent below each other: heights of the rules, and their ends."""
    free = [
        line
        for line in page.rules.across
        if not any(grid.top - _NEAR <= line[0] <= grid.bottom + _NEAR for grid in grids)
    ]
    groups: list[_Lines] = []
    for line in free[:_MAX_LINES]:
        for group in groups:
            if abs(group[-1][1] - line[1]) <= 5 and abs(group[-1][2] - line[2]) <= 5:
                group.append(line)
                break
        else:
            groups.append([line])
    for group in groups:
        if len(group) >= 3:
            yield [group[0][1], group[0][2], *(y for y, _, _ in group)]


def _between_rules(number: int, rules: list[float], pieces: list[Piece]) -> tuple[Grid | None, list[Piece]]:
    left, right, *ys = rules
    inside = [
        piece
        for piece in pieces
        if ys[0] < piece.baseline - 0.35 * piece.size < ys[-1] and left - 5 <= piece.left and piece.right <= right + 5
    ]
    columns = _gaps(inside)
    if len(columns) < 2:
        return None, pieces
    xs = [left, *((end + start) / 2 for (_, end), (start, _) in pairwise(columns)), right]
    lines: dict[int, list[Piece]] = defaultdict(list)
    for piece in inside:
        lines[piece.row].append(piece)
    rows: list[Row] = []
    parts: dict[tuple[int, int], tuple[Part, ...]] = {}
    grouped: list[dict[int, list[Piece]]] = []
    bands: list[int] = []
    for members in (lines[row] for row in sorted(lines)):
        band = _interval(ys, members[0].baseline - 0.35 * members[0].size) or 0
        cells: dict[int, list[Piece]] = defaultdict(list)
        for piece in members:
            cells[_interval(xs, min(max((piece.left + piece.right) / 2, left), right)) or 0].append(piece)
        if grouped and band == bands[-1] and (0 not in cells or band == 0):
            # The cells of this line go on from the line above: it has no name of a row, or is in the header.
            for column, more in cells.items():
                grouped[-1].setdefault(column, []).extend(more)
        else:
            grouped.append(cells)
            bands.append(band)
    for index, cells in enumerate(grouped):
        row: Row = {}
        for column in sorted(cells):
            text, parts[index, column] = _cell(cells[column], xs[column], xs[column + 1])
            row[column] = Cell(text)
        rows.append(row)
    if sum(len(row) > 1 for row in rows) < 2:
        return None, pieces
    kept = {id(piece) for piece in inside}
    grid = Grid(number, left, ys[0], right, ys[-1], tuple(xs), tuple(rows), parts, header_rows=bands.count(0))
    return grid, [piece for piece in pieces if id(piece) not in kept]


def _gaps(pieces: list[Piece]) -> list[tuple[float, float]]:
    """Ranges of x that pieces stand in, with white space between them from the first line to the last."""
    spans: list[tuple[float, float]] = []
    for start, end in sorted((piece.left, piece.right) for piece in pieces):
        if spans and start <= spans[-1][1] + 4:
            spans[-1] = spans[-1][0], max(spans[-1][1], end)
        else:
            spans.append((start, end))
    return spans
