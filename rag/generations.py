"""Where the index lives: complete builds beside each other, and one pointer that names the current one.

`index/generations/<id>/` holds one build, its manifest written last; `index/current` holds the id and changes by
`os.replace`, so a build never touches what is being read and a crash at any moment leaves the last good build.
"""

import hashlib
import re
import secrets
import time
from collections.abc import Collection, Iterator
from pathlib import Path

from rag.durable import REMOVED, remove_folder, sync, sync_tree, write_atomically
from rag.errors import IndexDamaged, IndexMissing
from rag.locks import is_read
from rag.manifest import MANIFEST, Manifest, decode_manifest, encode_manifest

POINTER = "current"
HELD_BACK = "held-back"
"""There while the user has gone back to an older build: nothing is brought up to date until told to."""

_ID = re.compile(r"(\d{8}T\d{6})-([0-9a-f]{4})[0-9a-f]{4}")


def current_generation(index: Path) -> str | None:
    """Id of the current build, None where there is none.

    Raises
    ------
    IndexDamaged
        The pointer cannot be read, or names no build.
    """
    try:
        name = (index / POINTER).read_text(encoding="ascii")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise damaged(index, POINTER) from error
    if not _ID.fullmatch(name):
        raise damaged(index, POINTER)
    return name


def require_current(index: Path) -> str:
    """Id of the current build.

    Raises
    ------
    IndexMissing
        Nothing was built yet.
    IndexDamaged
        The pointer cannot be read, or names no build.
    """
    generation = current_generation(index)
    if generation is None:
        raise IndexMissing(
            f"还没有索引（{index}），请先运行 python -m rag index。",
            f"There is no index in {index}; run python -m rag index first.",
        )
    return generation


def generation_folder(index: Path, generation: str) -> Path:
    """Folder of one build."""
    return index / "generations" / generation


def complete_generations(index: Path) -> list[str]:
    """Ids of the builds that have a manifest, the oldest first."""
    try:
        names = [path.name for path in (index / "generations").iterdir()]
    except OSError:
        return []
    return sorted(name for name in names if _ID.fullmatch(name) and (index / "generations" / name / MANIFEST).is_file())


def candidates(index: Path) -> Iterator[str]:
    """Ids of builds that may serve: the current one, then the other complete ones, the newest first."""
    try:
        current = current_generation(index)
    except IndexDamaged:
        current = None
    if current is not None:
        yield current
    yield from (name for name in reversed(complete_generations(index)) if name != current)


def read_manifest(index: Path, generation: str) -> Manifest:
    """Read the manifest of a build.

    Raises
    ------
    IndexDamaged
        It is missing, no manifest, or was changed.
    """
    try:
        return decode_manifest((generation_folder(index, generation) / MANIFEST).read_bytes())
    except (OSError, ValueError) as error:
        raise damaged(index, f"{generation}/{MANIFEST}") from error


def damaged_files(index: Path, generation: str, manifest: Manifest) -> list[str]:
    """Names of the files of a build that are missing, cannot be read, or are not those that were written."""
    folder = generation_folder(index, generation)
    return [name for name, expected in manifest["files"].items() if _describe(folder / name) != expected]


def verify_files(index: Path, generation: str, manifest: Manifest) -> None:
    """Check size and SHA-256 of every file that the manifest names.

    Raises
    ------
    IndexDamaged
        A file is missing, shorter, longer or changed; it is named.
    """
    for name in damaged_files(index, generation, manifest):
        raise damaged(index, f"{generation}/{name}")


def new_generation(index: Path) -> tuple[str, Path]:
    """Make the folder of a new build.

    Returns
    -------
    str, Path
        Its id, which sorts behind those of all complete builds, also where the clock went back, and its folder.
    """
    stamp, number = time.strftime("%Y%m%dT%H%M%S", time.gmtime()), 0
    for last in complete_generations(index)[-1:]:
        found = _ID.fullmatch(last)
        if found is not None and found[1] >= stamp:
            stamp, number = found[1], int(found[2], 16) + 1
    generation = f"{stamp}-{number:04x}{secrets.token_hex(2)}"
    folder = generation_folder(index, generation)
    folder.mkdir(parents=True)
    return generation, folder


def seal(index: Path, generation: str, manifest: Manifest) -> None:
    """Make a build complete and safe against a power cut: hash and sync its files, then write the manifest."""
    folder = generation_folder(index, generation)
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    files = {path.relative_to(folder).as_posix(): _describe(path) for path in paths}
    sync_tree(folder)
    write_atomically(folder / MANIFEST, encode_manifest(manifest | {"files": files}))
    sync(folder)


def switch_to(index: Path, generation: str, *, hold_back: bool = False) -> None:
    """Move the pointer to a complete build, in one step.

    Parameters
    ----------
    index, generation
        The index folder and the build.
    hold_back
        Keep the page from bringing the index up to date by itself when it starts.
    """
    write_atomically(index / POINTER, generation)
    sync(index)
    sync(index.parent)
    if hold_back:
        write_atomically(index / HELD_BACK, generation)
    else:
        (index / HELD_BACK).unlink(missing_ok=True)


def is_held_back(index: Path) -> bool:
    """Tell whether the user went back to the current build from a newer one, and has not updated since."""
    try:
        return (index / HELD_BACK).read_text(encoding="ascii") == current_generation(index)
    except (OSError, UnicodeDecodeError, IndexDamaged):
        return False


def older_generations(index: Path) -> list[str]:
    """Ids of the complete builds older than the current one, the newest first; all where the pointer is damaged."""
    try:
        current = current_generation(index)
    except IndexDamaged:
        current = None
    return [name for name in reversed(complete_generations(index)) if current is None or name < current]


def other_folders(index: Path, kept: Collection[str | None]) -> list[Path]:
    """Folders of builds but those `kept`: complete, unfinished or half removed."""
    builds = index / "generations"
    folders = sorted(builds.iterdir()) if builds.is_dir() else []
    return [f for f in folders if f.name not in kept and _ID.fullmatch(f.name.removeprefix(REMOVED)) and f.is_dir()]


def drop_others(index: Path, kept: Collection[str | None]) -> None:
    """Remove the builds that `other_folders` lists; what a process reads stays until the next time."""
    for folder in other_folders(index, kept):
        if not is_read(folder / MANIFEST):
            remove_folder(folder)


def discard(index: Path, generation: str) -> None:
    """Remove a build that was not finished."""
    remove_folder(generation_folder(index, generation))


def damaged(index: Path, name: str) -> IndexDamaged:
    """Say in one sentence which file of the index is damaged."""
    return IndexDamaged(
        f"索引已损坏（{index} 中的 {name}），请运行 python -m rag index --rebuild 重建。",
        f"The index is damaged ({name} in {index}); run python -m rag index --rebuild.",
    )


def _describe(path: Path) -> dict[str, object] | None:
    """Size and SHA-256 of a file, None where it cannot be read."""
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            return {"bytes": file.tell(), "sha256": digest}
    except OSError:
        return None
