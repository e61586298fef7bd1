"""Questions proposed from documents: each rule by hand-written sentences, the whole over the starter documents."""

import json
import re
import unicodedata
from collections import Counter
from pathlib import Path

import pytest
from place import CommandLine, Place, is_one_sentence_line

from rag.documents import list_files, read_document
from rag.proposals.articles import article_number, chinese_number
from rag.proposals.dates import ask_date
from rag.proposals.definitions import ask_definition
from rag.proposals.draft import statements
from rag.proposals.figures import ask_figure
from rag.proposals.issuers import ask_issuer
from rag.proposals.lists import ask_lines, ask_list
from rag.proposals.unanswerable import Absent
from rag.propose import propose
from rag.settings import Settings
from rag.testset import split_of
from rag.types import Document, Header, Section

ROOT = Path(__file__).resolve().parents[1]
STARTER = ROOT / "documents"


def document(text: str, path: str = "甲.md", title: str | None = None) -> Document:
    return Document(path, text, Header(title=title), (Section(0, len(text), ()),))


def bodies(text: str) -> list[str]:
    return [statement.body for statement in statements(document(text))]


@pytest.fixture(scope="module")
def starter() -> list[Document]:
    return [read_document(Settings(documents=STARTER), name)[0] for name in list_files(STARTER)]


@pytest.mark.parametrize(
    ("body", "question", "answer"),
    [
        ("2021年，浙江财政援川资金为34.05亿元", "2021年浙江财政援川资金是多少？", "34.05亿元"),
        ("2021年浙江有155名干部到四川开展协作", "2021年浙江有多少名干部到四川开展协作？", "155名"),
        (
            "2023年，上海30多家三级医院帮扶云南的县级医院",
            "2023年上海有多少家三级医院帮扶云南的县级医院？",
            "30多家",
        ),
        ("浙川协作有五张“金名片”，分别是甲和乙", "浙川协作有几张“金名片”？", "五张"),
        ("知名浙商四川行2023年5月25日签约34个项目", "知名浙商四川行2023年5月25日签约多少个项目？", "34个"),
        (
            "2024年（至10月底），东部8省市财政援助228.9亿元",
            "2024年（至10月底），东部8省市财政援助多少元？",
            "228.9亿元",
        ),
        ("到2015年底江苏投入陕西的资金为6.4亿元、项目3082个", "到2015年底江苏投入陕西的资金是多少？", "6.4亿元"),
        ("2023年，贵州农产品销售额增长12.3%", "2023年贵州农产品销售额增长百分之多少？", "12.3%"),
        (
            "2011年，沪滇举行第十三次联席会议，上海安排帮扶资金1亿元",
            "2011年沪滇举行第十三次联席会议，上海安排帮扶资金多少元？",
            "1亿元",
        ),
    ],
)
def test_a_figure_is_cut_out_of_its_clause(body: str, question: str, answer: str) -> None:
    assert ask_figure(body) == (question, answer)


@pytest.mark.parametrize(
    "body",
    [
        "2024年广东派108名干部和1311名人才到广西挂职",  # two figures: which is meant?
        "该村投入资金100万元",
        "今年贵州投入资金100万元",
        "引进97家北京企业落地",  # nobody does it
        "项目总投资3.5亿元",  # which project?
        "1996年首批由大连、青岛、宁波、深圳4个计划单列市帮扶贵州",  # 4 counts the names before it
        "2013年2月国办发〔2013〕11号文件增加上海帮扶贵州",
        "第七次联席会议在福建召开",
        "贵州每批2—3个项目投资增长",
    ],
)
def test_no_figure_is_asked_for_where_the_question_would_be_unclear(body: str) -> None:
    assert ask_figure(body) is None


@pytest.mark.parametrize(
    ("body", "question", "answer"),
    [
        (
            "2021年8月27日，国家乡村振兴局公布了国家乡村振兴重点帮扶县名单",
            "国家乡村振兴局是什么时候公布国家乡村振兴重点帮扶县名单的？",
            "2021年8月27日",
        ),
        (
            "1996年11月，首次闽宁联席会议在福州召开，商定了协作办法",
            "首次闽宁联席会议是什么时候在福州召开的？",
            "1996年11月",
        ),
        ("沪滇临港昆明科技城2023年12月开园，投资14亿元", "沪滇临港昆明科技城是什么时候开园的？", "2023年12月"),
        ("2016年12月印发的《指导意见》规定了人才支援方式", "《指导意见》是什么时候印发的？", "2016年12月"),
        ("鲁渝协作始于2010年，由山东帮扶重庆", "鲁渝协作始于哪一年？", "2010年"),
        ("2022年，国家发改委印发革命老区对口合作方案", "国家发改委是哪一年印发革命老区对口合作方案的？", "2022年"),
    ],
)
def test_a_date_is_asked_for_as_precisely_as_it_is_written(body: str, question: str, answer: str) -> None:
    assert ask_date(body) == (question, answer)


@pytest.mark.parametrize(
    "body",
    [
        "2021年以来，浙江召开了多次会议",
        "2021年的会议由浙江召开",
        "2016—2020年浙江启动了项目",
        "去年浙江召开了会议",
        "2021年浙江财政援川资金为34亿元",  # no event
        "2022年，该县启动建设",
    ],
)
def test_no_date_is_asked_for_without_a_dated_event(body: str) -> None:
    assert ask_date(body) is None


def test_definitions_are_found_by_their_wording() -> None:
    title = "《帮扶办法》"
    assert ask_definition("定点扶贫是指机关用自身的资源帮扶贫困重点县", title) == (
        "什么是定点扶贫？",
        "机关用自身的资源帮扶贫困重点县",
    )
    assert ask_definition("第二条 本办法所称消费帮扶，是指购买脱贫地区的产品和服务", title) == (
        "《帮扶办法》所称的消费帮扶是指什么？",
        "购买脱贫地区的产品和服务",
    )
    assert ask_definition("软枝黄蝉是一种攀缘性常绿灌木", title) == ("什么是软枝黄蝉？", "一种攀缘性常绿灌木")
    for body in ("2025年是过渡期的最后一年", "这是指机关用自身的资源帮扶贫困县", "会议的重点是指导机关开展帮扶工作"):
        assert ask_definition(body, title) is None


def test_lists_are_asked_for_with_their_items() -> None:
    assert ask_list("2017年的考核办法有三项内容，即组织领导、人才交流和资金使用") == (
        "2017年的考核办法有哪三项内容？",
        ("组织领导", "人才交流", "资金使用"),
    )
    assert ask_list("2021年4月，习近平就深化东西部协作作重要指示，要求完善结对、拓展领域、健全机制") == (
        "2021年4月习近平就深化东西部协作作重要指示，提出了哪些要求？",
        ("完善结对", "拓展领域", "健全机制"),
    )
    assert ask_list("过渡期内的“四个不摘”，是不摘责任、不摘政策、不摘帮扶、不摘监管") == (
        "过渡期内的“四个不摘”是什么？",
        ("不摘责任", "不摘政策", "不摘帮扶", "不摘监管"),
    )
    assert ask_list("福建、浙江、广东帮扶西部") is None
    assert ask_list("协作方式有甲和乙") is None


def test_numbered_lines_are_one_answer() -> None:
    text = "补贴办法\n\n第五条　申请人应当具备下列条件：\n（一）户籍在本县；\n（二）年满十八周岁；\n（三）有劳动能力。\n\n完。\n"
    rows = propose([document(text, "办法.txt", "补贴办法")])
    assert [(row["type"], row["question"]) for row in rows] == [("list", "按照《补贴办法》，申请人应当具备哪些条件？")]
    assert rows[0]["answer_contains"] == ["户籍在本县", "年满十八周岁", "有劳动能力"]
    assert rows[0]["evidence"] == [{"document": "办法.txt", "quote": text[text.index("第五条") : text.index("\n\n完")]}]
    assert ask_lines("会议由甲主持", "《纪要》") is None


def test_a_series_of_points_is_one_answer() -> None:
    text = "帮扶单位应当做好以下工作：一是选派干部；二是组织培训；三是采购产品。"
    (row,) = propose([document(text, "方案.txt", "帮扶方案")])
    assert row["question"] == "按照《帮扶方案》，帮扶单位应当做好哪些工作？"
    assert row["answer_contains"] == ["选派干部", "组织培训", "采购产品"]


@pytest.mark.parametrize(
    ("body", "question", "answer"),
    [
        (
            "2017年，国务院扶贫开发领导小组印发了《考核办法（试行）》",
            "《考核办法（试行）》是由谁印发的？",
            "国务院扶贫开发领导小组",
        ),
        (
            "2021年3月中办、国办印发《关于坚持和完善东西部协作机制的意见》",
            "《关于坚持和完善东西部协作机制的意见》是由谁印发的？",
            "中办、国办",
        ),
        (
            "1996年5月31日，国务院在北京召开扶贫协作会议，安排结对",
            "1996年5月31日的扶贫协作会议是由谁召开的？",
            "国务院",
        ),
    ],
)
def test_who_issued_or_held_something_is_asked_for(body: str, question: str, answer: str) -> None:
    assert ask_issuer(body) == (question, answer)


def test_the_header_of_a_document_gives_its_number_and_issuer(place: Place) -> None:
    place.write(
        "通知.txt", "关于产业协作的通知\n\n发文机关：某省农业农村厅\n发文字号：某农发〔2024〕7号\n\n各单位应当照办。\n"
    )
    read, _ = read_document(place.settings, "通知.txt")
    asked = {row["question"]: (row["answer_contains"], row["evidence"][0]["quote"]) for row in propose([read])}
    assert asked == {
        "《关于产业协作的通知》的文号是什么？": (["某农发〔2024〕7号"], "发文字号：某农发〔2024〕7号"),
        "《关于产业协作的通知》是由哪个单位发布的？": (["某省农业农村厅"], "发文机关：某省农业农村厅"),
    }


ARTICLES = "\n".join(
    (
        "第一条　为规范资金管理，制定本办法。",
        "第二条　资金用于产业发展，不得挪用。",
        "第三条　县级部门负责审核，并予以公示。",
        "第十条　本办法自发布之日起施行。",
    )
)


def test_articles_are_looked_up_by_number_and_one_past_the_last_is_unanswerable() -> None:
    rows = propose([document(ARTICLES, "资金管理办法.txt")])
    asked = {row["question"]: row for row in rows}
    third = asked["《资金管理办法》第三条规定了什么？"]
    assert third["type"] == "article"
    assert third["evidence"] == [{"document": "资金管理办法.txt", "quote": "第三条　县级部门负责审核，并予以公示。"}]
    assert third["answer_contains"] == ["县级部门负责审核"]
    absent = asked["《资金管理办法》第十三条规定了什么？"]
    assert (absent["type"], absent["evidence"], absent["answer_contains"]) == ("unanswerable", [], [])
    assert "第十三条" not in ARTICLES


@pytest.mark.parametrize("number", [1, 9, 10, 11, 20, 21, 99, 100, 101, 110, 111, 250, 999])
def test_numbers_of_articles_are_written_and_read_alike(number: int) -> None:
    assert article_number(chinese_number(number)) == number


def test_what_replaces_a_year_place_or_figure_occurs_nowhere() -> None:
    text = "2019年浙江派17名干部。2018年，2016—2017年有15个。北京、二十一名，２０２２年。"
    absent = Absent(iter([text]))
    # 2019 ± 1, 2 …: 2018, 2017 and 2016 occur (two in a span), 2020 does not.
    assert absent.year("2019年浙江派了多少人？") == ("2020年浙江派了多少人？", "2019年", "2020年")
    # 17 + 3 = 20, which 二十一 holds, as it is 21.
    assert absent.figure("浙江派17名干部是哪一年？") == ("浙江派22名干部是哪一年？", "17", "22")
    put = absent.place("2019年浙江派了多少人？")
    assert put is not None
    assert put[2] not in text
    assert put[0] == f"2019年{put[2]}派了多少人？"


def test_figures_written_as_chinese_numbers_count_as_occurring() -> None:
    assert Absent(iter(["十八人，有二十名"])).figure("派17名") == ("派21名", "17", "21")


def test_titles_quotations_and_abbreviated_pairs_keep_their_places_and_years() -> None:
    absent = Absent(iter(["x"]))
    assert absent.place("《浙江省方案》是由谁印发的？") is None
    assert absent.place("2021年浙江为浙川协作投入多少？") is None
    assert absent.year("《纲要（2011年）》是由谁印发的？") is None


def test_statements_are_whole_sentences_without_bylines_and_sources() -> None:
    assert bodies("据某报2024年1月报道，浙江共建园区六十个以上。") == ["浙江共建园区六十个以上"]
    assert bodies("责任编辑：张三，本网记者报道了这件事情。") == []
    assert bodies("浙江共建园区六十个以上吗？你认为呢，请说说看。") == []
    assert bodies("浙江共建了（六十个以上园区的第一个园区。") == []
    assert bodies("太短了。") == []


def test_a_question_with_different_answers_is_not_asked_and_with_the_same_has_alternatives() -> None:
    one = "2021年，浙江财政援川资金为34.05亿元。"
    other = "2021年，浙江财政援川资金为35亿元。"
    assert [row for row in propose([document(one), document(other, "乙.md")]) if row["evidence"]] == []
    (row,) = [row for row in propose([document(one), document(one, "乙.md")]) if row["evidence"]]
    assert [entry["document"] for entry in row["evidence"]] == ["乙.md", "甲.md"]


def test_the_starter_documents_give_the_same_balanced_and_passing_questions(starter: list[Document]) -> None:
    rows = propose(starter, 100)
    assert rows == propose(list(reversed(starter)), 100)
    assert len(rows) == 100
    types = Counter(row["type"] for row in rows)
    assert {"date", "figure", "list", "issuer", "definition", "unanswerable"} <= set(types)
    assert 10 <= types["unanswerable"] <= 20
    per_document = Counter(row["evidence"][0]["document"] for row in rows if row["evidence"])
    assert len(per_document) >= 20
    assert max(per_document.values()) <= 8
    assert len({row["question"] for row in rows}) == len(rows)
    texts = {each.path: each.text for each in starter}
    for row in rows:
        assert row["split"] == split_of(row["id"])
        assert re.fullmatch("make-[0-9a-f]{12}", row["id"])
        for entry in row["evidence"]:
            assert entry["quote"] in texts[entry["document"]]
            assert all(answer in entry["quote"] for answer in row["answer_contains"])
        # What is asked for is not given away.
        assert not any(answer in row["question"] for answer in row["answer_contains"] if row["type"] != "list")


def test_what_was_substituted_into_starter_questions_occurs_nowhere(starter: list[Document]) -> None:
    everything = unicodedata.normalize("NFKC", "".join(each.text for each in starter))
    rows = [row for row in propose(starter, 200) if row["type"] == "unanswerable"]
    assert len(rows) >= 10
    for row in rows:
        new = re.search("没有的“(.+?)”", row["note"])
        assert new is not None
        assert re.search(rf"(?<!\d){re.escape(new.group(1))}(?!\d)", everything) is None
        assert new.group(1) in row["question"]


def test_ids_stay_when_other_documents_come_and_go(starter: list[Document]) -> None:
    def ids(documents: list[Document]) -> dict[str, str]:
        rows = propose(documents, 1000)
        return {row["question"]: row["id"] for row in rows if len(row["evidence"]) == 1}

    all_ids, few = ids(starter), ids(starter[:10])
    shared = set(all_ids) & set(few)
    assert len(shared) >= 10
    assert all(all_ids[question] == few[question] for question in shared)


def test_the_limit_holds(starter: list[Document]) -> None:
    assert [len(propose(starter, limit)) for limit in (1, 5, 20)] == [1, 5, 20]
    assert propose([], 10) == []


def test_make_writes_lines_that_the_checker_passes(cli: CommandLine, tmp_path: Path) -> None:
    cli.place.write(
        "浙川.md", "# 浙川协作\n\n2021年，浙江财政援川资金为34.05亿元。\n\n鲁渝协作始于2010年，由山东帮扶重庆。\n"
    )
    cli.place.write("坏.pdfx", b"\x00\x01")
    shown = cli("questions", "make")
    assert shown.status == 0
    rows = [json.loads(line) for line in shown.out.splitlines()]
    assert "2021年浙江财政援川资金是多少？" in [row["question"] for row in rows]
    assert "坏.pdfx" in shown.err
    out = tmp_path / "题.jsonl"
    assert cli("questions", "make", "--out", str(out)).status == 0
    assert out.read_text(encoding="utf-8") == shown.out
    assert cli("questions", "check", str(out), "--no-nearest").status == 0


def test_make_overwrites_only_when_forced_and_says_so_in_a_sentence(cli: CommandLine, tmp_path: Path) -> None:
    cli.place.write("浙川.md", "2021年，浙江财政援川资金为34.05亿元。\n")
    out = tmp_path / "题.jsonl"
    out.write_text("mine")
    refused = cli("questions", "make", "--out", str(out))
    assert (refused.status, out.read_text()) == (1, "mine")
    assert is_one_sentence_line(refused.err)
    assert cli("questions", "make", "--out", str(out), "--force", "--limit", "1").status == 0
    assert len(out.read_text(encoding="utf-8").splitlines()) == 1


def test_make_says_when_nothing_can_be_asked(cli: CommandLine) -> None:
    cli.place.write("空话.md", "没有什么可问。\n")
    outcome = cli("questions", "make")
    assert (outcome.status, outcome.out) == (1, "")
    assert is_one_sentence_line(outcome.err)
    assert cli("questions", "make", "--limit", "0").status == 2
