"""发文字号: recognised in all the ways they are written, and brought into one form to show and compare.

国发〔2021〕12号, 国发[2021]12号, 国发【２０２１】 12 号, 国发（2021）第12号 are the same; 某省人民政府令第312号 and
财政部公告2021年第5号 are the numbers of decrees and announcements.
"""

import re
import unicodedata

_OPEN, _CLOSE = r"[〔\[［【（(〈﹝]", r"[〕\]］】）)〉﹞]"
_YEAR = r"(?:19|20|１９|２０)[\d０-９]{2}|[一二][〇○零一二三四五六七八九]{3}"
_COUNT = r"\d{1,5}(?:-\d{1,3})?"
_PREFIX = r"[\u4e00-\u9fff]{1,20}?(?:[ \u3000]?[\u4e00-\u9fffA-Za-z]{1,8}){0,2}"
_NUMBERED = (
    rf"(?P<prefix>{_PREFIX})\s*{_OPEN}\s*(?P<year>{_YEAR})\s*年?\s*{_CLOSE}\s*第?\s*(?P<count>{_COUNT})\s*[号期]"
)
_DECREE_KIND = r"(?P<decree>[\u4e00-\u9fff]{2,30}(?:令|公告))"
_DECREE_COUNT = r"(?P<decree_year>\d{4}\s*年)?\s*第\s*(?P<decree_count>\d{1,5})\s*号"
_DECREE = rf"{_DECREE_KIND}\s*[（(]?{_DECREE_COUNT}[）)]?"
_DECREE_AFTER = r"第\s*(?P<before_count>\d{1,5})\s*号令"
_LINE = re.compile(rf"[（(]?\s*(?:{_NUMBERED}|{_DECREE}|{_DECREE_AFTER})\s*[）)]?")
_IN_TEXT = re.compile(
    rf"(?P<prefix>[\u4e00-\u9fff]{{1,20}})\s*{_OPEN}\s*(?P<year>{_YEAR})\s*年?\s*{_CLOSE}\s*第?\s*(?P<count>{_COUNT})\s*号"
    rf"|{_DECREE_KIND}\s*{_DECREE_COUNT}"
)
# 3月5日某省人民政府令第3号: of the date, the last character is taken for the beginning of a name.
_DATE_IN_FRONT = re.compile(
    r"(?<=\d)日|[〇○零一二三四五六七八九十年月]*年[一二三四五六七八九十]{1,2}月[一二三四五六七八九十]{1,3}日"
)
_BARE = re.compile(r"[（(]?(?P<year>\d{4}\s*年)?\s*第\s*(?P<count>\d{1,5})\s*号[）)]?")
_DIGITS = str.maketrans("〇○零一二三四五六七八九", "000123456789")
_ISSUERS = {
    "中发": "中共中央、国务院",
    "中办发": "中共中央办公厅、国务院办公厅",
    "厅字": "中共中央办公厅、国务院办公厅",
    "国发": "国务院",
    "国函": "国务院",
    "国办发": "国务院办公厅",
    "国办函": "国务院办公厅",
    "国办发明电": "国务院办公厅",
    "国开发": "国务院扶贫开发领导小组",
    "国开办发": "国务院扶贫开发领导小组办公室",
    "国乡振发": "国家乡村振兴局",
    "发改": "国家发展和改革委员会",
    "财农": "财政部",
    "财预": "财政部",
    "财税": "财政部、国家税务总局",
    "人社部发": "人力资源和社会保障部",
    "农计发": "农业农村部",
    "民发": "民政部",
    "教发": "教育部",
    "国统字": "国家统计局",
}
"""Who issues under a prefix, where that is the same everywhere; others are left unknown."""


def parse_doc_number(line: str) -> str | None:
    """The number that a line consists of, in one form; None where the line is something else.

    >>> parse_doc_number("国发［２０２１］ 12 号"), parse_doc_number("（某省人民政府令 第3号）")
    ('国发〔2021〕12号', '某省人民政府令第3号')
    """
    match = _LINE.fullmatch(line.strip())
    return _form(match) if match else None


def parse_bare_number(line: str, kind: str) -> str | None:
    """The number of a decree or announcement (`kind`, such as 某省人民政府令) on a line of its own.

    >>> parse_bare_number("第 312 号", "某省人民政府令"), parse_bare_number("2021年第5号", "财政部公告")
    ('某省人民政府令第312号', '财政部公告2021年第5号')
    """
    match = _BARE.fullmatch(line.strip())
    if match is None:
        return None
    year = _digits(match["year"] or "")
    return f"{''.join(kind.split())}{year}第{_digits(match['count'])}号"


def find_doc_numbers(text: str) -> list[tuple[int, int, str]]:
    """All numbers in running text: start, end, and their form; words in front may be taken for their prefix."""
    found = []
    for match in _IN_TEXT.finditer(text):
        date = _DATE_IN_FRONT.match(text, match.start())
        start = date.end() if date and date.end() < match.end() else match.start()
        again = _IN_TEXT.match(text, start) if start > match.start() else match
        found.append((start, match.end(), _form(again or match)))
    return found


def same_number(named: str, number: str) -> bool:
    """Tell whether a number named in running text (perhaps with words in front) is that of a document.

    >>> same_number("按照国发〔2021〕12号", "国发〔2021〕12号"), same_number("国办发〔2021〕12号", "国发〔2021〕12号")
    (True, False)
    """
    if not named.endswith(number):
        return False
    front = named[: len(named) - len(number)]
    return not front or front.endswith(_LEADING)


def issuer_of_number(number: str) -> str | None:
    """Who issues under a number's prefix, where that is certain."""
    decree = re.match(r"(.+?)(?:令|公告)(?:\d{4}年)?第", number)
    if decree:
        return decree[1]
    return _ISSUERS.get(number.split("〔", 1)[0])


_LEADING = (
    "根据",
    "按照",
    "依据",
    "依照",
    "参照",
    "执行",
    "落实",
    "贯彻",
    "印发",
    "下发",
    "原",
    "和",
    "及",
    "与",
    "以",
    "见",
    "的",
    "对",
    "由",
    "按",
)


def _form(match: re.Match[str]) -> str:
    groups = match.groupdict()
    if groups.get("prefix"):
        prefix = "".join(groups["prefix"].split())
        return f"{prefix}〔{_digits(groups['year'])}〕{_digits(groups['count'])}号"
    if groups.get("decree"):
        return f"{groups['decree']}{_digits(groups['decree_year'] or '')}第{_digits(groups['decree_count'])}号"
    return f"第{_digits(groups['before_count'])}号令"


def _digits(written: str) -> str:
    return "".join(unicodedata.normalize("NFKC", written).translate(_DIGITS).split())
