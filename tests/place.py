"""A place for tests: documents and an index in a temporary folder, built by an embedder that needs no model."""

import io
import json
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from support import HashEmbedder, ignore

from rag.build import build_index
from rag.embed import Embedder
from rag.identity import Identity
from rag.manifest import MANIFEST, encode_manifest, hashes
from rag.reports import BuildReport, Progress
from rag.settings import Settings
from rag.store import Library

IDENTITY = HashEmbedder.identity


class CountingEmbedder(HashEmbedder):
    """Remembers every passage text it embedded."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def embed_passages(
        self, texts: Sequence[str], progress: Callable[[int], None] | None = None
    ) -> NDArray[np.float32]:
        self.texts += texts
        return super().embed_passages(texts, progress)


@dataclass
class Place:
    """Folders in one temporary folder; `embedder.texts` and `loads` tell what a build needed of the model."""

    folder: Path
    embedder: CountingEmbedder = field(default_factory=CountingEmbedder)
    loads: int = 0

    @property
    def settings(self) -> Settings:
        return Settings(documents=self.folder / "documents", index=self.folder / "index", models=self.folder / "models")

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.settings.documents / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def build(
        self,
        progress: Callable[[Progress], None] = ignore,
        *,
        identity: Identity = IDENTITY,
        rebuild: bool = False,
        chunk_size: int = 300,
        max_file_bytes: int = 20 * 2**20,
    ) -> BuildReport:
        settings = replace(self.settings, chunk_size=chunk_size, max_file_bytes=max_file_bytes)
        return build_index(settings, identity, self._load, progress, rebuild=rebuild)

    def library(self) -> Library:
        return Library.open(self.settings.index, IDENTITY)

    def statuses(self, report: BuildReport) -> dict[str, str]:
        return {file.document: file.status for file in report.documents}

    def generation(self) -> Path:
        index = self.settings.index
        return index / "generations" / (index / "current").read_text()

    def change_manifest(self, **changes: object) -> None:
        """As if the build had been made by something else: the manifest is sealed again."""
        path = self.generation() / MANIFEST
        manifest = json.loads(path.read_text()) | changes
        path.write_text(encode_manifest(manifest | {"hashes": hashes(manifest)}))

    def copy(self, folder: Path) -> "Place":
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        return Place(folder)

    def _load(self) -> Embedder:
        self.loads += 1
        return self.embedder


@dataclass(frozen=True)
class Outcome:
    """What one call of the command line gave."""

    status: int
    out: str
    err: str
    raw: bytes


class CommandLine:
    """`python -m rag` in this process, with the hash embedder in place of the model."""

    def __init__(self, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
        self.place = place
        self._monkeypatch = monkeypatch
        for module in ("rag.embed", "rag.batch", "rag.doctor"):
            monkeypatch.setattr(f"{module}.embedder_identity", lambda settings: IDENTITY)
        for module in ("rag.embed", "rag.batch", "rag.doctor"):
            monkeypatch.setattr(f"{module}.load_embedder", lambda settings, progress: self.place.embedder)

    def __call__(self, *arguments: str, stdin: str | bytes = "") -> Outcome:
        from rag.cli import main

        given = stdin.encode() if isinstance(stdin, str) else stdin
        streams = {
            "stdin": io.TextIOWrapper(io.BytesIO(given), encoding="ascii"),
            "stdout": io.TextIOWrapper(io.BytesIO(), encoding="ascii", newline=""),
            "stderr": io.TextIOWrapper(io.BytesIO(), encoding="ascii", newline=""),
        }
        with self._monkeypatch.context() as patch:
            for name, stream in streams.items():
                patch.setattr(sys, name, stream)
            patch.setenv("RAG_DOCUMENTS", str(self.place.settings.documents))
            patch.setenv("RAG_INDEX", str(self.place.settings.index))
            status = main(list(arguments))
        out, err = (_bytes(streams[name]) for name in ("stdout", "stderr"))
        return Outcome(status, out.decode(), err.decode(), out)


def _bytes(stream: io.TextIOWrapper) -> bytes:
    stream.flush()
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue()


def is_one_sentence_line(text: str) -> bool:
    """One line on stderr, in Chinese and English, and no traceback."""
    return text.count("\n") == 1 and text.endswith("\n") and "Traceback" not in text and "。 " in text
