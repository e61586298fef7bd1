"""The parts of a question that an answer must not get wrong: years, figures, regions, titles, 文号."""

import re

from rag.normalise import matching_copy

PROVINCES = (
    "北京|天津|上海|重庆|黑龙江|内蒙古|河北|山西|辽宁|吉林|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|海南|四川|贵州|云南|"
    "陕西|甘肃|青海|台湾|广西|西藏|宁夏|新疆|香港|澳门"
)
SHORT_NAMES = {
    "京": "北京", "津": "天津", "沪": "上海", "渝": "重庆", "冀": "河北", "晋": "山西", "辽": "辽宁", "吉": "吉林",
    "黑": "黑龙江", "苏": "江苏", "浙": "浙江", "皖": "安徽", "闽": "福建", "赣": "江西", "鲁": "山东", "豫": "河南",
    "鄂": "湖北", "湘": "湖南", "粤": "广东", "琼": "海南", "川": "四川", "黔": "贵州", "贵": "贵州", "滇": "云南",
    "陕": "陕西", "甘": "甘肃", "青": "青海", "蒙": "内蒙古", "桂": "广西", "藏": "西藏", "宁": "宁夏", "疆": "新疆",
}  # fmt: skip
_REGION = re.compile(PROVINCES)
PAIR = re.compile(
    rf"([{''.join(SHORT_NAMES)}])([{''.join(SHORT_NAMES)}])(?=协作|合作|扶贫|对口|帮扶|两地|两省|劳务|产业|干部|结对|消费|共建|[，,、的在]|$)"
)
"""Two abbreviations in a row, a pair (闽宁, 苏陕); one alone is too often a part of another word."""
# One that helps and one that is helped, side by side in any order, need no such word behind them.
_EAST, _WEST = "京津沪苏浙闽鲁粤辽", "蒙渝川黔贵滇陕甘青宁疆桂藏"
# 桂黔: two that are helped; 青藏 is a highland.
_COMMON_PAIR = re.compile(rf"([{_EAST}])([{_WEST}])|([{_WEST}])([{_EAST}])|([川渝黔滇陕甘桂])([川渝黔滇陕甘桂])")
SIDES = tuple(frozenset(SHORT_NAMES[short] for short in side) for side in (_EAST, _WEST))
"""Provinces that help, and those that are helped."""
# 援藏, 援疆: one that is helped; 粤企入黔, of the signs that are seldom anything else.
_HELPED = re.compile(rf"(?<=援)[{_WEST}](?![\u4e00-\u9fff]?[山河江])|(?<=[入赴])[黔滇桂渝]")
_NUMBER = re.compile(r"\d+(?:\.\d+)?(?!\d*年代)")
_ARTICLE = re.compile(r"第([一二三四五六七八九十百零〇\d]{1,7})(条|章|款|项)")
_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0}
_TITLE = re.compile(r"《([^》]+)》")


def find_slots(question: str) -> list[str]:
    """Numbers, provinces (also as pairs of abbreviations), titles and articles of a question, in no given order.

    >>> sorted(find_slots("2019年闽宁协作投入多少"))
    ['2019', '宁夏', '福建']
    """
    text = matching_copy(question)
    titles = _TITLE.findall(text)
    plain = _TITLE.sub(" ", text)
    found = set(_NUMBER.findall(_ARTICLE.sub(" ", plain))) | find_regions(plain) | set(titles) | _articles(plain)
    return list(found)


def find_regions(text: str) -> set[str]:
    """Provinces that a normalised text names, by their short names, also as pairs of abbreviations (闽宁)."""
    found = set(_REGION.findall(text))
    # 辽宁 holds two abbreviations and is no pair.
    rest = _REGION.sub(" ", text)
    for pair in (*PAIR.findall(rest), *_COMMON_PAIR.findall(rest)):
        found |= {SHORT_NAMES[short] for short in pair if short}
    return found | {SHORT_NAMES[short] for short in _HELPED.findall(rest)}


def missing_slots(question: str, context: str) -> list[str]:
    """The slots of a question that a context does not hold; a province also stands there by its abbreviation."""
    text = matching_copy(context)
    numbers = set(_NUMBER.findall(text))
    return [slot for slot in find_slots(question) if not _holds(text, numbers, slot)]


def _articles(text: str) -> set[str]:
    """Articles with their numbers in digits: 第四条 and 第4条 are both 第4条."""
    return {f"第{_number(numeral)}{unit}" for numeral, unit in _ARTICLE.findall(text)}


def _number(numeral: str) -> int:
    """Value of a numeral below 1,000, in digits or in Chinese.

    >>> _number("十五"), _number("一百零三"), _number("27")
    (15, 103, 27)
    """
    if numeral.isdecimal():
        return int(numeral)
    total = digit = 0
    for char in numeral:
        if char in "十百":
            total += (digit or 1) * (10 if char == "十" else 100)
            digit = 0
        else:
            digit = digit * 10 + (int(char) if char.isdecimal() else _DIGITS[char])
    return total + digit


def _holds(text: str, numbers: set[str], slot: str) -> bool:
    if _NUMBER.fullmatch(slot):
        # People write 21年 for 2021年.
        return slot in numbers or (len(slot) == 2 and bool({f"20{slot}", f"19{slot}"} & numbers))
    if slot in text or (slot.startswith("第") and slot in _articles(text)):
        return True
    return any(full == slot and short in text for short, full in SHORT_NAMES.items())
