"""Zip containers, opened only after they are known to be harmless; nothing is ever extracted to disk."""

import io
import re
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager

from rag.errors import ReadError

MAX_TOTAL = 200 * 2**20
MAX_MEMBERS = 20_000
# Office XML reaches 50:1, blank spreadsheets a little more; deflate itself ends at 1,032:1.
MAX_RATIO = 200
_RATIO_FROM = 16 * 2**20
CHUNK = 2**16
_ENTRY = b"PK\x01\x02"
ENCRYPTED = 0x1
OUTSIDE = re.compile(r"^[/\\]|^[A-Za-z]:|(?:^|[/\\])\.\.(?:[/\\]|$)|\0")


def open_zip(data: bytes) -> zipfile.ZipFile:
    """Open a zip container whose members have all been read once: within the bounds, and undamaged.

    The sizes in the headers may lie, and `ZipFile.read` decompresses a member whole before it looks at them; so
    every member is first read here in small pieces, which stop at the size that was promised and check the CRC.

    Raises
    ------
    ReadError
        Not a zip file, damaged, encrypted, too large when unpacked, or with paths that lead out of it.
    """
    with only_read_errors("压缩包", "zip file"):
        archive = open_directory(data)
        _check_directory(archive, len(data))
        for info in archive.infolist():
            with archive.open(info) as member:
                while member.read(CHUNK):
                    pass
        return archive


def open_directory(data: bytes) -> zipfile.ZipFile:
    """Open a zip file whose directory is not too long; nothing is known of its members yet.

    Raises
    ------
    ReadError
        Not a zip file, damaged, or with far too many members.
    """
    # Entries cost memory as soon as the directory is read; nested zips count too, hence the margin.
    if data.count(_ENTRY) > 10 * MAX_MEMBERS:
        raise too_large()
    try:
        return zipfile.ZipFile(io.BytesIO(data))
    except zipfile.BadZipFile as error:
        raise _damaged() from error


@contextmanager
def only_read_errors(chinese: str, english: str) -> Iterator[None]:
    """Let nothing but `ReadError` out, and keep warnings of libraries from the terminal.

    Parsers meet hostile bytes with dozens of exceptions (KeyError, struct.error, RecursionError …); for the user
    they all mean the same.

    Parameters
    ----------
    chinese, english
        What the file is called in the sentence.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        except ReadError:
            raise
        except Exception as error:  # parsers raise anything at all on hostile bytes, see above
            raise ReadError(
                f"{chinese}已损坏或不完整，请重新下载，或打开后另存一份。",
                f"The {english} is damaged or incomplete; fetch it again, or open it and save a copy.",
            ) from error


def _check_directory(archive: zipfile.ZipFile, packed: int) -> None:
    infos = archive.infolist()
    total = sum(info.file_size for info in infos)
    if len(infos) > MAX_MEMBERS or total > MAX_TOTAL:
        raise too_large()
    if total > _RATIO_FROM and total > MAX_RATIO * packed:
        raise ReadError(
            "压缩包的压缩率异常（疑似压缩炸弹），未读取；请解压后放入文件夹。",
            "The zip file is compressed suspiciously well (a zip bomb?) and was not read; unpack it into the folder.",
        )
    for info in infos:
        if info.flag_bits & ENCRYPTED:
            raise ReadError(
                "压缩包有密码，请解密后重新放入。", "The zip file has a password; put an unprotected copy there."
            )
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            # The other methods of zipfile cannot be read in bounded pieces.
            raise ReadError(
                "压缩包使用了不常见的压缩方法，请用普通 ZIP 方式重新压缩。",
                "The zip file uses an uncommon compression method; pack it again as an ordinary zip.",
            )
        if OUTSIDE.search(info.filename):
            raise ReadError(
                "压缩包里有指向外部的路径，未读取；请重新压缩。",
                "The zip file holds paths that lead out of it and was not read; pack it again.",
            )


def too_large() -> ReadError:
    """Unpacked, the container is beyond the bounds."""
    return ReadError(
        f"压缩包解压后超过 {MAX_TOTAL // 2**20} MB 或文件过多，请拆分。",
        f"The zip file unpacks to more than {MAX_TOTAL // 2**20} MB or too many files; split it.",
    )


def _damaged() -> ReadError:
    return ReadError(
        "不是有效的压缩包（已损坏、不完整或扩展名有误），请重新下载。",
        "Not a valid zip file (damaged, incomplete, or a wrong file ending); fetch it again.",
    )
