"""One generation of the index in memory: FAISS vectors, texts in SQLite, word indexes.

Everything is read into memory and checked against the manifest when it is opened, so a later build, or the removal
of an old one, never disturbs a reader.
"""

import json
import sqlite3
import threading
from collections.abc import Iterator, Sequence, Set
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.content import Vectors as Vectors
from rag.errors import DocumentMissing, IndexDamaged, IndexMismatch
from rag.generations import damaged, generation_folder, read_manifest, require_current, verify_files
from rag.identity import Identity
from rag.locks import reading
from rag.manifest import MANIFEST, SCHEMA_VERSION, Manifest, Mismatch, model_mismatches, rule_mismatches
from rag.records import from_record
from rag.reports import FileReport
from rag.types import FRONT_AND_BACK, Chunk, Document, Sentence, Standing
from rag.words import WordIndex, bigrams, words

Mask = NDArray[np.bool_]

_CHUNK = "document, start, end, kind, record"
_SENTENCE = "id, document, start, end, chunk, kind, record"


class Library:
    """One opened generation. Numbers of chunks, sentences and documents are their positions in the index."""

    def __init__(self, index: Path, generation: str, manifest: Manifest):
        import faiss

        folder = generation_folder(index, generation)
        self.generation = generation
        self.manifest = manifest
        self._lock = threading.Lock()
        self._db = sqlite3.connect(":memory:", check_same_thread=False)
        self._db.deserialize((folder / "texts.sqlite").read_bytes())
        self._passages = _read_faiss(faiss, folder / "passages.faiss")
        self._sentences = _read_faiss(faiss, folder / "sentences.faiss")
        self.passage_words = WordIndex.load(folder / "passage_words", words)
        self.passage_bigrams = WordIndex.load(folder / "passage_bigrams", bigrams)
        self.document_words = WordIndex.load(folder / "document_words", words)
        self.document_bigrams = WordIndex.load(folder / "document_bigrams", bigrams)
        self.paths = [row[0] for row in self._rows("SELECT path FROM documents ORDER BY id")]
        self.document_of_chunk = np.array(
            [row[0] for row in self._rows("SELECT document FROM chunks ORDER BY id")], dtype=np.int64
        )
        self.header_chunks = np.array(
            [row[0] in FRONT_AND_BACK for row in self._rows("SELECT kind FROM chunks ORDER BY id")], dtype=bool
        )
        self.chunk_of_sentence = np.array(
            [row[0] for row in self._rows("SELECT chunk FROM sentences ORDER BY id")], dtype=np.int64
        )
        self._numbers = {path: number for number, path in enumerate(self.paths)}
        self._documents: dict[int, Document] = {}
        self._standings: list[Standing] | None = None

    @classmethod
    def open(
        cls,
        index: Path,
        identity: Identity | None,
        generation: str | None = None,
        *,
        chunk_size: int | None = None,
    ) -> "Library":
        """Open a generation after checking that it is whole and made by what is in use.

        Parameters
        ----------
        index
            The index folder.
        identity
            The embedding model in use; None to read texts only.
        generation
            Id of the build; the current one by default.
        chunk_size
            Where given, the index must be up to date with the rules by which texts are read and cut.

        Raises
        ------
        IndexMissing, IndexDamaged, IndexMismatch
            Each with a sentence naming what to run.
        """
        name = generation or require_current(index)
        try:
            with reading(generation_folder(index, name) / MANIFEST):
                return cls._open(index, identity, name, chunk_size)
        except (OSError, IndexDamaged) as error:
            if generation is None and require_current(index) != name:
                # Two builds ended since the pointer was read, and the last one removed what it named.
                return cls.open(index, identity, chunk_size=chunk_size)
            if isinstance(error, IndexDamaged):
                raise
            raise damaged(index, f"{name}/{MANIFEST}") from error

    @classmethod
    def _open(cls, index: Path, identity: Identity | None, generation: str, chunk_size: int | None) -> "Library":
        manifest = read_manifest(index, generation)
        found = []
        if manifest["schema"] != SCHEMA_VERSION:
            found.append(Mismatch(("格式版本", "schema"), str(manifest["schema"]), str(SCHEMA_VERSION)))
        else:
            found += model_mismatches(manifest, identity) if identity is not None else []
            found += rule_mismatches(manifest, chunk_size) if chunk_size is not None else []
        if found:
            raise mismatch(found)
        verify_files(index, generation, manifest)
        try:
            return cls(index, generation, manifest)
        except (OSError, ValueError, LookupError, TypeError, sqlite3.DatabaseError) as error:
            raise IndexDamaged(
                f"索引已损坏（{index}），请运行 python -m rag index --rebuild 重建。",
                f"The index in {index} is damaged; run python -m rag index --rebuild.",
            ) from error

    @property
    def size(self) -> int:
        """Number of passages."""
        return len(self.document_of_chunk)

    @property
    def vector_counts(self) -> tuple[int, int]:
        """Number of vectors of passages, and of sentences."""
        return self._passages.ntotal, self._sentences.ntotal

    def nearest_chunks(self, vector: Vectors, k: int, within: Mask | None = None) -> tuple[NDArray[np.int64], Vectors]:
        """Numbers and cosines, both (≤ k,), of the passages nearest to a unit vector, best first.

        `within`, shape (number of passages,), restricts the search to some of them.
        """
        return _nearest(self._passages, vector, k, within)

    def nearest_sentences(
        self, vector: Vectors, k: int, within: Mask | None = None
    ) -> tuple[NDArray[np.int64], Vectors]:
        """Numbers and cosines, both (≤ k,), of the sentences nearest to a unit vector, best first.

        `within`, shape (number of sentences,), restricts the search to some of them.
        """
        return _nearest(self._sentences, vector, k, within)

    def sentence_vectors(self, numbers: Sequence[int]) -> Vectors:
        """Unit vectors of sentences, shape (len(numbers), dimension)."""
        return _reconstruct(self._sentences, numbers)

    def chunk_vectors(self, numbers: Sequence[int]) -> Vectors:
        """Unit vectors of passages, shape (len(numbers), dimension)."""
        return _reconstruct(self._passages, numbers)

    def chunk(self, number: int) -> Chunk:
        """One passage by its number."""
        return self._chunk(self._rows(f"SELECT {_CHUNK} FROM chunks WHERE id = ?", number)[0])

    def sentences_of(self, chunk: int) -> list[tuple[int, Sentence]]:
        """The sentences of a passage with their numbers, in reading order."""
        rows = self._rows(f"SELECT {_SENTENCE} FROM sentences WHERE chunk = ? ORDER BY id", chunk)
        return [(row[0], self._sentence(row)) for row in rows]

    def all_chunks(self) -> Iterator[tuple[Chunk, str]]:
        """Every passage with the key of what was embedded of it, by number."""
        for row in self._rows(f"SELECT {_CHUNK}, key FROM chunks ORDER BY id"):
            yield self._chunk(row), row[-1]

    def all_sentences(self) -> Iterator[tuple[Sentence, str]]:
        """Every sentence with the key of what was embedded of it, by number."""
        for row in self._rows(f"SELECT {_SENTENCE}, key FROM sentences ORDER BY id"):
            yield self._sentence(row), row[-1]

    def chunks_of(self, document: int) -> list[int]:
        """Numbers of a document's passages, in reading order."""
        return [row[0] for row in self._rows("SELECT id FROM chunks WHERE document = ? ORDER BY id", document)]

    def document(self, path: str) -> Document:
        """A document by its path.

        Raises
        ------
        DocumentMissing
            The index does not hold it.
        """
        if path not in self._numbers:
            raise DocumentMissing(
                f"索引中没有文档 {path}，请检查名称或更新索引。",
                f"The index holds no document {path}; check the name or update the index.",
            )
        return self._document(self._numbers[path])

    def reports(self) -> list[tuple[FileReport, str]]:
        """What the build said of each file, with the SHA-256 of its bytes ("" where it was not read)."""
        rows = self._rows("SELECT report, sha256 FROM files ORDER BY path")
        return [(from_record(FileReport, json.loads(report)), sha256) for report, sha256 in rows]

    def standings(self) -> list[Standing]:
        """From when until when each document is in force, by its number."""
        if self._standings is None:
            of_path = {report.document: report.standing for report, _ in self.reports()}
            self._standings = [of_path.get(path, Standing()) for path in self.paths]
        return self._standings

    def vectors_by_key(self, keys: Set[str]) -> dict[str, Vectors]:
        """The vectors, each (dimension,), of those `keys` that this build holds."""
        found: dict[str, Vectors] = {}
        for table, index in (("chunks", self._passages), ("sentences", self._sentences)):
            known = [(key, number) for key, number in self._rows(f"SELECT key, id FROM {table}") if key in keys]
            found.update(zip((key for key, _ in known), _reconstruct(index, [n for _, n in known]), strict=True))
        return found

    def _document(self, number: int) -> Document:
        if number not in self._documents:
            path, text, record = self._rows("SELECT path, text, record FROM documents WHERE id = ?", number)[0]
            self._documents[number] = from_record(Document, json.loads(record) | {"path": path, "text": text})
        return self._documents[number]

    def _chunk(self, row: tuple[Any, ...]) -> Chunk:
        number, start, end, kind, record = row[:5]
        document = self._document(number)
        own = {"document": document.path, "start": start, "end": end, "text": document.text[start:end], "kind": kind}
        return from_record(Chunk, json.loads(record) | own)

    def _sentence(self, row: tuple[Any, ...]) -> Sentence:
        _, number, start, end, chunk, kind, record = row[:7]
        document = self._document(number)
        own = {"document": document.path, "start": start, "end": end, "text": document.text[start:end], "kind": kind}
        return from_record(Sentence, json.loads(record) | own | {"chunk": chunk})

    def _rows(self, statement: str, *parameters: object) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._db.execute(statement, parameters).fetchall()


def _read_faiss(faiss: Any, path: Path) -> Any:
    try:
        return faiss.deserialize_index(np.frombuffer(path.read_bytes(), dtype=np.uint8))
    except RuntimeError as error:
        raise ValueError(path.name) from error


def _nearest(index: Any, vector: Vectors, k: int, within: Mask | None) -> tuple[NDArray[np.int64], Vectors]:
    # FAISS pads with number −1 where k exceeds what is searched.
    k = min(k, index.ntotal if within is None else int(within.sum()))
    if k == 0:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
    query = np.ascontiguousarray(vector[None, :], dtype=np.float32)
    if within is None:
        cosines, numbers = index.search(query, k)
    else:
        import faiss

        # The selector reads the bits where they lie, so they must outlive the search.
        bits = np.packbits(within, bitorder="little")
        selector = faiss.IDSelectorBitmap(len(within), faiss.swig_ptr(bits))
        cosines, numbers = index.search(query, k, params=faiss.SearchParameters(sel=selector))  # type: ignore[call-arg]  # added by SWIG
    return numbers[0], cosines[0]


def _reconstruct(index: Any, numbers: Sequence[int]) -> Vectors:
    if not len(numbers):
        return np.empty((0, index.d), dtype=np.float32)
    found: Vectors = index.reconstruct_batch(np.asarray(numbers, dtype=np.int64))
    return found


def mismatch(found: Sequence[Mismatch]) -> IndexMismatch:
    """Name what an index was made with, what is in use, and what to run."""
    chinese = "；".join(f"{one.name[0]}是 {one.found}，现在使用的是 {one.expected}" for one in found)
    english = "; ".join(f"{one.name[1]} {one.found}, in use is {one.expected}" for one in found)
    return IndexMismatch(
        f"索引的{chinese}，请运行 python -m rag index 更新索引。", f"The index has {english}; run python -m rag index."
    )
