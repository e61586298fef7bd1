"""Test sets through a spreadsheet and back; edits of a reviewer; spreadsheets that are broken, foreign or hostile."""

import io
import json
import random
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from place import CommandLine, Outcome, is_one_sentence_line

from rag import workbook
from rag.errors import RagError, SettingsError
from rag.spreadsheet import Review, from_workbook, to_workbook

QUESTION: dict[str, Any] = {
    "id": "q1",
    "question": "每年组织几期培训？",
    "type": "figure",
    "evidence": [{"document": "甲.txt", "quote": "每年组织劳务培训三期，帮助就业500人。", "need": 1}],
    "answer_contains": ["三期"],
    "history": ["劳务协作怎样做？"],
    "split": "test",
    "mine": {"kept": [1, 2.50, None]},
}


def line(row: dict[str, Any]) -> bytes:
    return json.dumps(row, ensure_ascii=False).encode("utf-8")


def edit(data: bytes, change: Callable[[Any, dict[str, int]], None]) -> bytes:
    """The spreadsheet after a person has worked in it; the columns go by their headings."""
    book = load_workbook(io.BytesIO(data))
    sheet = book.active
    assert sheet is not None
    change(sheet, {cell.value: cell.column for cell in sheet[1]})
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def put(**values: Any) -> Callable[[Any, dict[str, int]], None]:
    """Set cells of row 2 by heading."""

    def change(sheet: Any, columns: dict[str, int]) -> None:
        for name, value in values.items():
            sheet.cell(2, columns[name]).value = value

    return change


def reviewed(row: dict[str, Any], **values: Any) -> Review:
    return from_workbook(edit(to_workbook([line(row)]), put(**values)), "审阅.xlsx")


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
some = texts.filter(str.strip)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts, st.lists, max_leaves=4
)
evidence = st.fixed_dictionaries(
    {"document": some, "quote": st.just("") | some}, optional={"need": st.integers() | texts, "extra": values}
)
rows = st.fixed_dictionaries(
    {"id": some, "question": some, "evidence": st.lists(evidence, max_size=14)},
    optional={
        "type": texts,
        "answer_contains": st.lists(some, max_size=3),
        "history": st.lists(some, max_size=2),
        "split": st.sampled_from(["dev", "test"]),
        "note": values,
        "_x0041_": values,
    },
)


@settings(deadline=None, max_examples=60)
@given(st.lists(rows, min_size=1, max_size=4), st.booleans())
def test_what_is_not_edited_comes_back_to_the_byte(given_rows: list[dict[str, Any]], ascii_only: bool) -> None:
    lines = [json.dumps(row, ensure_ascii=ascii_only).encode() for row in given_rows]
    review = from_workbook(to_workbook(lines), "x.xlsx")
    assert review.faults == ()
    assert list(review.lines) == lines
    assert review.rows == tuple(range(2, len(lines) + 2))


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "#N/A", "_x0041_", " 两端 ", "一\r\n二", "\x07响", "007", "TRUE"]
)
def test_texts_that_spreadsheets_like_to_change_stay(text: str) -> None:
    row = QUESTION | {"question": text, "answer_contains": [text.strip()], "note": text}
    data = to_workbook([line(row)])
    assert from_workbook(data, "x.xlsx").lines == (line(row),)
    # After opening and saving in another program, which is what a review does.
    assert from_workbook(edit(data, put(采用="是")), "x.xlsx").lines == (line(row),)


def test_long_quotes_and_long_lines_come_back() -> None:
    row = QUESTION | {"evidence": [{"document": "甲.txt", "quote": "甲乙😀" * 30_000}], "other": "x" * 40_000}
    assert from_workbook(to_workbook([line(row)]), "x.xlsx").lines == (line(row),)


def test_no_cell_is_a_formula() -> None:
    row = QUESTION | {"question": '=HYPERLINK("http://x","y")', "type": "+1", "note": "-1", "answer_contains": ["@x"]}
    archive = zipfile.ZipFile(io.BytesIO(to_workbook([line(row)])))
    assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")
    sheet = load_workbook(io.BytesIO(to_workbook([line(row)]))).active
    assert sheet is not None
    asked = sheet["C2"]
    assert (asked.value, asked.data_type, asked.number_format) == (row["question"], "s", "@")
    assert asked.quotePrefix


def test_the_sheet_is_laid_out_for_reading() -> None:
    sheet = load_workbook(io.BytesIO(to_workbook([line(QUESTION), line(QUESTION | {"id": "q2"})]))).active
    assert sheet is not None
    headings = [cell.value for cell in sheet[1]]
    assert headings == [
        "采用", "编号", "问题", "题型", "答案须含（每行一个）", "依据文档", "依据原文", "备注", "原始数据（勿改）",
    ]  # fmt: skip
    assert [cell.value for cell in sheet[2]][:8] == [
        None, "q1", "每年组织几期培训？", "figure", "三期", "甲.txt", "每年组织劳务培训三期，帮助就业500人。", None,
    ]  # fmt: skip
    assert sheet.freeze_panes == "D2"
    (choice,) = sheet.data_validations.dataValidation
    assert (choice.formula1, str(choice.sqref)) == ('"是,否"', "A2:A3")
    assert sheet.column_dimensions["I"].hidden
    assert not sheet.column_dimensions["C"].hidden
    assert sheet.column_dimensions["C"].width == 46
    assert sheet["C2"].alignment.wrap_text


def test_edits_are_taken_and_everything_else_is_kept() -> None:
    review = reviewed(
        QUESTION,
        问题=" 一年办几期劳务培训？ ",
        题型="number",
        备注="改过",
        **{"答案须含（每行一个）": "三期\n\n 500人 ", "依据原文": "每年组织劳务培训三期"},
    )
    (after,) = (json.loads(each) for each in review.lines)
    assert after == QUESTION | {
        "question": "一年办几期劳务培训？",
        "type": "number",
        "note": "改过",
        "answer_contains": ["三期", "500人"],
        "evidence": [{"document": "甲.txt", "quote": "每年组织劳务培训三期", "need": 1}],
    }
    assert list(after)[:8] == list(QUESTION)


def test_numbers_typed_by_the_reviewer_are_texts() -> None:
    (after,) = (json.loads(each) for each in reviewed(QUESTION, **{"答案须含（每行一个）": 500}).lines)
    assert after["answer_contains"] == ["500"]


def test_evidence_is_taken_out_by_emptying_its_cells_and_added_by_filling_them() -> None:
    two = QUESTION | {
        "evidence": [{"document": "甲.txt", "quote": "一"}, {"document": "乙.md", "quote": "二", "need": 3}]
    }
    (after,) = (json.loads(each) for each in reviewed(two, 依据文档=None, 依据原文=None).lines)
    assert after["evidence"] == [{"document": "乙.md", "quote": "二", "need": 3}]
    none = QUESTION | {"evidence": []}
    (after,) = (json.loads(each) for each in reviewed(none, 依据文档="甲.txt", 依据原文="三").lines)
    assert after["evidence"] == [{"document": "甲.txt", "quote": "三"}]


def test_an_edit_next_to_a_lone_surrogate_is_written_as_json_can() -> None:
    raw = b'{"id": "q", "question": "?", "evidence": [], "odd": "\\ud800"}'
    review = from_workbook(edit(to_workbook([raw]), put(问题="新")), "x.xlsx")
    assert json.loads(review.lines[0]) == {"id": "q", "question": "新", "evidence": [], "odd": "\ud800"}


def test_rows_marked_no_are_left_out_and_unmarked_ones_kept() -> None:
    lines = [line(QUESTION | {"id": f"q{number}"}) for number in range(3)]

    def mark(sheet: Any, columns: dict[str, int]) -> None:
        sheet.cell(2, 1).value, sheet.cell(3, 1).value = "否", "是"

    review = from_workbook(edit(to_workbook(lines), mark), "x.xlsx")
    assert (review.lines, review.rows) == ((lines[1], lines[2]), (3, 4))
    assert (review.dropped, review.unmarked) == (1, 1)


def test_sorted_rows_and_moved_columns_keep_their_lines() -> None:
    lines = [line(QUESTION | {"id": f"q{number}", "extra": number}) for number in range(3)]

    def turn(sheet: Any, columns: dict[str, int]) -> None:
        found = [[cell.value for cell in row] for row in sheet.iter_rows()]
        for at, row in enumerate([found[0], *reversed(found[1:])], start=1):
            for column, value in enumerate(reversed(row), start=1):
                sheet.cell(at, column).value = value

    assert from_workbook(edit(to_workbook(lines), turn), "x.xlsx").lines == tuple(reversed(lines))


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"采用": "也许"}, "“采用”须为 是 或 否，现为“也许”"),
        ({"问题": "=1+1"}, "“问题”是公式，请改为文字"),
        ({"原始数据（勿改）": "{坏"}, "“原始数据（勿改）”列被改动，无法还原，请从导出的表格恢复这一行"),
    ],
)
def test_a_bad_row_is_named_with_its_fault(changes: dict[str, Any], fault: str) -> None:
    review = reviewed(QUESTION, **changes)
    assert [(each.line, each.id, each.fault) for each in review.faults] == [(2, "q1", fault)]
    assert review.lines == ()


def zipped(parts: dict[str, bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return data.getvalue()


def foreign(*headings: str) -> bytes:
    book = Workbook()
    assert book.active is not None
    book.active.append(list(headings))
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def with_entities() -> bytes:
    with zipfile.ZipFile(io.BytesIO(to_workbook([line(QUESTION)]))) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["xl/workbook.xml"] = b'<!DOCTYPE x [<!ENTITY a "aaaa">]>' + parts["xl/workbook.xml"]
    return zipped(parts)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
        to_workbook([line(QUESTION)])[:2000],
        zipped({"a.txt": b"hello"}),
        zipped({"xl/worksheets/sheet1.xml": bytes(workbook.MAX_UNPACKED + 1)}),
        foreign("姓名", "电话"),
        foreign(),
        with_entities(),
    ],
    ids=["empty", "text", "xls", "cut", "zip", "bomb", "foreign", "blank", "entities"],
)
def test_a_spreadsheet_that_cannot_be_used_is_one_sentence(data: bytes) -> None:
    with pytest.raises(SettingsError) as error:
        from_workbook(data, "审阅.xlsx")
    assert "审阅.xlsx" in error.value.chinese
    assert is_one_sentence_line(f"{error.value}\n")


def test_too_many_rows_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    data = to_workbook([line(QUESTION | {"id": str(number)}) for number in range(6)])
    monkeypatch.setattr(workbook, "MAX_ROWS", 5)
    with pytest.raises(SettingsError, match="超过 5 行"):
        from_workbook(data, "x.xlsx")


def test_a_cell_far_away_does_not_make_the_sheet_large() -> None:
    def far(sheet: Any, columns: dict[str, int]) -> None:
        sheet["XFD9"].value = "x"
        sheet.cell(12, 1).value = " "

    assert from_workbook(edit(to_workbook([line(QUESTION)]), far), "x.xlsx").lines == (line(QUESTION),)


def test_damaged_files_never_give_another_error() -> None:
    good = to_workbook([line(QUESTION)])
    chance = random.Random(7)
    for _ in range(150):
        data = bytearray(good)
        for _ in range(chance.randint(1, 8)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        try:
            from_workbook(bytes(data), "x.xlsx")
        except RagError as error:
            assert "x.xlsx" in str(error)


@pytest.fixture
def shelf(built_cli: CommandLine, tmp_path: Path) -> Path:
    folder = tmp_path / "审阅"
    folder.mkdir()
    second = QUESTION | {"id": "q2", "question": "投入多少？", "evidence": [], "answer_contains": []}
    (folder / "题.jsonl").write_bytes(b"\xef\xbb\xbf" + line(QUESTION) + b"\r\n\n" + line(second) + b"\n")
    return folder


def test_a_test_set_goes_out_and_comes_back(built_cli: CommandLine, shelf: Path) -> None:
    out = built_cli("questions", "export", str(shelf / "题.jsonl"), str(shelf / "题.xlsx"))
    assert (out.status, out.out) == (0, "")
    assert is_one_sentence_line(out.err)
    back = built_cli("questions", "import", str(shelf / "题.xlsx"), str(shelf / "新.jsonl"))
    assert (back.status, back.out) == (0, "")
    assert "2 题" in back.err
    assert (shelf / "新.jsonl").read_bytes().replace(b"\r", b"") == (shelf / "题.jsonl").read_bytes()[3:].replace(
        b"\r\n\n", b"\n"
    )
    assert sorted(path.name for path in shelf.iterdir()) == ["新.jsonl", "题.jsonl", "题.xlsx"]


def test_faults_of_the_checker_name_rows_and_nothing_is_written(built_cli: CommandLine, shelf: Path) -> None:
    built_cli("questions", "export", str(shelf / "题.jsonl"), str(shelf / "题.xlsx"))

    def spoil(sheet: Any, columns: dict[str, int]) -> None:
        sheet.cell(2, columns["依据原文"]).value = "没有这一句"
        sheet.cell(3, columns["编号"]).value = "q1"
        sheet.cell(4, columns["问题"]).value = "编号呢？"

    (shelf / "坏.xlsx").write_bytes(edit((shelf / "题.xlsx").read_bytes(), spoil))
    outcome = built_cli("questions", "import", str(shelf / "坏.xlsx"), str(shelf / "新.jsonl"))
    assert outcome.status == 1
    assert not (shelf / "新.jsonl").exists()
    rows = outcome.err.splitlines()
    place = f"✗ {shelf / '坏.xlsx'} 第"
    assert f"{place} 2 行（q1）：甲.txt 中找不到引文：“没有这一句”" in rows
    assert f"{place} 3 行（q1）：id 与第 2 行重复" in rows
    assert f"{place} 4 行：id 须为非空文字" in rows


def test_nothing_is_overwritten_without_force(built_cli: CommandLine, shelf: Path) -> None:
    source, target = str(shelf / "题.jsonl"), shelf / "题.xlsx"
    target.write_text("mine")
    refused = built_cli("questions", "export", source, str(target))
    assert (refused.status, target.read_text()) == (1, "mine")
    assert is_one_sentence_line(refused.err)
    assert built_cli("questions", "export", source, str(target), "--force").status == 0
    before = (shelf / "题.jsonl").read_bytes()
    refused = built_cli("questions", "import", str(target), source)
    assert (refused.status, (shelf / "题.jsonl").read_bytes()) == (1, before)
    assert is_one_sentence_line(refused.err)
    assert built_cli("questions", "import", str(target), source, "--force").status == 0


def test_what_cannot_be_read_or_exported_is_said(built_cli: CommandLine, shelf: Path) -> None:
    outcomes: list[Outcome] = [
        built_cli("questions", "import", str(shelf / "无.xlsx"), str(shelf / "a")),
        built_cli("questions", "import", str(shelf), str(shelf / "a")),
        built_cli("questions", "import", str(shelf / "题.jsonl"), str(shelf / "a")),
        built_cli("questions", "export", str(shelf / "无.jsonl"), str(shelf / "a")),
        built_cli("questions", "export", str(shelf / "题.jsonl"), str(shelf / "无" / "a.xlsx")),
    ]
    for outcome in outcomes:
        assert (outcome.status, outcome.out) == (1, "")
        assert is_one_sentence_line(outcome.err)
    (shelf / "坏.jsonl").write_text('{"id": "q"}\n')
    bad = built_cli("questions", "export", str(shelf / "坏.jsonl"), str(shelf / "a"))
    assert (bad.status, bad.err) == (1, f"✗ {shelf / '坏.jsonl'} 第 1 行（q）：缺少 evidence（无答案的题写 []）\n")
    assert not (shelf / "a").exists()


def test_a_review_that_keeps_nothing_writes_nothing(built_cli: CommandLine, shelf: Path) -> None:
    (shelf / "题.xlsx").write_bytes(edit(to_workbook([line(QUESTION)]), put(采用="否")))
    outcome = built_cli("questions", "import", str(shelf / "题.xlsx"), str(shelf / "新.jsonl"))
    assert outcome.status == 1
    assert not (shelf / "新.jsonl").exists()
    assert "文件里没有题目" in outcome.err
