"""The builds that are open in a running program: the current one, and the one before as long as it is asked for."""

import threading
from collections.abc import Callable
from pathlib import Path

from rag.errors import IndexDamaged, IndexMismatch
from rag.generations import candidates, current_generation, is_held_back, require_current
from rag.identity import Identity
from rag.store import Library

_KEEP_OPEN = 2


class OpenBuilds:
    """Builds of one index folder, each opened once; safe to use from threads.

    Parameters
    ----------
    index
        Folder of the index.
    identity
        Name and fingerprint of the embedding model that asks.
    """

    def __init__(self, index: Path, identity: Callable[[], Identity]) -> None:
        self._index = index
        self._identity = identity
        self._lock = threading.Lock()
        self._libraries: dict[str, Library] = {}
        self._broken: dict[str, IndexDamaged] = {}

    def current(self) -> Library:
        """The current build; where it is damaged, the newest whole one, and `warning` says so.

        Raises
        ------
        RagError
            There is none that can answer.
        """
        with self._lock:
            try:
                return self._open(require_current(self._index))
            except IndexDamaged as damage:
                for generation in candidates(self._index):
                    try:
                        return self._open(generation)
                    except (IndexDamaged, IndexMismatch):
                        continue
                if self._libraries:  # all files are damaged, but what was read before is whole
                    return list(self._libraries.values())[-1]
                raise damage from None

    def get(self, generation: str) -> Library | None:
        """A build that is open, else None."""
        return self._libraries.get(generation)

    def forget_damage(self) -> None:
        """Read builds again that were found damaged: an update may have mended them."""
        with self._lock:
            self._broken.clear()

    def warning(self, library: Library) -> str | None:
        """What the user should know where the build that answers is not the newest one."""
        try:
            current = current_generation(self._index)
        except IndexDamaged:
            current = None
        if current != library.generation:
            return (
                f"当前索引已损坏，暂用版本 {library.generation} 回答；请按“更新索引”重建。 "
                f"The current index is damaged; build {library.generation} answers. Update the index."
            )
        if is_held_back(self._index):
            return (
                f"已退回到索引版本 {library.generation}，没有自动更新；按“更新索引”恢复更新。 "
                f"Gone back to build {library.generation}; nothing is updated until you update the index."
            )
        return None

    def _open(self, generation: str) -> Library:
        """An open build; one that was found damaged is not read again before the next update."""
        library = self._libraries.get(generation)
        if library is not None:
            return library
        if generation in self._broken:
            raise self._broken[generation]
        try:
            library = Library.open(self._index, self._identity(), generation)
        except IndexDamaged as error:
            self._broken[generation] = error
            raise
        self._libraries[generation] = library
        while len(self._libraries) > _KEEP_OPEN:
            del self._libraries[next(iter(self._libraries))]
        return library
