"""Workbooks written by openpyxl, read back as a spreadsheet shows them."""

import datetime
import io

import openpyxl
import pytest
import xlsxwriter
from office import changed, check_hostile, check_ranges, check_survives, members, packed, saved
from openpyxl.comments import Comment
from openpyxl.worksheet.worksheet import Worksheet

from rag.errors import ReadError
from rag.readers.number_formats import plain, show_number
from rag.readers.xlsx import read_xlsx

MAIN = "xl/workbook.xml"
SHEET = "xl/worksheets/sheet1.xml"


def workbook(rows: list[list[object]], name: str = "表") -> tuple[openpyxl.Workbook, Worksheet]:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = name
    for row in rows:
        sheet.append(row)
    return book, sheet


def lines(book: openpyxl.Workbook) -> list[str]:
    return read_xlsx(saved(book)).text.split("\n")


def test_each_sheet_has_a_heading_and_each_row_a_line() -> None:
    book, _ = workbook(
        [["区县", "补贴（元）", "备注"], ["东城", 1000, None], ["西　城", 800.5, "含税；见［1］。"]], "补贴标准"
    )
    book.create_sheet("空表")
    book.create_sheet("说明")["B3"] = "<只有一格>"
    found = read_xlsx(saved(book))
    assert found.text == (
        "补贴标准\n\n区县：东城；补贴（元）：1000。\n区县：西　城；补贴（元）：800.5；备注：含税；见［1］。\n\n说明\n\n<只有一格>"
    )
    assert [(found.text[start:end], level) for start, end, level in found.headings] == [("补贴标准", 1), ("说明", 1)]
    assert (found.format, found.pages, found.warnings) == ("xlsx", (), ())


def test_titles_units_and_notes_stand_apart_from_the_rows() -> None:
    book, sheet = workbook(
        [
            ["2021年就业补贴", None, None],
            [None, None, "单位：万元"],
            ["区县", "2021", "2022"],
            ["东城", 1, 2],
            ["合计", None, None],
            ["注：数据来源于统计局"],
        ]
    )
    sheet.merge_cells("A1:C1")
    assert lines(book)[2:] == [
        "2021年就业补贴", "", "单位：万元", "", "区县：东城；2021：1；2022：2。", "区县：合计。", "注：数据来源于统计局",
    ]  # fmt: skip


def test_merged_cells_are_said_in_every_row_and_two_rows_of_names_are_joined() -> None:
    book, sheet = workbook(
        [
            ["区县", "补贴", None],
            [None, "2021年", "2022年"],
            ["东城", 1, 2],
            [None, 3, 4],
            ["全市", 5, None],
            ["一、附加", None, None],
        ]
    )
    for merged in ("A1:A2", "B1:C1", "A3:A4", "B5:C5", "A6:C6"):
        sheet.merge_cells(merged)
    assert lines(book)[2:] == [
        "区县：东城；补贴/2021年：1；补贴/2022年：2。",
        "区县：东城；补贴/2021年：3；补贴/2022年：4。",
        "区县：全市；补贴/2021年、补贴/2022年：5。",
        "一、附加",
    ]


def test_blank_rows_part_tables_and_names_hold_on() -> None:
    book, _ = workbook([["区县", "人数"], ["东城", 1], [], ["西城", 2], [], ["项目", "金额"], ["甲", 3]])
    assert lines(book)[2:] == ["区县：东城；人数：1。", "", "区县：西城；人数：2。", "", "项目：甲；金额：3。"]


def test_empty_columns_and_far_cells_cost_nothing() -> None:
    book, sheet = workbook([["区县", None, "人数"], ["东城", None, 1]])
    sheet["XFD1048576"] = "远"
    sheet.merge_cells("A1:XFD1")
    assert read_xlsx(saved(book)).text.endswith("远")


@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        (0.125, "0%", "13%"),
        (0.125, "0.0%", "12.5%"),
        (1234567.891, "#,##0.00", "1,234,567.89"),
        (1234567, "#,##0", "1,234,567"),
        (999, "#,##0", "999"),
        (0, "#,##0", "0"),
        (0, "#,##0.##", "0"),
        (1.5, "0.0##", "1.5"),
        (-5, "0.00", "-5.00"),
        (-5, "#,##0;(#,##0)", "(5)"),
        (0, '0;-0;"零"', "零"),
        (-0.001, "0.0", "0.0"),
        (12, '0"元"', "12元"),
        (12, "0\\人", "12人"),
        (7, "000", "007"),
        (123456, '0!.0,"万"', "12.3万"),
        (123456789, "#,##0,", "123,457"),
        (1.005, "0.00", "1.01"),
        (12345.678, "0.00E+00", "1.23E+04"),
        (12.5, "[$¥-804]#,##0.00", "¥12.50"),
        (12.5, "[Red]0.0", "12.5"),
        (12.5, "_ * #,##0.00_ ;_ * -#,##0.00_ ", "12.50"),
        (0.1 + 0.2, "General", "0.3"),
        (110101199003071234, "General", "110101199003071000"),
        (5, "@", "5"),
        (0.5, "# ?/?", "0.5"),
        (3, "[>2]0.0;0", "3"),
        (3, ";;;", "3"),
        (44256, "yyyy-mm-dd", "2021-03-01"),
        (44256, 'yyyy"年"m"月"d"日"', "2021年3月1日"),
        (44256, "yyyy/m/d;@", "2021/3/1"),
        (44256, '[$-804]yyyy"年"m"月"', "2021年3月"),
        (44256, '[DBNum1][$-804]yyyy"年"m"月"d"日"', "二〇二一年三月一日"),
        (44256.75, "yyyy-mm-dd hh:mm", "2021-03-01 18:00"),
        (44256.75, "h:mm AM/PM", "6:00 PM"),
        (44256.75, '上午/下午h"时"mm"分"', "下午6时00分"),
        (0.5, "h:mm:ss", "12:00:00"),
        (1.5, "[h]:mm", "36:00"),
        (44256, "aaaa", "星期一"),
        (44256, "mmm-yy", "Mar-21"),
        (60, "yyyy-mm-dd", "1900-02-28"),
        (1, "yyyy-mm-dd", "1900-01-01"),
        (-1, "yyyy-mm-dd", "-1"),
        (1e300, "yyyy-mm-dd", "1e+300"),
        (1e300, "0.00", "1e+300"),
        (12, "", "12"),
        (12, '"', "12"),
        (0, "#,##0;-#,##0;", ""),
        (0.1234, "[DBNum2]0.0", "0.1"),
        (1e-30, "0." + "0" * 200, "0." + "0" * 29 + "1"),
    ],
)
def test_numbers_are_written_as_displayed(value: float, code: str, shown: str) -> None:
    assert show_number(value, code) == shown


def test_days_are_counted_from_1904_where_the_workbook_says_so() -> None:
    assert show_number(42794, "yyyy-mm-dd", since_1904=True) == "2021-03-01"
    assert [plain(value) for value in (0, -2.5, 1e20, 1e-8, 123456789.125)] == [
        "0", "-2.5", "100000000000000000000", "0.00000001", "123456789.125",
    ]  # fmt: skip


def test_dates_and_formats_come_through_the_file() -> None:
    book, sheet = workbook(
        [
            ["日期", "时刻", "比例", "金额", "内置", "真"],
            [datetime.date(2021, 3, 1), datetime.datetime(2021, 3, 1, 8, 5), 0.255, 12345.6, 44256, True],
        ]
    )
    sheet["B2"].number_format = "yyyy-mm-dd hh:mm"
    sheet["C2"].number_format = "0.0%"
    sheet["D2"].number_format = '#,##0.00"元"'
    sheet["E2"].number_format = "mm-dd-yy"
    assert (
        lines(book)[2]
        == "日期：2021-03-01；时刻：2021-03-01 08:05；比例：25.5%；金额：12,345.60元；内置：2021-03-01；真：TRUE。"
    )


def test_formulas_without_a_saved_result_are_reported_and_saved_results_read() -> None:
    book, sheet = workbook([["项", "额"], ["甲", 1], ["合计", "=SUM(B2:B2)"]])
    found = read_xlsx(saved(book))
    assert found.text == "表\n\n项：甲；额：1。\n项：合计。"
    assert found.warnings == (
        "工作表“表”有 1 个公式（B3 等）没有保存计算结果，未读取；请在 Excel 或 WPS 中打开并保存。",
    )
    calculated = changed(
        saved(book), SHEET, "<v></v>" if b"<v></v>" in members(saved(book))[SHEET] else "<v />", "<v>1</v>"
    )
    assert read_xlsx(calculated).text == "表\n\n项：甲；额：1。\n项：合计；额：1。"
    sheet.delete_rows(1, 3)
    sheet["A1"] = "=1+1"
    with pytest.raises(ReadError, match="公式"):
        read_xlsx(saved(book))


def test_hidden_sheets_rows_comments_and_chart_sheets_are_reported() -> None:
    book, sheet = workbook([["项", "额"], ["甲", 1]])
    sheet.row_dimensions[2].hidden = True
    sheet["A1"].comment = Comment("批注", "x")
    hidden = book.create_sheet("底稿")
    hidden.sheet_state = "hidden"
    hidden["A1"] = "照读"
    book.create_chartsheet("图")
    found = read_xlsx(saved(book))
    assert found.text == "表\n\n项：甲；额：1。\n\n底稿\n\n照读"
    assert found.warnings == (
        "工作表“表”有隐藏的行或列，已照常读取。",
        "工作表“表”有批注，未读取。",
        "工作表“底稿”是隐藏的，已照常读取。",
        "工作表“图”不是普通表格（如图表），未读取。",
    )


def test_shared_and_rich_strings_of_another_writer() -> None:
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target)
    sheet = book.add_worksheet("表")
    sheet.write_rich_string("A1", "甲", book.add_format({"bold": True}), "方")
    sheet.write_string("B1", "乙方")
    sheet.write_string("A2", "第一行\n第二行")
    sheet.write_string("B2", "尾_x4E2D_\x01")
    sheet.write_formula("B3", "=1+1", None, 2)
    book.close()
    data = target.getvalue()
    assert read_xlsx(data).text == "表\n\n甲方：第一行 第二行；乙方：尾_x4E2D_。\n乙方：2。"
    pronounced = changed(data, "xl/sharedStrings.xml", "<t>乙方</t>", "<t>乙方</t><rPh sb='0' eb='1'><t>yi</t></rPh>")
    assert "yi" not in read_xlsx(pronounced).text


def test_a_fault_in_styles_that_other_readers_refuse_does_no_harm() -> None:
    book, _ = workbook([["甲", "乙"], ["丙", 1]])
    parts = members(saved(book))
    parts["docProps/core.xml"] = b"<broken"
    parts["xl/theme/theme1.xml"] = b"<broken"
    assert read_xlsx(packed(parts)).text == "表\n\n甲：丙；乙：1。"


def sample() -> bytes:
    book, sheet = workbook(
        [["标题", None, None], ["区县", "日期", "额"], ["东城", datetime.date(2021, 3, 1), 0.5], [None, None, "=1"]]
    )
    sheet.merge_cells("A1:C1")
    sheet.merge_cells("A3:A4")
    sheet["C3"].number_format = "0.0%"
    return saved(book)


def test_hostile_workbooks_are_refused_with_a_sentence() -> None:
    check_hostile(read_xlsx, sample(), MAIN)
    with pytest.raises(ReadError, match="实体"):
        read_xlsx(changed(sample(), SHEET, "<worksheet", '<!DOCTYPE x [<!ENTITY a "b">]><worksheet'))
    with pytest.raises(ReadError, match="xlsb"):
        read_xlsx(changed(sample(), "_rels/.rels", "xl/workbook.xml", "xl/workbook.bin"))


def test_a_few_bytes_cannot_demand_endless_rows() -> None:
    parts = members(sample())
    merges = "".join(f'<mergeCell ref="A{row}:XFD1048576"/>' for row in range(1, 2000))
    rows = "".join(
        f'<row r="{row}"><c r="A{row}"><v>1</v></c><c r="{chr(65 + row % 26)}{row}"><v>1</v></c></row>'
        for row in range(1, 20_000)
    )
    parts[SHEET] = (
        f'<worksheet xmlns="x"><sheetData>{rows}</sheetData><mergeCells>{merges}</mergeCells></worksheet>'.encode()
    )
    found = read_xlsx(packed(parts))
    assert "合并单元格过多，部分未展开。" in found.warnings


def test_mutated_workbooks_raise_nothing_but_read_errors() -> None:
    check_ranges(read_xlsx(sample()))
    check_survives(read_xlsx, sample(), 200)
