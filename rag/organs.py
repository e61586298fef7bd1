"""Names of organs: which line consists of them, and who they are."""

import re

_END = (
    "人民政府|政府|国务院|中共中央|中央军委|党中央|委员会|党委|党组|[省市州县区地工盟旗]委|人大常委会|常委会|"
    "人民代表大会|办公厅|办公室|总局|[部厅局署]|改革委|[资建健民农]委|纪委|监委|政协|法院|检察院|总工会|联合会|协会|学会|研究院|研究所|"
    "小组|指挥部|总队|调查队|联席会议|银行|管委会|总公司|公司|集团|中心|协作办|扶贫办|[改农工]办|等部门|等单位|海关总署"
)
_NAME = rf"(?:[\u4e00-\u9fff]|[（(][\u4e00-\u9fff]{{1,10}}[）)]|·)*?(?:{_END})"
_ORGAN = re.compile(_NAME)
_NOT_IN_NAME = re.compile(r"关于|进一步|切实|加强|推进|[在将被把向对为了着]|我[省市州县区]")
_ENGLISH_WORD = re.compile(
    r"\b(?:Office|Ministry|Government|Council|Commission|Bureau|Department|Committee|Administration)\b"
)
_ENGLISH_NAME = re.compile(r"(?:The\s+)?[A-Z][A-Za-z'’&,.\- ]{5,120}[A-Za-z)]")
_SEPARATOR = re.compile(r"[ \t\u3000\xa0、，,]+")
_TWO_HEADS = re.compile(r"^(中共中央(?:办公厅)?)(国务院.*)$")
_PERSON = re.compile(
    r"(?:代理?|副)?(?:总\s*理|主\s*席|主\s*任|省\s*长|市\s*长|州\s*长|县\s*长|区\s*长|部\s*长|局\s*长|厅\s*长|行\s*长|署\s*长|委员长)"
    r"[:：]?[ \t\u3000]+[\u4e00-\u9fff·](?:[ \u3000]?[\u4e00-\u9fff·]){1,7}"
)


def organs_of(line: str) -> list[str]:
    """The organs that a line consists of, in order; none where it is something else.

    >>> organs_of("中共某州委　某州人民政府"), organs_of("某县教育局的做法")
    (['中共某州委', '某州人民政府'], [])
    """
    line = line.strip().strip("（）()").strip()
    if _ENGLISH_NAME.fullmatch(line) and _ENGLISH_WORD.search(line):
        return [line]
    names = [name for name in _SEPARATOR.split(line) if name]
    names = _closed_up(names)
    names = [name for written in names for name in (_TWO_HEADS.sub(r"\1 \2", written)).split()]
    return names if names and all(_is_organ(name) for name in names) else []


def _closed_up(names: list[str]) -> list[str]:
    """Names that are spaced out to fill the line in one: 某 州 财 政 局."""
    found: list[str] = []
    single = False
    for name in names:
        if single and len(name) == 1:
            found[-1] += name
        else:
            found.append(name)
        single = len(name) == 1
    return found


def is_person(line: str) -> bool:
    """Tell whether a line is an office and a name, as under decrees: 省长　某某."""
    return _PERSON.fullmatch(line.strip()) is not None


def organs_before_about(title: str) -> list[str]:
    """Who issues, by a title: what stands before 关于, or the organs that it begins with.

    >>> organs_before_about("国务院办公厅关于做好工作的通知"), organs_before_about("某地关于工作的经验")
    (['国务院办公厅'], [])
    """
    front, about, _ = title.partition("关于")
    return organs_of(front) if about else []


def _is_organ(name: str) -> bool:
    return 3 <= len(name) <= 40 and _ORGAN.fullmatch(name) is not None and _NOT_IN_NAME.search(name) is None
