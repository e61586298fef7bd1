"""Results → text for the terminal."""

import re
import sys
from collections.abc import Callable, Sequence

from rich.cells import cell_len

from rag.explain import PART_NAMES
from rag.findings import Finding
from rag.labels import cited_as
from rag.plain_text import render, table_lines
from rag.receipt import format_text, found_text, pages_text, remarks
from rag.reports import BuildReport, FileReport
from rag.types import Answer, Citation, Explanation, Passage
from rag.verify import describe_unsupported
from rag.why import AnswerExplanation
from rag.why_text import check_text, confidence_text, factors_text

_MARKS = {"added": "+ 新增", "changed": "~ 更改", "removed": "- 删除", "skipped": "! 跳过", "unchanged": "= 未变"}
_COLUMNS: tuple[Callable[[FileReport], str], ...] = (
    lambda file: _MARKS[file.status],
    lambda file: file.document,
    format_text,
    pages_text,
    lambda file: f"{file.characters:,} 字" if file.characters else "",
    lambda file: f"{file.chunks} 段" if file.chunks else "",
)
"""What the receipt says of a file, a column each; a column that is empty for all files is left out."""
_BOLD, _PLAIN = "\033[1m", "\033[22m"
_WORDS = 3  # columns of words, aligned to the left; the rest are numbers
_WIDEST = 48
_CONTROL = re.compile(r"(?!\x1b\[(?:1|22)m)[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""What moves the cursor, makes links and the like; bold is ours."""


def print_answer(answer: Answer) -> None:
    """The answer, then its citations, or what is nearest."""
    lines = [_text(answer), ""]
    if answer.table is not None:
        lines += [*table_lines(answer.table), ""]
    lines += [f"注：{note}。" for note in answer.notes]
    if answer.refused:
        lines.append("最接近的段落：")
        lines += [_passage_line(passage) for passage in answer.passages[:3]]
    else:
        for sentence in answer.sentences:
            if sentence.note:
                lines.append(f"⚠ “{sentence.text.strip()[:20]}…”：{sentence.note}")
            if sentence.unsupported:
                lines.append(f"⚠ “{sentence.text}”：{describe_unsupported(sentence)}")
        lines.append("引文：")
        lines += [_citation_line(citation) for citation in answer.citations]
    by = "语言模型撰写，逐句核对；" if answer.written_by == "model" and not answer.refused else ""
    lines.append(f"（{by}置信度 {answer.confidence:.2f}，{answer.elapsed_ms:.0f} 毫秒）")
    if answer.explanation is not None:
        lines += ["", *_why_lines(answer, answer.explanation)]
    _write(lines)


def _text(answer: Answer) -> str:
    """The answer; on a terminal the value that is asked for is bold."""
    if answer.sentences and sys.stdout.isatty():
        return render(answer.sentences, _BOLD, _PLAIN)
    return answer.answer


def print_passages(passages: Sequence[Passage], note: str | None = None) -> None:
    """One block a passage; `note` says why there is none."""
    _write([_passage_line(passage) for passage in passages] or [note or "没有找到相关段落。"])


def print_report(report: BuildReport) -> None:
    """The receipt: one line for every file, in columns, and the sums."""
    rows = [[column(file) for column in _COLUMNS] for file in report.documents]
    # A name that is longer than the column pushes only its own line.
    widths = [min(_WIDEST, max(map(cell_len, cells))) for cells in zip(*rows, strict=True)]
    lines = []
    for row, file in zip(rows, report.documents, strict=True):
        notes = [file.reason] if file.reason else [f"⚠ {remark}" for remark in remarks(file)]
        found = found_text(file)
        notes += [f"识别：{found}"] if found else []
        lines.append("  ".join(filter(None, (_aligned(row, widths), "；".join(notes)))))
    counts = {status: sum(file.status == status for file in report.documents) for status in _MARKS}
    lines.append(
        f"新增 {counts['added']}，更改 {counts['changed']}，未变 {counts['unchanged']}，删除 {counts['removed']}，"
        f"跳过 {counts['skipped']}；共 {report.chunks} 段，用时 {report.elapsed_ms / 1000:.1f} 秒。"
    )
    _write(lines)


def print_findings(findings: Sequence[Finding]) -> None:
    """One line a check, with what to run where it failed."""
    lines = []
    for finding in findings:
        lines.append(f"{'✓' if finding.ok else '✗'} {finding.check}：{finding.detail}")
        if finding.mend:
            lines.append(f"    → {finding.mend}")
    _write(lines)


def _aligned(row: Sequence[str], widths: Sequence[int]) -> str:
    """Cells side by side; a Chinese character takes two columns of the terminal."""
    cells = []
    for number, (cell, width) in enumerate(zip(row, widths, strict=True)):
        space = " " * (width - cell_len(cell))
        if width:
            cells.append(cell + space if number < _WORDS else space + cell)
    return "  ".join(cells).rstrip()


def _passage_line(passage: Passage) -> str:
    place = f"《{passage.title}》" + (f" › {passage.section}" if passage.section else "")
    page = f" 第 {passage.page} 页" if passage.page else ""
    where = f"（{passage.document} {passage.start}–{passage.end}，{passage.score:.3f}）"
    lines = [f"{passage.rank}. {place}{page}{where}", f"   {passage.text}"]
    if passage.note:
        lines.append(f"   ⚠ {passage.note}")
    for other in passage.duplicates:
        at = f" 第 {other.page} 页" if other.page else ""
        lines.append(f"   ＝ 《{other.title}》{at}（{other.document} {other.start}–{other.end}）内容几乎相同")
    if passage.explanation is not None:
        lines += [f"   {line}" for line in _explanation_lines(passage.explanation)]
    return "\n".join(lines)


def _explanation_lines(explanation: Explanation) -> list[str]:
    lines = [explanation.reason]
    for part, values in explanation.parts.items():
        rank = f"第 {values['rank']}" if values["rank"] else "无"
        lines.append(
            f"· {PART_NAMES[part]} {values['score']:.3f} × {values['weight']:.3f} = {values['share']:.3f}（{rank}）"
        )
    cosines = [
        f"{name} {value:.3f}"
        for name, value in (("整段", explanation.cosine), ("最近的一句", explanation.sentence_cosine))
        if value is not None
    ]
    if cosines:
        lines.append(f"· 余弦：{'，'.join(cosines)}")
    if explanation.words:
        lines.append(f"· 共有的词：{'、'.join(explanation.words)}")
    return lines


def _why_lines(answer: Answer, why: AnswerExplanation) -> list[str]:
    """Why an answer is what it is: confidence, passages, sentences, checks."""
    lines = [
        f"依据：{confidence_text(why, refused=answer.refused)}",
        f"  各项（对数几率）：{factors_text(why.factors, 20) or '没有可用的句子'}",
    ]
    if why.checks:
        lines.append("核对：")
        lines += [f"  “{check.text.strip()}”\n    {check_text(check)}" for check in why.checks]
    if why.candidates:
        lines.append("考虑过的句子（对数几率）：")
    for one in why.candidates:
        mark, where = "✓" if one.chosen else " ", f"{one.document} {one.start}–{one.end}"
        lines.append(f"  {mark} {one.score:+.2f} “{one.text.strip()}”（{where}）")
        lines.append(f"         {factors_text(one.factors)}")
    return [*lines, "检索到的段落，最前的：", *(_passage_line(passage) for passage in answer.passages)]


def _citation_line(citation: Citation) -> str:
    place = (cited_as(citation), citation.section, citation.header.published or citation.header.issued)
    parts = [part for part in place if part]
    if citation.page:
        parts.append(f"第 {citation.page} 页")
    parts.append(citation.document)
    if citation.note:
        parts.append(citation.note)
    return f"[{citation.number}] {'，'.join(parts)}\n    “{citation.quote}”"


def _write(lines: Sequence[str]) -> None:
    # A document's escape sequences must not reach the terminal.
    sys.stdout.write(_CONTROL.sub("\ufffd", "\n".join(lines)) + "\n")
