"""Text → sections: headings and clauses, which stands under which, and the parts that are no running text."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from rag.headings import RANKS, Heading, find_headings, is_reference
from rag.labels import numeral
from rag.lines import Line, is_wrapped, read_lines
from rag.parts import find_parts
from rag.types import Section

OUTLINE_VERSION = 3
_ITEMS = ("（一）", "1.", "1.1", "（1）", "1）", "①")
_UPPER = ("编", "章", "节", "I.")
_FRONT = ("前言", "引言", "序言", "导言", "导读", "摘要", "结语", "结束语", "后记",
          "preface", "foreword", "introduction", "conclusion")  # fmt: skip


@dataclass
class _Node:
    """An open heading.

    `following` is the number of the next heading of its style, None where none follows; `listed` says that it is an
    item of a list; `paragraphs` counts the 款 of an article, `split` says that they are sections, and `first_section`
    is the place of the article's own section.
    """

    heading: Heading
    following: int | None
    listed: bool = False
    paragraphs: int = 0
    split: bool = False
    first_section: int = 0

    @property
    def style(self) -> str:
        return self.heading.style

    @property
    def continues(self) -> bool:
        number = self.heading.number
        return number is not None and self.following == number + 1


def find_sections(
    text: str,
    body_start: int,
    title: str | None,
    marked: Sequence[tuple[int, int, int]] = (),
    boilerplate: Sequence[tuple[int, int]] = (),
) -> tuple[Section, ...]:
    """Cut a text into the leaves of its outline, which together cover it.

    docs/outline.md tells the rules: what is a heading or a clause, and what stands under what. The depth is bounded by
    the number of numbering styles, whatever the text pretends.

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
    lines = read_lines(text, body_start, marked, boilerplate)
    parts = find_parts(lines, title, text)
    used = {place for first, heading in parts.attached.items() for place in range(first, heading.last + 1)}
    headings = find_headings(lines, frozenset(parts.kinds) | used) | parts.attached
    outline = _Outline(title, body_start, _following(headings), wrapped=is_wrapped(lines))
    previous = None
    passed = -1
    for position, line in enumerate(lines):
        kind = parts.kinds.get(position)
        if kind is not None:
            if kind != previous:
                outline.part(line, kind)
        elif position in headings:
            outline.heading(position, headings[position], lines[position - 1] if position else None)
            passed = headings[position].last
        elif position > passed and not line.fenced:
            outline.paragraph(line, lines[position - 1] if position else None, after_part=previous is not None)
        previous = kind
    return tuple(_cut(outline.close(len(text), text), boilerplate))


def _following(headings: Mapping[int, Heading]) -> dict[int, int | None]:
    """For each heading the number of the next one of its style in the same document."""
    found: dict[int, int | None] = {}
    nearest: dict[str, int | None] = {}
    for position in sorted(headings, reverse=True):
        heading = headings[position]
        found[position] = nearest.get(heading.style)
        nearest[heading.style] = heading.number
        if heading.style == "附件":
            nearest.clear()
    return found


class _Outline:
    """Grows while the lines are read: open headings on a stack, closed sections in a list."""

    def __init__(self, title: str | None, body_start: int, following: dict[int, int | None], *, wrapped: bool) -> None:
        self._title = title
        self._following = following
        self._wrapped = wrapped
        self._stack: list[_Node] = []
        self._under: set[tuple[str, str]] = set()
        self._sections: list[Section] = []
        kind = "header" if body_start else "body"
        if body_start:
            self._sections.append(Section(0, body_start, (), kind))
        self._open = Section(body_start, 0, (), "body", body_start)

    def close(self, end: int, text: str) -> list[Section]:
        self._begin(Section(end, 0, ()))
        return [self._as_item(place, text) for place in range(len(self._sections))]

    def part(self, line: Line, kind: str) -> None:
        """Begin a part of its own; it closes every heading but the title of the attached document it belongs to."""
        del self._stack[self._roots() :]
        self._begin(Section(line.start, 0, self._path(), kind, line.start))

    def heading(self, position: int, heading: Heading, before: Line | None) -> None:
        """Begin the section of a heading or clause; `before` is the line above it."""
        sibling = next((node for node in reversed(self._stack) if node.style == heading.style), None)
        listed = before is not None and self._is_listed(heading, before, sibling)
        self._nest(heading)
        node = _Node(heading, self._following[position], listed, paragraphs=int(heading.has_text))
        if self._stack:
            self._under.add((self._stack[-1].style, heading.style))
        self._stack.append(node)
        node.first_section = self._begin(
            Section(heading.start, 0, self._path(), "body", heading.end, heading.label, len(self._stack))
        )

    def _is_listed(self, heading: Heading, before: Line, sibling: _Node | None) -> bool:
        """Whether a numbered line is an item of a list, which ends with its last item, and no heading of what follows.

        Items are clauses without a title that follow a colon or an item with a semicolon, and bare lines that stand
        directly under each other.
        """
        if heading.style not in _ITEMS:
            return False
        directly = sibling is not None and sibling is self._stack[-1] and before.end == sibling.heading.end
        if heading.is_line:
            return directly and sibling is not None and sibling.heading.is_line
        if heading.text != heading.label:
            return False
        return before.content[-1] in "：:；;" or (sibling is not None and sibling.listed)

    def paragraph(self, line: Line, before: Line | None, *, after_part: bool) -> None:
        """A line without heading: text of the open section, unless it ends a list or begins a 款 of an article."""
        if after_part:
            self._begin(Section(line.start, 0, self._path(), "body", line.start, "", len(self._stack)))
            return
        if before is None or not self._stack or not self._is_paragraph(line, before):
            return
        place = next((i for i in reversed(range(len(self._stack))) if self._stack[i].style == "条"), None)
        if place is not None:
            article = self._stack[place]
            article.paragraphs += 1
            if article.paragraphs > 1 or len(self._stack) > place + 1:
                self._begin_paragraph_of(place, line)
        elif self._ends_list(line, before):
            while self._stack and self._stack[-1].listed:
                self._stack.pop()
            self._begin(Section(line.start, 0, self._path(), "body", line.start, "", len(self._stack) + 1))

    def _is_paragraph(self, line: Line, before: Line) -> bool:
        """Whether the line begins a paragraph of its own."""
        if is_reference(line.content) and not before.is_complete:
            return False
        if before.content[-1] in "：:" or line.content.startswith("|"):
            return False
        if not self._wrapped:
            return True
        return line.gap or (before.content[-1] in "。！？”；" and (line.indent > 0 or self._stack[-1].style in _ITEMS))

    def _begin_paragraph_of(self, place: int, line: Line) -> None:
        """Begin the next 款 of the article at `place` of the stack; what came before becomes its first one."""
        article = self._stack[place]
        if not article.split:
            article.split, article.paragraphs = True, 2
            self._close(line.start)
            self._insert_first_paragraph(article, place + 1)
        del self._stack[place + 1 :]
        number = article.paragraphs
        label = f"第{numeral(number)}款"
        heading = Heading("款", number, label, label, line.start, line.start, 0, None, False, True)
        self._stack.append(_Node(heading, None, paragraphs=1))
        self._begin(Section(line.start, 0, self._path(), "body", line.start, label, len(self._stack)))

    def _insert_first_paragraph(self, article: _Node, level: int) -> None:
        depth = len(self._path(level))
        for place in range(article.first_section, len(self._sections)):
            section = self._sections[place]
            if section.kind == "body":
                path = (*section.path[:depth], "第一款", *section.path[depth:])
                deeper = section.level + (place > article.first_section)
                self._sections[place] = replace(section, path=path, level=deeper)

    def _ends_list(self, line: Line, before: Line) -> bool:
        node = self._stack[-1]
        if not node.listed:
            return False
        if node.heading.is_line:
            return line.gap and before.end == node.heading.end
        return before.content[-1] in "。；;”）)"

    def _nest(self, heading: Heading) -> None:
        """Close the open headings that the new one does not stand under."""
        style, stack = heading.style, self._stack
        if style == "附件":
            stack.clear()
            self._under.clear()
            return
        if heading.marked is not None:
            while stack and not (stack[-1].style == "附件" or _level(stack[-1]) < heading.marked):
                stack.pop()
            return
        if style == "plain":
            self._nest_plain()
            return
        same = next((i for i in reversed(range(len(stack))) if stack[i].style == style), None)
        if same is not None:
            del stack[same:]
            return
        while stack and self._closes(stack[-1], heading):
            stack.pop()

    def _closes(self, node: _Node, heading: Heading) -> bool:
        if node.style == "附件" or (node.style, heading.style) in self._under:
            return False
        if node.style == "plain":
            front = node.heading.text.lower() in _FRONT or heading.style in _UPPER
            return front and node.heading.marked is None
        if node.heading.marked is not None:
            return False
        return RANKS[node.style] > RANKS[heading.style] and not node.continues

    def _nest_plain(self) -> None:
        """An unnumbered heading closes numbered ones, but not one whose numbering goes on after it."""
        stack = self._stack
        keep = next((i + 1 for i in reversed(range(len(stack))) if stack[i].heading.marked is not None), self._roots())
        open_plain = next((i for i in range(keep, len(stack)) if stack[i].style == "plain"), None)
        if open_plain is not None:
            keep = open_plain
        else:
            keep = next((i + 1 for i in reversed(range(keep, len(stack))) if stack[i].continues), keep)
        del stack[keep:]

    def _roots(self) -> int:
        return int(bool(self._stack) and self._stack[0].style == "附件")

    def _path(self, depth: int | None = None) -> tuple[str, ...]:
        texts = (node.heading.text for node in self._stack[:depth])
        return tuple(text for text in texts if text and text != self._title)

    def _close(self, end: int) -> None:
        if end > self._open.start:
            self._sections.append(replace(self._open, end=end))
            self._open = replace(self._open, start=end)

    def _begin(self, section: Section) -> int:
        """Close the open section where the new one begins; the new one's place in the list."""
        self._close(section.start)
        self._open = section
        return len(self._sections)

    def _as_item(self, place: int, text: str) -> Section:
        """A numbered line with nothing under it is an item, no heading: its line is text."""
        section = self._sections[place]
        follower = self._sections[place + 1] if place + 1 < len(self._sections) else None
        alone = not text[section.heading_end : section.end].strip()
        if section.label and alone and section.kind == "body" and not (follower and follower.level > section.level):
            # A whole sentence is no title either.
            is_sentence = text[section.start : section.heading_end].endswith(("。", "：", ":"))
            path = (*section.path[:-1], section.label) if is_sentence and section.path else section.path
            return replace(section, heading_end=section.start, path=path)
        return section


def _level(node: _Node) -> int:
    return node.heading.marked if node.heading.marked is not None else 99


def _cut(sections: Sequence[Section], boilerplate: Sequence[tuple[int, int]]) -> Iterator[Section]:
    """The sections, with the boilerplate in them as sections of its own."""
    ranges = sorted(boilerplate)
    place = 0
    for section in sections:
        position = section.start
        while place < len(ranges) and ranges[place][1] <= section.start:
            place += 1
        for index in range(place, len(ranges)):
            start, end = max(ranges[index][0], position), min(ranges[index][1], section.end)
            if start >= section.end:
                break
            if start < end:
                if position < start:
                    yield _part_of(section, position, start)
                yield replace(section, start=start, end=end, kind="boilerplate", heading_end=start, label="")
                position = end
        if position < section.end:
            yield _part_of(section, position, section.end)


def _part_of(section: Section, start: int, end: int) -> Section:
    if start == section.start:
        return replace(section, end=end, heading_end=min(section.heading_end, end))
    continued = section.heading_end <= start
    return replace(section, start=start, end=end, label="" if continued else section.label,
                   heading_end=start if continued else min(section.heading_end, end))  # fmt: skip
