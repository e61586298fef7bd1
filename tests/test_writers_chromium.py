"""What Chromium prints in several layouts comes back character by character from the PDF."""

from collections.abc import Iterator
from typing import Any

import pytest
from writing import CHROMIUM, NO_CHROMIUM, OFFICIAL, Block, as_html, body, chromium, policy, printed, running, wanted

from rag.readers.pdf import read_pdf

pytestmark = [pytest.mark.heavy, pytest.mark.skipif(CHROMIUM is None, reason=NO_CHROMIUM)]

STYLES = {
    "official": "body{font:16pt/28pt 'Noto Serif CJK SC'} p{text-indent:2em;margin:0;text-align:justify}"
    "h1{text-align:center;font-size:22pt} h2{font-size:16pt;text-indent:2em}",
    "web": "body{font:11pt 'Noto Sans CJK SC'}",
    "dense": "body{font:9pt/1.3 'Noto Serif CJK SC'} p{text-indent:2em;margin:0;text-align:justify}",
    "spaced": "body{font:12pt/1.5 'Noto Serif CJK SC';letter-spacing:2pt} p{text-indent:2em;margin:0}",
    "large": "body{font:20pt/1.5 'Noto Sans CJK SC'} p{text-indent:2em;margin:0}",
}
INDENTED = [style for style in STYLES if style != "web"]
TABLE = "table{border-collapse:collapse;width:100%} td,th{border:1px solid #333;padding:3px;text-indent:0}"
RED_HEAD = """
@page{size:A4;margin:37mm 26mm 35mm 28mm}
body{margin:0;font:16pt/28.9pt 'Noto Serif CJK SC'} p{margin:0;text-indent:2em;text-align:justify}
.red{color:#d00;font-size:40pt;line-height:60pt;text-align:center;text-indent:0}
.number{text-align:center;text-indent:0;border-bottom:2px solid #d00;margin-bottom:28pt}
.title{font-size:22pt;line-height:34pt;text-align:center;text-indent:0;margin-bottom:28pt;font-weight:bold}
.to{text-indent:0} .first{font-family:'Noto Sans CJK SC'}
.signed{text-align:right;text-indent:0;padding-right:4em} .attached{margin:28pt 0}
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as started:
        yield started


@pytest.mark.parametrize("landscape", [False, True], ids=["portrait", "landscape"])
@pytest.mark.parametrize("style", STYLES)
def test_one_column_with_a_table_over_pages(browser: Any, style: str, landscape: bool) -> None:
    blocks = policy(len(style) + landscape, 4, 60)
    data = printed(browser, as_html(blocks, STYLES[style] + TABLE), landscape=landscape, display_header_footer=True)
    found = read_pdf(data)
    assert body(found) == wanted(blocks)
    pages = range(1, len(found.pages) + 1)
    assert {f"{page}/{len(pages)}" for page in pages} <= {line.split()[-1] for line in running(found)}


@pytest.mark.parametrize("landscape", [False, True], ids=["portrait", "landscape"])
@pytest.mark.parametrize("columns", [2, 3])
@pytest.mark.parametrize("style", INDENTED)
def test_columns(browser: Any, style: str, columns: int, landscape: bool) -> None:
    if style == "large" and columns == 3:
        pytest.skip("seven characters a line are no columns of text")
    blocks = policy(len(style) + columns, 6)
    source = as_html(blocks, f"{STYLES[style]} #columns{{columns:{columns};column-gap:8mm}}", columns=True)
    assert body(read_pdf(printed(browser, source, landscape=landscape))) == wanted(blocks)


def test_columns_of_a_page_without_indents_lose_no_character(browser: Any) -> None:
    """Whether a paragraph ends with its column cannot be seen there."""
    blocks = policy(7, 8)
    source = as_html(blocks, f"{STYLES['web']} #columns{{columns:2;column-gap:8mm}}", columns=True)
    assert "".join(body(read_pdf(printed(browser, source)))) == "".join(wanted(blocks))


def test_an_official_document(browser: Any) -> None:
    data = printed(
        browser,
        as_html(OFFICIAL, RED_HEAD),
        prefer_css_page_size=True,
        display_header_footer=True,
        header_template="<span></span>",
        footer_template="<div style='width:100%;text-align:center;font-size:14pt'>— <span class=pageNumber></span> —</div>",
    )
    found = read_pdf(data)
    assert body(found) == wanted(OFFICIAL)
    assert running(found) == [f"— {page} —" for page in range(1, len(found.pages) + 1)]


def test_merged_cells_keep_their_names(browser: Any) -> None:
    source = as_html([Block("表1资金来源")], "body{font:12pt 'Noto Serif CJK SC'}" + TABLE).replace(
        "</body>",
        "<table><thead><tr><th rowspan=2>县区</th><th colspan=2>资金（万元）</th></tr><tr><th>中央</th><th>省级</th></tr></thead>"
        "<tbody><tr><td rowspan=2>甲县</td><td>1,250.5</td><td>80</td></tr><tr><td>36.0</td><td>9</td></tr>"
        "<tr><td>乙县</td><td colspan=2>未安排</td></tr></tbody></table></body>",
    )
    assert body(read_pdf(printed(browser, source))) == [
        "表1资金来源",
        "县区：甲县；资金（万元）/中央：1,250.5；资金（万元）/省级：80。",
        "县区：甲县；资金（万元）/中央：36.0；资金（万元）/省级：9。",
        "县区：乙县；资金（万元）/中央、资金（万元）/省级：未安排。",
    ]


def test_english_and_mixed_lines(browser: Any) -> None:
    texts = [
        "The partners agree on funds, staff and projects every year; a well-known example began in 1996 and goes on. "
        * 5,
        "项目采用 Public-Private Partnership 模式，依照 ISO 14001 与 GB/T 33190 的要求建设，使用 Linux、PostgreSQL 等软件。"
        * 6,
    ]
    blocks = [Block(text.strip()) for text in texts]
    style = "body{font:12pt/1.6 'Noto Serif CJK SC'} p{text-align:justify}"
    assert body(read_pdf(printed(browser, as_html(blocks, style), margin="35mm"))) == wanted(blocks)


def test_vertical_pages_and_vertical_text_at_the_side(browser: Any) -> None:
    blocks = policy(5, 3)
    style = "body{font:12pt/1.6 'Noto Serif CJK SC'} p{text-indent:2em;margin:0}"
    vertical = printed(browser, as_html(blocks, "html{writing-mode:vertical-rl;height:250mm}" + style))
    assert body(read_pdf(vertical)) == wanted(blocks)
    side = (
        "<div style='position:fixed;left:0;top:60mm;writing-mode:vertical-rl;font-size:9pt'>档案编号某档第十八号</div>"
    )
    source = as_html(blocks, style + "body{margin-left:12mm}").replace("<body>", f"<body>{side}")
    found = read_pdf(printed(browser, source))
    assert body(found) == wanted(blocks)
    assert running(found) == ["档案编号某档第十八号"] * len(found.pages)


@pytest.mark.parametrize("width", [70, 90, 120])
def test_hyphens_that_the_browser_put_in_go(browser: Any, width: int) -> None:
    text = (
        "The imple\u00admentation of inter\u00adregional coope\u00adration programmes requires multi\u00adannual budget\u00ading. "
        * 6
    )
    source = as_html([Block(text.strip())], f"body{{font:12pt serif}} p{{text-align:justify;width:{width}mm}}")
    assert body(read_pdf(printed(browser, source))) == [text.strip().replace("\u00ad", "")]
