"""Question and ranking → sentences that may answer it, measured."""

import math
import re
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from rag.retrieve import Ranking, asks_header
from rag.settings import DEFAULT_TUNING, Tuning
from rag.slots import find_slots, missing_slots
from rag.split import matching_text
from rag.store import Library
from rag.types import ASIDE, Sentence
from rag.words import bigrams, content_of_question, overlap, token_sets, words

SENTENCE_FEATURES = ("dense", "overlap", "local_overlap", "document", "passage", "asks_date", "asks_number", "slots")
"""Columns of `Evidence.features`, see `gather_evidence`."""

_LONG_DOCUMENT = 40

_ASKS_DATE = re.compile(r"什么时候|何时|哪年|哪一年|几年|时间|日期|年份|哪天|几月|哪个月|时候|什么日子")
_ASKS_NUMBER = re.compile(r"多少|几|多大|多高|多长|多久|比例|人数|面积|数量|金额")
_HAS_DATE = re.compile(r"\d+\s*年|\d+\s*月|\d+\s*日|年代|世纪|[〇○一二三四五六七八九]{4}年")
_HAS_NUMBER = re.compile(r"[0-9０-９]|[一二三四五六七八九十百千万亿两]")

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Evidence:
    """Candidate sentences of one question.

    Attributes
    ----------
    numbers, sentences
        The candidates' numbers in the index, and the sentences, in the order of the index.
    features
        Shape (number of candidates, number of SENTENCE_FEATURES).
    cosines
        Raw cosine of each candidate with the question, shape (number of candidates,).
    """

    numbers: Sequence[int]
    sentences: Sequence[Sentence]
    features: Matrix
    cosines: Matrix


def gather_evidence(
    library: Library,
    ranking: Ranking,
    question: str,
    left_out: Set[int] = frozenset(),
    *,
    tuning: Tuning = DEFAULT_TUNING,
) -> Evidence:
    """Collect the sentences of the best documents and passages, and measure each against the question.

    Features: `dense` = 10 (cosine − best cosine); `overlap` = idf-weighted share of the question's words and bigrams
    that the sentence and its headings hold; `local_overlap` = the same with idf within the document's candidates, so
    that the document's own subject counts little; `document`, `passage` = the ranking's scores; `asks_date`,
    `asks_number` = 1 where the question asks for one and the sentence has one; `slots` = share of the question's
    years, figures, regions and titles that the sentence with its headings and title holds.
    """
    candidates = _candidates(library, ranking, question, left_out, tuning)
    numbers = [number for number, _ in candidates]
    sentences = [sentence for _, sentence in candidates]
    if not sentences:
        return Evidence([], [], np.empty((0, len(SENTENCE_FEATURES))), np.empty(0))
    cosines = (library.sentence_vectors(numbers) @ ranking.vector).astype(np.float64)
    asked = content_of_question(question)
    question_words, question_bigrams = words(asked), bigrams(asked)
    tokens = [_tokens(library, sentence) for sentence in sentences]
    shared = [
        mean_overlap(library, question_words, question_bigrams, sentence_words, sentence_bigrams)
        for sentence_words, sentence_bigrams in tokens
    ]
    documents = [int(library.document_of_chunk[sentence.chunk]) for sentence in sentences]
    local = 0.5 * _local_overlap(question_words, [t[0] for t in tokens], documents)
    local += 0.5 * _local_overlap(question_bigrams, [t[1] for t in tokens], documents)
    passage_scores = dict(zip(ranking.chunks.tolist(), ranking.scores.tolist(), strict=True))
    asks_date, asks_number = bool(_ASKS_DATE.search(question)), bool(_ASKS_NUMBER.search(question))
    features = np.column_stack(
        [
            10 * (cosines - cosines.max()),
            shared,
            local,
            ranking.documents[documents],
            [passage_scores.get(sentence.chunk, 0.0) for sentence in sentences],
            [float(asks_date and bool(_HAS_DATE.search(sentence.text))) for sentence in sentences],
            [float(asks_number and bool(_HAS_NUMBER.search(sentence.text))) for sentence in sentences],
            _slot_shares(library, sentences, question),
        ]
    )
    return Evidence(numbers, sentences, features, cosines)


def in_place(library: Library, sentence: Sentence) -> str:
    """A sentence with what its place says: title and headings, and the head row of its table."""
    document = library.document(sentence.document)
    section = document.section_at(sentence.start).path
    return "\n".join([document.title, *section, matching_text(document, sentence)])


def mean_overlap(
    library: Library,
    question_words: Iterable[str],
    question_bigrams: Iterable[str],
    other_words: frozenset[str],
    other_bigrams: frozenset[str],
) -> float:
    """Idf-weighted share of a question's words and bigrams that a text holds, the mean of both."""
    by_words = overlap(question_words, other_words, library.passage_words.idf)
    return 0.5 * by_words + 0.5 * overlap(question_bigrams, other_bigrams, library.passage_bigrams.idf)


def _candidates(
    library: Library, ranking: Ranking, question: str, left_out: Set[int], tuning: Tuning
) -> list[tuple[int, Sentence]]:
    order = [int(number) for number in np.argsort(-ranking.documents, kind="stable") if int(number) not in left_out]
    found = (int(number) for number in ranking.chunks if int(library.document_of_chunk[number]) not in left_out)
    chunks = set(islice(found, tuning.evidence_passages))
    ranked = {int(number) for number in ranking.chunks}
    for document in order[: tuning.evidence_documents]:
        own = library.chunks_of(document)
        # Of a long document only the passages that were found, else one question would read a whole book.
        chunks.update(own if len(own) <= _LONG_DOCUMENT else ranked.intersection(own))
    header_wanted = asks_header(question)
    return [
        (number, sentence)
        for chunk in sorted(chunks)
        for number, sentence in library.sentences_of(chunk)
        if sentence.kind not in ASIDE or (header_wanted and sentence.kind != "heading")
    ]


def _slot_shares(library: Library, sentences: Sequence[Sentence], question: str) -> list[float]:
    count = len(find_slots(question))
    if not count:
        return [0.0] * len(sentences)
    return [1 - len(missing_slots(question, in_place(library, sentence))) / count for sentence in sentences]


def _tokens(library: Library, sentence: Sentence) -> tuple[frozenset[str], frozenset[str]]:
    """Words and bigrams of a sentence with its headings."""
    document = library.document(sentence.document)
    own = token_sets(matching_text(document, sentence))
    headings = token_sets("\n".join(document.section_at(sentence.start).path))
    return own[0] | headings[0], own[1] | headings[1]


def _local_overlap(tokens: Iterable[str], sets: Sequence[frozenset[str]], documents: Sequence[int]) -> Matrix:
    """Overlap weighted by idf among the candidate sentences of the same document, shape (number of sentences,)."""
    wanted = set(tokens)
    result = np.zeros(len(sets))
    for document in set(documents):
        members = [i for i, other in enumerate(documents) if other == document]
        counts = {token: sum(token in sets[i] for i in members) for token in wanted}
        weights = {
            token: math.log(1 + (len(members) - count + 0.5) / (count + 0.5))
            for token, count in counts.items()
            if count
        }
        total = sum(weights.values())
        for i in members:
            result[i] = sum(weight for token, weight in weights.items() if token in sets[i]) / total if total else 0.0
    return result
