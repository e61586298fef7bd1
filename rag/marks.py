"""The marks by which headings, clauses and items are numbered, at the start of a line: 第三条, 一、, （二）, 1., ①."""

import re

_N = "[零〇○一二两三四五六七八九十百千0-9０-９]+"
_D = "[0-9０-９]"
_MARKS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("编", re.compile(rf"第\s?({_N})\s?(?:编|篇|部分)")),
    ("章", re.compile(rf"第\s?({_N})\s?章")),
    ("节", re.compile(rf"第\s?({_N})\s?节")),
    ("条", re.compile(rf"第\s?({_N})\s?条(?:之{_N})?")),
    ("章", re.compile(r"(?:Part|Chapter|PART|CHAPTER)\s+([0-9]{1,2}|[IVX]{1,5})\b[.:]?")),
    ("条", re.compile(r"(?:Article|ARTICLE)\s+([0-9]{1,3})\b[.:]?")),
    ("I.", re.compile(r"([IVX]{1,5})\.(?=\s+[A-Z])")),
    ("一、", re.compile(r"([一二三四五六七八九十百]+)\s?[、．.](?![一二三四五六七八九十]+[、\u4e00-\u9fff]?线)")),
    ("（一）", re.compile(r"[（(]\s?([一二三四五六七八九十百]+)\s?[）)][、．.]?")),
    ("1.1.1", re.compile(rf"({_D}{{1,2}}(?:[.．]{_D}{{1,2}}){{2,5}})(?=[\s\u3000])")),
    ("1.1", re.compile(rf"({_D}{{1,2}}[.．]{_D}{{1,2}})(?=[\s\u3000]+(?![亿万千百元%个倍吨]))")),
    ("1.", re.compile(rf"({_D}{{1,3}})(?:[、．]|\.(?!{_D}))(?!{_D})")),
    ("1）", re.compile(rf"({_D}{{1,2}})[）)]")),
    ("（1）", re.compile(rf"[（(]\s?({_D}{{1,2}})\s?[）)]")),
    ("①", re.compile(r"([①-⑳㉑-㉟])")),
    ("问", re.compile(r"(?:问|[Qq])\s?([0-9０-９]{0,2})\s?[:：]")),
    ("专栏", re.compile(rf"专栏\s?({_N})(?=[\s\u3000:：])")),
)
_FIRST = frozenset("第PCAIVX一二三四五六七八九十百（(0123456789０１２３４５６７８９问Qq专") | {
    chr(code) for code in (*range(0x2460, 0x2474), *range(0x3251, 0x3260))
}
RANKS = {
    style: rank
    for rank, style in enumerate(
        ["编", "章", "节", "条", "款", "I.", "一、", "（一）", "1.", "1.1", "1.1.1", "问", "（1）", "1）", "①", "专栏"]
    )
}
"""Numbering styles from the outermost to the innermost, as in GB/T 9704-2012, 7.3.3, and 《立法技术规范》."""

REFERENCE = re.compile(rf"规定[的，。、]|所[称列述指附]|的|第{_N}[条款项]|[、，,；;]|[至到和与及或]第|之规定")
"""What follows a mark and a space where the mark refers to a clause: 依照本办法第三条 规定的…"""

REFERENCE_UNSPACED = re.compile(
    r"规定|所|的|第|[至到和与及或款项目条课以之中内]|[、，,；;。）)”]|明确|要求|提出|约定|确定|有关|相关|属于|是|为准"
)
"""The same where nothing stands between."""


def find_mark(content: str) -> tuple[str, re.Match[str]] | None:
    """The numbering style that a line begins with, and the match of its number."""
    if content[:1] in _FIRST:
        for style, pattern in _MARKS:
            match = pattern.match(content)
            if match:
                return style, match
    return None


def is_reference(content: str) -> bool:
    """Whether a line begins with a reference to a clause, such as 第五条规定的条件."""
    mark = find_mark(content)
    if mark is None:
        return False
    rest = content[mark[1].end() :]
    if rest.lstrip() != rest:
        return REFERENCE.match(rest.lstrip()) is not None
    return REFERENCE_UNSPACED.match(rest) is not None


def has_number(content: str) -> bool:
    """Whether a line begins with a number as headings and list items do."""
    return find_mark(content) is not None
