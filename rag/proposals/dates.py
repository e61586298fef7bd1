"""Dates: the time is cut out and asked for (2021年8月27日，甲局公布了名单 → 甲局是什么时候公布名单的？)."""

import re
from collections.abc import Iterator, Sequence

from rag.proposals.draft import Draft, Statement, balanced, clauses
from rag.proposals.wording import DATE, names_something, opens_well, reads_well
from rag.types import Document

_ALONE = (
    "召开|举行|举办|启动|成立|开园|开工|竣工|投产|揭牌|挂牌|通车|开幕|闭幕|出台|建成|诞生|逝世|病逝|去世|出生|上映|首播|"
    "开通|上线|发布|印发|公布|施行"
)
_WITH_OBJECT = (
    "印发|发布|公布|出台|下发|转发|颁布|召开|举行|举办|启动|开通|上线|签署|签订|成立|批复|批准|通过(?=《|了)|建成|建立|设立|"
    "确定|调整|创办|创建|发出|签约|加入|毕业于|当选|升任|出任|获得|推出|收购|加盟|转会|考入|入选"
)
_EVENT = re.compile(
    rf"(?:{_WITH_OBJECT}|{_ALONE}|投入使用|(?<![主责信担委])任(?![务何职期免教]))(?!仪式|[大年]?会|会议|典礼|期|日|的|[以之]?后|以来)"
)
_AT = re.compile(
    rf"(?P<who>[^，、；：]{{2,30}}?)(?P<verb>成立|始建|建|创建|创办|创刊|开业|落成|始|出生|生|建成|毕业)于(?P<date>{DATE})$"
)
_BEFORE_VERB = re.compile(
    r"正式|首次|(?<![信利使费应作])用|共同|联合|在(?!编)|经|于|以(?=\d)|受邀|应邀|从|自(?!治|然|己|主|动)|(?<!成)就(?![业是读诊地近医])|由|向|与[^、]{2,12}(?:签|结|联)"
)
_DAY = rf"(?:{DATE}|\d{{1,2}}月\d{{1,2}}日)"
_TIME = re.compile(rf"(?<![\d—~至到截从自年月])({_DAY})")
_FRONT = re.compile(rf"({_DAY})(?:上午|下午|晚)?[，：]?(?![的底末初以起前后—~至到、和（-]|[上中下]旬|[上下]半)")
_OF_EVENT = re.compile(
    rf"(?<![\d—~至到从自])({DATE})(?P<place>在[^，。的]{{2,12}})?"
    r"(?P<verb>印发|发布|公布|出台|召开|举行|举办|成立|启动)的"
    r"(?P<what>《[^》]+》|[^，。、《》“”的]{2,26}?(?:会议|座谈会|现场会|推进会|大会|论坛|博览会|名单))(?=[，。]|提出|规定|要求|把|将|对|明确|$)"
)
_NO_SUBJECT = re.compile(r"[以从受被由将把因按用]|作为|^[任转获]|投资$|发起")
_MAX_REST = 30


def dates(document: Document, found: Sequence[Statement]) -> Iterator[Draft]:
    """Ask when something happened that a sentence dates with its year."""
    for statement in found:
        asked = ask_date(statement.body)
        if asked is not None:
            yield Draft(document.path, statement.start, "date", asked[0], statement.quote, (asked[1],))


def ask_date(body: str) -> tuple[str, str] | None:
    """The question for the date of a sentence, and the date as written; None where no rule fits.

    >>> ask_date("2021年8月27日，国家乡村振兴局公布了国家乡村振兴重点帮扶县名单")
    ('国家乡村振兴局是什么时候公布国家乡村振兴重点帮扶县名单的？', '2021年8月27日')
    >>> ask_date("2016年12月印发的《指导意见》规定了人才支援方式")
    ('《指导意见》是什么时候印发的？', '2016年12月')
    """
    asked = _of_event(body) or _in_place(body) or _of_clause(body)
    return asked if asked is not None and reads_well(asked[0]) else None


def _in_place(body: str) -> tuple[str, str] | None:
    """格萨尔林卡始建于2007年 → 格萨尔林卡始建于哪一年？"""
    match = _AT.match(clauses(body)[0])
    if match is None or not opens_well(match.group("who")):
        return None
    return f"{match.group('who')}{match.group('verb')}于{_when(match.group('date'))}？", match.group("date")


def _of_event(body: str) -> tuple[str, str] | None:
    match = _OF_EVENT.search(body)
    if match is None or _EVENT.match(match.group("what")) or len(match.group("what")) < 6:
        return None
    when = _when(match.group(1))
    return f"{match.group('what')}是{when}{match.group('place') or ''}{match.group('verb')}的？", match.group(1)


def _of_clause(body: str) -> tuple[str, str] | None:
    front = _FRONT.match(body)
    if front:
        date, clause = front.group(1), clauses(body[front.end() :])[0]
        split = _verb(clause)
        subject, rest = (clause[:split], clause[split:]) if split else ("", "")
    else:
        clause = clauses(body)[0]
        middle = _TIME.search(clause)
        if middle is None or clause[middle.end() : middle.end() + 1] in "的底末初以起前后上中下—~至到、和（-":
            return None
        date, subject, rest = middle.group(1), clause[: middle.start()], clause[middle.end() :]
        if _verb("　　" + rest) is None or _EVENT.search(subject):
            return None
    rest = re.sub(rf"((?:{_WITH_OBJECT}|{_ALONE}))了", r"\1", rest)
    done = re.fullmatch(rf".*(?:{_ALONE}|投入使用)", rest) or re.search(rf"(?:{_WITH_OBJECT}|任)(?=.{{2}})", rest)
    if not done or not opens_well(subject) or len(rest) > _MAX_REST or _TIME.search(rest):
        return None
    if _NO_SUBJECT.search(subject) or _ends_in_verb(subject):
        return None
    if (
        re.search(r"[的了、：]$|（$|[于在]$", subject)
        or rest.endswith(("了", "的", "以来", "后", "前", "时", "起", "之一"))
        or not (balanced(subject) and balanced(rest) and names_something(subject + rest))
    ):
        return None
    return f"{subject}是{_when(date)}{rest}的？", date


def _verb(clause: str) -> int | None:
    """Where what is said begins: at the event, or at the words of place and manner before it."""
    plain = re.sub(r"《[^》]*》|“[^”]*”", lambda match: "□" * len(match.group()), clause)
    event = _EVENT.search(plain, 2)
    if event is None:
        return None
    before = _BEFORE_VERB.search(plain, 2, event.start())
    return before.start() if before else event.start()


def _ends_in_verb(subject: str) -> bool:
    import rjieba

    tagged: list[tuple[str, str]] = rjieba.tag(subject)
    return bool(tagged) and tagged[-1][1] in ("v", "p", "d")


def _when(date: str) -> str:
    return "哪一年" if date.endswith("年") else "什么时候"
