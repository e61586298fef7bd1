"""What one generation holds, and how it is written: FAISS vectors, texts in SQLite, word indexes. No pickle."""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.records import to_record
from rag.reports import FileReport
from rag.types import Chunk, Document, Sentence
from rag.words import WordIndex, bigrams, words, words_and_bigrams

Vectors = NDArray[np.float32]

# `record` is what has no column of its own: a field added to the dataclass with a default needs no other table.
_TABLES = """
CREATE TABLE documents (id INTEGER PRIMARY KEY, path TEXT UNIQUE, text TEXT, record TEXT);
CREATE TABLE chunks (id INTEGER PRIMARY KEY, document INTEGER, start INTEGER, end INTEGER, kind TEXT, key TEXT,
                     record TEXT);
CREATE TABLE sentences (id INTEGER PRIMARY KEY, document INTEGER, start INTEGER, end INTEGER, chunk INTEGER, kind TEXT,
                        key TEXT, record TEXT);
CREATE TABLE files (path TEXT PRIMARY KEY, sha256 TEXT, report TEXT);
CREATE INDEX sentences_of_chunk ON sentences (chunk);
CREATE INDEX chunks_of_document ON chunks (document);
"""


@dataclass(frozen=True)
class Content:
    """All that one generation holds; `keys` name what was embedded, so that vectors can be used again.

    Shapes: `chunk_vectors` (number of chunks, dimension), `sentence_vectors` (number of sentences, dimension).
    """

    documents: Sequence[Document]
    chunks: Sequence[Chunk]
    chunk_keys: Sequence[str]
    chunk_vectors: Vectors
    sentences: Sequence[Sentence]
    sentence_keys: Sequence[str]
    sentence_vectors: Vectors
    reports: Sequence[tuple[FileReport, str]]


def write_content(folder: Path, content: Content, texts: Sequence[str], document_texts: Sequence[str]) -> None:
    """Write everything but the manifest into a new generation's folder.

    Parameters
    ----------
    folder
        The empty folder.
    content
        What to write.
    texts, document_texts
        What the word indexes hold of each chunk and of each document.
    """
    import faiss

    for name, vectors in (("passages", content.chunk_vectors), ("sentences", content.sentence_vectors)):
        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(np.ascontiguousarray(vectors))
        (folder / f"{name}.faiss").write_bytes(faiss.serialize_index(index).tobytes())
    for kind, each in (("passage", texts), ("document", document_texts)):
        tokens = [words_and_bigrams(text) for text in each]
        WordIndex.build([one for one, _ in tokens], words).save(folder / f"{kind}_words")
        WordIndex.build([one for _, one in tokens], bigrams).save(folder / f"{kind}_bigrams")
    (folder / "texts.sqlite").write_bytes(_database(content))


def _database(content: Content) -> bytes:
    numbers = {document.path: number for number, document in enumerate(content.documents)}
    with sqlite3.connect(":memory:") as db:
        db.executescript(_TABLES)
        db.executemany(
            "INSERT INTO documents VALUES (?, ?, ?, ?)",
            ((numbers[d.path], d.path, d.text, _json(to_record(d, "path", "text"))) for d in content.documents),
        )
        db.executemany(
            "INSERT INTO chunks VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                (i, numbers[c.document], c.start, c.end, c.kind, key,
                 _json(to_record(c, "document", "start", "end", "text", "kind")))
                for i, (c, key) in enumerate(zip(content.chunks, content.chunk_keys, strict=True))
            ),
        )  # fmt: skip
        db.executemany(
            "INSERT INTO sentences VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (i, numbers[s.document], s.start, s.end, s.chunk, s.kind, key,
                 _json(to_record(s, "document", "start", "end", "text", "chunk", "kind")))
                for i, (s, key) in enumerate(zip(content.sentences, content.sentence_keys, strict=True))
            ),
        )  # fmt: skip
        db.executemany(
            "INSERT INTO files VALUES (?, ?, ?)",
            ((report.document, sha256, _json(to_record(report))) for report, sha256 in content.reports),
        )
        db.commit()
        return db.serialize()


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
