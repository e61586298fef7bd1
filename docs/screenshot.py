"""Take docs/screenshot.png: the page on the starter documents, with a question asked and its source open.

Run from the repository root: `python docs/screenshot.py` (needs the `test` extra and Chromium).
"""

import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

QUESTION = "国家乡村振兴重点帮扶县有多少个？"


def main() -> int:
    """Serve, ask, open the first citation, save the picture."""
    from rag.service import Service
    from rag.settings import load_settings
    from rag.ui.page import build_page, claim_port, launch

    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        print("chromium is not installed", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as index:
        service = Service(load_settings(documents=str(ROOT / "documents"), index=index))
        service.start_update()
        service.wait()
        blocks = build_page(service)
        port = claim_port("127.0.0.1", 0)
        launch(blocks, "127.0.0.1", port)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
            page = browser.new_page(viewport={"width": 1280, "height": 860}, locale="zh-CN")
            page.goto(f"http://127.0.0.1:{port}")
            page.get_by_placeholder("输入问题").fill(QUESTION)
            page.keyboard.press("Enter")
            page.locator("#chat .footing").wait_for()
            page.locator("#chat a.cite").first.click()
            page.locator("#source mark").wait_for()
            page.wait_for_timeout(600)
            page.screenshot(path=ROOT / "docs" / "screenshot.png")
            browser.close()
        blocks.close(verbose=False)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
