"""What a question is about, apart from what it asks."""

import re

from rag.names import find_names

_DATE = r"(?:19|20)\d\d(?:年(?:\d{1,2}月(?:\d{1,2}日)?)?)?"
TIME = re.compile(rf"(?<!\d){_DATE}(?:\s*[—–~至到和、-]+\s*{_DATE})*(?![\d万亿个.])")
TITLE = re.compile("《[^》]+》")
ASKING = re.compile(
    r"什么时候|什么时间|什么地方|什么|怎么样|怎么|怎样|如何|为什么|为何|多少|多大|多长|多久|几|哪|谁|何时|何地|是不是|是否|"
    r"有没有|吗"
)
_MEASURE = re.compile(r"一?[个份些项条种届批座家位只天年月]?")
_COPULA = re.compile(r"(?:是|(?<!所)有|叫|由|为|属于|位于)[^，、的]{0,2}$")
_KEPT = re.compile("扶贫|帮扶|协作|合作|支援|援助|考核|调整")
_HELPS = re.compile("帮扶|支援|援助|对口支援|帮")
_ADVERBS = re.compile("(?:一共|总共|共|都|又|已|已经|还|累计)$")
END = " ？?。！!，,；;\n"
NO_NAME = re.compile("城市|地区|省份|县城")


def setting_of(before: str) -> str:
    """The clauses before the one that asks: 2010年结对调整，山东换成帮谁了？"""
    clauses = re.split("[，,；;]", before)
    kept = []
    for clause in clauses[:-1]:
        if ASKING.search(clause):
            break
        kept.append(clause)
    return "，".join(kept)


def topic_of(before: str) -> str:
    """What a question is about: what stands before the words that ask, or else what it names."""
    match = ASKING.search(before)
    if match is None:
        return re.sub("呢$", "", before.rstrip(END))
    head, tail = before[: match.start()], before[match.end() :].rstrip(END)
    cut = _COPULA.sub("", head)
    if cut.endswith("的"):  # 1996年起帮毕节的是哪个城市
        noun = _MEASURE.sub("", tail, count=1)
        head = cut + noun if noun and len(noun) <= 10 and "的" not in noun else cut[:-1]
    elif cut != head:
        head = _ADVERBS.sub("", cut)
    else:
        head = _without_verbs(head)
    title = TITLE.search(tail)
    if title and not TITLE.search(head):
        return title.group()
    if head.strip(END):
        rest = [fact.surface for fact in find_names(tail) if fact.kind == "place" and fact.surface not in head]
        return f"{head}{tail}" if rest and not NO_NAME.fullmatch(rest[0]) else head
    named = re.search(r"[\u4e00-\u9fff]{2}(?:扶贫)?协作", tail)
    return named.group() if named else _MEASURE.sub("", tail, count=1)


def _without_verbs(text: str) -> str:
    """Take the verb of the question off the end of its subject (闽宁协作投入)."""
    import rjieba

    tagged: list[tuple[str, str]] = rjieba.tag(text)
    while len(tagged) > 1:
        word, tag = tagged[-1]
        kept = tag not in ("v", "ul", "uz", "ug", "d", "p", "c") or _KEPT.search(word)
        if kept and not _ADVERBS.fullmatch(word) and not (_HELPS.fullmatch(word) and tagged[-2][1] == "ns"):
            break
        tagged.pop()
    return "".join(word for word, _ in tagged)


def without_time(text: str) -> str:
    """A topic without its years and days; as it is where nothing else is in it."""
    return re.sub(rf"(?:{TIME.pattern})(?:以前|以后|以来|前后|之前|之后|起)?", "", text).removeprefix("的") or text


def nouns(text: str) -> list[str]:
    """Nouns of a text, and the verbs that name fields of work (帮扶), without words that ask."""
    import rjieba

    tagged: list[tuple[str, str]] = rjieba.tag(text)
    asking = [word for word, tag in tagged if tag[0] in "njlf" or tag == "vn" or _KEPT.search(word)]
    return [word for word in asking if not ASKING.search(word)]
