"""documents/ → one new generation of the index; what did not change keeps its text and its vectors."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np

from rag.assess import assess, assessed_before
from rag.audit import not_unit, wrong_counts, wrong_ranges, wrong_vectors
from rag.content import Content, Vectors, write_content
from rag.documents import Reading, Receipt, list_files, read_all
from rag.e5 import reads_whole
from rag.embed import Embedder
from rag.errors import IndexDamaged, IndexMismatch, ModelError
from rag.generations import (
    candidates,
    current_generation,
    discard,
    new_generation,
    seal,
    switch_to,
)
from rag.identity import Identity
from rag.journal import Journal
from rag.locks import Holder, build_lock, storage_error
from rag.manifest import READING, VERSIONS, Manifest, describe, has_vectors_of, is_made_by, new_manifest
from rag.pieces import Pieces, cut, key_of
from rag.reports import BuildReport, FileReport, Progress
from rag.settings import DEFAULT_MODEL, Settings
from rag.store import Library
from rag.tidy import kept_generations, tidy
from rag.types import Document
from rag.unchanged import Unchanged, circumstances, depends_on_circumstances

_SLICE = 256
"""Texts embedded between two entries in the journal: what an interruption can cost."""

Report = Callable[[Progress], None]


@dataclass(frozen=True)
class _Last:
    """The build that a new one goes on from: None where there is none that is whole and of this schema."""

    library: Library | None
    is_current: bool

    def receipt(self) -> dict[str, tuple[FileReport, str]]:
        """What it said of each file, by path."""
        return {report.document: (report, sha256) for report, sha256 in self.library.reports()} if self.library else {}


@dataclass(frozen=True)
class _Job:
    """What `build_index` was called with; `last` is the build to go on from, also where nothing of it is used again."""

    settings: Settings
    identity: Identity
    load: Callable[[], Embedder]
    progress: Report
    rebuild: bool
    last: _Last

    @property
    def reused(self) -> Library | None:
        """The build that texts and vectors are taken from."""
        return None if self.rebuild else self.last.library


def build_index(
    settings: Settings,
    identity: Identity,
    load: Callable[[], Embedder],
    progress: Report,
    *,
    rebuild: bool = False,
    wait: bool = False,
) -> BuildReport:
    """Bring the index up to date with the documents folder.

    Parameters
    ----------
    settings
        Folders, chunk size and limits.
    identity
        The embedding model.
    load
        Gives the model; called once, and only when something must be embedded or, but for the default model, cut.
    progress
        Told where the build stands.
    rebuild
        Read and embed everything again, even what did not change.
    wait
        Wait for another process that builds, instead of naming it in an error.

    Raises
    ------
    RagError
        The folder is missing, another build runs, the index cannot be written.
    """
    started = time.perf_counter()
    names = list_files(settings.documents, settings.index)
    waiting = _waiting(progress) if wait else None
    with build_lock(settings.index, waiting):
        job = _Job(settings, identity, cache(load), progress, rebuild, _last(settings))
        before = job.last.receipt()
        reading = read_all(settings, names, before, progress, _unchanged(job, before))
        documents, receipt = reading.documents, reading.receipt
        if job.reused is not None and _is_up_to_date(job, job.reused, reading, before):
            generation, size = job.reused.generation, job.reused.size
            counts = {name: report.chunks for name, (report, _) in before.items()}
            _tidy(settings.index, kept_generations(settings.index))
            receipt = [(assessed_before(report, before), sha256) for report, sha256 in receipt]
        else:
            pieces = cut(documents, settings.chunk_size, _fits(job))
            counts, size = dict(pieces.counts()), len(pieces.chunks)
            receipt = [
                (replace(report, chunks=counts.get(report.document, 0)), sha256)
                for report, sha256 in assess(documents, receipt)
            ]
            generation = _make(job, pieces, Reading(documents, receipt, reading.archives))
    reports = [replace(report, chunks=counts.get(report.document, 0)) for report, _ in receipt]
    present = {report.document for report in reports}
    reports += [FileReport(name, "removed") for name in before if name not in present]
    return BuildReport(tuple(reports), size, (time.perf_counter() - started) * 1000, generation)


def _waiting(progress: Report) -> Callable[[Holder | None], None]:
    def wait(holder: Holder | None) -> None:
        who = f"（进程 {holder.pid}，主机 {holder.host}，自 {holder.since} 起）" if holder else ""
        progress(Progress(f"等待另一个进程更新索引{who}", 0, 1))

    return wait


def _last(settings: Settings) -> _Last:
    """The current build, or the newest whole one where that is damaged."""
    for generation in candidates(settings.index):
        try:
            library = Library.open(settings.index, None, generation)
        except (IndexMismatch, IndexDamaged):
            continue
        return _Last(library, _is_current(settings.index, generation))
    return _Last(None, is_current=False)


def _is_current(index: Path, generation: str) -> bool:
    try:
        return current_generation(index) == generation
    except IndexDamaged:
        return False


def _unchanged(job: _Job, before: dict[str, tuple[FileReport, str]]) -> Unchanged | None:
    if job.reused is None:
        return None
    manifest = job.reused.manifest
    if any(manifest["versions"].get(name) != VERSIONS[name] for name in READING):
        return None
    same = manifest.get("circumstances") == circumstances(job.settings)
    return Unchanged(job.reused.document, before, manifest.get("archives", {}), same)


def _fits(job: _Job) -> Callable[[str], bool]:
    """What tells whether the model reads the whole of a text: of the default one it is known without loading it."""
    return reads_whole if job.settings.embedding_model == DEFAULT_MODEL else job.load().reads_whole


def _is_up_to_date(job: _Job, library: Library, reading: Reading, before: dict[str, tuple[FileReport, str]]) -> bool:
    """Tell whether a new build would equal the last one."""
    now = {report.document: (report.reason, sha256) for report, sha256 in reading.receipt}
    then = {name: (report.reason, sha256) for name, (report, sha256) in before.items()}
    manifest = library.manifest
    same_circumstances = manifest.get("circumstances") == circumstances(job.settings)
    # Where they matter to no file, others are no reason for a new build.
    depends = any(depends_on_circumstances(report) for report, _ in reading.receipt)
    return (
        job.last.is_current
        and now == then
        and is_made_by(manifest, job.identity, job.settings.chunk_size)
        and manifest.get("archives", {}) == reading.archives
        and (same_circumstances or not depends)
    )


def _make(job: _Job, pieces: Pieces, reading: Reading) -> str:
    """Embed what is new, write a generation, check it, switch to it; its id."""
    documents = reading.documents
    index = job.settings.index
    journal = Journal(index, job.identity[1])
    generation = None
    try:
        if job.rebuild:
            journal.remove()
        content = _embed(job, pieces, documents, reading.receipt, journal)
        job.progress(Progress("写入索引", 0, 3))
        generation, folder = new_generation(index)
        write_content(folder, content, pieces.chunk_texts, [document.text for document in documents])
        seal(index, generation, _manifest(job, content, reading.archives))
        job.progress(Progress("写入索引", 1, 3))
        _check(index, generation)
        job.progress(Progress("写入索引", 2, 3))
        switch_to(index, generation)
        tidy(index, [generation, job.last.library.generation if job.last.library else None])
    except OSError as error:
        if generation is not None and not _is_current(index, generation):
            discard(index, generation)
        raise storage_error(index, error) from error
    job.progress(Progress("写入索引", 3, 3))
    return generation


def _embed(job: _Job, pieces: Pieces, documents: Sequence[Document], receipt: Receipt, journal: Journal) -> Content:
    """Embed what neither the last build nor an unfinished one holds; equal texts are embedded once."""
    texts = pieces.texts
    keys = [key_of(text) for text in texts]
    vectors = journal.read()
    if job.reused is not None and has_vectors_of(job.reused.manifest, job.identity):
        vectors.update(job.reused.vectors_by_key(set(keys)))
    missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in vectors}
    if missing:
        job.progress(Progress("计算向量", 0, len(missing)))
        embedder = job.load()
        # The longest first, as the embedder itself sorts, so that texts of like length share a batch.
        order = sorted(missing, key=lambda key: -len(missing[key]))
        for start in range(0, len(order), _SLICE):
            part = order[start : start + _SLICE]

            def show(done: int, start: int = start) -> None:
                job.progress(Progress("计算向量", start + done, len(order)))

            fresh = embedder.embed_passages([missing[key] for key in part], show)
            if not_unit(fresh):
                raise _unusable(job.identity[0])
            journal.add(part, fresh)
            vectors.update(zip(part, fresh, strict=True))
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


def _manifest(job: _Job, content: Content, archives: dict[str, str]) -> Manifest:
    model = describe(job.identity, content.chunk_vectors.shape[1])
    counts = (content.documents, content.chunks, content.sentences)
    documents = {report.document: sha256 for report, sha256 in content.reports if report.status != "skipped"}
    return new_manifest(model, job.settings.chunk_size, [len(each) for each in counts], documents) | {
        "archives": archives,
        "circumstances": circumstances(job.settings),
    }


def _tidy(index: Path, kept: list[str]) -> None:
    try:
        tidy(index, kept)
    except OSError as error:
        raise storage_error(index, error) from error


def _check(index: Path, generation: str) -> None:
    """Read the new build from the disk, as a reader will, before anything points to it.

    Raises
    ------
    OSError
        It is not what was to be written.
    """
    try:
        library = Library.open(index, None, generation)
    except IndexDamaged as error:
        raise OSError(None, "写入后校验未通过") from error
    if wrong_counts(library) or wrong_ranges(library) or wrong_vectors(library):
        raise OSError(None, "写入后校验未通过")


def _unusable(name: str) -> ModelError:
    return ModelError(
        f"向量模型 {name} 给出的向量不是单位长度或含有非数值，请检查模型文件，"
        "或取消 RAG_EMBEDDING_MODEL 以使用默认模型。",
        f"The embedding model {name} gives vectors that are not of length 1 or no numbers; check its files, or unset "
        "RAG_EMBEDDING_MODEL to use the default model.",
    )
