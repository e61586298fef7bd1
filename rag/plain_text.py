"""Sentences of an answer → plain text with citation markers; a table → aligned lines."""

import re
from collections.abc import Sequence

from rich.cells import cell_len

from rag.types import AnswerSentence, Table
from rag.verify import describe_unsupported

_BRACKETED = re.compile(r"\[(\d+)\]")


def render(sentences: Sequence[AnswerSentence], before: str = "", after: str = "") -> str:
    """Plain text with `[n]` markers at sentence ends; a literal `[3]` of a source becomes `［3］`.

    What a sentence says without support is named behind it. `before` and `after` stand around the values that are
    asked for.

    >>> render([AnswerSentence("见附件[3]。", (1,)), AnswerSentence("共三项。", (2, 3))])
    '见附件［3］。[1]共三项。[2][3]'
    >>> render([AnswerSentence("投入五千万元。", (1,), ("五千万元",)), AnswerSentence("已完成。", (), ("未找到依据",))])
    '投入五千万元。（引文中未见：五千万元）[1]已完成。（未找到依据）'
    >>> render([AnswerSentence("投入五千万元。", (1,), emphasis=((2, 6),))], "*", "*")
    '投入*五千万元*。[1]'
    """
    return "".join(
        _marked(sentence, before, after)
        + _BRACKETED.sub(r"［\1］", _doubt(sentence))
        + "".join(f"[{number}]" for number in sentence.citations)
        for sentence in sentences
    )


def table_lines(table: Table) -> list[str]:
    """The rows of a table, its columns under each other; a Chinese character takes two columns of the terminal.

    >>> from rag.types import Cell
    >>> table_lines(Table(("", "投入"), ((Cell("广东"), Cell("3亿元", (1,))), (Cell("甲"), Cell("文件未载明")))))
    ['      投入', '广东  3亿元[1]', '甲    文件未载明']
    """
    rows = [table.header, *(tuple(_cell(cell.text, cell.citations) for cell in row) for row in table.rows)]
    widths = [max(cell_len(row[column]) for row in rows) for column in range(len(table.header))]
    return ["  ".join(_padded(text, width) for text, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _cell(text: str, citations: Sequence[int]) -> str:
    line = " ".join(_BRACKETED.sub(r"［\1］", text).split())
    return line + "".join(f"[{number}]" for number in citations)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - cell_len(text))


def _marked(sentence: AnswerSentence, before: str, after: str) -> str:
    text = _BRACKETED.sub(r"［\1］", sentence.text)  # as long as it was, so that offsets stay
    for start, end in reversed(sentence.emphasis):
        text = f"{text[:start]}{before}{text[start:end]}{after}{text[end:]}"
    return text


def _doubt(sentence: AnswerSentence) -> str:
    doubt = describe_unsupported(sentence)
    return f"（{doubt}）" if doubt else ""
