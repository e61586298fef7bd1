"""Text → sections: which line is a heading, and which heading stands under which."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from rag.types import Section

OUTLINE_VERSION = 2
_NUMERAL = "[一二三四五六七八九十百零〇两0-9０-９]+"
_STYLES = (
    ("part", re.compile(rf"第{_NUMERAL}(?:编|部分)(?=[\s　:：]|$)")),
    ("chapter", re.compile(rf"第{_NUMERAL}章(?=[\s　]|$)")),
    ("section", re.compile(rf"第{_NUMERAL}节(?=[\s　]|$)")),
    ("一、", re.compile(r"[一二三四五六七八九十百]+、")),
    ("（一）", re.compile(r"[（(][一二三四五六七八九十百]+[）)]")),
    ("1.", re.compile(r"\d{1,2}[、．.](?!\d)")),
    ("（1）", re.compile(r"[（(]\d{1,2}[）)]")),
)
_LEVELS = [name for name, _ in _STYLES]
_ITEM_STYLES = ("一、", "（一）", "1.", "（1）")
_MARKDOWN = re.compile(r"(#{1,6})[ \t]+(\S.*?)[ \t#]*$")
_NOT_A_HEADING = re.compile(r"[|>*+\-–—=·•]|\d{4}年|!\[|```")
_SENTENCE_MARKS = "。！？!?；;，,、:：…"
_MAX_HEADING = 50
_MAX_PLAIN_HEADING = 40


@dataclass(frozen=True)
class _Heading:
    """A line that looks like a heading, `[start, end)` with its line break."""

    style: str
    line: str
    start: int
    end: int


def find_sections(
    text: str,
    body_start: int,
    title: str | None,
    marked: Sequence[tuple[int, int, int]] = (),
    boilerplate: Sequence[tuple[int, int]] = (),
) -> tuple[Section, ...]:
    """Cut a text into sections that together cover it.

    Markdown headings, `第一章`, `一、`, `（一）`, `1.` lines and unnumbered short lines set apart by blank lines are
    headings. A numbering style that is open already closes what stands under it; a new one opens a level below, so
    the depth is bounded by the number of styles, whatever the text pretends.

    Parameters
    ----------
    text
        The document's text.
    body_start
        Where the header block ends (`rag.header.parse_header`); what lies before is one section of kind "header".
    title
        A heading equal to the title is not repeated in the paths.
    marked
        `(start, end, level)` of lines that the file's format marks as headings.
    boilerplate
        Ranges that belong to no passage (running headers and footers): sections of kind "boilerplate".
    """
    sections: list[Section] = []
    stack: list[tuple[str, str]] = []
    path: tuple[str, ...] = ()
    start, heading_end = 0, body_start
    kind = "header" if body_start else "body"

    def close(end: int) -> None:
        if end > start:
            sections.append(Section(start, end, path, kind, heading_end if kind == "body" else 0))

    if body_start:
        close(body_start)
        start, kind = body_start, "body"
    for heading in _without_lists(_find_headings(text, body_start, {start: level for start, _, level in marked}), text):
        close(heading.start)
        _nest(stack, heading.style, _heading_text(heading.line))
        path = tuple(line for _, line in stack if line != title)
        start, heading_end = heading.start, heading.end
    close(len(text))
    return tuple(_cut(sections, boilerplate))


def _cut(sections: Sequence[Section], boilerplate: Sequence[tuple[int, int]]) -> Iterator[Section]:
    """The sections, with the boilerplate in them as sections of its own."""
    for section in sections:
        position = section.start
        for start, end in sorted(boilerplate):
            start, end = max(start, position), min(end, section.end)
            if start < end:
                if position < start:
                    yield replace(section, start=position, end=start)
                yield replace(section, start=start, end=end, kind="boilerplate")
                position = end
        if position < section.end:
            yield replace(section, start=position)


def _find_headings(text: str, body_start: int, marked: Mapping[int, int]) -> list[_Heading]:
    headings: list[_Heading] = []
    position = body_start
    lines = text[body_start:].splitlines(keepends=True)
    fenced = False
    for index, line in enumerate(lines):
        content = line.strip()
        if content.startswith("```"):
            fenced = not fenced
        style = None if fenced or not content else _style(content, lines, index)
        level = marked.get(position + len(line) - len(line.lstrip()))
        if level is not None and content:
            style = f"md{min(level, 6)}"
        if style is not None:
            headings.append(_Heading(style, content, position, position + len(line)))
        position += len(line)
    return headings


def _without_lists(headings: list[_Heading], text: str) -> list[_Heading]:
    """Leave out numbered lines with no text of their own, before one of their own or an upper level: list items.

    As headings they would stand in no passage, and could be neither found nor quoted. So does the last item, which
    stands directly under another and before a blank line.
    """
    kept: list[_Heading] = []
    last: _Heading | None = None
    for index, heading in enumerate(headings):
        follower = headings[index + 1] if index + 1 < len(headings) else None
        rest = text[heading.end : follower.start if follower else len(text)]
        numbered = heading.style in _ITEM_STYLES
        alone = not rest.strip() and (follower is None or _level(follower.style) <= _level(heading.style))
        under_item = last is not None and (last.style, last.end) == (heading.style, heading.start)
        if numbered and (alone or (under_item and not rest.split("\n", 1)[0].strip())):
            last = heading
        else:
            kept.append(heading)
    return kept


def _level(style: str) -> int:
    return _LEVELS.index(style) if style in _LEVELS else -1


def _style(content: str, lines: list[str], index: int) -> str | None:
    """Name the heading style of a line, None where it is running text."""
    markdown = _MARKDOWN.match(content)
    if markdown:
        return f"md{len(markdown.group(1))}"
    if len(content) > _MAX_HEADING or content[-1] in _SENTENCE_MARKS:
        return None
    for name, pattern in _STYLES:
        match = pattern.match(content)
        if match:
            return name if len(content) > match.end() or name in ("part", "chapter", "section") else None
    return "plain" if _is_plain_heading(content, lines, index) else None


def _is_plain_heading(content: str, lines: list[str], index: int) -> bool:
    """Tell an unnumbered heading: short, unpunctuated, between blank lines, and followed by longer text."""
    if (
        len(content) > _MAX_PLAIN_HEADING
        or _NOT_A_HEADING.match(content)
        or any(mark in content for mark in "。；;，,")
    ):
        return False
    if not any("\u4e00" <= char <= "\u9fff" for char in content):
        return False
    if (index > 0 and lines[index - 1].strip()) or index + 1 >= len(lines) or lines[index + 1].strip():
        return False
    following = next((lines[i].strip() for i in range(index + 1, len(lines)) if lines[i].strip()), "")
    return len(following) > len(content) or following[-1:] in tuple("。！？：")


def _heading_text(content: str) -> str:
    markdown = _MARKDOWN.match(content)
    return markdown.group(2) if markdown else content


def _nest(stack: list[tuple[str, str]], style: str, heading: str) -> None:
    """Put a heading in its place: under the open ones, or instead of the one of its own style."""
    if style.startswith("md"):
        while stack and not (stack[-1][0].startswith("md") and stack[-1][0] < style):
            stack.pop()
    elif any(name == style for name, _ in stack):
        while stack[-1][0] != style:
            stack.pop()
        stack.pop()
    elif style == "plain":
        # Unnumbered headings are the upper level of web articles; they close numbered ones below them.
        while stack and not stack[-1][0].startswith("md"):
            stack.pop()
    stack.append((style, heading))
