"""What real writers are given to write, and the writers: LibreOffice, Chromium, reportlab, python-docx."""

import html
import io
import os
import random
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.readers.extracted import Extracted

CHROMIUM = shutil.which("chromium")
SOFFICE = shutil.which("soffice")
NO_CHROMIUM = "chromium is not installed"
NO_SOFFICE = "LibreOffice is not installed"


@dataclass(frozen=True)
class Block:
    """A paragraph, by its HTML tag and CSS class; with `rows`, a table under names of columns."""

    text: str
    tag: str = "p"
    kind: str = ""
    rows: tuple[tuple[str, ...], ...] = ()

    def lines(self) -> list[str]:
        """Write what the reader should make of it."""
        if not self.rows:
            return [self.text]
        names, *body = self.rows
        return [
            "；".join(f"{name}：{value}" for name, value in zip(names, row, strict=True) if value) + "。"
            for row in body
        ]


SUBJECTS = ["两地人社部门", "结对双方", "县级项目办", "园区管委会", "驻村工作队", "“双百”行动专班", "帮扶协会（筹）"]
VERBS = [
    "应当在每年3月底前",
    "按照〔2021〕18号文的要求",
    "会同有关单位",
    "对照年度计划",
    "依托线上平台",
    "以“一县一策”为原则",
]
ACTIONS = [
    "核对补助资金1,250.5万元的使用情况",
    "把就业人数、到岗率和留用率（≥85%）报送备案",
    "组织不少于3次的技能培训",
    "公开项目清单及其变更理由",
    "完成PPP项目库与GIS数据的比对",
    "建设冷链仓库12座、晾晒场4.6公顷",
    "开展从A级到AAA级的信用评定",
    "落实《协作资金管理办法》第十二条的规定",
]
ENDS = ["。", "。", "。", "；逾期不报的，由上级督办。", "，并说明原因。", "！"]


def sentence(chance: random.Random) -> str:
    """Write a sentence."""
    parts = [f"{chance.choice(VERBS)}{chance.choice(ACTIONS)}" for _ in range(chance.randint(1, 3))]
    place = f"第{chance.randint(2, 99)}片区的" if chance.random() < 0.7 else ""
    return place + chance.choice(SUBJECTS) + "，".join(parts) + chance.choice(ENDS)


def paragraph(chance: random.Random, longest: int = 6) -> str:
    """Write a paragraph."""
    return "".join(sentence(chance) for _ in range(chance.randint(1, longest)))


NAMES = ("县区", "资金（万元）", "派出干部", "备注")


def table(chance: random.Random, rows: int) -> Block:
    """Make up a table."""
    notes = ["", "续建", "含上年结转0.8万元", "新增"]
    body = [
        (
            f"第{n}县",
            f"{chance.randint(10, 9999)}.{chance.randint(0, 9)}",
            f"{chance.randint(1, 40)}人",
            chance.choice(notes),
        )
        for n in range(1, rows + 1)
    ]
    return Block("", "table", rows=(NAMES, *body))


def policy(seed: int, sections: int = 3, rows: int = 0, longest: int = 6) -> list[Block]:
    """Make up a document: title, sections 一、 with （一） under them, and a table."""
    chance = random.Random(seed)
    blocks = [Block("关于做好协作项目与资金管理工作的实施意见", "h1")]
    for number in range(sections):
        numeral = "一二三四五六七八九十"[number]
        blocks.append(
            Block(f"{numeral}、{chance.choice(['总体安排', '资金与项目管理', '人才交流机制', '监督与评价'])}", "h2")
        )
        blocks += [Block(paragraph(chance, longest)) for _ in range(chance.randint(1, 3))]
        for item in range(chance.randint(0, 2)):
            blocks.append(Block(f"（{'一二三'[item]}）{paragraph(chance, longest)}"))
    if rows:
        blocks += [Block("附表：资金安排", "h2"), table(chance, rows), Block(paragraph(chance, longest))]
    return blocks


def wanted(blocks: Sequence[Block]) -> list[str]:
    """List the lines that a reader should find."""
    return [line for block in blocks for line in block.lines()]


def body(found: Extracted) -> list[str]:
    """List the lines of what was read, without running lines."""
    kept, at = [], 0
    for start, end in found.boilerplate:
        kept.append(found.text[at:start])
        at = end
    kept.append(found.text[at:])
    return [line for line in "".join(kept).split("\n") if line.strip()]


def running(found: Extracted) -> list[str]:
    """List the running lines."""
    return [found.text[start:end] for start, end in found.boilerplate]


def as_html(blocks: Sequence[Block], style: str = "", columns: bool = False) -> str:
    """Write a page of HTML."""
    written = []
    for block in blocks:
        kind = f' class="{block.kind}"' if block.kind else ""
        if block.rows:
            names, *rows = block.rows
            cells = "".join(f"<th>{html.escape(name)}</th>" for name in names)
            lines = "".join("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
            written.append(f"<table{kind}><thead><tr>{cells}</tr></thead><tbody>{lines}</tbody></table>")
        else:
            written.append(f"<{block.tag}{kind}>{html.escape(block.text)}</{block.tag}>")
    if columns:
        written = [written[0], '<div id="columns">', *written[1:], "</div>"]
    return (
        '<!DOCTYPE html><html lang="zh-CN"><head><meta charset="utf-8"><title>样张</title>'
        f"<style>{style}</style></head><body>{''.join(written)}</body></html>"
    )


@contextmanager
def chromium() -> Iterator[Any]:
    """Start a browser; `printed` prints with it."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        try:
            yield browser
        finally:
            browser.close()


def printed(browser: Any, source: str, **options: Any) -> bytes:
    """Print a page of HTML to PDF."""
    page = browser.new_page()
    page.set_content(source)
    margin = options.pop("margin", "20mm")
    data: bytes = page.pdf(
        **{"format": "A4", "margin": dict.fromkeys(("top", "bottom", "left", "right"), margin)} | options
    )
    page.close()
    return data


def converted(folder: Path, name: str, data: bytes, to: str) -> bytes:
    """Convert a file with LibreOffice; `to` is an ending, or `ending:filter`."""
    (folder / name).write_bytes(data)
    target = folder / "converted"
    subprocess.run(
        [
            str(SOFFICE),
            f"-env:UserInstallation=file://{folder / 'profile'}",
            "--headless",
            "--convert-to",
            to,
            "--outdir",
            str(target),
            str(folder / name),
        ],
        check=True,
        capture_output=True,
        timeout=180,
        env={**os.environ, "HOME": str(folder)},
    )
    return (target / f"{Path(name).stem}.{to.split(':')[0]}").read_bytes()


def typeset(
    blocks: Sequence[Block],
    *,
    size: float = 12.0,
    leading: float = 1.6,
    columns: int = 1,
    gap: float = 24.0,
    margin: float = 60.0,
    paper: tuple[float, float] = (595.3, 841.9),
    font: str = "STSong-Light",
    justified: bool = True,
    decorate: Any = None,
) -> bytes:
    """Set a document with reportlab: a title across the page, then columns."""
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate, Paragraph, Table, TableStyle
    from reportlab.platypus.doctemplate import NextPageTemplate

    if font == "STSong-Light":
        pdfmetrics.registerFont(UnicodeCIDFont(font))
    width, height = paper
    full = width - 2 * margin
    column = (full - gap * (columns - 1)) / columns
    head = size * 6 if columns > 1 else 0.0

    def frames(above: float) -> list[Any]:
        top = height - 2 * margin - above
        none = {"leftPadding": 0, "rightPadding": 0, "topPadding": 0, "bottomPadding": 0}
        return [Frame(margin + (column + gap) * at, margin, column, top, **none) for at in range(columns)]

    none = {"leftPadding": 0, "rightPadding": 0, "topPadding": 0, "bottomPadding": 0}
    across = [Frame(margin, height - margin - head, full, head, **none)] if head else []
    common = {"fontName": font, "wordWrap": "CJK"}
    styles = {
        "h1": ParagraphStyle("h1", fontSize=1.6 * size, leading=2.2 * size, alignment=1, spaceAfter=size, **common),
        "h2": ParagraphStyle("h2", fontSize=1.3 * size, leading=1.8 * size, spaceBefore=size / 2, **common),
        "p": ParagraphStyle(
            "p",
            fontSize=size,
            leading=leading * size,
            firstLineIndent=2 * size,
            alignment=4 if justified else 0,
            **common,
        ),
    }
    story: list[Any] = [NextPageTemplate("later")]
    for block in blocks:
        if block.rows:
            style = [("FONT", (0, 0), (-1, -1), font, 0.9 * size), ("GRID", (0, 0), (-1, -1), 0.5, "black")]
            story.append(Table(block.rows, repeatRows=1, style=TableStyle(style)))
        else:
            story.append(Paragraph(html.escape(block.text), styles[block.tag]))
    stream = io.BytesIO()
    document = BaseDocTemplate(stream, pagesize=paper)
    draw = decorate or (lambda canvas, document: None)
    document.addPageTemplates(
        [
            PageTemplate("first", frames=[*across, *frames(head + size / 2 if head else 0.0)], onPage=draw),
            PageTemplate("later", frames=frames(0.0), onPage=draw),
        ]
    )
    document.build(story)
    return stream.getvalue()


OFFICIAL = [
    Block("某某省人民政府办公厅文件", "p", "red"),
    Block("某政办发〔2021〕18号", "p", "number"),
    Block("某某省人民政府办公厅关于印发产业协作园区建设管理办法（试行）的通知", "p", "title"),
    Block("各市、自治州人民政府，各县（市、区）人民政府，省政府各部门、各直属机构，各高等学校：", "p", "to"),
    Block(
        "《产业协作园区建设管理办法（试行）》已经省政府第86次常务会议审议通过，现印发给你们，请结合实际认真贯彻执行。"
        "执行中遇到的问题，请及时向省园区办（联系电话：0000-12345678）反映。"
    ),
    Block("一、总体要求", "p", "first"),
    Block(
        "坚持“政府引导、市场运作”，到2025年建成园区20个以上，引进企业1,300家，完成投资268.5亿元，年均增长12.3%；"
        "吸纳就业不少于4.5万人，其中脱贫人口占比达到30%以上，形成可复制、可推广的经验。"
    ),
    Block("二、重点任务", "p", "first"),
    Block("（一）完善基础设施。", "p", "second"),
    Block(
        "支持园区建设标准厂房、仓储物流、污水处理等设施，符合条件的纳入地方政府专项债券支持范围；"
        "推进5G、IPv6和NB-IoT网络覆盖，开展ISO 14001环境管理体系认证，鼓励企业使用ERP、MES等信息系统。"
    ),
    Block("（二）强化要素保障。", "p", "second"),
    Block(
        "对年销售收入超过2,000万元的企业，给予不超过50万元的一次性奖励；对新认定的国家级“专精特新”小巨人企业，"
        "按照《若干措施》（某政发〔2020〕9号）第三条第（二）项的规定执行，不重复享受。"
    ),
    Block("三、附则", "p", "first"),
    Block("本办法自2021年7月1日起施行，有效期至2024年6月30日。此前有关规定与本办法不一致的，以本办法为准。"),
    Block("附件：园区建设任务分解表", "p", "attached"),
    Block("某某省人民政府办公厅", "p", "signed"),
    Block("2021年5月18日", "p", "signed"),
    Block("（此件公开发布）", "p", "public"),
]


def as_docx(
    blocks: Sequence[Block],
    *,
    size: float = 12.0,
    columns: int = 1,
    header: str = "",
    numbers: str = "",
    landscape: bool = False,
    justified: bool = True,
    font: str = "Noto Serif CJK SC",
) -> bytes:
    """Write a document with python-docx; `numbers` is the footer, `#` in it the page number."""
    from docx import Document
    from docx.enum.section import WD_ORIENT
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Cm, Pt, RGBColor

    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin, section.right_margin, section.top_margin, section.bottom_margin = map(Cm, (2.8, 2.6, 3.7, 3.5))
    if landscape:
        section.orientation = WD_ORIENT.LANDSCAPE
        section.page_width, section.page_height = section.page_height, section.page_width
    normal = document.styles["Normal"]
    normal.font.size = Pt(size)
    for style in ("Normal", "Title", "Heading 1", "Header", "Footer"):
        properties = document.styles[style].element.get_or_add_rPr()
        fonts = properties.get_or_add_rFonts()
        for name in ("w:ascii", "w:hAnsi", "w:eastAsia"):
            fonts.set(qn(name), font)
        for name in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
            fonts.attrib.pop(qn(name), None)
    if columns > 1:
        element = section._sectPr.xpath("./w:cols")[0]
        element.set(qn("w:num"), str(columns))
        element.set(qn("w:space"), "480")
    if header:
        section.header.paragraphs[0].text = header
    if numbers:
        before, after = numbers.split("#")
        line = section.footer.paragraphs[0]
        line.alignment = WD_ALIGN_PARAGRAPH.CENTER
        line.add_run(before)
        for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
            run = line.add_run()
            part = OxmlElement("w:fldChar" if kind else "w:instrText")
            if kind:
                part.set(qn("w:fldCharType"), kind)
            else:
                part.text = text
            run._r.append(part)
        line.add_run(after)
    for block in blocks:
        if block.rows:
            grid = document.add_table(rows=0, cols=len(block.rows[0]), style="Table Grid")
            for number, row in enumerate(block.rows):
                cells = grid.add_row()
                for cell, text in zip(cells.cells, row, strict=True):
                    cell.text = text
                if not number:
                    repeat = OxmlElement("w:tblHeader")
                    cells._tr.get_or_add_trPr().append(repeat)
            continue
        if block.tag == "h1":
            document.add_heading(block.text, 0)
            continue
        if block.tag == "h2":
            document.add_heading(block.text, 1)
            continue
        written = document.add_paragraph()
        run = written.add_run(block.text)
        form = written.paragraph_format
        form.space_after = Pt(0)
        form.line_spacing = Pt(1.75 * size)
        if block.kind in ("red", "number", "title"):
            written.alignment = WD_ALIGN_PARAGRAPH.CENTER
            run.font.size = Pt({"red": 2.2, "number": 1.0, "title": 1.4}[block.kind] * size)
            form.line_spacing = Pt({"red": 3.5, "number": 3.0, "title": 2.2}[block.kind] * size)
            if block.kind == "red":
                run.font.color.rgb = RGBColor(0xFF, 0, 0)
        elif block.kind == "signed":
            written.alignment = WD_ALIGN_PARAGRAPH.RIGHT
            form.right_indent = Pt(2 * size)
        elif block.kind != "to":
            written.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY if justified else WD_ALIGN_PARAGRAPH.LEFT
            form.first_line_indent = Pt(2 * size)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()
