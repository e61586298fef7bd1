"""The documents the program comes with: their form, and that every figure rests on a fact."""

import csv
import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from rag.documents import list_files, read_document
from rag.settings import Settings
from rag.types import Document

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = ROOT / "documents"
EVALUATION = ROOT / "evaluation"


def load_check() -> ModuleType:
    spec = importlib.util.spec_from_file_location("check_facts", EVALUATION / "check_facts.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


check = load_check()
NAMES = list_files(DOCUMENTS)
FACTS: dict[int, str] = check.read_facts(EVALUATION / "facts.csv")
RESTS_ON: dict[str, list[int]] = check.read_document_facts(EVALUATION / "document_facts.csv")


def read(name: str, folder: Path = DOCUMENTS) -> Document:
    return read_document(Settings(documents=folder), name)[0]


def test_number_of_documents() -> None:
    assert 20 <= len(NAMES) <= 30


@pytest.mark.parametrize("name", NAMES)
def test_length(name: str) -> None:
    assert 250 <= len(read(name).text) <= 2000


@pytest.mark.parametrize("name", NAMES)
def test_header(name: str) -> None:
    header = read(name).header
    assert header.title
    assert header.published
    assert header.as_of
    assert header.nature == "编写资料，非官方文本"
    assert header.source


def test_encodings() -> None:
    encodings = {read(name).encoding for name in NAMES}
    assert {"utf-8", "gb18030"} <= encodings
    assert any(encoding.startswith("utf-16") for encoding in encodings if encoding is not None)


def test_headings_come_in_several_styles() -> None:
    headings = [section.path[-1] for name in NAMES for section in read(name).sections if section.path]
    for style in ("第[一二三四五]部分", "[一二三四五]、", "（[一二三四五]）", r"\d\.", "[^第一二三四五（0-9]"):
        assert any(re.match(style, heading) for heading in headings), style


def test_facts_table() -> None:
    with (EVALUATION / "facts.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    numbers = [int(row["number"]) for row in rows]
    assert numbers == sorted(set(numbers))
    for row in rows:
        assert list(row) == ["number", "fact", "source", "publisher", "date", "confidence"]
        assert all(row[column] for column in ("fact", "source", "publisher", "date")), row
        assert row["confidence"] in ("A", "B")


def test_every_document_rests_on_known_facts() -> None:
    assert sorted(RESTS_ON) == NAMES
    for name, numbers in RESTS_ON.items():
        assert numbers, name
        assert not set(numbers) - set(FACTS), name


def test_every_figure_is_in_a_fact() -> None:
    assert check.check_documents(DOCUMENTS, FACTS, RESTS_ON) == []


@pytest.mark.parametrize(
    "pattern",
    [
        "两个大局",
        r"13\.1万",
        "十五五",
        "四项行动",
        "坚持和完善东西部协作机制的意见》[^。]{0,12}〔",
        "2005年[^。—]{0,20}(?:会议|文件|通知|意见)",
    ],
)
def test_nothing_is_said_that_no_source_was_found_for(pattern: str) -> None:
    for name in NAMES:
        found = re.search(pattern, check.body(read(name)))
        assert found is None, f"{name}: {found}"


def test_changed_digit_is_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "documents"
    shutil.copytree(DOCUMENTS, folder)
    assert check.main(["--documents", str(folder)]) == 0
    capsys.readouterr()
    name = "定点帮扶与对口合作.txt"
    file = folder / name
    text = file.read_text(encoding="utf-8")
    assert text.count("1358.5亿元") == 1
    file.write_text(text.replace("1358.5亿元", "1358.6亿元"), encoding="utf-8")
    failures = check.check_documents(folder, FACTS, RESTS_ON)
    assert [(failure.document, failure.figure) for failure in failures] == [(name, "1358.6")]
    assert check.main(["--documents", str(folder)]) == 1
    printed = capsys.readouterr().out.splitlines()[0].split("\t")
    assert (printed[0], printed[2]) == (name, "1358.6")
    assert "1358.6亿元" in printed[1]


@pytest.mark.parametrize("name", NAMES)
def test_changed_digit_is_found_in_every_document(name: str) -> None:
    facts = [FACTS[number] for number in RESTS_ON[name]]
    text = check.body(read(name))
    figure = max(check.figures(text), key=len)
    assert check.check_text(name, text.replace(figure, "9" + figure), facts)


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("2021年投入34.05亿元。", []),
        ("2021年投入4.05亿元。", ["4.05"]),
        ("2021年投入34.0亿元。", ["34.0"]),
        ("2021年投入34亿元。", ["34"]),
        ("202年投入134.05亿元。", ["202", "134.05"]),
        ("2021年签约1234个项目。", []),
        ("2021年签约234个项目。", ["234"]),
        ("2021年4月8日召开。", []),
        ("2021年7月26日召开。", ["2021年7月26"]),
        ("2023年7月26—27日召开。", []),
        ("2023年8月召开。", ["2023年8月"]),
        ("## 3. 概况\n\n5. 做法\n\n二、数字\n", []),
        ("| 2021年 | 99个 |", ["99"]),
        ("2021年，五个县。", []),
    ],
)
def test_figures_are_compared_whole(text: str, missing: list[str]) -> None:
    facts = ["2021年投入34.05亿元", "2021年签约1,234个项目", "2021年4月8日召开", "2023年7月26—27日召开，共8项"]
    assert [failure.figure for failure in check.check_text("x.md", text, facts)] == missing


def test_tables_that_do_not_fit_are_found(tmp_path: Path) -> None:
    for name in NAMES[:2]:
        shutil.copy(DOCUMENTS / name, tmp_path / name)
    rests_on = {NAMES[0]: [*RESTS_ON[NAMES[0]], 9999], "没有.md": [1]}
    failures = check.check_documents(tmp_path, FACTS, rests_on)
    assert {failure.document for failure in failures} == {"没有.md", NAMES[0], NAMES[1]}


def test_command_line() -> None:
    command = [sys.executable, str(EVALUATION / "check_facts.py")]
    done = subprocess.run(command, capture_output=True, cwd=EVALUATION, env={"PYTHONIOENCODING": "utf-8"}, check=False)
    assert done.returncode == 0, done.stderr.decode()
    assert f"{len(NAMES)} 份文档" in done.stdout.decode("utf-8")
