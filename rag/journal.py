"""Vectors of a build that is not finished, on disk: after an interruption the next build goes on from them.

One file: a head, then records of one size, only ever added. Each carries a digest, so the torn end that a crash
leaves, or a damaged record, ends the reading there and is never taken for a vector.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

NAME = "unfinished.vectors"

_MAGIC = b"policy-rag vectors 1\n"
_KEY, _DIGEST = 16, 8
_FLOAT = np.dtype("<f4")


class Journal:
    """The journal of one build.

    Parameters
    ----------
    index
        The index folder.
    fingerprint
        Of the embedding model; vectors of another are of no use.
    """

    def __init__(self, index: Path, fingerprint: str) -> None:
        self._path = index / NAME
        self._head = _MAGIC + hashlib.sha256(fingerprint.encode()).digest()
        self._usable = True

    def read(self) -> dict[str, NDArray[np.float32]]:
        """The vectors left by a build that did not end, by key; what is behind the first damaged byte is cut off.

        Raises
        ------
        OSError
            The file cannot be read or cut.
        """
        try:
            data = self._path.read_bytes()
        except FileNotFoundError:
            return {}
        found: dict[str, NDArray[np.float32]] = {}
        start = len(self._head) + 4
        dimension = int.from_bytes(data[len(self._head) : start], "little")
        if not data.startswith(self._head) or not 0 < dimension < 2**16:
            self.remove()
            return {}
        size = _KEY + dimension * _FLOAT.itemsize + _DIGEST
        whole = start
        for position in range(start, len(data) - size + 1, size):
            body, digest = data[position : position + size - _DIGEST], data[position + size - _DIGEST : position + size]
            if _digest(dimension, body) != digest:
                break
            found[body[:_KEY].hex()] = np.frombuffer(body[_KEY:], dtype=_FLOAT).astype(np.float32)
            whole = position + size
        if not found:
            self.remove()
        elif whole < len(data):
            with self._path.open("r+b") as file:
                file.truncate(whole)
        return found

    def add(self, keys: Iterable[str], vectors: NDArray[np.float32]) -> None:
        """Keep vectors, each (dimension,), under their keys (32 hexadecimal digits).

        Where they cannot be written, the journal is given up and its room set free: the build does not depend on it.
        """
        if not self._usable or not len(vectors):
            return
        dimension = vectors.shape[1]
        bodies = [bytes.fromhex(key) + row.astype(_FLOAT).tobytes() for key, row in zip(keys, vectors, strict=True)]
        try:
            with self._path.open("ab") as file:
                if file.tell() == 0:
                    file.write(self._head + dimension.to_bytes(4, "little"))
                file.write(b"".join(body + _digest(dimension, body) for body in bodies))
        except OSError:
            self._usable = False
            self.remove()

    def remove(self) -> None:
        """Forget everything: the build has ended, or starts from nothing."""
        self._path.unlink(missing_ok=True)


def _digest(dimension: int, body: bytes) -> bytes:
    # The dimension, because one that a damaged head gives would cut other records.
    return hashlib.blake2b(body, digest_size=_DIGEST, salt=dimension.to_bytes(4, "little")).digest()
