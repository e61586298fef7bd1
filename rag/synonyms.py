"""Synonyms and abbreviations: what else to look for when a question names one of them.

The table that comes with the program is `rag/synonyms.txt`; RAG_SYNONYMS names a file with more, which explains the
format too.
"""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from rag.errors import SettingsError
from rag.normalise import matching_copy

TABLE_FILE = "synonyms.txt"


@dataclass(frozen=True)
class Synonyms:
    """Names as they stand in a matching copy, each with what may stand for it."""

    others: dict[str, tuple[str, ...]]
    pattern: re.Pattern[str]

    def expand(self, text: str) -> tuple[str, ...]:
        """What may stand for the names in a matching copy, in their order, without what the text holds itself.

        Of names that overlap the longest counts.
        """
        found: dict[str, None] = {}
        for match in self.pattern.finditer(text):
            name = match.group()
            # An English name may stand in the plural.
            singular = next((n for n in (name, name[:-1], name[:-2]) if n in self.others), name)
            found.update(dict.fromkeys(self.others.get(singular, ())))
        return tuple(name for name in found if name not in text)


@cache
def load_synonyms(own: Path | None = None) -> Synonyms:
    """The table that comes with the program, together with the user's own file.

    Raises
    ------
    SettingsError
        The file cannot be read, or a line is no group.
    """
    lines = files("rag").joinpath(TABLE_FILE).read_text(encoding="utf-8").splitlines()
    if own is not None:
        try:
            lines += own.read_text(encoding="utf-8-sig").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "不是 UTF-8 文本"
            raise SettingsError(
                f"同义词文件 {own} 无法读取（{reason}），请检查 RAG_SYNONYMS。",
                f"The synonyms in {own} cannot be read ({reason}); check RAG_SYNONYMS.",
            ) from error
    return parse_synonyms(lines)


def parse_synonyms(lines: list[str]) -> Synonyms:
    """Read a table.

    >>> parse_synonyms(["两办 = 中办、国办", "扶贫 = poverty alleviation"]).expand("两办 and poverty alleviation")
    ('中办', '国办', '扶贫')

    Raises
    ------
    SettingsError
        A line is no group.
    """
    others: dict[str, dict[str, None]] = {}
    for line in lines:
        text = line.split("#")[0].strip()
        if not text:
            continue
        names = [matching_copy(name).strip() for name in re.split("[=＝]", text)]
        if len(names) < 2 or not all(names):
            raise SettingsError(
                f"同义词表的这一行不可用：{text!r}，请写成 简称 = 全称。",
                f"This line of the synonyms cannot be used: {text!r}; write it as short = long.",
            )
        for name in names:
            # What an abbreviation stands for together is no name of its own: 中共中央办公厅、国务院办公厅.
            if "、" not in name:
                own = others.setdefault(name, {})
                own.update(dict.fromkeys(part for other in names if other != name for part in other.split("、")))
    ordered = sorted(others, key=lambda name: (-len(name), name))
    pattern = re.compile("|".join(map(_pattern, ordered)) or r"(?!)")
    return Synonyms({name: tuple(values) for name, values in others.items()}, pattern)


def _pattern(name: str) -> str:
    """Chinese is found anywhere, Latin only as a whole word, singular or plural."""
    return rf"(?<![a-z]){re.escape(name)}(?:s|es)?(?![a-z])" if name.isascii() else re.escape(name)
