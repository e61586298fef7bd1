"""Which heading stands under which: the headings that are open where a text is read, the outermost first."""

from dataclasses import dataclass

from rag.headings import Heading
from rag.marks import RANKS

_UPPER = ("编", "章", "节", "I.")
_FRONT = ("前言", "引言", "序言", "导言", "导读", "摘要", "结语", "结束语", "后记",
          "preface", "foreword", "introduction", "conclusion")  # fmt: skip


@dataclass
class Node:
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
        """The numbering style of the heading."""
        return self.heading.style

    @property
    def continues(self) -> bool:
        """Whether its numbering goes on further below."""
        number = self.heading.number
        return number is not None and self.following == number + 1


class Nesting:
    """The open headings: a style that is open closes itself and what is under it, others open below higher ranks."""

    def __init__(self, title: str | None) -> None:
        self.nodes: list[Node] = []
        self._title = title
        self._under: set[tuple[str, str]] = set()

    def open(self, node: Node) -> None:
        """Close what the heading does not stand under, and open it."""
        self._close_for(node.heading)
        if self.nodes:
            self._under.add((self.nodes[-1].style, node.style))
        self.nodes.append(node)

    def last_of(self, style: str) -> int | None:
        """The place of the innermost open heading of a style."""
        return next((place for place in reversed(range(len(self.nodes))) if self.nodes[place].style == style), None)

    def close_document(self) -> None:
        """Close all but the title of an attached document."""
        del self.nodes[self._roots() :]

    def path(self, depth: int | None = None) -> tuple[str, ...]:
        """The texts of the open headings, without one that repeats the document's title."""
        texts = (node.heading.text for node in self.nodes[:depth])
        return tuple(text for text in texts if text and text != self._title)

    def _close_for(self, heading: Heading) -> None:
        nodes = self.nodes
        if heading.style == "附件":
            nodes.clear()
            self._under.clear()
            return
        if heading.marked is not None:
            while nodes and not (nodes[-1].style == "附件" or _level(nodes[-1]) < heading.marked):
                nodes.pop()
            return
        if heading.style == "plain":
            self._close_for_plain()
            return
        same = self.last_of(heading.style)
        if same is not None:
            del nodes[same:]
            return
        while nodes and self._closes(nodes[-1], heading):
            nodes.pop()

    def _closes(self, node: Node, heading: Heading) -> bool:
        if node.style == "附件" or (node.style, heading.style) in self._under:
            return False
        if node.style == "plain":
            front = node.heading.text.lower() in _FRONT or heading.style in _UPPER
            return front and node.heading.marked is None
        if node.heading.marked is not None:
            return False
        return RANKS[node.style] > RANKS[heading.style] and not node.continues

    def _close_for_plain(self) -> None:
        """An unnumbered heading closes numbered ones, but not one whose numbering goes on after it."""
        nodes = self.nodes
        keep = next((i + 1 for i in reversed(range(len(nodes))) if nodes[i].heading.marked is not None), self._roots())
        open_plain = next((i for i in range(keep, len(nodes)) if nodes[i].style == "plain"), None)
        if open_plain is not None:
            keep = open_plain
        else:
            keep = next((i + 1 for i in reversed(range(keep, len(nodes))) if nodes[i].continues), keep)
        del nodes[keep:]

    def _roots(self) -> int:
        return int(bool(self.nodes) and self.nodes[0].style == "附件")


def _level(node: Node) -> int:
    return node.heading.marked if node.heading.marked is not None else 99
