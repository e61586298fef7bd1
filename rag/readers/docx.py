"""Word documents (.docx, ISO/IEC 29500): what a reader of the printed page sees, in its order.

Kept: paragraphs, tables, content controls, insertions, hyperlinks, text boxes, foot- and endnotes, automatic numbers.
Left out: tracked deletions, headers and footers, comments, field codes, hidden text.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain

from rag.readers.archive import only_read_errors
from rag.readers.blocks import Blocks, bounded
from rag.readers.docx_styles import Numbering, Style, outline_level, read_styles, read_symbol
from rag.readers.extracted import Extracted
from rag.readers.ooxml import Element, Package, attribute, branch, child, is_on, local, open_package, value_of, whole
from rag.readers.tables import Cell, Row, Table, one_line

_MAX_SPAN = 100
_WRAPPERS = frozenset({"sdt", "sdtContent", "customXml", "smartTag", "ins", "moveTo"})
_LEFT_OUT = frozenset(
    {
        "pPr", "rPr", "sdtPr", "sdtEndPr", "del", "moveFrom", "delText", "instrText", "delInstrText", "fldData",
        "rt", "rubyPr", "oMathParaPr", "ctrlPr",
    }
)  # fmt: skip
_SIGNS = {"tab": "\t", "ptab": "\t", "cr": "\n", "noBreakHyphen": "-"}
_PICTURES = frozenset({"blip", "imagedata", "chart", "relIds", "OLEObject"})


def read_docx(data: bytes) -> Extracted:
    """Read a Word document.

    Parameters
    ----------
    data
        The file; .docm and .dotx are read as well.

    Returns
    -------
    Extracted
        Paragraphs apart by blank lines, tables row by row, notes after the paragraph that refers to them; a table of
        contents is boilerplate.

    Raises
    ------
    ReadError
        Damaged, encrypted, hostile, another format, or without any text.
    """
    with only_read_errors("Word 文档", "Word document"):
        return _Document(open_package(data, "docx")).read()


@dataclass
class _Inline:
    """What stands in a paragraph besides its text."""

    parts: list[str] = field(default_factory=list)
    boxes: list[Element] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Paragraph:
    text: str
    level: int | None
    contents: bool


class _Document:
    def __init__(self, package: Package) -> None:
        main = package.main
        self.body = child(package.main_root, "body")

        def root(kind: str) -> Element | None:
            part = package.related(main, kind)
            return None if part is None else package.root(part)

        self.styles, self.default_style = read_styles(root("styles"))
        self.numbering = Numbering(root("numbering"), self.styles)
        self.notes = {"footnote": _notes(root("footnotes")), "endnote": _notes(root("endnotes"))}
        self.blocks = Blocks()
        self.pictures = self.formulas = self.hidden = self.comments = self.symbols = 0
        # Text of paragraphs whose end was deleted: it flows into the next one.
        self.pending = ""
        self.endnotes: list[str] = []
        # Footnotes of cells come after the table.
        self.in_tables = 0
        self.table_notes: list[str] = []

    def read(self) -> Extracted:
        self._write(self.body if self.body is not None else ())
        for key in dict.fromkeys(self.endnotes):
            self._write(self.notes["endnote"].pop(key, ()))
        self._warn()
        return self.blocks.finish("docx")

    def _write(self, parent: Element) -> None:
        """Write the blocks of an element."""
        for item in self._items(parent):
            if isinstance(item, _Paragraph):
                self.blocks.add(item.text, item.level, boilerplate=item.contents)
            else:
                self._write_table(item)
        self.blocks.add(self.pending)
        self.pending = ""

    def _items(self, parent: Element) -> Iterator[_Paragraph | Element]:
        """Paragraphs and tables in order, out of whatever wraps them."""
        for node in parent:
            name = local(node)
            if name == "p":
                yield from self._paragraph(node)
            elif name == "tbl":
                yield node
            elif name in _WRAPPERS:
                yield from self._items(node)
            elif name == "AlternateContent":
                yield from self._items(branch(node))
            elif name == "altChunk":
                self.blocks.warn("文中嵌有另一份文件，其内容未读取。")

    def _paragraph(self, node: Element) -> Iterator[_Paragraph | Element]:
        """The paragraph, then its text boxes, then its footnotes."""
        properties = child(node, "pPr")
        style_id = value_of(properties, "pStyle") or self.default_style
        style = self.styles.get(style_id or "", Style())
        found = _Inline()
        self._inline(node, found)
        text = self.pending + "".join(found.parts)
        self.pending = ""
        mark = child(properties, "rPr")
        if child(mark, "del") is not None or child(mark, "moveFrom") is not None:
            self.pending = text
        else:
            if text.strip():
                text = self._label(properties, style, style_id) + text
            own = outline_level(properties)
            level = style.level if own is None else own or None
            yield _Paragraph(text, None if style.contents else level, style.contents)
        for box in found.boxes:
            yield from self._items(box)
        if self.in_tables:
            self.table_notes += found.notes
            return
        for key in found.notes:
            # Each note once, whatever refers to it again.
            yield from self._items(self.notes["footnote"].pop(key, ()))

    def _label(self, properties: Element | None, style: Style, style_id: str | None) -> str:
        num_id = value_of(properties, "numPr", "numId")
        level = value_of(properties, "numPr", "ilvl")
        if num_id is None:
            num_id = style.num_id
        if num_id is None:
            return ""
        return self.numbering.label(num_id, style.num_level if level is None else whole(level), style_id)

    def _inline(self, parent: Element, found: _Inline) -> None:
        for node in parent:
            name = local(node)
            if name == "t":
                found.parts.append(node.text or "")
            elif name in _SIGNS:
                found.parts.append(_SIGNS[name])
            elif name == "br":
                found.parts.append("\n" if attribute(node, "type") in (None, "textWrapping") else "")
            elif name == "sym":
                sign = read_symbol(node)
                self.symbols += not sign
                found.parts.append(sign)
            elif name in _LEFT_OUT:
                continue
            elif name == "r" and is_on(child(node, "rPr", "vanish")):
                self.hidden += 1
            elif name == "footnoteReference":
                found.notes.append(attribute(node, "id") or "")
            elif name == "endnoteReference":
                self.endnotes.append(attribute(node, "id") or "")
            elif name == "commentReference":
                self.comments += 1
            elif name == "txbxContent":
                found.boxes.append(node)
            elif name == "AlternateContent":
                self._inline(branch(node), found)
            elif name == "f" and child(node, "num") is not None:
                self._fraction(node, found)
            else:
                self.pictures += name in _PICTURES
                self.formulas += name == "oMath"
                self._inline(node, found)

    def _fraction(self, node: Element, found: _Inline) -> None:
        for name, sign in (("num", "/"), ("den", "")):
            part = child(node, name)
            if part is not None:
                self._inline(part, found)
            found.parts.append(sign)

    def _write_table(self, node: Element) -> None:
        rows = _rows(node)
        if all(len(cells) <= 1 for _, cells in rows):
            # A frame around text, not a table.
            for _, cells in rows:
                for cell in cells:
                    self._write(cell)
            return
        self.in_tables += 1
        table = self._table(rows)
        self.in_tables -= 1
        self.blocks.add_table(table)
        notes, self.table_notes = self.table_notes, []
        for key in notes:
            self._write(self.notes["footnote"].pop(key, ()))

    def _table(self, nodes: list[tuple[Element, list[Element]]]) -> Table:
        rows: list[Row] = []
        headers = 0
        running: dict[int, Cell] = {}
        for node, cells in nodes:
            properties = child(node, "trPr")
            if headers == len(rows) and is_on(child(properties, "tblHeader")):
                headers += 1
            column = whole(value_of(properties, "gridBefore"), most=_MAX_SPAN)
            row: Row = {}
            for tc in cells:
                span = max(1, whole(value_of(tc, "tcPr", "gridSpan"), 1, _MAX_SPAN))
                merge = child(tc, "tcPr", "vMerge")
                if merge is not None and attribute(merge, "val") != "restart" and column in running:
                    row[column] = running[column]._replace(above=True)
                else:
                    row[column] = Cell(self._cell_text(tc), span)
                    running.pop(column, None)
                    if merge is not None:
                        running[column] = row[column]
                column += span
            rows.append(row)
        # A table made of header rows only would have no rows.
        return Table.of(rows, headers if headers < len(rows) else 0)

    def _cell_text(self, cell: Element) -> str:
        """Everything in a cell in one line, tables within it row by row."""
        lines: list[str] = []
        for item in self._items(cell):
            if isinstance(item, _Paragraph):
                lines.append(item.text)
            else:
                inner = self._table(_rows(item))
                # Texts that repeat, in tables that nest, could grow without end.
                lines += bounded(chain(inner.captions, inner.lines()))
        lines.append(self.pending)
        self.pending = ""
        return one_line("\n".join(lines))

    def _warn(self) -> None:
        counts = (
            (self.pictures, "文中有 {} 处图片、图表或嵌入对象，其中的文字未读取。"),
            (self.formulas, "文中有 {} 个公式，按一行文字读取，版式未保留。"),
            (self.hidden, "文中有 {} 处隐藏文字，未读取。"),
            (self.comments, "文中有 {} 处批注，未读取。"),
            (self.symbols, "文中有 {} 个特殊符号无法转换为文字，已略去。"),
        )
        for count, sentence in counts:
            if count:
                self.blocks.warn(sentence.format(count))
        for name in sorted(self.numbering.unknown)[:3]:
            self.blocks.warn(f"自动编号格式“{name[:40]}”不支持，这些编号未写出。")


def _notes(root: Element | None) -> dict[str, Element]:
    if root is None:
        return {}
    return {
        attribute(node, "id") or "": node
        for node in root
        if attribute(node, "type") not in ("separator", "continuationSeparator", "continuationNotice")
    }


def _unwrapped(parent: Element, name: str) -> Iterator[Element]:
    """Rows of a table or cells of a row, out of content controls and the like."""
    for node in parent:
        if local(node) == name:
            yield node
        elif local(node) in _WRAPPERS:
            yield from _unwrapped(node, name)


def _rows(table: Element) -> list[tuple[Element, list[Element]]]:
    """Rows of a table that were not deleted, each with its cells."""
    rows = (row for row in _unwrapped(table, "tr") if child(row, "trPr", "del") is None)
    return [(row, list(_unwrapped(row, "tc"))) for row in rows]
