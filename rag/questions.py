"""`questions check`, `make`, `export` and `import`: test sets checked, proposed, and reviewed in a spreadsheet."""

import json
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rag.check import MIN_FREE_SHARE, RUN_LENGTH, Report, check_file
from rag.documents import list_files, read_all
from rag.embed import Embedder, embedder_identity, load_embedder
from rag.errors import IndexDamaged, IndexMismatch, IndexMissing, ModelError, SettingsError
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


def make_questions(settings: Settings, out: str | None, limit: int, *, force: bool) -> int:
    """Propose questions from the files of the documents folder and write them; the exit status, 1 without any.

    Raises
    ------
    SettingsError
        There is no documents folder, or the target exists and `force` is not given.
    """
    from rag.propose import propose

    if out is not None:
        _refuse_existing(out, force)
    names = list_files(settings.documents, settings.index)
    documents, receipt, _ = read_all(settings, names, {}, lambda progress: None)
    for report, _ in receipt:
        if report.status == "skipped":
            sys.stderr.write(f"跳过 {report.document}：{report.reason} Skipped.\n")
    rows = propose(documents, limit)
    if not rows:
        sys.stderr.write(
            f"{settings.documents} 的 {len(documents)} 份文档里没有适合出题的句子。 "
            "The documents hold no sentence that a question can be made of.\n"
        )
        return 1
    data = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode("utf-8")
    if out is None:
        sys.stdout.write(data.decode("utf-8"))
    else:
        _write(out, data)
    sys.stderr.write(
        f"出了 {len(rows)} 题，措辞取自原文，请逐题审阅、改写后再用（questions export）。 "
        f"{len(rows)} questions in the documents' own words; review and reword them (questions export).\n"
    )
    return 0


def export_questions(file: str, target: str, *, force: bool) -> int:
    """Write a test set as a spreadsheet; the exit status, 1 where a line is no question.

    Raises
    ------
    SettingsError
        The file cannot be read, or the target exists and `force` is not given.
    """
    from rag.spreadsheet import to_workbook

    _refuse_existing(target, force)
    read = read_questions(file)
    if read.faults:
        sys.stderr.write("".join(f"✗ {_place(file, fault)}{fault.fault}\n" for fault in read.faults))
        return 1
    raw = Path(file).read_bytes().removeprefix(b"\xef\xbb\xbf").split(b"\n")
    _write(target, to_workbook([raw[line - 1] for line in read.lines]))
    sys.stderr.write(f"已导出 {len(read.lines)} 题到 {target}。 {len(read.lines)} questions written to {target}.\n")
    return 0


def import_questions(file: str, target: str, settings: Settings, *, force: bool) -> int:
    """Write the reviewed spreadsheet as a test set; the exit status, 1 (and nothing written) where a row is wrong.

    Raises
    ------
    SettingsError
        The spreadsheet cannot be used, or the target exists and `force` is not given.
    """
    from rag.spreadsheet import from_workbook
    from rag.workbook import MAX_BYTES

    _refuse_existing(target, force)
    try:
        with Path(file).open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise SettingsError(
            f"表格 {file} 无法读取（{reason}），请检查路径。",
            f"The spreadsheet {file} cannot be read ({reason}); check its path.",
        ) from error
    review = from_workbook(data, file)
    texts = open_texts(settings)
    with tempfile.TemporaryDirectory() as folder:
        # Each line gets the number of its row, so that the checker names rows.
        lines = dict(zip(review.rows, review.lines, strict=True))
        numbered = Path(folder) / "questions.jsonl"
        numbered.write_bytes(b"\n".join(lines.get(row, b"") for row in range(1, max(lines, default=0) + 1)))
        report = check_file(read_questions(numbered), lambda name: text_of(settings, texts, name))
    faults = sorted((*review.faults, *report.faults), key=lambda fault: fault.line)
    if review.faults and not review.lines:
        faults = list(review.faults)
    if faults:
        sys.stderr.write("".join(f"✗ {_place(file, fault)}{fault.fault}\n" for fault in faults))
        return 1
    _write(target, b"".join(line + b"\n" for line in review.lines))
    kept = len(review.lines)
    sys.stderr.write(
        f"已导入 {kept} 题到 {target}（标“否”的 {review.dropped} 题略去，未标的 {review.unmarked} 题保留）。 "
        f"{kept} questions written to {target} ({review.dropped} dropped, {review.unmarked} kept unmarked).\n"
    )
    return 0


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
        library = Library.open(settings.index, embedder_identity(settings), chunk_size=settings.chunk_size)
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


def _refuse_existing(target: str, force: bool) -> None:
    if os.path.lexists(target) and not force:
        raise SettingsError(
            f"{target} 已经存在，请换一个名字，或用 --force 覆盖。",
            f"{target} exists already; choose another name, or overwrite it with --force.",
        )


def _write(target: str, data: bytes) -> None:
    """Write a file whole or not at all."""
    path = Path(target)
    handle, name = tempfile.mkstemp(prefix=f".{path.name[:40]}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
        # mkstemp makes files that only their owner can read.
        umask = os.umask(0)
        os.umask(umask)
        Path(name).chmod(0o666 & ~umask)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


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
