"""Question and candidate sentences → how well the sentence that fits best says just what is asked.

A near miss has all that is asked somewhere in its neighbourhood: the place in one sentence, the year in the next, an
amount in a third. So years, places, figures and the kind of answer are looked for in one sentence together, with the
headings and the title that it stands under.
"""

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

import numpy as np

from rag.evidence import Evidence, Matrix
from rag.facts import find_figures
from rag.held_kinds import kinds_lacking
from rag.mentions import (
    Mentions,
    Span,
    find_mentions,
    has_mean,
    is_narrower,
    means_each,
    without_source,
    without_spans,
)
from rag.normalise import matching_copy
from rag.slots import SHORT_NAMES, SIDES
from rag.split import matching_text
from rag.store import Library
from rag.synonyms import Synonyms
from rag.types import Sentence

FIT_FEATURES = (
    "time_missing",
    "places_missing",
    "marks_missing",
    "numbers_missing",
    "kinds_missing",
    "noun_missing",
    "gap",
)
"""Columns of what `measure_fit` gives."""

_PAIR = 2
LOOKED_AT = 10
"""So many of the best sentences may be the one that says it."""

# How far a sentence holds a slot: it does itself, what stands above it does, it does not narrow the year as the
# question, a year lies within its span though a figure of that year is asked (or the other way round), it names no year
# at all, or another province of the same side, together with this one or below it.
_HELD, _ABOVE, _UNNARROWED, _WITHIN, _UNSAID, _BESIDE = 1.0, 0.8, 0.7, 0.6, 0.4, 0.2

_ASKS_FIGURE = re.compile("多少|几|多大|多高|比例|百分")
_ASKING = re.compile(
    "什么时候|啥时候|几时|何时|哪一?[年天月日位个家些里儿]|哪[两三四五六七八九十几][个项件种条张对位家]?|哪|"
    "多少(?:个|家|人|名|项|元|亿元|万元)?|几[个家名项人次位]|几|什么|啥|谁|何"
)
# Words for what kind of thing is asked for, which an answer need not repeat: 哪个部门, 是什么关系.
_CLASSES = re.compile(
    "部门|部委|单位|机构|官员|人士|地方|地区|地点|城市|省份|省区市|省市|区县|旗县|国家|市州|县市|州|为止|老乡|乡亲|领导人?|人物|名字|名称|文件|方案|路子|办法|方式|方法|途径|措施|关系|内容|"
    "时间|日期|年份|情况|说法|意思|含义|原因|理由|结果|数字|数额|数量|总额|总数|金额|工作|事情|问题|方面|特点|一共|总共|大概|东西"
)
# A figure up to a year is told of a span that ends there.
_SO_FAR = re.compile(r"[到至](?=\d|[一二]|去年|今|目前|现|当年|期末|年)|截|起(?!来)|累计|以来|期间|年间")
# 哪8个, 不含贵州, 除了金华还有哪些, 比上年少了3亿: what an answer need not name.
_NOT_NEEDED = re.compile(
    r"(?<=哪)\d+(?=[个项条种件类对])|(?:不含|不算|不包括|除了?)[^，,。？?（(）)]+|(?:多|少|低|高|增|减|涨|降|增加|减少)[了出]\d[\d.]*[万亿]*(?:元|人|个|家|名|%)?"
)
_NATIONWIDE = "全国"
_EACH_OF_THEM = re.compile(r"分别|其中|各[自为有]?|[、和与][^，,。；;]*\d[^，,。；;]*[、和与][^，,。；;]*\d")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_FIGURE = re.compile(r"(\d+(?:\.\d+)?)(\D*)")
_ROUND_DIGITS, _ROUGHLY = 2, 0.05
_ORDINAL = re.compile(r"第\d+[次届批轮期]")
_FIRST = re.compile(r"第1(?!\d)")
_CLAUSE = re.compile("[，,。；;：:]")

Slot = tuple[str, Span | str]


@dataclass(frozen=True)
class Placed:
    """A sentence as it is written, it and what stands above it as copies for matching, and what both name."""

    said: str
    text: str
    above: str
    own: Mentions
    around: Mentions


def measure_fit(
    library: Library,
    evidence: Evidence,
    scores: Sequence[float],
    order: Sequence[int],
    question: str,
    synonyms: Synonyms,
) -> Matrix:
    """Measure how well each of the best candidate sentences says just what is asked.

    Columns: `time_missing` = how far the sentence lacks a year or span of the question (`held_slots`), the one that it
    lacks most; `places_missing` = the same of the places, of more than two the mean; `marks_missing` = that of other
    figures and titles, the one that it lacks most; `numbers_missing` = share of the small numbers of the question that
    it lacks as well as what stands above it; `kinds_missing` = share of the kinds of answer asked for that it does not
    hold (`rag.held_kinds`); `noun_missing` = share of the nouns next to the asking word that it lacks, in what stands
    above it as well; `gap` = its score less the best.

    Parameters
    ----------
    scores, order
        Score of each candidate, and their positions, best first.

    Returns
    -------
    Matrix
        Shape (at most LOOKED_AT, number of FIT_FEATURES), in that order.
    """
    asked = find_mentions(_NOT_NEEDED.sub("", question))
    nouns = asked_nouns(question)
    rows = []
    for i in order[:LOOKED_AT]:
        placed = place(library, evidence.sentences[i])
        held = held_slots(asked, question, placed)
        rows.append(
            [
                max(_lacks(held, "time"), default=0.0),
                _lacks_places(_lacks(held, "place")),
                max(_lacks(held, "mark"), default=0.0),
                _lacks_numbers(asked.numbers, f"{placed.text}\n{placed.above}"),
                kinds_lacking(question, placed.said, placed.above),
                _lacking(nouns, f"{placed.text}\n{placed.above}", synonyms),
                scores[i] - scores[order[0]],
            ]
        )
    return np.array(rows)


def place(library: Library, sentence: Sentence) -> Placed:
    """A sentence in its place: with the head row of its table, its headings and its title."""
    document = library.document(sentence.document)
    text = matching_text(document, sentence)
    above = "\n".join([document.title, *document.section_at(sentence.start).path])
    own, around = find_mentions(without_source(text)), find_mentions(above)
    return Placed(text, matching_copy(text), matching_copy(above), own, around)


def held_slots(asked: Mentions, question: str, placed: Placed) -> dict[Slot, float]:
    """How far a sentence in its place holds each year, place and figure of the question, in [0, 1]."""
    single = _ASKS_FIGURE.search(question) is not None and not asked.spans and not _SO_FAR.search(question)
    found: dict[Slot, float] = {
        ("time", time): _holds_time(time, question, placed, single=single) for time in asked.times
    }
    for name in asked.places:
        if name in placed.text or name in placed.own.places:
            found["place", name] = _BESIDE if single and _shares_figure(name, asked, placed) else _HELD
        else:
            above = name in placed.above or name in placed.around.places
            # Under a heading on 粤桂与粤黔, a sentence that names 贵州 is not one about 广西.
            found["place", name] = (_BESIDE if _names_another(name, placed) else _ABOVE) if above else 0.0
    if _NATIONWIDE in question and not asked.places and _ASKS_FIGURE.search(question):
        # A figure of one province is none of the whole country.
        found["place", _NATIONWIDE] = _HELD if _NATIONWIDE in placed.text or not placed.own.places else 0.0
    for mark in asked.marks:
        number = _NUMBER.match(mark)
        held = mark in placed.own.marks | placed.around.marks or mark in f"{placed.text}\n{placed.above}"
        # 310家 and 310个单位, 81.5万人 and 81.5万农村劳动力 are one figure.
        held = held or (
            number is not None and (_has_number(number[0], placed.text) or _told_roughly(mark, placed.text))
        )
        # 第一拨 is 首批, and what is called 第一个 may be told without a number.
        held = held or (_FIRST.match(mark) is not None and ("首" in placed.text or mark == "第1个"))
        # Which of a series it was (第26次会议) matters as its year does, and half a year nearly so.
        of_time = _ORDINAL.match(mark) or is_narrower(mark)
        found["time" if of_time else "mark", mark] = _HELD if held else _UNNARROWED if is_narrower(mark) else 0.0
    if means_each(question):
        found["mark", "平均"] = _HELD if has_mean(placed.text) else 0.0
    return found


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
    # The tagger takes 央企有 and 季是 for one word.
    found = [
        *[word for word, tag in behind if _is_noun(word, tag)][:1],
        *[re.sub("[有是为]$", "", word) for word, tag in before if _is_noun(word, tag)][-1:],
    ]
    return [noun for noun in found if not _CLASSES.fullmatch(noun)]


def _is_noun(word: str, tag: str) -> bool:
    if len(re.sub("[有是为]$", "", word)) < 2 or tag in ("ns", "nr"):
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


def _names_another(name: str, placed: Placed) -> bool:
    """Tell whether a sentence names other provinces that help, or are helped, as this one does."""
    return any(name in side and placed.own.places & side for side in SIDES)


def _shares_figure(name: str, asked: Mentions, placed: Placed) -> bool:
    """Tell whether a sentence tells of a province only together with another one (帮助广西、贵州40万人)."""
    if name not in SHORT_NAMES.values() or _EACH_OF_THEM.search(placed.text):
        return False
    others = "|".join(other for side in SIDES if name in side for other in side - asked.places)
    return re.search(rf"(?:{others})[、和与]{name}|{name}[、和与](?:{others})", placed.text) is not None


def _holds_time(time: Span, question: str, placed: Placed, *, single: bool) -> float:
    if single and time[0] == time[1]:
        if time[0] in placed.own.years and not _only_ends_span(time[0], placed):
            return _HELD
        if _overlaps(time, placed.own):
            return _WITHIN
    elif _overlaps(time, placed.own):
        return _WITHIN if _of_one_year(time, question, placed) else _HELD
    if placed.own.dated:
        return 0.0
    return _ABOVE if _overlaps(time, placed.around) else _UNSAID


def _of_one_year(time: Span, question: str, placed: Placed) -> bool:
    """Tell whether a figure of a span of years is asked, and a sentence is told of one of them that does not end it."""
    if time[0] == time[1] or placed.own.spans or not _ASKS_FIGURE.search(question) or _SO_FAR.search(placed.text):
        return False
    return time[1] not in placed.own.years


def _only_ends_span(year: int, placed: Placed) -> bool:
    """Tell whether a sentence names a year as an end of a longer time only: 2021年至2025年 says nothing of 2021年."""
    return bool(placed.own.spans) and str(year) not in without_spans(placed.text)


def _overlaps(time: Span, named: Mentions) -> bool:
    first, last = time
    return any(first <= year <= last for year in named.years) or any(a <= last and first <= b for a, b in named.spans)


def _has_number(number: str, text: str) -> bool:
    if re.search(rf"(?<![\d.]){re.escape(number)}(?!\d)", text):
        return True
    figures = (_NUMBER.match(key) for fact in find_figures(text).facts for key in fact.keys)
    return any(figure is not None and figure[0] == number for figure in figures)


def _told_roughly(mark: str, text: str) -> bool:
    """Tell whether a text has a figure that a round one of the question stands for (40万人, 40.7万人)."""
    asked = _FIGURE.fullmatch(mark)
    if asked is None or len(asked[1].strip("0")) > _ROUND_DIGITS:
        return False
    figures = (_FIGURE.fullmatch(key) for fact in find_figures(text).facts for key in fact.keys)
    value = float(asked[1])
    return any(found and found[2] == asked[2] and abs(float(found[1]) - value) <= _ROUGHLY * value for found in figures)


def _lacks_numbers(numbers: Set[str], text: str) -> float:
    if not numbers:
        return 0.0
    return sum(not _has_number(number, text) for number in numbers) / len(numbers)


def _lacks_places(lacking: Sequence[float]) -> float:
    """Two places must stand in one sentence together (上海帮扶新疆), of more each counts for its share."""
    if len(lacking) > _PAIR:
        return float(np.mean(lacking))
    return max(lacking, default=0.0)


def _lacks(held: Mapping[Slot, float], kind: str) -> list[float]:
    return [1 - value for (own, _), value in held.items() if own == kind]
