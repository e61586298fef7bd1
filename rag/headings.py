"""Lines → headings: numbered ones with their style and number, those a format marks, and unnumbered short ones."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.labels import number_of_mark
from rag.lines import SENTENCE_MARKS, Line, is_wrapped, tidy_heading
from rag.marks import REFERENCE, REFERENCE_UNSPACED, find_mark, has_number, is_reference

_CHAPTERS = ("编", "章", "节")
_REFERENCE_TO_ITEM = re.compile(r"项(?!目)|款(?!项)|目(?![标的录前])|条(?![件例])|[、，,至和与及或][（(]")
_REFERRING = re.compile(
    r"(?:依照|按照|根据|依据|违反|适用|参照|符合|本(?:办法|条例|规定|法|细则|意见|协议|章程|规则|通知)|[》和与及或、至])$"
)
_MARKDOWN = re.compile(r"(#{1,6})[ \t]+(?=\S)(.{1,300}?)[ \t#]*$")
_BOLD = re.compile(r"(\*\*|__)(.+?)\1")
_NOT_A_HEADING = re.compile(r"[|>*+#\-–—=·•]|\d{4}年|!\[|https?:|[（(].*[）)]$")
_BYLINE = re.compile(
    r"记者|通讯员|摄影?$|^图[为\d：:]|来源|编辑|作者|校对|审核|电$|^表\s?\d|^注[\d：:]|单位[:：]|^(?:相关|延伸|推荐)(?:链接|阅读|新闻|报道)"
)
_FIELD = re.compile(
    r"(?:[甲乙丙丁]方|住所|地址|电话|联系人|联系电话|传真|邮编|邮箱|网址|记录|主持|出席|列席|缺席|参加|时间|地点|姓名|职务|"
    r"开户行|账号|签发|抄送|主办|承办)[ \u3000]*(?:[（(][^（）()]{1,10}[）)])?[:：]"
)
_SAID = re.compile(r"[“「].*[。！？!?…][”」]$")
_FORMULA = re.compile(r"[=＝].*[+＋×÷]|[+＋×÷].*[=＝]")
_COLUMNS = re.compile(r"\S(?:[ \t]{2,}|\u3000{2,}|\t)\S")
_NOTES = re.compile(r"(?:注\s?释|附\s?注|尾\s?注|名词解释|Notes)[：:]?$")
_BALANCED = re.compile(r"[^，,、。；;：:！？“”\s]{3,10}，[^，,、。；;：:！？\s]{3,10}$")
_RUN_IN = re.compile(
    r"[^。；;！？!?，,：:]{2,25}。|[^。；;！？!?，,：:]{2,12}[：:](?=.)|[A-Z][^.;:!?]{2,40}\.(?=\s+[A-Z])"
)
_BRACKETED = re.compile(r"[（(【][^）)】]{2,20}[）)】]")
_MAX_HEADING, _MAX_ENGLISH = 50, 90
_MAX_PLAIN, _MAX_DENSE, _MAX_TITLE = 40, 25, 15
_PARAGRAPH = 30
_SMALL_WORDS = ("a", "an", "and", "as", "at", "but", "by", "for", "from", "in", "of", "on", "or", "the", "to", "with")


@dataclass(frozen=True, slots=True)
class Heading:
    """A line, or two, that begins a section.

    Attributes
    ----------
    style
        Key of `rag.marks.RANKS`, "plain" for unnumbered ones, "附件" for the title of an attached document.
    number
        Its number, None without.
    label
        Number as written (`第三条`, `（二）`), "" without.
    text
        What the path of headings shows.
    start, end
        Range of the heading; a clause's text on the same line is no part of it.
    last
        Position of its last line.
    marked
        Level of a heading that Markdown or the file's format marks, else None.
    is_line
        Whether the heading is a line of its own, without running text.
    has_text
        Whether text of the section stands on the heading's line.
    """

    style: str
    number: int | None
    label: str
    text: str
    start: int
    end: int
    last: int
    marked: int | None
    is_line: bool
    has_text: bool


def find_headings(lines: Sequence[Line], skipped: frozenset[int] = frozenset()) -> dict[int, Heading]:
    """The headings among the lines, by the position of their first line.

    Parameters
    ----------
    lines
        All lines with text.
    skipped
        Positions of lines that are known to be something else.
    """
    found: dict[int, Heading] = {}
    expected: dict[str, int] = {}
    wrapped = is_wrapped(lines)
    used = -1
    for position, line in enumerate(lines):
        if position <= used or line.fenced or position in skipped:
            continue
        heading = _numbered(lines, position, expected) or _unnumbered(lines, position, wrapped=wrapped)
        if heading is None:
            continue
        if heading.number is not None:
            expected[heading.style] = heading.number + 1
        found[position] = heading
        used = heading.last
    return found


def _numbered(lines: Sequence[Line], position: int, expected: dict[str, int]) -> Heading | None:
    line = lines[position]
    markdown = _MARKDOWN.match(line.content)
    bold = None if markdown else _BOLD.match(line.content)
    shift = markdown.start(2) if markdown else bold.start(2) if bold else 0
    content = markdown.group(2) if markdown else line.content[shift:]
    marked = len(markdown.group(1)) if markdown else line.marked
    marker = find_mark(content)
    if marker is None:
        return None
    style, match = marker
    rest = content[match.end() :]
    if rest[:2] in ("**", "__"):
        rest = rest[2:]
    number = number_of_mark(match[1])
    if marked is None and not _is_numbered(style, number, rest, lines, position, expected):
        return None
    label = re.sub(r"[\s\u3000]", "", match[0]).rstrip(":：") if style != "问" else ""
    own = rest.strip().strip("*_ ")
    if marked is not None or _is_heading_line(style, content, own, lines, position):
        last = _last_line(lines, position) if marked is None else position
        whole = content.strip("*_ ") + "".join(other.content for other in lines[position + 1 : last + 1])
        text = tidy_heading(whole.rstrip("：:"))
        return Heading(style, number, label, text, line.start, lines[last].end, last, marked, True, False)
    title = _title(style, own)
    text = tidy_heading((label + title).rstrip("。：:. ")) if title else label
    end = line.content_start + shift + len(content) - len(rest)
    end += len(rest) - len(rest.lstrip()) + len(title)
    return Heading(style, number, label, text, line.start, end, position, None, False, len(own) > len(title))


def _is_numbered(
    style: str, number: int | None, rest: str, lines: Sequence[Line], position: int, expected: dict[str, int]
) -> bool:
    """Tell a heading or clause from a reference at the start of a line and from a mere figure."""
    content = rest.strip()
    if style in (*_CHAPTERS, "条"):
        spaced = not rest or rest[0].isspace() or rest[0] in "　：:【（(“"
        if spaced and content and REFERENCE.match(content):
            return False
        if not spaced and (REFERENCE_UNSPACED.match(content) or number not in (1, expected.get(style))):
            return False
        before = lines[position - 1] if position else None
        if before is not None and not lines[position].gap and _REFERRING.search(before.content):
            return number == expected.get(style) and before.is_complete
        short = len(lines[position].content) <= _MAX_HEADING and lines[position].content[-1] not in SENTENCE_MARKS
        return short or style == "条"
    if style == "问":
        return len(content) > 2
    if style == "专栏":
        return len(lines[position].content) <= _MAX_HEADING and content[-1:] not in tuple("。；，")
    return bool(content) and not _REFERENCE_TO_ITEM.match(content)


def _is_heading_line(style: str, content: str, own: str, lines: Sequence[Line], position: int) -> bool:
    if style == "问":
        return True
    if style == "条":
        following = lines[position + 1].content if position + 1 < len(lines) else ""
        titled = len(own) <= _MAX_TITLE and not any(mark in own for mark in SENTENCE_MARKS)
        return titled and not is_reference(following) and not (own and _REFERRING.search(own))
    limit = _MAX_ENGLISH if content.isascii() else _MAX_HEADING
    if len(content) > limit:
        return False
    if content[-1] in "：:":
        return style in ("编", "章", "节", "一、") and len(own) <= _MAX_TITLE
    return content[-1] in "？?" or content[-1] not in SENTENCE_MARKS + "."


def _title(style: str, own: str) -> str:
    """The heading at the start of a clause: `（一）指导思想。坚持……`; "" without."""
    match = _BRACKETED.match(own) if style == "条" else _RUN_IN.match(own)
    return match[0] if match else ""


def _last_line(lines: Sequence[Line], position: int) -> int:
    """Position of the last line of a heading: one or two further on, where the heading does not fit on its line."""
    width = len(lines[position].content)
    if width <= _MAX_TITLE:
        return position
    for last in (position + 1, position + 2):
        if last + 1 >= len(lines):
            break
        line, following = lines[last], lines[last + 1]
        goes_on = not line.gap and len(line.content) <= width and line.content[-1] not in SENTENCE_MARKS
        if not goes_on or any(mark in line.content for mark in "。；，：") or has_number(line.content) or line.fenced:
            break
        sets_off = following.gap or following.indent > line.indent or has_number(following.content)
        if sets_off or len(following.content) > width + 4:
            return last
    return position


def _unnumbered(lines: Sequence[Line], position: int, *, wrapped: bool) -> Heading | None:
    line = lines[position]
    markdown = _MARKDOWN.match(line.content)
    marked = len(markdown.group(1)) if markdown else line.marked
    text = markdown.group(2) if markdown else line.content
    if marked is None and not _is_plain(lines, position, wrapped=wrapped):
        return None
    return Heading("plain", None, "", tidy_heading(text.strip("*")).rstrip("：:"), line.start, line.end, position,
                   marked, True, False)  # fmt: skip


def _is_plain(lines: Sequence[Line], position: int, *, wrapped: bool) -> bool:
    """Tell an unnumbered heading: short, unpunctuated, set apart, and followed by longer text."""
    line = lines[position]
    content = line.content.strip("*")
    if position + 1 >= len(lines) or not content:
        return False
    following = lines[position + 1]
    if _NOTES.fullmatch(content):
        return True
    if content.isascii():
        return line.gap and following.gap and _is_english(content) and len(following.content) > len(content)
    if len(content) > _MAX_PLAIN or _NOT_A_HEADING.match(content) or has_number(content):
        return False
    if not any("\u4e00" <= char <= "\u9fff" for char in content) or _is_row(content):
        return False
    if _BYLINE.search(content) or _FIELD.match(content) or _SAID.match(content) or _FORMULA.search(content):
        return False
    mark = next((char for char in content if char in "。；;，,"), None)
    if mark is not None and not (_BALANCED.match(content) and line.gap and following.gap):
        return False
    if content[-1] in SENTENCE_MARKS and not (content[-1] in "？！?!" and line.gap and following.gap):
        return False
    if line.gap and following.gap:
        return len(following.content) > len(content) or following.content[-1] in "。！？：" or _begins_part(following)
    return not wrapped and _is_dense_heading(lines, position, content)


def _is_dense_heading(lines: Sequence[Line], position: int, content: str) -> bool:
    """A heading in a text without blank lines: between paragraphs, much shorter than the one below.

    Where each paragraph is indented, the one below may be short as well: the line is a paragraph of its own.
    """
    line, following = lines[position], lines[position + 1]
    before = lines[position - 1] if position else None
    below = following.content
    if len(content) > _MAX_DENSE or any(mark in content for mark in SENTENCE_MARKS + "（）()0123456789"):
        return False
    if before is None or has_number(below) or not (before.content[-1] in "。！？”" or (line.gap and line.indent)):
        return False
    if line.indent and line.indent == following.indent == before.indent:
        return below[-1] in "。！？”"
    return len(below) >= max(_PARAGRAPH, 2 * len(content)) and "。" in below and before.content[-1] in "。！？”"


def _begins_part(line: Line) -> bool:
    return line.marked is not None or has_number(line.content)


def _is_row(content: str) -> bool:
    """Whether a line looks like the row of a table set with spaces."""
    words = content.split()
    return _COLUMNS.search(content) is not None or (len(words) > 2 and any(len(word) > 1 for word in words))


def _is_english(content: str) -> bool:
    """Whether a line is in title case, as English headings are: every longer word begins with a capital."""
    words = re.findall(r"[A-Za-z][A-Za-z'’\-]*", content)
    if not words or len(content) > _MAX_ENGLISH or content[-1] in ".;,:!" or any(char.isdigit() for char in content):
        return False
    return content[0].isupper() and all(word[0].isupper() or word in _SMALL_WORDS for word in words)
