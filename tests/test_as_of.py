"""Questions as of a day: which of two documents answers, and what is said of it."""

import json
from dataclasses import replace

import pytest
from place import Place
from support import HashEmbedder

from rag.answer import answer_question
from rag.as_of import day_asked, without_day
from rag.jsonout import answer_json, search_json
from rag.printing import print_passages
from rag.retrieve import search
from rag.settings import DEFAULT_TUNING
from rag.types import Answer, Passage

OLD = (
    "某州资金管理暂行办法\n某府发〔2017〕33号\n\n各县：\n\n第一条 协作资金用于产业的占比不低于百分之五十。\n"
    "第二条 本办法自2017年6月1日起施行。\n\n某州人民政府\n2017年5月2日\n"
)
NEW = (
    "某州资金管理办法\n某府发〔2021〕4号\n\n各县：\n\n第一条 协作资金用于产业的占比不低于百分之六十。\n"
    "第二条 本办法自2021年5月1日起施行。《某州资金管理暂行办法》（某府发〔2017〕33号）同时废止。\n\n"
    "某州人民政府\n2021年3月22日\n"
)
QUESTION = "协作资金用于产业的占比不低于多少"
GONE = "该文件已于 2021-05-01 废止，见《某州资金管理办法》（某府发〔2021〕4号）"
EAGER = replace(DEFAULT_TUNING, threshold=0.0, max_sentences=1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Place:
    place = Place(tmp_path_factory.mktemp("validity"))
    place.write("old.txt", OLD)
    place.write("new.txt", NEW)
    place.build()
    return place


def ask(place: Place, question: str, now: str = "2023-01-01") -> Answer:
    return answer_question(place.library(), HashEmbedder(), question, tuning=EAGER, now=now)


def cited(answer: Answer) -> set[str]:
    return {citation.document for citation in answer.citations}


@pytest.mark.parametrize(
    ("question", "day"),
    [
        ("截至2020年，占比是多少", "2020-12-31"),
        ("截至2020年6月的占比", "2020-06-30"),
        ("截止到2020年6月3日的占比", "2020-06-03"),
        ("2018年时占比是多少", "2018-12-31"),
        ("2019年当时占比是多少", "2019-12-31"),
        ("2018年投入多少", None),
        ("2018年时期的投入", None),
        ("目前占比是多少", None),
        ("占比是多少", None),
        ("截至9999年9月9日", "9999-09-09"),
    ],
)
def test_the_day_as_of_which_a_question_asks(question: str, day: str | None) -> None:
    assert day_asked(question) == day


@pytest.mark.parametrize("question", [QUESTION, f"目前{QUESTION}", f"按现行规定{QUESTION}"])
def test_today_the_document_in_force_answers_and_the_other_is_named(folder: Place, question: str) -> None:
    answer = ask(folder, question)
    assert cited(answer) == {"new.txt"}
    assert answer.notes == (f"未采用《某州资金管理暂行办法》：{GONE}",)
    assert all(sentence.note is None for sentence in answer.sentences)
    assert answer.passages[0].document == "new.txt"
    assert "old.txt" in {passage.document for passage in answer.passages}


def test_as_of_a_day_the_document_of_that_day_answers_and_says_that_it_is_gone(folder: Place) -> None:
    answer = ask(folder, f"2018年时{QUESTION}")
    assert cited(answer) == {"old.txt"}
    assert answer.notes[0] == "按 2018-12-31 时有效的文件回答"
    assert [sentence.note for sentence in answer.sentences] == [GONE]
    assert [citation.note for citation in answer.citations] == [GONE]
    assert json.loads(json.dumps(answer_json(1, answer)))["sentences"][0]["note"] == GONE


def test_before_the_new_document_begins_the_old_one_answers(folder: Place) -> None:
    answer = ask(folder, QUESTION, now="2021-04-30")
    assert cited(answer) == {"old.txt"}
    assert [citation.note for citation in answer.citations] == [None]
    assert answer.notes == ("未采用《某州资金管理办法》：该文件自 2021-05-01 起施行，尚未施行",)


def test_a_document_asked_for_by_name_answers_though_it_is_gone(folder: Place) -> None:
    answer = ask(folder, f"《某州资金管理暂行办法》规定{QUESTION}")
    assert "old.txt" in cited(answer)
    assert {citation.note for citation in answer.citations if citation.document == "old.txt"} == {GONE}


def test_an_expired_successor_is_still_preferred_to_what_it_repealed(place: Place) -> None:
    place.write("old.txt", OLD)
    place.write("new.txt", NEW.replace("起施行。《", "起施行，有效期一年。《"))
    place.build()
    answer = ask(place, QUESTION)
    assert cited(answer) == {"new.txt"}
    assert [citation.note for citation in answer.citations] == ["该文件有效期至 2022-04-30，已过期"]


def test_the_day_is_taken_out_of_a_question_once() -> None:
    assert without_day("截至2020年底，占比是多少") == "占比是多少"
    assert without_day("2018年投入多少") == "2018年投入多少"


def found(place: Place, question: str, now: str = "2023-01-01") -> list[Passage]:
    return search(place.library(), HashEmbedder(), question, 10, explained=True, now=now)[0]


def test_a_search_puts_what_is_superseded_further_down_and_says_so(
    folder: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    # The old document is worded like the question, so that it comes first where validity does not count.
    question = f"资金管理暂行办法：{QUESTION}"
    before = found(folder, question, now="2021-04-30")
    assert (before[0].document, before[0].note) == ("old.txt", None)
    passages = found(folder, question)
    assert passages[0].document == "new.txt"
    old = next(passage for passage in passages if passage.document == "old.txt" and passage.text == before[0].text)
    assert old.score == pytest.approx(before[0].score / 2, abs=1e-4)
    assert {(passage.document, passage.note) for passage in passages} == {("new.txt", None), ("old.txt", GONE)}
    rows = json.loads(json.dumps(search_json(1, question, passages, 0.0)))["passages"]
    assert [row["note"] for row in rows] == [passage.note for passage in passages]
    print_passages([old])
    assert f"   ⚠ {GONE}\n" in capsys.readouterr().out


def test_a_search_as_of_a_day_prefers_what_was_in_force_then(folder: Place) -> None:
    passages = found(folder, f"2018年时{QUESTION}")
    assert passages[0].document == "old.txt"
    notes = {passage.document: passage.note for passage in passages}
    assert notes == {"old.txt": GONE, "new.txt": "该文件在 2018-12-31 不在施行期内"}


def test_the_explanation_of_a_lowered_score_tells_why(folder: Place) -> None:
    lowered, header = "；不在施行期内的文件减半计分", "；题头信息减半计分"
    for passage in found(folder, QUESTION):
        assert passage.explanation is not None
        assert (lowered in passage.explanation.reason) == (passage.document == "old.txt")
        # Both halve the score, and are told apart.
        assert (header in passage.explanation.reason) == ("第一条" not in passage.text)


def test_the_passages_of_an_answer_carry_the_same_notes(folder: Place) -> None:
    answer = answer_json(1, ask(folder, QUESTION))
    assert {(row["document"], row["note"]) for row in answer["passages"]} == {("new.txt", None), ("old.txt", GONE)}
