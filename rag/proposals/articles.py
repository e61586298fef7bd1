"""Articles: 第三条 of a document that has them → 《……》第三条规定了什么？"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from rag.proposals.draft import Draft, Statement, title_of
from rag.types import Document

_ARTICLE = re.compile(
    r"^[ \t　]*(?:\*\*)?(第([一二三四五六七八九十百零〇]+)条)(?:\*\*)?[ \t　]+(\S[^\n]{7,})$", re.MULTILINE
)
_DIGITS = "零一二三四五六七八九"
_SMALLEST = 3


def articles(document: Document, found: Sequence[Statement]) -> Iterator[Draft]:
    """Ask what an article says, where a document has several and each number once."""
    matches = list(_ARTICLE.finditer(document.text))
    numbers = Counter(match.group(1) for match in matches)
    if len(numbers) < _SMALLEST:
        return
    for match in matches:
        if numbers[match.group(1)] == 1:
            question = f"{title_of(document)}{match.group(1)}规定了什么？"
            quote = document.text[match.start(1) : match.end()].rstrip()
            answer = re.split("[，。；：]", match.group(3))[0]
            yield Draft(document.path, match.start(1), "article", question, quote, (answer,))


def absent_article(document: Document) -> tuple[str, str] | None:
    """The question for an article after the last that a document has or names, and that article; None without any."""
    if len(set(_ARTICLE.findall(document.text))) < _SMALLEST:
        return None
    named = [article_number(name) for name in re.findall("第([一二三四五六七八九十百零〇]+)条", document.text)]
    article = f"第{chinese_number(max(named) + 3)}条"
    return f"{title_of(document)}{article}规定了什么？", article


def chinese_number(number: int) -> str:
    """A number from 1 to 999 as articles write it.

    >>> [chinese_number(number) for number in (7, 10, 18, 40, 105, 110, 213)]
    ['七', '十', '十八', '四十', '一百零五', '一百一十', '二百一十三']
    """
    hundreds, tens, ones = number // 100, number // 10 % 10, number % 10
    text = f"{_DIGITS[hundreds]}百" if hundreds else ""
    if tens:
        text += ("" if tens == 1 and not hundreds else _DIGITS[tens]) + "十"
    elif hundreds and ones:
        text += "零"
    return text + (_DIGITS[ones] if ones else "")


def article_number(text: str) -> int:
    """The number of an article.

    >>> [article_number(text) for text in ("七", "十", "十八", "四十", "一百零五", "二百一十三")]
    [7, 10, 18, 40, 105, 213]
    """
    total, digit = 0, 0
    for char in text:
        if char in "十百":
            total += (digit or 1) * (10 if char == "十" else 100)
            digit = 0
        else:
            digit = 0 if char == "〇" else _DIGITS.index(char)
    return total + digit
