"""Does an opened build hold together: counts, ranges and vectors, each against what was written of it."""

from collections.abc import Iterator

import numpy as np

from rag.content import Vectors
from rag.embed import Embedder
from rag.pieces import key_of
from rag.split import embedding_text, matching_text
from rag.store import Library

LENGTH_TOLERANCE = 1e-3
COSINE_FLOOR = 0.999
"""Below which a text embedded again counts as another vector; other batches and threads give 0.99999 and more."""


def wrong_counts(library: Library) -> list[str]:
    """Chinese phrases, one for each number that differs between the parts of a build; none when all agree."""
    counts = library.manifest["counts"]
    documents, passages, sentences = len(library.paths), library.size, len(library.chunk_of_sentence)
    held = {
        ("文档", "documents"): {
            "数据库": documents,
            "词索引": library.document_words.size,
            "字对索引": library.document_bigrams.size,
        },
        ("段落", "passages"): {
            "数据库": passages,
            "向量": library.vector_counts[0],
            "词索引": library.passage_words.size,
            "字对索引": library.passage_bigrams.size,
        },
        ("句子", "sentences"): {"数据库": sentences, "向量": library.vector_counts[1]},
    }
    return [
        f"{chinese}数：清单 {counts[name]}，{part} {number}"
        for (chinese, name), parts in held.items()
        for part, number in parts.items()
        if number != counts[name]
    ]


def wrong_ranges(library: Library) -> int:
    """How many passages and sentences are not the range of their document that was cut and embedded.

    What was embedded is known by its key, a hash, so a range is right when the text found there has it.
    """
    return sum(1 for is_right in _ranges(library) if not is_right)


def wrong_vectors(library: Library) -> int:
    """How many vectors of passages and sentences have a component that is no number, or not the length 1."""
    passages, sentences = library.vector_counts
    return not_unit(library.chunk_vectors(range(passages))) + not_unit(library.sentence_vectors(range(sentences)))


def not_unit(vectors: Vectors) -> int:
    """How many rows of (n, dimension) have a component that is no number, or not the length 1."""
    # A NaN is not near 1 either.
    return int(np.sum(~(np.abs(np.linalg.norm(vectors, axis=1) - 1) <= LENGTH_TOLERANCE)))


def foreign_vectors(library: Library, embedder: Embedder, sample: int, seed: int | None = None) -> tuple[int, int]:
    """Embed some passages again and compare.

    Returns
    -------
    int, int
        How many of the vectors in the index are others, and how many were compared.
    """
    numbers = np.random.default_rng(seed).permutation(library.size)[:sample].tolist()
    if not numbers:
        return 0, 0
    chunks = [library.chunk(number) for number in numbers]
    texts = [embedding_text(library.document(chunk.document), chunk) for chunk in chunks]
    cosines = np.sum(embedder.embed_passages(texts) * library.chunk_vectors(numbers), axis=1)
    return int(np.sum(~(cosines >= COSINE_FLOOR))), len(numbers)


def _ranges(library: Library) -> Iterator[bool]:
    for chunk, key in library.all_chunks():
        document = library.document(chunk.document)
        yield (
            0 <= chunk.start < chunk.end <= len(document.text)
            and chunk.text == document.text[chunk.start : chunk.end]
            and key_of(embedding_text(document, chunk)) == key
        )
    for sentence, key in library.all_sentences():
        document = library.document(sentence.document)
        yield (
            0 <= sentence.start < sentence.end <= len(document.text)
            and sentence.text == document.text[sentence.start : sentence.end]
            and key_of(matching_text(document, sentence)) == key
        )
