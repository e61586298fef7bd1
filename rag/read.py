"""File → text. The only place that turns bytes into characters.

Contract: the text is the decoded file with CRLF and CR turned into LF and a BOM removed, nothing else changed.
"""

import codecs
import stat
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from rag.errors import ReadError

READER_VERSION = 2

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_PLAUSIBLE = 0.8
_SAMPLE = 20_000


@dataclass(frozen=True)
class Decoded:
    """The text of a file and the encoding it was found in."""

    text: str
    encoding: str


def is_document_name(path: PurePosixPath) -> bool:
    """Tell whether a path may be a document: hidden files, `~$*` and `README*` are not."""
    hidden = any(part.startswith(".") for part in path.parts)
    return not (hidden or path.name.startswith("~$") or path.name.upper().startswith("README"))


def read_bytes(path: Path, max_bytes: int) -> bytes:
    """Read a file whole.

    Raises
    ------
    ReadError
        The file is too large, empty, unreadable or gone.
    """
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise ReadError(
                "不是普通文件（设备或管道），请删除。", "It is no plain file (a device or pipe); remove it."
            )
        size = found.st_size
        if size > max_bytes:
            raise ReadError(
                f"文件有 {size / 2**20:.0f} MB，超过上限 {max_bytes / 2**20:.0f} MB，"
                "请拆分文件或调高 RAG_MAX_FILE_MB。",
                f"The file has {size / 2**20:.0f} MB, more than {max_bytes / 2**20:.0f} MB; "
                "split it or raise RAG_MAX_FILE_MB.",
            )
        data = path.read_bytes()
    except PermissionError as error:
        raise ReadError(
            "没有读取权限，请修改文件权限。", "No permission to read the file; change its permissions."
        ) from error
    except FileNotFoundError as error:
        broken = path.is_symlink()
        raise ReadError(
            "链接指向的文件不存在，请修复或删除链接。" if broken else "文件在索引过程中消失，请重新更新索引。",
            "The link points to nothing; mend or delete it."
            if broken
            else "The file vanished; update the index again.",
        ) from error
    except OSError as error:
        raise ReadError(
            f"文件无法读取（{error.strerror}），请检查磁盘或链接。",
            f"The file cannot be read ({error.strerror}); check the disk or the link.",
        ) from error
    if not data.strip():
        raise ReadError("文件是空的，请补充内容或删除。", "The file is empty; fill or delete it.")
    return data


def decode(data: bytes) -> Decoded:
    """Decode the bytes of a text file: a BOM first, then UTF-8, then the most plausible of GB18030 and UTF-16.

    GB18030 and UTF-16 accept nearly any bytes, so the judge is not whether they decode but how many of the
    characters are ordinary ones (`plausibility`): right or refused, never mojibake.

    Raises
    ------
    ReadError
        The bytes are no text, or in an encoding that is not recognised.
    """
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            try:
                return _checked(data[len(bom) :].decode(encoding), encoding)
            except UnicodeDecodeError as error:
                raise _unknown() from error
    if b"\0" not in data:
        try:
            return _checked(data.decode("utf-8"), "utf-8")
        except UnicodeDecodeError:
            pass
    found: list[tuple[float, Decoded]] = []
    for encoding in ("gb18030", "utf-16-le", "utf-16-be"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            found.append((plausibility(text[:_SAMPLE]), Decoded(_newlines(text), encoding)))
    if not found:
        raise _unknown()
    score, best = max(found, key=lambda item: item[0])
    if score < _PLAUSIBLE:
        raise _unknown()
    return best


def plausibility(text: str) -> float:
    """Share of characters that ordinary Chinese or English text is made of, in [0, 1].

    Ordinary: printable ASCII, white space, CJK and general punctuation, full-width forms, and the 3,755 most used
    characters, which are rows 16–55 of GB 2312.
    """
    if not text:
        return 0.0
    return sum(map(_is_ordinary, text)) / len(text)


def _is_ordinary(char: str) -> bool:
    point = ord(char)
    if point < 0x80:
        return char.isprintable() or char in "\t\n\r\f"
    if 0x2010 <= point <= 0x2044 or 0x2460 <= point <= 0x2473 or 0x3000 <= point <= 0x301F or 0xFF01 <= point <= 0xFF5E:
        return True
    if not 0x4E00 <= point <= 0x9FFF:
        return char in "·×°—…"
    try:
        lead = char.encode("gb2312")[0]
    except UnicodeEncodeError:
        return False
    return 0xB0 <= lead <= 0xD7


def _checked(text: str, encoding: str) -> Decoded:
    sample = text[:_SAMPLE]
    control = sum(1 for char in sample if ord(char) < 32 and char not in "\t\n\r\f\v")
    if "\0" in text or control * 50 > len(sample):
        raise _unknown()
    return Decoded(_newlines(text), encoding)


def _newlines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _unknown() -> ReadError:
    return ReadError(
        "不是可识别的文本（二进制文件或未知编码），请另存为 UTF-8 文本。",
        "Not recognisable as text (binary, or an unknown encoding); save it as UTF-8 text.",
    )
