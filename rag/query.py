"""Question → what is looked for: its copy for matching, what may stand for its words, and its vector."""

import re
from dataclasses import dataclass

from rag.embed import Embedder
from rag.normalise import matching_copy, simplified
from rag.settings import DEFAULT_TUNING, Tuning
from rag.store import Vectors
from rag.synonyms import load_synonyms

_CHINESE = re.compile(r"[\u3400-\u9fff]")
_LATIN_WORD = re.compile(r"[a-z]{2,}")


@dataclass(frozen=True)
class Query:
    """A question as it is matched.

    Attributes
    ----------
    text
        The copy for matching.
    also
        What may stand for its words, by the table of synonyms.
    foreign
        Whether it has more words in Latin letters than Chinese characters.
    """

    text: str
    also: tuple[str, ...]
    foreign: bool


def read_query(question: str, tuning: Tuning = DEFAULT_TUNING) -> Query:
    """Make a question ready for matching."""
    text = matching_copy(question)
    also = load_synonyms(tuning.synonyms).expand(text)
    return Query(text, also, len(_LATIN_WORD.findall(text)) > len(_CHINESE.findall(text)))


def embed_question(embedder: Embedder, question: str, tuning: Tuning = DEFAULT_TUNING) -> Vectors:
    """The question's unit vector, shape (dimension,).

    Traditional characters are embedded as simplified ones, as documents are. Behind a question in another language
    stand the Chinese words for it that the table of synonyms has; measured in docs/retrieval.md.
    """
    query = read_query(question, tuning)
    chinese = [name for name in query.also if _CHINESE.search(name)] if query.foreign else []
    return embedder.embed_query(" ".join([simplified(question), *chinese]))
