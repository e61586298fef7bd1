"""Mutations of files, outside and inside of what packs them, and small samples of every format."""

import io
import random
import re
import zlib
from collections.abc import Callable

import test_read_docx
import test_read_pptx
import test_read_xlsx
from ofd_help import Ofd, table, typeset
from office import members, packed
from PIL import Image, ImageDraw
from reportlab.lib import colors
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import Paragraph, Table, TableStyle
from test_read_html import NOTICE
from test_read_mhtml import archive
from test_read_pdf import built

_OFFICIAL = """某某省人民政府办公厅文件

某政办发〔2024〕12号

关于做好东西部协作工作的通知

各市、县（区）人民政府：
　　为贯彻落实有关要求，现就做好2024年工作通知如下：
　　一、总体要求
　　（一）目标。到2025年底，共建产业园区12个，投入资金3.5亿元，比上年增长8%。
　　第三条　本办法自2024年3月5日起施行，有效期5年。
　　附件：1. 任务分工表

某某省人民政府办公厅
2024年3月5日
"""
_TABLE = '地区,资金（亿元）,备注\n甲市,3.5,“预计”\n乙县,2,\n丙州,"1,000",两\n'
_MARKDOWN = "# 工作要点\n\n发布日期：2024-03-05　来源：测试办公室\n\n## 一、任务\n\n- 共建园区12个。\n\n| 地区 | 金额 |\n|---|---|\n| 甲市 | 3.5 |\n"

# Numbers out of range, ends of markup and of strings, nests, control characters, half characters.
WORDS = (
    *(b"0", b"-1", b"99999999999", b"1e309", b"NaN", b"\xff\xfe", b"\0", b"\r", b"\x80", b"\xf0\x9f", b"<", b">", b'"'),
    *(b"'", b"/", b"\\", b"&#x0;", b"&lt", b"]]>", b"<!--", b"<![CDATA[", b"", b"<a>" * 300, b"(" * 300, b"[" * 300),
    *(b"=" * 500, "一、".encode(), "（".encode() * 50, "第".encode() * 200, b" " * 400, b"\n" * 300, b"../../../x"),
)
_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\n?endstream", re.DOTALL)


def pdf() -> bytes:
    """Two pages with a heading, paragraphs and a ruled table, in Chinese."""
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    style = ParagraphStyle("body", fontName="STSong-Light", fontSize=12, leading=20)
    grid = TableStyle([("FONT", (0, 0), (-1, -1), "STSong-Light", 10), ("GRID", (0, 0), (-1, -1), 0.5, colors.black)])
    rows = [["地区", "资金", "说明"], *([f"{number}县", str(number), "共建园区"] for number in range(40))]
    return built([*(Paragraph(line, style) for line in _OFFICIAL.splitlines() if line), Table(rows, style=grid)])


def samples() -> dict[str, bytes]:
    """A file of each format, by name."""
    ofd = Ofd([typeset(["关于做好工作的通知", "一、总体要求", "共建产业园区。"])[0], table([["地区", "资金"]], 35, 60)])
    inner = {
        "通知.txt": _OFFICIAL.encode("gb18030"),
        "附件/表.csv": _TABLE.encode(),
        "b.zip": packed({"c.md": _MARKDOWN.encode()}),
    }
    docx = test_read_docx.sample()
    return {
        "甲.txt": _OFFICIAL.encode("gb18030"),
        "甲utf16.txt": _OFFICIAL.encode("utf-16"),
        "甲.md": _MARKDOWN.encode(),
        "甲.html": NOTICE.format(charset="utf-8").encode(),
        "甲.mhtml": archive("utf-8", "quoted-printable", extra=True),
        "甲.csv": _TABLE.encode() * 3,
        "甲.pdf": pdf(),
        "甲.docx": docx,
        "甲.xlsx": test_read_xlsx.sample(),
        "甲.pptx": test_read_pptx.sample(),
        "甲.ofd": ofd.bytes(),
        "甲.zip": packed({**inner, "d.docx": docx}),
    }


def mutant(data: bytes, chance: random.Random) -> bytes:
    """One mutation of a file: mostly of something that it packs, where it packs anything."""
    if chance.random() < 0.75:
        if data.startswith(b"PK"):
            return _mutant_zip(data, chance)
        if data.startswith(b"%PDF"):
            return _mutant_pdf(data, chance)
    return _mutated(data, chance)


def _mutant_zip(data: bytes, chance: random.Random) -> bytes:
    """One member is mutated (in its turn inside, where it is a zip), dropped, doubled or put in another's place."""
    parts = members(data)
    # XML is where readers look; pictures and fonts may as well rest.
    xml = [name for name in parts if name.endswith((".xml", ".rels"))]
    name = chance.choice(xml if xml and chance.random() < 0.9 else list(parts))
    kind = chance.random()
    if kind < 0.85:
        parts[name] = mutant(parts[name], chance)
    elif kind < 0.9:
        del parts[name]
    elif kind < 0.95:
        parts[name] = parts[chance.choice(list(parts))]
    else:
        parts[name + chance.choice(["/x", "\\..\\x", "\0", "é"])] = parts[name]
    return packed(parts)


def _mutant_pdf(data: bytes, chance: random.Random) -> bytes:
    """One stream is mutated unpacked, and packed again; offsets and lengths are then wrong, which PDFium mends."""
    streams = list(_STREAM.finditer(data))
    if not streams:
        return _mutated(data, chance)
    found = chance.choice(streams)
    content = found.group(1)
    try:
        content = zlib.compress(_mutated(zlib.decompress(content), chance))
    except zlib.error:
        content = _mutated(content, chance)
    return data[: found.start(1)] + content + data[found.end(1) :]


def _mutated(data: bytes, chance: random.Random) -> bytes:
    for _ in range(chance.choice([1, 1, 2, 3, 8])):
        start = chance.randrange(len(data) + 1)
        end = min(len(data), start + chance.choice([0, 1, 1, 2, 8, 100, 1000]))
        data = chance.choice(_MUTATIONS)(data, start, end, chance)
    return data


def _replace(data: bytes, start: int, end: int, chance: random.Random) -> bytes:
    return data[:start] + chance.choice(WORDS) + data[end:]


def _flip(data: bytes, start: int, end: int, chance: random.Random) -> bytes:
    return data[:start] + bytes(byte ^ 1 << chance.randrange(8) for byte in data[start:end]) + data[end:]


def _delete(data: bytes, start: int, end: int, chance: random.Random) -> bytes:
    return data[:start] + data[end:]


def _double(data: bytes, start: int, end: int, chance: random.Random) -> bytes:
    return data[:start] + data[start:end] * chance.choice([2, 2, 20, 200]) + data[end:]


def _move(data: bytes, start: int, end: int, chance: random.Random) -> bytes:
    to = chance.randrange(len(data) + 1)
    return data[:to] + data[start:end] + data[to:]


def _cut(data: bytes, start: int, end: int, chance: random.Random) -> bytes:
    return data[:start] if chance.random() < 0.3 else data[:start] + data[end:]


_Mutation = Callable[[bytes, int, int, random.Random], bytes]
_MUTATIONS: tuple[_Mutation, ...] = (_replace, _replace, _replace, _flip, _flip, _delete, _double, _move, _cut)


def pictures() -> dict[str, bytes]:
    """A small picture in each format, by name."""
    image = Image.new("RGB", (240, 120), "white")
    ImageDraw.Draw(image).rectangle((20, 20, 200, 60), outline="black", fill="gray")
    found = {}
    for kind in ("png", "jpeg", "tiff", "bmp", "webp", "gif"):
        stream = io.BytesIO()
        image.save(stream, kind)
        found[f"甲.{kind}"] = stream.getvalue()
    return found
