"""Check that every figure and date in the documents occurs in a fact the document rests on.

    python evaluation/check_facts.py

Each figure in a document's body (a run of digits, with its decimals) must be a figure of one of the facts that
`document_facts.csv` lists for the document; figures are compared whole, so 34.05 is not found in 134.05. The numbers
of a date (2021年4月8日) must follow one another in a single fact. Numbers of headings and lists, Chinese numerals and
units are not checked. Each failure is printed as document, sentence and figure; any failure makes the exit status 1.
"""

import argparse
import csv
import re
import sys
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from rag.documents import list_files, read_document  # noqa: E402
from rag.settings import Settings  # noqa: E402
from rag.types import Document  # noqa: E402

_FIGURE = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?")
_DATE = re.compile(r"(?:\d{4}年)?\d{1,2}月(?:\d{1,2}(?=日|[—–-]\d{1,2}日))?")
_LIST_NUMBER = re.compile(r"^(\s*(?:#{1,6}\s+)?)(?:\d{1,2}(?:[、．]|\.(?!\d))|[（(]\d{1,2}[）)])")
_SENTENCE_END = re.compile(r"(?<=[。！？!?；])")


@dataclass(frozen=True)
class Failure:
    """A figure or date that no fact of the document holds; or, with figure "", what is wrong with the tables."""

    document: str
    sentence: str
    figure: str


def read_facts(path: Path) -> dict[int, str]:
    """Read the texts of the facts, by number."""
    with path.open(encoding="utf-8", newline="") as file:
        return {int(row["number"]): row["fact"] for row in csv.DictReader(file)}


def read_document_facts(path: Path) -> dict[str, list[int]]:
    """Read the numbers of the facts each document rests on, by the document's path."""
    with path.open(encoding="utf-8", newline="") as file:
        return {row["document"]: [int(number) for number in row["facts"].split()] for row in csv.DictReader(file)}


def body(document: Document) -> str:
    """Return a document's text after the header block."""
    first = document.sections[0]
    return document.text[first.end :] if first.kind == "header" else document.text


def figures(text: str) -> list[str]:
    """Return the figures of a text in their order, without thousands separators.

    >>> figures("2021年投入1,409.5亿元")
    ['2021', '1409.5']
    """
    return [unicodedata.normalize("NFKC", found).replace(",", "") for found in _FIGURE.findall(text)]


def sentences(text: str) -> list[str]:
    """Cut a text into sentences and table rows, without the numbers of headings and lists."""
    lines = (_LIST_NUMBER.sub(r"\1", line) for line in text.splitlines())
    return [part.strip() for line in lines for part in _SENTENCE_END.split(line) if part.strip()]


def check_text(name: str, text: str, facts: Iterable[str]) -> list[Failure]:
    """Return a failure for each figure and date of the text that is in none of the facts."""
    known = [figures(fact) for fact in facts]
    single = {figure for row in known for figure in row}
    failures = []
    for sentence in sentences(text):
        failures += [Failure(name, sentence, figure) for figure in figures(sentence) if figure not in single]
        for match in _DATE.finditer(sentence):
            date = figures(match.group())
            if single.issuperset(date) and not any(_follow(date, row) for row in known):
                failures.append(Failure(name, sentence, match.group()))
    return failures


def check_documents(folder: Path, facts: Mapping[int, str], rests_on: Mapping[str, Sequence[int]]) -> list[Failure]:
    """Check all documents of a folder, and that the tables name all of them and only known facts."""
    names = list_files(folder)
    failures = [
        Failure(name, "文档不存在，却列在 document_facts.csv 里。", "") for name in rests_on if name not in names
    ]
    for name in names:
        if name not in rests_on:
            failures.append(Failure(name, "文档没有列入 document_facts.csv。", ""))
            continue
        unknown = [number for number in rests_on[name] if number not in facts]
        if unknown:
            failures.append(Failure(name, f"facts.csv 里没有这些编号：{unknown}。", ""))
        document, _ = read_document(Settings(documents=folder), name)
        held = [facts[number] for number in rests_on[name] if number in facts]
        failures += check_text(name, body(document), held)
    return failures


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the check from the command line; return the exit status."""
    parser = argparse.ArgumentParser(description="核对文档中的数字和日期是否都见于所依据的事实。")
    parser.add_argument("--documents", type=Path, default=ROOT / "documents")
    parser.add_argument("--facts", type=Path, default=ROOT / "evaluation" / "facts.csv")
    parser.add_argument("--document-facts", type=Path, default=ROOT / "evaluation" / "document_facts.csv")
    options = parser.parse_args(arguments)
    rests_on = read_document_facts(options.document_facts)
    failures = check_documents(options.documents, read_facts(options.facts), rests_on)
    for failure in failures:
        print(failure.document, failure.sentence, failure.figure, sep="\t")
    print(f"{len(list_files(options.documents))} 份文档，{len(failures)} 处不符。")
    return 1 if failures else 0


def _follow(date: Sequence[str], row: Sequence[str]) -> bool:
    size = len(date)
    return any(list(row[start : start + size]) == list(date) for start in range(len(row) - size + 1))


if __name__ == "__main__":
    sys.exit(main())
