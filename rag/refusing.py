"""What a refusal says: what was looked for, that it is not there, what is nearest, and which document might help.

Figures and names of the question may stand in it; of the documents only titles and headings, without their figures.
"""

import re
from collections.abc import Collection, Sequence

from rag.asked_kinds import AMOUNT, SHARE, asked_kinds
from rag.mentions import find_mentions
from rag.store import Library
from rag.topic import ASKING
from rag.types import Passage
from rag.words import normalise

_MOST_NAMED = 4
_FIGURES = "统计公报、年鉴或工作总结"
_RULES = "通知、办法或方案原文"
_SPECIAL = (
    # what asks for it, what it is called, what might help; `rag.asked_kinds` knows none of these
    (re.compile("多久|多长时间|几年时间"), "时长", _RULES),
    (
        re.compile("(?:同|跟|与|和|由|归|换成)谁|结对.{0,6}[谁哪]|哪.{0,4}结对"),
        "结对关系",
        "结对安排的通知或报道",
    ),
)
_PLACE = ("地点", "通知或报道")
_ASKED = {
    "reason": ("原因", "政策解读或答记者问"),
    "share": ("比例", _FIGURES),
    "amount": ("金额", _FIGURES),
    "when": ("时间", "通知、报道或大事记"),
    "count": ("数量", _FIGURES),
    "number": ("文号", "文件原文"),
    "paper": ("文件", "文件原文或目录"),
    "person": ("人", "任职公告、机构简介或报道"),
    "organ": ("机构", "任职公告、机构简介或报道"),
    "who": ("人或机构", "任职公告、机构简介或报道"),
    "city": _PLACE,
    "province": _PLACE,
    "county": _PLACE,
    "place": _PLACE,
    "list": ("清单", "通知、方案原文或名单"),
    "meaning": ("含义", "通知、办法原文或政策解读"),
}
"""What the kinds of answers (`rag.asked_kinds`) are called, and which documents might hold one; the first that is asked
for counts."""
_MEETING = re.compile("座谈会|现场会|推进会|联席会议?|电视电话会议?|会议")
_CHINESE = re.compile("[\u4e00-\u9fff]+")
_NO_SUBJECT = frozenset({"一共", "全国", "名字", "地方"})
_OTHERWISE = ("内容", "通知、办法或报道")


def refusal(library: Library, question: str, passages: Sequence[Passage], missing: Sequence[str] = ()) -> str:
    """Say that the documents do not answer a question, and how to go on.

    Parameters
    ----------
    question
        As it was understood.
    missing
        Documents and clauses that it names and that are not there (`rag.ranking.Ranking.missing`).
    """
    if not passages:
        return "文档中没有找到可以回答这个问题的内容：索引中还没有文档。请先在文档文件夹放入文件并更新索引。"
    nearest = passages[0]
    place = f"《{_without_figures(nearest.title)}》"
    if nearest.section:
        place += f"的“{_without_figures(nearest.section)}”"
    return "".join(
        [
            "文档中没有找到可以回答这个问题的内容。",
            looked_for(question),
            _absent(library, question, missing),
            f"最接近的是{place}，可点开核对。",
            f"如果有{what_helps(question, missing)}，放入文档文件夹并更新索引后可以再问；也可以换一种问法。",
        ]
    )


def looked_for(question: str) -> str:
    """The years, places, names and the kind of answer that were looked for, in a sentence; empty where none is known.

    >>> looked_for("2023年天津给甘肃拨了多少财政帮扶资金？")
    '要找的是：2023年、天津、甘肃，关于“财政帮扶资金”的金额。'
    """
    named = find_mentions(question)
    parts = [_years(first, last) for first, last in named.times]
    parts += [*_in_order(named.places, question), *(_as_title(mark, question) for mark in sorted(named.marks))]
    about = [phrase for phrase in _phrases(question) if not any(phrase in part for part in parts)][-_MOST_NAMED:]
    kind = _kind(question)[0]
    about = [phrase for phrase in about if phrase != kind]
    if not parts and not about and kind == _OTHERWISE[0]:
        return ""
    subject = f"关于“{'、'.join(about)}”的{kind}" if about else kind
    return f"要找的是：{'、'.join(parts[: 2 * _MOST_NAMED])}{'，' if parts else ''}{subject}。"


def what_helps(question: str, missing: Sequence[str] = ()) -> str:
    """The document that might answer: one that the question names and that is not there, else a kind of document.

    >>> what_helps("2024年闽宁协作投入多少资金？"), what_helps("《某办法》怎么规定？", ("《某办法》",))
    ('宁夏、福建2024年的统计公报、年鉴或工作总结', '《某办法》的原文')
    """
    documents = [name for name in missing if name.startswith("《") or name.endswith("号")]
    if documents:
        return f"{'、'.join(documents[:_MOST_NAMED])}的原文"
    named = find_mentions(question)
    kind, helps = _kind(question)
    if kind in ("时间", "地点", "人", "机构", "人或机构", "内容") and (meeting := _MEETING.search(question)):
        helps = f"{meeting[0]}的报道或纪要"
    places = "、".join(_in_order(named.places, question)[:_MOST_NAMED])
    years = "、".join(_years(first, last) for first, last in named.times[:_MOST_NAMED])
    scope = f"{places}{years}"
    return f"{scope}{'' if _MEETING.match(helps) else '的'}{helps}" if scope else f"有关的{helps}"


def _absent(library: Library, question: str, missing: Sequence[str]) -> str:
    """Name what the question names and no document has: documents, clauses, years."""
    years = [year for year in sorted(find_mentions(question).years) if not library.passage_bigrams.knows(str(year))]
    parts = [f"文档里没有{'、'.join(dict.fromkeys(missing))}。"] if missing else []
    if years:
        parts.append(f"没有文档提到{'、'.join(f'{year}年' for year in years)}。")
    return "".join(parts)


def _in_order(places: Collection[str], question: str) -> list[str]:
    return sorted(places, key=lambda name: (question.find(name), name))


def _phrases(question: str) -> list[str]:
    """Runs of nouns of a question, without places and figures."""
    import rjieba

    tagged: list[tuple[str, str]] = rjieba.tag(ASKING.sub("，", normalise(question)))
    runs = [""]
    for place, (word, tag) in enumerate(tagged):
        noun = _is_noun(tag)
        # 帮扶资金: a verb before a noun belongs to it.
        noun = noun or (tag == "v" and len(word) > 1 and place + 1 < len(tagged) and _is_noun(tagged[place + 1][1]))
        if noun and _CHINESE.fullmatch(word) and word not in _NO_SUBJECT:
            runs[-1] += word.removesuffix("有")
        else:
            runs.append("")
    return [run for run in dict.fromkeys(runs) if len(run) > 1]


def _is_noun(tag: str) -> bool:
    return tag == "vn" or (tag[0] in "njlb" and tag != "ns")


def _kind(question: str) -> tuple[str, str]:
    """What the kind of answer asked for is called, and what might help."""
    for asks, kind, helps in _SPECIAL:
        if asks.search(question):
            return kind, helps
    kinds = set(asked_kinds(question))
    if "count" in kinds:
        kinds |= {name for name, asks in (("amount", AMOUNT), ("share", SHARE)) if asks.search(question)}
    return next((named for kind, named in _ASKED.items() if kind in kinds), _OTHERWISE)


def _years(first: int, last: int) -> str:
    return f"{first}年" if first == last else f"{first}—{last}年"


def _as_title(mark: str, question: str) -> str:
    return f"《{mark}》" if f"《{mark}》" in question else mark


def _without_figures(text: str) -> str:
    return re.sub(r"\d+(?:[.,]\d+)*", "…", text)
