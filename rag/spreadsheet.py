"""A test set as a spreadsheet for a person to review, and back: nothing that was not edited changes.

Each row keeps the line it was made from in hidden columns. A cell counts as edited where it differs from what that
line shows; a row without edits gives back its line to the byte, one with edits keeps its other and unknown fields.
"""

import copy
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rag.errors import SettingsError
from rag.testset import Fault
from rag.workbook import LONGEST_CELL, MAX_COLUMNS, MAX_ROWS, Cell, Column, read_texts, showable, write_texts

KEEP, DROP = "是", "否"

_ADOPTED, _ID, _QUESTION, _TYPE = "采用", "编号", "问题", "题型"
_ANSWERS, _DOCUMENT, _QUOTE, _NOTE, _RAW = "答案须含（每行一个）", "依据文档", "依据原文", "备注", "原始数据（勿改）"
_WIDTHS = {_ADOPTED: 7, _ID: 19, _QUESTION: 46, _TYPE: 14, _ANSWERS: 26, _DOCUMENT: 24, _QUOTE: 60, _NOTE: 30, _RAW: 10}
_TEXT_FIELDS = ((_ID, "id"), (_QUESTION, "question"), (_TYPE, "type"), (_NOTE, "note"))
_MAX_EVIDENCE = 12


@dataclass(frozen=True)
class Review:
    """A reviewed spreadsheet: the lines of the test set that are kept, the row of each, and what is wrong.

    `dropped` rows are marked 否, `unmarked` ones neither 是 nor 否; those are kept.
    """

    lines: tuple[bytes, ...]
    rows: tuple[int, ...]
    faults: tuple[Fault, ...]
    dropped: int
    unmarked: int


def to_workbook(lines: Sequence[bytes]) -> bytes:
    """The .xlsx file for the lines of a test set, each a JSON object that `read_questions` accepts.

    Raises
    ------
    SettingsError
        There are too many lines, or one is too long.
    """
    rows = [json.loads(line) for line in lines]
    raws = [_raw_cells(line) for line in lines]
    pairs = max((min(len(row["evidence"]), _MAX_EVIDENCE) for row in rows), default=0) or 1
    hidden = [_numbered(_RAW, number) for number in range(max((len(cells) for cells in raws), default=1))]
    columns = [_column(name) for name in (*_names(pairs), *hidden)]
    if len(columns) > MAX_COLUMNS or len(rows) > MAX_ROWS:
        raise SettingsError(
            f"题目文件超过 {MAX_ROWS} 题，或有一题过长，无法放进表格，请拆分。",
            f"The test set has more than {MAX_ROWS} questions or one too long for a spreadsheet; split it.",
        )
    return write_texts(columns, [_shown(row) | cells for row, cells in zip(rows, raws, strict=True)], frozen="D2")


def from_workbook(data: bytes, name: str) -> Review:
    """Read a reviewed spreadsheet; `name` is for the messages.

    Raises
    ------
    SettingsError
        It is no spreadsheet, too large, or not made by `questions export`.
    """
    lines, numbers, faults = [], [], []
    dropped = unmarked = 0
    for number, cells in read_texts(data, name, (_ID, _QUESTION)):
        mark = cells[_ADOPTED].text.strip() if _ADOPTED in cells else ""
        if mark == DROP:
            dropped += 1
            continue
        unmarked += not mark
        try:
            if mark not in (KEEP, ""):
                raise _BadRow(f"“{_ADOPTED}”须为 {KEEP} 或 {DROP}，现为“{mark[:20]}”")
            lines.append(_line(cells))
            numbers.append(number)
        except _BadRow as bad:
            faults.append(Fault(number, cells[_ID].text.strip(), str(bad)))
    return Review(tuple(lines), tuple(numbers), tuple(faults), dropped, unmarked)


class _BadRow(Exception):
    """A row cannot be used; the message says why."""


def _names(pairs: int) -> list[str]:
    evidence = [_numbered(name, number) for number in range(pairs) for name in (_DOCUMENT, _QUOTE)]
    return [_ADOPTED, _ID, _QUESTION, _TYPE, _ANSWERS, *evidence, _NOTE]


def _numbered(name: str, number: int) -> str:
    return name if number == 0 else f"{name} {number + 1}"


def _column(name: str) -> Column:
    plain = name.split(" ", 1)[0]
    return Column(name, _WIDTHS[plain], hidden=plain == _RAW, choice=(KEEP, DROP) if name == _ADOPTED else ())


def _raw_cells(line: bytes) -> dict[str, str]:
    """A line as ASCII, in pieces that fit a cell; _x is hidden from Excel, which reads _x0041_ as A."""
    text = json.dumps(line.decode("utf-8")).replace("_x", "_\\u0078")
    pieces = (text[start : start + LONGEST_CELL] for start in range(0, len(text), LONGEST_CELL))
    return {_numbered(_RAW, number): piece for number, piece in enumerate(pieces)}


def _shown(row: Mapping[str, Any]) -> dict[str, str]:
    """What the cells of a row show, by column; what no cell can hold is cut, and lies in the raw data."""
    note = row.get("note")
    shown = {
        _ID: row["id"],
        _QUESTION: row["question"],
        _TYPE: row.get("type") or "",
        _ANSWERS: "\n".join(row.get("answer_contains") or []),
        _NOTE: note if isinstance(note, str) else "" if note is None else json.dumps(note, ensure_ascii=False),
    }
    for number, entry in enumerate(row["evidence"][:_MAX_EVIDENCE]):
        shown[_numbered(_DOCUMENT, number)] = entry["document"]
        shown[_numbered(_QUOTE, number)] = entry["quote"]
    return {name: showable(text) for name, text in shown.items()}


def _line(cells: Mapping[str, Cell]) -> bytes:
    """The line of a row: as it was where nothing is edited, else with the edits."""
    for name, cell in cells.items():
        if cell.problem:
            raise _BadRow(f"“{name}”{cell.problem}")
    texts = {name: cell.text for name, cell in cells.items()}
    raw = "".join(_raw_pieces(texts))
    row: dict[str, Any] = {"id": "", "question": "", "type": "", "evidence": [], "answer_contains": []}
    before: dict[str, str] = {}
    line = ""
    if raw:
        try:
            line = json.loads(raw)
            row = json.loads(line)
            before = _shown(row)
        except (ValueError, RecursionError, LookupError, TypeError, AttributeError) as error:
            raise _BadRow(f"“{_RAW}”列被改动，无法还原，请从导出的表格恢复这一行") from error
    edited = {name for name in _names(_MAX_EVIDENCE) if name in texts and texts[name] != before.get(name, "")}
    edited.discard(_ADOPTED)
    if raw and not edited:
        return line.encode("utf-8")
    # What is no character (JSON may write a lone surrogate) is written as JSON writes it.
    return json.dumps(_edit(row, texts, edited), ensure_ascii=False).encode("utf-8", "backslashreplace")


def _raw_pieces(texts: Mapping[str, str]) -> Iterator[str]:
    number = 0
    while texts.get(_numbered(_RAW, number)):
        yield texts[_numbered(_RAW, number)]
        number += 1


def _edit(before: dict[str, Any], texts: Mapping[str, str], edited: set[str]) -> dict[str, Any]:
    row = copy.deepcopy(before)
    for name, field in _TEXT_FIELDS:
        if name in edited:
            row[field] = texts[name].strip()
    if _ANSWERS in edited:
        row["answer_contains"] = [line.strip() for line in texts[_ANSWERS].split("\n") if line.strip()]
    row["evidence"] = _edit_evidence(row["evidence"], texts, edited)
    return row


def _edit_evidence(
    before: Sequence[dict[str, Any]], texts: Mapping[str, str], edited: set[str]
) -> list[dict[str, Any]]:
    """The entries with the edits; an entry whose two cells were emptied is taken out, a filled pair is a new one."""
    entries: dict[int, dict[str, Any]] = dict(enumerate(before))
    for number in range(_MAX_EVIDENCE):
        document, quote = _numbered(_DOCUMENT, number), _numbered(_QUOTE, number)
        if not {document, quote} & edited:
            continue
        if not texts.get(document, "").strip() and not texts.get(quote, "").strip():
            entries.pop(number, None)
            continue
        entry = entries.setdefault(number, {"document": "", "quote": ""})
        if document in edited:
            entry["document"] = texts[document].strip()
        if quote in edited:
            entry["quote"] = texts[quote].strip()
    return [entries[number] for number in sorted(entries)]
