"""Serving the page: `build_page` for tests and other servers, `serve` for the command line."""

import os
import socket
import threading
from typing import TYPE_CHECKING, Any

from rag.environment import quiet_environment
from rag.errors import SettingsError

if TYPE_CHECKING:
    import gradio as gr

    from rag.service import Service

_FONTS = ["system-ui", "-apple-system", "PingFang SC", "Hiragino Sans GB", "Microsoft YaHei", "Noto Sans CJK SC",
          "Source Han Sans SC", "WenQuanYi Micro Hei", "sans-serif"]  # fmt: skip


def build_page(service: "Service") -> "gr.Blocks":
    """Build the page without serving it.

    Parameters
    ----------
    service
        What answers; the page talks to nothing else.
    """
    # Gradio reads its environment while it is imported.
    quiet_environment()
    from rag.ui.layout import build

    return build(service)


def serve(service: "Service", *, host: str, port: int) -> None:
    """Serve the page until Ctrl+C; model and index are prepared meanwhile.

    Prints one line with the address.

    Parameters
    ----------
    service
        What answers.
    host, port
        Where to listen; port 0 takes a free one.

    Raises
    ------
    SettingsError
        The address cannot be used: the port is taken, or the host is not of this machine.
    """
    port = claim_port(host, port)
    page = build_page(service)
    launch(page, host, port)
    service.start()
    print(f"网页已启动，请用浏览器打开（按 Ctrl+C 停止）： {address(host, port)}", flush=True)
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        pass
    finally:
        page.close(verbose=False)


def launch(page: "gr.Blocks", host: str, port: int) -> None:
    """Start the web server in the background, offline and silent.

    Raises
    ------
    SettingsError
        Another program took the port meanwhile.
    """
    import gradio as gr
    from starlette.middleware import Middleware

    from rag.ui.layout import FOLDER
    from rag.ui.shell import Shell

    _keep_proxies_out()
    # As `css` Gradio would rewrite the selectors, so that none could name the body.
    style = (FOLDER / "style.css").read_text("utf-8")
    theme = gr.themes.Base(font=_FONTS, font_mono=["ui-monospace", "monospace"], text_size="md", radius_size="md")
    options: dict[str, Any] = {
        "theme": theme, "head": f"<style>{style}</style>", "app_kwargs": {"middleware": [Middleware(Shell)]},
        "share": False, "ssr_mode": False, "mcp_server": False, "pwa": False, "run_history": False,
        "enable_monitoring": False, "footer_links": [], "quiet": True, "show_error": False, "inbrowser": False,
        "max_file_size": "1kb", "prevent_thread_lock": True,
    }  # fmt: skip
    page.queue(api_open=False)
    try:
        page.launch(server_name=host, server_port=port, **options)
    except OSError as error:
        raise _taken(port) from error


def claim_port(host: str, port: int) -> int:
    """Check that an address can be listened on, and choose a free port for 0.

    Raises
    ------
    SettingsError
        It cannot; the sentence says why and what to set.
    """
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise _no_host(host) from error
    with socket.socket(family, kind, protocol) as probe:
        if os.name == "posix":
            # As the web server does: a port that has just been closed is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(place)
            probe.listen()
        except PermissionError as error:
            raise SettingsError(
                f"没有权限使用端口 {port}，请用 RAG_PORT 设置 1024 以上的端口。",
                f"Port {port} is not permitted; set a port above 1024 with RAG_PORT.",
            ) from error
        except OSError as error:
            # Only an address of this machine can be bound at all.
            raise (_taken(port) if _is_local(host) else _no_host(host)) from error
        return int(probe.getsockname()[1])


def address(host: str, port: int) -> str:
    """The URL to open in a browser on this machine."""
    if host in ("0.0.0.0", "::", ""):
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _is_local(host: str) -> bool:
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.bind(place)
    except OSError:
        return False
    return True


def _taken(port: int) -> SettingsError:
    return SettingsError(
        f"端口 {port} 已被占用，请关闭占用它的程序，或用 RAG_PORT 换一个端口（例如 RAG_PORT={port % 65535 + 1}）。",
        f"Port {port} is in use; stop the program that uses it, or set another one with RAG_PORT.",
    )


def _no_host(host: str) -> SettingsError:
    return SettingsError(
        f"不能在地址 {host} 上提供网页，请检查 RAG_HOST（只给本机用是 127.0.0.1）。",
        f"Cannot listen on {host}; check RAG_HOST (127.0.0.1 for this machine only).",
    )


def _keep_proxies_out() -> None:
    """Gradio checks its own server over HTTP; an office proxy in the environment would break that."""
    for name in ("NO_PROXY", "no_proxy"):
        known = os.environ.get(name, "")
        os.environ[name] = ",".join(filter(None, [known, "127.0.0.1", "localhost", "::1", "0.0.0.0"]))
