"""Numbers of spreadsheet cells as the spreadsheet shows them (ISO/IEC 29500-1, 18.8.30–31)."""

import re
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from rag.readers.numerals import chinese, digit_by_digit

# Built in; 27–36 and 50–58 as they are in Chinese. 14 follows the system: written as ISO 8601.
_CHINESE_BUILTIN = {
    27: 'yyyy"年"m"月"', 28: 'm"月"d"日"', 29: 'm"月"d"日"', 30: "yyyy-mm-dd", 31: 'yyyy"年"m"月"d"日"',
    32: 'h"时"mm"分"', 33: 'h"时"mm"分"ss"秒"', 34: '上午/下午h"时"mm"分"', 35: '上午/下午h"时"mm"分"ss"秒"',
    36: 'yyyy"年"m"月"',
    50: 'yyyy"年"m"月"', 51: 'm"月"d"日"', 52: 'yyyy"年"m"月"', 53: 'm"月"d"日"', 54: 'm"月"d"日"',
    55: '上午/下午h"时"mm"分"', 56: '上午/下午h"时"mm"分"ss"秒"', 57: 'yyyy"年"m"月"', 58: 'm"月"d"日"',
}  # fmt: skip
BUILTIN = {
    0: "General", 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 5: '"¥"#,##0', 6: '"¥"#,##0', 7: '"¥"#,##0.00',
    8: '"¥"#,##0.00', 9: "0%", 10: "0.00%", 11: "0.00E+00", 12: "# ?/?", 13: "# ??/??", 14: "yyyy-mm-dd",
    15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 18: "h:mm AM/PM", 19: "h:mm:ss AM/PM", 20: "h:mm", 21: "h:mm:ss",
    22: "yyyy-mm-dd h:mm", 37: "#,##0;-#,##0", 38: "#,##0;-#,##0", 39: "#,##0.00;-#,##0.00",
    40: "#,##0.00;-#,##0.00", 41: "#,##0", 42: '"¥"#,##0', 43: "#,##0.00", 44: '"¥"#,##0.00', 45: "mm:ss",
    46: "[h]:mm:ss", 47: "mm:ss.0", 48: "##0.0E+0", 49: "@",
    **_CHINESE_BUILTIN,
}  # fmt: skip

_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"?|\\(?P<escaped>.)|!(?P<forced>.)|_.|\*.|\[(?P<bracket>[^\]]*)\]'
    r"|(?P<half>AM/PM|A/P|上午/下午)|(?P<general>General|G/通用格式)|(?P<power>E[+-]0+)"
    r"|(?P<date>y+|m+|d+|h+|s+|a{3,4}|e+)|(?P<other>.)",
    re.IGNORECASE | re.DOTALL,
)
_ELAPSED = re.compile(r"(?:h+|m+|s+)", re.IGNORECASE)
_WEEKDAYS = "一二三四五六日"
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December")  # fmt: skip
_LAST_DAY = 2_958_466
_MAX_DECIMALS = 30
# Larger numbers have no digits left for a format to arrange.
_MAX_FORMATTED = 1e21

Token = tuple[str, str]


def show_number(value: float, code: str, *, since_1904: bool = False) -> str:
    """Write a number with the format code of its cell; a code that is not understood gives the plain number.

    Parameters
    ----------
    value
        A finite number.
    code
        Such as `0.0%`, `#,##0.00"元"`, `yyyy"年"m"月"`.
    since_1904
        Whether days are counted from 1904, not from 1900.
    """
    if code == "General" or abs(value) >= _MAX_FORMATTED:
        return plain(value)
    sections = _sections(code)
    section, signed = _choose(sections, value)
    tokens = _tokens(section)
    kinds = {kind for kind, _ in tokens}
    if kinds & {"date", "elapsed"}:
        moment = _moment(value, since_1904)
        return plain(value) if moment is None else _show_date(moment, value, tokens)
    shown = _show_plain(abs(value), tokens)
    if shown is None or (value and not shown):
        # A code that hides the number; a zero may be hidden, it is said to be nothing.
        return plain(value)
    # A section for negative numbers of its own says itself how they look.
    return f"-{shown}" if value < 0 and signed and re.search("[1-9]", shown) else shown


def plain(value: float) -> str:
    """Write a number in full, with the 15 digits that spreadsheets keep: 0.1 + 0.2 → 0.3."""
    if abs(value) >= 1e21 or 0 < abs(value) < 1e-9:
        return f"{value:.15g}"
    shown = f"{Decimal(f'{value:.15g}'):f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def _sections(code: str) -> list[str]:
    """Cut at the semicolons that are not quoted."""
    sections = [""]
    for match in _TOKEN.finditer(code):
        if match.group(0) == ";":
            sections.append("")
        else:
            sections[-1] += match.group(0)
    return sections


def _choose(sections: list[str], value: float) -> tuple[str, bool]:
    """The section for a value, and whether its minus sign is to be added."""
    if any(re.search(r"\[[<>=]", section) for section in sections):
        return "General", True
    if value < 0 and len(sections) > 1:
        return sections[1], False
    if value == 0 and len(sections) > 2:
        return sections[2], False
    return sections[0], True


def _tokens(section: str) -> list[Token]:
    tokens: list[Token] = []
    for match in _TOKEN.finditer(section):
        kind, text = match.lastgroup, match.group(0)
        if kind is None:
            continue
        inner = match.group(kind)
        if kind in ("quoted", "escaped", "forced"):
            tokens.append(("literal", inner))
        elif kind == "bracket":
            if inner.startswith("$"):
                tokens.append(("literal", inner[1:].split("-", 1)[0]))
            elif _ELAPSED.fullmatch(inner):
                tokens.append(("elapsed", inner.lower()))
            elif inner.lower() == "dbnum1":
                tokens.append(("chinese", ""))
        elif kind == "other":
            tokens.append(("digit" if text in "0#?" else "sign" if text in ".,%@/" else "literal", text))
        else:
            tokens.append((kind, inner.lower()))
    return tokens


def _show_plain(value: float, tokens: list[Token]) -> str | None:
    """Write a number that is not negative; None for fractions and other codes that are not understood."""
    kinds = [kind for kind, _ in tokens]
    signs = [text for kind, text in tokens if kind == "sign"]
    if "general" in kinds or "@" in signs:
        return "".join(plain(value) if kind == "general" or text == "@" else text for kind, text in tokens)
    if "digit" not in kinds:
        return "".join(text for _, text in tokens) if set(kinds) <= {"literal"} else None
    if "/" in signs or "chinese" in kinds:
        return None
    power = next((text for kind, text in tokens if kind == "power"), None)
    point = next((index for index, token in enumerate(tokens) if token == ("sign", ".")), len(tokens))
    decimals = [text for kind, text in tokens[point:] if kind == "digit"]
    if power is not None:
        mantissa, exponent = f"{value:.{min(len(decimals), _MAX_DECIMALS)}E}".split("E")
        sign = "-" if exponent.startswith("-") else "+" if "+" in power else ""
        return f"{mantissa}E{sign}{exponent[1:].lstrip('0').zfill(len(power) - 2)}"
    last = max(index for index, kind in enumerate(kinds) if kind == "digit")
    commas = [index for index, token in enumerate(tokens) if token == ("sign", ",")]
    scale = sum(1 for index in commas if index > last or tokens[index + 1 : index + 2] == [("sign", ".")])
    grouped = any(index < last and index < point for index in commas) and len(commas) > scale
    # Through 15 digits, so that 1.005 rounds as it is written, not as it is stored.
    number = Decimal(f"{value:.15g}").scaleb(2 * signs.count("%") - 3 * scale)
    places = min(len(decimals), _MAX_DECIMALS)
    written = f"{number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP):f}"
    whole, _, fraction = written.partition(".")
    return _fill(tokens, point, "" if whole == "0" else whole, fraction, decimals, grouped=grouped)


def _fill(tokens: list[Token], point: int, whole: str, fraction: str, decimals: list[str], *, grouped: bool) -> str:
    """Put digits at their places: those of the whole from the right, the first place taking all that are left."""
    places = [index for index, (kind, _) in enumerate(tokens[:point]) if kind == "digit"]
    taken: dict[int, str] = {}
    rest = whole
    for index in reversed(places):
        if index == places[0]:
            digits, rest = rest, ""
        else:
            digits, rest = rest[-1:], rest[:-1]
        taken[index] = digits or ("0" if tokens[index][1] == "0" else "")
    if grouped:
        joined = "".join(taken[index] for index in places)
        taken = dict.fromkeys(places, "") | {places[-1]: _with_commas(joined)}
    kept = len(fraction)
    while kept and decimals[kept - 1] != "0" and fraction[kept - 1] == "0":
        kept -= 1
    shown, used = "" if places else whole, 0
    for index, (kind, text) in enumerate(tokens):
        if kind == "literal" or text == "%":
            shown += text
        elif kind == "digit" and index < point:
            shown += taken[index]
        elif kind == "digit":
            shown += fraction[used] if used < kept else ""
            used += 1
        elif index == point and kept:
            shown += "."
    return shown


def _with_commas(digits: str) -> str:
    head = len(digits) % 3
    groups = [digits[:head]] if head else []
    return ",".join(groups + [digits[at : at + 3] for at in range(head, len(digits), 3)])


def _moment(value: float, since_1904: bool) -> datetime | None:
    if not 0 <= value < _LAST_DAY:
        return None
    # The 1900 calendar holds a 29 February 1900 that never was.
    days = value if since_1904 else value + (1 if value < 60 else 0)
    start = datetime(1904, 1, 1) if since_1904 else datetime(1899, 12, 30)
    try:
        return start + timedelta(milliseconds=round(days * 86_400_000))
    except OverflowError:
        return None


def _show_date(moment: datetime, value: float, tokens: list[Token]) -> str:
    half_day = any(kind == "half" for kind, _ in tokens)
    in_chinese = any(kind == "chinese" for kind, _ in tokens)
    dates = [(index, text) for index, (kind, text) in enumerate(tokens) if kind in ("date", "elapsed")]
    shown = ""
    fraction = False
    for index, (kind, text) in enumerate(tokens):
        if kind == "date":
            before = next((other for at, other in reversed(dates) if at < index), "")
            after = next((other for at, other in dates if at > index), "")
            minutes = text in ("m", "mm") and (before.startswith("h") or after.startswith("s"))
            shown += _date_part(moment, "n" * len(text) if minutes else text, half_day, in_chinese)
        elif kind == "elapsed":
            unit = {"h": 3600, "m": 60, "s": 1}[text[0]]
            shown += str(int(value * 86_400 + 0.0005) // unit).zfill(len(text))
        elif kind == "half":
            halves = ("上午", "下午") if text.startswith("上") else ("AM", "PM")
            shown += halves[moment.hour >= 12]
        elif kind == "digit" and fraction:
            shown += str(moment.microsecond // 100_000)
            fraction = False
        elif kind in ("literal", "sign") and text != "@":
            fraction = text == "."
            shown += text
    return shown.strip()


def _date_part(moment: datetime, part: str, half_day: bool, in_chinese: bool) -> str:
    letter, length = part[0], len(part)
    if letter in "ye":
        year = f"{moment.year % 100:02d}" if letter == "y" and length <= 2 else f"{moment.year:04d}"
        return "".join(digit_by_digit(int(digit)) for digit in year) if in_chinese else year
    if letter == "a":
        return ("星期" if length == 4 else "") + _WEEKDAYS[moment.weekday()]
    if letter == "m" and length >= 3:
        return _MONTHS[moment.month - 1][: 3 if length == 3 else None]
    if letter == "d" and length >= 3:
        return f"{moment:%a}" if length == 3 else f"{moment:%A}"
    hour = (moment.hour % 12 or 12) if half_day else moment.hour
    number = {"m": moment.month, "d": moment.day, "h": hour, "n": moment.minute, "s": moment.second}[letter]
    if in_chinese:
        return chinese(number) if number else "〇"
    return f"{number:02d}" if length >= 2 else str(number)
