"""From when until when documents are in force, across a folder."""

import pytest

from rag.completeness import clause_gaps, named_missing
from rag.header import parse_header
from rag.named import Catalogue, looks_like_policy, named_documents
from rag.types import Document, Standing
from rag.validity import find_standings, is_in_force

OLD = (
    "某州资金管理暂行办法\n某府发〔2017〕33号\n\n各县：\n\n本办法自2017年6月1日起施行。\n\n某州人民政府\n2017年5月2日\n"
)
NEW = (
    "某州人民政府关于印发《某州资金管理办法》的通知\n某府发〔2021〕4号\n\n各县：\n\n现将办法印发给你们。\n\n"
    "某州人民政府\n2021年3月22日\n\n附件\n\n某州资金管理办法\n\n第一条　为了管理，制定本办法。\n"
    "第二条　本办法自2021年5月1日起施行，有效期五年。{clause}\n"
)


def document(path: str, text: str) -> Document:
    return Document(path, text, parse_header(text)[0], ())


def standings(**texts: str) -> dict[str, Standing]:
    documents = [document(path, text) for path, text in texts.items()]
    return dict(zip(texts, find_standings(documents), strict=True))


@pytest.mark.parametrize(
    "clause",
    [
        "《某州资金管理暂行办法》（某府发〔2017〕33号）同时废止。",
        "《某州资金管理暂行办法》（某府发[２０１７]３３号）同时废止。",
        "《某州资金管理暂行办法》同时废止。",
        "原《某州资金管理暂行办法》同时停止执行。",
        "同时废止《某州资金管理暂行办法》。",
        "自本办法施行之日起，《某州资金管理暂行办法》（某府发〔2017〕33号）废止。",
        "2017年5月2日公布的《另一办法》（某府发〔2017〕33号）同时废止。",
    ],
)
def test_a_new_document_ends_the_one_that_it_names(clause: str) -> None:
    text = NEW.format(clause=clause)
    found = standings(old=OLD, new=text)
    start, end = text.index(clause.rstrip("。")), text.index(clause.rstrip("。")) + len(clause) - 1
    assert found["old"] == Standing("2017-06-01", "2021-04-30", "废止", "new", evidence=("new", start, end))
    assert (found["new"].since, found["new"].until, found["new"].ended) == ("2021-05-01", "2026-04-30", "失效")
    assert found["new"].evidence is not None
    path, start, end = found["new"].evidence
    assert (path, text[start:end]) == ("new", "有效期五年")


@pytest.mark.parametrize(
    "clause",
    [
        "",
        "《某州资金管理暂行办法》（某府发〔2017〕34号）同时废止。",
        "《某县资金管理暂行办法》同时废止。",
        "《办法》同时废止。",
        "《某州资金管理暂行办法》第三条同时废止。",
        "根据《某州资金管理暂行办法》，有关规定同时废止。",
        "建议废止《某州资金管理暂行办法》。",
        "《某州资金管理暂行办法》不得废止。",
        "会上说：“《某州资金管理暂行办法》同时废止。”",
        "《某州资金管理暂行办法》继续执行。",
    ],
)
def test_what_is_not_ended_stays_in_force(clause: str) -> None:
    assert standings(old=OLD, new=NEW.format(clause=clause))["old"] == Standing("2017-06-01")


def test_a_newspaper_does_not_repeal() -> None:
    text = (
        "新办法出台\n\n发布日期：2021-05-02　来源：某报\n\n《某州资金管理暂行办法》（某府发〔2017〕33号）同时废止。\n"
    )
    assert standings(old=OLD, paper=text)["old"].ended is None


def test_an_older_document_does_not_end_a_newer_one() -> None:
    text = OLD.replace("2017年6月1日起施行", "2017年6月1日起施行，《某州资金管理办法》同时废止")
    found = standings(old=text, new=NEW.format(clause=""))
    assert found["new"].successor is None


def test_a_list_of_repealed_documents() -> None:
    decision = (
        "某州人民政府关于宣布失效一批文件的决定\n某府发〔2022〕9号\n\n经研究，自2023年1月1日起废止下列文件：\n"
        "1.《某州资金管理暂行办法》（某府发〔2017〕33号）\n2.《某州用工若干规定》\n\n"
        "《某州劳务办法》继续有效。\n\n某州人民政府\n2022年12月5日\n"
    )
    labour = "某州用工若干规定\n\n某州劳动局\n2015年1月1日\n\n正文。\n"
    kept = "某州劳务办法\n\n某州劳动局\n2016年1月1日\n\n正文。\n"
    found = standings(old=OLD, labour=labour, kept=kept, decision=decision)
    assert (found["old"].until, found["old"].ended, found["old"].successor) == ("2022-12-04", "废止", "decision")
    assert (found["labour"].ended, found["kept"].ended) == ("废止", None)


@pytest.mark.parametrize(
    ("clause", "until", "ended"),
    [
        ("本办法自2021年5月1日起施行，有效期至2025年12月31日。", "2025-12-31", "失效"),
        ("本办法自2021年5月1日起试行，试行期一年。", "2022-04-30", "失效"),
        ("本办法自2021年5月1日起施行。本办法自2024年1月1日起废止。", "2023-12-31", "废止"),
        ("本办法自2021年5月1日起施行，有效期6个月。", "2021-10-31", "失效"),
        ("本办法自2021年5月1日起施行，有效期五百年。", None, None),
        ("本办法自2021年5月1日起施行，有效期至2020年1月1日。", None, None),
        ("本办法自2021年5月1日起施行。", None, None),
    ],
)
def test_a_document_ends_by_its_own_term(clause: str, until: str | None, ended: str | None) -> None:
    found = standings(a=f"某州工作办法\n\n第一条　为了工作，制定本办法。\n第二条　{clause}\n")["a"]
    assert (found.since, found.until, found.ended) == ("2021-05-01", until, ended)


def test_marked_and_amended_and_revised_documents() -> None:
    marked = "【已于2022年1月1日废止】\n\n某州旧有工作的通知\n\n各县：\n\n正文。\n"
    gone = "有效性：失效\n标题：某州早年工作的通知\n\n正文。\n"
    law = "某省协作条例\n\n（2015年3月27日某省第十二届人民代表大会常务委员会第十四次会议通过）\n\n第一条　正文。\n"
    revised = law.replace("通过）", "通过　根据2020年9月25日《关于修改〈某省协作条例〉的决定》修正）")
    decision = "关于修改〈某省协作条例〉的决定\n\n某省人民代表大会常务委员会\n2020年9月25日\n\n正文。\n"
    found = standings(marked=marked, gone=gone, law=law, revised=revised, decision=decision)
    assert (found["marked"].until, found["marked"].ended) == ("2021-12-31", "废止")
    assert (found["gone"].until, found["gone"].ended) == (None, "失效")
    assert (found["law"].until, found["law"].ended, found["law"].successor) == ("2020-09-24", "修订", "revised")
    assert found["revised"].ended is None
    assert found["law"].amended_by == ("decision",)


@pytest.mark.parametrize(
    ("day", "valid"),
    [("2017-05-31", False), ("2017-06-01", True), ("2021-04-30", True), ("2021-05-01", False)],
)
def test_in_force_on_a_day(day: str, valid: bool) -> None:
    header = parse_header(OLD)[0]
    assert is_in_force(Standing("2017-06-01", "2021-04-30", "废止"), header, day) is valid


def test_of_a_document_without_dates_nothing_is_known() -> None:
    header = parse_header("没有日期的文章\n\n正文很长很长。\n")[0]
    assert is_in_force(Standing(), header, "2021-01-01") is None
    assert is_in_force(Standing(ended="失效"), header, "2021-01-01") is False


@pytest.mark.parametrize(
    ("text", "gaps"),
    [
        ("第一条 甲。\n第二条 乙。\n第三条 丙。\n", ()),
        ("第一条 甲。\n第三条 丙。\n第五条 戊。\n", ("第一条 → 第三条", "第三条 → 第五条")),
        ("第一条 甲。\n违反本办法\n第三条规定的，处罚。\n第二条 乙。\n第三条 丙。\n", ()),
        ("第一条 甲。\n依照本办法\n第三条 和附件处理。\n第二条 乙。\n第三条 丙。\n", ()),
        ("第一条 甲。\n第二条 乙。\n附件\n第一条 丙。\n第三条 丁。\n", ("第一条 → 第三条",)),
        ("第１条 甲。\n第二条 乙。\n第 四 条　丁。\n", ("第二条 → 第四条",)),
        ("第九条 甲。\n第十条 乙。\n第十条之一 丙。\n第十一条 丁。\n", ()),
        (
            "第一章 总则\n第三章 附则\n第一章 总则\n第一条 甲。\n第二章 职责\n第二条 乙。\n第三章 附则\n",
            ("第一章 → 第三章",),
        ),
        ("", ()),
        ("第〇条 甲\n第九九九九九九九九九条 乙\n", ()),
    ],
)
def test_gaps_in_clause_numbers(text: str, gaps: tuple[str, ...]) -> None:
    assert clause_gaps(text) == gaps


def missing(*texts: str) -> list[tuple[str, ...]]:
    documents = [document(str(number), text) for number, text in enumerate(texts)]
    return named_missing(documents, Catalogue([one.header for one in documents]))


def test_policy_documents_that_are_named_only() -> None:
    text = (
        "某州工作的通知\n\n各县：\n\n根据《关于做好工作的意见》（某发[2020]３号）、《某州资金管理办法》、《某报》、《办法》和"
        "《某州“十四五”规划纲要》，以及《关于做好工作的意见》，制定本通知。\n"
    )
    assert missing(text, NEW.format(clause="")) == [
        ("《关于做好工作的意见》（某发〔2020〕3号）", "《某州“十四五”规划纲要》"), (),
    ]  # fmt: skip
    assert missing(text, "某省关于做好工作的意见\n\n各市：\n\n正文。\n")[0] == (
        "《某州资金管理办法》",
        "《某州“十四五”规划纲要》",
    )


def test_five_hundred_names_in_a_row_are_cut_off() -> None:
    found = missing("题目\n\n" + "".join(f"《关于第{n}件事的通知》" for n in range(500)) + "《" * 500 + "\n")
    assert len(found[0]) == 50


def test_names_with_titles_inside() -> None:
    named = list(named_documents("《关于印发〈某办法〉的通知》《关于《某办法》的解读》"))
    assert [one.title for one in named] == ["关于印发〈某办法〉的通知", "关于《某办法》的解读"]
    assert looks_like_policy("关于印发〈某办法〉的通知")
    assert not looks_like_policy("山海情")
