"""A document with one range marked → HTML of the panel beside the chat. All text of the document stays verbatim."""

import re

from rag.types import Document, Header
from rag.ui.chat import Target
from rag.ui.escape import for_html

WHOLE = 20_000
"""Longer documents are shown as an excerpt (characters)."""
AROUND = 6_000
"""Characters shown before and after the marked range of a long document."""
_FACTS = (
    ("发文字号", "doc_number"), ("发文机关", "issuer"), ("发文日期", "issued"), ("发布日期", "published"),
    ("施行日期", "effective"), ("资料截至", "as_of"), ("来源", "source"), ("作者", "author"), ("效力", "validity"),
)  # fmt: skip
_LONGEST_FACT = 40
_HASHES = re.compile(r"[ \t]*#{1,6}[ \t]+")
_TABLE = re.compile(r"[ \t]*\|.*\|[ \t]*")
_RULE = re.compile(r"[ \t]*\|[ \t:|-]+\|[ \t]*")


def render_source(document: Document, target: Target, reference: str) -> str:
    """Show a document with the range of a citation marked.

    The text of the `mark` element is `document.text[start:end]`, character for character.

    Parameters
    ----------
    document
        As it was in the build that the citation belongs to.
    target
        The range, and what the citation said.
    reference
        The link that was followed; the page uses it to know what is open.
    """
    start, end = target.start, target.end
    notices = []
    if document.text[start:end] != target.quote:
        notices.append("文档内容与引用时不同，标出的是现在同一位置的文字。")
    low, high = 0, len(document.text)
    if high > WHOLE:
        low, high = _window(document.text, start, end)
        notices.append(f"文档较长（{len(document.text):,} 字），这里只显示引用前后的节选。")
    header = target.header or document.header
    note = target.note or header.nature
    return (
        f'<article data-ref="{for_html(reference)}"><header><h2>{for_html(document.title)}</h2>'
        + (f'<p class="path">{for_html(target.section)}</p>' if target.section else "")
        + '<p class="facts">'
        + (f'<span class="note">{for_html(note)}</span>' if note else "")
        + f"{_facts(header, target)}</p></header>"
        + "".join(f'<p class="notice">{notice}</p>' for notice in notices)
        + f'<div class="text">{_body(document, low, high, start, end)}</div></article>'
    )


def render_problem(sentence: str, reference: str = "") -> str:
    """Say in the panel why the source that a link leads to cannot be shown."""
    return (
        f'<article data-ref="{for_html(reference)}"><header><h2>无法打开原文</h2></header>'
        f'<p class="notice">{for_html(sentence)}</p></article>'
    )


def _facts(header: Header, target: Target) -> str:
    page = f"第 {target.page} 页" if target.page is not None else None
    facts = [*((label, getattr(header, name)) for label, name in _FACTS), ("页码", page)]
    shown = [f"<span><i>{label}</i> {for_html(_short(value))}</span>" for label, value in facts if value]
    return "".join([*shown, f"<span><i>文件</i> {for_html(target.document)}</span>"])


def _short(value: str) -> str:
    return value if len(value) <= _LONGEST_FACT else value[:_LONGEST_FACT] + "……"


def _window(text: str, start: int, end: int) -> tuple[int, int]:
    """The range shown of a long document, widened to whole lines where a line ends nearby."""
    low, high = max(0, start - AROUND), min(len(text), end + AROUND)
    line = text.rfind("\n", max(0, low - 200), low)
    low = line + 1 if line >= 0 else low
    line = text.find("\n", high, high + 200)
    return low, line + 1 if line >= 0 else high


def _body(document: Document, low: int, high: int, start: int, end: int) -> str:
    """The text of `[low, high)` line by line; the lines that the marked range touches form one block."""
    start, end = max(low, min(start, high)), max(low, min(end, high))
    blocks: list[str] = []
    table: list[str] = []
    touched: tuple[int, int] | None = None

    def flush() -> None:
        if table:
            blocks.append(f'<span class="table">{"".join(table)}</span>')
            table.clear()

    position = low
    while position < high:
        stop = document.text.find("\n", position, high) + 1 or high
        if position < end and start < stop:
            touched = (touched[0] if touched else position, stop)
        if touched and (stop >= end or stop == high):
            only_line = "\n" not in document.text[touched[0] : touched[1] - 1]
            position, stop = touched
            touched = None
            row = _row(document.text[position:stop], start - position, end - position) if only_line else None
            if row is not None:
                table.append(row)
            else:
                flush()
                blocks.append(_marked(document, position, stop, start, end, only_line))
        elif not touched:
            line = document.text[position:stop]
            if _TABLE.fullmatch(line.rstrip("\n")):
                table.append(_row(line, 0, 0) or "")
            else:
                flush()
                blocks.append(f'<span class="{_kind(document, position, line)}">{_dress(line)}</span>')
        position = stop
    flush()
    return "".join(blocks)


def _marked(document: Document, position: int, stop: int, start: int, end: int, only_line: bool) -> str:
    text = document.text
    kind = _kind(document, position, text[position:stop]) if only_line else "line"
    return (
        f'<span class="{kind}">{_dress(text[position:start])}<mark id="quote">{for_html(text[start:end])}</mark>'
        f"{for_html(text[end:stop])}</span>"
    )


def _row(line: str, start: int, end: int) -> str | None:
    """A table row whose bars are hidden and whose range `[start, end)` is marked; None where cells would be torn."""
    content = line.rstrip("\n")
    if not _TABLE.fullmatch(content):
        return None
    if _RULE.fullmatch(content):
        return None if end > start else f'<span class="rule">{for_html(line)}</span>'
    cells: list[tuple[int, int]] = []
    for piece in re.finditer(r"(?:[ \t]*\|)[^|]*", content):
        # The bar that closes the row belongs to the last cell.
        if piece.end() == len(content) and not piece[0].strip(" \t|"):
            cells[-1:] = [(cells[-1][0], len(content))] if cells else [(0, len(content))]
        else:
            cells.append(piece.span())
    first = next((n for n, (a, b) in enumerate(cells) if a <= start < b), None)
    last = next((n for n, (a, b) in enumerate(cells) if a < end <= b), None)
    tail = for_html(line[len(content) :])
    if end <= start:
        return f'<span class="row">{"".join(_cell(line[a:b]) for a, b in cells)}{tail}</span>'
    if first is None or last is None:
        return None
    if first == last:
        a, b = cells[first]
        inner = f'{_bars(line[a:start])}<mark id="quote">{_bars(line[start:end])}</mark>{_bars(line[end:b])}'
        parts = [_cell(line[c:d]) if n != first else f'<span class="cell">{inner}</span>'
                 for n, (c, d) in enumerate(cells)]  # fmt: skip
        return f'<span class="row">{"".join(parts)}{tail}</span>'
    lead, rest = line[cells[first][0] : start], line[end : cells[last][1]]
    if lead.strip(" \t|") or rest.strip(" \t|"):
        return None
    # The mark takes whole cells; bars outside it stand hidden beside it.
    inside = [(max(a, start), min(b, end)) for a, b in cells[first : last + 1]]
    return (
        f'<span class="row">{"".join(_cell(line[a:b]) for a, b in cells[:first])}{_bars(lead)}'
        f'<mark id="quote" class="cells">{"".join(_cell(line[a:b]) for a, b in inside)}</mark>{_bars(rest)}'
        f"{''.join(_cell(line[a:b]) for a, b in cells[last + 1 :])}{tail}</span>"
    )


def _cell(text: str) -> str:
    return f'<span class="cell">{_bars(text)}</span>'


def _bars(text: str) -> str:
    return re.sub(r"[ \t]*\|[ \t]*", lambda match: f'<span class="hidden">{match[0]}</span>', for_html(text))


def _dress(line: str) -> str:
    hashes = _HASHES.match(line)
    if hashes is None:
        return for_html(line)
    return f'<span class="hidden">{for_html(hashes[0])}</span>{for_html(line[hashes.end() :])}'


def _kind(document: Document, position: int, line: str) -> str:
    """CSS class of a line: blank, meta (header lines), heading with its depth, or line."""
    if not line.strip():
        return "blank"
    section = document.section_at(position) if document.sections else None
    if section is not None and section.kind == "header":
        return "heading title" if line.strip("# \t\n") == document.header.title else "meta"
    if section is not None and position + len(line.rstrip()) <= section.heading_end:
        return f"heading depth{min(len(section.path), 4)}"
    return "heading depth1" if _HASHES.match(line) else "line"
