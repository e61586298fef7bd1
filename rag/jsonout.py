"""Results → the JSON objects of the command line's contract; fields may be added, never renamed."""

from dataclasses import asdict
from typing import Any

from rag.labels import cited_as
from rag.reports import BuildReport
from rag.types import Answer, Passage


def search_json(
    identifier: object, question: str, passages: list[Passage], elapsed_ms: float, note: str | None = None
) -> dict[str, Any]:
    """One object of `search --json`; `note` says in Chinese that no document meets the filter."""
    return {
        "id": identifier,
        "question": question,
        "passages": [_passage(passage) for passage in passages],
        "elapsed_ms": round(elapsed_ms, 1),
    } | ({"note": note} if note else {})


def answer_json(identifier: object, answer: Answer) -> dict[str, Any]:
    """One object of `ask --json`; `explanation` only where it was asked for, `cited_as` as official texts are cited."""
    fields = asdict(answer) | {"passages": [_passage(passage) for passage in answer.passages]}
    fields["citations"] = [asdict(citation) | {"cited_as": cited_as(citation)} for citation in answer.citations]
    if answer.explanation is None:
        del fields["explanation"]
    return {"id": identifier} | fields


def build_json(report: BuildReport) -> dict[str, Any]:
    """The object of `index --json`."""
    return {
        "documents": [asdict(file) for file in report.documents],
        "chunks": report.chunks,
        "generation": report.generation,
        "elapsed_ms": round(report.elapsed_ms, 1),
    }


def error_json(identifier: object, question: object, error: str) -> dict[str, Any]:
    """What stands for a line that could not be answered."""
    return {"id": identifier, "question": question, "error": error}


def _passage(passage: Passage) -> dict[str, Any]:
    """One passage; `explanation` only where it was asked for."""
    fields = asdict(passage)
    if passage.explanation is None:
        del fields["explanation"]
    return fields
