"""Web pages: the visible text, character by character, with title, header line, headings, lists and tables."""

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.errors import ReadError
from rag.header import parse_header
from rag.readers.extracted import Extracted
from rag.readers.html import read_html

NOTICE = """<!DOCTYPE html><html><head><meta charset="{charset}">
<title>关于做好东西部协作工作的通知_国家乡村振兴局</title>
<meta name="ContentSource" content="新华社"><meta name="Author" content="王小明">
<style>.a {{ color: red }}</style><script>var 秘密 = "脚本里的字";</script></head>
<body><div class="top"><a href="/">首页</a> | <a href="/zc">政策文件库</a></div><nav>导航：上一级栏目</nav>
<div id="box"><div class="title">关于做好东西部协作<br>工作的通知</div>
<p class="info">发布时间：2021年3月1日 10:22　来源：国家乡村振兴局　字体：【大 中 小】　打印</p>
<div class="content"><h2>一、总体要求</h2>
<p>　　各省、自治区、直辖市人民政府，
    国务院各部委：<br>　　2021&nbsp;年安排<b>资金</b>5&lt;6 亿元，&ldquo;十四五&rdquo;期间&#x4FDD;&#25345;稳定。</p>
<h3>（一）重点任务</h3>
<ul><li>第一项：<ruby>产<rp>(</rp><rt>chǎn</rt><rp>)</rp></ruby>业协作。</li><li><p>第二项：<em>劳务</em>协作</p></li></ul>
<table><caption>表1　资金安排</caption>
<tr><th rowspan="2">地区</th><th colspan="2">资金（亿元）</th></tr><tr><th>中央</th><th>省级</th></tr>
<tr><td>甘肃</td><td>5.2</td><td></td></tr><tr><td rowspan="2">宁夏</td><td>3</td><td>1</td></tr>
<tr><td>2<br>（预计）</td><td>0.5</td></tr></table>
<p>现将有关事项通知如下，请认真贯彻执行。各地要加强组织领导，落实工作责任，确保完成任务。</p>
<p hidden>隐藏段落</p><p style="display: none">另一个隐藏段落</p><!-- 注释 -->
<p align="right">国家乡村振兴局</p><p align="right">2021年3月1日</p></div></div>
<div class="links"><ul><li><a href="1">相关链接一</a></li><li><a href="2">相关链接二</a></li></ul></div>
<footer>版权所有　京ICP备000001号</footer></body></html>"""

EXPECTED = """关于做好东西部协作工作的通知

发布时间：2021年3月1日　来源：国家乡村振兴局　作者：王小明

一、总体要求

各省、自治区、直辖市人民政府，国务院各部委：

2021 年安排资金5<6 亿元，“十四五”期间保持稳定。

（一）重点任务

第一项：产业协作。
第二项：劳务协作

表1　资金安排

地区：甘肃；资金（亿元）/中央：5.2。
地区：宁夏；资金（亿元）/中央：3；资金（亿元）/省级：1。
地区：宁夏；资金（亿元）/中央：2（预计）；资金（亿元）/省级：0.5。

现将有关事项通知如下，请认真贯彻执行。各地要加强组织领导，落实工作责任，确保完成任务。

国家乡村振兴局

2021年3月1日"""


def page(body: str, head: str = "") -> bytes:
    return f'<html><head><meta charset="utf-8">{head}</head><body>{body}</body></html>'.encode()


def headings(found: Extracted) -> list[tuple[str, int]]:
    return [(found.text[start:end], level) for start, end, level in found.headings]


def test_a_notice_is_read_character_by_character() -> None:
    found = read_html(NOTICE.format(charset="utf-8").encode())
    assert found.text == EXPECTED
    assert found.format == "html"
    assert found.encoding == "utf-8"
    assert headings(found) == [("关于做好东西部协作工作的通知", 1), ("一、总体要求", 2), ("（一）重点任务", 3)]
    assert found.warnings == (
        "正文由 trafilatura 判定。",
        "导航、页脚和链接列表等 44 个字未收入。",
        "隐藏元素中的 11 个字未收入。",
        "注音（ruby）未收入。",
    )


def test_the_header_line_is_recognised() -> None:
    header, _ = parse_header(read_html(NOTICE.format(charset="utf-8").encode()).text)
    assert (header.title, header.published, header.source, header.author) == (
        "关于做好东西部协作工作的通知",
        "2021-03-01",
        "国家乡村振兴局",
        "王小明",
    )


@pytest.mark.parametrize(
    ("declared", "encoding", "name"),
    [
        ("gb2312", "gb18030", "gb18030"),
        ("GBK", "gbk", "gb18030"),
        ("gb18030", "gb18030", "gb18030"),
        ("utf-8", "utf-8", "utf-8"),
        ("utf-8", "utf-8-sig", "utf-8"),
        ("utf-8", "utf-16", "utf-16-le"),
        # Declared wrongly, which the bytes show.
        ("gb2312", "utf-8", "utf-8"),
        ("utf-8", "gb18030", "gb18030"),
        ("iso-8859-1", "gb18030", "gb18030"),
        ("rot13", "utf-8", "utf-8"),
    ],
)
def test_every_encoding_gives_the_same_text(declared: str, encoding: str, name: str) -> None:
    found = read_html(NOTICE.format(charset=declared).encode(encoding))
    assert found.text == EXPECTED
    assert found.encoding == name


def test_traditional_pages_in_big5_and_characters_beyond_gb2312_are_read() -> None:
    big5 = '<html><head><meta http-equiv="Content-Type" content="text/html; charset=big5"></head><p>東西部協作與產業發展，鞏固脫貧成果。'
    assert read_html(big5.encode("big5")).text == "東西部協作與產業發展，鞏固脫貧成果。"
    gbk = '<meta charset="gb2312"><p>朱镕基、㐂与𠮷都在GB18030里，协作工作继续推进。'
    assert read_html(gbk.encode("gb18030")).text == "朱镕基、㐂与𠮷都在GB18030里，协作工作继续推进。"
    xhtml = '<?xml version="1.0" encoding="gb2312"?><html xmlns="http://www.w3.org/1999/xhtml"><body><p>协作资金安排如下。</p></body></html>'
    assert read_html(xhtml.encode("gb18030")).text == "协作资金安排如下。"


def test_a_page_cut_in_the_middle_of_a_character_is_read_with_a_warning() -> None:
    data = NOTICE.format(charset="gb2312").split("<p hidden>")[0].encode("gb18030")[:-5]
    found = read_html(data + "确".encode("gb18030")[:1])
    assert "各省、自治区、直辖市人民政府，国务院各部委：" in found.text
    assert found.warnings[0].startswith("有 1 处字节已损坏")


def test_a_page_arranged_with_tables_is_read_as_text() -> None:
    found = read_html(
        page(
            "<table width=100%><tr><td><a>首页</a></td><td><a>机构</a></td></tr></table>"
            "<table><tr><td colspan=2><font size=5><b>某县2022年东西部协作工作总结</b></font></td></tr><tr><td>"
            "<font>2022年12月1日　来源：县乡村振兴局</font></td></tr>"
            "<tr><td>2022年，全县共实施协作项目36个，投入资金1.2亿元。<br>&nbsp;&nbsp;&nbsp;&nbsp;一是产业协作。"
            "引进企业12家，带动3000人就业。<br><br>　　二是劳务协作。全年输转劳动力5600人。"
            "<table border=1><tr><td>项目</td><td>资金（万元）</td></tr><tr><td>养殖场</td><td>300</td></tr>"
            "<tr><td>学校</td><td>420.5</td></tr></table></td></tr></table>",
            "<title>某县2022年东西部协作工作总结-某县人民政府</title>",
        )
    )
    assert found.text == (
        "某县2022年东西部协作工作总结\n\n发布日期：2022年12月1日　来源：县乡村振兴局\n\n"
        "2022年，全县共实施协作项目36个，投入资金1.2亿元。\n\n一是产业协作。引进企业12家，带动3000人就业。\n\n"
        "二是劳务协作。全年输转劳动力5600人。\n\n"
        "项目：养殖场；资金（万元）：300。\n项目：学校；资金（万元）：420.5。"
    )


def test_a_table_of_labels_and_values_becomes_lines_and_header() -> None:
    found = read_html(
        page(
            "<table><tr><td><b>索 引 号：</b></td><td>000014349/2021-00023</td><td><b>主题分类：</b></td><td>农业</td></tr>"
            "<tr><td><b>发文机关：</b></td><td>国务院办公厅</td><td><b>成文日期：</b></td><td>2021年3月1日</td></tr>"
            "<tr><td><b>发文字号：</b></td><td>国办发〔2021〕3号</td><td><b>发布日期：</b></td><td>2021年3月5日</td></tr></table>"
            "<h1>国务院办公厅关于某项工作的通知</h1><p>为做好某项工作，经国务院同意，现将有关事项通知如下。</p>"
        )
    )
    assert found.text == (
        "国务院办公厅关于某项工作的通知\n\n"
        "发布日期：2021年3月5日　发文字号：国办发〔2021〕3号　发文机关：国务院办公厅　成文日期：2021年3月1日\n\n"
        "索 引 号：000014349/2021-00023；主题分类：农业。\n发文机关：国务院办公厅；成文日期：2021年3月1日。\n"
        "发文字号：国办发〔2021〕3号；发布日期：2021年3月5日。\n\n为做好某项工作，经国务院同意，现将有关事项通知如下。"
    )
    header, _ = parse_header(found.text)
    assert (header.doc_number, header.issuer, header.issued) == ("国办发〔2021〕3号", "国务院办公厅", "2021-03-01")


def test_a_date_in_brackets_below_the_title_is_that_of_signing() -> None:
    body = "<h1>某州关于加强协作的意见</h1><p>（2020年12月16日）</p><p>为加强协作，促进共同发展，现就有关事项提出如下意见。</p>"
    text = read_html(page(body)).text
    assert text.startswith("某州关于加强协作的意见\n\n（2020年12月16日）\n\n为加强协作")
    assert (parse_header(text)[0].issued, parse_header(text)[0].published) == ("2020-12-16", None)


def test_no_title_date_or_source_is_invented() -> None:
    assert read_html(b"<p>" + "这里没有标题，也没有日期和来源。".encode()).text == "这里没有标题，也没有日期和来源。"


def test_a_date_in_the_middle_of_the_text_is_not_the_date_of_the_page() -> None:
    found = read_html(page("<h1>通知</h1><p>会议时间：2021年3月1日，请各单位准时参加。</p><p>日期：2020-01-01</p>"))
    assert found.text == "通知\n\n会议时间：2021年3月1日，请各单位准时参加。\n\n日期：2020-01-01"


def test_every_visible_paragraph_is_kept_where_trafilatura_finds_little(monkeypatch: pytest.MonkeyPatch) -> None:
    body = "".join(f"<div><span>第{number}段写的是东西部协作工作的内容。</span></div>" for number in range(20))
    monkeypatch.setattr("trafilatura.extract", lambda *_, **__: "第3段写的是东西部协作工作的内容。")
    found = read_html(page(f"<div>菜单</div>{body}<div>联系我们</div>"))
    assert found.text.split("\n\n") == [
        "菜单",
        *(f"第{number}段写的是东西部协作工作的内容。" for number in range(20)),
        "联系我们",
    ]
    assert found.warnings == ("正文判定只覆盖段落的 5%，已改为收入页面全部可见文字。",)


def test_a_paragraph_beside_the_main_text_is_not_lost() -> None:
    main = "".join(f"<p>第{number}段写的是东西部协作工作的内容，资金和项目都按计划安排。</p>" for number in range(9))
    found = read_html(
        page(f"<div><div>{main}</div></div><div class=sidebar><div>另有一段说明，写在页面的旁边。</div></div>")
    )
    assert "另有一段说明，写在页面的旁边。" in found.text


def test_markup_inside_words_adds_no_spaces_and_breaks_between_words_keep_theirs() -> None:
    body = "<p>协<b>作</b><span>资\n  金</span>共 <i>3</i>\n亿元</p><p>Policy\nof <b>2021</b><br>second</p><pre>甲\n  乙</pre>"
    assert read_html(page(body)).text == "协作资金共 3 亿元\n\nPolicy of 2021\nsecond\n\n甲\n乙"


def test_text_that_only_code_shows_is_left_out() -> None:
    body = (
        "<p>看得见的段落。</p><noscript>请打开脚本</noscript><template>模板</template><select><option>选项</select>"
        "<button>按钮</button><svg><text>图形</text></svg><p style='visibility:hidden'>隐藏</p><span style='font-size:0px'>零</span>"
        "<p style='font-size:0.9em'>小字也看得见。</p>"
    )
    assert read_html(page(body)).text == "看得见的段落。\n\n小字也看得见。"


def test_nested_lists_and_definition_lists_give_one_line_an_item() -> None:
    body = (
        "<ol><li>甲<ul><li>甲一</li><li>甲二</li></ul></li><li>乙</li></ol><dl><dt>协作</dt><dd>指互相帮助。</dd></dl>"
    )
    assert read_html(page(body)).text == "甲\n甲一\n甲二\n乙\n\n协作\n\n指互相帮助。"


def test_spans_may_lie() -> None:
    body = "<table><tr><th colspan=99999999 rowspan=0>甲</th><th>乙</th></tr><tr><td rowspan=-3>1</td><td colspan=x>2</td></tr></table>"
    started = time.monotonic()
    assert "甲" in read_html(page(body)).text
    assert time.monotonic() - started < 2


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0" * 100,
        b"%PDF-1.7 \xff\xfe\x00\x01" * 9,
        "只有文字，没有标记。".encode(),
        b"<html><body><script>document.write('x')</script></body></html>",
        b"<html></html>",
        bytes(range(256)) * 20,
        b"<div>" * 50_000,
        b"<p>" + b"\x81\xff" * 500,
    ],
)
def test_what_is_no_page_is_refused_with_one_sentence(data: bytes) -> None:
    with pytest.raises(ReadError) as refused:
        read_html(data)
    assert refused.value.chinese.endswith("。")
    assert "\n" not in str(refused.value)


def test_entities_of_xml_are_never_expanded(tmp_path: object) -> None:
    bomb = '<?xml version="1.0"?><!DOCTYPE html [<!ENTITY a "哈哈哈哈哈哈哈哈"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY x SYSTEM "file:///etc/passwd">]><html><body><p>正文。&b;&x;</p></body></html>'
    text = read_html(bomb.encode()).text
    assert "root:" not in text
    assert "哈" * 9 not in text


def test_a_large_flat_page_is_read_in_seconds() -> None:
    body = "".join(f"<p>第{number}段，内容是协作工作的安排。</p>" for number in range(5000))
    started = time.monotonic()
    assert read_html(page(body)).text.count("\n\n") == 4999
    assert time.monotonic() - started < 10


@pytest.mark.parametrize(
    "body",
    [
        "<table><tr>" + "<th rowspan=9999 colspan=200>列名" * 400 + "<tr><td>1<td>2" * 5000,
        "<title>" + "-" * 300_000 + "</title><p>正文内容在这里。",
        "<div>" * 1500 + "<p>一段话在这里。" * 3000,
        "<div>" + "<b>字</b>" * 20_000 + "<p>段</p>字" * 3000,
        "<table><tr><td>" * 300 + "正文内容在这里。",
        "<b><i>" * 20_000,
        "<p style='" + "display :" * 50_000 + "'>正文",
    ],
)
def test_hostile_pages_cost_seconds_at_most(body: str) -> None:
    started = time.monotonic()
    try:
        read_html(page(body))
    except ReadError as refused:
        assert refused.chinese.endswith("。")
    assert time.monotonic() - started < 10


def test_mutated_pages_are_read_or_refused() -> None:
    whole = NOTICE.format(charset="gb2312").encode("gb18030")
    rng = random.Random(7)
    for _ in range(150):
        data = bytearray(whole)
        for _ in range(rng.randint(1, 30)):
            start = rng.randrange(len(data))
            change = rng.random()
            if change < 0.4:
                data[start] = rng.randrange(256)
            elif change < 0.7:
                del data[start : start + rng.randint(1, 200)]
            else:
                data[start:start] = data[rng.randrange(len(data)) :][: rng.randint(1, 200)]
        try:
            found = read_html(bytes(data))
        except ReadError:
            continue
        assert all(0 <= start < end <= len(found.text) for start, end, _ in found.headings)


TAGS = "<p> </p> <div> <table> </table> <tr> <td> <th <li> <h1> <br> <ruby> <rt> 协作。 a &amp; < > <!-- --> <pre> <title> <body>"


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from([*TAGS.split(), "\n", " rowspan=3>", '"', " "]), max_size=60))
def test_any_order_of_tags_is_read_or_refused(pieces: list[str]) -> None:
    try:
        found = read_html("".join(pieces).encode())
    except ReadError:
        return
    assert found.text.strip()
