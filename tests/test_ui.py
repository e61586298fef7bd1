"""What the page is made of, without a browser: escaping, the conversation, the source with its mark."""

import re
from collections.abc import Generator, Sequence
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from rag.errors import QuestionError
from rag.filters import EVERYTHING, Filter
from rag.reports import BuildReport, FileReport, Progress
from rag.service import Status
from rag.types import Answer, AnswerSentence, Citation, Header, Passage
from rag.ui.chat import Turn, Turns, converse, fail, find_target, sources_text, stop
from rag.ui.conditions import NO_CONDITIONS, heading
from rag.ui.escape import chinese_half, for_html, for_markdown
from rag.ui.examples import EXAMPLES, examples_for
from rag.ui.render import banner, changes, chat_messages, copies, file_table, summary

HOSTILE = "<img src=x onerror=alert(1)> [x](http://evil.example) ![](http://evil.example/i) $x$ `a` **b** # h\n\n- li"
_LINE_END = re.compile(r"\r\n|[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]")
READY = Status(True, False, None, None, "g1", 1, 3)
BUSY = Status(False, True, Progress("计算向量", 3, 12), None, None, 0, 0)


class Text(HTMLParser):
    """The text, the tags and the marked text of a piece of HTML."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.text, self.marked, self.tags, self.attributes = "", "", [], []
        self._marks = 0
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes.extend(attrs)
        self._marks += tag == "mark"
        if tag == "br":
            self.text += "\n"

    def handle_endtag(self, tag: str) -> None:
        self._marks -= tag == "mark"

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._marks:
            self.marked += data


def citation(number: int = 1, **fields: object) -> Citation:
    header = Header(as_of="2024-07")
    return replace(Citation(number, "a.md", "标题", "一、总 › （一）分", None, 3, 8, "引文在此。", header), **fields)


def answer(**fields: object) -> Answer:
    sentences = (AnswerSentence("第一句。", (1,)), AnswerSentence("第二句。", (1, 2)))
    found = Answer("问？", "问？", "第一句。[1]第二句。[1][2]", False, 0.934, sentences,
                   (citation(1), citation(2, quote="别的引文。", page=4)), (), 120.4)  # fmt: skip
    return replace(found, **fields)


def passage(number: int, **fields: object) -> Passage:
    return replace(Passage(number, 0.5, f"{number}.md", f"标题{number}", "一、总则", None, 0, 4, "段落文字"), **fields)


class FakeService:
    """Answers with what it is given; `states` are the statuses it goes through."""

    def __init__(self, *states: Status, reply: Answer | Exception | None = None) -> None:
        self.states = list(states) or [READY]
        self.reply = reply or answer()
        self.started = 0
        self.asked: list[str] = []
        self.histories: list[tuple[str, ...]] = []
        self.filters: list[Filter] = []

    def status(self) -> Status:
        return self.states.pop(0) if len(self.states) > 1 else self.states[0]

    def ask_steps(
        self, question: str, history: Sequence[str] = (), only: Filter = EVERYTHING
    ) -> Generator[tuple[Answer, str], None, None]:
        self.asked.append(question)
        self.histories.append(tuple(history))
        self.filters.append(only)
        if isinstance(self.reply, Exception):
            raise self.reply
        yield self.reply, "g1"

    def start_update(self) -> bool:
        self.started += 1
        return True


def run(
    service: FakeService, question: str = "问？", before: Turns = (), typed: Sequence[str | None] = NO_CONDITIONS
) -> list[Turns]:
    return list(converse(service, before, question, lambda seconds: None, typed))  # type: ignore[arg-type]


# Escaping


@given(st.text())
@example(HOSTILE)
@example("    code\n\n\n> quote\n1. one\n===\n| a | b |\n|---|---|\nwww.evil.example\thttp://evil.example a@b.example")
@example("</div><script>alert(1)</script><!-- x --> &lt; &#60; &amp;")
def test_escaped_text_is_shown_literally_by_a_markdown_renderer(text: str) -> None:
    source = f"<div>{for_markdown(text)}</div>"
    renderer = MarkdownIt("gfm-like", {"html": True, "linkify": False}).enable(["table", "strikethrough"])
    shown = Text(renderer.render(source))
    expected = text.replace("\0", "?").encode("utf-8", "replace").decode()
    assert set(shown.tags) <= {"div", "br"}
    assert shown.text.rstrip("\n") == _LINE_END.sub("\n", expected).rstrip("\n")


@given(st.text(), st.text())
@example(HOSTILE, '" onmouseover="x')
def test_no_text_of_an_answer_becomes_markup_in_the_chat(text: str, other: str) -> None:
    hostile = answer(
        question=other, understood=text, answer=text, sentences=(AnswerSentence(text, (1,), (other, text)),),
        citations=(citation(title=text, section=other, quote=text, note=other, document=text),),
    )  # fmt: skip
    nearest = (passage(1, title=text, section=other),)
    refused = replace(hostile, refused=True, citations=(), sentences=(), passages=nearest)
    turns = (
        Turn(text, hostile, shown=1), Turn(other, refused), Turn(text, error=other),
        Turn(text, progress=Progress(other, 1, 2)),
    )  # fmt: skip
    allowed = {"href", "class", "title", "role", "style"}
    for message in chat_messages(turns):
        assert "\n" not in message["content"]
        shown = Text(message["content"])
        assert set(shown.tags) <= {"div", "p", "a", "ul", "li", "span", "br"}
        assert {name for name, _ in shown.attributes} <= allowed
        links = [value or "" for name, value in shown.attributes if name == "href"]
        assert all(re.fullmatch(r"#(cite|near|copy)-\d+(-\d+)?", link) for link in links)


def test_hostile_names_and_reasons_stay_text_in_the_list_of_documents_and_the_banner() -> None:
    report = FileReport(HOSTILE, "skipped", HOSTILE, header=Header(title=HOSTILE, published=HOSTILE))
    build = BuildReport((report, replace(report, status="added")), 0, 10.0, "g")
    pieces = [
        file_table([report, replace(report, status="added")], HOSTILE),
        changes(build),
        banner(replace(READY, error=HOSTILE)),
        banner(replace(BUSY, progress=Progress(HOSTILE, 1, 2))),
        copies((Turn("q", answer(answer=HOSTILE), shown=2),)),
    ]
    for piece in pieces:
        assert "img" not in Text(piece).tags
        assert "<img src=x" in Text(piece).text


def test_only_the_chinese_half_of_a_two_language_error_is_shown() -> None:
    assert chinese_half("没有索引（index），请更新。 There is no index; update it.") == "没有索引（index），请更新。"
    assert chinese_half("Only English here.") == "Only English here."
    assert chinese_half("第一句。第二句。") == "第一句。第二句。"


# The conversation


def test_an_answer_appears_sentence_by_sentence_and_then_with_its_references() -> None:
    steps = run(FakeService())
    shown = [chat_messages(turns)[-1]["content"] for turns in steps]
    assert "正在查找" in shown[0]
    assert "第一句" in shown[1] and "第二句" not in shown[1] and "引用" not in shown[1]
    assert "第二句" in shown[2] and "引用" in shown[2] and "置信度 0.93 · 120 毫秒" in shown[2]
    assert 'href="#cite-1-2"' in shown[2]


def test_the_second_turn_has_links_of_its_own() -> None:
    first = run(FakeService())[-1]
    second = run(FakeService(), "再问？", first)[-1]
    assert 'href="#cite-2-1"' in chat_messages(second)[-1]["content"]
    assert find_target(second, "cite-2-1") is not None
    assert find_target(second, "cite-3-1") is None


def test_the_questions_before_are_given_along_as_understood() -> None:
    service = FakeService(reply=answer(understood="2016年投入多少？"))
    run(service, "再问？", (Turn("甲？", answer(understood="甲是什么？")), Turn("乙？", error="不行。")))
    assert service.histories == [("甲是什么？", "乙？")]


def test_conditions_restrict_the_documents_and_are_shown_beside_the_answer_and_copied_with_it() -> None:
    service = FakeService()
    turns = run(service, typed=("<县政府>", " 2021年3月 ", "", "", ""))[-1]
    assert service.filters == [Filter(issuer="<县政府>", after="2021-03")]
    said = "筛选：发文机关含“<县政府>”、日期不早于 2021-03"
    assert said in Text(chat_messages(turns)[-1]["content"]).text
    assert said in Text(copies(turns)).text and heading(service.filters[0]) == said
    refused = FakeService(reply=answer(refused=True, citations=(), sentences=()))
    shown = chat_messages(run(refused, typed=("", "", "", "办法", ""))[-1])[-1]["content"]
    assert "筛选：文档为“办法”" in Text(shown).text
    assert "筛选" not in chat_messages(run(FakeService())[-1])[-1]["content"] and heading(EVERYTHING) == "筛选"


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ((None, "2021x", None, None, ""), "“日期自” 的值 '2021x' 不是日期，请写成 2021-03-05、2021-03 或 2021。"),
        (("", "2022", "2021", "", ""), "“日期自” 2022 晚于 “日期至” 2021，没有这样的日期，请检查。"),
    ],
)
def test_a_wrong_condition_is_told_in_the_bubble_and_nothing_is_asked(
    typed: tuple[str | None, ...], sentence: str
) -> None:
    service = FakeService()
    turns = run(service, typed=typed)[-1]
    assert Text(chat_messages(turns)[-1]["content"]).text == sentence and service.asked == []


def test_a_question_before_the_index_is_ready_waits_and_is_then_answered() -> None:
    service = FakeService(BUSY, BUSY, READY)
    steps = run(service)
    assert "计算向量" in chat_messages(steps[1])[-1]["content"]
    assert "3 / 12" in chat_messages(steps[1])[-1]["content"]
    assert steps[-1][-1].answer is not None
    assert service.asked == ["问？"]


def test_when_nothing_runs_and_nothing_is_ready_an_update_is_tried_and_its_error_told_in_chinese() -> None:
    idle = replace(BUSY, busy=False)
    service = FakeService(idle, BUSY, replace(idle, error="没有文档文件夹。 There is no folder."))
    last = run(service)[-1][-1]
    assert service.started == 1 and service.asked == []
    assert last.error == "没有文档文件夹。"


def test_an_error_is_told_in_chinese_in_the_bubble_and_the_next_question_works() -> None:
    turns = run(FakeService(reply=QuestionError("问题太长。", "Too long.")))[-1]
    assert "问题太长。" in chat_messages(turns)[-1]["content"]
    assert "Too long" not in chat_messages(turns)[-1]["content"]
    assert run(FakeService(), "再问", turns)[-1][-1].ended


def test_a_stopped_answer_keeps_what_was_shown_and_says_so() -> None:
    partial = run(FakeService())[1]
    text = chat_messages(stop(partial))[-1]["content"]
    assert "第一句" in text and "第二句" not in text and "已停止" in text
    # The second reference belongs to the sentence that was not shown.
    assert text.count("<li>") == 1
    ended = run(FakeService())[-1]
    assert stop(ended) == ended and fail(ended) == ended
    assert "程序出错" in chat_messages(fail(partial))[-1]["content"]


def test_while_an_answer_is_under_way_a_second_question_changes_nothing() -> None:
    from rag.ui.layout import _conversation

    service, partial = FakeService(), run(FakeService())[1]
    assert len(list(_conversation(service, partial, "又问？", NO_CONDITIONS))) == 1  # type: ignore[arg-type]
    assert service.asked == []
    last = list(_conversation(service, stop(partial), "又问？", NO_CONDITIONS))[-1]  # type: ignore[arg-type]
    assert service.asked == ["又问？"] and [turn.ended for turn in last[0]] == [True, True]


def test_a_refusal_names_up_to_three_passages_that_open_the_source() -> None:
    nearest = tuple(map(passage, range(1, 6)))
    refused = answer(refused=True, answer="文档中没有。", sentences=(), citations=(), passages=nearest)
    turns = run(FakeService(reply=refused))[-1]
    text = chat_messages(turns)[-1]["content"]
    assert 'class="refusal"' in text and "文档中没有。" in text
    assert text.count('href="#near-') == 3
    twice = replace(refused, passages=(nearest[0], replace(nearest[1], document="1.md"), *nearest[2:]))
    again = chat_messages(run(FakeService(reply=twice))[-1])[-1]["content"]
    assert re.findall(r"#near-1-(\d)", again) == ["1", "3", "4"]
    target = find_target(turns, "near-1-2")
    assert target is not None and (target.document, target.start, target.end) == ("2.md", 0, 4)
    assert find_target(turns, "near-1-5") is not None and find_target(turns, "near-1-6") is None


def test_while_a_model_has_written_nothing_the_page_says_what_it_waits_for_and_stopping_leaves_nothing() -> None:
    empty = Turn("问？", answer(answer="", sentences=(), citations=(), written_by="model"), "g1", writing=True)
    assert "语言模型正在写回答" in chat_messages((empty,))[-1]["content"]
    assert Text(chat_messages(stop((empty,)))[-1]["content"]).text == "已停止。"


def test_it_is_said_who_wrote_an_answer() -> None:
    written = (Turn("问？", answer(written_by="model"), "g1", shown=2),)
    assert "语言模型撰写，逐句核对" in chat_messages(written)[-1]["content"] and "语言模型撰写" in copies(written)
    assert "语言模型" not in chat_messages((replace(written[0], answer=answer()),))[-1]["content"]


@pytest.mark.parametrize(
    "reference", ["", "x", "cite-0-1", "cite-1-9", "cite-1-1-1", "near-1-1", "cite-99999999-1", "cite-１-1"]
)
def test_a_link_that_the_conversation_has_not_leads_nowhere(reference: str) -> None:
    assert find_target(run(FakeService())[-1], reference) is None


def test_what_is_unsupported_and_what_was_understood_is_shown() -> None:
    flagged = answer(understood="换个问法？", sentences=(AnswerSentence("共5项[3]。", (1,), ("5项",)),))
    text = Text(chat_messages((Turn("问？", flagged, shown=1),))[-1]["content"]).text
    assert "⚠ 引文中未见：5项" in text and "理解为：换个问法？" in text
    assert "共5项［3］。[1]" in text


def test_the_clipboard_gets_the_answer_with_numbered_references() -> None:
    assert sources_text(answer()) == (
        "第一句。[1]第二句。[1][2]\n\n"
        "[1] 《标题》，一、总 › （一）分，a.md：“引文在此。”\n"
        "[2] 《标题》，一、总 › （一）分，a.md，第 4 页：“别的引文。”"
    )
    unfinished = (Turn("问？", answer(), shown=1),)
    assert copies(unfinished) == ""


# The rest of the page


def test_the_status_is_told_in_words_and_a_bar() -> None:
    assert "计算向量 3 / 12" in Text(banner(BUSY)).text and "width:25.0%" in banner(BUSY)
    assert banner(READY) == "" and "1 份文档 · 3 个段落" in summary(READY)
    failed = replace(READY, error="索引已损坏，请重建。 The index is damaged.")
    assert Text(banner(failed)).text == "索引已损坏，请重建。"


def test_the_list_of_documents_tells_state_reason_and_counts() -> None:
    good = FileReport("a.md", "unchanged", None, 3, 1200, header=Header(title="甲", issued="2021-03"))
    bad = FileReport("b.txt", "skipped", "文件里没有文字，请删除。 The file holds no text.")
    shown = Text(file_table([good, bad, FileReport("c.md", "removed")], "documents")).text
    assert "已索引 1 份，1,200 字，3 个段落；已跳过 1 份" in shown
    assert "文件里没有文字，请删除。" in shown and "The file" not in shown and "c.md" not in shown
    assert shown.index("b.txt") < shown.index("a.md")


def test_the_list_of_documents_tells_format_pages_and_what_repeats_what() -> None:
    scan = FileReport(
        "扫描.pdf", "added", pages=12, format="pdf", pages_without_text=2, ocr_pages=3, warnings=("甲<b>",)
    )
    copy = FileReport("乙.txt", "added", format="txt", encoding="big5", near_duplicate="甲.txt", same_text=True)
    shown = Text(file_table([scan, copy], "documents")).text
    assert "12 页 · 无文字 2 · OCR 3" in shown and "甲<b>" in shown
    assert "txt big5" in shown and "与 甲.txt 正文相同" in shown
    assert "基本相同" in file_table([replace(copy, same_text=False)], "documents")


def test_an_update_tells_what_it_changed() -> None:
    reports = tuple(FileReport(f"{s}.md", s) for s in ("added", "changed", "removed", "skipped", "unchanged"))
    shown = Text(changes(BuildReport(reports, 3, 1500.0, "g"))).text
    assert "用时 1.5 秒：新增 1，更改 1，移除 1，跳过 1" in shown
    assert "added.md" in shown and "unchanged.md" not in shown
    assert "没有变化" in changes(BuildReport(reports[4:], 3, 10.0, "g")) and changes(None) == ""


def test_examples_are_only_offered_for_documents_in_the_index() -> None:
    names = {name for _, name in EXAMPLES}
    everything = [FileReport(name, "unchanged") for name in names]
    assert examples_for(everything) == [question for question, _ in EXAMPLES]
    assert examples_for([FileReport(name, "skipped") for name in names]) == []
    assert examples_for([FileReport("x.md", "added", header=Header(title="甲"))]) == ["《甲》主要讲了什么？"]
    folder = Path(__file__).parents[1] / "documents"
    assert all((folder / name).is_file() for name in names)


def test_html_escaping_covers_attributes() -> None:
    assert for_html("\"'<&\ud800") == "&quot;&#x27;&lt;&amp;?"
