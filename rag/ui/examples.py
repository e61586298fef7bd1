"""Questions to begin with, for the documents that come with the project."""

from collections.abc import Iterable

from rag.reports import FileReport

EXAMPLES = (
    ("东西部扶贫协作是哪一年启动的？", "起源与1996年启动.md"),
    ("1996年首批承担帮扶任务的东部省市有哪些？", "起源与1996年启动.md"),
    ("“四个不摘”指什么？", "过渡期与四个不摘.pdf"),
    ("国家乡村振兴重点帮扶县有多少个？", "国家乡村振兴重点帮扶县.md"),
    ("2017年的东西部扶贫协作考核有哪几项内容？", "考核评价.md"),
    ("2021年天津拨付援甘财政资金多少？", "津甘协作.txt"),
)
"""Each question with the document that answers it."""

_MOST = 6


def examples_for(files: Iterable[FileReport]) -> list[str]:
    """The questions that the indexed documents answer; about their titles when none of ours is among them."""
    indexed = {file.document: file for file in files if file.status not in ("skipped", "removed")}
    known = [question for question, document in EXAMPLES if document in indexed]
    if known:
        return known[:_MOST]
    titles = [file.header.title for file in indexed.values() if file.header.title]
    return [f"《{title}》主要讲了什么？" for title in titles[:3]]
