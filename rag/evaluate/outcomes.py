"""One question asked → its outcome: all that the measures need, and what a person wants to see, as one JSON line."""

import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from rag.answer import answer_question
from rag.as_of import set_back, today, view_of
from rag.embed import Embedder
from rag.errors import RagError
from rag.evaluate.relevance import Evidences, Need, Ranks, overlaps, ranks_of
from rag.follow_up import resolve
from rag.retrieve import Ranking, check_question, rank_question, top_passages
from rag.settings import Tuning
from rag.store import Library
from rag.testset import Question, fold
from rag.types import Answer

_SHOWN = 10


@dataclass(frozen=True)
class Cited:
    """One citation of an answer: its place, whether it meets the evidence and whether its quote is verbatim."""

    document: str
    start: int
    end: int
    right: bool
    verbatim: bool


@dataclass(frozen=True)
class Outcome:
    """What came of one question.

    Attributes
    ----------
    id, question, type, split, answerable, documents
        As the test set has it; `documents` are those of the evidence.
    key
        Hash of question, evidence and facts: two runs are compared where it is equal.
    error
        Why the question failed, None where it did not; all measures then count 0.
    found
        The first ten passages, `{"document", "start", "end", "score"}` each.
    passages, by_document
        How the passages, and the documents in order of their best passage, met the needs.
    answer, refused, confidence
        As `rag.types.Answer` has them.
    facts, lacking
        Whether the answer is none of refusals and holds every `answer_contains`, and those that it does not hold.
    citations, needs_cited
        The citations, and for each need whether one of them overlaps its evidence.
    sentences, unsupported, characters
        Length of the answer, and how many of its sentences say what their citations do not.
    search_ms, ask_ms
        Time that the search and the whole answer took.
    """

    id: str
    question: str
    type: str
    split: str
    answerable: bool
    documents: tuple[str, ...]
    key: str
    error: str | None = None
    found: tuple[dict[str, Any], ...] = ()
    passages: Ranks = field(default_factory=Ranks)
    by_document: Ranks = field(default_factory=Ranks)
    answer: str = ""
    refused: bool = False
    confidence: float = 0.0
    facts: bool = False
    lacking: tuple[str, ...] = ()
    citations: tuple[Cited, ...] = ()
    needs_cited: tuple[bool, ...] = ()
    sentences: int = 0
    unsupported: int = 0
    characters: int = 0
    search_ms: float = 0.0
    ask_ms: float = 0.0

    @property
    def correct(self) -> bool:
        """Whether it was dealt with rightly: answered with all facts, or refused where there is no answer."""
        if self.error is not None:
            return False
        return self.facts if self.answerable else self.refused


def ask(library: Library, embedder: Embedder, evidences: Evidences, question: Question, tuning: Tuning) -> Outcome:
    """Search and answer one question and hold the result against its evidence."""
    needs = evidences.needs(question)
    outcome = Outcome(
        id=question.id,
        question=question.question,
        type=question.type,
        split=question.split,
        answerable=question.answerable,
        documents=tuple(dict.fromkeys(entry.document for entry in question.evidence)),
        key=question_key(question),
        passages=ranks_of([], [need.passages for need in needs]),
        by_document=ranks_of([], [need.documents for need in needs]),
        lacking=question.answer_contains,
        needs_cited=(False,) * len(needs),
    )
    try:
        started = time.perf_counter()
        text = check_question(resolve(question.history, check_question(question.question)))
        ranking = rank_question(library, embedder, text, tuning=tuning)
        ranking = set_back(ranking, library, view_of(library, text, today()))
        passages = top_passages(library, ranking, _SHOWN)
        searched = time.perf_counter()
        answer = answer_question(library, embedder, question.question, tuning=tuning, history=question.history)
        answered = time.perf_counter()
    except RagError as error:
        return replace(outcome, error=str(error))
    outcome = replace(
        outcome,
        found=tuple(
            {"document": passage.document, "start": passage.start, "end": passage.end, "score": passage.score}
            for passage in passages
        ),
        passages=ranks_of(ranking.chunks.tolist(), [need.passages for need in needs]),
        by_document=ranks_of(_documents(library, ranking), [need.documents for need in needs]),
        search_ms=round((searched - started) * 1000, 2),
        ask_ms=round((answered - searched) * 1000, 2),
    )
    return _judge(outcome, answer, question, needs, evidences)


def question_key(question: Question) -> str:
    """Identity of what is asked and what would be right; type and split do not matter."""
    evidence = [asdict(entry) for entry in question.evidence]
    facts = [question.question, question.history, evidence, question.answer_contains]
    return hashlib.sha256(json.dumps(facts, ensure_ascii=False).encode()).hexdigest()[:16]


def outcome_line(outcome: Outcome) -> str:
    """One JSON line."""
    return json.dumps(asdict(outcome), ensure_ascii=False) + "\n"


def parse_outcome(line: str) -> Outcome:
    """Read a line of `outcome_line`.

    Raises
    ------
    ValueError, TypeError, LookupError
        It is none.
    """
    row = json.loads(line)
    for name in ("documents", "found", "lacking", "needs_cited"):
        row[name] = tuple(row[name])
    for name in ("passages", "by_document"):
        ranks = row[name]
        row[name] = Ranks(tuple(ranks["found"]), ranks["relevant"], tuple(ranks["needs"]))
    row["citations"] = tuple(Cited(**cited) for cited in row["citations"])
    return Outcome(**row)


def _documents(library: Library, ranking: Ranking) -> list[int]:
    """Documents in the order of their best passage."""
    return list(dict.fromkeys(library.document_of_chunk[ranking.chunks].tolist()))


def _judge(
    outcome: Outcome, answer: Answer, question: Question, needs: Sequence[Need], evidences: Evidences
) -> Outcome:
    said = fold(answer.answer)
    lacking = tuple(fact for fact in question.answer_contains if fold(fact) not in said)
    places = [(citation.document, citation.start, citation.end) for citation in answer.citations]
    right = evidences.right(answer.citations, needs)
    return replace(
        outcome,
        answer=answer.answer,
        refused=answer.refused,
        confidence=answer.confidence,
        facts=question.answerable and not answer.refused and not lacking,
        lacking=lacking,
        citations=tuple(
            Cited(*place, is_right, evidences.is_verbatim(citation))
            for place, is_right, citation in zip(places, right, answer.citations, strict=True)
        ),
        needs_cited=tuple(any(overlaps(place, need.spans) for place in places) for need in needs),
        sentences=len(answer.sentences),
        unsupported=sum(bool(sentence.unsupported) for sentence in answer.sentences),
        characters=sum(len(sentence.text) for sentence in answer.sentences),
    )
