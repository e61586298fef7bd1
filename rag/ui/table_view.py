"""The table of a comparison, and the marked values of a sentence → HTML. All text goes through `rag.ui.escape`."""

import re
from collections.abc import Sequence

from rag.types import AnswerSentence, Cell, Table
from rag.ui.escape import for_markdown

_BRACKETED = re.compile(r"\[(\d+)\]")


def marked(sentence: AnswerSentence) -> str:
    """The text of a sentence with the values that were asked for in `<mark>`."""
    # A bracketed number of the source must not look like a marker; offsets stay.
    text = _BRACKETED.sub(r"［\1］", sentence.text)
    parts, position = [], len(text) - len(text.lstrip())
    for start, end in sentence.emphasis:
        parts += [for_markdown(text[position:start]), f"<mark>{for_markdown(text[start:end])}</mark>"]
        position = end
    return "".join([*parts, for_markdown(text[position:].rstrip())])


def markers(citations: Sequence[int], number: int) -> str:
    """Links that open the citations; `number` is that of the turn."""
    return "".join(f'<a class="cite" href="#cite-{number}-{one}">&#91;{one}&#93;</a>' for one in citations)


def table(found: Table | None, number: int) -> str:
    """A real table in one line of HTML; "" where there is none."""
    if found is None:
        return ""
    head = "".join(f'<th scope="col">{for_markdown(name)}</th>' for name in found.header)
    rows = "".join(
        f'<tr><th scope="row">{_cell(row[0], number)}</th>'
        + "".join(f"<td>{_cell(cell, number)}</td>" for cell in row[1:])
        + "</tr>"
        for row in found.rows
    )
    return f'<div class="compared"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'


def _cell(cell: Cell, number: int) -> str:
    text = _BRACKETED.sub(r"［\1］", cell.text.strip())
    return for_markdown(text) + markers(cell.citations, number)
