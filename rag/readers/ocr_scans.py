"""The pages of a file that are pictures: recognises them, and keeps account of what could be read and what not."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from rag.errors import ReadError
from rag.readers.ocr import INSTALL, MIN_CONFIDENCE, Picture, Recogniser
from rag.readers.ocr_page import is_blank, make_page
from rag.readers.pdf_page import Page

DPI = 200
"""Pages are drawn with so many dots an inch to be recognised."""
MAX_PIXELS = 9_000_000
"""Larger pictures are made smaller: A4 has these at 300 dots an inch, and more do not help."""


@dataclass
class Scans:
    """What became of the pages without text of one file.

    Attributes
    ----------
    recogniser
        None where nothing is to be recognised.
    recognised, missed, late
        Numbers of pages: those whose text was recognised, those that could not be since there is no OCR, and those
        that there was no time left for.
    unknown
        Numbers of pages with images that could not be unpacked.
    left_out
        Number of lines too uncertain to be kept.
    """

    recogniser: Recogniser | None
    recognised: list[int] = field(default_factory=list)
    missed: list[int] = field(default_factory=list)
    late: list[int] = field(default_factory=list)
    unknown: set[int] = field(default_factory=set)
    left_out: int = 0

    @property
    def is_possible(self) -> bool:
        """Whether there is OCR."""
        return self.recogniser is not None and self.recogniser.is_available

    def miss(self, number: int) -> None:
        """Note that a page could not be recognised since there is no OCR."""
        self.missed.append(number)

    def read(self, picture: Picture, number: int, scale: float, shown_turns: int = 0, own: int = 0) -> Page | None:
        """Recognise the picture of a page.

        Parameters
        ----------
        picture
            The page as it is shown.
        number
            Its number.
        scale
            Points a pixel.
        shown_turns
            Quarter turns clockwise from the page's own coordinates to the picture.
        own
            How many characters the page has by itself: it is taken for a picture where three times as many are found.

        Returns
        -------
        Page or None
            None where there is no text on it, or no time left.
        """
        if self.recogniser is None or is_blank(picture):
            return None
        found = self.recogniser.read(picture, 72 / scale)
        if found is None:
            self.late.append(number)
            return None
        page, left_out = make_page(found, number, scale, shown_turns)
        count = sum(len(piece.text) for piece in (*page.pieces, *page.aslant))
        if count < max(1, 3 * own):
            self.left_out += 0 if own else left_out
            return None
        self.left_out += left_out
        self.recognised.append(number)
        return page

    def warnings(self) -> Iterator[str]:
        """Sentences for the receipt, in Chinese."""
        if self.recognised:
            yield f"{page_numbers(self.recognised)}的文字由图像识别（OCR）得到，可能有误，引用前请核对原件。"
        if self.left_out:
            yield f"有 {self.left_out} 行图像文字辨认不清（置信度低于 {MIN_CONFIDENCE:g}），已略去。"
        if self.unknown:
            yield f"{page_numbers(sorted(self.unknown))}有图像已损坏或格式不支持，未能识别。"
        if self.missed:
            yield f"{page_numbers(self.missed)}是图像（可能是扫描件），其中的文字未能读取：{self._advice()[0]}"
        if self.late:
            yield f"{page_numbers(self.late)}的图像文字未识别：{self._out_of_time()[0]}"

    def nothing_read(self, chinese: str, english: str) -> ReadError:
        """Make the reason why a file without any text is skipped; the arguments are what the file is called."""
        if self.missed:
            reason = self._advice()
            return ReadError(
                f"{chinese}没有可读的文字，可能是扫描件；{reason[0]}",
                f"The {english} has no readable text, it seems to be a scan; {reason[1]}",
            )
        if self.late:
            reason = self._out_of_time()
            return ReadError(
                f"{chinese}没有可读的文字，图像文字未识别：{reason[0]}",
                f"The {english} has no readable text, and its pictures were not recognised: {reason[1]}",
            )
        return ReadError(
            f"{chinese}没有可读的文字（扫描件或图片），从图像中也没有识别出文字；请检查是否清晰，或换用其他来源。",
            f"The {english} has no readable text (a scan or picture), and none was recognised; check whether it is "
            "legible, or find another source.",
        )

    def _advice(self) -> tuple[str, str]:
        if self.recogniser is not None and self.recogniser.seconds <= 0:
            return (
                "图像识别已关闭（RAG_OCR_SECONDS=0），请调高后更新索引。",
                "recognition is turned off (RAG_OCR_SECONDS=0); raise it and update the index.",
            )
        return (
            f"请安装 OCR 组件（{INSTALL}）后更新索引。",
            f"install the OCR extra ({INSTALL}) and update the index.",
        )

    def _out_of_time(self) -> tuple[str, str]:
        seconds = self.recogniser.seconds if self.recogniser is not None else 0.0
        return (
            f"一个文件的识别时间上限是 {seconds:g} 秒，请拆分文件或调高 RAG_OCR_SECONDS。",
            f"recognising one file may take {seconds:g} s; split it or raise RAG_OCR_SECONDS.",
        )


def page_numbers(pages: list[int]) -> str:
    """Name pages in Chinese, not more than ten of them.

    >>> page_numbers([2, 4])
    '第 2、4 页'
    """
    shown = "、".join(str(number) for number in pages[:10])
    return f"第 {shown} 页" if len(pages) <= 10 else f"第 {shown} 等 {len(pages)} 页"
