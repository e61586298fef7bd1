"""Sections → chunks → sentences: exact ranges, nothing lost, no sentence cut that fits."""

import re
import time
from collections.abc import Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rag.header import parse_header
from rag.outline import find_sections
from rag.read import decode
from rag.split import embedding_text, matching_text, sentence_ranges, split_document, split_sentences, table_head
from rag.types import Document

PIECES = st.sampled_from(
    [
        *("对口支援", "双方共同建设产业园区", "，", "。", "；", "：", "、", "！？", "……", "……。", "——", "字" * 60),
        *("”", "“", "）", "（", "「", "」", '"', "'", "\n", "\n\n", "\n \n", "\r\n", "\r", "　　", " ", "\t", "\xa0"),
        *("| 甲 | 乙 |\n", "|---|:-:|\n", "\n| 一 | 2 |\n", "| 句。 | 乙 |\n", "\n---\n", "\n```\n", "> "),
        *("## 目标\n", "\n一、总体要求\n", "\n（一）目标\n", "\n1. 产业\n", "\n- 项目", "* ", "第一章 总则\n"),
        *("发布日期:2025-05-13    来源:某报\n", "３．５％", "2022年5月", "12. 5", "3、", "A! ", "?id=3"),
        *("😀", "👨\u200d👩\u200d👧", "\u2028", "\x0c", "\x85", "\u200b"),
    ]
)
RAW = st.lists(PIECES | st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6), max_size=60)
TEXTS = RAW.map("".join).filter(lambda text: text.strip())
SIZES = st.integers(5, 80)
MARKS_AND_RULES = re.compile(r"(?:[-*+>•·\s|:—=_#]|\d{1,2}[.、])*")


def make(raw: str) -> Document:
    text = raw.replace("\r\n", "\n").replace("\r", "\n")
    header, body_start = parse_header(text)
    return Document("甲.txt", text, header, find_sections(text, body_start, header.title))


def plain(text: str) -> Document:
    return Document("甲.txt", text, parse_header("")[0], find_sections(text, 0, None))


def sentences_of(text: str) -> Iterator[tuple[int, int]]:
    """Sentences by a plain reading of the rule: up to a line's end or a run of closing marks, white space left off."""
    start = 0
    position = 0
    while position < len(text):
        end = None
        if text[position] == "\n":
            end = position + 1
        elif text[position] in "。！？" or text.startswith("……", position) or _ends_here(text, position):
            while position < len(text) and text[position] in "。！？!?…”’」』）)》】\"'":
                position += 1
            end = position
        if end is None:
            position += 1
            continue
        yield _trimmed(text, start, end)
        start = position = end
    yield _trimmed(text, start, len(text))


def _ends_here(text: str, position: int) -> bool:
    following = text[position + 1 : position + 2]
    in_link = (following.isascii() and following.isalnum()) or following in tuple("=&/%#.")
    return text[position] in "!?" and not in_link


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    part = text[start:end]
    return start + len(part) - len(part.lstrip()), end - len(part) + len(part.rstrip())


@given(TEXTS, SIZES)
def test_chunks_are_exact_short_ordered_ranges_that_lose_nothing(raw: str, size: int) -> None:
    document = make(raw)
    chunks = split_document(document, size)
    covered = set()
    last_end = 0
    for chunk in chunks:
        assert chunk.text == document.text[chunk.start : chunk.end] == chunk.text.strip() != ""
        assert len(chunk.text) <= size
        assert last_end <= chunk.start
        last_end = chunk.end
        covered.update(range(chunk.start, chunk.end))
    left = "".join(char for i, char in enumerate(document.text) if i not in covered)
    assert not left.strip()


@given(TEXTS, SIZES)
def test_chunks_never_cross_a_section_that_is_longer_than_a_chunk(raw: str, size: int) -> None:
    document = make(raw)
    text = document.text
    for chunk in split_document(document, size):
        section = document.section_at(chunk.start)
        assert (chunk.section, chunk.kind, chunk.document) == (section.path, section.kind, "甲.txt")
        for place, other in enumerate(document.sections):
            if not chunk.start < other.start < chunk.end:
                continue
            assert other.kind == chunk.kind == "body"
            # With all that stands below it, or as the first text under bare headings.
            end = next((s.start for s in document.sections[place + 1 :] if s.level <= other.level), len(text))
            whole = chunk.end >= len(text[:end].rstrip())
            bare = all(
                not text[s.heading_end : s.end].strip()
                for s in document.sections
                if chunk.start <= s.start < other.start
            )
            assert whole or bare


@given(TEXTS, SIZES)
@example("　　" + "字" * 10 + "，" + "字" * 9 + "\n后文。", 20)
@example("前文。 " + "字" * 10 + "，" + "字" * 8 + "。 后文。", 20)
@example("字" * 18 + "……。后文", 20)
def test_no_border_of_a_chunk_lies_inside_a_sentence_that_fits(raw: str, size: int) -> None:
    document = make(raw)
    borders = {border for chunk in split_document(document, size) for border in (chunk.start, chunk.end)}
    for section in document.sections:
        for start, end in sentences_of(document.text[section.start : section.end]):
            if end - start <= size:
                assert borders.isdisjoint(range(section.start + start + 1, section.start + end))


@given(TEXTS, SIZES)
def test_sentences_are_exact_ranges_that_leave_out_only_marks_and_table_lines(raw: str, size: int) -> None:
    document = make(raw)
    for position, chunk in enumerate(split_document(document, size)):
        place = chunk.start
        for sentence in [*split_sentences(document, chunk, position), None]:
            between = document.text[place : sentence.start if sentence else chunk.end]
            for line in between.split("\n"):
                at = document.text.index(line, place)
                head = table_head(document.text, at + len(line) - len(line.lstrip()))
                is_head = head is not None and head[0] <= at <= head[1]
                assert MARKS_AND_RULES.fullmatch(line) or is_head, line
            if sentence is None:
                break
            assert sentence.text == document.text[sentence.start : sentence.end] == sentence.text.strip() != ""
            assert place <= sentence.start < sentence.end <= chunk.end
            assert "\n" not in sentence.text
            assert (sentence.chunk, sentence.document) == (position, "甲.txt")
            assert sentence.kind in (chunk.kind, "heading")
            place = sentence.end


@given(TEXTS, st.sampled_from(["utf-8", "utf-8-sig"]))
def test_offsets_hold_for_the_text_as_decoded_from_the_file(raw: str, encoding: str) -> None:
    try:
        text = decode(raw.encode(encoding)).text
    except ValueError:
        return
    except Exception as error:  # noqa: BLE001 - refused is right as well
        assert type(error).__name__ == "ReadError"
        return
    assert all(text[c.start : c.end] == c.text for c in split_document(make(text), 40))


def test_paragraphs_that_fit_together_share_a_chunk() -> None:
    text = "甲甲甲。\n\n乙乙乙。\n\n丙丙丙。\n"
    assert [c.text for c in split_document(plain(text), 300)] == ["甲甲甲。\n\n乙乙乙。\n\n丙丙丙。"]
    assert [c.text for c in split_document(plain(text), 12)] == ["甲甲甲。\n\n乙乙乙。", "丙丙丙。"]


def test_a_long_paragraph_is_cut_between_sentences() -> None:
    text = "甲" * 8 + "。" + "乙" * 8 + "！”" + "丙" * 8 + "？"
    assert [c.text for c in split_document(plain(text), 20)] == ["甲" * 8 + "。" + "乙" * 8 + "！”", "丙" * 8 + "？"]


def test_a_sentence_longer_than_a_chunk_is_cut_at_its_greatest_pauses() -> None:
    text = "甲" * 8 + "，" + "乙" * 4 + "；" + "丙" * 9 + "、" + "丁" * 4 + "。"
    assert [c.text for c in split_document(plain(text), 15)] == [
        "甲" * 8 + "，" + "乙" * 4 + "；",
        "丙" * 9 + "、" + "丁" * 4 + "。",
    ]


def test_a_sentence_without_any_pause_is_cut_at_the_chunk_size() -> None:
    assert [len(c.text) for c in split_document(plain("字" * 700), 300)] == [300, 300, 100]


def test_headings_stand_in_the_passage_below_them_and_those_further_above_are_context() -> None:
    document = plain("一、要求\n（一）目标\n共同建设。\n（二）原则\n" + "互利共赢。" * 8 + "\n二、任务\n推进。\n")
    chunks = split_document(document, 25)
    assert [(c.text, c.section) for c in chunks] == [
        ("一、要求\n（一）目标\n共同建设。", ("一、要求",)),
        ("（二）原则\n" + "互利共赢。" * 3, ("一、要求", "（二）原则")),
        ("互利共赢。" * 5, ("一、要求", "（二）原则")),
        ("二、任务\n推进。", ("二、任务",)),
    ]
    assert [s.kind for s in split_sentences(document, chunks[0], 0)] == ["heading", "heading", "body"]
    assert embedding_text(document, chunks[1]) == "一、要求\n" + chunks[1].text
    assert embedding_text(document, chunks[2]) == "一、要求 （二）原则\n" + chunks[2].text


def test_short_articles_of_a_chapter_share_a_passage_and_keep_their_numbers() -> None:
    document = plain("第一章 总则\n第一条　甲。\n第二条　乙。\n第二章 附则\n第三条　" + "丙" * 10 + "。\n")
    assert [(c.text, c.section) for c in split_document(document, 30)] == [
        ("第一章 总则\n第一条　甲。\n第二条　乙。", ("第一章 总则",)),
        ("第二章 附则\n第三条　" + "丙" * 10 + "。", ("第二章 附则",)),
    ]


def test_a_passage_that_the_model_would_cut_short_is_made_smaller() -> None:
    document = plain("一、要求\n" + "共同建设产业园区。" * 20)
    chunks = split_document(document, 150, lambda text: len(text) <= 60)
    assert all(len(embedding_text(document, chunk)) <= 60 for chunk in chunks)
    assert "".join(c.text for c in chunks).replace("\n", "") == document.text.replace("\n", "")


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("一是就业。二是“消费！”三是教育", ["一是就业。", "二是“消费！”", "三是教育"]),
        ("他说：“好。”她走了。", ["他说：“好。”", "她走了。"]),
        ("真的吗？！真的……好。", ["真的吗？！", "真的……", "好。"]),
        ("未完……。又一句", ["未完……。", "又一句"]),
        ("单个…不断句", ["单个…不断句"]),
        ("第一行\n第二行", ["第一行", "第二行"]),
        ("- 项目一\n1.　项目二\n2、项目三\n> * 项目四", ["项目一", "项目二", "项目三", "项目四"]),
        ("1.5万亩。3. 5亿元。12、13日", ["1.5万亩。", "3. 5亿元。", "12、13日"]),
        ("| 甲 | 乙 |\n|---|---|\n| 丙 | 丁 |", ["| 甲 | 乙 |", "| 丙 | 丁 |"]),
        ("　　段首缩进。 \n\n", ["段首缩进。"]),
        ("---\n***\n——", []),
        ("", []),
        ("👨‍👩‍👧很好！😀", ["👨‍👩‍👧很好！", "😀"]),
    ],
)
def test_where_sentences_end(text: str, sentences: list[str]) -> None:
    assert [text[start:end] for start, end in sentence_ranges(text)] == sentences


TABLE = "前文。\n\n| 年份 | 资金 |\n|---|---:|\n| 2021 | 10 |\n| 2022 | 20 |\n\n后文。\n"


def test_rows_of_a_table_know_their_head_and_the_head_is_no_sentence() -> None:
    document = plain(TABLE)
    (chunk,) = split_document(document, 300)
    sentences = split_sentences(document, chunk, 0)
    assert [s.text for s in sentences] == ["前文。", "| 2021 | 10 |", "| 2022 | 20 |", "后文。"]
    heads = [table_head(TABLE, s.start) for s in sentences]
    assert [TABLE[h[0] : h[1]] if h else None for h in heads] == [None, "| 年份 | 资金 |", "| 年份 | 资金 |", None]
    assert matching_text(document, sentences[2]) == "| 年份 | 资金 |\n| 2022 | 20 |"
    assert matching_text(document, sentences[0]) == "前文。"


def test_rows_in_another_chunk_than_the_head_still_know_it() -> None:
    document = plain(TABLE)
    last = split_sentences(document, split_document(document, 16)[-2], 0)[-1]
    assert matching_text(document, last) == "| 年份 | 资金 |\n| 2022 | 20 |"


def test_a_long_head_gives_way_to_its_row() -> None:
    head, row = "| " + "指标" * 240 + " | 资金 |", "| 2021 | " + "10" * 100 + " |"
    document = plain(f"前文。\n\n{head}\n|---|---|\n{row}\n")
    sentence = next(s for c in split_document(document, 300) for s in split_sentences(document, c, 0) if s.text == row)
    assert matching_text(document, sentence) == f"{head[: 450 - len(row)]}\n{row}"


@pytest.mark.parametrize("text", ["| 甲 | 乙 |", "| 甲 | 乙 |\n", "| 甲 | 乙 |\n\n后文。\n", "| 甲 |\n| 乙 |\n"])
def test_lines_with_bars_and_no_rule_under_them_are_no_table_and_stay_sentences(text: str) -> None:
    document = plain(text)
    (chunk,) = split_document(document, 300)
    assert split_sentences(document, chunk, 0)[0].text == text.split("\n")[0]
    assert table_head(text, 0) is None


def test_the_head_is_the_row_above_the_rule_and_ends_with_the_table() -> None:
    text = "| 注 |\n| 年 | 数 |\n|---|---|\n| 1 | 2 |\n\n| 别 | 的 |\n"
    heads = [table_head(text, text.index(row)) for row in ("| 注", "| 年", "|---", "| 1", "| 别")]
    head = (text.index("| 年"), text.index("\n|---"))
    assert heads == [None, head, head, head, None]


def test_a_table_of_many_rows_is_cut_in_seconds() -> None:
    text = "| 年 | 数 |\n|---|---|\n" + "| 2021 | 10 |\n" * 50_000
    document = plain(text)
    started = time.perf_counter()
    sentences = [s for c in split_document(document, 300) for s in split_sentences(document, c, 0)]
    assert len(sentences) == 50_000
    assert matching_text(document, sentences[-1]) == "| 年 | 数 |\n| 2021 | 10 |"
    assert time.perf_counter() - started < 10


def test_a_question_mark_inside_a_link_ends_no_sentence() -> None:
    text = "见 http://a.example/p?id=3&x=1 一文。是吗?是的!好"
    assert [text[a:b] for a, b in sentence_ranges(text)] == [
        "见 http://a.example/p?id=3&x=1 一文。",
        "是吗?",
        "是的!",
        "好",
    ]
