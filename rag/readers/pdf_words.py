"""How lines of print join: what fits on a line, and what stands between two lines of one paragraph."""

import re
from typing import NamedTuple

from rag.readers.pdf_page import Piece, is_cjk

CLOSING = "，。、；：！？）》」』”’】〕〉％…—·,.;:!?)]}%"
_OPENING = "（《「『“‘【〔〈([{"
_ADDRESS = re.compile(r"(?:https?://|www\.)\S*$|\S+@\S*$", re.IGNORECASE)


class Part(NamedTuple):
    """A piece and where its first character stands in a text."""

    start: int
    piece: Piece


def fits_on(right: float, piece: Piece, margin: float, slack: float = 0.5) -> bool:
    """Tell whether the first word of the next line would have fitted on a line that ends at `right`.

    Chinese breaks after any character except before closing and after opening punctuation; `slack` (in character
    sizes) is how far lines fall short of the margin by uneven setting.
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
    while end < len(text) and text[end] in CLOSING:
        end += 1
    return piece.edges[2 * end - 1] - piece.edges[0]


def join(text: str, following: str) -> str:
    """Return `text` as it stands before `following` in one paragraph: a space only between Latin words.

    A hyphen at the end of a line stays: whether it belongs to the word cannot be known.
    """
    bare = text.rstrip()
    if not bare or not following:
        return bare
    last, first = bare[-1], following[0]
    if is_cjk(last) and is_cjk(first):
        return bare
    if bare != text:
        return bare + " "
    hyphen = last == "-" and bare[-2:-1].isalpha()
    if is_cjk(last) or is_cjk(first) or first in CLOSING or hyphen or _ADDRESS.search(bare[-300:]):
        return bare
    return bare + " "
