"""Lines of print → paragraphs: a line break inside a paragraph disappears, a paragraph break stays."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median, quantiles

from rag.readers.pdf_order import Item, Line
from rag.readers.pdf_page import is_cjk
from rag.readers.pdf_table import Grid
from rag.readers.pdf_words import CLOSING, Part, fits_on, join, spacing

_MARKER = re.compile(
    r"第[一二三四五六七八九十百千零〇\d]+[编章节条款]|[一二三四五六七八九十百]+、|[（(][一二三四五六七八九十百\d]+[）)]"
    r"|\d{1,3}(?:\.\d{1,2})*[、．.](?!\d)|\d{1,2}(?:\.\d{1,2})+\s|[①-⑳]|[•●■◆◇▪○\-–—]\s?"
)
_END = tuple("。！？；：.!?;:”）")
_STOP = re.compile(r"[。！？；：.!?;:][”’）)]?$")
# Within a paragraph the distance of lines varies by a tenth where faces are mixed.
_PARAGRAPH_GAP = 1.18
_DEEPEST = 5
_RUNNING = 14
_MANY = 5
_APART = 0.5
_CONTENTS = re.compile(r"[.…·．]{4,}\s*[-—]?\s*\d+\s*[-—]?$")


@dataclass
class Paragraph:
    """A paragraph: its text, and the pieces it was put together from."""

    text: str = ""
    parts: list[Part] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)


@dataclass(frozen=True)
class _Margins:
    left: float
    right: float


@dataclass(frozen=True)
class Setting:
    """How a document is set.

    Attributes
    ----------
    margins
        Left and right margin by page (odd, even) and column.
    pitch
        Distance of the lines of a paragraph by character size.
    body_size
        Size that most characters have.
    indented
        Paragraphs begin with an indent.
    spaced
        Where a space stands between Chinese and other characters, see `rag.readers.pdf_words.spacing`.
    """

    margins: dict[tuple[int, int | None], _Margins]
    pitch: dict[int, float]
    body_size: float
    indented: bool
    spaced: str

    def margin(self, line: Line) -> _Margins:
        """Margins that hold for a line."""
        return self.margins[line.page, line.column]


def paragraphs(pages: Iterable[list[Item]], width: float) -> Iterator[Paragraph | Grid]:
    """Join the lines of a document, over columns and pages too; `width` is that of most pages."""
    items = [item for page in pages for item in page]
    setting = measure([item for item in items if isinstance(item, Line)], width)
    paragraph: Paragraph | None = None
    for item in items:
        if isinstance(item, Grid):
            if paragraph:
                yield paragraph
            paragraph = None
            yield item
            continue
        if paragraph and _breaks(paragraph, item, setting):
            yield paragraph
            paragraph = None
        paragraph = paragraph or Paragraph()
        _append(paragraph, item, setting.spaced)
    if paragraph:
        yield paragraph


def measure(lines: list[Line], width: float) -> Setting:
    """Measure margins, line pitch and the size of most characters."""
    shared: dict[int, list[Line]] = defaultdict(list)
    columns: dict[tuple[int, int | None], list[Line]] = defaultdict(list)
    sizes: dict[float, int] = defaultdict(int)
    for line in lines:
        columns[line.page, line.column].append(line)
        if line.column is None:
            shared[line.page % 2].append(line)
        sizes[round(line.main.size, 1)] += sum(len(piece.text) for piece in line.pieces)
    if min(len(shared[0]), len(shared[1])) < 20:
        shared[0] = shared[1] = shared[0] + shared[1]
    common = {parity: _margins(members, width) for parity, members in shared.items() if members}
    margins = {key: common[key[0] % 2] if key[1] is None else _margins(members) for key, members in columns.items()}
    for page, column in columns:
        beside = [margins[key] for key in margins if key[0] == page and key[1] is not None] if column is None else []
        if beside:
            # What stands across columns reaches from the first to the last.
            right = max(margin.right for margin in beside)
            margins[page, None] = _Margins(min(margin.left for margin in beside), right)
    for (page, column), members in columns.items():
        # The last page of a document in columns may fill the first one only.
        before = margins.get((page - 1, 0))
        if column is None and before and (page, 0) not in margins and _lie_within(members, before):
            margins[page, None] = before
    pitches: dict[int, list[float]] = defaultdict(list)
    running: dict[int, list[float]] = defaultdict(list)
    for upper, lower in pairwise(lines):
        pitch = lower.main.baseline - upper.main.baseline
        same = (upper.page, upper.column, round(upper.main.size)) == (lower.page, lower.column, round(lower.main.size))
        if same and pitch > 0.5 * lower.main.size:
            pitches[round(lower.main.size)].append(pitch)
            if upper.right > margins[upper.page, upper.column].right - 2 * upper.main.size:
                running[round(lower.main.size)].append(pitch)
    # Full lines are followed by lines of their paragraph, unlike those of lists and of tables without rules. Some of
    # the distances are those between paragraphs.
    pitches.update({size: values for size, values in running.items() if len(values) > _MANY})
    usual = {size: quantiles(values, n=4)[0] for size, values in pitches.items() if len(values) > 2}
    indents = [line.left - margins[line.page, line.column].left for line in lines]
    first = sum(1.5 < indent / line.main.size < 2.6 for indent, line in zip(indents, lines, strict=True))
    body = max(sizes, key=lambda size: sizes[size], default=10.0)
    spaced = spacing(piece.text for line in lines for piece in line.pieces)
    return Setting(margins, usual, body, first > max(1, 0.03 * len(lines)), spaced)


def _lie_within(lines: list[Line], margins: _Margins) -> bool:
    return all(margins.left - 2 < line.left and line.right < margins.right + line.main.size for line in lines)


def _margins(lines: list[Line], page_width: float | None = None) -> _Margins:
    """Take the outermost edges that several lines share.

    With the width of the page, few short lines of equal length are not taken for full ones.
    """
    size = median(line.main.size for line in lines)
    left = _edge([line.left for line in lines], 0.3 * size)
    # Punctuation at the end of a line may hang over the margin.
    within = [line for line in lines if not line.main.text.rstrip().endswith(tuple(CLOSING))]
    right = -_edge([-line.right for line in (within if len(within) > 2 else lines)], 0.5 * size)
    if page_width is not None and right < 0.75 * page_width - left:
        full = [line for line in lines if line.right > right - size]
        texts = ["".join(piece.text for piece in line.pieces).rstrip() for line in full]
        running = [text for text in texts if len(text) >= _RUNNING and not text.endswith(_END)]
        if len(running) < 3 or len(running) < 0.6 * len(full):
            right = page_width - left
    return _Margins(left, right)


def _edge(values: list[float], near: float) -> float:
    """Return the lowest value that one in ten values, and two where there are more than four, are near."""
    values = sorted(values)
    need = max(len(values) // 10, 2 if len(values) > 4 else 1)
    for index in range(len(values) - need + 1):
        if values[index + need - 1] - values[index] <= near:
            return values[index]
    return values[0]


def _append(paragraph: Paragraph, line: Line, spaced_out: str) -> None:
    text = paragraph.text
    gaps = [after.left - before.right for before, after in pairwise(line.pieces)]
    for index, piece in enumerate(line.pieces):
        if index == 0:
            text = join(text, piece.text, spaced_out)
        else:
            before = line.pieces[index - 1]
            # Chinese set wide (通　　知) has equal gaps; a gap that stands out separates.
            wide = gaps[index - 1] > max(1.5 * piece.size, 1.5 * median(gaps) if len(gaps) > 1 else 0.0)
            chinese = is_cjk(before.text.rstrip()[-1]), is_cjk(piece.text[0])
            # Cells of a table without rules: 甲县 and 12.5 are not 甲县12.5.
            apart = chinese[0] != chinese[1] and gaps[index - 1] > _APART * piece.size
            spaced = text != text.rstrip() or wide or apart or not any(chinese)
            text = text.rstrip() + (" " if spaced else "")
        paragraph.parts.append(Part(len(text), piece))
        text += piece.text
    paragraph.text = text
    paragraph.lines.append(line)


def _breaks(paragraph: Paragraph, line: Line, setting: Setting) -> bool:
    """Tell whether a paragraph ends before this line."""
    last = paragraph.lines[-1]
    before, after = last.main, line.main
    size = max(before.size, after.size)
    if abs(before.size - after.size) > 0.08 * size or _weights_differ(last, line):
        return True
    if is_contents(last.pieces[-1].text):
        return True
    if last.page == line.page and (last.column is None) != (line.column is None):
        return True
    margins = setting.margin(last)
    indent = line.left - setting.margin(line).left
    full = not fits_on(last.right, line.pieces[0], margins.right)
    ended = paragraph.text.rstrip().endswith(_END)
    marked = _MARKER.match(line.pieces[0].text) is not None
    if (last.page, last.column) != (line.page, line.column) or line.main.baseline < last.main.baseline - size:
        stopped = _STOP.search(paragraph.text.rstrip()) is not None
        return not full or indent > 1.2 * size or (marked and ended) or (stopped and not setting.indented)
    if after.baseline - before.baseline > _PARAGRAPH_GAP * setting.pitch.get(round(after.size), 1.6 * after.size):
        return True
    if size >= 1.15 * setting.body_size and _centred(last, setting) and _centred(line, setting):
        return False
    if marked and ended:
        return True
    if len(paragraph.lines) == 1 and last.left > margins.left + 4 * size and line.left < last.left - 2 * size:
        return True  # behind a line at the right, as a date
    hang = _hanging(paragraph, line)
    if hang is not None and len(paragraph.lines) > 1 and line.left < hang - 0.8 * size:
        return True
    if hang is not None and abs(line.left - hang) <= 0.8 * size:
        return marked or not full
    if indent > 1.2 * size and line.left > last.left - 0.3 * size:
        return not full or line.left > last.left + 0.8 * size or (len(paragraph.lines) == 1 and setting.indented)
    return not full


def _weights_differ(upper: Line, lower: Line) -> bool:
    (light, bold), (other_light, other_bold) = (
        (min(piece.weights[0] for piece in line.pieces), max(piece.weights[1] for piece in line.pieces))
        for line in (upper, lower)
    )
    return light > other_bold or bold < other_light


def _centred(line: Line, setting: Setting) -> bool:
    margins = setting.margin(line)
    left, right = line.left - margins.left, margins.right - line.right
    return abs(left - right) < line.main.size


def _hanging(paragraph: Paragraph, line: Line) -> float | None:
    """Return where the lines of a list item begin below its marker, None where they do not stand further right."""
    first = paragraph.lines[0]
    if not _MARKER.match(first.pieces[0].text):
        return None
    left = paragraph.lines[1].left if len(paragraph.lines) > 1 else line.left
    return left if 0.8 < (left - first.left) / first.main.size <= _DEEPEST else None


def is_contents(text: str) -> bool:
    """Tell a line of a table of contents: dots, then a page number."""
    return _CONTENTS.search(text) is not None
