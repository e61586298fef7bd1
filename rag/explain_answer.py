"""A judgement and the answer made of it → why: what was weighed, what made the confidence, what verification found."""

from collections.abc import Iterator, Sequence

from rag.comparing import Part
from rag.evidence import SENTENCE_FEATURES
from rag.judging import Judgement
from rag.labels import SEPARATOR
from rag.store import Library
from rag.types import AnswerSentence, Citation, Sentence
from rag.verify import look_up, support
from rag.weights import CONFIDENCE_FEATURES, load_weights
from rag.why import AnswerExplanation, Candidate, Factor, PartConfidence, SentenceCheck

FACTOR_NAMES = {
    "dense": "语义接近",
    "overlap": "共有的词和双字",
    "local_overlap": "在本文档中少见的共有词",
    "document": "文档得分",
    "passage": "段落得分",
    "asks_date": "问时间且句中有时间",
    "asks_number": "问数字且句中有数字",
    "slots": "问题中的年份、数字、地名、标题",
    "bias": "起点",
    "time_missing": "最合适的一句没有所问的年份",
    "places_missing": "最合适的一句没有所问的地名",
    "marks_missing": "最合适的一句没有问题中的数字、标题、届次",
    "numbers_missing": "最合适的一句及其标题缺少问题中的其他数字",
    "kinds_missing": "最合适的一句没有所问的那类答案（人、地点、日期、数目、原因等）",
    "noun_missing": "最合适的一句缺少所问的事项",
    "gap": "最合适的一句得分低于其他句子",
    "topic": "话题是否相符",
}
"""What the factors are called on the screen."""
KIND_NAMES = {
    "day": "日期",
    "date": "日期",
    "quantity": "数字",
    "number": "文号",
    "ordinal": "条款或序号",
    "place": "地名",
    "organisation": "机构",
}
"""What the kinds of facts are called on the screen."""

_CANDIDATES = 8


def explain_answer(
    library: Library,
    judged: Judgement,
    parts: Sequence[Part],
    confidence: float,
    threshold: float,
    sentences: Sequence[AnswerSentence],
    citations: Sequence[Citation],
) -> AnswerExplanation:
    """Explain an answer, or with no sentences a refusal; `parts` are what a comparing question was split into."""
    weights = load_weights()
    factors = _factors(CONFIDENCE_FEATURES, judged.features.tolist(), weights.confidence)
    return AnswerExplanation(
        confidence=round(confidence, 4),
        threshold=threshold,
        estimated=round(judged.confidence, 4),
        factors=(Factor("bias", 1.0, round(weights.bias, 4), round(weights.bias, 4)), *factors) if factors else (),
        candidates=tuple(_candidates(library, [judged, *(part.judged for part in parts)], citations)),
        checks=tuple(_check(sentence, citations) for sentence in sentences),
        parts=tuple(PartConfidence(part.question, round(part.judged.confidence, 4)) for part in parts),
    )


def _factors(names: Sequence[str], values: Sequence[float], weights: Sequence[float]) -> tuple[Factor, ...]:
    return tuple(
        Factor(name, round(value, 4), round(weight, 4), round(value * weight, 4))
        for name, value, weight in zip(names, values, weights, strict=False)
    )


def _candidates(
    library: Library, judgements: Sequence[Judgement], citations: Sequence[Citation]
) -> Iterator[Candidate]:
    """The best sentences of each judgement and all that are cited, each once, with its best score; best first."""
    found: dict[tuple[str, int], Candidate] = {}
    most = max(2, _CANDIDATES // len(judgements))
    for judged in judgements:
        for place, i in enumerate(judged.order):
            sentence = judged.evidence.sentences[i]
            chosen, key = _is_cited(sentence, citations), (sentence.document, sentence.start)
            if (place < most or chosen) and (key not in found or found[key].score < judged.scores[i]):
                found[key] = _candidate(library, judged, i, chosen=chosen)
    yield from sorted(found.values(), key=lambda one: -one.score)


def _is_cited(sentence: Sentence, citations: Sequence[Citation]) -> bool:
    return any(
        citation.document == sentence.document and citation.start < sentence.end and sentence.start < citation.end
        for citation in citations
    )


def _candidate(library: Library, judged: Judgement, i: int, *, chosen: bool) -> Candidate:
    sentence = judged.evidence.sentences[i]
    document = library.document(sentence.document)
    return Candidate(
        sentence.document,
        document.title,
        SEPARATOR.join(document.section_at(sentence.start).path),
        sentence.start,
        sentence.end,
        sentence.text,
        round(judged.scores[i], 4),
        chosen,
        _factors(SENTENCE_FEATURES, judged.evidence.features[i].tolist(), load_weights().sentence),
    )


def _check(sentence: AnswerSentence, citations: Sequence[Citation]) -> SentenceCheck:
    cited = [citation for citation in citations if citation.number in sentence.citations]
    quotes = [citation.quote for citation in cited]
    return SentenceCheck(
        sentence.text,
        sentence.citations,
        round(support(sentence.text, quotes), 4) if cited else None,
        look_up(sentence, [(citation.number, citation.quote) for citation in cited]),
        sentence.unsupported,
    )
