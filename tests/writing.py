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
