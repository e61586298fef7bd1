"""As of which day a question asks, and which documents stand back for others that were in force then."""

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from rag.dates import WRITTEN_DATE, first_day, last_day, parse_date
from rag.named import title_key
from rag.ranking import Ranking
from rag.store import Library
from rag.types import AnswerSentence, Citation, Passage, Standing
from rag.validity import is_in_force

_DATE = rf"({WRITTEN_DATE}|(?<!\d)\d{{4}}(?!\d))"
_AS_OF = re.compile(
    rf"(?:截至|截止到|截止至|截止)\s*{_DATE}(?:年?底|年?末)?|{_DATE}\s*(?:年?底|年?末|初)?\s*(?:时(?!间|期)|当时|那时|的时候|有效的|施行的|适用的|的规定)"
)
_ANY_YEAR = re.compile(r"(?<!\d)(?:19|20)\d{2}(?!\d)")
_NOW = re.compile(r"目前|现行|现在|如今|当前|最新|现阶段")
SET_BACK = 0.5
"""What the score of a passage is multiplied by where its document stands back."""


@dataclass(frozen=True)
class View:
    """How validity bears on one question.

    Attributes
    ----------
    day
        The day that counts.
    asked
        The question names it; else it is today.
    aside
        Numbers of documents that are not used as long as others answer.
    then
        Those that were in force on a day asked for, and have a predecessor or successor.
    """

    day: str
    asked: bool
    aside: frozenset[int]
    then: frozenset[int] = frozenset()


def without_day(question: str) -> str:
    """A question without the day as of which it asks; rules seldom repeat the year in which they are in force.

    >>> without_day("2018年时，占比是多少")
    '占比是多少'
    """
    return _AS_OF.sub("", question, count=1).strip(" ，,、")


def today() -> str:
    """Today's date, ISO 8601."""
    return datetime.date.today().isoformat()


def day_asked(question: str) -> str | None:
    """The day as of which a question asks, None where it names none.

    >>> day_asked("截至2020年，补助标准是多少"), day_asked("2018年时由谁负责"), day_asked("2018年投入多少")
    ('2020-12-31', '2018-12-31', None)
    """
    match = _AS_OF.search(question)
    date = parse_date(match[1] or match[2]) if match else None
    return last_day(date) if date else None


def view_of(library: Library, question: str, now: str) -> View:
    """Tell which documents stand back: not in force on the day that counts, while one that replaces them is.

    A question about a year that does not ask as of a day (2018年投入多少) prefers none, nor does one that names the
    document itself.
    """
    asked = day_asked(question)
    day = asked or now
    if asked is None and _ANY_YEAR.search(question) and not _NOW.search(question):
        return View(day, asked=False, aside=frozenset())
    standings = library.standings()
    numbers = {path: number for number, path in enumerate(library.paths)}
    partners: dict[int, set[int]] = {}
    for number, standing in enumerate(standings):
        if standing.successor in numbers:
            other = numbers[standing.successor]
            partners.setdefault(number, set()).add(other)
            partners.setdefault(other, set()).add(number)
    force = {n: is_in_force(standings[n], library.document(library.paths[n]).header, day) for n in partners}
    aside = {
        number
        for number, others in partners.items()
        if force[number] is False
        and any(
            force[other] is not False or _took_over(standings, number, library.paths[other], other, day)
            for other in others
        )
        and not _is_named(library, number, question)
    }
    then = frozenset(number for number in partners if asked and force[number])
    return View(day, asked is not None, frozenset(aside), then)


def _took_over(standings: Sequence[Standing], old: int, path: str, new: int, day: str) -> bool:
    """Tell whether a successor had taken over by a day, though its own term may be over as well."""
    since = standings[new].since
    return standings[old].successor == path and since is not None and first_day(since) <= day


def set_back(ranking: Ranking, library: Library, view: View) -> Ranking:
    """The ranking with half the score (`SET_BACK`) for documents that stand back."""
    if not view.aside or not len(ranking.chunks):
        return ranking
    factors = np.ones(len(library.paths))
    factors[list(view.aside)] = SET_BACK
    scores = ranking.scores * factors[library.document_of_chunk[ranking.chunks]]
    order = np.argsort(-scores, kind="stable")
    return replace(ranking.reordered(order, scores[order], ranking.documents * factors), aside=view.aside)


def standing_note(library: Library, path: str, now: str) -> str | None:
    """What a reader must know of a document's validity today; None where there is nothing to say."""
    standing = library.standings()[library.paths.index(path)]
    if standing.since and first_day(standing.since) > now:
        return f"该文件自 {standing.since} 起施行，尚未施行"
    if standing.ended is None or (standing.until is not None and standing.until >= now):
        return None
    where = ""
    if standing.successor in library.paths:
        other = library.document(standing.successor or "")
        where = f"，见《{other.title}》" + (f"（{other.header.doc_number}）" if other.header.doc_number else "")
    if standing.until is None:
        return f"该文件已{standing.ended}{where}"
    if standing.ended == "失效":
        return f"该文件有效期至 {standing.until}，已过期{where}"
    return f"该文件已于 {_day_after(standing.until)} {standing.ended}{where}"


def mark(
    library: Library, sentences: Sequence[AnswerSentence], citations: Sequence[Citation], now: str
) -> tuple[tuple[AnswerSentence, ...], tuple[Citation, ...]]:
    """Sentences and citations with a note where their document is no longer, or not yet, in force."""
    notes = {citation.number: standing_note(library, citation.document, now) for citation in citations}
    cited = tuple(
        replace(citation, note="；".join(part for part in (citation.note, notes[citation.number]) if part) or None)
        for citation in citations
    )
    said = tuple(
        replace(sentence, note=next((notes[n] for n in sentence.citations if notes.get(n)), None))
        for sentence in sentences
    )
    return said, cited


def noted(library: Library, passages: Sequence[Passage], view: View, now: str) -> list[Passage]:
    """Passages with a note where their document is not in force: today, or on the day that is asked about."""
    numbers = {path: number for number, path in enumerate(library.paths)}
    notes = {}
    for path in dict.fromkeys(passage.document for passage in passages):
        then = f"该文件在 {view.day} 不在施行期内" if view.asked and numbers[path] in view.aside else None
        notes[path] = "；".join(filter(None, (then, standing_note(library, path, now)))) or None
    return [replace(passage, note=notes[passage.document]) for passage in passages]


def view_notes(
    library: Library, view: View, passages: Sequence[Passage], now: str, *, preferred: bool
) -> tuple[str, ...]:
    """What was preferred, for the reader: the day that counts, and the documents near the question that stood back."""
    notes = [f"按 {view.day} 时有效的文件回答"] if view.asked else []
    paths = dict.fromkeys(passage.document for passage in passages)
    for path in paths if preferred else ():
        if library.paths.index(path) in view.aside:
            why = standing_note(library, path, now) if not view.asked else f"该文件在 {view.day} 不在施行期内"
            notes.append(f"未采用《{library.document(path).title}》：{why or '该文件不在施行期内'}")
    return tuple(notes)


def _is_named(library: Library, number: int, question: str) -> bool:
    header = library.document(library.paths[number]).header
    asked = title_key(question)
    return any(text and title_key(text) in asked for text in (header.title, header.doc_number))


def _day_after(date: str) -> str:
    day = datetime.date.fromisoformat(last_day(date))
    return (day + datetime.timedelta(days=1)).isoformat() if day < datetime.date.max else date
