"""One generation of the index on disk and in memory: FAISS vectors, texts in SQLite, word indexes. No pickle.

Everything is read into memory and checked against the manifest when it is opened, so a later build, or the removal
of an old one, never disturbs a reader.
"""

import json
import sqlite3
import threading
from collections.abc import Sequence, Set
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.errors import DocumentMissing, IndexDamaged, IndexMismatch
from rag.generations import SCHEMA_VERSION, generation_folder, read_manifest, require_current, verify_files
from rag.types import Chunk, Document, FileReport, Header, Section, Sentence
from rag.words import WordIndex, bigrams, words

Vectors = NDArray[np.float32]
Mask = NDArray[np.bool_]

_TABLES = """
CREATE TABLE documents (id INTEGER PRIMARY KEY, path TEXT UNIQUE, text TEXT, header TEXT, sections TEXT, pages TEXT,
                        encoding TEXT);
CREATE TABLE chunks (id INTEGER PRIMARY KEY, document INTEGER, start INTEGER, end INTEGER, section TEXT, kind TEXT,
                     key TEXT);
CREATE TABLE sentences (id INTEGER PRIMARY KEY, document INTEGER, start INTEGER, end INTEGER, chunk INTEGER, kind TEXT,
                        key TEXT);
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
    for name, tokenizer in (("words", words), ("bigrams", bigrams)):
        WordIndex.build(texts, tokenizer).save(folder / f"passage_{name}")
        WordIndex.build(document_texts, tokenizer).save(folder / f"document_{name}")
    (folder / "texts.sqlite").write_bytes(_database(content))


def _database(content: Content) -> bytes:
    numbers = {document.path: number for number, document in enumerate(content.documents)}
    with sqlite3.connect(":memory:") as db:
        db.executescript(_TABLES)
        db.executemany(
            "INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                (numbers[d.path], d.path, d.text, _json(asdict(d.header)), _json([asdict(s) for s in d.sections]),
                 _json(d.pages), d.encoding)
                for d in content.documents
            ),
        )  # fmt: skip
        db.executemany(
            "INSERT INTO chunks VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                (i, numbers[c.document], c.start, c.end, _json(c.section), c.kind, key)
                for i, (c, key) in enumerate(zip(content.chunks, content.chunk_keys, strict=True))
            ),
        )
        db.executemany(
            "INSERT INTO sentences VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                (i, numbers[s.document], s.start, s.end, s.chunk, s.kind, key)
                for i, (s, key) in enumerate(zip(content.sentences, content.sentence_keys, strict=True))
            ),
        )
        db.executemany(
            "INSERT INTO files VALUES (?, ?, ?)",
            ((report.document, sha256, _json(asdict(report))) for report, sha256 in content.reports),
        )
        db.commit()
        return db.serialize()


class Library:
    """One opened generation. Numbers of chunks, sentences and documents are their positions in the index."""

    def __init__(self, index: Path, generation: str, manifest: dict[str, Any]):
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
            [row[0] == "header" for row in self._rows("SELECT kind FROM chunks ORDER BY id")], dtype=bool
        )
        self.chunk_of_sentence = np.array(
            [row[0] for row in self._rows("SELECT chunk FROM sentences ORDER BY id")], dtype=np.int64
        )
        self._numbers = {path: number for number, path in enumerate(self.paths)}
        self._documents: dict[int, Document] = {}

    @classmethod
    def open(cls, index: Path, identity: tuple[str, str] | None, generation: str | None = None) -> "Library":
        """Open a generation after checking that it is whole and made by the model in use.

        Parameters
        ----------
        index
            The index folder.
        identity
            Name and fingerprint of the embedding model in use; None to read texts only.
        generation
            Id of the build; the current one by default.

        Raises
        ------
        IndexMissing, IndexDamaged, IndexMismatch
            Each with a sentence naming what to run.
        """
        generation = generation or require_current(index)
        manifest = read_manifest(index, generation)
        if manifest["schema"] != SCHEMA_VERSION:
            raise _mismatch("格式版本", "schema", str(manifest["schema"]), str(SCHEMA_VERSION))
        if identity is not None and manifest["model"]["fingerprint"] != identity[1]:
            found = f"{manifest['model']['name']}（{manifest['model']['fingerprint'][:12]}）"
            raise _mismatch("向量模型", "embedding model", found, f"{identity[0]}（{identity[1][:12]}）")
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
        row = self._rows("SELECT document, start, end, section, kind FROM chunks WHERE id = ?", number)[0]
        document = self._document(row[0])
        return Chunk(document.path, row[1], row[2], document.text[row[1] : row[2]], tuple(json.loads(row[3])), row[4])

    def sentences_of(self, chunk: int) -> list[tuple[int, Sentence]]:
        """The sentences of a passage with their numbers, in reading order."""
        found = []
        for number, document_number, start, end, kind in self._rows(
            "SELECT id, document, start, end, kind FROM sentences WHERE chunk = ? ORDER BY id", chunk
        ):
            document = self._document(document_number)
            found.append((number, Sentence(document.path, start, end, document.text[start:end], chunk, kind)))
        return found

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
        found = []
        for report, sha256 in self._rows("SELECT report, sha256 FROM files ORDER BY path"):
            fields = json.loads(report)
            own = {"header": Header(**fields["header"]), "warnings": tuple(fields.get("warnings", ()))}
            found.append((FileReport(**(fields | own)), sha256))
        return found

    def vectors_by_key(self, keys: Set[str]) -> dict[str, Vectors]:
        """The vectors, each (dimension,), of those `keys` that this build holds."""
        found: dict[str, Vectors] = {}
        for table, index in (("chunks", self._passages), ("sentences", self._sentences)):
            known = [(key, number) for key, number in self._rows(f"SELECT key, id FROM {table}") if key in keys]
            found.update(zip((key for key, _ in known), _reconstruct(index, [n for _, n in known]), strict=True))
        return found

    def _document(self, number: int) -> Document:
        if number not in self._documents:
            path, text, header, sections, pages, encoding = self._rows(
                "SELECT path, text, header, sections, pages, encoding FROM documents WHERE id = ?", number
            )[0]
            self._documents[number] = Document(
                path,
                text,
                Header(**json.loads(header)),
                tuple(Section(**(s | {"path": tuple(s["path"])})) for s in json.loads(sections)),
                tuple((page[0], page[1]) for page in json.loads(pages)),
                encoding,
            )
        return self._documents[number]

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


def _mismatch(chinese: str, english: str, found: str, expected: str) -> IndexMismatch:
    return IndexMismatch(
        f"索引的{chinese}是 {found}，现在使用的是 {expected}，请运行 python -m rag index 更新索引。",
        f"The index has {english} {found}, in use is {expected}; run python -m rag index.",
    )


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
