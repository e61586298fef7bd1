"""What only the whole folder tells of each document: its validity, what is missing, which other it repeats."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from rag.completeness import clause_gaps, named_missing
from rag.named import Catalogue
from rag.near_duplicates import find_near_duplicates
from rag.reports import FileReport
from rag.types import Document, Standing
from rag.validity import find_standings


def assess(documents: Sequence[Document], receipt: Sequence[tuple[FileReport, str]]) -> list[tuple[FileReport, str]]:
    """The receipt with validity, gaps in clause numbers, missing documents and near-duplicates filled in."""
    catalogue = Catalogue([document.header for document in documents])
    missing = named_missing(documents, catalogue)
    standings = find_standings(documents)
    repeated = find_near_duplicates([(document.path, document.text) for document in documents])
    found = {
        document.path: (clause_gaps(document.text), names, standing)
        for document, names, standing in zip(documents, missing, standings, strict=True)
    }
    assessed = []
    for report, sha256 in receipt:
        if report.document in found:
            near = repeated.get(report.document)
            report = replace(
                _with(report, *found[report.document]),
                near_duplicate=near.document if near else None,
                same_text=near is not None and near.same_text,
            )
        assessed.append((report, sha256))
    return assessed


def assessed_before(report: FileReport, before: Mapping[str, tuple[FileReport, str]]) -> FileReport:
    """A report with what the last build, of the same documents, found out about its file."""
    if report.document not in before:
        return report
    old = before[report.document][0]
    return replace(
        report,
        clause_gaps=old.clause_gaps,
        named_missing=old.named_missing,
        standing=old.standing,
        chunks=old.chunks,
        near_duplicate=old.near_duplicate,
        same_text=old.same_text,
    )


def _with(report: FileReport, gaps: tuple[str, ...], names: tuple[str, ...], standing: Standing) -> FileReport:
    return replace(report, clause_gaps=gaps, named_missing=names, standing=standing)
