"""What of an index folder nobody needs: traces of builds that did not end, and builds too many."""

from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from rag.errors import IndexDamaged
from rag.generations import (
    HELD_BACK,
    complete_generations,
    current_generation,
    drop_others,
    generation_folder,
    is_held_back,
    other_folders,
)
from rag.journal import NAME as JOURNAL
from rag.locks import HOLDER, LOCK

KEPT = 2
"""How many complete builds stay: the current one, and one to go back to."""


def leftovers(index: Path) -> list[Path]:
    """Notes and vectors of a build that died, temporary files, builds too many, content of the empty lock file."""
    kept = kept_generations(index)
    found = [index / name for name in (HOLDER, JOURNAL) if (index / name).exists()]
    found += [index / HELD_BACK] if (index / HELD_BACK).exists() and not is_held_back(index) else []
    found += [index / LOCK] if (index / LOCK).is_file() and (index / LOCK).stat().st_size else []
    found += sorted(index.glob(".*.tmp"))
    found += [path for name in kept for path in sorted(generation_folder(index, name).rglob(".*.tmp"))]
    return found + other_folders(index, kept)


def kept_generations(index: Path) -> list[str]:
    """Ids of the builds that stay: the current one, and the newest other complete one."""
    try:
        current = current_generation(index)
    except IndexDamaged:
        current = None
    others = [name for name in complete_generations(index) if name != current]
    return [*([current] if current else []), *others[-(KEPT - 1 if current else KEPT) :]]


def tidy(index: Path, kept: Collection[str | None]) -> None:
    """Remove the leftovers, and the note that the user had gone back to an older build.

    Parameters
    ----------
    index
        The index folder, whose lock the caller holds.
    kept
        Ids of the builds that stay.

    Raises
    ------
    OSError
        Something cannot be removed.
    """
    drop_others(index, kept)
    (index / HELD_BACK).unlink(missing_ok=True)
    for path in leftovers(index):
        if path.name == LOCK:
            with suppress(OSError), path.open("r+b") as file:  # Windows lets nobody write what is locked
                file.truncate()
        elif path.name != HOLDER and path.is_file():  # the note is the caller's own
            path.unlink(missing_ok=True)
