"""The page: which components there are and what happens on it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from rag.errors import RagError
from rag.reports import FileReport
from rag.ui.chat import Turns, converse, fail, find_target, stop
from rag.ui.conditions import HEADING, NO_CONDITIONS, Typed, heading, typed_filter
from rag.ui.escape import for_html
from rag.ui.examples import examples_for
from rag.ui.render import banner, changes, chat_messages, copies, file_table, summary
from rag.ui.source import render_problem, render_source

if TYPE_CHECKING:
    from rag.service import Service, Status

TITLE = "政策文档问答"
FOLDER = Path(__file__).parent
_PRIVATE = {"api_visibility": "private", "show_progress": "hidden"}
# The slow rate too must show a new index within a second.
_FAST, _SLOW = 0.5, 1.0
_WAITING_QUESTIONS = 16
_QUOTED = "每句话都引自文档原文。"
_WRITTEN = "回答由语言模型撰写，每句话都注明出处并核对。"
_WELCOME = (
    '<div class="welcome"><h2>从文档里找答案</h2>'
    "<p>{}点击编号，看它在原文中的位置；文档里没有的，会直说没有。</p></div>"
)


@dataclass(frozen=True)
class _Seen:
    """What a browser tab shows already, so that only what changed is sent."""

    banner: str = ""
    summary: str = ""
    changes: str = ""
    generation: str | None = None
    known: bool = False


def build(service: "Service") -> gr.Blocks:
    """Lay out the page and connect it with the service."""
    with gr.Blocks(title=TITLE, analytics_enabled=False, fill_width=True, fill_height=True) as page:
        turns = gr.State(())
        seen = gr.State(_Seen())
        with gr.Row(elem_id="top"):
            gr.HTML(f"<h1>{TITLE}</h1>", elem_id="name", apply_default_css=False)
            state = gr.HTML("", elem_id="state", apply_default_css=False)
        notice = gr.HTML("", elem_id="notice", apply_default_css=False)
        with gr.Tabs(elem_id="tabs"):
            with gr.Tab("问答", id="ask"), gr.Row(elem_id="workspace"):
                with gr.Column(elem_id="talk"):
                    chat = _chatbot(_WELCOME.format(_WRITTEN if service.settings.llm_model else _QUOTED))
                    filters, fields, problem, clear = _filters()
                    with gr.Row(elem_id="composer"):
                        box = gr.Textbox(
                            elem_id="question", label="问题", show_label=False, container=False, lines=1, max_lines=6,
                            placeholder="输入问题，按 Enter 发送，Shift+Enter 换行", autofocus=True, scale=1,
                        )  # fmt: skip
                        send = gr.Button("发送", elem_id="send", variant="primary", scale=0, min_width=72)
                        halt = gr.Button("停止", elem_id="stop", variant="stop", scale=0, min_width=72, visible=False)
                        fresh = gr.Button("新对话", elem_id="fresh", scale=0, min_width=72)
                with gr.Column(elem_id="aside"):
                    gr.HTML(
                        '<button id="close-source" type="button" aria-label="关闭原文">关闭</button>',
                        elem_id="aside-head", apply_default_css=False, js_on_load=None,
                    )  # fmt: skip
                    script = (FOLDER / "page.js").read_text("utf-8")
                    source = gr.HTML("", elem_id="source", apply_default_css=False, js_on_load=script)
                copied = gr.HTML("", elem_id="copies", visible="hidden", apply_default_css=False, js_on_load=None)
            with gr.Tab("文档", id="files"), gr.Column(elem_id="library"):
                with gr.Row(elem_id="library-head"):
                    done = gr.HTML("", elem_id="done", apply_default_css=False)
                    update = gr.Button("更新索引", elem_id="update", variant="primary", scale=0, min_width=120)
                table = gr.HTML("", elem_id="table", apply_default_css=False)
        timer = gr.Timer(_FAST)

        def ask(before: Turns, question: str, *typed: str | None) -> Iterator[Any]:
            if not question.strip():
                yield gr.skip()
                return
            yield from _conversation(service, before, question, typed)

        # Gradio fills in the event by its annotation, so it stands in front of the fields.
        def ask_example(before: Turns, event: gr.SelectData, *typed: str | None) -> Iterator[Any]:
            yield from _conversation(service, before, str(event.value["text"]), typed)

        def open_source(now: Turns, event: gr.EventData) -> str:
            return _source(service, now, str(event._data.get("ref", "")))

        def refresh(before: _Seen) -> list[Any]:
            return _refresh(service, before)

        def update_index(before: _Seen) -> list[Any]:
            service.start_update()
            return _refresh(service, before)

        def halted(now: Turns) -> list[Any]:
            return _ended(stop(now))

        def failed(now: Turns) -> list[Any]:
            return _ended(fail(now))

        answers = [turns, chat, copied, box, send, halt]
        asked: dict[str, Any] = {"outputs": answers, "trigger_mode": "once", "concurrency_limit": _WAITING_QUESTIONS}
        running = [
            gr.on([box.submit, send.click], ask, [turns, box, *fields], **asked, **_PRIVATE),
            chat.example_select(ask_example, [turns, *fields], **asked, **_PRIVATE),
        ]
        shown = [turns, chat, copied, send, halt]
        for answering in running:
            answering.failure(failed, turns, shown, queue=False, **_PRIVATE)
        halt.click(halted, turns, shown, cancels=running, queue=False, **_PRIVATE)
        said = [filters, problem]
        left = [listener for field in fields for listener in (field.blur, field.submit)]
        # The last of two quick changes counts, though the first is still under way.
        gr.on(left, lambda *typed: _condition(typed), fields, said, queue=False, trigger_mode="always_last", **_PRIVATE)
        clear.click(
            lambda: ["", "", "", "", "", *_condition(NO_CONDITIONS)], None, [*fields, *said], queue=False, **_PRIVATE
        )
        opening = source.click(open_source, turns, source, concurrency_limit=None, **_PRIVATE)
        # The links of the next conversation have the names of this one's: its source must not stay.
        stopping = [*running, opening]
        fresh.click(lambda: [*_ended(()), ""], None, [*shown, source], cancels=stopping, queue=False, **_PRIVATE)
        opening.failure(lambda: render_problem("程序出错，请看终端里的说明。"), None, source, queue=False, **_PRIVATE)
        watched = [seen, notice, state, done, table, chat, update, timer]
        gr.on([page.load, timer.tick], refresh, seen, watched, queue=False, **_PRIVATE)
        update.click(update_index, seen, watched, queue=False, **_PRIVATE)
    return page


def _chatbot(welcome: str) -> gr.Chatbot:
    return gr.Chatbot(
        elem_id="chat", show_label=False, label="对话", container=False, buttons=[], feedback_options=None,
        latex_delimiters=[], sanitize_html=True, layout="bubble", placeholder=welcome, height="auto",
        group_consecutive_messages=False, autoscroll=False, allow_file_downloads=False,
    )  # fmt: skip


def _filters() -> tuple[gr.Accordion, list[gr.Textbox], gr.HTML, gr.Button]:
    """The row of conditions, folded away: its frame, the fields, where an error stands, and what empties it."""
    with gr.Accordion(HEADING, open=False, elem_id="filters") as frame:
        with gr.Row(elem_id="conditions"):
            fields = [
                gr.Textbox(label=label, placeholder=hint, lines=1, max_lines=1, container=True, min_width=0)
                for label, hint in (
                    ("发文机关", "如 财政局"),
                    ("日期自", "如 2021-03-05"),
                    ("日期至", "如 2022-06"),
                    ("文档", "标题或文件名"),
                    ("某日有效", "如 2023-01-01"),
                )
            ]
            clear = gr.Button("清除", elem_id="clear", scale=0, min_width=56)
        problem = gr.HTML("", elem_id="filter-problem", apply_default_css=False)
    return frame, fields, problem, clear


def _condition(typed: Typed) -> list[Any]:
    """Updates of `[frame, problem]`: the filter in words over the fields, or what is wrong with it."""
    try:
        return [gr.Accordion(label=heading(typed_filter(typed))), ""]
    except RagError as error:
        return [gr.Accordion(label=HEADING), f'<p class="failed">{for_html(error.chinese)}</p>']


def _conversation(service: "Service", before: Turns, question: str, typed: Typed) -> Iterator[list[Any]]:
    """Updates of `[turns, chat, copies, question box, send, stop]` while an answer appears."""
    if before and not before[-1].ended:
        # An example and the box are events of their own: two answers at once would overwrite each other's turns.
        yield [gr.skip()] * 6
        return
    now, told = before, chat_messages(before)
    first = True
    for now in converse(service, before, question, typed=typed):
        box = gr.Textbox(value="") if first else gr.skip()
        busy = [gr.Button(visible=False), gr.Button(visible=True)] if first else [gr.skip(), gr.skip()]
        messages = chat_messages(now)
        # While a model says nothing new, the page gets nothing: the step is there so that 停止 takes effect.
        yield [now, gr.skip() if messages == told else messages, gr.skip(), box, *busy]
        first, told = False, messages
    yield [now, chat_messages(now), copies(now), gr.skip(), *_idle()]


def _ended(now: Turns) -> list[Any]:
    """Updates of `[turns, chat, copies, send, stop]` when nothing more will come."""
    return [now, chat_messages(now), copies(now), *_idle()]


def _idle() -> list[Any]:
    return [gr.Button(visible=True), gr.Button(visible=False)]


def _source(service: "Service", turns: Turns, reference: str) -> str:
    target = find_target(turns, reference)
    if target is None:
        return render_problem("这条引用属于已经结束的对话，请重新提问。", reference)
    try:
        return render_source(service.source(target.document, target.generation), target, reference)
    except RagError as error:
        return render_problem(error.chinese, reference)


def _refresh(service: "Service", before: _Seen) -> list[Any]:
    """Updates of `[seen, banner, summary, changes, table, chat, update button, timer]`: only what changed."""
    status = service.status()
    built = service.last_build
    now = _Seen(
        banner(status),
        summary(status),
        changes(built) if built is not None and not status.busy and built.generation == status.generation else "",
        status.generation,
        known=True,
    )
    if now == before:
        return [gr.skip()] * 8
    table, chat = gr.skip(), gr.skip()
    if now.generation != before.generation or not before.known:
        files = _files(service)
        table = file_table(files, str(service.settings.documents))
        chat = gr.Chatbot(examples=[{"text": question} for question in examples_for(files)])
    return [
        now,
        now.banner if now.banner != before.banner else gr.skip(),
        now.summary if now.summary != before.summary else gr.skip(),
        now.changes if now.changes != before.changes else gr.skip(),
        table,
        chat,
        gr.Button("正在更新…" if status.busy else "更新索引", interactive=not status.busy),
        gr.Timer(_rate(status)),
    ]


def _files(service: "Service") -> list[FileReport]:
    try:
        return service.files()
    except RagError:
        # The banner says what is wrong with the index.
        return []


def _rate(status: "Status") -> float:
    return _SLOW if status.ready and not status.busy else _FAST
