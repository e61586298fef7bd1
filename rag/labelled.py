"""Test sets → questions with their measurements, as asked and made unanswerable, to fit weights on."""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.build import build_index
from rag.confidence import Measured, measure
from rag.embed import Embedder
from rag.evidence import Evidence, gather_evidence
from rag.follow_up import resolve
from rag.question_parts import question_parts
from rag.retrieve import Ranking, rank_question
from rag.settings import load_settings
from rag.store import Library
from rag.words import normalise

KINDS = ("asked", "off", "left out", "number", "withheld")
"""Ways of being unanswerable: as written (those of another topic, whose type ends in -off, apart), or made so."""

_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True)
class Asked:
    """A question of a test set."""

    text: str
    type: str
    documents: tuple[str, ...]
    quotes: tuple[str, ...]
    answers: tuple[str, ...]
    in_dev: bool


@dataclass(frozen=True)
class Row:
    """What was measured for one question; `kind` is one of KINDS, "asked" for answerable ones."""

    measured: Measured
    answerable: bool
    in_dev: bool
    kind: str


@dataclass(frozen=True)
class LabelledSet:
    """A test set with the candidates of each question."""

    name: str
    library: Library
    questions: list[Asked]
    evidence: list[tuple[Ranking, Evidence]]


def open_library(embedder: Embedder, documents: Path, index: Path) -> Library:
    """Bring an index up to date with a folder, and open it."""
    settings = load_settings(documents=str(documents), index=str(index))
    identity = (embedder.name, embedder.fingerprint)
    build_index(settings, identity, lambda: embedder, lambda progress: None)
    return Library.open(settings.index, identity)


def load_set(embedder: Embedder, documents: Path, questions: Path, index: Path) -> LabelledSet:
    """Bring an index up to date and gather the candidates of every question."""
    library = open_library(embedder, documents, index)
    rows = list(read_questions(questions))
    return LabelledSet(questions.name, library, rows, [gather(library, embedder, row.text) for row in rows])


def holds_answer(evidence: Evidence, question: Asked) -> NDArray[np.bool_]:
    """Which candidates hold a string of the answer, in a document of the evidence."""
    wanted = [_squeeze(answer) for answer in question.answers]
    return np.array(
        [
            sentence.document in question.documents and any(answer in _squeeze(sentence.text) for answer in wanted)
            for sentence in evidence.sentences
        ]
    )


def measure_rows(one: LabelledSet, embedder: Embedder, sentence: NDArray[np.float64]) -> list[Row]:
    """Measure every question of a set as asked, and as made unanswerable in each way that it allows.

    "left out": its documents are treated as absent, in sets without unanswerable questions (where all documents are
    about one topic, the others may answer as well). "number": its first number is another. "withheld": the sentences
    with the answer are, while those around them stay, which is what asking for an unpublished figure is like.
    """
    numbers = {path: number for number, path in enumerate(one.library.paths)}
    leave_out = all(question.documents for question in one.questions)
    rows: list[Row] = []

    def add(question: Asked, kind: str, gathered: tuple[Ranking, Evidence], text: str, absent: frozenset[int]) -> None:
        ranking, evidence = gathered
        if evidence.sentences:
            measured = measure(one.library, ranking, evidence, text, sentence, absent)
            rows.append(Row(measured, bool(question.documents) and kind == "asked", question.in_dev, kind))

    for gathered, question in zip(one.evidence, one.questions, strict=True):
        off = not question.documents and question.type.endswith("-off")
        add(question, "off" if off else "asked", gathered, question.text, frozenset())
        if not question.documents:
            continue
        if leave_out:
            absent = frozenset(numbers[path] for path in question.documents)
            add(question, "left out", gather(one.library, embedder, question.text, absent), question.text, absent)
        kept = _without_answer(gathered[1], question)
        # The parts of a question gather candidates of their own, so nothing could be withheld from them.
        if len(kept.sentences) < len(gathered[1].sentences) and not question_parts(question.text):
            add(question, "withheld", (gathered[0], kept), question.text, frozenset())
        text = "\n".join(one.library.document(path).text for path in question.documents)
        for changed in _other_numbers(question, text):
            add(question, "number", gather(one.library, embedder, changed), changed, frozenset())
    return rows


def read_questions(path: Path) -> Iterator[Asked]:
    """The questions of a test set, follow-ups as they are understood."""
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        documents = tuple(sorted({entry["document"] for entry in row["evidence"]}))
        in_dev = hashlib.sha256("".join(documents).encode()).digest()[-1] % 2 == 0
        if "split" in row:
            in_dev = row["split"] == "dev"
        yield Asked(
            resolve(row.get("history", ()), row["question"]),
            row.get("type", ""),
            documents,
            tuple(entry["quote"] for entry in row["evidence"] if entry["quote"]),
            tuple(row["answer_contains"]),
            in_dev,
        )


def gather(
    library: Library, embedder: Embedder, text: str, left_out: frozenset[int] = frozenset()
) -> tuple[Ranking, Evidence]:
    """Rank the passages for a question and collect the candidates."""
    ranking = rank_question(library, embedder, text, left_out)
    return ranking, gather_evidence(library, ranking, text, left_out)


def _squeeze(text: str) -> str:
    return re.sub(r"\s", "", normalise(text))


def _without_answer(evidence: Evidence, question: Asked) -> Evidence:
    """The candidates but for those of the evidence, and those with a figure of the answer or with all of it."""
    answers = [_squeeze(answer) for answer in question.answers]
    figures = [answer for answer in answers if _NUMBER.search(answer)]
    quotes = [_squeeze(quote) for quote in question.quotes]

    def tells(text: str) -> bool:
        said = _squeeze(text)
        if any(said in quote or quote[:40] in said for quote in quotes):
            return True
        return any(figure in said for figure in figures) or all(answer in said for answer in answers)

    kept = [i for i, sentence in enumerate(evidence.sentences) if not tells(sentence.text)]
    cosines, features = evidence.cosines[kept], evidence.features[kept]
    if kept:
        features[:, 0] = 10 * (cosines - cosines.max())
    return Evidence([evidence.numbers[i] for i in kept], [evidence.sentences[i] for i in kept], features, cosines)


def _other_numbers(question: Asked, document: str) -> list[str]:
    """The question with its first number changed: to one that its document does not hold, and to another it holds.

    The second is the right entity with the wrong year; numbers of the sentences with the answer are not taken.
    """
    match = _NUMBER.search(question.text)
    if match is None:
        return []
    held = set(_NUMBER.findall(document))
    number = int(match.group())
    absent = next(str(n) for n in range(number + 3, number + 3000) if str(n) not in held)
    near = [
        text[max(0, found.start() - 100) : found.end() + 100]
        for text in [document]
        for answer in question.answers
        for found in re.finditer(re.escape(answer), text)
    ]
    present = sorted(n for n in held if len(n) == len(match.group()) == 4 and not any(n in part for part in near))
    others = [absent, *present[:1]]
    return [question.text[: match.start()] + other + question.text[match.end() :] for other in others]
