"""How long reading takes, a page and beside plain text, for each format.

    python benchmarks/reading.py [--sections 10] [--scanned 2]

The files hold the same made-up text and are written by the libraries of the tests (`pip install -e '.[test]'`). A page
is one of the format's own, else 800 characters. `beside text` is the time a character takes beside that of a UTF-8 text
in the same run. `--scanned 0` leaves out recognition, which needs the extra `[ocr]`.
"""

import argparse
import importlib.util
import io
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from ofd_help import LEFT, LINES, PITCH, TOP, Ofd  # noqa: E402
from ofd_help import text as ofd_text  # noqa: E402
from writing import Block, as_docx, as_html, policy, typeset, wanted  # noqa: E402

from rag.extract import extract  # noqa: E402
from rag.readers.extracted import Extracted  # noqa: E402
from rag.readers.ocr import Recogniser  # noqa: E402

PAGE = 800
A_LINE = 28


def as_text(blocks: Sequence[Block]) -> bytes:
    """Write plain text."""
    return "\n\n".join(wanted(blocks)).encode()


def as_xlsx(blocks: Sequence[Block]) -> bytes:
    """Write a workbook: each paragraph in a row, between a number and an amount."""
    import openpyxl

    book = openpyxl.Workbook()
    book.active.append(["序号", "内容", "金额"])
    for number, line in enumerate(wanted(blocks), 1):
        book.active.append([number, line, number * 12.5])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def as_pptx(blocks: Sequence[Block]) -> bytes:
    """Write slides with a paragraph each."""
    from pptx import Presentation

    show = Presentation()
    for line in wanted(blocks):
        slide = show.slides.add_slide(show.slide_layouts[1])
        slide.shapes.title.text = "工作任务"
        slide.placeholders[1].text = line
    stream = io.BytesIO()
    show.save(stream)
    return stream.getvalue()


def as_ofd(blocks: Sequence[Block]) -> bytes:
    """Write an OFD file in lines of 28 characters."""
    lines = [line[at : at + A_LINE] for line in wanted(blocks) for at in range(0, len(line), A_LINE)]
    pages = [
        "".join(ofd_text(line, LEFT, TOP + PITCH * row) for row, line in enumerate(lines[at : at + LINES]))
        for at in range(0, len(lines), LINES)
    ]
    return Ofd(pages).bytes()


def scanned(pdf: bytes, pages: int) -> bytes:
    """Make pictures of the first pages of a PDF, at 200 dots an inch."""
    import pypdfium2

    document = pypdfium2.PdfDocument(pdf)
    pictures = [document[number].render(scale=200 / 72).to_pil().convert("RGB") for number in range(pages)]
    stream = io.BytesIO()
    pictures[0].save(stream, "PDF", save_all=True, append_images=pictures[1:], resolution=200)
    return stream.getvalue()


def measure(name: str, data: bytes, repeat: int, recogniser: Recogniser | None = None) -> tuple[Extracted, float]:
    """Read a file several times: what was read, and the shortest time in seconds."""
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        found = extract(name, data, recogniser)
        times.append(time.perf_counter() - start)
    return found, min(times)


def main() -> int:
    """Write the files, read them, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--sections", type=int, default=10, help="chapters of the text, 1 to 10, each some 1,000 characters"
    )
    parser.add_argument("--scanned", type=int, default=2, help="pages to recognise; 0 for none")
    options = parser.parse_args()
    blocks = [block for seed in range(4) for block in policy(seed, options.sections, 40)]
    pdf = typeset(blocks)
    made: dict[str, Callable[[], bytes]] = {
        "txt": lambda: as_text(blocks),
        "html": lambda: as_html(blocks).encode(),
        "docx": lambda: as_docx(blocks),
        "xlsx": lambda: as_xlsx(blocks),
        "pptx": lambda: as_pptx(blocks),
        "pdf": lambda: pdf,
        "ofd": lambda: as_ofd(blocks),
    }
    print("| file | pages | characters | seconds | ms a page | beside text |\n|---|---|---|---|---|---|")
    a_character = 0.0

    def show(label: str, found: Extracted, seconds: float) -> None:
        pages = len(found.pages) or max(1, round(len(found.text) / PAGE))
        each = seconds / len(found.text)
        print(
            f"| {label} | {pages} | {len(found.text):,} | {seconds:.3f} | {1000 * seconds / pages:.1f} "
            f"| {each / (a_character or each):,.0f} |",
            flush=True,
        )

    for kind, write in made.items():
        data = write()
        measure(f"a.{kind}", data, 1)
        found, seconds = measure(f"a.{kind}", data, 3)
        show(kind, found, seconds)
        a_character = a_character or seconds / len(found.text)
    two = typeset(blocks, columns=2)
    show("pdf, two columns", *measure("a.pdf", two, 3))
    if options.scanned and importlib.util.find_spec("rapidocr"):
        recogniser = Recogniser(600.0, lambda: None)
        recogniser.begin_file()
        measure("a.pdf", scanned(pdf, 1), 1, recogniser)
        show("pdf, scanned", *measure("a.pdf", scanned(pdf, options.scanned), 1, recogniser))
    return 0


if __name__ == "__main__":
    sys.exit(main())
