"""`questions check`: test sets checked against the documents, reported as text or JSON."""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rag.check import MIN_FREE_SHARE, RUN_LENGTH, Report, check_file
from rag.embed import Embedder, embedder_identity, load_embedder
from rag.errors import IndexDamaged, IndexMismatch, IndexMissing, ModelError
from rag.lookup import open_texts, text_of
from rag.settings import Settings
from rag.store import Library
from rag.terminal import TerminalProgress
from rag.testset import Fault, Question, read_questions
from rag.types import Sentence

_NEAREST = 3
_LOOKED_AT = 40


@dataclass(frozen=True)
class Near:
    """A sentence of the documents near to a question; `score` is the cosine of their vectors."""

    document: str
    start: int
    end: int
    text: str
    score: float


def check_questions(files: Sequence[str], settings: Settings, *, nearest: bool, as_json: bool) -> int:
    """Check test sets and print the report; the exit status, 1 where there are faults.

    Raises
    ------
    SettingsError
        A file cannot be read.
    """
    read = [read_questions(file) for file in files]
    texts = open_texts(settings)
    reports = [check_file(one, lambda name: text_of(settings, texts, name)) for one in read]
    model = _open(settings, reports) if nearest else None
    if not nearest:
        sys.stderr.write("按 --no-nearest，不列出无答案题最接近的句子。 Nearest sentences are left out.\n")
    near = [[_near(model, question) for _, question in report.unanswerable] if model else None for report in reports]
    if as_json:
        ok = not any(report.faults for report in reports)
        found = [_json(report, rows) for report, rows in zip(reports, near, strict=True)]
        sys.stdout.write(json.dumps({"ok": ok, "files": found}, ensure_ascii=False) + "\n")
    else:
        for report, rows in zip(reports, near, strict=True):
            sys.stdout.write("\n".join(_lines(report, rows)) + "\n")
    return 1 if any(report.faults for report in reports) else 0


def nearest_sentences(library: Library, embedder: Embedder, question: Question) -> list[Near]:
    """The sentences nearest to a question (with its history), best first; headers and repeated texts are left out."""
    vector = embedder.embed_query("\n".join((*question.history, question.question)))
    found: dict[str, Near] = {}
    for number, score in zip(*library.nearest_sentences(vector, _LOOKED_AT), strict=True):
        sentence = _sentence(library, int(number))
        if sentence.kind == "body" and len(found) < _NEAREST:
            near = Near(sentence.document, sentence.start, sentence.end, sentence.text, round(float(score), 4))
            found.setdefault(sentence.text, near)
    return list(found.values())


def _sentence(library: Library, number: int) -> Sentence:
    return dict(library.sentences_of(int(library.chunk_of_sentence[number])))[number]


def _near(model: tuple[Library, Embedder], question: Question) -> list[Near]:
    return nearest_sentences(*model, question)


def _open(settings: Settings, reports: Sequence[Report]) -> tuple[Library, Embedder] | None:
    if not any(report.unanswerable for report in reports):
        return None
    try:
        library = Library.open(settings.index, embedder_identity(settings))
        with TerminalProgress() as progress:
            return library, load_embedder(settings, progress)
    except (IndexMissing, IndexDamaged, IndexMismatch, ModelError) as error:
        sys.stderr.write(
            f"未列出无答案题最接近的句子：{error.chinese} Nearest sentences are left out: {error.english}\n"
        )
        return None


def _lines(report: Report, near: Sequence[Sequence[Near]] | None) -> list[str]:
    lines = [
        f"{report.file}：{report.questions} 题（有答案 {report.answerable}，无答案 {len(report.unanswerable)}），"
        + (f"错误 {len(report.faults)} 处" if report.faults else "没有错误"),
        "  题型：" + ("，".join(f"{name or '（未写）'} {count}" for name, count in report.by_type.items()) or "无"),
        "  划分：" + "，".join(f"{split} {count}" for split, count in report.by_split.items()),
        f"  须看两份以上文档的题：{report.across_documents}",
    ]
    if report.free_share is not None:
        lines.append(
            f"  措辞：{report.free}/{report.answerable}（{report.free_share:.1%}）"
            f"与证据没有连续 {RUN_LENGTH} 字相同（应不少于 {MIN_FREE_SHARE:.0%}）"
        )
    lines += [f"✗ {_place(report.file, fault)}{fault.fault}" for fault in report.faults]
    lines += [f"! {_place(report.file, warning)}{warning.fault}" for warning in report.warnings]
    if near:
        lines.append("  无答案题最接近的句子（请人工确认其中没有答案）：")
        for (line, question), sentences in zip(report.unanswerable, near, strict=True):
            lines.append(f"  {question.id}（第 {line} 行）{' → '.join((*question.history, question.question))}")
            lines += [f"      {near.score:.3f} {near.document}：{' '.join(near.text.split())}" for near in sentences]
    return lines


def _place(file: str, fault: Fault) -> str:
    place = f"{file} 第 {fault.line} 行" if fault.line else file
    return f"{place}（{fault.id}）：" if fault.id else f"{place}："


def _json(report: Report, near: Sequence[Sequence[Near]] | None) -> dict[str, Any]:
    shown = None
    if near is not None:
        shown = [
            {
                "line": line,
                "id": question.id,
                "question": question.question,
                "history": question.history,
                "sentences": [asdict(sentence) for sentence in sentences],
            }
            for (line, question), sentences in zip(report.unanswerable, near, strict=True)
        ]
    return {
        "file": report.file,
        "questions": report.questions,
        "answerable": report.answerable,
        "unanswerable": len(report.unanswerable),
        "by_type": report.by_type,
        "by_split": report.by_split,
        "across_documents": report.across_documents,
        "overlap": {
            "run": RUN_LENGTH,
            "without_shared_run": report.free,
            "share": report.free_share,
        },
        "faults": [asdict(fault) for fault in report.faults],
        "warnings": [asdict(warning) for warning in report.warnings],
        "nearest": shown,
    }
