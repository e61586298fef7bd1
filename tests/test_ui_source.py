"""The source panel: a document with the cited range marked, verbatim and without markup of its own."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_ui import HOSTILE, Text

from rag.header import parse_header
from rag.outline import find_sections
from rag.types import Document
from rag.ui.chat import Target
from rag.ui.source import AROUND, WHOLE, render_source

TABLE = (
    "# 标题\n\n日期：2024-05\n\n## 一、数字\n\n"
    "| 年份 | 数额 |\n|---|---|\n| 2023年 | 231.9亿元 |\n\n正文第一句。正文第二句。\n"
)


def document(text: str, path: str = "a.md") -> Document:
    header, start = parse_header(text)
    return Document(path, text, header, find_sections(text, start, header.title))


def target(text: str, start: int, end: int, **fields: object) -> Target:
    return replace(Target("g1", "a.md", "一、数字", None, start, end, text[start:end], None, None), **fields)


def panel(text: str, start: int, end: int) -> Text:
    return Text(render_source(document(text), target(text, start, end), "cite-1-1").split('<div class="text">')[1])


@given(st.text(alphabet="甲乙|# \t-:\n。，<&\"'`", max_size=120), st.data())
def test_the_panel_shows_the_text_verbatim_and_marks_exactly_the_range(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    shown = panel(text, start, end)
    assert shown.text == text
    assert shown.marked == text[start:end]
    assert shown.tags.count("mark") == (1 if end > start else shown.tags.count("mark"))
    assert set(shown.tags) <= {"span", "mark"}


@pytest.mark.parametrize("quote", [
    "正文第一句。", "| 2023年 | 231.9亿元 |", "| 年份 | 数额 |", "231.9亿元", "2023年 | 231",
    "| 年份 | 数额 |\n|---|---|\n| 2023年 |",
    "231.9亿元 |\n\n正文第一句。", "## 一、数字", TABLE,
])  # fmt: skip
def test_ranges_in_tables_and_across_lines_are_marked_verbatim(quote: str) -> None:
    start = TABLE.index(quote)
    shown = panel(TABLE, start, start + len(quote))
    assert shown.marked == quote and shown.text == TABLE


def test_the_panel_is_headed_by_what_is_known_of_the_document() -> None:
    text = "关于协作的通知\n\n发文字号：国办发〔1996〕26号\n发布日期：1996-07-06\n来源：国务院办公厅\n\n正文。\n"
    cited = target(text, text.index("正文"), len(text), note="编写资料", page=2)
    shown = Text(render_source(document(text), cited, "cite-1-1"))
    known = ["关于协作的通知", "一、数字", "国办发〔1996〕26号", "1996-07-06", "国务院办公厅"]
    for part in [*known, "a.md", "编写资料", "第 2 页"]:
        assert part in shown.text.split("正文。")[0]


def test_a_changed_text_is_said_to_have_changed() -> None:
    shown = render_source(document(TABLE), target(TABLE, 0, 4, quote="别的文字"), "cite-1-1")
    assert "与引用时不同" in shown
    assert "与引用时不同" not in render_source(document(TABLE), target(TABLE, 0, 4), "cite-1-1")


def test_a_long_document_is_shown_as_an_excerpt_that_says_so() -> None:
    text = "".join(f"第{n}行，这里是一些文字。\n" for n in range(4000))
    start = text.index("第2000行")
    page = render_source(document(text), target(text, start, start + 7), "cite-1-1")
    shown = Text(page.split('<div class="text">')[1])
    assert len(text) > WHOLE and "节选" in page
    assert shown.marked == text[start : start + 7] and shown.text in text
    assert AROUND <= shown.text.index(shown.marked) + 200 <= AROUND + 400


def test_hostile_text_and_file_names_stay_text_in_the_panel() -> None:
    text = f"{HOSTILE}\n</div></mark><script>alert(1)</script>\n"
    cited = target(text, 3, 40, document=HOSTILE, section=HOSTILE)
    shown = Text(render_source(document(text, HOSTILE), cited, '"><script>'))
    assert {"img", "script"}.isdisjoint(shown.tags)
    assert shown.marked == text[3:40]
