"""A follow-up made whole by a language model: only from what was asked before, else the rules stand."""

import time
from collections.abc import Generator
from typing import cast

import pytest
from place import Place
from scripted_model import Reply, scripted, silent, status, stream

from rag.answer import answer_question
from rag.chat_model import ChatModel
from rag.follow_up import resolve
from rag.rewrite import Understood, is_rewriting, understand
from rag.settings import Tuning
from rag.types import Answer
from rag.ui.chat import Turn
from rag.ui.render import chat_messages

BEFORE = ["2017年闽宁协作投入资金多少？", "《协作资金管理办法》由谁印发？"]
QUESTION = "它的有效期到哪一年？"
WHOLE = "《协作资金管理办法》的有效期到哪一年？"


def taken_from(steps: Generator[Answer, None, Understood]) -> Understood:
    """What was understood, after everything that is yielded meanwhile."""
    while True:
        try:
            step = next(steps)
        except StopIteration as end:
            return cast(Understood, end.value)
        assert (step.answer, step.sentences, step.citations) == ("", (), ())


def ask(reply: Reply, seconds: float = 20, question: str = QUESTION) -> Understood:
    with scripted(reply) as endpoint:
        return taken_from(understand(BEFORE, question, ChatModel(endpoint.url, "m", seconds=seconds)))


@pytest.mark.parametrize("said", [WHOLE, f"改写后的问题：{WHOLE}\n", f"“{WHOLE}”", f"<think>{BEFORE}</think>{WHOLE}"])
def test_a_question_made_whole_from_those_before_it_is_taken(said: str) -> None:
    assert ask(said) == Understood(WHOLE)


@pytest.mark.parametrize(
    "said",
    [
        "2018年《协作资金管理办法》的有效期到哪一年？",
        "《协作资金管理办法》（国办发〔2021〕5号）的有效期到哪一年？",
        "福建省《协作资金管理办法》的有效期到哪一年？",
        "财政部的《协作资金管理办法》的有效期到哪一年？",
        "《扶贫资金管理办法》的有效期到哪一年？",
        "《协作资金管理办法》对贷款利率的规定到哪一年？",
        "《协作资金管理办法》的VIP有效期到哪一年？",
        "《协作资金管理办法》的有效期到哪一年？投入3000万元？",
        "2017年闽宁协作投入资金多少？",
        "这是一个追问。\n" + WHOLE,
        WHOLE + "[点这里](http://evil.example)",
        WHOLE * 12,
        "好的，用户想问的是办法的有效期，" * 60,
    ],
)
def test_what_brings_something_of_its_own_is_not_taken(said: str) -> None:
    taken = ask(said)
    assert taken.question == resolve(BEFORE, QUESTION) and taken.note is not None and "规则" in taken.note


def slow(handler: object) -> None:
    stream(handler, ["它"] * 200, pause=0.1)  # type: ignore[arg-type]


@pytest.mark.parametrize("reply", [silent, slow, status(500), status(401), ""])
def test_where_the_model_fails_the_rules_stand_and_time_is_bounded(reply: Reply) -> None:
    began = time.monotonic()
    taken = ask(reply, seconds=1)
    assert taken.question == resolve(BEFORE, QUESTION) and taken.note is not None and "没能" in taken.note
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    ("before", "question", "written"),
    [
        ("2017年闽宁协作投入多少资金？", "宁夏那边派了多少干部？", "2017年闽宁协作中宁夏派了多少干部？"),
        ("青河县木桥有多少座？", "其中限重3吨的呢？", "青河县木桥中限重3吨的有多少座？"),
        ("“两不愁”指什么？", "是哪年提出的？", "“两不愁”是由哪年提出的？"),
        ("青河县2021年拨付资金多少？", "那西岭县呢？", "西岭县2021年拨付资金多少？"),
    ],
)
def test_what_people_mean_by_follow_ups_is_accepted(before: str, question: str, written: str) -> None:
    assert is_rewriting(written, [before], question)


def test_a_question_that_the_model_leaves_as_it_is_still_gets_the_rules() -> None:
    assert ask(QUESTION) == Understood(resolve(BEFORE, QUESTION))


def test_figures_and_names_of_the_question_stay() -> None:
    assert is_rewriting("2016年闽宁协作投入资金多少？", BEFORE, "2016年呢？")
    assert not is_rewriting("闽宁协作投入资金多少？", BEFORE, "2016年呢？")
    assert not is_rewriting("2017年闽宁协作投入资金呢？", BEFORE, "那甘肃2017年呢？")


def test_a_question_without_any_before_it_is_not_put_to_the_model() -> None:
    with scripted("随便。") as endpoint:
        steps = understand(["？"], "闽宁协作是什么？", ChatModel(endpoint.url, "m"))
        assert taken_from(steps) == Understood("闽宁协作是什么？")
    assert endpoint.requests == []
    assert taken_from(understand(BEFORE, QUESTION, None)) == Understood(resolve(BEFORE, QUESTION))


def test_stopping_ends_the_request_for_a_rewriting() -> None:
    with scripted(silent) as endpoint:
        steps = understand(BEFORE, QUESTION, ChatModel(endpoint.url, "m"))
        assert next(steps).written_by == "model"
        steps.close()
        assert endpoint.hung_up.wait(5)


def test_the_model_gets_the_questions_only_and_what_it_wrote_is_shown(built_once: Place) -> None:
    whole = "产业园区2024年投入资金多少万元？"
    with scripted(whole, "2024年投入资金1200万元。[1][2][3]") as endpoint:
        answer = answer_question(
            built_once.library(), built_once.embedder, "2024年投入资金多少万元？",
            tuning=Tuning(threshold=0.0), writer=ChatModel(endpoint.url, "m"), history=["产业园区由谁建设？"],
        )  # fmt: skip
    assert (answer.understood, answer.written_by, answer.notes) == (whole, "model", ())
    first, second = (request["messages"] for request in endpoint.requests)
    assert first[1]["content"] == "前面的问题：\n1. 产业园区由谁建设？\n最后一个问题：2024年投入资金多少万元？"
    assert "<段落" not in str(first) and whole in second[1]["content"]


def test_a_rewriting_that_is_not_taken_is_noted_with_the_answer(built_once: Place) -> None:
    with scripted("2031年投入资金多少万元？", "2024年投入资金1200万元。[1][2][3]") as endpoint:
        answer = answer_question(
            built_once.library(), built_once.embedder, "2024年呢？",
            tuning=Tuning(threshold=0.0), writer=ChatModel(endpoint.url, "m"), history=["2023年投入资金多少万元？"],
        )  # fmt: skip
    assert answer.understood == "2024年投入资金多少万元？"
    assert answer.notes == ("语言模型对追问的改写不合要求，已按规则理解",)


def test_a_rewriting_that_is_not_taken_is_noted_with_a_refusal(built_once: Place) -> None:
    with scripted("2031年投入资金多少万元？") as endpoint:
        answer = answer_question(
            built_once.library(), built_once.embedder, "2024年呢？",
            tuning=Tuning(threshold=1.0), writer=ChatModel(endpoint.url, "m"), history=["2023年投入资金多少万元？"],
        )  # fmt: skip
    assert answer.refused and len(answer.notes) == 1
    shown = chat_messages((Turn("2024年呢？", answer),))[-1]["content"]
    assert "已按规则理解" in shown
