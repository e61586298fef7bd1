"""Web page → text: title and header line first, then the content, one paragraph, heading or row at a time."""

from rag.errors import ReadError
from rag.readers.extracted import Extracted


def read_html(data: bytes) -> Extracted:
    """Read a web page.

    Spaces are collapsed as a browser does, no-break spaces become spaces; otherwise the text is the visible text.

    Raises
    ------
    ReadError
        The encoding is not recognised, there is no markup, or nothing is visible without running its scripts.
    """
    return read_page(data)


def read_page(data: bytes, *, charset: str | None = None, kind: str = "html") -> Extracted:
    """Read a page whose transport may have named the encoding; `kind` becomes the format."""
    from rag.readers.archive import only_read_errors

    with only_read_errors("网页", "web page"):
        return _read(data, charset, kind)


def _read(data: bytes, charset: str | None, kind: str) -> Extracted:
    from rag.readers.blocks import MAX_CHARS
    from rag.readers.html_blocks import parse_html, visible_blocks
    from rag.readers.html_bytes import decode_html, looks_like_html
    from rag.readers.html_fields import find_fields
    from rag.readers.html_main import MIN_SHARE, choose_main, is_prose
    from rag.readers.html_table import too_long

    source, encoding, damage = decode_html(data, charset)
    if not looks_like_html(source):
        raise ReadError(
            "文件中没有网页标记，不是网页，请改用正确的扩展名。",
            "There is no markup in the file: it is no web page; give it the right ending.",
        )
    tree = parse_html(source)
    page = visible_blocks(tree)
    warnings = [damage] if damage else []
    if not page.blocks:
        raise ReadError(
            "网页中没有可见文字（可能由脚本生成），请在浏览器中打开后另存为 .mhtml 或 PDF。",
            "Nothing is visible on the page (scripts may write it); open it in a browser and save as .mhtml or PDF.",
        )
    keep, share = choose_main(page.blocks, tree, source)
    first = next((index for index, block in enumerate(page.blocks) if is_prose(block)), len(page.blocks))
    fields = find_fields(tree, page.blocks, first)
    left_out = page.furniture_chars
    parts: list[tuple[str, str, int]] = []
    if fields.title:
        parts.append((fields.title, "text", 1))
    if fields.line:
        parts.append((fields.line, "text", 0))
    for index, block in enumerate(page.blocks):
        if index in fields.used:
            continue
        if keep[index]:
            parts.append((block.text, block.kind, block.level))
        else:
            left_out += len(block.text)
    if share is not None and not all(keep):
        warnings.append("正文由 trafilatura 判定。")
    elif share is not None and share < MIN_SHARE:
        warnings.append(f"正文判定只覆盖段落的 {share:.0%}，已改为收入页面全部可见文字。")
    if left_out:
        warnings.append(f"导航、页脚和链接列表等 {left_out} 个字未收入。")
    if page.hidden_chars:
        warnings.append(f"隐藏元素中的 {page.hidden_chars} 个字未收入。")
    if page.has_ruby:
        warnings.append("注音（ruby）未收入。")
    if page.frames:
        warnings.append(f"页面内嵌的 {page.frames} 个框架（iframe）未读取，请单独保存。")
    if sum(len(part) for part, _, _ in parts) > MAX_CHARS:
        raise too_long()
    text, headings = _assemble(parts)
    if page.images and len(text) < 200:
        warnings.append(f"页面文字很少，另有 {page.images} 张图片，图片中的文字未读取。")
    return Extracted(text, kind, encoding, headings=headings, warnings=tuple(warnings))


def _assemble(parts: list[tuple[str, str, int]]) -> tuple[str, tuple[tuple[int, int, int], ...]]:
    """Put an empty line between paragraphs, none between the items of a list or the rows of a table."""
    text: list[str] = []
    headings: list[tuple[int, int, int]] = []
    length, last = 0, ""
    for content, kind, level in parts:
        gap = "" if not text else "\n" if kind == last != "text" else "\n\n"
        start = length + len(gap)
        text += (gap, content)
        length, last = start + len(content), kind
        if level:
            headings.append((start, length, level))
    return "".join(text), tuple(headings)
