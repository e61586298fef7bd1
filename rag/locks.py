"""Who may build, and which build is being read; the operating system lets go of both when a process dies."""

import json
import os
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from rag.durable import write_atomically
from rag.errors import IndexBusy, StorageError

if sys.platform != "win32":
    import fcntl

LOCK = ".lock"
HOLDER = "builder.json"
_POLL_SECONDS = 0.5


@dataclass(frozen=True)
class Holder:
    """Who builds, or died while building: process, machine, and since when (UTC)."""

    pid: int
    host: str
    since: str


def read_holder(index: Path) -> Holder | None:
    """Who noted down to be building; None where nobody did, or the note cannot be read."""
    try:
        note = json.loads((index / HOLDER).read_text(encoding="utf-8"))
        return Holder(int(note["pid"]), str(note["host"]), str(note["since"]))
    except (OSError, ValueError, LookupError, TypeError):
        return None


@contextmanager
def build_lock(index: Path, wait: Callable[[Holder | None], None] | None = None) -> Iterator[Holder | None]:
    """Hold the right to build.

    Parameters
    ----------
    index
        The index folder, made where it is missing.
    wait
        Where given, wait for another builder, and tell it again and again who that is.

    Yields
    ------
    Holder or None
        Whose build was broken off before, None where the last one ended.

    Raises
    ------
    IndexBusy
        Another process is building; it is named.
    StorageError
        The folder cannot be written.
    """
    try:
        index.mkdir(parents=True, exist_ok=True)
        lock = FileLock(index / LOCK)
        _acquire(index, lock, wait)
        died = read_holder(index)
        try:
            write_atomically(index / HOLDER, json.dumps(asdict(_myself())))
        except BaseException:
            lock.release()
            raise
    except OSError as error:
        raise storage_error(index, error) from error
    try:
        yield died
    finally:
        # On a disk that is read-only now the note stays, which only makes the next build say so.
        with suppress(OSError):
            (index / HOLDER).unlink(missing_ok=True)
        lock.release()


def is_building(index: Path) -> bool:
    """Tell whether a process holds the right to build."""
    if not (index / LOCK).is_file():
        return False
    lock = FileLock(index / LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return True
    except OSError:
        return False
    lock.release()
    return False


@contextmanager
def reading(file: Path) -> Iterator[None]:
    """Keep the build that `file` belongs to from being removed while its files are read.

    Raises
    ------
    OSError
        There is no such file.
    """
    with file.open("rb") as held:  # on Windows, the open file alone keeps its folder from being renamed
        if sys.platform != "win32":
            with suppress(OSError):  # a file system without locks
                fcntl.flock(held, fcntl.LOCK_SH)
        yield


def is_read(file: Path) -> bool:
    """Tell whether some process reads the build that `file` belongs to."""
    if sys.platform == "win32":
        return False  # removing it fails there, which `remove_folder` tells
    try:
        with file.open("rb") as held:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def storage_error(index: Path, error: OSError) -> StorageError:
    """Say in one sentence that the index folder cannot be written."""
    return StorageError(
        f"索引文件夹 {index} 无法写入（{error.strerror or error}），请检查权限和磁盘空间，"
        "或用 --index 换一个文件夹；原有索引未受影响。",
        f"The index folder {index} cannot be written ({error.strerror or error}); check permissions and disk space, "
        "or name another with --index. The index that was there is unharmed.",
    )


def _acquire(index: Path, lock: FileLock, wait: Callable[[Holder | None], None] | None) -> None:
    while True:
        try:
            lock.acquire(timeout=0)
            return
        except Timeout as error:
            holder = read_holder(index)
            if wait is None:
                raise _busy(index, holder) from error
            wait(holder)
            time.sleep(_POLL_SECONDS)


def _myself() -> Holder:
    return Holder(os.getpid(), socket.gethostname(), time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))


def _busy(index: Path, holder: Holder | None) -> IndexBusy:
    chinese = f"；进程 {holder.pid}，主机 {holder.host}，自 {holder.since} 起" if holder else ""
    english = f" (process {holder.pid} on {holder.host} since {holder.since})" if holder else ""
    return IndexBusy(
        f"另一个进程正在更新索引（{index}{chinese}），请等它完成后再试，或加 --wait 等待。",
        f"Another process{english} is building the index in {index}; try again when it has finished, or wait for it "
        "with --wait.",
    )
