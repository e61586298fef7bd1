"""Title and header lines at the top of a text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.dates import parse_date
from rag.header import parse_header
from rag.types import Header

NBSP = "\u00a0"
OWN_BLOCK = """# 劳务协作概况

发布日期：2026-11-22
资料截至：2025年12月
来源：公开报道整理
作者：编写组
性质：编写资料，非官方文本
编写依据：年度总结

## 一、由来

正文从这里开始。
"""


def test_a_web_page_header_line_with_hard_spaces() -> None:
    text = f"劳务协作的新进展\n发布日期:2025-05-13{NBSP}{NBSP}{NBSP}{NBSP}来源:甲报社\n\n正文第一段，比较长。\n"
    header, end = parse_header(text)
    assert header == Header(title="劳务协作的新进展", published="2025-05-13", source="甲报社")
    assert text[end:] == "\n正文第一段，比较长。\n"


def test_the_header_block_of_the_documents_that_come_with_the_program() -> None:
    header, end = parse_header(OWN_BLOCK)
    assert header == Header(
        title="劳务协作概况",
        published="2026-11-22",
        as_of="2025-12",
        source="公开报道整理",
        author="编写组",
        nature="编写资料，非官方文本",
    )
    assert OWN_BLOCK[end:].lstrip() == "## 一、由来\n\n正文从这里开始。\n"


def test_all_fields_of_an_official_document() -> None:
    text = (
        "关于做好劳务协作的通知\n\n发文字号：某发〔2022〕5号\n发文机关：某县人民政府\n成文日期：2022年5月18日\n"
        "发布日期：2022年6月\n施行日期：2022.07.01\n有效期：五年\n\n各乡镇：\n"
    )
    header, end = parse_header(text)
    assert header == Header(
        title="关于做好劳务协作的通知",
        doc_number="某发〔2022〕5号",
        issuer="某县人民政府",
        issued="2022-05-18",
        published="2022-06",
        effective="2022-07-01",
        validity="五年",
        recipients="各乡镇",
    )
    assert text[end:] == "\n各乡镇：\n"


@pytest.mark.parametrize("separator", ["  ", "\t", " | ", "｜", "\u3000", NBSP])
def test_fields_on_one_line_whatever_separates_them(separator: str) -> None:
    header, _ = parse_header(f"时间：2024/3/5{separator}来源：甲 报{separator}作者：张三、李四\n正文\n")
    assert (header.published, header.source, header.author) == ("2024-03-05", "甲 报", "张三、李四")


def test_the_first_value_of_a_field_counts() -> None:
    assert parse_header("来源：甲\n来源：乙\n")[0].source == "甲"


def test_a_field_without_value_or_a_date_that_is_none_stays_unknown() -> None:
    header, end = parse_header("作者：\n发布日期：近日\n来源：甲\n正文\n")
    assert header == Header(source="甲")
    assert end == len("作者：\n发布日期：近日\n来源：甲\n")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        "本办法自发布之日起施行，请遵照执行。\n\n正文\n",
        "第一句没有标点但是下一行紧接着\n第二句也一样\n",
        "只有一行",
        "### 三级标题不是文档标题\n\n正文\n",
        "他说来源：不明\n正文\n",
    ],
)
def test_running_text_has_no_header(text: str) -> None:
    assert parse_header(text) == (Header(), 0)


def test_a_line_too_long_for_a_title_is_none() -> None:
    assert parse_header("题" * 60 + "\n\n正文\n")[0].title == "题" * 60
    assert parse_header("题" * 61 + "\n\n正文\n")[0].title is None


def test_fields_within_the_running_text_are_left_there() -> None:
    text = "标题在此\n\n正文一段。\n来源：甲\n"
    header, end = parse_header(text)
    assert (header, text[end:]) == (Header(title="标题在此"), "\n正文一段。\n来源：甲\n")


@pytest.mark.parametrize(
    ("written", "date"),
    [
        ("2022年5月18日", "2022-05-18"),
        ("2022-05-18", "2022-05-18"),
        ("2022-5-8 09:30", "2022-05-08"),
        ("2022.05.18", "2022-05-18"),
        ("2022/5/18", "2022-05-18"),
        ("2022年5月", "2022-05"),
        ("2022-05", "2022-05"),
        ("2022年", "2022"),
        ("2022", "2022"),
        ("２０２２年５月１８日", "2022-05-18"),
        ("2022 年 5 月 18 日", "2022-05-18"),
        ("2022年13月1日", None),
        ("2022年2月30日", None),
        ("2022年5月32日", None),
        ("近日", None),
        ("", None),
    ],
)
def test_dates_are_iso_8601_as_precise_as_written(written: str, date: str | None) -> None:
    assert parse_date(written) == date


@given(st.dates())
def test_every_date_is_read_back(date: object) -> None:
    year, month, day = str(date).split("-")
    assert parse_date(str(date)) == str(date)
    assert parse_date(f"{year}年{int(month)}月{int(day)}日") == str(date)


@given(st.text(max_size=200))
def test_the_header_ends_within_the_text_at_a_line_break(text: str) -> None:
    _, end = parse_header(text)
    assert 0 <= end <= len(text)
    assert end in (0, len(text)) or text[:end].splitlines(keepends=True)[-1] != text[:end].splitlines()[-1]
