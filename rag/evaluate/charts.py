"""Numbers → SVG charts as text, to be put into a page as they are; everything that comes from users is escaped."""

import unicodedata
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

_LABEL = 240
_LABEL_CHARACTERS = 38
_PLOT = 360
_ROW = 24
_VALUE = 120
_BLUE, _GREY, _GREEN, _RED = "#2f6db3", "#8a94a0", "#2c8a57", "#c0392b"

Bar = tuple[str, float | None, Sequence[float] | None]
"""Label, value and interval."""


def bars(title: str, rows: Sequence[Bar]) -> str:
    """Horizontal bars for values in [0, 1], with whiskers for their intervals."""
    parts = [_grid(len(rows), [(_LABEL + share * _PLOT, f"{share:g}") for share in (0, 0.25, 0.5, 0.75, 1)])]
    for number, (name, value, interval) in enumerate(rows):
        y = number * _ROW
        parts.append(_label(name, y))
        if value is None:
            parts.append(_text(_LABEL + 4, y + 16, "—"))
            continue
        parts.append(
            f'<rect x="{_LABEL}" y="{y + 5}" width="{value * _PLOT:.1f}" height="14" fill="{_BLUE}" opacity="0.75"/>'
        )
        if interval:
            parts.append(_whisker(_LABEL + interval[0] * _PLOT, _LABEL + interval[1] * _PLOT, y + 12, "#10263f"))
        parts.append(_text(_LABEL + _PLOT + 8, y + 16, _numbers(value, interval)))
    return _svg(title, _LABEL + _PLOT + _VALUE, len(rows) * _ROW + 20, parts)


def differences(title: str, rows: Sequence[Bar]) -> str:
    """Differences around 0 with their intervals; green and red where the interval leaves out 0."""
    reach = max([0.05, *(abs(bound) for _, value, interval in rows for bound in (value or 0.0, *(interval or ())))])
    scale, middle = _PLOT / 2 / reach, _LABEL + _PLOT / 2
    parts = [_grid(len(rows), [(middle + x * scale, f"{x:+.2f}" if x else "0") for x in (-reach, 0.0, reach)])]
    for number, (name, value, interval) in enumerate(rows):
        y = number * _ROW
        parts.append(_label(name, y))
        if value is None:
            parts.append(_text(middle + 4, y + 16, "—"))
            continue
        colour = _GREY
        if interval and not interval[0] <= 0 <= interval[1]:
            colour = _GREEN if value > 0 else _RED
        if interval:
            parts.append(_whisker(middle + interval[0] * scale, middle + interval[1] * scale, y + 12, colour))
        parts.append(f'<circle cx="{middle + value * scale:.1f}" cy="{y + 12}" r="5" fill="{colour}"/>')
        parts.append(_text(_LABEL + _PLOT + 8, y + 16, f"{value:+.3f}"))
    return _svg(title, _LABEL + _PLOT + _VALUE, len(rows) * _ROW + 20, parts)


def reliability(title: str, bins: Sequence[Mapping[str, Any]]) -> str:
    """Confidence against the share that is answerable; circles as large as the number of questions."""
    side, left = 300, 50
    most = max([1, *(row["questions"] for row in bins)])
    parts = [
        f'<rect x="{left}" y="10" width="{side}" height="{side}" fill="none" stroke="#cfd6de"/>',
        f'<line x1="{left}" y1="{side + 10}" x2="{left + side}" y2="10" stroke="{_GREY}" stroke-dasharray="4 4"/>',
        _text(left + side / 2, side + 44, "置信度", "middle"),
        _text(left, side + 26, "0", "middle"),
        _text(left + side, side + 26, "1", "middle"),
        _text(left - 8, side + 10, "0", "end"),
        _text(left - 8, 18, "1", "end"),
        _text(left + 6, 26, "实际有答案的比例"),
    ]
    for row in bins:
        if row["questions"]:
            x, y = left + row["confidence"] * side, 10 + (1 - row["answerable"]) * side
            radius = 3 + 13 * (row["questions"] / most) ** 0.5
            parts.append(
                f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="{_BLUE}" opacity="0.6">'
                f"<title>{row['questions']} 题，置信度 {row['confidence']:.2f}，"
                f"有答案 {row['answerable']:.2f}</title></circle>"
            )
    return _svg(title, left + side + 30, side + 54, parts)


def columns(title: str, rows: Sequence[tuple[str, int]]) -> str:
    """Vertical bars for counts."""
    width, height = 64, 180
    most = max([1, *(count for _, count in rows)])
    parts = []
    for number, (name, count) in enumerate(rows):
        x, tall = 20 + number * width, count / most * (height - 40)
        parts.append(
            f'<rect x="{x}" y="{height - tall:.1f}" width="{width - 16}" height="{tall:.1f}" fill="{_BLUE}" '
            'opacity="0.75"/>'
        )
        parts.append(_text(x + (width - 16) / 2, height - tall - 6, str(count), "middle"))
        parts.append(_text(x + (width - 16) / 2, height + 18, name, "middle"))
    return _svg(title, 20 + len(rows) * width, height + 30, parts)


def _svg(title: str, width: float, height: float, parts: Sequence[str]) -> str:
    return (
        f'<figure><figcaption>{escape(title)}</figcaption><svg xmlns="http://www.w3.org/2000/svg" role="img" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}">'
        f"<title>{escape(title)}</title>{''.join(parts)}</svg></figure>"
    )


def _grid(rows: int, ticks: Sequence[tuple[float, str]]) -> str:
    bottom = rows * _ROW
    return "".join(
        f'<line x1="{x:.1f}" y1="0" x2="{x:.1f}" y2="{bottom}" stroke="#e3e8ee"/>'
        + _text(x, bottom + 15, name, "middle")
        for x, name in ticks
    )


def _whisker(x1: float, x2: float, y: float, colour: str) -> str:
    return f'<path d="M{x1:.1f} {y - 4}v8M{x1:.1f} {y}H{x2:.1f}M{x2:.1f} {y - 4}v8" stroke="{colour}" fill="none"/>'


def _label(name: str, y: float) -> str:
    shown = name
    while _width(shown) > _LABEL_CHARACTERS:
        shown = shown.removesuffix("…")[:-1] + "…"
    return f'<text x="{_LABEL - 8}" y="{y + 16}" text-anchor="end">{escape(shown)}<title>{escape(name)}</title></text>'


def _width(text: str) -> int:
    """Width in half characters; Chinese ones count two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def _text(x: float, y: float, text: str, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _numbers(value: float, interval: Sequence[float] | None) -> str:
    return f"{value:.3f}" + (f" ({interval[0]:.2f}–{interval[1]:.2f})" if interval else "")
