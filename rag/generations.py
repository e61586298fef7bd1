"""Where the index lives: complete builds beside each other, and one pointer that names the current one.

`index/generations/<id>/` holds one build, its manifest written last; `index/current` holds the id and changes by
`os.replace`, so a build never touches what is being read and a crash at any moment leaves the last good build.
"""

import hashlib
import json
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from rag.errors import IndexBusy, IndexDamaged, IndexMissing, StorageError

SCHEMA_VERSION = 1
MANIFEST = "manifest.json"
_POINTER = "current"
_KEEP = 2


def current_generation(index: Path) -> str | None:
    """Id of the current build, None where there is none."""
    try:
        name = (index / _POINTER).read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise _damaged(index, _POINTER) from error
    if not name or not name.replace("-", "").isalnum():
        raise _damaged(index, _POINTER)
    return name


def generation_folder(index: Path, generation: str) -> Path:
    """Folder of one build."""
    return index / "generations" / generation


def read_manifest(index: Path, generation: str) -> dict[str, Any]:
    """Read the manifest of a build.

    Raises
    ------
    IndexDamaged
        It is missing or no manifest.
    """
    try:
        manifest = json.loads((generation_folder(index, generation) / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _damaged(index, f"{generation}/{MANIFEST}") from error
    if not _is_manifest(manifest):
        raise _damaged(index, f"{generation}/{MANIFEST}")
    found: dict[str, Any] = manifest
    return found


def require_current(index: Path) -> str:
    """Id of the current build.

    Raises
    ------
    IndexMissing
        Nothing was built yet.
    """
    generation = current_generation(index)
    if generation is None:
        raise IndexMissing(
            f"还没有索引（{index}），请先运行 python -m rag index。",
            f"There is no index in {index}; run python -m rag index first.",
        )
    return generation


def verify_files(index: Path, generation: str, manifest: dict[str, Any]) -> None:
    """Check size and SHA-256 of every file that the manifest names.

    Raises
    ------
    IndexDamaged
        A file is missing, shorter, longer or changed; it is named.
    """
    folder = generation_folder(index, generation)
    for name, expected in manifest["files"].items():
        try:
            data = (folder / name).read_bytes()
        except OSError as error:
            raise _damaged(index, f"{generation}/{name}") from error
        if len(data) != expected["bytes"] or hashlib.sha256(data).hexdigest() != expected["sha256"]:
            raise _damaged(index, f"{generation}/{name}")


def new_generation(index: Path) -> tuple[str, Path]:
    """Make the folder of a new build.

    Returns
    -------
    str, Path
        Its id, which sorts by time, and its folder.
    """
    generation = f"{time.strftime('%Y%m%dT%H%M%S', time.gmtime())}-{secrets.token_hex(4)}"
    folder = generation_folder(index, generation)
    folder.mkdir(parents=True)
    return generation, folder


def publish(index: Path, generation: str, manifest: dict[str, Any]) -> None:
    """Seal a build: hash and sync its files, write the manifest, move the pointer, drop builds older than two."""
    folder = generation_folder(index, generation)
    files = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        data = path.read_bytes()
        _sync(path)
        files[path.relative_to(folder).as_posix()] = {
            "bytes": len(data),
            "sha256": hashlib.sha256(data).hexdigest(),
        }
    write_atomically(folder / MANIFEST, json.dumps(manifest | {"files": files}, ensure_ascii=False, indent=1))
    for parent in (folder, folder.parent):
        _sync(parent)
    write_atomically(index / _POINTER, generation)
    _sync(index)
    _drop_old(index, generation)


def discard(index: Path, generation: str) -> None:
    """Remove a build that was not finished."""
    shutil.rmtree(generation_folder(index, generation), ignore_errors=True)


def write_atomically(path: Path, text: str) -> None:
    """Replace a file by a synced copy, so that a reader sees the old or the new one, never a part."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def build_lock(index: Path) -> Iterator[None]:
    """Hold the right to build; the operating system releases it when the process dies.

    Raises
    ------
    IndexBusy
        Another process is building.
    StorageError
        The folder cannot be written.
    """
    try:
        index.mkdir(parents=True, exist_ok=True)
        lock = FileLock(index / ".lock")
        lock.acquire(timeout=0)
    except Timeout as error:
        raise IndexBusy(
            f"另一个进程正在更新索引（{index}），请等它完成后再试。",
            f"Another process is building the index in {index}; try again when it has finished.",
        ) from error
    except OSError as error:
        raise storage_error(index, error) from error
    try:
        yield
    finally:
        lock.release()


def storage_error(index: Path, error: OSError) -> StorageError:
    """Say in one sentence that the index folder cannot be written."""
    return StorageError(
        f"索引文件夹 {index} 无法写入（{error.strerror or error}），请检查权限和磁盘空间，"
        "或用 --index 换一个文件夹；原有索引未受影响。",
        f"The index folder {index} cannot be written ({error.strerror or error}); check permissions and disk space, "
        "or name another with --index. The index that was there is unharmed.",
    )


def _is_manifest(value: Any) -> bool:
    """Tell whether a JSON value has what is read of a manifest; of another schema only its number is read."""
    if not isinstance(value, dict) or not isinstance(value.get("schema"), int):
        return False
    if value["schema"] != SCHEMA_VERSION:
        return True
    try:
        model, files = value["model"], value["files"]
        texts = (model["name"], model["fingerprint"], *(file["sha256"] for file in files.values()))
        numbers = (value["chunk_size"], *(file["bytes"] for file in files.values()))
    except (KeyError, TypeError, AttributeError):
        return False
    whole = isinstance(value.get("versions"), dict) and bool(files)
    return whole and all(isinstance(t, str) for t in texts) and all(isinstance(n, int) for n in numbers)


def _drop_old(index: Path, current: str) -> None:
    others = sorted(path.name for path in (index / "generations").iterdir() if path.is_dir() and path.name != current)
    complete = [name for name in others if (generation_folder(index, name) / MANIFEST).exists()]
    for name in others:
        if name not in complete[-(_KEEP - 1) :]:
            discard(index, name)


def _sync(path: Path) -> None:
    """Flush a file or folder to disk; Windows has no way to open a folder."""
    if path.is_dir() and os.name == "nt":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _damaged(index: Path, name: str) -> IndexDamaged:
    return IndexDamaged(
        f"索引已损坏（{index} 中的 {name}），请运行 python -m rag index --rebuild 重建。",
        f"The index is damaged ({name} in {index}); run python -m rag index --rebuild.",
    )
