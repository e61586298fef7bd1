"""Files of the documents folder → what each document is read from: the file itself, or a member of a zip file."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from rag.errors import ReadError
from rag.extract import is_zip_name
from rag.isolate import Workers
from rag.read import read_bytes
from rag.settings import Settings
from rag.unchanged import Outcome


@dataclass(frozen=True)
class Source:
    """Where the bytes of one document are.

    Attributes
    ----------
    name
        Of the document: the POSIX path of the file under the documents folder, for a member of a zip file followed by
        its path in there (`a.zip/inner.txt`).
    file
        The file on disk, as such a path.
    member
        The path in the zip file, "" for the file itself.
    refusal
        Why it is not read, where that is known without reading it.
    known
        What became of it in the last build, where that is known to hold without looking at it.
    """

    name: str
    file: str
    member: str = ""
    refusal: ReadError | None = None
    known: Outcome | None = None


def open_workers(settings: Settings) -> Workers:
    """Make the workers that the settings ask for; they start when they are needed."""
    return Workers(settings.readers, settings.reader_seconds, settings.reader_megabytes, settings.ocr_seconds)


def expand(settings: Settings, file: str, workers: Workers) -> list[Source]:
    """The documents in a file: itself, or the members of a zip file.

    A zip file that cannot be opened stands for itself, with the reason.
    """
    if not is_zip_name(file):
        return [Source(file, file)]
    try:
        members = workers.members(settings.documents / file, settings.max_file_bytes)
    except ReadError as error:
        return [Source(file, file, refusal=error)]
    if members is None:
        return [Source(file, file)]
    return [Source(f"{file}/{member.name}", file, member.name, member.refusal) for member in members]


def find_source(settings: Settings, name: str) -> Source | None:
    """Find the file that a document of this name would be read from; None where there is none."""
    path = PurePosixPath(name)
    for outer in (path, *path.parents):
        if _is_file(settings.documents / outer):
            if outer == path:
                return Source(name, name)
            return Source(name, str(outer), str(path.relative_to(outer))) if is_zip_name(str(outer)) else None
    return None


def current_hashes(settings: Settings, files: Sequence[str]) -> dict[str, str]:
    """SHA-256 of every document of the folder as it is now, "" where it cannot be read.

    Parameters
    ----------
    files
        As `rag.documents.list_files` gives them.
    """
    hashes = {}
    with open_workers(settings) as workers:
        for source in (source for file in files for source in expand(settings, file, workers)):
            try:
                hashes[source.name] = content_hash(settings, source, workers)
            except ReadError:
                hashes[source.name] = ""
    return hashes


def content_hash(settings: Settings, source: Source, workers: Workers) -> str:
    """SHA-256 of the bytes of one document, which are not parsed.

    Raises
    ------
    ReadError
        They cannot be read.
    """
    path = settings.documents / source.file
    if source.member:
        return workers.hash(path, settings.max_file_bytes, source.member)
    return hashlib.sha256(read_bytes(path, settings.max_file_bytes)).hexdigest()


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # the name is too long for the file system
        return False
