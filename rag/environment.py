"""Environment variables that libraries read once, while they are imported."""

import logging
import os
import re
from pathlib import Path

from rag.settings import DEFAULT_MODEL

_HUB_NAME = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?")


def is_hub_model(embedding_model: str) -> bool:
    """Tell whether a model name can only mean the hub: not the default, no existing folder, formed like a hub id."""
    if embedding_model == DEFAULT_MODEL or Path(embedding_model).expanduser().is_dir():
        return False
    return _HUB_NAME.fullmatch(embedding_model) is not None


def quiet_environment(embedding_model: str | None = None) -> None:
    """Keep the libraries off the network and off the screen; call before torch, faiss, gradio or transformers load.

    What the user has set already stays as it is.

    Parameters
    ----------
    embedding_model
        The model that is going to be used; RAG_EMBEDDING_MODEL when not given. Only a hub
        name, of this model or of RAG_RERANKER_MODEL, leaves the hub open.
    """
    if embedding_model is None:
        embedding_model = os.environ.get("RAG_EMBEDDING_MODEL", "").strip() or DEFAULT_MODEL
    # Threads that wait for work must not spin: with both cores busy a question took 1.5 s instead of 30 ms.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    # The tokenizer's own threads deadlock after a fork and warn about it; batches here are small anyway.
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    reranker = os.environ.get("RAG_RERANKER_MODEL", "").strip() or DEFAULT_MODEL
    if not (is_hub_model(embedding_model) or is_hub_model(reranker)):
        os.environ.setdefault("HF_HUB_OFFLINE", "1")


def silence_libraries() -> None:
    """Turn off progress bars, logs and warnings of transformers and its relatives (imports them: slow)."""
    from huggingface_hub.utils.tqdm import disable_progress_bars
    from transformers.utils import logging as transformers_logging

    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    disable_progress_bars()
    for name in ("sentence_transformers", "huggingface_hub", "transformers", "httpx"):
        logging.getLogger(name).setLevel(logging.ERROR)
