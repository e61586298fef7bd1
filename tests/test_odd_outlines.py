"""Outlines of texts as they come: numbers that are wrong, missing or begin again, headings of many lines, odd numerals."""

import pytest

from rag.outline import find_sections
from rag.types import Section

AFTER = "双方共同建设产业园区，投入资金一千万元，吸纳三百人就业。"


def outline(text: str) -> list[tuple[int, str]]:
    """Level and innermost heading of every section."""
    return [(section.level, section.path[-1] if section.path else "") for section in sections(text)]


def sections(text: str) -> tuple[Section, ...]:
    found = find_sections(text, 0, None)
    assert "".join(text[section.start : section.end] for section in found) == text
    return found


def test_numbers_that_jump_repeat_or_run_backwards_stay_beside_each_other() -> None:
    articles = "第一条　建设园区。\n第二条　组织劳务。\n第四条　培训教师。\n第四条　互派干部。\n第三条　消费协作。\n"
    assert outline(articles) == [(1, "第一条"), (1, "第二条"), (1, "第四条"), (1, "第四条"), (1, "第三条")]
    parts = "一、产业\n建设园区。\n三、劳务\n组织培训。\n三、消费\n设立专柜。\n二、教育\n教师跟岗。\n"
    assert outline(parts) == [(1, "一、产业"), (1, "三、劳务"), (1, "三、消费"), (1, "二、教育")]


def test_a_list_that_begins_with_two_or_skips_a_number_stays_below_its_heading() -> None:
    text = "一、产业\n（二）园区\n建设园区。\n（四）车间\n设立车间。\n三、劳务\n（一）培训\n组织培训。\n"
    assert outline(text) == [
        (1, "一、产业"), (2, "（二）园区"), (2, "（四）车间"), (1, "三、劳务"), (2, "（一）培训")
    ]  # fmt: skip


def test_a_numbering_that_begins_again_inside_a_chapter_stays_in_it() -> None:
    text = (
        "第二章　保障\n一、组织\n成立小组。\n二、资金\n专款专用。\n一、监督\n定期检查。\n二、考核\n每年一次。\n"
        "第三章　附则\n一、解释\n由州府解释。\n"
    )
    assert [section.path for section in sections(text)] == [
        ("第二章 保障",),
        ("第二章 保障", "一、组织"),
        ("第二章 保障", "二、资金"),
        ("第二章 保障", "一、监督"),
        ("第二章 保障", "二、考核"),
        ("第三章 附则",),
        ("第三章 附则", "一、解释"),
    ]
    articles = (
        "第一章　总则\n第一条　建设园区。\n第二条　组织劳务。\n第一条　培训教师。\n第二章　附则\n第二条　消费协作。\n"
    )
    assert outline(articles) == [
        (1, "第一章 总则"), (2, "第一条"), (2, "第二条"), (2, "第一条"), (1, "第二章 附则"), (2, "第二条")
    ]  # fmt: skip


@pytest.mark.parametrize(
    "lines",
    [
        ["（一）关于进一步加强东西部协作产业园区共建", "和劳务协作的若干措施"],
        ["（一）关于进一步加强东西部协作产业园区共建", "以及两地劳务输转和教育医疗组团帮扶的", "若干措施"],
    ],
)
def test_a_heading_that_does_not_fit_on_its_line_is_one(lines: list[str]) -> None:
    text = "\n".join(lines) + f"\n　　{AFTER}\n（二）劳务\n组织培训。\n"
    first, second = sections(text)
    assert first.path == ("".join(lines),)
    assert text[first.start : first.heading_end] == "\n".join(lines) + "\n"
    assert second.path == ("（二）劳务",)


def test_lines_of_a_paragraph_are_not_taken_for_more_of_the_heading() -> None:
    text = f"（一）关于进一步加强东西部协作产业园区共建\n双方共同建设产业园区\n{AFTER[:20]}\n{AFTER}\n"
    (section,) = sections(text)
    assert section.path == ("（一）关于进一步加强东西部协作产业园区共建",)


def test_a_numbered_paragraph_longer_than_a_heading_is_a_clause_with_its_number() -> None:
    text = f"一、{'园区' * 60}\n{AFTER}\n二、{'劳务' * 60}。{AFTER}\n"
    assert [(s.label, s.path, text[s.start : s.heading_end]) for s in sections(text)] == [
        ("一、", ("一、",), "一、"),
        ("二、", ("二、",), "二、"),
    ]


@pytest.mark.parametrize(
    ("last", "level", "path"),
    [
        ("二、劳务", 1, ("二、劳务",)),
        ("（二）车间", 2, ("一、产业", "（二）车间")),
        ("第二章　附则", 1, ("第二章 附则",)),
        ("第二条", 1, ("第二条",)),
        ("## 劳务", 1, ("劳务",)),
        # Nothing follows, so nothing tells it from a caption or a name.
        ("劳务协作", 1, ("一、产业",)),
        ("附件1", 1, ("一、产业",)),
    ],
)
@pytest.mark.parametrize("end", ["", "\n", "\n\n　　\n"])
def test_a_heading_as_the_last_line(last: str, level: int, path: tuple[str, ...], end: str) -> None:
    found = sections(f"一、产业\n{AFTER}\n\n{last}{end}")
    assert (found[-1].level, found[-1].path) == (level, path)
    assert len(found) == (1 if path == ("一、产业",) else 2)


def test_full_and_half_width_numerals_and_brackets_may_mix() -> None:
    text = (
        "第１章　总则\n第一条　资金用于：\n（1)园区；\n(２）车间；\n（３）驿站。\n第2条　违反的：\n(一）通报；\n（二)约谈；\n(三)追责。\n"
        "第２章　附则\n第３条　由州府解释。\n"
    )
    assert [(s.label, s.level) for s in sections(text)] == [
        ("第１章", 1), ("第一条", 2), ("（1)", 3), ("(２）", 3), ("（３）", 3),
        ("第2条", 2), ("(一）", 3), ("（二)", 3), ("(三)", 3), ("第２章", 1), ("第３条", 2),
    ]  # fmt: skip
    mixed = "１、产业\n建设园区。\n2、劳务\n组织培训。\n３．消费\n设立专柜。\n４. 教育\n教师跟岗。\n"
    assert outline(mixed) == [(1, "１、产业"), (1, "2、劳务"), (1, "３．消费"), (1, "４. 教育")]


def test_decimals_are_the_paragraphs_of_an_article_and_lines_without_number_go_on_with_them() -> None:
    text = (
        "第一条  期限\n本协议自签订之日起生效。\n第二条  内容\n2.1  产业\n2.1.1  双方共建产业园区，占地一千亩，三年内引导入驻的企业不少于二十家，实际到位的投资合计不得低于人民币\n8亿元。\n"
        "2.1.2  下列支持：\n（1）免收租金；\n（2）补助运费。\n2.2  人才\n双方每年互派干部三名，挂职两年，费用由派出方承担。\n"
        "第三条  其他\n3.1  本协议一式两份。\n"
    )
    assert outline(text) == [
        (1, "第一条 期限"), (1, "第二条 内容"), (2, "2.1 产业"), (3, "2.1.1"), (3, "2.1.2"), (4, "（1）"), (4, "（2）"),
        (2, "2.2 人才"), (1, "第三条 其他"), (2, "3.1"),
    ]  # fmt: skip


def test_a_short_line_between_indented_paragraphs_is_a_heading_also_above_a_short_paragraph() -> None:
    text = (
        "　　州里的园区今年开了工。\n　　从“卖苗木”到“卖果干”\n　　这里种了三十年苹果。\n　　“去年还愁卖。”果农说。\n"
        "　　车间开进村\n　　下午放了学，孩子们也来。\n"
    )
    assert [path for section in sections(text) for path in section.path] == ["从“卖苗木”到“卖果干”", "车间开进村"]
    # Without indents the same lines may be the parts of one paragraph.
    assert outline(text.replace("　", "")) == [(0, "")]


@pytest.mark.parametrize(
    "line",
    [
        "住所：望潮路18号",
        "记录：张三",
        "乙方（受援方）：西岭州",
        "“为什么不走了？”",
        "总分＝组织＋资金＋产业",
        "相关链接",
    ],
)
def test_fields_quotes_and_formulas_between_blank_lines_are_no_headings(line: str) -> None:
    assert outline(f"{AFTER}\n\n{line}\n\n{AFTER}\n") == [(0, "")]
    assert outline(f"{AFTER}\n\n山海协作：从输血到造血\n\n{AFTER}\n") == [(0, ""), (1, "山海协作：从输血到造血")]


def test_an_attached_plan_begins_below_a_remark_and_above_its_contents() -> None:
    text = (
        f"现将《西岭州协作规划》印发给你们。{AFTER}\n\n西岭州人民政府\n2021年11月12日\n（本文有删减）\n\n西岭州协作规划\n\n目　录\n"
        f"第一章　形势\n第二章　任务\n\n第一章　形势\n{AFTER}\n第二章　任务\n{AFTER}\n"
    )
    found = sections(text)
    assert [section.kind for section in found] == ["body", "signature", "body", "contents", "body", "body"]
    assert [section.path for section in found[2:]] == [
        ("西岭州协作规划",), ("西岭州协作规划",), ("西岭州协作规划", "第一章 形势"), ("西岭州协作规划", "第二章 任务")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("below", "kinds"),
    [
        (
            "某州人民政府\n2021年3月5日\n\n抄送：州委办公室。\n某州人民政府办公室　　2021 年 3 月 6 日印发\n共印 80 份\n",
            1,
        ),
        ("某州人民政府\n2021年3月5日\n\n（联系人：张三，电话：0000）\n", 1),
        ("某州人民政府\n2021年3月5日\n\n— 3 —\n", 1),
        ("联系人：张三；电话：0000\n", 0),
        ("审核意见：\n　　（盖章）　　　年　　月　　日\n", 0),
        ("甲方（盖章）：某州\n代表（签字）：\n", 1),
    ],
)
def test_what_is_printed_below_a_signature_belongs_to_it_and_a_form_has_none(below: str, kinds: int) -> None:
    text = f"一、产业\n{AFTER}\n\n{below}"
    found = [section for section in sections(text) if section.kind == "signature"]
    assert len(found) == kinds
    assert not found or text[found[0].start :] == below
