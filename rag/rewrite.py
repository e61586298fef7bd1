"""A follow-up question → one that stands on its own, by a language model that may only use what was asked before.

The model gets the questions, never passages or answers. What it writes counts only where it is one question that brings
nothing of its own; else, and where it fails, the rules of `rag.follow_up` stand.
"""

import re
import time
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace

from rag.chat_model import ChatModel, ChatModelError, Message
from rag.follow_up import resolve
from rag.topic import TITLE, nouns
from rag.types import Answer, AnswerSentence
from rag.verify import look_up
from rag.why import LookedUp
from rag.words import normalise

_SECONDS = 10.0
_AGAIN_SECONDS = 0.5
_LONGEST = 200
_MOST_BEFORE = 6
_MOST_CHARACTERS = 300
_MAX_TOKENS = 1500

_RULES = """把最后一个问题改写成不看前文也能明白的一个问题。
规则：
1. 只补上它从前面的问题里省略的内容（主语、时间、地点、文件名），用前面问题里的原词。
2. 不回答问题，不添加前面没有出现过的数字、日期、文号、地名、机构名和事物。
3. 如果最后一个问题本来就完整，原样写出。
4. 只写改写后的问题，一行，不写解释。"""

_LEAD = re.compile(r"^(?:改写后?的?(?:问题)?|问题)\s*[:：]\s*")
_QUOTED = re.compile(r"^[“\"'「](.*)[”\"'」]$")
_MARKUP = re.compile(r"[<>\[\]{}|`*#\\]|https?:|www\.", re.IGNORECASE)
_RUN = re.compile(r"\d+|[a-z]+")


@dataclass(frozen=True)
class Understood:
    """A question as it is taken, and what the reader must know of how that came about."""

    question: str
    note: str | None = None


def understand(history: Sequence[str], question: str, model: ChatModel | None) -> Generator[Answer, None, Understood]:
    """Resolve a question from those before it: by a model where there is one, else, or where it fails, by rules.

    Yields an answer with nothing in it now and then while the model writes, so that whoever reads can stop it; returns
    what was understood.

    Parameters
    ----------
    history
        The questions before it, oldest first.
    """
    resolved = resolve(history, question)
    before = [one.strip()[:_MOST_CHARACTERS] for one in history if any(char.isalnum() for char in one)][-_MOST_BEFORE:]
    if model is None or not before:
        return Understood(resolved)
    try:
        written = yield from _ask(model, before, question)
    except ChatModelError:
        return Understood(resolved, "语言模型没能及时改写追问，已按规则理解")
    if written == question:  # as the model sees it whole; the rules see what it leans on, if anything
        return Understood(resolved)
    if is_rewriting(written, before, question):
        return Understood(written)
    return Understood(resolved, "语言模型对追问的改写不合要求，已按规则理解")


def is_rewriting(written: str, before: Sequence[str], question: str) -> bool:
    """Tell whether a text is the question made whole from those before it, and nothing else.

    It must be one short line that is none of the earlier questions, keep the question's figures and names, and hold no
    figure, date, 文号, title, place, organisation, noun or Latin word that stands in none of them.
    """
    if not written or len(written) > _LONGEST or "\n" in written or _MARKUP.search(written):
        return False
    if _bare(written) in {_bare(one) for one in before}:
        return False
    asked = [*before, question]
    known = normalise("\n".join(asked))
    held = all(one.citations for one in _facts(written, asked))
    kept = all(one.citations for one in _facts(question, [written]))
    runs = set(_RUN.findall(known))
    return (
        held
        and kept
        and all(run in runs for run in _RUN.findall(normalise(written)))
        and all(normalise(title) in known for title in TITLE.findall(written))
        and all(noun in known for noun in nouns(normalise(written)) if len(noun) > 1)  # 中 and 里 are tagged as nouns
    )


def _facts(text: str, sources: Sequence[str]) -> Sequence[LookedUp]:
    numbers = tuple(range(1, len(sources) + 1))
    return look_up(AnswerSentence(text, numbers), list(zip(numbers, sources, strict=True)))


def _ask(model: ChatModel, before: Sequence[str], question: str) -> Generator[Answer, None, str]:
    lines = [f"{number}. {_one_line(one)}" for number, one in enumerate(before, start=1)]
    content = "\n".join(["前面的问题：", *lines, f"最后一个问题：{_one_line(question)}"])
    nothing = Answer(question, question, "", False, 0.0, (), (), (), 0.0, written_by="model")
    written, told = "", time.monotonic()
    quick = replace(model, seconds=min(_SECONDS, model.seconds))
    with closing(quick.stream((Message("system", _RULES), Message("user", content)), _MAX_TOKENS)) as stream:
        for written in stream:
            if len(written) > 2 * _LONGEST:
                break
            if time.monotonic() - told > _AGAIN_SECONDS:
                told = time.monotonic()
                yield nothing
    return _QUOTED.sub(r"\1", _LEAD.sub("", written.strip())).strip()


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _bare(text: str) -> str:
    return re.sub(r"\W", "", normalise(text))
