"""A question that names a document or a clause of one → its passages, by title, 文号, date and outline label.

Nothing here depends on how near a passage is, but which passage stands for a document that is named without a clause.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np

from rag.asked import Asked, Dated, Step, names_clause, read_asked, read_heading, write_clause
from rag.candidates import Scores
from rag.doc_number import same_number
from rag.named import base_key, looks_like_policy, title_key, titles_of
from rag.normalise import simplified
from rag.ranking import Ranking
from rag.store import Library, Mask
from rag.types import FRONT_AND_BACK, Document

_SHORTEST = 4
"""Characters from which a part of a title can stand for it."""
_MOST_DATED = 3
_MOST_OF_A_CLAUSE = 3
# What may stand in front of a 文号 in a question; others belong to its prefix (川财农 is not 财农).
_BEFORE = re.compile(
    r"(?:请问|问|介绍|介绍一下|解释|说说|讲讲|查|查询|查一下|看|看看|看一下|知道|了解|关于|什么是|何为|是|在|文件|文|通知|办法|意见|个|份|件|号|了|过|"
    r"有|中|里|从|到|比|依|凭|据|用|出自|属于)$"
)


@dataclass(frozen=True)
class Place:
    """A passage that a question names, and why, in Chinese."""

    chunk: int
    why: str


@dataclass(frozen=True)
class Exact:
    """Passages that a question names, in the order to show them, and what it names that no document is."""

    places: tuple[Place, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Names:
    """The documents of a library by what they are called."""

    keys: dict[str, tuple[int, ...]]
    bases: dict[str, tuple[int, ...]]
    numbers: dict[str, tuple[int, ...]]


_KNOWN: "WeakKeyDictionary[Library, _Names]" = WeakKeyDictionary()


def find_exact(library: Library, question: str, scores: Scores, present: Mask) -> Exact:
    """Find what a question names among the documents that are present.

    Parameters
    ----------
    library
        Where to look.
    question
        As understood.
    scores
        Of all passages, shape (number of passages,); they choose the passage of a document named without a clause.
    present
        Which documents there are, shape (number of documents,).
    """
    asked = read_asked(question)
    if not asked:
        return Exact()
    documents, missing = _documents(library, asked, question, present)
    places: list[Place] = []
    named = list(documents.items()) or ([(n, "") for n in np.flatnonzero(present).tolist()] if asked.clauses else [])
    for path in asked.clauses:
        found = [(number, why, clause_passages(library, number, path)) for number, why in named]
        found = [one for one in found if one[2]]
        if not documents and (len(found) != 1 or asked.names_document or not names_clause(question)):
            # Without a document named only a clause that one document alone has is meant.
            continue
        for number, why, chunks in found:
            reason = f"问题点名了{why or f'{_shown(library, number)}的条款'}，{write_clause(path)}在这里"
            places += [Place(chunk, reason) for chunk in chunks]
        if documents and not found:
            missing.append(write_clause(path))
    for number, why in documents.items():
        if not any(library.document_of_chunk[place.chunk] == number for place in places):
            places.append(Place(_best(library, number, scores), f"问题点名了{why}，这是其中最相近的一段"))
    first = {place.chunk: place for place in reversed(places)}
    return Exact(tuple(dict.fromkeys(first[place.chunk] for place in places)), tuple(dict.fromkeys(missing)))


def put_first(ranking: Ranking, exact: Exact) -> Ranking:
    """The ranking with the passages that the question names before all others."""
    if not exact.places and not exact.missing:
        return ranking
    rows = {int(chunk): row for row, chunk in enumerate(ranking.chunks)}
    first = [rows[place.chunk] for place in exact.places]
    held = set(first)
    order = np.array([*first, *(row for row in range(len(ranking.chunks)) if row not in held)], dtype=np.int64)
    return ranking.moved(order, {place.chunk: place.why for place in exact.places}, exact.missing)


def clause_passages(library: Library, number: int, path: Sequence[Step]) -> list[int]:
    """Numbers of the first passages of a clause of a document; empty where it has none, or not surely.

    第一款 of an article in one paragraph is the article. An item or paragraph without its article is surely meant only
    where it stands once.
    """
    document = library.document(library.paths[number])
    ranges = _ranges(document, path)
    if not ranges and path[-1] == Step("款", 1):
        ranges = _ranges(document, path[:-1]) if len(path) > 1 else []
    if len(ranges) > 1 and path[0].unit in ("款", "项", "目", "节"):
        return []
    found: list[int] = []
    for start, end in ranges:
        chunks = ((n, library.chunk(n)) for n in library.chunks_of(number))
        found += [n for n, chunk in chunks if chunk.start < end and start < chunk.end][:_MOST_OF_A_CLAUSE]
    return list(dict.fromkeys(found))


def _ranges(document: Document, path: Sequence[Step]) -> list[tuple[int, int]]:
    """Where the clauses with a path stand, `[start, end)` each; a document that prints two rules has 第三条 twice."""
    ranges: list[tuple[int, int]] = []
    open_path: tuple[str, ...] = ()
    for section in document.sections:
        if section.kind in FRONT_AND_BACK:
            continue
        steps = [read_heading(heading) for heading in section.path]
        place = _place(steps, path)
        if place is None:
            open_path = ()
        elif section.path[: place + 1] == open_path and ranges:
            ranges[-1] = (ranges[-1][0], section.end)
        else:
            open_path = section.path[: place + 1]
            ranges.append((section.start, section.end))
    return ranges


def _place(steps: Sequence[Step | None], path: Sequence[Step]) -> int | None:
    """Where in a section's headings the last step of a path stands, the others in order before it; None nowhere."""
    place = -1
    for wanted in path:
        try:
            place = steps.index(wanted, place + 1)
        except ValueError:
            return None
    return place


def _documents(library: Library, asked: Asked, question: str, present: Mask) -> tuple[dict[int, str], list[str]]:
    """Numbers of the documents that are named, with what names them, and the names of those that are not there."""
    names = _names(library)
    found: dict[int, str] = {}
    missing: list[str] = []

    def add(numbers: Iterable[int], why: str) -> bool:
        there = [number for number in numbers if present[number]]
        for number in there:
            found.setdefault(number, why)
        return bool(there)

    for written in asked.numbers:
        fitting = [number for number in names.numbers if _is_number(written, number)]
        if fitting:
            best = max(fitting, key=len)
            if add(names.numbers[best], f"文号 {best}"):
                continue
        missing.append(written)
    for title in asked.titles:
        if title.number and any(_is_number(title.number, number) for number in names.numbers):
            continue  # Found by its number above.
        numbers, known = _titled(names, title.text, present)
        # Books, songs and campaigns have titles too.
        is_document = bool(asked.clauses) or title.number is not None or looks_like_policy(title.text)
        if not add(numbers, f"《{title.text}》") and not known and is_document:
            missing.append(f"《{title.text}》")
    if asked.clauses and not found and not missing:
        key = title_key(simplified(question))
        spelt = [title for title in names.keys if len(title) >= _SHORTEST and title in key]
        if spelt:
            longest = max(spelt, key=len)
            add(names.keys[longest], _shown(library, names.keys[longest][0]))
    if not found and not missing:
        for dated in asked.dates:
            numbers = tuple(number for number in np.flatnonzero(present).tolist() if _is_dated(library, number, dated))
            if len(numbers) <= _MOST_DATED:
                add(numbers, f"日期为 {dated.date.removeprefix('--')} 的文件")
    return found, missing


def _shown(library: Library, number: int) -> str:
    """The title of a document between 《 and 》, titles within it between 〈 and 〉."""
    title = library.document(library.paths[number]).title
    return f"《{title.replace('《', '〈').replace('》', '〉')}》"


def _titled(names: _Names, title: str, present: Mask) -> tuple[tuple[int, ...], bool]:
    """The documents of a title, or of the one title that it clearly shortens; and whether it may be any at all."""
    key = title_key(title)
    whole = _there(names.keys.get(key), present) or _there(names.bases.get(base_key(title)), present)
    if whole:
        return whole, True
    if len(key) < _SHORTEST:
        return (), any(key in n and _there(numbers, present) for n, numbers in names.keys.items())
    candidates = {n: numbers for n, numbers in names.keys.items() if key in n}
    candidates = candidates or {n: numbers for n, numbers in names.keys.items() if _shortens(key, n)}
    documents = _there((number for numbers in candidates.values() for number in numbers), present)
    # Of several that it may shorten, none is surely meant.
    return (documents if len(documents) == 1 else ()), bool(documents)


def _there(numbers: Iterable[int] | None, present: Mask) -> tuple[int, ...]:
    return tuple(dict.fromkeys(number for number in numbers or () if present[number]))


def _shortens(key: str, title: str) -> bool:
    """Tell whether the words of a name stand in a title in order, the last of them at its end (考核办法)."""
    import rjieba

    words: list[str] = rjieba.cut(key)
    bare = re.sub(r"[（(][^（）()]*[）)]$", "", title)
    return bare.endswith(key[-2:]) and re.search(".*".join(map(re.escape, words)), bare) is not None


def _is_number(written: str, number: str) -> bool:
    if same_number(written, number):
        return True
    return written.endswith(number) and _BEFORE.search(written[: len(written) - len(number)]) is not None


def _is_dated(library: Library, number: int, dated: Dated) -> bool:
    document = library.document(library.paths[number])
    header = document.header
    if dated.kind and dated.kind.removesuffix("议") not in document.title:
        return False
    dates = [header.effective] if dated.in_force else [header.issued, header.published]
    if dated.date.startswith("--"):
        return any(date and date[4:].startswith(dated.date[1:]) for date in dates)
    return any(date and date.startswith(dated.date) for date in dates)


def _best(library: Library, number: int, scores: Scores) -> int:
    """The passage of a document with the best score; its first one that is not the header where all have none."""
    own = library.chunks_of(number)
    best = max(own, key=lambda chunk: (scores[chunk], -chunk))
    if scores[best] > 0:
        return best
    return next((chunk for chunk in own if not library.header_chunks[chunk]), own[0])


def _names(library: Library) -> _Names:
    known = _KNOWN.get(library)
    if known is None:
        keys: dict[str, tuple[int, ...]] = {}
        bases: dict[str, tuple[int, ...]] = {}
        numbers: dict[str, tuple[int, ...]] = {}
        for number, path in enumerate(library.paths):
            document = library.document(path)
            for title in titles_of(document.header) or [document.title]:
                plain = simplified(title)
                keys[title_key(plain)] = (*keys.get(title_key(plain), ()), number)
                bases[base_key(plain)] = (*bases.get(base_key(plain), ()), number)
            if document.header.doc_number:
                held = simplified(document.header.doc_number)
                numbers[held] = (*numbers.get(held, ()), number)
        keys.pop("", None)
        known = _KNOWN[library] = _Names(keys, bases, numbers)
    return known
