"""Which sentences are quoted: the best, then those that add what is not told yet."""

from dataclasses import replace

from place import Place

from rag.judging import Judgement, judge
from rag.retrieve import rank_question
from rag.selecting import defines, select
from rag.settings import DEFAULT_TUNING

PLANT = "# 腔吻鳕\n\n腔吻鳕为鳕形目鼠尾鳕科的一种。\n\n本鱼分布于南海、台湾、菲律宾。\n\n本鱼可供食用。\n"
OTHER = "# 海鳗\n\n海鳗为鳗形目的一种。\n\n海鳗很常见。\n"


def judged(place: Place, question: str, scores: dict[str, float]) -> Judgement:
    """The evidence of a question with scores of our own."""
    place.write("甲.md", PLANT)
    place.write("乙.md", OTHER)
    place.build()
    library = place.library()
    found = judge(library, rank_question(library, place.embedder, question), question, frozenset(), DEFAULT_TUNING)
    values = [scores.get(sentence.text, -20.0) for sentence in found.evidence.sentences]
    order = sorted(range(len(values)), key=lambda i: -values[i])
    return replace(found, scores=values, order=order)


def texts(place: Place, question: str, scores: dict[str, float], gap: float = 2.5) -> list[str]:
    found = judged(place, question, scores)
    return [sentence.text for sentence in select(place.library(), found, question, gap)]


def test_the_sentence_that_holds_the_rest_of_the_question_comes_before_one_with_a_better_score(place: Place) -> None:
    scores = {"腔吻鳕为鳕形目鼠尾鳕科的一种。": 9.0, "本鱼可供食用。": 6.6, "本鱼分布于南海、台湾、菲律宾。": 6.0}
    found = texts(place, "腔吻鳕分布于哪里？", scores)
    assert found[:2] == ["腔吻鳕为鳕形目鼠尾鳕科的一种。", "本鱼分布于南海、台湾、菲律宾。"]


def test_a_sentence_far_below_that_adds_nothing_is_left_out(place: Place) -> None:
    scores = {"腔吻鳕为鳕形目鼠尾鳕科的一种。": 9.0, "海鳗很常见。": 6.0}
    assert texts(place, "腔吻鳕为什么目？", scores) == ["腔吻鳕为鳕形目鼠尾鳕科的一种。"]


def test_without_candidates_nothing_is_given(place: Place) -> None:
    place.build()
    library = place.library()
    found = judge(library, rank_question(library, place.embedder, "何时"), "何时", frozenset(), DEFAULT_TUNING)
    assert list(select(library, found, "何时", 2.5)) == []


def test_what_a_thing_is_comes_first_where_that_is_asked(place: Place) -> None:
    scores = {"腔吻鳕为鳕形目鼠尾鳕科的一种。": 9.0, "海鳗很常见。": 8.0, "海鳗为鳗形目的一种。": 5.5}
    assert not defines("海鳗常见吗？", "海鳗很常见。")
    assert defines("海鳗怎么界定？", "海鳗是鳗形目的一种。") and not defines("海鳗怎么界定？", "鳗鱼是一种鱼。")
    assert texts(place, "海鳗怎么界定？", scores)[0] == "腔吻鳕为鳕形目鼠尾鳕科的一种。"
    place.write("丙.md", "# 海鳗\n\n海鳗是鳗形目的一种鱼。\n")
    assert texts(place, "海鳗怎么界定？", scores | {"海鳗是鳗形目的一种鱼。": 7.0})[0] == "海鳗是鳗形目的一种鱼。"
