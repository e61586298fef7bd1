"""Where a quote stands on the pages of its file, asked for by document and range."""

import io
from dataclasses import replace

import pytest
from ofd_help import Ofd
from ofd_help import text as ofd_text
from place import Place
from writing import Block, typeset

from rag.boxes import boxes
from rag.documents import read_document
from rag.errors import DocumentMissing, ReadError
from rag.readers.places import Box

BLOCKS = [Block(f"第{number}条　甲县每年投入资金{number * 11}万元，由双方共同管理。") for number in range(1, 60)]
SENTENCE = "甲县每年投入资金550万元"


def saved(place: Place, name: str, data: bytes) -> None:
    path = place.settings.documents / name
    path.write_bytes(data)


def found(place: Place, name: str, quote: str) -> list[Box]:
    document, _ = read_document(place.settings, name)
    start = document.text.index(quote)
    return boxes(place.settings, document, start, start + len(quote))


def test_a_quote_of_a_pdf_has_a_box_on_its_page(place: Place) -> None:
    saved(place, "办法.pdf", typeset(BLOCKS, size=12))
    (box,) = found(place, "办法.pdf", SENTENCE)
    assert box.page == 2
    assert (box.page_width, box.page_height) == pytest.approx((595.3, 841.9), abs=0.1)
    # 60 points of margin, two characters of indent, then 第50条 and a space of one character.
    assert box.left == pytest.approx(60 + 24 + 12 + 2 * 6 + 12 + 12, abs=13)
    assert box.bottom - box.top == pytest.approx(12, abs=0.5)


def test_a_turned_page_has_boxes_as_it_is_shown(place: Place) -> None:
    import pypdfium2

    document = pypdfium2.PdfDocument(typeset(BLOCKS[:3], size=12))
    document[0].set_rotation(90)
    stream = io.BytesIO()
    document.save(stream)
    saved(place, "横.pdf", stream.getvalue())
    (box,) = found(place, "横.pdf", "甲县每年投入资金22万元")
    assert (box.page_width, box.page_height) == pytest.approx((841.9, 595.3), abs=0.1)
    # Lines of the page run down when it is shown turned clockwise.
    assert box.bottom - box.top > 5 * (box.right - box.left)
    assert 0 < box.left < box.right < 841.9 and 0 < box.top < box.bottom < 595.3


def test_a_quote_of_an_ofd_has_a_box(place: Place) -> None:
    saved(place, "通知.ofd", Ofd([ofd_text("第一页的文字。", 30, 50), ofd_text("共建园区十二个。", 30, 80)]).bytes())
    (box,) = found(place, "通知.ofd", "十二个")
    millimetre = 72 / 25.4
    assert box.page == 2
    assert (box.left, box.right) == pytest.approx(((30 + 4 * 5.64) * millimetre, (30 + 7 * 5.64) * millimetre), abs=0.5)
    assert box.top < 80 * millimetre < box.bottom
    assert (box.page_width, box.page_height) == pytest.approx((210 * millimetre, 297 * millimetre), abs=0.1)


def test_formats_without_pages_have_none(place: Place) -> None:
    place.write("甲.txt", "产业协作办法\n\n每年投入资金十万元。\n")
    assert found(place, "甲.txt", "十万元") == []


def test_a_changed_file_and_a_missing_one_are_sentences(place: Place) -> None:
    saved(place, "办法.pdf", typeset(BLOCKS[:5]))
    document, _ = read_document(place.settings, "办法.pdf")
    saved(place, "办法.pdf", typeset(BLOCKS[6:9]))
    with pytest.raises(ReadError, match="改变"):
        boxes(place.settings, document, 0, 5)
    with pytest.raises(DocumentMissing, match="原文件"):
        boxes(place.settings, replace(document, path="不在.pdf"), 0, 5)
    with pytest.raises(DocumentMissing, match="原文件"):
        boxes(place.settings, replace(document, path="../办法.pdf"), 0, 5)
