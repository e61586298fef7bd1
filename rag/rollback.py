"""Back to the build before the current one."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from rag.errors import IndexDamaged, IndexMissing
from rag.generations import current_generation, older_generations, read_manifest, require_current, switch_to
from rag.locks import build_lock, storage_error
from rag.store import Library


@dataclass(frozen=True)
class Rollback:
    """The build that is current again, when it was made and what it holds; `replaced` was current before."""

    generation: str
    created: str
    documents: int
    chunks: int
    replaced: str | None


def roll_back(index: Path) -> Rollback:
    """Make the newest whole build before the current one the current one; where the pointer is damaged, the newest.

    The page, when it starts, leaves the index so; `python -m rag index` brings it up to date again.

    Raises
    ------
    IndexMissing
        There is no index, or no older build.
    IndexBusy, StorageError
        Another process builds; the folder cannot be written.
    """
    with suppress(IndexDamaged):  # the pointer, which is what this mends
        require_current(index)
    with build_lock(index):
        older = older_generations(index)
        for generation in older:
            try:
                Library.open(index, None, generation)
            except IndexDamaged:
                continue
            try:
                replaced = current_generation(index)
            except IndexDamaged:
                replaced = None
            try:
                switch_to(index, generation, hold_back=True)
            except OSError as error:
                raise storage_error(index, error) from error
            manifest = read_manifest(index, generation)
            counts = manifest["counts"]
            return Rollback(generation, manifest["created"], counts["documents"], counts["passages"], replaced)
    if older:
        raise IndexMissing(
            f"更早的索引版本都已损坏（{index}），请运行 python -m rag index --rebuild 重建。",
            f"The older builds in {index} are all damaged; run python -m rag index --rebuild.",
        )
    raise IndexMissing(
        f"没有更早的索引版本可以退回（{index}）；要按文档文件夹更新索引，请运行 python -m rag index。",
        f"There is no older build in {index} to go back to; to bring the index up to date with the documents, run "
        "python -m rag index.",
    )
