"""Bytes → `Extracted`: which reader a file gets, judged by its content as well as its name."""

import io
import zipfile
from collections.abc import Callable
from pathlib import PurePosixPath

from rag.errors import ReadError
from rag.read import decode
from rag.readers.docx import read_docx
from rag.readers.extracted import Extracted
from rag.readers.html import read_html
from rag.readers.mhtml import read_mhtml
from rag.readers.ofd import read_ofd
from rag.readers.pdf import read_pdf
from rag.readers.pptx import read_pptx
from rag.readers.table_csv import read_csv
from rag.readers.xlsx import read_xlsx

_SUFFIXES = {
    ".txt": "text",
    ".md": "text",
    ".html": "html",
    ".htm": "html",
    ".mhtml": "mhtml",
    ".mht": "mhtml",
    ".csv": "csv",
    ".pdf": "pdf",
    ".docx": "docx",
    ".xlsx": "xlsx",
    ".pptx": "pptx",
    ".ofd": "ofd",
}
_ADVICE = {
    ".doc": "旧版 Word 文件，请另存为 .docx。 An old Word file; save it as .docx.",
    ".wps": "WPS 文字文件，请另存为 .docx。 A WPS file; save it as .docx.",
    ".xls": "旧版 Excel 文件，请另存为 .xlsx。 An old Excel file; save it as .xlsx.",
    ".ppt": "旧版 PowerPoint 文件，请另存为 .pptx。 An old PowerPoint file; save it as .pptx.",
}
_MEMBERS = {
    "word/document.xml": "docx",
    "xl/workbook.xml": "xlsx",
    "ppt/presentation.xml": "pptx",
    "OFD.xml": "ofd",
}
_READERS: dict[str, Callable[[bytes], Extracted]] = {
    "html": read_html,
    "mhtml": read_mhtml,
    "csv": read_csv,
    "pdf": read_pdf,
    "docx": read_docx,
    "xlsx": read_xlsx,
    "pptx": read_pptx,
    "ofd": read_ofd,
}


def check_kind(name: str) -> None:
    """Refuse a file that no reader takes, by its name, before it is read.

    Raises
    ------
    ReadError
        Its kind is not read; the sentence says what to save it as.
    """
    suffix = PurePosixPath(name).suffix.lower()
    if suffix in _SUFFIXES:
        return
    if suffix in _ADVICE:
        chinese, english = _ADVICE[suffix].split("。 ", 1)
        raise ReadError(chinese + "。", english)
    raise ReadError(
        f"不支持的文件类型（{suffix or '无扩展名'}），请另存为 .docx、.pdf 或 .txt。",
        f"This kind of file ({suffix or 'no ending'}) is not read; save it as .docx, .pdf or .txt.",
    )


def extract(name: str, data: bytes) -> Extracted:
    """Read a file's bytes.

    Raises
    ------
    ReadError
        They cannot be read, or no reader takes them.
    """
    check_kind(name)
    kind = _kind_by_content(data) or _SUFFIXES[PurePosixPath(name).suffix.lower()]
    if kind in _READERS:
        return _READERS[kind](data)
    decoded = decode(data)
    return Extracted(decoded.text, PurePosixPath(name).suffix.lower().lstrip("."), decoded.encoding)


def is_plain_name(name: str) -> bool:
    """Tell whether a file's name says plain text."""
    return _SUFFIXES.get(PurePosixPath(name).suffix.lower()) == "text"


def is_plain(data: bytes) -> bool:
    """Tell whether a file's bytes are none of the formats that their first bytes tell."""
    return _kind_by_content(data) is None


def _kind_by_content(data: bytes) -> str | None:
    """The kind of a file whose first bytes tell it, whatever its name says."""
    if data[:1024].lstrip().startswith(b"%PDF-"):
        return "pdf"
    if data.startswith(b"PK\x03\x04"):
        try:
            names = set(zipfile.ZipFile(io.BytesIO(data)).namelist())
        except (zipfile.BadZipFile, ValueError, NotImplementedError, RuntimeError, OSError):
            return None
        return next((kind for member, kind in _MEMBERS.items() if member in names), None)
    return None
