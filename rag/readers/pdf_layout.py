"""Pages → one text: paragraphs, tables and running lines in order, and where on the pages each character stands."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from rag.readers.pdf_order import Item, Line, in_order
from rag.readers.pdf_page import Page, Piece
from rag.readers.pdf_paragraphs import Paragraph, is_contents, paragraphs
from rag.readers.pdf_running import find_running
from rag.readers.pdf_table import Grid, find_tables
from rag.readers.pdf_table_text import TableText, write_tables
from rag.readers.pdf_words import Part

_MAX_HEADING = 60
_NO_HEADING = tuple("。；;，,、")
_LARGER = 1.12
_MAX_LEVEL = 6


@dataclass
class Layout:
    """The text of a document and what is known about it; `parts` tell where the pieces of the pages stand in it."""

    text: str = ""
    parts: list[Part] = field(default_factory=list)
    headings: list[tuple[int, int, int]] = field(default_factory=list)
    boilerplate: list[tuple[int, int]] = field(default_factory=list)
    pages: list[tuple[int, int]] = field(default_factory=list)
    without_text: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class _Block:
    text: str
    parts: tuple[Part, ...]
    level: int = 0
    running: bool = False

    @property
    def pages(self) -> tuple[int, int]:
        return self.parts[0].piece.page, self.parts[-1].piece.page


def lay_out(pages: list[Page]) -> Layout:
    """Put the text of the pages together."""
    tables, free = [], []
    for page in pages:
        grids, rest = find_tables(page)
        tables.append(grids)
        free.append(rest)
    aslant = [list(page.aslant) for page in pages]
    running = find_running(pages, free) | _watermarks(aslant, len(pages))
    body: list[list[Item]] = []
    around: list[tuple[list[_Block], list[_Block]]] = []
    gutters: tuple[float, ...] = ()
    for page, grids, rest, turned in zip(pages, tables, free, aslant, strict=True):
        kept = [piece for piece in rest if id(piece) not in running]
        items, gutters = in_order(kept, grids, gutters)
        items += [Line((piece,), -1 - number) for number, piece in enumerate(turned) if id(piece) not in running]
        body.append(items)
        out = [piece for piece in rest if id(piece) in running]
        half = page.height / 2
        above = _running_blocks([piece for piece in out if piece.baseline < half])
        below = _running_blocks([piece for piece in out if piece.baseline >= half])
        below += _running_blocks([piece for piece in turned if id(piece) in running])
        around.append((above, below))
    blocks = _with_running(_blocks(body, _usual_width(pages)), around, pages[0].number)
    layout = _write(blocks, range(pages[0].number, pages[-1].number + 1))
    layout.without_text = [page.number for page, items in zip(pages, body, strict=True) if not items]
    return layout


def _usual_width(pages: list[Page]) -> float:
    return Counter(round(page.width) for page in pages).most_common(1)[0][0]


def _watermarks(aslant: list[list[Piece]], count: int) -> set[int]:
    """Find text aslant that more than half of the pages have."""
    seen = Counter(text for pieces in aslant for text in {piece.text for piece in pieces})
    often = {text for text, number in seen.items() if number > 1 and number * 2 > count}
    return {id(piece) for pieces in aslant for piece in pieces if piece.text in often}


def _running_blocks(pieces: list[Piece]) -> list[_Block]:
    rows: dict[int, list[Piece]] = {}
    for piece in pieces:
        rows.setdefault(piece.row, []).append(piece)
    blocks = []
    for row in sorted(rows):
        text = ""
        parts = []
        for piece in sorted(rows[row], key=lambda piece: piece.left):
            text = f"{text.rstrip()} " if text else ""
            parts.append(Part(len(text), piece))
            text += piece.text
        blocks.append(_Block(text.strip(), tuple(parts), running=True))
    return blocks


def _blocks(body: list[list[Item]], width: float) -> list[_Block]:
    found = list(paragraphs(body, width))
    levels = _levels([item for item in found if isinstance(item, Paragraph)])
    tables = write_tables(found)
    blocks: list[_Block] = []
    for item in found:
        if isinstance(item, Grid):
            written: list[TableText] = tables[id(item)]
            blocks += [_Block(text, parts) for text, parts in written if text]
        else:
            text = item.text.strip()
            blocks.append(_Block(text, tuple(item.parts), levels.get(id(item), 0)))
    return [block for block in blocks if block.text and block.parts]


def _levels(found: list[Paragraph]) -> dict[int, int]:
    """Tell headings by larger or bolder characters than most have; the larger and bolder the higher the level."""
    weights: Counter[int] = Counter()
    sizes: Counter[float] = Counter()
    for paragraph in found:
        for part in paragraph.parts:
            weights[part.piece.weights[0]] += len(part.piece.text)
            sizes[round(part.piece.size, 1)] += len(part.piece.text)
    if not sizes:
        return {}
    weight, size = weights.most_common(1)[0][0], sizes.most_common(1)[0][0]
    styles: dict[int, tuple[float, int]] = {}
    for paragraph in found:
        text = paragraph.text.strip()
        if len(text) > _MAX_HEADING or text.endswith(_NO_HEADING) or is_contents(text) or not _has_words(text):
            continue
        own_size = round(min(part.piece.size for part in paragraph.parts) * 2) / 2
        own_weight = min(part.piece.weights[0] for part in paragraph.parts)
        larger = own_size >= _LARGER * size
        if larger or (own_weight > weight and own_size >= 0.95 * size):
            styles[id(paragraph)] = (own_size, own_weight)
    order = {style: level for level, style in enumerate(sorted(set(styles.values()), reverse=True), 1)}
    return {key: min(order[style], _MAX_LEVEL) for key, style in styles.items()}


def _has_words(text: str) -> bool:
    return sum(char.isalpha() for char in text) > 1


def _with_running(
    blocks: list[_Block], around: list[tuple[list[_Block], list[_Block]]], number: int
) -> Iterator[_Block]:
    """Put headers before and footers behind the text of their pages, but never into a paragraph.

    Where a paragraph goes on to the next page, the footers stand before it and the headers of the next page behind.
    `number` is that of the first page.
    """
    opened = closed = 0

    def up_to(page: int) -> Iterator[_Block]:
        nonlocal opened, closed
        while opened < page:
            if closed < opened:
                yield from around[closed][1]
                closed += 1
            yield from around[opened][0]
            opened += 1

    for block in blocks:
        first, last = (page - number + 1 for page in block.pages)
        yield from up_to(first)
        if last > first and closed < first:
            yield from around[first - 1][1]
            closed = first
        yield block
    yield from up_to(len(around))
    if closed < opened:
        yield from around[closed][1]


def _write(blocks: Iterable[_Block], numbers: range) -> Layout:
    layout = Layout()
    texts: list[str] = []
    length = 0
    starts: dict[int, int] = {}
    for block in blocks:
        if texts:
            texts.append("\n\n")
            length += 2
        texts.append(block.text)
        for part in block.parts:
            at = length + part.start
            layout.parts.append(Part(at, part.piece))
            starts[part.piece.page] = min(at, starts.get(part.piece.page, at))
        if block.parts:
            page = block.parts[0].piece.page
            starts[page] = min(length, starts[page])
        end = length + len(block.text)
        if block.level:
            layout.headings.append((length, end, block.level))
        if block.running:
            layout.boilerplate.append((length, end))
        length = end
    layout.text = "".join(texts)
    layout.pages = _ranges(starts, length, numbers)
    return layout


def _ranges(starts: dict[int, int], length: int, numbers: range) -> list[tuple[int, int]]:
    ranges: list[tuple[int, int]] = []
    end = length
    for page in reversed(numbers):
        start = min(starts.get(page, end), end)
        ranges.append((start, end))
        end = start
    if ranges and ranges[-1][0]:
        ranges[-1] = (0, ranges[-1][1])
    return ranges[::-1]
