"""Check the installation and the index, and say for each fault what to run."""

import importlib.metadata
import os

from rag.doctor_index import examine_index
from rag.documents import list_files
from rag.embed import embedder_identity, load_embedder
from rag.errors import RagError
from rag.findings import Finding
from rag.identity import ModelIdentity
from rag.model import default_model_folder, is_prepared
from rag.settings import DEFAULT_MODEL, Settings

_PACKAGES = ("torch", "sentence-transformers", "faiss-cpu", "gradio", "langchain-text-splitters", "bm25s", "rjieba")


def examine(settings: Settings) -> list[Finding]:
    """Run all checks; later ones are left out where an earlier one makes them meaningless."""
    documents, names = _documents(settings)
    model, identity = _model(settings)
    loadable = identity is not None and (settings.embedding_model != DEFAULT_MODEL or is_prepared(settings))
    load = (lambda: load_embedder(settings, lambda progress: None)) if loadable else None
    return [_packages(), documents, model, *examine_index(settings, names, identity, load)]


def _packages() -> Finding:
    missing, found = [], []
    for name in _PACKAGES:
        try:
            found.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            missing.append(name)
    if missing:
        return Finding("安装", False, f"缺少 {'、'.join(missing)}", "pip install -e .")
    return Finding("安装", True, "，".join(found))


def _documents(settings: Settings) -> tuple[Finding, list[str]]:
    try:
        names = list_files(settings.documents, settings.index)
    except RagError as error:
        return Finding("文档文件夹", False, str(error), "新建文件夹，或用 --documents 指定"), []
    closed = [name for name in names if not os.access(settings.documents / name, os.R_OK)]
    if closed:
        detail = f"{settings.documents} 中 {len(closed)} 个文件没有读取权限，例如 {closed[0]}"
        return Finding("文档文件夹", False, detail, "修改文件权限后运行 python -m rag index"), names
    return Finding("文档文件夹", True, f"{settings.documents}，{len(names)} 个文件"), names


def _model(settings: Settings) -> tuple[Finding, ModelIdentity | None]:
    try:
        identity = embedder_identity(settings)
    except RagError as error:
        return Finding("向量模型", False, str(error), "见 README 的“向量模型”"), None
    if settings.embedding_model != DEFAULT_MODEL:
        return Finding("向量模型", True, identity.name), identity
    folder = default_model_folder(settings)
    if folder.is_dir() and not is_prepared(settings):
        mend = "python -m rag search 测试（发现损坏后会重新准备模型）"
        return Finding("向量模型", False, f"{folder} 中的文件已损坏", mend), identity
    state = "已准备，文件校验一致" if folder.is_dir() else "将在第一次建立索引时准备"
    return Finding("向量模型", True, f"{identity.name}，{state}"), identity
