"""What a build tells: of every file, of the whole, and where it stands."""

from dataclasses import dataclass, field

from rag.types import Header, Standing


@dataclass(frozen=True)
class FileReport:
    """What a build did with one file. `status`: added, changed, unchanged, removed or skipped (with `reason`).

    `warnings` say in Chinese what of the file could not be read; `clause_gaps` where its clause numbers jump
    (第三条 → 第五条); `named_missing` which policy documents it names that the folder does not hold; `standing` from
    when until when it is in force; `near_duplicate` the path of an earlier document that says nearly the same, with
    `same_text` the same (`rag.near_duplicates`); `may_pass` that a skipped file may be read another time as it is.
    """

    document: str
    status: str
    reason: str | None = None
    chunks: int = 0
    characters: int = 0
    pages: int | None = None
    encoding: str | None = None
    header: Header = field(default_factory=Header)
    format: str | None = None
    pages_without_text: int = 0
    warnings: tuple[str, ...] = ()
    clause_gaps: tuple[str, ...] = ()
    named_missing: tuple[str, ...] = ()
    standing: Standing = field(default_factory=Standing)
    ocr_pages: int = 0
    near_duplicate: str | None = None
    same_text: bool = False
    may_pass: bool = False


@dataclass(frozen=True)
class BuildReport:
    """What a build did: one report a file, the number of passages in the index and the time it took."""

    documents: tuple[FileReport, ...]
    chunks: int
    elapsed_ms: float
    generation: str


@dataclass(frozen=True)
class Progress:
    """Where a long step stands: `stage` is a Chinese phrase for the user, `done` of `total` units."""

    stage: str
    done: int
    total: int
