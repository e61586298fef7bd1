"""A question for what a clause says (《某办法》第三条规定了什么？) → the clause itself, word for word."""

import re
import unicodedata
from collections.abc import Sequence

from rag.asked import CLAUSE_STEP, read_asked
from rag.composing import Composed
from rag.doc_number import same_number
from rag.named import base_key, titles_of
from rag.normalise import simplified
from rag.quoting import Pick, cite
from rag.ranking import Ranking
from rag.sentences import sentence_ranges, table_head
from rag.store import Library
from rag.validity import is_in_force

_MOST_SENTENCES = 12
"""A chapter longer than this is answered as other questions are."""
_NAME = r"《[^《》]*(?:《[^《》]*》[^《》]*)*》"
_NUMBER = re.compile(r"(.+?)〔(\d{4})〕0*(\d+)号")
_ASKS_WORDING = re.compile(
    r"(?:请问|请|介绍|说说|解释|列出|告诉我|看看|一下|原文|全文|条文|内容|具体|主要|分别|各|都|"
    r"规定|说|讲|写|讲述|提到|要求|明确|是|有|了|着|的|里|中|和|与|及|、|什么|啥|哪些|怎么|如何|呢|吗|[\s，,。？?！!：:（）()])*"
)


def quote_clause(library: Library, ranking: Ranking, question: str, day: str) -> Composed | None:
    """The whole clauses that a question names and asks for; None where it asks for something else of them.

    None too where another document or clause that it names is not there: half an answer would look like all of it. Of
    several documents with the name, those that are in force on a day go before those that are not.
    """
    if not ranking.clauses or ranking.missing:
        return None
    clauses = _in_force(library, ranking, question, day)
    documents = [library.document(library.paths[number]) for number, _, _ in clauses]
    names = [name for document in documents for name in (document.title, document.header.doc_number) if name]
    if not asks_wording(question, names):
        return None
    picks = [
        Pick(document.path, start + first, start + last)
        for document, (_, start, end) in zip(documents, clauses, strict=True)
        for first, last in sentence_ranges(document.text[start:end])
        # Every row of a table comes with its head.
        if (table_head(document.text, start + first) or (-1, -1))[0] != start + first
    ]
    return Composed(*cite(library, picks)) if 0 < len(picks) <= _MOST_SENTENCES else None


def _in_force(library: Library, ranking: Ranking, question: str, day: str) -> list[tuple[int, int, int]]:
    """The clauses without those of documents that another of the name stands for; one asked for by its 文号 stays."""
    headers = {number: library.document(library.paths[number]).header for number, _, _ in ranking.clauses}
    standings = library.standings()
    valid = {n: is_in_force(standings[n], header, day) is not False for n, header in headers.items()}
    keys = {n: {base_key(title) for title in titles_of(header)} for n, header in headers.items()}
    held = {key for n in headers if valid[n] for key in keys[n]}
    asked = read_asked(question).numbers
    by_number = {n for n, header in headers.items() if any(same_number(a, header.doc_number or "") for a in asked)}
    return [one for one in ranking.clauses if valid[one[0]] or one[0] in by_number or not keys[one[0]] & held]


def asks_wording(question: str, names: Sequence[str]) -> bool:
    """Tell whether a question asks for nothing but what clauses say.

    `names` are titles and 文号 of the documents, which may be named without 《》.

    >>> asks_wording("《某办法》第三条规定了什么？", []), asks_wording("《某办法》第三条规定的期限是多少？", [])
    (True, False)
    """
    text = _plain(question)
    rest = re.sub(_NAME, "", text)
    for name in sorted(map(_plain, names), key=len, reverse=True):
        number = _NUMBER.fullmatch(name)
        if number:
            # What stands in front of its first character is not part of it: 补助多少天按国发〔2021〕12号.
            parts = (
                rf"{re.escape(number[1])}\s*[〔\[【(〈]?\s*{number[2]}\s*年?[〕\]】)〉]?\s*第?\s*0*{number[3]}\s*号?"
            )
            rest = re.sub(rf"[(]?{parts}(?!\d)[)]?", "", rest)
        for part in (name, *re.findall("《([^《》]+)》", name)):
            rest = rest.replace(part, "")
    rest = CLAUSE_STEP.sub("", rest)
    return rest != text and _ASKS_WORDING.fullmatch(rest) is not None


def _plain(text: str) -> str:
    return simplified(unicodedata.normalize("NFKC", text))
