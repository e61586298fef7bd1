"""OFD: the text of each page as it was set, in order, with pages; whatever the writer's dialect."""

import io
import random
import time
import zipfile

import pytest
from ofd_help import LEFT, SIZE, Ofd, broken, centred, container, line, table, text, typeset

from rag.errors import ReadError
from rag.readers.extracted import Extracted
from rag.readers.ofd import read_ofd

PARAGRAPHS = [
    "各市、州人民政府，省直各部门：",
    "为贯彻落实党中央、国务院关于深化东西部协作和定点帮扶工作的决策部署，进一步健全完善长期结对帮扶机制，现就有关事项通知如下。",
    "一、总体要求",
    "坚持以习近平新时代中国特色社会主义思想为指导，全面贯彻党的二十大精神，巩固拓展脱贫攻坚成果，守住不发生规模性返贫底线。2021—2025年，共安排协作资金12.5亿元，其中产业项目占60%以上。",
    "（一）加强产业合作。引导东部地区企业到西部投资兴业，共建产业园区，延长产业链条，带动脱贫人口就近就业。",
    *(
        f"{number}. 第{number}项任务由省乡村振兴局牵头，会同发展改革、财政、人力资源社会保障等部门组织实施，每年12月底前报送进展情况。"
        for number in range(1, 25)
    ),
]


def body(found: Extracted) -> str:
    """Return the text without running lines."""
    kept, position = [], 0
    for start, end in found.boilerplate:
        kept.append(found.text[position:start].removesuffix("\n\n"))
        position = end
    kept.append(found.text[position:])
    return "".join(kept).strip("\n")


def test_a_document_of_several_pages_is_read_character_by_character() -> None:
    pages = typeset(PARAGRAPHS)
    found = read_ofd(Ofd(pages).bytes())
    assert len(pages) == 4
    assert body(found).split("\n\n") == PARAGRAPHS
    assert found.format == "ofd"
    assert found.encoding is None
    assert found.warnings == ()
    assert [found.text[start:end] for start, end in found.boilerplate] == ["— 1 —", "— 2 —", "— 3 —", "— 4 —"]
    assert len(found.pages) == 4
    assert (found.pages[0][0], found.pages[-1][1]) == (0, len(found.text))
    assert all(before[1] == after[0] for before, after in zip(found.pages, found.pages[1:], strict=False))


def test_a_red_head_and_a_title_of_two_lines_are_headings() -> None:
    head = (
        centred("某某省人民政府文件", 50, 12)
        + centred("某政发〔2021〕3号", 75, SIZE)
        + line(LEFT, 80, 182, 80)
        + centred("关于深化东西部协作工作", 100, 7.76)
        + centred("的通知", 112, 7.76)
    )
    lines = [found for paragraph in PARAGRAPHS[:3] for found in broken(paragraph)]
    first = "".join(text(words, x, 135 + 10 * at) for at, (words, x) in enumerate(lines))
    found = read_ofd(Ofd([head + first]).bytes())
    assert found.text.split("\n\n") == [
        "某某省人民政府文件",
        "某政发〔2021〕3号",
        "关于深化东西部协作工作的通知",
        *PARAGRAPHS[:3],
    ]
    assert [(found.text[start:end], level) for start, end, level in found.headings] == [
        ("某某省人民政府文件", 1),
        ("关于深化东西部协作工作的通知", 2),
    ]


def test_a_table_is_written_row_by_row_under_its_caption() -> None:
    rows = [["地区", "项目", "资金（万元）"], ["甘肃", "产业园", "3200"], ["宁夏", "劳务协作", "450.5"]]
    found = read_ofd(Ofd([centred("表1 资金安排", 50, SIZE) + table(rows, 35, 60)]).bytes())
    assert found.text == (
        "表1 资金安排\n\n地区：甘肃；项目：产业园；资金（万元）：3200。\n地区：宁夏；项目：劳务协作；资金（万元）：450.5。"
    )


def test_template_pages_are_part_of_the_page_that_uses_them() -> None:
    document = Ofd(
        [text("第一页的正文内容在这里。", LEFT, 60), text("第二页的正文内容在那里。", LEFT, 60)],
        templates={7: text("封面抬头文字", LEFT, 30)},
        used={0: 7},
    )
    found = read_ofd(document.bytes())
    assert found.text == "封面抬头文字\n\n第一页的正文内容在这里。\n\n第二页的正文内容在那里。"
    assert found.text[slice(*found.pages[1])] == "第二页的正文内容在那里。"


def test_several_documents_follow_each_other() -> None:
    found = read_ofd(
        container([Ofd([text("第一份文件的内容。", LEFT, 60)]), Ofd([text("第二份文件的内容。", LEFT, 60)])])
    )
    assert found.text == "第一份文件的内容。\n\n第二份文件的内容。"
    assert len(found.pages) == 2


@pytest.mark.parametrize(
    "namespace", ["http://www.ofdspec.org/2016", "http://www.ofdspec.org", "http://www.ofdspec.org/2012"]
)
@pytest.mark.parametrize("prefix", ["ofd:", ""])
def test_namespaces_do_not_matter(namespace: str, prefix: str) -> None:
    assert (
        read_ofd(Ofd([text("协作工作的内容。", LEFT, 60)], namespace=namespace, prefix=prefix).bytes()).text
        == "协作工作的内容。"
    )


@pytest.mark.parametrize(
    "path",
    ["Pages/Page_{}/Content.xml", "./Pages/P{}.xml", "/Doc_0/Pages/P{}.xml", "Doc_0/Pages/P{}.xml", "Pages\\P{}.xml"],
)
def test_paths_are_found_as_writers_name_them(path: str) -> None:
    document = Ofd([text("协作工作的内容。", LEFT, 60)], page_path=path)
    assert read_ofd(document.bytes()).text == "协作工作的内容。"


def test_characters_placed_one_by_one_through_a_matrix_are_put_together() -> None:
    """As Foxit and Suwell write it: a TextObject a character, in points through a CTM."""
    words = "协作资金12.5亿元。"
    objects, x = [], 40.0
    for char in words:
        objects.append(
            f'<ofd:TextObject ID="9" CTM="0.3528 0 0 0.3528 0 0" Boundary="{x} 50 5 6" Font="1" Size="16">'
            f'<ofd:CGTransform CodePosition="0" CodeCount="1" GlyphCount="1"><ofd:Glyphs>4460</ofd:Glyphs></ofd:CGTransform>'
            f'<ofd:TextCode X="0" Y="14">{char}</ofd:TextCode></ofd:TextObject>'
        )
        x += 5.64 if ord(char) > 0x2000 else 2.82
    random.Random(1).shuffle(objects)
    assert read_ofd(Ofd(["".join(objects)]).bytes()).text == words


def test_lines_are_read_from_the_top_whatever_their_order_in_the_file() -> None:
    lines = [text(f"第{number}行，讲的是协作工作的安排。", LEFT, 50 + 20 * number) for number in range(5)]
    found = read_ofd(Ofd(["".join(reversed(lines))]).bytes())
    assert found.text.split("\n\n") == [f"第{number}行，讲的是协作工作的安排。" for number in range(5)]


def test_words_keep_their_spaces_and_deltas_may_be_missing() -> None:
    codes = (
        '<ofd:TextObject ID="1" Boundary="30 50 150 10" Size="5"><ofd:TextCode X="0" Y="5">RAG 系统 &lt;2021&gt; &amp; AI</ofd:TextCode>'
        '<ofd:TextCode X="0" Y="25" DeltaX="g 999999999 5">协作&#24037;作。</ofd:TextCode></ofd:TextObject>'
    )
    assert read_ofd(Ofd([codes]).bytes()).text.split("\n\n") == ["RAG 系统 <2021> & AI", "协作工作。"]


def test_text_printed_twice_to_look_bold_is_read_once() -> None:
    twice = text("协作工作的要点", LEFT, 60) + text("协作工作的要点", LEFT + 0.15, 60)
    assert read_ofd(Ofd([twice]).bytes()).text == "协作工作的要点"


def test_composite_units_and_page_blocks_are_drawn() -> None:
    unit = f'<ofd:CompositeGraphicUnits><ofd:CompositeGraphicUnit ID="30" Width="100" Height="20"><ofd:Content>{text("组合图元里的文字", 0, 10)}</ofd:Content></ofd:CompositeGraphicUnit></ofd:CompositeGraphicUnits>'
    drawn = '<ofd:CompositeObject ID="31" ResourceID="30" Boundary="30 40 100 20"/>'
    block = f'<ofd:PageBlock ID="32">{text("块里的文字", LEFT, 90)}</ofd:PageBlock>'
    found = read_ofd(Ofd([drawn + block], resources=unit).bytes())
    assert found.text == "组合图元里的文字\n\n块里的文字"


def test_a_page_lying_on_its_side_is_turned() -> None:
    """Text that runs down the page: a table set across."""
    objects = "".join(
        f'<ofd:TextObject ID="1" CTM="0 1 -1 0 0 0" Boundary="{x} 40 0 0" Size="5"><ofd:TextCode X="0" Y="0" DeltaX="g 15 5">{words}</ofd:TextCode></ofd:TextObject>'
        for x, words in ((150, "横排的第一行讲的是资金。"), (120, "横排的第二行讲的是项目。"))
    )
    assert read_ofd(Ofd([objects]).bytes()).text == "横排的第一行讲的是资金。\n\n横排的第二行讲的是项目。"


def test_what_is_not_read_is_reported() -> None:
    page = (
        text("协作工作的内容。", LEFT, 60)
        + text("看不见的", LEFT, 90, extra=' Visible="false"')
        + text("¤¤", LEFT, 120)
    )
    note = '<ofd:PageAnnot xmlns:ofd="http://www.ofdspec.org/2016"><ofd:Annot ID="3" Type="Watermark"><ofd:Appearance>' + text("内部", 0, 5) + "</ofd:Appearance></ofd:Annot></ofd:PageAnnot>"  # fmt: skip
    files = {
        "Doc_0/Annots/Annotations.xml": b'<ofd:Annotations xmlns:ofd="http://www.ofdspec.org/2016"><ofd:Page PageID="10"><ofd:FileLoc>Page_0/Annot.xml</ofd:FileLoc></ofd:Page></ofd:Annotations>',
        "Doc_0/Annots/Page_0/Annot.xml": note.encode(),
        "Doc_0/Attachs/Attachments.xml": b'<ofd:Attachments xmlns:ofd="http://www.ofdspec.org/2016"><ofd:Attachment ID="1" Name="a"/></ofd:Attachments>',
    }
    document = "<ofd:Annotations>Annots/Annotations.xml</ofd:Annotations><ofd:Attachments>Attachs/Attachments.xml</ofd:Attachments>"
    found = read_ofd(Ofd([page], document=document, files=files).bytes())
    assert found.text == "协作工作的内容。"
    assert found.warnings == (
        "有 2 个字符没有文字对照，已略去。",
        "有 4 个隐藏的字符，已略去。",
        "注释（批注、水印等）中的文字未收入。",
        "OFD 内附带的 1 个文件未读取。",
    )


def test_pages_without_text_and_missing_pages_are_reported() -> None:
    image = '<ofd:ImageObject ID="4" Boundary="0 0 210 297" ResourceID="9"/>'
    document = Ofd([text("协作工作的内容。", LEFT, 60), image, text("第三页的内容。", LEFT, 60)])
    found = read_ofd(document.bytes())
    assert found.pages_without_text == (2,)
    missing = container([document]).replace(b"Doc_0/Pages/Page_2", b"Doc_0/Pages/Page_9")
    lost, picture = read_ofd(missing).warnings
    assert lost == "第 3 页的内容缺失或已损坏，未能读取。"
    assert picture.startswith("第 2 页是图像（可能是扫描件），其中的文字未能读取：请安装 OCR 组件")
    with pytest.raises(ReadError, match="扫描件"):
        read_ofd(Ofd([image]).bytes())


def zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


ROOT = b"<OFD><DocBody><DocRoot>Doc_0/Document.xml</DocRoot></DocBody></OFD>"
BOMB = b'<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><OFD>&b;</OFD>'


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK\x03\x04",
        b"not an ofd",
        zipped({"a.txt": b"x"}),
        zipped({"OFD.xml": b"<OFD"}),
        zipped({"OFD.xml": b"<OFD/>"}),
        zipped({"OFD.xml": BOMB}),
        zipped({"OFD.xml": ROOT}),
        zipped({"OFD.xml": ROOT, "Doc_0/Document.xml": b"<Document><Pages><Page BaseLoc='a'/></Pages></Document>"}),
        zipped({"OFD.xml": ROOT, "../Doc_0/Document.xml": b"<Document/>"}),
        zipped({"OFD.xml": b"\x00\x01\x02 not xml", "Encryptions.xml": b"<a/>"}),
        zipped({"OFD.xml": b"<OFD>" + b"\0" * 60_000_000}),
        Ofd(typeset(PARAGRAPHS)).bytes()[:3000],
    ],
)
def test_what_is_no_ofd_is_refused_with_one_sentence(data: bytes) -> None:
    with pytest.raises(ReadError) as refused:
        read_ofd(data)
    assert refused.value.chinese.endswith("。")
    assert "\n" not in str(refused.value)


def test_an_encrypted_file_says_so() -> None:
    with pytest.raises(ReadError, match="加密"):
        read_ofd(zipped({"OFD.xml": b"\x93\x01", "Encryptions.xml": b"<a/>"}))


def test_pages_that_name_the_same_content_again_and_again_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.readers.ofd_page.MAX_OBJECTS", 100_000)
    page = "".join(text("字" * 40, LEFT, 40 + at) for at in range(200))
    one = Ofd([page]).parts("Doc_0")
    pages = "".join('<ofd:Page ID="1" BaseLoc="Pages/Page_0/Content.xml"/>' for _ in range(1000))
    one["Doc_0/Document.xml"] = f'<ofd:Document xmlns:ofd="x"><ofd:Pages>{pages}</ofd:Pages></ofd:Document>'
    started = time.monotonic()
    with pytest.raises(ReadError, match="拆分"):
        read_ofd(zipped({"OFD.xml": ROOT, **{name: content.encode() for name, content in one.items()}}))
    assert time.monotonic() - started < 10


def test_composite_units_that_draw_themselves_end() -> None:
    unit = '<ofd:CompositeGraphicUnits><ofd:CompositeGraphicUnit ID="30"><ofd:Content>' + '<ofd:CompositeObject ID="31" ResourceID="30"/>' * 3 + "</ofd:Content></ofd:CompositeGraphicUnit></ofd:CompositeGraphicUnits>"  # fmt: skip
    page = text("协作工作的内容。", LEFT, 60) + '<ofd:CompositeObject ID="31" ResourceID="30"/>'
    try:
        assert read_ofd(Ofd([page], resources=unit).bytes()).text == "协作工作的内容。"
    except ReadError as refused:
        assert "拆分" in refused.chinese


def test_mutated_files_are_read_or_refused() -> None:
    document = Ofd([typeset(PARAGRAPHS)[0], table([["地区", "资金"], ["甘肃", "300"]], 35, 60)])
    parts = {"OFD.xml": ROOT, **{name: content.encode() for name, content in document.parts("Doc_0").items()}}
    whole = document.bytes()
    rng = random.Random(11)
    names = sorted(parts)
    for number in range(120):
        if number % 3 == 0:
            data = bytearray(whole)
            for _ in range(rng.randint(1, 8)):
                data[rng.randrange(len(data))] = rng.randrange(256)
        else:
            name = rng.choice(names)
            content = bytearray(parts[name])
            for _ in range(rng.randint(1, 6)):
                at = rng.randrange(len(content))
                # Digits and quotes keep the XML well formed, which reaches further in.
                content[at : at + rng.randint(0, 3)] = rng.choice(
                    [b"9", b"-", b"1e9", b" ", b"nan", b"<", b"", b"M L C"]
                )
            data = bytearray(zipped({**parts, name: bytes(content)}))
        try:
            found = read_ofd(bytes(data))
        except ReadError:
            continue
        assert all(0 <= start <= end <= len(found.text) for start, end in (*found.pages, *found.boilerplate))
