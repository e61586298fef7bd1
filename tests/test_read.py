"""Bytes → text: newlines, byte order marks, encodings right or refused."""

import codecs
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import ReadError
from rag.extract import check_kind, extract
from rag.read import decode, is_document_name, read_bytes

ANY_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0\r\ufeff", exclude_categories=("Cc", "Cs")))
BOMS = {
    "utf-8": codecs.BOM_UTF8,
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
    "utf-32-le": codecs.BOM_UTF32_LE,
    "utf-32-be": codecs.BOM_UTF32_BE,
}


@pytest.mark.parametrize("encoding", BOMS)
@given(text=ANY_TEXT)
def test_a_byte_order_mark_settles_the_encoding_and_is_removed(encoding: str, text: str) -> None:
    decoded = decode(BOMS[encoding] + text.encode(encoding))
    assert (decoded.text, decoded.encoding) == (text, encoding)


@pytest.mark.parametrize(
    "text", ["Русский текст о политике", "Ελληνικά κείμενα", "café naïve Zürich", "😀👍🏽", "한국어"]
)
def test_utf8_of_other_scripts_is_not_taken_for_chinese(text: str) -> None:
    assert decode(text.encode()).text == text


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)) * 4,
        b"PK\x03\x04" + bytes(range(256)),
        b"\x7fELF" + bytes(400),
        bytes(range(1, 256)) * 8,
        b"\0" * 1000,
        b"text with a \0 in it",
        codecs.BOM_UTF8 + b"\xff\xfe\xfd",
        codecs.BOM_UTF16_LE + b"\x00\xd8\x41",
        ("\x01\x02\x03" * 40).encode(),
    ],
)
def test_binary_data_is_refused(data: bytes) -> None:
    with pytest.raises(ReadError, match="不是可识别的文本"):
        decode(data)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_all_newlines_become_line_feeds_and_nothing_else_changes(encoding: str) -> None:
    text = "双方建设产业园区。\r\n\r\n　　组织劳务培训，\r帮助群众就业！\n\t工作完成\u3000。 "
    assert (
        decode(text.encode(encoding)).text
        == "双方建设产业园区。\n\n　　组织劳务培训，\n帮助群众就业！\n\t工作完成\u3000。 "
    )


def test_only_the_first_byte_order_mark_is_removed() -> None:
    assert decode(codecs.BOM_UTF8 * 2 + "资金".encode()).text == "\ufeff资金"


@pytest.mark.parametrize(
    ("path", "is_document"),
    [
        ("甲.txt", True),
        ("子 目录/“乙” 😀.md", True),
        ("数据.xlsx", True),
        (".甲.txt", False),
        (".git/甲.txt", False),
        ("子目录/~$甲.txt", False),
        ("README.md", False),
        ("子目录/readme.txt", False),
        ("README", False),
    ],
)
def test_hidden_files_locks_and_readmes_are_no_documents(path: str, is_document: bool) -> None:
    assert is_document_name(PurePosixPath(path)) is is_document


@pytest.mark.parametrize("name", ["甲.xyz", "甲.mp4", "甲.txt.bak", "甲.JSON"])
def test_other_kinds_of_files_are_refused_with_advice(name: str) -> None:
    with pytest.raises(ReadError, match=r"另存为 \.docx"):
        check_kind(name, "甲县有三项任务。".encode())


@pytest.mark.parametrize("name", ["甲", "2.关于共建园区的意见", "通知.2024", "1. General plan"])
def test_the_rest_of_a_title_is_no_ending(name: str) -> None:
    found = extract(name, "甲县有三项任务。".encode())
    assert (found.text, found.format, found.encoding) == ("甲县有三项任务。", "txt", "utf-8")
    assert found.warnings == ("没有可识别的扩展名，内容是纯文本，已按内容读取。",)


def test_a_file_is_read_by_what_it_holds_whatever_its_name_says() -> None:
    assert extract("甲.pdf.txt", "甲县有三项任务。".encode()).format == "txt"
    with pytest.raises(ReadError):
        extract("甲.txt", b"%PDF-1.7 broken")
    with pytest.raises(ReadError):
        extract("甲.docx", b"not a zip")
    with pytest.raises(ReadError, match="不支持的文件类型（无扩展名）"):
        extract("Makefile", b"all: build")


PAGE = "<html><body><p>双方共同建设产业园区，甲县有三项任务。</p></body></html>".encode()


@pytest.mark.parametrize(
    ("name", "data", "format", "warned"),
    [
        ("甲.docx", PAGE, "html", True),
        ("甲.txt", b"\xef\xbb\xbf" + PAGE, "html", True),
        ("甲.doc", PAGE, "html", True),
        ("甲.txt", PAGE.decode().encode("utf-16"), "html", True),
        ("甲.doc", b"MIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n\n" + PAGE, "mhtml", True),
        ("甲.mhtml", b"MIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n\n" + PAGE, "mhtml", False),
        ("甲.mhtml", PAGE, "html", True),
        ("甲.xyz", PAGE, "html", True),
        ("甲.docx", "双方共同建设产业园区，甲县有三项任务。".encode(), "txt", True),
        ("甲.html", "双方共同建设产业园区，甲县有三项任务。".encode("gb18030"), "txt", True),
        ("甲.HTM", PAGE, "html", False),
    ],
)
def test_a_wrong_ending_is_warned_of(name: str, data: bytes, format: str, warned: bool) -> None:
    found = extract(name, data)
    assert (found.text, found.format) == ("双方共同建设产业园区，甲县有三项任务。", format)
    assert any("已按内容读取" in warning for warning in found.warnings) is warned


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\xff\xd8\xff\xe0" + bytes(99), "图片"),
        (b"Rar!\x1a\x07\0" + bytes(99), "RAR"),
        (b"PK\x03\x04" + bytes(99), "损坏"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "旧版 Office"),
        (b"1 0 obj\n<</Type/Page>>\nendobj\nstartxref\n0\n", "PDF"),
    ],
)
def test_what_is_recognised_but_not_read_is_one_sentence(data: bytes, reason: str) -> None:
    with pytest.raises(ReadError, match=reason):
        extract("甲.pdf", data)


def test_endings_count_whatever_their_case(tmp_path: Path) -> None:
    (tmp_path / "甲.TXT").write_bytes(b"abc")
    assert read_bytes(tmp_path / "甲.TXT", 3) == b"abc"


def test_the_limit_of_size_is_inclusive(tmp_path: Path) -> None:
    (tmp_path / "甲.txt").write_bytes(b"abc")
    with pytest.raises(ReadError, match="超过上限"):
        read_bytes(tmp_path / "甲.txt", 2)
