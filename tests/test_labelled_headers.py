"""Header fields of the labelled documents: the share that is right."""

import json
from dataclasses import asdict
from pathlib import Path

from rag.header import parse_header

LABELLED = Path(__file__).parent / "labelled"


def test_at_least_97_of_100_header_fields_are_right() -> None:
    right = total = 0
    wrong = []
    for labels in sorted(LABELLED.glob("*.header.json")):
        name = labels.name.removesuffix(".header.json")
        expected = json.loads(labels.read_text(encoding="utf-8"))
        header = asdict(parse_header((LABELLED / f"{name}.txt").read_text(encoding="utf-8"))[0])
        for field, value in expected.items():
            total += 1
            right += header[field] == value
            if header[field] != value:
                wrong.append(f"{name} {field}: {header[field]!r}, not {value!r}")
    print(f"\nheader fields right: {right}/{total} = {right / total:.3f}", *wrong, sep="\n")
    assert total >= 120
    assert right / total >= 0.97, wrong
