"""Evaluation: a test set → figures that can be trusted, kept as runs, compared, guarded and mailed.

relevance → outcomes (one question) → metrics, bootstrap → summary; runs keep them; evaluation asks them all; compare,
sweep, guard and report read them. Definitions stand in docs/evaluation.md.
"""

from rag.evaluate.compare import compare
from rag.evaluate.evaluation import TestSetError, Watch, evaluate
from rag.evaluate.guard import Floor, fallen, lookup, parse_floor
from rag.evaluate.outcomes import Outcome
from rag.evaluate.runs import Run, find_run, load_run
from rag.evaluate.summary import summarise
from rag.evaluate.sweep import Sweep, sweep, sweep_json

__all__ = [
    "Floor",
    "Outcome",
    "Run",
    "Sweep",
    "TestSetError",
    "Watch",
    "compare",
    "evaluate",
    "fallen",
    "find_run",
    "load_run",
    "lookup",
    "parse_floor",
    "summarise",
    "sweep",
    "sweep_json",
]
