"""The checks of `doctor` on the index: each against what was written when it was built."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from rag.audit import foreign_vectors, wrong_counts, wrong_ranges, wrong_vectors
from rag.embed import Embedder
from rag.errors import RagError
from rag.findings import Finding
from rag.generations import damaged_files, generation_folder, read_manifest, require_current
from rag.identity import Identity
from rag.locks import is_building, read_holder
from rag.manifest import SCHEMA_VERSION, Manifest, has_vectors_of, model_mismatches, rule_mismatches
from rag.settings import Settings
from rag.sources import current_hashes
from rag.store import Library
from rag.tidy import kept_generations, leftovers

_INDEX = "python -m rag index"
_REBUILD = "python -m rag index --rebuild"
_SAMPLE = 16
_SPARE_BYTES = 50 * 2**20


def examine_index(
    settings: Settings, names: list[str], identity: Identity | None, load: Callable[[], Embedder] | None
) -> list[Finding]:
    """Run all checks of the index; those of its content are left out where it cannot be opened.

    Parameters
    ----------
    settings
        Folders and rules.
    names
        The files of the documents folder.
    identity
        The embedding model in use; None where that is not known.
    load
        Gives that model, None where it is not prepared.
    """
    return list(_findings(settings, names, identity, load))


def _findings(
    settings: Settings, names: list[str], identity: Identity | None, load: Callable[[], Embedder] | None
) -> Iterator[Finding]:
    index = settings.index
    whole, library = _open(index)
    yield whole
    if library is not None:
        yield from _mismatches(settings, library.manifest, identity)
        content = list(_content(library))
        yield from content
        same_model = identity is not None and has_vectors_of(library.manifest, identity)
        if load is not None and same_model and all(finding.ok for finding in content):
            yield _sample(library, load)
        yield _freshness(settings, library, names)
    if index.is_dir():
        yield from _others(index)
        yield _leftovers(index)
        yield _permissions(index)
    yield _disk(index)


def _open(index: Path) -> tuple[Finding, Library | None]:
    """The pointer, the manifest, and size and hash of every file of the current build."""
    try:
        generation = require_current(index)
        manifest = read_manifest(index, generation)
        if manifest["schema"] == SCHEMA_VERSION and (files := damaged_files(index, generation, manifest)):
            whole = [name for name in kept_generations(index) if name != generation and _is_whole(index, name)]
            mend = f"{_INDEX}，或退回上一版：{_INDEX} --rollback" if whole else _REBUILD
            return Finding("索引", False, f"版本 {generation} 中损坏的文件：{'、'.join(files)}", mend), None
        library = Library.open(index, None, generation)
    except RagError as error:
        return Finding("索引", False, str(error), _INDEX), None
    size = f"{len(library.paths)} 份文档，{library.size} 段"
    detail = f"版本 {library.generation}，{size}，{len(manifest['files'])} 个文件校验一致"
    return Finding("索引", True, detail), library


def _mismatches(settings: Settings, manifest: Manifest, identity: Identity | None) -> Iterator[Finding]:
    found = model_mismatches(manifest, identity) if identity is not None else []
    found += rule_mismatches(manifest, settings.chunk_size)
    for one in found:
        yield Finding("设置", False, f"索引的{one.name[0]}是 {one.found}，现在使用的是 {one.expected}", _INDEX)
    if not found:
        yield Finding("设置", True, f"模型、段落长度 {manifest['chunk_size']} 和各步规则与索引一致")


def _content(library: Library) -> Iterator[Finding]:
    try:
        counts, ranges, vectors = wrong_counts(library), wrong_ranges(library), wrong_vectors(library)
    except (ValueError, LookupError, TypeError, AttributeError, RuntimeError) as error:
        # The hashes hold, so somebody wrote what no build writes.
        yield Finding("内容", False, f"无法读出（{type(error).__name__}）", _REBUILD)
        return
    yield Finding("数目", not counts, "；".join(counts) or "各部分一致", _REBUILD if counts else None)
    detail = f"{ranges} 处与原文不符" if ranges else "每一段、每一句都与原文一致"
    yield Finding("引文位置", not ranges, detail, _REBUILD if ranges else None)
    detail = f"{vectors} 个不是单位长度" if vectors else f"{sum(library.vector_counts)} 个，均为单位长度"
    yield Finding("向量", not vectors, detail, _REBUILD if vectors else None)


def _sample(library: Library, load: Callable[[], Embedder]) -> Finding:
    try:
        foreign, compared = foreign_vectors(library, load(), _SAMPLE)
    except RagError as error:
        return Finding("向量抽查", False, str(error), "见 README 的“向量模型”")
    if foreign:
        return Finding("向量抽查", False, f"重新计算 {compared} 段，{foreign} 段的向量不同", _REBUILD)
    return Finding("向量抽查", True, f"重新计算 {compared} 段，与索引一致")


def _freshness(settings: Settings, library: Library, names: list[str]) -> Finding:
    """Compare the bytes of the files with those that were indexed; files whose bytes could not be had are left out."""
    then = {report.document: sha256 for report, sha256 in library.reports()}
    now = current_hashes(settings, names)
    changed = {name for name, sha256 in then.items() if sha256 and now.get(name) != sha256}
    changed |= {name for name in now if name not in then}
    if changed:
        return Finding("是否最新", False, f"{len(changed)} 个文件在建索引后有变化", _INDEX)
    return Finding("是否最新", True, "索引与文档文件夹一致")


def _others(index: Path) -> Iterator[Finding]:
    """The build that is kept beside the current one, to go back to."""
    kept = kept_generations(index)
    for name in kept[1:]:
        if not _is_whole(index, name):
            yield Finding("另一版索引", False, f"版本 {name} 已损坏，无法退回", f"{_REBUILD}（会清除它）")
        elif name < kept[0]:
            yield Finding("另一版索引", True, f"版本 {name}，可用 {_INDEX} --rollback 退回")
        else:
            yield Finding("另一版索引", True, f"版本 {name}，较新，已从它退回")


def _is_whole(index: Path, generation: str) -> bool:
    try:
        manifest = read_manifest(index, generation)
    except RagError:
        return False
    return manifest["schema"] == SCHEMA_VERSION and not damaged_files(index, generation, manifest)


def _leftovers(index: Path) -> Finding:
    if is_building(index):
        holder = read_holder(index)
        who = f"（进程 {holder.pid}，主机 {holder.host}，自 {holder.since} 起）" if holder else ""
        return Finding("残留文件", True, f"另一个进程正在更新索引{who}，未检查")
    found = [path.relative_to(index).as_posix() for path in leftovers(index)]
    if not found:
        return Finding("残留文件", True, "没有")
    holder = read_holder(index)
    died = f"；更新索引的进程 {holder.pid}（主机 {holder.host}，自 {holder.since} 起）没有完成" if holder else ""
    return Finding("残留文件", False, f"{'、'.join(found)}{died}", f"{_INDEX}（接着做完，并清除它们）")


def _permissions(index: Path) -> Finding:
    files = [path for name in kept_generations(index) for path in generation_folder(index, name).rglob("*")]
    closed = [path for path in files if not os.access(path, os.R_OK)]
    folders = [folder for folder in (index, index / "generations") if folder.is_dir()]
    closed += [folder for folder in folders if not os.access(folder, os.W_OK | os.X_OK)]
    if closed:
        names = "、".join(str(path) for path in closed[:5])
        return Finding("权限", False, f"无法读写：{names}", f"修改权限，例如 chmod -R u+rwX {index}")
    return Finding("权限", True, f"{index} 可以读写")


def _disk(index: Path) -> Finding:
    """Room for one more build, twice the size of this one."""
    place = next(folder for folder in (index.absolute(), *index.absolute().parents) if folder.is_dir())
    try:
        size = sum(path.stat().st_size for path in index.rglob("*") if path.is_file())
        free = shutil.disk_usage(place).free
    except OSError as error:
        return Finding("磁盘", False, f"无法检查（{error.strerror}）", "检查磁盘")
    needed = 2 * size + _SPARE_BYTES
    detail = f"剩余 {free / 2**20:,.0f} MB，更新索引约需 {needed / 2**20:,.0f} MB"
    return Finding("磁盘", free >= needed, detail, None if free >= needed else "清理磁盘，或用 --index 换一个文件夹")
