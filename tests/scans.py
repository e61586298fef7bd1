"""Scans for the tests: pages of our own sentences drawn at 200 dots an inch, and what became of them."""

import io
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

NOTICE = (
    "关于加强县域劳务协作站建设的通知",
    "临政办发〔2024〕37号",
    "各县（区）人民政府，市直有关部门：",
    "为进一步提高劳务协作的组织化程度，帮助脱贫人口稳定就业，经市政府同意，现就加强县域劳务协作站建设有关事项通知如下。",
    "一、总体目标",
    "到2025年底，全市建成劳务协作站48个，累计组织输出劳动力12.6万人次，其中脱贫劳动力不少于3.85万人；年均工资性收入增幅保持在8.5%以上。",
    "二、主要任务",
    "（一）摸清底数。以行政村为单位，每年3月31日前完成劳动力资源调查，登记姓名、技能等级、就业意愿等18项信息，做到人数清、需求清、去向清。",
    "（二）精准对接。协作双方每季度至少举办1次专场招聘会，对单程交通费超过300元的，按实际票价的50%给予补助，最高不超过800元。",
    "（三）技能培训。开设养老护理、电子装配、智能家居安装等课程，培训时间不少于60学时；经考核合格取得证书的，每人补贴1200元至2400元。",
    "本通知自2024年9月1日起施行，有效期至2027年12月31日。",
)
A4_200 = (1654, 2339)
MARGIN = 200


@lru_cache
def font(size: int) -> ImageFont.FreeTypeFont:
    """Noto Serif CJK SC, as Debian's fonts-noto-cjk has it."""
    for folder in (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".local/share/fonts"):
        for path in sorted(folder.rglob("NotoSerifCJK-Regular.ttc")):
            return ImageFont.truetype(str(path), size, index=2)
    pytest.skip("needs the font Noto Serif CJK (Debian: fonts-noto-cjk)")


def wrapped(text: str, width: float, size: int) -> list[str]:
    """Break a paragraph into lines; closing punctuation never begins one."""
    lines = [""]
    for char in text:
        if font(size).getlength(lines[-1] + char) > width and char not in "，。；：、）》%":
            lines.append("")
        lines[-1] += char
    return lines


def drawn(
    paragraphs: Sequence[str],
    *,
    page: tuple[int, int] = A4_200,
    left: int = MARGIN,
    width: int = A4_200[0] - 2 * MARGIN,
    top: int = MARGIN,
    size: int = 33,
    on: Image.Image | None = None,
) -> Image.Image:
    """Draw indented paragraphs on a page; `size` in pixels, 33 are 12 points."""
    image = Image.new("L", page, "white") if on is None else on
    pen = ImageDraw.Draw(image)
    y = top
    for text in paragraphs:
        for line in wrapped("　　" + text, width, size):
            pen.text((left, y), line, fill="black", font=font(size))
            y += round(1.6 * size)
    return image


def saved(image: Image.Image, kind: str = "PNG", *more: Image.Image) -> bytes:
    """Write a picture, or several pages of a TIFF or PDF."""
    stream = io.BytesIO()
    pages = {"save_all": True, "append_images": list(more)} if more else {}
    image.save(stream, kind, **pages, **({"resolution": 200.0} if kind == "PDF" else {}))
    return stream.getvalue()


def folded(text: str) -> str:
    """What accuracy is measured on: widths folded, white space left out."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def accuracy(found: str, truth: str) -> float:
    """1 − Levenshtein distance / length of the truth, both folded."""
    found, truth = folded(found), folded(truth)
    before = list(range(len(truth) + 1))
    for row, char in enumerate(found, 1):
        now = [row]
        for column, other in enumerate(truth, 1):
            now.append(min(before[column] + 1, now[-1] + 1, before[column - 1] + (char != other)))
        before = now
    return 1 - before[-1] / len(truth)
