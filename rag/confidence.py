"""Evidence → what tells whether it answers, in two judgements: is this what the documents are about, does one say it.

A question about something else is told by how little of it any passage has; a near miss by what no single sentence has
together. The first would drown the second in one sum, so each has a logistic regression of its own (`rag.weights`), and
both must hold: the confidence is the product of the two probabilities.
"""

from collections.abc import Sequence, Set
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.evidence import Evidence, gather_evidence, in_place, mean_overlap
from rag.fitting import held_slots, measure_fit, place
from rag.mentions import find_mentions
from rag.normalise import matching_copy
from rag.question_parts import question_parts
from rag.question_years import each_year, full_years
from rag.ranking import Ranking
from rag.settings import DEFAULT_TUNING, Tuning
from rag.store import Library
from rag.synonyms import load_synonyms
from rag.words import bigrams, content_of_question, nouns_and_names, token_sets, words

TOPIC_FEATURES = ("dense", "passage_dense", "covered_by_document", "foreign", "names_missing", "nouns_missing", "named")
"""What `Measured.topic` holds."""

# So many of the best sentences are the context of the first judgement.
_CHOSEN = 3
# The sentence itself, its headings or its title has a year, place or figure of the question (`held_slots`).
_NAMED = 0.8

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Measured:
    """What a confidence rests on.

    Attributes
    ----------
    topic
        Values of TOPIC_FEATURES.
    fits
        For each of the things that are asked for, measurements of the sentences that may say it, shape
        (sentences, number of `rag.fitting.FIT_FEATURES`).
    """

    topic: Matrix
    fits: tuple[Matrix, ...]


def measure(
    library: Library,
    ranking: Ranking,
    evidence: Evidence,
    question: str,
    sentence: Matrix,
    left_out: Set[int] = frozenset(),
    *,
    tuning: Tuning = DEFAULT_TUNING,
) -> Measured:
    """Measure how well the candidate sentences, of which there must be one, answer a question.

    Of a question about several things or years (`rag.question_parts`) each is measured alone.

    Parameters
    ----------
    sentence
        Weights of SENTENCE_FEATURES, which order the candidates.
    left_out
        Numbers of documents that are treated as absent.
    """
    synonyms = load_synonyms(tuning.synonyms)

    def fit(own: Evidence, asked: str) -> Matrix:
        scores = own.features @ sentence
        return measure_fit(library, own, scores.tolist(), best_first(scores), asked, synonyms)

    whole = full_years(question)
    parts = [full_years(part) for part in question_parts(question)] or each_year(whole)
    fits = [fit(gather_evidence(library, ranking, part, left_out, tuning=tuning), part) for part in parts]
    order = best_first(evidence.features @ sentence)
    topic = _topic(library, ranking, evidence, order[:_CHOSEN], whole)
    return Measured(np.array(topic), tuple(fits) or (fit(evidence, whole),))


def best_first(scores: Matrix) -> list[int]:
    """Positions of the candidates by their score, best first."""
    return [int(i) for i in np.argsort(-scores, kind="stable")]


def _context(library: Library, evidence: Evidence, chosen: Sequence[int]) -> str:
    """The chosen sentences in their place: headings and title, passages, and date and source of the first document."""
    sentences = [evidence.sentences[i] for i in chosen]
    header = library.document(sentences[0].document).header
    return "\n".join(
        [
            *(in_place(library, sentence) for sentence in sentences),
            *(library.chunk(number).text for number in sorted({sentence.chunk for sentence in sentences})),
            header.published or "",
            header.source or "",
        ]
    )


def _topic(library: Library, ranking: Ranking, evidence: Evidence, chosen: Sequence[int], question: str) -> list[float]:
    """Measure how near a question is to what the documents are about, in the order of TOPIC_FEATURES.

    `dense`, `passage_dense` = best cosine of a candidate sentence, and of the chosen sentences' passages;
    `covered_by_document` = idf-weighted share of the question's words and bigrams, of those that the library knows,
    anywhere in the first document; `foreign` = 1 where the library knows less than a third of its words and the
    context covers less than 0.15 of them all; `names_missing` = how many of its proper names the context lacks (at
    most 2), `nouns_missing` = share of its nouns; `named` = how many of its years, places and figures the first
    sentence has in its place (at most 2), as a terse question may share nothing else with it.
    """
    context = _context(library, evidence, chosen)
    asked = content_of_question(question)
    question_words, question_bigrams = set(words(asked)), set(bigrams(asked))
    known_words = {token for token in question_words if library.passage_words.knows(token)}
    known_bigrams = {token for token in question_bigrams if library.passage_bigrams.knows(token)}
    sentences = [evidence.sentences[i] for i in chosen]
    chunks = sorted({sentence.chunk for sentence in sentences})
    first = library.document(sentences[0].document)
    matching = matching_copy(context)
    nouns, names = nouns_and_names(question)
    held = held_slots(find_mentions(question), question, place(library, sentences[0]))
    strictly = mean_overlap(library, question_words, question_bigrams, *token_sets(context))
    return [
        float(evidence.cosines.max()),
        float((library.chunk_vectors(chunks) @ ranking.vector).max()),
        mean_overlap(library, known_words, known_bigrams, *token_sets(first.text)),
        float(3 * len(known_words) < len(question_words) and strictly < 0.15),
        float(min(sum(name not in matching for name in names), 2)),
        sum(noun not in matching for noun in nouns) / max(len(nouns), 1),
        float(min(sum(value >= _NAMED for value in held.values()), 2)),
    ]
