"""Office files in the documents folder, from the file to the citation."""

import io

import openpyxl
from docx import Document as Docx
from place import Place
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen import canvas
from support import HashEmbedder

from rag.answer import answer_question
from rag.settings import Tuning


def docx() -> bytes:
    document = Docx()
    document.add_heading("关于共建园区的通知", 0)
    document.add_paragraph("发布日期：2024-03-05　来源：测试办公室")
    document.add_heading("一、总体要求", 1)
    document.add_paragraph("共建园区应当在2025年底前达到12个。")
    table = document.add_table(rows=2, cols=2)
    for row, cells in enumerate((("地区", "金额"), ("甲市", "3.5亿元"))):
        for column, text in enumerate(cells):
            table.cell(row, column).text = text
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def xlsx() -> bytes:
    book = openpyxl.Workbook()
    book.active.title = "资金"
    for row in (("年份", "地区", "金额"), ("2021年", "乙县", 4.25)):
        book.active.append(row)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def pdf() -> bytes:
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    target = io.BytesIO()
    page = canvas.Canvas(target)
    for number, line in enumerate(("丙县有七家帮扶车间。", "丁县有九家帮扶车间。", "戊县有五家帮扶车间。"), start=1):
        page.setFont("STSong-Light", 9)
        page.drawString(240, 800, "内部资料 请勿外传")
        page.drawString(290, 30, str(number))
        page.setFont("STSong-Light", 12)
        page.drawString(80, 600, line)
        page.showPage()
    page.save()
    return target.getvalue()


def build(place: Place) -> None:
    place.write("通知.docx", docx())
    place.write("资金.xlsx", xlsx())
    place.write("车间.pdf", pdf())
    place.write("旧.doc", b"\xd0\xcf\x11\xe0")
    place.write("坏.pdf", b"%PDF-1.7 broken")


def test_every_kind_is_indexed_with_its_format_and_pages_or_the_reason_is_said(place: Place) -> None:
    build(place)
    reports = {report.document: report for report in place.build().documents}
    assert {name: (r.status, r.format, r.pages) for name, r in reports.items()} == {
        "通知.docx": ("added", "docx", None),
        "资金.xlsx": ("added", "xlsx", None),
        "车间.pdf": ("added", "pdf", 3),
        "旧.doc": ("skipped", None, None),
        "坏.pdf": ("skipped", None, None),
    }
    assert "另存为 .docx" in (reports["旧.doc"].reason or "")
    assert reports["通知.docx"].header.title == "关于共建园区的通知"
    assert reports["通知.docx"].header.published == "2024-03-05"


def test_passages_are_exact_ranges_with_headings_and_without_running_headers(place: Place) -> None:
    build(place)
    place.build()
    library = place.library()
    for number in range(library.size):
        chunk = library.chunk(number)
        assert library.document(chunk.document).text[chunk.start : chunk.end] == chunk.text
        assert "请勿外传" not in chunk.text
    assert "请勿外传" in library.document("车间.pdf").text
    bodies = {
        (chunk.section, chunk.text)
        for chunk in map(library.chunk, range(library.size))
        if (chunk.document, chunk.kind) == ("通知.docx", "body")
    }
    assert bodies == {
        (("一、总体要求",), "一、总体要求\n\n共建园区应当在2025年底前达到12个。\n\n地区：甲市；金额：3.5亿元。")
    }


def test_a_citation_names_the_page(place: Place) -> None:
    build(place)
    place.build()
    answer = answer_question(place.library(), HashEmbedder(), "丁县有几家帮扶车间", tuning=Tuning(threshold=0.0))
    cited = {citation.quote: (citation.document, citation.page) for citation in answer.citations}
    assert cited["丁县有九家帮扶车间。"] == ("车间.pdf", 2)
