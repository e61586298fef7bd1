"""A zip file of documents, used like a folder: its members' names and bytes, each for itself.

Nothing is extracted to disk. What unpacks too large, is encrypted or damaged costs itself only.
"""

import stat
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from rag.errors import ReadError
from rag.read import is_document_name
from rag.readers.archive import CHUNK, ENCRYPTED, MAX_TOTAL, OUTSIDE, only_read_errors, open_directory, too_large
from rag.readers.sniff import kind_of

MAX_DEPTH = 3
"""A zip file in a zip file in a zip file is opened, one more is not."""
MAX_FILES = 10_000
"""Documents in one zip file, those of nested ones included."""

_MAX_ALIKE = 20
_UTF8 = 0x800
_UNICODE_PATH = 0x7075
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


@dataclass(frozen=True)
class Member:
    """One document in a zip file: its POSIX path in there, nested zip files included, and why it is not read."""

    name: str
    refusal: ReadError | None = None


@dataclass
class _Budget:
    """What may still be unpacked of one file on disk."""

    total: int
    files: int

    def take(self, infos: list[tuple[str, zipfile.ZipInfo]], max_bytes: int) -> None:
        self.files -= len(infos)
        self.total -= sum(info.file_size for _, info in infos if info.file_size <= max_bytes)
        if self.files < 0 or self.total < 0:
            raise too_large()


class ZipFolder:
    """The documents of a zip file.

    Parameters
    ----------
    data
        The file.
    max_bytes
        Bound on the size of a member, as on that of a file on disk.

    Raises
    ------
    ReadError
        It is no zip file, unpacks beyond the bounds, holds no document, or many and all refused for the same reason.
    """

    def __init__(self, data: bytes, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._places: dict[str, tuple[zipfile.ZipFile, zipfile.ZipInfo]] = {}
        self._refusals: dict[str, ReadError] = {}
        self._doubled: set[str] = set()
        with only_read_errors("压缩包", "zip file"):
            self._add(data, "", 1, _Budget(MAX_TOTAL, MAX_FILES))
        if not self._places and not self._refusals:
            raise _without_documents()
        # A bomb, or a zip file with a password, is one fault and not thousands.
        reasons = {str(refusal) for refusal in self._refusals.values()}
        if not self._places and len(reasons) == 1 and len(self._refusals) > _MAX_ALIKE:
            raise next(iter(self._refusals.values()))

    @property
    def members(self) -> tuple[Member, ...]:
        """All documents, by name; none is silently left out but what a folder leaves out as well."""
        refused = [Member(name, refusal) for name, refusal in self._refusals.items()]
        return tuple(sorted([*map(Member, self._places), *refused], key=lambda member: member.name))

    def warnings(self, name: str) -> tuple[str, ...]:
        """What the receipt says of a member, in Chinese."""
        return ("压缩包里有多个同名文件，取最后一个。",) if name in self._doubled else ()

    def read(self, name: str) -> bytes:
        """Bytes of a document.

        Raises
        ------
        ReadError
            It is not there, was refused, is empty or damaged.
        """
        if name in self._refusals:
            raise self._refusals[name]
        if name not in self._places:
            raise ReadError(
                "压缩包里没有这个文件，请检查名称。", "There is no such file in the zip file; check its name."
            )
        data = self._unpack(*self._places[name])
        if not data.strip():
            raise ReadError("文件是空的，请补充内容或删除。", "The file is empty; fill or delete it.")
        return data

    def _add(self, data: bytes, prefix: str, depth: int, budget: _Budget) -> None:
        """List a zip file whose documents' names begin with `prefix`.

        Raises
        ------
        ReadError
            It is none, or too large when unpacked.
        """
        archive = open_directory(data)
        found = list(_documents(archive))
        budget.take(found, self._max_bytes)
        counts = Counter(name for name, _ in found)
        nested = []
        # Of doubled names, the last: what unpacking would leave.
        for name, info in dict(found).items():
            path = prefix + name
            if counts[name] > 1:
                self._doubled.add(path)
            try:
                _check(name, info, self._max_bytes)
            except ReadError as error:
                self._refusals[path] = error
                continue
            if name.lower().endswith(".zip"):
                nested.append((path, info))
            else:
                self._places[path] = archive, info
        for path, info in nested:
            try:
                self._add_nested(archive, info, path, depth, budget)
            except ReadError as error:
                self._refusals[path] = error

    def _add_nested(
        self, archive: zipfile.ZipFile, info: zipfile.ZipInfo, path: str, depth: int, budget: _Budget
    ) -> None:
        with only_read_errors("压缩包", "zip file"):
            data = self._unpack(archive, info)
            if kind_of(data) not in ("zip", "package"):
                self._places[path] = archive, info
                return
            if depth == MAX_DEPTH:
                raise ReadError(
                    f"压缩包嵌套超过 {MAX_DEPTH} 层，未读取；请解压后放入。",
                    f"Zip files are nested more than {MAX_DEPTH} deep; unpack them into the folder.",
                )
            if any(name.startswith(f"{path}/") for name in (*self._places, *self._refusals)):
                raise ReadError(
                    "压缩包与一个文件夹同名，未读取；请改名。", "The zip file has the name of a folder; rename it."
                )
            before = len(self._places) + len(self._refusals)
            self._add(data, f"{path}/", depth + 1, budget)
            if len(self._places) + len(self._refusals) == before:
                raise _without_documents()

    def _unpack(self, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
        # In pieces, which stop at the size that was promised: ZipFile.read decompresses first and looks then.
        with only_read_errors("压缩包中的文件", "file in the zip"), archive.open(info) as member:
            return b"".join(iter(lambda: member.read(CHUNK), b""))


def _documents(archive: zipfile.ZipFile) -> Iterator[tuple[str, zipfile.ZipInfo]]:
    """Members by path; one that leads out of the zip file keeps the name it has there, for `_check` to refuse."""
    infos = [info for info in archive.infolist() if not info.is_dir()]
    for name, info in zip(_names(infos), infos, strict=True):
        if OUTSIDE.search(name):
            yield name, info
            continue
        path = "/".join(part for part in name.replace("\\", "/").split("/") if part not in ("", "."))
        if path and is_document_name(PurePosixPath(path)) and path.split("/")[0] != "__MACOSX":
            yield path, info


def _names(infos: list[zipfile.ZipInfo]) -> list[str]:
    """Names as their writers meant them.

    Without the flag of UTF-8 the specification says code page 437, which is what `zipfile` decodes; Windows writes
    the code page of the system (936 in China), macOS UTF-8. Some writers add the UTF-8 name in a field of its own.
    """
    raw = [None if info.flag_bits & _UTF8 else info.orig_filename.encode("cp437", "replace") for info in infos]
    encoding = next((codec for codec in ("utf-8", "gb18030") if all(_decodes(name, codec) for name in raw)), None)
    return [_name(info, name, encoding) for info, name in zip(infos, raw, strict=True)]


def _name(info: zipfile.ZipInfo, raw: bytes | None, encoding: str | None) -> str:
    if raw is None:
        return info.orig_filename
    # Info-ZIP's field: version 1, CRC-32 of the other name, the name in UTF-8.
    extra = info.extra
    while len(extra) >= 4:
        length = int.from_bytes(extra[2:4], "little")
        field = extra[4 : 4 + length]
        named = int.from_bytes(extra[:2], "little") == _UNICODE_PATH and field[:1] == b"\x01"
        if named and int.from_bytes(field[1:5], "little") == zlib.crc32(raw) and _decodes(field[5:], "utf-8"):
            return field[5:].decode("utf-8")
        extra = extra[4 + length :]
    for codec in (encoding, "utf-8", "gb18030"):
        if codec is not None and _decodes(raw, codec):
            return raw.decode(codec)
    return info.orig_filename


def _decodes(raw: bytes | None, codec: str) -> bool:
    try:
        return raw is None or raw.decode(codec) is not None
    except UnicodeDecodeError:
        return False


def _check(name: str, info: zipfile.ZipInfo, max_bytes: int) -> None:
    """Refuse a member by what the directory says of it."""
    if OUTSIDE.search(name):
        raise ReadError(
            "路径指向压缩包之外，未读取；请重新压缩。",
            "Its path leads out of the zip file and it was not read; pack it again.",
        )
    if stat.S_ISLNK(info.external_attr >> 16):
        raise ReadError(
            "是符号链接，未读取；请放入文件本身。", "It is a symbolic link and was not read; pack the file itself."
        )
    if info.flag_bits & ENCRYPTED:
        raise ReadError(
            "压缩包有密码，请解密后重新放入。", "The zip file has a password; put an unprotected copy there."
        )
    if info.compress_type not in _METHODS:
        raise ReadError(
            "压缩包使用了不常见的压缩方法，请用普通 ZIP 方式重新压缩。",
            "The zip file uses an uncommon compression method; pack it again as an ordinary zip.",
        )
    if info.file_size > max_bytes:
        raise ReadError(
            f"解压后有 {info.file_size / 2**20:.0f} MB，超过上限 {max_bytes / 2**20:.0f} MB，"
            "请拆分文件或调高 RAG_MAX_FILE_MB。",
            f"It has {info.file_size / 2**20:.0f} MB unpacked, more than {max_bytes / 2**20:.0f} MB; "
            "split it or raise RAG_MAX_FILE_MB.",
        )


def _without_documents() -> ReadError:
    return ReadError("压缩包里没有文档，请补充内容或删除。", "The zip file holds no document; fill or delete it.")
