"""Text → sections: headings and clauses with what stands below them, and the parts that are no running text."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from rag.headings import Heading, find_headings
from rag.labels import numeral
from rag.lines import Line, is_wrapped, read_lines
from rag.marks import is_reference
from rag.nesting import Nesting, Node
from rag.parts import find_parts
from rag.types import Section

OUTLINE_VERSION = 6
_DECIMAL = ("1.1", "1.1.1")
_ITEMS = ("（一）", "1.", "1.1", "（1）", "1）", "①")


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
    """Grows while the lines are read: the open headings, and the sections that are closed."""

    def __init__(self, title: str | None, body_start: int, following: dict[int, int | None], *, wrapped: bool) -> None:
        self._following = following
        self._wrapped = wrapped
        self._nesting = Nesting(title)
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
        self._nesting.close_document()
        self._begin(Section(line.start, 0, self._nesting.path(), kind, line.start))

    def heading(self, position: int, heading: Heading, before: Line | None) -> None:
        """Begin the section of a heading or clause; `before` is the line above it."""
        listed = before is not None and self._is_listed(heading, before)
        node = Node(heading, self._following[position], listed, paragraphs=int(heading.has_text))
        self._nesting.open(node)
        node.first_section = self._begin(self._section(heading.start, heading.end, heading.label))

    def _section(self, start: int, heading_end: int, label: str = "", *, deeper: int = 0) -> Section:
        """A section under the open headings, still without its end."""
        return Section(start, 0, self._nesting.path(), "body", heading_end, label, len(self._nesting.nodes) + deeper)

    def _is_listed(self, heading: Heading, before: Line) -> bool:
        """Whether a numbered line is an item of a list, which ends with its last item, and no heading of what follows.

        Items are clauses without a title that follow a colon or an item with a semicolon, and bare lines that stand
        directly under each other.
        """
        if heading.style not in _ITEMS:
            return False
        nodes, place = self._nesting.nodes, self._nesting.last_of(heading.style)
        sibling = None if place is None else nodes[place]
        directly = sibling is not None and sibling is nodes[-1] and before.end == sibling.heading.end
        if heading.is_line:
            return directly and sibling is not None and sibling.heading.is_line
        if heading.text != heading.label:
            return False
        return before.content[-1] in "：:；;" or (sibling is not None and sibling.listed)

    def paragraph(self, line: Line, before: Line | None, *, after_part: bool) -> None:
        """A line without heading: text of the open section, unless it ends a list or begins a 款 of an article."""
        if after_part:
            self._begin(self._section(line.start, line.start))
            return
        nodes = self._nesting.nodes
        if before is None or not nodes or not self._is_paragraph(line, before):
            return
        place = self._nesting.last_of("条")
        if place is not None and any(node.style in _DECIMAL for node in nodes[place:]):
            return  # 3.1 is the paragraph; a line without number goes on with it
        if place is not None:
            nodes[place].paragraphs += 1
            if nodes[place].paragraphs > 1 or len(nodes) > place + 1:
                self._begin_paragraph_of(place, line)
        elif self._ends_list(line, before):
            while nodes and nodes[-1].listed:
                nodes.pop()
            self._begin(self._section(line.start, line.start, deeper=1))

    def _is_paragraph(self, line: Line, before: Line) -> bool:
        """Whether the line begins a paragraph of its own."""
        if is_reference(line.content) and not before.is_complete:
            return False
        if before.content[-1] in "：:" or line.content.startswith("|"):
            return False
        if not self._wrapped:
            return True
        return line.gap or (
            before.content[-1] in "。！？”；" and (line.indent > 0 or self._nesting.nodes[-1].style in _ITEMS)
        )

    def _begin_paragraph_of(self, place: int, line: Line) -> None:
        """Begin the next 款 of the article at a place of the open headings; what came before becomes its first one."""
        nodes = self._nesting.nodes
        article = nodes[place]
        if not article.split:
            article.split, article.paragraphs = True, 2
            self._close(line.start)
            self._insert_first_paragraph(article, place + 1)
        del nodes[place + 1 :]
        number = article.paragraphs
        label = f"第{numeral(number)}款"
        heading = Heading("款", number, label, label, line.start, line.start, 0, None, False, True)
        nodes.append(Node(heading, None, paragraphs=1))
        self._begin(self._section(line.start, line.start, label))

    def _insert_first_paragraph(self, article: Node, level: int) -> None:
        depth = len(self._nesting.path(level))
        for place in range(article.first_section, len(self._sections)):
            section = self._sections[place]
            if section.kind == "body":
                path = (*section.path[:depth], "第一款", *section.path[depth:])
                deeper = section.level + (place > article.first_section)
                self._sections[place] = replace(section, path=path, level=deeper)

    def _ends_list(self, line: Line, before: Line) -> bool:
        node = self._nesting.nodes[-1]
        if not node.listed:
            return False
        if node.heading.is_line:
            return line.gap and before.end == node.heading.end
        return before.content[-1] in "。；;”）)"

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
