"""Question → cited answer: what holds of every answer and every refusal, whatever the weights."""

import re
from dataclasses import replace

import pytest
from place import Place

from rag.answer import answer_question, names_what_is_not_there
from rag.errors import QuestionError
from rag.plain_text import render
from rag.settings import Tuning
from rag.split import sentence_ranges
from rag.types import Answer, AnswerSentence
from rag.weights import load_weights

QUESTIONS = [
    "帮助多少人就业",
    "2024年投入资金多少",
    "产业园区由谁建设",
    "消费帮扶的渠道是什么",
    "附件",
    "组团式支援每批多久",
    "文章的来源是哪里",
    "月球上有几座城市",
    "abc",
    "5",
]
LISTS = ["有哪些帮扶工作", "列出各项任务", "分别有什么"]
TABLE = (
    "# 数字\n\n## 2021—2023年资金\n\n"
    "| 年份 | 资金 | 备注[2] |\n|---|---:|---|\n| 2021 | 10亿元 | 见[3] |\n| 2022 | 20亿元 |  |\n"
)


@pytest.fixture
def weights(monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    """Make every question answered, or every one refused."""

    def use(*, answer: bool) -> None:
        changed = replace(load_weights(), threshold=0.0 if answer else 1.1)
        monkeypatch.setattr("rag.answer.load_weights", lambda: changed)

    return use


def ask(place: Place, question: str) -> Answer:
    return answer_question(place.library(), place.embedder, question)


def check_contract(place: Place, answer: Answer) -> None:
    """What the contract says of every answer."""
    assert 0 <= answer.confidence <= 1
    assert answer.elapsed_ms > 0
    for passage in answer.passages:
        text = place.library().document(passage.document).text
        assert passage.text == text[passage.start : passage.end]
    if answer.refused:
        assert answer.citations == ()
        assert answer.sentences == ()
        assert set(re.findall(r"\d+", answer.answer)) <= set(re.findall(r"\d+", answer.understood))
        assert not re.search(r"\[\d+\]", answer.answer)
        return
    assert answer.answer == render(answer.sentences)
    assert answer.citations
    assert [citation.number for citation in answer.citations] == list(range(1, len(answer.citations) + 1))
    for citation in answer.citations:
        document = place.library().document(citation.document)
        assert citation.quote == document.text[citation.start : citation.end] != ""
        assert (citation.title, citation.header) == (document.title, document.header)
    cited = [number for sentence in answer.sentences for number in sentence.citations]
    assert set(cited) == {citation.number for citation in answer.citations}
    assert all(sentence.citations for sentence in answer.sentences)
    assert [int(n) for n in re.findall(r"\[(\d+)\]", answer.answer)] == cited
    for sentence in answer.sentences:
        quotes = "\n".join(answer.citations[number - 1].quote for number in sentence.citations)
        assert sentence.text.rstrip("：") in quotes or quotes.count("|") > 1
        assert sentence.unsupported == ()


@pytest.mark.parametrize("question", QUESTIONS + LISTS)
def test_every_answer_is_quoted_and_marked(built_once: Place, weights, question: str) -> None:  # type: ignore[no-untyped-def]
    weights(answer=True)
    answer = ask(built_once, question)
    assert not answer.refused
    check_contract(built_once, answer)
    quoted = [sentence for citation in answer.citations for sentence in sentence_ranges(citation.quote)]
    assert 1 <= len(quoted) <= (6 if question in LISTS else 3)


@pytest.mark.parametrize("question", QUESTIONS + LISTS)
def test_every_refusal_names_what_is_nearest_without_figures(built_once: Place, weights, question: str) -> None:  # type: ignore[no-untyped-def]
    weights(answer=False)
    answer = ask(built_once, question)
    assert answer.refused
    check_contract(built_once, answer)
    if answer.passages:
        assert f"《{answer.passages[0].title}》" in answer.answer


def test_the_answer_to_a_plain_question_is_the_sentence_that_answers(built_once: Place, weights) -> None:  # type: ignore[no-untyped-def]
    weights(answer=True)
    answer = ask(built_once, "每年组织劳务培训几期，帮助多少人就业")
    assert "每年组织劳务培训三期，帮助就业500人。" in answer.answer
    citation = next(c for c in answer.citations if "500人" in c.quote)
    assert (citation.document, citation.section) == ("甲.txt", "二、工作任务 › （一）劳务协作")
    assert citation.header.published == "2025-05-13"


def test_a_question_about_other_things_is_refused_by_the_shipped_weights(built_once: Place) -> None:
    answer = ask(built_once, "月球上有几座城市")
    assert answer.refused
    check_contract(built_once, answer)


def test_question_and_understood_keep_what_was_asked(built_once: Place) -> None:
    answer = ask(built_once, "  资金\0多少？ ")
    assert (answer.question, answer.understood) == ("  资金\0多少？ ", "资金 多少？")


def test_figures_of_titles_and_headings_do_not_stand_in_a_refusal(place: Place, weights) -> None:  # type: ignore[no-untyped-def]
    place.write("2021年.md", "# 2021年1,200万元概况\n\n## 第３节 12.5%\n\n共同建设园区。\n")
    place.build()
    weights(answer=False)
    answer = ask(place, "园区由谁建设")
    check_contract(place, answer)
    assert "《…年…万元概况》" in answer.answer


def test_an_empty_index_refuses_and_says_why(place: Place) -> None:
    place.build()
    answer = ask(place, "资金多少")
    assert (answer.refused, answer.passages, answer.confidence) == (True, (), 0.0)
    assert "索引中还没有文档" in answer.answer
    check_contract(place, answer)


def test_a_document_without_a_sentence_is_refused(place: Place) -> None:
    place.write("甲.txt", "———\n***\n")
    place.build()
    check_contract(place, ask(place, "资金多少"))


def test_numbers_in_brackets_of_a_source_are_not_taken_for_markers(built_once: Place, weights) -> None:  # type: ignore[no-untyped-def]
    weights(answer=True)
    answer = ask(built_once, "线上平台与展销会并行见附件")
    check_contract(built_once, answer)
    assert "见附件［3］。" in answer.answer
    assert any("见附件[3]。" in citation.quote for citation in answer.citations)


def test_a_row_of_a_table_is_told_with_its_head_and_both_are_quoted(place: Place, weights) -> None:  # type: ignore[no-untyped-def]
    place.write("数字.md", TABLE)
    place.build()
    weights(answer=True)
    answer = ask(place, "2021年资金10亿元见")
    check_contract(place, answer)
    assert "年份：2021；资金：10亿元；备注［2］：见［3］" in answer.answer
    quotes = {citation.quote for citation in answer.citations}
    assert {"| 年份 | 资金 | 备注[2] |", "| 2021 | 10亿元 | 见[3] |"} <= quotes


def test_the_same_sentence_in_two_documents_is_told_once(place: Place, weights) -> None:  # type: ignore[no-untyped-def]
    for name in ("甲.txt", "乙.txt"):
        place.write(name, "双方应当按年度安排资金，并接受审计监督。")
    place.build()
    weights(answer=True)
    answer = ask(place, "资金按什么安排")
    check_contract(place, answer)
    assert answer.answer.count("双方应当按年度安排资金") == 1


def test_citations_of_compiled_material_carry_its_note(place: Place, weights) -> None:  # type: ignore[no-untyped-def]
    place.write("甲.md", "# 概况\n\n性质：编写资料，非官方文本\n\n双方共同建设园区。\n")
    place.build()
    weights(answer=True)
    answer = ask(place, "双方共同建设什么")
    assert [citation.note for citation in answer.citations] == ["编写资料，非官方文本"] * len(answer.citations)


def test_a_title_does_not_come_with_the_sentence_when_the_content_is_asked(built_once: Place, weights) -> None:  # type: ignore[no-untyped-def]
    weights(answer=True)
    answer = ask(built_once, "产业园区由双方共同建设吗")
    assert answer.sentences[0].text.startswith("产业园区由双方共同建设。")


@pytest.mark.parametrize("question", ["", "　", "😀", "\0", "问" * 2001])
def test_questions_that_cannot_be_searched_are_errors(built_once: Place, question: str) -> None:
    with pytest.raises(QuestionError):
        ask(built_once, question)


@pytest.mark.parametrize(
    ("sentences", "text"),
    [
        ([], ""),
        ([AnswerSentence("共三项。", (1,))], "共三项。[1]"),
        (
            [AnswerSentence("见[3]和[12]。", (1,)), AnswerSentence("共三项。", (2, 3))],
            "见［3］和［12］。[1]共三项。[2][3]",
        ),
        ([AnswerSentence("[甲]与[ 3 ]", (1,))], "[甲]与[ 3 ][1]"),
    ],
)
def test_markers_stand_at_the_end_of_sentences(sentences: list[AnswerSentence], text: str) -> None:
    assert render(sentences) == text


def test_a_follow_up_on_what_no_passage_names_is_refused(built: Place) -> None:
    before = "2024年产业园区投入资金多少万元？"
    answer = answer_question(built.library(), built.embedder, before, tuning=Tuning(threshold=0.0))
    for question, missing in (
        ("那火星呢？", True),
        ("那产业园区呢？", False),
        ("2023年呢？", False),
        ("火星多大？", False),
    ):
        assert names_what_is_not_there(question, f"{before}{question}", answer.passages) is missing, question
    follow = answer_question(
        built.library(), built.embedder, "那火星呢？", history=[before], tuning=Tuning(threshold=1e-9)
    )
    assert follow.refused


def test_a_value_of_another_year_is_not_marked_as_the_one_asked_for(built_once: Place, weights) -> None:  # type: ignore[no-untyped-def]
    weights(answer=True)

    def marked(question: str) -> list[str]:
        return [
            sentence.text[start:end]
            for sentence in ask(built_once, question).sentences
            for start, end in sentence.emphasis
        ]

    assert marked("2024年投入资金多少？") == ["1200万元"]
    assert marked("2023年投入资金多少？") == []
