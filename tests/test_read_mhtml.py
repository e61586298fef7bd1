"""Web archives: the page that was saved, whatever its transfer encoding."""

import random
import shutil
from email.message import EmailMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from typing import Any

import pytest
from test_read_html import EXPECTED, NOTICE

from rag.errors import ReadError
from rag.readers.mhtml import read_mhtml


def archive(charset: str, transfer: str, *, extra: bool = False) -> bytes:
    """Write an archive as browsers do, with the standard library."""
    html = EmailMessage()
    html["Content-Location"] = "http://example.org/a.html"
    html["Content-ID"] = "<main@mhtml>"
    html.set_content(NOTICE.format(charset=charset), subtype="html", charset=charset, cte=transfer)
    whole = MIMEMultipart("related", type="text/html", boundary="----MultipartBoundary--abc----")
    whole["From"] = "<Saved by Blink>"
    whole["Subject"] = "=?utf-8?Q?=E9=80=9A=E7=9F=A5?="
    whole.attach(html)
    whole.attach(MIMEText("p { color: red }", "css", "utf-8"))
    if extra:
        whole.attach(MIMEText("<p>框架里的字</p>", "html", "utf-8"))
    return whole.as_bytes()


@pytest.mark.parametrize(("charset", "transfer"), [("utf-8", "quoted-printable"), ("utf-8", "base64"), ("gb18030", "base64"), ("gb2312", "quoted-printable")])  # fmt: skip
def test_the_saved_page_is_read_character_by_character(charset: str, transfer: str) -> None:
    found = read_mhtml(archive(charset, transfer))
    assert found.text == EXPECTED
    assert found.format == "mhtml"
    assert found.encoding == ("utf-8" if charset == "utf-8" else "gb18030")


def test_a_message_that_is_the_page_itself_is_read() -> None:
    head = b"MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    assert read_mhtml(head + NOTICE.format(charset="utf-8").encode()).text == EXPECTED


def test_the_page_named_as_the_start_is_read_and_frames_are_reported() -> None:
    data = archive("utf-8", "base64", extra=True)
    assert read_mhtml(data).warnings[-1] == "另有 1 个内嵌网页（框架）未读取。"
    named = data.replace(b'boundary="', b'start="<main@mhtml>"; boundary="', 1)
    assert read_mhtml(named).text == EXPECTED


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        b"\0\xff" * 50,
        "只有文字。".encode(),
        b"MIME-Version: 1.0\nContent-Type: text/plain\n\nhello",
        b"MIME-Version: 1.0\nContent-Type: text/html\n\n",
        b"Content-Type: multipart/related; boundary=x\n\n"
        + b"--x\nContent-Type: multipart/related; boundary=x\n\n" * 5000,
        b"Content-Type: text/html\nContent-Transfer-Encoding: base64\n\n!!!!",
    ],
)
def test_what_is_no_archive_is_refused(data: bytes) -> None:
    with pytest.raises(ReadError) as refused:
        read_mhtml(data)
    assert refused.value.chinese.endswith("。")


def test_mutated_archives_are_read_or_refused() -> None:
    rng = random.Random(3)
    samples = [archive("utf-8", "quoted-printable", extra=True), archive("gb18030", "base64")]
    for number in range(120):
        data = bytearray(samples[number % 2])
        for _ in range(rng.randint(1, 20)):
            start = rng.randrange(min(len(data), 1500)) if rng.random() < 0.6 else rng.randrange(len(data))
            if rng.random() < 0.5:
                data[start] = rng.randrange(256)
            else:
                del data[start : start + rng.randint(1, 300)]
        try:
            read_mhtml(bytes(data))
        except ReadError:
            continue


@pytest.mark.heavy
def test_an_archive_saved_by_chromium_is_read_character_by_character() -> None:
    sync_api: Any = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        tab = browser.new_page()
        tab.set_content(NOTICE.format(charset="utf-8"))
        data = tab.context.new_cdp_session(tab).send("Page.captureSnapshot", {"format": "mhtml"})["data"]
        browser.close()
    assert read_mhtml(data.encode()).text == EXPECTED
