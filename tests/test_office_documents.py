"""The starter documents that are office files: the script that writes them, and what is read from them."""

import importlib.util
import shutil
import sys
from pathlib import Path
from types import ModuleType

import pytest

from rag.documents import read_document
from rag.settings import Settings
from rag.types import Document

ROOT = Path(__file__).resolve().parents[1]


def script() -> ModuleType:
    specification = importlib.util.spec_from_file_location("maker", ROOT / "evaluation" / "make_office_documents.py")
    assert specification is not None and specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules["maker"] = module
    specification.loader.exec_module(module)
    return module


MAKER = script()
NAMES = list(MAKER.FORMATS)


def blocks(name: str) -> list:
    return list(MAKER.read_blocks((MAKER.SOURCES / f"{name}.md").read_text("utf-8")))


def read(name: str) -> Document:
    return read_document(Settings(documents=ROOT / "documents"), f"{name}.{MAKER.FORMATS[name]}")[0]


def test_there_are_two_of_each_format_and_one_has_a_table() -> None:
    kinds = list(MAKER.FORMATS.values())
    assert {kind: kinds.count(kind) for kind in kinds} == {"html": 2, "docx": 2, "pdf": 2}
    assert any(block.rows for name in NAMES for block in blocks(name))


@pytest.mark.parametrize("name", NAMES)
def test_every_character_of_the_source_is_read_from_the_file_in_its_place(name: str) -> None:
    expected = []
    for block in blocks(name):
        if block.rows:
            head, *rows = block.rows
            expected += [
                "；".join(f"{key}：{value}" for key, value in zip(head, row, strict=True)) + "。" for row in rows
            ]
        else:
            expected.append(block.text)
    assert [line for line in read(name).text.split("\n") if line.strip()] == expected


@pytest.mark.parametrize("name", NAMES)
def test_headings_and_nature_survive_in_every_format(name: str) -> None:
    document = read(name)
    headings = [block.text for block in blocks(name) if block.level > 1]
    assert [section.path[-1] for section in document.sections if section.path] == headings
    assert (document.header.title, document.header.nature) == (blocks(name)[0].text, "编写资料，非官方文本")
    assert len(document.pages) == (2 if MAKER.FORMATS[name] == "pdf" else 0)


@pytest.mark.parametrize("name", [name for name in NAMES if MAKER.FORMATS[name] != "pdf"])
def test_the_script_writes_the_same_bytes_again(name: str) -> None:
    kind = MAKER.FORMATS[name]
    written = MAKER.WRITERS[kind](blocks(name))
    assert written == MAKER.WRITERS[kind](blocks(name))
    if kind == "html":
        assert written == (ROOT / "documents" / f"{name}.{kind}").read_bytes()


@pytest.mark.heavy
@pytest.mark.skipif(shutil.which("chromium") is None, reason="chromium is not installed")
def test_chromium_prints_the_same_bytes_again() -> None:
    assert MAKER.write_pdf(blocks("浙川协作")) == MAKER.write_pdf(blocks("浙川协作"))
