"""documents/ → one new generation of the index; what did not change keeps its vectors."""

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from rag.documents import Receipt, list_files, read_all
from rag.embed import Embedder
from rag.errors import IndexDamaged, IndexMismatch
from rag.generations import (
    SCHEMA_VERSION,
    build_lock,
    current_generation,
    discard,
    new_generation,
    publish,
    storage_error,
)
from rag.outline import OUTLINE_VERSION
from rag.read import READER_VERSION
from rag.settings import Settings
from rag.split import SPLITTER_VERSION, matching_text, split_document, split_sentences
from rag.store import Content, Library, Vectors, write_content
from rag.types import BuildReport, Chunk, Document, FileReport, Progress, Sentence
from rag.words import WORDS_VERSION

VERSIONS = {
    "reader": READER_VERSION,
    "outline": OUTLINE_VERSION,
    "splitter": SPLITTER_VERSION,
    "words": WORDS_VERSION,
}

Report = Callable[[Progress], None]


@dataclass(frozen=True)
class _Pieces:
    """All chunks and sentences in order, and of each the text that is embedded."""

    chunks: list[Chunk]
    chunk_texts: list[str]
    sentences: list[Sentence]
    sentence_texts: list[str]


def build_index(
    settings: Settings,
    identity: tuple[str, str],
    load: Callable[[], Embedder],
    progress: Report,
    *,
    rebuild: bool = False,
) -> BuildReport:
    """Bring the index up to date with the documents folder.

    Parameters
    ----------
    settings
        Folders, chunk size and limits.
    identity
        Name and fingerprint of the embedding model.
    load
        Gives the model; called only when something must be embedded.
    progress
        Told where the build stands.
    rebuild
        Embed everything again, even what did not change.

    Raises
    ------
    RagError
        The folder is missing, another build runs, the index cannot be written.
    """
    started = time.perf_counter()
    names = list_files(settings.documents, settings.index)
    with build_lock(settings.index):
        last = _last(settings)
        before = {report.document: (report, sha256) for report, sha256 in last.reports()} if last else {}
        same_model = last is not None and last.manifest["model"]["fingerprint"] == identity[1]
        previous = last if same_model and not rebuild else None
        documents, receipt = read_all(settings, names, before, progress)
        if previous is not None and _is_current(previous, settings, receipt, before):
            generation, size = previous.generation, previous.size
            counts = {name: report.chunks for name, (report, _) in before.items()}
        else:
            pieces = _split(documents, settings.chunk_size)
            counts = _counts(pieces.chunks)
            receipt = [(replace(report, chunks=counts.get(report.document, 0)), sha256) for report, sha256 in receipt]
            content = _embed(pieces, documents, receipt, previous, load, progress)
            progress(Progress("写入索引", 0, 1))
            generation, size = _write(settings, identity, content, pieces.chunk_texts), len(pieces.chunks)
            progress(Progress("写入索引", 1, 1))
    reports = [replace(report, chunks=counts.get(report.document, 0)) for report, _ in receipt]
    present = {report.document for report in reports}
    reports += [FileReport(name, "removed") for name in before if name not in present]
    return BuildReport(tuple(reports), size, (time.perf_counter() - started) * 1000, generation)


def embedding_text(document: Document, chunk: Chunk) -> str:
    """What is embedded and word-indexed of a passage: title and headings in front, as context, then its text."""
    context = " ".join(part for part in (document.header.title or "", *chunk.section) if part)
    return chunk.text if chunk.kind == "header" or not context else f"{context}\n{chunk.text}"


def _last(settings: Settings) -> Library | None:
    """The current build, None where there is none that is whole and of this schema."""
    try:
        if current_generation(settings.index) is None:
            return None
        return Library.open(settings.index, None)
    except (IndexMismatch, IndexDamaged):
        return None


def _is_current(
    previous: Library, settings: Settings, receipt: Receipt, before: dict[str, tuple[FileReport, str]]
) -> bool:
    """Tell whether a new build would equal the last one."""
    now = {report.document: (report.reason, sha256) for report, sha256 in receipt}
    then = {name: (report.reason, sha256) for name, (report, sha256) in before.items()}
    manifest = previous.manifest
    return now == then and manifest["chunk_size"] == settings.chunk_size and manifest["versions"] == VERSIONS


def _split(documents: Sequence[Document], chunk_size: int) -> _Pieces:
    pieces = _Pieces([], [], [], [])
    for document in documents:
        for chunk in split_document(document, chunk_size):
            for sentence in split_sentences(document.text, chunk, len(pieces.chunks)):
                pieces.sentences.append(sentence)
                pieces.sentence_texts.append(matching_text(document, sentence))
            pieces.chunk_texts.append(embedding_text(document, chunk))
            pieces.chunks.append(chunk)
    return pieces


def _counts(chunks: Sequence[Chunk]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for chunk in chunks:
        counts[chunk.document] = counts.get(chunk.document, 0) + 1
    return counts


def _embed(
    pieces: _Pieces,
    documents: Sequence[Document],
    receipt: Receipt,
    previous: Library | None,
    load: Callable[[], Embedder],
    progress: Report,
) -> Content:
    """Embed what the previous build does not hold; equal texts are embedded once and kept in every place."""
    texts = [*pieces.chunk_texts, *pieces.sentence_texts]
    keys = [hashlib.sha256(text.encode()).hexdigest()[:32] for text in texts]
    vectors = previous.vectors_by_key(set(keys)) if previous else {}
    missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in vectors}
    if missing:
        total = len(missing)
        progress(Progress("计算向量", 0, total))
        embedder = load()
        fresh = embedder.embed_passages(
            list(missing.values()), lambda done: progress(Progress("计算向量", done, total))
        )
        vectors.update(zip(missing, fresh, strict=True))
    count = len(pieces.chunks)
    return Content(
        documents,
        pieces.chunks,
        keys[:count],
        _stack(vectors, keys[:count]),
        pieces.sentences,
        keys[count:],
        _stack(vectors, keys[count:]),
        receipt,
    )


def _stack(vectors: dict[str, Vectors], keys: Sequence[str]) -> Vectors:
    return np.stack([vectors[key] for key in keys]) if keys else np.empty((0, 1), dtype=np.float32)


def _write(settings: Settings, identity: tuple[str, str], content: Content, chunk_texts: Sequence[str]) -> str:
    manifest = {
        "schema": SCHEMA_VERSION,
        "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "model": {"name": identity[0], "fingerprint": identity[1], "dimension": content.chunk_vectors.shape[1]},
        "chunk_size": settings.chunk_size,
        "versions": VERSIONS,
        "counts": {
            "documents": len(content.documents),
            "passages": len(content.chunks),
            "sentences": len(content.sentences),
        },
        "documents": {report.document: sha256 for report, sha256 in content.reports if sha256},
    }
    generation = None
    try:
        generation, folder = new_generation(settings.index)
        write_content(folder, content, chunk_texts, [document.text for document in content.documents])
        publish(settings.index, generation, manifest)
    except OSError as error:
        if generation is not None and current_generation(settings.index) != generation:
            discard(settings.index, generation)
        raise storage_error(settings.index, error) from error
    return generation
