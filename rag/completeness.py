"""What may be missing of a document or a folder: clause numbers that are skipped, documents that are named only."""

import re
from collections.abc import Sequence

from rag.labels import number_of
from rag.named import Catalogue, looks_like_policy, named_documents, title_key
from rag.types import Document

_NUMERAL = "[零〇一二两三四五六七八九十百千0-9０-９]{1,8}"
# 第五条规定…, 第五条的… at the beginning of a line go on with the sentence of the line above.
_REFERRED = "[的所规第、，,。；;和及至或款项中应]"
_CLAUSE = re.compile(
    rf"^[ \t\u3000#*]*第[ \u3000]*({_NUMERAL})[ \u3000]*(条)(?!之)(?=[ \t\u3000:：【*]|$|(?!{_REFERRED}))", re.MULTILINE
)
_CHAPTER = re.compile(rf"^[ \t\u3000#*]*第[ \u3000]*({_NUMERAL})[ \u3000]*(章)(?=[ \t\u3000:：]|$)", re.MULTILINE)
_MOST_NAMED = 50
_MOST_GAPS = 20


def clause_gaps(text: str) -> tuple[str, ...]:
    """Where the numbers of chapters and clauses jump, such as `第三条 → 第五条`.

    Numbers that begin again with 1 (an attached document, a table of contents) are counted for themselves. A number
    that comes again at its place later is a cross-reference at the beginning of a line, and no jump.
    """
    gaps: list[str] = []
    for pattern in (_CHAPTER, _CLAUSE):
        for run in _runs(pattern, text):
            gaps += _gaps(run)
    return tuple(dict.fromkeys(gaps))[:_MOST_GAPS]


def named_missing(documents: Sequence[Document], catalogue: Catalogue) -> list[tuple[str, ...]]:
    """For each document, the policy documents that it names and that the folder does not hold, at most 50 each."""
    missing = []
    for document in documents:
        found: dict[str, str] = {}
        for named in named_documents(document.text):
            key = title_key(named.title)
            if key in found or not looks_like_policy(named.title) or catalogue.has(named):
                continue
            found[key] = f"《{named.title}》" + (f"（{named.number}）" if named.number else "")
            if len(found) == _MOST_NAMED:
                break
        missing.append(tuple(found.values()))
    return missing


def _runs(pattern: re.Pattern[str], text: str) -> list[list[tuple[int, str]]]:
    """The numbers with their labels as written, a list for each sequence that begins with 1."""
    runs: list[list[tuple[int, str]]] = [[]]
    for match in pattern.finditer(text):
        number = number_of(match[1])
        if number is None:
            continue
        if number == 1 and runs[-1]:
            runs.append([])
        runs[-1].append((number, f"第{match[1]}{match[2]}"))
    return [run for run in runs if len(run) > 1]


def _gaps(run: Sequence[tuple[int, str]]) -> list[str]:
    later: list[set[int]] = [set()]
    for number, _ in reversed(run):
        later.append(later[-1] | {number})
    later.reverse()
    gaps = []
    last, label = run[0]
    for position, (number, written) in enumerate(run[1:], start=2):
        if number <= last:
            continue  # the same clause again, or a reference to one above
        if number > last + 1:
            if last + 1 in later[position - 1]:
                continue  # the next clause is still to come: this one is only referred to
            gaps.append(f"{label} → {written}")
        last, label = number, written
    return gaps
