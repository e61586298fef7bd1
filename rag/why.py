"""Why an answer is what it is: the data that `rag.explain_answer` gathers and page, terminal and JSON show."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Factor:
    """One thing that makes a score: its `value`, the `weight` that was fitted, and their product `share`."""

    name: str
    value: float
    weight: float
    share: float


@dataclass(frozen=True)
class Candidate:
    """A sentence that was weighed for the answer.

    Attributes
    ----------
    score
        In log-odds, the sum of the shares of `factors`.
    chosen
        A citation of the answer holds it.
    """

    document: str
    title: str
    section: str
    start: int
    end: int
    text: str
    score: float
    chosen: bool
    factors: tuple[Factor, ...]


@dataclass(frozen=True)
class LookedUp:
    """A figure, date, 文号, article, place or organisation of an answer's sentence, and what looking for it gave.

    Attributes
    ----------
    kind
        As of `rag.facts.Fact`, or "day".
    found
        What is cited holds it.
    citations
        Numbers of the citations whose quotes hold it; empty where only title, heading or 文号 do.
    """

    text: str
    kind: str
    found: bool
    citations: tuple[int, ...]


@dataclass(frozen=True)
class SentenceCheck:
    """What verification found for one sentence of an answer.

    Attributes
    ----------
    support
        Share of its character pairs that what it cites holds, in [0, 1]; None where it cites nothing.
    looked_up
        What was looked for, in reading order.
    unsupported
        As `AnswerSentence.unsupported`.
    """

    text: str
    citations: tuple[int, ...]
    support: float | None
    looked_up: tuple[LookedUp, ...]
    unsupported: tuple[str, ...]


@dataclass(frozen=True)
class PartConfidence:
    """One of the questions that a comparing question was split into, and the probability that it is answered."""

    question: str
    confidence: float


@dataclass(frozen=True)
class AnswerExplanation:
    """Why a question was answered so, or refused.

    Attributes
    ----------
    confidence, threshold
        The estimated probability that the documents answer, and below which one a question is refused.
    estimated
        The probability that follows from `factors`; a rule may have changed it (a follow-up on what no passage names).
    factors
        What made it, in log-odds; the first is what every question begins with.
    candidates
        The sentences that were weighed, best first; all that are cited, and of the others the best.
    checks
        One a sentence of the answer.
    parts
        Where the question compares things: each of them asked for itself.
    """

    confidence: float
    threshold: float
    estimated: float
    factors: tuple[Factor, ...]
    candidates: tuple[Candidate, ...]
    checks: tuple[SentenceCheck, ...]
    parts: tuple[PartConfidence, ...] = ()
