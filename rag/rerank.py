"""The first passages reordered by a cross-encoder, where RAG_RERANKER_MODEL names one."""

import sys
import warnings
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rag.candidates import Scores
from rag.environment import is_hub_model, silence_libraries
from rag.store import Library

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

_FIRST = 20
_SHARE = 0.5


def rerank(
    library: Library,
    chunks: NDArray[np.int64],
    scores: Scores,
    parts: dict[str, Scores],
    question: str,
    model: str,
) -> tuple[NDArray[np.int64], Scores, dict[str, Scores]]:
    """Reorder the first 20 passages by half their fused score and half the model's, min–max normalised among them.

    Without the model, which says so on stderr once, everything stays as it is.

    Parameters
    ----------
    library, question
        The passages' texts, and what is asked.
    chunks, scores, parts
        A ranking's passages, best first, their scores and those by part; shape (n,) each.
    model
        A folder or a name on the hub.
    """
    encoder = load_cross_encoder(model)
    if encoder is None or len(chunks) < 2:
        return chunks, scores, parts
    count = min(_FIRST, len(chunks))
    pairs = [(question, _text(library, int(number))) for number in chunks[:count]]
    judged = np.asarray(encoder.predict(pairs, show_progress_bar=False), dtype=np.float64)
    spread = float(judged.max() - judged.min())
    own = (judged - judged.min()) / spread if spread > 0 else np.zeros(count)
    # The reordered scores stay between those of the first and of the last of them, so that they still fall.
    low, high = float(scores[count - 1]), float(scores[0])
    mixed = (1 - _SHARE) * scores[:count] + _SHARE * (low + own * (high - low))
    order = np.concatenate([np.argsort(-mixed, kind="stable"), np.arange(count, len(chunks))])
    new_scores = np.concatenate([mixed, scores[count:]])[order]
    reranker = np.concatenate([own, np.zeros(len(chunks) - count)])
    return chunks[order], new_scores, {part: values[order] for part, values in (parts | {"reranker": reranker}).items()}


@cache
def load_cross_encoder(model: str) -> "CrossEncoder | None":
    """Load the model at its first use; None, with a message on stderr, where that fails."""
    try:
        if not Path(model).expanduser().is_dir() and not is_hub_model(model):
            raise FileNotFoundError(model)
        silence_libraries()
        from sentence_transformers import CrossEncoder

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return CrossEncoder(
                str(Path(model).expanduser()) if Path(model).expanduser().is_dir() else model,
                local_files_only=not is_hub_model(model),
                trust_remote_code=False,
            )
    except (OSError, ValueError, RuntimeError, ImportError, LookupError, TypeError) as error:
        lines = str(error).strip().splitlines()
        reason = lines[0][:200] if lines else type(error).__name__
        sys.stderr.write(
            f"重排模型 {model} 无法载入（{reason}），这次不重排；请检查 RAG_RERANKER_MODEL。 "
            f"The cross-encoder {model} cannot be loaded ({reason}); results are not reranked. "
            "Check RAG_RERANKER_MODEL.\n"
        )
        return None


def _text(library: Library, number: int) -> str:
    chunk = library.chunk(number)
    return "\n".join([library.document(chunk.document).title, *chunk.section, chunk.text])
