"""What the last build made of a file, where it would be the same again: such a file is not parsed anew.

That rests on the file's bytes, on the rules of reading (`rag.manifest.READING`), and, where something of the file could
not be read, on the circumstances: the limits of the settings, and the programs and packages that are installed. A fault
that may pass by itself (out of time on a busy machine, a reader that died) is a reason to try again at every update.
"""

import importlib.metadata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rag.readers.legacy import find_soffice
from rag.reports import FileReport
from rag.settings import Settings
from rag.types import Document

_PACKAGES = (
    "pypdfium2",
    "lxml",
    "lxml_html_clean",
    "openpyxl",
    "pillow",
    "olefile",
    "trafilatura",
    "rapidocr",
    "onnxruntime",
)


@dataclass(frozen=True)
class Outcome:
    """What became of a file: its document, None where it was skipped, what is said of it, and the hash of its bytes."""

    document: Document | None
    report: FileReport
    sha256: str


@dataclass(frozen=True)
class Unchanged:
    """What the last build read, by the same rules of reading.

    Attributes
    ----------
    document
        Gives a document by its path.
    receipt
        What was said of each file, with the SHA-256 of its bytes ("" where they could not be had), by path.
    archives
        SHA-256 of the zip files whose documents were listed, by path.
    same_circumstances
        What could not be read then cannot be read now.
    """

    document: Callable[[str], Document]
    receipt: Mapping[str, tuple[FileReport, str]]
    archives: Mapping[str, str]
    same_circumstances: bool

    def outcome(self, name: str, sha256: str) -> Outcome | None:
        """What was made of a file that has these bytes; None where it must be read."""
        if name not in self.receipt:
            return None
        report, known = self.receipt[name]
        if (
            report.may_pass
            or not sha256
            or sha256 != known
            or (depends_on_circumstances(report) and not self.same_circumstances)
        ):
            return None
        if report.status == "skipped":
            return Outcome(None, report, known)
        return Outcome(self.document(name), replace(report, status="unchanged"), known)

    def members(self, archive: str, sha256: str) -> list[Outcome] | None:
        """What was made of each document in a zip file that has these bytes; None where it must be opened."""
        if not sha256 or self.archives.get(archive) != sha256:
            return None
        # Members that were refused unread have no hash of their own.
        inside = [(name, known) for name, (_, known) in self.receipt.items() if name.startswith(f"{archive}/")]
        found = [self.outcome(name, known) if known else self._refused(name) for name, known in inside]
        whole = [outcome for outcome in found if outcome is not None]
        return whole if len(whole) == len(found) else None

    def _refused(self, name: str) -> Outcome | None:
        report = self.receipt[name][0]
        return Outcome(None, report, "") if self.same_circumstances and not report.may_pass else None


def circumstances(settings: Settings) -> dict[str, Any]:
    """What besides bytes and rules decides how much of a file can be read."""
    program = find_soffice()
    found = Path(program).stat() if program else None
    return {
        "max_file_bytes": settings.max_file_bytes,
        "reader_seconds": settings.reader_seconds,
        "reader_megabytes": settings.reader_megabytes,
        "ocr_seconds": settings.ocr_seconds,
        # The time tells one version of the program from the next.
        "libreoffice": f"{program} {found.st_mtime_ns}" if found else None,
        "packages": {name: _version(name) for name in _PACKAGES},
    }


def depends_on_circumstances(report: FileReport) -> bool:
    """Tell whether something of a file could not be read."""
    return report.status == "skipped" or report.pages_without_text > 0


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None
