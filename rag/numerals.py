"""Numerals as written in Chinese or Arabic digits → their value."""

import re
from decimal import Decimal

_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "○": 0, "两": 2}
_SMALL = {"十": 10, "百": 100, "千": 1000}
_LARGE = (("亿", Decimal(10**8)), ("万", Decimal(10**4)))
_STEP = re.compile(r"零?(\d+(?:\.\d+)?|[一二三四五六七八九两])?([十百千])")
_LONGEST = 40

DIGIT_BY_DIGIT = "[〇○零一二三四五六七八九]"
"""Pattern of one digit of a number written digit by digit, as years are (二〇二一)."""

NUMERAL = (
    r"(?:\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|[〇○零一二三四五六七八九两十百千]+)"
    r"(?:[十百千万亿]+(?:零?\d+(?:\.\d+)?(?=[十百千万])|[零一二三四五六七八九两十百千]+)?)*"
)
"""Pattern of a numeral in normalised text (half-width, no spaces): 1,200 / 3.5亿 / 三千万 / 二〇二一."""


def value_of(numeral: str) -> Decimal | None:
    """Value of a numeral, None where it is none.

    >>> [int(value_of(n)) for n in ("三千万", "30,000,000", "二〇二一", "一百零五", "3亿5000万", "两万五")]
    [30000000, 30000000, 2021, 105, 350000000, 25000]
    """
    text = numeral.replace(",", "")
    if not text or len(text) > _LONGEST:
        return None
    if re.fullmatch(r"[0-9]+(?:\.[0-9]+)?", text):
        return Decimal(text)
    if all(char in _DIGITS for char in text):
        return Decimal("".join(str(_DIGITS[char]) for char in text))
    for unit, factor in _LARGE:
        head, found, tail = text.rpartition(unit)
        if found:
            above = value_of(head) if head else Decimal(1)
            below = _after(tail, factor) if tail else Decimal(0)
            return None if above is None or below is None else above * factor + below
    return _below_ten_thousand(text)


def _after(tail: str, factor: Decimal) -> Decimal | None:
    """What stands behind 万 or 亿; a single digit counts in tenths of it (两万五 is 25,000)."""
    if tail in _DIGITS and tail not in "零〇○":
        return _DIGITS[tail] * factor / 10
    return value_of(tail.lstrip("零"))


def _below_ten_thousand(text: str) -> Decimal | None:
    total, position, last = Decimal(0), 0, 1
    for step in _STEP.finditer(text):
        if step.start() != position:
            return None
        digit = step.group(1)
        last = _SMALL[step.group(2)]
        total += (Decimal(1) if not digit else Decimal(_DIGITS.get(digit) or digit)) * last
        position = step.end()
    rest = text[position:]
    if not position:
        return None
    if not rest:
        return total
    if rest[0] in "零〇○":
        rest, last = rest[1:], 10
    if rest in _DIGITS:
        # 一百五 is 150, 一百零五 is 105; behind 十 the two are the same.
        return total + _DIGITS[rest] * Decimal(max(last // 10, 1))
    return total + Decimal(rest) if re.fullmatch(r"[0-9]+", rest) else None
