"""Where a quote stands on the pages of the original file, for a page that shows it."""

from pathlib import PurePosixPath

from rag.errors import DocumentMissing
from rag.readers.extracted import Extracted
from rag.readers.places import Box
from rag.settings import Settings
from rag.sources import find_source, open_workers
from rag.types import Document


def boxes(settings: Settings, document: Document, start: int, end: int) -> list[Box]:
    """Find the boxes of the characters `[start, end)` of a document's text.

    The original file is read again, in a process of its own and within the bounds that hold for reading.

    Parameters
    ----------
    document
        As it was indexed, or as `rag.documents.read_document` gives it.

    Returns
    -------
    list of Box
        One for each run of characters on a line of print, in the order of the text. PDF and OFD have them; for other
        formats there are none. What the reader put into the text itself (names of columns before a value) has none.

    Raises
    ------
    DocumentMissing
        The file is no longer in the documents folder.
    ReadError
        The file cannot be read, or is no longer the one that the text was read from.
    """
    path = PurePosixPath(document.path)
    source = None if path.is_absolute() or ".." in path.parts else find_source(settings, document.path)
    if source is None:
        raise DocumentMissing(
            f"找不到文档 {document.path} 的原文件，请放回文档文件夹，或重新更新索引。",
            f"The file of {document.path} is gone; put it back into the documents folder, or update the index again.",
        )
    known = Extracted(document.text, "", pages=document.pages, ocr_pages=document.ocr_pages)
    file = settings.documents / source.file
    with open_workers(settings) as workers:
        return workers.boxes(file, source.name, settings.max_file_bytes, source.member, known, start, end)
