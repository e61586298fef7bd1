"""Passages by outline against plain splitting: the same program, questions and sizes, only the cutting differs.

    python benchmarks/passages.py --cache FOLDER [--documents FOLDER --questions FILE.jsonl] [--json FILE]

Variants: along the outline (what the program does); the whole text cut at paragraphs and sentences, with title and
headings embedded as context; the same without them; and LangChain's RecursiveCharacterTextSplitter with its default
separators, without them. `FOLDER` is for the indexes. The weights of the program were fitted with passages by outline,
so this is what the outline buys as things are, not after fitting anew. Intervals are bootstrap intervals at 95 %, of
the difference by pairs; p is McNemar's exact test.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from rag.build import build_index
from rag.embed import Embedder, load_embedder
from rag.environment import quiet_environment
from rag.evaluate.compare import compare
from rag.evaluate.evaluation import evaluate
from rag.evaluate.runs import Run
from rag.normalise import simplified
from rag.sentences import cut, trim
from rag.settings import load_settings
from rag.types import Chunk, Document

ROOT = Path(__file__).resolve().parent.parent
MEASURES = {
    "Success@1": "retrieval.passage.success@1",
    "Success@5": "retrieval.passage.success@5",
    "MRR@10": "retrieval.passage.mrr@10",
    "Recall@10": "retrieval.passage.recall@10",
    "facts": "answers.facts",
    "correct": "answers.correct",
}
TESTED = {"Success@1": "retrieval.passage.success@1", "facts": "answers.facts", "correct": "answers.correct"}
Cut = Callable[[Document, int], Iterator[tuple[int, int]]]


@dataclass(frozen=True)
class Variant:
    """A way to make passages: `ranges` None is the program's own; `context` tells whether headings are embedded."""

    name: str
    ranges: Cut | None = None
    context: bool = True


def whole_text(document: Document, size: int) -> Iterator[tuple[int, int]]:
    """Cut at paragraphs and sentences, whatever the outline."""
    return cut(document.text, 0, len(document.text), size)


def tutorial(document: Document, size: int) -> Iterator[tuple[int, int]]:
    """Cut as LangChain's splitter does by itself; pieces do not overlap, since a sentence stands in one passage."""
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    splitter = RecursiveCharacterTextSplitter(chunk_size=size, chunk_overlap=0, add_start_index=True)
    for piece in splitter.create_documents([document.text]):
        start = piece.metadata["start_index"]
        first, last = trim(document.text, start, start + len(piece.page_content))
        if first < last:
            yield first, last


VARIANTS = (
    Variant("outline"),
    Variant("paragraphs and sentences", whole_text),
    Variant("paragraphs and sentences, no context", whole_text, context=False),
    Variant("default separators, no context", tutorial, context=False),
)


def make_chunks(variant: Variant) -> Callable[..., list[Chunk]]:
    """What takes the place of `rag.split.split_document`; no piece is longer than the model reads."""
    ranges = variant.ranges
    assert ranges is not None

    def split(document: Document, size: int, fits: Callable[[str], bool] | None = None) -> list[Chunk]:
        chunks = []
        for start, end in ranges(document, size):
            section = document.section_at(start)
            path = section.path if variant.context else ()
            chunks.append(Chunk(document.path, start, end, document.text[start:end], path, section.kind))
        return chunks

    return split


def run(variant: Variant, documents: Path, questions: Path, cache: Path, embedder: Embedder) -> Run:
    """Index the documents in one way and ask all questions."""
    folder = cache / variant.name.replace(", ", "-").replace(" ", "-")
    settings = load_settings(documents=str(documents), index=str(folder))
    with ExitStack() as changed:
        if variant.ranges is not None:
            changed.enter_context(patch("rag.pieces.split_document", make_chunks(variant)))
        if not variant.context:
            # The audit of the new build asks for the same texts.
            for place in ("rag.pieces.embedding_text", "rag.audit.embedding_text"):
                changed.enter_context(patch(place, lambda document, chunk: simplified(chunk.text)))
        print(f"indexing: {variant.name} …", file=sys.stderr)
        build_index(
            settings, (embedder.name, embedder.fingerprint), lambda: embedder, lambda progress: None, rebuild=True
        )
    print(f"asking: {variant.name} …", file=sys.stderr)
    return evaluate(questions, settings=settings, embedder=embedder, resume=False)


def main() -> int:
    """Measure all variants and print one table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, required=True, help="folder for the indexes")
    parser.add_argument("--documents", type=Path, default=ROOT / "documents")
    parser.add_argument("--questions", type=Path, default=ROOT / "evaluation" / "questions.jsonl")
    parser.add_argument("--json", type=Path, help="write all figures into this file")
    options = parser.parse_args()
    quiet_environment()
    embedder = load_embedder(load_settings(), lambda progress: None)
    asked = (options.documents, options.questions, options.cache)
    runs = {variant.name: run(variant, *asked, embedder) for variant in VARIANTS}
    ours = runs[VARIANTS[0].name]
    figures: dict[str, Any] = {}
    print("| passages | number | " + " | ".join(MEASURES) + " |")
    print("|---|---|" + "---|" * len(MEASURES))
    for name, measured in runs.items():
        differences = compare(ours, measured)
        values = {short: differences["metrics"][long]["b"] for short, long in MEASURES.items()}
        number = measured.about["index"]["passages"]
        print(f"| {name} | {number} | " + " | ".join(f"{value:.3f}" for value in values.values()) + " |")
        tests = {
            short: {**differences["metrics"][long], **differences["mcnemar"][long]} for short, long in TESTED.items()
        }
        figures[name] = {"passages": number, "values": values, "against the outline": tests}
    print()
    for name in list(runs)[1:]:
        for short, test in figures[name]["against the outline"].items():
            low, high = test["interval"]
            print(f"{name}, {short}: {test['difference']:+.3f} ({low:+.3f} to {high:+.3f}), p = {test['p']:.4f}")
    if options.json:
        options.json.write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
