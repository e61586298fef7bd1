"""What a build said of a file → the words that the terminal and the page show."""

from rag.reports import FileReport

_NAMED = 2
_LONGEST_FIELD = 30


def pages_text(file: FileReport) -> str:
    """Pages, those without text, and those read by OCR: `12 页 · 无文字 2 · OCR 1`; empty where there are none."""
    parts = [f"{file.pages} 页"] if file.pages else []
    parts += [f"无文字 {file.pages_without_text}"] if file.pages_without_text else []
    parts += [f"OCR {file.ocr_pages}"] if file.ocr_pages else []
    return " · ".join(parts)


def format_text(file: FileReport) -> str:
    """Format, and the encoding of formats that are text: `txt gb18030`."""
    return " ".join(part for part in (file.format, file.encoding) if part)


def found_text(file: FileReport) -> str:
    """The header fields that were recognised, and how the document ends; empty where there are none."""
    header, standing = file.header, file.standing
    fields = (
        ("标题", header.title),
        ("发文字号", header.doc_number),
        ("发文机关", header.issuer),
        ("主送", header.recipients),
        ("成文日期", header.issued),
        ("发布日期", header.published),
        ("施行日期", header.effective),
        ("来源", header.source),
        ("作者", header.author),
        ("效力", header.validity),
    )
    parts = [f"{name} {_short(value)}" for name, value in fields if value]
    if standing.ended:
        day = f"{standing.until} 后" if standing.until else "已"
        parts.append(f"{day}{standing.ended}" + (f"（见 {standing.successor}）" if standing.successor else ""))
    return "；".join(parts)


def _short(value: str) -> str:
    return value if len(value) <= _LONGEST_FIELD else value[: _LONGEST_FIELD - 1] + "…"


def remarks(file: FileReport) -> list[str]:
    """What a reader of the receipt should look at, one Chinese phrase each."""
    found = []
    if file.near_duplicate:
        found.append(f"与 {file.near_duplicate} {'正文相同' if file.same_text else '基本相同'}")
    found += file.warnings
    if file.clause_gaps:
        found.append(f"条款编号不连续：{'、'.join(file.clause_gaps)}")
    if file.named_missing:
        more = f" 等 {len(file.named_missing)} 份" if len(file.named_missing) > _NAMED else ""
        found.append(f"提到但文件夹中没有：{'、'.join(file.named_missing[:_NAMED])}{more}")
    return found
