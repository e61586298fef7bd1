"""A question about several things → one question for each of them, by rules.

闽宁和苏陕哪个多？ asks of two things, and passages about the one are seldom about the other. A question is split where
a word says that its items are compared or take turns (分别, 各, 哪个多, 有什么不同), at a conjunction whose sides are
alike: years, places, pairs of places, clauses, phrases of one kind. One within a name is not
(东西部协作和定点帮扶工作).
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from rag.alike import BREAK, HIDDEN, SMALL_YEAR, TURN, TWO_PROVINCES, asks, is_alike, kinds_named
from rag.asked_of_each import asked_of_each
from rag.names import find_names
from rag.normalise import simplified
from rag.sides import LEADING_TIME, TIME, Items, apart
from rag.slots import PROVINCES, SIDES, find_regions
from rag.topic import ASKING

MOST_PARTS = 6
"""A longer list is searched as one."""

# A title, a quoted name or a remark in brackets is one thing, whatever conjunctions it holds.
_WHOLE = re.compile(
    r"《[^》]*》|“[^”]*”|「[^」]*」|（[^）]*）|\([^)]*\)|"
    r"人力资源和社会保障|发展和改革|住房和城乡建设|国民经济和社会|经济和社会|(?:党中央|中共中央)、国务院|"
    r"(?:中共中央办公厅|中办)、(?:国务院办公厅|国办)|(?:坚持|加强|巩固|建立|保护|传承)和[\u4e00-\u9fff]{2}|"
    r"成果[同与]乡村振兴|和(?:[田谐布]|平(?!凉))|参与|以及时"
)
_AND = r"(?:以及|和|与|跟|(?<![共会一不相合])同(?![年时期样步意志盟类等级])|及|、)"
_PAUSE = r"[，,：:；;]"
_WHOLE_COUNTRY = re.compile("全国|国家|东部|西部")
# 常态化帮扶和过渡期的起止时间: without a word that asks, what is looked up of both.
_LOOKED_UP = re.compile("(?:的[^的，,]{0,6})?(?:时间|日期|年份|金额|人数|数量|数目|数字|户数|总额|文号|名单)[？?]*$")
_CHANGE = re.compile(r"变化|变了|怎么变|如何变|增长|增加|减少|下降|上升|涨|多了|少了")
_TOGETHER = re.compile(r"加起来|合起来一共|一共|总共|合计|共计|累计|之和|期间|之间")
_TIMES = re.compile(
    rf"(?<![\d.第]){TIME}(?:{_AND}{TIME})+(?![\d.万亿个名家人条项])(?:[两三四几]年)?(?:来?比(?={BREAK}))?"
)
_FROM_TO = re.compile(rf"从({SMALL_YEAR})年?(?:[到至]|[—–~-]+)({SMALL_YEAR})年")
_PLACE_END = r"(?:省|市|自治区|壮族自治区|回族自治区|维吾尔自治区|县|州|区)?"
# 江苏和青海的协作: two that work together, and one thing.
_TWO_PLACES = rf"(?:{PROVINCES}){_PLACE_END}{_AND}(?:{PROVINCES}){_PLACE_END}"
_ONE_PAIR = re.compile(_TWO_PLACES + r"(?:两[地省市])?(?:之间)?的?(?:东西部)?(?:扶贫)?(?:协作|合作|对口|结对|帮扶关系)")
_ONLY_PLACES = re.compile(rf"^{_TWO_PLACES}的")
_CLAUSE = r"第[零〇一二两三四五六七八九十百\d]+(?:条|章|节|款|部分|次|届|批|轮)"
_CLAUSES = re.compile(rf"{_CLAUSE}(?:{_AND}{_CLAUSE})+")
_EITHER = re.compile(
    rf"^(?P<before>(?:[^？?]*{BREAK})?)(?P<x>[^，,？?]{{2,}}?)的?(?P<more>[多大高早少小长快])了?{BREAK}?还是(?P<y>[^，,？?]{{2,}}?)(?=(?P=more))"
)
_BOTH = re.compile(r"这?[两三四几](?:[对个边者省地家市县]|个(?:省|地方|市|县))(?:比)?|比(?=[，,])")
_OF_LAST = re.compile(r"(前[\d一二三四五六七八九十]+个月|[以之][前后来])(?:比(?=[，,]))?")
# 闽宁 vs 苏陕; keywords side by side: 闽宁 苏陕 2021年 财政援助
_VERSUS = re.compile(r"(?<=[\u4e00-\u9fff”》])\s*(?i:vs\.?|pk)\s*(?=[\u4e00-\u9fff\d“《])")
_KEYWORDS = tuple(
    re.compile(rf"(?<!\S)({item})\s+({item})(?!\S)")
    for item in (TWO_PROVINCES, rf"(?:{PROVINCES}){_PLACE_END}", r"(?:19|20)\d\d年?")
)
_OPENING = re.compile(r"^(?:请问|那么|那|问一下|想知道)[，,]?")
_SHORTEST = 4


def question_parts(question: str) -> tuple[str, ...]:
    """The question for each of the things that it compares or asks of in turn; empty where it asks of one.

    Traditional characters become simplified ones.

    >>> question_parts("广东和浙江分别投入多少？")
    ('广东投入多少？', '浙江投入多少？')
    >>> question_parts("2019年和2020年各减贫多少人？")
    ('2019年减贫多少人？', '2020年减贫多少人？')
    >>> question_parts("东西部协作和定点帮扶工作现场会在哪里开？")
    ()
    """
    question = _side_by_side(simplified(question).strip())
    sentences = _sentences(question)
    if sentences:
        return sentences
    hidden = _hide(_ONE_PAIR, _hide(_WHOLE, question))
    found = (
        _either(question, hidden)
        or _each_asking(question, hidden)
        or _clauses(question, hidden)
        or _years(question, hidden)
        or _places(question, hidden)
        or _than(question, hidden)
        or _phrases(question, hidden)
    )
    if found is None or not 2 <= len(set(found.items)) == len(found.items) <= MOST_PARTS:
        return ()
    items, behind = found.items, found.behind
    of_last = _OF_LAST.match(behind)
    if of_last:  # 2023年和2024年前十个月
        items, behind = (*items[:-1], items[-1] + of_last[1]), behind[of_last.end() :]
    rests = asked_of_each(behind, items)
    return tuple(f"{found.before}{item}{rest}" for item, rest in zip(items, rests, strict=True))


def _side_by_side(question: str) -> str:
    joined = _VERSUS.sub("和", question)
    for two in _KEYWORDS:
        found = two.search(joined)
        if found and not _help_each_other(found.groups()):
            joined = two.sub(r"\1和\2", joined, count=1)
            break
    if joined == question or ASKING.search(joined) or TURN.search(joined):
        return joined
    return f"{joined} 对比"


def _help_each_other(items: Sequence[str]) -> bool:
    """Tell whether two items are a province that helps and one that is helped."""
    first, second = map(find_regions, items)
    return any(bool(first and second) and first <= x and second <= y for x, y in (SIDES, SIDES[::-1]))


def _hide(pattern: re.Pattern[str], text: str) -> str:
    return pattern.sub(lambda found: HIDDEN * len(found.group()), text)


def _sentences(question: str) -> tuple[str, ...]:
    """Two questions, each with its own mark, of which the second does not lean on the first."""
    sentences = [part.strip() for part in re.findall(r"[^？?]+[？?]*", question)]
    if not 2 <= len(sentences) <= MOST_PARTS or not all(ASKING.search(part) for part in sentences):
        return ()
    leaning = re.compile(r"^(?:和|与|跟|比|那|它|其|他|又|还|这|为什么|为何|怎么|多少|几|谁|哪|有|是|涨|增)")
    if any(len(part) < 2 * _SHORTEST or leaning.match(part) for part in sentences[1:]):
        return ()
    return tuple(sentences)


def _either(question: str, hidden: str) -> Items | None:
    """A多还是B多, with what they have in common before a comma."""
    match = _EITHER.search(hidden)
    if match is None:
        return None
    before, x, y = (question[match.start(name) : match.end(name)] for name in ("before", "x", "y"))
    time = LEADING_TIME.match(x)
    if time and not LEADING_TIME.match(y) and not re.search(SMALL_YEAR, before):
        y = time.group() + y
    return Items(before, (x, y), f"是多少，哪个{match['more']}{question[match.end('y') + 1 :]}")


def _each_asking(question: str, hidden: str) -> Items | None:
    """16年有几个，21年又剩几个: clauses that each ask and name a time or place, with what stands before them."""
    clauses = re.split(_PAUSE, hidden.rstrip("？?"))
    pauses = [pause.start() for pause in re.finditer(_PAUSE, hidden)]
    asking = next((i for i, clause in enumerate(clauses) if asks(clause)), len(clauses))
    if asking + 1 < len(clauses) and hidden[pauses[asking]] in "：:":
        asking += 1  # 先后由谁帮：2010年后是哪个市，21年后换成哪个省
    own = clauses[asking:]
    if len(own) < 2 or not all(map(asks, own)):
        return None
    begin = pauses[asking - 1] + 1 if asking else 0
    # 跟2021年实际派去的比差多少: of each, how many.
    items = [
        re.sub(r"^[跟和与比]|比?相?差(?=多少)", "", item) for item in re.split(_PAUSE, question[begin:].rstrip("？?"))
    ]
    # 2019年闽籍企业有多少，苏青23年又引来几家: what stands between them is not what both are about.
    by_themselves = not asking and all("time" in kinds_named(clause) and len(clause) >= 2 * _SHORTEST for clause in own)
    of_each = asking and all(kinds_named(clause) & {"time", "place"} or _WHOLE_COUNTRY.search(clause) for clause in own)
    before_after = asking and "time" in kinds_named(own[0]) and _same_turn(own)
    if before_after:  # 21年调整前什么样，调整后什么样
        time = re.search(rf"{SMALL_YEAR}年", items[0])
        items = [items[0], *(f"{time.group() if time else ''}{item}" for item in items[1:])]
    if not (by_themselves or of_each or before_after or all(LEADING_TIME.match(clause) for clause in own)):
        return None
    return Items(question[:begin], tuple(items), "？")


def _same_turn(clauses: Sequence[str]) -> bool:
    """Tell whether two clauses tell of before and after the same (调整前, 调整后)."""
    turns = [re.search(r"([\u4e00-\u9fff]{2})(?:以|之)?[前后]", clause) for clause in clauses]
    return len({turn[1] if turn else clause for turn, clause in zip(turns, clauses, strict=True)}) == 1


def _looked_up(hidden: str) -> re.Match[str] | None:
    return None if ASKING.search(hidden) else _LOOKED_UP.search(hidden)


def _clauses(question: str, hidden: str) -> Items | None:
    """第三条和第四条 of one document, 第25次和第26次 of a series."""
    match = _CLAUSES.search(hidden)
    if match is None:
        return None
    return Items(question[: match.start()], tuple(re.split(_AND, match.group())), question[match.end() :])


def _years(question: str, hidden: str) -> Items | None:
    """2019年和2020年, 2023、2024两年, 从2016到2020年怎么变化."""
    span = _FROM_TO.search(hidden)
    if span and _CHANGE.search(hidden):
        return Items(question[: span.start()], (f"{span[1]}年", f"{span[2]}年"), question[span.end() :])
    match = _TIMES.search(hidden)
    if match is None or _TOGETHER.search(hidden):
        return None
    if not (TURN.search(hidden) or _CHANGE.search(hidden) or re.search("多少|几", hidden) or _looked_up(hidden)):
        return None
    listed = re.sub(r"(?:[两三四几]年)?(?:来?比)?$", "", match.group())
    items = re.findall(rf"{TIME}", listed)
    if "年" not in match.group() and not all(len(item) == 4 for item in items):
        return None
    return Items(
        question[: match.start()],
        tuple(item if "年" in item else f"{item}年" for item in items),
        question[match.end() :],
    )


def _places(question: str, hidden: str) -> Items | None:
    """广东、浙江, 广州与苏州, 闽宁和苏陕: places or pairs of them side by side."""
    if not TURN.search(hidden):
        return None
    named = {fact.surface for fact in find_names(question) if fact.kind == "place"}
    names = "|".join(sorted((re.escape(name) for name in named), key=len, reverse=True))
    place = rf"(?:(?:{names + '|' if names else ''}{PROVINCES}){_PLACE_END})"
    # 天津甘肃跟上海云南: two provinces in a row are a pair of them.
    for item in (TWO_PROVINCES, rf"(?:{PROVINCES})(?:{PROVINCES})", place):
        for match in re.finditer(rf"{item}(?:{_AND}{item})+", hidden):
            behind = hidden[match.end() :]
            # 进云南、福建成立小组: clauses side by side, and not places.
            turn = TURN.match(behind)
            if "、" in match.group() and not (turn or re.match(r"[，,的这两三四等]|哪|谁", behind)):
                continue
            both = _BOTH.match(behind)
            end = match.end() + (both.end() if both else 0)
            items = re.split(_AND, match.group())
            return Items(question[: match.start()], tuple(items), question[end:])
    return None


def _than(question: str, hidden: str) -> Items | None:
    """A比B多吗, A跟B比，谁多."""
    match = re.search(
        rf"^(?P<x>[^？?]+?){BREAK}?(?:跟|和|与)(?P<y>[^，,？?]+?)\s*(?:相|来|对)?比(?:起来|较)?(?P<tail>{BREAK}.*|[？?]*)$",
        hidden,
    )
    if match is None:
        match = re.search(
            rf"^(?P<x>[^？?]+?){BREAK}?比(?P<y>[^，,？?例重]+?)(?P<tail>是?(?:更|要|还)?[多少高大早晚低小](?:吗|了?多少|几|出|了?还是).*)$",
            hidden,
        )
    if match is None or not is_alike(hidden, match["x"], match["y"]):
        return None
    parts = apart(question, match)
    if not parts.behind.strip("？?") and "time" in kinds_named(parts.items[1]):
        parts = replace(parts, behind="是多少")  # 消费帮扶2019年跟2024年比: of years, numbers are compared
    first = re.match(rf"(.*{BREAK})([^，,]+)$", parts.items[0])
    if first and kinds_named(parts.items[1]) == kinds_named(first[2]) != set():
        # 苏陕的援助，2024年比2021年多: what stands before the comma belongs to both.
        return Items(parts.before + first[1], (first[2], parts.items[1]), parts.behind)
    return parts


def _phrases(question: str, hidden: str) -> Items | None:
    """X和Y有什么不同, X和Y各多少: whole phrases, up to what says that they take turns."""
    opening = _OPENING.match(hidden)
    start = opening.end() if opening else 0
    looked_up = _looked_up(hidden)
    own = [looked_up] if looked_up and looked_up.group().startswith("的") and not _ONLY_PLACES.search(hidden) else []
    for turn in (*TURN.finditer(hidden), *own):
        # The items stand directly before that word, or before the clause with it.
        clause = max(hidden.rfind(mark, start, turn.start()) for mark in "，,：:")
        for end in dict.fromkeys((clause, turn.start())):
            if end <= start:
                continue
            first = max(hidden.rfind(mark, start, end) for mark in "，,：:；;。")
            for begin in dict.fromkeys((max(first + 1, start), start)):
                found = _split(question, hidden, begin, end)
                if found is not None:
                    return found
    return None


def _split(question: str, hidden: str, begin: int, end: int) -> Items | None:
    """Split a range at the conjunction whose sides are alike."""
    phrase = hidden[begin:end]
    marks = list(re.finditer(rf"{BREAK}?{_AND}", phrase))
    for mark in marks:
        x, y = phrase[: mark.start()].lstrip("：:，,"), phrase[mark.end() :]
        comma = re.search(BREAK, x)
        if comma and not mark.group().startswith(("，", ",")):
            continue
        if not is_alike(hidden, x, y, alone=len(marks) == 1 and not re.search(BREAK, phrase)):
            continue
        pattern = re.compile(
            rf"(?P<x>.{{{mark.start()}}}){re.escape(mark.group())}(?P<y>.{{{len(y)}}})(?P<tail>.*)", re.S
        )
        match = pattern.match(hidden, begin)
        return apart(question, match) if match else None
    return None
