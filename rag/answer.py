"""Question → cited answer without an LLM: the sentences that answer, in reading order, or a refusal."""

import re
import time
from collections.abc import Sequence

import numpy as np

from rag.embed import Embedder
from rag.evidence import Evidence, confidence_features, gather_evidence
from rag.filters import EVERYTHING, Filter, left_out_by, nothing_matches
from rag.retrieve import check_question, page_of, rank, top_passages
from rag.settings import DEFAULT_TUNING, Tuning
from rag.split import table_head
from rag.store import Library
from rag.types import Answer, AnswerSentence, Citation, Document, Passage, Sentence
from rag.verify import unsupported
from rag.weights import load_weights
from rag.words import token_sets

# So many of the best sentences are looked at to tell whether there is an answer, as when the weights were fitted.
_JUDGED = 3
_SAME = 0.8

_ASKS_LIST = re.compile(r"哪些|哪几|有什么|列出|列举|分别|包括什么|都有谁|几个方面|几项|几条|清单|一览")
_BRACKETED = re.compile(r"\[(\d+)\]")


def answer_question(
    library: Library,
    embedder: Embedder,
    question: str,
    *,
    only: Filter = EVERYTHING,
    tuning: Tuning = DEFAULT_TUNING,
) -> Answer:
    """Answer from one build of the index, from the documents that meet a filter.

    Raises
    ------
    QuestionError
        The question is empty or too long.
    """
    started = time.perf_counter()
    understood = check_question(question)
    left_out = left_out_by(library, only)
    ranking = rank(library, embedder.embed_query(understood), understood, left_out, tuning=tuning)
    passages = tuple(top_passages(library, ranking, tuning.answer_passages))
    evidence = gather_evidence(library, ranking, understood, left_out, tuning=tuning)
    weights = load_weights()
    scores = weights.sentence_scores(evidence.features)
    order = [int(i) for i in np.argsort(-scores, kind="stable")]
    confidence = 0.0
    if order:
        features = confidence_features(library, ranking, evidence, order[:_JUDGED], understood)
        confidence = weights.probability(features)
    refused = confidence < (weights.threshold if tuning.threshold is None else tuning.threshold)
    sentences: tuple[AnswerSentence, ...] = ()
    citations: tuple[Citation, ...] = ()
    if refused:
        text = nothing_matches(library, only) if only and not passages else _refusal(understood, passages, library)
    else:
        is_list = _ASKS_LIST.search(understood) is not None
        chosen = _choose(evidence, scores.tolist(), order, tuning, is_list=is_list)
        sentences, citations = _cite(library, [evidence.sentences[i] for i in chosen])
        text = render(sentences)
    return Answer(
        question=question,
        understood=understood,
        answer=text,
        refused=refused,
        confidence=round(confidence, 4),
        sentences=sentences,
        citations=citations,
        passages=passages,
        elapsed_ms=round((time.perf_counter() - started) * 1000, 1),
    )


def render(sentences: Sequence[AnswerSentence]) -> str:
    """Plain text with `[n]` markers at sentence ends; a literal `[3]` of a source becomes `［3］`.

    >>> render([AnswerSentence("见附件[3]。", (1,)), AnswerSentence("共三项。", (2, 3))])
    '见附件［3］。[1]共三项。[2][3]'
    """
    return "".join(
        _BRACKETED.sub(r"［\1］", sentence.text) + "".join(f"[{number}]" for number in sentence.citations)
        for sentence in sentences
    )


def _choose(
    evidence: Evidence, scores: Sequence[float], order: Sequence[int], tuning: Tuning, *, is_list: bool
) -> list[int]:
    """The best sentences that do not repeat each other, in reading order, the best document first."""
    limit = tuning.max_list if is_list else tuning.max_sentences
    gap = tuning.list_gap if is_list else tuning.gap
    chosen: list[int] = []
    for i in order:
        if len(chosen) == limit or scores[i] < scores[order[0]] - gap:
            break
        if not any(_repeats(evidence.sentences[i], evidence.sentences[other]) for other in chosen):
            chosen.append(i)
    first_seen = {evidence.sentences[i].document: position for position, i in reversed(list(enumerate(chosen)))}
    return sorted(chosen, key=lambda i: (first_seen[evidence.sentences[i].document], evidence.sentences[i].start))


def _repeats(one: Sentence, other: Sentence) -> bool:
    """Tell whether two sentences say the same in nearly the same words, with the same figures (Jaccard of bigrams)."""
    a, b = token_sets(one.text)[1], token_sets(other.text)[1]
    same_figures = {t for t in a if t[0].isdigit()} == {t for t in b if t[0].isdigit()}
    return same_figures and len(a & b) >= _SAME * max(len(a | b), 1)


def _cite(library: Library, chosen: Sequence[Sentence]) -> tuple[tuple[AnswerSentence, ...], tuple[Citation, ...]]:
    """Quote the chosen sentences; neighbours in the text become one quote."""
    runs: list[tuple[Document, Sentence, int]] = []
    for sentence in chosen:
        document = library.document(sentence.document)
        if runs:
            last_document, first, end = runs[-1]
            between = document.text[end : sentence.start]
            if last_document.path == document.path and end <= sentence.start and not between.strip(" \u3000"):
                runs[-1] = (document, first, sentence.end)
                continue
        runs.append((document, sentence, sentence.end))
    sentences: list[AnswerSentence] = []
    citations: list[Citation] = []
    for document, first, end in runs:
        citations.append(_citation(library, document, first, first.start, end, len(citations) + 1))
        numbers = [len(citations)]
        text = document.text[first.start : end]
        head = table_head(document.text, first.start)
        if head:
            citations.append(_citation(library, document, first, *head, len(citations) + 1))
            numbers.append(len(citations))
            text = _row_text(document.text[head[0] : head[1]], text)
        quotes = [citations[number - 1].quote for number in numbers]
        sentences.append(AnswerSentence(text, tuple(numbers), unsupported(text, quotes)))
    return tuple(sentences), tuple(citations)


def _citation(library: Library, document: Document, sentence: Sentence, start: int, end: int, number: int) -> Citation:
    nature = document.header.nature
    return Citation(
        number=number,
        document=document.path,
        title=document.title,
        section=" › ".join(library.chunk(sentence.chunk).section),
        page=page_of(document, start),
        start=start,
        end=end,
        quote=document.text[start:end],
        header=document.header,
        note=nature,
    )


def _row_text(head: str, row: str) -> str:
    """A table row as a sentence: `列名：值；列名：值。`"""
    names, values = _cells(head), _cells(row)
    if len(names) != len(values):
        return "；".join(value for value in values if value) + "。"
    return (
        "；".join(f"{name}：{value}" if name else value for name, value in zip(names, values, strict=True) if value)
        + "。"
    )


def _cells(row: str) -> list[str]:
    return [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", row.strip().strip("|"))]


def _refusal(question: str, passages: Sequence[Passage], library: Library) -> str:
    """Say that the documents do not answer, and name what is nearest, without figures."""
    if not passages:
        return "文档中没有找到可以回答这个问题的内容：索引中还没有文档。请先在文档文件夹放入文件并更新索引。"
    nearest = passages[0]
    place = f"《{_without_figures(nearest.title)}》"
    if nearest.section:
        place += f"的“{_without_figures(nearest.section)}”"
    advice = "可点开核对；也可以换一种问法，或补充相关文档后更新索引。"
    return f"文档中没有找到可以回答这个问题的内容。最接近的是{place}，{advice}"


def _without_figures(text: str) -> str:
    return re.sub(r"\d+(?:[.,]\d+)*", "…", text)
