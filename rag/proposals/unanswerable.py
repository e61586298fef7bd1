"""Unanswerable questions: a year, place, figure or article is replaced by one that occurs in no document."""

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Sequence

from rag.proposals.articles import absent_article, chinese_number
from rag.proposals.draft import Draft
from rag.types import Document

_PROVINCES = re.findall(
    r"\S+",
    "北京 天津 上海 重庆 黑龙江 内蒙古 河北 山西 辽宁 吉林 江苏 浙江 安徽 福建 江西 山东 河南 湖北 湖南 "
    "广东 海南 四川 贵州 云南 陕西 甘肃 青海 广西 西藏 宁夏 新疆",
)
_CITIES = re.findall(
    r"\S+",
    "石家庄 唐山 秦皇岛 邯郸 太原 大同 呼和浩特 包头 沈阳 大连 鞍山 长春 哈尔滨 齐齐哈尔 大庆 南京 无锡 "
    "徐州 常州 苏州 南通 扬州 杭州 宁波 温州 嘉兴 绍兴 金华 合肥 芜湖 福州 厦门 泉州 南昌 九江 济南 青岛 "
    "淄博 烟台 潍坊 郑州 洛阳 开封 武汉 宜昌 襄阳 长沙 株洲 岳阳 广州 深圳 珠海 佛山 东莞 南宁 柳州 桂林 "
    "海口 三亚 成都 绵阳 贵阳 遵义 昆明 大理 拉萨 西安 宝鸡 咸阳 兰州 天水 西宁 银川 乌鲁木齐",
)
_YEAR = re.compile(r"(?<![\d—~～至-])((?:19|20)\d\d)年(?![—~～至-])")
_ALONE = re.compile(r"(?<![\d—–~～至到-])((?:19|20)\d\d)年(?![—–~～至到-])")
_SPAN = re.compile(r"((?:19|20)\d\d)年?\s*[—–~～至到-]+\s*((?:19|20)\d\d)")
_FIGURE = re.compile(r"(?<![\d.—~第〔+])(\d{2,5})(?=个|家|名|人|户|项|所|亩|公里|吨)")
_NAMED = re.compile("《[^》]*》|“[^”]*”")
_NO_PLACE_AFTER = re.compile(
    r"[省市]|自治|壮族|回族|维吾尔|[\u4e00-\u9fff]{0,6}(?:奥林|奥运|队|大学|学院|国安|集团|公司|医院|中学|日报|银行|时间|路|话)|、|和|与|[—-]|[\u4e00-\u9fff]{1,3}[市县州盟区旗镇]|\d+[市县州区]"
)
_PLACE_BEFORE = "年月日初底在到由向给与和、，从对为的"
# Two abbreviations (粤黔, 苏陕) go on naming the places that would be replaced.
_PAIR = re.compile("[京津沪渝冀晋辽吉黑苏浙皖闽赣鲁豫鄂湘粤琼川黔滇陕甘青蒙桂藏宁]{2}")
_FARTHEST = 6
_KINDS = ("figure", "date", "issuer", "list")


def unanswerable(documents: Sequence[Document], drafts: Sequence[Draft]) -> Iterator[Draft]:
    """Variants of answerable drafts that no document answers; `quote` is the sentence they were made from."""
    absent = Absent(document.text for document in documents)
    for draft in drafts:
        if draft.type in _KINDS:
            # Each draft begins with another of the ways, so that all are used.
            ways = [absent.place, absent.year]
            if draft.type == "date":
                # A wrong figure beside the figure asked for would only be a wrong premise of an answerable question.
                ways.append(absent.figure)
            first = hashlib.sha256(draft.question.encode()).digest()[0] % len(ways)
            for way in (*ways[first:], *ways[:first]):
                found = way(draft.question)
                if found is not None:
                    yield _variant(draft, *found)
                    break
    for document in documents:
        article = absent_article(document)
        if article is not None:
            note = f"这份文档没有{article[1]}。"
            yield Draft(document.path, len(document.text), "unanswerable", article[0], "", (), note)


class Absent:
    """Finds years, places and figures that occur nowhere in the texts."""

    def __init__(self, texts: Iterator[str]) -> None:
        self._text = unicodedata.normalize("NFKC", "\n".join(texts))
        self._numbers = {number.replace(",", "") for number in re.findall(r"\d[\d,]*", self._text)}
        self._years = {int(number) for number in self._numbers if len(number) == 4}
        self._plausible = {int(year) for year in _ALONE.findall(self._text)}
        for first, last in _SPAN.findall(self._text):
            self._years.update(range(int(first), int(last) + 1))

    def year(self, question: str) -> tuple[str, str, str] | None:
        """The question with another year, the year it had and the year it has."""
        match = _only(_YEAR, question)
        if match is None:
            return None
        old = int(match.group(1))
        near = (old + sign * step for step in range(1, _FARTHEST + 1) for sign in (-1, 1))
        latest = max(self._plausible, default=0) + 1
        new = next(
            (year for year in near if year <= latest and year not in self._years and self._lacks(_chinese_year(year))),
            None,
        )
        return None if new is None else _put(question, match, f"{old}年", f"{new}年")

    def place(self, question: str) -> tuple[str, str, str] | None:
        """The question with another province or city, the one it had and the one it has."""
        if _PAIR.search(question):
            return None
        for names in (_PROVINCES, _CITIES):
            found = [match for name in names for match in re.finditer(re.escape(name), question)]
            free = [match for match in found if not _is_named(question, match)]
            if len(free) != 1 or len(found) != 1 or _NO_PLACE_AFTER.match(question, free[0].end()):
                continue
            before = question[: free[0].start()][-1:]
            if before and before not in _PLACE_BEFORE:
                continue
            others = [name for name in names if self._lacks(name)] or [name for name in _CITIES if self._lacks(name)]
            if others:
                new = others[hashlib.sha256(question.encode()).digest()[1] % len(others)]
                return _put(question, free[0], free[0].group(), new)
        return None

    def figure(self, question: str) -> tuple[str, str, str] | None:
        """The question with another figure, the one it had and the one it has."""
        match = _only(_FIGURE, question)
        if match is None:
            return None
        old = int(match.group(1))
        near = (old + step for step in range(3, 3 + max(40, old)))
        new = next((str(number) for number in near if self._lacks_number(number)), None)
        return None if new is None else _put(question, match, match.group(), new)

    def _lacks_number(self, number: int) -> bool:
        return str(number) not in self._numbers and (number > 999 or self._lacks(chinese_number(number)))

    def _lacks(self, text: str) -> bool:
        return text not in self._text


def _variant(draft: Draft, question: str, old: str, new: str) -> Draft:
    note = f"由有答案的句子改成：“{old}”换成了文档中没有的“{new}”。"
    return Draft(draft.document, draft.start, "unanswerable", question, draft.quote, (), note)


def _only(pattern: "re.Pattern[str]", question: str) -> "re.Match[str] | None":
    matches = [match for match in pattern.finditer(question) if not _is_named(question, match)]
    return matches[0] if len(matches) == 1 and len(pattern.findall(question)) == 1 else None


def _is_named(question: str, match: "re.Match[str]") -> bool:
    return any(span.start() <= match.start() < span.end() for span in _NAMED.finditer(question))


def _put(question: str, match: "re.Match[str]", old: str, new: str) -> tuple[str, str, str]:
    end = match.start() + len(old)
    return f"{question[: match.start()]}{new}{question[end:]}", old, new


def _chinese_year(year: int) -> str:
    return "".join("〇一二三四五六七八九"[int(digit)] for digit in str(year))
