"""Excel workbooks (.xlsx, ISO/IEC 29500-1, 18): every sheet, its cells as the spreadsheet shows them."""

import io
import math
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

from rag.errors import ReadError
from rag.readers.archive import only_read_errors
from rag.readers.blocks import MAX_CHARS, Blocks
from rag.readers.extracted import Extracted
from rag.readers.number_formats import BUILTIN, show_number
from rag.readers.ooxml import Element, Package, attribute, child, children, local, open_package, whole
from rag.readers.tables import Cell, Row, Table, one_line

_MAX_CELLS = 2_000_000
_MAX_MERGED = 500_000
_COLUMNS = 16_384
_REFERENCE = re.compile(r"\$?([A-Za-z]{1,3})\$?([1-9]\d{0,6})")
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")


def read_xlsx(data: bytes) -> Extracted:
    """Read a workbook.

    Parameters
    ----------
    data
        The file; .xlsm and .xltx are read as well.

    Returns
    -------
    Extracted
        The name of each sheet that holds anything as a heading, then its tables row by row; blank rows part tables.

    Raises
    ------
    ReadError
        Damaged, encrypted, hostile, another format, too large, or without any text.
    """
    with only_read_errors("Excel 工作簿", "Excel workbook"):
        return _Workbook(open_package(data, "xlsx")).read()


@dataclass
class _Sheet:
    """Cells of a sheet by row and column, from 1, and what was noticed."""

    rows: dict[int, dict[int, str]] = field(default_factory=dict)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    hidden: int = 0
    drawings: int = 0


class _Workbook:
    def __init__(self, package: Package) -> None:
        self.package = package
        self.root = package.main_root
        self.relations = package.relations(package.main)
        self.since_1904 = attribute(child(self.root, "workbookPr"), "date1904") in ("1", "true")
        self.strings = self._read_strings()
        self.formats = self._read_formats()
        self.cells = self.chars = self.uncalculated = 0
        self.blocks = Blocks()

    def read(self) -> Extracted:
        sheets = child(self.root, "sheets")
        done: set[str] = set()
        for node in sheets if sheets is not None else ():
            name = attribute(node, "name") or ""
            # `id` twice: r:id names the part, so the qualified one is looked for.
            key = next((value for key, value in node.attrib.items() if key.endswith("}id")), "")
            relation = self.relations.get(key)
            fresh = relation is not None and relation.part in self.package and relation.part not in done
            if relation is None or not fresh or relation.kind != "worksheet":
                self.blocks.warn(f"工作表“{name}”不是普通表格（如图表），未读取。")
                continue
            done.add(relation.part)
            sheet = self._read_sheet(relation.part)
            self._warn(name, attribute(node, "state"), sheet, relation.part)
            if sheet.rows:
                self.blocks.add(name, 1)
                self._write(sheet)
        if self.uncalculated and not self.cells:
            raise ReadError(
                "工作簿里只有没有保存结果的公式，请在 Excel 或 WPS 中打开并保存。",
                "The workbook holds only formulas without saved results; open it with Excel or WPS and save it.",
            )
        return self.blocks.finish("xlsx")

    def _write(self, sheet: _Sheet) -> None:
        """Write the tables of a sheet; one without column names goes on with those of the one before."""
        names: dict[int, str] = {}
        for rows in _regions(self._placed(sheet)):
            table = Table.of(rows, earlier_names=names)
            self.blocks.add_table(table)
            names = table.names if table.body else {}

    def _placed(self, sheet: _Sheet) -> dict[int, Row]:
        """Rows with empty columns taken out and merged cells spread."""
        columns = sorted({column for row in sheet.rows.values() for column in row})
        place = {column: index for index, column in enumerate(columns)}
        rows: dict[int, Row] = {
            number: {place[column]: Cell(text) for column, text in row.items()}
            for number, row in sorted(sheet.rows.items())
        }
        numbers = list(rows)
        filled = 0
        for left, top, right, bottom in sheet.merged:
            text = sheet.rows.get(top, {}).get(left)
            if text is None:
                continue
            span = bisect_right(columns, right) - bisect_left(columns, left)
            filled += span
            rows[top][place[left]] = Cell(text, span)
            for number in numbers[bisect_right(numbers, top) : bisect_right(numbers, bottom)]:
                filled += span
                if filled > _MAX_MERGED:
                    self.blocks.warn("合并单元格过多，部分未展开。")
                    return rows
                rows[number][place[left]] = Cell(text, span, above=True)
        return rows

    def _read_sheet(self, part: str) -> _Sheet:
        from lxml import etree

        sheet = _Sheet()
        number = 0
        reader = etree.iterparse(
            io.BytesIO(self.package.data(part)),
            events=("end",),
            tag=("{*}row", "{*}mergeCell", "{*}col", "{*}drawing", "{*}legacyDrawing"),
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            remove_comments=True,
            remove_pis=True,
        )
        for _, node in reader:
            name = local(node)
            if name == "row":
                number = whole(node.get("r"), number + 1)
                sheet.hidden += node.get("hidden") in ("1", "true")
                self._read_row(node, number, sheet)
                # The memory of rows that are done.
                node.clear()
                while node.getprevious() is not None:
                    del node.getparent()[0]
            elif name == "mergeCell":
                ends = [_place(end) for end in (node.get("ref") or "").split(":")]
                if len(ends) == 2 and ends[0] and ends[1]:
                    sheet.merged.append((*ends[0], *ends[1]))
            elif name == "col":
                sheet.hidden += node.get("hidden") in ("1", "true")
            else:
                sheet.drawings += name == "drawing"
        return sheet

    def _read_row(self, node: Element, number: int, sheet: _Sheet) -> None:
        row: dict[int, str] = {}
        column = 0
        for cell in children(node, "c"):
            place = _place(cell.get("r") or "")
            column = place[0] if place else column + 1
            written = self._show(cell)
            if written is None:
                sheet.unknown.append(cell.get("r") or f"第 {number} 行")
            elif written:
                row[column] = written
                self.cells += 1
                self.chars += len(written)
                if self.cells > _MAX_CELLS or self.chars > MAX_CHARS:
                    raise ReadError(
                        f"工作簿超过 {_MAX_CELLS // 10_000} 万个单元格或 {MAX_CHARS // 10_000} 万字，请拆分文件。",
                        f"The workbook has more than {_MAX_CELLS:,} cells or {MAX_CHARS:,} characters; split the file.",
                    )
        if row:
            sheet.rows.setdefault(number, {}).update(row)

    def _show(self, cell: Element) -> str | None:
        """Text of a cell as it is shown; None for a formula whose result was not saved."""
        kind = cell.get("t") or "n"
        if kind == "inlineStr":
            return one_line(_string(child(cell, "is")))
        node = child(cell, "v")
        value = (node.text if node is not None else None) or ""
        if not value:
            # A formula that yields an empty text says so by its type.
            return None if child(cell, "f") is not None and kind != "str" else ""
        if kind == "s":
            return self.strings[int(value)]
        if kind == "b":
            return "TRUE" if value == "1" else "FALSE"
        if kind in ("str", "e"):
            return one_line(_unescape(value))
        if kind == "d":
            return value.removesuffix("T00:00:00").replace("T", " ")
        number = float(value)
        if not math.isfinite(number):
            return value
        style = whole(cell.get("s"))
        code = self.formats[style] if style < len(self.formats) else "General"
        return one_line(show_number(number, code, since_1904=self.since_1904))

    def _read_strings(self) -> list[str]:
        part = self.package.related(self.package.main, "sharedStrings")
        return [] if part is None else [one_line(_string(node)) for node in children(self.package.root(part), "si")]

    def _read_formats(self) -> list[str]:
        """Format code of each cell style."""
        part = self.package.related(self.package.main, "styles")
        if part is None:
            return []
        root = self.package.root(part)
        own = {}
        for node in _children_of(root, "numFmts"):
            own[whole(node.get("numFmtId"))] = node.get("formatCode") or "General"
        numbers = [whole(node.get("numFmtId")) for node in _children_of(root, "cellXfs")]
        return [own.get(number) or BUILTIN.get(number, "General") for number in numbers]

    def _warn(self, name: str, state: str | None, sheet: _Sheet, part: str) -> None:
        if state in ("hidden", "veryHidden") and sheet.rows:
            self.blocks.warn(f"工作表“{name}”是隐藏的，已照常读取。")
        if sheet.hidden:
            self.blocks.warn(f"工作表“{name}”有隐藏的行或列，已照常读取。")
        if sheet.unknown:
            self.uncalculated += len(sheet.unknown)
            self.blocks.warn(
                f"工作表“{name}”有 {len(sheet.unknown)} 个公式（{sheet.unknown[0]} 等）没有保存计算结果，未读取；"
                "请在 Excel 或 WPS 中打开并保存。"
            )
        if sheet.drawings:
            self.blocks.warn(f"工作表“{name}”有图片、图表或图形，其中的文字未读取。")
        if any(relation.kind.lower().endswith("comments") for relation in self.package.relations(part).values()):
            self.blocks.warn(f"工作表“{name}”有批注，未读取。")


def _regions(rows: dict[int, Row]) -> Iterator[list[Row]]:
    """Runs of rows without a blank one between them."""
    region: list[Row] = []
    last = 0
    for number, row in rows.items():
        if region and number != last + 1:
            yield region
            region = []
        region.append(row)
        last = number
    if region:
        yield region


def _place(reference: str) -> tuple[int, int] | None:
    """Column and row of a cell, from 1: `AB12` → (28, 12)."""
    match = _REFERENCE.fullmatch(reference)
    if match is None:
        return None
    column = 0
    for letter in match.group(1).upper():
        column = column * 26 + ord(letter) - ord("A") + 1
    return min(column, _COLUMNS), int(match.group(2))


def _string(node: Element | None) -> str:
    """Text of a string item, all its runs, without the pronunciation."""
    parts: list[str] = []
    for part in node if node is not None else ():
        if local(part) == "t":
            parts.append(part.text or "")
        elif local(part) == "r":
            parts += (text.text or "" for text in children(part, "t"))
    return _unescape("".join(parts))


def _unescape(text: str) -> str:
    """Signs that XML cannot hold, as `_x000D_` (ISO/IEC 29500-1, 22.9.2.19); those that are no text go."""

    def sign(match: re.Match[str]) -> str:
        point = int(match.group(1), 16)
        if 0xD800 <= point < 0xE000:
            return match.group(0)
        return chr(point) if point >= 0x20 or point in (9, 10, 13) else ""

    return _ESCAPE.sub(sign, text) if "_x" in text else text


def _children_of(root: Element, name: str) -> Iterator[Element]:
    node = child(root, name)
    return iter(()) if node is None else iter(node)
