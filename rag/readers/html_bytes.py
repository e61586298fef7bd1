"""Bytes of a web page → its characters: byte order mark, declared encoding, then the rules for plain text."""

import codecs
import re

from rag.errors import ReadError
from rag.read import decode, plausibility

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
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
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            try:
                return data[len(bom) :].decode(encoding), encoding, None
            except UnicodeDecodeError:
                return _damaged(data[len(bom) :], encoding)
    declared = _declared(data, charset)
    found: list[tuple[str, str]] = []
    for encoding in dict.fromkeys(filter(None, (declared, "utf-8"))):
        try:
            found.append((data.decode(encoding), encoding))
        except (UnicodeDecodeError, ValueError):
            continue
    found = [(text, encoding) for text, encoding in found if "\0" not in text]
    if found:
        # A page that says GB2312 but is UTF-8 decodes as both: the more ordinary characters win, the declaration ties.
        text, encoding = max(found, key=lambda item: _plausibility(item[0]))
        if encoding != "cp1252" or _plausibility(text) > 0.9:
            return text, encoding, None
    try:
        plain = decode(data)
    except ReadError:
        if declared is None:
            raise
        return _damaged(data, declared)
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


def _plausibility(text: str) -> float:
    """Judge the characters beyond ASCII: markup would drown them."""
    beyond = "".join(char for char in text[:200_000] if ord(char) >= 0x80)[:20_000]
    return plausibility(beyond) if beyond else 1.0


def _damaged(data: bytes, encoding: str) -> tuple[str, str, str | None]:
    """Read a page with a few damaged bytes, as old content systems cut them; refuse one with many."""
    text = data.decode(encoding, errors="replace")
    damaged = text.count("\ufffd")
    if "\0" in text or damaged > max(2, _MAX_DAMAGED * len(text)) or _plausibility(text) < 0.8:
        raise ReadError(
            "网页的编码无法识别，请在浏览器中打开后另存为 UTF-8 网页。",
            "The encoding of the page is not recognised; open it in a browser and save it as UTF-8.",
        )
    return text, encoding, f"有 {damaged} 处字节已损坏，显示为“\ufffd”。"
