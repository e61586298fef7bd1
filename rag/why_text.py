"""Why an answer is what it is, in words: one piece of text each, for terminal and page."""

from rag.explain import PART_NAMES
from rag.explain_answer import FACTOR_NAMES, KIND_NAMES
from rag.types import Explanation
from rag.verify import describe_missing
from rag.why import AnswerExplanation, Factor, LookedUp, SentenceCheck

_SHOWN_FACTORS = 4


def confidence_text(why: AnswerExplanation, *, refused: bool) -> str:
    """Confidence and threshold, and what followed from them; a language model may refuse above the threshold."""
    outcome = "低于阈值，不回答"
    if why.confidence >= why.threshold:
        outcome = "不低于阈值，但语言模型没有在段落中找到回答" if refused else "不低于阈值，予以回答"
    text = f"置信度 {why.confidence:.2f}，阈值 {why.threshold:.2f}：{outcome}"
    if round(why.estimated, 2) != round(why.confidence, 2):
        text += f"（由各项得出 {why.estimated:.2f}，再按规则调整）"
    if why.parts:
        text += "；分开问：" + "，".join(f"“{part.question}” {part.confidence:.2f}" for part in why.parts)
    return text


def factors_text(factors: tuple[Factor, ...], most: int = _SHOWN_FACTORS) -> str:
    """The shares that count most, largest first, in log-odds; those of 0 are left out."""
    largest = sorted((one for one in factors if one.share), key=lambda one: -abs(one.share))[:most]
    return "，".join(f"{FACTOR_NAMES.get(one.name, one.name)} {one.share:+.2f}" for one in largest)


def check_text(check: SentenceCheck) -> str:
    """What verification found for a sentence, without the sentence.

    >>> facts = (LookedUp("3000万元", "quantity", True, (2,)), LookedUp("福建", "place", False, ()))
    >>> check_text(SentenceCheck("福建投入3000万元。", (2,), 0.9, facts, ("福建",)))
    '引文含整句字词的 90%；在 [2] 中找到：3000万元；没有找到：福建（地名）'
    """
    parts = []
    if check.support is not None:
        parts.append(f"引文含整句字词的 {check.support:.0%}")
    groups: dict[str, list[str]] = {}
    for one in check.looked_up:
        kind = f"（{KIND_NAMES.get(one.kind, '名称')}）" if not one.found else ""
        groups.setdefault(_where(one), []).append(f"{one.text}{kind}")
    parts += [f"{where}：{'、'.join(texts)}" for where, texts in groups.items()]
    if not check.looked_up:
        parts.append("没有需要核对的数字和名称")
    known = {one.text for one in check.looked_up if not one.found}
    rest = tuple(item for item in check.unsupported if item not in known)
    if rest:
        parts.append(describe_missing(rest))
    return "；".join(parts)


def _where(one: LookedUp) -> str:
    if not one.found:
        return "没有找到"
    numbers = "".join(f"[{number}]" for number in one.citations)
    return f"在 {numbers} 中找到" if numbers else "只在标题或题头中找到"


def parts_text(explanation: Explanation) -> str:
    """The parts of a passage's score that give it anything, largest first."""
    shares = [(part, values) for part, values in explanation.parts.items() if values["share"]]
    shares.sort(key=lambda pair: -float(pair[1]["share"] or 0))
    return "，".join(f"{PART_NAMES[part]} {values['share']:.2f}（第 {values['rank']}）" for part, values in shares)
