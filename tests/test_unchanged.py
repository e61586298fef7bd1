"""Files that could not be read are not parsed at every update, and are tried again when that could help."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from office import packed
from place import IDENTITY, Place
from support import ignore

from rag import documents
from rag.build import build_index
from rag.errors import PassingFault
from rag.generations import current_generation
from rag.isolate import Workers
from rag.manifest import VERSIONS
from rag.reports import BuildReport, FileReport
from rag.settings import Settings
from rag.types import Document, Header
from rag.unchanged import Unchanged, circumstances

CLAUSE = "双方应当按年度安排资金，并接受审计监督。"
DAMAGED = b"%PDF-1.7\n1 0 obj\n<< damaged"


@pytest.fixture
def mixed(place: Place) -> Place:
    """One document, and files that cannot be read: each kind of refusal."""
    place.write("甲.txt", CLAUSE)
    place.write("损坏.pdf", DAMAGED)
    place.write("乱码.txt", b"\0\1\2")
    place.write("损坏.zip", b"PK\3\4 damaged")
    place.write("合集.zip", packed({"good.txt": CLAUSE, "bad.pdf": DAMAGED, "wrong.exe": "x"}))
    assert statuses(place, update(place)) == {
        "乱码.txt": "skipped",
        "合集.zip/bad.pdf": "skipped",
        "合集.zip/good.txt": "added",
        "合集.zip/wrong.exe": "skipped",
        "损坏.pdf": "skipped",
        "损坏.zip": "skipped",
        "甲.txt": "added",
    }
    return place


def update(place: Place, **changes: Any) -> BuildReport:
    return build_index(replace(place.settings, **changes), IDENTITY, place._load, ignore)


def statuses(place: Place, report: BuildReport) -> dict[str, str]:
    return dict(sorted(place.statuses(report).items()))


@contextmanager
def parsing(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Names of the files that are parsed, and of the zip files that are opened, meanwhile."""
    parsed: list[str] = []
    read, extract, members = Workers.read, documents.extract, Workers.members

    def listed(workers: Workers, path: Any, *rest: Any) -> Any:
        parsed.append(path.name)
        return members(workers, path, *rest)

    def by_worker(workers: Workers, path: Any, name: str, *rest: Any) -> Any:
        parsed.append(name)
        return read(workers, path, name, *rest)

    def here(name: str, data: bytes) -> Any:
        parsed.append(name)
        return extract(name, data)

    with monkeypatch.context() as patch:
        patch.setattr(Workers, "members", listed)
        patch.setattr(Workers, "read", by_worker)
        patch.setattr(documents, "extract", here)
        yield parsed


SKIPPED = ["乱码.txt", "合集.zip/bad.pdf", "合集.zip/wrong.exe", "损坏.pdf", "损坏.zip"]


def test_what_could_not_be_read_is_not_parsed_at_the_next_update(mixed: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    generation = current_generation(mixed.settings.index)
    before = {file.document: file.reason for file in update(mixed).documents}
    with parsing(monkeypatch) as parsed:
        report = update(mixed)
    assert parsed == []
    assert report.generation == generation
    assert {file.document: file.reason for file in report.documents} == before
    assert [name for name, reason in sorted(before.items()) if reason] == SKIPPED


def test_a_file_that_is_added_has_nothing_else_parsed(mixed: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    mixed.write("乙.txt", "新的文档在这里。")
    with parsing(monkeypatch) as parsed:
        assert statuses(mixed, update(mixed))["乙.txt"] == "added"
    assert parsed == ["乙.txt"]
    assert set(mixed.library().paths) == {"乙.txt", "甲.txt", "合集.zip/good.txt"}


@pytest.mark.parametrize("change", ["limit", "libreoffice", "package", "reader"])
def test_other_circumstances_are_a_reason_to_try_again_once(
    mixed: Place, change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    changes = {"reader_seconds": 99.0} if change == "limit" else {}
    if change == "libreoffice":
        program = mixed.write("../soffice", "")
        monkeypatch.setattr("rag.unchanged.find_soffice", lambda: str(program))
    elif change == "package":
        monkeypatch.setattr("rag.unchanged._version", lambda name: "99")
    elif change == "reader":
        monkeypatch.setitem(VERSIONS, "reader", 99)
    with parsing(monkeypatch) as parsed:
        report = update(mixed, **changes)
    assert set(SKIPPED) <= {*parsed, "合集.zip/wrong.exe"}
    # What was read whole depends on the rules only.
    assert ("甲.txt" in parsed) is (change == "reader")
    assert statuses(mixed, report)["甲.txt"] == "unchanged"
    with parsing(monkeypatch) as parsed:
        assert update(mixed, **changes).generation == report.generation
    assert parsed == []


def test_a_limit_that_is_raised_lets_files_in(place: Place) -> None:
    place.write("甲.txt", CLAUSE)
    place.write("大.txt", "大文件里的一句话。" * 100)
    place.write("包.zip", packed({"large.txt": "包里的大文件。" * 200, "small.txt": CLAUSE}))
    limited = {"max_file_bytes": 2000}
    first = statuses(place, update(place, **limited))
    assert [name for name, status in first.items() if status == "skipped"] == ["包.zip/large.txt", "大.txt"]
    assert statuses(place, update(place, **limited)) == {
        name: "skipped" if status == "skipped" else "unchanged" for name, status in first.items()
    }
    assert statuses(place, update(place)) == {
        "包.zip/large.txt": "added",
        "包.zip/small.txt": "unchanged",
        "大.txt": "added",
        "甲.txt": "unchanged",
    }


def test_where_nothing_was_skipped_circumstances_do_not_matter(built: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    generation = current_generation(built.settings.index)
    with parsing(monkeypatch) as parsed:
        assert update(built, reader_seconds=99.0).generation == generation
    assert parsed == []


def test_a_zip_file_that_was_packed_anew_is_opened_once(mixed: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    mixed.write("合集.zip", packed({"wrong.exe": "x", "good.txt": CLAUSE, "bad.pdf": DAMAGED}))
    with parsing(monkeypatch) as parsed:
        report = update(mixed)
    assert parsed == ["合集.zip"]
    assert statuses(mixed, report)["合集.zip/good.txt"] == "unchanged"
    with parsing(monkeypatch) as parsed:
        assert update(mixed).generation == report.generation
    assert parsed == []
    mixed.write("合集.zip", packed({"good.txt": CLAUSE}))
    after = statuses(mixed, update(mixed))
    assert (after["合集.zip/bad.pdf"], after["合集.zip/good.txt"]) == ("removed", "unchanged")


def test_a_document_of_which_pages_are_missing_is_read_again_when_that_could_help() -> None:
    document = Document("甲.pdf", CLAUSE, Header(), ())
    whole, partly = FileReport("甲.pdf", "added"), FileReport("甲.pdf", "added", pages_without_text=2)
    for report, same, is_known in ((whole, False, True), (partly, True, True), (partly, False, False)):
        unchanged = Unchanged(lambda name: document, {"甲.pdf": (report, "ab")}, {}, same)
        assert (unchanged.outcome("甲.pdf", "ab") is not None) is is_known
        assert unchanged.outcome("甲.pdf", "cd") is None and unchanged.outcome("甲.pdf", "") is None


@pytest.mark.parametrize("inside", [False, True])
def test_a_fault_that_may_pass_is_tried_again_at_the_next_update(
    place: Place, inside: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = f"<p>{CLAUSE}</p>"
    place.write("包.zip" if inside else "页.html", packed({"页.html": page}) if inside else page)
    name = "包.zip/页.html" if inside else "页.html"

    def died(workers: Workers, *rest: Any) -> Any:
        raise PassingFault("读取时程序异常终止。", "The reader died.")

    with monkeypatch.context() as patch:
        patch.setattr(Workers, "read", died)
        first, second = update(place), update(place)
    assert statuses(place, first) == statuses(place, second) == {name: "skipped"}
    assert first.generation == second.generation
    assert statuses(place, update(place)) == {name: "added"}
    assert statuses(place, update(place)) == {name: "unchanged"}


@pytest.mark.parametrize("name", ["max_file_bytes", "reader_seconds", "reader_megabytes", "ocr_seconds"])
def test_every_limit_of_reading_is_one_of_the_circumstances(name: str) -> None:
    settings = Settings()
    assert circumstances(settings) != circumstances(replace(settings, **{name: getattr(settings, name) + 1}))
    assert circumstances(settings) == circumstances(replace(settings, chunk_size=77))
