"""One PDF page → its runs of characters and its ruling lines, in upright coordinates (points, y downwards)."""

import math
import re
from array import array
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from rag.readers.pdf_gaps import aligned_gaps
from rag.readers.pdf_glyphs import Glyph, read_glyphs
from rag.readers.pdf_rules import Rules, read_rules
from rag.readers.pdf_vertical import turn_vertical

_CJK = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef\U00020000-\U0003ffff“”‘’…—·]")
# Signs that stand before what they belong to, without a space.
TIED = "≥≤<>=±×÷~～/¥￥$€＋+＜＞≈"


def is_cjk(char: str) -> bool:
    """Tell a character that is set without spaces: ideographs, full-width forms and Chinese punctuation."""
    return _CJK.match(char) is not None


@dataclass(frozen=True, slots=True)
class Piece:
    """Characters on one baseline without a wide gap.

    Attributes
    ----------
    text
        The characters; spaces that stand for a gap between Latin words are included.
    edges
        Left and right edge of each character: `2 * len(text)` numbers.
    row
        Number of its line of print on the page, from the top; pieces side by side have the same.
    size
        Font size in points that most characters have.
    weights
        Lowest and highest weight of letters: 0 ordinary, 1 a black face (黑体), 2 bold.
    """

    text: str
    edges: "array[float]"
    page: int
    row: int
    baseline: float
    size: float
    weights: tuple[int, int]

    @property
    def left(self) -> float:
        """Left edge of the first character."""
        return self.edges[0]

    @property
    def right(self) -> float:
        """Right edge of the last character that is no space."""
        return self.edges[2 * len(self.text.rstrip()) - 1]

    @property
    def top(self) -> float:
        """Upper edge: most glyphs reach 0.88 of the size above the baseline."""
        return self.baseline - 0.88 * self.size

    @property
    def bottom(self) -> float:
        """Lower edge."""
        return self.baseline + 0.12 * self.size

    def part(self, start: int, end: int) -> "Piece | None":
        """Return characters `[start, end)` without white space around them, None where there is nothing else."""
        text = self.text[start:end]
        start += len(text) - len(text.lstrip())
        text = text.strip()
        if not text:
            return None
        edges = self.edges[2 * start : 2 * (start + len(text))]
        return Piece(text, edges, self.page, self.row, self.baseline, self.size, self.weights)


@dataclass(frozen=True)
class Page:
    """What lies on a page.

    `turns` counts the quarter turns clockwise from the page's own coordinates to these (most of the text is upright
    here), `shown_turns` those to the page as a viewer shows it; `width` and `height` are after `turns`.
    A recognised page (`rag.readers.ocr_page`) that lay aslant on the scanner was turned back around its middle by
    `skew`, an angle in radians.
    """

    number: int
    width: float
    height: float
    turns: int
    shown_turns: int
    pieces: list[Piece] = field(default_factory=list)
    aslant: list[Piece] = field(default_factory=list)
    rules: Rules = field(default_factory=Rules)
    unreadable: bool = False
    lost: int = 0
    outside: int = 0
    skew: float = 0.0


def read_page(document: Any, number: int) -> Page:
    """Read page `number` (from 1) of a pypdfium2 document.

    A page whose fonts say of more than 3 in 10 characters not which they are has no text: `unreadable`, since what
    they are taken for would be nonsense. A page that PDFium cannot load raises `PdfiumError`.
    """
    import pypdfium2.raw as pdfium

    page = document[number - 1]
    try:
        bounds = page.get_bbox()
        shown = page.get_rotation() // 90 % 4
        text_page = pdfium.FPDFText_LoadPage(page)
        if not text_page:
            raise ValueError("no text page")
        try:
            glyphs, lost = read_glyphs(page, text_page)
            glyphs = turn_vertical(glyphs)
        finally:
            pdfium.FPDFText_ClosePage(text_page)
        upright = Counter(glyph.turns for glyph in glyphs if glyph.turns is not None).most_common(1)
        turns = upright[0][0] if upright and upright[0][0] is not None else shown
        frame = Frame(bounds, turns)
        if lost * 10 > 3 * (lost + len(glyphs)):
            return Page(number, frame.width, frame.height, turns, shown, unreadable=True, lost=lost)
        inside = [glyph for glyph in glyphs if frame.holds(glyph.origin)]
        rules = read_rules(page, frame.point)
        pieces, aslant = upright_and_aslant(inside, turns, bounds, number)
        outside = count_visible(glyphs) - count_visible(inside)
        return Page(number, frame.width, frame.height, turns, shown, pieces, aslant, rules, False, lost, outside)
    finally:
        page.close()


def upright_and_aslant(
    glyphs: list[Glyph], turns: int, bounds: tuple[float, float, float, float], number: int
) -> tuple[list[Piece], list[Piece]]:
    """Group the characters of a page into pieces: those that run with the page, and those that run otherwise."""
    upright = list(pieces_of([glyph for glyph in glyphs if glyph.turns == turns], Frame(bounds, turns), number))
    row = upright[-1].row + 1 if upright else 0
    aslant: list[Piece] = []
    for other in sorted({glyph.turns for glyph in glyphs} - {turns}, key=lambda value: -1 if value is None else value):
        rest = [glyph for glyph in glyphs if glyph.turns == other]
        aslant += pieces_of(rest, Frame(bounds, other or 0), number, row, in_order=other is None)
        row = aslant[-1].row + 1 if aslant else row
    return upright, aslant


def count_visible(glyphs: list[Glyph]) -> int:
    """Number of characters that are no white space."""
    return sum(not glyph.char.isspace() for glyph in glyphs)


class Frame:
    """From page coordinates (y upwards) to upright ones: quarter turns clockwise, origin top left, y downwards."""

    def __init__(self, bounds: tuple[float, float, float, float], turns: int) -> None:
        self.turns = turns
        corners = [self._turn(x, y) for x in bounds[::2] for y in bounds[1::2]]
        self.left, self.right = min(x for x, _ in corners), max(x for x, _ in corners)
        self.low, self.high = min(y for _, y in corners), max(y for _, y in corners)
        self.width, self.height = self.right - self.left, self.high - self.low

    def _turn(self, x: float, y: float) -> tuple[float, float]:
        return ((x, y), (y, -x), (-x, -y), (-y, x))[self.turns]

    def point(self, x: float, y: float) -> tuple[float, float]:
        """The upright place of a point of the page."""
        x, y = self._turn(x, y)
        return x - self.left, self.high - y

    def holds(self, point: tuple[float, float]) -> bool:
        """Tell whether a point of the page lies on it, or at most 2 points beside it."""
        x, y = self.point(*point)
        return -2 <= x <= self.width + 2 and -2 <= y <= self.height + 2


def shown_box(page: Page, left: float, top: float, right: float, bottom: float) -> tuple[float, float, float, float]:
    """Turn a box from upright coordinates to the page as a viewer shows it; origin top left, points."""
    frame = Frame((0.0, 0.0, page.width, page.height), (page.shown_turns - page.turns) % 4)
    cosine, sine = math.cos(page.skew), math.sin(page.skew)
    shown = []
    for x, y in ((left, top), (right, top), (right, bottom), (left, bottom)):
        dx, dy = x - page.width / 2, y - page.height / 2
        x, y = page.width / 2 + dx * cosine - dy * sine, page.height / 2 + dx * sine + dy * cosine
        shown.append(frame.point(x, page.height - y))
    xs, ys = [x for x, _ in shown], [y for _, y in shown]
    return min(xs), min(ys), max(xs), max(ys)


def pieces_of(
    glyphs: list[Glyph],
    frame: Frame,
    number: int,
    row: int = 0,
    *,
    in_order: bool = False,
) -> Iterator[Piece]:
    """Group characters into lines of print by their baselines, and cut these at wide gaps.

    With `in_order`, the characters stand aslant: they become one piece in the order of the file.
    """
    placed = []
    for glyph in glyphs:
        x, baseline = frame.point(*glyph.origin)
        (x0, _), (x1, _) = frame.point(*glyph.box[:2]), frame.point(*glyph.box[2:])
        left, right = min(x0, x1), max(x0, x1)
        if right - left < 0.01:
            left, right = x, x + 0.01
        placed.append((glyph, left, right, baseline))
    if in_order:
        rows = [placed] if placed else []
    else:
        rows = _rows(placed)
    if not in_order:
        for line in rows:
            line.sort(key=lambda item: item[1])
        rows = [_without_empty(line) for line in rows]
    gaps = aligned_gaps(
        [[(g.char, left, right, g.size, is_cjk(g.char)) for g, left, right, _ in line] for line in rows]
    )
    for line, behind in zip(rows, gaps, strict=True):
        yield from _cut(line, number, row, behind, cut=not in_order)
        row += 1


_Placed = tuple[Glyph, float, float, float]


def _rows(placed: list[_Placed]) -> list[list[_Placed]]:
    # A superscript stands up to 0.45 of the size above the line; lines of print are at least 1.0 apart.
    rows: list[list[_Placed]] = []
    first: _Placed | None = None
    for item in sorted(placed, key=lambda item: item[3]):
        if first is None or item[3] - first[3] > 0.45 * max(item[0].size, first[0].size):
            rows.append([])
            first = item
        rows[-1].append(item)
    return rows


def _without_empty(line: list[_Placed]) -> list[_Placed]:
    """Leave out what has no width and no white space around it: soft hyphens, which look like spaces of no size."""
    kept: list[_Placed] = []
    for index, item in enumerate(line):
        glyph, left, right, _ = item
        following = line[index + 1] if index + 1 < len(line) else None
        if glyph.char.isspace() and right - left < 0.02 and kept and following is not None:
            size = min(kept[-1][0].size, following[0].size)
            if following[1] - kept[-1][2] < 0.1 * size:
                continue
        kept.append(item)
    return kept


def _cut(line: list[_Placed], number: int, row: int, behind: set[int], *, cut: bool) -> Iterator[Piece]:
    """Cut a line of print at wide gaps, and before the characters `behind` a gap between columns."""
    run: list[tuple[str, float, float]] = []
    members: list[_Placed] = []
    for index, item in enumerate(line):
        glyph, left, right, baseline = item
        if members:
            last, last_left, last_right, last_baseline = members[-1]
            gap = left - last_right
            if (
                cut
                and glyph.char == last.char
                and not glyph.char.isspace()
                and abs(left - last_left) < 0.3 * (right - left)
                and abs(baseline - last_baseline) < 0.2 * glyph.size
            ):
                continue  # the same character printed twice to look bold
            size = max(glyph.size, last.size)
            if cut and (gap > 0.8 * size or index in behind):
                yield from _piece(run, members, number, row)
                run, members = [], []
            elif (
                cut
                and gap > 0.2 * size
                and not (last.char.isspace() or glyph.char.isspace() or is_cjk(last.char) or is_cjk(glyph.char))
                and last.char not in TIED
            ):
                run.append((" ", last_right, left))
        run.append((glyph.char, left, right))
        members.append(item)
    yield from _piece(run, members, number, row)


def _piece(run: list[tuple[str, float, float]], members: list[_Placed], number: int, row: int) -> Iterator[Piece]:
    inked = [item for item in members if not item[0].char.isspace()]
    if not inked:
        return
    size = Counter(item[0].size for item in inked).most_common(1)[0][0]
    baseline = Counter(round(item[3], 1) for item in inked if item[0].size == size).most_common(1)[0][0]
    weights = [item[0].weight for item in inked if item[0].char.isalnum()] or [0]
    start = next(index for index, (char, _, _) in enumerate(run) if not char.isspace())
    run = run[start:]
    edges = array("f", (edge for _, left, right in run for edge in (left, right)))
    yield Piece("".join(char for char, _, _ in run), edges, number, row, baseline, size, (min(weights), max(weights)))
