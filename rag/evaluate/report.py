"""Runs, comparisons and sweeps → tables on the terminal."""

import sys
from collections.abc import Mapping, Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from rag.evaluate.guard import lookup
from rag.evaluate.labels import (
    LEVEL_LABELS,
    RETRIEVAL_LABELS,
    TYPE_COLUMNS,
    about_lines,
    answer_rows,
    bounds,
    label,
    number,
    retrieval_rows,
)
from rag.evaluate.metrics import LEVELS
from rag.evaluate.runs import Run
from rag.evaluate.sweep import Sweep

_WIDTH = 120
_SHOWN = 20


def print_run(run: Run) -> None:
    """All measures of a run."""
    summary = run.summary
    _print(
        _about(run.about, summary),
        _retrieval(summary),
        _answers(summary),
        _reliability(summary["reliability"]),
        _groups("按类型", summary["by_type"]),
        _groups("按一半", summary["by_split"]) if len(summary["by_split"]) > 1 else Text(),
        _groups("按文档", summary["by_document"]),
        Text(f"已存入 {run.folder}"),
    )


def print_comparison(result: Mapping[str, Any]) -> None:
    """What changed from one run to the other."""
    head = Text(f"A {result['a']} → B {result['b']}，相同的题 {result['questions']} 道")
    for name, text in (("only_a", "只在 A 里"), ("only_b", "只在 B 里"), ("changed", "内容不同、未计入")):
        if result[name]:
            head.append(f"\n{text} {len(result[name])} 道：{_some(result[name])}")
    for name, (a, b) in result["settings"].items():
        head.append(f"\n{name}：{a} → {b}")
    table = _table("指标", "A", "B", "差", "95% 区间", "")
    for name, row in result["metrics"].items():
        mark = "超出偶然" if row["significant"] else ""
        table.add_row(
            _text(label(name)),
            number(row["a"]),
            number(row["b"]),
            signed(row["difference"]),
            bounds(row["interval"]),
            mark,
        )
    tests = _table("McNemar 精确检验", "变好", "变差", "p")
    for name, row in result["mcnemar"].items():
        tests.add_row(_text(label(name)), str(row["gained"]), str(row["lost"]), f"{row['p']:.4f}")
    _print(head, table, tests, _moved("变好的题", result["better"]), _moved("变差的题", result["worse"]))


def print_sweep(result: Sweep) -> None:
    """Every combination on the dev half, and the best one beside the default on both halves."""
    keys = list(result.tries[0].changes)
    shown = list(dict.fromkeys([result.by, *TYPE_COLUMNS]))
    tries = _table(*keys, *(label(name) for name in shown), title="dev 一半上的各组设置")
    for one in result.tries:
        best = one is result.best
        values = (number(lookup(one.run.summary, name)[1]) for name in shown)
        tries.add_row(*(_text(one.changes[key]) for key in keys), *values, style="bold" if best else "")
    halves = _table("", "现在的设置", "挑出的设置", "差", "95% 区间", title=f"{label(result.by)}")
    for half, default, best_run, (gain, interval) in (
        ("dev（挑选所用，偏高）", result.default.run, result.best.run, result.dev),
        ("test（未参与挑选）", result.default_test, result.best_test, result.test),
    ):
        halves.add_row(
            half,
            number(lookup(default.summary, result.by)[1]),
            number(lookup(best_run.summary, result.by)[1]),
            signed(gain),
            bounds(interval),
        )
    _print(tries, halves, Text(result.warning, style="bold yellow"))


def signed(value: float | None) -> str:
    """A difference with its sign."""
    return number(None) if value is None else f"{value:+.3f}"


def _about(about: Mapping[str, Any], summary: Mapping[str, Any]) -> Text:
    return Text("\n".join(f"{name}：{text}" for name, text in about_lines(about, summary)))


def _retrieval(summary: Mapping[str, Any]) -> Table:
    table = _table("检索", *(part for level in LEVELS for part in (LEVEL_LABELS[level], "95% 区间")))
    for name in (row.split(".")[2] for row in retrieval_rows(["passage"])):
        cells = []
        for level in LEVELS:
            interval = summary["intervals"][f"retrieval.{level}.{name}"]
            cells += [number(summary["retrieval"][level][name]), bounds(interval)]
        table.add_row(f"{name}  {RETRIEVAL_LABELS[name]}", *cells)
    return table


def _answers(summary: Mapping[str, Any]) -> Table:
    table = _table("回答", "值", "95% 区间")
    for name in answer_rows():
        short = name.split(".")[1]
        value = summary["answers"][short]
        table.add_row(f"{short}  {label(name)}", number(value), bounds(summary["intervals"][name]))
    return table


def _reliability(found: Mapping[str, Any]) -> Table:
    title = f"置信度是否可信（ECE {number(found['ece'])}，Brier {number(found['brier'])}）"
    table = _table("置信度", "题数", "平均置信度", "实际有答案", title=title)
    for row in found["bins"]:
        if row["questions"]:
            span = f"{row['from']:.1f} – {row['to']:.1f}"
            table.add_row(span, str(row["questions"]), number(row["confidence"]), number(row["answerable"]))
    return table


def _groups(title: str, groups: Mapping[str, Mapping[str, Any]]) -> Table:
    table = _table("", "题数", *TYPE_COLUMNS.values(), title=title)
    for name, group in groups.items():
        values = (number(lookup(group, metric)[1]) for metric in TYPE_COLUMNS)
        table.add_row(_text(name or "（未写）"), str(group["questions"]), *values)
    return table


def _moved(title: str, rows: Sequence[Mapping[str, Any]]) -> RenderableType:
    if not rows:
        return Text(f"{title}：无")
    table = _table("编号", "问题", "指标", "A", "B", title=f"{title}（{len(rows)}）")
    for row in rows[:_SHOWN]:
        values = (number(row["a"]), number(row["b"]))
        table.add_row(_text(row["id"]), _text(row["question"]), label(row["measure"]), *values)
    if len(rows) > _SHOWN:
        table.caption = f"另有 {len(rows) - _SHOWN} 题，见 --json 或 --html"
    return table


def _some(names: Sequence[str]) -> str:
    return "、".join(names[:10]) + ("……" if len(names) > 10 else "")


def _table(first: str, *columns: str, title: str | None = None) -> Table:
    table = Table(box=SIMPLE_HEAD, title=title, title_justify="left", title_style="bold", pad_edge=False)
    table.add_column(_text(first), overflow="fold")
    for column in columns:
        table.add_column(_text(column), justify="left" if column in ("问题", "指标") else "right", overflow="fold")
    return table


def _text(text: str) -> Text:
    """Text of users, in which square brackets are no markup."""
    return Text(" ".join(text.split()))


def _print(*parts: RenderableType) -> None:
    console = Console(file=sys.stdout, highlight=False)
    if not console.is_terminal:
        console = Console(file=sys.stdout, highlight=False, width=_WIDTH)
    for part in parts:
        if not (isinstance(part, Text) and not part.plain):
            console.print(part, soft_wrap=isinstance(part, Text))
