"""What an index was made by: the last file of a build, sealed with its own hash, and compared with what is in use."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from rag.header import HEADER_VERSION
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
    "reader": ("读取规则", "reader version"),
    "ocr": ("图像识别", "OCR version"),
    "header": ("文件头规则", "header version"),
    "outline": ("标题规则", "outline version"),
    "splitter": ("分段规则", "splitter version"),
    "words": ("分词规则", "words version"),
    "validity": ("效力规则", "validity version"),
}

Manifest = dict[str, Any]


@dataclass(frozen=True)
class Mismatch:
    """One thing that an index was made with and that is another now; `name` in Chinese and English."""

    name: tuple[str, str]
    found: str
    expected: str


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


def configuration(fingerprint: str, chunk_size: int, versions: dict[str, int]) -> str:
    """Hash of everything but the documents that an index depends on."""
    return _hash(_text({"schema": SCHEMA_VERSION, "model": fingerprint, "chunk": chunk_size, "versions": versions}))


def model_mismatches(manifest: Manifest, identity: tuple[str, str]) -> list[Mismatch]:
    """What makes questions and index incomparable: another model, or other words.

    Parameters
    ----------
    manifest
        Of an index of this schema.
    identity
        Name and fingerprint of the embedding model in use; the fingerprint covers weights, tokenizer and prompts.
    """
    found = []
    model = manifest["model"]
    if model["fingerprint"] != identity[1]:
        names = [
            f"{name}（{fingerprint[:12]}）" for name, fingerprint in ((model["name"], model["fingerprint"]), identity)
        ]
        found.append(Mismatch(("向量模型", "embedding model"), *names))
    return found + _version_mismatches(manifest, ("words",))


def rule_mismatches(manifest: Manifest, chunk_size: int) -> list[Mismatch]:
    """What makes an index out of date, though it can still answer: how texts are read and cut."""
    found = []
    if manifest["chunk_size"] != chunk_size:
        found.append(Mismatch(("段落长度", "chunk size"), str(manifest["chunk_size"]), str(chunk_size)))
    return found + _version_mismatches(manifest, (*READING, "splitter"))


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
        numbers += [counts[name] for name in ("documents", "passages", "sentences")]
        versions = manifest["versions"]
    except (KeyError, TypeError, AttributeError):
        return False
    whole = isinstance(versions, dict) and isinstance(manifest.get("documents"), dict) and bool(files)
    return whole and all(isinstance(text, str) for text in texts) and all(isinstance(n, int) for n in numbers)


def _text(content: Manifest) -> str:
    return json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
