"""Questions that ask for a list are answered with all items of the list, each quoted for itself after its lead."""

from dataclasses import replace

import pytest
from place import Place

from rag.answer import answer_question
from rag.enumerations import enumerations_at
from rag.listing import MOST_ITEMS, asks_enumeration
from rag.sentences import sentence_ranges
from rag.types import Answer, Document
from rag.weights import load_weights

RULES = """某市职业培训补贴办法

第一章 申请

第一条 为了规范培训补贴，制定本办法。

第二条 申请培训补贴应当具备下列条件：
（一）年满十六周岁；
（二）参加培训满四十学时；
（三）取得结业证书。

第二章 保障措施

一、重点任务

（一）加强劳务协作。建立岗位信息平台，每年组织招聘会两次。

（二）推进产业合作。共建产业园区，引导企业投资。

（三）深化消费帮扶。组织农产品进机关、进学校。

第三章 其他

主要做法有三点。一是建立机制，每月开会。二是加大投入，安排专项资金。三是严格考核，结果公开。

免收学费的对象包括：
- 脱贫劳动力
- 登记失业人员

宣传渠道是报纸、广播、电视。一句里写全：一是早，二是快，三是准。
"""
TABLE = """# 结对关系

## 2016年结对

| 帮扶方 | 受帮扶方 |
|---|---|
| 北京 | 内蒙古 |
| 天津 | 甘肃 |
| 江苏 | 陕西 |
| 江苏 | 青海 |
"""


@pytest.fixture(autouse=True)
def answered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make every question answered: what is refused is not what is looked at here."""
    changed = replace(load_weights(), threshold=0.0)
    monkeypatch.setattr("rag.answer.load_weights", lambda: changed)


def ask(place: Place, question: str, text: str = RULES, name: str = "办法.txt") -> Answer:
    place.write(name, text)
    place.build()
    answer = answer_question(place.library(), place.embedder, question)
    for citation in answer.citations:
        assert place.library().document(name).text[citation.start : citation.end] == citation.quote
    return answer


def said(answer: Answer) -> list[str]:
    return [sentence.text for sentence in answer.sentences]


@pytest.mark.parametrize(
    ("question", "items"),
    [
        (
            "申请培训补贴应当具备哪些条件？",
            ["第二条 申请培训补贴应当具备下列条件：", "（一）年满十六周岁；", "（二）参加培训满四十学时；", "（三）取得结业证书。"],
        ),
        (
            "主要做法有哪三点？",
            ["主要做法有三点。", "一是建立机制，每月开会。", "二是加大投入，安排专项资金。", "三是严格考核，结果公开。"],
        ),
        ("免收学费的对象包括哪些？", ["免收学费的对象包括：", "脱贫劳动力", "登记失业人员"]),
    ],
)  # fmt: skip
def test_all_items_are_quoted_for_themselves_after_what_announces_them(
    place: Place, question: str, items: list[str]
) -> None:
    answer = ask(place, question)
    assert said(answer) == items
    assert [citation.quote for citation in answer.citations] == items
    assert [sentence.citations for sentence in answer.sentences] == [(n,) for n in range(1, len(items) + 1)]


def test_clauses_below_the_heading_that_the_question_names_are_the_list(place: Place) -> None:
    assert said(ask(place, "重点任务有哪些？")) == [
        "一、重点任务",
        "（一）加强劳务协作。建立岗位信息平台，每年组织招聘会两次。",
        "（二）推进产业合作。共建产业园区，引导企业投资。",
        "（三）深化消费帮扶。组织农产品进机关、进学校。",
    ]


def test_a_sentence_that_enumerates_within_itself_stays_one_sentence(place: Place) -> None:
    assert "宣传渠道是报纸、广播、电视。" in "".join(said(ask(place, "宣传渠道有哪些？")))


def test_rows_that_meet_the_question_are_the_list_and_the_others_are_not(place: Place) -> None:
    answer = ask(place, "2016年江苏的受帮扶方有哪些？", TABLE, "结对.md")
    assert said(answer) == ["帮扶方：江苏；受帮扶方：陕西。", "帮扶方：江苏；受帮扶方：青海。"]
    # The head of the table is cited once, by both.
    assert [sentence.citations for sentence in answer.sentences] == [(1, 2), (3, 2)]


def test_a_long_list_is_cut_and_says_how_many_items_there_are(place: Place) -> None:
    clauses = "".join(
        f"（{n}）材料之{n}；\n"
        for n in ["一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二", "十三", "十四", "十五"]
    )
    answer = ask(place, "应当提交哪些申请材料？", f"办法\n\n第一条 申请人应当提交下列申请材料：\n{clauses}")
    assert len(answer.sentences) == MOST_ITEMS + 1
    assert answer.notes == (f"共15项，列出前{MOST_ITEMS}项",)


def test_a_question_that_asks_for_one_thing_gets_no_list(place: Place) -> None:
    assert not asks_enumeration("申请人应当年满多少周岁？")
    assert "（三）取得结业证书。" not in said(ask(place, "申请人应当年满多少周岁？"))


def test_lists_are_found_from_every_item_and_in_one_sentence_not_at_all(place: Place) -> None:
    place.write("办法.txt", RULES)
    place.build()
    document: Document = place.library().document("办法.txt")

    def first(start_of: str) -> tuple[str, ...]:
        start, end = next((a, b) for a, b in sentence_ranges(document.text) if document.text[a:b].startswith(start_of))
        found = next(iter(enumerations_at(document, start, end)), None)
        return tuple(document.text[a:b] for a, b in found.items) if found else ()

    expected = ("（一）年满十六周岁；", "（二）参加培训满四十学时；", "（三）取得结业证书。")
    assert first("（三）取得") == first("（一）年满") == first("第二条") == expected
    assert first("登记失业人员") == first("免收学费") == ("脱贫劳动力", "登记失业人员")
    assert "一是早" not in "".join(first("一句里写全"))
