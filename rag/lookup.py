"""The text of one document, as indexed, else as it is read from the file."""

from pathlib import PurePosixPath

from rag.documents import read_document
from rag.errors import DocumentMissing, IndexDamaged, IndexMismatch, IndexMissing
from rag.settings import Settings
from rag.store import Library


def document_text(settings: Settings, name: str) -> str:
    """The text that offsets refer to.

    Parameters
    ----------
    settings
        Folders.
    name
        POSIX path under the documents folder; anything that leads out of it is refused.

    Raises
    ------
    DocumentMissing
        Neither the index nor the folder holds it.
    ReadError
        The file cannot be read as text.
    """
    name = name.replace("\\", "/")
    try:
        return Library.open(settings.index, None).document(name).text
    except (IndexMissing, IndexDamaged, IndexMismatch, DocumentMissing):
        pass
    path = PurePosixPath(name)
    inside = not path.is_absolute() and ".." not in path.parts and "\0" not in name
    if not inside or not (settings.documents / name).is_file():
        raise DocumentMissing(
            f"找不到文档 {name}，请给出文档文件夹 {settings.documents} 下的路径。",
            f"There is no document {name}; give its path under {settings.documents}.",
        )
    return read_document(settings.documents, name, settings.max_file_bytes)[0].text
