"""Sentence → whether it holds an answer of a kind that a question asks for (`rag.asked_kinds`).

What the question names itself is no answer to it: 310家中央单位 is none to 310家里有几家是央企.
"""

import re
from collections.abc import Callable, Collection
from itertools import pairwise

from rag.asked_kinds import UNTIL, asked_kinds, asking_clauses
from rag.expected import lacks_expected
from rag.facts import find_figures
from rag.held_counts import holds_compared, holds_count, without_own
from rag.mentions import find_places, has_mean, means_each, told_apart
from rag.names import find_names
from rag.normalise import matching_copy, normalise
from rag.slots import PROVINCES, find_regions

_UNKNOWN_NAME, _NO_NAME, _ELSEWHERE = 0.7, 0.2, 0.3
"""How far a sentence without a name that the tagger knows may hold one of a county or another place: with a noun behind
that of a province (浙江海盐), and without; and how far one names a place of a province that names another's."""

_REASON = re.compile(
    "因为|由于|因而|因此|所以|原因|为了|为的|以便|旨在|目的|(?<!基)因(?![此而为素特地公])|出于|考虑|考量|鉴于|导致|使得|从而|遂|于是|"
    "故[^事乡宫]|唯有|以致|以免|避免|担心|依据|理由|但|以[^,。]{2,24}(?:闻名|著称|见长)|以[^。]{2,40}誉|以防|防止|为[^,。]{2,16}所|不[能可宜应得要全]|不同|不一|须|需|难以|无法|没能|(?<!人)才(?!干)|"
    "减轻|给[^,，。]{2,12}[增减]|"
    "(?:没有|未)[说给列见]|缺|存疑|跳变|口径"
)
_MEANING = re.compile("指|是|即|为|称|属|叫|[：:]|——|包括|方式|做法|办法")
_BASIS = re.compile("标准|条件|指标|依据|原则|低于|高于|以[上下]|不足|综合|排序|按照?[^,。]{2,}[选定分确]")
_OCCASION = re.compile("用[于在来]|会[议见]|[议谈布大年例场进员说览]会|论坛|座谈|采访|考察|调研|讲话|活动|仪式")
_NUMBER = re.compile(r"[〔\[]\d{4}[〕\]]\s*\d+号|第\d+号|\d+号[文令]|[未没无][见有]?文号")
_PAPER = re.compile("《|〔|方案|意见|通知|办法|规定|纲要|规划|文件|条例|法")
_END_OF_TIME = re.compile(r"(?:到|至|截止|[—–~～-])[^,，。]{0,6}(?:19|20)\d\d|\d年(?:底|末|前|以前|之前)")
_OTHER_TIME = re.compile(
    r"世纪|\d岁|\d时\d+分|[冬夏]至|[春秋]分|(?<!季)节[当前后日]|"
    r"(?:周|星期|礼拜)[一二三四五六日天末]|公元前|早上|晚间|平日|的时候|年代|朝|[〇○一二三四五六七八九]{4}年|期间|[春夏秋冬]季|元年|[上下]午"
)
# 起步是哪年: a year in which something of it began.
_ASKS_BEGIN = re.compile("起步|起源|起点|发端|源头")
_BEGINS = re.compile(
    "始于|起于|开始|起步|起源|发端|建立|成立|启动|首[次批届]|最早|第一[次批届]|设立|确[定立]|[起年]结对"
)
_UNCERTAIN = 0.5
_HELD_IN = re.compile("在([\u4e00-\u9fff]{2,8}?)(?:召开|举行|举办|开幕|闭幕|签署|成立)")
_ANY_YEAR = re.compile(r"(?<!\d)\d{3,4}年")
_DAY, _MONTH, _YEAR = re.compile("哪一?[天日]|几号"), re.compile("哪个?月|几月"), re.compile("哪一?年|何年")
_SHORT_YEAR = re.compile(r"(?<!\d)(\d\d)年")
_FOREIGN_NAME = re.compile(r"[\u4e00-\u9fff]+·[\u4e00-\u9fff]+|[A-Z][a-z]+ [A-Z][a-z]+")
_SHORT_ORGAN = re.compile(
    "发改委|国务院|[中国]办|中共中央|中央(?!企|单)|扶贫办|乡村振兴局|人社部|农业农村部|财政部|中组部|[省市](?:委|政府)|公司|集团|大学|医院|电视|报社|出版社|乐团|乐队|球队|银行|法院"
)
_PROVINCE = re.compile(PROVINCES)
_CITIES = frozenset({"北京", "上海", "天津", "重庆"})
_QUOTED = re.compile("[“《][^”》]+[”》]")
_STATED = re.compile(r"哪(\d+|[两三四五六七八九十])|(\d+|[三四五六七八九十])[个项条对类种大张]")
_ITEM = re.compile("、|和(?![田平谐])|以及|及|与")
_CLAUSE = re.compile("[,，;；、]")
_RUN = re.compile("[,，;；。:：|]")
# 哪些农户: 有返贫风险的农户.
_WHICH_THINGS = re.compile("哪些([\u4e00-\u9fff]{2})(?=$|[,，?？呢要需该])")
_WHICH = re.compile("哪些([\u4e00-\u9fff])")
_WHICH_DEEDS = re.compile(
    "哪些(?:工作|贡献|特征|特点|影响|作用|成就|活动|经历|变化|内容)|(?:工作|贡献|特征|特点|影响|作用|成就)有哪些"
)
_MANY_CLAUSES = 3
_BEHIND_WHO = re.compile("谁([\u4e00-\u9fff]{2,8})")
_OF_PROVINCE = re.compile(rf"({PROVINCES})(?:省|市|自治区)?的?哪")
_NEAR = 8
"""So far behind the name of its province that of a county may stand (山东一侧的青岛)."""
# 另有三说：
_TOLD_IN_TURN = re.compile(r"(\d|[两三四五六七八九])[\u4e00-\u9fff]{0,6}[:：]([^。]+)")
_VALUES = {digit: value for value, digit in enumerate("两三四五六七八九", 2)}
_NOUNS = frozenset({"n", "nz"})
_NUMBERED = re.compile(r"一个|[一二三]是|[（(]\d|[一二三]、")


def kinds_lacking(question: str, text: str, above: str = "") -> float:
    """Share of the kinds of answer asked for that a text does not hold, in [0, 1]; 0 where none is told.

    >>> kinds_lacking("组长是谁", "领导小组有19人。"), kinds_lacking("组长是谁", "组长王小明。")
    (1.0, 0.0)
    >>> kinds_lacking("310家单位里有多少家央企", "310家单位承担任务。")
    1.0
    """
    kinds = asked_kinds(question)
    asked, held = matching_copy(question), matching_copy(text)
    if means_each(asked) and not has_mean(held):
        return 1.0
    if not kinds:
        return float(lacks_expected(asked, without_own(asked, held)))
    return 1 - sum(float(_HOLDERS[kind](asked, held, text, above)) for kind in kinds) / len(kinds)


def _holds_reason(asked: str, held: str, text: str, above: str) -> bool:
    return _REASON.search(held.rpartition("\n")[2]) is not None  # not the head of a table


def _holds_meaning(asked: str, held: str, text: str, above: str) -> bool:
    return _MEANING.search(held) is not None


def _holds_basis(asked: str, held: str, text: str, above: str) -> bool:
    return _BASIS.search(told_apart(held)) is not None


def _holds_occasion(asked: str, held: str, text: str, above: str) -> bool:
    return _OCCASION.search(held) is not None


def _holds_number(asked: str, held: str, text: str, above: str) -> bool:
    return _NUMBER.search(held) is not None


def _holds_paper(asked: str, held: str, text: str, above: str) -> bool:
    return _PAPER.search(held) is not None


def _holds_person(asked: str, held: str, text: str, above: str) -> bool:
    return any(name not in asked for name in _persons(text))


def _holds_organ(asked: str, held: str, text: str, above: str) -> bool:
    named = [fact.surface for fact in find_names(held) if fact.kind == "organisation"]
    return any(name not in asked for name in (*named, *_SHORT_ORGAN.findall(held)))


def _holds_city(asked: str, held: str, text: str, above: str) -> float:
    if any(not _PROVINCE.fullmatch(name) or name in _CITIES for name in _new_places(asked, held)):
        return _of_that_province(asked, held)
    return _may_name(asked, held) if _may_name(asked, held) > _NO_NAME else 0.0


def _holds_province(asked: str, held: str, text: str, above: str) -> bool:
    return any(_PROVINCE.fullmatch(name) for name in _new_places(asked, held))


def _holds_county(asked: str, held: str, text: str, above: str) -> float:
    # The tagger does not know every county, and takes some for persons.
    places = any(not _PROVINCE.fullmatch(name) for name in _new_places(asked, held))
    if places or _holds_person(asked, held, text, above):
        return _of_that_province(asked, held)
    return _may_name(asked, held)


def _of_that_province(asked: str, held: str) -> float:
    """How far a place of a sentence may be one of the province that a question asks of (天津哪个区).

    Where the sentence names the province, a place of it stands behind its name: 天津帮甘肃天祝县 names none.
    """
    asks = _OF_PROVINCE.search(asked)
    if asks is None or asks[1] not in held or held.startswith("|"):
        return 1.0
    for named in re.finditer(asks[1], held):
        behind = held[named.end() : named.end() + _NEAR]
        places = _new_places(asked, behind)
        if (places and not _PROVINCE.fullmatch(places[0])) or _may_name("", asks[1] + behind) == _UNKNOWN_NAME:
            return 1.0
    return _ELSEWHERE


def _holds_place(asked: str, held: str, text: str, above: str) -> float:
    # The tagger takes 银川召开 for one word.
    where = _HELD_IN.search(told_apart(held))
    return 1.0 if _new_places(asked, held) or (where and where[1] not in asked) else _may_name(asked, held)


def _holds_who(asked: str, held: str, text: str, above: str) -> bool:
    named = _holds_person(asked, held, text, above) or _holds_organ(asked, held, text, above)
    return named or bool(_new_places(asked, held)) or _fills_blank(asked, held)


def _fills_blank(asked: str, held: str) -> bool:
    """Tell whether something new stands before what the question says behind 谁 (是谁的小说, 是乙一的小说)."""
    behind = _BEHIND_WHO.search(asked)
    before = re.search(rf"([\u4e00-\u9fff]{{2}}){behind[1]}", held) if behind else None
    return before is not None and before[1] not in asked


def _holds_when(asked: str, held: str, text: str, above: str) -> float:
    """How far it holds a day as is asked for; half, where it is to be that of a beginning and nothing begins."""
    began = not _ASKS_BEGIN.search(asked) or _BEGINS.search(held)
    return _holds_day(asked, told_apart(held)) * (1.0 if began else _UNCERTAIN)


def _holds_day(asked: str, held: str) -> bool:
    """A day as precise as is asked for, that is none of the question's and does not only tell when it was reported."""
    precise = 2 if _DAY.search(asked) else 1 if _MONTH.search(asked) else 0
    if not precise and not _YEAR.search(asked) and _OTHER_TIME.search(held):
        return True
    if lacks_expected(asked, held) or (UNTIL.search(asked) and not _END_OF_TIME.search(held)):
        return False
    own = find_figures(asked).days
    known = {(day.year, day.month, day.day) for day in own}
    years = {day.year for day in own} | {2000 + int(year) for year in _SHORT_YEAR.findall(asked)}
    for day in find_figures(held).days:
        asked_already = (day.year, day.month, day.day) in known
        tells_no_more = day.year in years and (day.month is None or _YEAR.search(asked) is not None)
        if not asked_already and not tells_no_more and (day.month, day.day).count(None) <= 2 - precise:
            return True
    return any(year not in asked for year in _ANY_YEAR.findall(held)) or _OTHER_TIME.search(held) is not None


def _holds_list(asked: str, held: str, text: str, above: str) -> bool:
    """As many items side by side as the question says there are, at most three, or two; or a thing told closer."""
    thing = _WHICH_THINGS.search(asked)
    if thing and thing[1] not in asked[: thing.start()] and re.search(rf"的[^,，。的]{{0,4}}{thing[1]}", held):
        return True
    if _WHICH_DEEDS.search(asked) and len(_CLAUSE.findall(held)) >= _MANY_CLAUSES:
        return True
    which = _WHICH.search(asked)
    if which and re.search(f"各[大个]?{which[1]}", held):
        return True
    stated = _STATED.search(asking_clauses(asked))
    wanted = 3 if stated and (stated[1] or stated[2]) not in ("两", "2") else 2
    if count_items(asked, text) >= wanted:
        return True
    turns = _TOLD_IN_TURN.search(held)
    if turns and len(_CLAUSE.split(turns[2])) >= _VALUES.get(turns[1], 2):
        return True
    return len(_NUMBERED.findall(held)) > 1


def count_items(asked: str, text: str) -> int:
    """How many items stand side by side in a text, in the longest run of them, without those of the question.

    >>> count_items("有哪几项", "共六项，即甲类、乙类和丙类。")
    3
    """
    quoted = sum(name not in asked for name in map(normalise, _QUOTED.findall(text)))
    runs = (_ITEM.split(run) for run in _RUN.split(matching_copy(text)))
    return max([quoted, *(sum(item not in asked for item in items) for items in runs if len(items) > 1)])


_HOLDERS: dict[str, Callable[[str, str, str, str], float]] = {
    "reason": _holds_reason,
    "meaning": _holds_meaning,
    "basis": _holds_basis,
    "occasion": _holds_occasion,
    "number": _holds_number,
    "paper": _holds_paper,
    "person": _holds_person,
    "organ": _holds_organ,
    "city": _holds_city,
    "province": _holds_province,
    "county": _holds_county,
    "place": _holds_place,
    "who": _holds_who,
    "when": _holds_when,
    "count": holds_count,
    "compared": holds_compared,
    "list": _holds_list,
}


def _persons(text: str) -> Collection[str]:
    import rjieba

    tagged: list[tuple[str, str]] = rjieba.tag(normalise(text))
    named = [word for word, tag in tagged if tag.startswith("nr") and len(word) > 1]
    return [*named, *_FOREIGN_NAME.findall(text)]


def _new_places(asked: str, held: str) -> list[str]:
    """Places of a text that the question does not name, by full name or abbreviation."""
    own = find_regions(asked)
    places = find_places(told_apart(held))
    return [
        fact.keys[0]
        for fact in places
        if fact.keys[0] not in asked and fact.surface not in asked and fact.keys[0] not in own
    ]


def _may_name(asked: str, held: str) -> float:
    """How far a text may name a place that the tagger takes for something else."""
    import rjieba

    tagged: list[tuple[str, str]] = rjieba.tag(told_apart(held))
    behind = [word for (before, _), (word, tag) in pairwise(tagged) if tag in _NOUNS and _PROVINCE.fullmatch(before)]
    return _UNKNOWN_NAME if any(len(word) == len("海盐") and word not in asked for word in behind) else _NO_NAME
