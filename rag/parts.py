"""Parts of an official document that are no running text: contents, list of attachments, signature; and where an
attached document begins."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from rag.headings import Heading
from rag.lines import SENTENCE_MARKS, Line, tidy_heading, without_space
from rag.marks import has_number

_CONTENTS = frozenset({"目录", "目次", "contents", "tableofcontents"})
_LEADER = re.compile(r"\s*(?:[.．…·]{2,}|[…·]|\t|[ 　]{2,}|[-—_]{3,})[\s.．…·\-—_]*(?:\d{1,4}|[ivx]{1,5})$")
_MAX_ENTRY, _LOOK_AHEAD = 80, 60

_DATE = re.compile(r"[（(]?\s*(?:\d{4}|[〇○零一二三四五六七八九]{4})\s*年\s*\S{1,3}\s*月\s*\S{1,3}\s*日\s*[）)]?")
_ORGANISATION = re.compile(
    r"(?:政府|委员会|办公[厅室]|[部委局厅办院会室组署社行团处所队]|党委|[省市州县区]委|党组|中心|公司|集团|法院|检察院|大学|协会|联合会)"
    r"(?:[（(].{1,12}[）)])?$"
)
_PERSON = re.compile(r"(?:[省市州县区]长|主席|主任|[部局厅署院]长|书记|总理|会长|理事长)\s*[\u4e00-\u9fff·\s]{2,12}$")
_CLOSING = re.compile(
    r"[（(].{0,12}(?:公开|发布|印发|发至|删减|附件略).{0,12}[）)]$|(?:抄送|抄报|分送|分发|发送|主题词)[:：]|.*\d\s*日\s*印发$"
)
_BELOW = re.compile(
    r"[（(]?(?:联系人|联系电话|联系方式)[:：]|[（(]?共印\s*\d+\s*份[）)]?$|[-—－–]+\s*\d{1,4}\s*[-—－–]+$"
)
"""What is printed below a signature, but tells of none: whom to call, how many copies, the number of the page."""
_PARTIES = re.compile(
    r"[甲乙丙丁]方.{0,20}[（(](?:盖章|签字|签章|公章|印章|章)[）)]|(?:法定|授权)?代表(?:人)?.{0,8}[（(](?:签字|签章|签名)|"
    r"签[订署](?:日期|地点|时间)\s*[:：]|[（(](?:盖章|签章|公章)[）)](?!.*年\s+月)"
)
_MAX_SIGNER, _MAX_SIGNERS = 40, 12

_LIST = re.compile(r"附\s*件\s*[:：]\s*(?P<first>\S.*)?$")
_LIST_ITEM = re.compile(r"[0-9０-９]{1,2}\s*[.．、]\s*\S")
_ATTACHMENT = re.compile(
    r"附\s*[件表录图]?\s*[0-9０-９一二三四五六七八九十]{0,3}(?:\s*[-—－]\s*\d{1,2})?\s*(?:[:：]|$|(?<=[0-9０-９一二三四五六七八九十])[\s.．]|\s)"
)
_MAX_TITLE = 60


@dataclass
class Parts:
    """What is no running text.

    Attributes
    ----------
    kinds
        Kind of section by the position of a line: "contents", "attachments", "signature" or "header".
    attached
        Headings of attached documents, by the position of their first line.
    """

    kinds: dict[int, str] = field(default_factory=dict)
    attached: dict[int, Heading] = field(default_factory=dict)


def find_parts(lines: Sequence[Line], title: str | None, text: str) -> Parts:
    """Recognise contents, lists of attachments, signatures and attached documents.

    Parameters
    ----------
    lines
        All lines with text, below the header block.
    title
        The document's title; where it is repeated above the text, that line belongs to the header.
    text
        The document's text, for the titles it names in 《》.
    """
    parts = Parts()
    if title and lines and without_space(lines[0].content) == without_space(title) and lines[0].marked is None:
        parts.kinds[0] = "header"
    _find_contents(lines, parts)
    _find_signatures(lines, parts)
    named = {without_space(name) for name in re.findall(r"《([^《》\n]{4,60})》", text)} - {without_space(title or "")}
    position = 0
    while position < len(lines):
        line = lines[position]
        if position in parts.kinds or line.fenced or line.marked is not None:
            position += 1
            continue
        last = _attachment_list(lines, position, parts)
        if last is not None:
            parts.kinds.update(dict.fromkeys(range(position, last + 1), "attachments"))
        else:
            last = _attached_title(lines, position, parts, named)
            if last is not None:
                parts.attached[position] = _attached(lines, position, last)
        position = (position if last is None else last) + 1
    return parts


def _find_contents(lines: Sequence[Line], parts: Parts) -> None:
    position = 0
    while position < len(lines):
        last = None
        if without_space(lines[position].content).strip("#*【】[]").lower() in _CONTENTS:
            last = _last_entry(lines, position + 1)
        elif has_number(lines[position].content) and _is_led(lines[position].content):
            last = position
            while last + 1 < len(lines) and _is_led(lines[last + 1].content):
                last += 1
            last = last if last - position >= 2 else None
        if last is not None:
            parts.kinds.update(dict.fromkeys(range(position, last + 1), "contents"))
            position = last
        position += 1


def _is_led(content: str) -> bool:
    """Whether dots lead from a title to the number of its page."""
    return len(content) <= 2 * _MAX_ENTRY and _LEADER.search(content) is not None


def _last_entry(lines: Sequence[Line], first: int) -> int | None:
    """Last entry of a table of contents: before its first entry comes again, as a heading; None without two entries."""
    seen: dict[str, int] = {}
    again = None
    position = first
    while position < len(lines):
        content = lines[position].content
        led = _is_led(content)
        if not led and (len(content) > _MAX_ENTRY or content[-1] in "。；;！!，,"):
            break
        entry = without_space(_LEADER.sub("", content)).strip("-*#·[]")
        if entry in seen and not led:
            if seen[entry] == first:
                again = position
                break
            again = again or position
        elif again is not None and led:
            again = None
        elif again is not None and position - again > _LOOK_AHEAD:
            break
        seen.setdefault(entry, position)
        position += 1
    last = (position if again is None else again) - 1
    return last if last - first >= 1 else None


def _find_signatures(lines: Sequence[Line], parts: Parts) -> None:
    position = 0
    while position < len(lines):
        content = lines[position].content
        first = None
        if position in parts.kinds or len(content) > _MAX_SIGNER * 2:
            position += 1
            continue
        if _DATE.fullmatch(content):
            first = _first_signer(lines, position, parts)
        elif _CLOSING.match(content) or _PARTIES.match(content):
            first = position
        last = position
        if first is not None:
            while last + 1 < len(lines) and _closes(lines[last + 1].content):
                last += 1
            parts.kinds.update(dict.fromkeys(range(first, last + 1), "signature"))
        position = last + 1


def _closes(content: str) -> bool:
    if len(content) > _MAX_SIGNER * 2 and not re.match("抄|分送", content):
        return False
    below = _CLOSING.match(content) or _BELOW.match(content) or _PARTIES.match(content)
    return bool(below or _DATE.fullmatch(content))


def _first_signer(lines: Sequence[Line], date: int, parts: Parts) -> int | None:
    """Position of the first line of the signature that ends with a date; None where the date is something else."""
    first = date
    while first > max(0, date - _MAX_SIGNERS) and first - 1 not in parts.kinds and _is_signer(lines[first - 1].content):
        first -= 1
    before = lines[first - 1] if first else None
    after_text = before is not None and (
        before.content[-1] in "。！？.；”）)" or _LIST_ITEM.match(before.content) or _LIST.match(before.content)
    )
    if not after_text:
        return None
    if first < date:
        return first
    following = lines[date + 1].content if date + 1 < len(lines) else ""
    return date if not following or _closes(following) or _ATTACHMENT.match(following) else None


def _is_signer(content: str) -> bool:
    if len(content) > _MAX_SIGNER or any(mark in content for mark in SENTENCE_MARKS) or has_number(content):
        return False
    return bool(_ORGANISATION.search(content) or _PERSON.search(content))


def _attachment_list(lines: Sequence[Line], position: int, parts: Parts) -> int | None:
    """Last line of the list of attachments that begins at a line; None where there is none."""
    match = _LIST.match(lines[position].content)
    if match is None:
        return None
    last = position
    while last + 1 < len(lines) and last + 1 not in parts.kinds and _LIST_ITEM.match(lines[last + 1].content):
        if len(lines[last + 1].content) > _MAX_ENTRY or "。" in lines[last + 1].content:
            break
        last += 1
    if match["first"] is None:
        return last if last > position else None
    if match["first"][-1] in "。；":
        return None
    ends = last + 1 == len(lines) or parts.kinds.get(last + 1) == "signature" or _LIST_ITEM.match(match["first"])
    return last if ends else None


def _attached_title(lines: Sequence[Line], position: int, parts: Parts, named: set[str]) -> int | None:
    """Last line of the title of an attached document that begins at a line; None where none begins."""
    line = lines[position]
    content = line.content
    if position + 1 >= len(lines) or len(content) > _MAX_TITLE or any(mark in content for mark in "。；，！？"):
        return None
    match = _ATTACHMENT.match(content)
    if match is not None and (line.gap or position - 1 in parts.kinds):
        if match.end() < len(content) or not _is_title(lines, position + 1, parts):
            return position
        return _with_remark(lines, position + 1)
    after_signature = parts.kinds.get(position - 1) == "signature"
    is_named = without_space(content) in named and line.gap
    if not (after_signature or is_named) or not _is_title(lines, position, parts):
        return None
    last = _with_remark(lines, position)
    below = min(last + 1, len(lines) - 1)
    begins = has_number(lines[below].content) or parts.kinds.get(below) == "contents"
    return last if after_signature or begins else None


def _is_title(lines: Sequence[Line], position: int, parts: Parts) -> bool:
    content = lines[position].content
    return (
        position + 1 < len(lines)
        and position not in parts.kinds
        and len(content) <= _MAX_TITLE
        and content[-1] not in SENTENCE_MARKS
        and not any(mark in content for mark in "。；，")
        and not content.startswith(("（", "(", "|", "-"))
        and not has_number(content)
    )


def _with_remark(lines: Sequence[Line], position: int) -> int:
    """Take the line below a title along where it is a remark in brackets: （试行）."""
    following = lines[position + 1].content if position + 1 < len(lines) else ""
    return position + 1 if re.fullmatch(r"[（(][^（()）]{2,12}[）)]", following) else position


def _attached(lines: Sequence[Line], first: int, last: int) -> Heading:
    text = " ".join(tidy_heading(line.content.rstrip("：:")) for line in lines[first : last + 1])
    label = _ATTACHMENT.match(lines[first].content)
    return Heading("附件", None, without_space(label[0]).rstrip("：:.．") if label else "", text, lines[first].start,
                   lines[last].end, last, None, True, False)  # fmt: skip
