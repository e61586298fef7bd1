"""Which documents a question may use: by issuer, date, name and validity."""

import fnmatch
import re
import unicodedata
from dataclasses import dataclass

from rag.dates import first_day, last_day, parse_date
from rag.errors import UsageError
from rag.store import Library
from rag.types import Header
from rag.validity import is_in_force

_GLOB = set("*?[")
_DATE = re.compile(
    r"\s*\d{4}(?:[-/.]\d{1,2}){0,2}\s*|[\d\s〇○零一二三四五六七八九十]+年[\d\s一二三四五六七八九十月日]*"
)


@dataclass(frozen=True)
class Filter:
    """What a document must meet; None is no condition. Dates are ISO 8601, perhaps partial (`2021`, `2021-03`).

    Attributes
    ----------
    issuer
        Part of the 发文机关 of the header; a document whose issuer is unknown does not match.
    after, before
        First and last day, both included, of the document's date: 成文日期, else 发布日期, else 施行日期
        (`document_date`). A document without any of them does not match; one with a partial date does where it may.
    document
        A glob pattern (where it has `*`, `?` or `[`) for the whole path, else a part of path or title.
    valid_on
        Leaves out what is known not to be in force on that day; a partial date means its last day.
    """

    issuer: str | None = None
    after: str | None = None
    before: str | None = None
    document: str | None = None
    valid_on: str | None = None

    def __bool__(self) -> bool:
        return self != Filter()


EVERYTHING = Filter()
OPTIONS = Filter("--issuer", "--after", "--before", "--document", "--valid-on")
"""What the conditions are called on the command line."""


def make_filter(
    issuer: str | None,
    after: str | None,
    before: str | None,
    document: str | None,
    valid_on: str | None,
    names: Filter = OPTIONS,
) -> Filter:
    """A filter from what the user typed; `names` are what errors call the conditions.

    Raises
    ------
    UsageError
        A date is none, an option is empty, or `after` lies behind `before`.
    """
    for name, value in ((names.issuer, issuer), (names.document, document)):
        if value is not None and not value.strip():
            raise UsageError(
                f"{name} 是空的，请给出要筛选的文字，或去掉这一项。", f"{name} is empty; give a text or leave it out."
            )
    made = Filter(
        issuer,
        _date(names.after, after),
        _date(names.before, before),
        document,
        _date(names.valid_on, valid_on),
    )
    if made.after and made.before and first_day(made.after) > last_day(made.before):
        raise UsageError(
            f"{names.after} {made.after} 晚于 {names.before} {made.before}，没有这样的日期，请检查。",
            f"{names.after} {made.after} lies behind {names.before} {made.before}; check them.",
        )
    return made


def left_out_by(library: Library, only: Filter) -> frozenset[int]:
    """Numbers of the documents that do not meet a filter."""
    if not only:
        return frozenset()
    return frozenset(number for number in range(len(library.paths)) if not _meets(library, number, only))


def describe(only: Filter) -> str:
    """A filter in Chinese, for a sentence.

    >>> describe(Filter(issuer="县政府", after="2021"))
    '发文机关含“县政府”、日期不早于 2021'
    """
    parts = (
        (only.issuer, "发文机关含“{}”"),
        (only.after, "日期不早于 {}"),
        (only.before, "日期不晚于 {}"),
        (only.document, "文档为“{}”"),
        (only.valid_on, "{} 有效"),
    )
    return "、".join(text.format(value) for value, text in parts if value)


def nothing_matches(library: Library, only: Filter) -> str:
    """Say that no document meets a filter, and what would."""
    text = f"没有文档符合筛选条件（{describe(only)}），共有文档 {len(library.paths)} 份。"
    headers = [library.document(path).header for path in library.paths]
    if only.issuer:
        issuers = sorted({header.issuer for header in headers if header.issuer})
        known = "、".join(issuers[:5]) + (" 等" if len(issuers) > 5 else "")
        return text + (f"已识别的发文机关有：{known}。" if known else "这些文档都没有识别出发文机关。")
    dates = sorted(date for date in map(document_date, headers) if date)
    if (only.after or only.before) and dates:
        return text + f"已识别的日期从 {dates[0]} 到 {dates[-1]}。"
    return text + "请放宽条件后再试。"


def document_date(header: Header) -> str | None:
    """The date that filters compare: 成文日期, else 发布日期, else 施行日期."""
    return header.issued or header.published or header.effective


def _meets(library: Library, number: int, only: Filter) -> bool:
    path = library.paths[number]
    document = library.document(path)
    header = document.header
    if only.issuer and (header.issuer is None or _key(only.issuer) not in _key(header.issuer)):
        return False
    if only.document and not _is_named(only.document, path, document.title):
        return False
    if only.after or only.before:
        date = document_date(header)
        if date is None or (only.after and last_day(date) < first_day(only.after)):
            return False
        if only.before and first_day(date) > last_day(only.before):
            return False
    if only.valid_on is None:
        return True
    return is_in_force(library.standings()[number], header, last_day(only.valid_on)) is not False


def _is_named(pattern: str, path: str, title: str) -> bool:
    wanted = _key(pattern)
    if _GLOB & set(pattern):
        return fnmatch.fnmatchcase(_key(path), wanted)
    return wanted in _key(path) or wanted in _key(title)


def _key(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def _date(option: str | None, value: str | None) -> str | None:
    if value is None:
        return None
    date = parse_date(value) if _DATE.fullmatch(value) else None
    if date is None:
        raise UsageError(
            f"{option} 的值 {value!r} 不是日期，请写成 2021-03-05、2021-03 或 2021。",
            f"{option} {value!r} is no date; write 2021-03-05, 2021-03 or 2021.",
        )
    return date
