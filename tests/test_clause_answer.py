"""A question for what a clause says is answered with the clause, word for word, and never with another."""

from pathlib import Path

import pytest
from place import Place

from rag.answer import answer_question
from rag.clause_answer import asks_wording
from rag.filters import Filter

RULE = """劳务协作管理办法

国发〔2021〕12号

第一条 为规范劳务协作，制定本办法。

第二条 对下列人员给予补助：
（一）脱贫人口；
（二）农村低收入人口，依照第三条执行。

第三条 补助由县级财政承担。

市级财政可以给予奖励。

第三十条 本办法自2021年5月1日起施行。
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    place = Place(tmp_path_factory.mktemp("clause"))
    place.write("劳务.txt", RULE)
    place.write("资金.txt", RULE.replace("劳务", "资金").replace("国发", "国办发").replace("县级", "省级"))
    place.build()
    return place


@pytest.mark.parametrize(
    ("question", "quotes"),
    [
        ("《劳务协作管理办法》第三条规定了什么？", ["第三条 补助由县级财政承担。", "市级财政可以给予奖励。"]),
        ("国办发[2021]12第三条说了什么", ["第三条 补助由省级财政承担。", "市级财政可以给予奖励。"]),
        ("劳务协作管理办法第三十条的内容是什么？", ["第三十条 本办法自2021年5月1日起施行。"]),
        ("《资金协作管理办法》第二条第（二）项", ["（二）农村低收入人口，依照第三条执行。"]),
        ("《劳務協作管理辦法》第三條第二款是什麼？", ["市级财政可以给予奖励。"]),
        (
            "《劳务协作管理办法》第一条和第三十条分别规定了什么？",
            ["第一条 为规范劳务协作，制定本办法。", "第三十条 本办法自2021年5月1日起施行。"],
        ),
    ],
)
def test_the_whole_clause_is_quoted_and_nothing_else(place: Place, question: str, quotes: list[str]) -> None:
    answer = answer_question(place.library(), place.embedder, question, now="2022-01-01")
    assert not answer.refused
    assert [citation.quote for citation in answer.citations] == quotes
    assert answer.confidence == 1
    for citation in answer.citations:
        text = (place.settings.documents / citation.document).read_text()
        assert text[citation.start : citation.end] == citation.quote


def test_of_two_documents_of_one_name_the_one_in_force_answers(tmp_path: Path) -> None:
    place = Place(tmp_path)
    title, rule = "某县护林员管理办法", "第一条 补助每月{}元。\n\n第二条 本办法自{}年5月1日起施行{}。\n"
    place.write("旧.txt", f"{title}\n\n某政发〔2018〕1号\n\n{rule.format(500, 2018, '')}")
    ends = "。《某县护林员管理办法》（某政发〔2018〕1号）同时废止"
    place.write("新.txt", f"{title}\n\n某政发〔2022〕9号\n\n{rule.format(800, 2022, ends)}")
    place.build()
    for number, day, quote in (
        ("", "2024-01-01", "800"),
        ("", "2020-01-01", "500"),
        ("（某政发〔2018〕1号）", "2024-01-01", "500"),
    ):
        answer = answer_question(place.library(), place.embedder, f"《{title}》{number}第一条规定了什么？", now=day)
        assert [citation.quote for citation in answer.citations] == [f"第一条 补助每月{quote}元。"]
    both = "某政发〔2018〕1号第一条和某政发〔2022〕9号第一条分别规定了什么？"
    answer = answer_question(place.library(), place.embedder, both, now="2024-01-01")
    assert [citation.quote for citation in answer.citations] == [f"第一条 补助每月{n}元。" for n in (500, 800)]


def test_a_table_in_a_clause_is_quoted_with_its_head_once(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.write(
        "表.md", "# 某县补助办法\n\n第一条 标准如下：\n\n| 项目 | 金额 |\n|---|---|\n| 甲 | 300元 |\n\n第二条 完。\n"
    )
    place.build()
    answer = answer_question(place.library(), place.embedder, "《某县补助办法》第一条规定了什么？", now="2024-01-01")
    assert answer.answer == "第一条 标准如下：[1]项目：甲；金额：300元。[2][3]"


def test_a_follow_up_for_another_clause_is_answered_with_it(place: Place) -> None:
    history = ["《劳务协作管理办法》第一条规定了什么？"]
    answer = answer_question(place.library(), place.embedder, "第三十条呢？", history=history, now="2022-01-01")
    assert answer.understood == "《劳务协作管理办法》第三十条规定了什么？"
    assert [citation.quote for citation in answer.citations] == ["第三十条 本办法自2021年5月1日起施行。"]


@pytest.mark.parametrize(
    "question",
    [
        "《劳务协作管理办法》第四条规定了什么？",
        "《消费协作管理办法》第三条规定了什么？",
        "第三条规定了什么？",
        "《劳务协作管理办法》（国发〔2020〕9号）第三条规定了什么？",
        "《劳务协作管理办法》第三条和第九十条分别规定了什么？",
        "《劳务协作管理办法》第三条和《消费协作管理办法》第三条分别规定了什么？",
    ],
)
def test_a_clause_that_is_not_there_or_not_plain_is_not_made_up(place: Place, question: str) -> None:
    answer = answer_question(place.library(), place.embedder, question, now="2022-01-01")
    assert answer.confidence < 1


@pytest.mark.parametrize(
    ("question", "titles", "asks"),
    [
        ("《甲办法》第三条规定了什么？", [], True),
        ("请问甲办法第三条的原文是什么", ["甲办法"], True),
        ("某发〔2021〕3号第二章讲了哪些内容", ["某发〔2021〕3号"], True),
        ("《甲办法》第三条规定的期限是多少天？", [], False),
        ("《甲办法》第三条由谁执行？", [], False),
        ("《甲办法》第三条和广东有什么关系", [], False),
        ("规定了什么", [], False),
        ("某发［２０２１］３第三条讲了什么", ["某发〔2021〕3号"], True),
        ("三年内不得转让按某发〔2021〕3号第三条", ["某发〔2021〕3号"], False),
    ],
)
def test_only_what_asks_for_the_wording_is_answered_so(question: str, titles: list[str], asks: bool) -> None:
    assert asks_wording(question, titles) is asks


def test_a_document_left_out_by_a_filter_is_not_stood_for_by_one_of_a_longer_name(tmp_path: Path) -> None:
    place = Place(tmp_path)
    for name, title in (("甲.txt", "护林员管理办法"), ("乙.txt", "某县护林员管理办法")):
        place.write(name, f"{title}\n\n第一条 {title}的补助。\n\n第二条 完。\n")
    place.build()
    question, only = "《护林员管理办法》第一条规定了什么？", Filter(document="乙.txt")
    assert answer_question(place.library(), place.embedder, question, only=only, now="2024-01-01").confidence < 1
    assert answer_question(place.library(), place.embedder, question, now="2024-01-01").confidence == 1
