"""A clause as a question names it (第三条第（二）项) → where it stands in a document, by the labels of the outline."""

from collections.abc import Sequence

from rag.asked import Step, read_heading
from rag.types import FRONT_AND_BACK, Document

_NEVER_ALONE = ("款", "项", "目", "节")
"""Units that are counted anew within every clause above them."""


def clause_ranges(document: Document, path: Sequence[Step]) -> list[tuple[int, int]]:
    """Where a clause stands, `[start, end)` each; empty where the document has none, or not surely.

    A document that prints two rules has 第三条 twice. 第一款 of an article in one paragraph is the article. An item or
    paragraph without its article is surely meant only where it stands once.
    """
    ranges = _ranges(document, path)
    if not ranges and len(path) > 1 and path[-1] == Step("款", 1):
        ranges = _ranges(document, path[:-1])
    return [] if len(ranges) > 1 and path[0].unit in _NEVER_ALONE else ranges


def _ranges(document: Document, path: Sequence[Step]) -> list[tuple[int, int]]:
    ranges: list[tuple[int, int]] = []
    open_path: tuple[str, ...] = ()
    for section in document.sections:
        if section.kind in FRONT_AND_BACK:
            continue
        place = _place([read_heading(heading) for heading in section.path], path)
        if place is None:
            open_path = ()
        elif section.path[: place + 1] == open_path:
            ranges[-1] = (ranges[-1][0], section.end)
        else:
            open_path = section.path[: place + 1]
            ranges.append((section.start, section.end))
    return ranges


def _place(steps: Sequence[Step | None], path: Sequence[Step]) -> int | None:
    """Where in a section's headings the last step of a path stands, the others in order before it; None nowhere."""
    place = -1
    for wanted in path:
        try:
            place = steps.index(wanted, place + 1)
        except ValueError:
            return None
    return place
