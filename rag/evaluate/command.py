"""`python -m rag evaluate`: options → a run, a comparison or a sweep, printed, written to a file and guarded."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rag.durable import write_atomically
from rag.errors import StorageError, UsageError
from rag.evaluate.compare import compare
from rag.evaluate.evaluation import ALL, TestSetError, Watch, evaluate, fault_line
from rag.evaluate.guard import fallen, lookup, parse_floor
from rag.evaluate.page import comparison_page, run_page, sweep_page
from rag.evaluate.report import print_comparison, print_run, print_sweep
from rag.evaluate.runs import Run, find_run
from rag.evaluate.sweep import BY, sweep, sweep_json
from rag.evaluate.variants import changed_settings
from rag.settings import SETTING_NAMES, Settings
from rag.terminal import TerminalProgress


def evaluate_command(options: argparse.Namespace, settings: Settings) -> int:
    """Run `evaluate`; the exit status, 1 where a floor is not reached.

    Raises
    ------
    UsageError
        Options that do not go together, unknown settings or measures.
    RagError
        The test set, the index or a run cannot be used.
    """
    _check(options)
    runs = Path(options.runs) if options.runs else settings.index / "runs"
    if options.compare:
        return _compare(options, runs)
    try:
        with TerminalProgress() as progress:
            watch = Watch(progress, _note)
            if options.sweep:
                return _sweep(options, settings, runs, progress, watch)
            return _evaluate(options, settings, runs, progress, watch)
    except TestSetError as error:
        for fault in error.faults:
            _note(fault_line(fault))
        raise
    except KeyboardInterrupt:
        _note("再次运行同一命令会接着评测。 Run the same command again to go on.")
        raise


def run_json(run: Run) -> dict[str, Any]:
    """The object of `evaluate --json`: the summary, and under `run` what was measured."""
    return {**run.summary, "run": {**run.about, "folder": str(run.folder)}}


def _compare(options: argparse.Namespace, runs: Path) -> int:
    a, b = (find_run(runs, name) for name in options.compare)
    result = compare(a, b)
    if options.html:
        write_atomically(Path(options.html), comparison_page(result))
    if options.json:
        _print_json(result)
    else:
        print_comparison(result)
    return 0


def _evaluate(
    options: argparse.Namespace, settings: Settings, runs: Path, progress: TerminalProgress, watch: Watch
) -> int:
    # Before anything slow: a floor or a setting that does not exist.
    floors = [parse_floor(text) for text in options.fail_under]
    changes = _pairs("--set", options.set)
    changed_settings(settings, changes)
    run = evaluate(
        options.questions,
        settings=settings,
        changes=changes,
        split=options.split or ALL,
        lenient=options.lenient,
        runs=runs,
        resume=not options.restart,
        watch=watch,
    )
    progress.close()
    if options.html:
        write_atomically(Path(options.html), run_page(run))
    if options.json:
        _print_json(run_json(run))
    else:
        print_run(run)
    sentences = fallen(run.summary, floors)
    for sentence in sentences:
        _note(sentence)
    return 1 if sentences else 0


def _sweep(
    options: argparse.Namespace, settings: Settings, runs: Path, progress: TerminalProgress, watch: Watch
) -> int:
    grid = {key: values.split(",") for key, values in _pairs("--sweep", options.sweep).items()}
    result = sweep(
        options.questions,
        grid,
        settings=settings,
        changes=_pairs("--set", options.set),
        by=options.by or BY,
        lenient=options.lenient,
        runs=runs,
        watch=watch,
    )
    progress.close()
    if options.html:
        write_atomically(Path(options.html), sweep_page(result))
    if options.json:
        _print_json(sweep_json(result))
    else:
        print_sweep(result)
    return 0


def _check(options: argparse.Namespace) -> None:
    """Refuse options that do not go together, and a file that could not be written."""
    single = {"--fail-under": options.fail_under, "--split": options.split, "--restart": options.restart}
    whole = {**single, "--set": options.set, "--lenient": options.lenient, "--by": options.by}
    if options.compare:
        _refuse("--compare", {"--sweep": options.sweep, "题目文件": options.questions, **whole})
    elif options.questions is None:
        raise UsageError(
            "请给出题目文件，或用 --compare 比较两次评测。", "Give a file of questions, or compare two runs."
        )
    elif options.sweep:
        _refuse("--sweep", single)
    else:
        _refuse("题目文件（无 --sweep）", {"--by": options.by})
    if options.by:
        lookup({}, options.by)
    if options.html and not Path(options.html).parent.is_dir():
        raise StorageError(
            f"--html 所在的文件夹 {Path(options.html).parent} 不存在，请先建立。",
            f"The folder of --html, {Path(options.html).parent}, does not exist; make it first.",
        )


def _refuse(mode: str, others: dict[str, object]) -> None:
    given = [name for name, value in others.items() if value]
    if given:
        raise UsageError(
            f"{'、'.join(given)} 不能与 {mode} 同用，请去掉其一。",
            f"{', '.join(given)} cannot be used together with {mode}.",
        )


def _pairs(option: str, texts: Sequence[str]) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for text in texts:
        key, sign, value = text.partition("=")
        key = key.strip()
        if not sign or not key or key in pairs:
            problem = "重复给出了同一个设置" if key in pairs else "须写成 设置=值"
            names = ", ".join(SETTING_NAMES)
            raise UsageError(
                f"{option} {text} {problem}，可用的设置有：{names}。",
                f"{option} {text} must be setting=value, each setting once; settings are: {names}.",
            )
        pairs[key] = value
    return pairs


def _note(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def _print_json(value: object) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
