"""Copies of texts for matching: width, case, characters and numerals made alike. Never shown, never cited."""

import re
import unicodedata
from decimal import Decimal
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from rag.numerals import value_of

if TYPE_CHECKING:
    from opencc import OpenCC

_KEPT_LENGTH = 1000
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_NUMERALS = "零〇○一二两三四五六七八九十百千万亿"
# 一九九六 and 二〇二一, with or without 年 (二〇一六—二〇二〇年).
_YEAR = re.compile(rf"(?<![{_NUMERALS}])(?:一九|二[〇零○])[零〇○一二三四五六七八九]{{2}}(?![{_NUMERALS}])")
_MONTH = re.compile(rf"(?<![{_NUMERALS}])(十[一二]?|[一二三四五六七八九])(?=月)")
_DAY = re.compile(r"(?<=月)([二三]?十[一二三四五六七八九]?|[一二三四五六七八九])(?=[日号])")
_PERCENT = re.compile(rf"百分之([{_NUMERALS}]+)(?:点([零〇一二三四五六七八九]+))?")
# 几十万, 数百名 are no numbers; 二十大 and 二十届 belong to names of congresses.
_NUMBER = re.compile(
    rf"(?<![几数{_NUMERALS}])(?=[{_NUMERALS}]?[十百千万亿])[一二两三四五六七八九十][{_NUMERALS}]+(?![大届几])"
)
_MIXED = re.compile(r"(?<![\d.])\d{1,3}[百千](?=[万亿])")


def normalise(text: str) -> str:
    """NFKC, lower case, thousands separators out of numbers; numerals stay as they are written.

    >>> normalise("３０，０００万元 RAG")
    '30000万元 rag'
    """
    return _THOUSANDS.sub("", unicodedata.normalize("NFKC", text).lower())


def matching_copy(text: str) -> str:
    """What words, pairs of characters and slots are taken from: normalised, in simplified characters and digits.

    >>> matching_copy("二〇二一年三月，東部投入三千万元，占百分之十五点二")
    '2021年3月,东部投入3000万元,占15.2%'
    """
    # Sentences and questions are asked for again and again; whole documents are not worth the memory.
    return _kept_copy(text) if len(text) <= _KEPT_LENGTH else _copy(text)


def simplified(text: str) -> str:
    """Traditional characters → simplified ones, by OpenCC's table `t2s`; other texts stay as they are.

    >>> simplified("組團式幫扶"), simplified("组团式帮扶")
    ('组团式帮扶', '组团式帮扶')
    """
    # A lone surrogate, which JSON may bring, is nothing that OpenCC can take.
    return text if text.isascii() or not _is_utf8(text) else _converter().convert(text)


def numerals_to_digits(text: str) -> str:
    """Chinese numerals → digits in years, dates, percentages and in numbers with 十, 百, 千, 万 or 亿.

    万 and 亿 stay, as people write them behind digits too. Single numerals (三个), approximate ones (三五个, 几十万)
    and names (十四五, 二十大) stay as they are.

    >>> numerals_to_digits("一百零三个县，一亿两千万元，十四五规划，二十大，万一")
    '103个县，1.2亿元，十四五规划，二十大，万一'
    """
    for pattern in (_YEAR, _MONTH, _DAY):
        text = pattern.sub(lambda found: _in_digits(found.group()) or found.group(), text)
    text = _PERCENT.sub(_percent, text)
    text = _NUMBER.sub(lambda found: _in_digits(found.group()) or found.group(), text)
    return _MIXED.sub(lambda found: _in_digits(found.group()) or found.group(), text)


@lru_cache(maxsize=8192)
def _kept_copy(text: str) -> str:
    return _copy(text)


def _copy(text: str) -> str:
    return numerals_to_digits(simplified(normalise(text)))


@cache
def _converter() -> "OpenCC":
    from opencc import OpenCC

    return OpenCC("t2s")


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _percent(found: re.Match[str]) -> str:
    whole, decimals = _in_digits(found.group(1)), found.group(2)
    if whole is None:
        return found.group()
    return f"{whole}.{''.join(_in_digits(char) or '' for char in decimals)}%" if decimals else f"{whole}%"


def _in_digits(numeral: str) -> str | None:
    """三千万 → 3000万, 一亿两千万 → 1.2亿, 二十三 → 23; None for what is no number (十四五, 三四十)."""
    value = value_of(numeral)
    if value is None:
        return None
    unit, worth = next(((u, w) for u, w in (("亿", 10**8), ("万", 10**4)) if u in numeral), ("", 1))
    # At most two decimals, as people write; 一万零五 is 10005.
    if value * 100 % worth:
        unit, worth = "", 1
    return f"{(value / Decimal(worth)).normalize():f}{unit}"
