"""Text → header fields: the title and the lines such as `发布日期:2025-05-13    来源:……` under it."""

import re
from dataclasses import replace

from rag.dates import parse_date
from rag.types import Header

HEADER_VERSION = 1

_LABELS = {
    "标题": "title",
    "发文字号": "doc_number",
    "文号": "doc_number",
    "发文机关": "issuer",
    "发布机构": "issuer",
    "印发机关": "issuer",
    "成文日期": "issued",
    "印发日期": "issued",
    "发布日期": "published",
    "发布时间": "published",
    "日期": "published",
    "时间": "published",
    "施行日期": "effective",
    "来源": "source",
    "文章来源": "source",
    "编写依据": "source",
    "作者": "author",
    "有效期": "validity",
    "资料截至": "as_of",
    "性质": "nature",
}
_DATES = {"issued", "published", "effective", "as_of"}
_ALTERNATIVES = "|".join(sorted(_LABELS, key=len, reverse=True))
_FIELD = re.compile(
    rf"(?:^|(?<=[\s|｜]))({_ALTERNATIVES})[ \t]*[:：][ \t]*(.*?)(?=[\s|｜]+(?:{_ALTERNATIVES})[ \t]*[:：]|$)"
)
_MAX_TITLE = 60
_MAX_HEADER_LINES = 20


def parse_header(text: str, start: int = 0) -> tuple[Header, int]:
    """Recognise the title and header lines at the top of a text.

    Parameters
    ----------
    text
        The document's text.
    start
        Where to begin: behind a running header of the first page.

    Returns
    -------
    Header, int
        The fields (unknown ones None), and the offset at which the header block ends; 0 without a header.
    """
    fields: dict[str, str] = {}
    position, end = start, 0
    for number, line in enumerate(text[start:].splitlines(keepends=True)[:_MAX_HEADER_LINES]):
        content = line.strip()
        if content:
            found = _FIELD.findall(content) if _FIELD.match(content) else []
            if found:
                for label, value in found:
                    _set(fields, _LABELS[label], value.strip())
            elif (
                "title" not in fields and not fields and _looks_like_title(content, number, text, position + len(line))
            ):
                fields["title"] = content.lstrip("#").strip()
            else:
                break
            end = position + len(line)
        position += len(line)
    return replace(Header(), **fields), end


def _set(fields: dict[str, str], name: str, value: str) -> None:
    if not value or name in fields:
        return
    if name in _DATES:
        date = parse_date(value)
        if date is None:
            return
        value = date
    fields[name] = value


def _looks_like_title(line: str, number: int, text: str, after: int) -> bool:
    """Tell whether the first line with text is a title: a Markdown heading, or short, unpunctuated, and set apart."""
    if line.startswith("#"):
        return re.match(r"#{1,2}\s+\S", line) is not None
    if len(line) > _MAX_TITLE or line[-1] in "。；;，,、!！?？" or number > 2:
        return False
    rest = text[after:].lstrip("\n")
    following = rest.split("\n", 1)[0].strip()
    set_apart = text[after:].startswith("\n") or _FIELD.match(following) is not None
    return bool(following) and set_apart
