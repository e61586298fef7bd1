"""Two builders at once: the second says who holds the lock, or waits; a lock whose holder died holds nobody up."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from place import CommandLine, is_one_sentence_line
from support import start_python

from rag.locks import build_lock, is_building, read_holder


@pytest.fixture
def holder(built_cli: CommandLine) -> Iterator["subprocess.Popen[str]"]:
    """A process that builds until it is killed."""
    process = start_python(
        f"from pathlib import Path; import threading; from rag.locks import build_lock\n"
        f"with build_lock(Path({str(built_cli.place.settings.index)!r})):\n"
        "    print('locked', flush=True); threading.Event().wait()"
    )
    assert process.stdout is not None and process.stdout.readline() == "locked\n"
    yield process
    process.kill()
    process.communicate()


def test_the_second_builder_says_who_builds_and_since_when(
    built_cli: CommandLine, holder: "subprocess.Popen[str]"
) -> None:
    noted = read_holder(built_cli.place.settings.index)
    assert noted is not None and noted.pid == holder.pid
    outcome = built_cli("index")
    assert outcome.status == 1 and is_one_sentence_line(outcome.err)
    for part in (f"进程 {holder.pid}，主机 {noted.host}，自 {noted.since} 起", f"process {holder.pid} on", "--wait"):
        assert part in outcome.err


def test_with_wait_it_builds_when_the_first_one_has_ended(
    built_cli: CommandLine, holder: "subprocess.Popen[str]", monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 3:
            holder.kill()
            holder.wait()

    monkeypatch.setattr("rag.locks.time.sleep", sleep)
    built_cli.place.write("丁.txt", "新的文档在这里，写着新的内容。")
    outcome = built_cli("index", "--wait")
    assert outcome.status == 0 and len(waited) == 3 and max(waited) <= 1
    assert f"等待另一个进程更新索引（进程 {holder.pid}" in outcome.err
    assert "丁.txt" in built_cli.place.library().paths


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
def test_the_lock_of_a_builder_that_was_killed_is_stale_and_its_note_names_it(
    built_cli: CommandLine, holder: "subprocess.Popen[str]"
) -> None:
    index: Path = built_cli.place.settings.index
    assert is_building(index)
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    assert not is_building(index)
    left = read_holder(index)
    assert left is not None and left.pid == holder.pid
    with build_lock(index) as died:
        assert died == left
    assert read_holder(index) is None
