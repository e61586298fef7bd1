"""Question → where in a sentence the date, amount, share or count that it asks for stands."""

import re
from collections.abc import Callable, Iterator

from rag.asked_kinds import AMOUNT, COUNT, SHARE, asked_kinds
from rag.facts import find_figures
from rag.held_counts import MONEY, PERCENT
from rag.normalise import matching_copy, normalise
from rag.words import bigrams

Range = tuple[int, int]

_MOST, _NEAR = 2, 0.5
"""Of several values of a kind count those whose clause shares half of its pairs of characters with the question."""

_WHEN = re.compile(
    "什么时候|何时|哪[一]?年|哪[一]?天|哪个月|几月|几号|几时|什么时间|什么日子|啥时候?|从何|日期|(?<!多长)时间(?:地点|[、和]|是|分别)"
)
_DAY, _MONTH = re.compile("哪一?天|几号"), re.compile("哪个月|几月")
_SAME_UNITS = {"名": "人", "位": "人", "口": "人"}
_PAUSE = re.compile(r"[，。；：！？;!?\n]|[,:](?!\d)")

Accepts = Callable[[str], bool]


def asked_values(question: str, text: str) -> tuple[Range, ...]:
    """Ranges of the values in a text that are of the kind a question asks for; none where that is not plain.

    Values that the question names itself are none. Of several of one kind, those count whose clause is told in the
    question's own words; where that is none or more than two, nothing is marked.

    >>> text = "2021年，投入资金34.05亿元，协作项目776个。"
    >>> [text[start:end] for start, end in asked_values("2021年投入了多少资金？", text)]
    ['34.05亿元']
    >>> [text[start:end] for start, end in asked_values("2021年有多少个项目，投入多少钱？", text)]
    ['34.05亿元', '776个']
    >>> asked_values("2021年怎么样？", text)
    ()
    """
    # One sign of two (㎡) and a comma in a number may make up for each other, so that the length alone tells nothing.
    if len(normalise(text)) != len(text) or any(len(normalise(char)) != 1 for char in text):
        return ()  # offsets of the figures are those of the normalised copy
    found = {place for kind in _values(question, text) for place in _plain(question, text, kind)}
    return tuple(sorted(found))


def asks_value(question: str) -> bool:
    """Tell whether a question asks for a date, an amount, a share or a count.

    >>> asks_value("哪年启动"), asks_value("由谁负责")
    (True, False)
    """
    return bool(_WHEN.search(question)) or bool(_quantities(question))


def asks_quantity(question: str) -> bool:
    """Tell whether a question asks for an amount, a share or a number of things, or which is more.

    >>> asks_quantity("哪年启动"), asks_quantity("投入多少钱"), asks_quantity("数字是多少")
    (False, True, True)
    """
    return bool(_quantities(question)) or not {"count", "compared"}.isdisjoint(asked_kinds(question))


def holds_value(question: str, text: str) -> bool:
    """Tell whether a text holds a value of a kind that the question asks for, plain or not.

    >>> holds_value("哪年启动", "1996年启动。"), holds_value("投入多少钱", "1996年启动。")
    (True, False)
    """
    return any(_values(question, text))


def _values(question: str, text: str) -> Iterator[list[Range]]:
    """For each kind of value that the question asks for, where values of it stand."""
    figures, asked = find_figures(text), find_figures(question)
    if _WHEN.search(question):
        known = {(day.year, day.month, day.day) for day in asked.days}
        exact = 2 if _DAY.search(question) else 1 if _MONTH.search(question) else 0
        yield [
            (day.start, day.end)
            for day in figures.days
            if (day.year, day.month, day.day) not in known and (day.month, day.day).count(None) <= 2 - exact
        ]
    known_keys = {key for fact in asked.facts for key in fact.keys}
    for accepts, thing in _quantities(question):
        values = [
            (fact.start, fact.start + len(text[fact.start : fact.end].rstrip()))
            for fact in figures.facts
            if fact.kind == "quantity" and accepts(_unit(fact.keys[0])) and not known_keys & set(fact.keys)
        ]
        # 多少个县: of 325个经济强县 and 447个县 it is the second.
        yield [value for value in values if thing and text.startswith(thing, value[1])] or values


def _quantities(question: str) -> list[tuple[Accepts, str]]:
    """For each kind of quantity asked for, what unit a value must have, and the first character of what is counted."""
    asked = matching_copy(question)
    kinds: list[tuple[Accepts, str]] = []
    if AMOUNT.search(asked):
        kinds.append((lambda unit: MONEY.search(unit) is not None, ""))
    if SHARE.search(asked):
        kinds.append((lambda unit: PERCENT.search(unit) is not None, ""))
    for found in COUNT.finditer(asked):
        counted = _SAME_UNITS.get(found[1], found[1])
        thing = asked[found.end() : found.end() + 1]
        kinds.append((lambda unit, counted=counted: _counts(unit, counted), thing))  # type: ignore[misc]
    return kinds


def _counts(unit: str, counted: str) -> bool:
    return unit == counted or (counted == "人" and unit == "人次")


def _unit(key: str) -> str:
    return re.sub(r"^[\d.?]+", "", key)


def _plain(question: str, text: str, values: list[Range]) -> list[Range]:
    """The value itself where there is one, else those whose clause is told in the words of the question."""
    if len(values) <= 1:
        return values
    asked = set(bigrams(question))
    near: list[Range] = []
    for start, end in values:
        first, last = clause_at(text, start, end)
        said = set(bigrams(text[first:start])) | set(bigrams(text[end:last]))
        if said and len(said & asked) >= _NEAR * len(said):
            near.append((start, end))
    return near if len(near) <= _MOST else []


def clause_at(text: str, start: int, end: int) -> Range:
    """The clause around a range, between pauses; a comma within digits is none.

    >>> text = "2021年，投入1,200元，增长3%。"
    >>> text[slice(*clause_at(text, 8, 13))]
    '投入1,200元'
    """
    pauses = [match.start() for match in _PAUSE.finditer(text)]
    first = max((pause + 1 for pause in pauses if pause < start), default=0)
    last = min((pause for pause in pauses if pause >= end), default=len(text))
    return first + len(text[first:last]) - len(text[first:last].lstrip()), last
