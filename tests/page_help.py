"""A served page for browser tests, and what its documents say."""

from pathlib import Path

from playwright.sync_api import Page, expect

from rag.service import Service
from rag.ui.page import build_page, claim_port, launch

HOSTILE = "<img src=x onerror=window.hacked=1> [链接](http://evil.example) ![](http://evil.example/i) $x$ `a` **b**"
BRIDGES = """# 青河县桥梁管理办法

发布日期：2024-05-18
来源：青河县交通局

## 一、总则

青河县的桥梁由县交通局统一管理。本办法自2024年7月1日起施行。

## 二、检查

木桥每年检查四次，石桥每年检查两次。检查结果在县交通局公告栏公布。

| 桥梁 | 限重 |
|---|---|
| 东门木桥 | 3吨 |
| 西门石桥 | 20吨 |
"""
LIBRARY = "图书馆开放办法\n\n发布日期：2023-03\n\n青河县图书馆每周二闭馆。借书证押金为五十元，退证时如数退还。\n"
QUESTION = "木桥每年检查几次？"
ALL_TEXT = """
[document.title, document.body.innerText, ...[...document.querySelectorAll("[title], [aria-label], [placeholder]")]
  .filter((found) => found.checkVisibility())
  .flatMap((found) => ["title", "aria-label", "placeholder"].map((name) => found.getAttribute(name)))].join(" ")"""
PHONE = {"width": 390, "height": 844}


class Site:
    """A served page with its service and its documents folder."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.documents = service.settings.documents
        self._blocks = build_page(service)
        self.port = claim_port("127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self.port}"
        launch(self._blocks, "127.0.0.1", self.port)

    def close(self) -> None:
        self._blocks.close(verbose=False)


def write_documents(folder: Path) -> None:
    folder.mkdir()
    (folder / "桥梁.md").write_text(BRIDGES, encoding="utf-8")
    (folder / "图书馆.txt").write_text(LIBRARY, encoding="utf-8")
    (folder / "空白.txt").write_text(" \n", encoding="utf-8")
    hostile = folder / f"{HOSTILE.replace('/', '∕')}.md"
    hostile.write_text(f"# {HOSTILE}\n\n## {HOSTILE}\n\n火山协议规定{HOSTILE}为准。\n", encoding="utf-8")


def ask(page: Page, question: str) -> None:
    before = page.locator("#chat .footing, #chat .failed").count()
    page.get_by_placeholder("输入问题").fill(question)
    page.keyboard.press("Enter")
    expect(page.locator("#chat .footing, #chat .failed")).to_have_count(before + 1, timeout=60_000)


def overflow(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth - innerWidth"))
