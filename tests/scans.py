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


LETTERS = (
    "关于印发《临江市乡村产业帮扶项目管理办法》的通知",
    "临政办规〔2023〕8号",
    "第一章　总则",
    "第一条　为规范乡村产业帮扶项目管理，提高衔接资金使用效益，根据国家和省有关规定，结合我市实际，制定本办法。",
    "第二条　本办法所称项目，是指使用财政衔接推进乡村振兴补助资金、东西部协作资金实施的种植、养殖、加工、物流和乡村旅游项目。",
    "第三条　项目管理遵循规划引领、公开透明、联农带农、权责一致的原则。",
    "第二章　申报与审批",
    "第四条　单个项目申请财政资金不得超过500万元，占总投资的比例不得高于60%；企业自筹部分应当在开工前到位。",
    "第五条　县级农业农村部门应当自收到申请之日起20个工作日内完成初审，公示期不少于7日，公示电话0855-8230017。",
    "第六条　联农带农的标准为每投入10万元，带动脱贫户不少于2户，户均年增收1,500元以上。",
    "第三章　实施与验收",
    "第七条　项目应当在批复后12个月内完工；确需延期的，最长不超过6个月，并报市乡村振兴局（市委农办）备案。",
    "第八条　验收合格后拨付剩余30%资金；验收不合格的，限期90日整改，逾期收回资金并通报。",
    "第九条　本办法自2023年7月15日起施行，有效期5年，由市农业农村局负责解释。",
)
TABLE_FREE = (
    "2024年全市劳务协作工作情况通报",
    "一、基本情况。截至12月20日，全市举办招聘会214场，提供岗位8.6万个，达成意向23,418人，同比增长11.7%。",
    "二、主要成效。东部协作城市吸纳我市务工人员46,205人，其中脱贫人口17,932人，占38.8%；人均月收入5,360元，比上年增加412元。",
    "三、存在问题。部分县（市）“点对点”输送不足，3个县未完成年度任务，最低完成率仅为71.4%；返乡人员再就业率偏低。",
    "四、下一步安排。2025年一季度前配齐协理员1,126名，统一使用“黔云就业”等信息系统，逐月核对数据，确保数据真实、准确、完整。",
)
