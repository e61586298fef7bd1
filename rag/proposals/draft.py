"""What the rules work on, and what they make: sentences with their place, and drafts of questions."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from rag.split import sentence_ranges
from rag.types import Document

Rule = Callable[[Document, Sequence["Statement"]], Iterator["Draft"]]
"""A rule yields drafts from one document and its statements."""

_SHORTEST, _LONGEST = 12, 140
_PAIRS = ("“”", "《》", "（）", "()", "「」", "〔〕", "【】")
# Bylines and page furniture of web articles, and speech: not statements of the document.
_NOT_A_STATEMENT = re.compile(
    r"正文：|原标题|来源：|责任编辑|责编|编辑：|记者|通讯员|图为|图片|[）)]摄|摄[）)]|摄影|报料|扫码|点击|返回|"
    r"[？?！!…|#@]|供图|文章[\u4e00-\u9fff]{2,6}(?:证券|集团)|编写|口径|说法不|未见|没有见到"
)
_SOURCE = re.compile(
    r"(?:答：)?(?:据|根据)(?:《[^》]*|[^，：；。“《])*?"
    r"(?:报道|消息|综述|资料|材料|介绍|统计|了解|悉|口述|评论|记载|摘要|文章|数据|显示|透露|测算|白皮书|解读|概括|说明|发布会|》)(?:显示|称|了解)?，"
)


@dataclass(frozen=True)
class Statement:
    """A sentence of a document: `start` is its place, `quote` its exact text, `body` what it says without source.

    `body` has no full stop and no leading 据……报道; it is part of `quote`.
    """

    start: int
    quote: str
    body: str


@dataclass(frozen=True)
class Draft:
    """A proposed question with its verbatim evidence; `note` is for the person who reviews it."""

    document: str
    start: int
    type: str
    question: str
    quote: str
    answers: tuple[str, ...]
    note: str = ""


def statements(document: Document) -> list[Statement]:
    """The sentences of a document that state something on their own: whole, of middling length, no bylines."""
    found = []
    for section in document.sections:
        if section.kind != "body":
            continue
        begin = max(section.start, section.heading_end)
        for start, end in sentence_ranges(document.text[begin : section.end]):
            quote = document.text[begin + start : begin + end]
            body = _body(quote)
            if body is not None:
                found.append(Statement(begin + start, quote, body))
    return found


def clauses(text: str) -> list[str]:
    """Cut at the commas and semicolons that stand outside brackets and quotation marks.

    >>> clauses("2021年（至11月，初步），甲、乙结对，“一，二”")
    ['2021年（至11月，初步）', '甲、乙结对', '“一，二”']
    """
    parts, depth, start = [], 0, 0
    for position, char in enumerate(text):
        if any(char == pair[0] for pair in _PAIRS):
            depth += 1
        elif any(char == pair[1] for pair in _PAIRS):
            depth -= 1
        elif char in "，；" and depth == 0:
            parts.append(text[start:position])
            start = position + 1
    return [*parts, text[start:]]


def balanced(text: str) -> bool:
    """Whether every bracket and quotation mark is closed."""
    return all(text.count(pair[0]) == text.count(pair[1]) for pair in _PAIRS)


def title_of(document: Document) -> str:
    """The title as it is named in a question, in 《》.

    >>> from rag.types import Header
    >>> title_of(Document("办法.md", "", Header(), ()))
    '《办法》'
    """
    title = document.title.strip()
    if title.startswith("《") and title.endswith("》") and title.count("《") == 1:
        return title
    return f"《{title.replace('《', '〈').replace('》', '〉')}》"


def _body(quote: str) -> str | None:
    whole = quote.endswith("。") and _SHORTEST <= len(quote) <= _LONGEST and "\n" not in quote
    if not whole or not balanced(quote) or _NOT_A_STATEMENT.search(quote):
        return None
    body = quote[:-1]
    source = _SOURCE.match(body)
    return body[source.end() :] if source else body
