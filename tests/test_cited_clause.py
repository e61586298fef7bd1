"""From the file to what is shown: a citation names title, 发文字号 and clause, as official texts are cited."""

import html
import json
import re
from dataclasses import replace

import pytest
from place import CommandLine, Place
from support import HashEmbedder

from rag.answer import answer_question
from rag.labels import cited_as
from rag.settings import DEFAULT_TUNING
from rag.types import Answer, Citation, Header
from rag.ui.chat import Turn, sources_text
from rag.ui.render import chat_messages, copies

RULES = (
    "西岭州协作资金管理办法\n西岭府发〔2021〕12号\n\n各县人民政府：\n\n第一章　总则\n\n"
    "第一条　为了规范协作资金的管理，制定本办法。\n\n"
    "第二条　协作资金由州财政局会同州乡村振兴局管理。\n\n第二章　用途\n\n"
    "第三条　协作资金用于下列用途：\n（一）产业园区的厂房建设；\n（二）脱贫人口外出务工的交通补助；\n"
    "（三）乡村教师的跟岗培训。\n\n"
    "第四条　县级主管部门应当在每年三月底前报送计划。\n\n逾期不报送的县次年核减资金一成。\n\n"
    "西岭州人民政府\n2021年3月22日\n"
)
ITEM = "《西岭州协作资金管理办法》（西岭府发〔2021〕12号）第三条第（二）项"
PARAGRAPH = "《西岭州协作资金管理办法》（西岭府发〔2021〕12号）第四条第二款"
ASKED = [("脱贫人口外出务工的交通补助", ITEM), ("逾期不报送的县次年核减资金多少", PARAGRAPH)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Place:
    place = Place(tmp_path_factory.mktemp("clauses"))
    place.write("办法.txt", RULES)
    place.build()
    return place


def ask(place: Place, question: str) -> Answer:
    tuning = replace(DEFAULT_TUNING, threshold=0.0, max_sentences=1)
    return answer_question(place.library(), HashEmbedder(), question, tuning=tuning)


@pytest.mark.parametrize(("question", "name"), ASKED)
def test_the_page_and_what_it_copies_name_the_clause(folder: Place, question: str, name: str) -> None:
    answer = ask(folder, question)
    (citation,) = answer.citations
    turns = (Turn(question, answer, shown=1),)
    shown = chat_messages(turns)[-1]["content"]
    entry = html.unescape(re.sub(r"<[^>]+>", "", shown[shown.index('<ul class="sources">') :]))
    assert entry.startswith(f"[1] {name}")
    reference = f"[1] {name}，{citation.section}，办法.txt：“{citation.quote}”"
    assert sources_text(answer).splitlines()[-1] == reference
    assert reference in html.unescape(copies(turns))


@pytest.mark.parametrize(("question", "name"), ASKED)
def test_the_terminal_and_json_name_the_clause(
    folder: Place, monkeypatch: pytest.MonkeyPatch, question: str, name: str
) -> None:
    monkeypatch.setenv("RAG_THRESHOLD", "0")
    monkeypatch.setenv("RAG_MAX_SENTENCES", "1")
    cli = CommandLine(folder, monkeypatch)
    assert f"\n[1] {name}，第" in cli("ask", question).out
    (citation,) = json.loads(cli("ask", question, "--json").out)["citations"]
    assert citation["cited_as"] == name
    assert citation["header"]["doc_number"] == "西岭府发〔2021〕12号"
    assert citation["section"].split(" › ")[:2] == (
        ["第二章 用途", "第三条"] if name == ITEM else ["第二章 用途", "第四条"]
    )
    assert citation["quote"] == RULES[citation["start"] : citation["end"]]


@pytest.mark.parametrize(
    ("section", "name"),
    [
        (
            "附件 西岭州资金办法 › 第二章 用途 › 第三条 › （二）",
            "《西岭州资金办法》（西财〔2021〕19号）第三条第（二）项",
        ),
        ("附件1 西岭州资金办法（试行） › 第三条", "《西岭州资金办法（试行）》（西财〔2021〕19号）第三条"),
        ("附件 2021年资金办法 › 第三条", "《2021年资金办法》（西财〔2021〕19号）第三条"),
        ("附件 一：资金办法 › 第三条", "《资金办法》（西财〔2021〕19号）第三条"),
        ("附件2 西岭州资金安排 › 一、产业", "《西岭州财政局关于印发〈西岭州资金办法〉的通知》（西财〔2021〕19号）"),
        ("一、产业", "《西岭州财政局关于印发〈西岭州资金办法〉的通知》（西财〔2021〕19号）"),
        ("", "《西岭州财政局关于印发〈西岭州资金办法〉的通知》（西财〔2021〕19号）"),
    ],
)
def test_an_article_of_an_attached_document_is_cited_with_the_title_of_that(section: str, name: str) -> None:
    title = "西岭州财政局关于印发《西岭州资金办法》的通知"
    header = Header(title=title, doc_number="西财〔2021〕19号")
    assert cited_as(Citation(1, "a.txt", title, section, None, 0, 1, "x", header)) == name


def test_where_nothing_is_known_but_the_title_only_that_is_named(place: Place) -> None:
    place.write("文章.txt", "山海携手再启程\n\n两地共建的产业园区今年开园，吸纳三百人就业。\n")
    place.build()
    answer = ask(place, "产业园区吸纳多少人就业")
    assert sources_text(answer).splitlines()[-1].startswith("[1] 《山海携手再启程》，文章.txt：“")
