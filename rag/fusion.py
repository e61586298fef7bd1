"""Scores of the parts → one score a passage, with the fitted weights of `rag/fusion.json`."""

import json
from functools import cache
from importlib.resources import files

import numpy as np

from rag.candidates import LEXICAL, PARTS, Candidates, Scores
from rag.settings import Tuning

FUSION_FILE = "fusion.json"

# Title, date and list of sources repeat a document's words, but seldom answer: measured in docs/retrieval.md.
HEADER_SHARE = 0.5
# Below this share of known words, the parts that rest on words count less: a question in another language, or about
# something else, leans on its vector.
_ENOUGH_KNOWN = 0.5


@cache
def fitted_weights() -> dict[str, float]:
    """The weights that come with the package, by part."""
    data = json.loads(files("rag").joinpath(FUSION_FILE).read_text(encoding="utf-8"))
    return {part: float(data["weights"][part]) for part in PARTS}


def part_weights(tuning: Tuning, known_share: float) -> dict[str, float]:
    """The weights in use, with the sum 1: those of the settings, else as fitted.

    `words` and `bigrams` are multiplied by twice the share of the question's words that are known, where it is below a
    half; with none known, only vectors and documents count.
    """
    own = {
        "dense": tuning.dense_weight,
        "sentence": tuning.sentence_weight,
        "words": tuning.words_weight,
        "bigrams": tuning.bigrams_weight,
        "document": tuning.document_weight,
    }
    fitted = fitted_weights()
    weights = {part: fitted[part] if (given := own[part]) is None else given for part in PARTS}
    trust = min(1.0, known_share / _ENOUGH_KNOWN)
    trusted = {part: weight * (trust if part in LEXICAL else 1.0) for part, weight in weights.items()}
    # Someone may have switched off everything but the words.
    weights = trusted if sum(trusted.values()) > 0 else weights
    total = sum(weights.values()) or 1.0
    return {part: weight / total for part, weight in weights.items()}


def fuse(candidates: Candidates, weights: dict[str, float]) -> Scores:
    """The weighted sum of the parts, in [0, 1], shape (number of passages,)."""
    fused: Scores = np.sum([weights[part] * candidates.parts[part] for part in PARTS], axis=0)
    return fused
