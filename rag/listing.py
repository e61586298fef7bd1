"""A question that asks for a list → the items of the enumeration that answers it, each to be quoted for itself."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.enumerations import Enumeration, clauses_below, enumerations_at, rows_of
from rag.judging import Judgement
from rag.labels import number_of
from rag.quoting import Pick
from rag.split import matching_text
from rag.store import Library
from rag.types import Document, Sentence
from rag.words import bigrams, content_of_question, token_sets

MOST_ITEMS = 12
"""A longer list is cut, and the answer says how many items there are."""

_TRIED, _GAP = 4, 1.5
"""So many of the best sentences, down to this far below the best, may lead to the list."""
_NAMED, _ONLY, _ABOUT = 0.6, 0.5, 0.3
"""Share of a heading's pairs of characters that the question must hold; of the question's, that the heading with its
title must; and of the question's, that the line that announces a list must."""
SEVERAL = "哪些|哪几|有什么|列出|列举|分别|包括什么|都有谁|几个方面|几项|几条|清单|一览"
"""What asks for several things, as part of a pattern."""

_ASKS_LIST = re.compile(
    rf"{SEVERAL}|有何|几点|几类|哪[两二三四五六七八九十\d]|都是哪|都有哪|什么(?:条件|措施|任务|职责|材料|内容)"
)
_COUNT = re.compile(
    r"(?:哪|这)([两二三四五六七八九十\d]{1,3})|"
    r"([两二三四五六七八九十\d]{1,3})(?:个方面|大|项|个|条|种|类|点|张)[^，。？]{0,8}(?:是什么|是哪|有哪|包括)"
)
_NUMBER_OF_HEADING = re.compile(
    r"^(?:第[一二三四五六七八九十百零\d]+[章节条编]|[（(]?[一二三四五六七八九十\d]+[）)、.．]*)\s*"
)
_GENERIC = re.compile(r"总则|附则|其他|一般规定|概况|基本情况|总体要求|前言")


@dataclass(frozen=True)
class Listed:
    """What is to be quoted for a list; `total` items there are, of which the first are quoted."""

    picks: tuple[Pick, ...]
    total: int
    shown: int

    @property
    def note(self) -> str | None:
        """What a cut list says of itself."""
        return f"共{self.total}项，列出前{self.shown}项" if self.shown < self.total else None


def asks_enumeration(question: str) -> bool:
    """Tell whether a question asks for the items of a list.

    >>> asks_enumeration("有哪些措施"), asks_enumeration("四个不摘是哪四个"), asks_enumeration("何时启动")
    (True, True, False)
    """
    return _ASKS_LIST.search(question) is not None


def list_items(library: Library, judged: Judgement, question: str) -> Listed | None:
    """The items of the list that answers; None where the best sentences stand in no list that the question asks for.

    A list counts where the line or heading that announces it is about the question, or where it has as many items as
    the question says (哪五项). A sentence that enumerates within itself stays one sentence.
    """
    if not asks_enumeration(question):
        return None
    count = _asked_count(question)
    for i in judged.order[:_TRIED]:
        if judged.scores[i] < judged.scores[judged.order[0]] - _GAP:
            break
        sentence = judged.evidence.sentences[i]
        document = library.document(sentence.document)
        if i == judged.order[0] and (rows := _rows(document, sentence, question)):
            return _listed(document, Enumeration(rows, None))
        for found in enumerations_at(document, sentence.start, sentence.end):
            if not _are_titles(document, found) and _fits(document, found, question, count):
                return _listed(document, found)
        for depth in range(len(document.section_at(sentence.start).path), 0, -1):
            path = document.section_at(sentence.start).path[:depth]
            below = clauses_below(document, path)
            if below is not None and count in (None, len(below.items)) and _is_named(document, path, question):
                return _listed(document, below)
        if _enumerates(sentence.text):
            break  # the best sentence is a list by itself
    return None


def _asked_count(question: str) -> int | None:
    found = _COUNT.search(question)
    numeral = (found[1] or found[2]) if found else None
    return number_of(numeral) if numeral else None


def _enumerates(text: str) -> bool:
    return text.count("、") >= 2 or len(re.findall("[一二三四五六七八九]是", text)) >= 2


def _are_titles(document: Document, found: Enumeration) -> bool:
    """Tell whether items are headings above whole sections, which list what a document is made of."""
    sections = [document.section_at(start) for start, _ in found.items]
    return any(end <= section.heading_end for (_, end), section in zip(found.items, sections, strict=True))


def _fits(document: Document, found: Enumeration, question: str, count: int | None) -> bool:
    """Tell whether what announces the items is about the question, and their number the one it says."""
    if count not in (None, len(found.items)):
        return False
    above = document.section_at(found.items[0][0]).path[:-1]
    lead = document.text[slice(*found.lead)] if found.lead else ""
    asked = set(bigrams(content_of_question(question)))
    held = set(bigrams("\n".join([document.title, *above, lead])))
    return bool(lead or above) and len(asked & held) >= _ABOUT * max(len(asked), 1)


def _is_named(document: Document, path: Sequence[str], question: str) -> bool:
    """Tell whether a question is about a heading (有哪些重点任务: 一、重点任务), and about little else."""
    bare = _NUMBER_OF_HEADING.sub("", path[-1])
    pairs, asked = set(bigrams(bare)), set(bigrams(content_of_question(question)))
    if not pairs or _GENERIC.search(bare) or len(pairs & asked) < _NAMED * len(pairs):
        return False
    held = set(bigrams("\n".join([document.title, *path])))
    return len(asked & held) >= _ONLY * len(asked)


def _rows(document: Document, sentence: Sentence, question: str) -> tuple[tuple[int, int], ...]:
    """The rows beside a row that hold what of the question only rows hold; none where it is this row alone."""
    rows = rows_of(document, sentence.start)
    if len(rows) < 2:
        return ()
    own = {token for kind in token_sets(sentence.text) for token in kind}
    place = "\n".join([document.title, *document.section_at(sentence.start).path])
    head = matching_text(document, sentence).split("\n")[0]
    shared = {token for text in (place, head) for kind in token_sets(text) for token in kind}
    asked = {token for kind in token_sets(content_of_question(question)) for token in kind}
    telling = (asked & own) - shared
    same = [row for row in rows if telling <= {t for kind in token_sets(document.text[slice(*row)]) for t in kind}]
    if not telling and len(asked & shared) < _ABOUT * max(len(asked), 1):
        return ()
    return tuple(same) if len(same) > 1 else ()


def _listed(document: Document, found: Enumeration) -> Listed:
    items = found.items[:MOST_ITEMS]
    ranges: Sequence[tuple[int, int]] = [*([found.lead] if found.lead else []), *items]
    picks = tuple(Pick(document.path, start, end, apart=True) for start, end in ranges)
    return Listed(picks, len(found.items), len(items))
