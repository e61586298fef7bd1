"""`doctor` finds every fault of an index, names what to run, and that mends it; flipped bytes are always noticed."""

import json
import os
import random
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import pytest
from place import IDENTITY, CommandLine, Place, is_one_sentence_line

from rag.audit import foreign_vectors, not_unit, wrong_counts, wrong_ranges, wrong_vectors
from rag.errors import RagError
from rag.generations import seal
from rag.identity import ModelIdentity
from rag.journal import Journal
from rag.locks import build_lock
from rag.manifest import MANIFEST, encode_manifest
from rag.model import default_model_folder
from rag.pieces import key_of
from rag.store import Library

QUESTION = "劳务培训帮助就业多少人"
ANSWER = "每年组织劳务培训三期，帮助就业500人。"


def checks(cli: CommandLine) -> dict[str, dict[str, Any]]:
    outcome = cli("doctor", "--json")
    assert outcome.err == ""
    result = json.loads(outcome.out)
    assert result["ok"] is all(check["ok"] for check in result["checks"]) is (outcome.status == 0)
    assert all(check["ok"] or check["mend"] for check in result["checks"])
    return {check["check"]: check for check in result["checks"]}


def faults(cli: CommandLine) -> set[str]:
    return {name for name, check in checks(cli).items() if not check["ok"]}


def twice_built(cli: CommandLine) -> Place:
    """Two kept builds; both answer the question."""
    cli.place.write("丁.txt", "新的文档在这里，写着新的内容。")
    cli.place.build()
    return cli.place


def tamper(place: Place, change: Callable[[Path], None]) -> None:
    """Change files of the current build and seal it again, so that all its hashes hold."""
    folder = place.generation()
    manifest = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).unlink()
    change(folder)
    seal(place.settings.index, folder.name, manifest)


def sql(statement: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        with sqlite3.connect(folder / "texts.sqlite") as db:
            db.execute(statement)

    return change


def vectors(name: str, change: Callable[[np.ndarray[Any, Any]], np.ndarray[Any, Any]]) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        index = faiss.read_index(str(folder / name))
        changed = faiss.IndexFlatIP(index.d)
        changed.add(np.ascontiguousarray(change(index.reconstruct_n(0, index.ntotal)), dtype=np.float32))
        faiss.write_index(changed, str(folder / name))

    return write


def first_is(value: float) -> Callable[[np.ndarray[Any, Any]], np.ndarray[Any, Any]]:
    def change(rows: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        rows[0, 0] = value
        return rows

    return change


def test_a_sound_index_passes_every_check(built_cli: CommandLine) -> None:
    twice_built(built_cli)
    found = checks(built_cli)
    names = ["安装", "文档文件夹", "向量模型", "索引", "设置", "数目", "引文位置", "向量", "向量抽查", "是否最新", "另一版索引",
             "残留文件", "权限", "磁盘"]  # fmt: skip
    assert list(found) == names
    assert [name for name in names if not found[name]["ok"]] == []
    assert "重新计算" in found["向量抽查"]["detail"]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (sql("DELETE FROM sentences WHERE id = (SELECT max(id) FROM sentences)"), "数目"),
        (sql("UPDATE chunks SET start = start + 1 WHERE id = 1"), "引文位置"),
        (sql("UPDATE chunks SET end = end + 100000 WHERE id = 1"), "引文位置"),
        (sql("UPDATE sentences SET end = end - 1 WHERE id = 2"), "引文位置"),
        (sql("UPDATE documents SET text = replace(text, '500人', '900人')"), "引文位置"),
        (sql("UPDATE chunks SET document = 99 WHERE id = 1"), "内容"),
        (sql("UPDATE chunks SET record = '[]' WHERE id = 1"), "内容"),
        (vectors("passages.faiss", first_is(9.0)), "向量"),
        (vectors("sentences.faiss", first_is(float("nan"))), "向量"),
        (vectors("passages.faiss", lambda rows: rows[::-1]), "向量抽查"),
        (vectors("passages.faiss", lambda rows: rows[:-1]), "数目"),
    ],
)
def test_content_that_no_build_writes_is_found_though_all_hashes_hold(
    built_cli: CommandLine, change: Callable[[Path], None], fault: str
) -> None:
    tamper(built_cli.place, change)
    assert fault in faults(built_cli)
    assert checks(built_cli)["索引"]["ok"]
    assert built_cli("index", "--rebuild").status == 0
    assert faults(built_cli) == set()


def test_the_audit_counts_what_is_wrong(built: Place) -> None:
    library = built.library()
    assert (wrong_counts(library), wrong_ranges(library), wrong_vectors(library)) == ([], 0, 0)
    assert foreign_vectors(library, built.embedder, 3) == (0, 3)
    assert foreign_vectors(library, built.embedder, 999) == (0, library.size)
    tamper(built, sql("UPDATE chunks SET start = start + 1"))
    assert wrong_ranges(built.library()) == library.size
    assert not_unit(np.array([[1.0, 0.0], [0.6, 0.8], [np.nan, 1.0], [np.inf, 0.0], [0.0, 0.0], [1.0, 0.1]])) == 4


def assert_named_and_mended(cli: CommandLine, both: tuple[str, ...]) -> None:
    """`doctor` and `ask` name both values of what differs, and `index` mends it."""
    found = checks(cli)["设置"]
    assert (found["ok"], found["mend"]) == (False, "python -m rag index")
    refused = cli("ask", QUESTION)
    assert refused.status == 1 and is_one_sentence_line(refused.err) and "python -m rag index" in refused.err
    for text in both:
        assert text in found["detail"] and text in refused.err
    assert cli("index").status == 0
    assert faults(cli) == set()
    assert ANSWER in cli("ask", QUESTION).out


@pytest.mark.parametrize(
    ("setting", "value", "both"),
    [("chunk_size", 250, ("段落长度是 250", "是 300")), ("reader", 0, ("读取规则是 0",)), ("splitter", 0, ("分段规则是 0",)),
     ("words", 0, ("分词规则是 0",)), ("outline", 0, ("标题规则是 0",)), ("header", 0, ("文件头规则是 0",)), ("ocr", 99, ("图像识别是 99",)),
     ("validity", 0, ("效力规则是 0",))],
)  # fmt: skip
def test_an_index_made_by_other_rules_is_named_with_both_values(
    built_cli: CommandLine, setting: str, value: int, both: tuple[str, ...]
) -> None:
    manifest = built_cli.place.library().manifest
    if setting == "chunk_size":
        built_cli.place.change_manifest(chunk_size=value)
    else:
        now = manifest["versions"][setting]
        built_cli.place.change_manifest(versions=manifest["versions"] | {setting: value})
        both = (*both, f"现在使用的是 {now}")
    assert_named_and_mended(built_cli, both)


@pytest.mark.parametrize(
    ("part", "value", "both"),
    [
        ("fingerprint", "fedcba9876543210", ("向量模型是 hash（fedcba987654）", "现在使用的是 hash（hash-bigrams）")),
        (
            "prompts",
            {"query": "问：", "document": "文："},
            ("问题和文档的前缀是 “问：”和“文：”", "现在使用的是 “”和“”"),
        ),
        ("dimension", 32, ("向量维数是 32", "现在使用的是 64")),
    ],
)
def test_an_index_of_another_model_its_prompts_or_dimension_is_named_with_both_values(
    built_cli: CommandLine, part: str, value: object, both: tuple[str, ...]
) -> None:
    manifest = built_cli.place.library().manifest
    built_cli.place.change_manifest(model=manifest["model"] | {part: value})
    assert_named_and_mended(built_cli, both)


@pytest.mark.parametrize("part", ["model", "prompts", "dimension", "chunk_size", "reader", "splitter"])
def test_a_hash_that_is_not_of_its_part_is_damage(built_cli: CommandLine, part: str) -> None:
    path = built_cli.place.generation() / MANIFEST
    manifest = json.loads(path.read_text())
    manifest["hashes"][part] = "0" * 64
    path.write_text(encode_manifest(manifest))
    assert "索引" in faults(built_cli)
    assert built_cli("index").status == 0
    assert faults(built_cli) == set()


def test_an_index_of_another_model_is_named_with_both(built_cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.doctor.embedder_identity", lambda settings: ModelIdentity("别的模型", "fedcba9876543210"))
    found = checks(built_cli)
    assert "hash（hash-bigrams）" in found["设置"]["detail"] and "别的模型（fedcba987654）" in found["设置"]["detail"]
    assert "向量抽查" not in found


def test_leftovers_of_a_build_that_died_are_found_and_the_next_build_removes_them(built_cli: CommandLine) -> None:
    place = twice_built(built_cli)
    index = place.settings.index
    (index / "builder.json").write_text('{"pid": 4711, "host": "bureau", "since": "2026-01-01T00:00:00Z"}')
    Journal(index, IDENTITY[1]).add([key_of("甲")], place.embedder.embed_queries(["甲"]))
    (index / ".current.4711.tmp").write_text("x")
    (index / ".lock").write_text("x")
    (index / "held-back").write_text("20200101T000000-00000000")
    shutil.copytree(place.generation(), index / "generations" / "20200101T000000-00000000")
    (index / "generations" / "20990101T000000-00000000").mkdir()
    (index / "generations" / "removed-20200101T000000-00000001").mkdir()
    found = checks(built_cli)["残留文件"]
    for name in ("builder.json", "unfinished.vectors", ".current.4711.tmp", ".lock", "held-back", "20200101T000000-00000000",
                 "20990101T000000-00000000", "removed-20200101T000000-00000001", "进程 4711（主机 bureau"):  # fmt: skip
        assert name in found["detail"]
    assert found["mend"].startswith("python -m rag index")
    assert built_cli("index").status == 0
    assert faults(built_cli) == set()
    assert sorted(path.name for path in index.iterdir()) == [".lock", "current", "generations"]


def test_files_of_others_in_the_index_folder_are_left_alone(built_cli: CommandLine) -> None:
    index = built_cli.place.settings.index
    for folder in (index, index / "generations"):
        (folder / "说明.txt").write_text("我的")
    assert faults(built_cli) == set()
    assert built_cli("index").status == built_cli("index", "--rebuild").status == 0
    assert (index / "说明.txt").exists() and (index / "generations" / "说明.txt").exists()


def test_leftovers_are_not_looked_for_while_another_process_builds(built_cli: CommandLine) -> None:
    with build_lock(built_cli.place.settings.index):
        found = checks(built_cli)["残留文件"]
    assert found["ok"] and f"进程 {os.getpid()}" in found["detail"]


def test_a_damaged_build_to_go_back_to_is_found_and_removed(built_cli: CommandLine) -> None:
    old = built_cli.place.generation()
    twice_built(built_cli)
    (old / "passages.faiss").write_bytes(b"")
    assert faults(built_cli) == {"另一版索引"}
    assert built_cli("index", "--rebuild").status == 0
    assert faults(built_cli) == set()


def test_files_and_folders_that_may_not_be_read_or_written_are_named(
    built_cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, allowed = built_cli.place, os.access
    closed = {place.settings.index, place.generation() / "passages.faiss", place.settings.documents / "甲.txt"}
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) not in closed and allowed(path, mode))
    found = checks(built_cli)
    assert "passages.faiss" in found["权限"]["detail"] and "chmod" in found["权限"]["mend"]
    assert "甲.txt" in found["文档文件夹"]["detail"]


def test_a_disk_without_room_for_another_build_is_told(built_cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(built_cli.place.folder)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=10 * 2**20))
    assert faults(built_cli) == {"磁盘"}
    assert "剩余 10 MB" in checks(built_cli)["磁盘"]["detail"]


def test_a_damaged_default_model_is_found(built_cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = built_cli.place.folder / "models"
    monkeypatch.setenv("RAG_MODELS", str(folder))
    made = default_model_folder(replace(built_cli.place.settings, models=folder))
    made.mkdir(parents=True)
    (made / "files.json").write_text('{"config.json": {"bytes": 2, "sha256": "00"}}')
    (made / "config.json").write_text("{}")
    found = checks(built_cli)
    assert not found["向量模型"]["ok"] and str(made) in found["向量模型"]["detail"]
    assert "向量抽查" not in found


def test_a_model_that_cannot_be_loaded_is_a_fault_and_no_traceback(
    built_cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rag.errors import ModelError

    def fail(settings: object, progress: object) -> None:
        raise ModelError("模型坏了。", "The model is broken.")

    monkeypatch.setattr("rag.doctor.load_embedder", fail)
    monkeypatch.setattr("rag.doctor.is_prepared", lambda settings: True)
    assert faults(built_cli) == {"向量抽查"}


def flipped(data: bytes, chance: random.Random) -> bytes:
    """One byte is another now; an empty file gets one."""
    if not data:
        return bytes([chance.randrange(256)])
    position = chance.randrange(len(data))
    return data[:position] + bytes([data[position] ^ chance.randrange(1, 256)]) + data[position + 1 :]


def check_flips(cli: CommandLine, rounds: int, every: int = 1) -> None:
    """Flip a byte in every file of an index with two builds: always noticed, never a wrong answer or a traceback."""
    place = twice_built(cli)
    index, chance = place.settings.index, random.Random(7)
    place.build()
    cli("index", "--rollback")
    older, newer = index / "held-back", index / "current"
    assert older.read_text() == newer.read_text()
    paths = sorted(path for path in index.rglob("*") if path.is_file())
    assert {path.name for path in paths} >= {"current", ".lock", "held-back", "manifest.json", "texts.sqlite"}
    assert len(paths) == 59  # two builds of 28 files, pointer, lock and note
    right = cli("ask", QUESTION).out.split("（置信度")[0]
    assert ANSWER in right
    # Documents as they were when the build that is current now was made.
    (place.settings.documents / "丁.txt").unlink()
    assert faults(cli) == set()
    for path in paths[::every]:
        data = path.read_bytes()
        for _ in range(rounds):
            path.write_bytes(flipped(data, chance))
            assert faults(cli), path
            outcome = cli("ask", QUESTION)
            if outcome.status:
                assert is_one_sentence_line(outcome.err) and "python -m rag index" in outcome.err, path
            else:
                assert outcome.out.split("（置信度")[0] == right, path
                # Files that no answer is made from: another build, the lock, the note.
                assert place.generation() not in path.parents and path.name != "current", path
        path.write_bytes(data)
    assert faults(cli) == set()


def test_a_flipped_byte_is_noticed(built_cli: CommandLine) -> None:
    check_flips(built_cli, 1, every=5)


@pytest.mark.heavy
def test_a_flipped_byte_in_any_file_is_noticed(built_cli: CommandLine) -> None:
    check_flips(built_cli, 5)


@pytest.mark.parametrize("name", ["current", "manifest.json", "texts.sqlite", "passages.faiss", "frequencies.json"])
def test_the_next_build_mends_a_flipped_byte(built_cli: CommandLine, name: str) -> None:
    place = twice_built(built_cli)
    chance = random.Random(3)
    path = next((place.settings.index if name == "current" else place.generation()).rglob(name))
    path.write_bytes(flipped(path.read_bytes(), chance))
    with pytest.raises(RagError):
        Library.open(place.settings.index, IDENTITY)
    place.embedder.texts.clear()
    assert built_cli("index").status == 0
    # The build before is whole and holds all vectors but those of the last document.
    assert all("新的" in text for text in place.embedder.texts)
    assert faults(built_cli) == set()
    assert ANSWER in built_cli("ask", QUESTION).out
