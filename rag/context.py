"""Which sentences cannot be understood alone, and the range of the text that makes them so: what stands before them."""

import re
from collections.abc import Iterable, Iterator

from rag.quoting import Pick, in_reading_order, pick_of
from rag.sentences import sentence_ranges, trim
from rag.store import Library
from rag.types import Document, Sentence

Range = tuple[int, int]

_LEANS = re.compile(
    r"[“‘（(]?(?:"
    # pronouns, and what stands for something named before
    r"该|其(?!他|它|余|实)|这(?!里是)|那(?!么)|此(?!前)|它们?|他们?|她们?|上述|上列|前述|前款|前者|后者|二者|两者|双方|"
    r"[两二三四](?:地|省|市|县|省区|省市|国|人|校|镇|村)(?![\u4e00-\u9fff]?级)|与此|对此|为此|由此|因此|"
    # what joins a sentence to the one before
    r"同时|并(?!非|购|列|轨|网)|而(?!今)|但|因而|所以|另外|此外|不过|然而|否则|于是|随后|之后|后来|此后|其后|接着|再次|"
    r"也|还(?!款|本|原)|又|则(?!是)|比如|例如|可见|当[年月日天时](?![\u4e00-\u9fff]?份)|同[年月日期](?!级)|次年|翌年|"
    r"(?:活动|考察|会议|比赛|在任|任职)(?:期间|结束后|当天)|播出后|卸任后|"
    # items of an enumeration
    r"[二三四五六七八九十]是|第[二三四五六七八九](?=[，、：])|其[次一二三]|最后[，,]"
    r")"
)
_MONTH = re.compile(r"(?:[1-9]|1[0-2]|[一二三四五六七八九]|十[一二]?)月(?:份|底|初|[\d一二三]|[，,])")
_YEAR = re.compile(r"(?:1[89]|20)\d\d\s*年|[一二][〇○零一二三四五六七八九]{3}年")
_ITEM = re.compile(r"\s*(?:[-*+•·]\s+|[（(][一二三四五六七八九十\d]{1,3}[）)]|\d{1,2}[.、）)](?!\d)|[①-⑳])\s*")
_NAMES_ITS_TIME = re.compile("截[至止]|[到自从在于]|编写|据|按|根据|为了?|经过?|随着")
# What goes on with the sentence before it, and says the rest of an answer.
_GOES_ON = re.compile(
    r"不久|例如|比如|如(?![今果何期])|即|指|主要|由于|因为|相反|换言之|显而易见|这(?:是|使|样|意味)|因此|于是|所以"
)
_NEXT_ITEM = re.compile(r"[二三四五六七八九十]是|第[二三四五六七八九](?=[，、：])|其[次二三]|再次|最后[，,]")
_TOLD_FURTHER = re.compile(r"(?:以下|如下)[^，,。；;]{0,6}[。：:]?$|(?:^|[，,：:。])(?:首先|第一|一是)")
_NOUNS = ("n", "r", "j", "l", "i", "eng")
_ANNOUNCES = re.compile(r"[：:]\s*$")


def needs_context(text: str) -> bool:
    """Tell whether a sentence leans on what stands before it: a pronoun, a joining word, a month without its year.

    >>> needs_context("该县有3个乡。"), needs_context("其中广西20个。"), needs_context("5月，协议签订。")
    (True, True, True)
    >>> needs_context("闽宁协作始于1996年。"), needs_context("2021年5月，协议签订。"), needs_context("其他地区也参加。")
    (False, False, False)
    """
    return bool(_LEANS.match(text)) or bool(_MONTH.match(text)) or _lacks_subject(text)


def is_item(document: Document, start: int) -> bool:
    """Tell whether a sentence begins as an item of a list: after `-`, `（二）`, `2.`."""
    line = document.text.rfind("\n", 0, start) + 1
    mark = _ITEM.match(document.text, line)
    return mark is not None and start in (mark.start(), mark.end(), line + len(mark[0]) - len(mark[0].lstrip()))


def context_of(document: Document, start: int, end: int) -> Range | None:
    """What must be quoted before a sentence: the sentence before it, or the line or heading that announces it.

    None where the sentence stands for itself, or nothing before it in its section helps.
    """
    text = document.text
    section = document.section_at(start)
    if is_item(document, start) and (lead := _lead_of(document, start)):
        return lead
    if not needs_context(text[start:end]):
        return None
    before = [place for place in _sentences(text, section.start, start) if place[1] > section.heading_end]
    if before and not is_item(document, start):
        return before[-1]
    return _heading(document, start)


def _lead_of(document: Document, start: int) -> Range | None:
    """The line that announces the items among which a sentence stands (主要任务如下：)."""
    text = document.text
    line = text.rfind("\n", 0, start)
    while line > 0:
        first = text.rfind("\n", 0, line) + 1
        place = trim(text, first, line)
        if place[0] < place[1] and not _ITEM.match(text, *place):
            return place if _ANNOUNCES.search(text[slice(*place)]) else None
        line = first - 1
    return None


def _heading(document: Document, start: int) -> Range | None:
    """The heading of the section of a sentence, where it stands in the text."""
    section = document.section_at(start)
    place = trim(document.text, section.start, max(section.heading_end, section.start))
    return (
        place
        if place[0] < place[1] <= start and re.search(r"[\u4e00-\u9fff]{2}", document.text[slice(*place)])
        else None
    )


def _sentences(text: str, start: int, end: int) -> Iterator[Range]:
    for first, last in sentence_ranges(text[start:end]):
        yield start + first, start + last


def _lacks_subject(text: str) -> bool:
    """Tell whether a sentence opens with a verb, and its first clause names nothing (建于1988年，…)."""
    import rjieba

    clause = re.split("[，,。；：]", text, maxsplit=1)[0]
    if len(clause) > 12 or len(clause) < 3 or _NAMES_ITS_TIME.match(clause):
        return False
    tagged: list[tuple[str, str]] = rjieba.tag(clause)
    return tagged[0][1] in ("v", "vd", "vn") and not any(tag.startswith(_NOUNS) for _, tag in tagged)


def with_context(library: Library, sentences: Iterable[Sentence], limit: int, *, going_on: bool = False) -> list[Pick]:
    """Quote the first sentences, each with what must stand before it, at most `limit` ranges, in reading order.

    A sentence whose context finds no room gives way to the next; the first is quoted all the same, and where it is
    `going_on`, before others those behind it that say the rest (第一，……。第二，……。).
    """
    picks: list[Pick] = []
    for sentence in sentences:
        document = library.document(sentence.document)
        place = context_of(document, sentence.start, sentence.end)
        needed = [pick_of(sentence)]
        if place is not None:
            needed.insert(0, Pick(sentence.document, *place))
        needed = [pick for pick in needed if not any(_covers(other, pick) for other in picks)]
        if not picks:
            picks += needed[-limit:]
            if going_on:
                picks += _going_on(document, sentence)[: limit - len(picks)]
        elif len(picks) + len(needed) <= limit:
            picks += needed
        if len(picks) >= limit:
            break
    return in_reading_order(picks)


def _going_on(document: Document, sentence: Sentence) -> list[Pick]:
    """The sentences of the same paragraph that go on with what a sentence says."""
    line_end = document.text.find("\n", sentence.end)
    end = len(document.text) if line_end < 0 else line_end
    found: list[Pick] = []
    before = sentence.text
    for first, last in _sentences(document.text, sentence.end, end):
        text = document.text[first:last]
        # The items of an enumeration belong together; of what only goes on, one sentence is enough.
        if not (_NEXT_ITEM.match(text) or _TOLD_FURTHER.search(before) or (_GOES_ON.match(text) and not found)):
            break
        found.append(Pick(document.path, first, last))
        before = text
    return found


def _covers(one: Pick, other: Pick) -> bool:
    return one.document == other.document and one.start <= other.start and other.end <= one.end
