"""The PDF reader against what real writers wrote."""

import io
import random
import re
import shutil
from pathlib import Path

import pytest

from rag.errors import ReadError
from rag.readers.extracted import Extracted
from rag.readers.pdf import MAX_PAGES, boxes, read_pdf

reportlab = pytest.importorskip("reportlab")
from reportlab.lib.pagesizes import A4, landscape  # noqa: E402
from reportlab.lib.pdfencrypt import StandardEncryption  # noqa: E402
from reportlab.lib.styles import ParagraphStyle  # noqa: E402
from reportlab.lib.units import mm  # noqa: E402
from reportlab.pdfbase import pdfmetrics  # noqa: E402
from reportlab.pdfbase.cidfonts import UnicodeCIDFont  # noqa: E402
from reportlab.pdfgen.canvas import Canvas  # noqa: E402
from reportlab.platypus import (  # noqa: E402
    BaseDocTemplate,
    Frame,
    PageTemplate,
    Paragraph,
    SimpleDocTemplate,
    Table,
    TableStyle,
)

pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
SONG = "STSong-Light"
INDENTED = ParagraphStyle("indented", fontName=SONG, fontSize=12, leading=20, wordWrap="CJK", firstLineIndent=24)
BLOCK = ParagraphStyle("block", fontName=SONG, fontSize=12, leading=18, wordWrap="CJK", spaceAfter=10)
TITLE = ParagraphStyle("title", fontName=SONG, fontSize=20, leading=30, wordWrap="CJK", alignment=1, spaceAfter=16)
HEADING = ParagraphStyle("heading", fontName=SONG, fontSize=15, leading=24, wordWrap="CJK", spaceBefore=8)
LATIN = ParagraphStyle("latin", fontName="Times-Roman", fontSize=11, leading=15, alignment=4, spaceAfter=8)
WORDS = re.findall(
    r"\S+",
    "东西部协作 对口支援 乡村振兴 消费帮扶 劳务协作 产业转移 资金投入 人才交流 教育医疗 基础设施 生态保护 脱贫攻坚 "
    "共同富裕 结对帮扶 园区共建 考核评价 社会力量 过渡期 国务院 发展改革委 财政部 农业农村部 2021年 228.7亿元 12.5%",
)


def sentences(count: int, seed: int) -> str:
    """Write a paragraph."""
    chosen = random.Random(seed)
    said = []
    for _ in range(count):
        words = [chosen.choice(WORDS) for _ in range(chosen.randint(4, 12))]
        words.insert(chosen.randint(1, len(words)), "，")
        said.append("".join(words).strip("，") + "。")
    return "".join(said)


def built(story: list[object], on_page: object = None, size: tuple[float, float] = A4) -> bytes:
    """Set a story with reportlab."""
    stream = io.BytesIO()
    document = SimpleDocTemplate(stream, pagesize=size, title="测试")
    draw = on_page or (lambda canvas, document: None)
    document.build(story, onFirstPage=draw, onLaterPages=draw)
    return stream.getvalue()


def drawn(*pages: object, **settings: object) -> bytes:
    """Draw pages by hand."""
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=A4, **settings)
    for draw in pages:
        canvas.setFont(SONG, 12)
        draw(canvas)
        canvas.showPage()
    canvas.save()
    return stream.getvalue()


def body(found: Extracted) -> str:
    """Return the text without the running lines."""
    kept, at = [], 0
    for start, end in found.boilerplate:
        kept.append(found.text[at:start])
        at = end
    kept.append(found.text[at:])
    return re.sub(r"\n{2,}", "\n\n", "".join(kept)).strip()


def running(found: Extracted) -> list[str]:
    return [found.text[start:end] for start, end in found.boilerplate]


def headed(canvas: Canvas, document: object) -> None:
    canvas.setFont(SONG, 9)
    canvas.drawString(25 * mm, 285 * mm, "某省人民政府公报")
    canvas.drawRightString(185 * mm, 285 * mm, "2024年第3期")
    canvas.drawCentredString(105 * mm, 12 * mm, f"— {canvas.getPageNumber()} —")


@pytest.mark.parametrize("style", [INDENTED, BLOCK])
def test_paragraphs_come_back_whole_over_lines_and_pages(style: ParagraphStyle) -> None:
    texts = [sentences(count, seed) for seed, count in enumerate([3, 1, 8, 2, 15, 1, 6, 20, 3, 9, 12, 2, 30, 4] * 2)]
    found = read_pdf(built([Paragraph(text, style) for text in texts], headed))
    assert body(found).split("\n\n") == texts
    assert len(found.pages) > 3
    assert [line for line in running(found) if "—" in line] == [f"— {n} —" for n in range(1, len(found.pages) + 1)]
    assert running(found).count("某省人民政府公报 2024年第3期") == len(found.pages)


def test_pages_are_ranges_that_together_are_the_text() -> None:
    found = read_pdf(built([Paragraph(sentences(9, seed), INDENTED) for seed in range(20)], headed))
    assert found.pages[0][0] == 0 and found.pages[-1][1] == len(found.text)
    assert all(end == start for (_, end), (start, _) in zip(found.pages, found.pages[1:], strict=False))
    import pypdfium2

    document = pypdfium2.PdfDocument(built([Paragraph(sentences(9, seed), INDENTED) for seed in range(20)]))
    for number, (start, end) in enumerate(found.pages):
        printed = re.sub(r"\s", "", document[number].get_textpage().get_text_range())
        inner = "".join(
            body(
                Extracted(
                    found.text[start:end],
                    "pdf",
                    boilerplate=tuple((a - start, b - start) for a, b in found.boilerplate if start <= a < end),
                )
            ).split()
        )
        assert inner == printed


def test_headings_are_known_by_their_size() -> None:
    story = [Paragraph("关于进一步加强东西部协作工作促进区域协调发展和共同富裕的若干实施意见", TITLE)]
    for number, name in enumerate(["一、总体要求", "二、主要任务", "三、保障措施"]):
        story += [Paragraph(name, HEADING), *(Paragraph(sentences(5, 7 * number + n), INDENTED) for n in range(3))]
    found = read_pdf(built(story))
    assert [(found.text[start:end], level) for start, end, level in found.headings] == [
        ("关于进一步加强东西部协作工作促进区域协调发展和共同富裕的若干实施意见", 1),
        ("一、总体要求", 2),
        ("二、主要任务", 2),
        ("三、保障措施", 2),
    ]


def test_latin_words_are_joined_by_a_space() -> None:
    texts = [
        "The programme pairs provinces of the east with provinces of the west, and every year the partners agree on "
        "funds, staff and projects; " * 3 + "that is all.",
        "A well-known example is the partnership of Fujian and Ningxia, which began in 1996 and goes on today.",
    ]
    assert read_pdf(built([Paragraph(text, LATIN) for text in texts])).text.split("\n\n") == texts


def two_columns(story: list[object]) -> bytes:
    stream = io.BytesIO()
    document = BaseDocTemplate(stream, pagesize=A4)
    frames = [Frame(x * mm, 20 * mm, 82 * mm, 240 * mm, leftPadding=0, rightPadding=0) for x in (20, 110)]
    document.addPageTemplates(PageTemplate(frames=frames, onPage=headed))
    document.build(story)
    return stream.getvalue()


@pytest.mark.parametrize("style", [INDENTED, BLOCK])
def test_two_columns_are_read_one_after_the_other(style: ParagraphStyle) -> None:
    texts = [sentences(count, seed) for seed, count in enumerate([6, 4, 8, 3, 15, 2, 9, 7, 12, 5, 6, 14])]
    assert body(read_pdf(two_columns([Paragraph(text, style) for text in texts]))).split("\n\n") == texts


def test_a_title_over_two_columns_stands_before_them() -> None:
    lines = [[f"{side}栏第{n:02}行的文字写满整行不留空白之处" for n in range(12)] for side in "左右"]

    def draw(canvas: Canvas) -> None:
        canvas.setFont(SONG, 18)
        canvas.drawCentredString(105 * mm, 270 * mm, "横跨两栏的大标题在这里")
        canvas.setFont(SONG, 11)
        for x, column in zip((20, 110), lines, strict=True):
            for n, line in enumerate(column):
                canvas.drawString(x * mm, (250 - 7 * n) * mm, line)
        canvas.drawString(20 * mm, 150 * mm, "下面又是通栏的文字" * 5 + "。")

    found = read_pdf(drawn(draw)).text
    assert found == "\n\n".join(
        ["横跨两栏的大标题在这里", "".join(lines[0] + lines[1]), "下面又是通栏的文字" * 5 + "。"]
    )


ROWS = [[f"区县{n}", f"{n * 17 % 90}.5", f"{n * 31 % 400}人", "东部沿海地区" if n % 3 else ""] for n in range(1, 61)]
NAMES = ["县区名称", "资金（万元）", "派出干部", "备注"]


def gridded(rows: list[list[str]], repeat: int = 1, extra: list[tuple[object, ...]] = []) -> Table:  # noqa: B006
    style = [("FONT", (0, 0), (-1, -1), SONG, 10), ("GRID", (0, 0), (-1, -1), 0.5, "black"), *extra]
    return Table(rows, colWidths=[40 * mm] * len(rows[0]), repeatRows=repeat, style=TableStyle(style))


def expected_rows(rows: list[list[str]]) -> list[str]:
    return [
        "；".join(f"{name}：{value}" for name, value in zip(NAMES, row, strict=True) if value) + "。" for row in rows
    ]


@pytest.mark.parametrize("repeat", [0, 1])
def test_a_table_over_three_pages_is_written_row_by_row_with_its_header(repeat: int) -> None:
    story = [
        Paragraph(sentences(4, 1), INDENTED),
        Paragraph("表1 资金安排", HEADING),
        gridded([NAMES, *ROWS, *ROWS], repeat),
    ]
    found = read_pdf(built([*story, Paragraph(sentences(5, 2), INDENTED)], headed))
    assert len(found.pages) >= 3
    lines = body(found).split("\n")
    assert [line for line in lines if line] == [
        sentences(4, 1),
        "表1 资金安排",
        *expected_rows(ROWS * 2),
        sentences(5, 2),
    ]


def test_merged_cells_and_wrapped_cells_keep_their_row() -> None:
    wrap = ParagraphStyle("wrap", fontName=SONG, fontSize=10, leading=14, wordWrap="CJK")
    long = "对口支援工作领导小组办公室负责统筹协调和督促落实各项任务"
    rows = [
        ["地区", "资金", "", "说明"],
        ["", "中央", "省级", ""],
        ["东部", "12", "34", Paragraph(long, wrap)],
        ["", "56", "78", "无"],
    ]
    spans = [("SPAN", (1, 0), (2, 0)), ("SPAN", (0, 0), (0, 1)), ("SPAN", (3, 0), (3, 1)), ("SPAN", (0, 2), (0, 3))]
    found = read_pdf(built([gridded(rows, 2, spans)]))
    assert found.text.split("\n") == [
        f"地区：东部；资金/中央：12；资金/省级：34；说明：{long}。",
        "地区：东部；资金/中央：56；资金/省级：78；说明：无。",
    ]


def test_a_three_line_table_is_a_table() -> None:
    style = [
        ("FONT", (0, 0), (-1, -1), SONG, 10),
        *(("LINEABOVE", (0, row), (-1, row), 1, "black") for row in (0, 1)),
        ("LINEBELOW", (0, -1), (-1, -1), 1, "black"),
    ]
    table = Table([NAMES, *ROWS[:9]], colWidths=[40 * mm] * 4, style=TableStyle(style))
    assert read_pdf(built([table])).text.split("\n") == expected_rows(ROWS[:9])


def test_running_lines_need_several_pages_but_a_heading_at_the_top_stays() -> None:
    def page(number: int) -> object:
        def draw(canvas: Canvas) -> None:
            canvas.drawString(30 * mm, 280 * mm, f"附件{number}")
            for n in range(20):
                canvas.drawString(30 * mm, (260 - 9 * n) * mm, f"第{number}份附件的第{n}行文字。")
            canvas.drawString(100 * mm, 10 * mm, str(number))

        return draw

    found = read_pdf(drawn(*(page(number) for number in range(1, 5))))
    assert running(found) == ["1", "2", "3", "4"]
    assert all(f"附件{number}\n\n第{number}份附件的第0行文字。" in found.text for number in range(1, 5))


def official(canvas: Canvas, texts: list[tuple[str, str]]) -> list[str]:
    """Set an official document as GB/T 9704 wants it: 28 characters a line, 22 lines a page, numbers outside."""
    left, size, pitch = 28 * mm, 15.8, 28.9
    wanted, line, page = [], 0, 1

    def number() -> None:
        canvas.setFont(SONG, 14)
        place = canvas.drawRightString if page % 2 else canvas.drawString
        place(182 * mm if page % 2 else left, 25 * mm, f"— {page} —")

    for kind, text in texts:
        wanted.append(text)
        if kind == "title":
            rows, own = [text[:16], text[16:]], 22.0
        elif kind == "number":
            rows, own = [text], 16.0
        else:
            own = size
            first = {"body": 26, "signed": 28, "to": 28}[kind]
            rows = [text[:first], *(text[at : at + 28] for at in range(first, len(text), 28))]
        for index, row in enumerate(filter(None, rows)):
            if line == 22:
                number()
                canvas.showPage()
                page, line = page + 1, 0
            y = A4[1] - 37 * mm - pitch * line
            canvas.setFont(SONG, own)
            if kind in ("title", "number"):
                canvas.drawCentredString(A4[0] / 2, y, row)
            elif kind == "signed":
                canvas.drawRightString(182 * mm - 2 * size, y, row)
            else:
                canvas.drawString(left + (2 * size if kind == "body" and not index else 0), y, row)
            line += 1
    number()
    canvas.showPage()
    return wanted


def test_an_official_document_comes_back_paragraph_by_paragraph() -> None:
    plain = [
        re.sub(r"[0-9.%]+[年亿元]*", "若干", sentences(count, seed))
        for seed, count in enumerate([4, 9, 2, 7, 12, 1, 5, 3])
    ]
    # No punctuation at the start of a line: this typesetter knows no rules about it, readers expect them.
    plain = [text.replace("，", "及") for text in plain]
    texts = [
        ("title", "某省人民政府办公厅关于印发东西部协作工作实施方案的通知"),
        ("number", "某政办发〔2024〕15号"),
        ("to", "各市、县（市、区）人民政府，省政府各部门："),
        *(
            ("body", f"{mark}{text}")
            for mark, text in zip(["", "一、", "（一）", "（二）", "二、", "", "1．", ""], plain, strict=True)
        ),
        ("body", "附件：1．资金安排表"),
        ("signed", "某省人民政府办公厅"),
        ("signed", "2024年5月18日"),
    ]
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=A4)
    wanted = official(canvas, texts)
    canvas.save()
    found = read_pdf(stream.getvalue())
    assert body(found).split("\n\n") == wanted
    assert running(found) == [f"— {n} —" for n in range(1, len(found.pages) + 1)]
    assert (found.text[slice(*found.headings[0][:2])], found.headings[0][2]) == (wanted[0], 1)


def test_headers_that_differ_on_odd_and_even_pages_are_found_and_a_cover_has_none() -> None:
    def head(canvas: Canvas, document: object) -> None:
        page = canvas.getPageNumber()
        canvas.setFont(SONG, 9)
        if page > 1:
            canvas.drawCentredString(105 * mm, 284 * mm, "第二章 资金管理" if page % 2 else "东西部协作年度报告")
            canvas.drawCentredString(105 * mm, 12 * mm, str(page + 6))

    texts = [sentences(8, seed) for seed in range(40)]
    found = read_pdf(built([Paragraph(text, INDENTED) for text in texts], head))
    assert body(found).split("\n\n") == texts
    pages = len(found.pages)
    assert pages > 5
    assert len(running(found)) == 2 * (pages - 1)


def test_a_table_of_contents_keeps_its_lines() -> None:
    names = ["第一章 总则", "第二章 资金管理和使用", "第三章 监督", "第四章 附则"]

    def draw(canvas: Canvas) -> None:
        for n, name in enumerate(names):
            canvas.drawString(30 * mm, (260 - 8 * n) * mm, name + "…" * (30 - len(name)) + str(n * 7 + 1))
        canvas.drawString(30 * mm, 200 * mm, "联系人：张三")
        canvas.drawString(90 * mm, 200 * mm, "电话：010-1234567")

    found = read_pdf(drawn(draw)).text.split("\n\n")
    assert found == [
        *(name + "…" * (30 - len(name)) + str(n * 7 + 1) for n, name in enumerate(names)),
        "联系人：张三 电话：010-1234567",
    ]


def test_a_list_with_hanging_indents_keeps_its_items() -> None:
    hanging = ParagraphStyle("hanging", parent=INDENTED, leftIndent=24, firstLineIndent=-24)
    texts = [
        f"（{mark}）" + sentences(count, count) for mark, count in zip("一二三四五六", [3, 6, 1, 4, 9, 2], strict=True)
    ]
    assert read_pdf(built([Paragraph(text, hanging) for text in texts])).text.split("\n\n") == texts


def test_radicals_become_ordinary_characters() -> None:
    from rag.readers.pdf_glyphs import _character

    assert "".join(filter(None, map(_character, map(ord, "⼯⼾⼈⺠⻔⻓⻛⾦⻘")))) == "工户人民门长风金青"
    assert "".join(filter(None, map(_character, map(ord, "（，％①２Ａ")))) == "（，％①２Ａ"
    found = read_pdf(drawn(lambda canvas: canvas.drawString(90, 700, "⼯⼈（１）％")))
    assert found.text in ("工人（１）％", "（１）％")


def test_a_rotated_page_reads_the_same() -> None:
    texts = [sentences(4, seed) for seed in range(5)]
    story = [Paragraph(text, INDENTED) for text in texts]
    stream = io.BytesIO(built(story, size=landscape(A4)))
    import pypdfium2

    document = pypdfium2.PdfDocument(stream)
    for page in document:
        page.set_rotation(90)
    turned = io.BytesIO()
    document.save(turned)
    found = read_pdf(turned.getvalue())
    assert found.text.split("\n\n") == texts


def test_text_set_upward_on_a_page_is_read_as_lines() -> None:
    texts = ["竖排页面上的第一段文字。", "竖排页面上的第二段文字，比第一段长一些。"]

    def draw(canvas: Canvas) -> None:
        canvas.rotate(90)
        for n, text in enumerate(texts):
            canvas.drawString(100, -100 - 60 * n, text)

    assert read_pdf(drawn(draw)).text.split("\n\n") == texts


def test_a_watermark_is_boilerplate() -> None:
    def draw(canvas: Canvas) -> None:
        for n in range(10):
            canvas.drawString(90, 700 - 25 * n, f"正文第{n}行。")
        canvas.saveState()
        canvas.translate(300, 400)
        canvas.rotate(45)
        canvas.setFont(SONG, 60)
        canvas.drawCentredString(0, 0, "内部资料")
        canvas.restoreState()

    found = read_pdf(drawn(draw, draw))
    assert running(found) == ["内部资料", "内部资料"]
    assert body(found).split("\n\n") == [f"正文第{n}行。" for n in range(10)] * 2


def test_bold_made_by_printing_twice_is_read_once() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawString(90, 700, "加粗的标题")
        canvas.drawString(90.4, 700, "加粗的标题")
        canvas.drawString(90, 650, "正文文字人人有责。")

    assert read_pdf(drawn(draw)).text == "加粗的标题\n\n正文文字人人有责。"


def test_boxes_lie_where_the_text_was_drawn() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawString(90, 700, "第一行文字。")
        canvas.drawString(90, 600, "甲乙丙丁戊己。")

    data = drawn(draw, draw)
    found = read_pdf(data)
    start = found.text.index("丙丁", found.pages[1][0])
    ((page, left, top, right, bottom, *size),) = boxes(data, found, start, start + 2)
    assert size == pytest.approx(A4, abs=0.1)
    assert page == 2
    assert (left, right) == pytest.approx((90 + 24, 90 + 48), abs=0.5)
    assert top < A4[1] - 600 - 4 < bottom and bottom - top < 16
    with pytest.raises(ReadError, match="改变"):
        boxes(data, Extracted("别的", "pdf"), 0, 1)


def test_boxes_cover_every_character_of_a_table_value() -> None:
    data = built([gridded([NAMES, *ROWS])])
    found = read_pdf(data)
    start = found.text.index("区县55")
    ((page, *box),) = boxes(data, found, start, start + 4)
    assert page == 2 and 0 < box[0] < box[2] < A4[0]


def test_pages_without_text_are_listed_and_a_scan_is_refused() -> None:
    def text(canvas: Canvas) -> None:
        canvas.drawString(90, 700, "有文字的一页。")

    def scan(canvas: Canvas) -> None:
        canvas.rect(50, 50, 400, 600, fill=1)

    found = read_pdf(drawn(text, scan, text, scan))
    assert found.pages_without_text == (2, 4)
    assert len(found.pages) == 4 and found.pages[1][0] == found.pages[1][1]
    with pytest.raises(ReadError, match="扫描件"):
        read_pdf(drawn(scan, scan))


def test_an_encrypted_pdf_is_a_sentence_and_one_that_only_forbids_copying_is_read() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawString(90, 700, "受保护的文字。")

    with pytest.raises(ReadError, match="密码"):
        read_pdf(drawn(draw, encrypt=StandardEncryption("secret", "owner")))
    assert read_pdf(drawn(draw, encrypt=StandardEncryption("", "owner", canCopy=0))).text == "受保护的文字。"


def test_too_many_pages_are_a_sentence_with_the_bound() -> None:
    data = drawn(*[lambda canvas: None] * (MAX_PAGES + 1))
    with pytest.raises(ReadError, match=r"2001 页.*2000 页"):
        read_pdf(data)


@pytest.mark.parametrize(
    "data", [b"", b"PK\x03\x04" + b"\0" * 50, b"%PDF-1.7\n", b"%PDF-1.7\n" + b"\xff" * 3000, "政策".encode()]
)
def test_what_is_no_pdf_is_refused(data: bytes) -> None:
    with pytest.raises(ReadError):
        read_pdf(data)


def test_no_mutation_of_a_pdf_gives_another_error() -> None:
    chosen = random.Random(5)
    story = [Paragraph(sentences(4, 1), INDENTED), gridded([NAMES, *ROWS[:30]]), Paragraph("标题", TITLE)]
    stream = io.BytesIO()
    SimpleDocTemplate(stream, pageCompression=0).build(story)
    samples = [built(story, headed), stream.getvalue()]
    for _ in range(150):
        data = bytearray(chosen.choice(samples))
        for _ in range(chosen.randint(1, 30)):
            at = chosen.randrange(len(data))
            kind = chosen.random()
            if kind < 0.6:
                data[at] = chosen.randrange(256)
            elif kind < 0.8:
                del data[at : at + chosen.randint(1, 40)]
            else:
                data[at:at] = data[chosen.randrange(len(data)) :][: chosen.randint(1, 60)]
        if chosen.random() < 0.2:
            del data[chosen.randrange(len(data)) :]
        try:
            found = read_pdf(bytes(data))
        except ReadError:
            continue
        assert found.pages[-1][1] == len(found.text)


CHROMIUM = shutil.which("chromium")
CHROMIUM_STYLES = {
    "indented": "p{text-indent:2em;margin:0;text-align:justify;line-height:1.6} body{font:12pt 'Noto Serif CJK SC'}",
    "web": "body{font:11pt 'Noto Sans CJK SC'}",
    "columns": "body{font:11pt 'Noto Serif CJK SC'} p{text-indent:2em;margin:0} #body{columns:2;column-gap:8mm}",
}


@pytest.mark.heavy
@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
@pytest.mark.parametrize("style", CHROMIUM_STYLES)
def test_what_chromium_prints_comes_back(style: str, tmp_path: Path) -> None:
    from playwright.sync_api import sync_playwright

    texts = [
        sentences(count, seed).replace("财政部", "财政部（人民银行、长江）")
        for seed, count in enumerate([6, 4, 8, 3, 15, 2, 9, 7, 12, 5, 6, 14, 30, 3])
    ]
    rows = [NAMES, *ROWS]
    cells = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows[1:])
    head = "".join(f"<th>{name}</th>" for name in NAMES)
    page_source = (
        f"<meta charset=utf-8><title>打印</title><style>{CHROMIUM_STYLES[style]} table{{border-collapse:collapse;width:100%}}"
        "td,th{border:1px solid #333;padding:3px}</style><h1>东西部协作工作办法</h1><div id=body><h2>一、总则</h2>"
        + "".join(f"<p>{text}</p>" for text in texts)
        + f"</div><h2>二、资金安排表</h2><table><thead><tr>{head}</tr></thead><tbody>{cells}</tbody></table>"
        f"<h2>三、附则</h2><p>{texts[0]}</p>"
    )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        page.set_content(page_source)
        data = page.pdf(
            format="A4",
            display_header_footer=True,
            margin={"top": "20mm", "bottom": "20mm", "left": "20mm", "right": "20mm"},
        )
        browser.close()
    found = read_pdf(data)
    wanted = ["东西部协作工作办法", "一、总则", *texts, "二、资金安排表", *expected_rows(ROWS), "三、附则", texts[0]]
    assert [line for line in body(found).split("\n") if line] == wanted
    assert [(found.text[start:end], level) for start, end, level in found.headings] == [
        ("东西部协作工作办法", 1),
        ("一、总则", 2),
        ("二、资金安排表", 2),
        ("三、附则", 2),
    ]
    assert len(found.boilerplate) >= 2 * len(found.pages)
