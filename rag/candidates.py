"""Query → the scores of every passage by each part of retrieval, not yet weighted."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.query import Query
from rag.store import Library, Mask, Vectors
from rag.words import WordIndex, content_of_question

PARTS = ("dense", "sentence", "words", "bigrams", "document")
"""Parts of the fused score: nearness of the passage and of its best sentence, BM25 over words and over pairs of
characters of the passage, and the fit of the whole document."""

LEXICAL = ("words", "bigrams")
"""Parts that say nothing where the question's words are not those of the documents."""

DEPTH = 200
_SENTENCES = 4 * DEPTH
# A synonym counts less than the word itself; in another language it is all that can be found.
_SYNONYM_SHARE = 0.25

Scores = NDArray[np.float64]


@dataclass(frozen=True)
class Candidates:
    """Scores of all passages of a library by part, each min–max normalised over its best 200.

    Attributes
    ----------
    parts
        For each of `PARTS` an array of shape (number of passages,), in [0, 1].
    cosines, sentence_cosines
        Cosine of each passage and of its best sentence with the question, NaN where it is not among the nearest;
        shape (number of passages,).
    documents
        Score of each document in [0, 1], shape (number of documents,): half BM25 over its words and pairs of
        characters, half its best sentence's cosine.
    known_share
        Share of the question's words that the library holds, or has a synonym of, in [0, 1].
    """

    parts: dict[str, Scores]
    cosines: Scores
    sentence_cosines: Scores
    documents: Scores
    known_share: float


def find_candidates(library: Library, vector: Vectors, query: Query, present: Mask) -> Candidates:
    """Score all passages of the documents that are `present`, shape (number of documents,), by each part."""
    chunks = present[library.document_of_chunk]
    everything = bool(present.all())
    numbers, cosines = library.nearest_chunks(vector, DEPTH, None if everything else chunks)
    dense = _spread(numbers, cosines, library.size)
    within = None if everything else chunks[library.chunk_of_sentence]
    numbers, cosines = library.nearest_sentences(vector, _SENTENCES, within)
    sentence = np.full(library.size, np.nan)
    document_sentence = np.full(len(library.paths), np.nan)
    # From the farthest to the nearest, so that the nearest stays.
    chunk_numbers = library.chunk_of_sentence[numbers[::-1]]
    sentence[chunk_numbers] = cosines[::-1]
    document_sentence[library.document_of_chunk[chunk_numbers]] = cosines[::-1]
    document_words = _bm25(library.document_words, query) + _bm25(library.document_bigrams, query)
    documents = 0.5 * normalised(document_words, present) + 0.5 * normalised(document_sentence, present)
    parts = {
        "dense": normalised(dense, chunks),
        "sentence": normalised(sentence, chunks),
        "words": normalised(_bm25(library.passage_words, query), chunks),
        "bigrams": normalised(_bm25(library.passage_bigrams, query), chunks),
        "document": documents[library.document_of_chunk],
    }
    return Candidates(parts, dense, sentence, documents, _known_share(library.passage_words, query))


def normalised(values: NDArray[np.floating], present: Mask) -> Scores:
    """Min–max over the best 200 of the present values; 0 for the others and where all are equal."""
    known = present & ~np.isnan(values)
    result = np.zeros(len(values))
    if not known.any():
        return result
    best = np.sort(values[known])[::-1][:DEPTH]
    low, high = float(best[-1]), float(best[0])
    if high > low:
        result[known] = np.clip((values[known] - low) / (high - low), 0.0, 1.0)
    elif high > 0:
        result[known] = 1.0
    return result


def _bm25(index: WordIndex, query: Query) -> NDArray[np.float32]:
    scores = index.scores(query.text)
    if query.also:
        share = 1.0 if query.foreign else _SYNONYM_SHARE
        scores = scores + np.float32(share) * index.scores(" ".join(query.also))
    return scores


def _known_share(index: WordIndex, query: Query) -> float:
    own = index.known(content_of_question(query.text))
    if not own:
        return 0.0
    # Each synonym found makes up for one word that is not known.
    also = sum(any(index.known(name)) for name in query.also)
    return min(1.0, (sum(own) + also) / len(own))


def _spread(numbers: NDArray[np.int64], values: Vectors, size: int) -> Scores:
    spread = np.full(size, np.nan)
    spread[numbers] = values
    return spread
