"""OFD, the format of Chinese official documents (GB/T 33190—2016) → text with pages.

A zip of XML: `OFD.xml` names documents, each `Document.xml` its pages and templates, each page its content.
"""

from collections import Counter
from collections.abc import Collection, Iterator
from xml.etree.ElementTree import Element

from rag.errors import ReadError
from rag.readers.extracted import Extracted
from rag.readers.ocr import Recogniser
from rag.readers.ocr_scans import Scans, page_numbers
from rag.readers.ofd_package import Package, Resources, children, loc, local
from rag.readers.ofd_page import MAX_SEGMENTS, POINTS, Budget, Drawing, Placed, numbers
from rag.readers.ofd_scan import read_scan
from rag.readers.pdf_layout import lay_out
from rag.readers.pdf_page import Frame, Page, count_visible, upright_and_aslant
from rag.readers.pdf_rules import Rules, merge_lines
from rag.readers.places import Box, boxes_of, changed

_MAX_PAGES = 2_000
_A4 = [0.0, 0.0, 210.0, 297.0]


def read_ofd(data: bytes, recogniser: Recogniser | None = None) -> Extracted:
    """Read an OFD file: each document in it, page after page, templates included, annotations left out.

    Pages that are pictures are given to the `recogniser`, and reported where there is none.

    Raises
    ------
    ReadError
        Not an OFD file, damaged, encrypted, too large, or without text (scanned).
    """
    from rag.readers.archive import only_read_errors, open_zip

    with only_read_errors("OFD 文件", "OFD file"):
        reader = _Reader(Package(open_zip(data)), Scans(recogniser))
        reader.read_pages()
        reader.recognise(lay_out(reader.pages).without_text)
        return reader.finish()


def boxes(data: bytes, extracted: Extracted, start: int, end: int, recogniser: Recogniser | None = None) -> list[Box]:
    """Find where the characters `[start, end)` of the text stand on their pages; as `rag.readers.pdf.boxes`.

    Raises
    ------
    ReadError
        As `read_ofd`; also where the text is another one, since the file has changed.
    """
    from rag.readers.archive import only_read_errors, open_zip

    with only_read_errors("OFD 文件", "OFD file"):
        reader = _Reader(Package(open_zip(data)), Scans(recogniser))
        reader.read_pages()
        reader.recognise(extracted.ocr_pages)
        layout = lay_out(reader.pages)
    if layout.text != extracted.text:
        raise changed()
    return list(boxes_of(reader.pages, layout, start, end))


class _Reader:
    def __init__(self, package: Package, scans: Scans) -> None:
        self._package = package
        self._scans = scans
        self._budget = Budget()
        self.pages: list[Page] = []
        self._images: dict[int, tuple[list[Placed], Resources]] = {}
        self._missing: list[int] = []
        self._warnings: dict[str, None] = {}
        self._hidden = 0

    def read_pages(self) -> None:
        root = self._package.xml(self._package.find("OFD.xml"))
        if root is None and self._package.is_encrypted:
            raise _encrypted()
        if root is None or local(root) != "OFD":
            raise ReadError(
                "不是有效的 OFD 文件（缺少 OFD.xml），请重新下载或检查扩展名。",
                "Not a valid OFD file (there is no OFD.xml); fetch it again, or check the file ending.",
            )
        for body in children(root, "DocBody"):
            self._read_document(self._package.find(loc(body, "DocRoot")))
        if len(self._missing) == len(self.pages):
            raise _encrypted() if self._package.is_encrypted else _damaged()

    def recognise(self, numbers: Collection[int]) -> None:
        """Put what is recognised in the place of those pages that are pictures."""
        for at, page in enumerate(self.pages):
            if page.number in numbers and page.number in self._images:
                images, resources = self._images[page.number]
                self.pages[at] = read_scan(page, images, resources.file, self._scans) or page

    def _read_document(self, name: str | None) -> None:
        document = self._package.xml(name)
        if document is None or name is None:
            self._warnings["OFD 中有一个文档缺失或已损坏，未读取。"] = None
            return
        common = next(children(document, "CommonData"), document)
        physical = next((numbers(box.text) for box in common.iter() if local(box) == "PhysicalBox"), [])
        templates = {item.get("ID"): self._package.find(loc(item), name) for item in children(common, "TemplatePage")}
        listed = [item.text for item in common if local(item) in ("PublicRes", "DocumentRes")]
        resources = Resources(self._package)
        resources.add(listed, name)
        for pages in children(document, "Pages"):
            for page in children(pages, "Page"):
                if len(self.pages) >= _MAX_PAGES:
                    raise ReadError(
                        f"OFD 超过 {_MAX_PAGES} 页，请拆分。", f"The OFD has over {_MAX_PAGES} pages; split it."
                    )
                self._read_page(self._package.find(loc(page), name), templates, resources, physical)
        self._report_notes(document, name)

    def _read_page(
        self, name: str | None, templates: dict[str | None, str | None], resources: Resources, physical: list[float]
    ) -> None:
        number = len(self.pages) + 1
        page = self._package.xml(name)
        if page is None or name is None:
            self._missing.append(number)
            self.pages.append(_page(number, Drawing(self._budget, resources.unit, resources.weight), _A4))
            return
        areas = (box for area in children(page, "Area") for box in children(area, "PhysicalBox"))
        own = next((numbers(box.text) for box in areas), [])
        size = next((box for box in (own, physical) if len(box) == 4 and box[2] > 0 and box[3] > 0), _A4)
        resources.add([item.text for item in children(page, "PageRes")], name)
        drawing = Drawing(self._budget, resources.unit, resources.weight)
        for used in children(page, "Template"):
            template = self._package.xml(templates.get(used.get("TemplateID")))
            if template is None:
                self._warnings[f"第 {number} 页的模板缺失，其中的文字未读取。"] = None
                continue
            for content in children(template, "Content"):
                drawing.add(content)
        for content in children(page, "Content"):
            drawing.add(content)
        self._hidden += drawing.hidden
        x, y = size[0] * POINTS, size[1] * POINTS
        placed = (
            Placed(one.resource, one.left - x, one.top - y, one.right - x, one.bottom - y) for one in drawing.images
        )
        self._images[number] = (list(placed), resources)
        self.pages.append(_page(number, drawing, size))

    def _report_notes(self, document: Element, name: str) -> None:
        """Say what is not read: annotations (comments, watermarks, stamps) and attached files."""
        for path in (loc(document, "Annotations"), loc(document, "Attachments")):
            found = self._package.find(path, name)
            listed = self._package.xml(found)
            if listed is None or found is None:
                continue
            if local(listed) == "Attachments":
                count = sum(local(item) == "Attachment" for item in listed)
                if count:
                    self._warnings[f"OFD 内附带的 {count} 个文件未读取。"] = None
                continue
            for page in children(listed, "Page"):
                notes = self._package.xml(self._package.find(loc(page, "FileLoc"), found))
                if notes is not None and any(
                    (code.text or "").strip() for code in notes.iter() if local(code) == "TextCode"
                ):
                    self._warnings["注释（批注、水印等）中的文字未收入。"] = None

    def finish(self) -> Extracted:
        layout = lay_out(self.pages)
        if not layout.text.strip():
            raise self._scans.nothing_read("OFD 中", "OFD file")
        return Extracted(
            text=layout.text,
            format="ofd",
            pages=tuple(layout.pages),
            headings=tuple(layout.headings),
            boilerplate=tuple(layout.boilerplate),
            pages_without_text=tuple(layout.without_text),
            ocr_pages=tuple(self._scans.recognised),
            warnings=(*self._page_warnings(), *self._scans.warnings(), *self._warnings),
        )

    def _page_warnings(self) -> Iterator[str]:
        if self._missing:
            yield f"{page_numbers(self._missing)}的内容缺失或已损坏，未能读取。"
        unreadable = [page.number for page in self.pages if page.unreadable]
        if unreadable:
            yield f"{page_numbers(unreadable)}的字体没有文字对照，未能读出文字。"
        lost = sum(page.lost for page in self.pages if not page.unreadable)
        if lost:
            yield f"有 {lost} 个字符没有文字对照，已略去。"
        crowded = [page.number for page in self.pages if not page.rules.complete]
        if crowded:
            yield f"{page_numbers(crowded)}的线条太多，未识别其中的表格。"
        outside = sum(page.outside for page in self.pages)
        if outside:
            yield f"有 {outside} 个字符在页面之外，已略去。"
        if self._hidden:
            yield f"有 {self._hidden} 个隐藏的字符，已略去。"


def _page(number: int, drawing: Drawing, size: list[float]) -> Page:
    """Make of it what `rag.readers.pdf_page.read_page` makes of a PDF page."""
    x, y, width, height = (value * POINTS for value in size)
    bounds = (x, -y - height, x + width, -y)
    weights = Counter(glyph.turns for glyph in drawing.glyphs if glyph.turns is not None)
    turns = weights.most_common(1)[0][0] if weights else 0
    turns = turns or 0
    frame = Frame(bounds, turns)
    inside = [glyph for glyph in drawing.glyphs if frame.holds(glyph.origin)]
    across: list[tuple[float, float, float]] = []
    down: list[tuple[float, float, float]] = []
    for (x0, y0), (x1, y1) in ((frame.point(*start), frame.point(*end)) for start, end in drawing.segments):
        if abs(y1 - y0) <= 3 and abs(x1 - x0) >= 4:
            across.append(((y0 + y1) / 2, min(x0, x1), max(x0, x1)))
        elif abs(x1 - x0) <= 3 and abs(y1 - y0) >= 4:
            down.append(((x0 + x1) / 2, min(y0, y1), max(y0, y1)))
    pieces, aslant = upright_and_aslant(inside, turns, bounds, number)
    outside = count_visible(drawing.glyphs) - count_visible(inside)
    unreadable = drawing.lost * 10 > 3 * (drawing.lost + len(drawing.glyphs))
    if unreadable:
        pieces, aslant = [], []
    crowded = len(drawing.segments) >= MAX_SEGMENTS
    rules = Rules(complete=False) if crowded else Rules(merge_lines(across), merge_lines(down))
    return Page(number, frame.width, frame.height, turns, 0, pieces, aslant, rules, unreadable, drawing.lost, outside)


def _encrypted() -> ReadError:
    return ReadError("OFD 文件已加密，请解密后重新放入。", "The OFD file is encrypted; put an unprotected copy there.")


def _damaged() -> ReadError:
    return ReadError(
        "OFD 文件的页面缺失或已损坏，请重新下载。", "The pages of the OFD file are missing or damaged; fetch it again."
    )
