"""The page in a real browser, with the real model where an answer matters (heavy)."""

import re
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from page_help import ALL_TEXT, HOSTILE, PHONE, QUESTION, Site, ask, overflow, write_documents
from playwright.sync_api import BrowserContext, Page, expect, sync_playwright
from scripted_model import scripted, silent, status
from support import HashEmbedder

from rag.reports import Progress
from rag.service import Service
from rag.settings import Settings, Tuning, load_settings
from rag.ui import chat

pytestmark = [
    pytest.mark.heavy,
    pytest.mark.skipif(shutil.which("chromium") is None, reason="chromium is not installed"),
]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    root = tmp_path_factory.mktemp("site")
    write_documents(root / "documents")
    service = Service(load_settings(documents=str(root / "documents"), index=str(root / "index")))
    served = Site(service)
    service.start_update()
    service.wait(300)
    assert service.status().ready, service.status().error
    yield served
    served.close()


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., BrowserContext]]:
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--disable-sync"]  # fmt: skip
    with sync_playwright() as playwright:

        def start(**options: object) -> BrowserContext:
            # A browser that prefers English, to see that the page does not.
            settings = {"locale": "en-US", "viewport": {"width": 1280, "height": 860}, **options}
            return playwright.chromium.launch_persistent_context(
                tmp_path_factory.mktemp("profile"), executable_path=shutil.which("chromium"), args=flags, **settings
            )

        yield start


@pytest.fixture
def visit(browser: Callable[..., BrowserContext]) -> Iterator[Callable[..., Page]]:
    """Open a site; afterwards there must have been no error and no request to any other host."""
    contexts: list[BrowserContext] = []
    problems: list[str] = []

    def open_page(site: Site, **options: object) -> Page:
        context = browser(**options)
        contexts.append(context)
        page = context.pages[0]
        page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("request", lambda request: None if local(request.url, site) else problems.append(request.url))
        page.goto(site.url)
        page.get_by_placeholder("输入问题").wait_for()
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert problems == []


def local(url: str, site: Site) -> bool:
    return url.startswith((site.url, "data:", "blob:"))


def test_a_clicked_citation_shows_the_sentence_in_its_document(site: Site, visit: Callable[..., Page]) -> None:
    page = visit(site)
    ask(page, QUESTION)
    expect(page.get_by_test_id("bot").last).to_contain_text("木桥每年检查四次")
    page.get_by_role("link", name="[1]").first.click()
    expect(page.locator("#source mark")).to_be_in_viewport()
    answer, _ = site.service.ask(QUESTION)
    assert page.locator("#source mark").text_content() == answer.citations[0].quote
    for known in ("青河县桥梁管理办法", "二、检查", "2024-05-18", "青河县交通局", "桥梁.md"):
        expect(page.locator("#source header")).to_contain_text(known)
    page.keyboard.press("Escape")
    expect(page.locator("#source")).to_be_hidden()
    expect(page.get_by_role("link", name="[1]").first).to_be_focused()


def test_a_table_row_is_marked_in_its_table(site: Site, visit: Callable[..., Page]) -> None:
    page = visit(site)
    ask(page, "西门石桥限重多少吨？")
    answer, _ = site.service.ask("西门石桥限重多少吨？")
    row = next(one for one in answer.citations if "20吨" in one.quote)
    page.locator(f'#chat a[href="#cite-1-{row.number}"]').first.click()
    expect(page.locator("#source mark")).to_have_text(row.quote, use_inner_text=False)
    assert page.locator("#source mark").text_content() == row.quote
    expect(page.locator("#source .table .cell", has_text="20吨")).to_be_in_viewport()


def test_a_refusal_offers_the_nearest_passages(site: Site, visit: Callable[..., Page]) -> None:
    page = visit(site)
    ask(page, "火星探测器的发射窗口在哪个月份？")
    expect(page.locator("#chat .refusal")).to_be_visible()
    assert 1 <= page.locator('#chat .sources a[href^="#near-1-"]').count() <= 3
    page.locator('#chat .sources a[href="#near-1-1"]').click()
    answer, _ = site.service.ask("火星探测器的发射窗口在哪个月份？")
    expect(page.locator("#source mark")).to_be_visible()
    assert page.locator("#source mark").text_content() == answer.passages[0].text


def test_an_answer_shows_why_when_asked(site: Site, visit: Callable[..., Page]) -> None:
    page = visit(site, viewport=PHONE, color_scheme="dark")
    ask(page, QUESTION)
    why = page.locator("#chat details.why")
    expect(why.locator("ul").first).to_be_hidden()
    why.locator("summary").focus()
    page.keyboard.press("Enter")
    for part in ("不低于阈值，予以回答", "每句话核对了什么", "在 [1] 中找到：四次", "已引用", "检索到的段落"):
        expect(why).to_contain_text(part)
    assert overflow(page) <= 0
    assert page.evaluate("window.hacked") is None and page.locator("#chat img").count() == 0
    why.locator('a[href="#near-1-1"]').click()
    expect(page.locator("#source mark")).to_be_visible()


def test_conditions_restrict_the_answer_and_a_wrong_date_is_told(site: Site, visit: Callable[..., Page]) -> None:
    page = visit(site, viewport=PHONE)
    frame = page.locator("#filters button").first
    expect(page.get_by_label("日期自")).to_be_hidden()
    expect(frame).to_have_attribute("aria-expanded", "false")
    frame.focus()
    page.keyboard.press("Enter")
    expect(frame).to_have_attribute("aria-expanded", "true")
    page.get_by_label("日期自").fill("去年")
    page.keyboard.press("Tab")
    expect(page.locator("#filter-problem")).to_contain_text("“日期自” 的值 '去年' 不是日期")
    ask(page, QUESTION)
    expect(page.locator("#chat .failed")).to_contain_text("不是日期")
    page.get_by_label("日期自").fill("2024")
    page.get_by_label("文档").fill("图书馆")
    page.keyboard.press("Tab")
    expect(page.locator("#filter-problem .failed")).to_have_count(0)
    expect(frame).to_contain_text("筛选：日期不早于 2024、文档为“图书馆”")
    assert overflow(page) <= 0
    ask(page, QUESTION)
    expect(page.get_by_test_id("bot").last).to_contain_text("没有文档符合筛选条件（日期不早于 2024、文档为“图书馆”）")
    page.get_by_label("文档").fill("桥梁")
    ask(page, QUESTION)
    expect(page.get_by_test_id("bot").last).to_contain_text("木桥每年检查四次")
    expect(page.get_by_test_id("bot").last).to_contain_text("筛选：日期不早于 2024、文档为“桥梁”")
    page.get_by_role("button", name="清除").click()
    expect(frame.locator("span").first).to_have_text("筛选")
    expect(page.get_by_label("文档")).to_have_value("")


def test_a_new_document_answers_after_an_update(site: Site, visit: Callable[..., Page]) -> None:
    page = visit(site)
    page.get_by_role("tab", name="文档").click()
    expect(page.locator("#table")).to_contain_text("已跳过 1 份")
    expect(page.locator("#table .reason")).to_contain_text("文件是空的")
    (site.documents / "码头.txt").write_text("码头管理规定\n\n2025年青河码头停靠渔船六十四艘。\n", encoding="utf-8")
    page.get_by_role("button", name="更新索引").click()
    expect(page.locator("#table")).to_contain_text("码头.txt", timeout=120_000)
    expect(page.locator("#done")).to_contain_text("新增 1")
    page.get_by_role("tab", name="问答").click()
    ask(page, "2025年青河码头停靠渔船多少艘？")
    expect(page.get_by_test_id("bot").last).to_contain_text("六十四艘")
    # As if from the command line: the list follows by itself.
    (site.documents / "码头.txt").unlink()
    Service(site.service.settings)._update()
    page.get_by_role("tab", name="文档").click()
    expect(page.locator("#table")).not_to_contain_text("码头.txt", timeout=20_000)


def test_enter_that_picks_an_input_method_candidate_does_not_send(site: Site, visit: Callable[..., Page]) -> None:
    page = visit(site)
    box = page.get_by_placeholder("输入问题")
    box.fill(QUESTION)
    for fields in ("isComposing: true", "keyCode: 229"):
        page.evaluate(
            f"""for (const kind of ["keydown", "keypress"])
            document.querySelector("#question textarea").dispatchEvent(
              new KeyboardEvent(kind, {{key: "Enter", code: "Enter", bubbles: true, cancelable: true, {fields}}}))"""
        )
    page.wait_for_timeout(800)
    expect(page.get_by_test_id("user")).to_have_count(0)
    box.press("Shift+Enter")
    expect(box).to_have_value(QUESTION + "\n")
    box.press("Enter")
    expect(page.get_by_test_id("user")).to_have_count(1)
    expect(box).to_have_value("")


def test_hostile_text_and_names_are_shown_literally(site: Site, visit: Callable[..., Page]) -> None:
    page = visit(site)
    page.get_by_role("tab", name="文档").click()
    expect(page.locator("#table")).to_contain_text("<img src=x onerror=window.hacked=1>")
    page.get_by_role("tab", name="问答").click()
    ask(page, f"火山协议规定什么为准？{HOSTILE}\n\n# 标题\n- 项")
    expect(page.get_by_test_id("user").last).to_contain_text(HOSTILE)
    page.locator('#chat a[href^="#cite-1-"], #chat a[href^="#near-1-"]').first.click()
    expect(page.locator("#source mark")).to_be_visible()
    assert page.evaluate("window.hacked") is None
    assert page.locator("#chat :is(img, code, strong, h1, .katex), #source img, #table img").count() == 0
    assert page.locator('a[href*="evil"]').count() == 0


def test_the_answer_is_copied_with_its_references(site: Site, visit: Callable[..., Page]) -> None:
    page = visit(site, permissions=["clipboard-read", "clipboard-write"])
    ask(page, QUESTION)
    page.get_by_role("button", name="复制").click()
    expect(page.get_by_text("已复制")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "[1] 《青河县桥梁管理办法》，二、检查，桥梁.md：“" in copied


def test_two_tabs_do_not_mix_and_a_new_conversation_starts_empty(site: Site, visit: Callable[..., Page]) -> None:
    one = visit(site)
    two = one.context.new_page()
    two.goto(site.url)
    two.get_by_placeholder("输入问题").wait_for()
    ask(one, QUESTION)
    ask(two, "青河县图书馆每周几闭馆？")
    two.get_by_role("link", name="[1]").first.click()
    expect(two.locator("#source header")).to_contain_text("图书馆.txt")
    one.get_by_role("link", name="[1]").first.click()
    expect(one.locator("#source header")).to_contain_text("桥梁.md")
    one.get_by_role("button", name="新对话").click()
    expect(one.get_by_test_id("bot")).to_have_count(0)
    expect(one.locator("#source")).to_be_hidden()
    expect(one.locator("#chat button.example").first).to_be_visible()
    ask(one, "青河县图书馆每周几闭馆？")
    one.get_by_role("link", name="[1]").first.click()
    expect(one.locator("#source header")).to_contain_text("图书馆.txt")
    expect(two.get_by_test_id("bot")).to_have_count(1)


def test_an_answer_can_be_stopped(site: Site, visit: Callable[..., Page], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chat, "SENTENCE_SECONDS", 4.0)
    answer, generation = site.service.ask(QUESTION)
    slow = replace(answer, sentences=answer.sentences[:1] * 5)
    steps = [(slow, generation)]
    monkeypatch.setattr(site.service, "ask_steps", lambda *_: (step for step in steps))
    page = visit(site)
    page.get_by_placeholder("输入问题").fill(QUESTION)
    page.keyboard.press("Enter")
    expect(page.locator("#chat .answer p")).to_have_count(1)
    page.get_by_role("button", name="停止").click()
    expect(page.locator("#chat .notice")).to_contain_text("已停止")
    expect(page.get_by_role("button", name="发送")).to_be_visible()
    page.wait_for_timeout(5000)
    expect(page.locator("#chat .answer p")).to_have_count(1)


def test_an_unforeseen_error_leaves_a_page_that_works(
    site: Site, visit: Callable[..., Page], monkeypatch: pytest.MonkeyPatch
) -> None:
    page = visit(site)
    with monkeypatch.context() as patch:
        patch.setattr(site.service, "ask_steps", lambda *_: 1 // 0)
        ask(page, QUESTION)
        expect(page.locator("#chat .failed")).to_contain_text("程序出错")
    ask(page, "字" * 2001)
    assert not re.search("[A-Za-z]{3}", page.locator("#chat .failed").last.text_content() or "")
    ask(page, QUESTION)
    expect(page.get_by_test_id("bot").last).to_contain_text("木桥每年检查四次")


@pytest.mark.parametrize("options", [{}, {"color_scheme": "dark"}, {"viewport": PHONE, "color_scheme": "dark"}])
def test_the_page_fits_and_says_nothing_in_english(
    site: Site, visit: Callable[..., Page], options: dict[str, object], tmp_path: Path
) -> None:
    page = visit(site, **options)
    ask(page, QUESTION)
    assert page.evaluate("document.documentElement.lang") == "zh-CN"
    assert overflow(page) <= 0
    page.get_by_role("link", name="[1]").first.click()
    expect(page.locator("#source mark")).to_be_in_viewport()
    page.screenshot(path=tmp_path / "source.png")
    assert overflow(page) <= 0
    assert not set(re.findall("[A-Za-z]{2,}", page.evaluate(ALL_TEXT))) - {"Enter", "Shift", "md", "txt"}
    if options.get("viewport") == PHONE:
        sheet = page.locator("#aside").bounding_box()
        assert sheet is not None and (sheet["width"], sheet["height"]) == (390, 844)
        page.get_by_role("button", name="关闭原文").click()
        expect(page.locator("#source")).to_be_hidden()
    page.get_by_role("tab", name="文档").click()
    expect(page.locator("#table")).to_contain_text("桥梁.md")
    assert overflow(page) <= 0


def test_a_model_that_thinks_is_waited_for_and_stopped_and_what_it_wrote_is_checked(
    tmp_path: Path, visit: Callable[..., Page], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_documents(tmp_path / "documents")
    monkeypatch.setenv("RAG_LLM_API_KEY", "s3cret-key")
    lie = "木桥每年检查九次。[1][2][3][4][5]\n<img src=x onerror=window.hacked=1>详见[这里](http://evil.example)。[1]"
    with scripted(silent, lie, status(500)) as endpoint:
        settings = replace(
            load_settings({}), documents=tmp_path / "documents", index=tmp_path / "index",
            llm_base_url=endpoint.url, llm_model="m", tuning=Tuning(threshold=0.0),
        )  # fmt: skip
        identity = ("hash", HashEmbedder.fingerprint)
        service = Service(settings, identity=lambda settings: identity, load=lambda *_: HashEmbedder())
        writing = Site(service)
        service.start_update()
        service.wait(60)
        page = visit(writing)
        page.get_by_placeholder("输入问题").fill(QUESTION)
        page.keyboard.press("Enter")
        expect(page.locator("#chat .notice")).to_contain_text("语言模型正在写回答")
        page.get_by_role("button", name="停止").click()
        expect(page.locator("#chat .notice")).to_contain_text("已停止")
        assert endpoint.hung_up.wait(5)
        page.get_by_role("button", name="新对话").click()
        expect(page.get_by_test_id("bot")).to_have_count(0)
        ask(page, QUESTION)
        expect(page.locator("#chat .unsupported").first).to_contain_text("九次")
        assert page.evaluate("window.hacked") is None and page.locator('#chat :is(img, a[href*="evil"])').count() == 0
        page.get_by_role("button", name="新对话").click()
        expect(page.get_by_test_id("bot")).to_have_count(0)
        ask(page, QUESTION)
        expect(page.get_by_test_id("bot").last).to_contain_text("500")
        expect(page.get_by_test_id("bot").last).to_contain_text("以下是摘自原文的回答")
        assert "s3cret" not in page.content()
        page.goto("about:blank")
        writing.close()
    assert endpoint.headers[0]["authorization"] == "Bearer s3cret-key"


def test_a_question_before_the_index_is_ready_is_answered_later(tmp_path: Path, visit: Callable[..., Page]) -> None:
    write_documents(tmp_path / "documents")
    ready = threading.Event()

    def load(settings: Settings, report: Callable[[Progress], None]) -> HashEmbedder:
        report(Progress("载入模型", 1, 4))
        ready.wait(60)
        return HashEmbedder()

    settings = replace(load_settings({}), documents=tmp_path / "documents", index=tmp_path / "index")
    service = Service(settings, identity=lambda settings: ("hash", HashEmbedder.fingerprint), load=load)
    waiting = Site(service)
    service.start_update()
    page = visit(waiting)
    expect(page.locator("#notice .banner")).to_contain_text("载入模型")
    page.get_by_placeholder("输入问题").fill(QUESTION)
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("bot").last).to_contain_text("载入模型 1 / 4")
    ready.set()
    expect(page.locator("#chat .footing")).to_be_visible(timeout=60_000)
    expect(page.locator("#notice .banner")).to_be_hidden(timeout=20_000)
    page.goto("about:blank")
    waiting.close()


def test_a_comparison_is_shown_as_a_table_and_the_asked_values_are_marked(
    visit: Callable[..., Page], site: Site
) -> None:
    page = visit(site)
    ask(page, "东门木桥和西门石桥的限重分别是多少吨？")
    table = page.locator("#chat .compared table")
    expect(table.locator("tbody tr")).to_have_count(2)
    expect(table.locator("tbody th")).to_have_text(["东门木桥", "西门石桥"])
    expect(table.locator("tbody td").nth(0)).to_contain_text("3吨")
    expect(table.locator("tbody td").nth(1)).to_contain_text("20吨")
    assert page.locator("#chat mark").all_inner_texts() == ["3吨", "20吨"]
    table.locator("tbody td a.cite").first.click()
    expect(page.locator("#chat a.open").first).to_be_visible()
    page.set_viewport_size(PHONE)
    assert overflow(page) == 0
