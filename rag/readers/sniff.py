"""Which format bytes are of, whatever the file's name says."""

import io
import re
import struct
import zipfile
import zlib

# First bytes; the longer ones first where one begins another.
_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"GIF87a", "image"),
    (b"GIF89a", "image"),
    (b"II*\0", "image"),
    (b"MM\0*", "image"),
    (b"{\\rtf", "rtf"),
    (b"Rar!\x1a\x07", "rar"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"\x1f\x8b\x08", "gzip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
)
_OFFICE = {"word": "docx", "xl": "xlsx", "ppt": "pptx"}
_OPEN_DOCUMENT = {"text": "odt", "spreadsheet": "ods", "presentation": "odp"}
# Root entries of a compound file ([MS-CFB]), in the order in which they decide.
_STREAMS = (
    ("EncryptedPackage", "encrypted"),
    ("WordDocument", "doc"),
    ("Workbook", "xls"),
    ("Book", "xls"),
    ("PowerPoint Document", "ppt"),
    ("CONTENTS", "doc"),  # Microsoft Works, the other .wps
)
_DAMAGE = (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, zlib.error, struct.error)
_HEAD = 4096
_PAGE = re.compile(r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body|meta)\b", re.I | re.S)
_WORD_XML = re.compile(rb"<\?mso-application\s+progid=\"(Word|Excel)\.")
_ARCHIVE = re.compile(rb"^content-type:\s*(?:multipart/related|text/html)|^from:\s*<?saved by ", re.I | re.M)
_HEADER = re.compile(rb"\s*[A-Za-z-]{2,40}:[^\n]*\n")


def kind_of(data: bytes) -> str | None:
    """Judge the format of a file by its content.

    Parameters
    ----------
    data
        The file, whole: a zip file says at its end what it holds.

    Returns
    -------
    str or None
        A format with a reader ("pdf", "docx", "xlsx", "pptx", "ofd", "html", "mhtml", "image"), one that is converted
        first ("doc", "xls", "ppt", "rtf", "odt", "ods", "odp", "wordml", "excelml"), "zip" for a container of anything
        else, "package" for a damaged zip file of whatever format, "encrypted" for a protected Office file, "ole",
        "rar", "7z", "gzip", "epub" for what is not read; None for plain text and everything unknown.
    """
    head = data[:_HEAD]
    if head[:1024].lstrip().startswith(b"%PDF-"):
        return "pdf"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip_kind(data)
    found = next((kind for magic, kind in _MAGIC if head.startswith(magic)), None)
    if found == "ole":
        return _compound_kind(data)
    if found is not None:
        return found
    if head.startswith(b"BM") and len(data) >= 26 and int.from_bytes(data[2:6], "little") in (len(data), 0):
        return "image"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "image"
    return _markup_kind(head)


def begins_like_a_format(head: bytes) -> bool:
    """Tell from a file's first bytes whether `kind_of` may know it."""
    return head.startswith(b"PK") or kind_of(head) is not None


def _zip_kind(data: bytes) -> str:
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        names = {name.lower(): name for name in archive.namelist()}
        if "[content_types].xml" in names:
            folders = (_OFFICE.get(name.split("/", 1)[0]) for name in names)
            office = next((kind for kind in folders if kind), None)
            if office:
                return office
        if "ofd.xml" in names:
            return "ofd"
        if "mimetype" in names:
            with archive.open(names["mimetype"]) as member:
                mimetype = member.read(200).decode("ascii", "replace").strip()
            if mimetype == "application/epub+zip":
                return "epub"
            kind = _OPEN_DOCUMENT.get(mimetype.removeprefix("application/vnd.oasis.opendocument."))
            if kind:
                return kind
    except (*_DAMAGE, ValueError, NotImplementedError, RuntimeError, OSError):
        return "package"
    return "zip"


def _compound_kind(data: bytes) -> str:
    import olefile

    from rag.errors import ReadError
    from rag.readers.archive import only_read_errors

    try:
        with only_read_errors("Office 文件", "Office file"), olefile.OleFileIO(io.BytesIO(data)) as compound:
            names = {entry[0].lower() for entry in compound.listdir()}
    except ReadError:
        return "ole"
    return next((kind for stream, kind in _STREAMS if stream.lower() in names), "ole")


def _markup_kind(head: bytes) -> str | None:
    for encoding in ("utf-16-le", "utf-16-be"):
        if head.startswith("\ufeff<".encode(encoding)):
            return "html" if _PAGE.match(head.decode(encoding, "replace").lstrip("\ufeff")) else None
    head = head.removeprefix(b"\xef\xbb\xbf")
    if _WORD_XML.search(head[:1024]):
        return "wordml" if b"Word." in head[:1024] else "excelml"
    if _PAGE.match(head.decode("latin-1")):
        return "html"
    if _HEADER.match(head) and b"mime-version:" in head.lower() and _ARCHIVE.search(head):
        return "mhtml"
    return None
