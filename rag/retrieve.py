"""Question → passages: what it names first, then candidates by several parts, fused and reranked, duplicates folded."""

import re
import time
from collections.abc import Set

import numpy as np

from rag.as_of import noted, set_back, today, view_of
from rag.candidates import DEPTH, find_candidates
from rag.diversity import fold_duplicates
from rag.embed import Embedder
from rag.errors import QuestionError
from rag.exact import find_exact, put_first
from rag.explain import explain
from rag.filters import EVERYTHING, Filter, left_out_by
from rag.fusion import HEADER_SHARE, fuse, part_weights
from rag.interleave import interleave
from rag.query import embed_question, read_query
from rag.question_parts import question_parts
from rag.ranking import Ranking as Ranking
from rag.rerank import rerank
from rag.settings import DEFAULT_TUNING, Tuning
from rag.store import Library, Vectors
from rag.types import Chunk, Document, Duplicate, Passage

MAX_QUESTION = 2000
_ASKS_HEADER = re.compile(r"来源|出处|发布|发表|刊登|日期|作者|谁写|编写|标题|资料截至|依据什么|性质")


def check_question(question: str) -> str:
    """Trim a question; NUL and other control characters become spaces.

    Raises
    ------
    QuestionError
        Nothing is left that could be searched, or it is longer than 2,000 characters.
    """
    cleaned = "".join(char if char.isprintable() or char in "\n\t" else " " for char in question).strip()
    if len(cleaned) > MAX_QUESTION:
        raise QuestionError(
            f"问题有 {len(cleaned)} 个字符，超过上限 {MAX_QUESTION}，请缩短后再问。",
            f"The question has {len(cleaned)} characters, more than {MAX_QUESTION}; shorten it.",
        )
    if not any(char.isalnum() for char in cleaned):
        raise QuestionError(
            "问题里没有可检索的文字，请输入问题后再问。",
            "The question holds nothing to search for; type a question.",
        )
    return cleaned


def search(
    library: Library,
    embedder: Embedder,
    question: str,
    k: int = 10,
    *,
    only: Filter = EVERYTHING,
    tuning: Tuning = DEFAULT_TUNING,
    explained: bool = False,
    now: str | None = None,
) -> tuple[list[Passage], float]:
    """Find the passages nearest to a question, in the documents that meet a filter; `explained` adds why.

    Passages of documents that are not in force on the day that counts (`now`, ISO 8601, stands for today) come further
    down while others are in force in their place, and say so.

    Returns
    -------
    list of Passage, float
        At most `k` passages, best first, and the time taken in milliseconds.

    Raises
    ------
    QuestionError
        The question is empty or too long.
    """
    started = time.perf_counter()
    question = check_question(question)
    left_out = left_out_by(library, only)
    ranking = rank_question(library, embedder, question, left_out, tuning=tuning)
    now = now or today()
    view = view_of(library, question, now)
    passages = top_passages(library, set_back(ranking, library, view), k, explained=explained)
    return noted(library, passages, view, now), (time.perf_counter() - started) * 1000


def rank_question(
    library: Library,
    embedder: Embedder,
    question: str,
    left_out: Set[int] = frozenset(),
    *,
    tuning: Tuning = DEFAULT_TUNING,
) -> Ranking:
    """Rank the passages of a library for a question: what search, answers, evaluation and calibration all rest on.

    A question about several things is ranked as a whole and for each of them (`rag.question_parts`).

    Parameters
    ----------
    library, embedder
        Where to search, and the model that its vectors come from.
    question
        Checked (`check_question`), and resolved where it is a follow-up (`rag.follow_up`).
    left_out
        Numbers of documents that are treated as absent (filters, calibration).
    tuning
        Gives weights, synonyms and the cross-encoder.
    """

    def ranked(text: str) -> Ranking:
        return rank(library, embed_question(embedder, text, tuning), text, left_out, tuning=tuning)

    whole, parts = ranked(question), question_parts(question) if library.size else ()
    return interleave(whole, [(part, ranked(part)) for part in parts]) if parts else whole


def rank(
    library: Library,
    vector: Vectors,
    question: str,
    left_out: Set[int] = frozenset(),
    *,
    tuning: Tuning = DEFAULT_TUNING,
) -> Ranking:
    """Fuse the parts of retrieval into one score a passage (`rag.candidates.PARTS`, weights by `rag.fusion`).

    Passages of the header block count half, unless the question asks for what stands there. Where a cross-encoder is
    set, it reorders the first (`rag.rerank`). What the question names exactly stands before all (`rag.exact`).

    Parameters
    ----------
    library, vector, question
        Where to search, the question's unit vector (`rag.query.embed_question`) and its text.
    left_out
        Documents that are treated as absent (filters, calibration).
    tuning
        Gives weights, synonyms and the cross-encoder.
    """
    if library.size == 0:
        return Ranking(np.empty(0, np.int64), np.empty(0), np.empty(0), vector)
    query = read_query(question, tuning)
    present = ~np.isin(np.arange(len(library.paths)), list(left_out))
    candidates = find_candidates(library, vector, query, present)
    weights = part_weights(tuning, candidates.known_share)
    fused = fuse(candidates, weights)
    if not asks_header(question):
        fused[library.header_chunks] *= HEADER_SHARE
    present_chunks = present[library.document_of_chunk]
    fused[~present_chunks] = -1.0
    order = np.argsort(-fused, kind="stable")[:DEPTH]
    # Of a few documents asked for by name even the passage that fits least is a result.
    order = order[present_chunks[order] if left_out else fused[order] > 0]
    exact = find_exact(library, question, fused, present)
    named = np.array([place.chunk for place in exact.places if place.chunk not in order], dtype=np.int64)
    order = np.concatenate([order, named])
    parts = {part: scores[order] for part, scores in candidates.parts.items()}
    scores = fused[order]
    if tuning.reranker_model:
        order, scores, parts = rerank(library, order, scores, parts, question, tuning.reranker_model)
    ranking = Ranking(
        order,
        scores,
        candidates.documents,
        vector,
        query,
        weights,
        parts,
        candidates.cosines[order],
        candidates.sentence_cosines[order],
    )
    return put_first(ranking, exact)


def asks_header(question: str) -> bool:
    """Tell whether a question may ask for what stands in the header: source, date, author, title."""
    return _ASKS_HEADER.search(question) is not None


def top_passages(library: Library, ranking: Ranking, k: int, *, explained: bool = False) -> list[Passage]:
    """The first `k` passages of a ranking that differ, with their text, place and near-duplicates."""
    found: list[Passage] = []
    for rows in fold_duplicates(library, ranking.chunks, k, ranking.apart):
        first, *others = (_place(library, int(ranking.chunks[row])) for row in rows)
        document, chunk = first
        found.append(
            Passage(
                len(found) + 1,
                round(float(ranking.scores[rows[0]]), 4),
                chunk.document,
                document.title,
                " › ".join(chunk.section),
                page_of(document, chunk.start),
                chunk.start,
                chunk.end,
                chunk.text,
                duplicates=tuple(
                    Duplicate(chunk.document, document.title, page_of(document, chunk.start), chunk.start, chunk.end)
                    for document, chunk in others
                ),
                explanation=explain(library, ranking, rows[0]) if explained else None,
            )
        )
    return found


def is_recognised(document: Document, start: int, end: int) -> bool:
    """Tell whether a range of a document lies, wholly or in part, on a page whose text comes from OCR."""
    pages = (document.pages[number - 1] for number in document.ocr_pages)
    return any(first < end and start < last for first, last in pages)


def page_of(document: Document, offset: int) -> int | None:
    """Number of the page, from 1, that an offset lies on; None where the format has no pages."""
    return next((n for n, (start, end) in enumerate(document.pages, 1) if start <= offset < end), None)


def _place(library: Library, number: int) -> tuple[Document, Chunk]:
    chunk = library.chunk(number)
    return library.document(chunk.document), chunk
