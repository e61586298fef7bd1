"""Mutated files of every format: nothing but our own errors comes out, within the bounds of time and memory.

RAG_FUZZ_SECONDS (60) is the time for all formats together, RAG_FUZZ_SEED (1) the first seed, `random` for a new one.
"""

import itertools
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from fuzzing import mutant, pictures, samples
from office import check_ranges, check_sentences
from support import TESTS

from rag.errors import ReadError
from rag.header import parse_header
from rag.isolate import Workers
from rag.outline import find_sections
from rag.readers.extracted import Extracted
from rag.readers.image import decode_picture
from rag.split import split_document, split_sentences
from rag.types import Document

pytestmark = [pytest.mark.heavy, pytest.mark.filterwarnings("ignore:Duplicate name")]

SECONDS = float(os.environ.get("RAG_FUZZ_SECONDS", "60"))
SEED = os.environ.get("RAG_FUZZ_SEED", "1")
FILES = samples()
PICTURES = pictures()
# Far below the defaults: what a file of a few kilobytes needs of these is a bomb.
READER_SECONDS, READER_MEGABYTES = 20, 1024
OURS = ("读取超过", "读取时程序异常终止")


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    with Workers(2, READER_SECONDS, READER_MEGABYTES) as both:
        yield both


@pytest.mark.parametrize("name", FILES)
def test_mutated_files_are_read_or_refused(name: str, workers: Workers, tmp_path: Path) -> None:
    first = random.SystemRandom().randrange(10**9) if SEED == "random" else int(SEED)
    print(f"{name}: RAG_FUZZ_SEED={first}")
    until = time.monotonic() + SECONDS / len(FILES)
    read: list[bool] = []

    def work(lane: int) -> int:
        seed = first + lane * 10**9
        while time.monotonic() < until:
            data = mutant(FILES[name], random.Random(seed))
            path = tmp_path / f"{seed}{Path(name).suffix}"
            path.write_bytes(data)
            read.append(fuzz_one(workers, path))
            path.unlink()
            seed += 1
        return seed - first - lane * 10**9

    with ThreadPoolExecutor(2) as lanes:
        counts = list(lanes.map(work, range(2)))
    print(f"{name}: {sum(counts)} mutants, {sum(read)} read")
    assert read


def fuzz_one(workers: Workers, path: Path) -> bool:
    """Read a file as an index build does, without embedding; tell whether it could be read."""
    try:
        members = workers.members(path, 2**24) if path.suffix == ".zip" else None
    except ReadError as error:
        return check_refusal(error, path)
    if members is None:
        return check_read(workers, path, "")
    assert len({member.name for member in members}) == len(members)
    read = [check_read(workers, path, member.name) for member in members if member.refusal is None]
    return any(read)


def check_read(workers: Workers, path: Path, member: str) -> bool:
    try:
        found, sha256 = workers.read(path, member or path.name, 2**24, member)
    except ReadError as error:
        return check_refusal(error, path)
    assert len(sha256) == 64
    check_ranges(found)
    check_document(found)
    return True


def check_refusal(error: ReadError, path: Path) -> bool:
    check_sentences(error)
    if error.chinese.startswith(OURS):
        pytest.fail(f"{path}: {error.english}\n{traceback_of(path)}")
    return False


def traceback_of(path: Path) -> str:
    """What a reader says that ended: the file is kept, and read once more in a process of its own."""
    code = f"from pathlib import Path; from rag.extract import extract; extract({path.name!r}, Path({str(path)!r}).read_bytes())"
    environment = {**os.environ, "PYTHONPATH": str(TESTS.parent)}
    try:
        run = subprocess.run(
            [sys.executable, "-X", "faulthandler", "-c", code],
            env=environment,
            capture_output=True,
            text=True,
            timeout=90,
        )
    except subprocess.TimeoutExpired:
        return "it takes more than 90 s"
    return f"exit status {run.returncode}\n{run.stderr[-3000:]}"


def check_document(found: Extracted) -> None:
    """The steps after reading, which run unprotected: they must take any text, and keep to exact ranges of it."""
    text = found.text
    started = time.monotonic()
    header, start = parse_header(text)
    sections = find_sections(text, start, header.title, found.headings, found.boilerplate)
    document = Document("甲", text, header, sections, found.pages, found.encoding)
    assert (sections[0].start, sections[-1].end) == (0, len(text)) if text else not sections
    assert all(one.end == next_one.start for one, next_one in itertools.pairwise(sections))
    for chunk in split_document(document, 300):
        assert text[chunk.start : chunk.end] == chunk.text
        for sentence in split_sentences(document, chunk, 0):
            assert text[sentence.start : sentence.end] == sentence.text
    assert time.monotonic() - started < READER_SECONDS


@pytest.mark.parametrize("name", PICTURES)
def test_mutated_pictures_are_unpacked_or_refused(name: str) -> None:
    """Unpacking alone: recognition takes seconds a picture, and gets nothing but pixels."""
    first = random.SystemRandom().randrange(10**9) if SEED == "random" else int(SEED)
    print(f"{name}: RAG_FUZZ_SEED={first}")
    until = time.monotonic() + SECONDS / len(FILES) / len(PICTURES) * 2
    outcomes: set[str] = set()
    for seed in itertools.count(first):
        try:
            picture = decode_picture(mutant(PICTURES[name], random.Random(seed)))
            assert picture.ndim == 3 and picture.size > 0
            outcomes.add("read")
        except ReadError as error:
            assert error.chinese and error.english
            outcomes.add("refused")
        if time.monotonic() > until:
            break
    assert outcomes == {"read", "refused"}
