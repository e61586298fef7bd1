"""Web archive (.mhtml, RFC 2557) → text: its main page, read like any web page."""

from dataclasses import replace
from email.message import Message

from rag.errors import ReadError
from rag.readers.extracted import Extracted


def read_mhtml(data: bytes) -> Extracted:
    """Read the page that a browser saved with everything on it.

    Raises
    ------
    ReadError
        The file is no web archive, holds no page, or the page cannot be read (`rag.readers.html.read_html`).
    """
    import email

    from rag.readers.archive import only_read_errors
    from rag.readers.html import read_page

    with only_read_errors("网页存档", "web archive"):
        message = email.message_from_bytes(data)
        parts = [part for part in message.walk() if not part.is_multipart()]
        pages = [part for part in parts if part.get_content_type() in ("text/html", "application/xhtml+xml")]
        page = _main_page(message, pages)
        content = page.get_payload(decode=True) if page is not None else None
        charset = page.get_content_charset() if page is not None else None
    if not isinstance(content, bytes) or not content.strip():
        raise ReadError(
            "不是网页存档，或存档中没有网页，请在浏览器中重新另存为。",
            "It is no web archive, or holds no page; save it again in a browser.",
        )
    found = read_page(content, charset=charset, kind="mhtml")
    if len(pages) == 1:
        return found
    warning = f"另有 {len(pages) - 1} 个内嵌网页（框架）未读取。"
    return replace(found, warnings=(*(line for line in found.warnings if "iframe" not in line), warning))


def _main_page(message: Message, pages: list[Message]) -> Message | None:
    """Find the page that the archive names as its start, else the first."""
    start = message.get_param("start")
    named = [page for page in pages if start and page.get("Content-ID") == start]
    return next(iter(named or pages), None)
