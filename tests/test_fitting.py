"""What a text names, and how far one sentence is about just what is asked."""

import pytest

from rag.fitting import Placed, asked_nouns, held_slots
from rag.mentions import find_mentions, without_source
from rag.normalise import matching_copy
from rag.slots import find_regions


def placed(text: str, above: str = "") -> Placed:
    return Placed(
        text, matching_copy(text), matching_copy(above), find_mentions(without_source(text)), find_mentions(above)
    )


@pytest.mark.parametrize(
    ("text", "years", "spans", "places"),
    [
        ("21、22两年东部给了多少", {2021, 2022}, set(), set()),
        ("援藏三十年派了多少人，近20年呢", set(), set(), {"西藏"}),
        ("七十年代末和80年代谁帮", set(), {(1970, 1979), (1980, 1989)}, set()),
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
    assert held == {("place", "福建"): 1.0, ("place", "宁夏"): 1.0, ("mark", "310家"): 1.0, ("time", "第26次"): 1.0}
    other = held_slots(find_mentions(question), question, placed("第25次会议，1310个单位。", "闽宁协作"))
    assert other == {("place", "福建"): 0.8, ("place", "宁夏"): 0.8, ("mark", "310家"): 0.0, ("time", "第26次"): 0.0}


def test_a_figure_of_one_province_is_none_of_the_whole_country() -> None:
    question = "全国一共投了多少资金？"
    asked = find_mentions(question)
    assert held_slots(asked, question, placed("贵州投资182.8亿元。")) == {("place", "全国"): 0.0}
    assert held_slots(asked, question, placed("东部投资182.8亿元。")) == {("place", "全国"): 1.0}
    assert held_slots(asked, question, placed("全国投资182.8亿元，其中贵州3亿元。")) == {("place", "全国"): 1.0}


def test_a_figure_of_two_provinces_is_none_of_one_of_them() -> None:
    question = "2023年广东帮广西多少人就业？"
    asked = find_mentions(question)
    both = held_slots(asked, question, placed("2023年广东帮助广西、贵州40.7万人就业。"))
    assert both["place", "广西"] == 0.2
    apart = held_slots(asked, question, placed("2023年广东帮助广西和贵州分别20万人、30万人就业。"))
    assert apart["place", "广西"] == 1.0
    who = "2023年谁帮广西？"
    assert held_slots(find_mentions(who), who, placed("广东帮扶广西、贵州。"))["place", "广西"] == 1.0


def test_a_figure_of_one_year_is_none_of_a_plan() -> None:
    question = "十四五要做到多少亿元？"
    asked = find_mentions(question)
    assert held_slots(asked, question, placed("2024年消费帮扶52.56亿元。"))["time", (2021, 2025)] == 0.6
    assert held_slots(asked, question, placed("“十四五”预计80亿元。"))["time", (2021, 2025)] == 1.0
    assert held_slots(asked, question, placed("2025年累计80亿元。"))["time", (2021, 2025)] == 1.0


def test_a_figure_told_with_another_noun_is_the_same() -> None:
    question = "81.5万人里有多少脱贫人口？"
    held = held_slots(find_mentions(question), question, placed("帮助81.5万农村劳动力就业。"))
    assert held == {("mark", "815000人"): 1.0}


def test_what_narrows_a_figure_is_looked_for() -> None:
    question = "2023年上半年11月人均多少元？"
    assert find_mentions(question).marks == {"上半年", "11月", "人均"}
    held = held_slots(find_mentions(question), question, placed("2023年下半年人均收入3元，12月。"))
    assert held == {("time", (2023, 2023)): 1.0, ("time", "上半年"): 0.7, ("time", "11月"): 0.7, ("time", "人均"): 1.0}


def test_a_round_figure_of_a_question_stands_for_the_exact_one() -> None:
    asked = find_mentions("40万人")
    values = [
        held_slots(asked, "帮助40万人就业的是谁？", placed(text))["mark", "400000人"]
        for text in ("帮助40.7万人就业。", "帮助46万人就业。", "投资40.7万元。")
    ]
    assert values == [1.0, 0.0, 0.0]


def test_small_numbers_are_told_apart_from_years_and_large_figures() -> None:
    found = find_mentions("96年1到11月，310家拨了5亿元，20来年派了3人")
    assert (found.years, found.numbers) == (set(), {"3"})
    assert find_mentions("5月28日").numbers == {"28"}
    assert find_mentions("2016—2020年3家").numbers == {"3"}


def test_a_part_of_the_name_of_a_person_is_no_place() -> None:
    assert find_mentions("林永康有几个孩子？").places == set()
    assert find_mentions("莫扎伊斯克有多少人？").places == set()
    assert find_mentions("永康有几个镇？").places == {"永康"}


def test_a_mean_may_be_called_otherwise_and_the_first_be_counted() -> None:
    asked = find_mentions("平均到每个县是多少？")
    assert held_slots(asked, "平均到每个县是多少？", placed("县均5187万元。")) == {("mark", "平均"): 1.0}
    assert held_slots(asked, "平均到每个县是多少？", placed("共231.9亿元。")) == {("mark", "平均"): 0.0}
    first = find_mentions("第一批干部几时到任？")
    assert held_slots(first, "第一批干部几时到任？", placed("首批13名干部1997年7月到任。")) == {("time", "第1批"): 1.0}


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


def test_what_the_tagger_guesses_is_no_place_and_a_name_behind_a_province_is_one() -> None:
    assert find_mentions("新拉来多少家企业，出自哪位之口").places == frozenset()
    assert find_mentions("青海玉树的对口援建").places == {"青海", "玉树"}
    assert find_mentions("漳州投入多少").places == {"漳州"}


def test_an_end_of_a_longer_time_is_not_the_year_asked_for() -> None:
    question = "2021年单年是多少亿？"
    assert (
        held_slots(find_mentions(question), question, placed("2021年至2025年投入39亿元。"))["time", (2021, 2021)] == 0.6
    )
    assert held_slots(find_mentions(question), question, placed("2021年投入3亿元。"))["time", (2021, 2021)] == 1.0
    so_far = "到2021年底投入多少？"
    assert held_slots(find_mentions(so_far), so_far, placed("1996—2021年投入7亿元。"))["time", (2021, 2021)] == 1.0


def test_another_province_of_the_same_side_makes_a_heading_say_less() -> None:
    asked = find_mentions("广东给广西多少钱")
    about = placed("粤黔协作投入35亿元。", "粤桂与粤黔协作")
    assert held_slots(asked, "广东给广西多少钱", about) == {("place", "广东"): 1.0, ("place", "广西"): 0.2}
    silent = placed("投入35亿元。", "粤桂与粤黔协作")
    assert held_slots(asked, "广东给广西多少钱", silent) == {("place", "广东"): 0.8, ("place", "广西"): 0.8}
