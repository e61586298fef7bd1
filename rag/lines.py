"""Text → its lines with text, and what the outline asks of them: gaps, marks, whether lines are wrapped."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

SENTENCE_MARKS = "。！？!?；;，,、:：…"
_COMPLETE = "。！？!?；;：:…”’』」）)】》.\"'"
_LONG_LINE = 20
_FEW_LINES = 8


@dataclass(frozen=True, slots=True)
class Line:
    """A line with text, `[start, end)` with its line break.

    Attributes
    ----------
    content
        Without white space around it.
    gap
        Whether blank lines, or nothing at all, stand above it.
    indent
        Number of white space characters in front.
    marked
        Level, from 1, of a line that the file's format marks as a heading; None for others.
    fenced
        Whether it belongs to a block of code.
    """

    start: int
    end: int
    content: str
    gap: bool
    indent: int
    marked: int | None
    fenced: bool

    @property
    def content_start(self) -> int:
        """Offset of the first character that is not white space."""
        return self.start + self.indent

    @property
    def is_complete(self) -> bool:
        """Whether it ends as sentences and list items end."""
        return self.content[-1] in _COMPLETE


def read_lines(
    text: str,
    start: int,
    marked: Sequence[tuple[int, int, int]] = (),
    boilerplate: Sequence[tuple[int, int]] = (),
) -> list[Line]:
    """The lines from `start` on that hold text; running headers and footers are passed over.

    Parameters
    ----------
    text, start
        The document's text, and where to begin.
    marked
        `(start, end, level)` of headings that the file's format marks.
    boilerplate
        Ranges to pass over.
    """
    levels = {first: level for first, _, level in marked}
    skipped = iter(sorted(boilerplate))
    skip = next(skipped, None)
    found: list[Line] = []
    position, gap, fenced = start, True, False
    for raw in text[start:].splitlines(keepends=True):
        first, position = position, position + len(raw)
        content = raw.strip()
        while skip is not None and skip[1] <= first:
            skip = next(skipped, None)
        if not content:
            gap = True
        elif skip is not None and skip[0] <= first and position <= max(skip[1], first + 1):
            continue
        elif content.startswith("```"):
            fenced = not fenced
            found.append(Line(first, position, content, gap, 0, None, True))
            gap = False
        else:
            indent = len(raw) - len(raw.lstrip())
            found.append(Line(first, position, content, gap, indent, levels.get(first + indent), fenced))
            gap = False
    return found


def is_wrapped(lines: Sequence[Line]) -> bool:
    """Whether paragraphs are broken into lines of like length, as in texts made for a page of fixed width.

    Then most of the longer lines end in the middle of a sentence.
    """
    longer = [line for line in lines if len(line.content) >= _LONG_LINE]
    return len(longer) >= _FEW_LINES and 2 * sum(not line.is_complete for line in longer) > len(longer)


def without_space(text: str) -> str:
    """A text without any white space, for comparing titles."""
    return re.sub(r"\s", "", text)


def tidy_heading(text: str) -> str:
    """A heading as it is shown: one space for many, none inside a spaced-out word.

    >>> tidy_heading("第一章　总　　则"), tidy_heading("目　录")
    ('第一章 总则', '目录')
    """
    words = text.split()
    parts: list[str] = []
    for position, word in enumerate(words):
        joins = position > 0 and len(word) == len(words[position - 1]) == 1 and not word.isascii()
        if joins:
            parts[-1] += word
        else:
            parts.append(word)
    return " ".join(parts)
