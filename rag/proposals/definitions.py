"""Definitions: X是指…… and X是……的一种…… → 什么是X？"""

import re
from collections.abc import Iterator, Sequence

from rag.proposals.draft import Draft, Statement, clauses, title_of
from rag.proposals.wording import opens_well, reads_well
from rag.types import Document

_CALLED = re.compile(
    r"(?:第[一二三四五六七八九十百零]+条[\s　]*)?本(?:办法|法|条例|规定|意见|细则|方案|通知|规则|指引)"
    r"所称(?:的)?(?P<term>[^，是]{2,20})，?是?指(?P<what>.{8,})"
)
_MEANS = re.compile(r"(?:所谓)?(?P<term>[^，：；。、]{2,16}?)，?(?:是指|指的是|即指|系指)(?P<what>[^的].{7,})")
_KIND = (
    "制度|机制|方式|形式|关系|模式|工程|行动|机构|组织|城市|省份|协议|方法|技术|语言|平台|项目|活动|运动|学科|疾病|植物|动物|作品|小说|电影|"
    "游戏|车站|河流|山脉|岛屿|理论|标准|概念|延伸|举措|安排|做法"
)
_IS = re.compile(
    r"(?P<term>[^，：；。、的了是与和及在《》]{2,12})是(?P<what>(?![否因为由在从以要有会能不很最])[^，]{6,40}(?:，.*)?)"
)
_IS_KIND = re.compile(
    rf"^(?!.*(?:之一|最|重要|关键))(?:.*一[种座类部][^，]{{4}}|[^，]*(?:{_KIND})(?:，|$)|在[^，]{{2,12}}之下，)"
)
# The end of a heading that the extraction of a web page left in front of its sentence.
_GLUED = re.compile(r"(.{2,}).*\1")
_NO_TERM = re.compile(
    r".*(?:[年月日]$|\d|会议$|报道|时间|原因|目的|重点|对象|特点|数量|来源|例子|区别|这|那|其|就|都|也|还|不|会$|可能|当时|人口|说|认为|表示|要|应|必须|今|方向|落点|内容|思路|核心|关键|基础|前提|主题|任务|目标)"
)


def definitions(document: Document, found: Sequence[Statement]) -> Iterator[Draft]:
    """Ask what a term means that a sentence explains."""
    for statement in found:
        asked = ask_definition(statement.body, title_of(document))
        if asked is not None:
            yield Draft(document.path, statement.start, "definition", asked[0], statement.quote, (asked[1],))


def ask_definition(body: str, title: str) -> tuple[str, str] | None:
    """The question for a term that a sentence explains, and the beginning of what it says; None where none is.

    >>> ask_definition("定点扶贫是指机关、企事业单位用自身的资源帮扶贫困重点县", "《概况》")
    ('什么是定点扶贫？', '机关、企事业单位用自身的资源帮扶贫困重点县')
    >>> ask_definition("本办法所称消费帮扶，是指购买脱贫地区的产品和服务", "《消费帮扶办法》")
    ('《消费帮扶办法》所称的消费帮扶是指什么？', '购买脱贫地区的产品和服务')
    """
    called = _CALLED.match(body)
    if called:
        question = f"{title}所称的{called.group('term')}是指什么？"
        return (question, _first(called.group("what"))) if reads_well(question) else None
    match = _MEANS.match(body)
    if match is None:
        match = _IS.match(body)
        if match is None or not _IS_KIND.search(match.group("what")):
            return None
    term = match.group("term")
    if _NO_TERM.match(term) or _GLUED.search(term) or not opens_well(term):
        return None
    if "（）" in term or " " in match.group("what"):
        return None
    question = f"什么是{term}？" if not term.startswith("“") else f"{term}是什么意思？"
    return (question, _first(match.group("what"))) if reads_well(f"请问在文件里{question}") else None


def _first(what: str) -> str:
    parts = clauses(what)
    return parts[0] if len(parts[0]) >= 8 or len(parts) == 1 else f"{parts[0]}，{parts[1]}"
