"""What Gradio's own page lets nobody set: its language, its icon, and that it loads nothing from elsewhere."""

from typing import Any

_HEAD = """<head>
<script>
for (const [name, value] of [["language", "zh-CN"], ["languages", ["zh-CN"]]])
  Object.defineProperty(navigator, name, { get: () => value });
</script>
<link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Crect width='32' height='32' rx='7' fill='%231f4f7a'/%3E%3Cpath d='M9 10h14M9 16h14M9 22h8' stroke='%23fff' stroke-width='2.6' stroke-linecap='round'/%3E%3C/svg%3E">
"""  # noqa: E501
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; media-src 'self' data: blob:; worker-src 'self' blob:; "
    "base-uri 'self'; form-action 'self'; object-src 'none'"
)


class Shell:
    """ASGI middleware that rewrites the HTML page on its way out; everything else passes untouched."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        start: dict[str, Any] | None = None
        page = bytearray()

        async def rewrite(message: dict[str, Any]) -> None:
            nonlocal start
            if message["type"] == "http.response.start" and _is_html(message):
                start = message
            elif start is None:
                await send(message)
            elif message["type"] == "http.response.body":
                page.extend(message.get("body", b""))
                if not message.get("more_body", False):
                    body = rewrite_page(page.decode()).encode()
                    kept = [(name, value) for name, value in start["headers"] if name.lower() != b"content-length"]
                    added = [
                        (b"content-length", str(len(body)).encode()),
                        (b"content-security-policy", _POLICY.encode()),
                    ]
                    await send({**start, "headers": kept + added})
                    await send({"type": "http.response.body", "body": body})

        await self._app(scope, receive, rewrite)


def rewrite_page(page: str) -> str:
    """Pin the language of Gradio's page to Chinese, whatever the browser prefers, and set the icon."""
    return page.replace('lang="en"', 'lang="zh-CN"', 1).replace("<head>", _HEAD, 1)


def _is_html(message: dict[str, Any]) -> bool:
    headers = {name.lower(): value for name, value in message["headers"]}
    return headers.get(b"content-type", b"").startswith(b"text/html") and b"content-encoding" not in headers
