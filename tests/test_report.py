"""Reports: HTML files that need nothing else and escape what they show, charts that show the numbers, tables."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from place import CommandLine, Place

from rag.evaluate import Run, charts, compare, evaluate, sweep
from rag.evaluate.labels import ANSWER_LABELS, RETRIEVAL_LABELS, answer_rows, label, number, retrieval_rows
from rag.evaluate.metrics import METRICS
from rag.evaluate.page import comparison_page, run_page, sweep_page
from rag.evaluate.report import print_comparison, print_run, print_sweep

NASTY = "<script>alert('x')</script>&[red]\"'[/bold]"
ROWS: list[dict[str, Any]] = [
    {"id": NASTY, "question": f"2024年投入资金多少万元？{NASTY}", "type": NASTY,
     "evidence": [{"document": "甲.txt", "quote": "2024年投入资金1200万元。"}], "answer_contains": [NASTY], "split": "dev"},
    {"id": "n", "question": "火星上的基地由谁建设？", "evidence": [], "split": "test"},
]  # fmt: skip
VOID = {"meta", "link", "br", "img"}


class Structure(HTMLParser):
    """Collects tags and attributes, and fails where tags are not closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def check_page(text: str) -> None:
    """One file that loads nothing, runs nothing and shows what users wrote as text."""
    structure = Structure()
    structure.feed(text)
    structure.close()
    assert structure.open == []
    assert not {"script", "link", "img", "iframe", "object", "form", "base"} & set(structure.tags)
    names = {name for name, _ in structure.attributes}
    assert not {"src", "href", "style", "onload", "onclick"} & names
    assert "default-src 'none'" in text and 'charset="utf-8"' in text
    assert set(re.findall(r"https?://[^\"' <]+", text)) <= {"http://www.w3.org/2000/svg"}
    assert "<script>" not in text
    for svg in re.findall(r"<svg.*?</svg>", text, flags=re.DOTALL):
        ElementTree.fromstring(svg)


@pytest.fixture
def run(built: Place, tmp_path: Path) -> Run:
    path = tmp_path / "q.jsonl"
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in ROWS), "utf-8")
    return evaluate(path, settings=built.settings, embedder=built.embedder, changes={"threshold": "0"})


def test_the_page_of_a_run_is_one_safe_file(run: Run) -> None:
    page = run_page(run)
    check_page(page)
    assert "&lt;script&gt;alert(" in page and page.count("<svg") >= 6
    assert "缺少要点" in page and "没有答案而作答" in page
    for name in (*RETRIEVAL_LABELS, "facts", "refusal_auc"):
        assert name in page


def test_the_page_says_why_a_question_is_wrong(run: Run) -> None:
    refused = replace(run.outcomes[0], refused=True)
    failed = replace(run.outcomes[1], error="太长 <b>")
    page = run_page(replace(run, outcomes=(refused, failed)))
    check_page(page)
    assert "有答案而拒答" in page and "出错：太长 &lt;b&gt;" in page


def test_the_page_of_a_comparison_is_one_safe_file(run: Run, built: Place) -> None:
    other = evaluate(
        run.about["questions"]["file"], settings=built.settings, embedder=built.embedder, changes={"threshold": "1"}
    )
    result = compare(run, other)
    page = comparison_page(result)
    check_page(page)
    assert "变好的题（1）" in page and "settings.tuning.threshold" in page
    check_page(comparison_page(compare(run, run)))


def test_the_page_of_a_sweep_is_one_safe_file(run: Run, built: Place) -> None:
    result = sweep(
        run.about["questions"]["file"],
        {"threshold": ["0", "1"], "max_sentences": ["1"]},
        settings=built.settings,
        embedder=built.embedder,
    )
    page = sweep_page(result)
    check_page(page)
    assert "过拟合" in page and page.count("<tr>") == 3 + 3


def test_the_command_line_writes_the_page(built_cli: CommandLine, run: Run, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    outcome = built_cli("evaluate", run.about["questions"]["file"], "--html", str(path), "--json")
    assert outcome.status == 0 and json.loads(outcome.out)["questions"] == 2
    check_page(path.read_text("utf-8"))
    for arguments in (("--compare", "last~1", "last"), (run.about["questions"]["file"], "--sweep", "gap=1")):
        path.unlink()
        assert built_cli("evaluate", *arguments, "--html", str(path)).status == 0
        check_page(path.read_text("utf-8"))


def test_square_brackets_are_no_markup_in_tables(run: Run, built: Place, capsys: pytest.CaptureFixture[str]) -> None:
    print_run(run)
    assert "[red]" in capsys.readouterr().out
    other = evaluate(
        run.about["questions"]["file"], settings=built.settings, embedder=built.embedder, changes={"threshold": "1"}
    )
    print_comparison(compare(other, run))
    assert "变差的题" in capsys.readouterr().out
    print_sweep(
        sweep(run.about["questions"]["file"], {"gap": ["1", "2"]}, settings=built.settings, embedder=built.embedder)
    )
    assert "警告" in capsys.readouterr().out


def test_bars_are_as_long_as_their_values() -> None:
    svg = charts.bars("图", [("甲", 0.5, (0.25, 0.75)), ("乙", None, None)])
    assert 'width="180.0" height="14"' in svg  # half of 360
    assert "0.500 (0.25–0.75)" in svg and "—" in svg
    assert "M330.0 8v8M330.0 12H510.0M510.0 8v8" in svg  # 240 + 0.25 · 360 to 240 + 0.75 · 360


def test_differences_are_coloured_only_beyond_chance() -> None:
    svg = charts.differences("图", [("a", 0.1, (0.05, 0.2)), ("b", -0.1, (-0.2, -0.05)), ("c", 0.1, (-0.1, 0.2))])
    circles = re.findall(r'<circle cx="([\d.]+)" cy="\d+" r="5" fill="(#\w+)"', svg)
    green, red, grey = (colour for _, colour in circles)
    assert len({green, red, grey}) == 3
    assert [float(x) for x, _ in circles] == [510.0, 330.0, 510.0]  # 420 ± 0.1 · 180 / 0.2


def test_charts_of_nothing_are_drawn() -> None:
    for svg in (
        charts.bars("空", []),
        charts.differences("空", []),
        charts.columns("空", []),
        charts.reliability("空", []),
    ):
        ElementTree.fromstring(re.search(r"<svg.*</svg>", svg).group())  # type: ignore[union-attr]
    assert 'height="140.0"' in charts.columns("图", [("1", 0), ("2", 3)])


def test_every_measure_has_a_name() -> None:
    assert set(retrieval_rows()) | set(answer_rows()) == set(METRICS)
    assert len({label(name) for name in METRICS}) == len(METRICS)
    assert all(text for text in (*RETRIEVAL_LABELS.values(), *ANSWER_LABELS.values()))
    assert (number(None), number(0.12345), number(123.456)) == ("—", "0.123", "123.5")
