"""Numerals in Chinese and Arabic digits have the same value."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.numerals import value_of
from rag.readers.numerals import chinese, digit_by_digit


@pytest.mark.parametrize(
    ("numeral", "value"),
    [
        ("三千万", "30000000"),
        ("3000万", "30000000"),
        ("30,000,000", "30000000"),
        ("二〇二一", "2021"),
        ("一百零五", "105"),
        ("一百五", "150"),
        ("一千零五", "1005"),
        ("两万五", "25000"),
        ("一万零五", "10005"),
        ("十二", "12"),
        ("十", "10"),
        ("3亿5000万", "350000000"),
        ("1亿零500万", "105000000"),
        ("3.5亿", "350000000"),
        ("3万亿", "3000000000000"),
        ("二十", "20"),
    ],
)
def test_a_numeral_has_its_value(numeral: str, value: str) -> None:
    assert value_of(numeral) == Decimal(value)


@pytest.mark.parametrize("text", ["", "年", "三年", "十x", "3..5", "万" * 50, "一" * 60])
def test_what_is_no_numeral_has_no_value(text: str) -> None:
    assert value_of(text) is None


@given(st.integers(min_value=1, max_value=99_999))
def test_every_numeral_that_the_writer_makes_is_read_back(number: int) -> None:
    assert value_of(chinese(number)) == number


@given(st.integers(min_value=1000, max_value=9999))
def test_years_written_digit_by_digit_are_read_back(year: int) -> None:
    assert value_of(digit_by_digit(year)) == year


@given(st.text(alphabet="一二三四五六七八九十百千万亿零〇两0123456789.,", max_size=45))
def test_any_text_has_a_value_or_none(text: str) -> None:
    value = value_of(text)
    assert value is None or value >= 0
