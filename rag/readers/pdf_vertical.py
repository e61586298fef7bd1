"""Text set downwards (竖排): its characters stand upright, but the line runs down and the next one is at the left.

Turned a quarter, such a page is one like others.
"""

from collections.abc import Iterator
from dataclasses import replace

from rag.readers.pdf_glyphs import Glyph

# Turned so, down becomes right, and left becomes down.
_TURNS = 3
# Shorter runs may be cells of a narrow column below each other.
_SHORTEST = 6
_LEAST, _MOST = 0.7, 1.35
_ASIDE = 0.35
_FORMS = dict(
    zip(
        "︐︑︒︓︔︕︖︗︘︙︰︱︳︵︶︷︸︹︺︻︼︽︾︿﹀﹁﹂﹃﹄",
        "，、。：；！？〖〗…：—＿（）｛｝〔〕【】《》〈〉「」『』",
        strict=True,
    )
)


def turn_vertical(glyphs: list[Glyph]) -> list[Glyph]:
    """Give the characters of lines that run down the turn that makes them lines; the others stay as they are.

    A line that runs down is six or more full-width characters, each below the one before in the order of the file;
    on a page where most characters are in such lines, shorter ones count too.
    """
    runs = list(_runs(glyphs))
    down = sum(end - start for start, end in runs if end - start >= _SHORTEST)
    full = sum(_is_full(glyph) for glyph in glyphs)
    shortest = 1 if full and 2 * down > full else _SHORTEST
    turned = list(glyphs)
    for start, end in runs if down else ():
        if end - start >= shortest:
            for index in range(start, end):
                glyph = glyphs[index]
                if glyph.turns == 0:
                    turned[index] = replace(glyph, char=_FORMS.get(glyph.char, glyph.char), turns=_TURNS)
    return turned


def _runs(glyphs: list[Glyph]) -> Iterator[tuple[int, int]]:
    """List the ranges of characters that stand below each other, also those of one character."""
    start = 0
    for index in range(1, len(glyphs) + 1):
        if index == len(glyphs) or not _is_below(glyphs[index - 1], glyphs[index]):
            if glyphs[start].turns == 0:
                yield start, index
            start = index


def _is_below(upper: Glyph, lower: Glyph) -> bool:
    if not (_is_full(upper) and _is_full(lower)):
        return False
    size = max(upper.size, lower.size)
    down, aside = upper.origin[1] - lower.origin[1], abs(upper.origin[0] - lower.origin[0])
    return _LEAST * size < down < _MOST * size and aside < _ASIDE * size


def _is_full(glyph: Glyph) -> bool:
    return glyph.turns == 0 and (glyph.char > "\u2e7f" or glyph.char in "“”‘’…—·")
