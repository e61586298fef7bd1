"""Rows of a table → one line a row, each value after the name of its column, so that a cell can be found and cited.

`区县 | 补贴（元）` over `东城 | 300` becomes `区县：东城；补贴（元）：300。`
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

_MAX_NAME = 60
# Of names that the format itself marks. They repeat in every row: long ones, in tables within names, would explode.
_MAX_MARKED_NAME = 200
# A cell merged over several rows is said again in each of them, a longer one only in the first.
_MAX_REPEATED = 100
_MAX_HEADER_ROWS = 4
_LONG_NOTE = 30
_NOTE = re.compile(r"[（(]?(?:附?注|说明|备注|单位|数据来源|资料来源|来源|填表|制表)")
_NUMBER = re.compile(r"[-+−－]?[¥￥$€]?\d[\d,，. :：/年月日时分-]*(?:[%％‰元]|万元|亿元)?")
# Numbers that name columns: years, months, quarters.
_PERIOD = re.compile(r"(?:19|20)\d\d年?|(?:(?:19|20)\d\d年)?\d{1,2}月")
_CJK = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]")


class Cell(NamedTuple):
    """A cell where it begins in a row: its text in one line, its columns, whether it goes on from the row above."""

    text: str
    span: int = 1
    above: bool = False


# Cells by column; columns that are empty or covered by a cell to the left are not there.
Row = dict[int, Cell]


@dataclass(frozen=True)
class Table:
    """A table taken apart.

    Attributes
    ----------
    captions
        Lines above the column names: a title that spans the table, a unit.
    names
        Column names; empty where there are none.
    body
        The rows below them.
    width
        Number of columns.
    named_here
        Whether the names stand in this table, not in an earlier one that it continues.
    """

    captions: tuple[str, ...]
    names: dict[int, str]
    body: Sequence[Row]
    width: int
    named_here: bool = True

    @classmethod
    def of(cls, rows: Sequence[Row], header_rows: int = 0, earlier_names: dict[int, str] | None = None) -> "Table":
        """Find captions and column names.

        The names are in the first row with two or more cells, if its cells fill two thirds of the width, are short
        and are no numbers; a second row of names below cells that span several columns is joined to the first with
        `/`.

        Parameters
        ----------
        rows
            Rows without text are left out.
        header_rows
            Number of first rows that the format itself marks as column names.
        earlier_names
            Names that hold where the table has none of its own.
        """
        rows = [kept for row in rows if (kept := {at: cell for at, cell in sorted(row.items()) if cell.text})]
        width = len({column for row in rows for column in _columns(row)})
        top = 0
        while width > 1 and top < len(rows) and len(rows[top]) == 1:
            top += 1
        captions = tuple(cell.text for row in rows[:top] for cell in row.values())
        bottom = max(min(header_rows, _MAX_HEADER_ROWS), top)
        if bottom == top or any(len(cell.text) > _MAX_MARKED_NAME for row in rows[top:bottom] for cell in row.values()):
            bottom = _header_end(rows, top, width)
        names = _names(rows[top:bottom])
        if not names and earlier_names:
            return cls(captions, earlier_names, rows[bottom:], width, named_here=False)
        return cls(captions, names, rows[bottom:], width)

    def lines(self) -> Iterator[str]:
        """Write the rows."""
        if self.named_here:
            filled = {column for row in self.body for column in _columns(row)}
            if any(column not in filled for column in self.names):
                # The name of an empty column would be said nowhere.
                yield _sentence(list(dict.fromkeys(self.names.values())))
        for row in self.body:
            if any(not cell.above for cell in row.values()):
                yield self._line(row)

    def _line(self, row: Row) -> str:
        first, cell = next(iter(row.items()))
        if len(row) == 1 and (
            cell.span >= self.width or (first == 0 and (_NOTE.match(cell.text) or len(cell.text) > _LONG_NOTE))
        ):
            return cell.text
        values = []
        for column, cell in row.items():
            if cell.above and len(cell.text) > _MAX_REPEATED:
                continue
            over = (self.names.get(at) for at in range(column, column + cell.span))
            name = "、".join(dict.fromkeys(name for name in over if name))
            values.append(f"{name}：{cell.text}" if name else cell.text)
        return _sentence(values)


def one_line(text: str) -> str:
    """Put the lines of a cell into one, a space between them."""
    return " ".join(filter(None, map(str.strip, re.split(r"[\n\t\v\f\r\x85\u2028\u2029]+", text))))


def join_broken(text: str) -> str:
    """Put a heading that was broken by hand into one line: without a space between Chinese characters."""
    lines = [line for line in map(str.strip, re.split(r"[\n\v\f\r\x85\u2028\u2029]+", text)) if line]
    joined = "".join(lines[:1])
    for line in lines[1:]:
        chinese = _CJK.match(joined[-1]) and _CJK.match(line)
        joined += line if chinese else f" {line}"
    return joined


def _header_end(rows: Sequence[Row], top: int, width: int) -> int:
    """Index behind the rows of column names that begin at `top`; `top` where there are none."""
    if top >= len(rows) or width < 2 or not _is_header(rows[top], width):
        return top
    end = top + 1
    while end < min(len(rows), top + _MAX_HEADER_ROWS) and _continues_header(rows[end - 1], rows[end]):
        end += 1
    return end


def _is_header(row: Row, width: int) -> bool:
    filled = sum(cell.span for cell in row.values())
    return len(row) >= 2 and filled * 3 >= width * 2 and all(map(_is_name, row.values()))


def _continues_header(upper: Row, lower: Row) -> bool:
    if any(cell.above for cell in lower.values()):
        return True
    alone = {column for column, cell in upper.items() if cell.span == 1}
    return len(alone) < len(upper) and alone.isdisjoint(lower) and all(map(_is_name, lower.values()))


def _is_name(cell: Cell) -> bool:
    if len(cell.text) > _MAX_NAME:
        return False
    return _PERIOD.fullmatch(cell.text) is not None or _NUMBER.fullmatch(cell.text) is None


def _names(rows: Sequence[Row]) -> dict[int, str]:
    found: dict[int, dict[str, None]] = {}
    for row in rows:
        for column, cell in row.items():
            name = cell.text.rstrip("：: ")
            for at in range(column, column + cell.span):
                if name:
                    found.setdefault(at, {})[name] = None
    return {column: "/".join(found[column]) for column in sorted(found)}


def _columns(row: Row) -> Iterator[int]:
    for column, cell in row.items():
        yield from range(column, column + cell.span)


def _sentence(values: list[str]) -> str:
    line = "；".join(values)
    return line if line.endswith(("。", "！", "？")) else f"{line}。"
