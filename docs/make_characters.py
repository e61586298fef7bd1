"""Write rag/characters.txt: the 3,500 most used characters, simplified and traditional, most frequent first.

    pip install -e ".[test]"
    python docs/make_characters.py DICTIONARY

DICTIONARY is `jieba/dict.txt` of the package jieba 0.42.1 (MIT): words with how often they occur. A character counts as
often as the words it stands in; OpenCC (standard, Taiwan and Hong Kong forms) turns the words into traditional ones.
"""

import sys
from collections import Counter
from pathlib import Path

from opencc import OpenCC

TARGET = Path(__file__).resolve().parents[1] / "rag" / "characters.txt"
COUNT = 3500
HEAD = (
    "# The 3,500 most used characters, most frequent first: simplified, then traditional.\n"
    "# Counted in the dictionary of jieba 0.42.1 (MIT) by docs/make_characters.py.\n"
)


def main() -> int:
    """Count and write."""
    simplified: Counter[str] = Counter()
    forms: list[Counter[str]] = [Counter(), Counter(), Counter()]
    converters = [OpenCC(name).convert for name in ("s2t", "s2tw", "s2hk")]
    for line in Path(sys.argv[1]).read_text("utf-8").splitlines():
        word, count = line.split(" ")[:2]
        _add(simplified, word, int(count))
        for form, convert in zip(forms, converters, strict=True):
            _add(form, convert(word), int(count))
    traditional = forms[0] | forms[1] | forms[2]  # the larger count of each
    text = HEAD + _most_used(simplified, "gb2312") + "\n" + _most_used(traditional, "big5") + "\n"
    TARGET.write_text(text, "utf-8", newline="\n")
    return 0


def _add(counts: Counter[str], word: str, count: int) -> None:
    for char in word:
        if "\u4e00" <= char <= "\u9fff":
            counts[char] += count


def _most_used(counts: Counter[str], charset: str) -> str:
    """Those the standard character set of the script has; equal counts in order of code points."""
    order = sorted(counts, key=lambda char: (-counts[char], char))
    return "".join(char for char in order if char.encode(charset, "ignore"))[:COUNT]


if __name__ == "__main__":
    raise SystemExit(main())
