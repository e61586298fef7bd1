"""One page of an OFD file (GB/T 33190—2016, clauses 8–11) → characters and ruling lines, as a PDF page has them.

OFD measures in mm with y downwards; here it becomes points with y upwards, so that `rag.readers.pdf_page` and what
builds on it (tables, reading order, running headers, paragraphs) serve both formats.
"""

import math
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from rag.errors import ReadError
from rag.readers.ofd_package import local
from rag.readers.pdf_glyphs import Glyph

Matrix = tuple[float, float, float, float, float, float]
Point = tuple[float, float]
POINTS = 72 / 25.4
# From mm, y downwards, to points, y upwards.
_PAGE: Matrix = (POINTS, 0.0, 0.0, -POINTS, 0.0, 0.0)
_IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
MAX_OBJECTS = 1_500_000
MAX_SEGMENTS = 20_000
_MAX_DEPTH = 12
_HUGE = 1e6
_THIN = 1.0
_DRAWN = re.compile(r"[A-Za-z]|[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")


@dataclass(frozen=True)
class Placed:
    """An image on a page, in points from its upper left corner; `resource` is the ID of its file."""

    resource: str
    left: float
    top: float
    right: float
    bottom: float


class Budget:
    """Bounds the objects of a whole document: pages may name the same content again and again."""

    def __init__(self) -> None:
        self._left = MAX_OBJECTS

    def spend(self, count: int = 1) -> None:
        """Count objects or characters.

        Raises
        ------
        ReadError
            There are more than any document has.
        """
        self._left -= count
        if self._left < 0:
            raise ReadError(
                "OFD 文件的内容过多（超过 150 万个对象或字），请拆分。",
                "The OFD file holds more than 1.5 million objects and characters; split it.",
            )


def numbers(text: str | None) -> list[float]:
    """Read a list of numbers (ST_Array); [] where one is none.

    >>> numbers("0 0 210 297"), numbers("g 3")
    ([0.0, 0.0, 210.0, 297.0], [])
    """
    try:
        values = [float(word) for word in (text or "").split()]
    except ValueError:
        return []
    return values if all(math.isfinite(value) and abs(value) < _HUGE for value in values) else []


class Drawing:
    """What the content of a page and of its templates draws.

    Attributes
    ----------
    glyphs, segments
        In points, y upwards from the upper edge of the page.
    images
        Where the images are, y downwards from the upper edge of the page.
    lost, hidden
        Characters without a meaning, and those that are not shown.
    """

    def __init__(self, budget: Budget, unit: Callable[[str], Element | None], weight: Callable[[str], int]) -> None:
        """Start; `unit` finds a composite graphic unit and `weight` the weight of a font, by their IDs."""
        self.glyphs: list[Glyph] = []
        self.segments: list[tuple[Point, Point]] = []
        self.images: list[Placed] = []
        self.lost = 0
        self.hidden = 0
        self._budget = budget
        self._unit = unit
        self._weight = weight

    def add(self, content: Element) -> None:
        """Draw the layers of a `Content` element, in their order."""
        self._draw(content, _PAGE, 0)

    def _draw(self, holder: Element, matrix: Matrix, depth: int) -> None:
        if depth > _MAX_DEPTH:
            return
        for element in holder:
            self._budget.spend()
            name = local(element)
            if element.get("Visible", "").lower() == "false":
                self.hidden += sum(
                    len((code.text or "").strip()) for code in element.iter() if local(code) == "TextCode"
                )
            elif name in ("Layer", "PageBlock"):
                self._draw(element, matrix, depth + 1)
            elif name == "TextObject":
                self._text(element, _placed(element, matrix))
            elif name == "ImageObject":
                self._image(element, matrix)
            elif name == "PathObject":
                self._path(element, _placed(element, matrix))
            elif name in ("CompositeObject", "CompositeGraphicUnit"):
                unit = self._unit(element.get("ResourceID", ""))
                for content in () if unit is None else unit:
                    if local(content) == "Content":
                        self._draw(content, _placed(element, matrix), depth + 1)

    def _text(self, element: Element, matrix: Matrix) -> None:
        size = abs(_number(element.get("Size"), 3.5))
        stretch = abs(_number(element.get("HScale"), 1.0)) or 1.0
        direction = round(_number(element.get("ReadDirection"), 0.0) / 90) % 4
        weight = 2 if _number(element.get("Weight"), 400.0) >= 600 else self._weight(element.get("Font", ""))
        # A TextCode without X or Y begins where the one before it began.
        x = y = 0.0
        for code in element:
            if local(code) != "TextCode":
                continue
            x, y = _number(code.get("X"), x), _number(code.get("Y"), y)
            # White space at the ends is how the XML is laid out, unless it is spaces.
            text = re.sub(r"[\r\n\t]+", "", code.text or "")
            self._budget.spend(len(text))
            right, down = _advances(code.get("DeltaX"), len(text)), _advances(code.get("DeltaY"), len(text))
            if direction and not down:
                step = 1 if direction == 1 else -1
                down, right = ([step * value for value in right], []) if direction % 2 else ([], [-v for v in right])
                down = down or ([step * size] * len(text) if direction % 2 else [])
            is_down = bool(down) and not any(right)
            self._place(text, (x, y), (right, down, is_down), (size, stretch), matrix, weight)

    def _place(
        self,
        text: str,
        start: Point,
        advances: tuple[list[float], list[float], bool],
        type_size: tuple[float, float],
        matrix: Matrix,
        weight: int,
    ) -> None:
        """Place the characters one by one.

        OFD gives no widths, only where the next character stands: it ends there, unless a wide gap is meant.
        """
        size, stretch = type_size
        right, down, is_down = advances
        a, b, c, d, _, _ = matrix
        height = size * math.hypot(c, d)
        if not 0.5 < height < 1500:
            self.lost += len(text.strip())
            return
        turns = _turns(a, b)
        x, y = start
        for index, char in enumerate(text):
            usual = _width(char) * size * stretch
            step = right[index] if index < len(right) else 0.0 if is_down else usual
            width = step if 0 < step <= 1.2 * size * stretch else usual
            known = _character(char)
            origin = _apply(matrix, x, y)
            corners = [_apply(matrix, x, y + 0.12 * size), _apply(matrix, x + width, y - 0.88 * size)]
            if not known or not all(math.isfinite(value) and abs(value) < _HUGE for value in (*origin, *corners[1])):
                self.lost += 1
            else:
                (x0, y0), (x1, y1) = corners
                box = (min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))
                self.glyphs.append(Glyph(known, box, origin, round(height, 2), turns, weight))
            x += step
            y += down[index] if index < len(down) else size if is_down else 0.0

    def _image(self, element: Element, matrix: Matrix) -> None:
        """Keep where an image is: the unit square under its CTM, or its whole boundary where it has none."""
        box = numbers(element.get("Boundary"))
        if len(box) != 4 or not element.get("ResourceID"):
            return
        has_own = len(numbers(element.get("CTM"))) == 6
        far = (1.0, 1.0) if has_own else (box[2], box[3])
        placed = _placed(element, matrix)
        (x0, y0), (x1, y1) = _apply(placed, 0.0, 0.0), _apply(placed, *far)
        if all(math.isfinite(value) and abs(value) < _HUGE for value in (x0, y0, x1, y1)):
            sides = min(x0, x1), min(-y0, -y1), max(x0, x1), max(-y0, -y1)
            self.images.append(Placed(element.get("ResourceID", ""), *sides))

    def _path(self, element: Element, matrix: Matrix) -> None:
        """Collect straight strokes and thin filled boxes; curves matter to no table."""
        drawn = next((child.text for child in element if local(child) == "AbbreviatedData"), None) or ""
        words = _DRAWN.findall(drawn[:100_000])
        self._budget.spend(len(words) // 8)
        lines = [
            (_apply(matrix, *start), _apply(matrix, *end))
            for start, end in _strokes(words)
            if all(abs(value) < _HUGE for value in (*start, *end))
        ]
        if element.get("Stroke", "true").lower() == "false":
            points = [point for line in lines for point in line]
            xs, ys = [x for x, _ in points], [y for _, y in points]
            if not points or min(max(xs) - min(xs), max(ys) - min(ys)) > _THIN * POINTS:
                return
            lines = [((min(xs), min(ys)), (max(xs), max(ys)))]
        self.segments += lines[: MAX_SEGMENTS - len(self.segments)]


def _strokes(words: list[str]) -> Iterator[tuple[Point, Point]]:
    """Follow the path `M x y L x y … C`; only straight lines are drawn."""
    here = first = (0.0, 0.0)
    index = 0
    while index < len(words):
        command, index = words[index], index + 1
        values: list[float] = []
        while index < len(words) and not words[index].isalpha():
            values.append(float(words[index]))
            index += 1
        if command == "C":
            there = first
        elif len(values) >= 2:
            there = (values[-2], values[-1])
        else:
            continue
        if command in "MS":
            first = there
        elif command in "LC":
            yield here, there
        here = there


def _advances(text: str | None, count: int) -> list[float]:
    """Read DeltaX or DeltaY; `g 3 5` stands for `5 5 5`."""
    values: list[float] = []
    words = (text or "").split()
    index = 0
    while index < len(words) and len(values) < count:
        times = 1
        if words[index] == "g" and index + 2 < len(words):
            digits = words[index + 1]
            times = min(int(digits[:7]), count - len(values)) if digits.isascii() and digits.isdigit() else 0
            index += 2
        values += numbers(words[index]) * times
        index += 1
    return values


def _character(char: str) -> str:
    """Return what can be read; writers put ¤ or a private code where a glyph has no character."""
    if char == "\u00a0":
        return " "
    return "" if char in "\u00a4\ufffd" or unicodedata.category(char) in ("Cc", "Co", "Cn", "Cs") else char


def _width(char: str) -> float:
    return 1.0 if unicodedata.east_asian_width(char) in "WFA" else 0.5


def _number(text: str | None, default: float) -> float:
    values = numbers(text)
    return values[0] if values else default


def _placed(element: Element, outer: Matrix) -> Matrix:
    """From coordinates inside an object to the page: its CTM, its boundary, then what holds it."""
    box = numbers(element.get("Boundary"))
    x, y = (box[0], box[1]) if len(box) >= 2 else (0.0, 0.0)
    own = numbers(element.get("CTM"))
    a, b, c, d, e, f = own if len(own) == 6 else _IDENTITY
    g, h, i, j, k, m = outer
    e, f = e + x, f + y
    return (a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m)


def _apply(matrix: Matrix, x: float, y: float) -> tuple[float, float]:
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


def _turns(a: float, b: float) -> int | None:
    """Count the quarter turns that make text of this matrix upright; None for text aslant (a watermark)."""
    quarters = math.atan2(b, a) / (math.pi / 2)
    return round(quarters) % 4 if abs(quarters - round(quarters)) < 0.04 else None
