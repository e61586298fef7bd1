"""An OpenAI-compatible endpoint on this machine that says what a test tells it to, well or badly."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Reply = str | Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Endpoint:
    """Where it listens, what it was asked, and how often a client hung up while it wrote."""

    url: str = ""
    requests: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    hung_up: threading.Event = field(default_factory=threading.Event)


@contextmanager
def scripted(*replies: Reply) -> Iterator[Endpoint]:
    """Serve; request number n gets reply n, later ones the last. A text is streamed in pieces of three characters."""
    endpoint = Endpoint()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            endpoint.requests.append(body)
            endpoint.headers.append({name.lower(): value for name, value in self.headers.items()})
            reply = replies[min(len(endpoint.requests), len(replies)) - 1]
            try:
                if callable(reply):
                    reply(self)
                else:
                    stream(self, [reply[i : i + 3] for i in range(0, len(reply), 3)])
            except (BrokenPipeError, ConnectionResetError):
                endpoint.hung_up.set()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    endpoint.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    try:
        yield endpoint
    finally:
        server.shutdown()
        server.server_close()


def start(handler: BaseHTTPRequestHandler) -> None:
    """Begin an event stream."""
    handler.send_response(200)
    handler.send_header("Content-Type", "text/event-stream")
    handler.end_headers()


def event(handler: BaseHTTPRequestHandler, delta: dict[str, Any], finish: str | None = None) -> None:
    """Send one chunk."""
    chunk = {
        "id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
    }  # fmt: skip
    handler.wfile.write(f"data: {json.dumps(chunk, ensure_ascii=False)}\n\n".encode())
    handler.wfile.flush()


def stream(handler: BaseHTTPRequestHandler, pieces: list[str], *, pause: float = 0.0, ends: bool = True) -> None:
    """Send pieces of text, and the end unless told otherwise."""
    start(handler)
    for piece in pieces:
        event(handler, {"content": piece})
        time.sleep(pause)
    if ends:
        event(handler, {}, "stop")
        handler.wfile.write(b"data: [DONE]\n\n")


def silent(handler: BaseHTTPRequestHandler) -> None:
    """Begin an answer, say nothing, and wait for the client to hang up."""
    start(handler)
    handler.wfile.flush()
    handler.connection.settimeout(20)
    if handler.connection.recv(1) == b"":
        raise BrokenPipeError


def status(code: int, retry_after: str = "0") -> Reply:
    """A reply that is an error of HTTP."""

    def reply(handler: BaseHTTPRequestHandler) -> None:
        body = b'{"error": {"message": "no"}}'
        handler.send_response(code)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(body)))
        handler.send_header("Retry-After", retry_after)
        handler.end_headers()
        handler.wfile.write(body)

    return reply


def raw(text: str) -> Reply:
    """A reply that streams whatever is given."""

    def reply(handler: BaseHTTPRequestHandler) -> None:
        start(handler)
        handler.wfile.write(text.encode())

    return reply
