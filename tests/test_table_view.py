"""Tables and marked values on the page and in the terminal: real, aligned, and nothing of a document unescaped."""

from markdown_it import MarkdownIt
from test_ui import HOSTILE, Text, answer

from rag.plain_text import render, table_lines
from rag.printing import print_answer
from rag.types import AnswerSentence, Cell, Table
from rag.ui.chat import Turn
from rag.ui.render import chat_messages
from rag.ui.table_view import marked, table

TABLE = Table(
    ("比较对象", "投入多少"),
    ((Cell("广东"), Cell("投入3.5亿元。", (1,))), (Cell("浙江"), Cell("文件未载明"))),
)
MARKED = AnswerSentence("见附件[3]，投入3.5亿元。", (1,), emphasis=((9, 14),))


def test_a_comparison_is_a_real_table_with_links_to_its_citations() -> None:
    message = chat_messages((Turn("问？", answer=answer(table=TABLE), shown=2),))[1]["content"]
    page = Text(message)
    assert "\n" not in message
    assert [page.tags.count(tag) for tag in ("table", "tr", "th", "td")] == [1, 3, 4, 2]
    assert "广东投入3.5亿元。[1]浙江文件未载明" in page.text
    assert page.attributes.count(("href", "#cite-1-1")) == 4  # two sentences, the cell, the list of sources


def test_a_stopped_answer_shows_no_table() -> None:
    message = chat_messages((Turn("问？", answer=answer(table=TABLE), shown=1, stopped=True),))[1]["content"]
    assert "<table" not in message


def test_cells_and_headers_are_shown_literally() -> None:
    hostile = Table((HOSTILE, HOSTILE), ((Cell(HOSTILE), Cell(f"{HOSTILE}[7]", (2,))),))
    page = Text(MarkdownIt("commonmark", {"html": True}).enable("table").render(table(hostile, 1)))
    assert set(page.tags) <= {"div", "table", "thead", "tbody", "tr", "th", "td", "a", "br"}
    assert [value for name, value in page.attributes if name == "href"] == ["#cite-1-2"]
    assert page.text.count(HOSTILE) == 4
    assert "［7］[2]" in page.text


def test_the_asked_value_is_marked_in_its_place() -> None:
    assert MARKED.text[9:14] == "3.5亿元"
    page = Text(marked(MARKED))
    assert (page.text, page.marked) == ("见附件［3］，投入3.5亿元。", "3.5亿元")
    hostile = Text(marked(AnswerSentence(f" {HOSTILE}", (1,), emphasis=((1, len(HOSTILE)),))))
    assert set(hostile.tags) == {"mark", "br"}
    assert hostile.text == HOSTILE


def test_plain_text_puts_marks_around_the_asked_value() -> None:
    assert render([MARKED]) == "见附件［3］，投入3.5亿元。[1]"
    assert render([MARKED], "<", ">") == "见附件［3］，投入<3.5亿元>。[1]"


def test_the_terminal_aligns_columns_and_prints_no_control_characters_into_a_pipe(capsys) -> None:  # type: ignore[no-untyped-def]
    print_answer(answer(table=TABLE, sentences=(MARKED,)))
    out = capsys.readouterr().out
    assert "比较对象  投入多少\n广东      投入3.5亿元。[1]\n浙江      文件未载明\n" in out
    assert "\033" not in out


def test_line_ends_of_a_cell_do_not_break_its_row() -> None:
    assert table_lines(Table(("甲",), ((Cell("一\n二[4]", (1,)),),))) == ["甲", "一 二［4］[1]"]
