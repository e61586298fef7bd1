"""What people would use instead of our retrieval, and vectors that are kept between runs."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rag.embed import Embedder
from rag.evaluate.relevance import Evidences, Ranks, is_relevant, ranks_of
from rag.store import Library
from rag.testset import Question

Ranked = tuple[list[Ranks], list[Ranks]]
"""How one system met the needs of each question, by passage and by document."""


@dataclass(frozen=True)
class Corpus:
    """Documents with their index, and the questions asked of them."""

    name: str
    library: Library
    questions: list[Question]
    levels: tuple[str, ...]


class Remembering:
    """An embedder that embeds no question twice."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder, self._known = embedder, dict[str, Any]()
        self.name, self.fingerprint, self.dimension = embedder.name, embedder.fingerprint, embedder.dimension

    def embed_query(self, text: str) -> Any:
        """The vector of a question, shape (dimension,)."""
        if text not in self._known:
            self._known[text] = self._embedder.embed_query(text)
        return self._known[text]

    def embed_queries(self, texts: Sequence[str]) -> Any:
        """Vectors of questions, shape (len(texts), dimension)."""
        return np.stack([self.embed_query(text) for text in texts])

    def embed_passages(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Any:
        """Vectors of passages, shape (len(texts), dimension)."""
        return self._embedder.embed_passages(texts, progress)

    def reads_whole(self, text: str) -> bool:
        """Whether the model reads a text to its end."""
        return self._embedder.reads_whole(text)


class Cache:
    """Vectors of texts by the hash of model and text, in one file a set."""

    def __init__(self, folder: Path, embedder: Embedder) -> None:
        self._folder, self._embedder = folder, embedder

    def vectors(self, name: str, texts: Sequence[str]) -> Any:
        """Vectors of passages, shape (len(texts), dimension)."""
        digest = hashlib.sha256("\0".join([self._embedder.fingerprint, *texts]).encode()).hexdigest()[:16]
        path = self._folder / f"{name}-{digest}.npy"
        if not path.exists():
            np.save(path, self._embedder.embed_passages(texts))
        return np.load(path)


def baselines(corpus: Corpus, asked: Sequence[str], embedder: Embedder, cache: Cache) -> dict[str, Ranked]:
    """What tutorials build: pieces of 500 with 50 in common, by vectors, and by BM25 over jieba's words."""
    import bm25s
    import faiss
    import rjieba
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    vectors = embedder.embed_queries(asked)
    splitter = RecursiveCharacterTextSplitter(chunk_size=500, chunk_overlap=50, add_start_index=True)
    pieces: list[tuple[int, int, int, str]] = []
    for number, path in enumerate(corpus.library.paths):
        text = corpus.library.document(path).text
        for piece in splitter.create_documents([text]):
            start = piece.metadata["start_index"]
            pieces.append((number, start, start + len(piece.page_content), piece.page_content))
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(cache.vectors(corpus.name.replace(" ", "-"), [text for *_, text in pieces]))
    bm25 = bm25s.BM25()
    bm25.index([rjieba.cut(text) for *_, text in pieces], show_progress=False)
    vocabulary = bm25.vocab_dict

    def dense(question: str, vector: Any) -> list[int]:
        return [int(n) for n in index.search(vector[None], min(200, len(pieces)))[1][0]]

    def words(question: str, vector: Any) -> list[int]:
        known = [token for token in rjieba.cut(question) if token in vocabulary]
        scores = bm25.get_scores(known) if known else np.zeros(len(pieces))
        return [int(n) for n in np.argsort(-scores, kind="stable")[:200] if scores[n] > 0]

    return {
        "LangChain 500/50, dense": _foreign(corpus, pieces, asked, vectors, dense),
        "LangChain 500/50, BM25 jieba": _foreign(corpus, pieces, asked, vectors, words),
    }


def _foreign(
    corpus: Corpus,
    pieces: list[tuple[int, int, int, str]],
    asked: Sequence[str],
    vectors: Any,
    search: Callable[[str, Any], list[int]],
) -> Ranked:
    """Another system's pieces held against the same evidence."""
    evidences = Evidences(corpus.library)
    passages, documents = [], []
    for question, text, vector in zip(corpus.questions, asked, vectors, strict=True):
        found = search(text, vector)
        needs = evidences.needs(question)
        relevant = [
            frozenset(
                n
                for document, start, end in need.spans
                for n, (number, first, last, _) in enumerate(pieces)
                if corpus.library.paths[number] == document and is_relevant(first, last, (start, end))
            )
            for need in needs
        ]
        passages.append(ranks_of(found, relevant))
        order = dict.fromkeys(pieces[n][0] for n in found)
        documents.append(ranks_of(list(order), [need.documents for need in needs]))
    return passages, documents
