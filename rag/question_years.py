"""The years of a question: written in full, and one at a time."""

import re

_MOST = 6
_SHORT_YEAR = re.compile(r"(?<![\d.第近了共达约过满前])([0-2]\d|[89]\d)(?=年(?![前后来间多内以之]))")
# 21年以后 is one, 20年以后 may be a number of years; 03到10年.
_WITH_SIDE = re.compile(r"(?<![\d.第近了共达约过满])([0-2][1-46-9]|9[1-9])(?=年(?:[以之][前后来]|前后))")
_BEGINS_SPAN = re.compile(r"(?<![\d.第])([0-2]\d|[89]\d)(?=(?:[—–~～-]|至|到)(?:19|20)\d\d[两三四五六]?年)")
_LISTED = re.compile(r"(?<![\d.第])([0-2]\d|9\d)(?=(?:[、和与][0-2]\d)*这?[两三四]年(?![前后来间多内以之]))")
_FULL_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)(?=年)")
_OTHER_YEAR = re.compile(r"(?:[和与跟同比、]?)((?:19|20)\d\d)年[底末初]?")
_YEARS_SPAN = re.compile(r"(?:19|20)\d\d年?(?:\d{1,2}月)?[底末]?\s*(?:[—–~～-]|至|到)+\s*(?:19|20)\d\d")


def full_years(question: str) -> str:
    """Years as people shorten them, in full; a number of years stays.

    >>> full_years("闽宁到11年底投了多少"), full_years("苏陕97年起帮谁"), full_years("24年来投入多少")
    ('闽宁到2011年底投了多少', '苏陕1997年起帮谁', '24年来投入多少')
    >>> full_years("03到10年投了多少"), full_years("21年以后帮谁"), full_years("20年以后帮谁")
    ('2003到2010年投了多少', '2021年以后帮谁', '20年以后帮谁')
    >>> full_years("21、22这两年投了多少"), full_years("21、22号这两天")
    ('2021、2022这两年投了多少', '21、22号这两天')
    """
    for short in (_SHORT_YEAR, _WITH_SIDE, _LISTED, _BEGINS_SPAN):
        question = short.sub(lambda found: ("19" if found[1] > "49" else "20") + found[1], question)
    return question


def each_year(question: str) -> tuple[str, ...]:
    """A question that names several years, once for each, without the others; empty where it names one or a span.

    >>> each_year("2024年比2021年是多了还是少了？"), each_year("2016—2020年投入多少"), each_year("2021年投入多少")
    (('2024年是多了还是少了？', '比2021年是多了还是少了？'), (), ())
    """
    years = list(dict.fromkeys(_FULL_YEAR.findall(question)))
    if not 2 <= len(years) <= _MOST or _YEARS_SPAN.search(question):
        return ()

    def only(year: str) -> str:
        return _OTHER_YEAR.sub(lambda found: found[0] if found[1] == year else "", question)

    return tuple(map(only, years))
