"""Phrases of a question → whether two can be items of one list: of the same kind, and neither asks."""

import re

from rag.names import find_names
from rag.slots import PROVINCES, SHORT_NAMES
from rag.topic import ASKING

HIDDEN = "\ue000"
"""Stands for each character of a title, a quoted name or a remark."""
BREAK = r"[，,]"
SMALL_YEAR = r"(?:(?:19|20)?\d\d|[一二][〇零一二三四五六七八九]{3})"
TWO_PROVINCES = f"(?:[{''.join(SHORT_NAMES)}]{{2}}(?:协作|合作)?)"
# What says that the items take turns, are compared, or that one of them is to be chosen.
TURN = re.compile(
    r"分别|各自?(?=是|有|为|在|由|出|投|拨|用|写|帮|派|管|占|多少|几|哪|需|达|建|引|卖|销|拿)|各$|"
    r"有?(?:什么|啥|何|哪些)?(?:区别|差别|差异|异同|不同|不一样|出入)|差在哪|差多少|相差|相比|比起来|比较|对比|"
    r"哪(?:一?[个边头方年省家地种]|件事)?[^，,。？?]{0,16}(?:更?[多大高早少小长快]|在?先)(?:[些呢？?，,]|$)|"
    r"谁[^，,。？?]{0,8}(?:更?[多大高早少小长快]|在?先)(?:[些呢？?，,]|$)|"
    r"[多少]了(?:谁|哪|什么|啥)|是?[多高大]了?还是[少低小]了?|两(?:笔|者)|二者"
)
_HEADS = re.compile(r"(?:工作|考核|评价|现场会|推进会|会议|办法|意见|通知|机制|任务|力度|政策|要求|情况|文件|资金)$")
# 2020年头几个月, 那几年: a time, and no question.
_NO_QUESTION = re.compile("[那头前这后好]几")


def asks(clause: str) -> bool:
    """Tell whether a clause has a word that asks."""
    return ASKING.search(_NO_QUESTION.sub("", clause)) is not None


def is_alike(hidden: str, x: str, y: str, *, alone: bool = False) -> bool:
    """Tell whether two phrases can be two items: of the same kind, and neither asks nor is half of a compound."""
    if min(len(x), len(y)) < 2 or re.search(rf"{BREAK}|^(?:其他|别的|其它)", y):
        return False
    if any(asks(side) or TURN.search(side) for side in (x, y)):
        return False
    head = _HEADS.search(y)
    if head and not x.endswith(head.group()) and not (kinds_named(x) and kinds_named(y)):
        return False
    if alone or kinds_named(x) & kinds_named(y):
        return True
    return x[-2:] == y[-2:] or x[:2] == y[:2]


def kinds_named(phrase: str) -> set[str]:
    """What a phrase names: a time, a place or pair, something in quotation marks."""
    kinds = set()
    if re.search(rf"(?<!\d)(?:{SMALL_YEAR}年|(?:19|20)\d\d)|十[一二三四五]五", phrase):
        kinds.add("time")
    if re.search(rf"{PROVINCES}|{TWO_PROVINCES}", phrase) or any(fact.kind == "place" for fact in find_names(phrase)):
        kinds.add("place")
    if HIDDEN in phrase:
        kinds.add("name")
    return kinds
