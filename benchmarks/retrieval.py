"""Our retrieval, each of its parts, ablations and what people would use instead, side by side on the same questions.

    python benchmarks/retrieval.py --cache FOLDER [--material FOLDER] [--json FILE]

`FOLDER` of the cache keeps indexes and embeddings between runs; `--material` (or RAG_TEST_MATERIAL) holds
`corpus/wiki`, `corpus/wiki_questions.jsonl` and `corpus/news`, without which only the project's own set is measured.
Baselines: LangChain's RecursiveCharacterTextSplitter at 500/50 with its default separators, then the same embedding
model and FAISS, and BM25 over jieba's words on the same pieces. Measures by ir-measures; a passage is relevant as
evaluation/README.md says. Intervals are bootstrap intervals at 95 %; p is McNemar's exact test, on Success@1 and on all
that a question needs being within the first five.

Follow-ups are resolved with the questions before them; baselines get them as they were asked, and once more with the
questions before them in front. "folded" counts as users see it: near-duplicates are one result.
"""

import argparse
import json
import os
import shutil
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
from baselines import Cache, Corpus, Ranked, Remembering, baselines

from rag.candidates import PARTS
from rag.diversity import fold_duplicates
from rag.embed import Embedder, load_embedder
from rag.environment import quiet_environment
from rag.evaluate.bootstrap import interval, mcnemar, resample
from rag.evaluate.metrics import Ratio, ranking_measures, recall_of_needs
from rag.evaluate.relevance import Evidences, Ranks, ranks_of
from rag.exact import Exact
from rag.follow_up import resolve
from rag.fusion import fitted_weights
from rag.labelled import open_library
from rag.question_parts import question_parts
from rag.retrieve import check_question, rank_question
from rag.settings import DEFAULT_TUNING, Tuning, load_settings
from rag.store import Library
from rag.synonyms import parse_synonyms
from rag.testset import Question, read_questions

ROOT = Path(__file__).resolve().parent.parent
MEASURES = ("success@1", "success@5", "mrr@10", "ndcg@10", "recall@5", "recall@10")
FOLDED = 10
NO_SYNONYMS = parse_synonyms([])


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
    embedder = Remembering(load_embedder(load_settings(), lambda progress: None))
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
    several = [question for question in chinese if question_parts(question.question)]
    yield Corpus("several things", own, several, both)
    asked = read_questions(ROOT / "evaluation" / "questions.jsonl").questions
    yield Corpus("follow-ups", own, [q for q in asked if q.answerable and q.history], both)
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
    """Bring an index of the cache up to date, and say so."""
    print(f"indexing {documents.name} …", file=sys.stderr)
    return open_library(embedder, documents, index)


def plain(file: Path) -> list[Question]:
    """The answerable questions that stand for themselves."""
    return [question for question in read_questions(file).questions if question.answerable and not question.history]


def measure(corpus: Corpus, embedder: Embedder, cache: Cache) -> dict[str, Ranked]:
    """Every system on one corpus."""
    found: dict[str, Ranked] = {"ours": ours(corpus, embedder), "ours, folded": ours(corpus, embedder, folded=True)}
    fitted = {f"{part}_weight": weight for part, weight in fitted_weights().items()}
    for part in PARTS:
        alone = dict.fromkeys(fitted, 0.0) | {f"{part}_weight": 1.0}
        found[f"only {part}"] = ours(corpus, embedder, replace(DEFAULT_TUNING, **alone))
    for part in PARTS:
        without = replace(DEFAULT_TUNING, **(fitted | {f"{part}_weight": 0.0}))
        found[f"without {part}"] = ours(corpus, embedder, without)
    with patch("rag.query.load_synonyms", lambda own: NO_SYNONYMS):
        found["without synonyms"] = ours(corpus, embedder)
    with patch("rag.retrieve.HEADER_SHARE", 1.0):
        found["without header rule"] = ours(corpus, embedder)
    with patch("rag.fusion._ENOUGH_KNOWN", 1e-9):
        found["without leaning on vectors"] = ours(corpus, embedder)
    with patch("rag.retrieve.question_parts", lambda question: ()):
        found["without parts of questions"] = ours(corpus, embedder)
    with patch("rag.retrieve.find_exact", lambda *arguments: Exact()):
        found["without exact look-up"] = ours(corpus, embedder)
    asked = [question.question for question in corpus.questions]
    if corpus.name == "traditional":
        with patch("rag.query.simplified", lambda text: text):
            found["vectors of traditional characters"] = ours(corpus, embedder)
    if any(question.history for question in corpus.questions):
        found["as asked"] = ours(corpus, embedder, resolved=False)
        joined = [" ".join([*question.history, question.question]) for question in corpus.questions]
        behind = baselines(corpus, joined, embedder, cache)
        found |= {f"{name}, history in front": ranked for name, ranked in behind.items()}
    return found | baselines(corpus, asked, embedder, cache)


def ours(
    corpus: Corpus,
    embedder: Embedder,
    tuning: Tuning = DEFAULT_TUNING,
    *,
    folded: bool = False,
    resolved: bool = True,
) -> Ranked:
    """Our retrieval, with other settings perhaps.

    `folded` counts near-duplicates as the one that is shown; without `resolved`, follow-ups are searched as asked.
    """
    evidences = Evidences(corpus.library)
    passages, documents = [], []
    for question in corpus.questions:
        needs = evidences.needs(question)
        text = resolve(question.history, question.question) if resolved else question.question
        ranking = rank_question(corpus.library, embedder, check_question(text), tuning=tuning)
        chunks, relevant = ranking.chunks.tolist(), [need.passages for need in needs]
        if folded:
            groups = fold_duplicates(corpus.library, ranking.chunks, FOLDED, ranking.apart)
            shown = {chunks[row]: chunks[group[0]] for group in groups for row in group}
            relevant = [frozenset(shown.get(number, number) for number in numbers) for numbers in relevant]
            chunks = [chunks[group[0]] for group in groups]
        passages.append(ranks_of(chunks, relevant))
        order = dict.fromkeys(corpus.library.document_of_chunk[chunks].tolist())
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
        print("| system | " + " | ".join(MEASURES) + " | against ours: p, first | p, all needs in five |")
        print("|---|" + "---|" * (len(MEASURES) + 2))
        best: tuple[Any, Any] | None = None
        for name, ranked in systems.items():
            ranks = ranked[which]
            values = ranking_measures(ranks) | {f"recall@{k}": recall_of_needs(ranks, k) for k in (5, 10)}
            hits = (values["success@1"] > 0, values["recall@5"] >= 1)
            best = best or hits
            p = [mcnemar(int((b & ~h).sum()), int((h & ~b).sum())) for b, h in zip(best, hits, strict=True)]
            row, cells = {}, []
            for measured in MEASURES:
                low, high = interval(Ratio(values[measured], every), draws) or (0.0, 0.0)
                mean = float(values[measured].mean())
                row[measured] = {"value": round(mean, 4), "interval": [low, high]}
                cells.append(f"{mean:.3f} ({low:.3f}–{high:.3f})")
            figures.setdefault(level, {})[name] = row | {"p": round(p[0], 5), "p, all needs in five": round(p[1], 5)}
            print(
                f"| {name} | {' | '.join(cells)} | {' | '.join('' if name == 'ours' else f'{one:.4f}' for one in p)} |",
                flush=True,
            )
    return figures


if __name__ == "__main__":
    started = time.perf_counter()
    status = main()
    print(f"{time.perf_counter() - started:.0f} s", file=sys.stderr)
    raise SystemExit(status)
