"""OFD pages that are pictures: their images put together as the page shows them, to be recognised."""

import math
from collections.abc import Callable

import numpy as np

from rag.errors import ReadError
from rag.readers.image import decode_picture
from rag.readers.ocr import Picture
from rag.readers.ocr_scans import DPI, MAX_PIXELS, Scans
from rag.readers.ofd_page import Placed
from rag.readers.pdf_page import Page

_MAX_IMAGES = 100


def read_scan(page: Page, images: list[Placed], load: Callable[[str], bytes | None], scans: Scans) -> Page | None:
    """Recognise a page without text that shows images.

    Parameters
    ----------
    page
        What was read of the page.
    images
        Its images, in points from the upper left corner.
    load
        Gives the file of an image by its resource ID.
    scans
        Recognises, and keeps account.
    """
    if not images:
        return None
    if not scans.is_possible:
        scans.miss(page.number)
        return None
    scale = min(DPI / 72, math.sqrt(MAX_PIXELS / max(1.0, page.width * page.height)))
    canvas = np.full((max(1, round(page.height * scale)), max(1, round(page.width * scale)), 3), 255, dtype=np.uint8)
    for image in images[:_MAX_IMAGES]:
        data = load(image.resource)
        try:
            picture = decode_picture(data) if data else None
        except ReadError:
            picture = None
        if picture is None:
            scans.unknown.add(page.number)
        else:
            _paste(canvas, picture, image, scale)
    return scans.read(canvas, page.number, 1 / scale)


def _paste(canvas: Picture, picture: Picture, image: Placed, scale: float) -> None:
    from PIL import Image

    left, top = round(image.left * scale), round(image.top * scale)
    width, height = round((image.right - image.left) * scale), round((image.bottom - image.top) * scale)
    if not (0 < width * height <= 4 * MAX_PIXELS and max(width, height) <= 20_000):
        return
    scaled = np.asarray(Image.fromarray(picture).resize((width, height), Image.Resampling.LANCZOS))
    x0, y0 = max(left, 0), max(top, 0)
    x1, y1 = min(left + width, canvas.shape[1]), min(top + height, canvas.shape[0])
    if x0 < x1 and y0 < y1:
        canvas[y0:y1, x0:x1] = scaled[y0 - top : y1 - top, x0 - left : x1 - left]
