"""Sentences that lean on what stands before them are quoted together with it."""

from dataclasses import replace

import pytest
from place import Place

from rag.answer import answer_question
from rag.context import context_of, needs_context
from rag.sentences import sentence_ranges
from rag.types import Document, Sentence
from rag.weights import load_weights

TEXT = """# 概况

## 一、结对县

甲县与乙县2019年结对。该县有3个乡镇。其中山区乡2个。

6月，双方签订协议。

### （一）主要任务

主要任务如下：
- 开展劳务培训；
- 建设产业园区。

二是完善制度。
"""


@pytest.mark.parametrize(
    "text",
    [
        "该县有3个乡。", "其中广西20个。", "这一做法得到推广。", "上述资金专款专用。", "同时，双方签订协议。", "并安排资金。",
        "两省每年开一次会。", "此外，培训500人。", "6月，协议签订。", "十二月底前完成。", "二是完善制度。", "第二，加强监管。",
        "建于1988年，是一座大楼。", "他1996年到宁夏。", "当年投入3亿元。",
    ],
)  # fmt: skip
def test_pronouns_joining_words_and_verbs_without_subject_need_what_stands_before(text: str) -> None:
    assert needs_context(text)


@pytest.mark.parametrize(
    "text",
    [
        "甲县有3个乡。", "其他地区也参加。", "2021年6月，协议签订。", "并购案有三步。", "截至2020年，投入3亿元。", "据报道，投入3亿元。",
        "两国级标准。", "六月雪是一种植物。", "",
    ],
)  # fmt: skip
def test_sentences_that_stand_for_themselves_need_nothing(text: str) -> None:
    assert not needs_context(text)


def contexts(place: Place) -> dict[str, str | None]:
    place.write("概况.md", TEXT)
    place.build()
    document: Document = place.library().document("概况.md")
    found = {}
    for start, end in sentence_ranges(document.text):
        context = context_of(document, start, end)
        found[document.text[start:end]] = document.text[slice(*context)] if context else None
    return found


def test_the_context_is_the_sentence_before_the_line_that_announces_or_the_heading(place: Place) -> None:
    found = contexts(place)
    assert found["甲县与乙县2019年结对。"] is None
    assert found["该县有3个乡镇。"] == "甲县与乙县2019年结对。"
    assert found["其中山区乡2个。"] == "该县有3个乡镇。"
    assert found["6月，双方签订协议。"] == "其中山区乡2个。"
    assert found["开展劳务培训；"] == found["建设产业园区。"] == "主要任务如下："


@pytest.fixture
def answered(monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    changed = replace(load_weights(), threshold=0.0)
    monkeypatch.setattr("rag.answer.load_weights", lambda: changed)


def test_an_answer_quotes_both_as_one_range_and_stays_within_its_limit(place: Place, answered) -> None:  # type: ignore[no-untyped-def]
    place.write("概况.md", TEXT)
    place.build()
    answer = answer_question(place.library(), place.embedder, "该县有多少个乡镇？")
    assert "甲县与乙县2019年结对。该县有3个乡镇。" in answer.sentences[0].text
    assert answer.citations[0].quote == answer.sentences[0].text
    quoted = [sentence for citation in answer.citations for sentence in sentence_ranges(citation.quote)]
    assert len(quoted) <= 3


def test_a_second_sentence_without_room_for_its_context_gives_way(place: Place) -> None:
    from rag.context import with_context

    contexts(place)
    library = place.library()
    document = library.document("概况.md")

    def sentence(text: str) -> Sentence:
        start = document.text.index(text)
        return Sentence("概况.md", start, start + len(text), text, 0)

    wanted = [sentence("甲县与乙县2019年结对。"), sentence("建设产业园区。"), sentence("该县有3个乡镇。")]
    picks = with_context(library, wanted, 2)
    assert [document.text[pick.start : pick.end] for pick in picks] == ["甲县与乙县2019年结对。", "该县有3个乡镇。"]
    assert [
        document.text[pick.start : pick.end] for pick in with_context(library, [sentence("该县有3个乡镇。")], 1)
    ] == ["该县有3个乡镇。"]


def test_what_goes_on_with_the_best_sentence_is_quoted_before_others(place: Place) -> None:
    from rag.context import with_context

    place.write(
        "甲.txt",
        "协作有三个特点。第一，互补。第二，互惠。第三，长期。\n甲县种茶。这使收入增加。这是好事。\n乙县养羊。\n",
    )
    place.build()
    library = place.library()
    document = library.document("甲.txt")

    def quoted(*texts: str, limit: int = 3) -> list[str]:
        starts = [document.text.index(text) for text in texts]
        wanted = [
            Sentence("甲.txt", start, start + len(text), text, 0) for start, text in zip(starts, texts, strict=True)
        ]
        picks = with_context(library, wanted, limit, going_on=True)
        return [document.text[pick.start : pick.end] for pick in picks]

    assert quoted("第一，互补。", "乙县养羊。") == ["第一，互补。", "第二，互惠。", "第三，长期。"]
    assert quoted("甲县种茶。", "乙县养羊。") == ["甲县种茶。", "这使收入增加。", "乙县养羊。"]
    assert quoted("乙县养羊。") == ["乙县养羊。"]
