"""What a question names exactly: 文号, 《title》, 第X条 and the like, the date of a document."""

import re
from dataclasses import dataclass

from rag.dates import WRITTEN_DATE, parse_date
from rag.doc_number import find_doc_numbers
from rag.labels import number_of
from rag.named import named_documents
from rag.normalise import simplified

_NUMERAL = r"[零〇一二两三四五六七八九十百千\d]+"
CLAUSE_STEP = re.compile(
    rf"第\s*(?:[（(]\s*(?P<inside>{_NUMERAL})\s*[）)]|(?P<number>{_NUMERAL}))\s*"
    rf"(?P<unit>编|章|节|条|款|项|目|部分)(?:之(?P<sub>{_NUMERAL}))?"
)
"""One step of a clause: 第三条, 第（二）项, 第三条之一."""
# 第一条规定了什么 names a clause, 第一条高速公路 none.
_CLAUSE_ALONE = re.compile(
    rf"第\s*[（(]?\s*{_NUMERAL}\s*[）)]?\s*[编章节条款项目](?:之{_NUMERAL})?\s*"
    r"(?=$|[^\u4e00-\u9fff]|[的呢中里和与及对是有说讲写要由]|规定|内容|怎么|如何|明确|提到|关于|讲述|指|属于|适用)"
)
_BETWEEN = re.compile(r"\s*的?\s*")
_HEADING = re.compile(
    rf"第\s*(?P<number>{_NUMERAL})\s*(?P<unit>编|章|节|条|款|项|部分)(?:之(?P<sub>{_NUMERAL}))?|"
    rf"[（(]\s*(?P<item>{_NUMERAL})\s*[）)]|(?P<part>[一二三四五六七八九十]+)、|(?P<sub_item>\d{{1,3}})\s*[.．、]"
)
_WITHOUT_MARK = re.compile(
    r"([〔\[［【（(〈﹝]\s*(?:(?:19|20|１９|２０)\d\d|[一二][〇○零一二三四五六七八九]{3})\s*年?\s*[〕\]］】）)〉﹞]"
    r"\s*第?\s*\d{1,5}(?:-\d{1,3})?)(?![\d号期-])(?!\s*[号期])"
)
# 国发2021年12号; 印发2021年12号 is a verb and a year.
_WITHOUT_BRACKETS = re.compile(
    r"([\u4e00-\u9fff]{1,12}(?:(?<![印下颁转签制])发|函|字|办|电))\s*((?:19|20)\d\d)\s*年?\s*第?\s*(\d{1,5})\s*号"
)
_MONTH_AND_DAY = r"(?<![\d年月])(?P<month>\d{1,2})月(?:(?P<day>\d{1,2})[日号])?"
_KINDS = (
    "文件|材料|文章|报道|新闻|稿件|通知|意见|办法|方案|决定|规定|报告|公告|公报|批复|通报|规划|条例|细则|讲话|纪要|函|"
    "座谈会|现场会|推进会|联席会议?|电视电话会议?|会议|会"
)
_ANY_KIND = frozenset({"文件", "材料", "文章", "报道", "新闻", "稿件"})
_DATED = re.compile(
    rf"(?:(?P<date>{WRITTEN_DATE})|{_MONTH_AND_DAY})\s*(?:那天|当天|这天|起|开始)?"
    r"(?P<verb>印发|发布|公布|下发|出台|发出|签发|通过|发表|刊登|施行|实施|生效|召开|举行|开|发)?的?(?:那|这)?"
    r"(?:一?[份个次篇场部])?"
    rf"(?P<words>(?:(?!多少|什么|哪|几|谁)[\u4e00-\u9fff]){{0,12}}?)(?P<kind>{_KINDS})"
)


@dataclass(frozen=True)
class Step:
    """One step of a clause, 第三条 or 第（二）项: its unit, its number, and the one behind 之 (第三条之一), else 0."""

    unit: str
    number: int
    sub: int = 0


@dataclass(frozen=True)
class Title:
    """A title between 《 and 》, and the 文号 behind it."""

    text: str
    number: str | None


@dataclass(frozen=True)
class Dated:
    """A document of a date: ISO 8601, perhaps partial; `--04-08` without its year.

    `kind` is what it is called, "" for any; `in_force` tells that the date is the one from which it applies.
    """

    date: str
    kind: str
    in_force: bool


@dataclass(frozen=True)
class Asked:
    """What a question names exactly; `clauses` are paths, 第三条第（二）项 is one of two steps."""

    numbers: tuple[str, ...] = ()
    titles: tuple[Title, ...] = ()
    clauses: tuple[tuple[Step, ...], ...] = ()
    dates: tuple[Dated, ...] = ()

    def __bool__(self) -> bool:
        return self != Asked()

    @property
    def names_document(self) -> bool:
        """Whether it names any document at all."""
        return bool(self.numbers or self.titles or self.dates)


def read_asked(question: str) -> Asked:
    """Read what a question names exactly.

    >>> read_asked("国发[2021]12说了什么").numbers, read_asked("《某办法》第三條第（二）项").clauses
    (('国发〔2021〕12号',), ((Step(unit='条', number=3, sub=0), Step(unit='项', number=2, sub=0)),))
    """
    text = simplified(question)
    titles = tuple(Title(named.title, named.number) for named in named_documents(text))
    plain = re.sub("《[^《》]*》", lambda found: "，" * len(found.group()), text)
    spelt = _WITHOUT_MARK.sub(r"\1号", _WITHOUT_BRACKETS.sub(r"\1〔\2〕\3号", plain))
    numbers = [form for _, _, form in find_doc_numbers(spelt)]
    return Asked(tuple(dict.fromkeys(numbers)), titles, tuple(_clauses(plain)), tuple(_dates(plain)))


def names_clause(question: str) -> bool:
    """Tell whether a question that names no document speaks of a clause, and not of the first road (第一条高速公路).

    >>> names_clause("第三條規定了什麼"), names_clause("第一条高速公路在哪")
    (True, False)
    """
    return _CLAUSE_ALONE.search(simplified(question)) is not None


def read_heading(heading: str) -> Step | None:
    """The step that a heading of the outline is: 第三条 总则, （二）, 三、重点任务, 1.; None without a number.

    >>> read_heading("第二章 职责"), read_heading("（三）"), read_heading("总则")
    (Step(unit='章', number=2, sub=0), Step(unit='项', number=3, sub=0), None)
    """
    match = _HEADING.match(simplified(heading).strip())
    if match is None:
        return None
    for group, unit in (("item", "项"), ("part", "部分"), ("sub_item", "目"), ("number", match["unit"])):
        if match[group]:
            number, sub = number_of(match[group]), number_of(match["sub"] or "0")
            return None if number is None else Step(unit, number, sub or 0)
    return None


def write_clause(path: tuple[Step, ...]) -> str:
    """A path as it is written, in digits.

    >>> write_clause((Step("条", 3, 1), Step("项", 2)))
    '第3条之1第2项'
    """
    return "".join(f"第{step.number}{step.unit}" + (f"之{step.sub}" if step.sub else "") for step in path)


def _clauses(text: str) -> list[tuple[Step, ...]]:
    paths: list[list[Step]] = []
    end = -1
    for match in CLAUSE_STEP.finditer(text):
        number = number_of(match["inside"] or match["number"])
        if number is None:
            continue
        step = Step(match["unit"], number, number_of(match["sub"] or "0") or 0)
        joined = end >= 0 and _BETWEEN.fullmatch(text, end, match.start()) is not None
        if joined and paths and step.unit not in {other.unit for other in paths[-1]}:
            paths[-1].append(step)
        else:
            paths.append([step])
        end = match.end()
    return list(dict.fromkeys(tuple(path) for path in paths))


def _dates(text: str) -> list[Dated]:
    found = []
    for match in _DATED.finditer(text):
        if match["date"]:
            date = parse_date(match["date"])
        else:
            day = f"-{int(match['day']):02d}" if match["day"] else ""
            date = f"--{int(match['month']):02d}{day}"
        kind = "" if match["kind"] in _ANY_KIND else match["kind"]
        if date:
            found.append(Dated(date, kind, match["verb"] in ("施行", "实施", "生效")))
    return found
