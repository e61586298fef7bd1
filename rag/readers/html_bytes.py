"""Bytes of a web page → its characters: the rules for plain text, with what the page declares as evidence."""

import re

from rag import likelihood
from rag.errors import ReadError
from rag.read import BOMS, decode

# Only encodings of text: a page may declare "zlib" or "rot13", which Python would obey. What calls itself GB2312 or
# GBK often holds characters of GB18030, its superset; what calls itself Latin-1 says nothing about a Chinese page.
_ENCODINGS = {
    **dict.fromkeys(("utf-8", "utf8", "unicode-1-1-utf-8"), "utf-8"),
    **dict.fromkeys(("gb2312", "gb_2312-80", "gb_2312", "gbk", "x-gbk", "cp936", "gb18030", "chinese"), "gb18030"),
    **dict.fromkeys(("big5", "big5-hkscs", "x-x-big5", "cp950", "big-5"), "big5hkscs"),
    **dict.fromkeys(
        ("utf-16", "utf-16le", "utf-16be"), "utf-8"
    ),  # as in HTML: ASCII could be read, so it is not UTF-16
    "windows-1252": "cp1252",
}
_META = re.compile(rb"<meta[^>]{0,300}?charset\s*=\s*[\"']?\s*([\w.:+-]{2,30})", re.IGNORECASE)
_XML = re.compile(rb"^\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:+-]{2,30})[\"']", re.IGNORECASE)
_MARKUP = re.compile(r"<(?:[A-Za-z!?/][^<>]*>|!--)")
_HEAD = 4096
_MAX_DAMAGED = 0.001


def decode_html(data: bytes, charset: str | None = None) -> tuple[str, str, str | None]:
    """Decode a page.

    Parameters
    ----------
    charset
        What the transport (the MIME header of an .mhtml part) says; stands above what the page says.

    Returns
    -------
    text, encoding, warning
        The warning is a Chinese sentence, None where every byte was read.

    Raises
    ------
    ReadError
        No encoding gives plausible text.
    """
    declared = _declared(data, charset)
    try:
        plain = decode(data, declared)
    except ReadError:
        mark, encoding = next(((mark, name) for mark, name in BOMS if data.startswith(mark)), (b"", declared))
        if encoding is None:
            raise
        return _damaged(data[len(mark) :], encoding)
    return plain.text, plain.encoding, None


def looks_like_html(text: str) -> bool:
    """Tell whether there is any markup near the beginning."""
    return _MARKUP.search(text[:100_000]) is not None


def _declared(data: bytes, charset: str | None) -> str | None:
    for name in (charset, *(match.group(1).decode("ascii") for match in _matches(data[:_HEAD]))):
        encoding = _ENCODINGS.get((name or "").strip("\"' ").lower())
        if encoding is not None:
            return encoding
    return None


def _matches(head: bytes) -> list[re.Match[bytes]]:
    return [match for match in (_XML.search(head), _META.search(head)) if match is not None]


def _damaged(data: bytes, encoding: str) -> tuple[str, str, str | None]:
    """Read a page with a few damaged bytes, as old content systems cut them; refuse one with many."""
    text = data.decode(encoding, errors="replace")
    damaged = text.count("\ufffd")
    # Without damage the encoding was doubtful; with it the rest must be likely still.
    few = 0 < damaged <= max(2, _MAX_DAMAGED * len(text))
    if not few or "\0" in text or _bits(text.replace("\ufffd", "")) > likelihood.noise(data):
        raise ReadError(
            "网页的编码无法识别，请在浏览器中打开后另存为 UTF-8 网页。",
            "The encoding of the page is not recognised; open it in a browser and save it as UTF-8.",
        )
    return text, encoding, f"有 {damaged} 处字节已损坏，显示为“\ufffd”。"


def _bits(text: str) -> float:
    return min(likelihood.bits(text, cost) for cost in (likelihood.simplified, likelihood.traditional))
