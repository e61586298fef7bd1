"""Pictures of pages → the lines of print on them, with PP-OCR models that come in the wheel of `rapidocr`.

The only place that knows the OCR library. It is the optional extra `[ocr]`: what needs it asks `is_installed` first.
"""

import importlib.util
import math
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.errors import ReadError

OCR_VERSION = 2
"""Raised when the rules of recognition change; part of what an index says it was made with."""
INSTALL = "pip install -e '.[ocr]'"
DEFAULT_SECONDS = 600.0
MIN_CONFIDENCE = 0.6
"""Lines whose mean confidence (that of their characters) lies below are left out, and counted."""
# Lines are found best where characters are 14–25 pixels high: at 120 dpi for print of 8–14 points, which also takes
# a quarter of the time; they are read from the whole picture.
_FIND_DPI = 120.0
_MAX_FOUND = 4_000_000
# Higher pictures (screenshots of web pages) are cut into bands between lines of print.
_LONGEST_INCHES = 17.0
_MAX_LINES = 1_000
_PROBES = 6
_SURE = 0.9

Picture = NDArray[np.uint8]
"""Shape (height, width, 3), channels blue, green, red."""


@dataclass(frozen=True)
class PrintedLine:
    """A recognised line.

    Attributes
    ----------
    text
        What was recognised.
    corners
        Shape (4, 2), pixels: upper left, upper right, lower right, lower left as one reads.
    centres
        Where the middle of each character lies along the line, 0 its beginning and 1 its end; empty where unknown.
    confidence
        Mean over the characters, in [0, 1].
    """

    text: str
    corners: NDArray[np.float32]
    centres: tuple[float, ...]
    confidence: float


@dataclass(frozen=True)
class Recognised:
    """The lines of a picture, after it was turned `turns` quarter turns clockwise to be upright."""

    lines: tuple[PrintedLine, ...]
    turns: int
    picture: Picture


def is_installed() -> bool:
    """Tell whether the extra `[ocr]` is there, without importing it."""
    return all(importlib.util.find_spec(name) is not None for name in ("rapidocr", "onnxruntime"))


class Recogniser:
    """Recognises pictures, with a bound on the time that each file may take; its models are loaded once.

    Parameters
    ----------
    seconds
        What the recognition of one file may take; 0 turns it off.
    started
        Called when the first picture of a file is going to be recognised.
    """

    def __init__(self, seconds: float = DEFAULT_SECONDS, started: Callable[[], None] = lambda: None) -> None:
        self.seconds = seconds
        self._started = started
        self._engine: Any = None
        self._deadline: float | None = None

    @property
    def is_available(self) -> bool:
        """Whether pictures can be recognised at all."""
        return self.seconds > 0 and is_installed()

    def begin_file(self) -> None:
        """Give the next file its time."""
        self._deadline = None

    def read(self, picture: Picture, dpi: float) -> Recognised | None:
        """Recognise a picture.

        Parameters
        ----------
        picture
            A page; it may lie on its side or upside down.
        dpi
            Its pixels an inch, roughly.

        Returns
        -------
        Recognised or None
            None where the time of the file is used up.

        Raises
        ------
        ReadError
            Recognition failed, most likely for want of memory.
        """
        if self._deadline is None:
            self._started()
            self._deadline = time.monotonic() + self.seconds
        elif time.monotonic() >= self._deadline:
            return None
        if self._engine is None:
            self._engine = _load()
        import cv2
        from rapidocr.inference_engine.onnxruntime.main import ONNXRuntimeError

        try:
            return self._read(picture, dpi)
        except (MemoryError, ONNXRuntimeError, cv2.error) as error:
            raise ReadError(
                "识别图像中的文字时出错（可能内存不足），请降低扫描分辨率或调高 RAG_READER_MB。",
                "Recognising the text of a picture failed (out of memory?); scan with fewer dots an inch, or raise "
                "RAG_READER_MB.",
            ) from error

    def _read(self, picture: Picture, dpi: float) -> Recognised:
        corners = self._find(picture, dpi)
        turns = 0
        if _lies_on_its_side(corners):
            turns, picture = 1, np.ascontiguousarray(np.rot90(picture, -1))
            corners = self._find(picture, dpi)
        if self._is_upside_down(picture, corners):
            turns, picture = turns + 2, np.ascontiguousarray(np.rot90(picture, 2))
            corners = self._find(picture, dpi)
        lines = [line for line in (self._line(picture, quad) for quad in corners) if line is not None]
        return Recognised(tuple(lines), turns, picture)

    def _find(self, picture: Picture, dpi: float) -> list[NDArray[np.float32]]:
        import cv2

        corners: list[NDArray[np.float32]] = []
        for top, band in _bands(picture, round(_LONGEST_INCHES * dpi)):
            scale = min(1.0, _FIND_DPI / dpi, math.sqrt(_MAX_FOUND / (band.shape[0] * band.shape[1])))
            small = cv2.resize(band, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else band
            found = self._engine(small, use_det=True, use_cls=False, use_rec=False)
            if found.boxes is not None:
                shift = np.array((0, top), dtype=np.float32)
                corners += [quad / np.float32(scale) + shift for quad in found.boxes.astype(np.float32)]
        return corners[:_MAX_LINES]

    def _is_upside_down(self, picture: Picture, corners: list[NDArray[np.float32]]) -> bool:
        longest = sorted(corners, key=lambda quad: -float(np.linalg.norm(quad[1] - quad[0])))[:_PROBES]
        votes = 0
        for quad in longest:
            told = self._engine(_cut_out(picture, quad), use_det=False, use_cls=True, use_rec=False)
            label, confidence = told.cls_res[0]
            votes += (1 if label == "180" else -1) if confidence >= _SURE else 0
        return votes > 0

    def _line(self, picture: Picture, quad: NDArray[np.float32]) -> PrintedLine | None:
        image = _cut_out(picture, quad)
        if min(image.shape[:2]) < 3:
            return None
        found = self._engine(image, use_det=False, use_cls=False, use_rec=True, return_word_box=True)
        if found.txts is None or not found.txts[0].strip():
            return None
        text = found.txts[0]
        info: Any = found.word_results[0] if found.word_results else None
        centres: tuple[float, ...] = ()
        # The library tells columns of its last feature map; where it left out a character, they tell nothing.
        if info is not None and [char for word in info.words for char in word] == list("".join(text.split())):
            columns = [column for word in info.word_cols for column in word]
            centres = _centres(text, columns, info.line_txt_len) if info.line_txt_len else ()
        return PrintedLine(text, quad, centres, float(found.scores[0]))


def _centres(text: str, columns: list[float], count: float) -> tuple[float, ...]:
    """Where the characters of a line stand, from the columns of those that are no spaces; spaces in between."""
    found: list[float] = []
    left = iter(columns)
    for char in text:
        found.append(-1.0 if char.isspace() else min(1.0, (next(left) + 0.5) / count))
    for at, value in enumerate(found):
        if value < 0:
            following = next((later for later in found[at:] if later >= 0), 1.0)
            found[at] = ((found[at - 1] if at else 0.0) + following) / 2
    return tuple(found)


def _load() -> Any:
    """Load the models, from the wheel only: where they are missing, the library would go and fetch them."""
    import onnxruntime
    import rapidocr

    onnxruntime.disable_telemetry_events()
    folder = Path(rapidocr.__file__).parent / "models"
    names = {kind: min(folder.glob(f"*_{kind}_*.onnx"), default=None) for kind in ("det", "cls", "rec")}
    if None in names.values():
        raise ReadError(
            f"OCR 组件的模型文件缺失，请重新安装：{INSTALL}。", f"The models of the OCR extra are missing; {INSTALL}."
        )
    return rapidocr.RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.text_score": 0.0,
            "Global.max_side_len": 100_000,
            "Global.use_vertical_padding": False,
            # Two files are read at the same time, unless set otherwise (RAG_READERS): each gets half of the cores.
            "EngineConfig.onnxruntime.intra_op_num_threads": max(1, (os.cpu_count() or 1) // 2),
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            "Det.limit_side_len": 32,
        }
        | {f"{kind.title()}.model_path": str(path) for kind, path in names.items()}
    )


def _bands(picture: Picture, longest: int) -> Iterator[tuple[int, Picture]]:
    """Cut a high picture where there is least ink; gives the upper edge of each band and the band."""
    top = 0
    while picture.shape[0] - top > longest:
        ink = picture[top + longest // 2 : top + longest].astype(np.float32).std(axis=(1, 2))
        cut = top + longest // 2 + int(ink.argmin())
        yield top, picture[top:cut]
        top = cut
    yield top, picture[top:]


def _cut_out(picture: Picture, quad: NDArray[np.float32]) -> Picture:
    """Cut a line out and set it straight; one that is much higher than wide is turned to lie."""
    from rapidocr.utils.process_img import get_rotate_crop_image

    image: Picture = get_rotate_crop_image(picture, quad.copy())
    return image


def _lies_on_its_side(corners: list[NDArray[np.float32]]) -> bool:
    standing = lying = 0.0
    for quad in corners:
        width, height = float(np.linalg.norm(quad[1] - quad[0])), float(np.linalg.norm(quad[3] - quad[0]))
        standing += height if height > 2 * width else 0.0
        lying += width if width > 2 * height else 0.0
    return standing > 2 * lying
