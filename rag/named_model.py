"""Any model of Sentence Transformers that the settings name: a folder, or one of the hub."""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rag.environment import is_hub_model, silence_libraries
from rag.hub import hub_commit, repository

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


class NamedModel:
    """A model in memory, with its own prompts for questions and documents; may be used from several threads.

    Parameters
    ----------
    source
        A folder, or a name on the hub, from where it is downloaded once.

    Raises
    ------
    OSError, ValueError, RuntimeError, ImportError, LookupError, TypeError, SafetensorError
        It cannot be found or loaded.
    """

    def __init__(self, source: str) -> None:
        silence_libraries()
        self._model = _load(source)
        limit = self._model.max_seq_length
        self.max_tokens = None if limit is None or limit == float("inf") else int(limit)

    def encode(self, texts: Sequence[str], *, query: bool) -> NDArray[np.float32]:
        """Unit vectors of a few texts, questions or of documents, each with its prompt; one row a text."""
        encode = self._model.encode_query if query else self._model.encode_document
        prompt = None if query else self._document_prompt() or None
        rows = encode(list(texts), prompt=prompt, normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(rows, dtype=np.float32)

    def count_tokens(self, text: str) -> int:
        """Number of tokens of a document's text with its prompt and what frames it."""
        return len(self._model.tokenizer(self._document_prompt() + text, truncation=False, verbose=False)["input_ids"])

    def _document_prompt(self) -> str:
        # Left alone, encode_document prefers the empty "document" prompt that every model gets to a "passage" prompt.
        prompts = (self._model.prompts.get(name) for name in ("document", "passage", "corpus"))
        return next((prompt for prompt in prompts if prompt), "")


def _load(source: str) -> "SentenceTransformer":
    import torch
    from huggingface_hub import snapshot_download
    from sentence_transformers import SentenceTransformer

    def load(*, offline: bool) -> SentenceTransformer:
        # float32 whatever the folder holds: on most processors half precision is slower, and index and questions must
        # be embedded alike on all machines.
        return SentenceTransformer(
            source, local_files_only=offline, trust_remote_code=False, model_kwargs={"dtype": torch.float32}
        )

    if not is_hub_model(source):
        return load(offline=True)
    if hub_commit(source) is not None:
        # What is in the cache is not looked up again: no network, no silent update that would not fit the index.
        try:
            return load(offline=True)
        except (OSError, ValueError):
            pass  # an interrupted download, which goes on below
    # A wrong name or no network shows here in seconds; the loader itself tries again and again for a minute.
    snapshot_download(
        repository(source),
        cache_dir=os.environ.get("SENTENCE_TRANSFORMERS_HOME"),
        allow_patterns=["modules.json", "config.json"],
    )
    return load(offline=False)
