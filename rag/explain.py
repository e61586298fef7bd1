"""Why a passage stands at its rank: what each part of retrieval gives it, and which words it shares."""

import numpy as np

from rag.as_of import SET_BACK
from rag.candidates import PARTS
from rag.fusion import HEADER_SHARE
from rag.ranking import Ranking
from rag.store import Library
from rag.types import Explanation
from rag.words import token_sets, words

PART_NAMES = {
    "dense": "整段语义",
    "sentence": "最近的一句",
    "words": "词语",
    "bigrams": "双字",
    "document": "整份文档",
    "reranker": "重排模型",
}
"""What the parts are called on the screen."""

_WORDS = 8


def explain(library: Library, ranking: Ranking, row: int) -> Explanation:
    """Explain one row of a ranking."""
    weights = ranking.weights
    parts: dict[str, dict[str, float | int | None]] = {}
    for part, scores in ranking.parts.items():
        weight, score = weights.get(part, 0.0), float(scores[row])
        parts[part] = {
            "weight": round(weight, 4),
            "score": round(score, 4),
            "share": round(weight * score, 4),
            "rank": int((scores > scores[row]).sum()) + 1 if score > 0 else None,
        }
    chunk = library.chunk(int(ranking.chunks[row]))
    held = token_sets("\n".join([library.document(chunk.document).title, *chunk.section, chunk.text]))[0]
    asked = dict.fromkeys([*words(ranking.query.text), *words(" ".join(ranking.query.also))])
    shared = sorted((word for word in asked if word in held), key=lambda word: -library.passage_words.idf(word))
    return Explanation(
        _reason(ranking, row, parts, _lowered(library, ranking, row)),
        parts,
        _rounded(ranking.cosines[row]),
        _rounded(ranking.sentence_cosines[row]),
        tuple(shared[:_WORDS]),
    )


def _lowered(library: Library, ranking: Ranking, row: int) -> str:
    """Why the score is less than its parts, for the reason; a cross-encoder mixes in later."""
    whole = sum(ranking.weights[part] * ranking.parts[part][row] for part in PARTS)
    text = ""
    if library.document_of_chunk[ranking.chunks[row]] in ranking.aside:
        text = "；不在施行期内的文件减半计分"
        whole *= SET_BACK
    is_header = "reranker" not in ranking.parts and np.isclose(ranking.scores[row], HEADER_SHARE * whole) and whole > 0
    return text + ("；题头信息减半计分" if is_header else "")


def _reason(ranking: Ranking, row: int, parts: dict[str, dict[str, float | int | None]], lowered: str) -> str:
    shares = {part: float(values["share"] or 0) for part, values in parts.items()}
    first = sorted((part for part in shares if shares[part] > 0), key=lambda part: -shares[part])[:2]
    best = [f"{PART_NAMES[part]}（该项第 {parts[part]['rank']}，计 {shares[part]:.2f}）" for part in first]
    own = ranking.reasons.get(int(ranking.chunks[row]))
    text = f"第 {row + 1}：{own}；" if own else f"第 {row + 1}："
    text += f"得分主要来自{'和'.join(best)}" if best else "各项都很低"
    text += lowered
    if own is None and row + 1 < len(ranking.scores):
        text += f"；比下一段高 {ranking.scores[row] - ranking.scores[row + 1]:.3f}"
        behind = {p: shares[p] - ranking.weights.get(p, 0.0) * float(s[row + 1]) for p, s in ranking.parts.items()}
        part = max(behind, key=lambda name: behind[name])
        if behind[part] > 0:
            text += f"，多在{PART_NAMES[part]}"
    return text + "。"


def _rounded(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), 4)
