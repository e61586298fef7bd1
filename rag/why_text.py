"""Why an answer is what it is, in words: one piece of text each, for terminal and page."""

from rag.explain import PART_NAMES
from rag.explain_answer import FACTOR_NAMES, KIND_NAMES
from rag.types import Explanation
from rag.verify import describe_missing
from rag.why import AnswerExplanation, Factor, LookedUp, SentenceCheck

_SHOWN_FACTORS = 4


def confidence_text(why: AnswerExplanation) -> str:
    """Confidence and threshold, and what followed from them."""
    outcome = "不低于阈值，予以回答" if why.confidence >= why.threshold else "低于阈值，不回答"
    text = f"置信度 {why.confidence:.2f}，阈值 {why.threshold:.2f}：{outcome}"
    if round(why.estimated, 2) != round(why.confidence, 2):
        text += f"（由各项得出 {why.estimated:.2f}，因所问的名称在文档里找不到而调低）"
    return text


def factors_text(factors: tuple[Factor, ...], most: int = _SHOWN_FACTORS) -> str:
    """The shares that count most, largest first, in log-odds; those of 0 are left out."""
    largest = sorted((one for one in factors if one.share), key=lambda one: -abs(one.share))[:most]
    return "，".join(f"{FACTOR_NAMES.get(one.name, one.name)} {one.share:+.2f}" for one in largest)


def check_text(check: SentenceCheck) -> str:
    """What verification found for a sentence, without the sentence."""
    parts = []
    if check.support is not None:
        parts.append(f"引文含整句的 {check.support:.0%}")
    parts += [looked_up_text(one) for one in check.looked_up]
    if not check.looked_up:
        parts.append("没有需要核对的数字和名称")
    known = {one.text for one in check.looked_up if not one.found}
    rest = tuple(item for item in check.unsupported if item not in known)
    if rest:
        parts.append(describe_missing(rest))
    return "；".join(parts)


def looked_up_text(one: LookedUp) -> str:
    """One figure or name, and where it stands.

    >>> looked_up_text(LookedUp("3000万元", "quantity", True, (2,)))
    '数字“3000万元”见 [2]'
    >>> looked_up_text(LookedUp("福建", "place", False, ()))
    '地名“福建”未见'
    """
    name = f"{KIND_NAMES.get(one.kind, '名称')}“{one.text}”"
    if not one.found:
        return f"{name}未见"
    return f"{name}见 {''.join(f'[{number}]' for number in one.citations)}" if one.citations else f"{name}见标题或题头"


def parts_text(explanation: Explanation) -> str:
    """The parts of a passage's score that give it anything, largest first."""
    shares = [(part, values) for part, values in explanation.parts.items() if values["share"]]
    shares.sort(key=lambda pair: -float(pair[1]["share"] or 0))
    return "，".join(f"{PART_NAMES[part]} {values['share']:.2f}（第 {values['rank']}）" for part, values in shares)
