"""Recognised lines → a page of pieces, as a PDF page has them, so that reading order and paragraphs are found alike."""

import math
import re
import unicodedata
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, replace
from statistics import median

from rag.readers.ocr import MIN_CONFIDENCE, Picture, PrintedLine, Recognised
from rag.readers.pdf_page import Page, Piece, is_cjk

# The boxes of lines are about this much higher than the characters are large.
_BOX_HEIGHT = 1.1
# Ink fills one half of these, and the boxes of lines begin and end with ink.
_OPENING = tuple("（《“‘〔【「『")
_CLOSING = tuple("。，、；：！？）》”’〕】」』")
_LEAST_SKEW = math.radians(0.1)
_GREATEST_SKEW = math.radians(15)
_GAP = 0.8
_LABEL = re.compile(r"第[一二三四五六七八九十百千零〇\d]+[编章节条]")
_NARROW_LEFT = re.compile(r"\(([^()（）]*)）")
_NARROW_RIGHT = re.compile(r"（([^()（）]*)\)")
_RELIABLE = 8
_BLANK = 48


@dataclass(frozen=True)
class _Placed:
    """A line in points after the skew of the page is taken away; `middle` is the height of its middle."""

    line: PrintedLine
    left: float
    right: float
    middle: float
    height: float


def is_blank(picture: Picture) -> bool:
    """Tell an empty page: there is no contrast worth speaking of."""
    return not picture.size or int(picture.max()) - int(picture.min()) < _BLANK


def make_page(found: Recognised, number: int, scale: float, shown_turns: int = 0) -> tuple[Page, int]:
    """Make a page of what was recognised.

    Parameters
    ----------
    found
        The lines of the page's picture.
    number
        Number of the page.
    scale
        Points a pixel.
    shown_turns
        Quarter turns clockwise from the page's own coordinates to the picture as it was given.

    Returns
    -------
    Page, int
        The page, and how many lines are left out since they are too uncertain (below `MIN_CONFIDENCE`).
    """
    height, width = (side * scale for side in found.picture.shape[:2])
    lines = [replace(line, text=_matched(line.text)) for line in found.lines if line.confidence >= MIN_CONFIDENCE]
    skew = _skew(lines)
    upright = [line for line in lines if not _stands(line)]
    placed = [_place(line, scale, (width / 2, height / 2), skew) for line in upright]
    sizes = _sizes(placed)
    pieces: list[Piece] = []
    for row, members in enumerate(_rows(placed, sizes)):
        baseline = median(item.middle + 0.38 * sizes[id(item)] for item in members)
        for item in sorted(members, key=lambda item: item.left):
            pieces += _pieces(item, number, row, baseline, sizes[id(item)])
    aslant: list[Piece] = []
    for row, line in enumerate((line for line in lines if _stands(line)), len(pieces)):
        item = _place(line, scale, (width / 2, height / 2), skew)
        aslant += _pieces(item, number, row, item.middle, max(1.0, item.right - item.left))
    turns = (shown_turns + found.turns) % 4
    page = Page(number, width, height, turns, shown_turns, pieces, aslant, skew=skew)
    return page, len(found.lines) - len(lines)


def _stands(line: PrintedLine) -> bool:
    """Tell a line that runs down the page: a note at the margin, a seal."""
    upper_left, upper_right, _, lower_left = line.corners
    across, down = math.dist(upper_left, upper_right), math.dist(upper_left, lower_left)
    return down >= 1.5 * across and len(line.text) > 1


def _skew(lines: list[PrintedLine]) -> float:
    """Angle in radians by which the page was laid aslant on the scanner, clockwise; 0 where it is none."""
    angles: list[tuple[float, float]] = []
    for line in lines:
        (x0, y0), (x1, y1), (x2, y2), (x3, y3) = line.corners.tolist()
        across, down = math.dist((x0, y0), (x1, y1)), math.dist((x0, y0), (x3, y3))
        if across > 5 * down:
            angles.append((math.atan2(y1 - y0 + y2 - y3, x1 - x0 + x2 - x3), across))
    half = sum(length for _, length in angles) / 2
    for angle, length in sorted(angles):
        half -= length
        if half <= 0:
            return angle if _LEAST_SKEW < abs(angle) < _GREATEST_SKEW else 0.0
    return 0.0


def _place(line: PrintedLine, scale: float, centre: tuple[float, float], skew: float) -> _Placed:
    corners = line.corners.astype(float) * scale
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = corners.tolist()
    length = (math.dist((x0, y0), (x1, y1)) + math.dist((x3, y3), (x2, y2))) / 2
    height = (math.dist((x0, y0), (x3, y3)) + math.dist((x1, y1), (x2, y2))) / 2
    x, y = corners.mean(axis=0).tolist()
    x, y = turned(x, y, centre, -skew)
    return _Placed(line, x - length / 2, x + length / 2, y, height)


def turned(x: float, y: float, centre: tuple[float, float], angle: float) -> tuple[float, float]:
    """Turn a point around another, clockwise for y downwards."""
    dx, dy = x - centre[0], y - centre[1]
    cosine, sine = math.cos(angle), math.sin(angle)
    return centre[0] + dx * cosine - dy * sine, centre[1] + dx * sine + dy * cosine


def _sizes(placed: list[_Placed]) -> dict[int, float]:
    """Estimate the size of the characters of each line; what is nearly equal becomes equal, as print is.

    The pitch of Chinese characters tells it to a few per cent where a line has many, the height of its box less well.
    """
    estimates = sorted(((_wide(item.line.text), _estimate(item), item) for item in placed), key=lambda one: -one[0])
    groups: list[list[tuple[float, int]]] = []
    sizes: dict[int, float] = {}
    members: dict[int, int] = {}
    for wide, estimate, item in estimates:
        near = 0.07 if wide >= _RELIABLE else 0.18 if wide >= 3 else 0.3
        means = [sum(size * weight for size, weight in group) / sum(weight for _, weight in group) for group in groups]
        best = min(range(len(means)), key=lambda index: abs(means[index] - estimate), default=None)
        if best is None or abs(means[best] - estimate) > near * estimate:
            best = len(groups)
            groups.append([])
        groups[best].append((estimate, wide + 1))
        members[id(item)] = best
    for key, index in members.items():
        mean = sum(size * weight for size, weight in groups[index]) / sum(weight for _, weight in groups[index])
        sizes[key] = max(1.0, round(2 * mean) / 2)
    return sizes


def _estimate(item: _Placed) -> float:
    by_height = item.height / _BOX_HEIGHT
    by_pitch = (item.right - item.left) / _inked(item.line.text)
    return by_pitch if 0.6 * by_height < by_pitch < 1.4 * by_height else by_height


def _wide(text: str) -> int:
    return sum(_em(char) == 1.0 for char in text)


def _ems(text: str) -> float:
    return sum(map(_em, text))


def _inked(text: str) -> float:
    """Width of a line from ink to ink, in character sizes."""
    return max(0.5, _ems(text) - 0.5 * text.startswith(_OPENING) - 0.5 * text.endswith(_CLOSING))


def _em(char: str) -> float:
    return 1.0 if unicodedata.east_asian_width(char) in "WFA" else 0.5


def _rows(placed: list[_Placed], sizes: dict[int, float]) -> Iterator[list[_Placed]]:
    row: list[_Placed] = []
    for item in sorted(placed, key=lambda item: item.middle):
        if row and item.middle - row[0].middle > 0.45 * max(sizes[id(item)], sizes[id(row[0])]):
            yield row
            row = []
        row.append(item)
    if row:
        yield row


def _pieces(item: _Placed, number: int, row: int, baseline: float, size: float) -> Iterator[Piece]:
    """Cut a line at wide gaps, as those between the words of a heading or the cells of a row."""
    text, edges = _characters(item, size)
    start = 0
    for at in range(1, len(text) + 1):
        if at == len(text) or edges[2 * at] - edges[2 * at - 1] > _GAP * size:
            piece = Piece(text, edges, number, row, baseline, size, (0, 0)).part(start, at)
            start = at
            if piece is not None:
                yield piece


def _characters(item: _Placed, size: float) -> tuple[str, "array[float]"]:
    """Place each character on the line; spaces beside Chinese characters are the library's guess and left out."""
    text, length = item.line.text, item.right - item.left
    middles = [item.left + share * length for share in item.line.centres]
    unit = length / _inked(text)
    if not middles:
        at = item.left - 0.5 * unit * text.startswith(_OPENING)
        for char in text:
            middles.append(at + _em(char) * unit / 2)
            at += _em(char) * unit
    label = _LABEL.match(text)
    labelled = label.end() if label else -1
    kept: list[str] = []
    edges = array("f")
    right = item.left
    for index, (char, middle) in enumerate(zip(text, middles, strict=True)):
        around = text[max(index - 1, 0) : index + 2]
        if char.isspace() and any(is_cjk(other) for other in around):
            if index != labelled:
                continue
            char = "\u3000"
        half = _em(char) * min(size, unit * 1.1) / 2
        left = max(right, middle - half)
        right = max(left + 0.01, min(item.right, middle + half))
        kept.append(char)
        edges.extend((left, right))
    if kept:
        edges[0] = min(item.left, edges[0]) - 0.5 * size * kept[0].startswith(_OPENING)
        edges[-1] = max(item.right, edges[-1]) + 0.5 * size * kept[-1].endswith(_CLOSING)
    return _spaced("".join(kept), edges, size)


def _spaced(text: str, edges: "array[float]", size: float) -> tuple[str, "array[float]"]:
    """Put the space back that stands after the number of a clause: 第三条　项目…, which is no 第三条项."""
    label = _LABEL.match(text)
    at = label.end() if label else 0
    if not 0 < at < len(text) or text[at].isspace() or edges[2 * at] - edges[2 * at - 1] < 0.5 * size:
        return text, edges
    gap = array("f", (edges[2 * at - 1], edges[2 * at]))
    return f"{text[:at]}\u3000{text[at:]}", edges[: 2 * at] + gap + edges[2 * at :]


def _matched(text: str) -> str:
    """Give both brackets of a pair the same width: the narrow one was misread.

    >>> _matched("(二）精准对接")
    '（二）精准对接'
    """
    return _NARROW_LEFT.sub(r"（\1）", _NARROW_RIGHT.sub(r"（\1）", text))
