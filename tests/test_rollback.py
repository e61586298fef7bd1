"""Back to the build before, and on from it."""

import json

import pytest
from place import IDENTITY, CommandLine, Place, is_one_sentence_line
from support import HashEmbedder

from rag.errors import IndexBusy, IndexMissing
from rag.generations import current_generation, is_held_back
from rag.locks import build_lock
from rag.rollback import roll_back
from rag.service import Service
from rag.store import Library


def test_going_back_makes_the_build_before_current_and_a_build_goes_on_from_it(built: Place) -> None:
    index = built.settings.index
    first = current_generation(index)
    built.write("丁.txt", "新的文档在这里，写着新的内容。")
    second = built.build().generation
    done = roll_back(index)
    assert (done.generation, done.replaced, done.documents) == (first, second, 3)
    assert current_generation(index) == first and is_held_back(index)
    assert "丁.txt" not in built.library().paths
    built.embedder.texts.clear()
    report = built.build()
    assert built.statuses(report)["丁.txt"] == "added"
    assert "丁.txt" in built.library().paths and not is_held_back(index)
    kept = {path.name for path in (index / "generations").iterdir()}
    assert kept == {first, report.generation} and report.generation > second


def test_without_an_older_build_nothing_changes_and_one_sentence_says_so(built_cli: CommandLine) -> None:
    before = built_cli.place.generation()
    outcome = built_cli("index", "--rollback")
    assert (outcome.status, outcome.out) == (1, "") and is_one_sentence_line(outcome.err)
    assert "没有更早的索引版本可以退回" in outcome.err
    assert built_cli.place.generation() == before
    with pytest.raises(IndexMissing, match="还没有索引"):
        roll_back(built_cli.place.folder / "没有")
    assert not (built_cli.place.folder / "没有").exists()


def test_the_command_says_what_it_did(built_cli: CommandLine) -> None:
    first = built_cli.place.generation().name
    built_cli.place.write("丁.txt", "新的文档在这里，写着新的内容。")
    built_cli("index")
    second = built_cli.place.generation().name
    outcome = built_cli("index", "--rollback", "--json")
    result = json.loads(outcome.out)
    assert (outcome.status, result["generation"], result["replaced"], result["documents"]) == (0, first, second, 3)
    built_cli("index")
    outcome = built_cli("index", "--rollback")
    assert outcome.status == 0 and f"已退回到索引版本 {first}" in outcome.out
    assert built_cli("index", "--rollback", "--rebuild").status == 2


def test_a_damaged_older_build_is_not_gone_back_to(built: Place) -> None:
    old = built.generation()
    built.write("丁.txt", "新的文档在这里，写着新的内容。")
    built.build()
    (old / "texts.sqlite").write_bytes(b"")
    with pytest.raises(IndexMissing, match="都已损坏.*--rebuild"):
        roll_back(built.settings.index)
    assert "丁.txt" in built.library().paths


def test_going_back_mends_a_damaged_pointer(built: Place) -> None:
    generation = built.generation().name
    (built.settings.index / "current").write_text("?")
    assert roll_back(built.settings.index).generation == generation
    assert built.library().size


def test_going_back_waits_for_no_builder(built: Place) -> None:
    with build_lock(built.settings.index), pytest.raises(IndexBusy):
        roll_back(built.settings.index)


def test_the_page_leaves_an_index_that_was_gone_back_to_until_told(built: Place) -> None:
    first = built.generation().name
    built.write("丁.txt", "新的文档在这里，写着新的内容。")
    built.build()
    roll_back(built.settings.index)
    service = Service(built.settings, identity=lambda settings: IDENTITY, load=lambda settings, show: HashEmbedder())
    assert service.start()
    service.wait(60)
    status = service.status()
    assert (status.ready, status.error, status.generation) == (True, None, first)
    assert status.warning is not None and "已退回到索引版本" in status.warning
    assert service.start_update()
    service.wait(60)
    status = service.status()
    assert (status.error, status.warning, status.documents) == (None, None, 4)
    assert Library.open(built.settings.index, IDENTITY).generation == status.generation
