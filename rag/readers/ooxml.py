"""Office Open XML packages (.docx, .xlsx, .pptx): parts and relationships, read by local names.

Parts are read directly rather than through python-docx, openpyxl and python-pptx: those leave out content controls,
insertions, text boxes and notes, and refuse files with a harmless fault in a part that holds no text. Local names
serve the transitional and the strict namespaces alike (ISO/IEC 29500).
"""

import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from rag.errors import ReadError
from rag.readers.archive import open_zip

# lxml carries no types.
Element = Any

_COMPOUND_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
# No part of a package may hold a document type declaration (ISO/IEC 29500-2, 6.1.4), the home of entity bombs.
_DTD = re.compile(rb"<!(?:DOCTYPE|ENTITY)|<\0!\0(?:D\0O|E\0N)|\0<\0!\0(?:D\0O|E\0N)")
_ROOTS = {"document": "docx", "workbook": "xlsx", "presentation": "pptx"}
_FOLDERS = {"word": "docx", "xl": "xlsx", "ppt": "pptx"}
_CHINESE = {"docx": "Word 文档", "xlsx": "Excel 工作簿", "pptx": "演示文稿"}
_ENGLISH = {"docx": "Word document", "xlsx": "Excel workbook", "pptx": "presentation"}


@dataclass(frozen=True)
class Relation:
    """A relationship inside the package: the last word of its type ("styles", "footnotes") and the part it names."""

    kind: str
    part: str


class Package:
    """The parts of an office file.

    Parameters
    ----------
    archive
        As `open_zip` returns it.
    """

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        # Part names are compared without regard to case (ISO/IEC 29500-2, 6.2.2).
        self._names = {name.lower(): name for name in archive.namelist()}

    @cached_property
    def main(self) -> str:
        """Name of the part that everything hangs on."""
        for relation in self.relations("").values():
            if relation.kind == "officeDocument":
                return relation.part
        raise _damaged()

    @cached_property
    def main_root(self) -> Element:
        """Root element of that part."""
        return self.root(self.main)

    def __contains__(self, part: str) -> bool:
        return part.lower() in self._names

    def data(self, part: str) -> bytes:
        """Bytes of an XML part, without a document type declaration.

        Raises
        ------
        ReadError
            The part is missing or holds such a declaration.
        """
        if part not in self:
            raise _damaged()
        data = self._archive.read(self._names[part.lower()])
        if _DTD.search(data):
            raise ReadError(
                "文件里有不允许的实体定义（疑似攻击文件），未读取；请打开后另存一份。",
                "The file holds forbidden entity definitions (hostile?) and was not read; open it and save a copy.",
            )
        return data

    def root(self, part: str) -> Element:
        """Root element of a part; entities are not resolved, nothing outside is fetched."""
        from lxml import etree

        parser = etree.XMLParser(
            resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
        )
        root = etree.fromstring(self.data(part), parser)
        if root.getroottree().docinfo.internalDTD is not None:
            raise _damaged()
        return root

    def relations(self, part: str) -> dict[str, Relation]:
        """Relationships of a part by their id, those that lead out of the package left out."""
        folder, name = posixpath.split(part)
        rels = posixpath.join(folder, "_rels", f"{name}.rels")
        if rels not in self:
            return {}
        found = {}
        for node in self.root(rels):
            target = node.get("Target")
            if local(node) != "Relationship" or not target or node.get("TargetMode") == "External":
                continue
            path = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
            found[node.get("Id", "")] = Relation(node.get("Type", "").rsplit("/", 1)[-1], path)
        return found

    def related(self, part: str, kind: str) -> str | None:
        """Name of the first part of a kind that a part refers to and that exists."""
        parts = (relation.part for relation in self.relations(part).values() if relation.kind == kind)
        return next((name for name in parts if name in self), None)


def open_package(data: bytes, expected: str) -> Package:
    """Open an office file.

    Parameters
    ----------
    data
        The file.
    expected
        "docx", "xlsx" or "pptx".

    Raises
    ------
    ReadError
        Encrypted, an old binary format, another format than expected, or no sound zip file.
    """
    if data.startswith(_COMPOUND_FILE):
        if _ENCRYPTED_PACKAGE in data:
            raise ReadError("文件有密码，请取消密码后另存一份。", "The file has a password; save a copy without one.")
        raise ReadError(
            f"内容是旧版 Office 格式，请在 Office 或 WPS 中另存为 .{expected}。",
            f"The content is of an old Office format; save it as .{expected} with Office or WPS.",
        )
    package = Package(open_zip(data))
    if package.main.endswith(".bin"):
        raise ReadError(
            "二进制工作簿（.xlsb）不支持，请另存为 .xlsx。", "Binary workbooks (.xlsb) are not read; save as .xlsx."
        )
    found = _ROOTS.get(local(package.main_root))
    if found is None:
        raise _damaged()
    if found != expected:
        raise ReadError(
            f"内容是 {_CHINESE[found]}，扩展名有误，请改为 .{found}。",
            f"The content is of a {_ENGLISH[found]}; the file ending is wrong, change it to .{found}.",
        )
    return package


def office_format(data: bytes) -> str | None:
    """Judge by content: "docx", "xlsx", "pptx", or None for anything else, other zip files included."""
    import io

    if not data.startswith(b"PK"):
        return None
    try:
        names = zipfile.ZipFile(io.BytesIO(data)).namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return None
    if not any(name.lower() == "[content_types].xml" for name in names):
        return None
    folders = (_FOLDERS.get(name.split("/", 1)[0].lower()) for name in names)
    return next((found for found in folders if found), None)


def local(element: Element) -> str:
    """Name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def children(element: Element, name: str) -> Iterator[Element]:
    """Children of a local name."""
    return (child for child in element if local(child) == name)


def child(element: Element | None, *path: str) -> Element | None:
    """First child of a local name, then its first child of the next name …; None where there is none."""
    for name in path:
        if element is None:
            return None
        element = next(children(element, name), None)
    return element


def attribute(element: Element | None, name: str) -> str | None:
    """Value of an attribute by its local name."""
    if element is None:
        return None
    for key, value in element.attrib.items():
        if key.rpartition("}")[2] == name:
            return str(value)
    return None


def value_of(element: Element | None, *path: str) -> str | None:
    """The `val` attribute of a descendant."""
    return attribute(child(element, *path), "val")


def is_on(element: Element | None) -> bool:
    """Tell whether a switch like `<w:vanish/>` is there and not turned off."""
    return element is not None and attribute(element, "val") not in ("0", "false", "off")


def whole(text: str | None, default: int = 0, most: int = 10**6) -> int:
    """Read a number that is not negative; anything else is the default, more than `most` is `most`."""
    if text is None or not text.isascii() or not text.isdigit() or len(text) > 12:
        return default
    return min(int(text), most)


def branch(alternate: Element) -> Element:
    """One branch of `mc:AlternateContent`: they say the same, so only the first that holds anything is read."""
    return next((part for part in alternate if local(part) in ("Choice", "Fallback") and len(part)), ())


def _damaged() -> ReadError:
    return ReadError(
        "不是完整的 Office 文件（缺少正文），请重新下载，或打开后另存一份。",
        "Not a complete Office file (its main part is missing); fetch it again, or open it and save a copy.",
    )
