"""Where on its pages a range of a text stands."""

from collections.abc import Iterator
from typing import NamedTuple

from rag.errors import ReadError
from rag.readers.pdf_layout import Layout
from rag.readers.pdf_page import Page, shown_box


class Box(NamedTuple):
    """A run of characters on a line of print.

    In points, from the upper left corner of the page as it is shown; `page_width` and `page_height` are those of the
    page as it is shown.
    """

    page: int
    left: float
    top: float
    right: float
    bottom: float
    page_width: float
    page_height: float


def boxes_of(pages: list[Page], layout: Layout, start: int, end: int) -> Iterator[Box]:
    """Find the boxes of the characters `[start, end)` of a layout; text aslant has none."""
    by_number = {page.number: page for page in pages}
    aslant = {id(piece) for page in pages for piece in page.aslant}
    for at, piece in layout.parts:
        first, last = max(start - at, 0), min(end - at, len(piece.text))
        part = piece.part(first, last) if first < last and id(piece) not in aslant else None
        if part is None:
            continue
        page = by_number[piece.page]
        turned = (page.shown_turns - page.turns) % 2
        size = (page.height, page.width) if turned else (page.width, page.height)
        yield Box(piece.page, *shown_box(page, part.left, part.top, part.right, part.bottom), *size)


def changed() -> ReadError:
    """Return the error that the text is not that of the file."""
    return ReadError(
        "文件在索引之后改变了，请重新更新索引。", "The file changed since it was indexed; update the index again."
    )
