"""Why an answer is what it is → a part of its bubble that is folded away."""

from collections.abc import Iterable

from rag.types import Answer, Passage
from rag.ui.escape import for_markdown
from rag.why import AnswerExplanation, Candidate, SentenceCheck
from rag.why_text import check_text, confidence_text, factors_text, parts_text

_LONGEST = 80


def why_view(answer: Answer, number: int) -> str:
    """The folded part of turn `number`: confidence, what was checked, sentences and passages with their scores."""
    why = answer.explanation
    if why is None:
        return ""
    parts = [
        f"<p>{for_markdown(confidence_text(why, refused=answer.refused))}。</p>",
        _list("各项（对数几率）", _factors(why)),
        _list("每句话核对了什么", (_check(check) for check in why.checks)),
        _list("考虑过的句子（得分为对数几率）", (_candidate(one) for one in why.candidates)),
        _list("检索到的段落，最前的", (_passage(passage, number) for passage in answer.passages)),
    ]
    return f'<details class="why"><summary>依据与得分</summary>{"".join(parts)}</details>'


def _list(name: str, items: Iterable[str]) -> str:
    found = "".join(f"<li>{item}</li>" for item in items)
    return f'<div class="part">{name}</div><ul>{found}</ul>' if found else ""


def _factors(why: AnswerExplanation) -> list[str]:
    text = factors_text(why.factors, len(why.factors))
    return [for_markdown(text)] if text else []


def _check(check: SentenceCheck) -> str:
    return f"{for_markdown(_short(check.text))}{_aside(check_text(check))}"


def _candidate(one: Candidate) -> str:
    mark = '<span class="chosen">已引用</span> ' if one.chosen else ""
    score = f'<span class="score">{one.score:+.2f}</span>'
    return f"{score} {mark}{for_markdown(_short(one.text))}{_aside(f'《{one.title}》', factors_text(one.factors))}"


def _passage(passage: Passage, number: int) -> str:
    place = f"《{passage.title}》" + (f" › {passage.section}" if passage.section else "")
    score = f'<span class="score">{passage.score:.3f}</span>'
    link = f'<a href="#near-{number}-{passage.rank}">{passage.rank}. {for_markdown(place)}</a>'
    why = passage.explanation
    said = [parts_text(why), f"共有的词：{'、'.join(why.words)}" if why.words else ""] if why is not None else []
    return f"{score} {link}{_aside(*said)}"


def _aside(*texts: str) -> str:
    text = "；".join(filter(None, texts))
    return f'<span class="detail">{for_markdown(text)}</span>' if text else ""


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
