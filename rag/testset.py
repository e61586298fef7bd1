"""A test set, JSON lines → Questions; each line that is none becomes a fault.

{"id", "question", "type", "evidence": [{"document", "quote", "need"}], "answer_contains", "history", "split"}
"""

import hashlib
import json
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeGuard, TypeVar

from rag.errors import SettingsError

SPLITS = ("dev", "test")

_Item = TypeVar("_Item")


@dataclass(frozen=True)
class Evidence:
    """A verbatim quote of one document; an empty quote means the whole document.

    Entries with the same `need` are alternatives, different needs are all required; entries without are alternatives.
    """

    document: str
    quote: str = ""
    need: int | str | None = None


@dataclass(frozen=True)
class Question:
    """One question; without evidence it is unanswerable. `split` is "dev" or "test", never empty."""

    id: str
    question: str
    type: str = ""
    evidence: tuple[Evidence, ...] = ()
    answer_contains: tuple[str, ...] = ()
    history: tuple[str, ...] = ()
    split: str = "dev"

    @property
    def answerable(self) -> bool:
        """Whether the documents answer it."""
        return bool(self.evidence)

    @property
    def needs(self) -> tuple[tuple[Evidence, ...], ...]:
        """The alternatives of each need, in the order in which the needs first appear."""
        groups: dict[int | str | None, list[Evidence]] = {}
        for entry in self.evidence:
            groups.setdefault(entry.need, []).append(entry)
        return tuple(tuple(group) for group in groups.values())


@dataclass(frozen=True)
class Fault:
    """What is wrong in a line of a file; line 0 means the file as a whole, `id` is "" where it is unknown."""

    line: int
    id: str
    fault: str


@dataclass(frozen=True)
class QuestionFile:
    """The questions of one file with the numbers of their lines, and the faults of the lines that hold none."""

    file: str
    questions: tuple[Question, ...]
    lines: tuple[int, ...]
    faults: tuple[Fault, ...]


class _BadLine(Exception):
    """A line cannot be used; the message says why."""


def read_questions(file: str | Path) -> QuestionFile:
    """Read a test set; a bad line is a fault and the reading goes on.

    Raises
    ------
    SettingsError
        The file cannot be read.
    """
    try:
        data = Path(file).read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise SettingsError(
            f"题目文件 {file} 无法读取（{reason}），请检查路径。",
            f"The file {file} cannot be read ({reason}); check its path.",
        ) from error
    questions: list[Question] = []
    lines: list[int] = []
    faults: list[Fault] = []
    # Only \n ends a line: str.splitlines would also cut at U+2028, which JSON allows inside texts.
    for number, raw in enumerate(data.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        if not raw.strip():
            continue
        row: Any = None
        try:
            row = _parse(raw)
            questions.append(_question(row))
            lines.append(number)
        except _BadLine as bad:
            identifier = row.get("id") if isinstance(row, dict) else None
            faults.append(Fault(number, _non_empty(identifier) or "", str(bad)))
    if not questions and not faults:
        faults.append(Fault(0, "", "文件里没有题目"))
    return QuestionFile(str(file), tuple(questions), tuple(lines), tuple(faults))


def split_of(identifier: str) -> str:
    """The half of a question that names none: "dev" where the SHA-256 of its id is even, else "test"."""
    return SPLITS[hashlib.sha256(identifier.encode("utf-8")).digest()[-1] % 2]


def fold(text: str) -> str:
    """A copy for comparing: NFKC, without white space.

    >>> fold("１４ 条")
    '14条'
    """
    return "".join(unicodedata.normalize("NFKC", text).split())


def occurrences(text: str, entry: Evidence) -> list[tuple[int, int]]:
    """All places `[start, end)` of an entry's quote in its document's text; an empty quote is the whole text.

    >>> occurrences("甲乙甲乙甲", Evidence("a.md", "甲乙甲"))
    [(0, 3), (2, 5)]
    """
    if not entry.quote:
        return [(0, len(text))]
    found = []
    start = text.find(entry.quote)
    while start >= 0:
        found.append((start, start + len(entry.quote)))
        start = text.find(entry.quote, start + 1)
    return found


def _parse(raw: bytes) -> dict[str, Any]:
    try:
        row = json.loads(raw.decode("utf-8"))
    except UnicodeDecodeError:
        raise _BadLine("不是有效的 UTF-8") from None
    except json.JSONDecodeError as error:
        raise _BadLine(f"不是有效的 JSON（第 {error.pos + 1} 个字符处：{error.msg}）") from None
    except (ValueError, RecursionError):
        raise _BadLine("不是有效的 JSON（数字过长或嵌套过深）") from None
    if not isinstance(row, dict):
        raise _BadLine("不是 JSON 对象")
    return row


def _question(row: dict[str, Any]) -> Question:
    identifier = _text(row, "id")
    split = row.get("split")
    if split is not None and split not in SPLITS:
        raise _BadLine(f"split 须为 dev 或 test，现为 {json.dumps(split, ensure_ascii=False)}")
    kind = row.get("type")
    if kind is not None and not _is_text(kind):
        raise _BadLine("type 须为文字")
    if "evidence" not in row:
        raise _BadLine("缺少 evidence（无答案的题写 []）")
    return Question(
        id=identifier,
        question=_text(row, "question"),
        type=kind or "",
        evidence=tuple(_list(row, "evidence", _evidence, "每项须为含 document、quote 的对象")),
        answer_contains=tuple(_list(row, "answer_contains", _non_empty, "须为非空文字的列表")),
        history=tuple(_list(row, "history", _non_empty, "须为非空文字的列表")),
        split=split or split_of(identifier),
    )


def _list(row: dict[str, Any], name: str, read: Callable[[Any], _Item | None], rule: str) -> list[_Item]:
    values = row.get(name)
    if values is None and name != "evidence":
        return []
    if not isinstance(values, list):
        raise _BadLine(f"{name} 须为列表")
    found = []
    for value in values:
        item = read(value)
        if item is None:
            raise _BadLine(f"{name} {rule}")
        found.append(item)
    return found


def _evidence(value: Any) -> Evidence | None:
    if not isinstance(value, dict) or _non_empty(value.get("document")) is None:
        return None
    quote, need = value.get("quote"), value.get("need")
    if not _is_text(quote):
        return None
    if quote and not quote.strip():
        raise _BadLine("evidence 的 quote 只有空白（指整份文档时写空文字）")
    if need is not None and (isinstance(need, bool) or not isinstance(need, int | str)):
        raise _BadLine("evidence 的 need 须为整数或文字")
    return Evidence(value["document"], quote, need)


def _text(row: dict[str, Any], name: str) -> str:
    if name not in row:
        raise _BadLine(f"缺少 {name}")
    text = _non_empty(row[name])
    if text is None:
        raise _BadLine(f"{name} 须为非空文字")
    return text


def _non_empty(value: Any) -> str | None:
    return value if _is_text(value) and value.strip() else None


def _is_text(value: Any) -> TypeGuard[str]:
    """Whether it is a text that UTF-8 can hold (JSON may write a lone surrogate)."""
    if not isinstance(value, str):
        return False
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
