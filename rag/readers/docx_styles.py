"""What the styles and numbering definitions of a Word document say about its paragraphs."""

import re
from dataclasses import dataclass, field

from rag.readers.numerals import WORD_FORMATS
from rag.readers.ooxml import Element, attribute, child, children, is_on, value_of, whole

_HEADING = re.compile(r"(?:heading|标题|標題)\s*([1-9])(?!\d)", re.IGNORECASE)
_TITLE = re.compile(r"title|标题|標題", re.IGNORECASE)
_CONTENTS = re.compile(r"(?:toc|目录|目錄)\s*(?:\d|heading|标题)", re.IGNORECASE)
_HEXADECIMAL = re.compile("[0-9A-Fa-f]{1,6}")
_PLACEHOLDER = re.compile(r"%([1-9])")
# Signs that Word stores as places in a symbol font.
_SYMBOLS = {
    "wingdings": {
        0x6C: "●", 0x6E: "■", 0x6F: "□", 0x71: "❑", 0x72: "❒", 0x75: "◆", 0xA1: "○", 0xA8: "□", 0xD8: "➢",
        0xE0: "→", 0xFB: "✗", 0xFC: "✓", 0xFD: "☒", 0xFE: "☑",
    },
    "wingdings 2": {0x2A: "□", 0x4F: "✗", 0x50: "✓", 0x51: "☒", 0x52: "☑", 0x53: "☒", 0x54: "☒", 0xA3: "□"},
    "symbol": {
        0xA3: "≤", 0xA5: "∞", 0xAE: "→", 0xB0: "°", 0xB1: "±", 0xB3: "≥", 0xB4: "×", 0xB7: "•", 0xB8: "÷", 0xB9: "≠",
        0x61: "α", 0x62: "β", 0x67: "γ", 0x64: "δ", 0x6D: "μ", 0x53: "Σ", 0x44: "Δ", 0x57: "Ω", 0x70: "π",
    },
}  # fmt: skip
_LEVELS = 9
_BODY_TEXT = 9
# After these a gap is not seen: they bring their own.
_WIDE_ENDS = "、）．。：，】》〉］"


@dataclass(frozen=True)
class Style:
    """A paragraph style with what it inherits.

    Attributes
    ----------
    level
        Of a heading, from 1; None for other text.
    contents
        It is used in a table of contents.
    num_id, num_level
        Its numbering; None where it has none.
    """

    level: int | None = None
    contents: bool = False
    num_id: str | None = None
    num_level: int | None = None


@dataclass(frozen=True)
class _Level:
    start: int = 1
    style: str = "decimal"
    pattern: str = ""
    suffix: str = "tab"
    legal: bool = False
    restart: int | None = None


@dataclass
class _List:
    """A list and where its counters stand; instances of one abstract definition share them."""

    levels: dict[int, _Level]
    by_style: dict[str, int]
    counters: dict[int, int] = field(default_factory=dict)


def read_styles(root: Element | None) -> tuple[dict[str, Style], str | None]:
    """Read `styles.xml`: styles by their id, and the id of the default paragraph style."""
    if root is None:
        return {}, None
    nodes = {attribute(node, "styleId") or "": node for node in children(root, "style")}
    default = None
    for key, node in nodes.items():
        if attribute(node, "type") == "paragraph" and attribute(node, "default") in ("1", "true", "on"):
            default = key
    return {key: _style(key, nodes) for key in nodes}, default


def _style(key: str, nodes: dict[str, Element]) -> Style:
    level: int | None = None
    num_id: str | None = None
    num_level: int | None = None
    contents = False
    seen: set[str] = set()
    current: str | None = key
    # The nearest style of the chain decides each question; a chain may be a hostile circle.
    while current in nodes and current not in seen:
        seen.add(current)
        node = nodes[current]
        name = value_of(node, "name") or ""
        level = level if level is not None else outline_level(child(node, "pPr"), name)
        contents = contents or _CONTENTS.match(name) is not None
        num_id = num_id or value_of(node, "pPr", "numPr", "numId")
        if num_level is None and (written := value_of(node, "pPr", "numPr", "ilvl")) is not None:
            num_level = whole(written)
        current = value_of(node, "basedOn")
    return Style(None if contents else level or None, contents, num_id, num_level)


def outline_level(properties: Element | None, style_name: str = "") -> int | None:
    """Level of a heading from its own outline level or the name of its style; 0 for text that is none by intent."""
    written = value_of(properties, "outlineLvl")
    if written is not None:
        level = whole(written, _BODY_TEXT)
        return level + 1 if level < _BODY_TEXT else 0
    match = _HEADING.match(style_name)
    if match:
        return int(match.group(1))
    return 1 if _TITLE.fullmatch(style_name.strip()) else None


def read_symbol(node: Element) -> str:
    """Read a sign given by its place in a font; "" where it is not known."""
    font = (attribute(node, "font") or "").lower()
    written = attribute(node, "char") or ""
    point = int(written, 16) if _HEXADECIMAL.fullmatch(written) else 0
    sign = _SYMBOLS.get(font, {}).get(point & 0xFF if 0xF000 <= point <= 0xF0FF else point)
    return sign or (chr(point) if 0x20 < point < 0xD800 else "")


class Numbering:
    """Counts automatically numbered paragraphs as Word does (ISO/IEC 29500-1, 17.9).

    Parameters
    ----------
    root
        Of `numbering.xml`, or None.
    styles
        As `read_styles` returns them, to follow numbering styles.
    """

    def __init__(self, root: Element | None, styles: dict[str, Style]) -> None:
        self._styles = styles
        self._lists: dict[str, _List] = {}
        self._links: dict[str, str] = {}
        self._instances: dict[str, tuple[str, dict[int, int], dict[int, _Level]]] = {}
        self._restarted: set[tuple[str, int]] = set()
        self.unknown: set[str] = set()
        if root is None:
            return
        for node in children(root, "abstractNum"):
            self._read_list(node)
        for node in children(root, "num"):
            self._read_instance(node)

    def label(self, num_id: str, level: int | None, style_id: str | None) -> str:
        """Count a paragraph and write its number, with the gap behind it; "" for bullets and where there is none.

        Parameters
        ----------
        num_id
            "0" turns numbering off.
        level
            From 0; None where the style of the paragraph decides.
        style_id
            Style of the paragraph.
        """
        if num_id not in self._instances:
            return ""
        abstract, starts, own = self._instances[num_id]
        target = self._lists.get(self._resolve(abstract))
        if target is None:
            return ""
        if level is None:
            level = target.by_style.get(style_id or "", 0)
        level = min(level, _LEVELS - 1)
        if level in starts and (num_id, level) not in self._restarted:
            self._restarted.add((num_id, level))
            target.counters.pop(level, None)
        self._count(target, level, {**target.levels, **own}, starts)
        return self._write(target, level, {**target.levels, **own})

    def _count(self, target: _List, level: int, levels: dict[int, _Level], starts: dict[int, int]) -> None:
        for upper in range(level):
            # A level that was skipped shows its start value.
            target.counters.setdefault(upper, starts.get(upper, levels.get(upper, _Level()).start))
        if level in target.counters:
            target.counters[level] += 1
        else:
            target.counters[level] = starts.get(level, levels.get(level, _Level()).start)
        for lower in [other for other in target.counters if other > level]:
            restart = levels.get(lower, _Level()).restart
            if restart is None or level < restart:
                del target.counters[lower]

    def _write(self, target: _List, level: int, levels: dict[int, _Level]) -> str:
        found = levels.get(level)
        if found is None or (found.style in ("bullet", "none") and not _PLACEHOLDER.search(found.pattern)):
            return ""
        known = True

        def number(match: re.Match[str]) -> str:
            nonlocal known
            at = int(match.group(1)) - 1
            style = levels.get(at, _Level()).style
            if style in ("none", "bullet"):
                return ""
            if found.legal and at < level:
                style = "decimal"
            if style not in WORD_FORMATS:
                self.unknown.add(style)
                known = False
                return ""
            return WORD_FORMATS[style](target.counters.get(at, 0))

        written = _PLACEHOLDER.sub(number, found.pattern)
        if not known or not written:
            return ""
        gap = "" if found.suffix == "nothing" or written[-1] in _WIDE_ENDS or written[-1].isspace() else " "
        return written + gap

    def _resolve(self, abstract: str) -> str:
        """Follow a link to a numbering style to the definition that this style uses."""
        for _ in range(_LEVELS):
            style = self._styles.get(self._links.get(abstract, ""))
            if style is None or style.num_id not in self._instances:
                return abstract
            abstract = self._instances[style.num_id][0]
        return abstract

    def _read_list(self, node: Element) -> None:
        key = attribute(node, "abstractNumId") or ""
        levels, by_style = {}, {}
        for level in children(node, "lvl"):
            at = whole(attribute(level, "ilvl"))
            levels[at] = _read_level(level)
            style = value_of(level, "pStyle")
            if style:
                by_style[style] = at
        self._lists[key] = _List(levels, by_style)
        link = value_of(node, "numStyleLink")
        if link:
            self._links[key] = link

    def _read_instance(self, node: Element) -> None:
        starts, own = {}, {}
        for override in children(node, "lvlOverride"):
            at = whole(attribute(override, "ilvl"))
            start = value_of(override, "startOverride")
            if start is not None:
                starts[at] = whole(start)
            level = child(override, "lvl")
            if level is not None:
                own[at] = _read_level(level)
        self._instances[attribute(node, "numId") or ""] = (value_of(node, "abstractNumId") or "", starts, own)


def _read_level(node: Element) -> _Level:
    restart = value_of(node, "lvlRestart")
    # Word keeps formats outside the standard in the fallback of an alternative.
    style = value_of(node, "numFmt") or value_of(node, "AlternateContent", "Fallback", "numFmt")
    return _Level(
        start=whole(value_of(node, "start"), 0),
        style=style or "decimal",
        pattern=value_of(node, "lvlText") or "",
        suffix=value_of(node, "suff") or "tab",
        legal=is_on(child(node, "isLgl")),
        restart=None if restart is None else whole(restart),
    )
