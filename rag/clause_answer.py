"""A question for what a clause says (《某办法》第三条规定了什么？) → the clause itself, word for word."""

import re
from collections.abc import Sequence

from rag.composing import Composed
from rag.normalise import simplified
from rag.quoting import Pick, cite
from rag.ranking import Ranking
from rag.sentences import sentence_ranges
from rag.store import Library
from rag.validity import is_in_force

_MOST_SENTENCES = 12
"""A chapter longer than this is answered as other questions are."""
_NUMERAL = r"[零〇一二两三四五六七八九十百千\d]+"
_CLAUSE = rf"第\s*[（(]?\s*{_NUMERAL}\s*[）)]?\s*(?:编|章|节|条|款|项|目|部分)(?:之{_NUMERAL})?"
_NAME = (
    r"《[^《》]*(?:《[^《》]*》[^《》]*)*》|[\u4e00-\u9fffA-Za-z]{1,20}?\s*"
    r"[〔\[［【（(〈﹝]\s*[\d０-９]{4}\s*年?[〕\]］】）)〉﹞]\s*第?\s*[\d０-９]{1,5}\s*号?"
)
_ASKS_WORDING = re.compile(
    r"(?:请问|请|介绍|说说|解释|列出|告诉我|看看|一下|原文|全文|条文|内容|具体|主要|分别|各|都|"
    r"规定|说|讲|写|讲述|提到|要求|明确|是|有|了|着|的|里|中|和|与|及|、|什么|啥|哪些|怎么|如何|呢|吗|[\s，,。？?！!：:（）()])*"
)


def quote_clause(library: Library, ranking: Ranking, question: str, day: str) -> Composed | None:
    """The whole clauses that a question names and asks for; None where it asks for something else of them.

    Of several documents with the name, those that are in force on a day go before those that are not.
    """
    standings = library.standings()
    force = [is_in_force(standings[n], library.document(library.paths[n]).header, day) for n, _, _ in ranking.clauses]
    clauses = [one for one, valid in zip(ranking.clauses, force, strict=True) if valid is not False] or ranking.clauses
    documents = [library.document(library.paths[number]) for number, _, _ in clauses]
    if not documents or not asks_wording(question, [document.title for document in documents]):
        return None
    picks = [
        Pick(document.path, start + first, start + last)
        for document, (_, start, end) in zip(documents, clauses, strict=True)
        for first, last in sentence_ranges(document.text[start:end])
    ]
    return Composed(*cite(library, picks)) if 0 < len(picks) <= _MOST_SENTENCES else None


def asks_wording(question: str, titles: Sequence[str]) -> bool:
    """Tell whether a question asks for nothing but what clauses say; documents may be named without 《》.

    >>> asks_wording("《某办法》第三条规定了什么？", []), asks_wording("《某办法》第三条规定的期限是多少？", [])
    (True, False)
    """
    text = simplified(question)
    rest = re.sub(_CLAUSE, "", re.sub(_NAME, "", text))
    for title in sorted((simplified(title) for title in titles), key=len, reverse=True):
        for name in (title, *re.findall("《([^《》]+)》", title)):
            rest = rest.replace(name, "")
    return rest != text and _ASKS_WORDING.fullmatch(rest) is not None
