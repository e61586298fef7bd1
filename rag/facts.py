"""Text → the checkable facts in it: quantities, dates, 文号, articles, places, organisations, in a normal form.

Equal facts written differently have equal keys: 三千万元, 3000万元 and 30,000,000元; 二〇二一年三月 and 2021-03;
百分之三十, 30% and ３０％; 国发[2021]12号 and 国发〔2021〕12号.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache

from rag.numerals import DIGIT_BY_DIGIT, NUMERAL, value_of
from rag.words import normalise

_UNITS = (
    "万千瓦时|千瓦时|千瓦|兆瓦|平方公里|平方千米|平方米|立方米|公里|千米|厘米|海里|米|公顷|亩|公斤|千克|吨|"
    "人民币|美元|港元|日元|欧元|英镑|元|个百分点|百分点|人次|人|名|位|户|口|周年|世纪|年代|个月|年|月|日(?![元圆])|天|周|"
    "小时|分钟|秒|季度|岁|个|项|条|家|所|座|次|批|期|届|轮|对|份|篇|章|节|款|部|类|种|级|层|倍|成|番|场|支|辆|"
    "台|套|头|只|株|棵|件|处|片|村|镇|乡|县|市|区|省|州|旗|校|院|国|字|号|页|册|卷|集|首|张|把|块|笔|宗|起|例|"
    "队|组|班|员|亿|万|%|‰"
)
_SAME_UNIT = {
    "名": "人", "位": "人", "口": "人", "千米": "公里", "平方千米": "平方公里", "千克": "公斤", "人民币": "元",
    "块": "元", "百分点": "个百分点", "日": "天", "周年": "年",
}  # fmt: skip
_UNIT = "|".join(sorted(_UNITS.split("|"), key=len, reverse=True))
# A Chinese numeral is a figure where a unit follows; 一 before these counts nothing (一个方面, 一项制度).
_LOOSE = frozenset("个项种条位名家份部类人次把起批场片处层级方国块员组篇对只支口")
_NOT_COUNTED_AFTER = "统唯专同不某逐万之任每单"
_LOOSE_ONE = re.compile(rf"(?<![{_NOT_COUNTED_AFTER}十百千万])一({'|'.join(sorted(_LOOSE))})")
_SCALE = {"十": 10, "百": 100, "千": 1000, "万": 10**4, "亿": 10**8}

_DATE_NUMERAL = r"(?:\d{1,2}|[一二三]?十[一二三四五六七八九]?|[一二三四五六七八九])"
_YEAR = rf"(?<![\d.])(?:(?:1[89]|20)\d\d|{DIGIT_BY_DIGIT}{{4}})"
_RANGE_MARK = r"\s*(?:[-—–−~～至到]+|年至|年到|年[-—–−~～]+)\s*"
_DATE = re.compile(
    rf"(?P<iso>{_YEAR}[-./]\d{{1,2}}(?:[-./]\d{{1,2}})?(?![\d%]))"
    rf"|(?P<from>{_YEAR})(?={_RANGE_MARK}{_YEAR}(?:年|$|[^\d.]))"
    rf"|(?P<year>{_YEAR})年度?(?:\s*(?P<month>{_DATE_NUMERAL})月份?(?:\s*(?P<day>{_DATE_NUMERAL})[日号])?)?"
    rf"|(?P<month2>(?<![\d个.]){_DATE_NUMERAL})月(?:(?P<day2>{_DATE_NUMERAL})[日号])?"
)
_NUMBERED = re.compile(
    r"(?P<lead>[\u4e00-\u9fff]{0,10})\s*[〔［\[【(]\s*(?P<year>\d{4})\s*[〕］\]】)]\s*第?(?P<number>\d{1,5})\s*号"
)
_NOT_OF_NUMBER = re.compile(
    r"^.*(?:根据|依据|按照|依照|参照|遵照|文件|通知|意见|文号|字号|印发|以及|规定|为|见|的|和|及|与|以|由|在|是|即|按)(?=[\u4e00-\u9fff])"
)
_ORDINAL = re.compile(
    r"第[((]?(?P<number>\d{1,7}|[〇零一二三四五六七八九十百千两]{1,9})[))]?"
    r"(?P<unit>条|章|款|项|节|编|号|届|次|批|期|页|个|季度|轮|位|类|名|部分|版|卷|部|阶段|产业|师|方面|步|[\u4e00-\u9fff])"
)
_ITEM = re.compile(r"[((](?P<number>\d{1,2}|[一二三四五六七八九十]{1,3})[))](?P<unit>项|款)")
_PERCENT = re.compile(rf"(?P<base>百|千)分之(?P<number>{NUMERAL})")
_HEAD_UNIT = re.compile(
    rf"[((](?:单位[::])?(?P<scale>[十百千万亿]*)(?P<unit>{_UNIT})?[))]\s*[::]\s*(?P<number>\d[\d,.]*)"
)
_QUANTITY = re.compile(
    rf"(?P<number>{NUMERAL})(?P<more>[多余来])?(?P<scale>[十百千万亿]*)(?P<more2>[多余])?\s*(?P<unit>{_UNIT})?"
)
_RANGE = re.compile(
    rf"(?P<number>{NUMERAL})(?=\s*(?:[-—–−~～至到]|%[-—–−~～至到])+\s*"
    rf"(?P<next>{NUMERAL})(?P<scale>[十百千万亿]*)\s*(?P<unit>{_UNIT})?)"
)
_DECADE = re.compile(r"(?P<decade>\d0|[一二三四五六七八九]十)年代")


@dataclass(frozen=True)
class Fact:
    """One checkable fact.

    Attributes
    ----------
    kind
        "quantity", "date", "number" (文号), "ordinal" (第三条), "place" or "organisation".
    surface
        As it is written, normalised (half-width).
    keys
        Normal forms of its readings; a text holds the fact where it holds one of them. For dates see `Day`.
    start, end
        Where it stands in the normalised text (`rag.words.normalise`).
    """

    kind: str
    surface: str
    keys: tuple[str, ...]
    start: int = 0
    end: int = 0


@dataclass(frozen=True)
class Day:
    """A date as precise as it is written; `implied` marks a year taken from the text before it."""

    surface: str
    year: int | None
    month: int | None = None
    day: int | None = None
    implied: bool = False
    start: int = 0
    end: int = 0


@dataclass(frozen=True)
class Found:
    """All figures of a text: dates, the other facts, and the units before which 一 counts nothing in particular."""

    days: tuple[Day, ...]
    facts: tuple[Fact, ...]
    loose: frozenset[str]


def years_of(text: str) -> set[int]:
    """The years of the dates that a text names.

    >>> sorted(years_of("2019年启动，2021年3月1日、5月完成。"))
    [2019, 2021]
    """
    return {day.year for day in find_figures(text).days if day.year}


@lru_cache(maxsize=4096)
def find_figures(text: str) -> Found:
    """Dates, 文号, articles and quantities of a text.

    >>> [fact.keys for fact in find_figures("投入三千万元，占30%").facts]
    [('30000000元',), ('30%',)]
    >>> [(day.year, day.month) for day in find_figures("二〇二一年三月启动，5月，完成").days]
    [(2021, 3), (2021, 5)]
    """
    rest = normal = normalise(text)
    facts: list[Fact] = []
    days: list[Day] = []
    for pattern, read in _READERS:
        for match in pattern.finditer(rest):
            facts.append(read(match))
        rest = _blank(pattern, rest)
    for match in _DATE.finditer(rest):
        days.append(_day(match, days))
    rest = _blank(_DATE, rest)
    for pattern, read in _LATER_READERS:
        for match in pattern.finditer(rest):
            facts.append(read(match))
        rest = _blank(pattern, rest)
    facts.extend(_quantities(rest))
    return Found(tuple(days), tuple(facts), frozenset(_LOOSE_ONE.findall(normal)))


def _blank(pattern: re.Pattern[str], text: str) -> str:
    """Blank out what a pattern has read, so that no later one reads its digits again; offsets stay."""
    return pattern.sub(lambda match: " " * len(match[0]), text)


def _fact(kind: str, match: re.Match[str], *keys: str, surface: str = "") -> Fact:
    return Fact(kind, surface or match[0].strip(), tuple(dict.fromkeys(keys)), match.start(), match.end())


def _numbered(match: re.Match[str]) -> Fact:
    lead = _NOT_OF_NUMBER.sub("", match["lead"])
    number = f"〔{int(match['year'])}〕{int(match['number'])}号"
    return _fact("number", match, f"{lead[-4:]}{number}", surface=f"{lead}{number}")


def _ordinal(match: re.Match[str]) -> Fact:
    return _fact("ordinal", match, f"第{value_of(match['number'])}{match['unit']}")


def _decade(match: re.Match[str]) -> Fact:
    return _fact("quantity", match, f"{value_of(match['decade'])}年代")


def _share(match: re.Match[str]) -> Fact:
    return _fact("quantity", match, _key(value_of(match["number"]), "%" if match["base"] == "百" else "‰"))


def _under_head(match: re.Match[str]) -> Fact:
    """A cell whose column names the unit: 投入(万元):1200."""
    value = value_of(match["number"].rstrip(".,"))
    return _fact("quantity", match, _key(_scaled(value, match["scale"]), match["unit"] or ""), _key(value, ""))


_READERS = ((_NUMBERED, _numbered), (_ORDINAL, _ordinal), (_ITEM, _ordinal), (_DECADE, _decade))
_LATER_READERS = ((_PERCENT, _share), (_HEAD_UNIT, _under_head))


def _day(match: re.Match[str], before: list[Day]) -> Day:
    if match["iso"]:
        parts = [int(part) for part in re.split(r"[-./]", match["iso"])]
        return Day(match[0], parts[0], parts[1], parts[2] if len(parts) > 2 else None, False, *match.span())
    year = match["year"] or match["from"]
    month, day = match["month"] or match["month2"], match["day"] or match["day2"]
    whole = Day(match[0].strip(), _whole(year), _whole(month), _whole(day), False, *match.span())
    if year is None and before:
        return replace(whole, year=before[-1].year, implied=True)
    return whole


def _whole(numeral: str | None) -> int | None:
    value = value_of(numeral) if numeral else None
    return None if value is None else int(value)


def _quantities(text: str) -> Iterator[Fact]:
    for match in _QUANTITY.finditer(text):
        value = _scaled(value_of(match["number"]), match["scale"])
        unit = match["unit"] or ""
        if value is None or not (match["number"][0].isdigit() or _counts(text, match)):
            continue
        keys = [_key(value, unit)]
        ahead = _RANGE.match(text, match.start())
        if ahead is not None:
            # 1200—1500万元: the first figure takes unit and, perhaps, scale of the second.
            unit = unit or ahead["unit"] or ""
            scale = re.search(r"[万亿]+$", ahead["next"])
            keys = [_key(value, unit), _key(_scaled(value, ahead["scale"] or (scale[0] if scale else "")), unit)]
        yield _fact("quantity", match, *keys)


def _counts(text: str, match: re.Match[str]) -> bool:
    """Tell whether a Chinese numeral is a figure, and no part of a word (统一部署, 千方百计) or article (一个方面)."""
    if match["unit"] is None:
        return bool(match["more"] or match["more2"]) or bool(re.search("[万亿]", match["number"] + match["scale"]))
    if match.start() and text[match.start() - 1] in _NOT_COUNTED_AFTER:
        return False
    return not (match["number"] in ("一", "千", "百", "千百") and match["unit"] in _LOOSE)


def _scaled(value: Decimal | None, scale: str) -> Decimal | None:
    for char in scale:
        value = None if value is None else value * _SCALE[char]
    return value


def _key(value: Decimal | None, unit: str) -> str:
    number = "?" if value is None else format(value.normalize(), "f")
    return f"{number}{_SAME_UNIT.get(unit, unit)}"
