"""Text on pictures: scanned pages, image files, and what is said where it cannot be recognised."""

import io
import struct
import zlib

import pytest
from ofd_help import Ofd
from ofd_help import text as ofd_text
from PIL import Image, ImageOps
from place import Place
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas
from scans import A4_200, MARGIN, NOTICE, accuracy, drawn, font, saved, wrapped

from rag.answer import answer_question
from rag.boxes import boxes as boxes_of_document
from rag.errors import ReadError
from rag.extract import extract
from rag.quoting import OCR_NOTE
from rag.readers.ocr import Recogniser
from rag.readers.ofd import boxes as ofd_boxes
from rag.readers.pdf import boxes
from rag.settings import Tuning

TASK = "每年3月31日前完成劳动力资源调查"


@pytest.fixture(scope="module")
def recogniser() -> Recogniser:
    recogniser = Recogniser()
    if not recogniser.is_available:
        pytest.skip("needs the extra [ocr]")
    return recogniser


def mixed(*scans: Image.Image) -> bytes:
    """A PDF: a page with text, the scans, a page with text."""
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=A4)
    canvas.drawString(90, 700, "The first page has text of its own.")
    canvas.showPage()
    for scan in scans:
        canvas.drawImage(ImageReader(scan), 0, 0, *A4)
        canvas.showPage()
    canvas.drawString(90, 700, "The last page, too.")
    canvas.showPage()
    canvas.save()
    return stream.getvalue()


def test_a_scanned_page_takes_its_place_between_pages_with_text(recogniser: Recogniser) -> None:
    data = mixed(drawn(NOTICE[4:8]), Image.new("L", (800, 1100), "white"))
    recogniser.begin_file()
    found = extract("混合.pdf", data, recogniser)
    assert (found.ocr_pages, found.pages_without_text, len(found.pages)) == ((2,), (3,), 4)
    texts = [found.text[start:end].strip() for start, end in found.pages]
    assert (texts[0], texts[2], texts[3]) == ("The first page has text of its own.", "", "The last page, too.")
    assert texts[1].split("\n\n") == list(NOTICE[4:8])
    assert found.warnings == ("第 2 页的文字由图像识别（OCR）得到，可能有误，引用前请核对原件。",)
    start = found.text.index(TASK)
    shown = boxes(data, found, start, start + len(TASK), recogniser)
    assert {page for page, *_ in shown} == {2}
    points = 72 / 200
    (_, left, top, right, bottom, *_) = shown[0]
    lines = [line for text in NOTICE[4:8] for line in wrapped("　　" + text, A4_200[0] - 2 * MARGIN, 33)]
    (row,) = (number for number, line in enumerate(lines) if TASK in line)
    before = font(33).getlength(lines[row].partition(TASK)[0])
    assert abs(left - (MARGIN + before) * points) < 6
    assert abs(right - left - font(33).getlength(TASK) * points) < 12
    # The font stands 9 pixels below the place it is drawn at.
    assert abs(top - (MARGIN + 53 * row + 9) * points) < 4 and 10 < bottom - top < 15


def small(*texts: str) -> Image.Image:
    return drawn(texts, page=(1000, 80 + 60 * len(texts)), left=30, width=940, top=30)


def test_an_image_file_is_a_page_and_its_kind_is_judged_by_content(recogniser: Recogniser) -> None:
    for name, kind in (("扫描.png", "PNG"), ("其实是.pdf", "JPEG"), ("其实是.txt", "BMP")):
        recogniser.begin_file()
        found = extract(name, saved(small("补助标准为每人每年1.2万元。"), kind), recogniser)
        assert (found.text, found.format) == ("补助标准为每人每年1.2万元。", kind.lower())
        assert (found.pages, found.ocr_pages) == (((0, 15),), (1,))


def test_the_space_after_the_number_of_a_clause_is_kept(recogniser: Recogniser) -> None:
    recogniser.begin_file()
    found = extract(
        "条.png", saved(small("第三条　项目管理遵循公开的原则。", "依照第三条项目管理的规定执行。")), recogniser
    )
    assert found.text.split("\n\n") == ["第三条　项目管理遵循公开的原则。", "依照第三条项目管理的规定执行。"]


def test_every_page_of_a_tiff_is_read(recogniser: Recogniser) -> None:
    recogniser.begin_file()
    pages = [small("第一页说明经费来源。").convert("1"), Image.new("1", (1000, 140), 1), small("第三页附有名单。")]
    found = extract("传真.tif", saved(pages[0], "TIFF", *pages[1:]), recogniser)
    assert [found.text[start:end].strip() for start, end in found.pages] == [
        "第一页说明经费来源。",
        "",
        "第三页附有名单。",
    ]
    assert (found.format, found.ocr_pages, found.pages_without_text) == ("tiff", (1, 3), (2,))


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_page_on_its_side_or_upside_down_is_turned(recogniser: Recogniser, turns: int) -> None:
    image = small("（一）摸清底数，每年3月底前完成调查。", "（二）精准对接，每季度举办一次招聘会。")
    recogniser.begin_file()
    found = extract("倒.png", saved(image.rotate(90 * turns, expand=True)), recogniser)
    assert found.text.split("\n\n") == [
        "（一）摸清底数，每年3月底前完成调查。",
        "（二）精准对接，每季度举办一次招聘会。",
    ]


def test_a_camera_says_how_its_picture_was_held(recogniser: Recogniser) -> None:
    image = small("补助标准为每人每年1.2万元。")
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise by a quarter
    stream = io.BytesIO()
    image.rotate(90, expand=True).save(stream, "JPEG", exif=exif)
    recogniser.begin_file()
    assert extract("照片.jpg", stream.getvalue(), recogniser).text == "补助标准为每人每年1.2万元。"


def test_text_on_a_transparent_ground_is_read(recogniser: Recogniser) -> None:
    ink = Image.new("RGBA", (1000, 140), (0, 0, 0, 0))
    ink.putalpha(ImageOps.invert(small("补助标准为每人每年1.2万元。")))
    recogniser.begin_file()
    assert extract("图.webp", saved(ink, "WEBP"), recogniser).text == "补助标准为每人每年1.2万元。"


def test_an_ofd_page_of_images_is_recognised(recogniser: Recogniser) -> None:
    scan = drawn(NOTICE[4:8])
    # Saved in two strips, as some scanners do; the second has a matrix instead of filling its boundary.
    strips = [scan.crop((0, 0, 1654, 420)), scan.crop((0, 420, 1654, 2339))]
    high = 297 * 420 / 2339
    images = (
        f'<ofd:ImageObject ID="4" Boundary="0 0 210 {high}" ResourceID="91"/>'
        f'<ofd:ImageObject ID="5" Boundary="0 {high} 210 {297 - high}" CTM="210 0 0 {297 - high} 0 0" ResourceID="92"/>'
    )
    media = "".join(
        f'<ofd:MultiMedia ID="{9}{n}" Type="Image"><ofd:MediaFile>strip_{n}.jpg</ofd:MediaFile></ofd:MultiMedia>'
        for n in (1, 2)
    )
    document = Ofd(
        [ofd_text("第一页有文字。", 28, 60), images],
        resources=f"<ofd:MultiMedias>{media}</ofd:MultiMedias>",
        files={f"Doc_0/Res/strip_{n}.jpg": saved(strip, "JPEG") for n, strip in enumerate(strips, 1)},
    )
    recogniser.begin_file()
    found = extract("公文.ofd", document.bytes(), recogniser)
    assert (found.ocr_pages, found.pages_without_text) == ((2,), ())
    assert found.text.split("\n\n") == ["第一页有文字。", *NOTICE[4:8]]
    start = found.text.index(TASK)
    box, *_ = ofd_boxes(document.bytes(), found, start, start + 2, recogniser)
    assert box.page == 2 and 0 < box.left < box.right < box.page_width
    (warning,) = extract("公文.ofd", document.bytes(), Recogniser(seconds=0)).warnings
    assert warning.startswith("第 2 页是图像（可能是扫描件），其中的文字未能读取：")


def test_pages_beyond_the_time_are_named(recogniser: Recogniser) -> None:
    hurried = Recogniser(seconds=1e-9)
    hurried._engine = recogniser._engine
    pages = [small("第一页说明经费来源。"), small("第二页附有名单。"), small("第三页附有名单。")]
    found = extract("多页.tif", saved(pages[0], "TIFF", *pages[1:]), hurried)
    assert found.text == "第一页说明经费来源。"
    assert (found.ocr_pages, found.pages_without_text) == ((1,), (2, 3))
    assert found.warnings[1].startswith("第 2、3 页的图像文字未识别：") and "RAG_OCR_SECONDS" in found.warnings[1]


def test_without_the_extra_the_pages_are_named_and_a_scan_is_skipped_with_the_advice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("rag.readers.ocr.is_installed", lambda: False)
    scan = drawn(NOTICE[:2])
    absent = Recogniser()
    found = extract("混合.pdf", mixed(scan, scan), absent)
    assert (found.pages_without_text, found.ocr_pages) == ((2, 3), ())
    (warning,) = found.warnings
    assert warning == (
        "第 2、3 页是图像（可能是扫描件），其中的文字未能读取：请安装 OCR 组件（pip install -e '.[ocr]'）后更新索引。"
    )
    for name, data in (("扫描.pdf", saved(scan, "PDF")), ("扫描.png", saved(scan)), ("扫描.jpg", saved(scan, "JPEG"))):
        with pytest.raises(ReadError, match=r"可能是扫描件；请安装 OCR 组件（pip install -e '\.\[ocr\]'）"):
            extract(name, data, absent)
    with pytest.raises(ReadError, match="RAG_OCR_SECONDS=0"):
        extract("扫描.png", saved(scan), Recogniser(seconds=0))


def test_nothing_recognised_is_said(recogniser: Recogniser) -> None:
    recogniser.begin_file()
    with pytest.raises(ReadError, match="没有识别出文字"):
        extract("风景.png", saved(Image.linear_gradient("L")), recogniser)
    with pytest.raises(ReadError, match="没有识别出文字"):
        extract("白.pdf", saved(Image.new("L", (800, 1100), "white"), "PDF"), recogniser)


def huge_png() -> bytes:
    """A header that promises 40,000 × 40,000 pixels."""
    header = struct.pack(">IIBBBBB", 40_000, 40_000, 8, 0, 0, 0, 0)
    chunk = struct.pack(">I", 13) + b"IHDR" + header + struct.pack(">I", zlib.crc32(b"IHDR" + header))
    return b"\x89PNG\r\n\x1a\n" + chunk + struct.pack(">I", 1000) + b"IDAT" + bytes(1004)


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("大.png", huge_png(), "万像素"),
        ("断.png", saved(Image.effect_noise((300, 300), 90))[:2000], "已损坏"),
        ("断.jpg", saved(Image.effect_noise((300, 300), 90), "JPEG")[:300], "已损坏"),
        ("断.tif", saved(Image.effect_noise((300, 300), 90), "TIFF")[:300], "已损坏"),
        ("假.png", b"no picture at all", "已损坏"),
    ],
)
def test_a_bad_picture_is_one_sentence(recogniser: Recogniser, name: str, data: bytes, sentence: str) -> None:
    recogniser.begin_file()
    with pytest.raises(ReadError, match=sentence):
        extract(name, data, recogniser)


def test_a_worker_recognises_within_its_bounds_of_memory_and_the_index_keeps_what_was_recognised(place: Place) -> None:
    if not Recogniser().is_available:
        pytest.skip("needs the extra [ocr]")
    (place.settings.documents / "通知.png").write_bytes(saved(drawn(NOTICE[:6])))
    place.write("乙.txt", "乙县的通知没有数字。")
    (other, report) = place.build().documents
    assert (report.document, report.status, report.format, report.ocr_pages) == ("通知.png", "added", "png", 1)
    assert (other.ocr_pages, report.warnings) == (
        0,
        ("第 1 页的文字由图像识别（OCR）得到，可能有误，引用前请核对原件。",),
    )
    document = place.library().document("通知.png")
    assert document.ocr_pages == (1,) and accuracy(document.text, "".join(NOTICE[:6])) >= 0.98
    start = document.text.index("3.85万人")
    ((page, left, top, right, bottom, width, height),) = boxes_of_document(place.settings, document, start, start + 6)
    assert page == 1 and (round(width), round(height)) == (595, 842)
    assert 0 < left < right < width and 9 < bottom - top < 16 and 20 < right - left < 70
    question = "到2025年底全市建成多少个劳务协作站？"
    answer = answer_question(place.library(), place.embedder, question, tuning=Tuning(threshold=0.0))
    notes = {citation.document: citation.note for citation in answer.citations}
    assert notes["通知.png"] == OCR_NOTE and notes.get("乙.txt") is None
