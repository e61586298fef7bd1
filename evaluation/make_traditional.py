"""Write every answerable question once more in traditional characters: questions_traditional.jsonl.

    pip install -e ".[test]"
    python evaluation/make_traditional.py

Question and history go through OpenCC (s2t); id gets "-t"; evidence, answer_contains, type and split stay, as the
documents stay in simplified characters.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from opencc import OpenCC

FOLDER = Path(__file__).resolve().parent


def to_traditional(text: str) -> str:
    """Convert a test set, JSON lines, and leave out the questions without evidence."""
    rows = [json.loads(line) for line in text.split("\n") if line.strip()]
    convert = OpenCC("s2t").convert
    return "".join(json.dumps(_converted(row, convert), ensure_ascii=False) + "\n" for row in rows if row["evidence"])


def _converted(row: dict[str, Any], convert: Any) -> dict[str, Any]:
    changed = row | {"id": f"{row['id']}-t", "question": convert(row["question"])}
    if row.get("history"):
        changed["history"] = [convert(question) for question in row["history"]]
    return changed


def main(arguments: Sequence[str] | None = None) -> int:
    """Convert the file from the command line; return the exit status."""
    parser = argparse.ArgumentParser(description="用 OpenCC 把有答案的测试题转成繁体。")
    parser.add_argument("--source", type=Path, default=FOLDER / "questions.jsonl")
    parser.add_argument("--target", type=Path, default=FOLDER / "questions_traditional.jsonl")
    options = parser.parse_args(arguments)
    text = to_traditional(options.source.read_text(encoding="utf-8"))
    options.target.write_text(text, encoding="utf-8", newline="\n")
    print(f"{options.target}：{text.count(chr(10))} 题")
    return 0


if __name__ == "__main__":
    sys.exit(main())
