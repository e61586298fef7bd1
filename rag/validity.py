"""From when until when each document of a folder is in force, by what it says of itself and the others of it.

Read are: 本办法自…起施行, 有效期五年, 有效期至…, 本办法自…起废止, a mark 已废止 at the top; 《…》（文号）同时废止 and
lists of repealed documents; titles of amending decisions and of revised texts. A document is told by its 发文字号, else
by its title. Only documents with a number or a date of their own repeal others: a newspaper that reports it does not.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rag.dates import WRITTEN_DATE, day_before, first_day, last_day, parse_date
from rag.named import Catalogue, Named, base_key, named_documents
from rag.terms import end_of, find_effective, find_terms, read_term
from rag.types import Document, Header, Standing

VALIDITY_VERSION = 2
_ENDS = r"(?:废止|失效|停止执行|停止施行|不再执行|停止使用)"
_ENDS_OTHERS = re.compile(_ENDS)
_ONLY_WISHED = re.compile(
    rf"(?:拟|建议|不得|不予|未|尚未|应当|应该|可以|是否|清理|如何|怎样)[^，。；]{{0,8}}{_ENDS}|{_ENDS}(?:前|后|程序|制度|失效的)"
)
_PART_OF_IT = re.compile(r"\s*(?:（[^（）]*）|\([^()]*\))?\s*(?:中)?的?第[一二三四五六七八九十百\d]+[条章款项]")
_SENTENCE = re.compile(r"[^。！？\n]+")
_LIST_FOLLOWS = re.compile(rf"(?:{_ENDS}[^。：:\n]{{0,30}}|{_ENDS}的[^。：:\n]{{0,20}})[：:]\s*$")
_ITEM = re.compile(
    r"[ \t\u3000]*(?:[（(]?[一二三四五六七八九十\d]{1,4}[）)、.．]?)?[ \t\u3000、.．]*(?:[\u4e00-\u9fff]{0,20})《"
)
_FROM_DAY = re.compile(rf"自\s*({WRITTEN_DATE})\s*(?:零时)?\s*起")
_AMENDS = re.compile(r"关于(?:修改|修订|修正)[〈《]([^〉》]{4,80})[〉》]")
_AMENDED_ON = re.compile(rf"({WRITTEN_DATE})(?:修订|修正|修改)|(\d{{4}}年?)(?:修订|修正)")
_MARKED = re.compile(
    rf"(?:[该此]?文件|全文)?(?:已|现已)?(?:于?\s*({WRITTEN_DATE})\s*(?:起)?(?:已)?)?(废止|失效|停止执行)|无效"
)
_STAYS = re.compile(r"有效|保留|继续|施行")
_QUOTED = re.compile(r"[“\"「][^”\"」\n]*")


@dataclass(frozen=True)
class _Repeal:
    """One document says that another ends: `until` is its last day, None where it is unknown."""

    by: int
    target: int
    until: str | None
    start: int
    end: int


def find_standings(documents: Sequence[Document]) -> list[Standing]:
    """Tell from when until when each document is in force, in the order given."""
    catalogue = Catalogue([document.header for document in documents])
    standings = [_own(document) for document in documents]
    for number, document in enumerate(documents):
        for repeal in _repeals(number, document, catalogue):
            standings[repeal.target] = _ended(standings[repeal.target], repeal, documents[repeal.by].path)
        for target in _amended(number, document, catalogue):
            old = standings[target]
            standings[target] = replace(old, amended_by=tuple(dict.fromkeys((*old.amended_by, document.path))))
    for number, document in enumerate(documents):
        revised = _revised_on(document.header)
        for other in catalogue.same_title(number) if revised else ():
            _replace_older(standings, documents, other, number, revised)
    return standings


def is_in_force(standing: Standing, header: Header, day: str) -> bool | None:
    """Tell whether a document is in force on a day (ISO 8601); None where nothing is known of its term.

    A document that only has a date is in force from then on, as far as is known.
    """
    since = standing.since or header.published
    if since and first_day(since) > day:
        return False
    if standing.ended:
        return standing.until is not None and day <= last_day(standing.until)
    return True if since else None


def _own(document: Document) -> Standing:
    """What a document says of itself."""
    header = document.header
    # A day that is stated but cannot be told is not the day of issue.
    since = header.effective or (None if find_effective(document.text) else header.issued)
    marked = _MARKED.fullmatch("".join((header.validity or "").split()))
    if marked:
        date = parse_date(marked[1]) if marked[1] else None
        kind = "失效" if marked[2] == "失效" or "失效" in marked[0] else "废止"
        return Standing(since, day_before(date) if date else None, kind)
    for clause in (*find_terms(document.text), read_term(header.validity or "")):
        until, kind = end_of(clause, header) if clause else (None, "")
        if clause and until and (since is None or first_day(since) <= until):
            evidence = (document.path, clause.start, clause.end) if clause.end else None
            return Standing(since, until, kind, evidence=evidence)
    return Standing(since)


def _repeals(number: int, document: Document, catalogue: Catalogue) -> Iterator[_Repeal]:
    header = document.header
    if not (header.doc_number or header.issued or header.effective):
        return
    date = header.effective or header.issued
    for start, end, named in _ended_names(document):
        own_day = _FROM_DAY.search(document.text, start, end)
        day = (parse_date(own_day[1]) if own_day and _names_the_end(document.text, own_day, end) else None) or date
        for target in catalogue.find(named):
            if target != number and _may_be_older(catalogue.header(target), day):
                yield _Repeal(number, target, day_before(day) if day else None, start, end)


def _names_the_end(text: str, day: re.Match[str], end: int) -> bool:
    """Tell whether 自…起 is the day of the end (自…起废止), not that of the new document (自…起施行，…同时废止)."""
    return (
        re.match(rf"[^，。；]{{0,80}}{_ENDS}", text[day.end() : end]) is not None
        and "施行" not in text[day.end() : day.end() + 4]
    )


def _may_be_older(header: Header, day: str | None) -> bool:
    """Tell whether a document was there before the day on which it is to end."""
    since = header.issued or header.effective or header.published
    return since is None or day is None or first_day(since) < last_day(day)


def _ended_names(document: Document) -> Iterator[tuple[int, int, Named]]:
    """Documents that a text says have ended, with the range that says so."""
    text = document.text
    listing = False
    repeals_by_title = "废止" in (document.header.title or "")
    for match in _SENTENCE.finditer(text):
        start, end, content = match.start(), match.end(), match.group()
        names = list(named_documents(text, start, end)) if "《" in content else []
        if (listing or repeals_by_title) and names and _ITEM.match(content) and not _STAYS.search(content):
            yield from ((start, end, name) for name in names)
            continue
        listing = _LIST_FOLLOWS.search(content) is not None
        ending = _ENDS_OTHERS.search(content)
        if ending is None or listing or len(content) > 1000 or _ONLY_WISHED.search(content):
            continue
        if any(quote.start() < ending.start() < quote.end() for quote in _QUOTED.finditer(content)):
            continue
        for name in names:
            if not _PART_OF_IT.match(text, name.end, end) and _is_what_ends(
                content, name.start - start, ending.start()
            ):
                yield start, end, name


def _is_what_ends(sentence: str, name: int, ending: int) -> bool:
    """Tell whether a name in a sentence is what ends: not 根据《…》, nor what stands behind another verb."""
    front = sentence[:name]
    if re.search(r"(?:根据|按照|依据|依照|遵照|参照|贯彻|落实|自|现将|印发|修改后的)\s*$", front):
        return False
    if name < ending:
        return True
    return "，" not in sentence[ending:name]


def _ended(old: Standing, repeal: _Repeal, by: str) -> Standing:
    """The earlier end counts, and the document that says so."""
    if old.ended and old.until and repeal.until and old.until <= repeal.until:
        return old if old.successor else replace(old, successor=by)
    return replace(old, until=repeal.until, ended="废止", successor=by, evidence=(by, repeal.start, repeal.end))


def _amended(number: int, document: Document, catalogue: Catalogue) -> list[int]:
    match = _AMENDS.search(document.header.title or "")
    if match is None:
        return []
    return [n for n in catalogue.find(Named(0, 0, match[1], None)) if n != number]


def _revised_on(header: Header) -> str | None:
    """When a document says that it was revised, as precise as it says."""
    match = _AMENDED_ON.search(header.validity or "")
    return parse_date(match[1] or match[2]) if match else None


def _replace_older(
    standings: list[Standing], documents: Sequence[Document], older: int, newer: int, revised: str | None
) -> None:
    """A revised text takes the place of an older one of the same title."""
    old, new = documents[older].header, documents[newer].header
    before = _revised_on(old) or old.effective or old.issued or old.published
    if revised is None or before is None or last_day(before) >= first_day(revised) or standings[older].ended:
        return
    began = new.effective if new.effective and first_day(new.effective) >= first_day(revised) else revised
    if base_key(documents[older].title) == base_key(documents[newer].title):
        standings[older] = replace(
            standings[older], until=day_before(began), ended="修订", successor=documents[newer].path
        )
