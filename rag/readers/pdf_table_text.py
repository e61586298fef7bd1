"""Tables of a PDF → lines of text, also where a table goes on over a page break."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from rag.readers.pdf_table import Grid
from rag.readers.pdf_words import Part, fits_on, join
from rag.readers.tables import Row, Table

_SAME_COLUMN = 4.0

# The lines of one block, and where the pieces of the page stand in it.
TableText = tuple[str, tuple[Part, ...]]


def write_tables(items: Sequence[object]) -> dict[int, list[TableText]]:
    """Write each table among the items of a document as blocks: its captions, its rows.

    A table with the same columns as the one directly before it, on the page before, goes on: the column names hold for
    it too, and where it repeats them they are not a row.

    Returns
    -------
    Blocks by the `id` of the grid.
    """
    written: dict[int, list[TableText]] = {}
    whole = _whole_rows([item for item in items if isinstance(item, Grid)])
    earlier: tuple[Grid, Table, tuple[tuple[str, ...], ...]] | None = None
    for item in items:
        if not isinstance(item, Grid):
            earlier = None
            continue
        key = id(item)
        item = whole.get(key, item)
        rows = [row for row in item.rows if any(cell.text for cell in row.values())]
        if earlier and _goes_on(earlier[0], item) and not _new_header(earlier[1], rows, earlier[2]):
            head = earlier[2]
            repeated = next(
                (n for n in range(len(head), 0, -1) if [_texts(row) for row in rows[:n]] == list(head[-n:])), 0
            )
            table = Table((), earlier[1].names, rows[repeated:], earlier[1].width, named_here=False)
        else:
            table = Table.of(item.rows, item.header_rows)
            head = tuple(_texts(row) for row in rows[: len(rows) - len(table.body)])
        written[key] = list(_write(item, table)) if rows else []
        earlier = item, table, head
    return written


def _whole_rows(grids: Sequence[Grid]) -> dict[int, Grid]:
    """Put rows that are broken over two pages together again.

    What stands at the top of the second page, below the repeated names, is the rest of a row where it begins with no
    cell of its own in the first column and goes on from cells that are full to their last line.

    Returns
    -------
    The tables that change, by the `id` of the grid.
    """
    whole: dict[int, Grid] = {}
    for before, after in pairwise(grids):
        upper = whole.get(id(before), before)
        if not _goes_on(upper, after):
            continue
        texts = [_texts(row) for row in upper.rows]
        at = next((at for at, row in enumerate(after.rows) if row and _texts(row) not in texts), None)
        rest = after.rows[at] if at is not None else {}
        if at is None or not upper.rows or 0 in rest or any(cell.above for cell in rest.values()):
            continue
        last = len(upper.rows) - 1
        if not rest or not all(_is_cut(upper, last, after, at, column) for column in rest):
            continue
        row, parts = dict(upper.rows[last]), dict(upper.parts)
        for column, cell in rest.items():
            text = join(row[column].text, cell.text)
            start = len(text)
            row[column] = row[column]._replace(text=text + cell.text)
            more = after.parts[at, column]
            parts[last, column] = (*parts[last, column], *(Part(start + part.start, part.piece) for part in more))
        whole[id(before)] = replace(upper, rows=(*upper.rows[:-1], row), parts=parts)
        kept = tuple({} if number == at else row for number, row in enumerate(after.rows))
        whole[id(after)] = replace(after, rows=kept)
    return whole


def _is_cut(upper: Grid, last: int, after: Grid, at: int, column: int) -> bool:
    """Tell a cell in the last row of a page that is full to its last line: more may stand on the next page."""
    parts, rest = upper.parts.get((last, column)), after.parts.get((at, column))
    if not parts or not rest or column not in upper.rows[last]:
        return False
    right = upper.columns[min(column + upper.rows[last][column].span, len(upper.columns) - 1)]
    padding = max(1.0, min(min(part.piece.left for part in parts) - upper.columns[column], 12.0))
    return not fits_on(parts[-1].piece.right, rest[0].piece, right - padding, slack=0.8)


def _texts(row: Row) -> tuple[str, ...]:
    return tuple(cell.text for cell in row.values())


def _goes_on(earlier: Grid, grid: Grid) -> bool:
    return (
        earlier.page + 1 == grid.page
        and len(earlier.columns) == len(grid.columns)
        and all(abs(a - b) <= _SAME_COLUMN for a, b in zip(earlier.columns, grid.columns, strict=True))
    )


def _new_header(table: Table, rows: Sequence[Row], head: tuple[tuple[str, ...], ...]) -> bool:
    """Tell a table of its own: its first row has words where the earlier one has nothing but numbers."""
    if not rows or not table.body or _texts(rows[0]) in head:
        return False
    for column, cell in rows[0].items():
        above = [row[column].text for row in table.body if column in row]
        if len(above) > 1 and all(map(_numeric, above)) and cell.text and not _numeric(cell.text):
            return not any(char.isdigit() for char in cell.text) and len(rows[0]) > 1
    return False


def _numeric(text: str) -> bool:
    return any(char.isdigit() for char in text) and sum(char.isalpha() for char in text) <= 2


def _write(grid: Grid, table: Table) -> list[TableText]:
    origins = {
        id(cell): grid.parts[row, column]
        for row, cells in enumerate(grid.rows)
        for column, cell in cells.items()
        if (row, column) in grid.parts
    }
    first = next(iter(grid.parts.values()))[0]
    captions = {cell.text: cell for row in grid.rows for cell in row.values() if cell.text in table.captions}
    blocks: list[TableText] = [(text, origins.get(id(captions[text]), (first,))) for text in table.captions]
    lines = list(table.lines())
    body = [row for row in table.body if any(not cell.above for cell in row.values())]
    text = "\n".join(lines)
    parts: list[Part] = []
    at = 0
    for index, line in enumerate(lines):
        here = index - (len(lines) - len(body))
        start = at
        for cell in body[here].values() if here >= 0 else ():
            found = text.find(cell.text, start, at + len(line))
            if found >= 0:
                parts += [Part(found + part.start, part.piece) for part in origins.get(id(cell), ())]
                start = found + len(cell.text)
        at += len(line) + 1
    if text:
        blocks.append((text, tuple(parts) or (first,)))
    return blocks
