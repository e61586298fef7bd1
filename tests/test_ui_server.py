"""Serving the page: the address, the language, and that nothing of it is a public interface."""

import socket
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from test_ui import READY

from rag.errors import SettingsError
from rag.ui.page import address, claim_port
from rag.ui.shell import rewrite_page

if TYPE_CHECKING:
    from gradio import Blocks


def test_the_page_is_chinese_before_anything_runs() -> None:
    page = rewrite_page('<html\n\tlang="en"><head>\n<meta>')
    assert 'lang="zh-CN"' in page and page.index("navigator") < page.index("<meta>")


def test_a_taken_port_is_refused_with_what_to_do_and_zero_finds_a_free_one() -> None:
    free = claim_port("127.0.0.1", 0)
    assert free > 0 and claim_port("127.0.0.1", free) == free
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        with pytest.raises(SettingsError, match="RAG_PORT") as raised:
            claim_port("127.0.0.1", holder.getsockname()[1])
    assert "已被占用" in raised.value.chinese
    with pytest.raises(SettingsError, match="RAG_HOST"):
        claim_port("192.0.2.7", 0)


@pytest.mark.parametrize(("host", "url"), [
    ("127.0.0.1", "http://127.0.0.1:7860"), ("0.0.0.0", "http://127.0.0.1:7860"), ("::1", "http://[::1]:7860"),
])  # fmt: skip
def test_the_printed_address_opens_on_this_machine(host: str, url: str) -> None:
    assert address(host, 7860) == url


@pytest.fixture(scope="module")
def page() -> "Blocks":
    from rag.ui.page import build_page

    settings = SimpleNamespace(documents=Path("documents"), llm_model="")
    service = SimpleNamespace(settings=settings, status=lambda: READY, last_build=None)
    return build_page(service)  # type: ignore[arg-type]


def test_a_new_conversation_empties_the_source_panel_and_stops_what_would_fill_it(page: "Blocks") -> None:
    names = {number: component.elem_id for number, component in page.blocks.items()}
    of_button = [f for f in page.fns.values() if any(names.get(target) == "fresh" for target, _ in f.targets)]
    opening = next(f for f in page.fns.values() if any(names.get(target) == "source" for target, _ in f.targets))
    (empties,) = [f for f in of_button if f.outputs]
    assert empties.outputs[-1].elem_id == "source" and empties.fn()[-1] == ""
    assert any(opening._id in f.cancels for f in of_button)


def test_every_event_of_the_page_is_private(page: "Blocks") -> None:
    assert {function.api_visibility for function in page.fns.values()} == {"private"}
    assert page.get_api_info()["named_endpoints"] == {} == page.get_api_info()["unnamed_endpoints"]
