"""How long an index of many files takes: from nothing, with nothing to do, and with one file changed.

    python benchmarks/indexing.py [--files 1000]

Each run is a process of its own, as `python -m rag index` is. The bounds: with nothing to do at most 3 s and no model
loaded; one file changed costs, beyond that, at most 3 % of the first build. Exit status 1 where one is broken.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RUN = (
    "import sys; from rag.cli import main; status = main(['index', '--json']); "
    "print('torch' in sys.modules, file=sys.stderr); sys.exit(status)"
)
SUBJECTS = ["产业协作", "劳务协作", "消费帮扶", "教育帮扶", "医疗帮扶", "园区共建", "人才交流", "乡村建设"]
HEADINGS = ("一、工作目标", "二、主要任务", "三、资金安排", "四、组织领导", "五、保障措施")
MEASURES = [
    "双方每年召开联席会议",
    "县级财政安排专项资金",
    "组织技能培训",
    "选派干部挂职",
    "建设产业园区",
    "采购农产品",
]


def write_files(folder: Path, count: int) -> None:
    """Notices in our own words, of the size of those in `documents/` (1,500 characters), no two sentences the same."""
    chance = random.Random(1)
    for number in range(count):
        lines = [f"青山县{chance.choice(SUBJECTS)}第{number}号工作方案", ""]
        lines += [f"发布日期：2024-{number % 12 + 1:02d}-{number % 28 + 1:02d}　来源：青山县办公室", ""]
        for heading in HEADINGS:
            lines.append(heading)
            clauses = [
                f"{chance.choice(SUBJECTS)}第{number}号任务由第{chance.randint(1, 99)}工作组负责，"
                f"{chance.choice(MEASURES)}，"
                f"投入{chance.randint(10, 9999)}万元，惠及{chance.randint(10, 9999)}户。"
                for _ in range(7)
            ]
            lines.append("".join(clauses))
        path = folder / f"{number % 20:02d}" / f"{number:05d}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def run_index(place: Path) -> dict[str, object]:
    """Run `index` once: seconds by the clock and of all processors together, passages, and whether torch was loaded."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "RAG_DOCUMENTS": str(place / "documents"),
        "RAG_INDEX": str(place / "index"),
    }
    used = _processor_seconds()
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", RUN], env=environment, capture_output=True, encoding="utf-8", check=False
    )
    seconds = time.perf_counter() - started
    if done.returncode:
        sys.exit(done.stderr)
    report = json.loads(done.stdout)
    statuses = {file["status"] for file in report["documents"]}
    loaded = done.stderr.strip().splitlines()[-1] == "True"
    return {
        "seconds": round(seconds, 2),
        "processor_seconds": round(_processor_seconds() - used, 2),
        "passages": report["chunks"],
        "statuses": sorted(statuses),
        "torch": loaded,
    }


def _processor_seconds() -> float:
    """What the processes run so far have used."""
    times = os.times()
    return times.children_user + times.children_system


def main() -> int:
    """Measure, print one JSON object, and compare with the bounds."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=1000)
    count = parser.parse_args().files
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        write_files(place / "documents", count)
        full = run_index(place)
        nothing = min((run_index(place) for _ in range(3)), key=lambda run: float(str(run["seconds"])))
        changed = []
        for number in range(3):
            path = place / "documents" / "00" / f"{number * 20:05d}.txt"
            path.write_text(path.read_text("utf-8") + f"六、附则\n本方案第{number}次修订后施行。\n", encoding="utf-8")
            changed.append(run_index(place))
    one = min(changed, key=lambda run: float(str(run["seconds"])))
    share = (float(str(one["seconds"])) - float(str(nothing["seconds"]))) / float(str(full["seconds"]))
    result = {
        "files": count,
        "full": full,
        "nothing_to_do": nothing,
        "one_changed": one,
        "share_of_full_build": round(share, 4),
    }
    print(json.dumps(result, ensure_ascii=False, indent=1))
    return int(share > 0.03 or float(str(nothing["seconds"])) > 3 or bool(nothing["torch"]))


if __name__ == "__main__":
    sys.exit(main())
