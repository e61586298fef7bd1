"""Documents and clauses that a question names stand first, whatever is near; what only mentions them does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from place import Place

from rag.asked import Dated, Step, read_asked, read_heading
from rag.retrieve import rank_question, search
from rag.types import Passage

FILLER = "各级财政部门会同有关部门统筹安排协作资金，用于劳务、产业、人才和消费方面的项目，并按季度公开使用情况，接受审计和社会监督。"


def _rule(title: str, number: str, subject: str) -> str:
    articles = "".join(
        f"第{numeral}条 {subject}的第{numeral}项规定如下。{FILLER * 3}\n\n"
        for numeral in ("一", "二", "四", "五", "六", "七", "八", "九", "十")
    )
    return (
        f"{title}\n\n{number}\n\n第一章 总则\n\n{articles}第二章 职责\n\n"
        f"第十一条 {subject}由县级以上人民政府负责：\n（一）制定计划，{FILLER * 3}\n（二）公布名单，{FILLER * 3}\n\n"
        f"第三十条 {subject}的监督依照第三条和第十二条执行。{FILLER * 3}\n\n第三十一条 本办法自2021年5月1日起施行。{FILLER * 3}\n"
    )


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    place = Place(tmp_path_factory.mktemp("exact"))
    place.write("劳务.txt", _rule("劳务协作管理办法", "国发〔2021〕12号", "劳务"))
    place.write("资金.txt", _rule("协作资金管理办法（试行）", "国办发〔2021〕12号", "资金").replace("第二条", "第三条"))
    place.write(
        "会议.txt",
        f"推进会在银川召开\n\n来源：某报\n日期：2021年4月8日\n\n会议强调第三条和劳务协作管理办法第三条。{FILLER}\n",
    )
    place.write(
        "通知.txt",
        f"关于考核的通知\n\n某发〔2020〕3号\n\n按国发〔2021〕12号第三条的要求考核。{FILLER}\n\n2021年4月20日\n",
    )
    place.build()
    return place


def _first(place: Place, question: str) -> Passage:
    return search(place.library(), place.embedder, question, 5)[0][0]


@pytest.mark.parametrize(
    "number",
    [
        "国发〔2021〕12号",
        "国发[2021]12号",
        "国发（2021）12号",
        "国发【2021】12",
        "国发〔2021〕第12号",
        "国发﹝２０２１﹞１２号",
    ],
)
def test_a_number_names_its_document_however_it_is_written(place: Place, number: str) -> None:
    assert _first(place, f"请问{number}第十条是什么").text.startswith("第十条 劳务")
    assert _first(place, f"{number}的监督").document == "劳务.txt"
    assert _first(place, f"国办发{number[2:]}第十条").text.startswith("第十条 资金")


@pytest.mark.parametrize(
    ("question", "document", "start"),
    [
        ("《劳务协作管理办法》第三十条规定了什么？", "劳务.txt", "第三十条"),
        ("《勞務協作管理辦法》第三十條規定了什麼？", "劳务.txt", "第三十条"),
        ("《协作资金管理办法》第3条", "资金.txt", "第三条"),
        ("《资金管理办法》第三条", "资金.txt", "第三条"),
        ("《资金办法》第三条", "资金.txt", "第三条"),
        ("劳务协作管理办法第十一条第（二）项", "劳务.txt", "（二）公布名单"),
        ("《劳务协作管理办法》第十一条第2项", "劳务.txt", "（二）公布名单"),
        ("《劳务协作管理办法》第二章讲什么", "劳务.txt", "第二章 职责"),
        ("第三条规定了什么？", "资金.txt", "第三条"),
    ],
)
def test_a_clause_is_found_by_its_label(place: Place, question: str, document: str, start: str) -> None:
    found = _first(place, question)
    assert (found.document, found.text[: len(start)]) == (document, start)


@pytest.mark.parametrize(
    ("question", "missing"),
    [
        ("《劳务协作管理办法》第三条说了什么", ("第3条",)),
        ("《消费帮扶实施细则》第三十条", ("《消费帮扶实施细则》",)),
        ("川国发〔2021〕12号第十条", ("川国发〔2021〕12号",)),
        ("国发〔2021〕13号说了什么", ("国发〔2021〕13号",)),
        ("《管理办法》第十条", ()),
        ("《办法》第十条", ()),
        ("第十条说了什么", ()),
        ("第三条高速公路由谁负责", ()),
        ("劳务由谁负责", ()),
        ("《消费帮扶实施细则》是谁印发的", ("《消费帮扶实施细则》",)),
        ("电视剧《山海情》说的是哪里", ()),
    ],
)
def test_what_is_not_there_or_not_plain_moves_nothing_up(place: Place, question: str, missing: tuple[str, ...]) -> None:
    ranking = rank_question(place.library(), place.embedder, question)
    assert ranking.missing == missing
    if missing != ("第3条",):
        assert ranking.reasons == {}


def test_a_document_is_named_by_its_own_date(place: Place) -> None:
    assert _first(place, "4月8日的会议强调了什么").document == "会议.txt"
    assert _first(place, "2021年4月20日印发的通知要求什么").document == "通知.txt"
    assert rank_question(place.library(), place.embedder, "2021年3月的会议").reasons == {}
    assert rank_question(place.library(), place.embedder, "4月20日的会议").reasons == {}


def test_a_document_that_is_left_out_is_not_found_by_its_name(place: Place) -> None:
    library = place.library()
    left_out = frozenset({library.paths.index("劳务.txt")})
    ranking = rank_question(library, place.embedder, "《劳务协作管理办法》第十条", left_out)
    assert ranking.reasons == {}
    assert ranking.missing == ("《劳务协作管理办法》",)


def test_the_explanation_says_what_was_named_and_scores_still_fall(place: Place) -> None:
    passages, _ = search(place.library(), place.embedder, "国发〔2021〕12号第三十一条", 5, explained=True)
    assert passages[0].text.startswith("第三十一条")
    assert passages[0].explanation is not None
    assert "问题点名了文号 国发〔2021〕12号，第31条在这里" in passages[0].explanation.reason
    scores = [passage.score for passage in passages]
    assert scores == sorted(scores, reverse=True)


def test_questions_and_headings_are_read_alike() -> None:
    asked = read_asked("《甲办法》（某发〔2020〕3号）第二十一条之一第二款第（三）项，2021年4月施行的方案")
    assert asked.titles[0].number == "某发〔2020〕3号"
    assert asked.clauses == ((Step("条", 21, 1), Step("款", 2), Step("项", 3)),)
    assert asked.dates == (Dated("2021-04", "方案", in_force=True),)
    assert [
        read_heading(heading) for heading in ("第二十一条之一 职责", "（三）其他", "3.其他", "三、任务", "第三方")
    ] == [
        Step("条", 21, 1),
        Step("项", 3),
        Step("目", 3),
        Step("部分", 3),
        None,
    ]


@given(st.integers(1, 999), st.sampled_from("章条款"), st.booleans())
def test_a_label_in_digits_and_in_chinese_is_the_same(number: int, unit: str, spaced: bool) -> None:
    digits = "零一二三四五六七八九"
    hundreds, tens, ones = number // 100, number // 10 % 10, number % 10
    written = f"{digits[hundreds]}百" if hundreds else ""
    written += f"{digits[tens]}十" if tens else "零" if hundreds and ones else ""
    written += digits[ones] if ones else ""
    for numeral in (written, str(number), written.removeprefix("一") if 10 <= number < 20 else written):
        label = f"第 {numeral} {unit}" if spaced else f"第{numeral}{unit}"
        assert read_asked(f"按{label}办").clauses == ((Step(unit, number),),)
        assert read_heading(f"{label} 总则") == Step(unit, number)


@given(
    st.sampled_from(["国发", "国办发", "川财农", "某政办函"]),
    st.integers(1950, 2049),
    st.integers(1, 99999),
    st.sampled_from(["〔{}〕", "[{}]", "【{}】", "（{}）", "({})", "［{}］", "﹝{}﹞", "〔 {}年 〕", "{}年"]),
    st.sampled_from(["{}号", "第{}号", " {} 号", "{}"]),
)
def test_a_number_is_the_same_in_all_brackets_with_and_without_its_mark(
    prefix: str, year: int, count: int, brackets: str, mark: str
) -> None:
    if brackets == "{}年":  # without brackets only what looks like a number at all
        prefix, mark = "国发", "{}号"
    written = f"{prefix}{brackets.format(year)}{mark.format(count)}"
    assert read_asked(f"{written}说了什么").numbers == (f"{prefix}〔{year}〕{count}号",)


@given(st.text(max_size=60) | st.lists(st.sampled_from(["第", "三", "条", "（", "）", "《", "》", "〔2021〕", "12", "号", "年", "4月", "日"]), max_size=14).map("".join))  # fmt: skip
def test_any_question_is_read(question: str) -> None:
    asked = read_asked(question)
    assert all(path for path in asked.clauses)
