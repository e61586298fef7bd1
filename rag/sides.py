"""Two phrases side by side → two items: what stands with one of them and belongs to both goes with each."""

import re
from dataclasses import dataclass

from rag.alike import SMALL_YEAR, TWO_PROVINCES, kinds_named
from rag.slots import PROVINCES

TIME = rf"{SMALL_YEAR}(?:年?[—–~至到-]+{SMALL_YEAR})?年?(?:[上下]半年|底|末|\d{{1,2}}月[底末份]?)?"
LEADING_TIME = re.compile(rf"{TIME}(?=[\u4e00-\u9fff])")
_LEADS_OBJECT = "给对在向往从由到帮"
_LONG = 8


@dataclass(frozen=True)
class Items:
    """Items of a question: each with what stands before and behind all of them."""

    before: str
    items: tuple[str, ...]
    behind: str


def apart(question: str, match: re.Match[str]) -> Items:
    """The two sides of a match, the second with the subject of the first where it begins with its object (给四川)."""
    x, y = (question[match.start(side) : match.end(side)] for side in "xy")
    lead = ""
    colon = max(x.rfind("："), x.rfind(":"))
    if 0 <= colon < len(x) - 1:
        lead, x = x[: colon + 1], x[colon + 1 :]
    tail = question[match.start("tail") :]
    # 白葡萄酒和红葡萄酒所含的…, 男子和女子的收入: what stands behind the second item belongs to both.
    shared = y.find(x[-2:]) + 2 if x[-2:] in y else y.find("的") if "的" not in x and y[-1] != "的" else -1
    alike = y[max(shared - 1, 0)] == x[-1]  # 东门木桥和西门石桥的限重
    if 2 <= shared < len(y) and len(x) < _LONG and (alike or not kinds_named(x)):
        y, tail = y[:shared], y[shared:] + tail
    if y[0] in _LEADS_OBJECT and y[0] in x[1:] and not y.startswith("帮扶"):
        y = x[: x.index(y[0], 1)] + y
    time = LEADING_TIME.match(x)
    if time and "年" in time.group() and not re.search(SMALL_YEAR, y):
        y = time.group() + y  # 2021年天津给甘肃的钱和浙江给四川的钱: both of that year
    shared_by_both = x.rfind("的") + 1
    if kinds_named(x[:shared_by_both]) and not kinds_named(y) and "的" not in y:
        y = x[:shared_by_both] + y  # 津甘24年的消费帮扶和助就业人数
    last = re.search(rf"(?<!\d){SMALL_YEAR}年$", y)
    if last and len(last.group()) < len(y) and "time" not in kinds_named(x):
        y, tail = y[: last.start()], last.group() + tail  # 劳务协作和消费帮扶2023年各是多少: both of that year
    named = re.search(rf"(?:{PROVINCES}).{{0,3}}(?:{PROVINCES})|{TWO_PROVINCES}", x)
    of_x = re.search(rf"(?<!\d){SMALL_YEAR}年", x)
    if of_x and re.fullmatch(rf"(?:后来|到)?{TIME}(?:前[\d一二三四五六七八九十]+个月|上半年|全年)?(?:报道)?的?", y):
        y = x[: of_x.start()] + y  # 浙川园区21年累计跟23年比
    elif named and kinds_named(x) >= {"time", "place"} and "time" in kinds_named(y) and "place" not in kinds_named(y):
        y = named.group() + y  # 2015年底江苏在陕西花的, 2021年的财政援助
    return Items(question[: match.start("x")] + lead, (x.rstrip("，,"), y), tail)
