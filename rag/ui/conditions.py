"""The conditions of the page: what is typed into the row 筛选 → a filter, and the filter in words."""

from collections.abc import Sequence

from rag.filters import Filter, describe, make_filter

NAMES = Filter("“发文机关”", "“日期自”", "“日期至”", "“文档”", "“某日有效”")
"""What errors call the conditions, in the order of the fields."""
HEADING = "筛选"

Typed = Sequence[str | None]
"""The texts of the five fields; a blank one, or one never touched (None), is no condition."""
NO_CONDITIONS: Typed = ("", "", "", "", "")


def typed_filter(typed: Typed) -> Filter:
    """The filter that is meant.

    Raises
    ------
    UsageError
        A date is none, or the first lies behind the last.
    """
    issuer, after, before, document, valid_on = ((text or "").strip() or None for text in typed)
    return make_filter(issuer, after, before, document, valid_on, NAMES)


def heading(only: Filter) -> str:
    """What stands over the fields, so that a filter is seen though they are folded away.

    >>> heading(Filter()), heading(Filter(issuer="县政府"))
    ('筛选', '筛选：发文机关含“县政府”')
    """
    return f"{HEADING}：{describe(only)}" if only else HEADING
