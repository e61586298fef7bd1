"""What an index was made by: the last file of a build, sealed with its own hash, and compared with what is in use."""

import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rag.header import HEADER_VERSION
from rag.identity import Identity, ModelIdentity
from rag.outline import OUTLINE_VERSION
from rag.read import READER_VERSION
from rag.readers.ocr import OCR_VERSION, is_installed
from rag.split import SPLITTER_VERSION
from rag.validity import VALIDITY_VERSION
from rag.words import WORDS_VERSION

MANIFEST = "manifest.json"
SCHEMA_VERSION = 2

VERSIONS = {
    "reader": READER_VERSION,
    # 0 without OCR: once it is installed, the pages that could not be recognised are read again.
    "ocr": OCR_VERSION if is_installed() else 0,
    "header": HEADER_VERSION,
    "outline": OUTLINE_VERSION,
    "splitter": SPLITTER_VERSION,
    "words": WORDS_VERSION,
    "validity": VALIDITY_VERSION,
}
"""The rules that made an index: texts, headers and outlines of other rules are read again, passages cut again."""

READING = ("reader", "ocr", "header", "outline")
"""Those that a document depends on."""

_NAMES = {
    "model": ("向量模型", "embedding model"),
    "prompts": ("问题和文档的前缀", "prompts of questions and documents"),
    "dimension": ("向量维数", "dimension"),
    "chunk_size": ("段落长度", "chunk size"),
    "reader": ("读取规则", "reader version"),
    "ocr": ("图像识别", "OCR version"),
    "header": ("文件头规则", "header version"),
    "outline": ("标题规则", "outline version"),
    "splitter": ("分段规则", "splitter version"),
    "words": ("分词规则", "words version"),
    "validity": ("效力规则", "validity version"),
}

_COUNTS = ("documents", "passages", "sentences")

_OF_VECTORS = [_NAMES[name] for name in ("model", "prompts", "dimension")]

Manifest = dict[str, Any]


@dataclass(frozen=True)
class Mismatch:
    """One thing that an index was made with and that is another now; `name` in Chinese and English."""

    name: tuple[str, str]
    found: str
    expected: str


def describe(identity: Identity, dimension: int) -> dict[str, Any]:
    """What a manifest says of the embedding model."""
    model = ModelIdentity(*identity)
    return {"name": model.name, "fingerprint": model.fingerprint, "dimension": dimension, "prompts": model.prompts}


def new_manifest(model: dict[str, Any], chunk_size: int, counts: Sequence[int], documents: dict[str, str]) -> Manifest:
    """The manifest of a build, but for its files.

    Parameters
    ----------
    model
        As `describe` gives it.
    counts
        Number of documents, passages and sentences.
    documents
        SHA-256 of every document, by path.
    """
    manifest = {
        "schema": SCHEMA_VERSION,
        "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "model": model,
        "chunk_size": chunk_size,
        "versions": VERSIONS,
        "counts": dict(zip(_COUNTS, counts, strict=True)),
        "documents": documents,
    }
    return manifest | {"hashes": hashes(manifest)}


def encode_manifest(manifest: Manifest) -> str:
    """The text of the manifest file; `checksum` is the SHA-256 of all the rest."""
    content = {name: value for name, value in manifest.items() if name != "checksum"}
    return _text(content | {"checksum": _hash(_text(content))})


def decode_manifest(data: bytes) -> Manifest:
    """Read the manifest file.

    Raises
    ------
    ValueError
        It is no manifest, or any byte of it was changed. Of another schema only `schema` may be used.
    """
    manifest = json.loads(data.decode("utf-8"))
    if not isinstance(manifest, dict) or not isinstance(manifest.get("schema"), int):
        raise ValueError("no manifest")
    if manifest["schema"] != SCHEMA_VERSION:
        return manifest
    # Encoded again it must be the same bytes: this also tells a changed blank.
    if encode_manifest(manifest).encode() != data or not _is_whole(manifest):
        raise ValueError("changed")
    return manifest


def made_by(manifest: Manifest) -> dict[str, Any]:
    """Everything but the documents that an index depends on, by name; None where it was not noted down."""
    model = manifest["model"]
    return {
        "model": model["fingerprint"],
        "prompts": model.get("prompts"),
        "dimension": model["dimension"],
        "chunk_size": manifest["chunk_size"],
        **{name: manifest["versions"].get(name) for name in VERSIONS},
    }


def in_use(identity: Identity, chunk_size: int) -> dict[str, Any]:
    """The same of what is in use; None where it is not known."""
    model = ModelIdentity(*identity)
    return {
        "model": model.fingerprint,
        "prompts": model.prompts,
        "dimension": model.dimension,
        "chunk_size": chunk_size,
        **VERSIONS,
    }


def hashes(manifest: Manifest) -> dict[str, str]:
    """SHA-256 of each part of what an index was made by."""
    return {name: _hash(_text({name: value})) for name, value in made_by(manifest).items()}


def is_made_by(manifest: Manifest, identity: Identity, chunk_size: int) -> bool:
    """Tell whether an index was made by what is in use."""
    then, now = made_by(manifest), in_use(identity, chunk_size)
    if not manifest["counts"]["passages"]:
        now["dimension"] = None  # there is no vector
    return all(value is None or value == then[name] for name, value in now.items())


def has_vectors_of(manifest: Manifest, identity: Identity) -> bool:
    """Tell whether the vectors of an index are those that the model in use would give."""
    return not any(one.name in _OF_VECTORS for one in model_mismatches(manifest, identity))


def model_mismatches(manifest: Manifest, identity: Identity) -> list[Mismatch]:
    """What makes questions and index incomparable: another model, other prompts or vectors, or other words.

    Parameters
    ----------
    manifest
        Of an index of this schema.
    identity
        The embedding model in use.
    """
    found = []
    model, used = manifest["model"], ModelIdentity(*identity)
    if model["fingerprint"] != used.fingerprint:
        pairs = ((model["name"], model["fingerprint"]), (used.name, used.fingerprint))
        found.append(Mismatch(_NAMES["model"], *(f"{name}（{fingerprint[:12]}）" for name, fingerprint in pairs)))
    prompts, prompts_used = model.get("prompts"), used.prompts
    if prompts and prompts_used and prompts != prompts_used:
        shown = (f"“{one['query']}”和“{one['document']}”" for one in (prompts, prompts_used))
        found.append(Mismatch(_NAMES["prompts"], *shown))
    if manifest["counts"]["passages"] and used.dimension not in (None, model["dimension"]):
        found.append(Mismatch(_NAMES["dimension"], str(model["dimension"]), str(used.dimension)))
    return found + _version_mismatches(manifest, ("words",))


def rule_mismatches(manifest: Manifest, chunk_size: int) -> list[Mismatch]:
    """What makes an index out of date, though it can still answer: how texts are read and cut."""
    found = []
    if manifest["chunk_size"] != chunk_size:
        found.append(Mismatch(_NAMES["chunk_size"], str(manifest["chunk_size"]), str(chunk_size)))
    return found + _version_mismatches(manifest, (*READING, "splitter", "validity"))


def _version_mismatches(manifest: Manifest, names: tuple[str, ...]) -> list[Mismatch]:
    versions = manifest["versions"]
    return [
        Mismatch(_NAMES[name], str(versions.get(name, "–")), str(VERSIONS[name]))
        for name in names
        if versions.get(name) != VERSIONS[name]
    ]


def _is_whole(manifest: Manifest) -> bool:
    """Tell whether a manifest of this schema has what is read of it."""
    try:
        model, files, counts = manifest["model"], manifest["files"], manifest["counts"]
        texts = [model["name"], model["fingerprint"], manifest["created"], *(file["sha256"] for file in files.values())]
        numbers = [manifest["chunk_size"], model["dimension"], *(file["bytes"] for file in files.values())]
        numbers += [counts[name] for name in _COUNTS]
        versions = manifest["versions"]
        # Rules that came later have no hash in an older manifest: it is out of date, not damaged.
        now = hashes(manifest)
        as_hashed = all(value == now.get(name, value) for name, value in manifest.get("hashes", {}).items())
    except (KeyError, TypeError, AttributeError):
        return False
    whole = isinstance(versions, dict) and isinstance(manifest.get("documents"), dict) and bool(files)
    whole = whole and as_hashed
    return whole and all(isinstance(text, str) for text in texts) and all(isinstance(n, int) for n in numbers)


def _text(content: Manifest) -> str:
    return json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
