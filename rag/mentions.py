"""Text → what it names that an answer must not get wrong: years, places, titles, 文号, ordinals and large figures."""

import re
from dataclasses import dataclass
from functools import lru_cache

from rag.facts import Fact, find_figures
from rag.names import find_names
from rag.normalise import matching_copy, normalise, simplified
from rag.slots import find_regions

Span = tuple[int, int]

_YEAR = re.compile(r"(?<![\d.第])((?:19|20)\d\d)(?![\d.]*(?:亿|万|元|人|个|家|名|%))(?!\d)")
_SPAN = re.compile(r"(?<!\d)((?:19|20)\d\d)年?(?:\d{1,2}月)?\s*[—–~～至到-]+\s*((?:19|20)\d\d)(?!\d)")
# 21年那次, 21、22两年: people leave out the century; 近20年 and 20年间 are spans of time.
_SHORT_YEAR = re.compile(
    r"(?<![\d.近约过满第前])([0-3]\d)(?=(?:年(?![前后来间多内以之]))|[两三]年|[、和到至]\s*[0-3]\d[两三]?年)"
)
_PLANS = {
    "八五": (1991, 1995), "九五": (1996, 2000), "十五": (2001, 2005), "十一五": (2006, 2010), "十二五": (2011, 2015),
    "十三五": (2016, 2020), "十四五": (2021, 2025), "十五五": (2026, 2030),
}  # fmt: skip
_PLAN = re.compile(rf"(?<![一二三四五六七八九十])(?:{'|'.join(sorted(_PLANS, key=len, reverse=True))})(?![年月日个])")
_TITLE = re.compile(r"《([^》]+)》")
# When something was told is not when it happened: 据某报2024年1月报道，2023年……
_TOLD = re.compile(
    r"(?:^|(?<=[。；;|,]))\s*(?:另?据|按|根据)[^,。]{0,40}(?:报道|文章|介绍|资料|综述|通讯|发布会?|口径|案例|解读|说法),?"
)
_NO_PLACE = re.compile("城市|省份|县城|开园|城区|地区|上岗")
# What narrows a figure: a month, half a year, a quarter, a mean.
_NARROWER = re.compile(r"(?<!\d)(?:1[0-2]|[1-9])月|[上下]半年|第?[一二三四1-4]季度|[人户县年]均")
_MEAN = re.compile("平均|[人户县年]均|每[个一]?[县人户年]")
_EACH = re.compile("平均|每[个一]?[县人户年]")
_DECADE = re.compile(r"(?<!\d)(?:(19|20)?(\d0)|([一二三四五六七八九]十))年代([初末中]?)")
_TENS = {f"{digit}十": 10 * value for value, digit in enumerate("一二三四五六七八九", 1)}
_FIRST = re.compile("(?:首|头一)([批届])")
_LARGE = re.compile(r"(\d+)(?:\.\d+)?(.*)")
# 96年, 20来年, 1到11月
_OF_YEARS = re.compile(r"(?<!\d)\d\d(?=年)|\d+(?=[来多余]年)|(?<!\d)\d{1,2}月?[到至—–~-]+(?=\d{1,2}月)")
_NUMERAL = re.compile(r"\d+(?:\.\d+)?")
_LARGE_FROM = 10
_TIME_UNITS = frozenset({"年", "个月", "月", "天", "年代", ""})


@dataclass(frozen=True)
class Mentions:
    """What a text names.

    Attributes
    ----------
    years, spans
        Years as numbers; first and last years of spans, among them plan periods (十四五).
    places
        Provinces by their short names, other places as written.
    marks
        Titles, 文号, articles, ordinals (第26次, 首批 as 第1批), figures from 10 up, and what narrows a figure (11月,
        上半年, 人均), each in a normal form.
    numbers
        The other numbers, as written: small ones, days of a month, the numbers of articles.
    """

    years: frozenset[int]
    spans: frozenset[Span]
    places: frozenset[str]
    marks: frozenset[str]
    numbers: frozenset[str]

    @property
    def dated(self) -> bool:
        """Whether any year is named."""
        return bool(self.years or self.spans)

    @property
    def times(self) -> list[Span]:
        """The spans, and as spans of one year the years outside them."""
        single = [(year, year) for year in self.years if not any(a <= year <= b for a, b in self.spans)]
        return sorted({*self.spans, *single})


@lru_cache(maxsize=8192)
def find_mentions(text: str) -> Mentions:
    """Years, places and marks of a text.

    >>> found = find_mentions("闽宁协作“十三五”投入多少，第26次联席会议21年哪天开的")
    >>> sorted(found.years), sorted(found.spans), sorted(found.places), sorted(found.marks)
    ([2021], [(2016, 2020)], ['宁夏', '福建'], ['第26次'])
    """
    copy = matching_copy(text)
    plain = _TITLE.sub(" ", copy)
    # In the text as written 三十年 is no year, in the copy it is 30年.
    short = _SHORT_YEAR.findall(_TITLE.sub(" ", simplified(normalise(text))))
    spans = {(int(first), int(last)) for first, last in _SPAN.findall(plain)} | _decades(plain)
    figures = [fact for fact in find_figures(plain).facts if _is_mark(fact)]
    return Mentions(
        frozenset({int(year) for year in _YEAR.findall(plain)} | {2000 + int(year) for year in short}),
        frozenset(spans | {_PLANS[plan] for plan in _PLAN.findall(plain)}),
        frozenset(find_regions(plain) | {fact.keys[0] for fact in find_places(plain)}),
        frozenset([*_TITLE.findall(copy), *_NARROWER.findall(plain)])
        | {f"第1{unit}" for unit in _FIRST.findall(plain)}
        | {fact.keys[0] for fact in figures},
        frozenset(_other_numbers(plain, [fact.surface for fact in figures])),
    )


def _is_mark(fact: Fact) -> bool:
    named = fact.kind in ("number", "ordinal") or (fact.kind == "quantity" and _is_large(fact.keys[0]))
    return named and not _YEAR.match(fact.surface)


def _other_numbers(plain: str, marks: list[str]) -> list[str]:
    """The numbers of a copy that are no year, no plan period and none of its marks."""
    for mark in marks:
        plain = plain.replace(mark, " ")
    for named in (_SPAN, _DECADE, _YEAR, _OF_YEARS, _NARROWER):
        plain = named.sub(" ", plain)
    return _NUMERAL.findall(plain)


def find_places(copy: str) -> list[Fact]:
    """Places of a copy for matching, without what is only called as a place can be (开园)."""
    return [fact for fact in find_names(copy) if fact.kind == "place" and not _NO_PLACE.fullmatch(fact.surface)]


def without_source(text: str) -> str:
    """The copy for matching without the clause that says where it was told, if the rest names a year of its own.

    >>> without_source("据某报2024年1月报道，2023年投入3亿元。")
    '2023年投入3亿元。'
    """
    copy = matching_copy(text)
    rest = _TOLD.sub("", copy)
    return rest if _YEAR.search(rest) or _SPAN.search(rest) else copy


def without_spans(copy: str) -> str:
    """A copy for matching without its spans of years (2016—2020年, 2021年至2025年年中)."""
    return _SPAN.sub(" ", copy)


def told_apart(copy: str) -> str:
    """A copy for matching without the clauses that say where it was told.

    >>> told_apart("甲县与乙市组建联盟,据某报2023年口径,累计培训4万人。")
    '甲县与乙市组建联盟,累计培训4万人。'
    """
    return _TOLD.sub("", copy)


def is_narrower(mark: str) -> bool:
    """Tell whether a mark narrows a figure to a part of a year, or to a mean (11月, 上半年, 人均)."""
    return _NARROWER.fullmatch(mark) is not None


def means_each(question: str) -> bool:
    """Tell whether a question asks for a mean in words of its own (平均到每个县, which a text may call 县均)."""
    return _EACH.search(question) is not None


def has_mean(text: str) -> bool:
    """Tell whether a text gives a mean, however it calls it."""
    return _MEAN.search(text) is not None


def _decades(text: str) -> set[Span]:
    """The decades that a text names, as spans of years; without a century those of the last one (七十年代)."""
    found = set()
    for century, digits, numeral, _ in _DECADE.findall(text):
        first = 100 * int(century or 19) + (int(digits) if digits else _TENS[numeral])
        found.add((first, first + 9))
    return found


def _is_large(key: str) -> bool:
    found = _LARGE.fullmatch(key)
    return found is not None and int(found[1]) >= _LARGE_FROM and found[2] not in _TIME_UNITS
