"""What stands behind the things that a question compares → what is asked of each of them by itself."""

import re
from collections.abc import Sequence

from rag.slots import PROVINCES

# 96年和21年相比少了几个: of each of them, how many there were.
_MORE = re.compile(r"(?:相比较?|比起来|比)[，,]?(?:少|多|增加|减少|增|减|涨|降)了(?=几|多少)")
# 哪个成立得早: of each of them, when.
_SOONER = re.compile(
    r"[，,]?(?:哪一?[个边头方对家省地种]|哪件事|谁)(?P<what>[^，,。？?]{0,8}?)(?:更|要)?(?:早|晚|在?先|在后)(?:一?些)?(?=$|[？?呢，,])"
)
_CHANGED = re.compile(r"(?:数字|数)?(?:变|涨|增加|减少|提高|下降|增长)了(?=多少)")
_TURN = re.compile(
    r"^[这那]?两[次届场份版](?!是)|^(?:之间)?的?(?:相比(?:较|起来)?|比起来)[，,]?|\s+对比$|分别|各自?(?=[是有为在由出投拨用写帮派管占多几哪需达建引卖销拿减])"
)
_PLACE = rf"(?:{PROVINCES})(?:省|市|自治区)?"
_PLACES = re.compile(rf"{_PLACE}(?:(?:、|和|与|跟|及){_PLACE})+")


def asked_of_each(behind: str, items: Sequence[str]) -> tuple[str, ...]:
    """Word what stands behind all items as a question of each.

    Places behind 分别, as many as there are places before it, are taken in turn.

    >>> asked_of_each("哪个成立得早", ("甲会", "乙会"))
    ('成立是哪年', '成立是哪年')
    >>> asked_of_each("分别哪年开始帮云南、广西", ("上海", "广东"))
    ('哪年开始帮云南', '哪年开始帮广西')
    """
    turns = "分别" in behind and all(re.fullmatch(_PLACE, item) for item in items)
    behind = _TURN.sub("", behind)
    behind = _SOONER.sub(lambda sooner: f"{sooner['what'].removesuffix('得')}是哪年", behind)
    behind = _CHANGED.sub("有", _MORE.sub("有", behind))
    listed = _PLACES.search(behind)
    places = re.findall(_PLACE, listed.group()) if listed else []
    if listed is None or not turns or len(places) != len(items):
        return (behind,) * len(items)
    return tuple(f"{behind[: listed.start()]}{place}{behind[listed.end() :]}" for place in places)
