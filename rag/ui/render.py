"""Conversation, status and list of documents → HTML of the page. All text goes through `rag.ui.escape`."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rag.labels import cited_as
from rag.receipt import format_text, found_text, pages_text, remarks
from rag.reports import BuildReport, FileReport, Progress
from rag.types import Answer, AnswerSentence, Citation, Header
from rag.ui.chat import NEAREST, Turn, Turns, sources_text
from rag.ui.escape import chinese_half, for_html, for_markdown
from rag.ui.table_view import marked, markers, table
from rag.ui.why_view import why_view
from rag.verify import describe_unsupported

if TYPE_CHECKING:
    from rag.service import Status

_LONGEST_QUESTION = 2000
_CHANGES = (("added", "新增"), ("changed", "更改"), ("removed", "移除"), ("skipped", "跳过"))
_LISTED_CHANGES = 30


def chat_messages(turns: Turns) -> list[dict[str, str]]:
    """The messages of the chat, each one line of HTML that no Markdown renderer can read otherwise."""
    messages = []
    for number, turn in enumerate(turns, start=1):
        messages.append({"role": "user", "content": _question(turn.question)})
        messages.append({"role": "assistant", "content": _bubble(turn, number)})
    return messages


def copies(turns: Turns) -> str:
    """What the copy links put on the clipboard: one hidden element a turn."""
    return "".join(
        f'<pre data-turn="{number}">{for_html(sources_text(turn.answer, turn.only))}</pre>'
        for number, turn in enumerate(turns, start=1)
        if turn.answer is not None and turn.ended
    )


def _question(question: str) -> str:
    if len(question) > _LONGEST_QUESTION:
        question = question[:_LONGEST_QUESTION] + "……"
    return f'<div class="question">{for_markdown(question)}</div>'


def _bubble(turn: Turn, number: int) -> str:
    if turn.error is not None:
        return f'<div class="notice failed">{for_markdown(turn.error)}</div>'
    if turn.answer is None:
        if turn.stopped:
            return '<div class="notice">已停止。</div>'
        if turn.progress is None:
            return '<div class="notice working">正在查找</div>'
        return f'<div class="notice working">正在准备，完成后自动回答。{_progress(turn.progress)}</div>'
    if turn.writing and not turn.answer.sentences:
        return '<div class="notice working">语言模型正在写回答</div>'
    if turn.stopped and not turn.answer.answer:
        return '<div class="notice">已停止。</div>'
    if turn.answer.refused:
        return _refusal(turn, turn.answer, number)
    return _answer(turn, turn.answer, number)


def _answer(turn: Turn, answer: Answer, number: int) -> str:
    shown = answer.sentences[: turn.shown]
    sentences = "".join(_sentence(sentence, number) for sentence in shown)
    parts = [_understood(turn, answer), f'<div class="answer">{sentences}</div>']
    if turn.ended and not turn.stopped:
        parts.append(table(answer.table, number))
    parts += [f'<div class="understood">{for_markdown(note)}</div>' for note in answer.notes if turn.ended]
    if turn.stopped:
        parts.append('<div class="notice">已停止，回答不完整。</div>')
    if turn.ended:
        used = {one for sentence in shown for one in sentence.citations}
        cited = [citation for citation in answer.citations if citation.number in used or not turn.stopped]
        if cited:
            entries = "".join(_citation(citation, number) for citation in cited)
            parts.append(f'<div class="label">引用</div><ul class="sources">{entries}</ul>')
        parts += [_footing(answer, number), why_view(answer, number)]
    return "".join(parts)


def _refusal(turn: Turn, answer: Answer, number: int) -> str:
    parts = [
        _understood(turn, answer),
        '<div class="refusal"><p class="verdict">未能回答</p>',
        f"<p>{for_markdown(answer.answer)}</p></div>",
        *(f'<div class="understood">{for_markdown(note)}</div>' for note in answer.notes),
    ]
    # Two passages of one section look the same here, and lead to the same place.
    places = {(passage.document, passage.section): passage for passage in reversed(answer.passages)}
    nearest = sorted(places.values(), key=lambda passage: passage.rank)[:NEAREST]
    if nearest:
        entries = "".join(
            f'<li><a href="#near-{number}-{passage.rank}">{for_markdown(passage.title)}'
            + (f'<span class="aside"> › {for_markdown(passage.section)}</span>' if passage.section else "")
            + "</a></li>"
            for passage in nearest
        )
        parts.append(f'<div class="label">最接近的内容</div><ul class="sources">{entries}</ul>')
    parts += [_footing(answer, number), why_view(answer, number)]
    return "".join(parts)


def _understood(turn: Turn, answer: Answer) -> str:
    """How the question was taken, and the filter that held for it."""
    said = [f"筛选：{turn.only}"] if turn.only else []
    if answer.understood.strip() != answer.question.strip():
        said.insert(0, f"理解为：{answer.understood}")
    return "".join(f'<div class="understood">{for_markdown(one)}</div>' for one in said)


def _sentence(sentence: AnswerSentence, number: int) -> str:
    missing = ""
    if sentence.unsupported:
        missing = f'<span class="unsupported">⚠ {for_markdown(describe_unsupported(sentence))}</span>'
    if sentence.note:
        missing += f'<span class="unsupported">⚠ {for_markdown(sentence.note)}</span>'
    return f"<p>{marked(sentence)}{markers(sentence.citations, number)}{missing}</p>"


def _citation(citation: Citation, number: int) -> str:
    section = citation.section.rsplit(" › ", 1)[-1]
    page = f"第 {citation.page} 页" if citation.page is not None else ""
    place = " · ".join(for_markdown(part) for part in (section, page, short_date(citation.header)) if part)
    note = f'<span class="note">{for_markdown(citation.note)}</span>' if citation.note else ""
    return (
        f'<li><a href="#cite-{number}-{citation.number}" title="{for_markdown(citation.quote).replace("<br>", " ")}">'
        f'<span class="number">&#91;{citation.number}&#93;</span> {for_markdown(cited_as(citation))}</a>'
        f'<span class="aside">{" · ".join(part for part in (place, note) if part)}</span></li>'
    )


def _footing(answer: Answer, number: int) -> str:
    by = "语言模型撰写，逐句核对 · " if answer.written_by == "model" and not answer.refused else ""
    return (
        f'<div class="footing"><span>{by}置信度 {answer.confidence:.2f} · {answer.elapsed_ms:.0f} 毫秒</span>'
        f'<a class="copy" role="button" href="#copy-{number}">复制</a></div>'
    )


def short_date(header: Header) -> str:
    """The date that tells most about a document: `2021-03 发文`; compiled material by what it covers."""
    for date, label in (
        (header.issued, "发文"), (header.as_of, "资料截至"), (header.published, "发布"), (header.effective, "施行"),
    ):  # fmt: skip
        if date:
            return f"资料截至 {date}" if label == "资料截至" else f"{date} {label}"
    return ""


def _progress(progress: Progress) -> str:
    share = min(1.0, progress.done / progress.total) if progress.total > 0 else 0.0
    track = "track" if progress.total > 1 else "track unknown"
    count = f" {progress.done} / {progress.total}" if progress.total > 1 else ""
    return (
        f'<span class="stage">{for_markdown(progress.stage)}{count}</span>'
        f'<span class="{track}"><span class="bar" style="width:{share:.1%}"></span></span>'
    )


def banner(status: "Status") -> str:
    """What is going on: the stage with a bar, or why the last update failed, or a warning; empty when all is well."""
    parts = []
    if status.busy:
        hint = "更新期间可以继续提问" if status.ready else "现在就可以提问，准备好后自动回答"
        progress = _progress(status.progress or Progress("准备中", 0, 1))
        parts.append(f'<div class="banner" role="status">{progress}<span class="aside">{hint}</span></div>')
    elif status.error:
        parts.append(f'<div class="banner failed" role="alert">{for_html(chinese_half(status.error))}</div>')
    if status.warning:
        parts.append(f'<div class="banner" role="status">{for_html(chinese_half(status.warning))}</div>')
    return "".join(parts)


def summary(status: "Status") -> str:
    """One line for the head of the page."""
    if not status.ready:
        return '<span class="state">正在准备</span>' if status.busy else '<span class="state">尚未就绪</span>'
    return f'<span class="state ready">{status.documents} 份文档 · {status.passages} 个段落</span>'


def file_table(files: Sequence[FileReport], folder: str) -> str:
    """The list of documents with their state; skipped ones first, each with its reason."""
    where = f'文档文件夹：<span class="folder">{for_html(folder)}</span>'
    files = [file for file in files if file.status != "removed"]
    if not files:
        advice = "还没有文档。把文件（.docx、.pdf、.txt 等）放入文档文件夹，再点“更新索引”。"
        return f'<p class="empty">{advice}<br>{where}</p>'
    skipped = [file for file in files if file.status == "skipped"]
    indexed = [file for file in files if file.status != "skipped"]
    counts = f"已索引 {len(indexed)} 份，{sum(file.characters for file in indexed):,} 字，"
    counts += f"{sum(file.chunks for file in indexed):,} 个段落" + (f"；已跳过 {len(skipped)} 份" if skipped else "")
    rows = "".join(_row(file) for file in [*skipped, *indexed])
    return (
        f'<p class="counts">{counts}<br>{where}</p><div class="files" role="table"><div class="row head" role="row">'
        + "".join(
            f'<span role="columnheader">{name}</span>'
            for name in ("文档", "日期", "格式", "页数", "字数", "段落", "状态")
        )
        + f"</div>{rows}</div>"
    )


def _row(file: FileReport) -> str:
    skipped = file.status == "skipped"
    title = file.header.title or file.document.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    state = '<span class="tag skipped">已跳过</span>' if skipped else '<span class="tag">已索引</span>'
    notes = [chinese_half(file.reason)] if file.reason else remarks(file)
    lost = notes if file.reason else file.warnings
    reason = "".join(
        f'<span class="{"reason" if note in lost else "remark"}">{for_html(note)}</span>' for note in notes
    )
    found = found_text(file)
    reason += f'<span class="remark">识别：{for_html(found)}</span>' if found else ""
    return (
        f'<div class="row" role="row"><span role="cell"><b>{for_html(title)}</b>'
        f'<span class="file">{for_html(file.document)}</span>{reason}</span>'
        f'<span role="cell">{for_html(short_date(file.header))}</span>'
        f'<span role="cell">{for_html(format_text(file))}</span>'
        f'<span role="cell">{for_html(pages_text(file))}</span>'
        f'<span role="cell" data-label="字数">{"" if skipped else f"{file.characters:,}"}</span>'
        f'<span role="cell" data-label="段落">{"" if skipped else f"{file.chunks:,}"}</span>'
        f'<span role="cell">{state}</span></div>'
    )


def changes(build: BuildReport | None) -> str:
    """What the last update did; empty when there was none."""
    if build is None:
        return ""
    count = Counter(report.status for report in build.documents)
    parts = [f"{label} {count[status]}" for status, label in _CHANGES if count[status]]
    done = "索引已是最新，文档没有变化"
    if parts:
        done = f"更新完成，用时 {build.elapsed_ms / 1000:.1f} 秒：{'，'.join(parts)}"
    lists = []
    for status, label in _CHANGES:
        names = [report.document for report in build.documents if report.status == status]
        if names:
            more = f" 等 {len(names)} 份" if len(names) > _LISTED_CHANGES else ""
            lists.append(f"<dt>{label}</dt><dd>{for_html('、'.join(names[:_LISTED_CHANGES]))}{more}</dd>")
    details = f"<details><summary>查看文件</summary><dl>{''.join(lists)}</dl></details>" if lists else ""
    return f'<div class="changes" role="status"><span>{done}</span>{details}</div>'
