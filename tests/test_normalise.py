"""The copy for matching: width, case, traditional characters, numerals."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.normalise import matching_copy, normalise, numerals_to_digits, simplified


@pytest.mark.parametrize(
    ("text", "copy"),
    [
        ("３０，０００万元", "30000万元"),
        ("1,234,567人", "1234567人"),
        ("1,23和4,5678", "1,23和4,5678"),
        ("ＲＡＧ Policy", "rag policy"),
        ("㎡ ½", "m2 1⁄2"),
        ("", ""),
        ("組團式幫扶，東西部協作", "组团式帮扶,东西部协作"),
        ("對口支援經費３，０００萬元", "对口支援经费3000万元"),
        ("東\ud800西", "東\ud800西"),
    ],
)
def test_width_case_thousands_and_traditional_characters_are_folded(text: str, copy: str) -> None:
    assert matching_copy(text) == copy


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("二〇二一年三月", "2021年3月"),
        ("二○一六—二〇二〇年", "2016—2020年"),
        ("一九九六年十二月二十八日", "1996年12月28日"),
        ("七月二号", "7月2号"),
        ("三千万元", "3000万元"),
        ("3千万元", "3000万元"),
        ("两千三百万", "2300万"),
        ("一万五千人", "1.5万人"),
        ("一亿零五百万", "1.05亿"),
        ("一百零三个县", "103个县"),
        ("一千零五十", "1050"),
        ("第二十三条", "第23条"),
        ("一百五", "150"),
        ("一万零五人", "10005人"),
        ("两百多名", "200多名"),
        ("百分之八十", "80%"),
        ("百分之十五点二", "15.2%"),
    ],
)
def test_numbers_and_dates_become_digits(text: str, digits: str) -> None:
    assert numerals_to_digits(text) == digits


@pytest.mark.parametrize(
    "text",
    ["十四五规划", "八七扶贫攻坚计划", "二十大", "十八届三中全会", "万一", "千方百计", "三五年", "二三十个", "几十万", "数百名",
     "三个月", "一对一", "两不愁三保障", "百万", "统一", "十分"],
)  # fmt: skip
def test_what_is_no_number_beyond_doubt_stays(text: str) -> None:
    assert numerals_to_digits(text) == text


def test_simplified_characters_stay_and_pairs_agree() -> None:
    assert simplified("东西部协作的干部") == "东西部协作的干部"
    assert matching_copy("２０２１年３月，投入３０００萬元") == matching_copy("二〇二一年三月，投入三千万元")


def test_the_light_copy_keeps_numerals_and_characters() -> None:
    assert normalise("二〇二一年，東部３，０００万元 RAG") == "二〇二一年,東部3000万元 rag"


@given(st.text(max_size=80))
def test_any_text_has_one_copy_and_the_copy_is_its_own(text: str) -> None:
    once = matching_copy(text)
    assert isinstance(once, str)
    assert numerals_to_digits(numerals_to_digits(once)) == numerals_to_digits(once)


@given(st.integers(min_value=11, max_value=9999))
def test_every_number_is_read_back(number: int) -> None:
    assert numerals_to_digits(f"共{_spell(number)}项") == f"共{number}项"


def _spell(number: int) -> str:
    """The usual way to write a number below 10,000."""
    text = ""
    zero = False
    for unit, sign in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // unit % 10
        if digit:
            text += ("零" if zero and text else "") + "零一二三四五六七八九"[digit] + sign
            zero = False
        else:
            zero = True
    return text.removeprefix("一") if 10 <= number < 20 else text
