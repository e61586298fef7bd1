"""Questions made unanswerable, and the two judgements fitted on them, with the embedder that needs no model."""

import json

import numpy as np
import pytest
from place import Place

from rag.calibrate import fit, fit_sentences
from rag.evidence import SENTENCE_FEATURES
from rag.labelled import Asked, LabelledSet, Row, gather, holds_answer, measure_rows, read_questions

TEXT = "2021年福建投入宁夏资金3亿元。\n2022年共建园区37个。\n2019年选派干部120名。\n双方每年召开联席会议。\n"


def asked(text: str, *, type: str = "figure", documents: tuple[str, ...] = ("甲.txt",), answer: str = "3亿元") -> Asked:
    answers = (answer,) if documents else ()
    return Asked(text, type, documents, (), answers, in_dev=True)


@pytest.fixture
def labelled(place: Place) -> LabelledSet:
    place.write("甲.txt", TEXT)
    place.write("乙.txt", "消费帮扶销售农产品。\n劳务协作帮助就业500人。\n")
    place.build()
    library = place.library()
    questions = [
        asked("2021年投入资金多少？"),
        asked("2022年共建园区多少个？", answer="37个"),
        asked("领队叫什么名字？", documents=(), type="unanswerable-near"),
        asked("明天下雨吗？", documents=(), type="unanswerable-off"),
    ]
    return LabelledSet("甲", library, questions, [gather(library, place.embedder, q.text) for q in questions])


def kinds(rows: list[Row]) -> list[tuple[str, bool]]:
    return [(row.kind, row.answerable) for row in rows]


def test_questions_are_made_unanswerable_in_the_ways_that_a_set_allows(labelled: LabelledSet, place: Place) -> None:
    sentence = np.ones(len(SENTENCE_FEATURES))
    made = [("withheld", False), ("number", False)]
    assert kinds(measure_rows(labelled, place.embedder, sentence)) == [
        ("asked", True), *made, ("asked", True), *made, ("asked", False), ("off", False),
    ]  # fmt: skip
    answerable = LabelledSet("甲", labelled.library, labelled.questions[:1], labelled.evidence[:1])
    assert kinds(measure_rows(answerable, place.embedder, sentence)) == [("asked", True), ("left out", False), *made]


def test_what_is_withheld_are_the_sentences_with_the_answer(labelled: LabelledSet, place: Place) -> None:
    _, evidence = labelled.evidence[0]
    holds = holds_answer(evidence, labelled.questions[0])
    assert [evidence.sentences[i].text for i in np.flatnonzero(holds)] == ["2021年福建投入宁夏资金3亿元。"]


def test_fitting_gives_every_weight_and_a_report(labelled: LabelledSet, place: Place) -> None:
    sentence = fit_sentences([labelled])
    rows = measure_rows(labelled, place.embedder, sentence)
    held_out = [Row(row.measured, row.answerable, False, row.kind) for row in rows]
    questions = [*labelled.questions, Asked("2021年投入资金多少？", "figure", ("甲.txt",), (), ("3亿元",), False)]
    whole = LabelledSet("甲", labelled.library, questions, [*labelled.evidence, labelled.evidence[0]])
    result = fit([whole], sentence, [[*rows, *held_out]])
    assert set(result) == {"sentence", "topic", "fit", "threshold", "report"}
    report = result["report"]
    assert isinstance(report, dict)
    assert report["甲"]["answer_in_three_sentences"] == 1.0
    assert {"auc, asked", "answered, asked", "auc, withheld", "auc, number", "auc, off"} <= set(report["甲"])


def test_follow_ups_are_read_as_they_are_understood(tmp_path) -> None:  # type: ignore[no-untyped-def]
    row = {
        "id": "a", "question": "2016年呢？", "history": ["2017年闽宁协作投入多少？"], "type": "followup", "split": "dev",
        "evidence": [{"document": "甲.txt", "quote": "投入"}], "answer_contains": ["3亿元"],
    }  # fmt: skip
    (tmp_path / "q.jsonl").write_text(json.dumps(row, ensure_ascii=False) + "\n", encoding="utf-8")
    (read,) = read_questions(tmp_path / "q.jsonl")
    assert (read.text, read.quotes, read.in_dev) == ("2016年闽宁协作投入多少？", ("投入",), True)
