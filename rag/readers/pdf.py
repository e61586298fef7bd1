"""PDF → text in reading order, with pages, headings and tables."""

import re
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

from rag.errors import ReadError
from rag.readers.extracted import Extracted
from rag.readers.ocr import Recogniser
from rag.readers.ocr_scans import Scans, page_numbers
from rag.readers.pdf_layout import Layout, lay_out
from rag.readers.pdf_page import Page, read_page
from rag.readers.pdf_scan import may_be_pictures, read_scans
from rag.readers.places import Box, boxes_of, changed

MAX_PAGES = 2_000
MAX_CHARS = 20_000_000
_HEAD = 1024
_WRONG_PASSWORD = 4

# PDFium may be used by one thread at a time only.
_PDFIUM = threading.Lock()


def read_pdf(data: bytes, recogniser: Recogniser | None = None) -> Extracted:
    """Read a PDF; pages that are pictures are given to the `recogniser`, and reported where there is none.

    Line breaks inside a paragraph disappear, also over columns and pages; a table is written row by row. Running
    headers, footers and page numbers stand between the paragraphs as `boilerplate`. Radicals and compatibility
    ideographs, which fonts share with ordinary characters, are turned into these; nothing else is normalised.

    Raises
    ------
    ReadError
        The file is no PDF, damaged, encrypted, too large, or no text was found on any page.
    """
    pages, damaged, others = _read(data)
    layout = lay_out(pages)
    scans = Scans(recogniser)
    wanted = [number for number in may_be_pictures(pages, layout.without_text) if number not in damaged]
    if wanted:
        pages = _recognised(data, pages, wanted, layout.without_text, scans)
        layout = lay_out(pages) if scans.recognised else layout
    if len(layout.without_text) == len(pages):
        raise scans.nothing_read("PDF 的各页都", "PDF")
    return Extracted(
        text=layout.text,
        format="pdf",
        pages=tuple(layout.pages),
        headings=tuple(layout.headings),
        boilerplate=tuple(layout.boilerplate),
        pages_without_text=tuple(layout.without_text),
        ocr_pages=tuple(scans.recognised),
        warnings=(*_warnings(pages, damaged), *scans.warnings(), *others),
    )


def boxes(data: bytes, extracted: Extracted, start: int, end: int, recogniser: Recogniser | None = None) -> list[Box]:
    """Find where the characters `[start, end)` of the text stand on their pages.

    Parameters
    ----------
    data
        The file that `extracted` was read from.
    recogniser
        Needed where the text was recognised: the pages concerned are recognised once more.

    Returns
    -------
    One box for each run of characters on a line. Names of columns that were put before a value, and text aslant, have
    none.

    Raises
    ------
    ReadError
        As `read_pdf`; also where the text is not found, since the file has changed.
    """
    start, end = max(start, 0), min(end, len(extracted.text))
    quote = extracted.text[start:end]
    if not quote.strip():
        return []
    first, last = _page_of(extracted, start), _page_of(extracted, end - 1)
    # A few pages alone are set nearly as in the whole document: enough where the quote is found as often in them.
    for more in (0, 1) if extracted.pages else ():
        numbers = range(max(first - more, 1), min(last + more, len(extracted.pages)) + 1)
        low, high = extracted.pages[numbers[0] - 1][0], extracted.pages[numbers[-1] - 1][1]
        pages = _read_again(data, extracted, numbers, recogniser)
        layout = lay_out(pages) if pages else Layout()
        here, there = _places(quote, extracted.text[low:high]), _places(quote, layout.text)
        if len(here) == len(there) and start - low in here:
            at = there[here.index(start - low)]
            return list(boxes_of(pages, layout, at, at + len(quote)))
    pages = _read_again(data, extracted, None, recogniser)
    layout = lay_out(pages)
    if layout.text != extracted.text:
        raise changed()
    return list(boxes_of(pages, layout, start, end))


def _places(quote: str, text: str) -> list[int]:
    return [match.start() for match in re.finditer(re.escape(quote), text)]


def _page_of(extracted: Extracted, at: int) -> int:
    return next((number for number, (start, end) in enumerate(extracted.pages, 1) if start <= at < end), 1)


def _read_again(data: bytes, extracted: Extracted, only: range | None, recogniser: Recogniser | None) -> list[Page]:
    pages, _, _ = _read(data, only)
    wanted = [page.number for page in pages if page.number in extracted.ocr_pages]
    return _recognised(data, pages, wanted, wanted, Scans(recogniser)) if wanted else pages


def _recognised(
    data: bytes, pages: list[Page], wanted: Collection[int], without_text: Collection[int], scans: Scans
) -> list[Page]:
    """Put what is recognised in the place of the pages that are pictures."""
    with _PDFIUM, _opened(data) as document:
        found = {page.number: page for page in read_scans(document, pages, wanted, without_text, scans)}
    return [found.get(page.number, page) for page in pages]


def _read(data: bytes, only: range | None = None) -> tuple[list[Page], list[int], list[str]]:
    """Read pages; also gives the numbers of the damaged ones, and what else is not read."""
    with _PDFIUM, _opened(data) as document:
        count = len(document)
        if count > MAX_PAGES:
            raise ReadError(
                f"PDF 有 {count} 页，超过上限 {MAX_PAGES} 页，请拆分文件。",
                f"The PDF has {count} pages, more than {MAX_PAGES}; split it.",
            )
        if not count:
            raise _damaged()
        pages: list[Page] = []
        damaged: list[int] = []
        chars = 0
        for number in range(1, count + 1) if only is None else range(only.start, min(only.stop, count + 1)):
            page = _page(document, number)
            if page is None:
                damaged.append(number)
                page = Page(number, 1.0, 1.0, 0, 0)
            chars += sum(len(piece.text) for piece in page.pieces)
            if chars > MAX_CHARS:
                raise ReadError(
                    f"PDF 的文字超过 {MAX_CHARS // 10_000} 万字，请拆分文件。",
                    f"The PDF has more than {MAX_CHARS // 10**6} million characters; split it.",
                )
            pages.append(page)
        return pages, damaged, list(_other_contents(document))


def _page(document: Any, number: int) -> Page | None:
    from pypdfium2 import PdfiumError

    try:
        return read_page(document, number)
    except (PdfiumError, ValueError):
        return None


@contextmanager
def _opened(data: bytes) -> Iterator[Any]:
    if b"%PDF-" not in data[:_HEAD]:
        raise ReadError("不是 PDF 文件，请检查扩展名。", "It is no PDF; check the file name's ending.")
    from pypdfium2 import PdfDocument, PdfiumError

    try:
        document = PdfDocument(data)
    except PdfiumError as error:
        if getattr(error, "err_code", None) == _WRONG_PASSWORD:
            raise ReadError(
                "PDF 已加密，需要密码，请另存为不带密码的文件。",
                "The PDF is encrypted and needs a password; save it without one.",
            ) from error
        raise _damaged() from error
    try:
        yield document
    finally:
        document.close()


def _damaged() -> ReadError:
    return ReadError(
        "PDF 已损坏或不完整，请重新获取或另存。", "The PDF is damaged or incomplete; get it again or save it anew."
    )


def _warnings(pages: list[Page], damaged: list[int]) -> Iterator[str]:
    if damaged:
        yield f"{page_numbers(damaged)}已损坏，未能读取。"
    unreadable = [page.number for page in pages if page.unreadable]
    if unreadable:
        yield f"{page_numbers(unreadable)}的字体没有文字对照，未能读出文字。"
    lost = sum(page.lost for page in pages if not page.unreadable)
    if lost:
        yield f"有 {lost} 个字符的字体没有文字对照，已略去。"
    outside = sum(page.outside for page in pages)
    if outside:
        yield f"有 {outside} 个字符在页面之外，已略去。"
    crowded = [page.number for page in pages if not page.rules.complete]
    if crowded:
        yield f"{page_numbers(crowded)}的线条太多，未识别其中的表格。"


def _other_contents(document: Any) -> Iterator[str]:
    from pypdfium2 import PdfiumError

    try:
        if document.count_attachments():
            yield "PDF 中的附件未读。"
        if document.get_formtype():
            yield "PDF 表单中填写的内容未读。"
    except PdfiumError:
        return
