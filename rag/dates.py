"""Dates as they are written → ISO 8601, as precise as they are written; and their first and last day.

A date is `2022`, `2022-05` or `2022-05-18`, so that comparing the days it may mean never pretends to know more.
"""

import calendar
import datetime
import re

_YEAR = r"[\d〇○零一二三四五六七八九ＯO]{4}"
_SMALL = r"(?:\d{1,2}|[一二三四五六七八九十元廿卅]{1,3})"
_DAYS_AFTER = r"(?!\d)"
WRITTEN_DATE = (
    rf"(?:(?<![\d.]){_YEAR}\s*年(?:\s*{_SMALL}\s*月(?:\s*{_SMALL}\s*[日号])?)?"
    rf"|(?<![\d.])\d{{4}}\s*[-/.]\s*\d{{1,2}}(?:\s*[-/.]\s*\d{{1,2}}{_DAYS_AFTER})?(?![\d.]))"
)
"""Pattern of a date with its year, without groups."""

_CHINESE = re.compile(rf"(?<!\d)({_YEAR})\s*年(?:\s*({_SMALL})\s*月(?:\s*({_SMALL})\s*[日号]?)?)?")
_DIGITS = re.compile(r"(\d{4})\s*[-年/.]\s*(\d{1,2})(?:\s*[-月/.]\s*(\d{1,2}))?")
_ONLY_YEAR = re.compile(r"(?<!\d)(\d{4})(?!\d)")
_MONTHS = [name.lower() for name in calendar.month_name]
_MONTH = "|".join(calendar.month_name[1:])
_ENGLISH = re.compile(
    rf"\b(?:(?P<before>\d{{1,2}})\s+)?(?P<month>{_MONTH})\s+(?:(?P<after>\d{{1,2}}),\s*)?(?P<year>\d{{4}})\b",
    re.IGNORECASE,
)
_VALUES = {char: value for value, char in enumerate("零一二三四五六七八九")} | {
    "〇": 0,
    "○": 0,
    "Ｏ": 0,
    "O": 0,
    "元": 1,
}


def parse_date(value: str) -> str | None:
    """Turn the first date of a text into ISO 8601; None where there is none, or it is on no calendar.

    >>> parse_date("2022年5月18日"), parse_date("2022-05"), parse_date("二〇二一年三月五日"), parse_date("近日")
    ('2022-05-18', '2022-05', '2021-03-05', None)
    """
    match = _CHINESE.search(value)
    if match:
        return _iso(_year(match[1]), _small(match[2]), _small(match[3]))
    match = _DIGITS.search(value)
    if match:
        return _iso(int(match[1]), int(match[2]), int(match[3]) if match[3] else None)
    match = _ENGLISH.search(value)
    if match:
        day = match["before"] or match["after"]
        return _iso(int(match["year"]), _MONTHS.index(match["month"].lower()), int(day) if day else None)
    match = _ONLY_YEAR.search(value)
    return _iso(int(match[1]), None, None) if match else None


def first_day(date: str) -> str:
    """The first day that a date may mean.

    >>> first_day("2022"), first_day("2022-05")
    ('2022-01-01', '2022-05-01')
    """
    return date + "-01" * (2 - date.count("-"))


def last_day(date: str) -> str:
    """The last day that a date may mean.

    >>> last_day("2022"), last_day("2022-02")
    ('2022-12-31', '2022-02-28')
    """
    if date.count("-") == 0:
        return f"{date}-12-31"
    if date.count("-") == 1:
        year, month = (int(part) for part in date.split("-"))
        return f"{date}-{calendar.monthrange(year, month)[1]:02d}"
    return date


def day_before(date: str) -> str:
    """The day before the first day that a date may mean; year 1 has none before it.

    >>> day_before("2022-03-01"), day_before("2022")
    ('2022-02-28', '2021-12-31')
    """
    day = datetime.date.fromisoformat(first_day(date))
    return day.isoformat() if day == datetime.date.min else (day - datetime.timedelta(days=1)).isoformat()


def last_day_of_term(date: str, months: int) -> str:
    """The last day of a term that begins on a date: five years from 2021-05-01 end on 2026-04-30.

    A partial date counts from the last day that it may mean, so that nothing is called expired too early.
    """
    begin = datetime.date.fromisoformat(last_day(date))
    total = begin.year * 12 + begin.month - 1 + months
    year, month = min(total // 12, 9999), total % 12 + 1
    if total // 12 > 9999:
        return "9999-12-31"
    day = min(begin.day, calendar.monthrange(year, month)[1])
    end = datetime.date(year, month, day)
    return end.isoformat() if day < begin.day else (end - datetime.timedelta(days=1)).isoformat()


def later(date: str, months: int, days: int) -> str | None:
    """A date so many months and days on, as precise as it was; None where that cannot be told.

    >>> later("2021-01-31", 1, 0), later("2021-03-15", 0, 30), later("2021-11", 3, 0), later("2021-11", 0, 30)
    ('2021-02-28', '2021-04-14', '2022-02', None)
    """
    parts = [int(part) for part in date.split("-")]
    if (days and len(parts) < 3) or (months % 12 and len(parts) < 2):
        return None
    total = parts[0] * 12 + (parts[1] - 1 if len(parts) > 1 else 0) + months
    year, month = total // 12, total % 12 + 1
    if year > datetime.MAXYEAR:
        return None
    if len(parts) < 3:
        return _iso(year, month if len(parts) > 1 else None, None)
    day = datetime.date(year, month, min(parts[2], calendar.monthrange(year, month)[1]))
    if (datetime.date.max - day).days < days:
        return None
    return (day + datetime.timedelta(days=days)).isoformat()


def _iso(year: int, month: int | None, day: int | None) -> str | None:
    try:
        date = datetime.date(year, month or 1, day or 1).isoformat()
    except ValueError:
        return None
    if month == 0 or day == 0:
        return None
    return date if day else date[:7] if month else date[:4]


def _year(written: str) -> int:
    return int("".join(str(_VALUES.get(char, char)) for char in written))


def _small(written: str | None) -> int | None:
    """A month or day, in digits or in Chinese.

    >>> _small("二十一"), _small("十"), _small("08"), _small("廿三")
    (21, 10, 8, 23)
    """
    if written is None:
        return None
    if written.isdecimal():
        return int(written)
    written = written.replace("廿", "二十").replace("卅", "三十")
    tens, ten, ones = written.partition("十")
    if not ten:
        return int("".join(str(_VALUES[char]) for char in written))
    return 10 * (_VALUES.get(tens, 0) if tens else 1) + (_VALUES.get(ones, 0) if ones else 0)
