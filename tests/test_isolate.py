"""A hostile file costs itself only."""

import hashlib
import os
import sys
import time
from pathlib import Path

import pytest
from place import Place
from test_formats import docx, pdf

from rag.errors import ReadError
from rag.extract import extract
from rag.isolate import Worker, Workers

SLOW_PYTHON = """#!{python}
import sys, time
print("{{}}", flush=True)
sys.stdin.readline()
time.sleep(60)
"""


@pytest.fixture
def worker() -> Worker:
    return Worker(30, 2048)


def test_a_worker_reads_what_the_reader_reads(tmp_path: Path, worker: Worker) -> None:
    for name, data in (("甲.docx", docx()), ("乙.pdf", pdf())):
        path = tmp_path / name
        path.write_bytes(data)
        assert worker.read(path, name, 2**20) == (extract(name, data), hashlib.sha256(data).hexdigest())
    worker.close()


def test_the_reason_of_a_refusal_comes_through(tmp_path: Path, worker: Worker) -> None:
    path = tmp_path / "坏.pdf"
    path.write_bytes(b"%PDF-1.7 broken")
    with pytest.raises(ReadError) as refused:
        extract("坏.pdf", b"%PDF-1.7 broken")
    with pytest.raises(ReadError, match=refused.value.chinese):
        worker.read(path, "坏.pdf", 2**20)
    worker.close()


def test_a_file_that_takes_too_long_is_given_up_and_the_next_one_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "甲.docx"
    path.write_bytes(docx())
    slow = tmp_path / "python"
    slow.write_text(SLOW_PYTHON.format(python=sys.executable))
    slow.chmod(0o755)
    with monkeypatch.context() as patched:
        patched.setattr(sys, "executable", str(slow))
        worker = Worker(1.5, 2048)
        started = time.monotonic()
        with pytest.raises(ReadError, match=r"读取超过 1.5 秒"):
            worker.read(path, "甲.docx", 2**20)
        assert time.monotonic() - started < 20
    with Workers(1, 30, 2048) as workers:
        assert workers.read(path, "甲.docx", 2**20)[0].format == "docx"


def test_a_worker_that_dies_is_replaced(tmp_path: Path, worker: Worker) -> None:
    path = tmp_path / "甲.docx"
    path.write_bytes(docx())
    assert worker.read(path, "甲.docx", 2**20)[0].format == "docx"
    process = worker._process
    assert process is not None
    os.kill(process.pid, 9)
    process.wait()
    assert worker.read(path, "甲.docx", 2**20)[0].format == "docx"
    worker.close()


@pytest.mark.skipif(sys.platform != "linux", reason="memory is bounded on Linux only")
def test_a_file_that_needs_too_much_memory_costs_itself_only(tmp_path: Path) -> None:
    path = tmp_path / "大.docx"
    path.write_bytes(os.urandom(400 * 2**20))
    small = tmp_path / "甲.docx"
    small.write_bytes(docx())
    with Workers(1, 60, 512) as workers:
        with pytest.raises(ReadError):
            workers.read(path, "大.docx", 2**30)
        assert workers.read(small, "甲.docx", 2**20)[0].format == "docx"


def test_a_folder_with_a_hostile_file_is_indexed_all_the_same(place: Place) -> None:
    place.write("好.docx", docx())
    place.write("坏.docx", b"PK\x03\x04" + os.urandom(1000))
    place.write("文.txt", "甲县有三项任务。")
    place.write("其实是.txt", pdf())
    assert place.statuses(place.build()) == {
        "好.docx": "added",
        "坏.docx": "skipped",
        "文.txt": "added",
        "其实是.txt": "added",
    }
