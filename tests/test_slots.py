"""What a question names that an answer must not get wrong."""

import pytest

from rag.slots import find_slots, missing_slots


@pytest.mark.parametrize(
    ("question", "slots"),
    [
        ("2019年闽宁协作投入多少", {"2019", "福建", "宁夏"}),
        ("苏陕协作的资金有多少", {"江苏", "陕西"}),
        ("广东帮扶贵州投入１２．５亿元", {"广东", "贵州", "12.5"}),
        ("投入3,000万元是哪一年", {"3000"}),
        ("《劳务协作办法》何时施行", {"劳务协作办法"}),
        ("贵单位如何宁静致远", set()),
        ("什么是消费帮扶", set()),
        ("", set()),
    ],
)
def test_numbers_regions_and_titles_are_found(question: str, slots: set[str]) -> None:
    assert set(find_slots(question)) == slots


def test_slots_that_the_context_holds_in_any_form_are_not_missing() -> None:
    assert missing_slots("2019年闽宁协作", "２０１９年，福建与宁夏结对。") == []
    assert missing_slots("2019年福建帮扶宁夏", "闽宁两地2019年投入") == []
    assert set(missing_slots("2019年闽宁协作", "2018年，福建与甘肃结对。")) == {"2019", "宁夏"}


def test_a_number_inside_a_longer_one_does_not_count() -> None:
    assert missing_slots("投入20万元吗", "2021年投入120万元") == ["20"]


def test_articles_are_the_same_in_chinese_and_in_digits() -> None:
    assert missing_slots("办法第四条说什么", "第4条 协作资金用于产业。") == []
    assert missing_slots("办法第14条说什么", "第十四条 协作资金用于产业。") == []
    assert missing_slots("办法第四条说什么", "第十四条 协作资金用于产业。") == ["第4条"]


def test_a_province_that_firms_go_to_is_named_by_its_sign() -> None:
    assert find_slots("粤企入黔行动") == ["贵州"]
    assert find_slots("纳入青年干部") == []
