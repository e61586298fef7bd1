"""Lists: what a sentence, or the lines after a colon, enumerate → ……有哪些？"""

import re
from collections.abc import Iterator, Sequence

from rag.proposals.draft import Draft, Statement, clauses, title_of
from rag.proposals.wording import names_something, opens_well, reads_well, split_time
from rag.types import Document

_NUMERAL = "[两二三四五六七八九十]|[1-9]\\d?"
_MEASURE = "项|个|条|大|种|类|张|方面|点"
_COUNTED = re.compile(
    rf"(?P<head>.*?)(?P<verb>有|共有|分为|分成|设有|包括|实施|提出)(?P<number>{_NUMERAL})(?P<measure>{_MEASURE})(?P<what>[^，、]{{1,14}})"
)
_ITEMS_AFTER = re.compile(r"(?:即|(?:任务|领域|内容|重点)[为是]|分别是|分别为|包括|涉及|涵盖|有|为|是)(?P<items>.+)")
_IS_LIST = re.compile(
    r"(?P<head>.{4,}?)(?P<verb>主要包括|包括|包含|涵盖|主要有|分别是|分别为|[有为是])，?(?P<items>(?!(?:关于|对))[^、是有]{2,}、.+)"
)
_ASKED_FOR = re.compile(r"(?P<head>.*)(?P<verb>要求|提出|强调)，?(?:要)?(?P<items>[^、]{2,12}、.+)")
_PLURAL = re.compile(
    r"(?:方式|做法|内容|对象|任务|领域|重点|措施|原则|特点|形式|途径|渠道|省市|省区|城市|市州|单位|部门|成员|品种|产品|产业|类型|环节|方面|"
    r"要求|条件|职责|结对|地区|机构|目标|名片|分列|口号|作品|专辑|职位|课程|学科|项目|路线|景点|成果|工程)$"
)
_SERIES = re.compile(
    r"(?P<head>[^。；\n]{4,60}?)[：，]?一是(?P<first>[^；。\n]+)[；。]二是(?P<second>[^；。\n]+)(?:[；。]三是(?P<third>[^；。\n]+))?"
)
_MARK = r"\s*(?:[（(][一二三四五六七八九十\d]{1,2}[）)]|\d{1,2}[.、]|[-*•][ ])"
_ITEM_MARK = re.compile(rf"{_MARK}[ \t　]*")
_LINE_LIST = re.compile(
    rf"^(?P<lead>[^\n]{{6,80}})：[ \t　]*\n(?P<items>(?:{_MARK}[^\n]+(?:\n|\Z)){{2,20}})", re.MULTILINE
)
_ARTICLE = re.compile(r"^[\s　]*第[一二三四五六七八九十百零]+条[\s　]*")
_SMALLEST = 3
_LONGEST_ITEM = 18


def lists(document: Document, found: Sequence[Statement]) -> Iterator[Draft]:
    """Ask for what a sentence enumerates, and for the numbered lines after a sentence that ends in a colon."""
    for statement in found:
        asked = ask_list(statement.body)
        if asked is not None:
            yield Draft(document.path, statement.start, "list", asked[0], statement.quote, asked[1])
    for match in _LINE_LIST.finditer(document.text):
        question = ask_lines(match.group("lead"), title_of(document))
        if question is not None:
            quote = match.group().strip()
            start = document.text.index(quote, match.start())
            yield Draft(document.path, start, "list", question, quote, tuple(_lines(match.group("items"))))
    for match in _SERIES.finditer(document.text):
        question = ask_lines(match.group("head"), title_of(document))
        if question is not None:
            answers = tuple(clauses(item)[0] for item in match.group("first", "second", "third") if item)
            yield Draft(document.path, match.start(), "list", question, match.group(), answers)


def ask_list(body: str) -> tuple[str, tuple[str, ...]] | None:
    """The question for the enumeration at the end of a sentence, and its items; None where no rule fits.

    >>> ask_list("2017年的考核办法有三项内容，即组织领导、人才交流和资金使用")
    ('2017年的考核办法有哪三项内容？', ('组织领导', '人才交流', '资金使用'))
    >>> ask_list("对口援藏的方式是分片负责、对口支援、定期轮换")
    ('对口援藏的方式有哪些？', ('分片负责', '对口支援', '定期轮换'))
    """
    time, rest = split_time(body)
    parts = clauses(rest.replace("，以及", "、"))
    if not opens_well(re.sub(r"^(?:19|20)\d\d年的?", "", parts[0])):
        return None
    asked = _counted(parts) or _is_list(parts) or _asked_for(parts)
    if asked is None:
        return None
    lead = f"{time}，" if time.endswith("）") else time
    question = f"{lead}{asked[0]}"
    known = names_something(question) or len(asked[0]) >= 10
    return (question, asked[1]) if known and reads_well(question) else None


def ask_lines(lead: str, title: str) -> str | None:
    """The question that a line before a numbered list answers; None where it announces no list.

    >>> ask_lines("第五条　申请人应当具备下列条件", "《补贴办法》")
    '按照《补贴办法》，申请人应当具备哪些条件？'
    >>> ask_lines("劳动者有下列情形之一的，用人单位可以解除合同", "《合同法》")
    '按照《合同法》，劳动者有哪些情形时，用人单位可以解除合同？'
    """
    text = _ARTICLE.sub("", _ITEM_MARK.sub("", lead, count=1)).strip("：:， \t　")
    text = text.rsplit("。", 1)[-1]
    if len(re.findall("下列|以下|如下", text)) != 1:
        return None
    if text.endswith("如下"):
        asked = f"{text[:-2].rstrip('，')}有哪些"
    else:
        asked = re.sub(rf"(?:下列|以下)(?:(?:{_NUMERAL})(?:{_MEASURE}))?", "哪些", text)
        asked = asked.replace("之一的，", "时，").replace("之一", "")
    if not re.search(r"哪些[\u4e00-\u9fff]|有哪些$", asked) or re.search(r"哪些(?:简称|称为)", asked):
        return None
    question = f"按照{title}，{asked}？"
    return question if opens_well(text) and reads_well(question) else None


def _counted(parts: Sequence[str]) -> tuple[str, tuple[str, ...]] | None:
    if len(parts) != 2:
        return None
    counted, after = _COUNTED.fullmatch(parts[0]), _ITEMS_AFTER.fullmatch(parts[1])
    if counted is None or after is None or not counted.group("head"):
        return None
    items = _items(after.group("items"))
    head, verb, number, measure, what = counted.group("head", "verb", "number", "measure", "what")
    return (f"{head}{verb}哪{number}{measure}{what}？", items) if items else None


def _is_list(parts: Sequence[str]) -> tuple[str, tuple[str, ...]] | None:
    joined = "".join(parts) if len(parts) == 2 and parts[1][:1] in "是即为有" else parts[0]
    match = _IS_LIST.fullmatch(joined) if len(parts) == 1 or joined is not parts[0] else None
    if match is None or "、" in match.group("head"):
        return None
    head, verb = match.group("head", "verb")
    items = _items(match.group("items"))
    if not items or not (
        _PLURAL.search(head)
        or head.endswith("”")
        or verb in ("包括", "主要包括", "包含", "涵盖", "主要有", "分别是", "分别为")
    ):
        return None
    if head.endswith("”"):
        asked = "是什么"
    elif verb.startswith("分别"):
        asked = "分别是哪些"
    elif _PLURAL.search(head) or verb in ("有", "主要有"):
        asked = "有哪些"
    else:
        asked = f"{verb}哪些内容"
    return f"{head.rstrip('，')}{asked}？", items


def _asked_for(parts: Sequence[str]) -> tuple[str, tuple[str, ...]] | None:
    if len(parts) > 2:
        return None
    text = "，".join(parts)
    match = _ASKED_FOR.fullmatch(text)
    if match is None or "、" in match.group("head") or not re.search(r"[\u4e00-\u9fff]{4}", match.group("head")):
        return None
    items = _items(match.group("items"))
    if not items:
        return None
    return f"{match.group('head')}{'提出' if match.group('verb') == '要求' else match.group('verb')}了哪些要求？", items


def _items(text: str) -> tuple[str, ...] | None:
    """The items of an enumeration, None where it has other parts or too few.

    >>> _items("甲乙、丙丁和戊己等"), _items("甲乙、丙丁")
    (('甲乙', '丙丁', '戊己'), None)
    """
    if re.search(r"[，；：。]", text):
        return None
    items = re.sub(r"等[^、]{0,8}$", "", text).split("、")
    last = re.fullmatch(r"(.{2,}?)(?:以及|和|及)(.{2,})", items[-1])
    if last and len(items[-1]) <= 2 * _LONGEST_ITEM:
        items[-1:] = [last.group(1), last.group(2)]
    good = len(items) >= _SMALLEST and all(2 <= len(item) <= _LONGEST_ITEM for item in items)
    return tuple(items) if good and len(set(items)) == len(items) else None


def _lines(text: str) -> list[str]:
    items = [_ITEM_MARK.sub("", line, count=1).strip() for line in text.splitlines() if line.strip()]
    return [re.split("[，；。：（]", item)[0] for item in items]
