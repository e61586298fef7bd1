"""Question and passages → an answer written by a language model, sentence by sentence, each one checked."""

import time
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass

from rag.chat_model import ChatModel, ChatModelError
from rag.prompt import NOT_STATED, answer_tokens, write_messages
from rag.store import Library
from rag.types import AnswerSentence, Citation, Passage
from rag.verify import NO_BASIS
from rag.written import MOST_SENTENCES, Written, check_written, split_written

_AGAIN_SECONDS = 0.5


@dataclass(frozen=True)
class Draft:
    """An answer as far as it is written.

    Attributes
    ----------
    sentences, citations
        Checked as `rag.written.check_written` does.
    finished
        Nothing more will come.
    not_stated
        The model says that the passages do not answer; then there are no sentences.
    """

    sentences: tuple[AnswerSentence, ...]
    citations: tuple[Citation, ...]
    finished: bool = False
    not_stated: bool = False


def write_answer(
    library: Library, model: ChatModel, question: str, passages: Sequence[Passage]
) -> Generator[Draft, None, None]:
    """Let a model answer from passages; yields a draft for each new sentence, the last one finished.

    While nothing new comes, the last draft is yielded again, at first an empty one, so that whoever reads can stop it.
    Nothing is shown before the end unless the first sentence is cited and holds: some models think aloud, and mark only
    afterwards that they did (`…</think>`).

    Raises
    ------
    ChatModelError
        The endpoint fails, or nothing of what the model wrote has a basis in the passages.
    """
    messages, given = write_messages(question, passages, model.context)
    if not given:
        raise ChatModelError(
            f"问题和段落放不进语言模型的 {model.context} 个 token，请调高 RAG_LLM_CONTEXT。",
            f"Question and passages do not fit into the model's {model.context} tokens; raise RAG_LLM_CONTEXT.",
        )
    text, draft, told = "", Draft((), ()), time.monotonic()
    seen: list[Written] = []
    with closing(model.stream(messages, answer_tokens(messages, model.context))) as stream:
        for text in stream:
            written = split_written(text, finished=False)
            # "文件未载明" alone is no sentence of an answer; it may still be the beginning of one.
            if written != seen and not _is_not_stated(text):
                seen = written
                checked = Draft(*check_written(library, written, given))
                draft = checked if checked.sentences and _holds(checked.sentences[0]) else Draft((), ())
            elif time.monotonic() - told < _AGAIN_SECONDS:
                continue
            told = time.monotonic()
            yield draft
            if len(draft.sentences) == MOST_SENTENCES:
                break
    if _is_not_stated(text):
        yield Draft((), (), finished=True, not_stated=True)
        return
    sentences, citations = check_written(library, split_written(text, finished=True), given)
    if all(NO_BASIS in sentence.unsupported for sentence in sentences):
        raise ChatModelError(
            "语言模型的回答在文档中没有依据，未予采用。",
            "What the language model wrote has no basis in the documents and was not used.",
        )
    yield Draft(sentences, citations, finished=True)


def _holds(sentence: AnswerSentence) -> bool:
    return bool(sentence.citations) and not sentence.unsupported


def _is_not_stated(text: str) -> bool:
    """Tell whether a model's text says no more than that the passages do not answer."""
    return text.strip().strip("“”\"'。.！ *[]【】0123456789").startswith(NOT_STATED) and len(text.strip()) < 40
