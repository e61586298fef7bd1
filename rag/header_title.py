"""The title of a document: one line or several, told from 红头 and running text."""

import re
from collections.abc import Sequence
from itertools import pairwise

from rag.doc_number import parse_bare_number
from rag.header_lines import Line, is_head_line
from rag.organs import organs_of
from rag.terms import KINDS

OFFICIAL = re.compile(
    rf"(?:{KINDS}|条例|纪要|公报|报告|函|命令|令|议案|总结|要点|清单|白皮书|问答|解读)"
    r"(?:[（(《〈][^（）()]{1,30}[）)》〉])*$"
)
_NUMBERED = re.compile(
    r"[一二三四五六七八九十]{1,3}、|[（(][一二三四五六七八九十\d]{1,3}[）)]|第[一二三四五六七八九十\d]{1,4}[章节条编]|"
    r"\d{1,2}[.．、]|目\s*录$|前\s*言$|Contents?$|[问答甲乙]方?\s*[:：]"
)
_SENTENCE_END = "。；;，,、!！?？"
FOOTNOTE = re.compile(r"\s*(?:[\[［〔]\d{1,2}[\]］〕]|[*＊①])$")
# Below a title: its second part behind a dash, the years of a plan, what kind of draft it is.
_GOES_ON = re.compile(
    r"(?:——|--)\s*\S|[（(](?:\d{4}\s*年?\s*[-—–~～至]+\s*\d{4}\s*年?|试行|暂行|修订|草案|征求意见稿|审议稿)[）)]$"
)
# What is never whole: a report (…强调) above what was said, an English line that ends in a small word.
_BEGINS = re.compile(r"(?:强调|指出|要求)$|\b(?:a|and|at|by|for|from|in|of|on|or|the|to|with)$")
_MAX_LINES = 5
_MAX_TITLE = 60
_MAX_OFFICIAL_TITLE = 160


def title_at(lines: Sequence[Line], position: int) -> tuple[int, str, bool] | None:
    """The title that begins at a line, None where running text does.

    Returns
    -------
    (int, str, bool) or None
        How many lines it takes, the title in one line, and whether it is worded as those of official documents are.
    """
    line = lines[position]
    if line.content.startswith("#"):
        markdown = re.match(r"#{1,2}\s+\S", line.content)
        return (1, line.content.lstrip("#").strip(), True) if markdown else None
    count = 0
    for other in lines[position : position + _MAX_LINES]:
        if not _may_be_title(other.content) or (count and _ends_title(lines[position : position + count], other)):
            break
        count += 1
        if other.blank_after and not _is_unfinished(lines, position, count):
            break
    if not count or position + count == len(lines):
        return None
    group = lines[position : position + count]
    title = _joined(group)
    official = OFFICIAL.search(FOOTNOTE.sub("", title)) is not None
    return (count, title, official) if _is_set_apart(group, title, lines[position + count], official=official) else None


def _is_unfinished(lines: Sequence[Line], position: int, count: int) -> bool:
    """Whether a title goes on below a blank line, as where each of its lines is a paragraph of its own."""
    title = _joined(lines[position : position + count])
    following = [line.content for line in lines[position + count : position + count + 3]]
    if not following or not _may_be_title(following[0]) or is_head_line(following[0]):
        return False
    if _GOES_ON.match(following[0]):
        return True
    if OFFICIAL.search(FOOTNOTE.sub("", title)):
        return False
    if title.count("《") > title.count("》") or _BEGINS.search(title):
        return True
    if organs_of(title) and following[0].startswith("关于"):
        return True
    for content, below in pairwise(following):
        if not _may_be_title(content) or is_head_line(content):
            return False
        title += content
        if OFFICIAL.search(FOOTNOTE.sub("", title)):
            return is_head_line(below) or below[-1] in ":：" or bool(organs_of(below) or _GOES_ON.match(below))
    return False


def _ends_title(group: Sequence[Line], following: Line) -> bool:
    """Whether the title is whole before a line: a field, a date; who issues it; the number of a decree."""
    content, last = following.content, group[-1].content
    if is_head_line(content) or (parse_bare_number(content, last) and last.endswith(("令", "公告", "通告"))):
        return True
    return bool(organs_of(content)) and OFFICIAL.search(FOOTNOTE.sub("", _joined(group))) is not None


def _may_be_title(content: str) -> bool:
    if len(content) > _MAX_OFFICIAL_TITLE or content[-1] in _SENTENCE_END + ":：" or _NUMBERED.match(content):
        return False
    return (
        "。" not in content and any(char.isalpha() for char in content) and not content.startswith(("|", "```", "!["))
    )


def _is_set_apart(group: Sequence[Line], title: str, following: Line, *, official: bool) -> bool:
    """Tell a title from the first lines of running text by its length and what follows."""
    if len(title) > (_MAX_OFFICIAL_TITLE if official or len(group) > 1 else _MAX_TITLE):
        return False
    blank = group[-1].blank_after
    headed = _ends_title(group, following)
    if len(group) == 1:
        return blank or headed or (official and following.content[-1] in ":：")
    if official or headed or all(line.indent >= 3 for line in group):
        return blank or headed or following.content[-1] in ":："
    longest = max(len(line.content) for line in group)
    return blank and len(group) == 2 and longest <= 90 and len(following.content) > longest


def _joined(group: Sequence[Line]) -> str:
    """A title's lines in one; 关　于 spaced out is closed up, runs of spaces become one."""
    title = ""
    for line in group:
        parts = line.content.split()
        spaced = len(parts) > 2 and all(len(part) == 1 for part in parts)
        content = "".join(parts) if spaced else re.sub(r"\s+", _one_space, line.content)
        title += (" " if title and title[-1].isascii() and content[0].isascii() else "") + content
    return title


def _one_space(match: re.Match[str]) -> str:
    return "\u3000" if "\u3000" in match.group() else " "
