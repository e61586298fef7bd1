"""The characters of a PDF page as PDFium finds them, each with its place, size and weight."""

import ctypes
import math
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from rag.readers.pdf_rules import read_spaces

MAX_CHARS = 200_000
_FARTHEST = 1e6
# Characters of the supplement block that fonts draw with the glyph of an ordinary character; taken from the character
# maps of Noto Sans CJK and Noto Serif CJK. For the Kangxi block (U+2F00–2FD5) Unicode itself has the mapping.
_SUPPLEMENT = dict(
    zip(
        "⺂⺃⺅⺇⺉⺋⺎⺏⺐⺒⺓⺔⺕⺖⺘⺙⺛⺞⺟⺠⺡⺣⺤⺦⺨⺫⺭⺯⺰⺱⺲⺹⺺⺾⺿⻁⻂⻃⻄⻅⻆⻈⻉⻋⻌⻍⻎⻐⻑⻒⻓⻔⻖⻘⻙⻚⻛⻜⻝⻟⻠⻢⻣⻤⻥⻦⻧⻨⻩⻪⻫⻬⻭⻮⻯⻰⻱⻲⻳",
        "乛乚亻𠘨刂㔾兀尣尢巳幺彑彐忄扌攵旡歺母民氵灬爫丬犭罒礻糹纟罓罒耂肀艹艹虎衤覀西见角讠贝车辶辶辶钅長镸长门阝青韦页风飞食飠饣马骨鬼鱼鸟卤麦黄黾斉齐歯齿竜龙龜亀龟",
        strict=True,
    )
)
_BOLD = re.compile(r"bold|heavy|black|demi", re.IGNORECASE)
_HEI = re.compile(r"hei|黑|gothic", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Glyph:
    """A character in page coordinates; `turns` are the quarter turns that make it upright, None if aslant."""

    char: str
    box: tuple[float, float, float, float]
    origin: tuple[float, float]
    size: float
    turns: int | None
    weight: int


def read_glyphs(page: Any, text_page: Any) -> tuple[list[Glyph], int]:
    """List the characters of a page in the order of the file, and count those without a meaning."""
    import pypdfium2.raw as pdfium

    box, matrix = pdfium.FS_RECTF(), pdfium.FS_MATRIX()
    x, y = ctypes.c_double(), ctypes.c_double()
    weights: dict[int, int] = {}
    objects: set[int] = set()
    glyphs: list[Glyph] = []
    lost = 0
    high = 0
    for index in range(min(pdfium.FPDFText_CountChars(text_page), MAX_CHARS)):
        if pdfium.FPDFText_IsGenerated(text_page, index) == 1:
            continue
        point = pdfium.FPDFText_GetUnicode(text_page, index)
        if 0xD800 <= point < 0xDC00:
            high = point
            continue
        if 0xDC00 <= point < 0xE000 and high:
            point = 0x10000 + ((high - 0xD800) << 10) + (point - 0xDC00)
        high = 0
        char = _character(point)
        if char is None or (pdfium.FPDFText_HasUnicodeMapError(text_page, index) == 1 and not char.isascii()):
            lost += 1
            continue
        pdfium.FPDFText_GetLooseCharBox(text_page, index, box)
        pdfium.FPDFText_GetCharOrigin(text_page, index, x, y)
        if not pdfium.FPDFText_GetMatrix(text_page, index, matrix):
            matrix.a = matrix.d = 1.0
            matrix.b = matrix.c = 0.0
        size = pdfium.FPDFText_GetFontSize(text_page, index) * math.hypot(matrix.c, matrix.d)
        place = (box.left, box.bottom, box.right, box.top)
        origin = (x.value, y.value)
        # Written so that it refuses numbers that are none, too.
        if not sum(map(abs, (*place, *origin, size))) < _FARTHEST:
            lost += 1
            continue
        if not 1 <= size <= 500:
            size = min(500.0, max(1.0, box.top - box.bottom))
        text_object = pdfium.FPDFText_GetTextObject(text_page, index)
        if text_object:
            objects.add(ctypes.addressof(text_object.contents))
        weight = _weight(pdfium, text_object, weights)
        turns = _turns(matrix.a, matrix.b)
        glyphs.append(Glyph(char, place, origin, round(size, 2), turns, weight))
    upright = Counter(glyph.turns for glyph in glyphs).most_common(1)
    for left, base in read_spaces(page, objects) if upright else ():
        glyphs.append(Glyph(" ", (left, base, left, base), (left, base), 1.0, upright[0][0], 0))
    return glyphs, lost


@lru_cache(maxsize=8192)
def _character(point: int) -> str | None:
    """Return the ordinary character for a code point of PDFium's, None for what is no character."""
    if point in (0x02, 0xFFFE):  # what PDFium writes for a hyphen at the end of a line
        return "-"
    if point in (0x09, 0x0A, 0x0D, 0xA0):
        return " "
    if point == 0 or 0xD800 <= point < 0xF900 or point > 0x10FFFF:
        return None
    char = chr(point)
    if char == "⼾":  # 户 in the fonts for simplified characters, where Unicode has 戶
        return "户"
    if 0x2F00 <= point <= 0x2FDF:
        return unicodedata.normalize("NFKC", char)
    if 0x2E80 <= point <= 0x2EFF:
        return _SUPPLEMENT.get(char, char)
    if 0xF900 <= point <= 0xFAFF:  # compatibility ideographs share glyphs too; this is canonical equivalence
        return unicodedata.normalize("NFC", char)
    return None if point == 0xFFFD or unicodedata.category(char) in ("Cc", "Cn") else char


def _weight(pdfium: Any, text_object: Any, known: dict[int, int]) -> int:
    if not text_object:
        return 0
    if pdfium.FPDFTextObj_GetTextRenderMode(text_object) == 2:  # filled and outlined: bold made of an ordinary face
        return 2
    font = pdfium.FPDFTextObj_GetFont(text_object)
    if not font:
        return 0
    key = ctypes.addressof(font.contents)
    if key not in known:
        buffer = ctypes.create_string_buffer(256)
        pdfium.FPDFFont_GetBaseFontName(font, buffer, 256)
        name = buffer.value.decode("utf-8", "replace")
        known[key] = 2 if _BOLD.search(name) else 1 if _HEI.search(name) else 0
    return known[key]


def _turns(a: float, b: float) -> int | None:
    """Count the quarter turns that make text of this matrix upright; None for text aslant (a watermark)."""
    if not (a or b):
        return 0
    quarters = math.atan2(b, a) / (math.pi / 2)
    return round(quarters) % 4 if abs(quarters - round(quarters)) < 0.04 else None
