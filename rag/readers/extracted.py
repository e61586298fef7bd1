"""What a reader makes of a file's bytes."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Extracted:
    """The text of a file and what the format itself knows about it; offsets are code points of `text`.

    Attributes
    ----------
    text
        What citations refer to.
    format
        Name of the format, judged by content: "txt", "pdf", "docx" …
    encoding
        For formats that are text, else None.
    pages
        Range of each page, from page 1, in order; empty where the format has none.
    headings
        `(start, end, level)` of lines that the format marks as headings, level from 1.
    boilerplate
        Ranges that belong to no passage: running headers, footers, page numbers.
    pages_without_text
        Numbers of pages that hold no text, and whose text was not recognised either.
    ocr_pages
        Numbers of pages whose text was recognised from a picture: it may hold errors.
    warnings
        Sentences for the receipt, in Chinese.
    """

    text: str
    format: str
    encoding: str | None = None
    pages: tuple[tuple[int, int], ...] = ()
    headings: tuple[tuple[int, int, int], ...] = ()
    boilerplate: tuple[tuple[int, int], ...] = ()
    pages_without_text: tuple[int, ...] = ()
    ocr_pages: tuple[int, ...] = ()
    warnings: tuple[str, ...] = ()
