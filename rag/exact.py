"""A question that names a document or a clause of one → its passages, by title, 文号, date and outline label.

Nothing here depends on how near a passage is, but which passage stands for a document that is named without a clause.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

import numpy as np

from rag.asked import Asked, Dated, names_clause, read_asked, write_clause
from rag.candidates import Scores
from rag.clauses import clause_ranges
from rag.doc_number import same_number
from rag.named import base_key, looks_like_policy, title_key, titles_of
from rag.normalise import simplified
from rag.ranking import Ranking
from rag.store import Library, Mask

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
    """What a question names: passages in the order to show them, clauses, and what no document is.

    `clauses` are the number of the document and `[start, end)` of its text.
    """

    places: tuple[Place, ...] = ()
    clauses: tuple[tuple[int, int, int], ...] = ()
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
    clauses: list[tuple[int, int, int]] = []
    named = list(documents.items()) or ([(n, "") for n in np.flatnonzero(present).tolist()] if asked.clauses else [])
    for path in asked.clauses:
        found = [(number, why, clause_ranges(library.document(library.paths[number]), path)) for number, why in named]
        found = [one for one in found if one[2]]
        if not documents and (len(found) != 1 or asked.names_document or not names_clause(question)):
            # Without a document named only a clause that one document alone has is meant.
            continue
        for number, why, ranges in found:
            reason = f"问题点名了{why or f'{_shown(library, number)}的条款'}，{write_clause(path)}在这里"
            for start, end in ranges:
                clauses.append((number, start, end))
                places += [Place(chunk, reason) for chunk in _passages(library, number, start, end)]
        if documents and not found:
            missing.append(write_clause(path))
    for number, why in documents.items():
        if not any(library.document_of_chunk[place.chunk] == number for place in places):
            places.append(Place(_best(library, number, scores), f"问题点名了{why}，这是其中最相近的一段"))
    first = {place.chunk: place for place in reversed(places)}
    places = list(dict.fromkeys(first[place.chunk] for place in places))
    return Exact(tuple(places), tuple(clauses), tuple(dict.fromkeys(missing)))


def put_first(ranking: Ranking, exact: Exact) -> Ranking:
    """The ranking with the passages that the question names before all others."""
    if not exact.places and not exact.missing:
        return ranking
    rows = {int(chunk): row for row, chunk in enumerate(ranking.chunks)}
    first = [rows[place.chunk] for place in exact.places]
    held = set(first)
    order = np.array([*first, *(row for row in range(len(ranking.chunks)) if row not in held)], dtype=np.int64)
    moved = ranking.moved(order, {place.chunk: place.why for place in exact.places}, exact.missing)
    return replace(moved, clauses=exact.clauses)


def _passages(library: Library, number: int, start: int, end: int) -> list[int]:
    """Numbers of the first passages of a range of a document."""
    chunks = ((chunk, library.chunk(chunk)) for chunk in library.chunks_of(number))
    return [n for n, chunk in chunks if chunk.start < end and start < chunk.end][:_MOST_OF_A_CLAUSE]


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
        if add(numbers, f"《{title.text}》"):
            headers = [library.document(library.paths[number]).header for number in numbers]
            if title.number in missing and not any(header.doc_number for header in headers):
                missing.remove(title.number)  # The document of the name does not say its number.
        elif not known and is_document:
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
    if key in names.keys:
        return (), False  # It is left out by a filter, and no other document stands for it.
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
