"""A builder that dies, for tests of crashes: run as a program, it forks builds, kills them and checks what is left.

`python building.py FOLDER named|random|full COUNT` prints one line for each build it broke off.

The steps are those of the system itself: every file opened for writing, renamed or removed and every folder made or
removed in the index folder, as Python's audit events tell them, so none can be forgotten and the program under test
knows nothing of it. Forked children need no new imports, so hundreds of builds take a minute.
"""

import errno
import os
import random
import shutil
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from place import Place

from rag.audit import wrong_counts, wrong_ranges, wrong_vectors
from rag.retrieve import search
from rag.tidy import leftovers

ANSWER = "每年组织劳务培训三期，帮助就业500人。"
NEW = "新文件规定灯塔每月检查两次。"
_WRITING = os.O_WRONLY | os.O_RDWR


def watch(index: Path, step: Callable[[str], None]) -> None:
    """Call `step` with a name at every change of the index folder, before it happens."""

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event == "open":
            path, flags = arguments[0], arguments[2]
            if not isinstance(flags, int) or not flags & _WRITING:
                return
        elif event in ("os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate"):
            path = arguments[0]
        else:
            return
        if isinstance(path, (str, os.PathLike)) and str(path).startswith(str(index)):
            step(f"{event} {Path(path).name}")

    sys.addaudithook(hook)


def fork(work: Callable[[], None]) -> int:
    """Process id of a child that does `work` and ends, with status 1 where it raises."""
    sys.stdout.flush()
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        work()
        status = 0
    except BaseException as error:  # noqa: BLE001 - the parent reads it on stderr
        print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
    finally:
        os._exit(status)


def wait(child: int) -> int:
    """How a child ended: its exit status, or minus the signal that killed it."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def check(folder: Path) -> None:
    """Questions are answered from a consistent index, and the next build repairs."""
    place = Place(folder)
    library = place.library()
    assert (wrong_counts(library), wrong_ranges(library), wrong_vectors(library)) == ([], 0, 0)
    assert search(library, place.embedder, "劳务培训帮助就业多少人", 1)[0][0].text.splitlines()[-1] == ANSWER
    has_new = "新.txt" in library.paths
    best = search(library, place.embedder, "新文件规定灯塔每月检查几次", 1)[0][0]
    assert (best.text == NEW) is has_new, best
    assert ("乙.md" in library.paths) is not has_new
    report = place.build()
    assert place.statuses(report) == {
        "甲.txt": "unchanged",
        "子目录/丙.txt": "unchanged",
        "新.txt": "unchanged" if has_new else "added",
        **({} if has_new else {"乙.md": "removed"}),
    }
    library = place.library()
    assert search(library, place.embedder, "新文件规定灯塔每月检查几次", 1)[0][0].text == NEW
    assert leftovers(place.settings.index) == []
    assert len(list((place.settings.index / "generations").iterdir())) <= 2


def prepare(source: Path, folder: Path) -> Place:
    """A fresh copy with one document added and one taken away."""
    shutil.rmtree(folder, ignore_errors=True)
    place = Place(source).copy(folder)
    place.write("新.txt", NEW)
    (place.settings.documents / "乙.md").unlink()
    return place


def broken_off(source: Path, folder: Path, at: int, act: Callable[[], None]) -> tuple[int, str]:
    """Build in a child that calls `act` at step number `at`; how it ended, and the name of the step."""
    place = prepare(source, folder)
    note = folder / "step"
    count = 0

    def step(name: str) -> None:
        nonlocal count
        count += 1
        if count == at:
            descriptor = os.open(note, os.O_WRONLY | os.O_CREAT)
            os.write(descriptor, name.encode())
            os.close(descriptor)
            act()

    def work() -> None:
        watch(place.settings.index, step)
        place.build()

    status = wait(fork(work))
    return status, note.read_text() if note.exists() else ""


def kill() -> None:
    """Die at once, as by kill -9."""
    os.kill(os.getpid(), signal.SIGKILL)


def full() -> None:
    """As the system says it where no byte can be written."""
    raise OSError(errno.ENOSPC, "No space left on device")


def at_every_step(source: Path, act: Callable[[], None]) -> None:
    """Break a build off at its first step, its second, and so on, until one ends."""
    at = 0
    while True:
        at += 1
        folder = source.parent / "broken"
        status, name = broken_off(source, folder, at, act)
        if not name:
            assert status == 0
            return
        assert status == -signal.SIGKILL if act is kill else status in (0, 1), (status, name)
        assert wait(fork(lambda folder=folder: check(folder))) == 0, name  # type: ignore[misc]
        print(at, name, flush=True)


def at_random_moments(source: Path, count: int) -> None:
    """Kill builds at moments spread over the time that one takes."""
    chance = random.Random(11)
    folder = source.parent / "broken"
    place = prepare(source, folder)
    started = time.perf_counter()
    assert wait(fork(lambda: place.build() and None)) == 0
    taken = time.perf_counter() - started
    for number in range(count):
        place = prepare(source, folder)
        child = fork(lambda place=place: place.build() and None)  # type: ignore[misc]
        moment = chance.uniform(0, 1.1 * taken)
        time.sleep(moment)
        os.kill(child, signal.SIGKILL)
        ended = wait(child)
        assert wait(fork(lambda: check(folder))) == 0, moment
        print(number, "ended" if ended == 0 else "killed", flush=True)


def main() -> None:
    """Run what the arguments say."""
    import bm25s  # noqa: F401
    import faiss  # noqa: F401
    import rjieba

    rjieba.cut("预热")
    source, mode, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    if mode == "random":
        at_random_moments(source, count)
    else:
        at_every_step(source, kill if mode == "named" else full)


if __name__ == "__main__":
    main()
