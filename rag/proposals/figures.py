"""Figures: the amount is cut out of its clause (……资金为34.05亿元 → ……资金是多少？)."""

import re
from collections.abc import Iterator, Sequence

from rag.proposals.draft import Draft, Statement, clauses
from rag.proposals.wording import names_something, opens_well, reads_well, split_time
from rag.slots import find_slots
from rag.types import Document

_MONEY = "元|美元|港元"
_COUNTED = (
    "个百分点|平方公里|平方米|公里|公斤|人次|个|名|人|家|户|项|所|对|亩|批|吨|座|场|辆|台|件|位|支|处|间|套|种|头|只|株|篇|册|首|部|集|米|"
    "条|类|倍|次|岁"
)
_AMOUNT = re.compile(
    r"(?P<about>约为|(?<!签)约|近|超过|超|逾|多达|高达|不少于|至少)?"
    r"(?P<exact>(?<![\d.，第—~～〔+“/-])\d+(?:,\d{3})*(?:\.\d+)?[多余]?(?P<scale>[万亿千百]+)?[多余]?"
    rf"(?:(?P<money>{_MONEY})|(?P<share>%|％)|(?P<unit>{_COUNTED})))(?![\d月]|多[^数方少]|以[上下内]的)"
)
_SMALL = re.compile(r"有(?P<exact>(?P<number>[两二三四五六七八九十]+)(?P<unit>项|条|个|大|种|类|张|方面))")
_ANY_NUMBER = re.compile(r"\d[\d.,]*(?!\d*年|\d*月|\d*日)")
_NOT_COUNTED = re.compile(
    r"(?:19|20)\d\d年?[—~～至-]+(?:19|20)\d\d年|(?:19|20)\d\d年(?:\d{1,2}月)?(?:\d{1,2}(?:[—-]\d{1,2})?日)?|"
    r"\d{1,2}月(?:\d{1,2}日)?|\d+(?:省|市|州|县|区|国|部门|旗)|《[^》]*》|“[^”]*”|〔\d+〕\d+号"
)
_IS = re.compile(r"(?:约为|分别为|达到了?|合计|[为是达])$")
_CHANGE = re.compile(r"(?:增长|提高|提升|下降|降低|增加|上升|减少|增幅达|占)了?$")
_VERBLESS = re.compile(
    r"[为是有达共占设建引投帮签派覆选招培吸完实组创发获参增减调结落超采购销售售支援助出安对开启来到举]"
)
# After these words 多少 would stand in an enumeration or before a name: ……、深圳4个计划单列市.
_NO_HEAD = re.compile(r"、[^、，]{0,4}$|[的等可]$|可容纳$|首批$|首次$|另外$|其他$")
_MAX_TAIL = 22


def figures(document: Document, found: Sequence[Statement]) -> Iterator[Draft]:
    """Ask for the only amount of a sentence's first clause, or of the clause after it."""
    for statement in found:
        asked = ask_figure(statement.body)
        if asked is not None:
            yield Draft(document.path, statement.start, "figure", asked[0], statement.quote, (asked[1],))


def ask_figure(body: str) -> tuple[str, str] | None:
    """The question for a figure of a sentence, and the figure as written; None where no rule fits.

    >>> ask_figure("2021年，浙江财政援川资金为34.05亿元，协作项目776个")
    ('2021年浙江财政援川资金是多少？', '34.05亿元')
    >>> ask_figure("2021年，四川对68个县开展东西部协作年度考核")
    ('2021年四川对多少个县开展东西部协作年度考核？', '68个')
    """
    time, rest = split_time(body)
    parts = clauses(rest)
    if not opens_well(parts[0]) or not (names_something(parts[0]) or time):
        return None
    for before, clause in (("", parts[0]), *([(parts[0] + "，", parts[1])] if len(parts) > 1 else [])):
        if before and (len(clause) > _MAX_TAIL or _VERBLESS.search(parts[0]) is None):
            continue
        asked = _ask(before, clause, time)
        if asked is not None and reads_well(asked[0]) and names_something(asked[0]):
            return asked
    return None


def _ask(before: str, clause: str, time: str) -> tuple[str, str] | None:
    clause = _up_to_first(clause)
    amounts = [match for match in _AMOUNT.finditer(clause) if not _inside_name(clause, match)]
    small = _SMALL.search(clause)
    lead = f"{time}，" if time.endswith("）") else time
    if not amounts and small and not _numbers(clause):
        unit = small.group("unit")
        how_many = "哪几" if unit == "大" else "几"
        if unit == "大":
            return None
        asked = f"{clause[: small.start('exact')]}{how_many}{unit}{clause[small.end() :]}"
        return f"{lead}{before}{asked}？", small.group("exact")
    if len(amounts) != 1 or _numbers(clause) != 1:
        return None
    match = amounts[0]
    head, tail = clause[: match.start()], clause[match.end() :]
    asked_clause = _replace(head, tail, match, first=not before)
    return (f"{lead}{before}{asked_clause}？", match.group("exact")) if asked_clause else None


def _up_to_first(clause: str) -> str:
    """……资金为6.4亿元、项目3082个 → ……资金为6.4亿元: what is counted after the first amount is left out."""
    first = _AMOUNT.search(clause)
    return clause[: first.end()] if first and clause.startswith("、", first.end()) else clause


def _replace(head: str, tail: str, match: "re.Match[str]", *, first: bool) -> str | None:
    is_verb = _IS.search(head)
    if match.group("share"):
        if tail:
            return None
        if is_verb:
            return f"{head[: is_verb.start()]}是多少"
        return f"{head}百分之多少" if _CHANGE.search(head) else None
    if not tail and is_verb and len(head) > 3 and match.group("money"):
        return f"{head[: is_verb.start()]}是多少"
    if not _VERBLESS.search(head + tail):
        return None
    if _NO_HEAD.search(head) or tail.startswith(("的", "、", "和", "左右的")):
        return None
    unit = match.group("money") or match.group("unit")
    # Where the amount follows a bare name it is the subject: 上海30多家医院…… → 上海有多少家医院……
    subject = first and (not head or head in find_slots(head) or head in ("全国", "东部", "西部"))
    return f"{head}{'有' if subject else ''}多少{unit}{tail}"


def _numbers(clause: str) -> int:
    return len(_ANY_NUMBER.findall(_NOT_COUNTED.sub("□", clause)))


def _inside_name(clause: str, match: "re.Match[str]") -> bool:
    return any(span.start() <= match.start("exact") < span.end() for span in _NOT_COUNTED.finditer(clause))
