"""Documents that tell the asked value of the same thing differently: both are shown; in doubt, nothing is said."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from rag.emphasis import asked_values, clause_at
from rag.facts import Day, find_figures
from rag.judging import Judgement
from rag.quoting import row_sentence
from rag.slots import find_regions
from rag.store import Library
from rag.types import Sentence
from rag.words import bigrams, content_of_question, normalise

_TRIED, _GAP = 12, 5.0
"""So many of the best sentences, down to this far below the best, are held against each other."""
_SAME_CLAUSE, _SAME_SENTENCE = 0.5, 0.6
"""Share of pairs of characters, figures left out, that two clauses or sentences about the same thing have in common."""
_TOLD = 0.5
"""Share of the question's pairs of characters that a claim must hold itself."""
_ROUGHLY = re.compile("[约近超逾多余]|左右|以上|以下|不足|不到|大约|大概|至少|达到?$")
_SOURCE = re.compile("^(?:据|按照?|根据)[^，]{2,30}[，,]")
_TOLERANCE = Decimal("0.1")


@dataclass(frozen=True)
class Claim:
    """What one sentence says the asked value is.

    `days` and `regions` are the other dates of the sentence, and the provinces that it or its place names; `clause` and
    `words` the pairs of characters of the clause with the value and of the sentence, without figures.
    """

    sentence: Sentence
    title: str
    surface: str
    value: Day | tuple[Decimal, str]
    rough: bool
    days: frozenset[tuple[int | None, int | None, int | None]]
    regions: frozenset[str]
    clause: frozenset[str]
    words: frozenset[str]


def contradictions(library: Library, judged: Judgement, question: str) -> tuple[Claim, ...]:
    """The best claim and those of other documents that contradict it; empty where none does.

    Two claims contradict each other where they are about the same thing, time and region, in nearly the same words, and
    their values differ by more than rounding.
    """
    claims = list(_claims(library, judged, question))
    if not claims:
        return ()
    first = claims[0]
    found: list[Claim] = []
    for claim in claims[1:]:
        elsewhere = claim.sentence.document != first.sentence.document and _same_thing(first, claim)
        if elsewhere and all(differ(claim.value, one.value, rough=claim.rough or one.rough) for one in (first, *found)):
            found.append(claim)
    return (first, *found) if found else ()


def contradiction_note(claims: tuple[Claim, ...]) -> str:
    """What is said of them.

    >>> said, none = Sentence("a.md", 0, 1, "", 0), frozenset()
    >>> one = Claim(said, "甲", "3亿元", (Decimal(3), "元"), False, none, none, none, none)
    >>> contradiction_note((one, one))
    '不同文件的说法不一致：《甲》为3亿元，《甲》为3亿元'
    """
    return "不同文件的说法不一致：" + "，".join(f"《{claim.title}》为{claim.surface}" for claim in claims)


def differ(one: Day | tuple[Decimal, str], other: Day | tuple[Decimal, str], *, rough: bool = False) -> bool:
    """Tell whether two values exclude each other: not where one is less precise, or the other rounded.

    >>> differ((Decimal("118000000"), "元"), (Decimal("120000000"), "元"))
    False
    >>> differ((Decimal("118000000"), "元"), (Decimal("125000000"), "元"))
    True
    >>> differ(Day("1996年", 1996), Day("1996年5月", 1996, 5)), differ(Day("", 1996, 5), Day("", 1996, 7))
    (False, True)
    """
    if isinstance(one, Day) or isinstance(other, Day):
        if not (isinstance(one, Day) and isinstance(other, Day)):
            return False
        pairs = ((one.year, other.year), (one.month, other.month), (one.day, other.day))
        return any(a is not None and b is not None and a != b for a, b in pairs)
    (a, unit), (b, other_unit) = one, other
    if unit != other_unit or a == b:
        return False
    if rough and abs(a - b) <= _TOLERANCE * max(abs(a), abs(b)):
        return False
    fine, coarse = sorted((a, b), key=_exponent)
    return fine.quantize(Decimal(1).scaleb(_exponent(coarse))) != coarse


def _exponent(value: Decimal) -> int:
    """The place of the last digit that is not 0: 6 for 118000000."""
    return int(value.normalize().as_tuple().exponent)


def _claims(library: Library, judged: Judgement, question: str) -> Iterator[Claim]:
    """What the best sentences say, where one value of one kind is plainly the one asked for."""
    asked = {pair for pair in bigrams(content_of_question(question)) if not pair[0].isdigit()}
    for i in judged.order[:_TRIED]:
        if judged.scores[i] < judged.scores[judged.order[0]] - _GAP:
            return
        sentence = judged.evidence.sentences[i]
        document = library.document(sentence.document)
        text = row_sentence(document, sentence.start, sentence.end) or sentence.text
        places = asked_values(question, text)
        # A sentence that leaves its subject to the title (花期4—5月。) may speak of anything.
        if len(places) != 1 or len(asked & set(bigrams(text))) < _TOLD * len(asked):
            continue
        (start, end), figures = places[0], find_figures(text)
        days = [day for day in figures.days if (day.start, day.end) != (start, end)]
        value = next((day for day in figures.days if day not in days), None) or _quantity(text, start)
        if value is None:
            continue
        first, last = clause_at(text, start, end)
        section = document.section_at(sentence.start).path
        yield Claim(
            sentence,
            document.title,
            text[start:end],
            value,
            _ROUGHLY.search(text[max(first, start - 3) : start] + text[start:last][: end - start + 2]) is not None,
            frozenset((day.year, day.month, day.day) for day in days),
            frozenset(find_regions(normalise("\n".join([document.title, *section, text])))),
            _words(text[first:start] + " " + text[end:last]),
            _words(text),
        )


def _quantity(text: str, start: int) -> tuple[Decimal, str] | None:
    for fact in find_figures(text).facts:
        if fact.start == start and fact.kind == "quantity":
            number = re.match(r"[\d.]+", fact.keys[0])
            return (Decimal(number[0]), fact.keys[0][number.end() :]) if number else None
    return None


def _words(text: str) -> frozenset[str]:
    """Pairs of characters without figures and without who reports it (据新华社报道，…)."""
    text = normalise(_SOURCE.sub("", text))
    figures = find_figures(text)
    places = [(day.start, day.end) for day in figures.days]
    places += [(fact.start, fact.end) for fact in figures.facts if fact.kind in ("quantity", "number")]
    for start, end in sorted(places, reverse=True):
        text = f"{text[:start]} {text[end:]}"
    return frozenset(pair for pair in bigrams(text) if not pair[0].isdigit())


def _same_thing(one: Claim, other: Claim) -> bool:
    if one.days != other.days or one.regions != other.regions:
        return False
    if not all((one.clause, other.clause, one.words, other.words)):
        return False  # nothing to hold against each other: a line that is nothing but a source
    clause = len(one.clause & other.clause) / len(one.clause | other.clause)
    sentence = len(one.words & other.words) / min(len(one.words), len(other.words))
    return clause >= _SAME_CLAUSE and sentence >= _SAME_SENTENCE
