"""kill -9, a full disk or a power cut at any moment of a build: the build before serves, and the next build repairs."""

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from place import Place
from support import TESTS, ignore, start_python

from rag.audit import foreign_vectors, wrong_counts, wrong_ranges, wrong_vectors
from rag.build import build_index
from rag.embed import embedder_identity, load_embedder
from rag.journal import NAME, Journal
from rag.model import is_prepared
from rag.retrieve import search
from rag.settings import Settings, load_settings
from rag.store import Library
from rag.tidy import leftovers

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and signals")


def break_builds(built: Place, mode: str, count: int = 0) -> list[str]:
    """Run `building.py`: one line for each build that was broken off and checked."""
    run = subprocess.run(
        [sys.executable, str(TESTS / "building.py"), str(built.folder), mode, str(count)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(TESTS.parent), str(TESTS)))},
        capture_output=True,
        encoding="utf-8",
        timeout=900,
    )
    assert run.returncode == 0, run.stdout[-500:] + run.stderr[-3000:]
    return run.stdout.splitlines()


@pytest.mark.heavy
def test_a_build_that_is_killed_at_any_step_leaves_a_whole_index(built: Place) -> None:
    lines = break_builds(built, "named")
    steps = [line.split(" ", 1)[1] for line in lines]
    assert len(lines) > 45
    for expected in ("os.rename ", "open passages.", "open texts.", "os.mkdir passage_words", "open unfinished."):
        assert any(step.startswith(expected) for step in steps), (expected, steps)


@pytest.mark.heavy
def test_a_build_that_is_killed_at_a_hundred_random_moments_leaves_a_whole_index(built: Place) -> None:
    lines = break_builds(built, "random", 100)
    assert len(lines) == 100
    assert sum(line.endswith("killed") for line in lines) > 60


@pytest.mark.heavy
def test_a_disk_that_is_full_at_any_step_leaves_a_whole_index(built: Place) -> None:
    assert len(break_builds(built, "full")) > 45


POWER = """
import os, sys
from pathlib import Path
from place import Place
place = Place(Path(sys.argv[1])); index = place.settings.index
lost, checked = set(), []
def dirty(*paths):
    lost.update(str(path) for path in paths if str(path).startswith(str(index)))
def hook(event, arguments):
    if event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR):
        if isinstance(arguments[0], (str, os.PathLike)):
            dirty(arguments[0], Path(arguments[0]).parent)
    elif event == "os.mkdir":
        dirty(arguments[0], Path(arguments[0]).parent)
    elif event == "os.rename":
        source, target = Path(arguments[0]), Path(arguments[1])
        if target == index / "current":
            builds = index / "generations"
            unsafe = [path for path in lost if path == str(source) or path.startswith(str(builds))]
            checked.append(("pointer", unsafe))
        elif target.name == "manifest.json":
            unsafe = [path for path in lost if path.startswith(str(target.parent)) and path != str(target.parent)]
            checked.append(("manifest", unsafe))
        elif target.name.startswith("removed-"):
            checked.append(("removal", [path for path in lost if path in (str(index), str(index / "current"))]))
        dirty(source.parent, target.parent)
        if str(source) in lost:
            lost.discard(str(source)); dirty(target)
original = os.fsync
def fsync(descriptor):
    original(descriptor)
    lost.discard(os.readlink(f"/proc/self/fd/{descriptor}"))
os.fsync = fsync
sys.addaudithook(hook)
for number in range(2):
    place.write("丁.txt", f"第{number}版的内容写在这里。")
    place.build()
for check in checked: print(*check)
"""


def test_before_each_step_everything_it_relies_on_is_synced_to_the_disk(built: Place) -> None:
    """What is not synced may be lost in a power cut; so at no step may anything that it relies on be unsynced."""
    if sys.platform != "linux":
        pytest.skip("needs /proc")
    run = subprocess.run(
        [sys.executable, "-c", POWER, str(built.folder.resolve())],
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(TESTS.parent), str(TESTS)))},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.splitlines() == ["manifest []", "pointer []", "manifest []", "pointer []", "removal []"]


BUILD = """
from rag.build import build_index
from rag.embed import embedder_identity, load_embedder
from rag.settings import load_settings
settings = load_settings()
print("ready", flush=True)
build_index(settings, embedder_identity(settings), lambda: load_embedder(settings, lambda p: None), lambda p: None)
"""
LIGHTS = "灯塔每月由守塔人检查两次，检查结果记入值班日志。"


def journal_has(settings: Settings) -> bool:
    path = settings.index / NAME
    return path.exists() and path.stat().st_size > 200 * 384 * 4


def writes(settings: Settings) -> bool:
    builds = list((settings.index / "generations").iterdir())
    return len(builds) > 1


@pytest.mark.heavy
@pytest.mark.parametrize("moment", ["embedding", "writing", "random"])
def test_a_build_with_the_real_model_that_is_killed_leaves_a_whole_index(tmp_path: Path, moment: str) -> None:
    if not is_prepared(load_settings()):
        pytest.skip("the default model is not prepared")
    settings = load_settings(documents=str(tmp_path / "documents"), index=str(tmp_path / "index"))
    settings.documents.mkdir()
    (settings.documents / "灯塔.txt").write_text(f"灯塔管理办法\n\n{LIGHTS}\n", encoding="utf-8")
    identity = embedder_identity(settings)
    embedder = load_embedder(settings, ignore)
    first = build_index(settings, identity, lambda: embedder, ignore).generation
    for number in range(60):
        clauses = "".join(f"第{number}号任务的第{part}个步骤由第{number + part}组在月底前完成。" for part in range(5))
        (settings.documents / f"{number}.txt").write_text(clauses, encoding="utf-8")
    process = start_python(
        BUILD, RAG_DOCUMENTS=settings.documents, RAG_INDEX=settings.index, RAG_MODELS=settings.models
    )
    assert process.stdout is not None and process.stdout.readline() == "ready\n"
    until: dict[str, Callable[[Settings], bool]] = {"embedding": journal_has, "writing": writes}
    deadline = time.monotonic() + (random.Random(5).uniform(5, 15) if moment == "random" else 200)
    while time.monotonic() < deadline and process.poll() is None:
        if moment in until and until[moment](settings):
            break
        time.sleep(0.005)
    process.kill()
    process.communicate()
    left = len(Journal(settings.index, identity[1]).read())
    assert left >= 200 or moment != "embedding"

    library = Library.open(settings.index, identity)
    assert (wrong_counts(library), wrong_ranges(library), wrong_vectors(library)) == ([], 0, 0)
    assert library.generation == first or moment == "random"
    assert search(library, embedder, "灯塔多久检查一次？", 1)[0][0].text == LIGHTS

    embedded = []
    original = embedder.embed_passages
    embedder.embed_passages = lambda texts, progress=None: embedded.extend(texts) or original(texts, progress)  # type: ignore[method-assign, func-returns-value]
    report = build_index(settings, identity, lambda: embedder, ignore)
    assert len(report.documents) == 61 and leftovers(settings.index) == []
    # 60 passages, and 300 sentences; what was embedded before the kill is not embedded again.
    assert len(embedded) == 360 - left or moment == "random"
    library = Library.open(settings.index, identity)
    assert (wrong_counts(library), wrong_ranges(library), wrong_vectors(library)) == ([], 0, 0)
    assert foreign_vectors(library, embedder, 20)[0] == 0
    assert search(library, embedder, "灯塔多久检查一次？", 1)[0][0].text == LIGHTS
