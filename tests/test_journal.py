"""Vectors of an unfinished build: read back exactly, torn ends and damage never taken for vectors, builds resume."""

import errno
import random
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from place import CountingEmbedder, Place

from rag import build
from rag.errors import ModelError
from rag.journal import NAME, Journal
from rag.pieces import key_of


class Crash(BaseException):
    """Stands for the death of the process."""


def filled(folder: Path, count: int) -> dict[str, NDArray[np.float32]]:
    rows = np.random.default_rng(1).normal(size=(count, 5)).astype(np.float32)
    expected = {key_of(str(number)): rows[number] for number in range(count)}
    journal = Journal(folder, "m")
    for start in range(0, count, 3):
        journal.add(list(expected)[start : start + 3], rows[start : start + 3])
    return expected


def same(found: dict[str, NDArray[np.float32]], expected: dict[str, NDArray[np.float32]]) -> bool:
    return list(found) == list(expected) and all(np.array_equal(found[key], expected[key]) for key in expected)


def test_what_was_added_is_read_back(tmp_path: Path) -> None:
    expected = filled(tmp_path, 10)
    assert same(Journal(tmp_path, "m").read(), expected)
    assert Journal(tmp_path / "x", "m").read() == {}


def test_vectors_of_another_model_are_forgotten(tmp_path: Path) -> None:
    filled(tmp_path, 4)
    assert Journal(tmp_path, "other").read() == {}
    assert not (tmp_path / NAME).exists()


def test_a_torn_end_is_cut_off_wherever_it_is(tmp_path: Path) -> None:
    expected = filled(tmp_path, 4)
    data = (tmp_path / NAME).read_bytes()
    size = 16 + 5 * 4 + 8
    head = len(data) - 4 * size
    for length in range(len(data)):
        (tmp_path / NAME).write_bytes(data[:length])
        whole = max(0, (length - head) // size)
        assert same(Journal(tmp_path, "m").read(), dict(list(expected.items())[:whole]))
        Journal(tmp_path, "m").add(["ff" * 16], np.ones((1, 5), dtype=np.float32))
        found = Journal(tmp_path, "m").read()
        assert len(found) == whole + 1 and found["ff" * 16].tolist() == [1.0] * 5


def test_a_changed_byte_is_never_taken_for_a_vector(tmp_path: Path) -> None:
    expected = filled(tmp_path, 6)
    data, chance = (tmp_path / NAME).read_bytes(), random.Random(5)
    for position in range(len(data)):
        changed = bytearray(data)
        changed[position] ^= chance.randrange(1, 256)
        (tmp_path / NAME).write_bytes(changed)
        found = Journal(tmp_path, "m").read()
        assert len(found) < 6
        assert all(np.array_equal(expected[key], vector) for key, vector in found.items())


def test_a_disk_that_is_full_costs_the_journal_and_nothing_else(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.write("甲.txt", "每年组织劳务培训三期。")
    opened = Path.open

    def full(path: Path, *arguments: object, **options: object) -> object:
        if path.name == NAME and "ab" in arguments:
            raise OSError(errno.ENOSPC, "No space left on device")
        return opened(path, *arguments, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", full)
    assert place.build().chunks == 1
    assert not (place.settings.index / NAME).exists()


class DyingEmbedder(CountingEmbedder):
    """Dies at a call."""

    def __init__(self, calls: int) -> None:
        super().__init__()
        self.calls = calls

    def embed_passages(
        self, texts: Sequence[str], progress: Callable[[int], None] | None = None
    ) -> NDArray[np.float32]:
        if self.calls == 0:
            raise Crash
        self.calls -= 1
        return super().embed_passages(texts, progress)


def test_an_interrupted_build_goes_on_where_it_stopped(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "_SLICE", 4)
    for number in range(10):
        place.write(f"{number}.txt", f"第{number}号文件。要求完成{number}项任务。")
    place.embedder = dying = DyingEmbedder(3)
    with pytest.raises(Crash):
        place.build()
    assert len(dying.texts) == 12 and not (place.settings.index / "current").exists()
    place.embedder = CountingEmbedder()
    place.build()
    assert len(place.embedder.texts) == 30 - 12 and not set(place.embedder.texts) & set(dying.texts)
    resumed = place.library()
    place.build(rebuild=True)
    fresh = place.library()
    for one, other in (
        (resumed.chunk_vectors, fresh.chunk_vectors),
        (resumed.sentence_vectors, fresh.sentence_vectors),
    ):
        assert np.array_equal(one(range(10)), other(range(10)))
    assert not (place.settings.index / NAME).exists()


def test_a_rebuild_takes_nothing_from_an_interrupted_one(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "_SLICE", 4)
    for number in range(5):
        place.write(f"{number}.txt", f"第{number}号文件。要求完成{number}项任务。")
    place.embedder = DyingEmbedder(1)
    with pytest.raises(Crash):
        place.build()
    place.embedder = CountingEmbedder()
    place.build(rebuild=True)
    assert len(place.embedder.texts) == 15


def test_a_model_that_gives_no_unit_vectors_makes_no_index(built: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    old = built.generation()
    monkeypatch.setattr(built.embedder, "embed_passages", lambda texts, progress: np.full((len(texts), 64), np.nan))
    built.write("丁.txt", "新的文档。")
    with pytest.raises(ModelError, match="不是单位长度"):
        built.build()
    assert built.generation() == old and not (built.settings.index / NAME).exists()
