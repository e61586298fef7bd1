"""Title, date, source … of a web page, from its meta tags and from the lines above the text."""

import re
from dataclasses import dataclass, field

from lxml.html import HtmlElement

from rag.readers.html_blocks import Block, join_lines

_DATE = r"\d{4}\s*(?:[-/.]\s*\d{1,2}\s*[-/.]\s*\d{1,2}|年\s*\d{1,2}\s*月\s*\d{1,2}\s*日?)"
_TIME = r"(?:[ \tT　-]{0,3}\d{1,2}[:：]\d{2}(?:[:：]\d{2})?(?:\.\d+)?(?:Z|[+-]\d{2}:?\d{2})?)?"
_LABELS = {
    "发布日期": "发布日期",
    "发布时间": "发布时间",
    "日期": "日期",
    "时间": "时间",
    "来源": "来源",
    "文章来源": "来源",
    "信息来源": "来源",
    "稿件来源": "来源",
    "作者": "作者",
    "发文字号": "发文字号",
    "文号": "文号",
    "发文机关": "发文机关",
    "发布机构": "发布机构",
    "成文日期": "成文日期",
    "印发日期": "印发日期",
}
_DATED = {"发布日期", "发布时间", "日期", "时间", "成文日期", "印发日期"}
_PUBLISHED = ("发布日期", "发布时间", "日期", "时间")
_ORDER = (*_PUBLISHED, "来源", "作者", "发文字号", "文号", "发文机关", "发布机构", "成文日期", "印发日期")
_LABEL = "|".join(r"[ \u3000]*".join(label) for label in sorted(_LABELS, key=len, reverse=True))
_FIELD = re.compile(rf"(?<![\u4e00-\u9fff])({_LABEL})[ \u3000]*[:：][ \t\u3000]*")
_ONLY_DATE = re.compile(rf"({_DATE}){_TIME}")
# In brackets below the title stands the day of signing, which is not that of publication.
_SIGNED = re.compile(r"[（(]\s*\d{4}\s*年\s*\d{1,2}\s*月\s*\d{1,2}\s*日\s*[）)]")
# What stands beside the date: font size, printing, sharing, counters.
_TOOLS = re.compile(
    r"字体|字号|大|中|小|打印|分享|收藏|关闭|本页|到|微信|微博|扫一扫|浏览(?:次数|量)?|阅读(?:次数|量)?|点击(?:数|率|量)?|"
    r"访问量|次|[:：\[\]【】()（）|｜\s\d]"
)
_META = {
    "发布日期": (
        "pubdate publishdate publish_date firstpublishedtime article:published_time og:published_time "
        "dc.date.issued dcterms.issued dc.date"
    ),
    "来源": "contentsource source dc.source og:article:source",
    "作者": "author article:author dc.creator",
}
_TITLE_META = ("articletitle", "og:title", "dc.title")
_SEPARATOR = re.compile(r"\s*[_|｜]\s*|\s+[-–—－]+\s+|\s*(?:--|——)\s*|[-－–—]")
_SURE_SEPARATOR = re.compile(r"\s*[_|｜]\s*|\s+[-–—－]+\s+")
_MAX_VALUE = 60
_MAX_TITLE = 300
_SEARCHED = 60


@dataclass
class Fields:
    """What stands above the text of a page; `used` are numbers of blocks that it was taken from whole."""

    title: str = ""
    line: str = ""
    used: set[int] = field(default_factory=set)


def find_fields(tree: HtmlElement, blocks: list[Block], first_paragraph: int) -> Fields:
    """Find the title, and make a header line of what is known, e.g. `发布日期：2021-03-01　来源：新华社`.

    Parameters
    ----------
    first_paragraph
        Index of the first block of running text; fields are looked for above it.
    """
    meta = _meta(tree)
    found = Fields()
    found.title = _title(tree, meta, blocks, found.used)
    values: dict[str, str] = {}
    for index, block in enumerate(blocks[: min(first_paragraph, _SEARCHED)]):
        if block.level == 0 and len(block.text) <= 300 and _take(block.text, values) and block.kind != "row":
            found.used.add(index)
    for label, names in _META.items():
        value = next((meta[name] for name in names.split() if name in meta), "")
        if label == "发布日期":
            date = _ONLY_DATE.match(value)
            value = date.group(1) if date and not any(name in values for name in _PUBLISHED) else ""
        if value and len(value) <= _MAX_VALUE and "://" not in value:
            values.setdefault(label, value)
    found.line = "　".join(f"{label}：{values[label]}" for label in _ORDER if label in values)
    return found


def _take(text: str, values: dict[str, str]) -> bool:
    """Take the fields out of a line; True where nothing but fields and page tools stands in it."""
    text = " ".join(text.split("\n"))
    if _SIGNED.fullmatch(text.strip()):
        return False
    matches = list(_FIELD.finditer(text))
    spare = text[: matches[0].start()] if matches else text
    for match, following in zip(matches, [*matches[1:], None], strict=False):
        label = _LABELS["".join(match.group(1).split())]
        raw = text[match.end() : following.start() if following else len(text)]
        dated = _ONLY_DATE.match(raw) if label in _DATED else None
        value = dated.group(1) if dated else re.split(r"[ \u3000|｜；;。】\])]", raw.strip(), maxsplit=1)[0]
        if not value or len(value) > _MAX_VALUE or (label in _DATED and not dated):
            spare += raw if value else ""
            continue
        values.setdefault(label, value)
        spare += " " + raw.strip()[len(dated.group()) if dated else len(value) :]
    alone = _ONLY_DATE.search(spare)
    if alone and not _TOOLS.sub("", spare.replace(alone.group(), "")):
        if not any(name in values for name in _PUBLISHED):
            values["发布日期"] = alone.group(1)
        return True
    return bool(matches) and not _TOOLS.sub("", spare)


def _title(tree: HtmlElement, meta: dict[str, str], blocks: list[Block], used: set[int]) -> str:
    """Choose the title: a line of the page that `<title>` or the meta tags name, else h1, else `<title>`."""
    element = tree.find(".//title")
    written = " ".join("".join(element.itertext()).split()) if element is not None else ""
    if len(written) > _MAX_TITLE:
        written = ""
    named = [meta[name] for name in _TITLE_META if len(meta.get(name, "")) in range(1, _MAX_TITLE)]
    cuts = [match.start() for match in _SEPARATOR.finditer(written)]
    named += [written, *(written[:cut] for cut in reversed(cuts))]
    keys = [_key(name) for name in named if _key(name)]
    lines = {
        _key(block.text): index
        for index, block in reversed(list(enumerate(blocks[: 2 * _SEARCHED])))
        if block.kind == "text" and len(block.text) <= _MAX_TITLE
    }
    for index in (lines[key] for key in keys if key in lines):
        used.add(index)
        return join_lines(blocks[index].text.split("\n"))
    for index, block in enumerate(blocks):
        if block.level == 1:
            used.add(index)
            return block.text
    short = _SURE_SEPARATOR.split(written)[0] or written
    return next((name for name in (*named[:-1], short) if name and name != written and name in named[:3]), short)


def _meta(tree: HtmlElement) -> dict[str, str]:
    values: dict[str, str] = {}
    for element in tree.iter("meta"):
        name = (element.get("name") or element.get("property") or "").strip().lower()
        content = " ".join((element.get("content") or "").split())
        if name and content:
            values.setdefault(name, content)
    return values


def _key(text: str) -> str:
    return "".join(text.split())
