"""Runs kept on disk: `<runs>/<id>/` with run.json (what was measured), results.jsonl (outcomes) and summary.json.

The summary is written last, so its existence means "complete". A run without it was interrupted and can go on.
"""

import hashlib
import json
import re
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

import rag
from rag.durable import write_atomically
from rag.errors import RagError
from rag.evaluate.outcomes import Outcome, outcome_line, parse_outcome

ABOUT = "run.json"
RESULTS = "results.jsonl"
SUMMARY = "summary.json"
_LOCK = ".lock"
_LAST = re.compile(r"last(?:~(\d{1,6}))?")


class RunMissing(RagError):
    """A run named by the user is not there, not complete, or not the only one of that name."""


@dataclass(frozen=True)
class Run:
    """A complete run.

    Attributes
    ----------
    id, folder
        Its name, which sorts by time, and where it lies.
    about
        What was measured: question file and its hash, settings, model, index and its hash, code.
    outcomes
        One for each question, in the order of the file.
    summary
        See `rag.evaluate.summary.summarise`.
    """

    id: str
    folder: Path
    about: dict[str, Any]
    outcomes: tuple[Outcome, ...]
    summary: dict[str, Any]


@dataclass(frozen=True)
class OpenRun:
    """A run that is being made; `outcomes` are those of an interrupted run that goes on."""

    id: str
    folder: Path
    about: dict[str, Any]
    outcomes: tuple[Outcome, ...]

    def append(self, outcome: Outcome) -> None:
        """Keep one outcome; it survives the end of the process."""
        with (self.folder / RESULTS).open("a", encoding="utf-8") as file:
            file.write(outcome_line(outcome))

    def finish(self, outcomes: Sequence[Outcome], summary: dict[str, Any]) -> Run:
        """Write the summary, which makes the run complete."""
        write_atomically(self.folder / SUMMARY, json.dumps(summary, ensure_ascii=False, indent=1))
        return Run(self.id, self.folder, self.about, tuple(outcomes), summary)


@contextmanager
def open_run(runs: Path, about: dict[str, Any], *, resume: bool) -> Iterator[OpenRun]:
    """Go on with the newest interrupted run of the same configuration, or begin a new one.

    Parameters
    ----------
    runs
        The folder of all runs; made where it is not there.
    about
        What run.json holds; `configuration` is its identity, see `configuration_of`.
    resume
        False always begins a new run.
    """
    runs.mkdir(parents=True, exist_ok=True)
    for folder in reversed(_folders(runs)) if resume else ():
        found = _about(folder)
        if (folder / SUMMARY).exists() or found is None or found.get("configuration") != about["configuration"]:
            continue
        lock = FileLock(folder / _LOCK)
        try:
            lock.acquire(timeout=0)
        except Timeout:  # another process is making this run
            continue
        try:
            if not (folder / SUMMARY).exists():
                yield OpenRun(folder.name, folder, found, _recover(folder / RESULTS))
                return
        finally:
            lock.release()
    now = time.time_ns() // 1000
    identifier = f"{time.strftime('%Y%m%dT%H%M%S', time.gmtime(now // 10**6))}-{now % 10**6:06d}"
    folder = runs / identifier
    folder.mkdir()
    with FileLock(folder / _LOCK):
        about = {"id": identifier, "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), **about}
        write_atomically(folder / ABOUT, json.dumps(about, ensure_ascii=False, indent=1))
        yield OpenRun(identifier, folder, about, ())


def complete_run(runs: Path, configuration: str) -> Run | None:
    """The newest complete run of a configuration."""
    for folder in reversed(_folders(runs)):
        about = _about(folder)
        if about is not None and about.get("configuration") == configuration and (folder / SUMMARY).exists():
            return load_run(folder)
    return None


def find_run(runs: Path, name: str) -> Run:
    """A complete run by its folder, its id, an unambiguous beginning of its id, `last` or `last~N` (N before it).

    Raises
    ------
    RunMissing
        There is none, or several, or it was interrupted.
    """
    folders = _folders(runs)
    last = _LAST.fullmatch(name)
    if last:
        complete = [folder for folder in folders if (folder / SUMMARY).exists()]
        back = int(last[1] or 0)
        found = complete[-1 - back : len(complete) - back]
    else:
        found = [folder for folder in folders if folder.name == name] or [
            f for f in folders if name and f.name.startswith(name)
        ]
        if not found and name and (Path(name) / ABOUT).is_file():
            found = [Path(name)]
    if len(found) != 1:
        shown = "、".join(folder.name for folder in (found or folders)[-5:]) or "没有"
        problem = ("不止一次", "several runs begin with it") if found else ("没有这一次", "there is no such run")
        raise RunMissing(
            f"找不到评测记录 {name}（{problem[0]}；{runs} 里有：{shown}），请给出编号、文件夹或 last。",
            f"The run {name} was not found ({problem[1]}); give an id, a folder or last.",
        )
    return load_run(found[0])


def load_run(folder: Path) -> Run:
    """Read a complete run.

    Raises
    ------
    RunMissing
        It was interrupted, or its files are damaged or of another version.
    """
    try:
        about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
        summary = json.loads((folder / SUMMARY).read_text(encoding="utf-8"))
        lines = (folder / RESULTS).read_text(encoding="utf-8").split("\n")
        outcomes = tuple(parse_outcome(line) for line in lines if line)
    except FileNotFoundError as error:
        raise RunMissing(
            f"评测记录 {folder.name} 没有评完，请用同样的参数再运行一次 evaluate，会接着评完。",
            f"The run {folder.name} was interrupted; run the same evaluate again to finish it.",
        ) from error
    except (OSError, ValueError, TypeError, LookupError) as error:
        raise RunMissing(
            f"评测记录 {folder} 已损坏或由别的版本写成，请重新评测。",
            f"The run in {folder} is damaged or was written by another version; evaluate again.",
        ) from error
    return Run(folder.name, folder, about, outcomes, summary)


def configuration_of(facts: dict[str, Any]) -> str:
    """Identity of what is measured, as a hash of all that can change an outcome."""
    return hashlib.sha256(json.dumps(facts, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def index_hash(manifest: dict[str, Any]) -> str:
    """Identity of an index by what it was made from; two builds of the same documents are equal."""
    return configuration_of(
        {name: manifest[name] for name in ("schema", "chunk_size", "versions", "documents")}
        | {"model": manifest["model"]["fingerprint"]}
    )


def code_identity() -> dict[str, str | None]:
    """Version, hash of the program's sources and weights, and the commit where they lie in a git repository."""
    package = Path(rag.__file__).parent
    digest = hashlib.sha256()
    for path in sorted([*package.rglob("*.py"), *package.glob("*.json")]):
        digest.update(path.relative_to(package).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return {"version": rag.__version__, "sha256": digest.hexdigest(), "git": _git(package.parent)}


def _git(repository: Path) -> str | None:
    """The commit, with "-dirty" where files differ from it; None without git or outside of a repository."""
    if not (repository / ".git").exists():
        return None
    command = ["git", "--no-optional-locks", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        done = subprocess.run(command, cwd=repository, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() or None


def _folders(runs: Path) -> list[Path]:
    """Folders of runs, oldest first."""
    return sorted(path.parent for path in runs.glob(f"*/{ABOUT}"))


def _about(folder: Path) -> dict[str, Any] | None:
    try:
        about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return about if isinstance(about, dict) else None


def _recover(results: Path) -> tuple[Outcome, ...]:
    """The outcomes before the first line that was not written whole; what follows is cut off."""
    outcomes: list[Outcome] = []
    whole = 0
    data = results.read_bytes() if results.exists() else b""
    for line in data.splitlines(keepends=True):
        try:
            if not line.endswith(b"\n"):
                break
            outcomes.append(parse_outcome(line.decode("utf-8")))
        except (ValueError, TypeError, LookupError):
            break
        whole += len(line)
    if whole < len(data):
        with results.open("r+b") as file:
            file.truncate(whole)
    return tuple(outcomes)
