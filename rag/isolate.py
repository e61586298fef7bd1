"""Reading in processes of their own, each file within bounds of time and memory: a hostile file costs itself only.

The processes run `rag.worker`, which takes one JSON line a request and answers with one JSON line, and says before
that when it begins to recognise pictures of text: that has a time of its own.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from queue import Queue
from types import TracebackType
from typing import Any, TypeVar

from rag.errors import PassingFault, ReadError
from rag.readers.extracted import Extracted
from rag.readers.ocr import DEFAULT_SECONDS
from rag.readers.places import Box
from rag.readers.zipped import Member

_START_SECONDS = 120.0
_Result = TypeVar("_Result")


class Worker:
    """One process that reads files one after the other; started when needed, ended and replaced when it fails.

    The process leads a group of its own, which is killed as a whole, programs that it started included, and what they
    leave behind lies in a folder that is removed with it.

    Parameters
    ----------
    seconds
        Bound on the time a file may take, from when the process begins with it.
    megabytes
        Bound on the memory of the process, and of each that it starts (where the system has such bounds).
    ocr_seconds
        What the recognition of pictures in a file may take besides; 0 turns it off.
    """

    def __init__(self, seconds: float, megabytes: int, ocr_seconds: float = DEFAULT_SECONDS) -> None:
        self._seconds = seconds
        self._megabytes = megabytes
        self._ocr_seconds = ocr_seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def read(self, path: Path, name: str, max_bytes: int, member: str = "") -> tuple[Extracted, str]:
        """Read one file, or one member of a zip file.

        Parameters
        ----------
        path
            The file on disk.
        name
            What the document is called, for the ending.
        member
            Its path in the zip file, "" where the file itself is meant.

        Returns
        -------
        Extracted, str
            What the reader made of it, and the SHA-256 of its bytes.

        Raises
        ------
        ReadError
            It cannot be read, takes too long or needs too much memory.
        """
        request = {"path": os.fspath(path), "name": name, "member": member, "max_bytes": max_bytes}
        answer = self._ask({"do": "read", **request})
        return _unpack(answer["extracted"]), answer["sha256"]

    def boxes(
        self, path: Path, name: str, max_bytes: int, member: str, text: Extracted, start: int, end: int
    ) -> list[Box]:
        """Find where the characters `[start, end)` of `text` stand on the pages of a file.

        Returns
        -------
        list of Box
            Empty where the format has no pages of its own.

        Raises
        ------
        ReadError
            As `read`; also where the file is not that of the text.
        """
        request = {"path": os.fspath(path), "name": name, "member": member, "max_bytes": max_bytes}
        given = {"text": text.text, "pages": text.pages, "ocr_pages": text.ocr_pages, "start": start, "end": end}
        return [Box(*box) for box in self._ask({"do": "boxes", **request, **given})["boxes"]]

    def hash(self, path: Path, max_bytes: int, member: str) -> str:
        """SHA-256 of the bytes of a member of a zip file.

        Raises
        ------
        ReadError
            It cannot be read.
        """
        request = {"path": os.fspath(path), "member": member, "max_bytes": max_bytes}
        return str(self._ask({"do": "hash", **request})["sha256"])

    def members(self, path: Path, max_bytes: int) -> tuple[Member, ...] | None:
        """List the documents of a zip file; None where the file is something else, whatever its name says.

        Raises
        ------
        ReadError
            The file cannot be opened, or not within the bounds.
        """
        answer = self._ask({"do": "list", "path": os.fspath(path), "member": "", "max_bytes": max_bytes})
        if answer["members"] is None:
            return None
        return tuple(Member(name, ReadError(*refusal) if refusal else None) for name, refusal in answer["members"])

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        folder, self._folder = self._folder, None
        if process is not None:
            _kill(process)
            process.wait()
            for stream in (process.stdin, process.stdout):
                with suppress(OSError):
                    stream.close()  # type: ignore[union-attr]  # both are pipes
        if folder is not None:
            folder.cleanup()

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        process = self._running()
        answer = self._exchange(process, json.dumps(request).encode() + b"\n", self._seconds)
        if "recognising" in answer:
            answer = self._exchange(process, b"", self._seconds + self._ocr_seconds)
        if "error" in answer:
            raise (PassingFault if answer["may_pass"] else ReadError)(*answer["error"])
        return answer

    def _exchange(self, process: "subprocess.Popen[bytes]", request: bytes, seconds: float) -> dict[str, Any]:
        """Write a request and read the line that answers it."""
        assert process.stdin is not None and process.stdout is not None
        expired = threading.Event()

        def expire() -> None:
            expired.set()
            _kill(process)

        timer = threading.Timer(seconds, expire)
        timer.start()
        try:
            process.stdin.write(request)
            process.stdin.flush()
            line = process.stdout.readline()
        except (BrokenPipeError, ValueError):  # ended, or closed by another thread
            line = b""
        finally:
            timer.cancel()
        whole = line.endswith(b"\n")
        if expired.is_set() or not whole:
            self.close()
        if not whole:
            raise self._failed(expired.is_set())
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _running(self) -> "subprocess.Popen[bytes]":
        if self._process is None or self._process.poll() is not None:
            self.close()
            home = str(Path(__file__).resolve().parent.parent)
            paths = [home, *filter(None, [os.environ.get("PYTHONPATH")])]
            self._folder = tempfile.TemporaryDirectory(prefix="policy-rag-", ignore_cleanup_errors=True)
            temporary = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), self._folder.name)
            self._process = process = subprocess.Popen(
                [sys.executable, "-m", "rag.worker", str(self._megabytes), str(self._ocr_seconds)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**os.environ, **temporary, "PYTHONPATH": os.pathsep.join(paths)},
                start_new_session=True,
            )
            # Starting takes a second or more on a busy machine: not the file's time.
            self._exchange(process, b"", _START_SECONDS)
        return self._process

    def _failed(self, too_slow: bool) -> PassingFault:
        if too_slow:
            return PassingFault(
                f"读取超过 {self._seconds:g} 秒，已放弃；请检查文件，或调高 RAG_READER_SECONDS。",
                f"Reading took more than {self._seconds:g} s and was given up; check the file, or raise "
                "RAG_READER_SECONDS.",
            )
        return PassingFault(
            f"读取时程序异常终止（文件损坏，或内存超过 {self._megabytes} MB）；请检查文件，或调高 RAG_READER_MB。",
            f"The reader died on this file (damaged, or more than {self._megabytes} MB of memory needed); "
            "check the file, or raise RAG_READER_MB.",
        )


class Workers:
    """Several workers behind one of each of their methods, which may be called from as many threads."""

    def __init__(self, count: int, seconds: float, megabytes: int, ocr_seconds: float = DEFAULT_SECONDS) -> None:
        self._all = [Worker(seconds, megabytes, ocr_seconds) for _ in range(count)]
        self._free: Queue[Worker] = Queue()
        for worker in self._all:
            self._free.put(worker)

    def read(self, path: Path, name: str, max_bytes: int, member: str = "") -> tuple[Extracted, str]:
        """Read one file with the next free worker; see `Worker.read`."""
        return self._with_free(lambda worker: worker.read(path, name, max_bytes, member))

    def boxes(
        self, path: Path, name: str, max_bytes: int, member: str, text: Extracted, start: int, end: int
    ) -> list[Box]:
        """Find places on pages with the next free worker; see `Worker.boxes`."""
        return self._with_free(lambda worker: worker.boxes(path, name, max_bytes, member, text, start, end))

    def hash(self, path: Path, max_bytes: int, member: str) -> str:
        """Hash a member with the next free worker; see `Worker.hash`."""
        return self._with_free(lambda worker: worker.hash(path, max_bytes, member))

    def members(self, path: Path, max_bytes: int) -> tuple[Member, ...] | None:
        """List a zip file with the next free worker; see `Worker.members`."""
        return self._with_free(lambda worker: worker.members(path, max_bytes))

    def _with_free(self, do: Callable[[Worker], _Result]) -> _Result:
        worker = self._free.get()
        try:
            return do(worker)
        finally:
            self._free.put(worker)

    def __enter__(self) -> "Workers":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for worker in self._all:
            worker.close()


def _kill(process: "subprocess.Popen[bytes]") -> None:
    if sys.platform == "win32":
        process.kill()
    else:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)


def _unpack(fields: dict[str, Any]) -> Extracted:
    for name in ("pages", "headings", "boilerplate"):
        fields[name] = tuple(tuple(item) for item in fields[name])
    for name in ("pages_without_text", "ocr_pages", "warnings"):
        fields[name] = tuple(fields[name])
    return Extracted(**fields)
