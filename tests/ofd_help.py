"""A small writer of OFD files after GB/T 33190—2016, and a typesetter for official documents (GB/T 9704)."""

import io
import posixpath
import zipfile
from dataclasses import dataclass, field
from xml.sax.saxutils import escape, quoteattr

NAMESPACE = "http://www.ofdspec.org/2016"
SIZE = 5.64  # 三号, in mm
LEFT, RIGHT, TOP = 28.0, 28.0 + 28 * SIZE, 37.0
PITCH = 10.2
LINES = 22


def is_wide(char: str) -> bool:
    return ord(char) > 0x2000


def text(
    line: str, x: float, y: float, size: float = SIZE, *, font: int = 1, extra: str = "", spread: float = 0.0
) -> str:
    """Write one TextObject; `y` is the base line."""
    widths = [size + spread if is_wide(char) else size / 2 for char in line]
    deltas: list[tuple[int, float]] = []
    for width in widths[:-1]:
        if deltas and deltas[-1][1] == width:
            deltas[-1] = (deltas[-1][0] + 1, width)
        else:
            deltas.append((1, width))
    delta = " ".join(f"g {count} {width:.3f}" if count > 1 else f"{width:.3f}" for count, width in deltas)
    attribute = f' DeltaX="{delta}"' if delta else ""
    boundary = f"{x:.3f} {y - 0.88 * size:.3f} {sum(widths) or 1:.3f} {1.2 * size:.3f}"
    return (
        f'<ofd:TextObject ID="1" Boundary="{boundary}" Font="{font}" Size="{size}"{extra}>'
        f'<ofd:FillColor Value="0 0 0"/><ofd:TextCode X="0" Y="{0.88 * size:.3f}"{attribute}>{escape(line)}</ofd:TextCode>'
        "</ofd:TextObject>"
    )


def line(x0: float, y0: float, x1: float, y1: float) -> str:
    """Write a ruling line."""
    return (
        f'<ofd:PathObject ID="2" Boundary="{x0} {y0} {max(x1 - x0, 0.1)} {max(y1 - y0, 0.1)}" LineWidth="0.2">'
        f"<ofd:AbbreviatedData>M 0 0 L {x1 - x0} {y1 - y0}</ofd:AbbreviatedData></ofd:PathObject>"
    )


def table(rows: list[list[str]], x: float, y: float, width: float = 40.0, height: float = 9.0) -> str:
    """Write a table with all its ruling lines."""
    across = [line(x, y + row * height, x + width * len(rows[0]), y + row * height) for row in range(len(rows) + 1)]
    down = [line(x + at * width, y, x + at * width, y + height * len(rows)) for at in range(len(rows[0]) + 1)]
    cells = [
        text(cell, x + at * width + 2, y + row * height + 6.5, 4.2)
        for row, values in enumerate(rows)
        for at, cell in enumerate(values)
        if cell
    ]
    return "".join(across + down + cells)


def centred(title: str, y: float, size: float) -> str:
    return text(title, (LEFT + RIGHT) / 2 - size * len(title) / 2, y, size)


def broken(paragraph: str, indent: int = 2) -> list[tuple[str, float]]:
    """Break a paragraph into lines of 28 characters: text, and x; never before closing punctuation."""
    lines: list[tuple[str, float]] = []
    rest, room, x = paragraph, 28 - indent, LEFT + indent * SIZE
    while rest:
        used, count = 0.0, 0
        while count < len(rest) and used + (1 if is_wide(rest[count]) else 0.5) <= room:
            used += 1 if is_wide(rest[count]) else 0.5
            count += 1
        while count < len(rest) and (
            rest[count] in "，。；：、）》”" or (rest[count].isascii() and rest[count - 1].isascii())
        ):
            count -= 1
        lines.append((rest[:count], x))
        rest, room, x = rest[count:], 28, LEFT
    return lines


def typeset(paragraphs: list[str]) -> list[str]:
    """Set paragraphs on pages with their numbers (`— 1 —`) below."""
    lines = [found for paragraph in paragraphs for found in broken(paragraph)]
    pages: list[str] = []
    for start in range(0, len(lines), LINES):
        objects = [text(words, x, TOP + (at + 1) * PITCH) for at, (words, x) in enumerate(lines[start : start + LINES])]
        number = text(f"— {len(pages) + 1} —", RIGHT - 30, 285.0, 4.94)
        pages.append("".join([*objects, number]))
    return pages


@dataclass
class Ofd:
    """Contents of the pages of one document, and what else the container holds."""

    pages: list[str]
    templates: dict[int, str] = field(default_factory=dict)
    used: dict[int, int] = field(default_factory=dict)
    resources: str = ""
    document: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    namespace: str = NAMESPACE
    prefix: str = "ofd:"
    page_path: str = "Pages/Page_{}/Content.xml"
    box: str = "0 0 210 297"

    def bytes(self) -> bytes:
        return container([self])

    def parts(self, folder: str) -> dict[str, str]:
        named = "".join(
            f'<ofd:Page ID="{10 + at}" BaseLoc={quoteattr(self.page_path.format(at))}/>'
            for at in range(len(self.pages))
        )
        templates = "".join(
            f'<ofd:TemplatePage ID="{at}" BaseLoc="Tpls/Tpl_{at}/Content.xml"/>' for at in self.templates
        )
        found = {
            f"{folder}/Document.xml": f"<ofd:Document XMLNS><ofd:CommonData><ofd:MaxUnitID>99</ofd:MaxUnitID><ofd:PageArea>"
            f"<ofd:PhysicalBox>{self.box}</ofd:PhysicalBox></ofd:PageArea><ofd:PublicRes>PublicRes.xml</ofd:PublicRes>"
            f"{templates}</ofd:CommonData><ofd:Pages>{named}</ofd:Pages>{self.document}</ofd:Document>",
            f"{folder}/PublicRes.xml": '<ofd:Res XMLNS BaseLoc="Res"><ofd:Fonts><ofd:Font ID="1" FontName="仿宋"/>'
            f'<ofd:Font ID="2" FontName="黑体"/></ofd:Fonts>{self.resources}</ofd:Res>',
        }
        for at, content in enumerate(self.pages):
            template = f'<ofd:Template TemplateID="{self.used[at]}" ZOrder="Background"/>' if at in self.used else ""
            path = self.page_path.format(at).replace("\\", "/").lstrip("/")
            path = posixpath.normpath(path if path.startswith(folder) else f"{folder}/{path}")
            found[path] = (
                f'<ofd:Page XMLNS>{template}<ofd:Content><ofd:Layer ID="5">{content}</ofd:Layer></ofd:Content></ofd:Page>'
            )
        for at, content in self.templates.items():
            found[f"{folder}/Tpls/Tpl_{at}/Content.xml"] = (
                f'<ofd:Page XMLNS><ofd:Content><ofd:Layer ID="6">{content}</ofd:Layer></ofd:Content></ofd:Page>'
            )
        return {path: self._xml(content) for path, content in found.items()}

    def _xml(self, content: str) -> str:
        attribute = "xmlns:ofd" if self.prefix else "xmlns"
        content = content.replace("XMLNS", f'{attribute}="{self.namespace}"')
        return '<?xml version="1.0" encoding="UTF-8"?>' + content.replace(
            "ofd:", self.prefix, -1 if not self.prefix else 0
        )


def container(documents: list[Ofd]) -> bytes:
    """Write the container."""
    bodies = "".join(
        f"<ofd:DocBody><ofd:DocInfo><ofd:DocID>44f68ef26f2a4d1caa8fb7b0d9c6ab3{at}</ofd:DocID></ofd:DocInfo>"
        f"<ofd:DocRoot>Doc_{at}/Document.xml</ofd:DocRoot><ofd:Signatures>/Doc_{at}/Signs/Signatures.xml</ofd:Signatures>"
        "</ofd:DocBody>"
        for at in range(len(documents))
    )
    files: dict[str, str | bytes] = {
        "OFD.xml": f'<?xml version="1.0" encoding="UTF-8"?><ofd:OFD xmlns:ofd="{NAMESPACE}" Version="1.0" DocType="OFD">{bodies}</ofd:OFD>'
    }
    for at, document in enumerate(documents):
        files |= document.parts(f"Doc_{at}")
        files |= document.files
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return buffer.getvalue()
