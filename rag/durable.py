"""Files that survive a power cut: synced to the disk, replaced in one step, removed in one step."""

import errno
import os
import shutil
from pathlib import Path

REMOVED = "removed-"
"""In front of the name of a folder that is being removed."""

_NO_FOLDER_SYNC = {errno.EINVAL, errno.ENOTSUP, errno.EBADF, errno.EACCES}


def sync(path: Path) -> None:
    """Flush a file, or the list of names in a folder, to the disk."""
    folder = path.is_dir()
    if folder and os.name == "nt":
        return  # Windows cannot open folders; it writes their entries with the files
    # Windows flushes only what is open for writing.
    descriptor = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if not folder or error.errno not in _NO_FOLDER_SYNC:  # some network file systems cannot
            raise
    finally:
        os.close(descriptor)


def sync_tree(folder: Path) -> None:
    """Flush everything in a folder, the innermost first, and the folder's own name."""
    for root, _, names in os.walk(folder, topdown=False):
        for name in names:
            sync(Path(root) / name)
        sync(Path(root))
    sync(folder.parent)


def write_atomically(path: Path, text: str) -> None:
    """Replace a file by a synced copy, so that a reader sees the old or the new one, never a part."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def remove_folder(folder: Path) -> bool:
    """Remove a folder: it vanishes under its name in one step, then its files go.

    Returns
    -------
    bool
        False where the system refused (on Windows, while somebody has a file of it open); it is there unchanged.
    """
    doomed = folder if folder.name.startswith(REMOVED) else folder.with_name(f"{REMOVED}{folder.name}")
    try:
        if doomed != folder:
            folder.replace(doomed)
    except OSError:
        return False
    shutil.rmtree(doomed, ignore_errors=True)
    return True
