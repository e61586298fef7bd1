"""Documents named in a text, 《…》（文号）, and which of the folder they are."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rag.doc_number import find_doc_numbers, same_number
from rag.types import Header

_NAMED = re.compile(r"《([^《》\n]{2,120}|[^《》\n]{0,60}《[^《》\n]{2,80}》[^《》\n]{0,60})》")
_NUMBER_BEHIND = re.compile(r"\s*[（(]([^\n《》]{3,40}?[号令])\s*[）)]")
_NUMBER_INSIDE = re.compile(r"\s*[（(]([^（）()]{3,40}?[号令])\s*[）)]$")
_POLICY = re.compile(
    r"^关于.{2,}(?:通知|意见|办法|方案|决定|规定|通报|批复|公告|措施|函)|"
    r"(?:办法|条例|规划|纲要|决定|规定|细则|方案|意见|通知|章程|计划)(?:[（(〈][^（）()]{1,20}[）)〉])*$"
)
_PRINTED = re.compile(r"(?:印发|发布|公布|转发)《([^《》]{4,120})》")
_SUFFIX = re.compile(r"[（(](?:试行|暂行|修订|修正|修订版|\d{4}年?(?:修订|修正)(?:版|本)?)[）)]$")
_SHORTEST = 6


@dataclass(frozen=True)
class Named:
    """A document named in a text, `[start, end)`: its title without 《》, and the 发文字号 behind it."""

    start: int
    end: int
    title: str
    number: str | None


def named_documents(text: str, start: int = 0, end: int | None = None) -> Iterator[Named]:
    """All documents named between 《 and 》, in order.

    >>> [(n.title, n.number) for n in named_documents("《某办法》（某发[2021]3号）同时废止")]
    [('某办法', '某发〔2021〕3号')]
    >>> [(n.title, n.number) for n in named_documents("来源《某办法（某发[2021]3号）》")]
    [('某办法', '某发〔2021〕3号')]
    """
    for match in _NAMED.finditer(text, start, len(text) if end is None else end):
        behind = _NUMBER_BEHIND.match(text, match.end())
        title, inside = match[1], _NUMBER_INSIDE.search(match[1])
        numbers = find_doc_numbers(behind[1]) if behind else []
        number = numbers[0][2] if numbers else None
        if inside and (numbers := find_doc_numbers(inside[1])):
            title, number = title[: inside.start()], numbers[0][2]
        yield Named(match.start(), behind.end() if behind and number else match.end(), title, number)


def looks_like_policy(title: str) -> bool:
    """Tell whether a title is worded as those of policy documents are, and long enough to be told from short names."""
    return len(title_key(title)) >= _SHORTEST and _POLICY.search(title) is not None


def title_key(title: str) -> str:
    """A title as it is compared: without spaces, quotation marks and brackets of titles.

    >>> title_key("关于印发《某州　管理办法》的通知") == title_key("关于印发〈某州管理办法〉的通知")
    True
    """
    return re.sub(r"[\s《》〈〉“”\"‘’「」·]", "", unicodedata.normalize("NFKC", title)).casefold()


def base_key(title: str) -> str:
    """As `title_key`, without （试行）, （2022年修订） and the like at the end."""
    while True:
        shorter = _SUFFIX.sub("", title.strip())
        if shorter == title.strip():
            return title_key(shorter)
        title = shorter


class Catalogue:
    """The documents of a folder by title and number.

    A document is also known by the title of what it prints: a 通知 with an attached 《…办法》 by that of the 办法.
    """

    def __init__(self, headers: Iterable[Header]) -> None:
        self._headers = list(headers)
        self._by_key: dict[str, list[int]] = {}
        self._by_base: dict[str, list[int]] = {}
        self._by_number: dict[str, list[int]] = {}
        for number, header in enumerate(self._headers):
            for title in titles_of(header):
                _add(self._by_key, title_key(title), number)
                _add(self._by_base, base_key(title), number)
            if header.doc_number:
                _add(self._by_number, header.doc_number, number)
        self._all = "\n".join(self._by_key)

    def header(self, number: int) -> Header:
        """The header of a document."""
        return self._headers[number]

    def find(self, named: Named) -> list[int]:
        """Numbers of the documents that a name surely means: by 发文字号 where it is given, else by title."""
        if named.number:
            found = [n for number, all_n in self._by_number.items() if same_number(named.number, number) for n in all_n]
            if found:
                return found
        key = title_key(named.title)
        if len(key) < _SHORTEST:
            return []
        found = self._by_key.get(key) or self._by_base.get(base_key(named.title)) or self._without_issuer(key)
        # Of the same title but another number it is another document.
        return [n for n in found if not (named.number and self._headers[n].doc_number)]

    def has(self, named: Named) -> bool:
        """Tell whether a document of the folder is loosely what is named: its title is part of one, or one of it."""
        if self.find(named):
            return True
        key = base_key(named.title)
        if named.number and any(same_number(named.number, number) for number in self._by_number):
            return True
        if len(key) >= _SHORTEST and key in self._all:
            return True
        return any(key[start:] in self._by_key for start in range(1, max(1, len(key) - 7)))

    def same_title(self, number: int) -> list[int]:
        """Numbers of the other documents with the same title, but for （试行）, （2022年修订） and the like."""
        title = self._headers[number].title
        return [other for other in self._by_base.get(base_key(title), []) if other != number] if title else []

    def _without_issuer(self, key: str) -> list[int]:
        """Documents whose title has the issuer in front of what is named (《关于…的意见》)."""
        if not key.startswith("关于"):
            return []
        return [n for title, all_n in self._by_key.items() if title.endswith(key) for n in all_n]


def titles_of(header: Header) -> list[str]:
    """The titles that a document goes by: its own, and that of what it prints."""
    if header.title is None:
        return []
    printed = _PRINTED.search(header.title)
    return [header.title, printed[1]] if printed else [header.title]


def _add(table: dict[str, list[int]], key: str, number: int) -> None:
    if key and number not in table.setdefault(key, []):
        table[key].append(number)
