"""Word documents written by python-docx, read back character by character."""

import re

import docx
import pytest
from docx.enum.section import WD_SECTION
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from office import changed, check_hostile, check_ranges, check_survives, members, packed, saved

from rag.errors import ReadError
from rag.readers.docx import read_docx
from rag.readers.docx_styles import Numbering
from rag.readers.numerals import chinese, circled, letters, roman
from rag.readers.ooxml import office_format

MAIN = "word/document.xml"


def xml(markup: str):
    spaces = nsdecls("w", "r", "wp", "a", "m") + (
        ' xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" xmlns:v="urn:schemas-microsoft-com:vml"'
        ' xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"'
    )
    return parse_xml(re.sub(r"^<[\w:]+", lambda start: f"{start.group()} {spaces}", markup))


def add(document, markup: str):
    """A block before the section properties, as Word would write it."""
    node = xml(markup)
    document.element.body.insert(len(document.element.body) - 1, node)
    return node


def text_of(document) -> str:
    return read_docx(saved(document)).text


def numbered(document, formats: list[tuple[str, str]], suffix: str = "tab") -> None:
    """A list definition 77 with these levels."""
    levels = "".join(
        f'<w:lvl w:ilvl="{at}"><w:start w:val="1"/><w:numFmt w:val="{style}"/><w:suff w:val="{suffix}"/><w:lvlText w:val="{pattern}"/></w:lvl>'
        for at, (style, pattern) in enumerate(formats)
    )
    root = document.part.numbering_part.element
    root.insert(0, xml(f'<w:abstractNum w:abstractNumId="77">{levels}</w:abstractNum>'))
    root.append(xml('<w:num w:numId="77"><w:abstractNumId w:val="77"/></w:num>'))


def item(document, text: str, level: int = 0, number: int = 77) -> None:
    paragraph = document.add_paragraph(text)
    properties = paragraph._p.get_or_add_pPr()
    properties.append(xml(f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>'))


def filled(document, rows: list[list[str]]):
    table = document.add_table(len(rows), len(rows[0]))
    for at, row in enumerate(rows):
        for column, value in enumerate(row):
            table.cell(at, column).text = value
    return table


def test_paragraphs_come_back_character_by_character() -> None:
    written = [
        "　　为贯彻落实《办法》（国发〔2021〕3号），现就有关事项通知如下：",
        "补贴标准为５００元/月，比例达12.5％①；依据 Ａ、B 两类。",
        "生僻字：𠮷野、㐂、⼯（部首）、é（合成）。",
        "<w:p>&amp; \"引号\" '与' ]]>",
    ]
    document = docx.Document()
    for paragraph in written:
        document.add_paragraph(paragraph)
    document.add_paragraph("   ")
    found = read_docx(saved(document))
    assert found.text == "\n\n".join(written)
    assert (found.format, found.encoding, found.pages, found.warnings) == ("docx", None, (), ())


def test_line_breaks_stay_in_paragraphs_and_join_headings() -> None:
    document = docx.Document()
    document.add_heading("关于印发\n就业办法的通知", 1)
    document.add_paragraph("第一行\n第二行\t制表")
    found = read_docx(saved(document))
    assert found.text == "关于印发就业办法的通知\n\n第一行\n第二行\t制表"
    assert found.headings == ((0, 11, 1),)


def test_headings_are_known_by_english_and_chinese_style_names_and_outline_levels() -> None:
    document = docx.Document()
    document.add_heading("总标题", 0)
    document.add_heading("一级", 1)
    document.add_heading("三级", 3)
    for name, text in (("标题 2", "中文样式"), ("目录 1", "一、目录行\t1"), ("我的标题", "继承样式")):
        style = document.styles.add_style(name, 1)
        style.base_style = document.styles["Heading 4"] if name == "我的标题" else None
        document.add_paragraph(text, style=style)
    outlined = document.add_paragraph("大纲级别")
    outlined._p.get_or_add_pPr().append(xml('<w:outlineLvl w:val="4"/>'))
    plain = document.add_heading("降为正文", 1)
    plain._p.get_or_add_pPr().append(xml('<w:outlineLvl w:val="9"/>'))
    found = read_docx(saved(document))
    assert [(found.text[start:end], level) for start, end, level in found.headings] == [
        ("总标题", 1), ("一级", 1), ("三级", 3), ("中文样式", 2), ("继承样式", 4), ("大纲级别", 5),
    ]  # fmt: skip
    assert [found.text[start:end] for start, end in found.boilerplate] == ["一、目录行\t1"]


def test_automatic_numbers_are_written_as_word_shows_them() -> None:
    document = docx.Document()
    numbered(
        document, [("chineseCounting", "%1、"), ("chineseCounting", "（%2）"), ("decimal", "%3."), ("decimal", "%1.%4")]
    )
    for text, level in [("甲", 0), ("乙", 1), ("丙", 1), ("丁", 2), ("戊", 2), ("己", 0), ("庚", 1), ("辛", 3)]:
        item(document, text, level)
    assert text_of(document).split("\n\n") == [
        "一、甲", "（一）乙", "（二）丙", "1. 丁", "2. 戊", "二、己", "（一）庚", "二.1 辛",
    ]  # fmt: skip


def test_a_numbering_of_the_style_counts_and_can_be_turned_off() -> None:
    document = docx.Document()
    numbered(document, [("chineseCountingThousand", "第%1章")])
    document.styles["Heading 1"].element.get_or_add_pPr().append(xml('<w:numPr><w:numId w:val="77"/></w:numPr>'))
    document.add_heading("总则", 1)
    document.add_heading("附则", 1)
    item(document, "无编号", number=0)
    found = read_docx(saved(document))
    assert found.text == "第一章 总则\n\n第二章 附则\n\n无编号"
    assert found.headings == ((0, 6, 1), (8, 14, 1))


def test_a_second_instance_of_a_list_starts_again_where_it_says_so() -> None:
    document = docx.Document()
    numbered(document, [("decimal", "%1）")], "nothing")
    root = document.part.numbering_part.element
    override = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="5"/></w:lvlOverride>'
    root.append(xml(f'<w:num w:numId="78"><w:abstractNumId w:val="77"/>{override}</w:num>'))
    for number in (77, 77, 78, 78):
        item(document, "项", number=number)
    assert text_of(document).split("\n\n") == ["1）项", "2）项", "5）项", "6）项"]


def test_an_unknown_number_format_is_reported_and_bullets_are_left_out() -> None:
    document = docx.Document()
    numbered(document, [("thaiLetters", "%1)"), ("bullet", "\uf06c")])
    item(document, "泰文")
    item(document, "圆点", 1)
    found = read_docx(saved(document))
    assert found.text == "泰文\n\n圆点"
    assert found.warnings == ("自动编号格式“thaiLetters”不支持，这些编号未写出。",)


def test_numerals() -> None:
    assert [chinese(number) for number in (1, 10, 11, 20, 21, 100, 105, 110, 999, 1001)] == [
        "一", "十", "十一", "二十", "二十一", "一百", "一百零五", "一百一十", "九百九十九", "一千零一",
    ]  # fmt: skip
    assert [roman(number) for number in (4, 9, 14, 1999)] == ["IV", "IX", "XIV", "MCMXCIX"]
    assert [letters(number) for number in (1, 26, 27, 28)] == ["A", "Z", "AA", "BB"]
    assert [circled(number) for number in (1, 20, 21, 36, 51)] == ["①", "⑳", "㉑", "㊱", "51"]


def test_a_table_is_written_row_by_row_with_its_column_names() -> None:
    document = docx.Document()
    document.add_paragraph("附表 补贴标准")
    filled(document, [["区县", "补贴（元）", "备注"], ["东城", "1,000", ""], ["西城", "800", "含税。"]])
    document.add_paragraph("以上。")
    assert (
        text_of(document)
        == "附表 补贴标准\n\n区县：东城；补贴（元）：1,000。\n区县：西城；补贴（元）：800；备注：含税。\n\n以上。"
    )


def test_merged_cells_are_said_in_every_row_and_names_of_two_rows_are_joined() -> None:
    document = docx.Document()
    table = filled(
        document,
        [
            ["就业补贴表", "", ""],
            ["区县", "补贴", ""],
            ["", "2021年", "2022年"],
            ["东城", "300", "400"],
            ["", "500", "同上年"],
            ["合计", "", ""],
        ],
    )
    table.cell(0, 0).merge(table.cell(0, 2))
    table.cell(1, 0).merge(table.cell(2, 0))
    table.cell(1, 1).merge(table.cell(1, 2))
    table.cell(3, 0).merge(table.cell(4, 0))
    table.cell(5, 0).merge(table.cell(5, 2))
    assert text_of(document) == (
        "就业补贴表\n\n"
        "区县：东城；补贴/2021年：300；补贴/2022年：400。\n区县：东城；补贴/2021年：500；补贴/2022年：同上年。\n合计"
    )


def test_a_body_cell_over_several_columns_names_them_all() -> None:
    document = docx.Document()
    table = filled(document, [["区县", "上半年", "下半年"], ["东城", "300", ""]])
    table.cell(1, 1).merge(table.cell(1, 2))
    assert text_of(document) == "区县：东城；上半年、下半年：300。"


def test_the_name_of_an_empty_column_is_not_lost() -> None:
    document = docx.Document()
    filled(document, [["姓名", "电话"], ["张三", ""]])
    assert text_of(document) == "姓名；电话。\n姓名：张三。"


def test_marked_header_rows_are_believed() -> None:
    document = docx.Document()
    table = filled(document, [["1", "2"], ["甲", "乙"]])
    table.rows[0]._tr.get_or_add_trPr().append(xml("<w:tblHeader/>"))
    assert text_of(document) == "1：甲；2：乙。"


def test_nested_tables_stay_in_their_cell_and_frames_are_no_tables() -> None:
    document = docx.Document()
    outer = filled(document, [["事项", "材料"], ["补贴", "见下："]])
    inner = outer.cell(1, 1).add_table(2, 2)
    for at, value in enumerate(["名称", "份数", "身份证", "2"]):
        inner.cell(at // 2, at % 2).text = value
    frame = document.add_table(1, 1)
    frame.cell(0, 0).text = "框内第一段"
    frame.cell(0, 0).add_paragraph("框内标题", style="Heading 2")
    found = read_docx(saved(document))
    assert found.text == "事项：补贴；材料：见下： 名称：身份证；份数：2。\n\n框内第一段\n\n框内标题"
    assert found.headings == ((34, 38, 2),)


def test_insertions_stay_and_deletions_go() -> None:
    document = docx.Document()
    add(
        document,
        '<w:p><w:r><w:t>标准为</w:t></w:r><w:del w:id="1"><w:r><w:delText>500</w:delText></w:r></w:del>'
        '<w:ins w:id="2"><w:r><w:t>600</w:t></w:r></w:ins><w:moveFrom w:id="3"><w:r><w:t>旧</w:t></w:r></w:moveFrom>'
        '<w:moveTo w:id="4"><w:r><w:t>新</w:t></w:r></w:moveTo><w:r><w:t>元。</w:t></w:r></w:p>',
    )
    add(document, '<w:p><w:pPr><w:rPr><w:del w:id="5"/></w:rPr></w:pPr><w:r><w:t>前半，</w:t></w:r></w:p>')
    add(document, "<w:p><w:r><w:t>后半。</w:t></w:r></w:p>")
    table = filled(document, [["项", "额"], ["甲", "1"], ["乙", "2"]])
    table.rows[1]._tr.get_or_add_trPr().append(xml('<w:del w:id="6"></w:del>'))
    assert text_of(document) == "标准为600新元。\n\n前半，后半。\n\n项：乙；额：2。"


def test_hyperlinks_fields_controls_and_ruby_keep_what_is_shown() -> None:
    document = docx.Document()
    add(
        document,
        '<w:p><w:hyperlink r:id="rId99"><w:r><w:t>链接文字</w:t></w:r></w:hyperlink>'
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText> PAGEREF x </w:instrText></w:r>'
        '<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>3</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r>'
        "<w:sdt><w:sdtPr><w:alias/></w:sdtPr><w:sdtContent><w:r><w:t>控件</w:t></w:r></w:sdtContent></w:sdt>"
        "<w:r><w:ruby><w:rt><w:r><w:t>pīn</w:t></w:r></w:rt><w:rubyBase><w:r><w:t>拼</w:t></w:r></w:rubyBase></w:ruby></w:r>"
        '<w:r><w:sym w:font="Wingdings" w:char="F0FE"/><w:noBreakHyphen/><w:t>同意</w:t></w:r></w:p>',
    )
    add(document, "<w:sdt><w:sdtContent><w:p><w:r><w:t>块控件</w:t></w:r></w:p></w:sdtContent></w:sdt>")
    found = read_docx(saved(document))
    assert found.text == "链接文字3控件拼☑-同意\n\n块控件"
    assert found.warnings == ()


def test_text_boxes_are_read_once_after_their_paragraph() -> None:
    document = docx.Document()
    box = "<w:txbxContent><w:p><w:r><w:t>框中文字</w:t></w:r></w:p></w:txbxContent>"
    add(
        document,
        "<w:p><w:r><w:t>正文</w:t></w:r><w:r><mc:AlternateContent>"
        f'<mc:Choice Requires="wps"><w:drawing><wps:wsp><wps:txbx>{box}</wps:txbx></wps:wsp></w:drawing></mc:Choice>'
        f"<mc:Fallback><w:pict><v:shape><v:formulas><v:f eqn='x'/></v:formulas><v:textbox>{box}</v:textbox></v:shape></w:pict></mc:Fallback>"
        "</mc:AlternateContent></w:r></w:p>",
    )
    assert text_of(document) == "正文\n\n框中文字"


def test_footnotes_follow_their_paragraph_or_table_and_endnotes_close_the_text() -> None:
    document = docx.Document()
    add(
        document,
        '<w:p><w:r><w:t>增长5%</w:t></w:r><w:r><w:footnoteReference w:id="2"/></w:r><w:r><w:endnoteReference w:id="2"/></w:r></w:p>',
    )
    table = filled(document, [["项", "额"], ["甲", "1"]])
    table.cell(1, 0).paragraphs[0]._p.append(xml('<w:r><w:footnoteReference w:id="3"/></w:r>'))
    document.add_paragraph("末段。")
    parts = members(saved(document))
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    for kind, notes in (("footnote", {2: "脚注甲。", 3: "脚注乙。"}), ("endnote", {2: "尾注。"})):
        inner = "".join(
            f'<w:{kind} w:id="{key}"><w:p><w:r><w:t>{note}</w:t></w:r></w:p></w:{kind}>' for key, note in notes.items()
        )
        separator = f'<w:{kind} w:id="0" w:type="separator"><w:p><w:r><w:separator/></w:r></w:p></w:{kind}>'
        parts[f"word/{kind}s.xml"] = f"<w:{kind}s {space}>{separator}{inner}</w:{kind}s>".encode()
        relation = f'<Relationship Id="x{kind}" Type="http://x/{kind}s" Target="{kind}s.xml"/></Relationships>'
        parts["word/_rels/document.xml.rels"] = parts["word/_rels/document.xml.rels"].replace(
            b"</Relationships>", relation.encode()
        )
    assert read_docx(packed(parts)).text == "增长5%\n\n脚注甲。\n\n项：甲；额：1。\n\n脚注乙。\n\n末段。\n\n尾注。"


def test_headers_footers_and_hidden_text_are_left_out() -> None:
    document = docx.Document()
    document.sections[0].header.paragraphs[0].text = "页眉"
    document.sections[0].footer.paragraphs[0].text = "第 1 页"
    document.add_paragraph("正文")
    document.add_section(WD_SECTION.NEW_PAGE)
    hidden = document.add_paragraph("可见").add_run("隐藏")
    hidden.font.hidden = True
    found = read_docx(saved(document))
    assert found.text == "正文\n\n可见"
    assert found.warnings == ("文中有 1 处隐藏文字，未读取。",)


def test_pictures_and_formulas_are_reported() -> None:
    document = docx.Document()
    add(
        document,
        '<w:p><w:r><w:t>图</w:t></w:r><w:r><w:drawing><a:blip r:embed="x"/></w:drawing></w:r>'
        "<m:oMath><m:f><m:num><m:r><m:t>1</m:t></m:r></m:num><m:den><m:r><m:t>2</m:t></m:r></m:den></m:f></m:oMath></w:p>",
    )
    found = read_docx(saved(document))
    assert found.text == "图1/2"
    assert found.warnings == (
        "文中有 1 处图片、图表或嵌入对象，其中的文字未读取。",
        "文中有 1 个公式，按一行文字读取，版式未保留。",
    )


def test_the_strict_variant_and_macro_documents_are_read() -> None:
    document = docx.Document()
    document.add_heading("标题", 1)
    document.add_paragraph("正文")
    parts = members(saved(document))
    strict = {
        name: content.replace(b"http://schemas.openxmlformats.org/wordprocessingml/2006/main", b"http://purl.oclc.org/ooxml/wordprocessingml/main")
        .replace(b"http://schemas.openxmlformats.org/officeDocument/2006/relationships", b"http://purl.oclc.org/ooxml/officeDocument/relationships")
        for name, content in parts.items()
    }  # fmt: skip
    macros = changed(
        saved(document),
        "[Content_Types].xml",
        "openxmlformats-officedocument.wordprocessingml.document.main",
        "ms-word.document.macroEnabled.main",
    )
    for data in (packed(strict), macros):
        assert read_docx(data).text == "标题\n\n正文"
        assert read_docx(data).headings == ((0, 2, 1),)
        assert office_format(data) == "docx"


def test_a_document_without_text_and_other_formats_are_refused() -> None:
    import openpyxl

    with pytest.raises(ReadError, match="没有文字"):
        read_docx(saved(docx.Document()))
    workbook = saved(openpyxl.Workbook())
    with pytest.raises(ReadError, match=r"Excel 工作簿，扩展名有误，请改为 \.xlsx"):
        read_docx(workbook)
    assert (office_format(workbook), office_format(b"PK"), office_format(packed({"word/a": b""}))) == (
        "xlsx",
        None,
        None,
    )


def test_circular_styles_and_numbering_without_definitions_do_no_harm() -> None:
    document = docx.Document()
    document.styles["Heading 1"].base_style = document.styles["Heading 2"]
    document.styles["Heading 2"].base_style = document.styles["Heading 1"]
    document.add_heading("标题", 1)
    item(document, "无定义", number=4711)
    found = read_docx(saved(document))
    assert found.text == "标题\n\n无定义"
    assert Numbering(None, {}).label("1", 0, None) == ""


def sample() -> bytes:
    document = docx.Document()
    numbered(document, [("chineseCounting", "%1、"), ("decimal", "%2.")])
    document.add_heading("通知", 0)
    item(document, "总体要求", 0)
    item(document, "补贴", 1)
    table = filled(document, [["区县", "补贴", ""], ["", "甲", "乙"], ["东城", "1", "2"]])
    table.cell(0, 0).merge(table.cell(1, 0))
    table.cell(0, 1).merge(table.cell(0, 2))
    add(
        document,
        '<w:p><w:ins w:id="2"><w:r><w:t>新增</w:t></w:r></w:ins><w:r><w:sym w:font="Symbol" w:char="F0B3"/></w:r></w:p>',
    )
    return saved(document)


def test_hostile_documents_are_refused_with_a_sentence() -> None:
    check_hostile(read_docx, sample(), MAIN)


def test_mutated_documents_raise_nothing_but_read_errors() -> None:
    check_ranges(read_docx(sample()))
    check_survives(read_docx, sample(), 80)


def test_deep_nesting_is_refused_or_read() -> None:
    document = docx.Document()
    document.add_paragraph("针")
    for depth in (40, 5000):
        markup = (
            "<w:tbl><w:tr><w:tc>" * depth + "<w:p><w:r><w:t>底</w:t></w:r></w:p>" + "</w:tc></w:tr></w:tbl>" * depth
        )
        data = changed(saved(document), MAIN, "<w:sectPr", f"{markup}<w:sectPr")
        if depth == 40:
            assert read_docx(data).text == "针\n\n底"
        else:
            with pytest.raises(ReadError, match="损坏"):
                read_docx(data)


def test_tables_nested_in_repeated_cells_do_not_explode() -> None:
    document = docx.Document()
    markup = "<w:p><w:r><w:t>" + "名" * 30 + "</w:t></w:r></w:p>"
    row = "<w:tr><w:tc>{}</w:tc><w:tc><w:tcPr><w:vMerge{}/></w:tcPr><w:p><w:r><w:t>值</w:t></w:r></w:p></w:tc></w:tr>"
    for _ in range(40):
        first = row.format(markup, ' w:val="restart"').replace("<w:tr>", "<w:tr><w:trPr><w:tblHeader/></w:trPr>")
        markup = f"<w:tbl>{first}{row.format('<w:p/>', '') * 3}{row.format('<w:p><w:r><w:t>甲</w:t></w:r></w:p>', '')}</w:tbl><w:p/>"
    data = changed(saved(document), MAIN, "<w:sectPr", f"{markup}<w:sectPr")
    assert len(read_docx(data).text) < 100_000
