"""Sentence → whether it holds an answer of a kind that a question asks for (`rag.asked_kinds`).

What the question names itself is no answer to it: 310家中央单位 is none to 310家里有几家是央企.
"""

import re
from collections.abc import Callable, Collection
from decimal import Decimal
from itertools import pairwise

from rag.asked_kinds import AMOUNT, COUNT, SHARE, UNTIL, asked_kinds, asking_clauses
from rag.expected import lacks_expected
from rag.facts import Fact, find_figures
from rag.mentions import find_places, has_mean, means_each, told_apart
from rag.names import find_names
from rag.normalise import matching_copy, normalise
from rag.slots import PROVINCES, find_regions

MONEY = re.compile("(?:元|美元|港元|日元|欧元|英镑)$")
PERCENT = re.compile("(?:%|‰|个百分点|倍|成)$")

_NEAR_THE_THING, _SOMEWHERE, _UNCERTAIN, _ELSEWHERE = 1.0, 0.6, 0.7, 0.3
"""How far a count answers: beside what is counted, beside something else, where that cannot be told, or where what is
counted is not named."""
_UNKNOWN_NAME, _NO_NAME = 0.7, 0.2
"""How far a sentence without a name that the tagger knows may hold one of a county or another place: with a noun behind
that of a province (浙江海盐), and without."""
_SAME = Decimal("0.02")
"""15万 and 15.04万 are one figure, told roughly and in full."""

_REASON = re.compile(
    "因为|由于|因而|因此|所以|原因|为了|为的|以便|旨在|目的|(?<!基)因(?![此而为素特地公])|出于|考虑|考量|鉴于|导致|使得|从而|遂|于是|"
    "故[^事乡宫]|唯有|以致|以免|避免|担心|依据|理由|但|以[^,。]{2,24}(?:闻名|著称|誉|见长)|不[能可宜应得要全]|不同|不一|须|需|难以|无法|没能|才|减轻|给[^,，。]{2,12}[增减]|"
    "(?:没有|未)[说给列见]|缺|存疑|跳变|口径"
)
_COMPARED = re.compile(r"最|更|高于|多于|大于|超过|少于|低于|首位|居首|第一|[多少高低](?:出|了|\d)")
_MEANING = re.compile("指|是|即|为|称|属|叫|[：:]|——|包括|方式|做法|办法")
_NUMBER = re.compile(r"[〔\[]\d{4}[〕\]]\s*\d+号|第\d+号|\d+号[文令]|[未没无][见有]?文号")
_PAPER = re.compile("《|〔|方案|意见|通知|办法|规定|纲要|规划|文件|条例|法")
_END_OF_TIME = re.compile(r"(?:到|至|截止|[—–~～-])[^,，。]{0,6}(?:19|20)\d\d|\d年(?:底|末|前|以前|之前)")
_OTHER_TIME = re.compile(r"世纪|\d岁|\d时\d+分|[冬夏]至|[春秋]分|(?<!季)节[当前后日]|年代|朝|[〇○一二三四五六七八九]{4}年|期间|[春夏秋冬]季|元年|[上下]午")
_ANY_YEAR = re.compile(r"(?<!\d)\d{3,4}年")
_DAY, _MONTH, _YEAR = re.compile("哪一?[天日]|几号"), re.compile("哪个?月|几月"), re.compile("哪一?年|何年")
_SHORT_YEAR = re.compile(r"(?<!\d)(\d\d)年")
_FOREIGN_NAME = re.compile(r"[\u4e00-\u9fff]+·[\u4e00-\u9fff]+|[A-Z][a-z]+ [A-Z][a-z]+")
_SHORT_ORGAN = re.compile(
    "发改委|国务院|[中国]办|中共中央|中央(?!企|单)|扶贫办|乡村振兴局|人社部|农业农村部|财政部|中组部|[省市](?:委|政府)|公司|集团|大学|医院"
)
_PROVINCE = re.compile(PROVINCES)
_CITIES = frozenset({"北京", "上海", "天津", "重庆"})
_PEOPLE = frozenset("人名位")
_OF_PEOPLE = frozenset({"人", "人次"})
_FRACTION = re.compile("一半|半数|过半|大半|[一二两三四五六七八九]分之[一二三四]")
# Money of different kinds, by the words for it: from budgets, of firms, sold, given by society, earned.
_MONEYS = tuple(
    re.compile(words)
    for words in (
        "财政|拨款|帮扶资金|援助资金|财政援助|帮扶的钱",
        "投资|引资|到位资金|投产",
        "消费|采购|销售|助销|卖|销了|买|农产品|农特产品",
        "捐",
        "收入|工资|挣|赚",
    )
)
# 常住人口6.6万, 81.5万农村劳动力
_UNCOUNTED_PEOPLE = re.compile(
    r"(?:人口|人数|劳动力|干部|人才|教师|学生)[^,，。]{0,4}\d|\d万?[多余]?[\u4e00-\u9fff]{0,6}(?:人口|劳动力|干部|人才|教师|医生|学生|群众|移民)"
)
_OF_TIME = frozenset({"年", "月", "天"})
_OF_REGIONS = frozenset({"省", "市", "县", "区"})
_THINGS = frozenset("个家户所")
_LOOSE = frozenset({"", "个", "项"})
# 一共花了多少, without a word for money.
_SPENT = re.compile("花|捐|销|卖|买|拨|掏|赚|挣|投|拿|给|筹|真金|差多少")
_PART_OF_MONEY = re.compile(r"\d[\d.万]*[元亿][^,，\d]{0,8}[里中](?:[,，]|面|有|头)")
_HOW_MANY = re.compile(r"多少(?!万|亿|元|钱|人|个|家|名|次|比)([\u4e00-\u9fff]{2,6})")
_REGION_UNIT = re.compile("[县市省区村镇州乡旗](?![域场民])")
_COUNTED = re.compile("[\u4e00-\u9fff]{1,6}")
_EMPTY = frozenset({"的", "呢", "了", "在", "是"})
_SEGMENT = re.compile("[,，、;；。|]")
_QUOTED = re.compile("[“《][^”》]+[”》]")
_STATED = re.compile(r"哪(\d+|[两三四五六七八九十])|(\d+|[三四五六七八九十])[个项条对类种大张]")
_ITEM = re.compile("、|和(?![田平谐])|以及|及|与")
_RUN = re.compile("[,，;；。:：|]")
# 哪些农户: 有返贫风险的农户.
_WHICH_THINGS = re.compile("哪些([\u4e00-\u9fff]{2})(?=$|[,，?？呢])")
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
        return float(lacks_expected(asked, _without_own(asked, held)))
    return 1 - sum(float(_HOLDERS[kind](asked, held, text, above)) for kind in kinds) / len(kinds)


def _holds_reason(asked: str, held: str, text: str, above: str) -> bool:
    return _REASON.search(held) is not None


def _holds_meaning(asked: str, held: str, text: str, above: str) -> bool:
    return _MEANING.search(held) is not None


def _holds_number(asked: str, held: str, text: str, above: str) -> bool:
    return _NUMBER.search(held) is not None


def _holds_paper(asked: str, held: str, text: str, above: str) -> bool:
    return _PAPER.search(held) is not None


def _holds_person(asked: str, held: str, text: str, above: str) -> bool:
    return any(name not in asked for name in _persons(text))


def _holds_compared(asked: str, held: str, text: str, above: str) -> bool:
    return _COMPARED.search(held) is not None or _has_figure(asked, held, _measures)


def _holds_organ(asked: str, held: str, text: str, above: str) -> bool:
    named = [fact.surface for fact in find_names(held) if fact.kind == "organisation"]
    return any(name not in asked for name in (*named, *_SHORT_ORGAN.findall(held)))


def _holds_city(asked: str, held: str, text: str, above: str) -> bool:
    return any(not _PROVINCE.fullmatch(name) or name in _CITIES for name in _new_places(asked, held))


def _holds_province(asked: str, held: str, text: str, above: str) -> bool:
    return any(_PROVINCE.fullmatch(name) for name in _new_places(asked, held))


def _holds_county(asked: str, held: str, text: str, above: str) -> float:
    # The tagger does not know every county, and takes some for persons.
    places = any(not _PROVINCE.fullmatch(name) for name in _new_places(asked, held))
    return 1.0 if places or _holds_person(asked, held, text, above) else _may_name(asked, held)


def _holds_place(asked: str, held: str, text: str, above: str) -> float:
    return 1.0 if _new_places(asked, held) else _may_name(asked, held)


def _holds_who(asked: str, held: str, text: str, above: str) -> bool:
    named = _holds_person(asked, held, text, above) or _holds_organ(asked, held, text, above)
    return named or bool(_new_places(asked, held))


def _holds_when(asked: str, held: str, text: str, above: str) -> bool:
    """A day as precise as is asked for, that is none of the question's and does not only tell when it was reported."""
    held = told_apart(held)
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


def _holds_count(asked: str, held: str, text: str, above: str) -> float:
    if not AMOUNT.search(asked) and (_FRACTION.search(held) or _lists_the_thing(asked, held)):
        return 1.0
    if lacks_expected(asked, _without_own(asked, held)):
        return 0.0
    if AMOUNT.search(asked):
        return _of_that_money(asked, held + above) * _has_figure(
            asked, held, lambda unit: MONEY.search(unit) is not None
        )
    if SHARE.search(asked):
        return _has_figure(asked, held, lambda unit: PERCENT.search(unit) is not None)
    counted = COUNT.search(asked)
    if counted is None:
        if _PART_OF_MONEY.search(asked):
            return _has_figure(asked, held, lambda unit: bool(MONEY.search(unit) or unit == "%"))
        if _SPENT.search(asked):
            return _has_figure(asked, held, _measures)
        regions = {unit for unit in _OF_REGIONS if unit in asked}  # 县对县各是多少
        counts = _has_figure(asked, held, lambda unit: unit in regions or _counts_things(unit))
        return _names_the_thing(asked, held + above) * counts
    unit = counted[1]
    if unit in _PEOPLE:
        people = _OF_PEOPLE | {""} if _UNCOUNTED_PEOPLE.search(held) else _OF_PEOPLE
        return _has_figure(asked, held, lambda other: other in people)
    if unit in _THINGS:
        if _has_figure(asked, held, lambda other: other in _THINGS):
            return _beside_the_thing(asked, held, above, counted)
        return _UNCERTAIN * _has_bare_figure(asked, held, counted)
    if unit in _SAME_OR_LOOSE:
        return _has_figure(asked, held, lambda other: other == unit or other in _LOOSE)
    return _has_figure(asked, held, lambda other: other == unit)


def _lists_the_thing(asked: str, held: str) -> bool:
    """Tell whether a text names one by one what is to be counted (甲骑士团、乙骑士团和丙骑士团)."""
    counted = COUNT.search(asked)
    thing = _COUNTED.match(asked, counted.end()) if counted else None
    if thing is None:
        return False
    ends = [thing[0][:length] for length in (2, 3)]
    return any(len(end) > 1 and len(re.findall(rf"{end}(?=[、和与及,，的])", held)) > 2 for end in ends)


def _of_that_money(asked: str, told: str) -> float:
    """How far a text tells of the money that is asked for: what a government gives is not what a firm invests."""
    wanted = [kind for kind in _MONEYS if kind.search(asked)]
    return 1.0 if not wanted or any(kind.search(told) for kind in wanted) else _ELSEWHERE


def _names_the_thing(asked: str, told: str) -> float:
    """How far a text names what is to be counted (多少帮扶车间): all, a character of it (老师, 教师), or nothing."""
    behind = _HOW_MANY.search(asked)
    if behind is None:
        return 1.0
    import rjieba

    return _names(rjieba.cut(behind[1])[-1], told)


def _names(noun: str, told: str) -> float:
    if len(noun) == 1 or noun in told:
        return 1.0
    return _UNCERTAIN if any(character in told for character in noun) else _ELSEWHERE


def _measures(unit: str) -> bool:
    return unit not in _OF_TIME | _OF_REGIONS


def _counts_things(unit: str) -> bool:
    return _measures(unit) and MONEY.search(unit) is None and PERCENT.search(unit) is None


def _holds_list(asked: str, held: str, text: str, above: str) -> bool:
    """As many items side by side as the question says there are, at most three, or two; or a thing told closer."""
    thing = _WHICH_THINGS.search(asked)
    if thing and thing[1] not in asked[: thing.start()] and re.search(rf"的[^,，。的]{{0,4}}{thing[1]}", held):
        return True
    stated = _STATED.search(asking_clauses(asked))
    wanted = 3 if stated and (stated[1] or stated[2]) not in ("两", "2") else 2
    if sum(name not in asked for name in map(normalise, _QUOTED.findall(text))) >= wanted:
        return True
    for run in _RUN.split(held):
        items = _ITEM.split(run)
        if len(items) >= wanted and sum(item not in asked for item in items) >= wanted:
            return True
    return len(_NUMBERED.findall(held)) > 1


_SAME_OR_LOOSE = frozenset("项种条对批支座类场期届次份")
_HOLDERS: dict[str, Callable[[str, str, str, str], float]] = {
    "reason": _holds_reason,
    "meaning": _holds_meaning,
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
    "count": _holds_count,
    "compared": _holds_compared,
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
    behind = [word for (before, _), (word, tag) in pairwise(tagged) if tag == "n" and _PROVINCE.fullmatch(before)]
    return _UNKNOWN_NAME if any(len(word) == len("海盐") and word not in asked for word in behind) else _NO_NAME


def _has_figure(asked: str, held: str, accepts: Callable[[str], bool]) -> bool:
    """Tell whether a text has a figure with an accepted unit that is none of the question's, even if told roughly."""
    own = [value for fact in find_figures(asked).facts for value in _values(fact)]
    for fact in find_figures(held).facts:
        for number, unit in _values(fact) if fact.kind == "quantity" else ():
            # 81.5万农村劳动力 and 81.5万人 are one figure.
            same = any(
                abs(number - other) <= _SAME * max(number, other) and (of == unit or not of or not unit)
                for other, of in own
            )
            if accepts(unit) and not same:
                return True
    return False


def _values(fact: Fact) -> list[tuple[Decimal, str]]:
    found = [re.match(r"(\d+(?:\.\d+)?)(.*)", key) for key in fact.keys]
    return [(Decimal(match[1]), match[2]) for match in found if match]


def _has_bare_figure(asked: str, held: str, counted: re.Match[str]) -> bool:
    """A number directly before what is counted (22个县, 22县), or before any noun where that is not told."""
    thing = asked[counted.end() : counted.end() + 2]
    rest = _without_own(asked, held)
    if unit_of_region := _REGION_UNIT.match(thing):
        return re.search(rf"\d+[多余]?个?{unit_of_region[0]}", rest) is not None
    if _COUNTED.fullmatch(thing) and len(thing) > 1:
        return re.search(rf"\d+[多余]?万?{re.escape(thing)}", rest) is not None
    return re.search(r"(?<![\d.])\d+[多余]?万?[\u4e00-\u9fff](?<![年月日元亿届次])", rest) is not None


def _beside_the_thing(asked: str, held: str, above: str, counted: re.Match[str]) -> float:
    """How certain it is that a number counts what is asked for: whether its noun stands in the clause of a number."""
    import rjieba

    behind = _COUNTED.match(asked, counted.end())
    noun: str = rjieba.cut(behind[0])[-1] if behind else ""
    if not noun or noun in _EMPTY:
        before: list[tuple[str, str]] = rjieba.tag(_SEGMENT.split(asked[: counted.start()])[-1])
        # The tagger takes 央企有 for one word.
        nouns = [word.removesuffix("有") for word, tag in before if tag[0] in "nj" and tag != "ns"]
        noun = nouns[-1] if nouns else ""
    if not noun:
        return _UNCERTAIN
    if held.startswith("|") and noun[-2:] in above:
        return _NEAR_THE_THING  # what the rows of a table count stands above it
    if len(noun) == 1:
        return _NEAR_THE_THING if re.search(rf"\d+[多余]?个?{noun}", _without_own(asked, held)) else _SOMEWHERE
    segments = [segment for segment in _SEGMENT.split(held) if noun[-2:] in segment]
    beside = any(re.search(r"\d", _without_own(asked, segment)) for segment in segments)
    return _NEAR_THE_THING if beside else min(_SOMEWHERE, _names(noun, held + above))


def _without_own(asked: str, held: str) -> str:
    """A text without the numbers of the question."""
    for number in re.findall(r"\d+", asked):
        held = re.sub(rf"(?<!\d){number}(?!\d)", "", held)
    return held
