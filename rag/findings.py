"""What a check of `doctor` found."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """The outcome of one check; `mend` is what to run or do where it failed."""

    check: str
    ok: bool
    detail: str
    mend: str | None = None
