"""Documents that contradict each other on what is asked are shown with a note; what only looks so is not."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from place import Place

from rag.answer import answer_question
from rag.contradictions import differ
from rag.facts import Day
from rag.types import Answer
from rag.weights import load_weights


@pytest.fixture(autouse=True)
def answered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make every question answered: what is refused is not what is looked at here."""
    changed = replace(load_weights(), threshold=0.0)
    monkeypatch.setattr("rag.answer.load_weights", lambda: changed)


def ask(place: Place, question: str, one: str, other: str) -> Answer:
    place.write("甲报道.md", f"# 甲报道\n\n{one}\n")
    place.write("乙年鉴.md", f"# 乙年鉴\n\n{other}\n")
    place.build()
    return answer_question(place.library(), place.embedder, question)


AMOUNT = "2019年广东投入广西的财政资金是多少？"


def test_both_documents_are_quoted_marked_and_named_in_a_note(place: Place) -> None:
    answer = ask(
        place,
        AMOUNT,
        "2019年，广东投入广西的财政资金为3.5亿元。",
        "据年鉴记载，2019年广东投入广西的财政资金为4.2亿元。",
    )
    assert {citation.document for citation in answer.citations} == {"甲报道.md", "乙年鉴.md"}
    assert [s.text[start:end] for s in answer.sentences for start, end in s.emphasis] in (
        ["3.5亿元", "4.2亿元"],
        ["4.2亿元", "3.5亿元"],
    )
    [note] = answer.notes
    assert note in (
        "不同文件的说法不一致：《甲报道》为3.5亿元，《乙年鉴》为4.2亿元",
        "不同文件的说法不一致：《乙年鉴》为4.2亿元，《甲报道》为3.5亿元",
    )


def test_dates_of_the_same_event_that_exclude_each_other_are_noted(place: Place) -> None:
    answer = ask(place, "闽宁村是什么时候命名的？", "闽宁村于1997年7月命名。", "闽宁村于1996年5月命名。")
    assert len(answer.notes) == 1
    assert "1997年7月" in answer.notes[0]
    assert "1996年5月" in answer.notes[0]


@pytest.mark.parametrize(
    ("question", "one", "other"),
    [
        # rounded; roughly; another year; another region; another thing; a longer period; less precise
        (AMOUNT, "2019年广东投入广西的财政资金为1.18亿元。", "2019年广东投入广西的财政资金为1.2亿元。"),
        (AMOUNT, "2019年广东投入广西的财政资金为3.5亿元。", "2019年广东投入广西的财政资金超过3.3亿元。"),
        (AMOUNT, "2019年广东投入广西的财政资金为3.5亿元。", "2020年广东投入广西的财政资金为4.2亿元。"),
        (AMOUNT, "2019年广东投入广西的财政资金为3.5亿元。", "2019年广东投入贵州的财政资金为4.2亿元。"),
        (AMOUNT, "2019年广东投入广西的财政资金为3.5亿元。", "2019年广东帮助广西销售农产品收入4.2亿元。"),
        (AMOUNT, "2019年广东投入广西的财政资金为3.5亿元。", "2016—2019年广东投入广西的财政资金为9.2亿元。"),
        ("闽宁村是什么时候命名的？", "闽宁村于1997年7月命名。", "闽宁村于1997年命名。"),
        # the same in other numerals
        (AMOUNT, "2019年广东投入广西的财政资金为3亿元。", "2019年广东投入广西的财政资金为三亿元。"),
    ],
)
def test_what_only_looks_like_a_contradiction_is_none(place: Place, question: str, one: str, other: str) -> None:
    assert ask(place, question, one, other).notes == ()


def test_one_document_that_gives_two_figures_tells_so_itself(place: Place) -> None:
    text = "2019年广东投入广西的财政资金为3.5亿元。2019年广东投入广西的财政资金为4.2亿元。"
    assert ask(place, AMOUNT, text, "没有别的。").notes == ()


@given(st.decimals("0.01", "99999", places=2), st.integers(0, 2))
def test_a_rounded_value_never_contradicts_its_own(value: Decimal, places: int) -> None:
    rounded = value.quantize(Decimal(1).scaleb(-places))
    if rounded:
        assert not differ((value, "元"), (rounded, "元"))
        assert not differ((rounded, "元"), (value, "元"))


def test_values_of_other_units_and_kinds_say_nothing_about_each_other() -> None:
    assert not differ((Decimal(3), "个"), (Decimal(4), "家"))
    assert not differ((Decimal(1996), "个"), Day("1997年", 1997))
    assert differ((Decimal(3), "个"), (Decimal(4), "个"))


def test_lines_that_are_nothing_but_a_source_are_not_compared(place: Place) -> None:
    line = "按规定每人补助护林员{}元，\n其余自筹。"
    answer = ask(place, "护林员每人补助多少元？", line.format(300), line.format(500))
    assert [note for note in answer.notes if "不一致" in note] == []
