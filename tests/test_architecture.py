"""docs/architecture.md is true: its import order names every module, and no module imports what stands after it."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
MODULES = {
    path.relative_to(ROOT / "rag").with_suffix("").as_posix(): path
    for path in sorted((ROOT / "rag").rglob("*.py"))
    if path.name != "__init__.py"
}


def pictured() -> list[str]:
    """The names of the import picture in its order; those of a line that begins with `folder/:` are of that folder."""
    names, folder = [], ""
    for line in TEXT.split("## Imports run one way")[1].split("```")[1].splitlines():
        label, colon, rest = line.rpartition(":")
        if colon:
            folder = label if label.endswith("/") else ""
        names += [folder + name for name in rest.split()]
    return names


def imported(path: Path) -> set[str]:
    """The modules of `rag` that a file imports, wherever in the file: `store`, `readers/pdf`."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return {name.removeprefix("rag.").replace(".", "/") for name in found if name.startswith("rag.")} & MODULES.keys()


def test_every_module_stands_once_in_the_import_picture() -> None:
    folders = {f"{name.split('/')[0]}/" for name in MODULES if "/" in name}
    assert sorted(pictured()) == sorted(MODULES.keys() | folders)


def test_a_module_imports_only_what_stands_before_it() -> None:
    place = {name: number for number, name in enumerate(pictured())}

    def late(module: str, other: str) -> bool:
        here, there = module, other
        if module.split("/")[0] != other.split("/")[0]:  # from outside, a folder is one name of the picture
            here, there = (name.split("/")[0] + "/" if "/" in name else name for name in (module, other))
        return place[there] >= place[here]

    found = {module: {other for other in imported(path) if late(module, other)} for module, path in MODULES.items()}
    assert {module: others for module, others in found.items() if others} == {}


def test_the_tables_of_files_name_every_module() -> None:
    tables = TEXT.split("## What the files are")[1].split("\n## ")[0]
    assert [name for name in MODULES if "/" not in name and f"`rag/{name}.py`" not in tables] == []


def test_the_files_that_are_named_exist() -> None:
    assert [name for name in re.findall(r"rag/[\w/]+\.\w+", TEXT) if not (ROOT / name).is_file()] == []
