"""Our retrieval, each of its parts, ablations and what people would use instead, side by side on the same questions.

    python benchmarks/retrieval.py --cache FOLDER [--material FOLDER] [--json FILE]

`FOLDER` of the cache keeps indexes and embeddings between runs; `--material` (or RAG_TEST_MATERIAL) holds
`corpus/wiki`, `corpus/wiki_questions.jsonl` and `corpus/news`, without which only the project's own set is measured.
Baselines: LangChain's RecursiveCharacterTextSplitter at 500/50 with its default separators, then the same embedding
model and FAISS, and BM25 over jieba's words on the same pieces. Measures by ir-measures; a passage is relevant as
evaluation/README.md says. Intervals are bootstrap intervals at 95 %, p is McNemar's exact test on Success@1.
"""

import argparse
import hashlib
import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

from rag.build import build_index
from rag.candidates import PARTS
from rag.embed import Embedder, load_embedder
from rag.environment import quiet_environment
from rag.evaluate.bootstrap import interval, mcnemar, resample
from rag.evaluate.metrics import Ratio, ranking_measures, recall_of_needs
from rag.evaluate.relevance import Evidences, Ranks, is_relevant, ranks_of
from rag.fusion import fitted_weights
from rag.query import embed_question
from rag.retrieve import rank
from rag.settings import DEFAULT_TUNING, Tuning, load_settings
from rag.store import Library
from rag.synonyms import parse_synonyms
from rag.testset import Question, read_questions

ROOT = Path(__file__).resolve().parent.parent
MEASURES = ("success@1", "success@5", "mrr@10", "ndcg@10", "recall@10")
NO_SYNONYMS = parse_synonyms([])
Ranked = tuple[list[Ranks], list[Ranks]]
"""How one system met the needs of each question, by passage and by document."""


@dataclass(frozen=True)
class Corpus:
    """Documents with their index, and the questions asked of them."""

    name: str
    library: Library
    questions: list[Question]
    levels: tuple[str, ...]


class Cache:
    """Vectors of texts by the hash of model and text, in one file a set."""

    def __init__(self, folder: Path, embedder: Embedder) -> None:
        self._folder, self._embedder = folder, embedder

    def vectors(self, name: str, texts: Sequence[str]) -> Any:
        """Vectors of passages, shape (len(texts), dimension)."""
        digest = hashlib.sha256("\0".join([self._embedder.fingerprint, *texts]).encode()).hexdigest()[:16]
        path = self._folder / f"{name}-{digest}.npy"
        if not path.exists():
            np.save(path, self._embedder.embed_passages(texts))
        return np.load(path)


def main() -> int:
    """Measure everything and print one table a corpus."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, required=True, help="folder for indexes and embeddings")
    parser.add_argument("--material", type=Path, default=os.environ.get("RAG_TEST_MATERIAL") or None)
    parser.add_argument("--only", help="measure only the corpora whose name begins so")
    parser.add_argument("--json", type=Path, help="write all figures into this file")
    options = parser.parse_args()
    quiet_environment()
    options.cache.mkdir(parents=True, exist_ok=True)
    embedder = load_embedder(load_settings(), lambda progress: None)
    cache = Cache(options.cache, embedder)
    figures: dict[str, Any] = {}
    ranks: dict[str, dict[str, Ranks]] = {}
    for corpus in corpora(options.cache, options.material and Path(options.material), embedder):
        if not corpus.name.startswith(options.only or ""):
            continue
        systems = measure(corpus, embedder, cache)
        figures[corpus.name] = {"questions": len(corpus.questions)} | tabulate(corpus, systems)
        ranks[corpus.name] = {q.id: r for q, r in zip(corpus.questions, systems["ours"][0], strict=True)}
    if {"whole set", "traditional"} <= set(ranks):
        figures["traditional against simplified"] = against(ranks["whole set"], ranks["traditional"])
    if options.json:
        options.json.write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return 0


def corpora(cache: Path, material: Path | None, embedder: Embedder) -> Any:
    """The corpora one after the other, their indexes brought up to date."""
    own = open_index(ROOT / "documents", cache / "starter", embedder)
    chinese = plain(ROOT / "evaluation" / "questions.jsonl")
    test = [question for question in chinese if question.split == "test"]
    both = ("passage",)
    yield Corpus("test half", own, test, both)
    yield Corpus("english", own, plain(ROOT / "evaluation" / "questions_english.jsonl"), both)
    yield Corpus("whole set", own, chinese, both)
    yield Corpus("traditional", own, plain(ROOT / "evaluation" / "questions_traditional.jsonl"), both)
    if material is None:
        print("RAG_TEST_MATERIAL is not set: no encyclopaedia, no news", file=sys.stderr)
        return
    wiki = open_index(material / "corpus" / "wiki", cache / "wiki", embedder)
    asked = plain(material / "corpus" / "wiki_questions.jsonl")
    yield Corpus("encyclopaedia", wiki, asked, ("document", "passage"))
    mixed = cache / "documents"
    shutil.rmtree(mixed, ignore_errors=True)
    shutil.copytree(ROOT / "documents", mixed)
    shutil.copytree(material / "corpus" / "news", mixed / "news")
    yield Corpus("with news mixed in", open_index(mixed, cache / "mixed", embedder), test, both)


def open_index(documents: Path, index: Path, embedder: Embedder) -> Library:
    """Bring an index of the cache up to date."""
    settings = load_settings(documents=str(documents), index=str(index))
    identity = (embedder.name, embedder.fingerprint)
    print(f"indexing {documents.name} …", file=sys.stderr)
    build_index(settings, identity, lambda: embedder, lambda progress: None)
    return Library.open(settings.index, identity)


def plain(file: Path) -> list[Question]:
    """The answerable questions that stand for themselves."""
    return [question for question in read_questions(file).questions if question.answerable and not question.history]


def measure(corpus: Corpus, embedder: Embedder, cache: Cache) -> dict[str, Ranked]:
    """Every system on one corpus."""
    vectors = np.stack([embed_question(embedder, question.question) for question in corpus.questions])
    raw = embedder.embed_queries([question.question for question in corpus.questions])
    found: dict[str, Ranked] = {"ours": ours(corpus, vectors)}
    fitted = {f"{part}_weight": weight for part, weight in fitted_weights().items()}
    for part in PARTS:
        alone = dict.fromkeys(fitted, 0.0) | {f"{part}_weight": 1.0}
        found[f"only {part}"] = ours(corpus, vectors, replace(DEFAULT_TUNING, **alone))
    for part in PARTS:
        found[f"without {part}"] = ours(corpus, vectors, replace(DEFAULT_TUNING, **(fitted | {f"{part}_weight": 0.0})))
    with patch("rag.query.load_synonyms", lambda own: NO_SYNONYMS):
        own = np.stack([embed_question(embedder, question.question) for question in corpus.questions])
        found["without synonyms"] = ours(corpus, own)
    with patch("rag.retrieve.HEADER_SHARE", 1.0):
        found["without header rule"] = ours(corpus, vectors)
    with patch("rag.fusion._ENOUGH_KNOWN", 1e-9):
        found["without leaning on vectors"] = ours(corpus, vectors)
    if corpus.name == "traditional":
        found["vectors of traditional characters"] = ours(corpus, raw)
    found |= baselines(corpus, raw, cache)
    return found


def ours(corpus: Corpus, vectors: Any, tuning: Tuning = DEFAULT_TUNING) -> Ranked:
    """Our retrieval, with other settings perhaps."""
    evidences = Evidences(corpus.library)
    passages, documents = [], []
    for question, vector in zip(corpus.questions, vectors, strict=True):
        needs = evidences.needs(question)
        chunks = rank(corpus.library, vector, question.question, tuning=tuning).chunks
        passages.append(ranks_of(chunks.tolist(), [need.passages for need in needs]))
        order = dict.fromkeys(corpus.library.document_of_chunk[chunks].tolist())
        documents.append(ranks_of(list(order), [need.documents for need in needs]))
    return passages, documents


def baselines(corpus: Corpus, vectors: Any, cache: Cache) -> dict[str, Ranked]:
    """What tutorials build: pieces of 500 with 50 in common, by vectors, and by BM25 over jieba's words."""
    import bm25s
    import faiss
    import rjieba
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    splitter = RecursiveCharacterTextSplitter(chunk_size=500, chunk_overlap=50, add_start_index=True)
    pieces: list[tuple[int, int, int, str]] = []
    for number, path in enumerate(corpus.library.paths):
        text = corpus.library.document(path).text
        for piece in splitter.create_documents([text]):
            start = piece.metadata["start_index"]
            pieces.append((number, start, start + len(piece.page_content), piece.page_content))
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(cache.vectors(corpus.name.replace(" ", "-"), [text for *_, text in pieces]))
    bm25 = bm25s.BM25()
    bm25.index([rjieba.cut(text) for *_, text in pieces], show_progress=False)
    vocabulary = bm25.vocab_dict

    def dense(question: Question, vector: Any) -> list[int]:
        return [int(n) for n in index.search(vector[None], min(200, len(pieces)))[1][0]]

    def words(question: Question, vector: Any) -> list[int]:
        known = [token for token in rjieba.cut(question.question) if token in vocabulary]
        scores = bm25.get_scores(known) if known else np.zeros(len(pieces))
        return [int(n) for n in np.argsort(-scores, kind="stable")[:200] if scores[n] > 0]

    return {
        "LangChain 500/50, dense": _foreign(corpus, pieces, vectors, dense),
        "LangChain 500/50, BM25 jieba": _foreign(corpus, pieces, vectors, words),
    }


def _foreign(
    corpus: Corpus,
    pieces: list[tuple[int, int, int, str]],
    vectors: Any,
    search: Callable[[Question, Any], list[int]],
) -> Ranked:
    """Another system's pieces held against the same evidence."""
    evidences = Evidences(corpus.library)
    passages, documents = [], []
    for question, vector in zip(corpus.questions, vectors, strict=True):
        found = search(question, vector)
        needs = evidences.needs(question)
        relevant = [
            frozenset(
                n
                for document, start, end in need.spans
                for n, (number, first, last, _) in enumerate(pieces)
                if corpus.library.paths[number] == document and is_relevant(first, last, (start, end))
            )
            for need in needs
        ]
        passages.append(ranks_of(found, relevant))
        order = dict.fromkeys(pieces[n][0] for n in found)
        documents.append(ranks_of(list(order), [need.documents for need in needs]))
    return passages, documents


def against(simplified: dict[str, Ranks], traditional: dict[str, Ranks]) -> dict[str, Any]:
    """The traditional copy and the set it was made from, question by question."""
    pairs = [(simplified[name.removesuffix("-t")], ranks) for name, ranks in traditional.items()]
    row = {}
    for k in (1, 5):
        before, after = (
            [any(rank <= k for rank in ranks.found) for ranks in side] for side in zip(*pairs, strict=True)
        )
        lost = sum(b and not a for b, a in zip(before, after, strict=True))
        gained = sum(a and not b for b, a in zip(before, after, strict=True))
        row[f"success@{k}"] = {"lost": lost, "gained": gained, "difference": (gained - lost) / len(pairs)}
    print(f"\ntraditional against simplified characters, {len(pairs)} pairs: {row}")
    return row


def tabulate(corpus: Corpus, systems: dict[str, Ranked]) -> dict[str, Any]:
    """Print one table a level; the figures for JSON."""
    draws = resample(len(corpus.questions))
    every = np.ones(len(corpus.questions))
    figures: dict[str, Any] = {}
    for level in corpus.levels:
        which = 0 if level == "passage" else 1
        print(f"\n## {corpus.name}, by {level}: {len(corpus.questions)} questions\n")
        print("| system | " + " | ".join(MEASURES) + " | against ours: p |")
        print("|---|" + "---|" * (len(MEASURES) + 1))
        first = None
        for name, ranked in systems.items():
            ranks = ranked[which]
            values = ranking_measures(ranks) | {"recall@10": recall_of_needs(ranks, 10)}
            hits = values["success@1"] > 0
            first = hits if first is None else first
            p = mcnemar(int((first & ~hits).sum()), int((hits & ~first).sum()))
            row, cells = {}, []
            for measured in MEASURES:
                low, high = interval(Ratio(values[measured], every), draws) or (0.0, 0.0)
                mean = float(values[measured].mean())
                row[measured] = {"value": round(mean, 4), "interval": [low, high]}
                cells.append(f"{mean:.3f} ({low:.3f}–{high:.3f})")
            figures.setdefault(level, {})[name] = row | {"p": round(p, 5)}
            print(f"| {name} | {' | '.join(cells)} | {'' if name == 'ours' else f'{p:.4f}'} |", flush=True)
    return figures


if __name__ == "__main__":
    started = time.perf_counter()
    status = main()
    print(f"{time.perf_counter() - started:.0f} s", file=sys.stderr)
    raise SystemExit(status)
