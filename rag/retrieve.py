"""Question → passages: dense vectors, words and character bigrams, and words over whole documents, fused."""

import re
import time
from collections.abc import Set
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.embed import Embedder
from rag.errors import QuestionError
from rag.filters import EVERYTHING, Filter, left_out_by
from rag.settings import DEFAULT_TUNING, Tuning
from rag.store import Library, Vectors
from rag.types import Document, Passage

MAX_QUESTION = 2000
_DEPTH = 200
# Title, date and list of sources repeat a document's words, but seldom answer: measured in docs/retrieval.md.
_HEADER_SHARE = 0.5
_ASKS_HEADER = re.compile(r"来源|出处|发布|发表|刊登|日期|作者|谁写|编写|标题|资料截至|依据什么|性质")

Scores = NDArray[np.float64]


@dataclass(frozen=True)
class Ranking:
    """Passages of a library by their fused score.

    Attributes
    ----------
    chunks
        Passage numbers, best first, shape (n,).
    scores
        Their fused scores in [0, 1], shape (n,).
    documents
        Score of each document in [0, 1], shape (number of documents,).
    vector
        The question's unit vector, shape (dimension,).
    """

    chunks: NDArray[np.int64]
    scores: Scores
    documents: Scores
    vector: Vectors


def check_question(question: str) -> str:
    """Trim a question; NUL and other control characters become spaces.

    Raises
    ------
    QuestionError
        Nothing is left that could be searched, or it is longer than 2,000 characters.
    """
    cleaned = "".join(char if char.isprintable() or char in "\n\t" else " " for char in question).strip()
    if len(cleaned) > MAX_QUESTION:
        raise QuestionError(
            f"问题有 {len(cleaned)} 个字符，超过上限 {MAX_QUESTION}，请缩短后再问。",
            f"The question has {len(cleaned)} characters, more than {MAX_QUESTION}; shorten it.",
        )
    if not any(char.isalnum() for char in cleaned):
        raise QuestionError(
            "问题里没有可检索的文字，请输入问题后再问。",
            "The question holds nothing to search for; type a question.",
        )
    return cleaned


def search(
    library: Library,
    embedder: Embedder,
    question: str,
    k: int = 10,
    *,
    only: Filter = EVERYTHING,
    tuning: Tuning = DEFAULT_TUNING,
) -> tuple[list[Passage], float]:
    """Find the passages nearest to a question, in the documents that meet a filter.

    Returns
    -------
    list of Passage, float
        At most `k` passages, best first, and the time taken in milliseconds.

    Raises
    ------
    QuestionError
        The question is empty or too long.
    """
    started = time.perf_counter()
    question = check_question(question)
    left_out = left_out_by(library, only)
    ranking = rank(library, embedder.embed_query(question), question, left_out, tuning=tuning)
    passages = top_passages(library, ranking, k)
    return passages, (time.perf_counter() - started) * 1000


def rank(
    library: Library,
    vector: Vectors,
    question: str,
    left_out: Set[int] = frozenset(),
    *,
    tuning: Tuning = DEFAULT_TUNING,
) -> Ranking:
    """Fuse the components into one score a passage.

    score = 0.5 dense + 0.25 words + 0.25 bigrams + 0.25 document, over 1.25, each min–max normalised over its best
    200; document = half BM25 over the document, half its best sentence's cosine. Passages of the header block count
    half, unless the question asks for what stands there.

    Parameters
    ----------
    library, vector, question
        Where to search, the question's unit vector and its text.
    left_out
        Documents that are treated as absent (filters, calibration).
    tuning
        Gives the weights; those above are the defaults.
    """
    if library.size == 0:
        return Ranking(np.empty(0, np.int64), np.empty(0), np.empty(0), vector)
    present = ~np.isin(np.arange(len(library.paths)), list(left_out))
    present_chunks = present[library.document_of_chunk]
    within = present_chunks if left_out else None
    numbers, cosines = library.nearest_chunks(vector, _DEPTH, within)
    fused = tuning.dense_weight * _normalised(_spread(numbers, cosines, library.size), present_chunks)
    fused += tuning.words_weight * _normalised(library.passage_words.scores(question), present_chunks)
    fused += tuning.bigrams_weight * _normalised(library.passage_bigrams.scores(question), present_chunks)
    documents = _document_scores(library, vector, question, present)
    fused += tuning.document_weight * documents[library.document_of_chunk]
    fused /= tuning.dense_weight + tuning.words_weight + tuning.bigrams_weight + tuning.document_weight
    if not asks_header(question):
        fused[library.header_chunks] *= _HEADER_SHARE
    fused[~present_chunks] = -1.0
    order = np.argsort(-fused, kind="stable")[:_DEPTH]
    # Of a few documents asked for by name even the passage that fits least is a result.
    order = order[present_chunks[order] if left_out else fused[order] > 0]
    return Ranking(order, fused[order], documents, vector)


def asks_header(question: str) -> bool:
    """Tell whether a question may ask for what stands in the header: source, date, author, title."""
    return _ASKS_HEADER.search(question) is not None


def top_passages(library: Library, ranking: Ranking, k: int) -> list[Passage]:
    """The first `k` passages of a ranking, with their text and place."""
    found = []
    for position, (number, score) in enumerate(zip(ranking.chunks[:k], ranking.scores[:k], strict=True), start=1):
        chunk = library.chunk(int(number))
        document = library.document(chunk.document)
        found.append(
            Passage(
                position,
                round(float(score), 4),
                chunk.document,
                document.title,
                " › ".join(chunk.section),
                page_of(document, chunk.start),
                chunk.start,
                chunk.end,
                chunk.text,
            )
        )
    return found


def page_of(document: Document, offset: int) -> int | None:
    """Number of the page, from 1, that an offset lies on; None where the format has no pages."""
    return next((n for n, (start, end) in enumerate(document.pages, 1) if start <= offset < end), None)


def _document_scores(library: Library, vector: Vectors, question: str, present: NDArray[np.bool_]) -> Scores:
    within = None if present.all() else present[library.document_of_chunk[library.chunk_of_sentence]]
    numbers, cosines = library.nearest_sentences(vector, 4 * _DEPTH, within)
    documents = library.document_of_chunk[library.chunk_of_sentence[numbers]]
    best = np.full(len(library.paths), np.nan)
    for document, cosine in zip(documents[::-1], cosines[::-1], strict=True):
        best[document] = cosine
    words = library.document_words.scores(question) + library.document_bigrams.scores(question)
    return 0.5 * _normalised(words, present) + 0.5 * _normalised(best, present)


def _spread(numbers: NDArray[np.int64], values: Vectors, size: int) -> Scores:
    spread = np.full(size, np.nan)
    spread[numbers] = values
    return spread


def _normalised(values: NDArray[np.floating], present: NDArray[np.bool_]) -> Scores:
    """Min–max over the best 200 of the present values; 0 for the others and where all are equal."""
    known = present & ~np.isnan(values)
    result = np.zeros(len(values))
    if not known.any():
        return result
    best = np.sort(values[known])[::-1][:_DEPTH]
    low, high = float(best[-1]), float(best[0])
    if high > low:
        result[known] = np.clip((values[known] - low) / (high - low), 0.0, 1.0)
    elif high > 0:
        result[known] = 1.0
    return result
