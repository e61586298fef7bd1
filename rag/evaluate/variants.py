"""Settings to try: which index serves them. What changes the index is built beside the runs, never in the user's."""

import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from rag import embed
from rag.build import build_index
from rag.durable import write_atomically
from rag.embed import Embedder
from rag.errors import IndexDamaged, IndexMissing, SettingsError, UsageError
from rag.evaluate.runs import configuration_of
from rag.generations import current_generation, generation_folder, read_manifest
from rag.identity import Identity
from rag.manifest import VERSIONS
from rag.reports import Progress
from rag.settings import SETTING_NAMES, Settings, change_setting, check_settings
from rag.store import Library

INDEX_SETTINGS = frozenset({"documents", "embedding_model", "chunk_size", "max_file_mb"})
"""Settings that make another index."""

INDEXES = "indexes"
"""Folder of such indexes, in the folder of runs."""


def changed_settings(settings: Settings, changes: Mapping[str, str]) -> Settings:
    """The settings with some of them replaced, as `--set key=value` does.

    Raises
    ------
    UsageError
        There is no such setting, or a value cannot be used; the sentence lists what there is.
    """
    try:
        for key, value in changes.items():
            if key in SETTING_NAMES and not value.strip():
                raise SettingsError(f"设置 {key} 没有给出值。", f"The setting {key} was given no value.")
            settings = change_setting(settings, key, value)
        return check_settings(settings)
    except SettingsError as error:
        names = ", ".join(SETTING_NAMES)
        if names in error.english:
            raise UsageError(error.chinese, error.english) from error
        raise UsageError(
            f"{error.chinese}可用的设置有：{names}。", f"{error.english} Settings are: {names}."
        ) from error


class Bench:
    """Opens the library and the model that some settings need; keeps the last ones open.

    Parameters
    ----------
    runs
        Folder of the runs; indexes that are made for a try lie in it.
    progress
        Told of every long step.
    embedder
        Replaces the model of the settings (tests).
    """

    def __init__(self, runs: Path, progress: Callable[[Progress], None], embedder: Embedder | None = None) -> None:
        self._runs = runs
        self._progress = progress
        self._given = embedder
        self._embedder: Embedder | None = None
        self._library: tuple[Path, Library] | None = None

    def open(self, settings: Settings, changed: frozenset[str] = frozenset()) -> tuple[Library, Embedder]:
        """Open what `settings` need.

        Parameters
        ----------
        settings
            With the changes.
        changed
            Names of the settings that were changed for this try: where one of `INDEX_SETTINGS` makes another index
            than the one that is there, that index is built in a folder of its own, once.

        Raises
        ------
        RagError
            There is no usable index or model.
        """
        identity = self._identity(settings)
        if changed & INDEX_SETTINGS and not _serves(settings, identity, changed):
            settings = self._build(settings, identity)
        embedder = self._model(settings, identity)
        if self._library is None or self._library[0] != settings.index:
            self._library = settings.index, Library.open(settings.index, identity, chunk_size=settings.chunk_size)
        return self._library[1], embedder

    def _identity(self, settings: Settings) -> Identity:
        if self._given is not None:
            return self._given.identity
        return embed.embedder_identity(settings)

    def _model(self, settings: Settings, identity: Identity) -> Embedder:
        if self._given is not None:
            return self._given
        if self._embedder is None or self._embedder.fingerprint != identity[1]:
            self._embedder = embed.load_embedder(settings, self._progress)
        return self._embedder

    def _build(self, settings: Settings, identity: Identity) -> Settings:
        name = configuration_of(
            {
                "documents": str(settings.documents.resolve()),
                "model": identity[1],
                "chunk_size": settings.chunk_size,
                "max_file_bytes": settings.max_file_bytes,
                "versions": VERSIONS,
            }
        )[:16]
        own = replace(settings, index=self._runs / INDEXES / name)
        _seed(settings.index, own.index, identity)
        build_index(own, identity, lambda: self._model(settings, identity), self._progress)
        return own


def _serves(settings: Settings, identity: Identity, changed: frozenset[str]) -> bool:
    """Whether the index in the settings is just what the changed settings would make."""
    if changed & {"documents", "max_file_mb"}:
        return False
    try:
        generation = current_generation(settings.index)
        manifest = read_manifest(settings.index, generation) if generation else None
    except (IndexMissing, IndexDamaged):
        return False
    if manifest is None or manifest.get("versions") != VERSIONS:
        return False
    return bool(manifest["chunk_size"] == settings.chunk_size and manifest["model"]["fingerprint"] == identity[1])


def _seed(source: Path, target: Path, identity: Identity) -> None:
    """Begin with a copy of an index of the same model, so that equal texts keep their vectors."""
    if target.exists():
        return
    with suppress(OSError, IndexDamaged, KeyError):
        generation = current_generation(source)
        if generation is None or read_manifest(source, generation)["model"]["fingerprint"] != identity[1]:
            return
        shutil.copytree(generation_folder(source, generation), generation_folder(target, generation))
        write_atomically(target / "current", generation)
