"""A test set → a run: every question asked, its outcome kept, and the summary."""

import hashlib
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from rag.embed import Embedder
from rag.errors import RagError, UsageError
from rag.evaluate.metrics import require_ir_measures
from rag.evaluate.outcomes import ask
from rag.evaluate.relevance import Evidences
from rag.evaluate.runs import Run, code_identity, complete_run, configuration_of, index_hash, open_run
from rag.evaluate.summary import summarise
from rag.evaluate.variants import Bench, changed_settings
from rag.reports import Progress
from rag.settings import Settings, load_settings
from rag.store import Library
from rag.testset import SPLITS, Fault, Question, QuestionFile, read_questions

ALL = "all"
"""Both halves."""

FOREIGN = 0.5
"""Where more than this share of the evidence is missing, a test set seems made for other documents."""

_NO_CHANGES: Mapping[str, str] = {}


class TestSetError(RagError):
    """A test set cannot be used as it is; `faults` are all that is wrong with it."""

    __test__ = False  # no test for pytest

    def __init__(self, chinese: str, english: str, faults: Sequence[Fault] = ()) -> None:
        super().__init__(chinese, english)
        self.faults = tuple(faults)


@dataclass(frozen=True)
class Watch:
    """Who is told what during an evaluation: `progress` of every step, `note` of what a person should know."""

    progress: Callable[[Progress], None] = lambda progress: None
    note: Callable[[str], None] = lambda text: None


SILENT = Watch()


def evaluate(
    questions: str | Path,
    *,
    settings: Settings | None = None,
    changes: Mapping[str, str] = _NO_CHANGES,
    split: str = ALL,
    lenient: bool = False,
    runs: Path | None = None,
    resume: bool = True,
    embedder: Embedder | None = None,
    watch: Watch = SILENT,
) -> Run:
    """Ask every question of a test set and measure retrieval and answers.

    Parameters
    ----------
    questions
        The test set, JSON lines (evaluation/README.md).
    settings
        Folders, model, tuning; from the environment by default.
    changes
        Settings to try, by name, as text: `{"dense_weight": "0.4"}`.
    split
        "dev", "test" or "all".
    lenient
        Go on although lines are malformed (they are left out) or evidence is not found (it then counts as not
        retrieved); each fault is told to `watch.note`.
    runs
        Folder that keeps the runs; `runs` in the folder of the index by default.
    resume
        Go on with an interrupted run of the same configuration.
    embedder
        Replaces the model of the settings.
    watch
        Told of progress and of what a person should know.

    Raises
    ------
    TestSetError
        The test set has faults, or no questions.
    UsageError
        A change or a split that does not exist.
    RagError
        There is no usable index or model.
    """
    base = settings or load_settings()
    kept = runs or base.index / "runs"
    bench = Bench(kept, watch.progress, embedder)
    return Evaluation(Path(questions), base, kept, bench, lenient=lenient, watch=watch).run(
        changes, split=split, resume=resume
    )


class Evaluation:
    """One test set and the settings that changes are tried on; reads the file once.

    Raises
    ------
    TestSetError
        A line is malformed, or there is none.
    MeasuresMissing
        ir-measures is not installed.
    """

    def __init__(
        self, questions: Path, settings: Settings, runs: Path, bench: Bench, *, lenient: bool, watch: Watch
    ) -> None:
        require_ir_measures()  # not after an hour of questions
        self.settings = settings
        self.runs = runs
        self._bench = bench
        self._lenient = lenient
        self._watch = watch
        self._read = _usable(read_questions(questions), lenient=lenient, note=watch.note)
        self._sha256 = hashlib.sha256(questions.read_bytes()).hexdigest()

    def run(self, changes: Mapping[str, str], *, split: str = ALL, resume: bool = True, again: bool = True) -> Run:
        """Measure with some settings changed; `again` false takes a complete run of the same configuration."""
        settings = changed_settings(self.settings, changes)
        questions = self._half(split)
        library, embedder = self._bench.open(settings, frozenset(changes))
        self._check_evidence(library)
        about = self._about(settings, changes, split, questions, library)
        if not again and (run := complete_run(self.runs, about["configuration"])) is not None:
            return run
        evidences = Evidences(library)
        with open_run(self.runs, about, resume=resume) as kept:
            done = {outcome.id: outcome for outcome in kept.outcomes}
            if done:
                self._watch.note(f"接着上次中断的评测 {kept.id}：已完成 {len(done)} 题。 Resuming run {kept.id}.")
            if len(done) < len(questions):
                # What is loaded at the first question (dictionaries) is no latency of that question.
                ask(library, embedder, evidences, questions[0], settings.tuning)
            for number, question in enumerate(questions):
                self._watch.progress(Progress("评测", number, len(questions)))
                if question.id not in done:
                    done[question.id] = ask(library, embedder, evidences, question, settings.tuning)
                    kept.append(done[question.id])
            self._watch.progress(Progress("评测", len(questions), len(questions)))
            outcomes = [done[question.id] for question in questions]
            return kept.finish(outcomes, summarise(outcomes))

    def _half(self, split: str) -> list[Question]:
        if split not in (*SPLITS, ALL):
            raise UsageError(f"没有 {split} 这一半，可用 dev、test 或 all。", f"Split {split}: use dev, test or all.")
        questions = [question for question in self._read.questions if split in (ALL, question.split)]
        if not questions:
            raise TestSetError(
                f"题目文件 {self._read.file} 里没有属于 {split} 的题目，请检查文件或换一半。",
                f"There are no questions of {split} in {self._read.file}; check the file or take the other half.",
            )
        return questions

    def _check_evidence(self, library: Library) -> None:
        faults, missing, total = Evidences(library).missing(self._read)
        if not faults:
            return
        foreign = missing > FOREIGN * total
        if not self._lenient:
            raise (
                _foreign(self._read.file, missing, total, faults)
                if foreign
                else TestSetError(
                    f"题目文件 {self._read.file} 的 {total} 条依据中有 {missing} 条在索引里找不到，请改正后再评测，"
                    "或加 --lenient 照样评测（找不到的算没有检索到）。",
                    f"{missing} of {total} pieces of evidence are not in the index; correct them, or use --lenient.",
                    faults,
                )
            )
        for fault in faults:
            self._watch.note(fault_line(fault))
        if foreign:
            self._watch.note(str(_foreign(self._read.file, missing, total, faults)))

    def _about(
        self,
        settings: Settings,
        changes: Mapping[str, str],
        split: str,
        questions: Sequence[Question],
        library: Library,
    ) -> dict[str, Any]:
        manifest = library.manifest
        model = {name: manifest["model"][name] for name in ("name", "fingerprint")}
        asked = {"sha256": self._sha256, "split": split, "count": len(questions)}
        code = code_identity()
        tuning = asdict(settings.tuning)
        index = {"hash": index_hash(manifest), "chunk_size": manifest["chunk_size"], **manifest["counts"]}
        return {
            "configuration": configuration_of(
                {"questions": asked, "tuning": tuning, "index": index["hash"], "code": code["sha256"]}
            ),
            "questions": {"file": self._read.file, **asked, "followups": sum(bool(q.history) for q in questions)},
            "changes": dict(changes),
            "settings": {name: _plain(value) for name, value in asdict(settings).items()}
            | {"llm_base_url": without_login(settings.llm_base_url)},
            "model": model,
            "index": {"generation": library.generation, **index},
            "code": code,
            "python": sys.version.split()[0],
        }


def fault_line(fault: Fault) -> str:
    """A fault with its place, as one line."""
    place = f"第 {fault.line} 行" if fault.line else "整个文件"
    return f"✗ {place}{f'（{fault.id}）' if fault.id else ''}：{fault.fault}"


def _usable(read: QuestionFile, *, lenient: bool, note: Callable[[str], None]) -> QuestionFile:
    """The questions whose lines are right and whose id is their own."""
    first: dict[str, int] = {}
    faults = list(read.faults)
    for line, question in zip(read.lines, read.questions, strict=True):
        if first.setdefault(question.id, line) != line:
            faults.append(Fault(line, question.id, f"id 与第 {first[question.id]} 行重复"))
    faults.sort(key=lambda fault: fault.line)
    if not read.questions:
        raise TestSetError(
            f"题目文件 {read.file} 里没有可用的题目，请检查文件。",
            f"There are no usable questions in {read.file}; check the file.",
            faults,
        )
    if faults and not lenient:
        raise TestSetError(
            f"题目文件 {read.file} 有 {len(faults)} 处错误，请改正后再评测，或加 --lenient 跳过这些行。",
            f"{read.file} has {len(faults)} faults; correct them, or leave those lines out with --lenient.",
            faults,
        )
    for fault in faults:
        note(fault_line(fault))
    kept = [(line, q) for line, q in zip(read.lines, read.questions, strict=True) if first[q.id] == line]
    return replace(read, questions=tuple(q for _, q in kept), lines=tuple(line for line, _ in kept))


def _foreign(file: str, missing: int, total: int, faults: Sequence[Fault]) -> TestSetError:
    return TestSetError(
        f"题目文件 {file} 似乎是为别的文档写的：{total} 条依据中有 {missing} 条在索引里找不到，"
        "请检查 --documents、--index 和题目文件。",
        f"{file} seems to be made for other documents: {missing} of {total} pieces of evidence are not in the index; "
        "check --documents, --index and the file.",
        faults,
    )


def without_login(address: str) -> str:
    """An address without user name and password: runs are shown to others.

    >>> without_login("https://me:secret@host.example/v1"), without_login("http://127.0.0.1:11434/v1")
    ('https://host.example/v1', 'http://127.0.0.1:11434/v1')
    """
    return re.sub(r"(?<=://)[^/?#]*@", "", address)


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Path) else value
