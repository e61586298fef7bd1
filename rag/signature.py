"""What stands below the block at the top and tells of the document: signature and date, 主送, source, its clauses."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag.dates import WRITTEN_DATE, parse_date
from rag.organs import is_person, organs_of
from rag.terms import effective_day, find_terms
from rag.types import Header

_ATTACHMENT = re.compile(r"(?:附件|附表|附录)[ \u3000]*[\d０-９一二三四五六七八九十]*[ \u3000]*[:：]?")
_DATE = re.compile(rf"[（(]?\s*({WRITTEN_DATE})\s*[）)]?")
_SIGNED_ON_ONE_LINE = re.compile(rf"(\S.*?)[ \t\u3000\xa0]+({WRITTEN_DATE})")
_SIGNED_FIELD = re.compile(rf"(?:签订|签署|签约|成文|发文)(?:日期|时间)\s*[:：]\s*({WRITTEN_DATE})")
_PRINTED = re.compile(rf"\S.*?({WRITTEN_DATE})\s*印发")
_PARTY = re.compile(r"[甲乙丙丁]方\s*(?:[（(][^）)]{1,12}[）)])?\s*[:：]\s*(\S[^，。；：:]*?)(?=[ \t\u3000]{2,}|$)")
_SOURCE = re.compile(r"[（(]?\s*(?:文章|稿件|信息|图文)?来源\s*[:：]\s*([^\n）)。]{2,40}?)\s*[）)]?")
_WIRE = re.compile(
    r"(?:[\d\-年月日 :：]{0,24}[，,]\s*正文[:：]\s*)?((?!本)[\u4e00-\u9fff]{1,7}?[社网报])[\u4e00-\u9fff]{0,8}"
    r"(?:\d{4}年)?\d{1,2}月\d{1,2}日\s*(?:电|讯)"
)
_REPORTER = re.compile(r"[^。]{0,40}?[（(]((?:[\u4e00-\u9fff]{0,8})?记者[ \u3000:：][^（）()]{2,30})[）)]")
_RECIPIENT_END = re.compile(r"[:：]\s*$")
_NOT_RECIPIENTS = re.compile(
    r"如下|[。；！？“”]|以下|公告|通知如|^[一二三四五六七八九十（(\d]|方[:：]$|问[:：]|答[:：]|附件|[一二三四五六七八九十]是"
)
_RECIPIENT = re.compile(r"^各|人民政府|党委|委员会|[省市州县区]委|部门|单位|[厅局办部]|公司|机构|企业|院校")
_SEARCHED_LINES = 15
# What stands behind it tells nothing of a signature, a source or an addressee.
_LONGEST_LINE = 400


@dataclass(frozen=True)
class _Line:
    start: int
    end: int
    content: str


def complete_header(header: Header, text: str, body: int) -> Header:
    """Fill in what the header block did not say from the body; what is known stays.

    Parameters
    ----------
    header
        The fields of the block at the top.
    text
        The document's text.
    body
        Where the body begins.
    """
    lines = _lines(text, body)
    main = lines[: _first_attachment(lines)]
    organs, signed = _signature(main) or ([], None)
    parties = _parties(lines[:8] + main[-8:])
    issued = header.issued or signed or _signed_field(main) or _printed(lines)
    issuer = header.issuer or "、".join(organs or parties) or None
    header = replace(header, issued=issued, issuer=issuer)
    opening = main[0].content if main else ""
    wire, reporter = _WIRE.match(opening), _REPORTER.match(opening)
    source = header.source or (wire[1] if wire else None) or _source(lines)
    author = header.author or (reporter[1].strip() if reporter else None)
    header = replace(header, source=source, author=author, recipients=header.recipients or _recipients(lines[:3]))
    header = replace(header, effective=header.effective or effective_day(header, text, body))
    if header.validity is None:
        terms = dict.fromkeys("".join(clause.text.split()) for clause in find_terms(text, body))
        header = replace(header, validity="；".join(list(terms)[:3]) or None)
    return header


def _lines(text: str, start: int) -> list[_Line]:
    lines, position = [], start
    for line in text[start:].splitlines(keepends=True):
        if line.strip():
            lines.append(_Line(position, position + len(line), line.strip()[:_LONGEST_LINE]))
        position += len(line)
    return lines


def _first_attachment(lines: Sequence[_Line]) -> int:
    """Number of the line at which attached documents begin: 附件1 alone on a line."""
    for number, line in enumerate(lines):
        if _ATTACHMENT.fullmatch(line.content) and number > 0 and not line.content.endswith(("：", ":")):
            return number
    return len(lines)


def _signature(lines: Sequence[_Line]) -> tuple[list[str], str | None] | None:
    """Organs and date of the first signature; else a date alone near the end."""
    for number, line in enumerate(lines):
        match = _DATE.fullmatch(line.content)
        date = parse_date(match[1]) if match else None
        if date and number:
            organs, person = _above(lines, number)
            if organs or person:
                return organs, date
        together = _SIGNED_ON_ONE_LINE.fullmatch(line.content)
        if together and organs_of(together[1]) and (date := parse_date(together[2])):
            return organs_of(together[1]), date
    for line in reversed(lines[-_SEARCHED_LINES:]):
        match = _DATE.fullmatch(line.content)
        if match and (date := parse_date(match[1])) and len(date) == len("2021-03-05"):
            return [], date
    return None


def _above(lines: Sequence[_Line], number: int) -> tuple[list[str], bool]:
    """The organs on the lines right above a date, in order, and whether a person signs there."""
    organs: list[str] = []
    person = False
    for line in reversed(lines[max(0, number - 8) : number]):
        names = organs_of(line.content)
        if names:
            organs = names + organs
        elif is_person(line.content):
            person = True
        else:
            break
    return organs, person


def _parties(lines: Sequence[_Line]) -> list[str]:
    """The parties of an agreement, 甲方 first."""
    names = [match[1].strip() for line in lines for match in _PARTY.finditer(line.content)]
    return list(dict.fromkeys(names)) if len(set(names)) > 1 else []


def _signed_field(lines: Sequence[_Line]) -> str | None:
    for line in lines[-_SEARCHED_LINES:]:
        match = _SIGNED_FIELD.match(line.content)
        if match:
            return parse_date(match[1])
    return None


def _printed(lines: Sequence[_Line]) -> str | None:
    for line in lines[-_SEARCHED_LINES:]:
        match = _PRINTED.fullmatch(line.content)
        if match:
            return parse_date(match[1])
    return None


def _source(lines: Sequence[_Line]) -> str | None:
    for line in lines[-2:]:
        match = _SOURCE.fullmatch(line.content)
        if match:
            return match[1]
    return None


def _recipients(lines: Sequence[_Line]) -> str | None:
    """主送: the first line of the body, or two or three, that ends with a colon and names organs."""
    joined = ""
    for line in lines:
        joined += line.content
        if _NOT_RECIPIENTS.search(joined) or len(joined) > 300:
            return None
        if _RECIPIENT_END.search(joined):
            names = joined.rstrip("：: \u3000")
            return names if _RECIPIENT.search(joined) or organs_of(names) else None
        if not joined.startswith("各") and "、" not in joined and "，" not in joined:
            return None
    return None
