"""How well clean scans are recognised; `pytest -m heavy -s tests/test_ocr_accuracy.py` prints the figures."""

import io
import shutil
import subprocess
import time
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image, ImageFilter
from scans import LETTERS, NOTICE, TABLE_FREE, accuracy, drawn, folded, saved

from rag.extract import extract
from rag.readers.extracted import Extracted
from rag.readers.ocr import Recogniser

pytestmark = pytest.mark.heavy
TEXTS = (NOTICE, LETTERS, TABLE_FREE)
SONG, HEI = "Noto Serif CJK SC", "Noto Sans CJK SC"


@pytest.fixture(scope="module")
def recogniser() -> Recogniser:
    recogniser = Recogniser()
    if not recogniser.is_available:
        pytest.skip("needs the extra [ocr]")
    return recogniser


def printed(folder: Path, paragraphs: tuple[str, ...], face: str, points: float, columns: int = 1) -> list[Image.Image]:
    """Print with Chromium and draw the pages at 200 dots an inch."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("needs chromium")
    body = "".join(f"<p>{text}</p>" for text in paragraphs)
    style = (
        f"@page{{size:A4;margin:25mm}}body{{font:{points}pt/1.7 '{face}';text-align:justify}}"
        f"p{{text-indent:2em;margin:0}}{f'body{{column-count:{columns};column-gap:10mm}}' if columns > 1 else ''}"
    )
    (folder / "page.html").write_text(
        f"<html lang='zh-CN'><meta charset='utf-8'><style>{style}</style><body>{body}</body></html>", "utf-8"
    )
    options = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--no-pdf-header-footer",
        f"--user-data-dir={folder / 'user'}",
    ]
    subprocess.run(
        [chromium, *options, f"--print-to-pdf={folder / 'page.pdf'}", str(folder / "page.html")],
        check=True,
        capture_output=True,
        timeout=120,
    )
    document = pypdfium2.PdfDocument((folder / "page.pdf").read_bytes())
    return [page.render(scale=200 / 72).to_pil().convert("RGB") for page in document]


def exact(found: Extracted, truth: tuple[str, ...]) -> int:
    """Count the paragraphs that came back whole, without an error and with nothing joined to them."""
    blocks = {folded(block) for block in found.text.split("\n\n")}
    return sum(folded(text) in blocks for text in truth)


def measured(name: str, data: bytes, truth: tuple[str, ...], recogniser: Recogniser) -> tuple[float, Extracted]:
    recogniser.begin_file()
    started = time.perf_counter()
    found = extract(name, data, recogniser)
    seconds = (time.perf_counter() - started) / len(found.pages)
    share = accuracy(found.text, "".join(truth))
    whole = exact(found, truth)
    print(f"\n{share:.4f} of characters, {whole} of {len(truth)} paragraphs exact, {seconds:.1f} s a page", end="")
    return share, found


@pytest.mark.parametrize(
    ("face", "points", "columns"), [(SONG, 16, 1), (SONG, 12, 1), (HEI, 10.5, 1), (SONG, 9, 1), (SONG, 10.5, 2)]
)
def test_clean_scans_of_printed_pages(
    tmp_path: Path, recogniser: Recogniser, face: str, points: float, columns: int
) -> None:
    truth = tuple(text for texts in TEXTS for text in texts) * columns
    pages = printed(tmp_path, truth, face, points, columns)
    share, found = measured("扫描.pdf", saved(pages[0], "PDF", *pages[1:]), truth, recogniser)
    assert share >= 0.98
    assert exact(found, truth) >= 0.85 * len(truth)


@pytest.mark.parametrize("degrees", [-5.0, -1.0, 0.5, 2.0])
def test_pages_laid_aslant(recogniser: Recogniser, degrees: float) -> None:
    page = drawn(LETTERS).rotate(degrees, resample=Image.Resampling.BICUBIC, fillcolor="white")
    share, found = measured("斜.png", saved(page), LETTERS, recogniser)
    assert share >= 0.98 and exact(found, LETTERS) >= 12


@pytest.mark.parametrize("rotate", [90, 180, 270])
def test_pages_that_a_viewer_turns(recogniser: Recogniser, rotate: int) -> None:
    document = pypdfium2.PdfDocument(saved(drawn(LETTERS).rotate(rotate, expand=True), "PDF"))
    document[0].set_rotation(rotate)
    stream = io.BytesIO()
    document.save(stream)
    share, _ = measured("转.pdf", stream.getvalue(), LETTERS, recogniser)
    assert share >= 0.98


def test_a_grey_and_noisy_copy(recogniser: Recogniser) -> None:
    page = drawn(LETTERS).filter(ImageFilter.GaussianBlur(0.8))
    page = Image.blend(page, Image.effect_noise(page.size, 60), 0.25)
    assert measured("旧.jpg", saved(page, "JPEG"), LETTERS, recogniser)[0] >= 0.95


def test_a_page_of_150_dots_an_inch(recogniser: Recogniser) -> None:
    page = drawn(LETTERS).resize((1240, 1754), Image.Resampling.LANCZOS)
    assert measured("低.png", saved(page), LETTERS, recogniser)[0] >= 0.98


def test_a_long_screenshot(recogniser: Recogniser) -> None:
    texts = tuple(text for texts in TEXTS for text in texts) * 3
    page = drawn(texts, page=(1080, 14_000), left=60, width=960, top=60, size=42)
    assert measured("长图.png", saved(page), texts, recogniser)[0] >= 0.98
