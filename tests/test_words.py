"""Tokens and BM25: values, not shapes."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.words import WordIndex, bigrams, content_of_question, overlap, token_sets, words

TEXTS = ["闽宁协作产业园", "劳务协作培训", "产业产业园区", ""]


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("闽宁协作2021年", ["闽宁", "宁协", "协作", "2021", "年"]),
        ("投入１２．５亿元", ["投入", "12.5", "亿元"]),
        ("使用RAG，很好", ["使用", "rag", "很好"]),
        ("！？……😀", []),
        ("", []),
    ],
)
def test_bigrams_are_pairs_of_characters_with_numbers_and_latin_words_whole(text: str, pairs: list[str]) -> None:
    assert bigrams(text) == pairs


def test_words_leave_out_marks_and_function_words() -> None:
    tokens = words("双方的产业协作，在2021年投入12.5亿元！")
    assert {"双方", "产业", "协作", "2021", "12.5"} <= set(tokens)
    assert not {"的", "在", "，", "！"} & set(tokens)


def test_words_of_a_question_that_only_ask_are_blanked() -> None:
    assert content_of_question("请问什么时候开始劳务协作").split() == ["开始劳务协作"]
    assert content_of_question("投入资金多少").split() == ["投入资金"]


def test_bm25_scores_follow_the_formula() -> None:
    index = WordIndex.build([bigrams(text) for text in TEXTS], bigrams)
    lengths = [len(bigrams(text)) for text in TEXTS]
    mean = sum(lengths) / len(lengths)
    expected = []
    for text, length in zip(TEXTS, lengths, strict=True):
        score = 0.0
        for token in ("产业", "协作"):
            containing = sum(token in bigrams(other) for other in TEXTS)
            idf = math.log(1 + (len(TEXTS) - containing + 0.5) / (containing + 0.5))
            times = bigrams(text).count(token)
            score += idf * times / (times + 1.5 * (1 - 0.75 + 0.75 * length / mean))
        expected.append(score)
    assert index.scores("产业") + index.scores("协作") == pytest.approx(expected, rel=1e-5)


def test_unknown_words_score_nothing_and_weigh_most() -> None:
    index = WordIndex.build([bigrams(text) for text in TEXTS], bigrams)
    assert index.scores("教育医疗").tolist() == [0.0, 0.0, 0.0, 0.0]
    assert index.scores("").tolist() == [0.0, 0.0, 0.0, 0.0]
    assert index.idf("教育") == pytest.approx(math.log(1 + 4.5 / 0.5))
    assert index.idf("产业") == pytest.approx(math.log(1 + 2.5 / 2.5))


@pytest.mark.parametrize("texts", [TEXTS, [""], [], ["。", "😀"]])
def test_a_saved_index_scores_as_before_and_holds_no_pickle(tmp_path: Path, texts: list[str]) -> None:
    index = WordIndex.build([bigrams(text) for text in texts], bigrams)
    index.save(tmp_path / "words")
    loaded = WordIndex.load(tmp_path / "words", bigrams)
    for query in ("产业协作", "园区", "没有的词"):
        assert loaded.scores(query).tolist() == index.scores(query).tolist()
        assert len(loaded.scores(query)) == len(texts)
    assert loaded.idf("产业") == index.idf("产业")
    for path in (path for path in (tmp_path / "words").rglob("*") if path.is_file()):
        if path.suffix == ".npy":
            np.load(path, allow_pickle=False)
        else:
            json.loads(path.read_text(encoding="utf-8"))


def test_overlap_is_the_weighted_share_of_the_tokens_found() -> None:
    weights = {"甲": 3.0, "乙": 1.0}
    assert overlap(["甲", "乙"], frozenset("甲"), weights.__getitem__) == 0.75
    assert overlap(["甲", "甲", "乙"], frozenset("乙"), weights.__getitem__) == 0.25
    assert overlap([], frozenset("甲"), weights.__getitem__) == 0.0


@given(st.text(max_size=80))
def test_any_text_has_tokens_without_white_space(text: str) -> None:
    own_words, own_bigrams = token_sets(text)
    assert all(token and not any(char.isspace() for char in token) for token in own_words | own_bigrams)
