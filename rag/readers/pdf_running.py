"""Running headers, footers and page numbers: what stands at the same place of several pages."""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import pairwise
from statistics import median

from rag.readers.pdf_page import Page, Piece

_ZONE = 0.15
_ROWS = 3
_SAME_HEIGHT = 4
_APART = 1.2
_DASHES = r"[-—–－―·•~～\s]*"
_PLAIN_NUMBER = re.compile(rf"{_DASHES}(\d{{1,4}}|[ivxlcIVXLC]{{1,6}}){_DASHES}")
_MARKED_NUMBER = re.compile(
    r"[-—–－―]+\s*\d{1,4}\s*[-—–－―]+"
    r"|第\s*[\d一二三四五六七八九十百]+\s*页(?:[\s，,/／（(]*共\s*[\d一二三四五六七八九十百]+\s*页[）)]?)?"
    r"|(?:page\s+)?\d{1,4}\s*(?:/|／|of)\s*\d{1,4}"
    r"|page\s+\d{1,4}",
    re.IGNORECASE,
)
# What browsers print at the edges of a page.
_PRINTED = re.compile(r"\d{1,4}/\d{1,2}/\d{1,4}, \d{1,2}:\d\d.*|(?:https?|file)://\S+")
_OWN_HEADING = re.compile(r"(?:附件|附录|附表|附图|表|图|第.+[章节条编]|[一二三四五六七八九十]+、|[（(])")
_NUMBER = re.compile(r"\d+")


def find_running(pages: list[Page], free: list[list[Piece]]) -> set[int]:
    """Find the pieces that belong to no passage.

    Parameters
    ----------
    pages
        Pages in order.
    free
        The pieces of each page that stand in no table.

    Returns
    -------
    `id`s of pieces: those that are the same on several pages but for a number that counts with the pages, while most
    pages have something like that at this height; page numbers; and what stands in the same line of print.
    """
    size = _body_size(free)
    zones: list[tuple[Page, list[Piece]]] = []
    for page, pieces in zip(pages, free, strict=True):
        rows = sorted({piece.row for piece in pieces})
        outer = {*rows[:_ROWS], *rows[-_ROWS:]}
        edge = _ZONE * page.height
        zones.append((page, [p for p in pieces if p.row in outer and not edge < p.baseline < page.height - edge]))
    apart = {page.number: _apart(pieces, size) for page, pieces in zip(pages, free, strict=True)}
    running = _page_numbers(zones) | _repeated(zones, size, apart)
    for page, zone in zones:
        beside = {piece.row for piece in zone if id(piece) in running}
        for piece in zone:
            printed = _PRINTED.fullmatch(piece.text.strip()) is not None
            at_edge = not 0.06 * page.height < piece.baseline < 0.94 * page.height
            if (piece.row in beside and (printed or len(pages) > 1)) or (printed and at_edge):
                running.add(id(piece))
    return running


def _body_size(free: list[list[Piece]]) -> float:
    sizes: Counter[float] = Counter()
    for pieces in free:
        for piece in pieces:
            sizes[round(piece.size, 1)] += len(piece.text)
    return sizes.most_common(1)[0][0] if sizes else 10.0


def _apart(pieces: list[Piece], size: float) -> tuple[float, float]:
    """Return how far down a header may reach and how far up a footer: more white follows it than between lines.

    Else a line of the body that happens to recur would be taken for one.
    """
    baselines = sorted({piece.row: piece.baseline for piece in pieces}.values())
    gaps = [below - above for above, below in pairwise(baselines)]
    pitches = [gap for gap in gaps if gap > 0.9 * size]
    if len(baselines) < 2 * _ROWS or not pitches:
        return math.inf, -math.inf
    usual = _APART * median(pitches)
    header = next((baselines[row] for row in reversed(range(_ROWS)) if gaps[row] > usual), -math.inf)
    footer = next((baselines[-row] for row in range(_ROWS, 0, -1) if gaps[-row] > usual), math.inf)
    return header, footer


def _page_numbers(zones: list[tuple[Page, list[Piece]]]) -> set[int]:
    """Find lines that are nothing but a page number: in a form of its own, or counting with the pages."""
    found: set[int] = set()
    offsets: dict[int, list[Piece]] = defaultdict(list)
    for page, zone in zones:
        for piece in zone:
            text = piece.text.strip()
            match = _PLAIN_NUMBER.fullmatch(text)
            if _MARKED_NUMBER.fullmatch(text):
                found.add(id(piece))
            elif match:
                value = int(match.group(1)) if match.group(1).isdecimal() else _roman(match.group(1))
                offsets[value - page.number].append(piece)
    for offset, pieces in offsets.items():
        if len({piece.page for piece in pieces}) > 1 or (len(zones) == 1 and not offset):
            found.update(map(id, pieces))
    return found


def _repeated(
    zones: list[tuple[Page, list[Piece]]], body_size: float, apart: dict[int, tuple[float, float]]
) -> set[int]:
    groups: dict[tuple[str, int], list[Piece]] = defaultdict(list)
    for page, zone in zones:
        for piece in zone:
            header, footer = apart[page.number]
            outside = piece.size < 0.9 * body_size or not header < piece.baseline < footer
            if piece.size <= 1.1 * body_size and outside:
                groups[_pattern(piece, page), piece.baseline > page.height / 2].append(piece)
    repeated = [piece for group in groups.values() for piece in _at_one_height(group)]
    with_text = _pages_by_height(piece for _, zone in zones for piece in zone)
    alike = _pages_by_height(repeated)
    found: set[int] = set()
    for piece in repeated:
        # Elsewhere the body of the page may begin at this height: then it is a heading that happens to be repeated.
        height = round(piece.baseline)
        if len(alike[height]) > 1 and len(alike[height]) >= 0.6 * len(with_text[height]):
            found.add(id(piece))
    return found


def _pages_by_height(pieces: Iterable[Piece]) -> dict[int, set[int]]:
    pages: dict[int, set[int]] = defaultdict(set)
    for piece in pieces:
        for shift in range(-_SAME_HEIGHT, _SAME_HEIGHT + 1):
            pages[round(piece.baseline) + shift].add(piece.page)
    return pages


def _pattern(piece: Piece, page: Page) -> str:
    """Return the text with numbers that count with the pages replaced by their distance from the page number."""
    text = "".join(piece.text.split())
    if _OWN_HEADING.match(text):
        return text
    numbers = _NUMBER.findall(text)
    if len(numbers) == 1 and len(numbers[0]) < 5 and text != numbers[0]:
        return _NUMBER.sub(f"#{int(numbers[0]) - page.number}", text)
    return text


def _at_one_height(group: list[Piece]) -> list[Piece]:
    middle = Counter(round(piece.baseline) for piece in group).most_common(1)[0][0]
    near = [piece for piece in group if abs(piece.baseline - middle) <= _SAME_HEIGHT]
    return near if len({piece.page for piece in near}) > 1 else []


def _roman(text: str) -> int:
    values = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}
    total = 0
    numbers = [values[char] for char in text.lower()]
    for index, value in enumerate(numbers):
        total += -value if any(later > value for later in numbers[index + 1 :]) else value
    return total
