"""How lines of print join: what fits on a line, and what stands between two lines of one paragraph."""

import re
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from rag.readers.pdf_page import TIED, Piece, is_cjk

CLOSING = "，。、；：！？）》」』”’】〕〉％…—·,.;:!?)]}%"
_OPENING = "（《「『“‘【〔〈([{"
_MIXED = re.compile(r"(?<=[\u3400-\u9fff]) ?[A-Za-z0-9]|[A-Za-z0-9] ?(?=[\u3400-\u9fff])")
_IDEOGRAPH = re.compile(r"[\u3400-\u9fff]")
_OFTEN = 5
_QUOTES = "“”‘’"
_DIGITS_BEFORE = re.compile(r"\d([,.]?)$")
_DIGITS_AFTER = re.compile(r"\d+")
_ADDRESS = re.compile(r"(?:https?://|www\.)\S*$|\S+@\S*$", re.IGNORECASE)


class Part(NamedTuple):
    """A piece and where its first character stands in a text."""

    start: int
    piece: Piece


def fits_on(right: float, piece: Piece, margin: float, slack: float = 0.5) -> bool:
    """Tell whether the first word of the next line would have fitted on a line that ends at `right`.

    Chinese breaks after any character except before closing and after opening punctuation, and by some typesetters
    (UAX #14, class QU) on neither side of a quotation mark; `slack` (in character sizes) is how far lines fall short of
    the margin by uneven setting.
    """
    return margin - right > _first_width(piece) + slack * piece.size


def _first_width(piece: Piece) -> float:
    text = piece.text
    end = 0
    while end < len(text) - 1 and text[end] in _OPENING:
        end += 1
    if is_cjk(text[end]):
        end += 1
    else:
        while end < len(text) and not text[end].isspace() and not is_cjk(text[end]):
            end += 1
    while end < len(text) and (text[end] in CLOSING or text[end - 1] in _QUOTES or text[end] in _QUOTES):
        end += 1
    return piece.edges[2 * end - 1] - piece.edges[0]


def _number_goes_on(text: str, following: str) -> bool:
    """Tell a number broken over two lines: `1,` and `250`, `4.` and `6`; `12` and `50` among Chinese."""
    before, after = _DIGITS_BEFORE.search(text[-40:]), _DIGITS_AFTER.match(following)
    if before is None or after is None:
        return False
    mark = before.group(1)
    return len(after.group()) == 3 if mark == "," else bool(mark) or any(map(is_cjk, text[-20:]))


def spacing(texts: Iterable[str]) -> str:
    """Tell beside which characters a document sets a space between them and Chinese: "a" letters, "0" digits.

    >>> spacing(["按照 ISO 的要求在 3 月底前", "使用 GIS 数据"] * 3), spacing(["按照ISO的要求在3月底前"] * 9)
    ('a0', '')
    """
    counts: Counter[tuple[str, bool]] = Counter()
    for text in texts:
        for match in _MIXED.finditer(text):
            counts["0" if any(map(str.isdigit, match.group())) else "a", " " in match.group()] += 1
    return "".join(kind for kind in "a0" if counts[kind, True] >= max(_OFTEN, 3 * counts[kind, False]))


def join(text: str, following: str, spaced: str = "") -> str:
    """Return `text` as it stands before `following` in one paragraph: a space only between Latin words,
    and between these and Chinese where the document has it elsewhere (`spaced`, see `spacing`).

    A hyphen at the end of a line stays: whether it belongs to the word cannot be known. U+2010 is what typesetters put
    there where a word may be divided: it goes.
    """
    bare = text.rstrip()
    if not bare or not following:
        return bare
    last, first = bare[-1], following[0]
    if last == "\u2010" and bare[-2:-1].isalpha() and first.isalpha():
        return bare[:-1]
    if is_cjk(last) and is_cjk(first):
        return bare
    if bare != text:
        return bare + " "
    if _IDEOGRAPH.match(last) or _IDEOGRAPH.match(first):
        other = first if is_cjk(last) else last
        if (other.isalpha() and "a" in spaced) or (other.isdigit() and "0" in spaced):
            return bare + " "
    tied = (
        last in TIED or last in _OPENING or (last == "-" and bare[-2:-1].isalnum()) or _number_goes_on(bare, following)
    )
    if is_cjk(last) or is_cjk(first) or first in CLOSING or tied or _ADDRESS.search(bare[-300:]):
        return bare
    return bare + " "
