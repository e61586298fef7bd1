"""What late interaction would cost and buy: MaxSim over token vectors of the default model.

    python benchmarks/late_interaction.py [--documents FOLDER QUESTIONS.jsonl] [--index FOLDER]

Times computing the token vectors of the best passages when a question comes, for several numbers of them: by embedding
the passages, which computes them and takes their mean. Then times MaxSim over vectors that were kept, tells how large
they are in 8 bits, and reorders the first passages of every question that has an answer by a mixture of the fused score
and MaxSim, as the cross-encoder does, for several shares.
"""

import argparse
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.e5 import PROMPTS
from rag.embed import load_embedder
from rag.environment import quiet_environment, silence_libraries
from rag.evaluate.bootstrap import mcnemar
from rag.evaluate.metrics import ranking_measures, recall_of_needs
from rag.evaluate.relevance import Evidences, Ranks, ranks_of
from rag.follow_up import resolve
from rag.labelled import open_library
from rag.model import prepare_default_model
from rag.normalise import simplified
from rag.retrieve import check_question, rank_question
from rag.settings import load_settings
from rag.split import embedding_text
from rag.testset import read_questions

ROOT = Path(__file__).resolve().parent.parent
COUNTS = (1, 2, 5, 10)
FIRST = 20
SHARES = (0.25, 0.5, 0.75, 1.0)
ROUNDS = 7


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", nargs=2, type=Path, metavar=("FOLDER", "QUESTIONS"),
                        default=(ROOT / "documents", ROOT / "evaluation" / "questions.jsonl"))  # fmt: skip
    parser.add_argument("--index", type=Path, default=ROOT / "index")
    parser.add_argument("--times", action="store_true", help="only time computing token vectors")
    options = parser.parse_args()
    quiet_environment()
    documents, questions = options.documents
    settings = load_settings()
    embedder = load_embedder(settings, lambda progress: None)
    library = open_library(embedder, documents, options.index)
    asked = [question for question in read_questions(questions).questions if question.answerable]
    texts = [simplified(check_question(resolve(question.history, question.question))) for question in asked]
    rankings = [rank_question(library, embedder, text) for text in texts]
    passages = [embedding_text(library.document(chunk.document), chunk) for chunk, _ in library.all_chunks()]

    print("token vectors computed when a question comes, median ms (slowest tenth):", flush=True)
    for count in COUNTS:
        taken = []
        for ranking in rankings[:ROUNDS]:
            best = [passages[int(number)] for number in ranking.chunks[:count]]
            started = time.perf_counter()
            embedder.embed_passages(best)
            taken.append((time.perf_counter() - started) * 1000)
        print(f"  {count:3} passages: {np.median(taken):7.1f} ({np.quantile(taken, 0.9):.1f})", flush=True)

    if options.times:
        return 0
    silence_libraries()
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(prepare_default_model(settings, lambda progress: None)), local_files_only=True)
    kept = [quantised(one) for one in token_vectors(model, passages, "document")]
    sizes = np.array([len(vectors) for vectors, _ in kept])
    size = sum(vectors.nbytes + scales.nbytes for vectors, scales in kept)
    print(
        f"kept in 8 bits: {sizes.mean():.0f} vectors a passage (at most {sizes.max()}), "
        f"{size / len(kept) / 1024:.1f} KiB a passage, {size / 2**20:.1f} MiB for {len(kept)}; "
        f"the passages' own vectors: {library.vector_counts[0] * embedder.dimension * 4 / 2**20:.2f} MiB",
        flush=True,
    )

    judged: list[NDArray[np.float64]] = []
    taken = []
    for text, ranking in zip(texts, rankings, strict=True):
        query = token_vectors(model, [text], "query")[0]
        started = time.perf_counter()
        judged.append(np.array([max_sim(query, *kept[int(number)]) for number in ranking.chunks[:FIRST]]))
        taken.append((time.perf_counter() - started) * 1000)
    print(f"MaxSim over kept vectors of {FIRST} passages: {np.median(taken):.1f} ms")

    evidences = Evidences(library)
    needs = [[need.passages for need in evidences.needs(question)] for question in asked]
    before = [ranks_of(one.chunks.tolist(), need) for one, need in zip(rankings, needs, strict=True)]
    for half in ("dev", "test"):
        rows = [row for row, question in enumerate(asked) if question.split == half]
        report(f"{half}, {len(rows)} questions, fused", [before[row] for row in rows], [before[row] for row in rows])
        for share in SHARES:
            after = [
                ranks_of(mixed(rankings[row].chunks, rankings[row].scores, judged[row], share), needs[row])
                for row in rows
            ]
            report(f"{half}, {share:.2f} MaxSim", after, [before[row] for row in rows])
    return 0


def token_vectors(model: Any, texts: list[str], prompt: str) -> list[NDArray[np.float32]]:
    """Unit vectors of the tokens of each text, shape (tokens, dimension) each."""
    found = model.encode(texts, prompt=PROMPTS[prompt], output_value="token_embeddings", show_progress_bar=False)
    own = [one.cpu().numpy().astype(np.float32) for one in found]
    return [one / np.linalg.norm(one, axis=1, keepdims=True) for one in own]


def quantised(vectors: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Vectors as whole numbers of 8 bits, and what each vector's are to be multiplied by."""
    scales = np.abs(vectors).max(1) / 127
    return np.round(vectors / scales[:, None]).astype(np.int8), scales.astype(np.float32)


def max_sim(query: NDArray[np.float32], vectors: NDArray[np.int8], scales: NDArray[np.float32]) -> float:
    """Mean over the question's tokens of the best cosine with a token of the passage."""
    cosines = (query @ vectors.astype(np.float32).T) * scales
    return float(cosines.max(1).mean())


def mixed(chunks: Any, scores: Any, judged: NDArray[np.float64], share: float) -> list[int]:
    """The first passages in the order of both scores, stretched to the same range, then the others."""
    count = len(judged)
    spread = judged.max() - judged.min()
    own = (judged - judged.min()) / spread if spread > 0 else np.zeros(count)
    low, high = scores[count - 1], scores[0]
    order = np.argsort(-((1 - share) * scores[:count] + share * (low + own * (high - low))), kind="stable")
    return [*chunks[:count][order].tolist(), *chunks[count:].tolist()]


def report(name: str, ranks: list[Ranks], before: list[Ranks]) -> None:
    """Print one line."""
    values, old = ranking_measures(ranks), ranking_measures(before)
    first, first_before = values["success@1"] > 0, old["success@1"] > 0
    p = mcnemar(int((first_before & ~first).sum()), int((first & ~first_before).sum()))
    cells = " ".join(f"{key} {values[key].mean():.3f}" for key in ("success@1", "success@5", "mrr@10", "ndcg@10"))
    print(f"{name:28} {cells} recall@5 {recall_of_needs(ranks, 5).mean():.3f} p {p:.3f}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
