"""What reportlab sets in several layouts comes back character by character from the PDF."""

import io
from typing import Any

import pytest

pytest.importorskip("reportlab")
from writing import body, policy, running, typeset, wanted

from rag.readers.pdf import boxes, read_pdf
from rag.readers.pdf_words import join

A4, A5, WIDE = (595.3, 841.9), (419.5, 595.3), (841.9, 595.3)


@pytest.mark.parametrize("paper", [A4, A5, WIDE], ids=["A4", "A5", "landscape"])
@pytest.mark.parametrize(("size", "leading"), [(9, 1.3), (12, 1.6), (16, 1.75), (18, 1.4)])
def test_one_column_at_any_size(paper: tuple[float, float], size: float, leading: float) -> None:
    blocks = policy(round(size) + round(paper[0]), rows=30)
    assert body(read_pdf(typeset(blocks, size=size, leading=leading, paper=paper))) == wanted(blocks)


@pytest.mark.parametrize("justified", [True, False], ids=["justified", "ragged"])
@pytest.mark.parametrize("gap", [1.0, 1.25, 2.0])
@pytest.mark.parametrize(("size", "columns"), [(9, 2), (9, 3), (12, 2), (16, 2), (20, 2)])
def test_columns_that_stand_close_to_each_other(size: float, columns: int, gap: float, justified: bool) -> None:
    blocks = policy(round(size) + columns, 5)
    data = typeset(blocks, size=size, columns=columns, gap=gap * size, justified=justified)
    assert body(read_pdf(data)) == wanted(blocks)


def test_headers_and_page_numbers_stand_beside_columns_too() -> None:
    def decorate(canvas: Any, document: Any) -> None:
        canvas.setFont("STSong-Light", 9)
        canvas.drawString(60, 805, "某县协作工作简报")
        canvas.drawRightString(535, 805, f"第{canvas.getPageNumber()}页")
        canvas.drawCentredString(297, 25, f"- {canvas.getPageNumber()} -")

    blocks = policy(3, 8)
    found = read_pdf(typeset(blocks, columns=2, decorate=decorate))
    assert body(found) == wanted(blocks)
    numbers = range(1, len(found.pages) + 1)
    assert len(numbers) > 2
    assert sorted(running(found)) == sorted(
        line for number in numbers for line in (f"某县协作工作简报 第{number}页", f"- {number} -")
    )


@pytest.mark.parametrize(
    ("text", "following", "between"),
    [
        ("投入1,", "250.5万元", ""),
        ("面积4.", "6公顷", ""),
        ("总额12", "50万元", ""),
        ("电话0000-", "12345678", ""),
        ("留用率（≥", "85%）", ""),
        ("按照ISO", "14001认证", " "),
        ("the year 2020,", "2021 and", " "),
        ("we met", "in spring", " "),
        ("东部", "西部", ""),
    ],
)
def test_what_stands_between_two_lines(text: str, following: str, between: str) -> None:
    assert join(text, following) == text + between


def test_a_row_broken_over_two_pages_is_one_row() -> None:
    from reportlab.lib.pagesizes import A4 as PAPER
    from reportlab.pdfgen.canvas import Canvas

    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=PAPER)
    xs = [60, 160, 260, 320]
    pages = [
        (120, [["县区", "资金", "备注"], ["甲县", "12.5", "无"], ["乙县", "30.0", "含上年结"]]),
        (780, [["县区", "资金", "备注"], ["", "", "转余额"], ["丙县", "41.0", "无"]]),
    ]
    for top, rows in pages:
        canvas.setFont("STSong-Light", 14)
        for number, row in enumerate(rows):
            for x, cell in zip(xs, row, strict=False):
                canvas.drawString(x + 2, top - 20 * number - 15, cell)
        for number in range(len(rows) + 1):
            canvas.line(xs[0], top - 20 * number, xs[-1], top - 20 * number)
        for x in xs:
            canvas.line(x, top, x, top - 20 * len(rows))
        canvas.showPage()
    canvas.save()
    data = stream.getvalue()
    found = read_pdf(data)
    assert found.text.split() == [
        "县区：甲县；资金：12.5；备注：无。",
        "县区：乙县；资金：30.0；备注：含上年结转余额。",
        "县区：丙县；资金：41.0；备注：无。",
    ]
    start = found.text.index("含上年结")
    assert [box[0] for box in boxes(data, found, start, start + 7)] == [1, 2]


def test_a_line_of_the_body_that_recurs_is_no_header() -> None:
    from reportlab.pdfgen.canvas import Canvas

    stream = io.BytesIO()
    canvas = Canvas(stream)
    for page in range(3):
        canvas.setFont("STSong-Light", 12)
        for line in range(30):
            text = "由双方共同负责，" if line == 1 else f"第{page}页的第{line}行，各有关单位应当"
            canvas.drawString(80, 780 - 20 * line, text)
        canvas.showPage()
    canvas.save()
    found = read_pdf(stream.getvalue())
    assert not found.boilerplate and found.text.count("由双方共同负责") == 3


def test_text_that_runs_down_is_read_line_by_line() -> None:
    from reportlab.pdfgen.canvas import Canvas

    text = "园区由双方共同建设。资金按季度拨付，使用情况每年向社会公开一次，接受审计监督。" * 4
    lines = [text[at : at + 48] for at in range(0, len(text), 48)]
    stream = io.BytesIO()
    canvas = Canvas(stream)
    canvas.setFont("STSong-Light", 14)
    for column, line in enumerate(lines):
        for row, char in enumerate(line):
            canvas.drawString(500 - 24 * column, 760 - 14 * row, char)
    canvas.showPage()
    canvas.save()
    data = stream.getvalue()
    found = read_pdf(data)
    assert found.text == text
    start = 50
    (box,) = boxes(data, found, start, start + 2)
    assert (box.left, box.right) == pytest.approx((500 - 24, 500 - 24 + 14), abs=4)
    assert box.top == pytest.approx(842 - 760 - 14 + 2 * 14, abs=6)
    assert box.bottom - box.top == pytest.approx(28, abs=4)


def test_cells_of_a_table_without_rules_do_not_run_together() -> None:
    from reportlab.pdfgen.canvas import Canvas

    stream = io.BytesIO()
    canvas = Canvas(stream)
    canvas.setFont("STSong-Light", 12)
    for number in range(6):
        for x, cell in zip((80, 125, 180), (f"第{number}县", f"12.{number}", "3人"), strict=True):
            canvas.drawString(x, 700 - 40 * number, cell)
    canvas.save()
    assert read_pdf(stream.getvalue()).text.split("\n\n") == [f"第{number}县 12.{number} 3人" for number in range(6)]
