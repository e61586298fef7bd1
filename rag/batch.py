"""`search` and `ask`, one question or a file of them; the index is loaded once."""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from rag.answer import answer_question
from rag.chat_model import load_chat_model
from rag.embed import Embedder, embedder_identity, load_embedder
from rag.errors import RagError, SettingsError
from rag.filters import EVERYTHING, Filter, nothing_matches
from rag.follow_up import resolve
from rag.jsonout import answer_json, error_json, search_json
from rag.printing import print_answer, print_passages
from rag.retrieve import check_question, search
from rag.settings import Settings
from rag.store import Library
from rag.terminal import TerminalProgress


@dataclass(frozen=True)
class _Row:
    """One line of a batch; `error` says why it cannot be asked."""

    identifier: object
    question: object
    history: tuple[str, ...] = ()
    error: str | None = None


def search_all(
    question: str | None,
    source: str | None,
    k: int,
    as_json: bool,
    settings: Settings,
    only: Filter = EVERYTHING,
    *,
    explained: bool = False,
) -> int:
    """Run `search`; the exit status. `explained` adds to each passage why it stands at its rank."""
    rows = _rows(question, source)
    library, embedder = _open(settings)

    def one(identifier: object, text: str, history: Sequence[str]) -> dict[str, Any]:
        resolved = resolve(history, check_question(text))
        passages, elapsed = search(
            library, embedder, resolved, k, only=only, tuning=settings.tuning, explained=explained
        )
        note = nothing_matches(library, only) if only and not passages else None
        if not (as_json or source):
            print_passages(passages, note)
        return search_json(identifier, text, passages, elapsed, note)

    return _run(rows, one, as_json=as_json or source is not None, batch=source is not None)


def ask_all(
    question: str | None,
    source: str | None,
    as_json: bool,
    settings: Settings,
    only: Filter = EVERYTHING,
    *,
    explained: bool = False,
) -> int:
    """Run `ask`; the exit status. `explained` adds why each answer is what it is."""
    rows = _rows(question, source)
    writer = load_chat_model(settings)
    library, embedder = _open(settings)

    def one(identifier: object, text: str, history: Sequence[str]) -> dict[str, Any]:
        answer = answer_question(
            library,
            embedder,
            text,
            only=only,
            tuning=settings.tuning,
            writer=writer,
            history=history,
            explained=explained,
        )
        if not (as_json or source):
            print_answer(answer)
        return answer_json(identifier, answer)

    return _run(rows, one, as_json=as_json or source is not None, batch=source is not None)


def _run(
    rows: Iterator[_Row], one: Callable[[object, str, Sequence[str]], dict[str, Any]], *, as_json: bool, batch: bool
) -> int:
    for row in rows:
        try:
            if row.error is not None or not isinstance(row.question, str):
                result = error_json(row.identifier, row.question, row.error or "")
            else:
                result = one(row.identifier, row.question, row.history)
        except RagError as error:
            if not batch:
                raise
            result = error_json(row.identifier, row.question, str(error))
        if as_json:
            sys.stdout.write(_line(result))
            sys.stdout.flush()
    return 0


def _line(result: dict[str, Any]) -> str:
    """One JSON line; with escapes where it holds what UTF-8 cannot (a lone surrogate in an id)."""
    line = json.dumps(result, ensure_ascii=False)
    try:
        line.encode("utf-8")
    except UnicodeEncodeError:
        line = json.dumps(result)
    return line + "\n"


def _open(settings: Settings) -> tuple[Library, Embedder]:
    library = Library.open(settings.index, embedder_identity(settings), chunk_size=settings.chunk_size)
    with TerminalProgress() as progress:
        return library, load_embedder(settings, progress)


def _rows(question: str | None, source: str | None) -> Iterator[_Row]:
    """The questions of a call: the one given, or those of the file.

    Raises
    ------
    SettingsError
        The file cannot be read.
    QuestionError
        The one question cannot be searched.
    """
    if source is None:
        check_question(question or "")  # before index and model are loaded
        return iter([_Row(None, question)])
    if source == "-":
        return _parse(sys.stdin)
    try:
        return _parse(Path(source).open(encoding="utf-8-sig", errors="replace"))
    except OSError as error:
        raise SettingsError(
            f"问题文件 {source} 无法读取（{error.strerror}），请检查路径。",
            f"The file {source} cannot be read ({error.strerror}); check its path.",
        ) from error


def _parse(lines: TextIO) -> Iterator[_Row]:
    with lines:
        for number, line in enumerate(lines, start=1):
            if line.strip():
                yield _parse_line(line, number)


def _parse_line(line: str, number: int) -> _Row:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return _Row(None, None, error=f"第 {number} 行不是有效的 JSON。 Line {number} is no valid JSON.")
    if not isinstance(row, dict):
        return _Row(None, None, error=f"第 {number} 行不是 JSON 对象。 Line {number} is no JSON object.")
    identifier, question = row.get("id"), row.get("question")
    if not isinstance(question, str):
        return _Row(
            identifier, question, error=f"第 {number} 行缺少文字 question。 Line {number} has no text in question."
        )
    history = row.get("history")
    if history is not None and not (isinstance(history, list) and all(isinstance(item, str) for item in history)):
        return _Row(
            identifier, question, error=f"第 {number} 行的 history 须为文字列表。 history must be a list of texts."
        )
    return _Row(identifier, question, tuple(history or ()))
