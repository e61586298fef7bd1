"""Quality on real material that is not part of the project; skipped, saying so, where it is not at hand."""

import dataclasses
import json
import os
import re
import unicodedata
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rag.answer import answer_question
from rag.build import build_index
from rag.embed import Embedder, embedder_identity, load_embedder
from rag.judging import judge
from rag.retrieve import rank_question
from rag.settings import DEFAULT_TUNING, load_settings
from rag.store import Library
from rag.types import Answer

MATERIAL = os.environ.get("RAG_TEST_MATERIAL", "")
ARTICLE_QUESTIONS = Path(__file__).parent.parent / "evaluation" / "article_questions.jsonl"

pytestmark = [
    pytest.mark.heavy,
    pytest.mark.skipif(not MATERIAL, reason="RAG_TEST_MATERIAL does not name the folder of real documents"),
]


def squeeze(text: str) -> str:
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text))


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return load_embedder(load_settings(), lambda progress: None)


def open_library(documents: Path, index: Path, embedder: Embedder) -> Library:
    settings = dataclasses.replace(load_settings(), documents=documents, index=index)
    build_index(settings, embedder_identity(settings), lambda: embedder, lambda progress: None)
    return Library.open(index, embedder_identity(settings))


@pytest.fixture(scope="module")
def wiki(embedder: Embedder, tmp_path_factory: pytest.TempPathFactory) -> Library:
    return open_library(Path(MATERIAL) / "corpus" / "wiki", tmp_path_factory.mktemp("wiki"), embedder)


@pytest.fixture(scope="module")
def wiki_questions() -> list[dict[str, Any]]:
    return read(Path(MATERIAL) / "corpus" / "wiki_questions.jsonl")


def assert_quotes_are_verbatim(library: Library, answer: Answer) -> None:
    for citation in answer.citations:
        assert library.document(citation.document).text[citation.start : citation.end] == citation.quote
    for passage in answer.passages:
        assert library.document(passage.document).text[passage.start : passage.end] == passage.text


def test_the_encyclopaedia_is_answered_from_the_right_document(
    wiki: Library, wiki_questions: list[dict[str, Any]], embedder: Embedder
) -> None:
    first = asked = refused = 0
    for question in wiki_questions:
        answer = answer_question(wiki, embedder, question["question"])
        assert_quotes_are_verbatim(wiki, answer)
        first += answer.passages[0].document == question["evidence"][0]["document"]
        refused += answer.refused
        asked += all(squeeze(fact) in squeeze(answer.answer) for fact in question["answer_contains"])
    total = len(wiki_questions)
    print(
        f"\nwiki: right document first {first / total:.3f}, asked string {asked / total:.3f}, refused {refused / total:.3f}"
    )
    assert first / total >= 0.975
    assert asked / total >= 0.86
    assert refused / total <= 0.045


def test_leaving_a_document_out_turns_its_questions_into_refusals(
    wiki: Library, wiki_questions: list[dict[str, Any]], embedder: Embedder
) -> None:
    numbers = {path: number for number, path in enumerate(wiki.paths)}

    def confidence(question: str, left_out: frozenset[int]) -> float:
        ranking = rank_question(wiki, embedder, question, left_out)
        return judge(wiki, ranking, question, left_out, DEFAULT_TUNING).confidence

    sample = wiki_questions[::3]
    there = np.array([confidence(q["question"], frozenset()) for q in sample])
    gone = np.array([confidence(q["question"], frozenset({numbers[q["evidence"][0]["document"]]})) for q in sample])
    auc = (there[:, None] > gone).mean() + 0.5 * (there[:, None] == gone).mean()
    print(f"\nwiki with documents left out: AUC {auc:.4f} of {len(sample)} questions")
    assert auc >= 0.985


def test_thirty_questions_on_the_article(embedder: Embedder, tmp_path: Path) -> None:
    library = open_library(Path(MATERIAL) / "documents", tmp_path / "index", embedder)
    rows = read(ARTICLE_QUESTIONS)
    assert len(rows) == 30
    found = facts = false_refusals = right_refusals = answerable = 0
    for row in rows:
        answer = answer_question(library, embedder, row["question"])
        assert_quotes_are_verbatim(library, answer)
        if not row["evidence"]:
            right_refusals += answer.refused
            continue
        answerable += 1
        false_refusals += answer.refused
        quotes = [entry["quote"][:40] for entry in row["evidence"]]
        found += any(quote in passage.text for quote in quotes for passage in answer.passages[:3])
        facts += not answer.refused and all(squeeze(f) in squeeze(answer.answer) for f in row["answer_contains"])
    print(
        f"\narticle: evidence in the first 3 passages {found}/{answerable}, asked facts in the answer {facts}/{answerable},"
        f" refused wrongly {false_refusals}/{answerable}, rightly {right_refusals}/{len(rows) - answerable}"
    )
    assert found >= 16
    assert facts >= 14
    assert right_refusals >= 6
