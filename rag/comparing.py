"""The parts of a comparing question, each with its evidence → a table: what is compared, and what was asked of it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.asked_kinds import asked_kinds
from rag.emphasis import asked_values, asks_quantity, asks_value, clause_at, holds_value
from rag.evidence import in_place
from rag.facts import find_figures, years_of
from rag.held_kinds import kinds_lacking
from rag.judging import Judgement
from rag.mentions import find_mentions, told_apart, without_source
from rag.names import find_names, holds_name
from rag.normalise import matching_copy
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
_OTHER_YEAR, _OTHER_PLACE, _PART_OF_YEAR, _OTHER_SIDE, _OTHER_ORGAN, _NEAR = 3.0, 2.5, 1.0, 3.0, 1.5, 1.0
"""What it costs a sentence to name another year, another place, months of the year, the time behind a year where that
before is asked for, or not to name an organisation of its row, as a figure of a part is none of the whole; and how far
below the best of its row one may lie to be quoted besides."""
_BEFORE, _AFTER = re.compile(r"年(?:以|之)?前(?!后|\d)|调整(?:以|之)?前"), re.compile(r"年?(?:以|之)?后(?!来)|调整(?:以|之)?后")
_TIME_UNITS = ("年", "个月", "月", "天", "年代")
_SO_FAR = re.compile("[到至截起]|累计|以来|期间|年间")
_PERIOD = re.compile(
    r"到(?:19|20)\d\d年为止|(?:19|20)\d\d年?(?:\d{1,2}月)?(?:底|末|初|以来)?\s*(?:[—–~～-]|至|到)+\s*(?:19|20)\d\d"
)
_LACKING = 0.5
_BESIDES = 0.4
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
        scored = _sentences_about(library, label, part)
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
            and not _is_of_other_years(asked, sentence.text)
        ):
            other = _OTHER_YEAR * _names_other_years(asked, sentence.text)
            if asks_quantity(asked):
                other += _PART_OF_YEAR * _tells_part_of_year(asked, sentence.text)
            other += _OTHER_SIDE * _tells_other_side(asked, sentence.text)
            other += _OTHER_ORGAN * any(
                name.kind == "organisation" and not holds_name(normalise(place), name) for name in find_names(label)
            )
            other += _OTHER_PLACE * _names_other_places(asked, sentence.text)
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


def _is_of_other_years(question: str, text: str) -> bool:
    """Tell whether a sentence names years, besides when it was told, and none of the question's.

    >>> _is_of_other_years("2024年投入多少", "据某报2024年1月报道，2023年投入3亿元。")
    True
    """
    asked, told = find_mentions(question), find_mentions(without_source(text))
    spans = [span for span in told.times if any(span[0] <= last and first <= span[1] for first, last in asked.times)]
    return bool(asked.times and told.times) and not spans


def _names_other_years(question: str, text: str) -> bool:
    years = years_of(question)
    return bool(years) and bool(years_of(without_source(text)) - years)


def _tells_part_of_year(question: str, text: str) -> bool:
    """Tell whether a text names the years of a question that names no month only with one, or as an end.

    >>> texts = ("2019年到8月底2亿元。", "2019年3亿元。", "到2019年为止9亿元。")
    >>> [_tells_part_of_year("2019年投入多少", text) for text in texts]
    [True, False, True]
    """
    years = years_of(question)
    if not years or "月" in question:
        return False
    named = rf"(?:{'|'.join(map(str, years))})年?+"
    whole = re.search(rf"(?<!\d){named}(?!(?:[到至]|前)?\d{{1,2}}月|为止)", matching_copy(text))
    return whole is None and re.search(named, text) is not None


def _tells_other_side(question: str, text: str) -> bool:
    """Tell whether a question asks for the time before a year and a text tells only of that behind it, or the reverse.

    >>> _tells_other_side("2013年前帮几个", "2013年以后帮8个。"), _tells_other_side("2013年后帮几个", "2013年以后帮8个。")
    (True, False)
    """
    sides = [(bool(side.search(question)), bool(side.search(text))) for side in (_BEFORE, _AFTER)]
    return any(asks and not told and other for (asks, told), (_, other) in (sides, sides[::-1]))


def _names_other_places(question: str, text: str) -> float:
    """How far a text is about other places: less, where no figure is asked for, which would be another's."""
    asked = find_mentions(question).places
    weight = 1.0 if asks_quantity(question) else _BESIDES if asked else 0.0
    return weight * bool(find_mentions(told_apart(matching_copy(text))).places - asked)


def _sums_years(question: str, text: str) -> bool:
    """Tell whether a question asks of a year that a sentence names only as part of a longer period.

    >>> _sums_years("2021年投入多少", "2021年至2025年年中投入39亿元。")
    True
    >>> _sums_years("2021年投入多少", "2021年投入3亿元。")
    False
    >>> _sums_years("到2011年底投入多少", "1996—2011年累计投入7亿元。")
    False
    """
    years = set(map(str, years_of(question)))
    if _SO_FAR.search(question) or not any(year in text for year in years):
        return False
    outside = _PERIOD.sub(" ", text)
    return not any(year in outside for year in years)


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
        held = holds_value(asked, text) and not _sums_years(asked, text)
        if (held or not wants_value) and all(holds(text) for holds in kinds):
            if len(text) > _SHORT and values and not _names_other_years(asked, text):
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
