"""The lines at the top of a document: which are fields, dates, organs; the labels that are known."""

import re
from dataclasses import dataclass, replace

from rag.dates import WRITTEN_DATE, parse_date
from rag.doc_number import parse_doc_number

_LABELS = {
    "title": "标题|文件标题|文件名称|名称",
    "doc_number": "发文字号|文号|发布文号|文件编号|发文文号",
    "issuer": "发文机关|发布机构|印发机关|发文单位|制定机关|发布机关|发布单位|公布机关",
    "recipients": "主送|主送机关",
    "issued": "成文日期|印发日期|成文时间|印发时间|发文日期|公布日期",
    "published": "发布日期|发布时间|日期|时间|发稿时间",
    "effective": "施行日期|实施日期|生效日期",
    "source": "来源|文章来源|信息来源|稿件来源|编写依据",
    "author": "作者|撰稿|文",
    "validity": "有效期|有效性|时效性|效力状态|失效日期|废止日期",
    "as_of": "资料截至",
    "nature": "性质",
    "": "索引号|主题分类|主题词|公开方式|公开范围|公开类型|信息类别|分类|体裁分类|组配分类|服务对象|关键词|"
    "浏览次数|浏览量|浏览|阅读次数|阅读量|阅读|点击数|点击率|点击|访问量|字体|字号|责任编辑|编辑|签发人|密级|份号|保密期限|紧急程度|打印|分享",
}
"""Labels of each field; those of the empty name are known, but not kept."""

_ENDINGS = {"失效日期": "失效", "废止日期": "废止"}
"""What happens on the day of such a label; kept behind the day."""

_FIELD_OF = {label: name for name, labels in _LABELS.items() for label in labels.split("|")}
_DATES = {"issued", "published", "effective", "as_of"}
_ALTERNATIVES = "|".join(r"[ \u3000]*".join(label) for label in sorted(_FIELD_OF, key=len, reverse=True))
FIELD = re.compile(
    rf"(?:^|(?<=[\s|｜]))({_ALTERNATIVES})[ \t]*[:：][ \t]*(.*?)(?=[\s|｜]+(?:{_ALTERNATIVES})[ \t]*[:：]|$)"
)
_TOOLS = re.compile(
    r"(?:[\s|｜]*[【\[［（(](?:打印|关闭|打印本页|关闭窗口|字体[^】\]］）)]*|[大中小 ]+|分享|收藏)[】\]］）)])+\s*$"
)
DATE_LINE = re.compile(rf"[（(]?\s*({WRITTEN_DATE})(\s*\d{{1,2}}[:：]\d{{2}}(?:[:：]\d{{2}})?)?\s*[）)]?(?=\s|$)(.*)")
ENGLISH_DATE = re.compile(r"(?:\d{1,2}\s+)?[A-Z][a-z]{2,8}\s+(?:\d{1,2},\s*)?\d{4}")
ORGAN_AND_DATE = re.compile(rf"(\S.*?)[ \t\u3000\xa0]+({WRITTEN_DATE})")
TABLE_RULE = re.compile(r"\|?(?:\s*:?-{2,}:?\s*\|)+(?:\s*:?-{2,}:?\s*)?")
ADOPTED = re.compile(rf"({WRITTEN_DATE})[^（）()]*?(?:通过|公布|发布|批准)")
_MAX_HEADER_LINES = 40
# A longer line is running text, whatever it begins with.
_MAX_LINE = 2_000


@dataclass(frozen=True)
class Line:
    """A line that is not blank: its content, where it ends, and whether a blank line or the end follows."""

    content: str
    end: int
    indent: int
    blank_after: bool


def set_field(fields: dict[str, str], name: str, value: str) -> None:
    """Keep the value of a field, the first that is one; dates as ISO 8601, numbers in one form."""
    if not value or name in fields:
        return
    if name in _DATES:
        date = parse_date(value)
        if date is None:
            return
        value = date
    elif name == "doc_number":
        value = parse_doc_number(value) or value
    fields[name] = value


def head_lines(text: str, start: int) -> list[Line]:
    """The first lines of a text that are not blank, up to one that is too long for a header."""
    lines: list[Line] = []
    position = start
    for line in text[start : start + 20_000].splitlines(keepends=True):
        position += len(line)
        if len(line) > _MAX_LINE:
            lines.append(Line(line[:_MAX_LINE].strip() or "。", position, 0, False))
            break
        if not line.strip():
            if lines:
                lines[-1] = replace(lines[-1], blank_after=True)
            continue
        if len(lines) == _MAX_HEADER_LINES:
            break
        lines.append(Line(line.strip(), position, len(line) - len(line.lstrip()), False))
    return lines


def is_head_line(content: str) -> bool:
    """Tell a line that ends a title: a field, a number, a date, organs with a date."""
    dated = DATE_LINE.fullmatch(content) or ORGAN_AND_DATE.fullmatch(content)
    if FIELD.match(content) or _cells(content) or parse_doc_number(content) or dated or ENGLISH_DATE.fullmatch(content):
        return True
    return content[0] in "（(" and ADOPTED.search(content) is not None


def take_fields(fields: dict[str, str], content: str) -> bool:
    """Take the labelled fields of a line; False where it does not begin with one."""
    found = FIELD.findall(content) if FIELD.match(content) else _cells(content)
    for written, value in found:
        label, value = "".join(written.split()), _TOOLS.sub("", value).strip()
        if label in _ENDINGS:
            value = value + _ENDINGS[label] if parse_date(value) else ""
        set_field(fields, _FIELD_OF[label], value)
    return bool(found)


def _cells(content: str) -> list[tuple[str, str]]:
    """Labels and values of a row of a table of fields; none where it holds anything else."""
    cells = [cell.strip(" *\u3000:：") for cell in content.strip("|").split("|")] if content.startswith("|") else []
    pairs = list(zip(cells[::2], cells[1::2], strict=False))
    known = all("".join(label.split()) in _FIELD_OF or not (label or value) for label, value in pairs)
    return [(label, value) for label, value in pairs if label] if known and len(cells) % 2 == 0 else []
