"""Which lines are headings, and which heading stands under which."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.outline import find_sections

LINES = st.sampled_from(
    [
        *("## 工作目标", "# 标题", "###### 六级", "####### 七级", "一、总体要求", "（一）主要目标", "(二)基本原则"),
        *("1. 产业", "2．劳务", "（1）培训", "第一章 总则", "第二节　机构", "第三部分：附则", "组织领导", "- 项目"),
        *("双方共同建设产业园区，投入资金一千万元。", "第三条 本办法自发布之日起施行。", "", "", "　　", "```", "😀"),
        *("| 甲 | 乙 |", "|---|---|", "\x0c换页", "行\u2028内"),
    ]
)
AFTER = "后文在此，这一段比上面的行要长得多，用来说明它不是标题，而且已经写完。\n"
TEXTS = st.lists(LINES | st.text(max_size=20), max_size=25).map("\n".join)


def outline(text: str) -> list[tuple[str, ...]]:
    return [section.path for section in find_sections(text, 0, None)]


@given(TEXTS, st.integers(0, 40), st.none() | st.just("标题"))
def test_sections_cover_the_text_exactly_and_in_order(text: str, body_start: int, title: str | None) -> None:
    body_start = min(body_start, len(text))
    sections = find_sections(text, body_start, title)
    assert "".join(text[section.start : section.end] for section in sections) == text
    assert all(section.start < section.end for section in sections)
    for section in sections:
        # A title that is repeated right above the text belongs to the header as well.
        repeats = title is not None and "".join(text[section.start : section.end].split()) == title
        assert (section.kind == "header") == (section.end <= body_start or (repeats and section.kind == "header"))
        if section.kind == "body":
            assert section.heading_end <= section.end


def test_markdown_headings_nest_by_their_number_of_marks() -> None:
    text = "# 甲\n文\n## 乙 ##\n文\n#### 丙\n文\n## 丁\n文\n# 戊\n文\n"
    assert outline(text) == [("甲",), ("甲", "乙"), ("甲", "乙", "丙"), ("甲", "丁"), ("戊",)]


def test_numbered_headings_nest_in_the_order_in_which_their_styles_appear() -> None:
    text = (
        "第一章 总则\n正文。\n一、要求\n正文。\n（一）目标\n正文。\n1. 产业\n正文。\n（1）园区\n正文。\n"
        "（2）车间\n正文。\n（二）原则\n正文。\n二、任务\n正文。\n第二章 附则\n正文。\n"
    )
    assert outline(text) == [
        ("第一章 总则",),
        ("第一章 总则", "一、要求"),
        ("第一章 总则", "一、要求", "（一）目标"),
        ("第一章 总则", "一、要求", "（一）目标", "1. 产业"),
        ("第一章 总则", "一、要求", "（一）目标", "1. 产业", "（1）园区"),
        ("第一章 总则", "一、要求", "（一）目标", "1. 产业", "（2）车间"),
        ("第一章 总则", "一、要求", "（二）原则"),
        ("第一章 总则", "二、任务"),
        ("第二章 附则",),
    ]


def test_numbers_under_markdown_headings_start_again_with_each() -> None:
    text = "## 甲\n一、目标\n文。\n## 乙\n一、目标\n文。\n"
    assert outline(text) == [("甲",), ("甲", "一、目标"), ("乙",), ("乙", "一、目标")]


def test_unnumbered_short_lines_between_blank_lines_are_headings() -> None:
    text = "产业协作的成效\n\n双方共同建设产业园区，投入资金一千万元。\n\n劳务协作\n\n每年组织培训三期。\n"
    assert outline(text) == [("产业协作的成效",), ("劳务协作",)]


def test_an_unnumbered_heading_closes_numbered_ones() -> None:
    text = "成效\n\n一、园区\n双方共同建设。\n\n劳务协作\n\n每年组织培训三期。\n"
    assert outline(text) == [("成效",), ("成效", "一、园区"), ("劳务协作",)]


def test_a_heading_equal_to_the_title_is_not_repeated() -> None:
    sections = find_sections("# 办法\n文\n## 目标\n文\n", 0, "办法")
    assert [section.path for section in sections] == [(), ("目标",)]


def test_the_block_of_header_lines_is_a_section_of_its_own() -> None:
    text = "标题\n来源：甲\n\n正文在此。\n一、目标\n文。\n"
    sections = find_sections(text, text.index("\n\n") + 1, "标题")
    assert [(s.kind, s.path, text[s.start : s.end]) for s in sections] == [
        ("header", (), "标题\n来源：甲\n"),
        ("body", (), "\n正文在此。\n"),
        ("body", ("一、目标",), "一、目标\n文。\n"),
    ]


def test_heading_end_is_where_the_heading_line_ends() -> None:
    text = "## 目标\n文。\n"
    (section,) = find_sections(text, 0, None)
    assert text[section.start : section.heading_end] == "## 目标\n"


@pytest.mark.parametrize(
    "line",
    [
        "第三章规定的条件适用于此",
        "第五条所称资金包括下列各项：",
        "第一节课由教师讲授",
        "依照本办法第三条执行。",
        "1.5万亩",
        "1．5万亩",
        "12.5%",
        "一、",
        "（一）",
        "1.",
        "#没有空格",
        "####### 七个井号",
        "2022年工作要点",
        "| 甲 | 乙 |",
        "- 项目",
        "——题记",
        "https://example.org",
        "……",
        "字" * 41,
        "包括产业、劳务，以及消费",
    ],
)
def test_cross_references_figures_marks_and_long_lines_are_no_headings(line: str) -> None:
    assert outline(f"前文在此，已经写完。\n{line}\n{AFTER}") == [()]


@pytest.mark.parametrize(
    "line", ["字" * 41, "包括产业、劳务，以及消费", "2022年工作要点", "——题记", "English only", "任务如下：", "完成。"]
)
def test_lines_between_blank_lines_that_are_long_punctuated_or_not_chinese_are_no_headings(line: str) -> None:
    assert outline(f"前文在此，已经写完。\n\n{line}\n\n{AFTER}") == [()]


def test_lines_in_a_code_block_are_no_headings() -> None:
    assert outline("前文。\n```\n# 注释\n一、甲\n```\n# 标题\n文\n") == [(), ("标题",)]


def test_items_of_a_list_are_text_and_the_list_ends_with_its_last_item() -> None:
    text = "主要任务如下：\n1. 产业协作\n2. 劳务协作\n3. 消费帮扶\n\n各单位遵照执行。\n"
    sections = find_sections(text, 0, None)
    assert [(s.label, s.path, s.heading_end - s.start) for s in sections] == [
        ("", (), 0),
        ("1.", ("1. 产业协作",), 0),
        ("2.", ("2. 劳务协作",), 0),
        ("3.", ("3. 消费帮扶",), 0),
        ("", (), 0),
    ]


def test_a_heading_directly_above_a_lower_one_stays_a_heading() -> None:
    assert outline("一、要求\n（一）目标\n正文。\n二、任务\n正文。\n") == [
        ("一、要求",),
        ("一、要求", "（一）目标"),
        ("二、任务",),
    ]


def test_the_depth_is_bounded_whatever_the_text_pretends() -> None:
    lines = []
    for number in range(400):
        numbering = ".".join("1" * (number + 1))
        lines += [
            f"{'#' * (number + 1)} 第{number}级",
            f"{numbering} 级",
            f"{'（' * number}一{'）' * number}级",
            "正文。",
        ]
    depths = [len(path) for path in outline("\n".join(lines))]
    assert max(depths) == 7


def test_hundreds_of_thousands_of_lines_are_read() -> None:
    sections = find_sections("一、要求\n（一）目标\n正文在此。\n\n" * 60_000, 0, None)
    assert (len(sections), max(section.level for section in sections)) == (120_000, 2)


def test_a_reference_at_the_start_of_a_line_is_no_article_and_articles_have_paragraphs_and_items() -> None:
    text = (
        "第一条　为了甲，制定本办法。\n第二条　违反本办法\n第一条规定的，责令改正：\n（一）通报；\n（二）约谈。\n"
        "前款所称约谈，另行规定。\n第四条　本办法自印发之日起施行。\n"
    )
    assert [(s.path, s.level) for s in find_sections(text, 0, None)] == [
        (("第一条",), 1),
        (("第二条", "第一款"), 1),
        (("第二条", "第一款", "（一）"), 3),
        (("第二条", "第一款", "（二）"), 3),
        (("第二条", "第二款"), 2),
        (("第四条",), 1),
    ]


def test_numbers_in_full_width_and_without_spaces_are_read() -> None:
    text = "第１章　总则\n第１条为规范资金管理，制定本办法。\n第2条协作资金专款专用。\n（１）专款；\n(2)专用。\n"
    assert [(s.label, s.level) for s in find_sections(text, 0, None)] == [
        ("第１章", 1), ("第１条", 2), ("第2条", 2), ("（１）", 3), ("(2)", 3)
    ]  # fmt: skip


def test_a_heading_of_two_lines_is_one() -> None:
    text = "一、关于进一步加强东西部协作产业园区共建\n和劳务协作\n　　双方共同建设产业园区，投入资金一千万元。\n"
    (section,) = find_sections(text, 0, None)
    assert section.path == ("一、关于进一步加强东西部协作产业园区共建和劳务协作",)
    assert text[section.heading_end :].strip().startswith("双方")
