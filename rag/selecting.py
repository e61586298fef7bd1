"""Judged sentences → those to quote, best first: each after the first is to add what those before it do not tell."""

import re
from collections.abc import Iterator

from rag.asked_kinds import asked_kinds
from rag.emphasis import asked_values, asks_value, holds_value
from rag.held_kinds import count_items, kinds_lacking
from rag.judging import Judgement
from rag.normalise import matching_copy
from rag.quoting import repeats
from rag.store import Library
from rag.types import Sentence
from rag.words import bigrams, content_of_question, token_sets, words

_ADDS = 5.0
"""Worth, in points of a sentence's score, of telling all of the question that is not told yet."""
_SAME_DOCUMENT = 7.0
"""Worth of standing in the document of the best sentence, times the share of the question that is not told yet: there
the text leaves out what it is about (本鱼分布于…), and a sentence fits the question worse than it answers."""
_HOLDS = 4.0
"""Worth of holding a value of the kind that is asked for, as long as no sentence does."""
_PART, _MANY = 0.5, 4
_SATISFIED = 1.0
"""The gap where the best sentence plainly holds the value that is asked for."""
_DEFINES = 3.0
"""Worth of saying what a thing is where that is asked for: such a sentence (X是…) shares few words with a question."""
_TRIED, _FURTHEST = 40, 8.0

_ASKS_MEANING = re.compile(
    "概念|界定|定义|含义|[什啥]么?意思|指什么|什么是|啥[叫是]|什么叫|怎么理解|何谓|(?:是什么|是啥)[？?。]?$"
)
_DEFINITION = re.compile(
    r"(?:答[：:])?(?:所谓)?[“《]?(?P<thing>[\u4e00-\u9fff+]{2,16}?)[”》]?[，,]?(?:是指|指的是|就是|是|指|即)"
)


Tokens = dict[tuple[str, str], float]


def select(library: Library, judged: Judgement, question: str, gap: float) -> Iterator[Sentence]:
    """Give the best sentence, then greedily the one with the most worth, down to `gap` below the score of the best.

    The worth of a sentence is its score and what it adds: of the question's words and pairs of characters, weighted by
    idf, the share that it holds and no sentence before it. Sentences that repeat one before are left out.
    """
    sentences, scores = judged.evidence.sentences, judged.scores
    if not judged.order:
        return
    if _ASKS_MEANING.search(question):
        told = [defines(question, sentence.text) for sentence in sentences]
        scores = [score + _DEFINES * defined for score, defined in zip(scores, told, strict=True)]
    first = max(judged.order, key=lambda i: scores[i])
    pool = [i for i in judged.order[:_TRIED] if i != first and scores[i] >= scores[first] - _FURTHEST]
    held = {i: _tokens(sentences[i].text) for i in (first, *pool)}
    wanted = _wanted(library, question)
    total = sum(wanted.values()) or 1.0
    untold = {token: weight for token, weight in wanted.items() if token not in held[first]}
    lacking = _asks_kind(question) and not _holds_kind(question, sentences[first].text)
    if asked_values(question, sentences[first].text):
        gap = min(gap, _SATISFIED)
    given = [first]
    yield sentences[first]

    def worth(i: int) -> float:
        value = lacking * _holds_kind(question, sentences[i].text)
        adds = sum(weight for token, weight in untold.items() if token in held[i]) / total
        same = sentences[i].document == sentences[first].document
        return scores[i] + _HOLDS * value + _ADDS * adds + same * _SAME_DOCUMENT * sum(untold.values()) / total

    while pool:
        best = max(pool, key=worth)
        if worth(best) < scores[first] - gap:
            return
        pool.remove(best)
        if not any(repeats(sentences[best].text, sentences[other].text) for other in given):
            given.append(best)
            lacking = lacking and not _holds_kind(question, sentences[best].text)
            untold = {token: weight for token, weight in untold.items() if token not in held[best]}
            yield sentences[best]


def _asks_kind(question: str) -> bool:
    return asks_value(question) or bool(asked_kinds(question))


def _holds_kind(question: str, text: str) -> float:
    """How far a sentence holds a value of the kind asked for, or else a person, a place, a reason, items …"""
    if asks_value(question):
        return float(holds_value(question, text))
    if kinds_lacking(question, text) >= _PART:
        return 0.0
    if "list" not in asked_kinds(question):
        return 1.0
    return min(count_items(matching_copy(question), text) / _MANY, 1.0)


def defines(question: str, text: str) -> bool:
    """Tell whether a sentence begins by saying what something is that a question names.

    >>> defines("对口支援怎么界定？", "对口支援是在上级统筹之下的援助。")
    True
    >>> defines("对口支援怎么界定？", "按说法，对口合作是延伸。")
    False
    """
    found = _DEFINITION.match(text)
    return found is not None and found["thing"] in question


def _wanted(library: Library, question: str) -> Tokens:
    """Words and pairs of characters of a question that the library knows, with their idf."""
    asked = content_of_question(question)
    by_words, by_bigrams = library.passage_words, library.passage_bigrams
    wanted = {("word", token): by_words.idf(token) for token in words(asked) if by_words.knows(token)}
    return wanted | {("pair", token): by_bigrams.idf(token) for token in bigrams(asked) if by_bigrams.knows(token)}


def _tokens(text: str) -> frozenset[tuple[str, str]]:
    own_words, own_bigrams = token_sets(text)
    return frozenset([*(("word", token) for token in own_words), *(("pair", token) for token in own_bigrams)])
