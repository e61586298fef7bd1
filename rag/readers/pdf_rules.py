"""The ruling lines of a PDF page: borders of tables, however they were drawn."""

import ctypes
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

MAX_SEGMENTS = 20_000
MAX_OBJECTS = 200_000
_MAX_DEPTH = 4
_THIN = 3.0
_NEAR = 3.0
_SHORTEST = 4.0

Point = tuple[float, float]
Matrix = tuple[float, float, float, float, float, float]


@dataclass(frozen=True)
class Rules:
    """Lines along the axes, upright coordinates: `(y, x0, x1)` across and `(x, y0, y1)` down.

    `complete` is False where the page has more paths than are looked at (a map, a chart): then there are none.
    """

    across: tuple[tuple[float, float, float], ...] = ()
    down: tuple[tuple[float, float, float], ...] = ()
    complete: bool = True


def read_rules(page: Any, place: Callable[[float, float], Point]) -> Rules:
    """Collect the strokes and thin filled boxes of a page; `place` turns page coordinates to upright ones."""
    across: list[tuple[float, float, float]] = []
    down: list[tuple[float, float, float]] = []
    for count, ((x0, y0), (x1, y1)) in enumerate(_segments(page)):
        if count > MAX_SEGMENTS:
            return Rules(complete=False)
        (left, top), (right, bottom) = place(x0, y0), place(x1, y1)
        left, right = min(left, right), max(left, right)
        top, bottom = min(top, bottom), max(top, bottom)
        if max(abs(left), abs(right), abs(top), abs(bottom)) > 1e5:
            continue
        if bottom - top <= _THIN and right - left >= _SHORTEST:
            across.append(((top + bottom) / 2, left, right))
        elif right - left <= _THIN and bottom - top >= _SHORTEST:
            down.append(((left + right) / 2, top, bottom))
    return Rules(merge_lines(across), merge_lines(down))


def read_spaces(page: Any, known: Container[int]) -> list[Point]:
    """Find the places of spaces that PDFium leaves out of its text: text objects of no size.

    Parameters
    ----------
    known
        Addresses of the text objects that PDFium's text has characters of.
    """
    import pypdfium2.raw as pdfium

    spaces: list[Point] = []
    edges = [ctypes.c_float() for _ in range(4)]
    for count, (item, kind, outer) in enumerate(walk(page)):
        if count > MAX_OBJECTS:
            break
        if kind != pdfium.FPDF_PAGEOBJ_TEXT or ctypes.addressof(item.contents) in known:
            continue
        if pdfium.FPDFPageObj_GetBounds(item, *edges) and edges[2].value - edges[0].value < 0.01:
            *_, x, y = _within(pdfium, item, outer)
            spaces.append((x, y))
    return spaces


def merge_lines(lines: list[tuple[float, float, float]]) -> tuple[tuple[float, float, float], ...]:
    """Join lines that go on from each other: borders are drawn cell by cell, or twice."""
    groups: list[list[tuple[float, float, float]]] = []
    for line in sorted(lines):
        if not groups or line[0] - groups[-1][0][0] > _NEAR:
            groups.append([])
        groups[-1].append(line)
    merged: list[tuple[float, float, float]] = []
    for group in groups:
        at = sum(line[0] for line in group) / len(group)
        spans = sorted((start, end) for _, start, end in group)
        start, end = spans[0]
        for next_start, next_end in spans[1:]:
            if next_start > end + _NEAR:
                merged.append((at, start, end))
                start, end = next_start, next_end
            end = max(end, next_end)
        merged.append((at, start, end))
    return tuple(merged)


def _segments(page: Any) -> Iterator[tuple[Point, Point]]:
    import pypdfium2.raw as pdfium

    seen = 0
    for item, kind, outer in walk(page):
        if kind != pdfium.FPDF_PAGEOBJ_PATH:
            continue
        seen += 1
        fill, stroke = ctypes.c_int(), ctypes.c_int()
        pdfium.FPDFPath_GetDrawMode(item, fill, stroke)
        matrix = _within(pdfium, item, outer)
        for points in _outlines(pdfium, item, matrix):
            if stroke.value:
                yield from pairwise(points)
            elif fill.value and len(points) > 1:
                xs, ys = [x for x, _ in points], [y for _, y in points]
                if min(max(xs) - min(xs), max(ys) - min(ys)) <= _THIN:
                    yield (min(xs), min(ys)), (max(xs), max(ys))
        if seen > MAX_SEGMENTS:
            # More objects than lines that are looked at: let the caller's count run out.
            yield from (((0.0, 0.0), (0.0, 0.0)) for _ in range(MAX_SEGMENTS + 2))
            return


def walk(page: Any) -> Iterator[tuple[Any, int, Matrix]]:
    """Walk over the objects of a page and of the forms drawn on it: object, kind, matrix of the form around it."""
    import pypdfium2.raw as pdfium

    return _walk(pdfium, page.raw, 0, (1.0, 0.0, 0.0, 1.0, 0.0, 0.0))


def _walk(pdfium: Any, holder: Any, depth: int, matrix: Matrix) -> Iterator[tuple[Any, int, Matrix]]:
    count, get = (
        (pdfium.FPDFFormObj_CountObjects, pdfium.FPDFFormObj_GetObject)
        if depth
        else (pdfium.FPDFPage_CountObjects, pdfium.FPDFPage_GetObject)
    )
    for index in range(count(holder)):
        item = get(holder, index)
        if not item:
            continue
        kind = pdfium.FPDFPageObj_GetType(item)
        yield item, kind, matrix
        if kind == pdfium.FPDF_PAGEOBJ_FORM and depth < _MAX_DEPTH:
            yield from _walk(pdfium, item, depth + 1, _within(pdfium, item, matrix))


def _within(pdfium: Any, item: Any, outer: Matrix) -> Matrix:
    own = pdfium.FS_MATRIX()
    if not pdfium.FPDFPageObj_GetMatrix(item, own):
        return outer
    g, h, i, j, k, m = outer
    a, b, c, d, e, f = own.a, own.b, own.c, own.d, own.e, own.f
    return (a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m)


def _outlines(pdfium: Any, path: Any, matrix: Matrix) -> Iterator[list[Point]]:
    """List the corners of each subpath; what lies behind a curve begins a new one."""
    a, b, c, d, e, f = matrix
    points: list[Point] = []
    x, y = ctypes.c_float(), ctypes.c_float()
    for index in range(min(pdfium.FPDFPath_CountSegments(path), MAX_SEGMENTS)):
        segment = pdfium.FPDFPath_GetPathSegment(path, index)
        kind = pdfium.FPDFPathSegment_GetType(segment)
        pdfium.FPDFPathSegment_GetPoint(segment, x, y)
        point = (a * x.value + c * y.value + e, b * x.value + d * y.value + f)
        if kind != pdfium.FPDF_SEGMENT_LINETO:
            if points:
                yield points
            points = []
        points.append(point)
        if pdfium.FPDFPathSegment_GetClose(segment) and len(points) > 1:
            points.append(points[0])
    if points:
        yield points
