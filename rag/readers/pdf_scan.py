"""PDF pages that are pictures: which they are, and how they are drawn to be recognised."""

import ctypes
import math
from collections.abc import Collection, Iterator
from typing import Any

import numpy as np

from rag.readers.ocr import Picture
from rag.readers.ocr_scans import DPI, MAX_PIXELS, Scans
from rag.readers.pdf_page import Page
from rag.readers.pdf_rules import walk

_FEW = 50
_COVERS = 0.6
_MAX_OBJECTS = 2_000


def own_text(page: Page) -> int:
    """Count the characters that a page has."""
    return sum(len(piece.text) for piece in (*page.pieces, *page.aslant))


def may_be_pictures(pages: list[Page], without_text: Collection[int]) -> list[int]:
    """List the pages worth a look: without text but running lines, with fonts that tell nothing, with little text."""
    empty = set(without_text)
    return [page.number for page in pages if page.number in empty or page.unreadable or own_text(page) < _FEW]


def read_scans(
    document: Any, pages: list[Page], wanted: Collection[int], without_text: Collection[int], scans: Scans
) -> Iterator[Page]:
    """Recognise those pages that are pictures.

    Parameters
    ----------
    document
        A pypdfium2 document.
    pages
        What was read of its pages.
    wanted
        Numbers of the pages to look at; those with text are taken for pictures where one covers most of the page.
    without_text
        Numbers of the pages that have no text of their own.
    scans
        Recognises, and keeps account.

    Yields
    ------
    Page
        What takes the place of a page.
    """
    from pypdfium2 import PdfiumError

    empty = set(without_text)
    for page in pages:
        if page.number not in wanted:
            continue
        try:
            drawn = document[page.number - 1]
        except PdfiumError:
            continue
        try:
            own = 0 if page.unreadable or page.number in empty else own_text(page)
            if not _is_drawn_on(drawn) or (own and not _is_covered(drawn)):
                continue
            if not scans.is_possible:
                scans.miss(page.number)
                continue
            picture, scale = _draw(drawn)
            found = scans.read(picture, page.number, scale, page.shown_turns, own)
            if found is not None:
                yield found
        finally:
            drawn.close()


def _is_drawn_on(page: Any) -> bool:
    import pypdfium2.raw as pdfium

    return bool(pdfium.FPDFPage_CountObjects(page.raw) > 0 or pdfium.FPDFPage_GetAnnotCount(page.raw) > 0)


def _is_covered(page: Any) -> bool:
    """Tell whether a picture covers most of a page, or several together, as a scan saved in strips."""
    import pypdfium2.raw as pdfium

    left, bottom, right, top = page.get_bbox()
    area = 0.0
    edges = [ctypes.c_float() for _ in range(4)]
    for count, (item, kind, _) in enumerate(walk(page)):
        if count > _MAX_OBJECTS:
            break
        if kind == pdfium.FPDF_PAGEOBJ_IMAGE and pdfium.FPDFPageObj_GetBounds(item, *edges):
            x0, y0, x1, y1 = (edge.value for edge in edges)
            area += max(0.0, min(x1, right) - max(x0, left)) * max(0.0, min(y1, top) - max(y0, bottom))
    return bool(area >= _COVERS * (right - left) * (top - bottom))


def _draw(page: Any) -> tuple[Picture, float]:
    """Draw a page as it is shown; also gives points a pixel."""
    width, height = page.get_size()
    scale = min(
        DPI / 72, math.sqrt(MAX_PIXELS / max(1.0, width * height)), 4 * math.sqrt(MAX_PIXELS) / max(width, height)
    )
    bitmap = page.render(scale=scale)
    try:
        pixels = np.array(bitmap.to_numpy()[:, :, :3])
    finally:
        bitmap.close()
    return pixels, 1 / scale
