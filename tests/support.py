"""Help for tests: an embedder that needs no model, and fresh Python processes."""

import os
import subprocess
import sys
import unicodedata
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.identity import ModelIdentity
from rag.reports import Progress

TESTS = Path(__file__).resolve().parent


class HashEmbedder:
    """An `Embedder` of hashed character bigrams: texts that share bigrams are near; the same in every process."""

    name = "hash"
    fingerprint = "hash-bigrams-64-1"
    dimension = 64
    identity = ModelIdentity(name, fingerprint, dimension, "", "")

    def embed_passages(
        self, texts: Sequence[str], progress: Callable[[int], None] | None = None
    ) -> NDArray[np.float32]:
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            vectors[row] = self.embed_query(text)
            if progress is not None:
                progress(row + 1)
        return vectors

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self.embed_passages(texts)

    def reads_whole(self, text: str) -> bool:
        return True

    def embed_query(self, text: str) -> NDArray[np.float32]:
        vector = np.zeros(self.dimension, dtype=np.float32)
        # The frame makes bigrams of single characters and keeps the vector of an empty text from being zero.
        framed = f"\x02{unicodedata.normalize('NFKC', text).lower()}\x03"
        for start in range(len(framed) - 1):
            # crc32 and not hash(), which differs from process to process.
            code = zlib.crc32(framed[start : start + 2].encode("utf-8", "surrogatepass"))
            vector[code % self.dimension] += 1.0 if code & 0x10000 else -1.0
        norm = float(np.linalg.norm(vector))
        if norm == 0.0:
            vector[0] = norm = 1.0
        return vector / np.float32(norm)


def ignore(_: Progress) -> None:
    """Take the progress of a step nobody watches."""


def start_python(code: str, **environment: str | Path) -> "subprocess.Popen[str]":
    """Start a fresh Python that can import `rag` and `support`, with the default model unless told otherwise."""
    extra = {name: str(value) for name, value in environment.items()}
    path = os.pathsep.join((str(TESTS.parent), str(TESTS)))
    return subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, "RAG_EMBEDDING_MODEL": "", "PYTHONPATH": path, "PYTHONIOENCODING": "utf-8", **extra},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
