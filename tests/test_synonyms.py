"""Synonyms: what else is looked for."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from support import HashEmbedder

from rag.errors import SettingsError
from rag.query import embed_question, read_query
from rag.settings import Tuning, load_settings
from rag.synonyms import load_synonyms, parse_synonyms


def test_an_abbreviation_finds_all_it_stands_for_and_not_the_other_way_round() -> None:
    table = parse_synonyms(["两办 = 中办国办 = 中共中央办公厅、国务院办公厅"])
    assert table.expand("两办的文件") == ("中办国办", "中共中央办公厅", "国务院办公厅")
    assert table.expand("国务院办公厅的文件") == ()


def test_names_of_a_group_stand_for_each_other_and_what_is_there_is_not_added() -> None:
    table = parse_synonyms(["# 说明", "", "消费扶贫 = 消费帮扶  # 旧称"])
    assert table.expand("消费扶贫") == ("消费帮扶",)
    assert table.expand("消费帮扶和消费扶贫") == ()


def test_the_longest_of_overlapping_names_counts() -> None:
    table = parse_synonyms(["一号文件 = 甲文", "中央一号文件 = 乙文"])
    assert table.expand("中央一号文件") == ("乙文",)


@pytest.mark.parametrize(
    ("text", "found"), [("counties", ("县",)), ("county", ("县",)), ("paired", ()), ("a pair", ("结对",))]
)
def test_latin_names_are_whole_words(text: str, found: tuple[str, ...]) -> None:
    assert parse_synonyms(["county = counties = 县", "pair = 结对"]).expand(text)[-1:] == found


def test_traditional_characters_and_numerals_agree_with_the_table() -> None:
    query = read_query("蘇陝協作投入三千萬元？")
    assert query.text == "苏陕协作投入3000万元?"
    assert {"江苏", "陕西"} <= set(query.also)
    assert not query.foreign


def test_a_users_file_adds_to_the_table(tmp_path: Path) -> None:
    file = tmp_path / "我的.txt"
    file.write_text("\ufeff山海办 = 山海协作办公室\n", encoding="utf-8")
    tuning = load_settings({"RAG_SYNONYMS": str(file)}).tuning
    assert read_query("山海办在哪", tuning).also == ("山海协作办公室",)
    assert "江苏" in load_synonyms(file).expand("苏陕")


@pytest.mark.parametrize("line", ["只有一个", "甲 =", "= 乙"])
def test_a_line_that_is_no_group_is_named(line: str) -> None:
    with pytest.raises(SettingsError, match="这一行不可用"):
        parse_synonyms([line])


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="RAG_SYNONYMS"):
        load_synonyms(tmp_path / "没有.txt")


def test_an_english_question_is_embedded_with_its_chinese_words() -> None:
    texts: list[str] = []

    class Recorder(HashEmbedder):
        def embed_query(self, text: str) -> NDArray[np.float32]:
            texts.append(text)
            return super().embed_query(text)

    embedder = Recorder()
    embed_question(embedder, "When did Fujian start to help Ningxia?", Tuning())
    embed_question(embedder, "東西部協作", Tuning())
    assert "福建" in texts[0] and "宁夏" in texts[0]
    assert texts[1] == "东西部协作"
