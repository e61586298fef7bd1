"""Fixtures shared by the tests of the steps, the index and the command line."""

from pathlib import Path

import pytest
from place import CommandLine, Place

POLICY = {
    "甲.txt": (
        "产业协作办法\n\n发布日期:2025-05-13    来源:县政府办公室\n\n"
        "一、总体要求\n产业园区由双方共同建设。2024年投入资金1200万元。\n"
        "二、工作任务\n（一）劳务协作\n每年组织劳务培训三期，帮助就业500人。\n"
    ),
    "乙.md": (
        "# 消费帮扶方案\n\n## 目标\n\n采购农产品的金额达到80万元！\n\n## 渠道\n\n线上平台与展销会并行；见附件[3]。\n"
    ),
    "子目录/丙.txt": "教育医疗帮扶\n\n选派教师和医生开展组团式支援，每批为期一年半。\n",
}


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """An empty documents folder."""
    place = Place(tmp_path / "place")
    place.settings.documents.mkdir(parents=True)
    return place


@pytest.fixture(scope="session")
def built_once(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Three documents, indexed; not to be changed."""
    place = Place(tmp_path_factory.mktemp("built"))
    for name, text in POLICY.items():
        place.write(name, text)
    place.build()
    return place


@pytest.fixture
def built(built_once: Place, tmp_path: Path) -> Place:
    """Three documents, indexed; the test's own copy."""
    return built_once.copy(tmp_path / "place")


@pytest.fixture
def cli(place: Place, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """The command line on an empty documents folder."""
    return CommandLine(place, monkeypatch)


@pytest.fixture
def built_cli(built: Place, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """The command line on three indexed documents."""
    return CommandLine(built, monkeypatch)
