"""A follow-up question and those before it → a question that stands on its own, by rules.

What is left out is carried over from the last question: the slot that changed is replaced in it (2016年呢？), a pronoun
becomes its topic (它什么时候开始的？), a question without a subject gets it in front (一共几条？). Whatever stands on
its own stays as it is.
"""

import re
from collections.abc import Sequence

from rag.names import find_names
from rag.slots import PAIR, find_regions
from rag.topic import ASKING, END, NO_NAME, TIME, TITLE, nouns, setting_of, topic_of, without_time

_MOST_BEFORE = 20
_LONGEST = 300
"""Characters of a question that others can lean on, and of one that leans on others."""

_NEXT_YEAR = re.compile("第二年|次年|下一年|后一年|转年")
_YEAR_BEFORE = re.compile("前一年|上一年|头一年")
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)年?")
_ASKS_WHEN = re.compile(r"什么时候|什么时间|何时|哪一?[年天月日]|几几年")
_OPENING = re.compile(r"(?:请问|那么|那(?![个些份项部条次届里儿时])|还有|另外|[，,\s])+")
# A slot and nothing else that matters: 2016年呢, 换成宁夏呢, 到了2023年有几个.
_SLOT = re.compile(
    r"(?:到了?|换成|换作|如果是|要是|至于|截至)?(?P<slot>.+?)"
    r"(?P<ask>的?呢|又?(?:是|有|为)?(?:多少|几[个条项家人所名座件年]?|怎么样|如何|怎样)呢?)?[？?。！!\s]*"
)
_PRONOUN = re.compile(
    r"(?:这|那|该)(?:个|份|项|部|条|次|届)?(?:文件|意见|办法|通知|方案|规划|规定|政策|协议|行动|工程|项目|活动|机制|会议)|"
    r"它们?|这个(?=[是有在由什怎为，？?])|那个(?=[是有在由什怎为，？?])|该[县市省镇村](?!场)"
)
_ITS = re.compile(r"其(?![中他它余实次间乐])")
_LEANING = re.compile(
    r"其中|同一时期|同一年|同期|同年|当时|当年|后来|此后|之后|随后|此前|这些|那些|那时|那里|这里|两者|前者|后者|上述|再后来"
)
_AGAIN = re.compile(r"又(?:是|有|叫|改|由|给|派|在|为)")
# 光给赤峰的有多少: the noun after 的 is the one asked for before.
_HEADLESS = re.compile(r"的(?:又?(?:有|是|占|为))?(?:多少|几[个条项家人所名])?呢?[？?]*")
_ATTRIBUTE = re.compile(
    r"(?:主要|总体|具体|重点)?(?:主题|内容|目标|任务|原则|金额|对象|标准|期限|名称|全称|文号|范围|措施|依据|背景|意义|结果|成效|"
    r"负责人|主办方|承办方|发文机关|印发时间|成立时间)(?:是|有|为|在)?(?=什么|哪|谁|多少|几|怎|如何)"
)
# No subject: 一共几条, 有多少所学校参加, 去了几个人, 分成几类来评, 第一批公布了多少个案例.
_NO_SUBJECT = re.compile(
    r"(?:一共|总共|共|都|又|还|累计|最后|具体|首批|第[一二三四五六七八九十\d]+[批次届])*"
    r"(?:有|是|由|在|从|去|来|到|给|分成|分为|换成|改成|包括|涉及|投入|投|派出?|建成?|公布|印发|发布|开始|成立|签订?|培训|达到)?"
    r"(?:了|过)?(?=什么|多少|几|哪|谁|何时|怎|如何)"
)
_MOST_NOUNS = 2
_NUMERAL = r"[零〇一二两三四五六七八九十百\d]+"
_CLAUSE = rf"(?:第\s*[（(]?{_NUMERAL}[）)]?\s*[编章节条款项目](?:之{_NUMERAL})?)+"
_NAMED = re.compile(rf"{TITLE.pattern}|(?:[\u4e00-\u9fff]{{1,20}}[〔\[【（(]\d{{4}}[〕\]】）)]第?\d{{1,5}}号?)")
_CLAUSE_SLOT = re.compile(rf"(?P<named>{_NAMED.pattern})?的?(?P<clause>{_CLAUSE})的?呢?[？?。！!\s]*")
# A helper that the tagger does not know as a place (大连).
_HELPER = re.compile("(?:^|[，,])([\u4e00-\u9fff]{2,3}?)(?=帮扶|对口|支援|援助)")
_EAST = frozenset({"北京", "天津", "上海", "江苏", "浙江", "福建", "山东", "广东", "辽宁"})
"""Provinces that help others in 东西部协作."""


def resolve(history: Sequence[str], question: str) -> str:
    """Rewrite a follow-up question so that it stands on its own.

    Parameters
    ----------
    history
        The questions before it, oldest first, as asked or as understood.

    Returns
    -------
    str
        The question as it is where it does not lean on the others, or there are none.

    Examples
    --------
    >>> resolve(["2017年闽宁协作投入多少？"], "2016年呢？")
    '2016年闽宁协作投入多少？'
    >>> resolve(["2017年闽宁协作投入多少？", "2016年呢？"], "它什么时候开始的？")
    '闽宁协作什么时候开始的？'
    """
    before = ""
    for earlier in history[-_MOST_BEFORE:]:
        if any(char.isalnum() for char in earlier):
            before = _follow(before, earlier.strip())
    return _follow(before, question)


def _follow(before: str, question: str) -> str:
    if not before or len(before) > _LONGEST or len(question) > _LONGEST:
        return question
    opening = _OPENING.match(question)
    asked = question[opening.end() :] if opening else question
    linked = opening is not None and opening.group().startswith(("那", "还有"))
    if not asked.strip(END):
        return question
    first, more = _first_sentence(asked)
    clause = _clause(before, first)
    if clause is not None:
        return clause + more
    for resolved in (_changed_slot(before, first, linked), _same_asked(before, first), _pronoun(before, first, linked)):
        if resolved is not None:
            return resolved + more
    if linked or _leans(first):
        return _with_topic(before, asked)
    return question


def _first_sentence(text: str) -> tuple[str, str]:
    """A text up to its first question mark, and what follows: 那第二年呢？涨了多少？"""
    match = re.match(r"[^？?]*[？?]", text)
    end = match.end() if match else len(text)
    return text[:end], text[end:]


def _clause(before: str, question: str) -> str | None:
    """A question for a clause (第三条呢？该文件第五条讲什么？) with the document that the last one named."""
    if not re.search(_CLAUSE, question):
        return None
    slot, named = _CLAUSE_SLOT.fullmatch(question), _NAMED.search(before)
    if slot and re.search(_CLAUSE, before):
        changed = re.sub(_CLAUSE, slot["clause"], before, count=1)
        return changed.replace(named.group(), slot["named"], 1) if named and slot["named"] else changed
    if _NAMED.search(question):
        return question
    return f"{named.group()}{_PRONOUN.sub('', question, count=1)}" if named else None


def _changed_slot(before: str, question: str, linked: bool) -> str | None:
    """The last question with another year, place, pair or title; None where that is not all that is asked."""
    match = _SLOT.fullmatch(question)
    if match is None or not (linked or match["ask"] or question.rstrip().endswith(("？", "?"))):
        return None
    slot = match["slot"].strip()
    year = _relative_year(before, slot)
    if year is not None or TIME.fullmatch(slot):
        slot = year or slot
        slot += "年" if slot[-1].isdigit() else ""
        return TIME.sub(slot, before, count=1) if TIME.search(before) else slot + before
    if TITLE.fullmatch(slot):
        return TITLE.sub(lambda _: slot, before, count=1) if TITLE.search(before) else _appended(before, question)
    if _is_pair(slot):
        bare = slot if slot.endswith("协作") else f"{slot}协作"
        pairs = re.compile(rf"(?:{PAIR.pattern})(?:协作)?")
        found = pairs.search(before)
        if found is None:
            return _appended(before, question)
        return before[: found.start()] + (bare if found.group().endswith("协作") else slot) + before[found.end() :]
    if any(fact.kind == "place" and fact.surface == slot for fact in find_names(slot)):
        return _other_place(before, slot) or _appended(before, question)
    return None


def _relative_year(before: str, slot: str) -> str | None:
    years = _YEAR.findall(before)
    step = 1 if _NEXT_YEAR.fullmatch(slot) else -1 if _YEAR_BEFORE.fullmatch(slot) else 0
    return f"{int(years[-1]) + step}年" if years and step else None


def _is_pair(text: str) -> bool:
    return PAIR.fullmatch(text.removesuffix("协作")) is not None


def _other_place(before: str, place: str) -> str | None:
    """The last question about another place; None where it is not plain which one it stands for."""
    if place in before or find_regions(place) & find_regions(before):
        return None
    pairs = [match.group() for match in PAIR.finditer(before)]
    places = dict.fromkeys(fact.surface for fact in find_names(before) if fact.kind == "place")
    single = [name for name in places if name not in pairs and before.count(name) == 1 and not NO_NAME.fullmatch(name)]
    if not single and not pairs:
        single = _HELPER.findall(before)
    if not single and len(pairs) == 1 and find_regions(place):
        return before.replace(pairs[0], place, 1)
    if len(single) > 1:
        helps = bool(find_regions(place) & _EAST)
        single = [name for name in single if find_regions(name) and bool(find_regions(name) & _EAST) == helps]
    return before.replace(single[0], place, 1) if len(single) == 1 and not pairs else None


def _same_asked(before: str, question: str) -> str | None:
    """The last question and this one behind it, where this one does not say what it asks for (产业呢？)."""
    bare = question.rstrip(END)
    if (bare.endswith("呢") and not ASKING.search(bare)) or (_HEADLESS.search(bare) and _ends_headless(bare)):
        return _appended(before, question)
    return None


def _ends_headless(bare: str) -> bool:
    match = list(_HEADLESS.finditer(bare))[-1]
    return (
        match.end() == len(bare)
        and match.group() != "的"
        and bare[: match.start()].startswith(("光", "只", "仅", "其中"))
    )


def _pronoun(before: str, question: str, linked: bool) -> str | None:
    """The question with the last topic for its pronoun; None without a pronoun, or where it has its noun before it."""
    topic = _named_topic(before, question)
    if not topic:
        return None
    if linked and re.match("是|由", question):  # 那是谁印发的？
        return topic + question
    match = _PRONOUN.search(question)
    if match and not _has_noun(question[: match.start()], match.group()):
        return question[: match.start()] + topic + question[match.end() :]
    match = _ITS.search(question)
    if match and not nouns(question[: match.start()]):
        return f"{question[: match.start()]}{topic}的{question[match.end() :]}"
    return None


def _has_noun(start: str, pronoun: str) -> bool:
    """Tell whether a pronoun may stand for a noun before it; 它 seldom does within its clause (会议说它)."""
    if pronoun.startswith("它") and not find_names(start) and not TITLE.search(start):
        start = start.rpartition("，")[0]
    return bool(nouns(start))


def _named_topic(before: str, question: str) -> str:
    """What a pronoun stands for: up to a title or quoted name, without the setting in a clause of its own."""
    topic = re.split("[，,]", topic_of(before))[-1]
    closing = max(topic.find("》"), topic.find("”"))
    if closing > 0:
        topic = topic[: closing + 1]
    if _ASKS_WHEN.search(question) or TIME.search(question):
        topic = without_time(topic)
    return topic


def _leans(question: str) -> bool:
    """Tell whether a question cannot be understood alone."""
    if _LEANING.match(question):
        return True
    if TITLE.search(question) or "“" in question:
        return False
    if _AGAIN.search(question):
        return True
    if any(fact.kind == "place" and not NO_NAME.fullmatch(fact.surface) for fact in find_names(question)):
        return False
    if _ATTRIBUTE.match(question):
        return True
    match = _NO_SUBJECT.match(question)
    return match is not None and match.end() > 0 and len(nouns(question[match.end() :])) <= _MOST_NOUNS


def _with_topic(before: str, question: str) -> str:
    """The question behind what the last one was about; where it names other places, only behind setting and time."""
    topic = topic_of(before)
    regions = {fact.keys[0] for fact in find_names(question) if fact.kind == "place"} - {"城市", "地区"}
    inside = question.startswith("其中")
    setting = setting_of(before)
    other = bool(regions - {key for fact in find_names(before) for key in fact.keys}) and not inside
    if other or (setting and _AGAIN.search(question)):
        time = TIME.search(before)
        topic = setting or (time.group() if time and not TIME.search(question) else "")
        if topic and topic[-1].isdigit():
            topic += "年"
    elif TIME.search(question) or _ASKS_WHEN.search(question):
        topic = without_time(topic)
    if not topic or topic in question:
        return question
    parted = setting == topic or _LEANING.match(question) or "，" in topic
    return f"{topic}，{question}" if parted else topic + question


def _appended(before: str, question: str) -> str:
    return f"{before.rstrip(END)}，{question}"
