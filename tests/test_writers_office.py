"""What office programs and libraries wrote comes back character by character, whatever format it went through."""

import csv
import io
from pathlib import Path

import pytest
from writing import NO_SOFFICE, OFFICIAL, SOFFICE, as_docx, as_html, body, converted, policy, running, wanted

from rag.extract import extract
from rag.readers.pdf import read_pdf

office = pytest.mark.skipif(SOFFICE is None, reason=NO_SOFFICE)
BORDERS = "table{border-collapse:collapse} td,th{border:1px solid}"
SHEET = [
    ("县区", "资金（万元）", "占比", "备注"),
    ("甲县", "1250.5", "12.5%", "含上年结转“专项”，见〔2021〕18号"),
    ("乙县", "80", "3.0%", "GIS, PPP; 续建"),
    ("丙县", "-6.25", "0.0%", ""),
]
SHEET_LINES = [
    "县区：甲县；资金（万元）：1250.5；占比：12.5%；备注：含上年结转“专项”，见〔2021〕18号。",
    "县区：乙县；资金（万元）：80；占比：3.0%；备注：GIS, PPP; 续建。",
    "县区：丙县；资金（万元）：-6.25；占比：0.0%。",
]


def test_python_docx() -> None:
    for blocks in (policy(31, 4, 20), OFFICIAL):
        assert body(extract("a.docx", as_docx(blocks, header="页眉", numbers="— # —"))) == wanted(blocks)


def test_python_csv() -> None:
    for encoding in ("utf-8", "utf-8-sig", "gb18030"):
        stream = io.StringIO()
        csv.writer(stream).writerows(SHEET)
        assert body(extract("a.csv", stream.getvalue().encode(encoding))) == SHEET_LINES


def excel(engine: str) -> bytes:
    stream = io.BytesIO()
    if engine == "openpyxl":
        import openpyxl

        book = openpyxl.Workbook()
        for number, row in enumerate(SHEET):
            share = row[2] if not number else float(row[2].rstrip("%")) / 100
            book.active.append([row[0], row[1] if not number else float(row[1]), share, row[3] or None])
            book.active.cell(number + 1, 3).number_format = "0.0%"
        book.save(stream)
    else:
        import xlsxwriter

        with xlsxwriter.Workbook(stream, {"in_memory": True}) as written:
            sheet, percent = written.add_worksheet(), written.add_format({"num_format": "0.0%"})
            sheet.write_row(0, 0, SHEET[0])
            for number, row in enumerate(SHEET[1:], 1):
                sheet.write(number, 0, row[0])
                sheet.write(number, 1, float(row[1]))
                sheet.write(number, 2, float(row[2].rstrip("%")) / 100, percent)
                sheet.write(number, 3, row[3])
    return stream.getvalue()


@pytest.mark.parametrize("engine", ["openpyxl", "xlsxwriter"])
def test_excel(engine: str) -> None:
    assert body(extract("a.xlsx", excel(engine)))[-3:] == SHEET_LINES


def slides() -> tuple[bytes, list[str]]:
    from pptx import Presentation

    show = Presentation()
    lines = []
    for number, text in enumerate(["到2025年建成园区20个（“一县一园”）。", "完成投资268.5亿元，增长12.3%。"], 1):
        slide = show.slides.add_slide(show.slide_layouts[1])
        slide.shapes.title.text = f"{number}、工作目标"
        slide.placeholders[1].text = text
        lines += [f"{number}、工作目标", text]
    stream = io.BytesIO()
    show.save(stream)
    return stream.getvalue(), lines


def test_python_pptx() -> None:
    data, lines = slides()
    assert body(extract("a.pptx", data)) == lines


@pytest.mark.heavy
@office
@pytest.mark.parametrize("to", ["docx:MS Word 2007 XML", "html:HTML"])
def test_libreoffice_from_html(to: str, tmp_path: Path) -> None:
    blocks = policy(32, 4, 30)
    data = converted(tmp_path, "样张.html", as_html(blocks, BORDERS).encode(), to)
    assert body(extract(f"样张.{to.split(':')[0]}", data)) == wanted(blocks)


@pytest.mark.heavy
@office
@pytest.mark.parametrize("to", ["odt", "doc", "docx", "rtf"])
def test_libreoffice_from_docx(to: str, tmp_path: Path) -> None:
    """The older formats are read through another conversion by LibreOffice."""
    blocks = policy(33, 4, 30)
    data = converted(tmp_path, "样张.docx", as_docx(blocks), to)
    assert body(extract(f"样张.{to}", data)) == wanted(blocks)


@pytest.mark.heavy
@office
@pytest.mark.parametrize("to", ["xlsx", "ods", "xls"])
def test_libreoffice_sheets(to: str, tmp_path: Path) -> None:
    data = converted(tmp_path, "表.xlsx", excel("openpyxl"), to)
    assert body(extract(f"表.{to}", data))[-3:] == SHEET_LINES


@pytest.mark.heavy
@office
def test_libreoffice_csv(tmp_path: Path) -> None:
    data = converted(tmp_path, "表.xlsx", excel("openpyxl"), "csv:Text - txt - csv (StarCalc):44,34,76,1")
    assert body(extract("表.csv", data)) == SHEET_LINES


@pytest.mark.heavy
@office
@pytest.mark.parametrize("to", ["pptx", "odp", "pdf"])
def test_libreoffice_slides(to: str, tmp_path: Path) -> None:
    data, lines = slides()
    found = extract(f"汇报.{to}", converted(tmp_path, "汇报.pptx", data, to))
    # A mark of a list is drawn on the page of a PDF.
    assert [line.lstrip("• ").strip() for line in body(found)] == lines


LAYOUTS = {
    "official": (OFFICIAL, {"size": 16, "numbers": "— # —"}),
    "small": (OFFICIAL, {"size": 12, "header": "内部文件", "numbers": "第 # 页"}),
    "columns": (policy(21, 6), {"size": 12, "columns": 2, "header": "某县协作年报", "numbers": "#"}),
    "large columns": (policy(22, 6), {"size": 18, "columns": 2, "numbers": "- # -"}),
    "table": (policy(23, 4, 60), {"size": 12, "numbers": "- # -", "header": "年度资金汇编"}),
    "landscape": (policy(24, 4, 60), {"size": 14, "numbers": "- # -", "landscape": True, "justified": False}),
    "large": (policy(25, 4, 30), {"size": 22, "numbers": "#"}),
}


@pytest.mark.heavy
@office
@pytest.mark.parametrize("layout", LAYOUTS)
def test_libreoffice_pdf(layout: str, tmp_path: Path) -> None:
    blocks, options = LAYOUTS[layout]
    found = read_pdf(converted(tmp_path, "文.docx", as_docx(blocks, **options), "pdf"))
    assert body(found) == wanted(blocks)
    numbers = [options["numbers"].replace("#", str(page)) for page in range(1, len(found.pages) + 1)]
    assert [line for line in running(found) if line != options.get("header")] == numbers
