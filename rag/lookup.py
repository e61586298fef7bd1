"""The text of one document, as indexed, else as it is read from the file."""

import os
from pathlib import PurePath

from rag.documents import read_document
from rag.errors import DocumentMissing, IndexDamaged, IndexMismatch, IndexMissing
from rag.settings import Settings
from rag.sources import find_source
from rag.store import Library


def document_text(settings: Settings, name: str) -> str:
    """The text that offsets refer to.

    Parameters
    ----------
    settings
        Folders.
    name
        POSIX path under the documents folder, with or without the folder itself; anything that leads out of it is
        refused.

    Raises
    ------
    DocumentMissing
        Neither the index nor the folder holds it.
    ReadError
        The file cannot be read as text.
    """
    return text_of(settings, open_texts(settings), name)


def open_texts(settings: Settings) -> Library | None:
    """The index, for its texts only; None where there is none that can be read."""
    try:
        return Library.open(settings.index, None)
    except (IndexMissing, IndexDamaged, IndexMismatch):
        return None


def text_of(settings: Settings, library: Library | None, name: str) -> str:
    """As `document_text`, with an index that is open already."""
    if os.name == "nt":
        name = name.replace("\\", "/")
    if library is not None:
        try:
            return library.document(name).text
        except DocumentMissing:
            pass
    path = PurePath(name)
    if settings.documents.parts and path.is_relative_to(settings.documents):
        # As the shell completes it: documents/名称.md.
        return text_of(settings, library, path.relative_to(settings.documents).as_posix())
    inside = not path.anchor and ".." not in path.parts and "\0" not in name
    if not inside or find_source(settings, name) is None:
        raise DocumentMissing(
            f"找不到文档 {name}，请给出文档文件夹 {settings.documents} 下的路径。",
            f"There is no document {name}; give its path under {settings.documents}.",
        )
    return read_document(settings, name)[0].text
