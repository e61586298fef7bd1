"""One conversation: what was asked, what is shown of each answer, and where its links lead. Knows no Gradio."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rag.errors import RagError
from rag.filters import describe
from rag.labels import cited_as
from rag.reports import Progress
from rag.types import Answer, Header
from rag.ui.conditions import NO_CONDITIONS, Typed, typed_filter
from rag.ui.escape import chinese_half

if TYPE_CHECKING:
    from rag.service import Service

SENTENCE_SECONDS = 0.08
WAIT_SECONDS = 0.5
NEAREST = 3
"""How many passages a refusal names."""

_REFERENCE = re.compile(r"(cite|near)-([1-9]\d{0,5})-([1-9]\d{0,5})")


@dataclass(frozen=True)
class Turn:
    """A question and what became of it so far.

    Attributes
    ----------
    answer, generation
        The answer, and the build that its citations belong to.
    shown
        How many sentences of the answer stand on the page.
    progress
        What the question waits for, as long as there is no answer.
    error
        Why there is none, in Chinese.
    stopped
        The user ended it early.
    writing
        A language model is still at it.
    only
        The filter that was set, in words; "" for none.
    """

    question: str
    answer: Answer | None = None
    generation: str = ""
    shown: int = 0
    progress: Progress | None = None
    error: str | None = None
    stopped: bool = False
    writing: bool = False
    only: str = ""

    @property
    def ended(self) -> bool:
        """Nothing will be added to this turn."""
        if self.stopped or self.error is not None:
            return True
        return not self.writing and self.answer is not None and self.shown >= len(self.answer.sentences)


Turns = tuple[Turn, ...]


@dataclass(frozen=True)
class Target:
    """What a link of the chat opens: a range of a document in one build."""

    generation: str
    document: str
    section: str
    page: int | None
    start: int
    end: int
    quote: str
    header: Header | None
    note: str | None


def converse(
    service: "Service",
    turns: Turns,
    question: str,
    sleep: Callable[[float], None] = time.sleep,
    typed: Typed = NO_CONDITIONS,
) -> Iterator[Turns]:
    """Ask, and yield the conversation each time there is more to show.

    The questions before it are given along as they were understood.
    A question that comes before the index is ready waits, showing what for. Errors become part of the turn, also those
    of the conditions that are typed in.
    """
    try:
        only = typed_filter(typed)
    except RagError as error:
        yield (*turns, Turn(question, error=error.chinese))
        return
    turn = Turn(question, only=describe(only))
    history = tuple(before.answer.understood if before.answer else before.question for before in turns)
    yield (*turns, turn)
    for waiting in _until_ready(service, turn, sleep):
        turn = waiting
        yield (*turns, turn)
    if turn.ended:
        return
    try:
        with closing(service.ask_steps(question, history, only)) as steps:
            for answer, generation in steps:
                written = answer.written_by == "model"
                turn = replace(turn, answer=answer, generation=generation, progress=None, shown=0, writing=written)
                if written:
                    turn = replace(turn, shown=len(answer.sentences))
                    yield (*turns, turn)
    except RagError as error:
        yield (*turns, replace(turn, error=error.chinese, progress=None))
        return
    yield from ((*turns, shown) for shown in _revealed(turn, sleep))


def _revealed(turn: Turn, sleep: Callable[[float], None]) -> Iterator[Turn]:
    """The whole answer, quotes one after the other; what a model has written stands there already."""
    turn = replace(turn, writing=False)
    sentences = turn.answer.sentences if turn.answer is not None else ()
    for shown in range(turn.shown + 1, len(sentences) + 1):
        if shown > 1:
            sleep(SENTENCE_SECONDS)
        yield replace(turn, shown=shown)
    if turn.shown >= len(sentences):
        yield turn


def _until_ready(service: "Service", turn: Turn, sleep: Callable[[float], None]) -> Iterator[Turn]:
    """Yield the turn with its progress until questions can be answered, or with the error that prevents it."""
    started = False
    while not (status := service.status()).ready:
        if status.busy:
            yield replace(turn, progress=status.progress or Progress("准备中", 0, 1))
        elif started:
            yield replace(turn, error=chinese_half(status.error or "索引未能建立，请在“文档”页查看原因。"))
            return
        else:
            # Nothing runs and nothing is ready: the folder may have been mended meanwhile.
            started = service.start_update()
        sleep(WAIT_SECONDS)


def stop(turns: Turns) -> Turns:
    """End the last turn as it stands."""
    if not turns or turns[-1].ended:
        return turns
    return (*turns[:-1], replace(turns[-1], stopped=True, writing=False, progress=None))


def fail(turns: Turns) -> Turns:
    """End the last turn after an error that nobody foresaw; its traceback is in the terminal."""
    if not turns or turns[-1].ended:
        return turns
    return (*turns[:-1], replace(turns[-1], error="程序出错，没能回答。请再问一次；若仍然这样，请看终端里的说明。"))


def find_target(turns: Turns, reference: str) -> Target | None:
    """Find what a link leads to: `cite-2-1` is the first citation of the second turn, `near-2-1` its nearest passage.

    Returns
    -------
    Target or None
        None when this conversation has no such link.
    """
    match = _REFERENCE.fullmatch(reference)
    turn = turns[int(match[2]) - 1] if match and int(match[2]) <= len(turns) else None
    if match is None or turn is None or turn.answer is None:
        return None
    number = int(match[3])
    if match[1] == "near":
        for passage in turn.answer.passages[number - 1 : number]:
            return Target(
                turn.generation, passage.document, passage.section, passage.page, passage.start, passage.end,
                passage.text, None, None,
            )  # fmt: skip
    else:
        for citation in turn.answer.citations:
            if citation.number == number:
                return Target(
                    turn.generation, citation.document, citation.section, citation.page, citation.start, citation.end,
                    citation.quote, citation.header, citation.note,
                )  # fmt: skip
    return None


def sources_text(answer: Answer, only: str = "") -> str:
    """The answer as plain text with its numbered references, for the clipboard; `only` is the filter in words."""
    by = ["注：语言模型撰写，逐句核对过引文。"] if answer.written_by == "model" and not answer.refused else []
    filtered = [f"筛选：{only}。"] if only else []
    lines = [answer.answer, *by, *filtered, *(f"注：{note}。" for note in answer.notes)]
    if answer.citations:
        lines.append("")
    for citation in answer.citations:
        place = [cited_as(citation), citation.section, citation.document]
        if citation.page is not None:
            place.append(f"第 {citation.page} 页")
        if citation.note:
            place.append(citation.note)
        lines.append(f"[{citation.number}] {'，'.join(part for part in place if part)}：“{citation.quote.strip()}”")
    return "\n".join(lines)
