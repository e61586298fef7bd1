"""Words for matching: tokens of a normalised copy of the text, and BM25 over them."""

import json
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from operator import add
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.normalise import matching_copy
from rag.normalise import normalise as normalise

WORDS_VERSION = 2

_RUN = re.compile(r"[\u3400-\u9fff]+|[a-z]+|\d+(?:\.\d+)?")
_STOP = frozenset("的了和是在与及或等对为以于中有其之将也就都而被把从到由并个这那该此吗呢吧啊")
_ASKING = re.compile(
    r"什么时候|什么时间|什么地方|什么|怎么样|怎样|怎么|如何|为什么|为何|多少|几个|几年|哪些|哪个|哪年|哪里|哪儿|哪一|哪|谁|何时|何地|"
    r"是否|有没有|请问|介绍一下|告诉我|吗|呢|呀"
)


def words(text: str) -> list[str]:
    """Tokens by jieba's search mode (rjieba), without punctuation and the most frequent function words."""
    return _words(matching_copy(text))


def bigrams(text: str) -> list[str]:
    """Overlapping pairs of Chinese characters; Latin words and numbers stay whole.

    >>> bigrams("闽宁协作2021年")
    ['闽宁', '宁协', '协作', '2021', '年']
    """
    return _bigrams(matching_copy(text))


def words_and_bigrams(text: str) -> tuple[list[str], list[str]]:
    """Both kinds of tokens of a text, whose matching copy is made once."""
    copy = matching_copy(text)
    return _words(copy), _bigrams(copy)


def _words(copy: str) -> list[str]:
    import rjieba

    tokens: list[str] = rjieba.cut_for_search(copy)
    return [token for token in tokens if token not in _STOP and _RUN.match(token)]


def _bigrams(copy: str) -> list[str]:
    tokens: list[str] = []
    for run in _RUN.findall(copy):
        if run[0] < "\u3400" or len(run) == 1:
            tokens.append(run)
        else:
            tokens += map(add, run, run[1:])
    return tokens


def content_of_question(question: str) -> str:
    """Blank out the words that only ask (什么, 哪些, 多少 …), which the answer need not contain."""
    return _ASKING.sub(" ", matching_copy(question))


def nouns_and_names(text: str) -> tuple[list[str], list[str]]:
    """Nouns of any kind, and the proper names among them (persons, places, organisations), by jieba's tags."""
    import rjieba

    tagged: list[tuple[str, str]] = rjieba.tag(matching_copy(text))
    nouns = [word for word, tag in tagged if tag.startswith("n")]
    return nouns, [word for word, tag in tagged if tag[:2] in ("nr", "ns", "nt", "nz")]


class WordIndex:
    """BM25 (Lucene's variant, k1 = 1.5, b = 0.75) over token lists, kept as arrays and JSON (no pickle)."""

    def __init__(
        self, tokenizer: Callable[[str], list[str]], retriever: object, frequencies: dict[str, int], size: int
    ):
        self._tokenizer = tokenizer
        self._retriever = retriever
        self._frequencies = frequencies
        self._size = size

    @classmethod
    def build(cls, tokens: Sequence[list[str]], tokenizer: Callable[[str], list[str]]) -> "WordIndex":
        """Index texts, given by the tokens that `tokenizer` gives; the position of a text is its number in `scores`."""
        import bm25s

        frequencies = Counter(token for row in tokens for token in set(row))
        retriever = None
        if frequencies:
            retriever = bm25s.BM25(k1=1.5, b=0.75, method="lucene")
            retriever.index(tokens, show_progress=False)
        return cls(tokenizer, retriever, dict(frequencies), len(tokens))

    def save(self, folder: Path) -> None:
        """Write the index into a new folder."""
        folder.mkdir(parents=True)
        (folder / "frequencies.json").write_text(
            json.dumps({"size": self._size, "frequencies": self._frequencies}, ensure_ascii=False), encoding="utf-8"
        )
        if self._retriever is not None:
            self._retriever.save(str(folder / "bm25"), show_progress=False)  # type: ignore[attr-defined]

    @classmethod
    def load(cls, folder: Path, tokenizer: Callable[[str], list[str]]) -> "WordIndex":
        """Read an index written by `save`; `tokenizer` must be the one it was built with."""
        import bm25s

        meta = json.loads((folder / "frequencies.json").read_text(encoding="utf-8"))
        retriever = bm25s.BM25.load(str(folder / "bm25"), show_progress=False) if meta["frequencies"] else None
        return cls(tokenizer, retriever, meta["frequencies"], meta["size"])

    @property
    def size(self) -> int:
        """Number of texts."""
        return self._size

    def scores(self, query: str) -> NDArray[np.float32]:
        """BM25 score of each text, shape (size,); zeros where no token is known."""
        known = [token for token in self._tokenizer(query) if token in self._frequencies]
        if not known or self._retriever is None:
            return np.zeros(self._size, dtype=np.float32)
        found: NDArray[np.float32] = self._retriever.get_scores(known)  # type: ignore[attr-defined]
        return found

    def known(self, query: str) -> list[bool]:
        """For each distinct token of a query, whether any text holds it."""
        return [token in self._frequencies for token in dict.fromkeys(self._tokenizer(query))]

    def knows(self, token: str) -> bool:
        """Tell whether any text holds the token."""
        return token in self._frequencies

    def idf(self, token: str) -> float:
        """Inverse document frequency as in BM25, ln(1 + (N − n + 0.5) / (n + 0.5)); greatest for unknown tokens."""
        n = self._frequencies.get(token, 0)
        return math.log(1 + (self._size - n + 0.5) / (n + 0.5))


@lru_cache(maxsize=8192)
def token_sets(text: str) -> tuple[frozenset[str], frozenset[str]]:
    """The word set and the bigram set of a text."""
    return frozenset(words(text)), frozenset(bigrams(text))


def overlap(tokens: Iterable[str], other: frozenset[str], idf: Callable[[str], float]) -> float:
    """Idf-weighted share of `tokens` that occur in `other`, in [0, 1]; 0 without tokens."""
    total = shared = 0.0
    for token in set(tokens):
        weight = idf(token)
        total += weight
        shared += weight if token in other else 0.0
    return shared / total if total else 0.0
