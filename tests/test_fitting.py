"""What a text names, and how far one sentence is about just what is asked."""

import pytest

from rag.fitting import Placed, asked_nouns, held_slots, kind_fit, lack_places
from rag.mentions import find_mentions, without_source
from rag.normalise import matching_copy
from rag.slots import find_regions


def placed(text: str, above: str = "") -> Placed:
    return Placed(matching_copy(text), matching_copy(above), find_mentions(without_source(text)), find_mentions(above))


@pytest.mark.parametrize(
    ("text", "years", "spans", "places"),
    [
        ("21、22两年东部给了多少", {2021, 2022}, set(), set()),
        ("援藏三十年派了多少人，近20年呢", set(), set(), set()),
        ("二〇一九年和24年哪年多", {2019, 2024}, set(), set()),
        ("从1996到2017，北京往内蒙古投了多少", {1996, 2017}, {(1996, 2017)}, {"北京", "内蒙古"}),
        ("“十三五”投了2500万元", set(), {(2016, 2020)}, set()),
        ("投入2019万元，第2020号", set(), set(), set()),
        ("沪滇2022年共建了几个园区", {2022}, set(), {"上海", "云南"}),
        ("辽宁帮青海", set(), set(), {"辽宁", "青海"}),
    ],
)
def test_years_spans_and_places_are_found(
    text: str, years: set[int], spans: set[tuple[int, int]], places: set[str]
) -> None:
    found = find_mentions(text)
    assert (found.years, found.spans, found.places) == (years, spans, places)


def test_a_province_made_of_two_abbreviations_is_no_pair() -> None:
    assert find_regions("辽宁2005年") == {"辽宁"}
    assert find_regions("浙川和京蒙") == {"浙江", "四川", "北京", "内蒙古"}


def test_when_something_was_told_is_not_when_it_happened() -> None:
    assert find_mentions(without_source("据某报2024年1月报道，2023年投入3亿元。")).years == {2023}
    assert find_mentions(without_source("据某报2024年1月报道，累计投入3亿元。")).years == {2024}


@pytest.mark.parametrize(
    ("question", "text", "above", "held"),
    [
        ("2019年投入多少", "2019年投入3亿元。", "", 1.0),
        ("2019年投入多少", "投入3亿元。", "2019年概况", 0.8),
        ("2019年投入多少", "2016—2020年投入3亿元。", "", 0.6),
        ("2019年谁帮扶", "2016—2020年由福建帮扶。", "", 1.0),
        ("2019年投入多少", "投入3亿元。", "概况", 0.4),
        ("2019年投入多少", "2018年投入3亿元。", "2019年概况", 0.0),
    ],
)
def test_a_year_is_held_by_the_sentence_or_less_by_what_stands_above_it(
    question: str, text: str, above: str, held: float
) -> None:
    assert held_slots(find_mentions(question), question, placed(text, above)) == {("time", (2019, 2019)): held}


def test_places_and_figures_are_held_in_any_form() -> None:
    question = "310家单位里，福建给宁夏的第26次会议"
    held = held_slots(find_mentions(question), question, placed("闽宁第二十六次会议，310个单位参加。"))
    assert held == {("place", "福建"): 1.0, ("place", "宁夏"): 1.0, ("mark", "310家"): 1.0, ("mark", "第26次"): 1.0}
    other = held_slots(find_mentions(question), question, placed("第25次会议，1310个单位。", "闽宁协作"))
    assert other == {("place", "福建"): 0.8, ("place", "宁夏"): 0.8, ("mark", "310家"): 0.0, ("mark", "第26次"): 0.0}


@pytest.mark.parametrize(
    ("question", "texts", "lacking"),
    [
        ("甲会投入多少", ["投入3亿元。"], False),
        ("上海帮扶新疆投入多少", ["上海投入1亿元。", "山东帮扶新疆。"], True),
        ("上海帮扶新疆投入多少", ["上海投入1亿元。", "沪疆两地：上海向新疆投入2亿元。"], False),
        ("上海、江苏、浙江投入多少", ["上海投入1亿元。", "江苏、浙江投入2亿元。"], False),
        ("上海、江苏、浙江投入多少", ["上海投入1亿元。", "江苏投入2亿元。"], True),
    ],
)
def test_two_places_are_asked_about_together_more_each_for_itself(
    question: str, texts: list[str], lacking: bool
) -> None:
    asked = find_mentions(question)
    assert lack_places(asked, [held_slots(asked, question, placed(text)) for text in texts]) is lacking


@pytest.mark.parametrize(
    ("question", "text", "fit"),
    [
        ("310家单位里，央企有多少家？", "310家单位承担任务。", 0.5),
        ("310家单位里，央企有多少家？", "310家单位承担任务，其中央企90户。", 1.0),
        ("310家单位里，央企有多少家？", "310家单位派出干部500人。", 0.8),
        ("领队叫什么名字？", "工作队有20人。", 0.5),
        ("领队叫什么名字？", "领队王小明说。", 1.0),
        ("名单几号公布的？", "名单2021年8月公布。", 0.5),
        ("名单几号公布的？", "名单2021年8月27日公布。", 1.0),
        ("投了多少帮扶资金？", "2021年派出37人。", 0.5),
        ("谁排第几？", "福建投入3亿元。", 0.5),
    ],
)
def test_an_answer_is_of_the_kind_that_is_asked_and_no_figure_of_the_question(
    question: str, text: str, fit: float
) -> None:
    assert kind_fit(question, placed(text)) == fit


def test_a_figure_of_one_province_is_none_of_the_whole_country() -> None:
    question = "全国一共投了多少资金？"
    asked = find_mentions(question)
    assert held_slots(asked, question, placed("贵州投资182.8亿元。")) == {("place", "全国"): 0.0}
    assert held_slots(asked, question, placed("东部投资182.8亿元。")) == {("place", "全国"): 1.0}
    assert held_slots(asked, question, placed("全国投资182.8亿元，其中贵州3亿元。")) == {("place", "全国"): 1.0}


def test_what_narrows_a_figure_is_looked_for() -> None:
    question = "2023年上半年11月人均多少元？"
    assert find_mentions(question).marks == {"上半年", "11月", "人均"}
    held = held_slots(find_mentions(question), question, placed("2023年下半年人均收入3元，12月。"))
    assert held == {("time", (2023, 2023)): 1.0, ("mark", "上半年"): 0.0, ("mark", "11月"): 0.0, ("mark", "人均"): 1.0}


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("310家中央单位里，央企有多少家？", ["央企"]),
        ("2023年投了多少财政资金？", ["财政资金"]),
        ("对口帮扶的领导小组，组长是谁？", ["组长"]),
        ("消费帮扶", []),
        ("是哪个部门牵头的？", []),
        ("哪天开的？", []),
    ],
)
def test_the_nouns_next_to_the_asking_word_are_what_is_asked(question: str, expected: list[str]) -> None:
    assert asked_nouns(question) == expected
