"""Questions → what is wrong with them, and what a person must know of them: counts, halves, wording overlap."""

import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rag.errors import DocumentMissing, ReadError
from rag.testset import SPLITS, Evidence, Fault, Question, QuestionFile, fold, occurrences

RUN_LENGTH = 6
"""So many characters in a row, shared by a question and its evidence, count as taken over."""

MIN_FREE_SHARE = 0.4
"""Smallest share of answerable questions that share no run with their evidence; below, the scores flatter."""

MIN_SPLIT_SHARE = 0.4
"""Smallest share of the questions in either half."""

_SHOWN = 40

TextOf = Callable[[str], str]


@dataclass(frozen=True)
class Report:
    """What the check of one file found.

    Attributes
    ----------
    faults, warnings
        Faults must be mended; warnings are for a person to weigh.
    by_type, by_split
        Number of questions of each type, most frequent first, and of each half.
    answerable, free
        Number of questions with evidence, and of those that share no run of `RUN_LENGTH` characters with it.
    across_documents
        Number of questions that no single document can answer, as no document serves all their needs.
    unanswerable
        The questions without evidence, with the numbers of their lines.
    """

    file: str
    questions: int
    faults: tuple[Fault, ...]
    warnings: tuple[Fault, ...]
    by_type: dict[str, int]
    by_split: dict[str, int]
    answerable: int
    free: int
    across_documents: int
    unanswerable: tuple[tuple[int, Question], ...]

    @property
    def free_share(self) -> float | None:
        """Share of the answerable questions that take over no run; None where there are none."""
        return self.free / self.answerable if self.answerable else None


class _Texts:
    """The texts of the documents, each fetched and folded once; None where there is no such document."""

    def __init__(self, text_of: TextOf) -> None:
        self._text_of = text_of
        self._texts: dict[str, str | None] = {}
        self._folded: dict[str, str] = {}

    def plain(self, name: str) -> str | None:
        if name not in self._texts:
            try:
                self._texts[name] = self._text_of(name)
            except (DocumentMissing, ReadError):
                self._texts[name] = None
        return self._texts[name]

    def folded(self, name: str) -> str:
        if name not in self._folded:
            self._folded[name] = fold(self.plain(name) or "")
        return self._folded[name]


def check_file(read: QuestionFile, text_of: TextOf) -> Report:
    """Check the questions of one file against the documents.

    Parameters
    ----------
    read
        The questions and the faults that reading found.
    text_of
        Gives a document's text by its path, or raises `DocumentMissing` or `ReadError`.
    """
    texts = _Texts(text_of)
    rows = list(zip(read.lines, read.questions, strict=True))
    faults = [*read.faults, *_duplicates(rows)]
    warnings: list[Fault] = []
    free = 0
    for line, question in rows:
        faults += [Fault(line, question.id, fault) for fault in _evidence_faults(question, texts)]
        missing, outside = _facts(question, texts)
        faults += [Fault(line, question.id, f"answer_contains 不在证据中：{_shown(fact)}") for fact in missing]
        warnings += [
            Fault(line, question.id, f"answer_contains 在证据的文档里，但不在引文中：{_shown(fact)}")
            for fact in outside
        ]
        free += question.answerable and not _shares_run(question, texts)
    by_split = {split: sum(question.split == split for question in read.questions) for split in SPLITS}
    answerable = sum(question.answerable for question in read.questions)
    warnings += _warnings_of_file(len(rows), by_split, answerable, free)
    return Report(
        file=read.file,
        questions=len(rows),
        faults=tuple(sorted(faults, key=lambda fault: fault.line)),
        warnings=tuple(warnings),
        by_type=dict(Counter(question.type for question in read.questions).most_common()),
        by_split=by_split,
        answerable=answerable,
        free=free,
        across_documents=sum(needs_several_documents(question) for question in read.questions),
        unanswerable=tuple((line, question) for line, question in rows if not question.answerable),
    )


def needs_several_documents(question: Question) -> bool:
    """Whether no single document serves all needs of a question.

    >>> entries = [Evidence("a.md", "x", 1), Evidence("b.md", "y", 1), Evidence("c.md", "z", 2)]
    >>> needs_several_documents(Question("1", "?", evidence=tuple(entries)))
    True
    >>> needs_several_documents(Question("1", "?", evidence=(*entries, Evidence("b.md", "z", 2))))
    False
    """
    documents = [{entry.document for entry in need} for need in question.needs]
    return len(documents) > 1 and not set.intersection(*documents)


def _duplicates(rows: Sequence[tuple[int, Question]]) -> list[Fault]:
    faults = []
    identifiers: dict[str, int] = {}
    asked: dict[tuple[str, ...], int] = {}
    for line, question in rows:
        first = identifiers.setdefault(question.id, line)
        if first != line:
            faults.append(Fault(line, question.id, f"id 与第 {first} 行重复"))
        first = asked.setdefault(tuple(_bare(text) for text in (*question.history, question.question)), line)
        if first != line:
            faults.append(Fault(line, question.id, f"问题（连同 history）与第 {first} 行重复"))
    return faults


def _evidence_faults(question: Question, texts: _Texts) -> list[str]:
    faults = []
    for entry in question.evidence:
        text = texts.plain(entry.document)
        if text is None:
            faults.append(f"没有文档 {entry.document}")
        elif not occurrences(text, entry):
            near = "（只差空白或全半角，须与原文逐字相同）" if fold(entry.quote) in texts.folded(entry.document) else ""
            faults.append(f"{entry.document} 中找不到引文{near}：{_shown(entry.quote)}")
    # The same missing document is named once.
    return list(dict.fromkeys(faults))


def _facts(question: Question, texts: _Texts) -> tuple[list[str], list[str]]:
    """The facts that no document of the evidence holds, and those that one holds outside the quotes."""
    missing: list[str] = []
    outside: list[str] = []
    for fact in question.answer_contains:
        if any(fold(fact) in _folded_evidence(entry, texts) for entry in question.evidence):
            continue
        in_document = any(fold(fact) in texts.folded(entry.document) for entry in question.evidence)
        (outside if in_document else missing).append(fact)
    return missing, outside


def _shares_run(question: Question, texts: _Texts) -> bool:
    asked = fold(question.question)
    runs = {asked[start : start + RUN_LENGTH] for start in range(len(asked) - RUN_LENGTH + 1)}
    evidence = [_folded_evidence(entry, texts) for entry in question.evidence]
    return any(run in text for run in runs for text in evidence)


def _folded_evidence(entry: Evidence, texts: _Texts) -> str:
    return fold(entry.quote) if entry.quote else texts.folded(entry.document)


def _warnings_of_file(questions: int, by_split: dict[str, int], answerable: int, free: int) -> list[Fault]:
    warnings = []
    if questions and min(by_split.values()) < MIN_SPLIT_SHARE * questions:
        sizes = "，".join(f"{split} {size}" for split, size in by_split.items())
        warnings.append(Fault(0, "", f"两半大小悬殊：{sizes}"))
    if answerable and free < MIN_FREE_SHARE * answerable:
        warnings.append(
            Fault(
                0,
                "",
                f"有答案的题中只有 {free / answerable:.1%} 与证据没有连续 {RUN_LENGTH} 字相同"
                f"（应不少于 {MIN_FREE_SHARE:.0%}），分数会偏高",
            )
        )
    return warnings


def _bare(text: str) -> str:
    """A copy for finding duplicates: folded, lower case, without punctuation."""
    return "".join(char for char in fold(text).lower() if not unicodedata.category(char).startswith("P"))


def _shown(text: str) -> str:
    line = " ".join(text.split())
    return f"“{line if len(line) <= _SHOWN else line[:_SHOWN] + '…'}”"
