"""Write six of the starter documents as office folders have them: two .html, two .docx, two .pdf.

    pip install -e ".[test]"
    python evaluation/make_office_documents.py

The texts stand in evaluation/office/*.md: a title, lines such as 日期：…, headings (##), paragraphs and tables.
The .pdf files are printed by Chromium, so the fonts they embed are those of the machine (Noto Sans CJK, whose licence,
the SIL Open Font License, permits embedding).
The same machine writes the same bytes again: times are fixed and identifiers left out.
"""

import argparse
import html
import io
import re
import shutil
import sys
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCES = Path(__file__).resolve().parent / "office"
FORMATS = {
    "苏陕与苏青协作": "html",
    "沪滇协作": "html",
    "园区共建": "docx",
    "常态化帮扶": "docx",
    "浙川协作": "pdf",
    "过渡期与四个不摘": "pdf",
}
_WRITTEN = datetime(2026, 11, 22)
_DATES = re.compile(rb"/(CreationDate|ModDate) \(D:\d{14}[^)]*\)")
_PAGE = """<!DOCTYPE html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<title>{title}</title>
<style>
@page {{ size: A4; margin: 25mm 26mm; }}
body {{ font: 12pt/1.8 "Noto Sans CJK SC", "Source Han Sans SC", sans-serif; max-width: 42em; margin: 2em auto; }}
@media print {{ body {{ margin: 0; }} }}
h1 {{ font-size: 18pt; text-align: center; }}
h2 {{ font-size: 14pt; margin: 1.2em 0 .4em; break-after: avoid; }}
p {{ margin: 0 0 .6em; }}
table {{ border-collapse: collapse; }}
td, th {{ border: 1px solid; padding: .2em .6em; }}
</style>
</head>
<body>
<article>
{body}
</article>
</body>
</html>
"""


@dataclass(frozen=True)
class Block:
    """A part of a document: `level` 1 for the title, 2 for a heading, 0 for a paragraph; or the rows of a table."""

    text: str
    level: int = 0
    rows: tuple[tuple[str, ...], ...] = ()


def read_blocks(source: str) -> Iterator[Block]:
    """Read the Markdown that the sources use."""
    rows: list[tuple[str, ...]] = []
    for line in [*source.splitlines(), ""]:
        if line.startswith("|"):
            if not set(line) <= set("|-: "):
                rows.append(tuple(cell.strip() for cell in line.strip().strip("|").split("|")))
            continue
        if rows:
            yield Block("", rows=tuple(rows))
            rows = []
        if line.strip():
            marks, _, text = line.partition(" ") if line.startswith("#") else ("", "", line)
            yield Block(text, len(marks))


def write_html(blocks: Sequence[Block]) -> bytes:
    """A web page."""
    return _html(blocks).encode()


def write_docx(blocks: Sequence[Block]) -> bytes:
    """A Word document with the styles of its headings."""
    from docx import Document

    document = Document()
    properties = document.core_properties
    properties.title, properties.author, properties.comments = blocks[0].text, "", ""
    properties.created = properties.modified = _WRITTEN
    for block in blocks:
        if block.rows:
            table = document.add_table(len(block.rows), len(block.rows[0]), "Table Grid")
            for cells, row in zip(table.rows, block.rows, strict=True):
                for cell, text in zip(cells.cells, row, strict=True):
                    cell.text = text
        elif block.level:
            document.add_heading(block.text, block.level - 1)
        else:
            document.add_paragraph(block.text)
    written = io.BytesIO()
    document.save(written)
    return _with_fixed_times(written.getvalue())


def write_pdf(blocks: Sequence[Block]) -> bytes:
    """A page printed by Chromium."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        raise SystemExit("需要安装 Chromium 才能生成 PDF。")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        page.set_content(_html(blocks))
        data = page.pdf(prefer_css_page_size=True, tagged=True, outline=True)
        browser.close()
    # The same number of bytes: the places of the objects in the file stay true.
    return _DATES.sub(lambda found: _fixed_date(found.group()), data)


WRITERS: dict[str, Callable[[Sequence[Block]], bytes]] = {"html": write_html, "docx": write_docx, "pdf": write_pdf}


def _html(blocks: Sequence[Block]) -> str:
    parts = []
    for block in blocks:
        if block.rows:
            head, *rows = ("".join(f"<td>{html.escape(cell)}</td>" for cell in row) for row in block.rows)
            lines = [f"<tr>{head.replace('td>', 'th>')}</tr>", *(f"<tr>{row}</tr>" for row in rows)]
            parts.append("<table>\n" + "\n".join(lines) + "\n</table>")
        else:
            tag = f"h{block.level}" if block.level else "p"
            parts.append(f"<{tag}>{html.escape(block.text, quote=False)}</{tag}>")
    return _PAGE.format(title=html.escape(blocks[0].text), body="\n".join(parts))


def _fixed_date(found: bytes) -> bytes:
    return re.sub(rb"D:\d{14}", _WRITTEN.strftime("D:%Y%m%d%H%M%S").encode(), found)


def _with_fixed_times(data: bytes) -> bytes:
    """The same zip file with one time for all members."""
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            member = zipfile.ZipInfo(name, _WRITTEN.timetuple()[:6])
            member.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(member, old.read(name))
    return written.getvalue()


def main(arguments: Sequence[str] | None = None) -> int:
    """Write all six; return the exit status."""
    parser = argparse.ArgumentParser(description="把六份起步文档写成 .html、.docx 和 .pdf。")
    parser.add_argument("--target", type=Path, default=ROOT / "documents")
    options = parser.parse_args(arguments)
    for name, kind in FORMATS.items():
        blocks = list(read_blocks((SOURCES / f"{name}.md").read_text("utf-8")))
        (options.target / f"{name}.{kind}").write_bytes(WRITERS[kind](blocks))
        print(f"{name}.{kind}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
