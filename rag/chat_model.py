"""A language model behind an OpenAI-compatible endpoint: messages → text as it is written, without its reasoning."""

import os
import re
from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Literal

from rag.endpoint import Request, streamed
from rag.errors import RagError, SettingsError
from rag.settings import Settings

_REASONING = "think|thinking|thought|reasoning"
_CLOSED = re.compile(rf"<({_REASONING})>.*?</\1>", re.DOTALL | re.IGNORECASE)
# Some chat templates put the opening mark into the prompt, so that only the closing one is written.
_UNOPENED = re.compile(rf"^.*</(?:{_REASONING})>", re.DOTALL | re.IGNORECASE)
_UNCLOSED = re.compile(rf"<(?:{_REASONING})>.*$", re.DOTALL | re.IGNORECASE)
# Quotes and citation marks right behind the end of a sentence still belong to it.
_TAIL = re.compile(r"(?:[”’」』）)】》\"']|\s*[\[［【][^\[\]［］【】\n]{1,20}[\]］】])*")
_HALF_MARK = re.compile(r"</?[a-z]{0,9}$", re.IGNORECASE)


class ChatModelError(RagError):
    """The endpoint could not be reached, refused, or broke off; the extractive answer stands instead."""


@dataclass(frozen=True)
class Message:
    """One message of a chat."""

    role: Literal["system", "user"]
    content: str


@dataclass(frozen=True)
class ChatModel:
    """How to reach the model.

    Attributes
    ----------
    base_url, model
        Address of the endpoint (…/v1) and name of the model there.
    api_key
        Never shown: it is no part of the representation.
    context
        Tokens that the model takes in, question, passages and answer together.
    seconds
        Longest time for a whole answer, tries and pauses included.
    """

    base_url: str
    model: str
    api_key: str = field(default="", repr=False)
    context: int = 8192
    seconds: float = 60.0

    def stream(self, messages: Sequence[Message], max_tokens: int) -> Generator[str, None, None]:
        """Write an answer; yields all that is visible so far, again and again, at least four times a second.

        So whoever reads can stop it at any moment: closing the iterator ends the request (`rag.endpoint.streamed`).
        Temperature is 0. Reasoning (`<think>…</think>`, `reasoning_content`) is never part of what is yielded.
        Where the endpoint cuts the text at its limit, the last thing yielded ends with a whole sentence.

        Raises
        ------
        ChatModelError
            The endpoint cannot be reached, refuses, is silent or too slow, or breaks off before the end.
        """
        import httpx2
        import openai

        asked = [{"role": message.role, "content": message.content} for message in messages]
        request = Request(self.base_url, self.model, asked, max_tokens, self.seconds, self.api_key)
        written, finish, shown = "", None, ""
        try:
            with closing(streamed(request)) as pieces:
                for piece in pieces:
                    finish = finish or piece.finish
                    if piece.text:
                        written += piece.text
                        shown = visible(written)
                    yield shown
        except (openai.APITimeoutError, TimeoutError) as error:
            raise _too_slow(self.seconds) from error
        except openai.APIStatusError as error:
            raise _refused(error.status_code) from error
        except (openai.OpenAIError, httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
            raise _broken() from error
        except (ImportError, OSError) as error:  # a proxy or certificates that the environment names
            raise _no_way_out() from error
        if finish is None:
            raise _broken()
        if finish == "length":
            shown = whole_sentences(shown)
        if not shown.strip():
            raise ChatModelError(
                "语言模型没有写出回答。", "The language model wrote no answer; check the model or its settings."
            )
        yield shown


def load_chat_model(settings: Settings, environment: Mapping[str, str] | None = None) -> ChatModel | None:
    """The model that the settings name, None where they name none; its key comes from the environment only.

    Raises
    ------
    SettingsError
        The address is none, or it is given without a model.
    """
    if not settings.llm_base_url and not settings.llm_model:
        return None
    if not settings.llm_base_url or not settings.llm_model:
        raise SettingsError(
            "RAG_LLM_BASE_URL 和 RAG_LLM_MODEL 须一起设置。", "Set RAG_LLM_BASE_URL and RAG_LLM_MODEL together."
        )
    if not re.match(r"https?://[^\s/]", settings.llm_base_url):
        raise SettingsError(
            "RAG_LLM_BASE_URL 不是网址，请写成 http://127.0.0.1:11434/v1 的样子。",
            "RAG_LLM_BASE_URL is no address; write it like http://127.0.0.1:11434/v1.",
        )
    key = (os.environ if environment is None else environment).get("RAG_LLM_API_KEY", "").strip()
    return ChatModel(settings.llm_base_url, settings.llm_model, key, settings.llm_context, float(settings.llm_seconds))


def visible(written: str) -> str:
    """What of a model's text is answer: without its reasoning, also while a mark is only half written.

    >>> visible("<think>先想想</think>答案"), visible("答案<thi"), visible("<think>还在想"), visible("想完</think>答案")
    ('答案', '答案', '', '答案')
    """
    text = _UNCLOSED.sub("", _UNOPENED.sub("", _CLOSED.sub("", written)))
    return _HALF_MARK.sub("", text).lstrip()


def whole_sentences(text: str) -> str:
    """A text that was cut off, without its last, unfinished sentence.

    >>> whole_sentences("甲投入3000万元。[1]乙称“已完成。”[2][3]丙投入"), whole_sentences("甲投入")
    ('甲投入3000万元。[1]乙称“已完成。”[2][3]', '')
    """
    end = max(text.rfind(mark) for mark in "。！？!?；;\n") + 1
    tail = _TAIL.match(text, end)
    return text[: tail.end()] if end and tail else ""


def _too_slow(seconds: float) -> ChatModelError:
    return ChatModelError(
        f"语言模型超过 {seconds:g} 秒没有写完，已停止等待（可调高 RAG_LLM_SECONDS）。",
        f"The language model took more than {seconds:g} s and was given up; raise RAG_LLM_SECONDS.",
    )


def _refused(status: int) -> ChatModelError:
    reasons = {
        401: ("密钥不对，请检查 RAG_LLM_API_KEY", "the key is wrong, check RAG_LLM_API_KEY"),
        403: ("没有权限，请检查 RAG_LLM_API_KEY", "no permission, check RAG_LLM_API_KEY"),
        404: (
            "地址或模型名不对，请检查 RAG_LLM_BASE_URL 和 RAG_LLM_MODEL",
            "address or model is wrong, check RAG_LLM_BASE_URL and RAG_LLM_MODEL",
        ),
        429: ("请求过多，请稍后再试", "too many requests, try again later"),
    }
    chinese, english = reasons.get(status, ("请检查服务", "check the service"))
    return ChatModelError(
        f"语言模型服务返回错误 {status}：{chinese}。", f"The language model's endpoint answered {status}: {english}."
    )


def _no_way_out() -> ChatModelError:
    return ChatModelError(
        "环境变量里的代理（如 ALL_PROXY=socks5://…，不支持 SOCKS）或证书（SSL_CERT_FILE）不可用，无法连接语言模型服务；"
        "请改用 http 代理，或取消这项设置。",
        "The proxy (SOCKS is not supported) or the certificates that the environment names cannot be used to reach the "
        "language model; set an http proxy, or unset ALL_PROXY or SSL_CERT_FILE.",
    )


def _broken() -> ChatModelError:
    return ChatModelError(
        "语言模型服务无法连接，或回答中途断开，请检查 RAG_LLM_BASE_URL 和服务本身。",
        "The language model's endpoint cannot be reached or broke off; check RAG_LLM_BASE_URL and the service itself.",
    )
