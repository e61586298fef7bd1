"""Check the installation and the index, and say for each fault what to run."""

import importlib.metadata
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from rag.documents import list_files
from rag.embed import embedder_identity
from rag.errors import RagError
from rag.generations import require_current
from rag.model import default_model_folder
from rag.settings import DEFAULT_MODEL, Settings
from rag.sources import current_hashes
from rag.store import Library

_PACKAGES = ("torch", "sentence-transformers", "faiss-cpu", "gradio", "langchain-text-splitters", "bm25s", "rjieba")
_INDEX = "python -m rag index"
_REBUILD = "python -m rag index --rebuild"


@dataclass(frozen=True)
class Finding:
    """The outcome of one check; `mend` is what to run or do where it failed."""

    check: str
    ok: bool
    detail: str
    mend: str | None = None


def examine(settings: Settings) -> list[Finding]:
    """Run all checks; later ones are left out where an earlier one makes them meaningless."""
    findings = [_packages()]
    try:
        names = list_files(settings.documents, settings.index)
        findings.append(Finding("文档文件夹", True, f"{settings.documents}，{len(names)} 个文件"))
    except RagError as error:
        findings.append(Finding("文档文件夹", False, str(error), "新建文件夹，或用 --documents 指定"))
        names = []
    identity = None
    try:
        identity = embedder_identity(settings)
        prepared = settings.embedding_model != DEFAULT_MODEL or default_model_folder(settings).is_dir()
        state = "已准备" if prepared else "将在第一次建立索引时准备"
        findings.append(Finding("向量模型", True, f"{identity[0]}，{state}"))
    except RagError as error:
        findings.append(Finding("向量模型", False, str(error), "见 README 的“向量模型”"))
    try:
        library = Library.open(settings.index, identity, require_current(settings.index))
    except RagError as error:
        findings.append(Finding("索引", False, str(error), _INDEX))
        return findings
    findings.append(
        Finding("索引", True, f"版本 {library.generation}，{len(library.paths)} 份文档，{library.size} 段，校验一致")
    )
    findings.append(_offsets(library))
    findings.append(_vectors(library))
    if names:
        findings.append(_freshness(settings, library, names))
    return findings


def _packages() -> Finding:
    missing, found = [], []
    for name in _PACKAGES:
        try:
            found.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            missing.append(name)
    if missing:
        return Finding("安装", False, f"缺少 {'、'.join(missing)}", "pip install -e .")
    return Finding("安装", True, "，".join(found))


def _offsets(library: Library) -> Finding:
    wrong = sum(1 for number, document, start, end in _ranges(library) if not 0 <= start < end <= document)
    if wrong:
        return Finding("引文位置", False, f"{wrong} 处超出文本", _REBUILD)
    return Finding("引文位置", True, "全部在文本范围内")


def _ranges(library: Library) -> Iterator[tuple[int, int, int, int]]:
    for number in range(library.size):
        chunk = library.chunk(number)
        length = len(library.document(chunk.document).text)
        yield number, length, chunk.start, chunk.end
        for sentence_number, sentence in library.sentences_of(number):
            yield sentence_number, length, sentence.start, sentence.end


def _vectors(library: Library) -> Finding:
    vectors = library.chunk_vectors(range(library.size))
    lengths = np.linalg.norm(vectors, axis=1)
    if not np.isfinite(vectors).all() or (len(lengths) and float(np.abs(lengths - 1).max()) > 1e-3):
        return Finding("向量", False, "有向量不是单位长度", _REBUILD)
    return Finding("向量", True, f"{len(lengths)} 个，均为单位长度")


def _freshness(settings: Settings, library: Library, names: list[str]) -> Finding:
    """Compare the bytes of the files with those that were indexed; files that were skipped are left out."""
    reports = {report.document: (report.status, sha256) for report, sha256 in library.reports()}
    now = current_hashes(settings, names)
    read = {name: sha256 for name, (status, sha256) in reports.items() if status != "skipped"}
    changed = {name for name, sha256 in read.items() if now.get(name) != sha256}
    changed |= {name for name in now if name not in reports}
    if changed:
        return Finding("是否最新", False, f"{len(changed)} 个文件在建索引后有变化", _INDEX)
    return Finding("是否最新", True, "索引与文档文件夹一致")
