"""File → bytes; bytes of plain text → text.

Contract: the text is the decoded file with CRLF and CR turned into LF and a BOM removed, nothing else changed.
"""

import codecs
import math
import re
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from rag import likelihood
from rag.errors import ReadError
from rag.likelihood import Cost

READER_VERSION = 7

BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CHINESE = (likelihood.simplified, likelihood.traditional)
_READINGS: dict[str, tuple[Cost, ...]] = {
    "utf-8": (likelihood.unicode,),
    **dict.fromkeys(("gb18030", "big5hkscs", "cp950", "utf-16-le", "utf-16-be"), _CHINESE),
}
_REFUSED: dict[str, tuple[Cost, ...]] = {
    **dict.fromkeys(("cp932", "euc_jp"), (likelihood.japanese,)),
    "cp949": (likelihood.korean,),
    **dict.fromkeys(("koi8_r", "cp1251", "cp866", "cp1253", "cp1252"), (likelihood.alphabetic,)),
}
_BIG5 = ("big5hkscs", "cp950")
# Signs of Big5 as Windows and browsers show them; the codec big5hkscs has look-alikes.
_WINDOWS = str.maketrans("•､‾∼♁☉¥¢£", "‧﹑¯～⊕⊙￥￠￡")
# Evidence in bits: bytes that happen to be UTF-8, the same with three bytes in a row or words in ASCII, a declaration.
_UTF8, _UTF8_CERTAIN, _DECLARED = 3.0, 8.0, 24.0
_MARGIN = 12.0
"""Bits by which the best reading must be likelier than the next: one in 4,096."""
_SAMPLE = 16_384
_ENOUGH = 512
_ASCII_WORD = re.compile(rb"[A-Za-z]{3}")
_NOT_ASCII = re.compile(rb"[\x80-\xff]")
_HEAD = 4096


@dataclass(frozen=True)
class Decoded:
    """The text of a file and the encoding it was found in."""

    text: str
    encoding: str


def is_document_name(path: PurePosixPath) -> bool:
    """Tell whether a path may be a document: hidden files, `~$*` and `README*` are not."""
    hidden = any(part.startswith(".") for part in path.parts)
    return not (hidden or path.name.startswith("~$") or path.name.upper().startswith("README"))


def read_bytes(path: Path, max_bytes: int, check: Callable[[bytes], None] | None = None) -> bytes:
    """Read a file whole.

    Parameters
    ----------
    check
        Given the first bytes, before the size is looked at; refuses by raising `ReadError`.

    Raises
    ------
    ReadError
        The file is too large, empty, unreadable or gone, or `check` refuses it.
    """
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise ReadError(
                "不是普通文件（设备或管道），请删除。", "It is no plain file (a device or pipe); remove it."
            )
        if check is not None:
            with path.open("rb") as file:
                check(file.read(_HEAD))
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


def decode(data: bytes, declared: str | None = None) -> Decoded:
    """Decode the bytes of a text file: a byte order mark settles it, else the likeliest encoding.

    UTF-8, GB18030 (with GBK and GB2312), Big5 (as Windows writes it, or with the characters of Hong Kong) and UTF-16
    are read. Several of them accept nearly any bytes, so the judge is how likely the characters are
    (`rag.likelihood`): the best reading must be likelier than every other by `_MARGIN`, among them Japanese, Korean
    and Cyrillic readings, which are tried only to be refused. Right or refused, never mojibake.

    Parameters
    ----------
    declared
        The codec that the file itself names, by its name in Python; it counts as `_DECLARED` bits of evidence.

    Raises
    ------
    ReadError
        The bytes are no text, or their encoding is not certain.
    """
    mark, encoding = next((found for found in BOMS if data.startswith(found[0])), (b"", ""))
    encoding = encoding or _likeliest(data, declared)
    try:
        text = data[len(mark) :].decode(encoding)
    except UnicodeDecodeError as error:
        raise _unknown() from error
    control = sum(1 for char in text[:_SAMPLE] if ord(char) < 32 and char not in "\t\n\r\f\v")
    if "\0" in text or "\x1b" in text or control * 50 > len(text[:_SAMPLE]):
        raise _unknown()
    if encoding in _BIG5:
        return Decoded(_newlines(text.translate(_WINDOWS)), "big5")
    return Decoded(_newlines(text), encoding)


def _likeliest(data: bytes, declared: str | None) -> str:
    """The codec of the likeliest reading.

    Raises
    ------
    ReadError
        None is likely, or another is nearly as likely.
    """
    head = data[:_SAMPLE]
    enough = b"\0" in head or sum(byte >= 0x80 for byte in head) >= _ENOUGH
    sample = head if enough or len(head) == len(data) else _telling_lines(data)[:_SAMPLE]
    readings: dict[str, str] = {}
    costs: dict[str, float] = {}
    if b"\0" in sample or not sample.isascii():
        readings[""], costs[""] = "", likelihood.noise(sample)
    for encoding, models in (_READINGS | _REFUSED).items():
        if encoding.startswith("utf-16") and sample is not head:
            continue  # There is no NUL but much ASCII.
        if encoding == "cp950" and "big5hkscs" in readings:
            continue  # It has the euro sign, but other signs where Big5 of Hong Kong and of browsers agree.
        try:
            # A sample may end within a character.
            text = codecs.getincrementaldecoder(encoding)().decode(sample, final=len(sample) == len(data))
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            readings[encoding] = text
            evidence = _DECLARED if encoding == declared else 0.0
            if encoding == "utf-8":
                certain = max(text, default="") >= "\u0800" or _ASCII_WORD.search(sample)
                evidence += _UTF8_CERTAIN if certain else _UTF8
            costs[encoding] = min(likelihood.bits(text, cost) for cost in models) - evidence
    best = min(costs, key=lambda encoding: costs[encoding])
    rivals = [cost for encoding, cost in costs.items() if readings[encoding] != readings[best]]
    if best not in {*_READINGS, declared} or min(rivals, default=math.inf) - costs[best] < _MARGIN:
        raise _unknown()
    return best


def _telling_lines(data: bytes) -> bytes:
    """The first lines that hold more than ASCII, which all but UTF-16 have in common; all if there are none."""
    lines: list[bytes] = []
    size = end = 0
    while size < _SAMPLE and (found := _NOT_ASCII.search(data, end)):
        start = data.rfind(b"\n", end, found.start()) + 1 or end
        end = data.find(b"\n", found.start()) + 1 or len(data)
        lines.append(data[start : min(end, start + _SAMPLE)])
        size += len(lines[-1])
    return b"".join(lines) or data


def _newlines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _unknown() -> ReadError:
    return ReadError(
        "不是可识别的文本（二进制文件或未知编码），请另存为 UTF-8 文本。",
        "Not recognisable as text (binary, or an unknown encoding); save it as UTF-8 text.",
    )
