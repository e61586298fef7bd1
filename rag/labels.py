"""Labels of numbered parts, `第三条`, `（二）`, and how a clause is cited: `《…》（国发〔2021〕12号）第三条`."""

import re
import unicodedata
from collections.abc import Sequence

from rag.numerals import value_of
from rag.types import Citation

SEPARATOR = " › "
"""Stands between the headings of a path where it is one string: `Passage.section`, `Citation.section`."""

_ROMAN = {"I": 1, "V": 5, "X": 10}
_NUMERAL = "[零〇○一二两三四五六七八九十百千0-9０-９]+"
_ARTICLE = re.compile(rf"第\s*{_NUMERAL}\s*条(?:之{_NUMERAL})?")
_ATTACHED = re.compile(rf"附件(?:\s*{_NUMERAL})?(?:\s*[:：]\s*|\s+)(\S.+)")
_PARAGRAPH = re.compile(rf"第{_NUMERAL}款")
_ITEM = re.compile(r"[（(]\s*([零一二三四五六七八九十百]+)\s*[）)]")
_DECIMAL = re.compile(r"[0-9０-９]{1,2}(?:[.．][0-9０-９]{1,2})+(?=\s|$)")
_SUB_ITEM = re.compile(r"[（(]?([0-9０-９]{1,3})(?:[、．.]|[）)])")


def number_of(text: str) -> int | None:
    """The value of a Chinese, full-width or ordinary numeral; None where it is none.

    >>> number_of("二十三"), number_of("１２"), number_of("一百零五"), number_of("二〇二一"), number_of("甲")
    (23, 12, 105, 2021, None)
    """
    value = value_of(unicodedata.normalize("NFKC", text).strip())
    return None if value is None or value != int(value) else int(value)


def number_of_mark(mark: str) -> int | None:
    """The value of a heading's mark: Roman, in a circle, the last part of 1.2.3, or a numeral of `number_of`.

    >>> number_of_mark("IX"), number_of_mark("③"), number_of_mark("1.2.3"), number_of_mark("十二")
    (9, 3, 3, 12)
    """
    if mark and all(char in _ROMAN for char in mark):
        values = [_ROMAN[char] for char in mark]
        return sum(-v if v < max(values[i:]) else v for i, v in enumerate(values))
    if len(mark) == 1 and "①" <= mark <= "⑳":
        return ord(mark) - ord("①") + 1
    return number_of(re.split("[.．]", mark)[-1])


def numeral(number: int) -> str:
    """A number below 100 in Chinese, others in digits.

    >>> numeral(3), numeral(10), numeral(21), numeral(100)
    ('三', '十', '二十一', '100')
    """
    digits = "零一二三四五六七八九"
    if not 0 < number < 100:
        return str(number)
    tens, ones = divmod(number, 10)
    return (digits[tens] if tens > 1 else "") + ("十" if tens else "") + (digits[ones] if ones else "")


def cited_as(citation: Citation) -> str:
    """What a citation cites, as official texts are cited: 《title》（发文字号）第三条第（二）项.

    An article of an attached document is cited with the title of that; titles within a title stand in 〈〉.
    """
    path = citation.section.split(SEPARATOR)
    clause = clause_label(path)
    attached = _ATTACHED.fullmatch(path[0]) if clause else None
    title = (attached[1] if attached else citation.title).replace("《", "〈").replace("》", "〉")
    number = f"（{citation.header.doc_number}）" if citation.header.doc_number else ""
    return f"《{title}》{number}{clause}"


def clause_label(path: Sequence[str]) -> str:
    """How the clause at a heading path is cited; "" where the path holds no article (条).

    The names of the parts are those of 《立法技术规范（试行）（一）》 of the National People's Congress: articles 条
    hold unnumbered paragraphs 款, these numbered items （一） 项, these sub-items 1. 目.

    >>> clause_label(("第二章 职责", "第三条", "（二）")), clause_label(("第九条", "第二款", "（一）", "3."))
    ('第三条第（二）项', '第九条第二款第（一）项第3目')
    >>> clause_label(("二、重点任务", "（一）劳务协作"))
    ''
    """
    article = next((place for place in reversed(range(len(path))) if _ARTICLE.match(path[place])), None)
    if article is None:
        return ""
    match = _ARTICLE.match(path[article])
    label = article_label = re.sub(r"\s", "", match[0]) if match else ""
    for heading in path[article + 1 :]:
        if paragraph := _PARAGRAPH.match(heading):
            label += paragraph[0]
        elif item := _ITEM.match(heading):
            label += f"第（{item[1]}）项"
        elif decimal := _DECIMAL.match(heading):
            # As in agreements, 第三条第3.1款; the innermost names those around it.
            number = unicodedata.normalize("NFKC", decimal[0])
            label = f"{article_label}第{number}{'款' if number.count('.') == 1 else '项'}"
        elif sub_item := _SUB_ITEM.match(heading):
            label += f"第{number_of(sub_item[1])}目"
        else:
            break
    return label
