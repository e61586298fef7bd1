"""Bytes → `Extracted`: which reader a file gets, judged by its content; the name says what was meant."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import PurePosixPath

from rag.errors import ReadError
from rag.read import decode
from rag.readers.docx import read_docx
from rag.readers.extracted import Extracted
from rag.readers.html import read_html
from rag.readers.image import read_image
from rag.readers.legacy import TARGETS, read_legacy
from rag.readers.mhtml import read_mhtml
from rag.readers.ocr import Recogniser
from rag.readers.ofd import read_ofd
from rag.readers.pdf import read_pdf
from rag.readers.pptx import read_pptx
from rag.readers.sniff import begins_like_a_format, kind_of
from rag.readers.table_csv import read_csv
from rag.readers.xlsx import read_xlsx

_SUFFIXES = {
    **dict.fromkeys((".txt", ".text", ".md", ".markdown"), "text"),
    **dict.fromkeys((".html", ".htm", ".xhtml", ".shtml"), "html"),
    **dict.fromkeys((".mhtml", ".mht"), "mhtml"),
    **dict.fromkeys((".csv", ".tsv"), "csv"),
    ".pdf": "pdf",
    **dict.fromkeys((".docx", ".docm", ".dotx"), "docx"),
    **dict.fromkeys((".xlsx", ".xlsm", ".xltx"), "xlsx"),
    **dict.fromkeys((".pptx", ".pptm", ".ppsx", ".potx"), "pptx"),
    ".ofd": "ofd",
    **dict.fromkeys((".doc", ".dot", ".wps", ".wpt"), "doc"),
    **dict.fromkeys((".xls", ".xlt", ".et", ".ett"), "xls"),
    **dict.fromkeys((".ppt", ".pps", ".dps", ".dpt"), "ppt"),
    ".rtf": "rtf",
    ".odt": "odt",
    ".ods": "ods",
    ".odp": "odp",
    ".zip": "zip",
    **dict.fromkeys((".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".gif", ".webp"), "image"),
}
# Newer versions of WPS write OOXML under their own endings; Word's two XML formats are both saved as .xml or .doc.
_SAME = {(".wps", "docx"), (".et", "xlsx"), (".dps", "pptx")}
_ENDING = re.compile(r"\.(?=.*[a-z])[a-z0-9_~-]{1,10}")
_IDEOGRAPH = re.compile("[\u3400-\u9fff]")
_READERS: dict[str, Callable[[bytes], Extracted]] = {
    "html": read_html,
    "mhtml": read_mhtml,
    "csv": read_csv,
    "docx": read_docx,
    "xlsx": read_xlsx,
    "pptx": read_pptx,
}
_RECOGNISING: dict[str, Callable[[bytes, Recogniser | None], Extracted]] = {
    "pdf": read_pdf,
    "ofd": read_ofd,
    "image": read_image,
}
_CALLED = {
    "text": "纯文本",
    "html": "网页",
    "mhtml": "网页存档",
    "csv": "CSV 表格",
    "pdf": "PDF",
    "docx": "Word 文档（.docx）",
    "xlsx": "Excel 工作簿（.xlsx）",
    "pptx": "演示文稿（.pptx）",
    "ofd": "OFD",
    "image": "图片",
    "doc": "旧版 Word 文档",
    "xls": "旧版 Excel 工作簿",
    "ppt": "旧版演示文稿",
    "rtf": "RTF 文档",
    "odt": "OpenDocument 文档",
    "ods": "OpenDocument 表格",
    "odp": "OpenDocument 演示文稿",
    "wordml": "Word XML 文档",
    "excelml": "Excel XML 表格",
}
_REFUSED = {
    "rar": ("RAR 压缩包不支持，请解压后放入。", "RAR files are not read; unpack it into the folder."),
    "7z": ("7z 压缩包不支持，请解压后放入。", "7z files are not read; unpack it into the folder."),
    "gzip": ("gzip 压缩包不支持，请解压后放入。", "gzip files are not read; unpack it into the folder."),
    "epub": (
        "电子书（EPUB）不支持，请另存为 .docx 或 .pdf。",
        "E-books (EPUB) are not read; save it as .docx or .pdf.",
    ),
    "encrypted": ("文件有密码，请取消密码后另存一份。", "The file has a password; save a copy without one."),
    "ole": (
        "内容是损坏的或不支持的旧版 Office 文件，请在 Office 或 WPS 中打开后另存为 .docx。",
        "It is a damaged old Office file, or of another program; open it with Office or WPS and save it as .docx.",
    ),
    "package": (
        "内容是已损坏的压缩包或 Office 文件，请重新获取。",
        "It is a damaged zip or Office file; get it again.",
    ),
    "zip": (
        "内容是压缩包，请把扩展名改为 .zip，或解压后放入。",
        "It is a zip file; give it the ending .zip, or unpack it into the folder.",
    ),
}
# Many programs keep their files in these: an unknown ending says more than they do.
_CONTAINERS = ("zip", "package", "ole", "gzip")
_INSIDE = (
    "这是压缩包，请指明其中的文件，例如 压缩包.zip/文件.txt。",
    "It is a zip file; name a file in it, such as archive.zip/file.txt.",
)


def check_kind(name: str, head: bytes) -> None:
    """Refuse a file that no reader takes before it is read whole.

    An ending that is known, or none at all, is worth a look; the rest of a title after a full stop is no ending
    (“2.关于……的意见”). Others, say `.mp4`, need first bytes that a reader knows.

    Parameters
    ----------
    head
        The first bytes of the file, some thousands.

    Raises
    ------
    ReadError
        Its kind is not read; the sentence says what to save it as.
    """
    suffix = _suffix(name)
    if suffix in _SUFFIXES or not _ENDING.fullmatch(suffix) or begins_like_a_format(head):
        return
    raise _not_read(suffix)


def extract(name: str, data: bytes, recogniser: Recogniser | None = None) -> Extracted:
    """Read a file's bytes as what they are, with a warning where the name says something else.

    Pictures of text are given to the `recogniser`, and reported where there is none.

    Raises
    ------
    ReadError
        They cannot be read, or no reader takes them.
    """
    check_kind(name, data[:4096])
    suffix = _suffix(name)
    named = _SUFFIXES.get(suffix)
    kind = kind_of(data)
    if kind == "package" and named in ("docx", "xlsx", "pptx", "ofd"):
        kind = named  # its reader says what is wrong
    if kind is None:
        kind = _kind_of_text(data, named)
    if kind is None or (kind in _CONTAINERS and named is None and _ENDING.fullmatch(suffix)):
        raise _not_read(suffix)
    if kind in _REFUSED:
        raise ReadError(*(_INSIDE if kind == "zip" and named == "zip" else _REFUSED[kind]))
    found = _read(suffix, data, kind, recogniser)
    if named == kind or (suffix, kind) in _SAME:
        return found
    called = _CALLED.get(kind, kind)
    warning = (
        f"扩展名是 {suffix}，内容却是{called}，已按内容读取。"
        if named
        else f"没有可识别的扩展名，内容是{called}，已按内容读取。"
    )
    return replace(found, warnings=(warning, *found.warnings))


def is_plain_name(name: str) -> bool:
    """Tell whether a file's name says plain text."""
    return _SUFFIXES.get(_suffix(name)) == "text"


def is_plain(data: bytes) -> bool:
    """Tell whether a file's bytes are none of the formats that content tells."""
    return kind_of(data) is None


def is_zip_name(name: str) -> bool:
    """Tell whether a file's name says that it is a zip file of documents."""
    return _SUFFIXES.get(_suffix(name)) == "zip"


def _suffix(name: str) -> str:
    return PurePosixPath(name).suffix.lower()


def _kind_of_text(data: bytes, named: str | None) -> str | None:
    """The kind of a file whose content shows no format; None where it is no document.

    Text under another format's name, or without an ending, is read where it is Chinese: a note that a download failed
    and a script without an ending are not.
    """
    if named == "text" or named == "csv":
        return named
    if named in ("html", "mhtml"):
        if b"<" not in data:
            return "text"
        return "html" if data.lstrip().startswith(b"<") else named
    if _is_chinese_text(data):
        return "text"
    if named is None or named in _READERS or named in _RECOGNISING:
        return named
    return "package" if named == "zip" else "ole"


def _is_chinese_text(data: bytes) -> bool:
    if b"endobj" in data or b"startxref" in data:  # the source of a damaged PDF
        return False
    try:
        return _IDEOGRAPH.search(decode(data).text) is not None
    except ReadError:
        return False


def _read(suffix: str, data: bytes, kind: str, recogniser: Recogniser | None) -> Extracted:
    if kind in _RECOGNISING:
        return _RECOGNISING[kind](data, recogniser)
    if kind in _READERS:
        return _READERS[kind](data)
    if kind in TARGETS:
        return read_legacy(data, kind, _READERS)
    decoded = decode(data)
    return Extracted(decoded.text, suffix.lstrip(".") if _SUFFIXES.get(suffix) == "text" else "txt", decoded.encoding)


def _not_read(suffix: str) -> ReadError:
    shown = suffix if _ENDING.fullmatch(suffix) else ""
    return ReadError(
        f"不支持的文件类型（{shown or '无扩展名'}），请另存为 .docx、.pdf 或 .txt。",
        f"This kind of file ({shown or 'no ending'}) is not read; save it as .docx, .pdf or .txt.",
    )
