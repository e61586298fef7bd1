"""Does what a sentence says stand in what it cites? Figures, dates, 文号, articles and names, checked."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.facts import Day, Fact, Found, find_figures
from rag.names import find_names, holds_name
from rag.numerals import NUMERAL
from rag.split import sentence_ranges
from rag.types import AnswerSentence
from rag.why import LookedUp
from rag.words import bigrams, normalise

LOW_SUPPORT = 0.4
"""Share of a sentence's character pairs below which what it cites does not carry it."""

NO_BASIS = "未找到依据"
"""In `AnswerSentence.unsupported`: the sentence cites nothing that exists."""
LITTLE_BASIS = "整句依据不足"
"""In `AnswerSentence.unsupported`: what it cites holds too few of its words."""

# How many characters on either side of a figure are compared, and how much better another figure's must fit.
_REACH = 8
_MARGIN = 2
_FIGURE = re.compile(rf"{NUMERAL}")


@dataclass(frozen=True)
class _Mention:
    """A figure or place at its spot: what it says, and the text before and after it."""

    kind: str
    surface: str
    keys: tuple[str, ...]
    day: Day | None
    before: str
    after: str


def unsupported(sentence: str, quotes: Sequence[str], labels: Sequence[str] = ()) -> tuple[str, ...]:
    """What a sentence states that its sources do not hold, as written in the sentence.

    Numerals, widths and units are normalised on both sides (三千万元 = 3000万元 = 30,000,000元). A date must agree in
    every part that is given; a month without a year takes the year named before it. A figure that stands in the source
    at another spot, while the sentence repeats the words around a different figure, is not supported either:
    3个县、4个乡 does not support 4个县、4个乡.

    Parameters
    ----------
    sentence
        One sentence of an answer, without citation marks.
    quotes
        The verbatim text of its citations.
    labels
        What is shown with the citations: titles, headings, 文号. They vouch for names, articles, 文号 and years, never
        for quantities.
    """
    said = find_figures(sentence)
    sources = [find_figures(quote) for quote in quotes]
    shown = [find_figures(label) for label in labels]
    names = find_names(sentence)
    text = normalise("\n".join([*quotes, *labels]))
    missing = [day.surface for day in said.days if not _holds_day(day, sources, shown)]
    missing += [
        fact.surface
        for fact in said.facts
        if not any(_holds(found, fact) for found in (sources if fact.kind == "quantity" else [*sources, *shown]))
    ]
    missing += _contradicted_ones(said, sources, text)
    missing += [name.surface for name in names if not holds_name(text, name)]
    mentions = _mentions(sentence)
    held = [_mentions(quote[start:end]) for quote in quotes for start, end in sentence_ranges(quote)]
    everywhere = [mention for quote in quotes for mention in _mentions(quote)]
    missing += [mention.surface for mention in mentions if _belongs_elsewhere(mention, everywhere)]
    missing += _exchanged(mentions, held)
    return tuple(dict.fromkeys(missing))


def look_up(sentence: AnswerSentence, cited: Sequence[tuple[int, str]]) -> tuple[LookedUp, ...]:
    """List what `unsupported` looked for in a sentence, in reading order, and which citations hold each.

    Parameters
    ----------
    sentence
        With what was found to be missing.
    cited
        Number and quote of each of its citations.
    """
    found = find_figures(sentence.text)
    at: list[tuple[int, LookedUp]] = []
    for day in found.days:
        numbers = [n for n, quote in cited if any(_agrees(day, other) for other in find_figures(quote).days)]
        at.append((day.start, _looked_up(sentence, "day", day.surface, numbers)))
    for fact in found.facts:
        numbers = [n for n, quote in cited if _holds(find_figures(quote), fact)]
        at.append((fact.start, _looked_up(sentence, fact.kind, fact.surface, numbers)))
    for name in find_names(sentence.text):
        numbers = [n for n, quote in cited if holds_name(normalise(quote), name)]
        at.append((name.start, _looked_up(sentence, name.kind, name.surface, numbers)))
    return tuple(dict.fromkeys(one for _, one in sorted(at, key=lambda pair: pair[0])))


def _looked_up(sentence: AnswerSentence, kind: str, surface: str, numbers: Sequence[int]) -> LookedUp:
    missing = surface in sentence.unsupported or not sentence.citations
    return LookedUp(surface, kind, not missing, () if missing else tuple(numbers))


def describe_unsupported(sentence: AnswerSentence) -> str:
    """What is wrong with a sentence, in Chinese, "" where nothing is.

    >>> describe_unsupported(AnswerSentence("投入五千万元。", (1,), ("五千万元", "整句依据不足")))
    '引文中未见：五千万元；整句依据不足'
    """
    return describe_missing(sentence.unsupported)


def describe_missing(missing: Sequence[str]) -> str:
    """As `describe_unsupported`, of what is missing itself."""
    whole = [item for item in missing if item in (NO_BASIS, LITTLE_BASIS)]
    items = [item for item in missing if item not in whole]
    return "；".join([*([f"引文中未见：{'、'.join(items)}"] if items else []), *whole])


def support(sentence: str, quotes: Sequence[str]) -> float:
    """Share of the distinct character pairs and Latin words of a sentence that its quotes hold, in [0, 1].

    Figures are left out: they are checked one by one, and may be written otherwise.

    >>> support("投入3000万元", ["当年投入三千万元。"]), support("天气晴好", ["当年投入三千万元。"])
    (1.0, 0.0)
    """
    said = set(bigrams(_FIGURE.sub(" ", normalise(sentence))))
    held = {pair for quote in quotes for pair in bigrams(_FIGURE.sub(" ", normalise(quote)))}
    return len(said & held) / len(said) if said else 1.0


def _holds(found: Found, fact: Fact) -> bool:
    if fact.kind == "number":
        return any(other.kind == "number" and _same_number(fact.keys[0], other.keys[0]) for other in found.facts)
    held = {key for other in found.facts if other.kind == fact.kind for key in other.keys}
    if any(key in held for key in fact.keys):
        return True
    # A figure without a unit says no more than the number: any unit will do.
    bare = {key for key in fact.keys if key[-1].isdigit()} if fact.kind == "quantity" else set()
    return any(re.match(r"[\d.]+", key)[0] in bare for key in held if key[0].isdigit()) if bare else False  # type: ignore[index]


def _same_number(one: str, other: str) -> bool:
    """Compare 文号 whose organ's code may have words of the sentence in front (现将国发〔2021〕12号)."""
    first, core = one.split("〔", 1)
    second, other_core = other.split("〔", 1)
    return core == other_core and (first.endswith(second) or second.endswith(first))


def _contradicted_ones(said: Found, sources: Sequence[Found], text: str) -> list[str]:
    """一个, 一项 … say little, but are wrong where the sources count the same unit and never say one."""
    keys = {key for found in sources for fact in found.facts for key in fact.keys}
    return [
        f"一{unit}"
        for unit in sorted(said.loose)
        if f"一{unit}" not in text and f"1{unit}" not in keys and any(key.endswith(unit) for key in keys)
    ]


def _holds_day(day: Day, sources: Sequence[Found], shown: Sequence[Found]) -> bool:
    if any(_agrees(day, other) for found in sources for other in found.days):
        return True
    # A year alone may stand in the title or heading.
    return day.month is None and any(day.year == other.year for found in shown for other in found.days)


def _agrees(day: Day, other: Day) -> bool:
    """Tell whether a date of the source holds one of the answer: every part that the answer gives is the same."""
    year = day.year is None or day.year == other.year or (day.implied and other.year is None)
    return year and (day.month is None or day.month == other.month) and (day.day is None or day.day == other.day)


def _mentions(text: str) -> list[_Mention]:
    normal = normalise(text)
    found = find_figures(text)

    def at(kind: str, surface: str, keys: tuple[str, ...], day: Day | None, start: int, end: int) -> _Mention:
        return _Mention(kind, surface, keys, day, normal[max(start - _REACH, 0) : start], normal[end : end + _REACH])

    days = [at("day", day.surface, (), day, day.start, day.end) for day in found.days]
    facts = (*found.facts, *find_names(text))
    return days + [at(fact.kind, fact.surface, fact.keys, None, fact.start, fact.end) for fact in facts]


def _is_same(said: _Mention, held: _Mention) -> bool:
    if said.day is not None and held.day is not None:
        return _agrees(said.day, held.day)
    return said.kind == held.kind and bool(set(said.keys) & set(held.keys))


def _belongs_elsewhere(mention: _Mention, held: Sequence[_Mention]) -> bool:
    """Tell whether the words around a figure are those of a different figure of the source."""
    same = different = 0
    for other in held:
        if other.kind == mention.kind:
            fit = _fit(mention, other)
            if _is_same(mention, other):
                same = max(same, fit)
            else:
                different = max(different, fit)
    return different >= same + _MARGIN


def _exchanged(said: Sequence[_Mention], sentences: Sequence[Sequence[_Mention]]) -> list[str]:
    """The one fact that is wrong where a sentence of the source says all the others, and another of its kind.

    Two sentences that differ in year and amount support neither's amount in the other's year. Where more than one fact
    is missing from every sentence, several were summed up, and nothing can be said.
    """
    if len(said) < 3:
        return []
    found: list[str] = []
    for sentence in sentences:
        missing = [mention for mention in said if not any(_is_same(mention, held) for held in sentence)]
        if not missing:
            return []
        if len(missing) == 1 and any(
            held.kind == missing[0].kind and not any(_is_same(mention, held) for mention in said) for held in sentence
        ):
            found.append(missing[0].surface)
    return found[:1]


def _fit(one: _Mention, other: _Mention) -> int:
    """How many characters next to two mentions are the same, before and after together."""
    return _shared(one.before[::-1], other.before[::-1]) + _shared(one.after, other.after)


def _shared(one: str, other: str) -> int:
    count = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        count += 1
    return count
