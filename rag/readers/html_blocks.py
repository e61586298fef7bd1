"""Web page → blocks of visible text, in order: paragraphs, headings, list items, table rows."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import html
from lxml.html import HtmlElement

from rag.errors import ReadError
from rag.readers.html_table import is_data_table, table_lines


def _names(tags: str) -> frozenset[str]:
    return frozenset(tags.split())


_DROPPED = _names(
    "script style noscript template head nav footer svg object embed audio video canvas iframe frame "
    "select option datalist button input textarea dialog map"
)
_INLINE = _names(
    "a abbr acronym b bdi bdo big cite code del dfn em font i img ins kbd label mark nobr q rb ruby s samp small "
    "span strike strong sub sup time tt u var wbr"
)
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|font-size\s*:\s*0(?![.\d])", re.I)
_SPACE = re.compile(r"[ \t\n\r\f]+")
_INVISIBLE = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f\u200b\u200e\u200f\u2060\ufeff\u00ad]")
_INDENT = re.compile("^(?:[ \u00a0\u3000]*\u3000|(?:[ ]?\u00a0){2,})")
_BREAK = "\x00"
_WIDE = re.compile("[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u2014\u2018\u2019\u201c\u201d\u2026\U00020000-\U0003ffff]")
_MAX_DEPTH = 2000


@dataclass
class Block:
    """A piece of visible text that stands on its own.

    Attributes
    ----------
    text
        Its lines, joined by LF where the page breaks them.
    kind
        "text", "item" (of a list) or "row" (of a table).
    level
        1–6 for headings, else 0.
    container
        The element that holds it and its neighbours.
    """

    text: str
    kind: str
    level: int
    container: HtmlElement


@dataclass
class Page:
    """What is visible on a page, and how much of it was left out."""

    blocks: list[Block]
    hidden_chars: int = 0
    furniture_chars: int = 0
    has_ruby: bool = False
    frames: int = 0
    images: int = 0


def parse_html(text: str) -> HtmlElement:
    """Parse a page leniently.

    Raises
    ------
    ReadError
        Nothing can be parsed, or elements are nested deeper than any page written for people.
    """
    from lxml import etree

    parser = html.HTMLParser(encoding="utf-8", huge_tree=True, remove_pis=True, remove_comments=True)
    try:
        tree = html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError, AssertionError) as error:
        raise ReadError(
            "网页内容无法解析，请在浏览器中打开后重新保存。",
            "The page cannot be parsed; open it in a browser and save it again.",
        ) from error
    # The parser drops what lies deeper, without a word.
    if _is_deeper(tree, _MAX_DEPTH):
        raise ReadError(
            f"网页的元素嵌套超过 {_MAX_DEPTH} 层，可能已损坏，未读取。",
            f"The elements of the page are nested deeper than {_MAX_DEPTH}; it is probably damaged.",
        )
    return tree


def visible_blocks(tree: HtmlElement) -> Page:
    """List the visible text of a page, without navigation, footer, scripts and hidden elements."""
    walker = _Walker()
    body = tree.find("body")
    walker.walk(tree if body is None else body)
    return walker.page


def join_lines(lines: list[str]) -> str:
    """Join lines of one phrase: nothing between Chinese characters, a space between words.

    >>> join_lines(["关于印发", "管理办法的通知"]), join_lines(["Rules", "of 2021"])
    ('关于印发管理办法的通知', 'Rules of 2021')
    """
    joined = ""
    for line in filter(None, lines):
        glue = "" if not joined or _WIDE.match(joined[-1]) or _WIDE.match(line[0]) else " "
        joined += glue + line
    return joined


class _Walker:
    """Goes through the elements with a stack of its own, as hostile pages are nested deeper than Python recurses."""

    def __init__(self) -> None:
        self.page = Page([])
        self._pieces: list[str] = []
        self._open: list[HtmlElement] = []
        self._levels: list[int] = []
        self._is_leaf: dict[HtmlElement, bool] = {}
        self._pre = 0

    def walk(self, root: HtmlElement) -> None:
        stack: list[tuple[HtmlElement, Iterator[HtmlElement]]] = [(root, iter(root))]
        self._open.append(root)
        self._text(root.text)
        while stack:
            element, children = stack[-1]
            child = next(children, None)
            if child is None:
                stack.pop()
                self._leave(element)
                if stack:
                    self._text(element.tail)
            elif self._enter(child):
                stack.append((child, iter(child)))
                self._text(child.text)
            else:
                self._text(child.tail)
        self._open.append(root)
        self._flush()

    def _enter(self, element: HtmlElement) -> bool:
        """Note the start of an element; False where its content is not to be walked."""
        tag = element.tag if isinstance(element.tag, str) else ""
        if not tag or self._left_out(element, tag):
            return False
        if tag == "br":
            self._pieces.append(_BREAK)
            return False
        self.page.images += tag == "img"
        self._pre += tag == "pre"
        if tag not in _INLINE:
            self._flush()
            if tag == "table" and is_data_table(element):
                for line, is_row in table_lines(element, self._cell_text, is_hidden):
                    self.page.blocks.append(Block(line, "row" if is_row else "text", 0, self._open[-1]))
                return False
            self._open.append(element)
            if tag in _HEADINGS:
                self._levels.append(_HEADINGS[tag])
        return True

    def _leave(self, element: HtmlElement) -> None:
        if element.tag not in _INLINE:
            self._flush()
            self._open.pop()
            if element.tag in _HEADINGS:
                self._levels.pop()
        self._pre -= element.tag == "pre"

    def _left_out(self, element: HtmlElement, tag: str) -> bool:
        if tag in ("rt", "rp", "rtc"):
            self.page.has_ruby = True
            return True
        if tag in ("iframe", "frame"):
            self.page.frames += 1
        if is_hidden(element):
            self.page.hidden_chars += _size(element)
            return True
        role = (element.get("role") or "").lower()
        # The footer of an article (its signature, its notes) belongs to it.
        if tag == "footer" and any(ancestor.tag in ("article", "blockquote") for ancestor in self._open):
            return False
        if tag in ("nav", "footer") or role in ("navigation", "contentinfo"):
            self.page.furniture_chars += _size(element)
            return True
        return tag in _DROPPED

    def _cell_text(self, cell: HtmlElement) -> str:
        walker = _Walker()
        walker.walk(cell)
        self.page.hidden_chars += walker.page.hidden_chars
        self.page.has_ruby |= walker.page.has_ruby
        self.page.images += walker.page.images
        return join_lines([line for block in walker.page.blocks for line in block.text.split("\n")])

    def _text(self, text: str | None) -> None:
        if text:
            text = _INVISIBLE.sub("", text)
            if self._pre:
                text = text.replace("\r\n", "\n").replace("\n", _BREAK)
            self._pieces.append(text)

    def _flush(self) -> None:
        """Close the block that is being gathered."""
        raw, self._pieces = "".join(self._pieces), []
        if not raw.strip(f" \t\n\r\f\u00a0\u3000{_BREAK}"):
            return
        element = self._open[-1]
        level = self._levels[-1] if self._levels else 0
        kind = "item" if any(item.tag == "li" for item in self._open[-3:]) else "text"
        parent = element.getparent()
        if element not in self._is_leaf:
            self._is_leaf[element] = all(child.tag in _INLINE or child.tag == "br" for child in element)
        container = parent if self._is_leaf[element] and parent is not None else element
        paragraphs = _paragraphs(raw)
        if level or kind == "item":
            paragraphs = [[line for lines in paragraphs for line in lines]]
        for lines in paragraphs:
            text = join_lines(lines) if level else "\n".join(lines)
            self.page.blocks.append(Block(text, kind, level, container))


def is_hidden(element: HtmlElement) -> bool:
    """Tell whether the element itself says that it is not shown."""
    return element.get("hidden") is not None or bool(_HIDDEN_STYLE.search(element.get("style") or ""))


def _paragraphs(raw: str) -> list[list[str]]:
    """Split at `<br>`: an empty line or an indented one begins a paragraph, else the line only breaks."""
    paragraphs: list[list[str]] = [[]]
    for part in raw.split(_BREAK):
        line = _SPACE.sub(_collapse, part)
        content = line.replace("\u00a0", " ").strip(" \u3000\t\v\x85\u2028\u2029")
        if not content or _INDENT.match(line):
            paragraphs.append([])
        if content:
            paragraphs[-1].append(content)
    return [lines for lines in paragraphs if lines]


def _collapse(match: re.Match[str]) -> str:
    """Collapse white space as a browser does; a line end of the source between Chinese characters is nothing."""
    text, start, end = match.string, match.start(), match.end()
    wrapped = "\n" in match.group() or "\r" in match.group()
    if wrapped and start > 0 and end < len(text) and _WIDE.match(text[start - 1]) and _WIDE.match(text[end]):
        return ""
    return " "


def _size(element: HtmlElement) -> int:
    return len("".join("".join(element.itertext()).split()))


def _is_deeper(tree: HtmlElement, limit: int) -> bool:
    stack = [(tree, 1)]
    while stack:
        element, depth = stack.pop()
        if depth >= limit:
            return True
        stack.extend((child, depth + 1) for child in element)
    return False
