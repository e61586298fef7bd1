"""What only the whole folder tells of each document: its validity, and what it names that is missing."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from rag.completeness import clause_gaps, named_missing
from rag.named import Catalogue
from rag.types import Document, FileReport, Standing
from rag.validity import find_standings


def assess(documents: Sequence[Document], receipt: Sequence[tuple[FileReport, str]]) -> list[tuple[FileReport, str]]:
    """The receipt with validity, gaps in clause numbers and missing documents of each document filled in."""
    catalogue = Catalogue([document.header for document in documents])
    missing = named_missing(documents, catalogue)
    standings = find_standings(documents)
    found = {
        document.path: (clause_gaps(document.text), names, standing)
        for document, names, standing in zip(documents, missing, standings, strict=True)
    }
    return [
        (_with(report, *found[report.document]) if report.document in found else report, sha256)
        for report, sha256 in receipt
    ]


def assessed_before(report: FileReport, before: Mapping[str, tuple[FileReport, str]]) -> FileReport:
    """A report with what the last build, of the same documents, found out about its file."""
    if report.document not in before:
        return report
    old = before[report.document][0]
    return replace(
        report, clause_gaps=old.clause_gaps, named_missing=old.named_missing, standing=old.standing, chunks=old.chunks
    )


def _with(report: FileReport, gaps: tuple[str, ...], names: tuple[str, ...], standing: Standing) -> FileReport:
    return replace(report, clause_gaps=gaps, named_missing=names, standing=standing)
