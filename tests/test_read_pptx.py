"""Presentations written by python-pptx, read back character by character."""

import pptx
import pytest
from office import changed, check_hostile, check_ranges, check_survives, members, packed, saved
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches

from rag.errors import ReadError
from rag.readers.pptx import read_pptx

MAIN = "ppt/presentation.xml"
SLIDE = "ppt/slides/slide1.xml"
PLACE = (Inches(1), Inches(1), Inches(4), Inches(1))


def deck(*slides: tuple[str, str]):
    """A slide of title and text each."""
    presentation = pptx.Presentation()
    for title, text in slides:
        slide = presentation.slides.add_slide(presentation.slide_layouts[1])
        slide.shapes.title.text = title
        slide.placeholders[1].text = text
    return presentation


def test_slides_are_pages_and_titles_headings() -> None:
    presentation = deck(("就业政策解读", "补贴标准：每月１,000元①\n期限：“三年”"), ("二、办理流程", "先申请，后审核。"))
    presentation.slides[0].notes_slide.notes_text_frame.text = "讲解：注意时间。"
    found = read_pptx(saved(presentation))
    first = "就业政策解读\n\n补贴标准：每月１,000元①\n\n期限：“三年”\n\n讲解：注意时间。\n\n"
    assert found.text == first + "二、办理流程\n\n先申请，后审核。"
    assert found.pages == ((0, len(first)), (len(first), len(found.text)))
    assert [(found.text[start:end], level) for start, end, level in found.headings] == [
        ("就业政策解读", 1),
        ("二、办理流程", 1),
    ]
    assert (found.format, found.warnings, found.pages_without_text) == ("pptx", (), ())


def test_slides_without_text_keep_their_number() -> None:
    presentation = pptx.Presentation()
    blank = presentation.slide_layouts[6]
    for text in ("", "", "第三张", ""):
        slide = presentation.slides.add_slide(blank)
        if text:
            slide.shapes.add_textbox(*PLACE).text_frame.text = text
    found = read_pptx(saved(presentation))
    assert found.text == "第三张"
    assert found.pages == ((0, 0), (0, 0), (0, 3), (3, 3))
    assert found.pages_without_text == (1, 2, 4)


def test_the_title_comes_first_and_breaks_in_it_are_joined() -> None:
    presentation = pptx.Presentation()
    slide = presentation.slides.add_slide(presentation.slide_layouts[5])
    slide.shapes.title.text = "关于印发\v办法的\n通知"
    slide.shapes.add_textbox(*PLACE).text_frame.text = "框一"
    title = slide.shapes.title._element
    title.getparent().append(title)
    group = slide.shapes.add_group_shape()
    group.shapes.add_textbox(*PLACE).text_frame.text = "组内\v换行"
    found = read_pptx(saved(presentation))
    assert found.text == "关于印发办法的通知\n\n框一\n\n组内\n换行"
    assert found.headings == ((0, 9, 1),)


def test_tables_are_written_row_by_row_with_merged_cells() -> None:
    presentation = deck(("表", ""))
    table = presentation.slides[0].shapes.add_table(4, 3, *PLACE).table
    for row, values in enumerate([["区县", "补贴", ""], ["", "甲类", "乙类"], ["东城", "1", "2"], ["", "3", ""]]):
        for column, value in enumerate(values):
            table.cell(row, column).text = value
    table.cell(0, 0).merge(table.cell(1, 0))
    table.cell(0, 1).merge(table.cell(0, 2))
    table.cell(2, 0).merge(table.cell(3, 0))
    assert read_pptx(saved(presentation)).text == (
        "表\n\n区县：东城；补贴/甲类：1；补贴/乙类：2。\n区县：东城；补贴/甲类：3。"
    )


def test_automatic_numbers_are_written() -> None:
    presentation = deck(("步骤", "申请\n审核\n材料\n发放\n结束"))
    schemes = ["arabicPeriod", "arabicPeriod", "ea1ChsPlain", "arabicPeriod", "odd"]
    for paragraph, scheme in zip(presentation.slides[0].placeholders[1].text_frame.paragraphs, schemes, strict=True):
        paragraph.level = int(scheme == "ea1ChsPlain")
        properties = paragraph._p.get_or_add_pPr()
        properties.append(
            properties.makeelement("{http://schemas.openxmlformats.org/drawingml/2006/main}buAutoNum", {"type": scheme})
        )
    found = read_pptx(saved(presentation))
    assert found.text == "步骤\n\n1. 申请\n\n2. 审核\n\n一 材料\n\n3. 发放\n\n结束"
    assert found.warnings == ("自动编号格式“odd”不支持，这些编号未写出。",)


def test_furniture_is_left_out_and_charts_and_hidden_slides_are_reported() -> None:
    presentation = deck(("标题", "正文"))
    slide = presentation.slides[0]
    data = CategoryChartData()
    data.categories = ["甲"]
    data.add_series("x", (1,))
    slide.shapes.add_chart(XL_CHART_TYPE.PIE, *PLACE, data)
    slide._element.set("show", "0")
    footer = slide.shapes.add_textbox(*PLACE)
    footer.text_frame.text = "页脚"
    properties = footer._element.nvSpPr.nvPr
    properties.append(
        properties.makeelement("{http://schemas.openxmlformats.org/presentationml/2006/main}ph", {"type": "ftr"})
    )
    found = read_pptx(saved(presentation))
    assert found.text == "标题\n\n正文"
    assert found.warnings == (
        "第 1 张幻灯片是隐藏的，已照常读取。",
        "第 1 张幻灯片有图片、图表或嵌入对象，其中的文字未读取。",
    )


def test_slides_follow_the_order_of_the_presentation() -> None:
    presentation = deck(("甲", ""), ("乙", ""))
    ids = presentation.slides._sldIdLst
    ids.append(ids[0])
    assert read_pptx(saved(presentation)).text == "乙\n\n甲"


def test_the_texts_of_a_diagram_are_read() -> None:
    presentation = deck(("图示", ""))
    parts = members(saved(presentation))
    frame = (
        '<p:graphicFrame><a:graphic><a:graphicData uri="x"><dgm:relIds xmlns:dgm="urn:d" r:dm="rIdD" '
        'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"/></a:graphicData></a:graphic></p:graphicFrame></p:spTree>'
    )
    parts[SLIDE] = parts[SLIDE].replace(b"</p:spTree>", frame.encode())
    relation = '<Relationship Id="rIdD" Type="http://x/diagramData" Target="../diagrams/data1.xml"/></Relationships>'
    name = "ppt/slides/_rels/slide1.xml.rels"
    parts[name] = parts[name].replace(b"</Relationships>", relation.encode())
    parts["ppt/diagrams/data1.xml"] = (
        "<d:dataModel xmlns:d='urn:d' xmlns:a='urn:a'><d:ptLst><d:pt/><d:pt><d:t><a:p><a:r><a:t>节点</a:t></a:r></a:p></d:t></d:pt></d:ptLst></d:dataModel>"
    ).encode()
    found = read_pptx(packed(parts))
    assert (found.text, found.warnings) == ("图示\n\n节点", ())


def test_one_slide_named_over_and_over_is_read_once() -> None:
    data = saved(deck(("甲", "")))
    entry = members(data)[MAIN].decode().split("<p:sldIdLst>")[1].split("</p:sldIdLst>")[0]
    found = read_pptx(changed(data, MAIN, entry, entry * 5000))
    assert found.text == "甲"
    assert len(found.pages) == 5000


def sample() -> bytes:
    presentation = deck(("标题", "正文\n第二"), ("表", ""))
    presentation.slides[0].notes_slide.notes_text_frame.text = "备注"
    presentation.slides[1].shapes.add_table(2, 2, *PLACE).table.cell(1, 1).text = "格"
    return saved(presentation)


def test_hostile_presentations_are_refused_with_a_sentence() -> None:
    check_hostile(read_pptx, sample(), MAIN)
    with pytest.raises(ReadError, match="没有文字"):
        read_pptx(saved(pptx.Presentation()))


def test_mutated_presentations_raise_nothing_but_read_errors() -> None:
    parts = members(sample())
    # Layouts and themes hold no text and are not read; without them more changes meet what is.
    read = packed(
        {
            name: content
            for name, content in parts.items()
            if "slides/" in name
            or "notesSlides/" in name
            or name in (MAIN, "_rels/.rels", "ppt/_rels/presentation.xml.rels")
        }
    )
    check_ranges(read_pptx(read))
    check_survives(read_pptx, read, 200)
