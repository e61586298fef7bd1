"""The value that a question asks for is marked where it is plain, and nothing else."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.emphasis import asked_values, holds_value

ROW = "2021年，投入资金3.5亿元，其中省级1.2亿元，协作项目776个，占比12.5%。"


@pytest.mark.parametrize(
    ("question", "text", "marked"),
    [
        ("什么时候印发的？", "该办法于2021年3月5日印发。", ["2021年3月5日"]),
        ("2021年哪个月开园？", "园区2021年6月开园。", ["2021年6月"]),
        ("2021年几号开园？", "园区2021年6月动工，2021年9月8日开园。", ["2021年9月8日"]),
        ("2021年有多少个项目？", ROW, ["776个"]),
        ("占比是多少？", ROW, ["12.5%"]),
        ("一共投入资金多少？", ROW, ["3.5亿元"]),
        ("有多少个县结对？", "东部325个经济强县与西部447个县结对。", ["447个"]),
        ("派了多少人？", "选派干部120名。", ["120名"]),
        # Nothing is plain: two amounts of which neither is told in the question's words; no such kind; no value.
        ("花了多少钱？", ROW, []),
        ("由谁负责？", ROW, []),
        ("2021年怎么样？", ROW, []),
        ("何时启动？", "由双方商定。", []),
        # A sign that counts as two characters and a comma less in the number shift places, though the length stays.
        ("投入多少资金？", "投入1,200万元，面积300㎡。", []),
        # What the question names itself is no answer.
        ("投入3.5亿元的有多少个项目？", "投入3.5亿元，项目776个。", ["776个"]),
    ],
)
def test_the_asked_value_is_marked(question: str, text: str, marked: list[str]) -> None:
    assert [text[start:end] for start, end in asked_values(question, text)] == marked


def test_a_value_that_is_not_plain_is_held_all_the_same() -> None:
    assert holds_value("花了多少钱？", ROW)
    assert not holds_value("多少公里？", ROW)


@given(st.text(alphabet="0123456789年月日亿万元个%，。多少投入㎡…ａ", max_size=40))
def test_ranges_lie_in_the_text_in_order(text: str) -> None:
    places = asked_values("什么时候投入多少钱，多少个，占比多少？", text)
    assert all(0 <= start < end <= len(text) for start, end in places)
    assert all(one[1] <= other[0] for one, other in itertools.pairwise(places))
