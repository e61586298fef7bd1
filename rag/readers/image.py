"""Image files (PNG, JPEG, TIFF, BMP, WebP, GIF) → text: each picture of a file is a page."""

import io
import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from rag.errors import ReadError
from rag.readers.archive import only_read_errors
from rag.readers.extracted import Extracted
from rag.readers.ocr import Picture, Recogniser
from rag.readers.ocr_scans import MAX_PIXELS, Scans
from rag.readers.pdf_layout import Layout, lay_out
from rag.readers.pdf_page import Page
from rag.readers.places import Box, boxes_of, changed

FORMATS = ("PNG", "JPEG", "TIFF", "BMP", "WEBP", "GIF")
MAX_SOURCE_PIXELS = 100_000_000
"""Larger pictures are refused before they are unpacked: A4 has 35 million pixels at 600 dots an inch, A3 70."""
_MAX_PAGES = 2_000
_A4 = (595.0, 842.0)
# Exif 2.3, 4.6.4: how a camera was held, and the PIL transposition that sets it right (as PIL.ImageOps.exif_transpose).
_ORIENTATION = 0x0112
_TURNS = {2: 0, 3: 3, 4: 1, 5: 5, 6: 4, 7: 6, 8: 2}


def read_image(data: bytes, recogniser: Recogniser | None = None) -> Extracted:
    """Recognise the text of an image file.

    Raises
    ------
    ReadError
        It is damaged, too large, without text, or there is no OCR (the sentence says how to install it).
    """
    scans = Scans(recogniser)
    kind, moving, pages = _read(data, scans)
    if not pages or not scans.recognised:
        raise scans.nothing_read("图片", "picture")
    layout = lay_out(pages)
    return Extracted(
        text=layout.text,
        format=kind,
        pages=tuple(layout.pages),
        headings=tuple(layout.headings),
        boilerplate=tuple(layout.boilerplate),
        pages_without_text=tuple(layout.without_text),
        ocr_pages=tuple(scans.recognised),
        warnings=(*scans.warnings(), *(["动画只识别了第一帧。"] if moving else [])),
    )


def decode_picture(data: bytes) -> Picture:
    """Unpack the first picture of an image file.

    Raises
    ------
    ReadError
        It is damaged, too large, or of a format that is not read.
    """
    with only_read_errors("图片", "picture"), _enough_memory(), _opened(data) as image:
        if image.width * image.height > MAX_SOURCE_PIXELS:
            raise _too_large()
        return _unpacked(image)


def boxes(data: bytes, extracted: Extracted, start: int, end: int, recogniser: Recogniser | None = None) -> list[Box]:
    """Find where the characters `[start, end)` of the text stand; the file is recognised once more.

    Points are those of a page of about A4: see the size of the page in each box.

    Raises
    ------
    ReadError
        As `read_image`; also where the text is not found, since the file has changed.
    """
    _, _, pages = _read(data, Scans(recogniser))
    layout = lay_out(pages) if pages else Layout()
    if layout.text != extracted.text:
        raise changed()
    return list(boxes_of(pages, layout, start, end))


def _read(data: bytes, scans: Scans) -> tuple[str, bool, list[Page]]:
    """Name of the format, whether it is an animation, and the pages."""
    pages: list[Page] = []
    with only_read_errors("图片", "picture"), _enough_memory():
        kind, moving = _describe(data)
        for number, picture in enumerate(_pictures(data, moving, scans), 1):
            page = None if picture is None else _read_page(picture, number, scans)
            pages.append(page or Page(number, *_A4, 0, 0))
    return kind, moving, pages


def _describe(data: bytes) -> tuple[str, bool]:
    """Name of the format, and whether it is an animation."""
    with _opened(data) as image:
        kind = {"TIFF": "tiff", "JPEG": "jpeg"}.get(image.format, image.format.lower())
        return kind, image.format != "TIFF" and getattr(image, "n_frames", 1) > 1


@contextmanager
def _enough_memory() -> Iterator[None]:
    try:
        yield
    except MemoryError as error:
        raise ReadError(
            "图片太大，内存不足；请缩小图片，或调高 RAG_READER_MB。",
            "The picture is too large for the memory; make it smaller, or raise RAG_READER_MB.",
        ) from error


def _opened(data: bytes) -> Any:
    from PIL import Image

    try:
        return Image.open(io.BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise _too_large() from error


def _pictures(data: bytes, moving: bool, scans: Scans) -> Iterator[Picture | None]:
    """Unpack the pictures one by one, turned as their camera says; None where none can be recognised anyway."""
    with _opened(data) as image:
        for number in range(_MAX_PAGES + 1):
            try:
                image.seek(number)
            except EOFError:
                return
            if number == _MAX_PAGES:
                raise ReadError(
                    f"图片有 {_MAX_PAGES} 页以上，请拆分。", f"The picture has more than {_MAX_PAGES} pages; split it."
                )
            if image.width * image.height > MAX_SOURCE_PIXELS:
                raise _too_large()
            if scans.is_possible:
                yield _unpacked(image)
            else:
                scans.miss(number + 1)
                yield None
            if moving:
                return


def _unpacked(image: Any) -> Picture:
    from PIL import Image

    factor = max(1.0, math.sqrt(image.width * image.height / MAX_PIXELS))
    size = (round(image.width / factor), round(image.height / factor))
    image.draft("RGB", size)
    if image.mode.startswith(("I", "F")):
        # Samples of 16 and 32 bits: PIL cuts them off instead of scaling them.
        step = math.ceil(factor)
        values = np.asarray(image)[::step, ::step].astype(np.float32)
        low, high = float(values.min()), float(values.max())
        grey = ((values - low) * (255 / max(high - low, 1e-6))).astype(np.uint8)
        return np.ascontiguousarray(np.repeat(grey[:, :, None], 3, axis=2))
    orientation = image.getexif().get(_ORIENTATION)
    # Made smaller first: a copy of the whole may be some hundred megabytes.
    smaller = image.convert({"1": "L", "P": "RGBA", "LA": "RGBA", "CMYK": "RGB"}.get(image.mode, image.mode))
    if factor > 1:
        smaller.thumbnail(size)
    upright = smaller.transpose(_TURNS[orientation]) if orientation in _TURNS else smaller
    if "A" in upright.getbands() or "transparency" in upright.info:
        layers = upright.convert("RGBA")
        upright = Image.alpha_composite(Image.new("RGBA", layers.size, "white"), layers)
    return np.ascontiguousarray(np.asarray(upright.convert("RGB"))[:, :, ::-1])


def _read_page(picture: Picture, number: int, scans: Scans) -> Page | None:
    height, width = picture.shape[:2]
    # What its file says of dots an inch is often wrong: a page is taken for A4, a long screenshot for as wide as that.
    scale = _A4[1] / min(max(height, width), math.sqrt(2) * min(height, width))
    return scans.read(picture, number, scale)


def _too_large() -> ReadError:
    return ReadError(
        f"图片超过 {MAX_SOURCE_PIXELS // 10_000:,} 万像素，请缩小或拆分。",
        f"The picture has more than {MAX_SOURCE_PIXELS // 10**6} million pixels; make it smaller or split it.",
    )
