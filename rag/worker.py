"""The process that reads files (python -m rag.worker MEGABYTES OCR_SECONDS), one JSON line a request.

`rag.isolate` starts it. Before the line that answers, it may say with one of its own (`RECOGNISING`) that it begins to
recognise pictures of text, since that has a time of its own.
"""

import hashlib
import json
import os
import sys
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

from rag.errors import PassingFault, ReadError
from rag.extract import check_kind, extract
from rag.read import read_bytes
from rag.readers import image, ofd, pdf
from rag.readers.extracted import Extracted
from rag.readers.ocr import Recogniser
from rag.readers.places import Box
from rag.readers.sniff import kind_of
from rag.readers.zipped import ZipFolder

RECOGNISING = {"recognising": True}


def serve(megabytes: int, ocr_seconds: float) -> None:
    """Answer requests until stdin ends; what libraries print goes nowhere."""
    _bound_memory(megabytes)
    channel = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    def say(answer: dict[str, Any]) -> None:
        channel.write(json.dumps(answer).encode() + b"\n")
        channel.flush()

    archives = _Archives()
    recogniser = Recogniser(ocr_seconds, lambda: say(RECOGNISING))
    say({})
    for line in sys.stdin.buffer:
        recogniser.begin_file()
        try:
            answer = _answer(json.loads(line), archives, recogniser)
        except ReadError as error:
            answer = {"error": [error.chinese, error.english], "may_pass": isinstance(error, PassingFault)}
        say(answer)


class _Archives:
    """The zip file that was opened last: its members are asked for one after the other."""

    def __init__(self) -> None:
        self._key: tuple[object, ...] = ()
        self._folder: ZipFolder | None = None

    def open(self, path: Path, max_bytes: int) -> ZipFolder:
        try:
            found = path.stat()
        except OSError:
            read_bytes(path, max_bytes)  # says why
            raise
        key = (path, found.st_mtime_ns, found.st_size, found.st_ino, max_bytes)
        if self._folder is None or key != self._key:
            self._folder = None
            self._folder = ZipFolder(read_bytes(path, max_bytes), max_bytes)
            self._key = key
        return self._folder


def _answer(request: dict[str, Any], archives: _Archives, recogniser: Recogniser) -> dict[str, Any]:
    """What a request asks for.

    Raises
    ------
    ReadError
        The file cannot be read.
    """
    path, member, max_bytes = Path(request["path"]), request["member"], request["max_bytes"]
    if request["do"] == "list":
        data = read_bytes(path, max_bytes)
        if kind_of(data) not in ("zip", "package"):
            return {"members": None}
        found = archives.open(path, max_bytes).members
        return {"members": [(one.name, one.refusal and (one.refusal.chinese, one.refusal.english)) for one in found]}
    warnings: tuple[str, ...] = ()
    if member:
        folder = archives.open(path, max_bytes)
        data, warnings = folder.read(member), folder.warnings(member)
    else:
        data = read_bytes(path, max_bytes, partial(check_kind, request["name"]))
    answer: dict[str, Any] = {"sha256": hashlib.sha256(data).hexdigest()}
    if request["do"] == "read":
        found_text = extract(request["name"], data, recogniser)
        answer["extracted"] = asdict(replace(found_text, warnings=(*warnings, *found_text.warnings)))
    elif request["do"] == "boxes":
        pages = tuple((start, end) for start, end in request["pages"])
        known = Extracted(request["text"], "", pages=pages, ocr_pages=tuple(request["ocr_pages"]))
        answer["boxes"] = _boxes(data, known, request["start"], request["end"], recogniser)
    return answer


def _boxes(data: bytes, known: Extracted, start: int, end: int, recogniser: Recogniser) -> list[Box]:
    kind = kind_of(data)
    if kind == "ofd":
        return ofd.boxes(data, known, start, end, recogniser)
    if kind == "pdf":
        return pdf.boxes(data, known, start, end, recogniser)
    return image.boxes(data, known, start, end, recogniser) if kind == "image" else []


def _bound_memory(megabytes: int) -> None:
    if sys.platform in ("linux", "linux2"):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (megabytes * 2**20, megabytes * 2**20))


if __name__ == "__main__":
    serve(int(sys.argv[1]), float(sys.argv[2]))
