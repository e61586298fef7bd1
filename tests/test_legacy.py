"""Formats that LibreOffice converts: .doc, .wps and their kind."""

import io
import os
import socket
import subprocess
import sys
import threading
import time
import zipfile
from pathlib import Path

import pytest
from docx import Document as Docx
from office import packed, saved
from place import Place
from pptx import Presentation
from test_formats import xlsx

from rag.errors import ReadError
from rag.extract import extract
from rag.isolate import Worker
from rag.readers import legacy
from rag.readers.legacy import convert, find_soffice

pytestmark = pytest.mark.heavy
needs_soffice = pytest.mark.skipif(find_soffice() is None, reason="LibreOffice is not installed")

TEXT = "关于共建园区的通知\n\n一、总体要求\n\n共建园区应当在2025年底前达到12个。\n\n地区：甲市；金额：3.5亿元。\n\n特此通知。"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def docx() -> bytes:
    document = Docx()
    document.add_heading("关于共建园区的通知", 0)
    document.add_heading("一、总体要求", 1)
    document.add_paragraph("共建园区应当在2025年底前达到12个。")
    table = document.add_table(rows=2, cols=2)
    for row, cells in enumerate((("地区", "金额"), ("甲市", "3.5亿元"))):
        for column, text in enumerate(cells):
            table.cell(row, column).text = text
    document.add_paragraph("特此通知。")
    return saved(document)


def pptx() -> bytes:
    slides = Presentation()
    slide = slides.slides.add_slide(slides.slide_layouts[1])
    slide.shapes.title.text = "共建园区"
    slide.placeholders[1].text = "己县有八个园区。"
    return saved(slides)


def written_by_libreoffice(folder: Path, name: str, data: bytes, target: str) -> bytes:
    source = folder / name
    source.write_bytes(data)
    profile = (folder / "profile").as_uri()
    command = [str(find_soffice()), f"-env:UserInstallation={profile}", "--headless", "--convert-to", target]
    subprocess.run(
        [*command, "--outdir", str(folder / "out"), str(source)], check=True, capture_output=True, timeout=120
    )
    return next((folder / "out").iterdir()).read_bytes()


@needs_soffice
@pytest.mark.parametrize(
    ("target", "ending", "format"),
    [
        ("doc:MS Word 97", ".doc", "doc"),
        ("doc:MS Word 97", ".wps", "doc"),
        ("rtf", ".rtf", "rtf"),
        ("rtf", ".doc", "rtf"),
        ("odt", ".odt", "odt"),
        ("xml:MS Word 2003 XML", ".doc", "wordml"),
    ],
)
def test_what_libreoffice_wrote_is_read_character_by_character(
    place: Place, tmp_path: Path, target: str, ending: str, format: str
) -> None:
    place.write(f"甲{ending}", written_by_libreoffice(tmp_path, "甲.docx", docx(), target))
    (report,) = place.build().documents
    assert (report.status, report.format) == ("added", format)
    assert report.warnings[-1] == "经 LibreOffice 转换后读取。"
    document = place.library().document(f"甲{ending}")
    assert document.text == TEXT
    assert [section.path for section in document.sections][-1] == ("一、总体要求",)


@needs_soffice
def test_old_workbooks_and_presentations_are_read(place: Place, tmp_path: Path) -> None:
    for name, data, target in (
        ("资金.et", xlsx(), "xls:MS Excel 97"),
        ("资金.ods", xlsx(), "ods"),
        ("演示.dps", pptx(), "ppt:MS PowerPoint 97"),
    ):
        folder = tmp_path / name
        folder.mkdir()
        place.write(name, written_by_libreoffice(folder, f"甲.{target[:3].replace('ods', 'xls')}x", data, target))
    assert set(place.statuses(place.build()).values()) == {"added"}
    library = place.library()
    assert library.document("资金.et").text == library.document("资金.ods").text
    assert library.document("资金.et").text == "资金\n\n年份：2021年；地区：乙县；金额：4.25。"
    assert library.document("演示.dps").text == "共建园区\n\n己县有八个园区。"


@needs_soffice
def test_a_damaged_old_file_costs_itself_only(place: Place, tmp_path: Path) -> None:
    good = written_by_libreoffice(tmp_path, "甲.docx", docx(), "doc:MS Word 97")
    place.write("半.doc", good[: len(good) // 3])
    place.write("头.doc", OLE + b"\0" * 600)
    place.write("乱.wps", OLE + os.urandom(5000))
    place.write("好.doc", good)
    protected = bytearray(good)
    protected[good.index(b"\xec\xa5") + 11] |= 1
    place.write("密.doc", bytes(protected))
    reports = {report.document: report for report in place.build().documents}
    assert {name: report.status for name, report in reports.items() if name != "半.doc"} == {
        "头.doc": "skipped",
        "乱.wps": "skipped",
        "好.doc": "added",
        "密.doc": "skipped",
    }
    assert "请取消密码" in (reports["密.doc"].reason or "")
    assert "另存为 .docx" in (reports["头.doc"].reason or "")


@needs_soffice
def test_a_document_reaches_neither_other_files_nor_the_network(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("机密内容不得外泄", encoding="utf-8")
    contacted: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def listen() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                contacted.append(connection.recv(100))
                connection.close()

        threading.Thread(target=listen, daemon=True).start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/x"
        rtf = (
            r"{\rtf1\ansi {\field{\*\fldinst INCLUDETEXT "
            + f'"{secret}"'
            + r"}{\fldrslt A}}{\field{\*\fldinst INCLUDEPICTURE "
            + f'"{url}.png"'
            + r" \\d}{\fldrslt B}} rest}"
        )
        sections = (
            '<?xml version="1.0" encoding="UTF-8"?><office:document-content '
            'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
            'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
            'xmlns:xlink="http://www.w3.org/1999/xlink" office:version="1.2"><office:body><office:text>'
            f'<text:section text:name="a"><text:section-source xlink:href="{secret.as_uri()}"/><text:p>A</text:p>'
            f'</text:section><text:section text:name="b"><text:section-source xlink:href="{url}.odt"/><text:p>B</text:p>'
            "</text:section><text:p>rest</text:p></office:text></office:body></office:document-content>"
        )
        manifest = (
            '<?xml version="1.0"?><manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
            '<manifest:file-entry manifest:full-path="/" '
            'manifest:media-type="application/vnd.oasis.opendocument.text"/>'
            '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
        )
        parts = {
            "mimetype": b"application/vnd.oasis.opendocument.text",
            "content.xml": sections.encode(),
            "META-INF/manifest.xml": manifest.encode(),
        }
        for name, data in (("甲.rtf", rtf.encode()), ("乙.odt", packed(parts, zipfile.ZIP_STORED))):
            text = extract(name, data).text
            assert "rest" in text and "机密" not in text
            with zipfile.ZipFile(io.BytesIO(convert(data, name[-3:]))) as archive:
                assert all("机密" not in archive.read(part).decode("utf-8", "replace") for part in archive.namelist())
    assert contacted == []


def test_without_libreoffice_it_is_said(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(legacy, "find_soffice", lambda: None)
    with pytest.raises(ReadError, match=r"请安装 LibreOffice，或另存为 \.docx"):
        extract("甲.rtf", rb"{\rtf1 x}")


def test_libreoffice_is_found_in_its_usual_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    for version in ("7.6", "24.2"):
        (tmp_path / f"libreoffice{version}/program").mkdir(parents=True)
        (tmp_path / f"libreoffice{version}/program/soffice").touch()
    monkeypatch.setattr(
        legacy, "_USUAL_PLACES", (f"{tmp_path}/none/soffice", f"{tmp_path}/libreoffice*/program/soffice")
    )
    assert find_soffice() == str(tmp_path / "libreoffice7.6/program/soffice")
    (tmp_path / "soffice").touch(mode=0o755)
    assert find_soffice() == str(tmp_path / "soffice")


@pytest.mark.skipif(sys.platform == "win32", reason="there are no process groups")
def test_a_converter_that_hangs_is_killed_with_all_it_started_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "soffice"
    program.write_text(f"#!/bin/sh\nsleep 300 &\necho $! > {tmp_path}/child\necho $TMPDIR > {tmp_path}/folder\nwait\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    path = tmp_path / "甲.rtf"
    path.write_bytes(rb"{\rtf1 x}")
    worker = Worker(3, 2048)
    started = time.monotonic()
    with pytest.raises(ReadError, match="读取超过 3 秒"):
        worker.read(path, "甲.rtf", 2**20)
    assert time.monotonic() - started < 60
    child = int((tmp_path / "child").read_text())
    for _ in range(100):
        if not _is_alive(child):
            break
        time.sleep(0.05)
    assert not _is_alive(child)
    assert not Path((tmp_path / "folder").read_text().strip()).exists()
    worker.close()


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
        state = Path(f"/proc/{process}/stat")
        return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False
