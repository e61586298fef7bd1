"""Table of a web page → lines, each value behind the name of its column (`rag.readers.tables`)."""

from collections.abc import Callable

from lxml.html import HtmlElement

from rag.errors import ReadError
from rag.readers.blocks import MAX_CHARS
from rag.readers.tables import Cell, Row, Table

_MAX_SPAN = 200
_MAX_COLUMNS = 500
# Cells that span rows are said again in each: hostile tables would grow without end.
_MAX_REPEATED = 200_000
_MAX_CELLS = 100_000
_LONG_CELL = 300


def is_data_table(table: HtmlElement) -> bool:
    """Tell a table of values from one that only arranges the page.

    The latter holds another table, headings or forms, or most of its text in one cell, or has one row or column.
    """
    if table.get("role") in ("presentation", "none"):
        return False
    # First, as tables nested hundreds deep would be measured again at each level.
    if any(element is not table for element in table.iter("table", "h1", "h2", "h3", "form")):
        return False
    rows = [[cell for cell in row if cell.tag in ("td", "th")] for row in table.iter("tr")]
    sizes = [len("".join(cell.itertext()).strip()) for row in rows for cell in row]
    if sum(len(row) >= 2 for row in rows) < 2 or len(sizes) > _MAX_CELLS:
        return False
    return max(sizes) <= max(_LONG_CELL, 0.6 * sum(sizes))


def table_lines(
    table: HtmlElement, cell_text: Callable[[HtmlElement], str], is_hidden: Callable[[HtmlElement], bool]
) -> list[tuple[str, bool]]:
    """Write a table.

    Returns
    -------
    list of (line, is_row)
        `is_row` is False for captions above the rows.
    """
    captions = [cell_text(caption) for caption in table.iter("caption") if not is_hidden(caption)]
    # Text outside cells is an error of the page; a browser shows it above the table.
    for element in table.iter("table", "thead", "tbody", "tfoot", "tr"):
        captions += [text.strip() for text in (element.text, *(child.tail for child in element)) if text]
    rows = [row for row in table.iter("tr") if not is_hidden(row)]
    cells = [[cell for cell in row if cell.tag in ("td", "th") and not is_hidden(cell)] for row in rows]
    texts = [[cell_text(cell) for cell in row] for row in cells]
    if _is_form(cells, texts):
        found = [(_form_line(row, line), True) for row, line in zip(cells, texts, strict=True)]
    else:
        header_rows = sum((parent := row.getparent()) is not None and parent.tag == "thead" for row in rows)
        grid = Table.of(_grid(cells, texts), header_rows or _leading_headers(cells))
        captions += grid.captions
        found = []
        chars = 0
        for line in grid.lines():
            chars += len(line)
            if chars > MAX_CHARS:
                raise too_long()
            found.append((line, True))
    return [(line, is_row) for line, is_row in [*((text, False) for text in captions), *found] if line]


def too_long() -> ReadError:
    """Refuse a page whose text grew beyond measure."""
    return ReadError(
        f"网页的文字超过 {MAX_CHARS // 10_000} 万字，请拆分文件。",
        f"The page has more than {MAX_CHARS // 10**6} million characters; split it.",
    )


def _grid(cells: list[list[HtmlElement]], texts: list[list[str]]) -> list[Row]:
    """Lay the cells out by column; those that span rows are repeated in each."""
    grid: list[Row] = []
    # Column → (rows still covered, cell, width).
    hanging: dict[int, tuple[int, Cell]] = {}
    repeated = 0
    for y, (row, line) in enumerate(zip(cells, texts, strict=True)):
        placed: Row = {column: cell for column, (_, cell) in hanging.items()}
        covered = {at for column, cell in placed.items() for at in range(column, column + cell.span)}
        repeated += len(covered)
        going_on = repeated < _MAX_REPEATED
        hanging = {column: (left - 1, cell) for column, (left, cell) in hanging.items() if left > 1 and going_on}
        x = 0
        for element, text in zip(row, line, strict=True):
            while x in covered:
                x += 1
            width = _span(element.get("colspan"), _MAX_SPAN) if x < _MAX_COLUMNS else 1
            # A cell that would run into one from above is as wide as there is room.
            width = next((at - x for at in range(x, x + width) if at in covered), width)
            placed[x] = Cell(text, width)
            height = _span(element.get("rowspan"), len(cells) - y)
            if height > 1 and going_on:
                hanging[x] = (height - 1, Cell(text, width, above=True))
            x += width
        grid.append(dict(sorted(placed.items())))
    return grid


def _leading_headers(cells: list[list[HtmlElement]]) -> int:
    """Count the first rows that hold nothing but `<th>`, with those that cells of the first row reach into."""
    count = 0
    while count < len(cells) and cells[count] and all(cell.tag == "th" for cell in cells[count]):
        count += 1
    return count if count < len(cells) else 0


def _is_form(cells: list[list[HtmlElement]], texts: list[list[str]]) -> bool:
    """Tell label and value side by side (`发文机关：` | `国务院`) from columns below their names."""
    labelled = 0
    for row, line in zip(cells, texts, strict=True):
        labels = [cell.tag == "th" or text.endswith(("：", ":")) for cell, text in zip(row, line, strict=True)]
        if all(labels) and row:
            return False
        # `<th>` first and several values is a row of a table with names above.
        labelled += len(row) >= 2 and labels[0] and (len(row) == 2 or any(labels[2:]))
    return labelled * 2 > len([row for row in cells if row])


def _form_line(cells: list[HtmlElement], texts: list[str]) -> str:
    parts: list[str] = []
    label = ""
    for cell, text in zip(cells, texts, strict=True):
        if not text:
            continue
        if not label and (cell.tag == "th" or text.endswith(("：", ":"))):
            label = text.rstrip("：:")
        else:
            parts.append(f"{label}：{text}" if label else text)
            label = ""
    parts += [f"{label}："] if label else []
    line = "；".join(parts)
    return line if not line or line.endswith(("。", "！", "？")) else f"{line}。"


def _span(value: str | None, most: int) -> int:
    digits = (value or "1").strip()
    if not digits.isascii() or not digits.isdigit():
        return 1
    # 0 means "to the end".
    return max(1, min(int(digits[:6]) or most, most))
