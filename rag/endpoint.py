"""One request to an OpenAI-compatible endpoint: what it streams, within a time, and stoppable at any moment.

The request runs in a thread with an event loop of its own, because only there can it be broken off while the endpoint
says nothing.
"""

import asyncio
import email.utils
import ipaddress
import queue
import threading
import time
import urllib.parse
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any

_RETRIES = 2
_FIRST_PAUSE = 0.5
_CONNECT_SECONDS = 10.0
_BEAT_SECONDS = 0.25
_PASSING = frozenset({408, 409, 429})


@dataclass(frozen=True)
class Piece:
    """What one event of the stream adds: visible text, and whether the answer ends here, or is cut off (`length`)."""

    text: str = ""
    finish: str | None = None


@dataclass(frozen=True)
class Request:
    """What is asked, and where.

    Attributes
    ----------
    base_url, api_key, model, messages, max_tokens
        As the endpoint takes them.
    seconds
        Bound on everything together: connecting, tries, pauses, and the whole answer.
    """

    base_url: str
    model: str
    messages: list[dict[str, str]]
    max_tokens: int
    seconds: float
    api_key: str = field(default="", repr=False)


def streamed(request: Request) -> Generator[Piece, None, None]:
    """The pieces as they come, an empty one at least four times a second; closing the iterator ends the request.

    429, 5xx and failures to connect are tried again after growing pauses, or after the `Retry-After` that the endpoint
    names where there is time for it.

    Raises
    ------
    TimeoutError
        The time is over.
    openai.OpenAIError, httpx2.HTTPError, httpx2.InvalidURL, ValueError
        The endpoint refuses, cannot be reached, breaks off or sends what is no stream of events.
    ImportError, OSError
        The proxy or the certificates that the environment names cannot be used.
    """
    found: queue.SimpleQueue[Piece | BaseException | None] = queue.SimpleQueue()
    loop = asyncio.new_event_loop()
    task = loop.create_task(_within(request, found.put))

    def work() -> None:
        try:
            loop.run_until_complete(task)
            found.put(None)
        except BaseException as error:  # noqa: BLE001 - handed to the thread that reads, which raises it
            found.put(error)
        finally:
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.close()

    worker = threading.Thread(target=work, name="chat-model", daemon=True)
    worker.start()
    try:
        while True:
            try:
                piece = found.get(timeout=_BEAT_SECONDS)
            except queue.Empty:
                yield Piece()
                continue
            if piece is None:
                return
            if isinstance(piece, BaseException):
                raise piece
            yield piece
    finally:
        if worker.is_alive():
            _cancel(loop, task)


def _cancel(loop: asyncio.AbstractEventLoop, task: "asyncio.Task[None]") -> None:
    try:
        loop.call_soon_threadsafe(task.cancel)
    except RuntimeError:
        return  # it has ended meanwhile


async def _within(request: Request, put: Callable[[Piece], None]) -> None:
    async with asyncio.timeout(request.seconds):
        await _ask(request, put, time.monotonic() + request.seconds)


async def _ask(request: Request, put: Callable[[Piece], None], until: float) -> None:
    import httpx2
    import openai

    # The package types each role by a class of its own.
    messages: Any = request.messages
    timeout = httpx2.Timeout(request.seconds, connect=min(_CONNECT_SECONDS, request.seconds))
    # An office's proxy is in the way of what runs on this machine, and need not hear of it.
    web = openai.DefaultAsyncHttpxClient(timeout=timeout, trust_env=not _is_here(request.base_url))
    # The package would send what OPENAI_ORG_ID and OPENAI_PROJECT_ID hold to whatever endpoint is set.
    unsent: Any = {"OpenAI-Organization": openai.Omit(), "OpenAI-Project": openai.Omit()}
    async with openai.AsyncOpenAI(
        base_url=request.base_url,
        api_key=request.api_key or "none",
        timeout=timeout,
        max_retries=0,
        default_headers=unsent,
        http_client=web,
    ) as client:
        for attempt in range(_RETRIES + 1):
            try:
                chunks = await client.chat.completions.create(
                    model=request.model,
                    messages=messages,
                    temperature=0,
                    max_tokens=request.max_tokens,
                    stream=True,
                )
                break
            except openai.APIConnectionError as error:
                if attempt == _RETRIES or isinstance(error, openai.APITimeoutError):
                    raise
                pause = _FIRST_PAUSE * 2**attempt
            except openai.APIStatusError as error:
                pause = _pause(error.response.headers.get("retry-after"), attempt)
                passing = error.status_code in _PASSING or error.status_code >= 500
                if attempt == _RETRIES or not passing or time.monotonic() + pause >= until:
                    raise
            await asyncio.sleep(pause)
        async with chunks:
            async for chunk in chunks:
                put(_piece(chunk))


def _is_here(url: str) -> bool:
    """Tell whether an address is one of this machine."""
    host = urllib.parse.urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _pause(retry_after: str | None, attempt: int) -> float:
    """Seconds to wait: what the endpoint says, as a number or a date, else half a second, doubled at each try."""
    usual = _FIRST_PAUSE * 2.0**attempt
    if not retry_after:
        return usual
    try:
        return max(0.0, float(retry_after))
    except ValueError:
        pass
    try:
        return max(0.0, email.utils.parsedate_to_datetime(retry_after).timestamp() - time.time())
    except (ValueError, OverflowError):
        return usual


def _piece(chunk: Any) -> Piece:
    """What a chunk adds; endpoints leave out or misshape any part of it, and put reasoning into other fields."""
    choices = getattr(chunk, "choices", None)
    if not isinstance(choices, list) or not choices:
        return Piece()
    content = getattr(getattr(choices[0], "delta", None), "content", None)
    finish = getattr(choices[0], "finish_reason", None)
    return Piece(content if isinstance(content, str) else "", str(finish) if finish else None)
