"""Reading in processes of their own, each file within bounds of time and memory: a hostile file costs itself only.

A worker is this module run as a program (python -m rag.isolate MEGABYTES). It takes one JSON line a file on stdin and
answers with one JSON line: what its reader made of the file, or why it cannot be read.
"""

import hashlib
import json
import os
import subprocess
import sys
import threading
from dataclasses import asdict
from pathlib import Path
from queue import Queue
from types import TracebackType
from typing import Any

from rag.errors import ReadError
from rag.extract import extract
from rag.read import read_bytes
from rag.readers.extracted import Extracted


class Worker:
    """One process that reads files one after the other; started when needed, ended and replaced when it fails.

    Parameters
    ----------
    seconds
        Bound on the time a file may take.
    megabytes
        Bound on the memory of the process (where the system has such bounds).
    """

    def __init__(self, seconds: float, megabytes: int) -> None:
        self._seconds = seconds
        self._megabytes = megabytes
        self._process: subprocess.Popen[bytes] | None = None

    def read(self, path: Path, name: str, max_bytes: int) -> tuple[Extracted, str]:
        """Read one file.

        Returns
        -------
        Extracted, str
            What the reader made of it, and the SHA-256 of its bytes.

        Raises
        ------
        ReadError
            It cannot be read, takes too long or needs too much memory.
        """
        process = self._running()
        assert process.stdin is not None and process.stdout is not None
        expired = threading.Event()

        def expire() -> None:
            expired.set()
            process.kill()

        timer = threading.Timer(self._seconds, expire)
        timer.start()
        try:
            request = {"path": os.fspath(path), "name": name, "max_bytes": max_bytes}
            process.stdin.write(json.dumps(request).encode() + b"\n")
            process.stdin.flush()
            line = process.stdout.readline()
        except BrokenPipeError:
            line = b""
        finally:
            timer.cancel()
        if not line.endswith(b"\n"):
            self.close()
            raise self._failed(expired.is_set())
        return _unpack(json.loads(line))

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()

    def _running(self) -> "subprocess.Popen[bytes]":
        if self._process is None or self._process.poll() is not None:
            home = str(Path(__file__).resolve().parent.parent)
            paths = [home, *filter(None, [os.environ.get("PYTHONPATH")])]
            self._process = subprocess.Popen(
                [sys.executable, "-m", "rag.isolate", str(self._megabytes)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
            )
        return self._process

    def _failed(self, too_slow: bool) -> ReadError:
        if too_slow:
            return ReadError(
                f"读取超过 {self._seconds:g} 秒，已放弃；请检查文件，或调高 RAG_READER_SECONDS。",
                f"Reading took more than {self._seconds:g} s and was given up; check the file, or raise "
                "RAG_READER_SECONDS.",
            )
        return ReadError(
            f"读取时程序异常终止（文件损坏，或内存超过 {self._megabytes} MB）；请检查文件，或调高 RAG_READER_MB。",
            f"The reader died on this file (damaged, or more than {self._megabytes} MB of memory needed); "
            "check the file, or raise RAG_READER_MB.",
        )


class Workers:
    """Several workers behind one `read`, which may be called from as many threads."""

    def __init__(self, count: int, seconds: float, megabytes: int) -> None:
        self._all = [Worker(seconds, megabytes) for _ in range(count)]
        self._free: Queue[Worker] = Queue()
        for worker in self._all:
            self._free.put(worker)

    def read(self, path: Path, name: str, max_bytes: int) -> tuple[Extracted, str]:
        """Read one file with the next free worker; see `Worker.read`."""
        worker = self._free.get()
        try:
            return worker.read(path, name, max_bytes)
        finally:
            self._free.put(worker)

    def __enter__(self) -> "Workers":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for worker in self._all:
            worker.close()


def _unpack(answer: dict[str, Any]) -> tuple[Extracted, str]:
    if "error" in answer:
        raise ReadError(*answer["error"])
    fields = answer["extracted"]
    for name in ("pages", "headings", "boilerplate"):
        fields[name] = tuple(tuple(item) for item in fields[name])
    for name in ("pages_without_text", "warnings"):
        fields[name] = tuple(fields[name])
    return Extracted(**fields), answer["sha256"]


def _serve(megabytes: int) -> None:
    """Answer requests until stdin ends; what libraries print goes nowhere."""
    _bound_memory(megabytes)
    channel = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    for line in sys.stdin.buffer:
        channel.write(json.dumps(_answer(json.loads(line))).encode() + b"\n")
        channel.flush()


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    try:
        data = read_bytes(Path(request["path"]), request["max_bytes"])
        extracted = extract(request["name"], data)
    except ReadError as error:
        return {"error": [error.chinese, error.english]}
    return {"extracted": asdict(extracted), "sha256": hashlib.sha256(data).hexdigest()}


def _bound_memory(megabytes: int) -> None:
    if sys.platform in ("linux", "linux2"):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (megabytes * 2**20, megabytes * 2**20))


if __name__ == "__main__":
    _serve(int(sys.argv[1]))
