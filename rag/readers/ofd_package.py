"""The files of an OFD container (GB/T 33190—2016, clause 7): finding, parsing, shared resources."""

import posixpath
import re
import zipfile
from collections.abc import Iterator
from xml.etree.ElementTree import Element, ParseError

from rag.errors import ReadError

_MAX_XML = 40 * 2**20
_MAX_BYTES = 100 * 2**20
_BOLD = re.compile(r"bold|heavy|black|demi|粗|小标宋", re.IGNORECASE)
_HEI = re.compile(r"hei|黑|gothic", re.IGNORECASE)


def local(element: Element) -> str:
    """Name of an element without its namespace, which differs between writers."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def children(element: Element, name: str) -> Iterator[Element]:
    """Direct children of this name."""
    return (child for child in element if local(child) == name)


def loc(element: Element, name: str = "BaseLoc") -> str | None:
    """Read a path: an attribute, or as some writers have it, a child element."""
    child = next(children(element, name), None)
    return element.get(name) if child is None else child.text


class Package:
    """The files of an OFD container, found as writers name them: wrong case, backslashes, paths from the root."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._names = {name.replace("\\", "/").strip("/").lower(): name for name in archive.namelist()}
        self._read = 0

    @property
    def is_encrypted(self) -> bool:
        """Whether it says so (GM/T 0099): its content cannot be read without a key."""
        return any("encrypt" in name.rpartition("/")[2] for name in self._names)

    def find(self, path: str | None, base: str = "") -> str | None:
        """Find a file by a path (ST_Loc), absolute or relative to `base`, the file that names it."""
        path = (path or "").strip().replace("\\", "/")
        if not path:
            return None
        folder = posixpath.dirname(base)
        for candidate in (posixpath.join("/", folder, path), posixpath.join("/", path)):
            name = posixpath.normpath(candidate).strip("/").lower()
            if name in self._names:
                return name
        return None

    def bytes(self, name: str) -> bytes | None:
        """Read a file that is no XML; None where it is too large."""
        info = self._archive.getinfo(self._names[name])
        return self._archive.read(info) if info.file_size <= _MAX_BYTES else None

    def xml(self, name: str | None) -> Element | None:
        """Parse a file; None where it is missing or no XML."""
        from defusedxml import DefusedXmlException
        from defusedxml.ElementTree import fromstring

        if name is None or name not in self._names:
            return None
        info = self._archive.getinfo(self._names[name])
        self._read += info.file_size
        if info.file_size > _MAX_XML or self._read > 10 * _MAX_XML:
            raise ReadError("OFD 文件的内容过大，请拆分。", "The content of the OFD file is too large; split it.")
        try:
            root = fromstring(self._archive.read(info), forbid_dtd=True)
        except (ParseError, DefusedXmlException, ValueError, LookupError, RecursionError):
            return None
        return root if isinstance(root, Element) else None


class Resources:
    """What the resource files of a document define: composite graphic units, weights of fonts, images."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self._units: dict[str, Element] = {}
        self._weights: dict[str, int] = {}
        self._files: dict[str, str] = {}
        self._seen: set[str] = set()

    def add(self, paths: list[str | None], base: str) -> None:
        """Read resource files, each once."""
        for name in (self._package.find(path, base) for path in paths):
            resources = self._package.xml(name) if name is not None and name not in self._seen else None
            self._seen.add(name or "")
            folder = posixpath.join(
                name or "", "..", (resources.get("BaseLoc") if resources is not None else "") or "", "-"
            )
            for element in () if resources is None else resources.iter():
                number = element.get("ID", "")
                if local(element) == "CompositeGraphicUnit":
                    self._units.setdefault(number, element)
                elif local(element) == "MultiMedia":
                    found = self._package.find(loc(element, "MediaFile"), folder) or self._package.find(
                        loc(element, "MediaFile"), name or ""
                    )
                    if found is not None:
                        self._files.setdefault(number, found)
                elif local(element) == "Font":
                    names = f"{element.get('FontName', '')} {element.get('FamilyName', '')}"
                    bold = element.get("Bold", "").lower() == "true" or _BOLD.search(names)
                    self._weights.setdefault(number, 2 if bold else 1 if _HEI.search(names) else 0)

    def unit(self, number: str) -> Element | None:
        """Find a composite graphic unit."""
        return self._units.get(number)

    def file(self, number: str) -> bytes | None:
        """Read an image; None where it is missing or larger than any picture of a page."""
        return self._package.bytes(self._files[number]) if number in self._files else None

    def weight(self, number: str) -> int:
        """Weight of a font: 0 ordinary, 1 a black face (黑体), 2 bold."""
        return self._weights.get(number, 0)
