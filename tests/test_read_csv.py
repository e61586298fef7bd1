"""Tables in text files: encodings, delimiters, quotation marks."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from office import check_ranges, check_survives

from rag.errors import ReadError
from rag.readers.table_csv import read_csv

ROWS = [["区县", "补贴标准（元）", "备注说明"], ["东城区", "1000", "含税，按月发放"], ["西城区", "800", ""]]
TEXT = "区县：东城区；补贴标准（元）：1000；备注说明：含税，按月发放。\n区县：西城区；补贴标准（元）：800。"


def written(rows: list[list[str]], delimiter: str = ",") -> str:
    target = io.StringIO()
    csv.writer(target, delimiter=delimiter).writerows(rows)
    return target.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_every_encoding_and_delimiter_gives_the_same_text(encoding: str, delimiter: str) -> None:
    found = read_csv(written(ROWS, delimiter).encode(encoding))
    assert found.text == TEXT
    assert (found.format, found.warnings, found.pages, found.headings) == ("csv", (), (), ())
    assert found.encoding == {"utf-8-sig": "utf-8", "utf-16": "utf-16-le"}.get(encoding, encoding)


def test_delimiters_inside_quotation_marks_do_not_count() -> None:
    data = '名称;说明\n"甲;乙";"一,二,三,四"\n丙;"五,六,七,八"\n'.encode()
    assert read_csv(data).text == "名称：甲;乙；说明：一,二,三,四。\n名称：丙；说明：五,六,七,八。"


def test_line_breaks_and_quotation_marks_in_cells() -> None:
    assert read_csv('名称,说明\n甲,"第一行\n第二""行"""\n'.encode()).text == '名称：甲；说明：第一行 第二"行"。'


def test_the_delimiter_named_in_the_first_line_is_used() -> None:
    assert read_csv("sep=|\n名称|金额\n甲|1,5\n".encode()).text == "名称：甲；金额：1,5。"


def test_title_lines_stand_before_the_rows_and_numbers_need_no_names() -> None:
    assert (
        read_csv("2021年就业补贴,,\n区县,金额,人数\n东城,1,2\n".encode()).text
        == "2021年就业补贴\n\n区县：东城；金额：1；人数：2。"
    )
    assert read_csv("东城,1,2\n西城,3,4\n".encode()).text == "东城；1；2。\n西城；3；4。"
    assert read_csv("只有一列\n第二行\n".encode()).text == "只有一列\n第二行"


def test_an_open_quotation_mark_does_not_swallow_the_rest() -> None:
    found = read_csv('名称,说明\n甲,"没有结束\n乙,第二\n丙,第三\n'.encode())
    assert found.text == '名称：甲；说明："没有结束。\n名称：乙；说明：第二。\n名称：丙；说明：第三。'
    assert found.warnings == ("引号不成对，已按普通字符读取。",)


def test_rows_of_another_length_are_reported_and_kept() -> None:
    found = read_csv("名称,说明\n甲,一\n乙,二,多\n丙,三\n".encode())
    assert found.text == "名称：甲；说明：一。\n名称：乙；说明：二；多。\n名称：丙；说明：三。"
    assert found.warnings == ("有 1 行的列数与其他行（2 列）不同，请核对。",)


@pytest.mark.parametrize(
    "data", [b"", b",,,\n,,,", b"\x00\x01\x02\xff\xfe\xfd" * 20, b"\x89PNG\r\n\x1a\n" + bytes(range(256))]
)
def test_what_is_no_table_is_refused(data: bytes) -> None:
    with pytest.raises(ReadError) as caught:
        read_csv(data)
    assert caught.value.chinese.endswith("。")


def test_a_cell_without_end_is_refused() -> None:
    with pytest.raises(ReadError, match="过长"):
        read_csv(('名称,"' + "甲" * 200_000).encode())


NAMES = st.lists(st.text("区县补贴标准金额人数", min_size=2, max_size=6), min_size=2, max_size=4, unique=True)
VALUES = st.text('东城西城，。；"a,;\n', min_size=1, max_size=8)


@settings(max_examples=60, deadline=None)
@given(NAMES, st.data())
def test_every_value_stands_behind_the_name_of_its_column(names: list[str], data: st.DataObject) -> None:
    rows = data.draw(st.lists(st.lists(VALUES, min_size=len(names), max_size=len(names)), min_size=1, max_size=4))
    found = read_csv(written([names, *rows]).encode()).text
    for row in rows:
        for name, value in zip(names, row, strict=True):
            lines = " ".join(part.strip() for part in value.split("\n") if part.strip())
            assert not lines or f"{name}：{lines}" in found


def test_mutated_tables_raise_nothing_but_read_errors() -> None:
    for delimiter in (",", "\t"):
        data = written(ROWS * 3, delimiter).encode("gb18030")
        check_ranges(read_csv(data))
        check_survives(read_csv, data, 300)
