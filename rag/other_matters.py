"""Question about one of the things compared → what a sentence tells of another year, part of a year, side or place."""

import re
from collections.abc import Sequence

from rag.emphasis import asks_quantity
from rag.facts import years_of
from rag.mentions import find_mentions, told_apart, without_source
from rag.normalise import matching_copy
from rag.slots import find_regions
from rag.words import normalise

_OTHER_YEAR, _OTHER_PLACE, _PART_OF_YEAR, _OTHER_SIDE = 3.0, 2.5, 1.0, 3.0
"""What it costs a sentence to name another year, another place, months of the year, or the time behind a year where
that before is asked for, as a figure of a part is none of the whole."""
_BESIDES = 0.4
_BEFORE = re.compile(r"年(?:以|之)?前(?!后|\d)|调整(?:以|之)?前")
_AFTER = re.compile(r"年?(?:以|之)?后(?!来)|调整(?:以|之)?后")
_SO_FAR = re.compile("[到至截起]|累计|以来|期间|年间")
_PERIOD = re.compile(
    r"到(?:19|20)\d\d年为止|(?:19|20)\d\d年?(?:\d{1,2}月)?(?:底|末|初|以来)?\s*(?:[—–~～-]|至|到)+\s*(?:19|20)\d\d"
)


def tells_otherwise(question: str, text: str) -> float:
    """What a sentence loses, in points of its score, for what it tells besides what is asked."""
    cost = _OTHER_YEAR * names_other_years(question, text) + _OTHER_SIDE * _tells_other_side(question, text)
    if asks_quantity(question):
        cost += _PART_OF_YEAR * _tells_part_of_year(question, text)
    return cost + _OTHER_PLACE * _names_other_places(question, text)


def tells_of_others(label: str, others: Sequence[str], text: str) -> bool:
    """Tell whether a text names provinces by which other rows differ from this one, and none by which this one does.

    The title above it may name all of them.

    >>> tells_of_others("粤桂", ["粤黔"], "2022年粤黔结对，援助35亿元。")
    True
    >>> tells_of_others("粤桂", ["粤黔"], "广东给广西和贵州援助。"), tells_of_others("甲会", ["乙会"], "广东开会。")
    (False, False)
    """
    of_row, of_others = find_regions(label), [find_regions(other) for other in others]
    own = of_row.difference(of_others[0].intersection(*of_others[1:])) if of_others else set[str]()
    elsewhere = set[str]().union(*of_others) - of_row
    told = find_regions(normalise(text))
    return bool(own) and not own & told and bool(elsewhere & told)


def is_of_other_years(question: str, text: str) -> bool:
    """Tell whether a sentence names years, besides when it was told, and none of the question's.

    >>> is_of_other_years("2024年投入多少", "据某报2024年1月报道，2023年投入3亿元。")
    True
    """
    asked, told = find_mentions(question), find_mentions(without_source(text))
    spans = [span for span in told.times if any(span[0] <= last and first <= span[1] for first, last in asked.times)]
    return bool(asked.times and told.times) and not spans


def names_other_years(question: str, text: str) -> bool:
    """Tell whether a text names a year besides those of a question that names one."""
    years = years_of(question)
    return bool(years) and bool(years_of(without_source(text)) - years)


def _tells_part_of_year(question: str, text: str) -> bool:
    """Tell whether a text names the years of a question that names no month only with one, or as an end.

    >>> texts = ("2019年到8月底2亿元。", "2019年3亿元。", "到2019年为止9亿元。")
    >>> [_tells_part_of_year("2019年投入多少", text) for text in texts]
    [True, False, True]
    """
    years = years_of(question)
    if not years or "月" in question:
        return False
    named = rf"(?:{'|'.join(map(str, years))})年?+"
    whole = re.search(rf"(?<!\d){named}(?!(?:[到至]|前)?\d{{1,2}}月|为止)", matching_copy(text))
    return whole is None and re.search(named, text) is not None


def _tells_other_side(question: str, text: str) -> bool:
    """Tell whether a question asks for the time before a year and a text tells only of that behind it, or the reverse.

    >>> [_tells_other_side(question, "2013年以后帮8个。") for question in ("2013年前帮几个", "2013年后帮几个")]
    [True, False]
    """
    sides = [(bool(side.search(question)), bool(side.search(text))) for side in (_BEFORE, _AFTER)]
    return any(asks and not told and other for (asks, told), (_, other) in (sides, sides[::-1]))


def _names_other_places(question: str, text: str) -> float:
    """How far a text is about other places: less, where no figure is asked for, which would be another's."""
    asked = find_mentions(question).places
    weight = 1.0 if asks_quantity(question) else _BESIDES if asked else 0.0
    return weight * bool(find_mentions(told_apart(matching_copy(text))).places - asked)


def sums_years(question: str, text: str) -> bool:
    """Tell whether a question asks of a year that a sentence names only as part of a longer period.

    >>> sums_years("2021年投入多少", "2021年至2025年年中投入39亿元。")
    True
    >>> sums_years("2021年投入多少", "2021年投入3亿元。")
    False
    >>> sums_years("到2011年底投入多少", "1996—2011年累计投入7亿元。")
    False
    """
    years = set(map(str, years_of(question)))
    if _SO_FAR.search(question) or not any(year in text for year in years):
        return False
    outside = _PERIOD.sub(" ", text)
    return not any(year in outside for year in years)
