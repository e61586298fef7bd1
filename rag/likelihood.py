"""How likely a text is as Chinese, Japanese, Korean … text: the judge of what encoding some bytes are in.

A text costs the sum of what its characters cost, in bits: −log2 of how often such a character occurs, whatever stands
around it. Of several readings of the same bytes, the one that costs least is the most likely (a naive Bayes
classifier over encodings), and `2 ** difference` is how much more likely than the next.
"""

import math
import unicodedata
from collections import Counter
from collections.abc import Callable
from functools import cache
from importlib.resources import files

Cost = Callable[[str], float]
"""Bits of one character."""

_PUNCTUATION = frozenset("，。、；：？！“”‘’（）《》—…·％")
_UNPRINTABLE = frozenset(("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"))
_OTHER_SCRIPT = 5.0  # a traditional character in a simplified text, and the reverse


def bits(text: str, cost: Cost) -> float:
    """Bits of a text."""
    return sum(count * cost(char) for char, count in Counter(text).items())


def noise(data: bytes) -> float:
    """Bits of bytes of which nothing is known but what ASCII looks like.

    7 a byte ≥ 0x80: a Chinese character of ordinary text costs about 10, one of a mistaken reading 14 and more.
    """
    return sum(count * _noise_bits(byte) for byte, count in Counter(data).items())


def _noise_bits(byte: int) -> float:
    if byte == 0:
        return 3.0  # half of each ASCII character in UTF-16
    return 7.0 if byte >= 0x80 else min(_unlisted(chr(byte)), 8.0)


@cache
def simplified(char: str) -> float:
    """Bits of a character in simplified Chinese text."""
    return min(_rank_bits(_ranks()[0].get(char)), _rank_bits(_ranks()[1].get(char)) + _OTHER_SCRIPT, _unlisted(char))


@cache
def traditional(char: str) -> float:
    """Bits of a character in traditional Chinese text."""
    return min(_rank_bits(_ranks()[1].get(char)), _rank_bits(_ranks()[0].get(char)) + _OTHER_SCRIPT, _unlisted(char))


@cache
def japanese(char: str) -> float:
    """Bits of a character in Japanese text: kana, and characters that are common in Chinese too."""
    if "\u3041" <= char <= "\u30ff":
        return 6.5
    if "\uff66" <= char <= "\uff9f":
        return 9.0
    return min(simplified(char), traditional(char)) + (2.0 if _is_han(char) else 0.0)


@cache
def korean(char: str) -> float:
    """Bits of a character in Korean text: the 2,350 syllables of KS X 1001, seldom others or Chinese characters."""
    if "\uac00" <= char <= "\ud7a3":
        return 10.0 if _in_charset(char, "euc_kr") else 16.0
    return traditional(char) + (8.0 if _is_han(char) else 0.0)


@cache
def alphabetic(char: str) -> float:
    """Bits of a character in text of a small alphabet beside ASCII: Western European, Greek, Russian."""
    if "\u00c0" <= char <= "\u00ff":
        return 7.5
    if "\u0391" <= char <= "\u03ce" or "\u0401" <= char <= "\u0451":
        return 5.5 if char.islower() else 9.0
    return traditional(char)


@cache
def unicode(char: str) -> float:
    """Bits of a character in UTF-8, whose bytes are evidence enough: rare characters and all scripts count little."""
    if char < "\x80":
        return _unlisted(char)
    return min(13.0 if char < "\u0800" else 16.0, alphabetic(char), simplified(char))


def _unlisted(char: str) -> float:
    """Bits of a character that is none of the most used Chinese ones."""
    if char < "\x80":
        if char.isdigit() or char in " \n\r":
            return 6.0
        return (7.0 if char.isalpha() else 8.0) if char.isprintable() or char in "\t\f\x1b" else 40.0
    if char in _PUNCTUATION:
        return 6.0
    if _is_han(char):
        return 19.0 if "\u4e00" <= char <= "\u9fff" else 22.0 if char < "\U00010000" else 26.0
    if "\u3000" <= char <= "\u301f" or "\uff01" <= char <= "\uff5e" or char in "–‘’‧•※‰":
        return 9.0
    if "\u2160" <= char <= "\u217b" or "\u2460" <= char <= "\u249b":
        return 11.0
    if unicodedata.category(char) in _UNPRINTABLE:
        return 40.0
    return 15.0 if any(_in_charset(char, charset) for charset in ("gb2312", "cp950")) else 20.0


def _is_han(char: str) -> bool:
    return (
        "\u3400" <= char <= "\u9fff"
        or "\uf900" <= char <= "\ufaff"
        or "\U00020000" <= char <= "\U000323af"
        or char == "〇"
    )


def _in_charset(char: str, charset: str) -> bool:
    # The codec of EUC-KR spells syllables that it lacks in eight bytes.
    return len(char.encode(charset, "ignore")) == 2


def _rank_bits(rank: int | None) -> float:
    """Bits of the character at a place in the order of frequency, from 0.

    A Zipf–Mandelbrot law with an exponential tail; within half a bit of the counts behind `characters.txt` from place
    100 to place 3,000.
    """
    return math.inf if rank is None else 4 + math.log2(1 + rank / 3) + rank / 1500


@cache
def _ranks() -> tuple[dict[str, int], dict[str, int]]:
    """Places of the simplified and of the traditional characters in the order of frequency."""
    lines = files("rag").joinpath("characters.txt").read_text("utf-8").splitlines()
    first, second = (line for line in lines if not line.startswith("#"))
    return {char: rank for rank, char in enumerate(first)}, {char: rank for rank, char in enumerate(second)}
