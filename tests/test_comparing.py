"""A comparison: labels and columns from the questions, cells from the sentences that are about each, blanks said."""

from dataclasses import replace

import pytest
from place import Place

from rag.answer import answer_question
from rag.comparing import NOT_STATED, columns_of, labels_of
from rag.jsonout import answer_json
from rag.question_years import full_years
from rag.quoting import row_sentence
from rag.types import Answer
from rag.weights import load_weights

FIGURES = """# 各地协作概况

2021年，广东省投入财政资金3.5亿元，选派干部120名。
2021年，浙江省投入财政资金2.8亿元，选派干部95名。
2016—2021年，浙江省投入财政资金共15亿元。
2021年，江苏省举办培训班四期。
"""


@pytest.fixture
def answered(monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    """Make every question answered: what is refused is not what is looked at here."""
    changed = replace(load_weights(), threshold=0.0)
    monkeypatch.setattr("rag.answer.load_weights", lambda: changed)


def ask(place: Place, question: str) -> Answer:
    place.write("概况.md", FIGURES)
    place.build()
    return answer_question(place.library(), place.embedder, question)


def texts(answer: Answer) -> list[list[str]]:
    assert answer.table is not None
    return [[cell.text for cell in row] for row in answer.table.rows]


def test_each_thing_compared_is_a_row_whose_cell_cites_a_verbatim_sentence(place: Place, answered) -> None:  # type: ignore[no-untyped-def]
    answer = ask(place, "2021年广东和浙江分别投入多少财政资金？")
    assert texts(answer) == [
        ["广东", "2021年，广东省投入财政资金3.5亿元，选派干部120名。"],
        ["浙江", "2021年，浙江省投入财政资金2.8亿元，选派干部95名。"],
    ]
    assert answer.table is not None
    assert answer.table.header == ("比较对象", "2021年投入多少财政资金")
    text = place.library().document("概况.md").text
    for row in answer.table.rows:
        for number in row[1].citations:
            citation = answer.citations[number - 1]
            assert text[citation.start : citation.end] == citation.quote == row[1].text
    assert [row[0].citations for row in answer.table.rows] == [(), ()]
    # The plain text holds the facts of the cells, with the same citations, and each value is marked.
    assert "3.5亿元，选派干部120名。[1]" in answer.answer
    assert "2.8亿元" in answer.answer
    marked = [s.text[start:end] for s in answer.sentences for start, end in s.emphasis]
    assert marked == ["3.5亿元", "2.8亿元"]


def test_what_the_documents_do_not_tell_of_one_side_is_said_and_not_filled(place: Place, answered) -> None:  # type: ignore[no-untyped-def]
    answer = ask(place, "2021年广东和江苏分别投入多少财政资金？")
    assert texts(answer)[0][1].startswith("2021年，广东省投入财政资金3.5亿元")
    assert texts(answer)[1] == ["江苏", NOT_STATED]
    assert answer.table is not None
    assert answer.table.rows[1][1].citations == ()


def test_the_sum_of_several_years_does_not_stand_for_one_of_them(place: Place, answered) -> None:  # type: ignore[no-untyped-def]
    answer = ask(place, "浙江2021年和2018年各投入多少财政资金？")
    assert texts(answer)[1] == ["2018年", NOT_STATED]
    answer = ask(place, "广东2021年和浙江2016年各投入多少财政资金？")
    assert texts(answer)[1][1] == NOT_STATED


def test_a_title_that_names_both_lends_no_figure_of_one_to_the_other(place: Place, answered) -> None:  # type: ignore[no-untyped-def]
    place.write("粤桂与粤黔协作.md", "# 粤桂与粤黔协作\n\n2022年粤黔协作财政援助35.16亿元。\n")
    answer = ask(place, "粤桂和粤黔2022年财政援助各有多少亿元？")
    assert texts(answer) == [["粤桂", NOT_STATED], ["粤黔", "2022年粤黔协作财政援助35.16亿元。"]]


def test_a_year_that_no_sentence_names_is_blank(place: Place, answered) -> None:  # type: ignore[no-untyped-def]
    answer = ask(place, "广东2021年和2019年各投入多少财政资金？")
    assert texts(answer)[1] == ["2019年", NOT_STATED]


def test_a_question_about_one_thing_has_no_table(place: Place, answered) -> None:  # type: ignore[no-untyped-def]
    answer = ask(place, "2021年广东投入多少财政资金？")
    assert answer.table is None
    assert answer_json("q", answer)["table"] is None


def test_the_json_holds_header_and_cells_with_their_citations(place: Place, answered) -> None:  # type: ignore[no-untyped-def]
    table = answer_json("q", ask(place, "2021年广东和江苏分别投入多少财政资金？"))["table"]
    assert table["header"] == ("比较对象", "2021年投入多少财政资金")
    assert table["rows"][1] == ({"text": "江苏", "citations": ()}, {"text": "文件未载明", "citations": ()})


@pytest.mark.parametrize(
    ("questions", "labels", "common"),
    [
        (["江苏投入多少", "江西投入多少"], ["江苏", "江西"], "投入多少"),
        (["对口支援差在哪", "对口合作差在哪"], ["对口支援", "对口合作"], "差在哪"),
        (["甲县（试点）有几家", "乙县（复审）有几家"], ["甲县（试点）", "乙县（复审）"], "有几家"),
        # What stands behind the last of the things goes with all parts, and tells none from the others.
        (["2019年（到10月底）销了多少", "2024年（到10月底）销了多少"], ["2019年", "2024年"], "销了多少"),
        (["佛山派了多少人？", "援藏花了多少钱？"], ["佛山派了多少人", "援藏花了多少钱"], ""),
    ],
)
def test_rows_are_labelled_by_what_differs(questions: list[str], labels: list[str], common: str) -> None:
    assert labels_of(questions) == (labels, common)


@pytest.mark.parametrize(
    ("common", "columns"),
    [
        ("差在哪", ("文件所载",)),
        ("哪个更多", ("文件所载",)),
        ("的共建园区哪边多", ("共建园区",)),
        ("的时间和地点是", ("时间", "地点")),
        ("是哪年部署的，是哪个文件", ("是哪年部署的", "是哪个文件")),
    ],
)
def test_each_thing_asked_is_a_column(common: str, columns: tuple[str, ...]) -> None:
    assert columns_of(common) == columns


def test_a_year_before_a_span_of_several_is_written_in_full() -> None:
    assert full_years("17到19三年和20年分别是多少") == "2017到2019三年和2020年分别是多少"


def test_only_years_are_written_in_full() -> None:
    assert full_years("从17年到19年，3年里投了多少，第15年") == "从2017年到2019年，3年里投了多少，第15年"


def test_an_empty_first_cell_moves_no_value_to_another_column(place: Place) -> None:
    place.write("表.md", "||甲|乙|\n|---|---|---|\n|补助|300元||\n")
    place.build()
    document = place.library().document("表.md")
    start = document.text.index("|补助")
    assert row_sentence(document, start, start + len("|补助|300元||")) == "补助；甲：300元。"
