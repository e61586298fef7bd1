"""Follow-up questions: what is carried over from the questions before, and what stays as it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from place import Place

from rag.answer import answer_question
from rag.follow_up import resolve
from rag.slots import find_slots

MONEY = "2017年闽宁协作投入多少？"
OPINION = "《关于加强协作的意见》是什么时候印发的？"

RESOLVED = [
    # another year, place, pair or title in the last question
    (MONEY, "2016年呢？", "2016年闽宁协作投入多少？"),
    (MONEY, "那第二年呢？涨了多少？", "2018年闽宁协作投入多少？涨了多少？"),
    (MONEY, "前一年呢", "2016年闽宁协作投入多少？"),
    (MONEY, "到了2023年有几个？", "2023年闽宁协作投入多少？"),
    ("2017—2020年闽宁协作投入多少？", "2021年呢？", "2021年闽宁协作投入多少？"),
    ("闽宁协作投入多少？", "那2016年呢？", "2016年闽宁协作投入多少？"),
    (MONEY, "苏陕呢？", "2017年苏陕协作投入多少？"),
    (MONEY, "那苏陕协作呢？", "2017年苏陕协作投入多少？"),
    (MONEY, "那甘肃呢？", "2017年甘肃协作投入多少？"),
    ("2021年江苏投入多少？", "那浙江呢？", "2021年浙江投入多少？"),
    ("福建帮扶宁夏投入多少？", "甘肃呢？", "福建帮扶甘肃投入多少？"),
    ("福建帮扶宁夏投入多少？", "山东呢？", "山东帮扶宁夏投入多少？"),
    ("2016年以后，大连帮扶的是哪里？", "苏州呢？", "2016年以后，苏州帮扶的是哪里？"),
    (OPINION, "《甲办法》呢？", "《甲办法》是什么时候印发的？"),
    # which place it stands for is not plain, or it does not say what it asks
    (MONEY, "那宁夏呢？", "2017年闽宁协作投入多少，宁夏呢？"),
    (MONEY, "产业项目呢？", "2017年闽宁协作投入多少，产业项目呢？"),
    ("北京给内蒙古投了多少资金？", "光给赤峰的有多少？", "北京给内蒙古投了多少资金，光给赤峰的有多少？"),
    # another clause of the document of the last question
    ("《甲办法》第三条规定了什么？", "第五条呢？", "《甲办法》第五条规定了什么？"),
    ("某发〔2021〕12号第三条第（二）项说什么？", "那第四条呢", "某发〔2021〕12号第四条说什么？"),
    (OPINION, "第三条讲的是什么？", "《关于加强协作的意见》第三条讲的是什么？"),
    (OPINION, "该文件第三条讲什么？", "《关于加强协作的意见》第三条讲什么？"),
    ("《甲办法》第三条规定了什么？", "《乙办法》第五条呢？", "《乙办法》第五条规定了什么？"),
    # pronouns
    (MONEY, "它什么时候开始的？", "闽宁协作什么时候开始的？"),
    (OPINION, "那是谁印发的？", "《关于加强协作的意见》是谁印发的？"),
    (OPINION, "该文件有多少条？", "《关于加强协作的意见》有多少条？"),
    ("谁印发了《甲办法》？", "这份文件有多少条？", "《甲办法》有多少条？"),
    ("闽宁协作是什么？", "其主要任务是什么？", "闽宁协作的主要任务是什么？"),
    ("闽宁协作是什么？", "这个是谁提出的？", "闽宁协作是谁提出的？"),
    ("2021年以后山东帮扶哪些省市？", "它2010年以前帮的是谁？", "山东2010年以前帮的是谁？"),
    # no subject of its own
    ("2016年两办印发的是哪份扶贫文件？", "一共几条？", "2016年两办印发的扶贫文件一共几条？"),
    ("首届消费扶贫月是哪年办的？", "主题是什么？", "首届消费扶贫月主题是什么？"),
    ("消费帮扶是什么？", "有哪些措施？", "消费帮扶有哪些措施？"),
    ("2022年粤黔协作有多少个项目？", "其中产业占多大比重？", "2022年粤黔协作，其中产业占多大比重？"),
    # the setting stays where the place is another one
    ("2010年调整，山东换成帮谁了？", "厦门又改去帮哪里了？", "2010年调整，厦门又改去帮哪里了？"),
    ("闽宁协作2021年投入多少？", "那苏陕协作派了多少干部？", "2021年苏陕协作派了多少干部？"),
]  # fmt: skip

ALONE = [
    "劳务协作怎么做？",
    "东西部协作是什么，它什么时候开始的？",
    "闽宁协作及其成效是什么？",
    "闽宁协作这个项目是什么时候开始的？",
    "2021年苏陕协作投入多少？",
    "《甲办法》有多少条？",
    "加强东西部协作有哪些措施？",
    "有哪些省份参加东西部协作？",
    "月球上有几座城市？",
    "谢谢",
    "那？",
]


@pytest.mark.parametrize(("before", "question", "expected"), RESOLVED)
def test_a_follow_up_is_resolved(before: str, question: str, expected: str) -> None:
    assert resolve([before], question) == expected


@pytest.mark.parametrize(("before", "question", "expected"), RESOLVED)
def test_no_slot_of_the_question_is_dropped(before: str, question: str, expected: str) -> None:
    named = find_slots(question)
    assert set(named) <= set(find_slots(resolve([before], question)))


@pytest.mark.parametrize("question", ALONE)
def test_what_stands_on_its_own_stays(question: str) -> None:
    assert resolve([MONEY, OPINION], question) == question


def test_the_turn_before_may_be_a_follow_up_itself_as_asked_or_as_understood() -> None:
    assert resolve([MONEY, "2016年呢？"], "苏陕呢？") == "2016年苏陕协作投入多少？"
    assert resolve([MONEY, "2016年闽宁协作投入多少？"], "苏陕呢？") == "2016年苏陕协作投入多少？"
    assert resolve([MONEY, "  ", "😀"], "2016年呢？") == "2016年闽宁协作投入多少？"


@given(st.text())
def test_without_a_question_before_nothing_changes(question: str) -> None:
    assert resolve([], question) == question
    assert resolve(["", "？"], question) == question


@given(
    st.lists(st.text(alphabet="那它其年呢？的2017闽宁协作有多少《》“”，是谁 又", max_size=20), max_size=4),
    st.text(max_size=20),
)
def test_any_history_gives_a_text_of_bounded_length(history: list[str], question: str) -> None:
    resolved = resolve(history, question)
    assert bool(resolved.strip()) == bool(question.strip())
    assert len(resolved) <= 1000


def test_what_is_too_long_to_lean_on_is_not_carried_over() -> None:
    assert resolve(["长" * 301 + "有多少？"], "一共几条？") == "一共几条？"


def test_the_answer_says_how_the_question_was_understood(built_once: Place) -> None:
    library, embedder = built_once.library(), built_once.embedder
    answer = answer_question(library, embedder, "2024年呢？", history=["2023年投入资金多少？"])
    plain = answer_question(library, embedder, "2024年投入资金多少？")
    assert (answer.question, answer.understood) == ("2024年呢？", "2024年投入资金多少？")
    assert (answer.answer, answer.citations) == (plain.answer, plain.citations)
