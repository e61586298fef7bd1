"""How well the outline agrees with documents that were labelled by hand, and that it loses no character of them.

A boundary is a pair of the offset at which a heading or clause starts and its depth in the outline, from 1; that of a
clause counts as that of a heading.
"""

import json
import os
from pathlib import Path

import pytest

from rag.header import parse_header
from rag.outline import find_sections
from rag.types import Section

LABELLED = Path(__file__).parent / "labelled"
NAMES = sorted(path.name.removesuffix(".outline.json") for path in LABELLED.glob("*.outline.json"))
MATERIAL = os.environ.get("RAG_TEST_MATERIAL", "")
PARTS = ("contents", "attachments", "signature")


def outline(text: str) -> tuple[Section, ...]:
    header, body_start = parse_header(text)
    return find_sections(text, body_start, header.title)


def found(sections: tuple[Section, ...]) -> set[tuple[int, int]]:
    headed = (s for s in sections if s.kind == "body" and s.level and (s.label or s.heading_end > s.start))
    return {(section.start, section.level) for section in headed}


def read(name: str) -> tuple[str, list[int], dict[str, list[dict[str, int | str]]]]:
    text = (LABELLED / f"{name}.txt").read_text(encoding="utf-8")
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    return text, starts, json.loads((LABELLED / f"{name}.outline.json").read_text(encoding="utf-8"))


def test_headings_of_the_labelled_documents_are_found_with_f1_of_95_percent() -> None:
    right = given = wanted = 0
    for name in NAMES:
        text, starts, labels = read(name)
        lines = text.split("\n")
        assert all(lines[h["line"] - 1].strip().startswith(h["begins"]) for h in labels["headings"])
        want = {(starts[heading["line"] - 1], heading["level"]) for heading in labels["headings"]}
        got = found(outline(text))
        print(f"{name}: {len(want & got)} right, {len(got - want)} too many, {len(want - got)} missing")
        right, given, wanted = right + len(want & got), given + len(got), wanted + len(want)
    f1 = 2 * right / (given + wanted)
    print(f"{len(NAMES)} documents, {wanted} boundaries, F1 {f1:.3f}")
    assert len(NAMES) >= 12
    assert f1 >= 0.95


@pytest.mark.parametrize("name", NAMES)
def test_contents_attachments_and_signature_are_parts_of_their_own_and_leaves_give_the_text_back(name: str) -> None:
    text, starts, labels = read(name)
    sections = outline(text)
    assert "".join(text[section.start : section.end] for section in sections) == text
    got = [(s.start, text[s.start : s.end].strip(), s.kind) for s in sections if s.kind in PARTS]
    want = [
        (starts[p["first"] - 1], text[starts[p["first"] - 1] : starts[p["last"]]].strip(), p["kind"])
        for p in labels["parts"]
    ]
    assert got == want


@pytest.mark.skipif(not MATERIAL, reason="RAG_TEST_MATERIAL does not name the folder of real documents")
def test_the_headings_of_a_real_article_are_found_and_news_have_none() -> None:
    (article,) = (Path(MATERIAL) / "documents").glob("*.txt")
    text = article.read_text(encoding="utf-8")
    # Its headings are all the short lines without punctuation below the first paragraph.
    want = [line for line in text.split("\n")[3:] if 0 < len(line) < 40 and not line.endswith("。")]
    assert [s.path[-1] for s in outline(text) if s.path] == want
    assert len(want) == 3
    for news in sorted((Path(MATERIAL) / "corpus" / "news").glob("*.txt")):
        assert found(outline(news.read_text(encoding="utf-8"))) == set(), news.name
