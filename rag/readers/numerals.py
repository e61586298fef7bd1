"""Numbers as Office writes them: 一, 十二, ①, 甲, IV, aa …"""

from collections.abc import Callable

_DIGITS = "〇一二三四五六七八九"
_FORMAL = "零壹贰叁肆伍陆柒捌玖"
_STEMS = "甲乙丙丁戊己庚辛壬癸"
_BRANCHES = "子丑寅卯辰巳午未申酉戌亥"
_ROMAN = (
    (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"),
    (50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"),
)  # fmt: skip


def chinese(number: int, digits: str = _DIGITS, units: tuple[str, str, str, str] = ("十", "百", "千", "万")) -> str:
    """Write a number below 100,000 in Chinese: 10 → 十, 21 → 二十一, 105 → 一百零五."""
    if not 0 < number < 100_000:
        return str(number)
    ten, hundred, thousand, myriad = units
    written, gap = "", False
    for value, unit in ((10_000, myriad), (1000, thousand), (100, hundred), (10, ten), (1, "")):
        digit, number = divmod(number, value)
        if digit:
            written += ("零" if gap and written else "") + digits[digit] + unit
            gap = False
        else:
            gap = True
    return written[1:] if written.startswith(f"一{ten}") else written


def digit_by_digit(number: int) -> str:
    """Write a year in Chinese: 2021 → 二〇二一."""
    return "".join(_DIGITS[int(digit)] for digit in str(number))


def roman(number: int) -> str:
    """Write a number in Roman capitals: 4 → IV."""
    if not 0 < number < 4000:
        return str(number)
    written = ""
    for value, sign in _ROMAN:
        count, number = divmod(number, value)
        written += sign * count
    return written


def letters(number: int) -> str:
    """Write a number as Word counts with letters: 1 → A, 26 → Z, 27 → AA, 28 → BB."""
    if not 0 < number <= 780:
        return str(number)
    count, place = divmod(number - 1, 26)
    return chr(ord("A") + place) * (count + 1)


def circled(number: int) -> str:
    """Write a number in a circle: 1 → ①, up to 50, beyond it as it is."""
    for first, last, point in ((1, 20, 0x2460), (21, 35, 0x3251), (36, 50, 0x32B1)):
        if first <= number <= last:
            return chr(point + number - first)
    return str(number)


def _from_row(point: int) -> Callable[[int], str]:
    """Up to 20 signs that follow each other in Unicode, beyond them the plain number."""
    return lambda number: chr(point + number - 1) if 1 <= number <= 20 else str(number)


def _cycle(signs: str) -> Callable[[int], str]:
    return lambda number: signs[number - 1] if 1 <= number <= len(signs) else str(number)


def _full_width(number: int) -> str:
    return "".join(chr(0xFF10 + int(digit)) for digit in str(number))


# ST_NumberFormat of ISO/IEC 29500-1, 17.18.59: those that occur in Chinese documents.
WORD_FORMATS: dict[str, Callable[[int], str]] = {
    "decimal": str,
    "decimalZero": lambda number: f"{number:02d}",
    "decimalFullWidth": _full_width,
    "decimalFullWidth2": _full_width,
    "decimalHalfWidth": str,
    "decimalEnclosedCircle": circled,
    "decimalEnclosedCircleChinese": circled,
    "decimalEnclosedParen": _from_row(0x2474),
    "decimalEnclosedFullstop": _from_row(0x2488),
    "ideographEnclosedCircle": lambda number: chr(0x327F + number) if 1 <= number <= 10 else str(number),
    "chineseCounting": chinese,
    "chineseCountingThousand": chinese,
    "taiwaneseCounting": chinese,
    "taiwaneseCountingThousand": chinese,
    "japaneseCounting": chinese,
    "ideographDigital": digit_by_digit,
    "japaneseDigitalTenThousand": digit_by_digit,
    "taiwaneseDigital": digit_by_digit,
    "chineseLegalSimplified": lambda number: chinese(number, _FORMAL, ("拾", "佰", "仟", "萬")),
    "ideographTraditional": _cycle(_STEMS),
    "ideographZodiac": _cycle(_BRANCHES),
    "upperRoman": roman,
    "lowerRoman": lambda number: roman(number).lower(),
    "upperLetter": letters,
    "lowerLetter": lambda number: letters(number).lower(),
    "numberInDash": lambda number: f"- {number} -",
}
