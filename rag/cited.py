"""The documents that answers were made from, kept for their citations when the index has moved on."""

import threading

from rag.types import Document


class CitedDocuments:
    """The documents used last, by build and path; safe to use from threads.

    Parameters
    ----------
    characters
        How much text is kept; what was not used for longest goes first. A document that did not change from build to
        build counts once.
    """

    def __init__(self, characters: int) -> None:
        self._limit = characters
        self._lock = threading.Lock()
        self._kept: dict[tuple[str, str], Document] = {}

    def keep(self, generation: str, document: Document) -> None:
        """Keep a document of a build."""
        with self._lock:
            same = next((kept for kept in self._kept.values() if kept == document), document)
            self._use((generation, document.path), same)
            while len(self._kept) > 1 and self._characters() > self._limit:
                del self._kept[next(iter(self._kept))]

    def get(self, generation: str, path: str) -> Document | None:
        """A document that was kept; None where it never was, or had to go."""
        with self._lock:
            document = self._kept.get((generation, path))
            if document is not None:
                self._use((generation, path), document)
            return document

    def _use(self, key: tuple[str, str], document: Document) -> None:
        self._kept.pop(key, None)
        self._kept[key] = document

    def _characters(self) -> int:
        return sum(len(text) for text in {id(kept): kept.text for kept in self._kept.values()}.values())
