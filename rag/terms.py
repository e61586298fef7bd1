"""From when and for how long a document is in force, by its own words: 自发布之日起30日后施行, 有效期五年."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rag.dates import WRITTEN_DATE, day_before, last_day, last_day_of_term, later, parse_date
from rag.labels import number_of
from rag.types import Header

KINDS = (
    "办法|条例|规定|通知|意见|决定|公告|通告|细则|方案|规则|规程|规范|准则|章程|措施|政策|纲要|规划|计划|协议|合同|"
    "标准|指引|指南|制度|法|文件|批复|通报"
)
"""What documents are called, as part of a pattern."""

_SENTENCE = re.compile(r"[^。！？\n]+")
_LONGEST = 400
_SELF = re.compile(
    rf"本(?:[\u4e00-\u9fff]{{0,6}}?)(?:{KINDS})|规划期|^[ \u3000]*第[\d一二三四五六七八九十百]+条[ \u3000]+自"
)
_PROCLAIMS = re.compile(r"现(?:予以?|将)?(?:公布|发布|印发|颁布)|同意")
_GOES_ON = re.compile(r"[ \u3000]*有效期")
_QUOTED = re.compile(r"[“\"「][^”\"」\n]*")

_MADE_PUBLIC = r"(?:公布|发布|颁布)"
_DAY = (
    rf"(?:(?>{WRITTEN_DATE})|(?:印发|下发|发文|成文|签发|通过|{_MADE_PUBLIC}|施行|实施|生效|[\u4e00-\u9fff、]{{0,20}}签[字署订][\u4e00-\u9fff、]{{0,10}})"
    r"(?:之?[日次]日?)?)"
)
_NUMBER = r"[\d一二两三四五六七八九十百]{1,4}"
_SPAN = rf"(?:(?P<count>{_NUMBER})[ \u3000]*(?P<unit>个?工作日|[日天]|个?月|个?年)|(?P<half>半年))"
_IN_FORCE = r"(?:施行|实施|执行|生效|试行|起效)"
_IN_FORCE_FROM = re.compile(
    rf"[自从于]\s*(?P<day>{_DAY})\s*(?:零时)?\s*(?:起|(?=[满第\d一二两三四五六七八九十半]))\s*[，,]?\s*"
    rf"(?:(?P<nth>第)?满?\s*{_SPAN}(?:期?满)?(?:[之以]?后)?起?)?\s*(?:正式|开始)?\s*{_IN_FORCE}(?!的)"
)
_HEAD = r"(?:有效期?|(?:试行|施行|执行|实施|合作|协议|规划)期)(?:限)?\s*(?:暂定|拟?定|均)?[为是]?\s*[:：]?\s*"
_TO = r"(?:截?至|到|截止[至到]?|[—–~～-]+)\s*"
_ENDS = r"(?:废止|失效|停止执行)"
_TERM = re.compile(
    rf"{_HEAD}(?:"
    rf"[自从]?\s*(?:{_DAY}|\d{{4}})\s*起?\s*{_TO}(?P<until>{WRITTEN_DATE})(?:\s*止)?"
    rf"|(?:{_TO})?(?P<end>{WRITTEN_DATE})(?:\s*止)?(?!\s*[\d一二三四五六七八九十起自—–~～至到-])"
    rf"|(?:[自从]?\s*(?P<day>{_DAY})\s*起?\s*(?:计?算)?\s*[，,]?\s*)?{_SPAN}"
    rf"(?:[，,（(]\s*即?[自从]?\s*{_DAY}\s*起?\s*{_TO}(?P<last>{WRITTEN_DATE})(?:\s*止)?)?)"
)
_TERM_FROM = re.compile(
    rf"[自从]\s*(?P<day>{_DAY})\s*起\s*满?\s*{_SPAN}(?:[之以]?[内后]|期?满后?)?(?:自行|自动)?(?P<ends>{_ENDS}|有效)"
)
_RUNS_TO = re.compile(rf"{_IN_FORCE}[，,]?\s*{_TO}(?P<until>{WRITTEN_DATE})(?:\s*止)?")
_ENDS_FROM = re.compile(rf"[自从]\s*(?P<from>{WRITTEN_DATE})\s*起\s*(?:自行|自动)?(?P<ends>{_ENDS})")
_ENDS_ON = re.compile(rf"于?\s*(?P<until>{WRITTEN_DATE})\s*(?:自行|自动)(?P<ends>{_ENDS})")
_TERMS = (_TERM, _TERM_FROM, _RUNS_TO, _ENDS_FROM, _ENDS_ON)
_MOST_MONTHS, _MOST_DAYS = 1200, 3650


@dataclass(frozen=True)
class Clause:
    """A statement of the document about itself, `[start, end)` of its text, and its parts by name."""

    start: int
    end: int
    text: str
    parts: dict[str, str]


def find_terms(text: str, body: int = 0) -> list[Clause]:
    """Where a document says how long it is in force: 有效期五年, 有效期至…, 自…起废止 (itself)."""
    return list(_clauses(text, body, _TERMS))


def read_term(field: str) -> Clause | None:
    """The term in a field of the header, 有效期：五年; None where it is none."""
    match = _TERM.match(f"有效期{field}")
    if match is None or not re.match(r"$|[，,。；;（(]", match.string[match.end() :]):  # 2020年9月25日修正
        return None
    return Clause(0, 0, field, {name: value for name, value in match.groupdict().items() if value})


def find_effective(text: str, body: int = 0) -> list[Clause]:
    """Where a document says from when it is in force."""
    return list(_clauses(text, body, (_IN_FORCE_FROM,)))


def effective_day(header: Header, text: str, body: int) -> str | None:
    """The day from which a document is in force, by the first clause that says so; None where it cannot be told.

    自发布之日起30日后 counts from the day itself, as ministries do: made public on 9 December, in force on 8 January.
    Working days are not counted, as nobody knows the holidays.
    """
    for clause in find_effective(text, body):
        day = _base(clause.parts["day"], header)
        if day is None or not _has_span(clause):
            return day
        span = _span(clause)
        return later(day, *span) if span else None
    return None


def end_of(clause: Clause, header: Header) -> tuple[str | None, str]:
    """The last day that a clause of `find_terms` gives, None where unknown, and how the document ends then."""
    parts = clause.parts
    how = "废止" if parts.get("ends") in ("废止", "停止执行") else "失效"
    written = parts.get("from") or parts.get("until") or parts.get("end") or parts.get("last")
    if written:
        date = parse_date(written)
        end = None if date is None else day_before(date) if "from" in parts else last_day(date)
        return end, how
    begin = _base(parts["day"], header) if "day" in parts else header.effective or header.issued
    span = _span(clause)
    if begin is None or span is None:
        return None, how
    months, days = span
    return (last_day_of_term(begin, months) if months else later(last_day(begin), 0, days - 1)), how


def _clauses(text: str, body: int, patterns: tuple[re.Pattern[str], ...]) -> Iterator[Clause]:
    for start, sentence in _own_sentences(text, body):
        for pattern in patterns:
            for match in pattern.finditer(sentence):
                if not _is_of_another(sentence, match.start()):
                    parts = {name: value for name, value in match.groupdict().items() if value}
                    yield Clause(start + match.start(), start + match.end(), match.group(), parts)


def _own_sentences(text: str, body: int) -> Iterator[tuple[int, str]]:
    """Sentences in which the document speaks of itself (本办法 …, 现予公布 …), not those that quote another."""
    last = -1
    for match in _SENTENCE.finditer(text, body):
        content = match.group()
        if len(content) > _LONGEST or not re.search(r"期|起|至|后|有效|自动|自行", content):
            continue
        own = _SELF.search(content) or _PROCLAIMS.search(content)
        if own is None and match.start() == last + 1:
            own = _GOES_ON.match(content)
        if own and not any(quote.start() < own.start() < quote.end() for quote in _QUOTED.finditer(content)):
            last = match.end()
            yield match.start(), content


def _is_of_another(sentence: str, position: int) -> bool:
    """Whether what stands at a position is said of a document that is named right before: 《…》自…起废止."""
    return "》" in re.split("[，,；;]", sentence[:position])[-1]


def _base(day: str, header: Header) -> str | None:
    """The date of a day that is written as one, or named: 印发之日."""
    if re.match(WRITTEN_DATE, day):
        return parse_date(day)
    if re.match(_MADE_PUBLIC, day):
        date = header.published or header.issued
    else:
        date = header.effective if re.match("施行|实施|生效", day) else header.issued
    return later(date, 0, 1) if date and "次" in day else date


def _has_span(clause: Clause) -> bool:
    return "count" in clause.parts or "half" in clause.parts


def _span(clause: Clause) -> tuple[int, int] | None:
    """Months and days of a span of time; None where it is none that can be counted."""
    if "half" in clause.parts:
        return 6, 0
    count, unit = number_of(clause.parts["count"]), clause.parts["unit"]
    if not count or "nth" in clause.parts or unit.endswith("工作日"):
        return None
    if unit in "日天":
        return (0, count) if count <= _MOST_DAYS else None
    months = count * (12 if unit.endswith("年") else 1)
    return (months, 0) if months <= _MOST_MONTHS else None
