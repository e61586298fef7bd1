"""An .xlsx file of plain texts: written so that no text becomes a formula, read so that no file does harm."""

import datetime
import io
import re
import warnings
import zipfile
import zlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import ParseError

from rag.errors import SettingsError

MAX_BYTES = 20 * 2**20
"""Largest spreadsheet that is opened."""

MAX_UNPACKED = 64 * 2**20
"""Largest sum of its parts, which are compressed: a small file may unpack to very much."""

MAX_ROWS = 20_000

MAX_COLUMNS = 60

LONGEST_CELL = 16_000
"""Longest text of a cell in characters: Excel holds 32,767 UTF-16 units."""

_SHEET = "题目"
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_BROKEN = (
    zipfile.BadZipFile, zlib.error, ParseError, EOFError, KeyError, ValueError, TypeError, AttributeError, IndexError,
    RuntimeError, NotImplementedError, OverflowError, AssertionError, OSError,
)  # fmt: skip


@dataclass(frozen=True)
class Column:
    """A column: its heading, its width in characters, whether it is hidden, and the only texts it takes."""

    name: str
    width: int
    hidden: bool = False
    choice: tuple[str, ...] = ()


@dataclass(frozen=True)
class Cell:
    """A text as read; `problem` says why the cell holds none ("" where all is well)."""

    text: str
    problem: str = ""


def write_texts(columns: Sequence[Column], rows: Sequence[Mapping[str, str]], frozen: str) -> bytes:
    """The .xlsx file of texts by column; the heading and what is left of the cell `frozen` stay in sight."""
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    book = Workbook()
    sheet = book.active
    sheet.title = _SHEET
    sheet.freeze_panes = frozen
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{len(rows) + 1}"
    for number, column in enumerate(columns, start=1):
        letter = get_column_letter(number)
        sheet.column_dimensions[letter].width = column.width
        sheet.column_dimensions[letter].hidden = column.hidden
        # A hidden cell that wraps would make its row as high as the window.
        alignment = Alignment(wrap_text=not column.hidden, vertical="top")
        for at, text in enumerate((column.name, *(row.get(column.name, "") for row in rows)), start=1):
            cell = sheet.cell(at, number)
            _set(cell, text)
            cell.alignment = alignment
        sheet.cell(1, number).font = Font(bold=True)
        sheet.cell(1, number).fill = PatternFill("solid", fgColor="DDE6F0")
        if column.choice:
            choice = DataValidation(type="list", formula1=f'"{",".join(column.choice)}"', allow_blank=True)
            choice.showErrorMessage = True
            sheet.add_data_validation(choice)
            choice.add(f"{letter}2:{letter}{len(rows) + 1}")
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def read_texts(data: bytes, name: str, needed: Collection[str]) -> list[tuple[int, dict[str, Cell]]]:
    """Read the rows under the headings, with their numbers; rows without any text are left out.

    Parameters
    ----------
    data
        The bytes of the .xlsx file.
    name
        Its name, for the messages.
    needed
        Headings without which it is another spreadsheet.

    Raises
    ------
    SettingsError
        It is no spreadsheet, is too large, or lacks a heading.
    """
    rows = _rows(data, name)
    names = [_cell(cell).text for cell in rows[0]] if rows else []
    if not set(needed) <= set(names):
        columns = "".join(f"“{column}”" for column in sorted(needed))
        raise SettingsError(
            f"表格 {name} 不是由 questions export 导出的（第 1 行缺少 {columns} 列），请用导出的表格审阅。",
            f"The spreadsheet {name} was not made by questions export (row 1 lacks columns); review an exported one.",
        )
    found = []
    for number, row in enumerate(rows[1:], start=2):
        cells = {column: _cell(cell) for column, cell in zip(names, row, strict=False) if column}
        if any(cell.text.strip() or cell.problem for cell in cells.values()):
            found.append((number, cells))
    return found


def showable(text: str) -> str:
    """What a cell can show of a text: without control characters, and cut where it is too long."""
    text = _NOT_IN_XML.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))
    return text if len(text) <= LONGEST_CELL else text[:LONGEST_CELL] + "…"


def _set(cell: Any, text: str) -> None:
    """Write a text as text: one that begins with = + - @ is no formula, here or after editing."""
    cell.number_format = "@"
    if not text:
        return
    cell.value = text
    cell.data_type = "s"
    cell.quotePrefix = text[0] in "=+-@\t"


def _cell(cell: Any) -> Cell:
    value = cell.value
    if value is None:
        return Cell("")
    if cell.data_type == "f":
        return Cell("", "是公式，请改为文字")
    if isinstance(value, datetime.datetime | datetime.date | datetime.time | datetime.timedelta):
        return Cell("", f"被表格软件当作日期（{value}），请把单元格格式改为“文本”后重写")
    return Cell(str(value).replace("\r\n", "\n").replace("\r", "\n"))


def _rows(data: bytes, name: str) -> list[Sequence[Any]]:
    """The cells of the sheet, row by row; every way in which a file can be broken is one error."""
    _refuse_unfit(data, name)
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    broken = (*_BROKEN, InvalidFileException)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            book = load_workbook(io.BytesIO(data), read_only=True, keep_links=False)
            sheet = book[_SHEET] if _SHEET in book.sheetnames else book.worksheets[0]
            sheet.reset_dimensions()
            rows: list[Sequence[Any]] = list(sheet.iter_rows(max_row=MAX_ROWS + 2, max_col=MAX_COLUMNS))
        except broken as error:
            raise _unreadable(name) from error
    if len(rows) > MAX_ROWS + 1:
        raise SettingsError(
            f"表格 {name} 超过 {MAX_ROWS} 行，请拆分后导入。",
            f"The spreadsheet {name} has more than {MAX_ROWS} rows; split it.",
        )
    return rows


def _refuse_unfit(data: bytes, name: str) -> None:
    """Refuse what should not be given to the reader at all: other formats, and files that unpack to too much."""
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise SettingsError(
            f"表格 {name} 是旧式 .xls 或带密码，请另存为不带密码的 .xlsx。",
            f"The spreadsheet {name} is an old .xls or has a password; save it as .xlsx without one.",
        )
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())
            # No spreadsheet program writes a document type; entities defined in one can unpack without end.
            fit = unpacked <= MAX_UNPACKED and not any(
                b"<!DOCTYPE" in archive.read(part) for part in archive.infolist()
            )
    except _BROKEN as error:
        raise _unreadable(name) from error
    if len(data) > MAX_BYTES or not fit:
        raise SettingsError(
            f"表格 {name} 过大或含有不应有的内容，没有打开，请用导出的表格审阅。",
            f"The spreadsheet {name} is too large or holds what it should not; review an exported one.",
        )


def _unreadable(name: str) -> SettingsError:
    return SettingsError(
        f"表格 {name} 已损坏或不是 .xlsx，请重新导出或另存为 .xlsx。",
        f"The spreadsheet {name} is broken or no .xlsx; export it again or save it as .xlsx.",
    )
