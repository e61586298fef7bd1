"""The parts of a comparing question, each with its evidence → a table: what is compared, and what was asked of it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.asked_kinds import asked_kinds
from rag.emphasis import asked_values, asks_value, clause_at, holds_value
from rag.evidence import in_place
from rag.facts import find_figures
from rag.held_kinds import kinds_lacking
from rag.judging import Judgement
from rag.names import find_names, holds_name
from rag.other_matters import is_of_other_years, names_other_years, sums_years, tells_of_others, tells_otherwise
from rag.quoting import Pick, pick_of, row_sentence
from rag.slots import SHORT_NAMES, find_regions, find_slots, missing_slots
from rag.store import Library
from rag.topic import ASKING
from rag.types import AnswerSentence, Cell, Sentence, Table
from rag.words import bigrams, content_of_question, normalise

NOT_STATED = "文件未载明"
"""What stands in a cell for which no sentence was found."""

_ITEM, _SAID = "比较对象", "文件所载"
_TRIED, _GAP = 8, 4.0
"""So many of the best sentences of a part may fill its cells, where they are not further below the best than this."""
_SHORT = 60
"""A longer sentence is cut to the clause with the value in its cell; it is quoted whole in the answer."""
_ALIKE, _WHOLE = 0.5, 3
"""Share of a label's pairs of characters that a sentence about it holds; shorter labels may be half a name."""
_CHOICE = re.compile(
    r"[，,]?(?:哪一?[个边头方年省家种]?|谁|是)[^，,。？?]{0,18}(?:更?[多大高早少小长快]|在?先)(?:了?还是[少小低了]+)?[些呢？?，,]*$|"
    r"[，,]?(?:有?(?:什么|啥|何|哪些)?(?:区别|差别|差异|异同|不同|不一样)|差在哪|差多少|相差多少|怎么变化|如何变化)[^，,]*$"
)
_MORE = re.compile("更?[多大高少小低](?:了|些|$|[？?，,])|涨|增长|下降|出入|差多少|数量|差别")
"""What compares numbers without asking how many."""
_OTHER_ORGAN, _NEAR = 1.5, 1.0
"""What it costs a sentence not to name an organisation of its row; and how far below the best of its row one may lie to
be quoted besides."""
_TIME_UNITS = ("年", "个月", "月", "天", "年代")
_LACKING = 0.5
# 闽宁 is a pair of provinces wherever a part begins with it.
_PAIR = re.compile(rf"(?<![\u4e00-\u9fff])([{''.join(SHORT_NAMES)}]{{2}})(?=[到从在\d])")

Scored = tuple[float, Sentence]

_REMARK = re.compile("（[^）]*）|\\([^)]*\\)")
_PIECE = re.compile(rf"({_REMARK.pattern}|[\d〇零一二三四五六七八九]{{2,4}}年[底末初度]?)")
_SHORT_ORGAN = re.compile("发改委|国务院|中办|国办|中央|扶贫办|乡村振兴局")
_PAPER = re.compile("《|〔|方案|意见|通知|办法|规定|纲要|规划|文件")
_ASPECT = re.compile("时间|地点|日期|金额|人数|数量|项目|单位|对象|内容")
_ASPECTS = re.compile(rf"((?:{_ASPECT.pattern})(?:[和与、]?(?:{_ASPECT.pattern}))+)")


@dataclass(frozen=True)
class Part:
    """One of the questions that a comparing question is split into (`rag.question_parts`), and what answers it."""

    question: str
    judged: Judgement


@dataclass(frozen=True)
class Filled:
    """What fills a cell: the text to show, the sentence that it is taken from, and what was asked there."""

    text: str
    pick: Pick
    asked: str


@dataclass(frozen=True)
class Comparison:
    """Rows of a table before they are cited; None stands for what the documents do not state.

    `more` are sentences that fit nearly as well as the best of their row.
    """

    columns: tuple[str, ...]
    labels: tuple[str, ...]
    cells: tuple[tuple[Filled | None, ...], ...]
    more: tuple[Pick, ...] = ()

    @property
    def picks(self) -> tuple[Pick, ...]:
        """What is to be quoted, row by row, each once."""
        return tuple(dict.fromkeys(cell.pick for row in self.cells for cell in row if cell is not None))

    @property
    def complete(self) -> bool:
        """Whether every cell is filled."""
        return all(cell is not None for row in self.cells for cell in row)


def compare(library: Library, parts: Sequence[Part]) -> Comparison:
    """Find for each thing compared and each thing asked the best sentence that is about it and holds such a value."""
    labels, common = labels_of([part.question for part in parts])
    columns = columns_of(common)
    cells: list[tuple[Filled | None, ...]] = []
    more: list[Scored] = []
    for label, part in zip(labels, parts, strict=True):
        others = [other for other in labels if other != label]
        scored = [
            (score, sentence)
            for score, sentence in _sentences_about(library, label, part)
            if not tells_of_others(label, others, sentence.text)
        ]
        asked = [part.question] if len(columns) == 1 else [f"{label}{column}" for column in columns]
        cells.append(tuple(_fill(library, question, [sentence for _, sentence in scored]) for question in asked))
        if not any(asks_value(question) for question in asked):
            more += [
                (scored[0][0] - score, sentence) for score, sentence in scored[1:] if score >= scored[0][0] - _NEAR
            ]
    more.sort(key=lambda one: one[0])
    return Comparison(
        columns, tuple(labels), tuple(cells), tuple(pick_of(sentence, apart=True) for _, sentence in more)
    )


def table_of(comparison: Comparison, sentences: Sequence[AnswerSentence]) -> Table:
    """The table with the numbers of its citations; `sentences` are those of `Comparison.picks`, in their order."""
    cited = {pick: sentence.citations for pick, sentence in zip(comparison.picks, sentences, strict=True)}
    rows = [
        (Cell(label), *(Cell(cell.text, cited[cell.pick]) if cell else Cell(NOT_STATED) for cell in row))
        for label, row in zip(comparison.labels, comparison.cells, strict=True)
    ]
    return Table((_ITEM, *comparison.columns), tuple(rows))


def labels_of(questions: Sequence[str]) -> tuple[list[str], str]:
    """What the questions differ in, and what they have in common.

    >>> labels_of(["广东投入多少？", "浙江投入多少？"])
    (['广东', '浙江'], '投入多少')
    >>> labels_of(["全国2019年减贫多少人", "全国2020年减贫多少人"])
    (['2019年', '2020年'], '全国减贫多少人')
    >>> labels_of(["援藏派了多少人？", "佛山出了几亿？"])
    (['援藏派了多少人', '佛山出了几亿'], '')
    """
    # A remark that all of them carry is about the last of the things, or about all: it tells none from the others.
    shared = [remark for remark in _REMARK.findall(questions[0]) if all(remark in other for other in questions)]
    tokens = [_tokens(_without(question, shared).rstrip(" ？?。！!")) for question in questions]
    shortest = min(map(len, tokens))
    first = next((n for n in range(shortest) if len({row[n] for row in tokens}) > 1), shortest)
    last = next((n for n in range(shortest - first) if len({row[-1 - n] for row in tokens}) > 1), shortest - first)
    labels = ["".join(row[first : len(row) - last]) for row in tokens]
    if (
        first
        and len(tokens[0][first - 1]) > 1
        and all(len(label) < _WHOLE and not find_slots(label) for label in labels)
    ):
        first -= 1  # 对口支援, 对口合作: they differ in half a name
        labels = [tokens[0][first] + label for label in labels]
    common = "".join(tokens[0][:first] + tokens[0][len(tokens[0]) - last :])
    if not all(labels) or (not ASKING.search(common) and not _CHOICE.search(common) and len(common) < 2):
        return ["".join(row) for row in tokens], ""
    return [label.strip("，,、 的") or label for label in labels], common


def columns_of(common: str) -> tuple[str, ...]:
    """What is asked of each thing: clauses that each ask, or aspects side by side (时间地点).

    >>> columns_of("在哪年部署，是谁的方案"), columns_of("召开的时间地点分别是"), columns_of("投入多少")
    (('在哪年部署', '是谁的方案'), ('时间', '地点'), ('投入多少',))
    """
    common = _CHOICE.sub("", common.strip(" ？?"))
    aspects = _ASPECTS.search(common)
    if aspects and not re.search("多少|几", common):
        return tuple(_ASPECT.findall(aspects[1]))
    clauses = [clause for clause in re.split("[，,、]", common) if clause]
    if len(clauses) > 1 and all(ASKING.search(clause) for clause in clauses):
        return tuple(clauses)
    common = re.sub("[：:，,]+(?=[，,])", "", common.strip("，, 的"))
    return (common if len(common) > 2 else _SAID,)


def _without(text: str, parts: Sequence[str]) -> str:
    for part in parts:
        text = text.replace(part, "")
    return text


def _tokens(question: str) -> list[str]:
    """Words; a year with its 年 is one, and a remark in brackets belongs to the word before it."""
    import rjieba

    tokens: list[str] = []
    for piece in _PIECE.split(question):
        if tokens and _REMARK.fullmatch(piece):
            tokens[-1] += piece
        else:
            tokens += [piece] if _PIECE.fullmatch(piece) else rjieba.cut(piece)
    return tokens


def _sentences_about(library: Library, label: str, part: Part) -> list[Scored]:
    """The best sentences of a part that hold the years, places and figures of its question, or else its words.

    Of sentences that are nearly as good, those come first that name no year besides: figures of a longer period are
    not those of the year.
    """
    judged = part.judged
    asked = _PAIR.sub(r"\1协作", _REMARK.sub("", part.question))
    found: list[Scored] = []
    for i in judged.order[:_TRIED]:
        sentence = judged.evidence.sentences[i]
        place = in_place(library, sentence)
        if (
            _is_about(label, place)
            and judged.scores[i] >= judged.scores[judged.order[0]] - _GAP
            and not missing_slots(asked, place)
            and not is_of_other_years(asked, sentence.text)
        ):
            other = tells_otherwise(asked, sentence.text)
            other += _OTHER_ORGAN * any(
                name.kind == "organisation" and not holds_name(normalise(place), name) for name in find_names(label)
            )
            found.append((judged.scores[i] - other, sentence))
    return sorted(found, key=lambda one: -one[0])


def _is_about(label: str, place: str) -> bool:
    """Tell whether a sentence in its place names what a row is about; `missing_slots` looks for years and provinces."""
    names = [name for name in find_names(label) if not find_regions(name.surface)]
    if names or find_slots(label):
        text = normalise(place)
        return all(holds_name(text, name) for name in names if name.kind == "place")
    if ASKING.search(label):
        return True  # a clause of its own, by which the sentences were ranked
    said = set(bigrams(content_of_question(label)))
    return len(said & set(bigrams(place))) >= _ALIKE * len(said)


def _fill(library: Library, asked: str, sentences: Sequence[Sentence]) -> Filled | None:
    wants_value = asks_value(_CHOICE.sub("", asked))
    if not wants_value and _MORE.search(asked):
        # A sentence with a number first, as far as there is one.
        sentences = sorted(sentences, key=lambda sentence: not _has_number(sentence.text))
    kinds = [holds for asks, holds in _KINDS if asks.search(asked)]
    if asked_kinds(_CHOICE.sub("", asked)):
        # One that holds the kind of answer asked for first; `sorted` keeps the order of the others.
        sentences = sorted(sentences, key=lambda sentence: kinds_lacking(asked, sentence.text) >= _LACKING)
    for sentence in sentences:
        document = library.document(sentence.document)
        text = row_sentence(document, sentence.start, sentence.end) or sentence.text
        values = asked_values(asked, text)
        held = holds_value(asked, text) and not sums_years(asked, text)
        if (held or not wants_value) and all(holds(text) for holds in kinds):
            if len(text) > _SHORT and values and not names_other_years(asked, text):
                text = text[slice(*clause_at(text, values[0][0], values[-1][1]))]
            return Filled(text, pick_of(sentence, apart=True), asked)
    return None


def _has_number(text: str) -> bool:
    return any(fact.kind == "quantity" and not fact.keys[0].endswith(_TIME_UNITS) for fact in find_figures(text).facts)


def _names_organ(text: str) -> bool:
    return any(fact.kind == "organisation" for fact in find_names(text)) or bool(_SHORT_ORGAN.search(text))


_KINDS = (
    # what asks for it, whether a text holds it
    (re.compile("哪个(?:单位|部门|机构|机关)|谁的(?:方案|文件|意见|规定)|谁(?:出|印发|发布|制定)"), _names_organ),
    (re.compile("(?:哪|什么)[个份]?(?:文件|文号|办法|通知|意见)"), lambda text: bool(_PAPER.search(text))),
)
