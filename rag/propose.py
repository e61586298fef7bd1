"""Documents → proposed questions with verbatim evidence, by rules and without a model.

The same documents give the same questions: nothing is drawn by chance, ties are broken by hashes of the content.
"""

import hashlib
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from rag.check import check_file
from rag.proposals.articles import articles
from rag.proposals.dates import dates
from rag.proposals.definitions import definitions
from rag.proposals.draft import Draft, Rule, statements
from rag.proposals.figures import figures
from rag.proposals.issuers import issuers
from rag.proposals.lists import lists
from rag.proposals.unanswerable import unanswerable
from rag.slots import find_slots
from rag.testset import Evidence, Question, QuestionFile, fold, split_of
from rag.types import Document

DEFAULT_LIMIT = 100

UNANSWERABLE_SHARE = 0.2
"""Share of the proposed questions that the documents do not answer."""

_ALIKE = 0.8
_RULES: tuple[Rule, ...] = (issuers, definitions, lists, articles, dates, figures)


def propose(documents: Sequence[Document], limit: int = DEFAULT_LIMIT) -> list[dict[str, Any]]:
    """Propose at most `limit` questions, balanced over kinds and documents, as rows of a test set.

    Parameters
    ----------
    documents
        The documents to ask about.
    limit
        Greatest number of questions.

    Returns
    -------
    list of dict
        Rows that pass `rag.check.check_file`, in the order of the documents; those without an answer come last.
    """
    documents = sorted(documents, key=lambda document: document.path)
    drafts = _merge(_drafts(documents))
    spare = _spare(documents, drafts)
    chosen = _balance(drafts, limit - min(len(spare), round(limit * UNANSWERABLE_SHARE)))
    most = round(len(chosen) * UNANSWERABLE_SHARE / (1 - UNANSWERABLE_SHARE))
    chosen += _balance(spare, min(limit - len(chosen), most))
    chosen.sort(key=lambda group: (group[0].type == "unanswerable", group[0].document, group[0].start, _key(group)))
    rows = [_row(group) for group in chosen]
    return _passing(rows, {document.path: document.text for document in documents})


def identifier(draft: Draft) -> str:
    """A stable id: the SHA-256 of document, evidence and kind (without evidence, of the question)."""
    evidence = draft.question if draft.type == "unanswerable" else draft.quote
    data = "\0".join((draft.document, evidence, draft.type))
    return f"make-{hashlib.sha256(data.encode('utf-8')).hexdigest()[:12]}"


def _drafts(documents: Iterable[Document]) -> list[Draft]:
    found = []
    for document in documents:
        sentences = statements(document)
        for rule in _RULES:
            found += list(rule(document, sentences))
    return found


def _merge(drafts: Iterable[Draft]) -> list[list[Draft]]:
    """Group drafts that ask the same: same answers are alternatives, different answers make it ambiguous and drop it.

    Of the drafts with one id, a sentence that says something twice, the first stays.
    """
    groups: dict[str, list[Draft]] = {}
    seen: set[str] = set()
    for draft in drafts:
        if identifier(draft) not in seen and all(fold(answer) for answer in draft.answers):
            seen.add(identifier(draft))
            groups.setdefault(_bare(draft.question), []).append(draft)
    clear = [group for group in groups.values() if len({(draft.type, draft.answers) for draft in group}) == 1]
    return _join_alike(clear)


def _join_alike(groups: Sequence[list[Draft]]) -> list[list[Draft]]:
    """Join groups that ask for the same thing in nearly the same words, and have the same answer."""
    joined: list[list[Draft]] = []
    same: dict[tuple[str, tuple[str, ...]], list[list[Draft]]] = {}
    for group in groups:
        rivals = same.setdefault((group[0].type, group[0].answers), [])
        like = next((rival for rival in rivals if _alike(rival[0].question, group[0].question)), None)
        if like is None:
            rivals.append(group)
            joined.append(group)
        else:
            like.extend(group)
    return joined


def _alike(one: str, other: str) -> bool:
    """Whether two questions name the same years, figures and regions and share most of their characters."""
    if set(find_slots(one)) != set(find_slots(other)):
        return False
    first, second = Counter(_bare(one)), Counter(_bare(other))
    return (first & second).total() >= _ALIKE * max(first.total(), second.total())


def _spare(documents: Sequence[Document], drafts: Sequence[list[Draft]]) -> list[list[Draft]]:
    asked = {_bare(group[0].question) for group in drafts}
    found: dict[str, list[Draft]] = {}
    for draft in unanswerable(documents, [group[0] for group in drafts]):
        if _bare(draft.question) not in asked:
            found.setdefault(_bare(draft.question), [draft])
    return list(found.values())


def _balance(groups: Sequence[list[Draft]], size: int) -> list[list[Draft]]:
    """Choose groups: the kinds take turns, each takes of the document that has had fewest; ties go by hash.

    A sentence serves a second question only where no other is left.
    """
    of_kind: dict[str, list[list[Draft]]] = {}
    for group in sorted(groups, key=_key):
        of_kind.setdefault(group[0].type, []).append(group)
    chosen: list[list[Draft]] = []
    of_document: Counter[str] = Counter()
    of_both: Counter[tuple[str, str]] = Counter()
    used: Counter[tuple[str, int]] = Counter()

    def weight(group: list[Draft]) -> tuple[int, int, int, str]:
        first = group[0]
        place = (first.document, first.start)
        return used[place], of_both[first.document, first.type], of_document[first.document], _key(group)

    while len(chosen) < size and any(of_kind.values()):
        for kind in sorted(of_kind):
            if of_kind[kind] and len(chosen) < size:
                best = min(of_kind[kind], key=weight)
                of_kind[kind].remove(best)
                chosen.append(best)
                for draft in best:
                    used[draft.document, draft.start] += 1
                of_document[best[0].document] += 1
                of_both[best[0].document, kind] += 1
    return chosen


def _row(group: Sequence[Draft]) -> dict[str, Any]:
    first = group[0]
    answerable = first.type != "unanswerable"
    row: dict[str, Any] = {
        "id": identifier(first),
        "question": first.question,
        "type": first.type,
        "evidence": [{"document": draft.document, "quote": draft.quote} for draft in group] if answerable else [],
        "answer_contains": list(first.answers),
        "split": split_of(identifier(first)),
    }
    return row | ({"note": first.note} if first.note else {})


def _passing(rows: list[dict[str, Any]], texts: dict[str, str]) -> list[dict[str, Any]]:
    """The rows in which the checker finds no fault."""
    questions = tuple(
        Question(
            id=row["id"],
            question=row["question"],
            type=row["type"],
            evidence=tuple(Evidence(entry["document"], entry["quote"]) for entry in row["evidence"]),
            answer_contains=tuple(row["answer_contains"]),
            split=row["split"],
        )
        for row in rows
    )
    text_of: Callable[[str], str] = texts.__getitem__
    report = check_file(QuestionFile("", questions, tuple(range(1, len(rows) + 1)), ()), text_of)
    bad = {fault.line for fault in report.faults}
    return [row for number, row in enumerate(rows, start=1) if number not in bad]


def _key(group: Sequence[Draft]) -> str:
    return identifier(group[0])


def _bare(question: str) -> str:
    """What makes two questions the same for the checker: folded, lower case, without punctuation."""
    return "".join(char for char in fold(question).lower() if not unicodedata.category(char).startswith("P"))
