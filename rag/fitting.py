"""Question and candidate sentences → how well the sentence that fits best says just what is asked.

A near miss has all that is asked somewhere in its neighbourhood: the place in one sentence, the year in the next, an
amount in a third. So years, places, figures and the kind of answer are looked for in one sentence together, with the
headings and the title that it stands under.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rag.evidence import SENTENCE_FEATURES, Evidence
from rag.expected import lacks_count, lacks_expected
from rag.mentions import Mentions, Span, find_mentions, without_source
from rag.normalise import matching_copy
from rag.split import matching_text
from rag.store import Library
from rag.synonyms import Synonyms
from rag.types import Sentence

FIT_FEATURES = (
    "unfilled",
    "noun_missing",
    "slots_missing",
    "coverage",
    "margin",
    "passed_over",
)
"""What `Fit.values` holds, see `measure_fit`."""

_LOOKED_AT = 10
_MARGIN_TO = 6
_COVERAGE = SENTENCE_FEATURES.index("local_overlap")

# How far a sentence holds a slot: it does itself, what stands above it does, a year lies within its span though a
# figure of that year is asked, or it names no year at all.
_HELD, _ABOVE, _WITHIN, _UNSAID = 1.0, 0.8, 0.6, 0.4
# How well it answers in kind: with an amount where a number of things is asked for, with nothing of the kind.
_OTHER_UNIT, _WRONG_KIND = 0.8, 0.5
_MOST_PASSED_OVER = 5
_PAIR = 2

_ASKS_FIGURE = re.compile("多少|几|多大|多高|比例|百分")
_ASKING = re.compile(
    "什么时候|啥时候|几时|何时|哪一?[年天月日位个家些里儿]|哪[两三四五六七八九十几][个项件种条张对位家]?|哪|"
    "多少(?:个|家|人|名|项|元|亿元|万元)?|几[个家名项人次位]|几|什么|啥|谁|何"
)
# Words for what kind of thing is asked for, which an answer need not repeat: 哪个部门, 是什么关系.
_CLASSES = re.compile(
    "部门|单位|机构|地方|地区|地点|城市|省份|省区市|省市|区县|国家|领导|人物|名字|名称|文件|方案|路子|办法|方式|方法|途径|措施|关系|内容|"
    "时间|日期|年份|情况|说法|意思|含义|原因|理由|结果|数字|数额|数量|总额|总数|金额|工作|事情|问题|方面|特点|一共|总共|大概|东西"
)
_ASKS_NAME = re.compile("叫什么|叫啥|姓什么|姓名|什么名字")
_NATIONWIDE = "全国"
_CLAUSE = re.compile("[，,。；;：:]")

Slot = tuple[str, Span | str]


@dataclass(frozen=True)
class Fit:
    """How well the best candidates say what is asked.

    Attributes
    ----------
    values
        In the order of FIT_FEATURES.
    absent
        All of them lack a place of the question, or an answer of the kind asked for.
    """

    values: tuple[float, ...]
    absent: bool


@dataclass(frozen=True)
class Placed:
    """A sentence and what stands above it, as copies for matching, and what both name."""

    text: str
    above: str
    own: Mentions
    around: Mentions


def measure_fit(
    library: Library,
    evidence: Evidence,
    order: Sequence[int],
    question: str,
    slots_missing: int,
    synonyms: Synonyms,
) -> Fit:
    """Measure the best of the candidate sentences.

    `unfilled` = for each year, place and figure of the question, how far no sentence holds it together with the others
    and an answer of the kind that is asked for, summed up; of several years (places, figures) one must stand beside it.
    The next are of the sentence that fits best, the first of those alike: `noun_missing` = share of the nouns next to
    the asking word that it lacks; `coverage` = share of the question's words, weighted by how rare they are among the
    candidates of its document; `passed_over` = how many better-scored ones it was preferred to (at most 5). `margin` =
    how far the best cosine lies above the sixth; `slots_missing` is given.

    Parameters
    ----------
    order
        Positions of the candidates, best first.
    slots_missing
        How many slots of the question (`rag.slots`) the context lacks.
    """
    asked = find_mentions(question)
    first = list(order[:_LOOKED_AT])
    placed = [place(library, evidence.sentences[i]) for i in first]
    held = [held_slots(asked, question, one) for one in placed]
    kinds = [kind_fit(question, one) for one in placed]
    fits = [_together(slots) * kind for slots, kind in zip(held, kinds, strict=True)]
    best = max(range(len(first)), key=lambda i: (round(fits[i], 1), -i))
    cosines = np.sort(evidence.cosines)[::-1]
    values = (
        _unfilled(held, fits, kinds),
        _lacking(asked_nouns(question), f"{placed[best].text}\n{placed[best].above}", synonyms),
        float(min(slots_missing, 2)),
        float(evidence.features[first[best], _COVERAGE]),
        float(cosines[0] - cosines[min(_MARGIN_TO, len(cosines)) - 1]),
        float(min(best, _MOST_PASSED_OVER)),
    )
    return Fit(values, lack_places(asked, held) or all(kind == _WRONG_KIND for kind in kinds))


def lack_places(asked: Mentions, held: Sequence[Mapping[Slot, float]]) -> bool:
    """Tell whether sentences that hold these slots lack a place that is asked about.

    Two places (上海帮扶新疆) must stand in one sentence, with what it stands under: what one sentence says of the one
    and another of the other is no answer. Of more places each must stand somewhere.
    """
    there = [{name for name in asked.places if slots["place", name] > 0.0} for slots in held]
    if len(asked.places) == _PAIR:
        return asked.places not in there
    return any(all(name not in one for one in there) for name in asked.places)


def place(library: Library, sentence: Sentence) -> Placed:
    """A sentence in its place: with the head row of its table, its headings and its title."""
    document = library.document(sentence.document)
    text = matching_text(document, sentence)
    above = "\n".join([document.title, *document.section_at(sentence.start).path])
    return Placed(matching_copy(text), matching_copy(above), find_mentions(without_source(text)), find_mentions(above))


def held_slots(asked: Mentions, question: str, placed: Placed) -> dict[Slot, float]:
    """How far a sentence in its place holds each year, place and figure of the question, in [0, 1]."""
    single = _ASKS_FIGURE.search(question) is not None and not asked.spans
    found: dict[Slot, float] = {("time", time): _holds_time(time, placed, single=single) for time in asked.times}
    for name in asked.places:
        if name in placed.text or name in placed.own.places:
            found["place", name] = _HELD
        else:
            found["place", name] = _ABOVE if name in placed.above or name in placed.around.places else 0.0
    if single and _NATIONWIDE in question and not asked.places:
        # A figure of one province is none of the whole country.
        found["place", _NATIONWIDE] = _HELD if _NATIONWIDE in placed.text or not placed.own.places else 0.0
    for mark in asked.marks:
        number = re.match(r"\d+(?:\.\d+)?", mark)
        held = mark in placed.own.marks | placed.around.marks or mark in f"{placed.text}\n{placed.above}"
        # 310家 and 310个单位 are one figure.
        held = held or (number is not None and _has_number(number[0], placed.text))
        found["mark", mark] = _HELD if held else 0.0
    return found


def kind_fit(question: str, placed: Placed) -> float:
    """How well a sentence answers in kind, besides the question's own figures, in [0, 1]."""
    text = placed.text
    for number in re.findall(r"\d+", matching_copy(question)):
        text = re.sub(rf"(?<!\d){number}(?!\d)", "", text)
    if lacks_expected(question, text) or (_ASKS_NAME.search(question) and not _names_person(text)):
        return _WRONG_KIND
    return _OTHER_UNIT if lacks_count(question, text) else 1.0


def _names_person(text: str) -> bool:
    import rjieba

    tagged: list[tuple[str, str]] = rjieba.tag(text)
    return any(tag == "nr" and len(word) > 1 for word, tag in tagged)


def asked_nouns(question: str) -> list[str]:
    """The noun before, and the one behind, the last word that asks: what is to be told of what.

    >>> asked_nouns("310家中央单位里，央企有多少家？"), asked_nouns("2023年投了多少财政资金？")
    (['央企'], ['财政资金'])
    >>> asked_nouns("是哪个部门牵头的？")
    []
    """
    import rjieba

    copy = matching_copy(question)
    asking = list(_ASKING.finditer(copy))
    if not asking:
        return []
    before: list[tuple[str, str]] = rjieba.tag(_CLAUSE.split(copy[: asking[-1].start()])[-1])
    behind: list[tuple[str, str]] = rjieba.tag(_CLAUSE.split(copy[asking[-1].end() :])[0])
    if len(before) > 1 and before[-1][0] in ("是", "叫", "为") and before[-2][1] == "v":
        # What someone or something is said to be is a noun, whatever the tagger takes it for (组长是谁).
        before[-2] = (before[-2][0], "n")
    # The tagger takes 央企有 for one word.
    found = [
        *[word for word, tag in behind if _is_noun(word, tag)][:1],
        *[word.removesuffix("有") for word, tag in before if _is_noun(word, tag)][-1:],
    ]
    return [noun for noun in found if not _CLASSES.fullmatch(noun)]


def _is_noun(word: str, tag: str) -> bool:
    if len(word.removesuffix("有")) < 2 or tag in ("ns", "nr"):
        return False
    return tag[0] == "n" or tag in ("vn", "j", "l", "an")


def _lacking(nouns: Sequence[str], text: str, synonyms: Synonyms) -> float:
    """Share of the nouns that a text lacks; of one that it holds in part, the share of its character pairs."""
    if not nouns:
        return 0.0
    return 1 - float(np.mean([_share(noun, text, synonyms) for noun in nouns]))


def _share(noun: str, text: str, synonyms: Synonyms) -> float:
    if noun in text or any(other in text for other in synonyms.expand(noun)):
        return 1.0
    pairs = [noun[i : i + 2] for i in range(len(noun) - 1)]
    return sum(pair in text for pair in pairs) / len(pairs)


def _holds_time(time: Span, placed: Placed, *, single: bool) -> float:
    if single and time[0] == time[1]:
        if time[0] in placed.own.years:
            return _HELD
        if _overlaps(time, placed.own):
            return _WITHIN
    elif _overlaps(time, placed.own):
        return _HELD
    if placed.own.dated:
        return 0.0
    return _ABOVE if _overlaps(time, placed.around) else _UNSAID


def _overlaps(time: Span, named: Mentions) -> bool:
    first, last = time
    return any(first <= year <= last for year in named.years) or any(a <= last and first <= b for a, b in named.spans)


def _has_number(number: str, text: str) -> bool:
    return re.search(rf"(?<![\d.]){re.escape(number)}(?!\d)", text) is not None


def _together(held: dict[Slot, float]) -> float:
    """The worst class of slots, by its best one; 1 without slots."""
    best: dict[str, float] = {}
    for (kind, _), value in held.items():
        best[kind] = max(best.get(kind, 0.0), value)
    return min(best.values(), default=1.0)


def _unfilled(held: Sequence[dict[Slot, float]], fits: Sequence[float], kinds: Sequence[float]) -> float:
    if not held[0]:
        return 1 - max(kinds)
    return sum(1 - max(min(fit, slots[slot]) for slots, fit in zip(held, fits, strict=True)) for slot in held[0])
