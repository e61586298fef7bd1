"""Rules for the header of official documents: numbers, organs, dates, signature, clauses; and input that is none."""

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.dates import day_before, last_day, last_day_of_term, parse_date
from rag.doc_number import find_doc_numbers, issuer_of_number, parse_doc_number, same_number
from rag.header import parse_header
from rag.organs import organs_of
from rag.types import Header

MATERIAL = os.environ.get("RAG_TEST_MATERIAL", "")


def header_of(text: str) -> Header:
    return parse_header(text)[0]


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("国发〔2021〕12号", "国发〔2021〕12号"),
        ("国发[2021]12号", "国发〔2021〕12号"),
        ("国发［２０２１］１２号", "国发〔2021〕12号"),
        ("国发【2021】12号", "国发〔2021〕12号"),
        ("国发（2021）12号", "国发〔2021〕12号"),
        ("国发(2021)第12号", "国发〔2021〕12号"),
        ("国发 〔 2021 〕 12 号", "国发〔2021〕12号"),
        ("（国办发〔2018〕129号）", "国办发〔2018〕129号"),
        ("国发〔二〇二一〕12号", "国发〔2021〕12号"),
        ("川农村领组发〔2022〕3号", "川农村领组发〔2022〕3号"),
        ("某省人民政府令第312号", "某省人民政府令第312号"),
        ("某省人民政府令（第 312 号）", "某省人民政府令第312号"),
        ("财政部公告2021年第5号", "财政部公告2021年第5号"),
        ("第12号令", "第12号令"),
    ],
)
def test_numbers_are_read_in_all_their_forms(written: str, number: str) -> None:
    assert parse_doc_number(written) == number


@pytest.mark.parametrize(
    "line", ["", "第12号", "国发2021年12号", "国发〔2021〕号", "国发〔21〕12号", "〔2021〕12号", "按照国发〔2021〕12号的要求", "国发〔3021〕1号"]
)  # fmt: skip
def test_other_lines_are_no_numbers(line: str) -> None:
    assert parse_doc_number(line) is None


def test_numbers_in_running_text_are_compared_whatever_stands_before_them() -> None:
    text = "根据国发［2021］12号和财农（2020）第3号，经研究。"
    found = find_doc_numbers(text)
    assert [text[start:end] for start, end, _ in found] == ["根据国发［2021］12号", "和财农（2020）第3号"]
    assert [same_number(number, "国发〔2021〕12号") for _, _, number in found] == [True, False]
    assert same_number(found[1][2], "财农〔2020〕3号")


def test_only_prefixes_that_are_certain_name_an_issuer() -> None:
    assert issuer_of_number("国办发〔2018〕129号") == "国务院办公厅"
    assert issuer_of_number("某省人民政府令第3号") == "某省人民政府"
    assert issuer_of_number("西府发〔2021〕4号") is None


@pytest.mark.parametrize(
    ("written", "date"),
    [
        ("二〇二一年三月五日", "2021-03-05"),
        ("二○二一年十二月二十一日", "2021-12-21"),
        ("二零二一年十月", "2021-10"),
        ("一九九六年", "1996"),
        ("二0二一年3月五日", "2021-03-05"),
        ("２０21年０3月5日", "2021-03-05"),
        ("November 2021", "2021-11"),
        ("May 3, 2016", "2016-05-03"),
        ("18 October 2001", "2001-10-18"),
        ("二〇二一年十三月一日", None),
        ("二〇二一年二月三十日", None),
        ("2021年0月3日", None),
        ("February 30, 2016", None),
    ],
)
def test_dates_in_chinese_mixed_and_english_figures(written: str, date: str | None) -> None:
    assert parse_date(written) == date


def test_days_that_a_date_may_mean_and_terms() -> None:
    assert [last_day(date) for date in ("2024", "2024-02", "2023-02", "2024-02-05")] == [
        "2024-12-31", "2024-02-29", "2023-02-28", "2024-02-05",
    ]  # fmt: skip
    assert day_before("2022-01-01") == "2021-12-31"
    assert last_day_of_term("2021-05-01", 60) == "2026-04-30"
    assert last_day_of_term("2020-02-29", 12) == "2021-02-28"
    assert last_day_of_term("2021", 24) == "2023-12-30"
    assert last_day_of_term("9990-01-01", 1200) == "9999-12-31"


@pytest.mark.parametrize(
    ("line", "organs"),
    [
        ("国务院办公厅", ["国务院办公厅"]),
        ("中共中央　国务院", ["中共中央", "国务院"]),
        ("中共中央办公厅国务院办公厅", ["中共中央办公厅", "国务院办公厅"]),
        ("国家发展改革委　财政部、人力资源社会保障部", ["国家发展改革委", "财政部", "人力资源社会保障部"]),
        ("某 州 财 政 局", ["某州财政局"]),
        ("国家税务总局某省税务局", ["国家税务总局某省税务局"]),
        ("推动协作取得更大成效", []),
        ("切实加强领导小组", []),
        ("王某某", []),
        ("", []),
    ],
)
def test_lines_of_organs(line: str, organs: list[str]) -> None:
    assert organs_of(line) == organs


SIGNED = "某州人民政府关于做好工作的通知\n某府发〔2021〕1号\n\n各县人民政府：\n\n现将有关事项通知如下。\n\n{end}\n"


@pytest.mark.parametrize(
    ("end", "issuer", "issued"),
    [
        ("某州人民政府\n2021年3月5日", "某州人民政府", "2021-03-05"),
        ("　　　某州财政局　某州民政局\n　　　二〇二一年三月五日", "某州财政局、某州民政局", "2021-03-05"),
        ("某州财政局\n某州民政局\n2021年3月5日", "某州财政局、某州民政局", "2021-03-05"),
        ("某州人民政府办公室　　2021年3月5日", "某州人民政府办公室", "2021-03-05"),
        ("州长　王某某\n2021年3月5日", "某州人民政府", "2021-03-05"),
        ("2021年3月5日", "某州人民政府", "2021-03-05"),
        ("某州人民政府\n2021年2月30日", "某州人民政府", None),
        ("某州人民政府\n2021年3月5日\n\n附件1\n\n办法\n\n某县财政局\n2020年1月1日", "某州人民政府", "2021-03-05"),
        ("请于2021年3月5日前报送。", "某州人民政府", None),
    ],
)
def test_the_signature_of_the_main_document_counts(end: str, issuer: str, issued: str | None) -> None:
    header = header_of(SIGNED.format(end=end))
    assert (header.issuer, header.issued) == (issuer, issued)
    assert (header.doc_number, header.recipients) == ("某府发〔2021〕1号", "各县人民政府")
    assert header.title == "某州人民政府关于做好工作的通知"


@pytest.mark.parametrize(
    ("clause", "effective"),
    [
        ("本办法自2021年5月1日起施行。", "2021-05-01"),
        ("本通知自二〇二一年五月一日起正式执行。", "2021-05-01"),
        ("本办法自印发之日起施行。", "2021-03-05"),
        ("本规定自发布之日起实施。", "2021-03-05"),
        ("现予公布，自2021年5月1日起施行。", "2021-05-01"),
        ("《某条例》自2020年1月1日起施行。", None),
        ("会上说：“本办法自2020年1月1日起施行。”", None),
        ("该办法自2020年1月1日起施行。", None),
        ("本办法自2021年13月1日起施行。", None),
    ],
)
def test_only_its_own_day_of_entry_into_force_counts(clause: str, effective: str | None) -> None:
    assert header_of(SIGNED.format(end=f"{clause}\n\n某州人民政府\n2021年3月5日")).effective == effective


@pytest.mark.parametrize(
    ("clause", "validity"),
    [
        ("本办法自2021年5月1日起施行，有效期五年。", "有效期五年"),
        ("本办法有效期至2025年12月31日。", "有效期至2025年12月31日"),
        ("本通知自2021年5月1日起执行，试行期限为两年。", "试行期限为两年"),
        ("本意见自2025年1月1日起废止。", "自2025年1月1日起废止"),
        ("《某办法》有效期三年。", None),
        ("食品的有效期至2025年12月31日。", None),
    ],
)
def test_remarks_on_validity(clause: str, validity: str | None) -> None:
    assert header_of(SIGNED.format(end=clause)).validity == validity


def test_a_document_that_is_marked_as_repealed_says_so() -> None:
    header = header_of("【已于2022年1月1日废止】\n\n某州人民政府关于做好工作的通知\n\n各县人民政府：\n\n正文如下。\n")
    assert (header.title, header.validity) == ("某州人民政府关于做好工作的通知", "已于2022年1月1日废止")


def test_a_number_in_brackets_behind_the_title_is_not_part_of_it() -> None:
    header = header_of("某省关于做好工作的意见（某发〔2021〕３号）\n\n各市：\n\n正文如下。\n")
    assert (header.title, header.doc_number) == ("某省关于做好工作的意见", "某发〔2021〕3号")


def test_source_and_reporter_of_a_wire_report() -> None:
    header = header_of("山海携手再启程\n\n新华社某地7月20日电（记者 张三、李四）两地签署协议，共建园区三个。\n")
    assert (header.source, header.author) == ("新华社", "记者 张三、李四")


def test_a_page_saved_as_one_paragraph_has_date_and_source_and_no_block() -> None:
    header, end = parse_header(
        "来源：某网  |  2023年07月21日 11:20:20，正文：    7月21日上午，会议召开。" + "很长的正文。" * 50
    )
    assert (header.published, header.source, header.title, end) == ("2023-07-21", "某网", None, 0)


@pytest.mark.parametrize(
    "line", ["您当前的位置：首页 > 新闻 > 县区", "当前位置: 首页>政务公开", "首页 » 政策文件 » 通知"]
)
def test_the_way_to_a_page_is_not_its_title(line: str) -> None:
    header = header_of(
        f"{line}\n\n山海携手再启程\n——两地协作观察\n\n2024年8月19日　来源：某报　作者：张三　阅读：31\n\n正文。\n"
    )
    assert (header.title, header.published) == ("山海携手再启程——两地协作观察", "2024-08-19")
    assert (header.source, header.author) == ("某报", "张三")


def test_a_table_of_fields_above_the_text_is_read() -> None:
    text = (
        "# 关于申报项目的通知\n\n| 索 引 号 | 0415-18 | 主题分类 | 农业 |\n| --- | --- | --- | --- |\n"
        "| 发布机构 | 某县农业局 | 成文日期 | 2024-03-04 |\n| 发文字号 | 某农发〔2024〕15号 | 发布日期 | 2024-03-06 |\n\n"
        "各乡镇人民政府：\n\n正文在此。\n"
    )
    header, end = parse_header(text)
    assert header == Header(
        title="关于申报项目的通知", doc_number="某农发〔2024〕15号", issuer="某县农业局", issued="2024-03-04",
        published="2024-03-06", recipients="各乡镇人民政府",
    )  # fmt: skip
    assert text[end:].startswith("\n各乡镇")


def test_a_table_of_anything_else_is_text() -> None:
    header, end = parse_header("# 关于申报项目的通知\n\n| 名称 | 地点 | 资金 |\n|---|---|---|\n| 厂房 | 城关 | 15 |\n")
    assert (header, end) == (Header(title="关于申报项目的通知"), 12)


@pytest.mark.parametrize(
    "remark",
    ["2023年11月20日某省发展和改革委员会令第29号公布", "二〇二三年十一月二十日某省发展和改革委员会令第29号公布"],
)
def test_a_date_in_front_of_a_number_is_not_part_of_it(remark: str) -> None:
    header = header_of(f"某省项目管理办法\n\n（{remark}　自2024年1月1日起施行）\n\n第一条　为了管理，制定本办法。\n")
    assert (header.doc_number, header.issuer) == ("某省发展和改革委员会令第29号", "某省发展和改革委员会")
    assert header.issued == "2023-11-20"


def test_a_decree_whose_number_stands_right_below_its_name() -> None:
    header = header_of(
        "西岭州人民政府令\n第12号\n\n《西岭州园区管理规定》已经州人民政府常务会议通过，现予公布，自公布之日起30日后施行。\n\n"
        "州长　　张　三\n2021年7月30日\n\n西岭州园区管理规定\n\n第一条　为了管理，制定本规定。\n"
    )
    assert header == Header(
        title="西岭州园区管理规定", doc_number="西岭州人民政府令第12号", issuer="西岭州人民政府", issued="2021-07-30",
        effective="2021-08-29",
    )  # fmt: skip


@pytest.mark.parametrize(
    "lines",
    [
        ["西岭州人民政府关于印发西岭州“十四五”", "产业协作规划的通知"],
        ["西岭州人民政府关于印发西岭州“十四五”", "产业协作和劳务协作", "规划的通知"],
        ["西岭州财政局　西岭州乡村振兴局", "关于印发《协作资金办法》的通知"],
        ["西岭州2021年产业协作", "工作总结"],
        ["关于印发《西岭州产业协作资金", "管理办法（试行）》的通知"],
        ["西岭州“十四五”协作发展规划", "（2021—2025年）"],
    ],
)
def test_a_title_whose_lines_are_paragraphs_is_one(lines: list[str]) -> None:
    header = header_of("\n\n".join([*lines, "西府发〔2021〕25号", "各县人民政府：", "现印发给你们。"]) + "\n")
    assert (header.title, header.doc_number) == ("".join(lines), "西府发〔2021〕25号")
    assert header.recipients == "各县人民政府"


@pytest.mark.parametrize(
    ("lines", "title"),
    [
        (
            ["张三在协作工作会议上强调", "以更实举措推动协作提质增效"],
            "张三在协作工作会议上强调以更实举措推动协作提质增效",
        ),
        (["山海携手再启程", "——两地协作观察"], "山海携手再启程——两地协作观察"),
        (["Cooperation Between Coastal and", "Inland Regions"], "Cooperation Between Coastal and Inland Regions"),
    ],
)
def test_a_title_of_a_report_or_book_of_two_paragraphs_is_one(lines: list[str], title: str) -> None:
    header = header_of(
        "\n\n".join([*lines, "2021年3月5日　来源：某报", "两地共建园区三个，投资一亿元，现场签约。"]) + "\n"
    )
    assert (header.title, header.published, header.source) == (title, "2021-03-05", "某报")


def test_organs_below_the_red_head_belong_to_the_title_that_they_begin() -> None:
    header = header_of(
        "中共西岭州委文件\n\n西委发〔2021〕6号\n\n中共西岭州委　西岭州人民政府\n\n关于深化协作的\n\n实施意见\n\n"
        "各县党委：\n\n现提出如下意见。\n"
    )
    assert header.title == "中共西岭州委　西岭州人民政府关于深化协作的实施意见"
    assert (header.issuer, header.doc_number) == ("中共西岭州委、西岭州人民政府", "西委发〔2021〕6号")


def test_of_two_dates_in_one_line_the_one_of_the_amendment_counts() -> None:
    header = header_of(
        "西岭州协作条例\n\n（2015年3月27日西岭州第十二届人民代表大会常务委员会第四次会议通过 根据2020年9月25日第九次会议修正）\n\n"
        "第一条　正文。\n"
    )
    assert (header.issued, header.validity) == ("2015-03-27", "2020年9月25日修正")


@pytest.mark.parametrize("following", ["产业协作规划", "一、总体要求", "产业协作走深走实。", "张三"])
def test_a_title_does_not_go_on_with_what_does_not_end_it(following: str) -> None:
    header = header_of(f"关于西岭州“十四五”协作的故事\n\n{following}\n\n两地共建园区三个，投资一亿元，现场签约。\n")
    assert header.title == "关于西岭州“十四五”协作的故事"


def test_a_date_in_brackets_behind_the_title_is_that_of_issue() -> None:
    header = header_of("西岭州关于加强协作的意见（2020年12月16日）\n\n打好协作基础，现提出如下意见。\n")
    assert (header.title, header.issued) == ("西岭州关于加强协作的意见", "2020-12-16")


def test_organs_below_a_title_with_a_footnote_are_not_part_of_it() -> None:
    text = "2022年西岭州经济和社会发展统计公报[1]\n西岭州统计局　国家统计局西岭调查队\n2023年3月15日\n\n2022年是重要的一年。\n"
    assert header_of(text) == Header(
        title="2022年西岭州经济和社会发展统计公报", issuer="西岭州统计局、国家统计局西岭调查队", issued="2023-03-15"
    )


def test_departments_of_which_one_is_spaced_out_to_fill_the_line() -> None:
    header = header_of(
        "关于印发《协作资金办法》的通知\n西财农〔2021〕19号\n\n国家民委：\n　　现印发给你们，请遵照执行。\n\n"
        "财 政 局　　　　西岭州乡村振兴局　　西岭州民委\n西岭州林草局　　　西岭州农业农村局\n2021年3月26日\n"
    )
    assert (header.issuer, header.issued) == (
        "财政局、西岭州乡村振兴局、西岭州民委、西岭州林草局、西岭州农业农村局", "2021-03-26"
    )  # fmt: skip
    assert header.recipients == "国家民委"


@pytest.mark.parametrize(
    ("congress", "issuer"),
    [
        ("第十三届全国人民代表大会常务委员会第二十八次会议", "全国人民代表大会常务委员会"),
        ("西岭州第十二届人民代表大会常务委员会第四次会议", "西岭州人民代表大会常务委员会"),
        ("第十三届全国人民代表大会第四次会议", "全国人民代表大会"),
    ],
)
def test_the_congress_that_adopted_a_law_issues_it(congress: str, issuer: str) -> None:
    header = header_of(f"协作促进法\n（2021年4月29日{congress}通过）\n\n第一条　为了协作，制定本法。\n")
    assert (header.title, header.issuer, header.issued) == ("协作促进法", issuer, "2021-04-29")


@pytest.mark.parametrize("name", ["张三", "张 小 三", "张　三"])
def test_who_speaks_stands_below_a_speech(name: str) -> None:
    text = f"在协作工作推进会上的讲话\n（2021年2月25日）\n{name}\n\n同志们：\n今天，我们召开大会。\n"
    header, end = parse_header(text)
    assert header == Header(title="在协作工作推进会上的讲话", published="2021-02-25", author="".join(name.split()))
    assert text[end:].startswith("\n同志们")


@pytest.mark.parametrize(
    ("opening", "source"),
    [
        ("2023-08-16 16:11:00，正文：中新社北京8月16日电 (记者 张三)记者获悉，", "中新社"),
        ("西岭新闻网2023年7月24日讯（记者 张三）近日，", "西岭新闻网"),
        ("西岭日报8月1日讯 ", "西岭日报"),
        ("本报北京8月1日电（记者 张三）", None),
        ("8月1日电，", None),
    ],
)
def test_the_paper_or_agency_at_the_beginning_is_the_source(opening: str, source: str | None) -> None:
    assert header_of(f"{opening}两地签署协议，共建园区三个，" + "投资一亿元，" * 40 + "现场签约。\n").source == source


def test_lines_like_a_header_in_the_middle_of_the_text_are_left_there() -> None:
    text = (
        "山海携手再启程\n\n正文第一段说明情况，比较长。\n\n来源：假来源\n发布日期：2020-01-01\n某发〔2020〕9号\n\n"
        "某州人民政府文件\n\n正文第二段，也比较长。\n"
    )
    header, end = parse_header(text)
    assert header == Header(title="山海携手再启程")
    assert text[end:].startswith("\n正文第一段")


@pytest.mark.parametrize(
    "text", ["", "\n", "\ufeff", "　　\n　　", "。", "号", "〔2021〕", "第", "#", "# ", "（", "年月日\n"]
)
def test_next_to_nothing_has_no_header(text: str) -> None:
    assert parse_header(text) == (Header(), 0)


@pytest.mark.parametrize(
    "text",
    [
        "《某办法》" * 500,
        "题目\n\n" + "《关于某事的通知》" * 500,
        "来源：" + " " * 50_000 + "甲",
        "第" * 50_000,
        "国发〔" * 20_000,
        "（" * 50_000 + "通过）",
        "某局\n" * 20_000,
        "2021年3月5日\n" * 10_000,
        "本办法自" * 20_000 + "起施行",
        "本办法" + " " * 50_000 + "自",
        "关于" * 30_000 + "的通知\n\n正文\n",
    ],
)
def test_hostile_texts_take_no_time_and_give_no_number(text: str) -> None:
    header, end = parse_header(text)
    assert header.doc_number is None
    assert 0 <= end <= len(text)


@settings(max_examples=200)
@given(
    st.text(
        alphabet="国发办〔〕[]（）()２０21年月日号第一二三五〇关于的通知：\n 　。自起施行本有效期至各县人民政府局《》#:",
        max_size=300,
    )
)
def test_nothing_made_of_its_characters_breaks_the_header(text: str) -> None:
    header, end = parse_header(text)
    assert 0 <= end <= len(text)
    for date in (header.issued, header.published, header.effective):
        assert date is None or parse_date(date) == date


@pytest.mark.skipif(not MATERIAL, reason="RAG_TEST_MATERIAL does not name the folder of real documents")
def test_the_header_of_the_real_article() -> None:
    file = next((Path(MATERIAL) / "documents").glob("*.txt"))
    header = header_of(file.read_text(encoding="utf-8-sig"))
    assert header.title == file.stem.replace("-", ":")
    assert (header.published, header.source) == ("2025-05-13", "《中国乡村振兴》杂志2025年第9期")
    assert header == Header(title=header.title, published=header.published, source=header.source)


@pytest.mark.skipif(not MATERIAL, reason="RAG_TEST_MATERIAL does not name the folder of real documents")
def test_real_news_get_dates_and_sources_but_nothing_that_they_do_not_say() -> None:
    texts = [file.read_text(encoding="utf-8") for file in sorted((Path(MATERIAL) / "corpus" / "news").glob("*.txt"))]
    headers = [header_of(text) for text in texts]
    assert sum(header.published is not None for header in headers) >= 104
    for text, header in zip(texts, headers, strict=True):
        assert header.doc_number is header.issued is header.effective is header.validity is header.recipients is None
        assert header.source is None or (header.source in " ".join(text.split())[:200] and len(header.source) <= 20)
        assert header.author is None or header.author in text
