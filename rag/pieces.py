"""Documents → all passages and sentences in order, and of each the text that is embedded and its key."""

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rag.split import embedding_text, matching_text, split_document, split_sentences
from rag.types import Chunk, Document, Sentence


@dataclass(frozen=True)
class Pieces:
    """All chunks and sentences in order, and of each the text that is embedded."""

    chunks: list[Chunk]
    chunk_texts: list[str]
    sentences: list[Sentence]
    sentence_texts: list[str]

    @property
    def texts(self) -> list[str]:
        """Those of the chunks, then those of the sentences."""
        return [*self.chunk_texts, *self.sentence_texts]

    def counts(self) -> Counter[str]:
        """Number of passages of each document."""
        return Counter(chunk.document for chunk in self.chunks)


def cut(documents: Sequence[Document], chunk_size: int, fits: Callable[[str], bool]) -> Pieces:
    """Cut documents into passages of at most `chunk_size` characters that the model reads whole, and into sentences."""
    pieces = Pieces([], [], [], [])
    for document in documents:
        for chunk in split_document(document, chunk_size, fits):
            for sentence in split_sentences(document, chunk, len(pieces.chunks)):
                pieces.sentences.append(sentence)
                pieces.sentence_texts.append(matching_text(document, sentence))
            pieces.chunk_texts.append(embedding_text(document, chunk))
            pieces.chunks.append(chunk)
    return pieces


def key_of(text: str) -> str:
    """Name of a text under which its vector is kept: the first half of its SHA-256, in hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]
