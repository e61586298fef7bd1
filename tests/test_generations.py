"""Complete builds beside each other and one pointer: atomic, locked, and whole after any crash."""

import errno
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from place import IDENTITY, Place
from support import TESTS, start_python

from rag.durable import write_atomically
from rag.errors import IndexBusy, IndexDamaged, IndexMissing, RagError, StorageError
from rag.generations import (
    current_generation,
    drop_others,
    new_generation,
    read_manifest,
    require_current,
    seal,
    switch_to,
    verify_files,
)
from rag.locks import build_lock, reading
from rag.manifest import SCHEMA_VERSION, decode_manifest, encode_manifest, rule_mismatches
from rag.retrieve import search
from rag.store import Library

MANIFEST = {
    "schema": SCHEMA_VERSION,
    "created": "2026-01-01T00:00:00Z",
    "model": {"name": "m", "fingerprint": "f", "dimension": 3},
    "chunk_size": 300,
    "versions": {},
    "counts": {"documents": 0, "passages": 0, "sentences": 0},
    "documents": {},
}
QUESTION = "劳务培训帮助就业多少人"


class Crash(BaseException):
    """Stands for the death of the process: nothing in the program catches it."""


def nearest(place: Place) -> str:
    """The last line of the best passage: its headings stand before it."""
    return search(place.library(), place.embedder, QUESTION, 1)[0][0].text.splitlines()[-1]


def publish_one(index: Path) -> str:
    generation, folder = new_generation(index)
    (folder / "甲").write_text("内容")
    seal(index, generation, MANIFEST)
    before = current_generation(index)
    switch_to(index, generation)
    drop_others(index, [generation, before])
    return generation


def test_without_a_pointer_there_is_no_index(tmp_path: Path) -> None:
    assert current_generation(tmp_path) is None
    with pytest.raises(IndexMissing, match="python -m rag index"):
        require_current(tmp_path)


def test_publishing_names_the_build_and_seals_its_files(tmp_path: Path) -> None:
    generation = publish_one(tmp_path)
    assert (tmp_path / "current").read_text() == current_generation(tmp_path) == require_current(tmp_path) == generation
    manifest = read_manifest(tmp_path, generation)
    assert {name: value for name, value in manifest.items() if name != "checksum"} == MANIFEST | {
        "files": {"甲": {"bytes": 6, "sha256": sha256("内容".encode()).hexdigest()}}
    }
    verify_files(tmp_path, generation, manifest)


@pytest.mark.parametrize("content", ["内", "内容容", "内客", ""])
def test_a_file_that_changed_after_publishing_is_found(tmp_path: Path, content: str) -> None:
    generation = publish_one(tmp_path)
    (tmp_path / "generations" / generation / "甲").write_text(content)
    with pytest.raises(IndexDamaged, match="甲"):
        verify_files(tmp_path, generation, read_manifest(tmp_path, generation))


@pytest.mark.parametrize("content", [b"", b"\n", b"../../etc", b"a/b", "第一版".encode(), b"\xff\xfe", b"a b"])
def test_a_pointer_that_names_no_build_is_damage(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "current").write_bytes(content)
    with pytest.raises(IndexDamaged, match="python -m rag index --rebuild"):
        current_generation(tmp_path)


def test_a_pointer_to_a_build_that_is_gone_is_damage(tmp_path: Path) -> None:
    (tmp_path / "current").write_text("20260101T000000-00000000")
    with pytest.raises(IndexDamaged):
        read_manifest(tmp_path, require_current(tmp_path))


def test_the_last_build_before_the_current_one_is_kept_and_unfinished_ones_go(tmp_path: Path) -> None:
    builds = [publish_one(tmp_path) for _ in range(2)]
    assert builds == sorted(builds)
    unfinished = tmp_path / "generations" / "20200101T000000-abcdef01"
    unfinished.mkdir()
    last = publish_one(tmp_path)
    left = {path.name for path in (tmp_path / "generations").iterdir()}
    assert left == {last, builds[-1]}


def test_writing_a_file_leaves_the_old_one_when_it_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "current"
    write_atomically(path, "一")

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch, pytest.raises(OSError, match="No space"):
        patch.setattr(os, "fsync", full)
        write_atomically(path, "二")
    assert path.read_text() == "一"
    assert list(tmp_path.iterdir()) == [path]
    write_atomically(path, "三")
    assert path.read_text() == "三"


def test_the_pointer_changes_in_one_step_after_everything_else(built: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    steps = []
    replace = Path.replace

    def watch(source: Path, target: Path) -> Path:
        before = current_generation(built.settings.index)
        steps.append((Path(target).name, before))
        if Path(target).name == "current":
            new = source.read_text()
            verify_files(built.settings.index, new, read_manifest(built.settings.index, new))
        return replace(source, target)

    old = current_generation(built.settings.index)
    built.write("丁.txt", "新的文档在这里，写着新的内容。")
    monkeypatch.setattr(Path, "replace", watch)
    built.build()
    assert steps == [("builder.json", old), ("manifest.json", old), ("current", old)]


def test_a_build_that_runs_keeps_a_second_one_out(place: Place) -> None:
    with build_lock(place.settings.index), pytest.raises(IndexBusy, match="另一个进程正在更新索引"):
        place.build()
    assert place.build().chunks == 0


def test_the_lock_of_another_process_keeps_a_build_out_and_dies_with_it(built: Place) -> None:
    process = start_python(
        "import sys, threading; from pathlib import Path; from rag.locks import build_lock\n"
        f"with build_lock(Path({str(built.settings.index)!r})):\n"
        "    print('locked', flush=True); threading.Event().wait()"
    )
    try:
        assert process.stdout is not None and process.stdout.readline() == "locked\n"
        with pytest.raises(IndexBusy, match="请等它完成后再试"):
            built.build()
        assert nearest(built)
    finally:
        process.kill()
        process.communicate()
    assert set(built.statuses(built.build()).values()) == {"unchanged"}


STEPS = [
    "rag.build.new_generation",
    "rag.build._embed",
    "rag.build.write_content",
    "rag.build.seal",
    "rag.build._check",
    "rag.build.switch_to",
]


def crash_before(step: str) -> Callable[[pytest.MonkeyPatch], None]:
    def patch(monkeypatch: pytest.MonkeyPatch) -> None:
        def crash(*arguments: object, **options: object) -> None:
            raise Crash

        monkeypatch.setattr(step, crash)

    return patch


def crash_at_replace(name: str, *, after: bool) -> Callable[[pytest.MonkeyPatch], None]:
    def patch(monkeypatch: pytest.MonkeyPatch) -> None:
        original = Path.replace

        def replace(source: Path, target: Path) -> Path:
            if Path(target).name != name:
                return original(source, target)
            if after:
                original(source, target)
            raise Crash

        monkeypatch.setattr(Path, "replace", replace)

    return patch


@pytest.mark.parametrize(
    ("crash", "is_new"),
    [
        *((crash_before(step), False) for step in STEPS),
        (crash_at_replace("manifest.json", after=False), False),
        (crash_at_replace("manifest.json", after=True), False),
        (crash_at_replace("current", after=False), False),
        (crash_at_replace("current", after=True), True),
        (crash_before("rag.build.tidy"), True),
    ],
)
def test_a_crash_at_any_step_leaves_a_whole_index_and_the_next_build_works(
    built: Place, monkeypatch: pytest.MonkeyPatch, crash: Callable[[pytest.MonkeyPatch], None], is_new: bool
) -> None:
    old = current_generation(built.settings.index)
    built.write("丁.txt", "新的文档在这里，写着新的内容。")
    with monkeypatch.context() as patch:
        crash(patch)
        with pytest.raises(Crash):
            built.build()
    assert (current_generation(built.settings.index) != old) is is_new
    assert nearest(built) == "每年组织劳务培训三期，帮助就业500人。"
    assert ("丁.txt" in built.library().paths) is is_new
    report = built.build()
    assert built.statuses(report)["丁.txt"] == ("unchanged" if is_new else "added")
    assert "丁.txt" in built.library().paths
    assert len(list((built.settings.index / "generations").iterdir())) <= 2


@pytest.mark.parametrize(
    "code",
    [
        "rag.build.seal = lambda *a: os._exit(9)",
        "rag.content.Path.write_bytes = lambda *a: os._exit(9)",
        "rag.durable.Path.replace = lambda *a: os._exit(9)",
        "r = Path.replace; Path.replace = lambda s, t: os._exit(9) if t.name == 'current' else r(s, t)",
    ],
)
def test_a_process_that_dies_while_building_leaves_the_old_index(built: Place, code: str) -> None:
    old = current_generation(built.settings.index)
    built.write("丁.txt", "新的文档在这里，写着新的内容。")
    process = start_python(
        f"import os, rag.build, rag.content, rag.durable\nfrom pathlib import Path\nfrom place import Place\n{code}\n"
        f"Place(Path({str(built.folder)!r})).build()"
    )
    process.communicate(timeout=60)
    assert process.returncode == 9
    assert current_generation(built.settings.index) == old
    assert nearest(built)
    assert built.statuses(built.build())["丁.txt"] == "added"


def fail(number: int) -> Callable[..., None]:
    def raise_error(*arguments: object, **options: object) -> None:
        raise OSError(number, os.strerror(number))

    return raise_error


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EIO, errno.EACCES, errno.EDQUOT])
@pytest.mark.parametrize(
    "step",
    [
        "pathlib.Path.write_bytes",
        "os.fsync",
        "pathlib.Path.replace",
        "rag.words.WordIndex.save",
        "rag.content._database",
    ],
)
def test_a_disk_that_is_full_or_read_only_stops_the_build_and_harms_nothing(
    built: Place, monkeypatch: pytest.MonkeyPatch, step: str, number: int
) -> None:
    before = sorted(path.name for path in (built.settings.index / "generations").iterdir())
    built.write("丁.txt", "新的文档在这里，写着新的内容。")
    with monkeypatch.context() as patch:
        patch.setattr(step, fail(number))
        with pytest.raises(StorageError, match="原有索引未受影响") as caught:
            built.build()
    assert os.strerror(number) in str(caught.value)
    assert sorted(path.name for path in (built.settings.index / "generations").iterdir()) == before
    assert nearest(built)
    assert built.statuses(built.build())["丁.txt"] == "added"


@pytest.mark.parametrize("step", ["pathlib.Path.mkdir", "filelock.FileLock.acquire"])
@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES])
def test_an_index_folder_that_cannot_be_made_or_locked_is_named(
    place: Place, monkeypatch: pytest.MonkeyPatch, step: str, number: int
) -> None:
    monkeypatch.setattr(step, fail(number))
    with pytest.raises(StorageError, match="--index") as caught:
        place.build()
    assert str(place.settings.index) in str(caught.value)


def test_a_file_in_place_of_the_index_folder_is_named(place: Place) -> None:
    place.settings.index.write_text("不是文件夹")
    with pytest.raises(StorageError, match="无法写入"):
        place.build()
    with pytest.raises(RagError, match="python -m rag index"):
        place.library()
    assert place.settings.index.read_text() == "不是文件夹"


def test_a_folder_in_place_of_the_pointer_ends_in_one_sentence(built: Place) -> None:
    (built.settings.index / "current").unlink()
    (built.settings.index / "current").mkdir()
    with pytest.raises(IndexDamaged):
        built.library()
    with pytest.raises(RagError):
        built.build()


REAL_DISK = """
import subprocess, sys
from pathlib import Path
from place import Place
from rag.errors import StorageError
from rag.retrieve import search
from rag.store import Library
folder = Path(sys.argv[1])
place = Place(folder)
index = place.settings.index
index.mkdir()
if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", str(index)], capture_output=True).returncode:
    sys.exit(77)
place.write("甲.txt", "每年组织劳务培训三期。")
generation = place.build().generation
def stops(reason):
    try:
        place.build()
    except StorageError as error:
        assert reason in str(error), error
    else:
        raise AssertionError("the build should have failed")
    assert search(place.library(), place.embedder, "劳务培训", 1)[0][0].text == "每年组织劳务培训三期。"
    assert place.library().generation == generation
place.write("乙.txt", "".join(f"第{n}项任务由双方共同完成。" for n in range(5000)))
stops("No space left")
assert len(list((index / "generations").iterdir())) == 1
place.write("乙.txt", "短文一篇。")
subprocess.run(["mount", "-o", "remount,ro", str(index)], check=True, capture_output=True)
stops("Read-only file system")
subprocess.run(["mount", "-o", "remount,rw", str(index)], check=True, capture_output=True)
assert place.statuses(place.build()) == {"甲.txt": "unchanged", "乙.txt": "added"}
"""


LITTLE_ROOM = """
import os, shutil, subprocess, sys
from pathlib import Path
from place import Place
from rag.audit import wrong_counts, wrong_ranges, wrong_vectors
from rag.errors import StorageError
from rag.retrieve import search
place = Place(Path(sys.argv[1]))
index = place.settings.index
index.mkdir()
if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(index)], capture_output=True).returncode:
    sys.exit(77)
place.write("甲.txt", "每年组织劳务培训三期。")
place.build()
place.write("乙.txt", "".join(f"第{n}项任务由双方共同完成。" for n in range(300)))
failed = 0
for room in range(0, 4 * 2**20, 8 * 2**10):
    filler = index / "filler"
    filler.write_bytes(bytes(shutil.disk_usage(index).free - room))
    try:
        place.build()
    except StorageError as error:
        assert "No space left" in str(error), error
        failed += 1
    filler.unlink()
    library = place.library()
    assert (wrong_counts(library), wrong_ranges(library), wrong_vectors(library)) == ([], 0, 0), room
    assert search(library, place.embedder, "劳务培训", 1)[0][0].text == "每年组织劳务培训三期。"
    if "乙.txt" in library.paths:
        break
    assert [path.name for path in (index / "generations").iterdir()] == [library.generation], room
print(failed)
"""


def in_own_mounts(code: str, folder: Path) -> str:
    """Output of a program that mounts disks; within its own mount namespace, so that nothing stays mounted."""
    if sys.platform != "linux" or shutil.which("unshare") is None:
        pytest.skip("needs Linux with unshare")
    run = subprocess.run(
        ["unshare", "--mount", sys.executable, "-c", code, str(folder)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(TESTS.parent), str(TESTS)))},
        capture_output=True,
        text=True,
        timeout=300,
    )
    if run.returncode == 77 or "unshare" in run.stderr:
        pytest.skip(f"mounting is not permitted here: {run.stderr.strip() or 'mount failed'}")
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_a_disk_that_is_really_full_or_read_only(place: Place) -> None:
    in_own_mounts(REAL_DISK, place.folder)


def test_a_disk_with_any_amount_of_room_left_keeps_a_whole_index(place: Place) -> None:
    """The write at which the room ends moves through all files of a build, 8 KB by 8 KB."""
    assert int(in_own_mounts(LITTLE_ROOM, place.folder)) > 20


HEAD = f'{{"schema": {SCHEMA_VERSION}'


@pytest.mark.parametrize(
    "manifest",
    [
        "", "{", "null", "[]", "3", '"schema"', "{}", f"{HEAD}}}", '{"schema": "1", "files": {}}',
        f'{HEAD}, "files": []}}', f'{HEAD}, "files": {{}}}}', f'{HEAD}, "files": {{"甲": 3}}, "model": {{}}}}',
        f'{HEAD}, "model": {{"name": "hash", "fingerprint": "hash-bigrams-64-1"}}, "files": {{"甲": {{"bytes": 1}}}}}}',
    ],
)  # fmt: skip
@pytest.mark.parametrize("sealed", [False, True])
def test_a_foreign_or_cut_manifest_is_damage_and_the_next_build_mends_it(
    built: Place, manifest: str, sealed: bool
) -> None:
    if sealed and manifest.startswith(HEAD):
        manifest = encode_manifest(json.loads(manifest))
    (built.generation() / "manifest.json").write_text(manifest)
    with pytest.raises(IndexDamaged, match=r"manifest\.json.*python -m rag index"):
        built.library()
    built.build()
    assert nearest(built)


def test_a_manifest_from_before_a_rule_was_added_is_out_of_date_and_not_damaged(built: Place) -> None:
    manifest = read_manifest(built.settings.index, built.library().generation)
    old = {
        **{name: value for name, value in manifest.items() if name not in ("archives", "circumstances")},
        "versions": {name: value for name, value in manifest["versions"].items() if name != "validity"},
        "hashes": {name: value for name, value in manifest["hashes"].items() if name != "validity"},
    }
    read = decode_manifest(encode_manifest(old).encode())
    assert [(one.name[1], one.found) for one in rule_mismatches(read, built.settings.chunk_size)] == [
        ("validity version", "–")
    ]
    with pytest.raises(ValueError, match="changed"):
        decode_manifest(encode_manifest(old | {"hashes": old["hashes"] | {"words": "0" * 64}}).encode())


def test_a_whole_manifest_without_a_single_file_is_damage(built: Place) -> None:
    built.change_manifest(files={})
    with pytest.raises(IndexDamaged):
        built.library()


def test_identity_of_the_hash_embedder_is_that_of_the_index(built_once: Place) -> None:
    manifest = read_manifest(built_once.settings.index, built_once.generation().name)
    assert (manifest["model"]["name"], manifest["model"]["fingerprint"]) == IDENTITY[:2]


def test_a_build_that_is_being_read_stays_until_nobody_reads_it(built: Place) -> None:
    old = built.generation()
    with reading(old / "manifest.json"):
        for number in range(3):
            built.write("丁.txt", f"第{number}版的内容写在这里。")
            built.build()
        assert old.exists() and Library.open(built.settings.index, IDENTITY, old.name).size
    built.build()
    assert not old.exists() and len(list(old.parent.iterdir())) == 2


def test_a_reader_whose_build_was_removed_meanwhile_opens_the_next(
    built: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, asked = built.generation().name, []
    built.write("丁.txt", "新的文档在这里，写着新的内容。")
    new = built.build().generation
    shutil.rmtree(built.settings.index / "generations" / old)

    def stale(index: Path) -> str:
        asked.append(index)
        return old if len(asked) == 1 else new

    monkeypatch.setattr("rag.store.require_current", stale)
    assert built.library().generation == new


def test_ids_of_builds_grow_also_where_the_clock_goes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    builds = [publish_one(tmp_path) for _ in range(3)]
    monkeypatch.setattr("time.gmtime", lambda: (2001, 1, 1, 0, 0, 0, 0, 1, 0))
    builds.append(publish_one(tmp_path))
    assert builds == sorted(builds) and len(set(builds)) == 4
