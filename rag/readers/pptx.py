"""Presentations (.pptx, ISO/IEC 29500-1, 19): slides as pages, their titles as headings, with the speaker's notes."""

from collections.abc import Callable, Iterator

from rag.readers.archive import only_read_errors
from rag.readers.blocks import Blocks
from rag.readers.extracted import Extracted
from rag.readers.numerals import chinese, circled, letters, roman
from rag.readers.ooxml import (
    Element,
    Package,
    attribute,
    branch,
    child,
    children,
    local,
    open_package,
    whole,
)
from rag.readers.tables import Cell, Row, Table, one_line

_MAX_SPAN = 100
_TITLES = ("title", "ctrTitle")
_FURNITURE = ("dt", "ftr", "sldNum", "hdr", "sldImg")
# ST_TextAutonumberScheme: the sign, then what stands around it.
_COUNTING: dict[str, Callable[[int], str]] = {
    "arabic": str,
    "alphaLc": lambda number: letters(number).lower(),
    "alphaUc": letters,
    "romanLc": lambda number: roman(number).lower(),
    "romanUc": roman,
    "circleNumDb": circled,
    "circleNumWdBlack": circled,
    "circleNumWdWhite": circled,
    "ea1Chs": chinese,
    "ea1Cht": chinese,
    "ea1JpnChs": chinese,
    "ea1JpnKor": chinese,
    "arabicDb": lambda number: "".join(chr(0xFF10 + int(digit)) for digit in str(number)),
}
_AROUND = {"ParenBoth": "({}) ", "ParenR": "{}) ", "Period": "{}. ", "Plain": "{} ", "": "{} "}


def read_pptx(data: bytes) -> Extracted:
    """Read a presentation.

    Parameters
    ----------
    data
        The file; .pptm and .ppsx are read as well.

    Returns
    -------
    Extracted
        A page for each slide: its title, its other shapes in their order, its notes.

    Raises
    ------
    ReadError
        Damaged, encrypted, hostile, another format, or without any text.
    """
    with only_read_errors("演示文稿", "presentation"):
        return _Presentation(open_package(data, "pptx")).read()


class _Presentation:
    def __init__(self, package: Package) -> None:
        self.package = package
        self.blocks = Blocks()
        self.relations = package.relations(package.main)
        self.pictures: set[int] = set()
        self.counters: dict[int, tuple[str, int]] = {}
        self.slide = 0
        self.part = ""
        self.done: set[str] = set()

    def read(self) -> Extracted:
        ids = child(self.package.main_root, "sldIdLst")
        for node in ids if ids is not None else ():
            key = next((value for name, value in node.attrib.items() if name.endswith("}id")), "")
            self.slide += 1
            self.blocks.start_page()
            relation = self.relations.get(key)
            if relation is None or not self._is_fresh(relation.part):
                self.blocks.warn(f"第 {self.slide} 张幻灯片缺失，未读取。")
                continue
            self._write_slide(relation.part)
        if self.pictures:
            shown = "、".join(map(str, sorted(self.pictures)[:20])) + (" 等" if len(self.pictures) > 20 else "")
            self.blocks.warn(f"第 {shown} 张幻灯片有图片、图表或嵌入对象，其中的文字未读取。")
        return self.blocks.finish("pptx")

    def _write_slide(self, part: str) -> None:
        self.part = part
        root = self.package.root(part)
        if root.get("show") in ("0", "false"):
            self.blocks.warn(f"第 {self.slide} 张幻灯片是隐藏的，已照常读取。")
        shapes = list(self._shapes(child(root, "cSld", "spTree")))
        # The title comes first, wherever it lies in the order of the shapes.
        for shape in sorted(shapes, key=lambda shape: _role(shape) not in _TITLES):
            self._write_shape(shape)
        kinds = self.package.relations(part).values()
        if any(relation.kind == "comments" for relation in kinds):
            self.blocks.warn(f"第 {self.slide} 张幻灯片有批注，未读取。")
        notes = self.package.related(part, "notesSlide")
        if notes is not None and self._is_fresh(notes):
            for shape in self._shapes(child(self.package.root(notes), "cSld", "spTree")):
                if _role(shape) not in _FURNITURE:
                    self._write_shape(shape)

    def _is_fresh(self, part: str) -> bool:
        """Tell whether a part exists and was not read before: a small hostile file could name one endlessly."""
        fresh = part in self.package and part not in self.done
        self.done.add(part)
        return fresh

    def _shapes(self, tree: Element | None) -> Iterator[Element]:
        for node in tree if tree is not None else ():
            name = local(node)
            if name == "grpSp":
                yield from self._shapes(node)
            elif name == "AlternateContent":
                yield from self._shapes(branch(node))
            elif name in ("sp", "graphicFrame", "pic", "cxnSp", "contentPart"):
                yield node

    def _write_shape(self, shape: Element) -> None:
        name = local(shape)
        role = _role(shape)
        if name in ("pic", "contentPart"):
            self.pictures.add(self.slide)
        elif name == "graphicFrame":
            self._write_graphic(child(shape, "graphic", "graphicData"))
        elif role in _TITLES:
            self.blocks.add("\n".join(self._paragraphs(child(shape, "txBody"))), 1)
        elif role not in _FURNITURE:
            for text in self._paragraphs(child(shape, "txBody")):
                self.blocks.add(text)

    def _write_graphic(self, graphic: Element | None) -> None:
        for node in graphic if graphic is not None else ():
            if local(node) == "tbl":
                self.blocks.add_table(self._table(node))
            elif local(node) == "relIds":
                self._write_diagram(attribute(node, "dm"))
            else:
                self.pictures.add(self.slide)

    def _write_diagram(self, key: str | None) -> None:
        """Write the texts of a SmartArt diagram, in the order of its data."""
        relation = self.package.relations(self.part).get(key or "")
        if relation is None or not self._is_fresh(relation.part):
            self.pictures.add(self.slide)
            return
        points = child(self.package.root(relation.part), "ptLst")
        for point in points if points is not None else ():
            for text in self._paragraphs(child(point, "t")):
                self.blocks.add(text)

    def _table(self, node: Element) -> Table:
        rows: list[Row] = []
        running: dict[int, Cell] = {}
        for tr in children(node, "tr"):
            row: Row = {}
            for column, tc in enumerate(children(tr, "tc")):
                if tc.get("hMerge") in ("1", "true"):
                    continue
                if tc.get("vMerge") in ("1", "true") and column in running:
                    row[column] = running[column]._replace(above=True)
                    continue
                text = one_line("\n".join(self._paragraphs(child(tc, "txBody"))))
                row[column] = running[column] = Cell(text, max(1, whole(tc.get("gridSpan"), 1, _MAX_SPAN)))
            rows.append(row)
        return Table.of(rows)

    def _paragraphs(self, body: Element | None) -> list[str]:
        """Paragraphs that hold text, automatic numbers before them."""
        self.counters = {}
        found = []
        for node in children(body, "p") if body is not None else ():
            text = "".join(_pieces(node))
            if text.strip():
                found.append(self._number(node) + text)
        return found

    def _number(self, paragraph: Element) -> str:
        properties = child(paragraph, "pPr")
        level = whole(attribute(properties, "lvl"))
        numbered = child(properties, "buAutoNum")
        scheme = attribute(numbered, "type") or ""
        for deeper in [other for other in self.counters if other > level]:
            del self.counters[deeper]
        if numbered is None:
            self.counters.pop(level, None)
            return ""
        start = whole(attribute(numbered, "startAt"), 1)
        earlier, last = self.counters.get(level, ("", 0))
        number = last + 1 if earlier == scheme else start
        self.counters[level] = (scheme, number)
        for ending, pattern in _AROUND.items():
            if scheme.endswith(ending) and scheme.removesuffix(ending) in _COUNTING:
                return pattern.format(_COUNTING[scheme.removesuffix(ending)](number))
        self.blocks.warn(f"自动编号格式“{scheme[:40]}”不支持，这些编号未写出。")
        return ""


def _pieces(node: Element) -> Iterator[str]:
    """Text of a paragraph: runs, fields, line breaks, formulas."""
    for part in node:
        name = local(part)
        if name == "t":
            yield part.text or ""
        elif name == "br":
            yield "\n"
        elif name == "tab":
            yield "\t"
        elif name == "AlternateContent":
            yield from _pieces(branch(part))
        elif name not in ("pPr", "rPr", "endParaRPr"):
            yield from _pieces(part)


def _role(shape: Element) -> str | None:
    """Kind of placeholder; "" for a placeholder without a kind, None for another shape."""
    for node in shape:
        if local(node).startswith("nv"):
            placeholder = child(node, "nvPr", "ph")
            return None if placeholder is None else placeholder.get("type", "")
    return None
