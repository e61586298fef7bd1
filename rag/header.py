"""Text → header fields, by rules: the block at the top here, the rest by `rag.signature`.

At the top of official documents and web articles stand, in many orders: 红头 (某州委文件), 发文字号, the title over
one or more lines, who issued it and when, the adoption remark of a law, and labelled fields such as
`发布日期:2025-05-13    来源:……`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from rag.dates import WRITTEN_DATE, parse_date
from rag.doc_number import find_doc_numbers, issuer_of_number, parse_bare_number, parse_doc_number
from rag.header_lines import (
    ADOPTED,
    DATE_LINE,
    ENGLISH_DATE,
    FIELD,
    ORGAN_AND_DATE,
    TABLE_RULE,
    Line,
    head_lines,
    is_head_line,
    set_field,
    take_fields,
)
from rag.header_title import FOOTNOTE, OFFICIAL, title_at
from rag.organs import organs_before_about, organs_of
from rag.signature import complete_header
from rag.types import Header

HEADER_VERSION = 7
_FURNITURE = re.compile(
    r"\d{6}|(?:绝密|机密|秘密|特急|加急|急件|平急)(?:★.*)?(?:[ \u3000]+(?:特急|加急))?|(?:No|NO|№)[.:：]?\s*\d+"
    r"|(?:您)?(?:当前|现在|所在)?的?(?:所在)?位置\s*[:：].*|首页\s*(?:>|›|»|→|-{1,2}|/)\s*\S.*"
)
_BANNER = re.compile(
    r"[【\[（(]?\s*(?:本|该|此)?(?:文件|件|文)?\s*((?:已|现已)?(?:于?\s*"
    + WRITTEN_DATE
    + r"\s*)?(?:起)?(?:已)?(?:废止|失效|修订|停止执行))\s*[】\]）)]?"
)
_RED = re.compile(r"(?:文件|令|公告|通告|会议纪要|专题会议纪要|简报|信息|通报|函|内部明电)$")
_DECREE = re.compile(r"(?:令|公告|通告)$")
# Web pages saved as one paragraph: `来源：某网 | 2023年07月21日 11:20，正文：……`
_OPENING = re.compile(r"\s*([^。\n]{0,100}?)[，,]\s*正文[:：]")
_OPENING_SOURCE = re.compile(r"来源[:：]\s*([^\s，,|｜]{2,20})")
_STARTS_WITH_TIME = re.compile(r"\s*(\d{4}-\d{1,2}-\d{1,2}) \d{1,2}:\d{2}")
_AMENDED = re.compile(rf"({WRITTEN_DATE})(?:(?!{WRITTEN_DATE})[^　\n])*?(修订|修正|修改)[　 ）)]*(?=$|[　 ）)])")
_CONGRESS = re.compile(
    r"(?:(?:\d日|^|[（(])([\u4e00-\u9fff]{2,12}?))?第[一二三四五六七八九十\d]+届((?:全国)?人民代表大会)(常务委员会)?"
)
_PROCLAIMED = re.compile(r"《([^《》\n]{4,80}(?:〈[^〉]*〉[^《》\n]*)?)》[^。\n]{0,80}(?:公布|发布|通过)")
_SPEECH = re.compile(r"(?:讲话|致辞|发言|演讲|报告)(?:[（(][^（）()]{1,30}[）)])?$")
_SPEAKER = re.compile(r"[\u4e00-\u9fff](?:[ \u3000]{0,4}[\u4e00-\u9fff]){1,3}")
_SIGNED_IN = re.compile(rf"[ \u3000]*[（(]\s*({WRITTEN_DATE})\s*[）)]$")
_REVISED_IN = re.compile(r"[（(](\d{4}年(?:修订|修正)(?:版|本)?)[）)]$")


@dataclass
class _Head:
    fields: dict[str, str] = field(default_factory=dict)
    titles: list[str] = field(default_factory=list)
    numbered_after: int = 0
    organs: list[str] = field(default_factory=list)
    end: int = 0


def parse_header(text: str, start: int = 0) -> tuple[Header, int]:
    """Recognise the header of a text: the block at the top, then signature and clauses.

    Parameters
    ----------
    text
        The document's text.
    start
        Where to begin: behind a running header of the first page.

    Returns
    -------
    Header, int
        The fields (unknown ones None), and the offset at which the block at the top ends; 0 without one.
    """
    lines = head_lines(text, start)
    head = _Head()
    position = 0
    while position < len(lines) and not _OPENING.match(text, start):
        used = _take(lines, position, head)
        if not used:
            break
        position += used
        head.end = lines[position - 1].end
    if not lines:
        return Header(), 0
    _choose_title(head, text)
    header = replace(Header(), **{name: value for name, value in head.fields.items() if name})
    header = _opening(header, text, start)
    header = complete_header(header, text, max(head.end, start))
    title = header.title or ""
    issuer = header.issuer or "、".join(head.organs or organs_before_about(title)) or None
    if issuer is None and header.doc_number:
        issuer = issuer_of_number(header.doc_number)
    if issuer is None and head.titles and head.titles[0].endswith("文件"):
        issuer = "、".join(organs_of(head.titles[0].removesuffix("文件"))) or None
    return replace(header, issuer=issuer), head.end


def _opening(header: Header, text: str, start: int) -> Header:
    """Date and source with which a page saved as one paragraph begins."""
    opening = _OPENING.match(text, start) or _STARTS_WITH_TIME.match(text, start)
    if opening is None:
        return header
    source = _OPENING_SOURCE.search(opening[1])
    date = re.search(WRITTEN_DATE, opening[1])
    return replace(
        header,
        published=header.published or (parse_date(date.group()) if date else None),
        source=header.source or (source[1] if source else None),
    )


def _take(lines: Sequence[Line], position: int, head: _Head) -> int:
    """Take what stands at a line; the number of lines that it takes, 0 where the body begins."""
    line = lines[position]
    content = line.content
    if _FURNITURE.fullmatch(content):
        return 1
    banner = _BANNER.fullmatch(content)
    if banner:
        set_field(head.fields, "validity", banner[1])
        return 1
    if take_fields(head.fields, content) or (head.fields and TABLE_RULE.fullmatch(content)):
        return 1
    number = parse_doc_number(re.split(r"[ \u3000]+签发人", content)[0])
    if number is None and head.titles and _DECREE.search(head.titles[-1]):
        number = parse_bare_number(content, head.titles[-1])
    if number and len(content) < 60:
        set_field(head.fields, "doc_number", number)
        head.numbered_after = head.numbered_after or len(head.titles)
        return 1
    if head.titles and _SPEECH.search(head.titles[-1]) and (speaker := _SPEAKER.fullmatch(content)):
        set_field(head.fields, "author", "".join(speaker[0].split()))
        return 1
    if head.titles or head.fields:
        following = lines[position + 1].content if position + 1 < len(lines) else ""
        if line.blank_after and not following.startswith("关于"):
            following = ""
        used = _adoption(lines, position, head) or _date_or_organ(line, following, head)
        if used:
            return used
    return _title(lines, position, head)


def _date_or_organ(line: Line, following: str, head: _Head) -> int:
    """Take a line of a date, of organs, or of both; organs right above more of a title (`following`) belong to it."""
    match = DATE_LINE.fullmatch(line.content)
    date = parse_date(match[1]) if match else None
    if match and date:
        rest, web = match[3].strip(), match[2] is not None or "-" in match[1] or "/" in match[1]
        if rest and not FIELD.match(rest):
            return 0
        official = head.organs or "doc_number" in head.fields or OFFICIAL.search("".join(head.titles[-1:]))
        set_field(head.fields, "published" if web or rest or not official else "issued", date)
        take_fields(head.fields, rest)
        return 1
    if ENGLISH_DATE.fullmatch(line.content) and (date := parse_date(line.content)):
        set_field(head.fields, "issued", date)
        return 1
    both = ORGAN_AND_DATE.fullmatch(line.content)
    organs = organs_of(both[1] if both else line.content)
    if not organs or len(line.content) > 120 or (both and parse_date(both[2]) is None):
        return 0
    if following and not both and not (is_head_line(following) or organs_of(following)):
        return 0
    head.organs += organs
    if both:
        set_field(head.fields, "issued", both[2])
    return 1


def _adoption(lines: Sequence[Line], position: int, head: _Head) -> int:
    """The remark under the title of a law: when it was adopted, by whom, and when it was amended."""
    if lines[position].content[0] not in "（(":
        return 0
    contents = [line.content for line in lines[position : position + 8]]
    used = next((number for number, content in enumerate(contents, start=1) if content[-1] in "）)"), 0)
    joined = "".join(contents[:used])
    adopted = ADOPTED.search(joined)
    if adopted is None:
        return 0
    set_field(head.fields, "issued", adopted[1])
    for _, _, number in find_doc_numbers(joined)[:1]:
        set_field(head.fields, "doc_number", number)
    congress = _CONGRESS.search(joined)
    if congress:
        head.organs.append("".join(part or "" for part in congress.groups()))
    amended = [f"{''.join(match[1].split())}{match[2]}" for match in _AMENDED.finditer(joined)]
    if amended:
        set_field(head.fields, "validity", "；".join(amended))
    return used


def _title(lines: Sequence[Line], position: int, head: _Head) -> int:
    """Take a title, or the 红头 above it; behind a 红头 with its number a second one, if worded officially."""
    found = title_at(lines, position)
    if found is None:
        return 0
    count, title, official = found
    known = head.fields.get("title")
    if known is not None and _key(title) != _key(known):
        return 0
    if head.titles:
        if not official or len(head.titles) > 1 or head.numbered_after != 1 or not _RED.search(head.titles[0]):
            return 0
    elif head.fields and known is None and not official:
        return 0
    head.titles.append(title)
    return count


def _choose_title(head: _Head, text: str) -> None:
    """Settle which of the titles found is the title, and what of it is something else."""
    titles = head.titles
    if not titles:
        return
    title = titles[-1]
    if len(titles) == 1 and _DECREE.search(title) and head.numbered_after:
        proclaimed = _PROCLAIMED.search(text, head.end, head.end + 400)
        head.organs += organs_of(re.sub(r"(?:令|公告|通告)$", "", title))
        title = proclaimed[1] if proclaimed else head.fields.get("doc_number", title)
    for start, end, number in reversed(find_doc_numbers(title)):
        if title[start - 1 : start] in tuple("（(") and title[end : end + 1] in tuple("）)") and "〔" in number:
            title = title[: start - 1] + title[end + 1 :]
            set_field(head.fields, "doc_number", number)
    signed = _SIGNED_IN.search(title)
    if signed:
        title = title[: signed.start()]
        set_field(head.fields, "issued", signed[1])
    revised = _REVISED_IN.search(title)
    if revised:
        set_field(head.fields, "validity", revised[1])
    set_field(head.fields, "title", FOOTNOTE.sub("", title))


def _key(text: str) -> str:
    return re.sub(r"[\s《》“”\"]", "", text)
