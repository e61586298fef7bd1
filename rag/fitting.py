"""Question and candidate sentences → how well the sentence that fits best says just what is asked.

A near miss has all that is asked somewhere in its neighbourhood: the place in one sentence, the year in the next, an
amount in a third. So years, places, figures and the kind of answer are looked for in one sentence together, with the
headings and the title that it stands under.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rag.evidence import SENTENCE_FEATURES, Evidence
from rag.expected import lacks_expected
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
    "kind_missing",
)
"""What `measure_fit` gives."""

_LOOKED_AT = 10
_MARGIN_TO = 6
_COVERAGE = SENTENCE_FEATURES.index("local_overlap")

# How far a sentence holds a slot: it does itself, what stands above it does, a year lies within its span though a
# figure of that year is asked, or it names no year at all.
_HELD, _ABOVE, _WITHIN, _UNSAID = 1.0, 0.8, 0.6, 0.4
_WRONG_KIND = 0.5
_MOST_PASSED_OVER = 5

_ASKS_FIGURE = re.compile("多少|几|多大|多高|比例|百分")
_ASKING = re.compile("什么时候|多少|几|哪些|哪个|哪里|哪|什么|谁|何")
_CLAUSE = re.compile("[，,。；;：:]")

Slot = tuple[str, Span | str]


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
) -> list[float]:
    """Measure the best of the candidate sentences, in the order of FIT_FEATURES.

    `unfilled` = for each year, place and figure of the question, how far no sentence holds it together with the others
    and an answer of the kind that is asked for, summed up; of several years (places, figures) one must stand beside it.
    The rest is of the sentence that fits best, the first of those alike: `noun_missing` = share of the nouns next to
    the asking word that it lacks; `coverage` = share of the question's words, weighted by how rare they are among the
    candidates of its document; `passed_over` = how many better-scored ones it was preferred to (at most 5);
    `kind_missing` = 1 where it holds no answer of the kind asked for. `margin` = how far the best cosine lies above the
    sixth; `slots_missing` is given.

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
    of_kind = [holds_kind(question, one) for one in placed]
    fits = [_together(slots) * (1.0 if kind else _WRONG_KIND) for slots, kind in zip(held, of_kind, strict=True)]
    best = max(range(len(first)), key=lambda i: (round(fits[i], 1), -i))
    cosines = np.sort(evidence.cosines)[::-1]
    return [
        _unfilled(held, fits, of_kind),
        _lacking(asked_nouns(question), f"{placed[best].text}\n{placed[best].above}", synonyms),
        float(min(slots_missing, 2)),
        float(evidence.features[first[best], _COVERAGE]),
        float(cosines[0] - cosines[min(_MARGIN_TO, len(cosines)) - 1]),
        float(min(best, _MOST_PASSED_OVER)),
        float(not of_kind[best]),
    ]


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
    for mark in asked.marks:
        number = re.match(r"\d+(?:\.\d+)?", mark)
        held = mark in placed.own.marks | placed.around.marks or mark in f"{placed.text}\n{placed.above}"
        # 310家 and 310个单位 are one figure.
        held = held or (number is not None and _has_number(number[0], placed.text))
        found["mark", mark] = _HELD if held else 0.0
    return found


def holds_kind(question: str, placed: Placed) -> bool:
    """Tell whether a sentence holds an answer of the kind asked for, besides the question's own figures."""
    text = placed.text
    for number in re.findall(r"\d+", matching_copy(question)):
        text = re.sub(rf"(?<!\d){number}(?!\d)", "", text)
    return not lacks_expected(question, text)


def asked_nouns(question: str) -> list[str]:
    """The noun or verb before, and the one behind, the last word that asks: what is to be told of what.

    >>> asked_nouns("310家中央单位里，央企有多少家？"), asked_nouns("2023年投了多少财政资金？")
    (['央企'], ['财政资金'])
    """
    import rjieba

    copy = matching_copy(question)
    asking = list(_ASKING.finditer(copy))
    if not asking:
        return []
    before: list[tuple[str, str]] = rjieba.tag(_CLAUSE.split(copy[: asking[-1].start()])[-1])
    behind: list[tuple[str, str]] = rjieba.tag(_CLAUSE.split(copy[asking[-1].end() :])[0])
    return [
        *[word for word, tag in behind if _is_noun(word, tag)][:1],
        # The tagger takes 央企有 for one word.
        *[word.removesuffix("有") for word, tag in before if _is_noun(word, tag)][-1:],
    ]


def _is_noun(word: str, tag: str) -> bool:
    return (
        len(word.removesuffix("有")) > 1
        and (tag[0] == "n" or tag in ("vn", "v", "j", "l", "i", "an"))
        and tag not in ("ns", "nr")
    )


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


def _unfilled(held: Sequence[dict[Slot, float]], fits: Sequence[float], of_kind: Sequence[bool]) -> float:
    if not held[0]:
        return 0.0 if any(of_kind) else 1 - _WRONG_KIND
    return sum(1 - max(min(fit, slots[slot]) for slots, fit in zip(held, fits, strict=True)) for slot in held[0])
