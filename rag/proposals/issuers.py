"""Who issued what: 甲部印发了《办法》 → 《办法》是由谁印发的？ And the 文号 of a document's header."""

import re
from collections.abc import Iterator, Sequence

from rag.proposals.draft import Draft, Statement, clauses, title_of
from rag.proposals.wording import opens_well, reads_well, split_time
from rag.types import Document

_BODY = (
    r"(?:国务院|党中央|中央|中办|国办|两办|[\u4e00-\u9fff]{2,}?(?:部|委|局|院|厅|署|省|政府|办公室|小组|协会|公司|集团|中心|基金会|指挥部|部门|大学|学院|委员会|"
    r"联合会|人大|银行|党委|市委|省委|县委|区委|扶贫办|改革委))"
)
_BODIES = rf"(?:{_BODY}等?(?:(?:[、和与]|会同|联合){_BODY})*(?:等?\d*[个]?部门|等)?)"
_ISSUED = "印发|发布|公布|出台|制定|下发|转发|颁布"
_PAPER = r"《[^》]+》|[^，、《》“”]{4,24}(?:名单|通知|意见|办法|方案|规定|条例|规划|纲要|报告|公告|决定|标准)"
_ACTIVE = re.compile(rf"(?P<who>{_BODIES})(?:联合|共同|正式)?(?P<verb>{_ISSUED})了?(?:关于)?(?P<what>{_PAPER})")
_PASSIVE = re.compile(rf"(?P<what>《[^》]+》)由(?P<who>{_BODIES})(?:联合|共同)?(?P<verb>{_ISSUED})")
_HELD = re.compile(
    rf"(?P<who>{_BODIES})(?P<place>在[^，、的]{{2,10}})?(?P<verb>召开|举办|举行)了?(?P<what>[^，、]{{4,26}}(?:会议|座谈会|推进会|现场会|大会|论坛|发布会|培训班|博览会))"
)
_HOSTED = re.compile(
    rf"由(?P<who>{_BODIES})(?:联合|共同)?(?P<verb>主办|举办|发起|发起并主办)的(?P<what>[^，、“”]{{0,10}}“[^”]{{3,30}}”[^，。、“”在于]{{0,12}})(?=[，。在于]|$)"
)
_NUMBER = re.compile(r"(?:发文字号|文号)[ \t]*[:：][ \t]*(\S+?[〔\[（(]\d{4}[〕\]）)]第?\d+号)")
_ISSUER = re.compile(r"(?:发文机关|发布机构|印发机关)[ \t]*[:：][ \t]*([^\s|｜]{2,40})")


def issuers(document: Document, found: Sequence[Statement]) -> Iterator[Draft]:
    """Ask who issued a paper or held a meeting; and for the 文号 and issuer that a document's own header gives."""
    for statement in found:
        asked = ask_issuer(statement.body)
        if asked is not None:
            yield Draft(document.path, statement.start, "issuer", asked[0], statement.quote, (asked[1],))
    yield from _of_header(document)


def ask_issuer(body: str) -> tuple[str, str] | None:
    """The question for who issued or held something, and who it was; None where no rule fits.

    >>> ask_issuer("2017年，国务院扶贫开发领导小组印发了《东西部扶贫协作考核办法（试行）》")
    ('《东西部扶贫协作考核办法（试行）》是由谁印发的？', '国务院扶贫开发领导小组')
    >>> ask_issuer("1996年5月31日，国务院在北京召开扶贫协作会议，安排结对")
    ('1996年5月31日的扶贫协作会议是由谁召开的？', '国务院')
    """
    hosted = _HOSTED.search(body)
    if hosted:
        question = f"{hosted.group('what')}是由谁{hosted.group('verb')}的？"
        return (question, hosted.group("who")) if reads_well(question) else None
    time, rest = split_time(body)
    clause = clauses(rest)[0]
    for pattern in (_ACTIVE, _PASSIVE, _HELD):
        match = pattern.fullmatch(clause)
        if match is None or not opens_well(match.group("who")):
            continue
        when = f"{time}的" if pattern is _HELD and time else ""
        question = f"{when}{match.group('what')}是由谁{match.group('verb')}的？"
        if reads_well(question):
            return question, match.group("who")
    return None


def _of_header(document: Document) -> Iterator[Draft]:
    if document.header.title is None or not document.sections or document.sections[0].kind != "header":
        return
    head = document.text[: document.sections[0].end]
    for pattern, asked in ((_NUMBER, "的文号是什么？"), (_ISSUER, "是由哪个单位发布的？")):
        match = pattern.search(head)
        if match:
            question = f"{title_of(document)}{asked}"
            yield Draft(document.path, match.start(), "issuer", question, match.group(), (match.group(1),))
