"""documents/ → Documents: every file of the folder is read, or its reason for being skipped is kept."""

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from rag.errors import PassingFault, ReadError, SettingsError
from rag.extract import check_kind, extract, is_plain, is_plain_name, is_zip_name
from rag.header import parse_header
from rag.isolate import Workers
from rag.outline import find_sections
from rag.read import is_document_name, read_bytes
from rag.readers.extracted import Extracted
from rag.reports import FileReport, Progress
from rag.settings import Settings
from rag.sources import Source, content_hash, expand, find_source, open_workers
from rag.types import Document
from rag.unchanged import Outcome, Unchanged

Receipt = list[tuple[FileReport, str]]
"""One report a file, with the SHA-256 of its bytes, "" where they could not be had."""


class Reading(NamedTuple):
    """The readable documents of a folder, and one report a file, or one for each document in it where it is a zip file.

    The passages are not counted yet. `archives` holds the SHA-256 of each zip file whose documents were listed.
    """

    documents: list[Document]
    receipt: Receipt
    archives: dict[str, str]


def list_files(folder: Path, index: Path | None = None) -> list[str]:
    """POSIX paths under the documents folder of all files that may be documents, sorted.

    Linked folders are followed, each once; the `index` folder is left out where it lies inside.

    Raises
    ------
    SettingsError
        The folder is missing or no folder, or a folder in it cannot be read: its documents are not gone.
    """
    if not folder.is_dir():
        raise SettingsError(
            f"文档文件夹 {folder} 不存在，请新建它并放入文档，或用 --documents 指定。",
            f"There is no documents folder {folder}; make it, or name another with --documents.",
        )
    names = []
    seen = {folder.resolve()} | ({index.resolve()} if index else set())
    for root, folders, files in os.walk(folder, onerror=_unreadable, followlinks=True):
        visible = sorted(name for name in folders if not name.startswith("."))
        real = {name: (Path(root) / name).resolve() for name in visible}
        folders[:] = [name for name in visible if real[name] not in seen]
        seen.update(real.values())
        for file in files:
            name = PurePosixPath((Path(root) / file).relative_to(folder).as_posix())
            if is_document_name(name):
                names.append(str(name))
    return sorted(names)


def read_document(settings: Settings, name: str) -> tuple[Document, str]:
    """Read one document: a file of the documents folder, or a member of a zip file in it.

    Returns
    -------
    Document, str
        The document and the SHA-256 of the file's bytes.

    Raises
    ------
    ReadError
        It is no document that can be read.
    """
    source = find_source(settings, name) or Source(name, name)
    with open_workers(settings) as workers:
        document, _, sha256 = _read(settings, source, workers)
    return document, sha256


def read_all(
    settings: Settings,
    names: Sequence[str],
    before: Mapping[str, tuple[FileReport, str]],
    progress: Callable[[Progress], None],
    unchanged: Unchanged | None = None,
) -> Reading:
    """Read all files, several at a time.

    Parameters
    ----------
    settings, names
        The folder, and its files as `list_files` gives them.
    before
        The receipt of the last build, by path, to tell what is new.
    progress
        Told of every file.
    unchanged
        What was read then, where the rules of reading are those of now: a file whose bytes have the hash of that time
        is not parsed again. The bytes are always hashed: a time stamp proves nothing.
    """

    def read(source: Source) -> Outcome:
        if source.known is not None:
            return source.known
        sha256 = _hash(settings, source, workers)
        known = unchanged.outcome(source.name, sha256) if unchanged is not None else None
        if known is not None:
            return known
        try:
            document, extracted, sha256 = _read(settings, source, workers)
        except ReadError as error:
            may_pass = isinstance(error, PassingFault)
            report = FileReport(printable(source.name), "skipped", str(error), may_pass=may_pass)
            return Outcome(None, report, sha256)
        return Outcome(document, _report(document, extracted, _status(before.get(source.name), sha256)), sha256)

    outcomes: list[Outcome] = []
    progress(Progress("读取文档", 0, len(names)))
    with open_workers(settings) as workers, _threads(settings.readers) as threads:
        folders = list(threads.map(lambda name: _look_into(settings, name, workers, unchanged), names))
        sources = [source for found, _ in folders for source in found]
        tasks = [threads.submit(read, source) for source in sources]
        for number, task in enumerate(tasks):
            progress(Progress("读取文档", number, len(sources)))
            outcomes.append(task.result())
    progress(Progress("读取文档", len(sources), len(sources)))
    return Reading(
        [outcome.document for outcome in outcomes if outcome.document is not None],
        [(outcome.report, outcome.sha256) for outcome in outcomes],
        {name: sha256 for name, (_, sha256) in zip(names, folders, strict=True) if sha256},
    )


def _look_into(
    settings: Settings, name: str, workers: Workers, unchanged: Unchanged | None
) -> tuple[list[Source], str]:
    """The documents in a file, and its SHA-256 where it is a zip file; one that did not change stays shut."""
    if not is_zip_name(name):
        return [Source(name, name)], ""
    sha256 = _hash(settings, Source(name, name), workers)
    if unchanged is not None:
        members = unchanged.members(name, sha256)
        if members is not None:
            return [Source(known.report.document, name, known=known) for known in members], sha256
        itself = unchanged.outcome(name, sha256)
        if itself is not None:
            return [Source(name, name, known=itself)], ""
    found = expand(settings, name, workers)
    return found, sha256 if found[0].member else ""


def _hash(settings: Settings, source: Source, workers: Workers) -> str:
    """SHA-256 of the bytes of a document, "" where they cannot be had."""
    if source.member and source.refusal is not None:
        return ""
    try:
        return content_hash(settings, source, workers)
    except ReadError:
        return ""


@contextmanager
def _threads(count: int) -> Iterator[ThreadPoolExecutor]:
    """Threads whose waiting tasks are dropped when an error or Ctrl-C ends the work."""
    threads = ThreadPoolExecutor(count)
    try:
        yield threads
    finally:
        threads.shutdown(wait=False, cancel_futures=True)


def _read(settings: Settings, source: Source, workers: Workers) -> tuple[Document, Extracted, str]:
    """A document, what its reader said, and the SHA-256 of the file's bytes.

    Raises
    ------
    ReadError
        It is no document that can be read.
    """
    name = source.name
    if name != printable(name):
        raise ReadError("文件名不是有效的 UTF-8，请重命名。", "The file's name is no valid UTF-8; rename it.")
    if source.refusal is not None:
        raise source.refusal
    extracted, sha256 = _extract(settings, source, workers)
    text = extracted.text
    if not text.strip():
        raise ReadError("文件里没有文字，请补充内容或删除。", "The file holds no text; fill or delete it.")
    header, body_start = parse_header(text, _running_header_end(extracted))
    sections = find_sections(text, body_start, header.title, extracted.headings, extracted.boilerplate)
    document = Document(name, text, header, sections, extracted.pages, extracted.encoding, extracted.ocr_pages)
    return document, extracted, sha256


def _extract(settings: Settings, source: Source, workers: Workers) -> tuple[Extracted, str]:
    """Plain text is read here: a process of its own would cost more than the reading. So does refusing unread."""
    path, name = settings.documents / source.file, source.name
    if not source.member:
        data = read_bytes(path, settings.max_file_bytes, partial(check_kind, name))
        if is_plain_name(name) and is_plain(data):
            return extract(name, data), hashlib.sha256(data).hexdigest()
    return workers.read(path, name, settings.max_file_bytes, source.member)


def _report(document: Document, extracted: Extracted, status: str) -> FileReport:
    return FileReport(
        document.path,
        status,
        characters=len(document.text),
        pages=len(document.pages) or None,
        encoding=document.encoding,
        header=document.header,
        format=extracted.format,
        pages_without_text=len(extracted.pages_without_text),
        ocr_pages=len(extracted.ocr_pages),
        warnings=extracted.warnings,
    )


def printable(name: str) -> str:
    r"""A file name that can be shown and stored: bytes that are no UTF-8 become escapes such as `\udcff`."""
    return name.encode("utf-8", "backslashreplace").decode("utf-8")


def _running_header_end(extracted: Extracted) -> int:
    """End of the boilerplate that the text begins with, 0 without."""
    end = 0
    for first, last in sorted(extracted.boilerplate):
        if extracted.text[end:first].strip():
            break
        end = max(end, last)
    return end


def _unreadable(error: OSError) -> None:
    if isinstance(error, FileNotFoundError):
        return  # removed while the folder is listed
    raise SettingsError(
        f"文件夹 {error.filename} 无法读取（{error.strerror}），请检查权限。",
        f"The folder {error.filename} cannot be read ({error.strerror}); check its permissions.",
    ) from error


def _status(old: tuple[FileReport, str] | None, sha256: str) -> str:
    if old is None or old[0].status == "skipped":
        return "added"
    return "unchanged" if old[1] == sha256 else "changed"
