"""The labelled documents as Word files, where each line is a paragraph: the same outline, header and parts."""

from dataclasses import replace
from pathlib import Path

import docx
import pytest

from rag.documents import read_document
from rag.settings import Settings
from rag.types import Document

LABELLED = Path(__file__).parent / "labelled"
FILES = sorted([*LABELLED.glob("*.txt"), *(LABELLED / "heldout").glob("*.txt")])
LINKS = {"白榆枸杞亮相东屿省农产品博览会"}
"""Set apart in Word as headings are: the title of another article, among the links below the text."""


def read(file: Path) -> Document:
    return read_document(replace(Settings(), documents=file.parent), file.name)[0]


def outline(document: Document) -> list[tuple[int, str, str]]:
    headed = (s for s in document.sections if s.kind == "body" and s.level and (s.label or s.heading_end > s.start))
    found = [(section.level, section.label, section.path[-1] if section.path else "") for section in headed]
    return [heading for heading in found if heading[2] not in LINKS]


def parts(document: Document) -> list[str]:
    return [s.kind for s in document.sections if s.kind in ("contents", "attachments", "signature")]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_word_file_reads_as_the_text_does(file: Path, tmp_path: Path) -> None:
    written = docx.Document()
    for line in file.read_text(encoding="utf-8").split("\n"):
        if line.strip():
            written.add_paragraph(line.strip())
    written.save(str(tmp_path / "文件.docx"))
    text, word = read(file), read(tmp_path / "文件.docx")
    assert word.header == text.header
    assert outline(word) == outline(text)
    assert parts(word) == parts(text)
