"""Sentence → whether it holds a count, an amount or a share that a question asks for, beside what is counted.

What the question names itself is no answer to it: 310家中央单位 is none to 310家里有几家是央企.
"""

import re
from collections.abc import Callable
from decimal import Decimal
from itertools import dropwhile, takewhile

from rag.asked_kinds import AMOUNT, COUNT, SHARE
from rag.expected import lacks_expected
from rag.facts import Fact, find_figures
from rag.mentions import means_each

MONEY = re.compile("(?:元|圆|镑|盾|卢布|法郎|马克|卢比)$")
PERCENT = re.compile("(?:%|‰|个百分点|倍|成)$")
_NEAR_THE_THING, _UNCERTAIN, _SOMEWHERE, _ALIKE, _ELSEWHERE = 1.0, 0.7, 0.6, 0.6, 0.3
"""How far a count answers: beside what is counted, where that cannot be told, beside something else, where a noun like
that of what is counted stands (老师, 教师), or none."""
_SAME = Decimal("0.02")
"""15万 and 15.04万 are one figure, told roughly and in full."""
_COMPARED = re.compile(r"最|更|高于|多于|大于|超过|少于|低于|首位|居首|第一|[多少高低](?:出|了|\d)")
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
    r"(?:人口|人数|劳动力|干部|人才|教师|学生)[^,，。]{0,4}\d|人[近约超达]?\d|\d万?[多余]?[\u4e00-\u9fff]{0,6}(?:人口|劳动力|干部|人才|教师|医生|学生|群众|移民)"
)
_RATIO = re.compile(r"\d[:：]\d")
_ANYONE = re.compile("老乡|乡亲|百姓|老百姓|群众|农民|居民|人员")
_PERSONS = re.compile(
    "学生|教师|老师|医生|干部|人才|劳动力|老乡|乡亲|百姓|群众|农民|居民|移民|工人|专家|[员师者民]$|书记|支书"
)
_OF_TIME = frozenset({"年", "月", "天"})
_OF_REGIONS = frozenset({"省", "市", "县", "区"})
_THINGS = frozenset("个家户所")
_OF_THINGS = _THINGS | frozenset("人只头种条座支张项")
_LOOSE = frozenset({"", "个", "项"})
# 一共花了多少, without a word for money.
_SPENT = re.compile("花|捐|销|卖|买|拨|掏|赚|挣|投|拿|给|筹|真金|差多少")
_PART_OF_MONEY = re.compile(r"\d[\d.万]*[元亿][^,，\d]{0,8}[里中](?:[,，]|面|有|头)")
_HOW_MANY = re.compile(r"多少(?!万|亿|元|钱|人|个|家|名|次|比)([\u4e00-\u9fff]{2,6})")
_REGION_UNIT = re.compile("(?:穷|贫困|重点|东部|西部)?([县市省区村镇州乡旗])(?![域场民])")
_COUNTED = re.compile("[\u4e00-\u9fff]{1,6}")
_EMPTY = frozenset({"的", "呢", "了", "在", "是"})
_SEGMENT = re.compile("[,，、;；。|]")
_SAME_OR_LOOSE = frozenset("项种条对批支座类场期届次份")


def holds_count(asked: str, held: str, text: str, above: str) -> float:
    """How far a text holds the count, amount or share that a question asks for, in [0, 1].

    Parameters
    ----------
    asked, held
        Question and text as copies for matching.
    text
        The text as written.
    above
        What stands above it, as a copy for matching: of a table row it may name what is counted.
    """
    if not AMOUNT.search(asked) and (_FRACTION.search(held) or _lists_the_thing(asked, held)):
        return 1.0
    if SHARE.search(asked) and _RATIO.search(held):
        return 1.0
    if lacks_expected(asked, without_own(asked, held)):
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
        if _SPENT.search(asked) or means_each(asked):
            return _has_figure(asked, held, _measures)
        named = _names_the_thing(asked, held + above)
        if (noun := _counted_noun(asked)) and _PERSONS.search(noun):
            people = _OF_PEOPLE | {""} if _UNCOUNTED_PEOPLE.search(held) else _OF_PEOPLE
            return named * _has_figure(asked, held, lambda other: other in people)
        regions = {unit for unit in _OF_REGIONS if unit in asked}  # 县对县各是多少
        counts = _has_figure(asked, held, lambda unit: unit in regions or _counts_things(unit))
        return named * counts
    unit = counted[1]
    if unit in _PEOPLE:
        people = _OF_PEOPLE | {""} if _UNCOUNTED_PEOPLE.search(held) else _OF_PEOPLE
        return _has_figure(asked, held, lambda other: other in people)
    if unit in _THINGS:
        region = _REGION_UNIT.match(asked, counted.end())
        if region and not held.startswith("|"):
            return _NEAR_THE_THING if _counts_regions(region[1], without_own(asked, held)) else _ELSEWHERE
        if _has_figure(asked, held, lambda other: other in (_OF_THINGS if unit == "个" else _THINGS)):
            return _beside_the_thing(asked, held, above, counted)
        return _UNCERTAIN * _has_bare_figure(asked, held, counted)
    if unit in _SAME_OR_LOOSE:
        return _has_figure(asked, held, lambda other: other == unit or other in _LOOSE)
    return _has_figure(asked, held, lambda other: other == unit)


def holds_compared(asked: str, held: str, text: str, above: str) -> float:
    """Tell whether a text tells what can be compared, a measure, or how it compares; parameters as of `holds_count`."""
    return _COMPARED.search(held) is not None or _has_figure(asked, held, _measures)


def _counts_regions(unit: str, text: str) -> bool:
    return (
        re.search(
            rf"[\d两三四五六七八九][多余]?万?个?(?![年月日])[\u4e00-\u9fff]{{0,12}}{unit}(?<!乡村)(?![域场民])", text
        )
        is not None
    )


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
    noun = _counted_noun(asked)
    return _names(noun, told) if noun else 1.0


def _counted_noun(asked: str) -> str:
    """The noun behind 多少, if no unit stands between them; empty where there is none."""
    behind = _HOW_MANY.search(asked)
    if behind is None:
        return ""
    import rjieba

    words: list[tuple[str, str]] = rjieba.tag(behind[1])
    # The first run of nouns: a verb may stand before it (帮扶车间) and behind (干部到定西挂职).
    nouns = list(takewhile(_is_noun, dropwhile(lambda word: not _is_noun(word), words)))
    return (nouns or words)[-1][0]


def _is_noun(word: tuple[str, str]) -> bool:
    return word[1][0] in "nj"


def _names(noun: str, told: str) -> float:
    if len(noun) == 1 or noun in told or (_ANYONE.fullmatch(noun) and "人" in told):
        return 1.0
    return _ALIKE if noun[-1] in told else _ELSEWHERE


def _measures(unit: str) -> bool:
    return unit not in _OF_TIME | _OF_REGIONS


def _counts_things(unit: str) -> bool:
    return _measures(unit) and MONEY.search(unit) is None and PERCENT.search(unit) is None


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
    rest = without_own(asked, held)
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
    segments = [segment for segment in _SEGMENT.split(held) if noun[-2:] in segment]
    beside = any(re.search(r"\d", without_own(asked, segment)) for segment in segments)
    return _NEAR_THE_THING if beside else min(_SOMEWHERE, _names(noun, held + above))


def without_own(asked: str, held: str) -> str:
    """A text without the numbers of the question, both as copies for matching."""
    for number in re.findall(r"\d+", asked):
        held = re.sub(rf"(?<!\d){number}(?!\d)", "", held)
    return held
