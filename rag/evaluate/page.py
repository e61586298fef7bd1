"""Runs, comparisons and sweeps → one HTML file that needs nothing else: no script, no network; fit to be mailed."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from rag.evaluate import charts
from rag.evaluate.guard import lookup
from rag.evaluate.labels import (
    TYPE_COLUMNS,
    about_lines,
    answer_rows,
    bounds,
    is_share,
    label,
    number,
    retrieval_rows,
)
from rag.evaluate.outcomes import Outcome
from rag.evaluate.report import signed
from rag.evaluate.runs import Run
from rag.evaluate.sweep import Sweep

MAX_QUESTIONS = 500
"""So many questions are listed at most."""

_STYLE = """
body{font:15px/1.6 system-ui,"Noto Sans SC","Microsoft YaHei","PingFang SC",sans-serif;color:#1c2733;max-width:60rem;
margin:2rem auto;padding:0 1rem}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2.2rem;border-bottom:1px solid #dfe5ec}
table{border-collapse:collapse;margin:.6rem 0;font-size:.92rem}
th,td{padding:.25rem .7rem;border-bottom:1px solid #e6ebf1;text-align:left;vertical-align:top}
.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
figure{margin:1rem 0;overflow-x:auto}figcaption{font-weight:600}svg text{font-size:12px;fill:#1c2733}
details{margin:.3rem 0;border:1px solid #e6ebf1;border-radius:6px;padding:.3rem .7rem}
summary{cursor:pointer}.warn{background:#fff6dd;border-left:4px solid #e0a800;padding:.6rem .9rem}
.good{color:#1f7a4a}.bad{color:#b03024}.dim{color:#66727f}
pre{white-space:pre-wrap;overflow-wrap:anywhere;margin:.2rem 0}
"""


def run_page(run: Run) -> str:
    """A run: measures with intervals, types, documents, confidence, ranks, and the questions that went wrong."""
    summary = run.summary
    return _page(
        f"评测报告 {run.id}",
        [
            _pairs(about_lines(run.about, summary)),
            "<h2>检索</h2>",
            charts.bars("段落（线段为 95% 区间）", _bars(summary, retrieval_rows(["passage"]))),
            charts.bars("文档（线段为 95% 区间）", _bars(summary, retrieval_rows(["document"]))),
            charts.columns("首个相关段落的名次", _first_ranks(run.outcomes)),
            "<h2>回答</h2>",
            charts.bars("回答（线段为 95% 区间）", _bars(summary, [name for name in answer_rows() if is_share(name)])),
            _measures(summary, [name for name in answer_rows() if not is_share(name)]),
            charts.reliability(
                f"置信度与实际（ECE {number(summary['reliability']['ece'])}，"
                f"Brier {number(summary['reliability']['brier'])}；圆越大题越多，越近虚线越可信）",
                summary["reliability"]["bins"],
            ),
            charts.columns("回答耗时（毫秒）", _times(run.outcomes)),
            "<h2>按类型</h2>",
            charts.bars("处理正确", _group_bars(summary["by_type"], "answers.correct")),
            _groups(summary["by_type"]),
            "<h2>按一半</h2>",
            _groups(summary["by_split"]),
            "<h2>按文档</h2>",
            _groups(summary["by_document"]),
            *_wrong(run.outcomes),
            "<h2>怎样读</h2>",
            "<p>区间由 1000 次自助抽样（按题）得出：换一批同样的题，数值大约会落在其中。两次评测的差别请用 "
            "<code>evaluate --compare</code> 判断，不要看两个区间是否重叠。定义见 docs/evaluation.md。</p>",
        ],
    )


def comparison_page(result: Mapping[str, Any]) -> str:
    """A comparison: differences with intervals, McNemar's test, and the questions that changed."""
    shares = [(label(name), row["difference"], row["interval"]) for name, row in _shares(result)]
    tests = ((label(name), row["gained"], row["lost"], f"{row['p']:.4f}") for name, row in result["mcnemar"].items())
    settings = ((name, str(a), str(b)) for name, (a, b) in result["settings"].items())
    left_out = [
        (text, f"{len(result[name])}：{'、'.join(result[name][:50])}")
        for name, text in (
            ("only_a", "只在 A 里的题"),
            ("only_b", "只在 B 里的题"),
            ("changed", "内容不同、未计入的题"),
        )
        if result[name]
    ]
    return _page(
        f"评测比较 {result['a']} → {result['b']}",
        [
            _pairs([("A", result["a"]), ("B", result["b"]), ("相同的题", str(result["questions"])), *left_out]),
            "<h2>差别（B 减 A）</h2>",
            charts.differences("线段为成对自助抽样的 95% 区间；绿、红表示超出偶然", shares),
            _table(
                ("指标", "A", "B", "差", "95% 区间"),
                (
                    (
                        label(name),
                        number(row["a"]),
                        number(row["b"]),
                        signed(row["difference"]),
                        bounds(row["interval"]),
                    )
                    for name, row in result["metrics"].items()
                ),
            ),
            "<h2>McNemar 精确检验</h2>",
            _table(("指标", "变好", "变差", "p"), tests),
            "<h2>设置的不同</h2>",
            _table(("设置", "A", "B"), settings, numbers=False),
            *_moved("变好的题", result["better"]),
            *_moved("变差的题", result["worse"]),
        ],
    )


def sweep_page(result: Sweep) -> str:
    """A sweep: every combination on the dev half, the best one and the default on both, and the warning."""
    keys = list(result.tries[0].changes)
    shown = list(dict.fromkeys([result.by, *TYPE_COLUMNS]))
    tries = [
        (*(one.changes[key] for key in keys), *(number(lookup(one.run.summary, name)[1]) for name in shown))
        for one in result.tries
    ]
    halves = [
        (half, *(number(lookup(run.summary, result.by)[1]) for run in (default, best)), signed(gain), bounds(interval))
        for half, default, best, (gain, interval) in (
            ("dev（挑选所用，偏高）", result.default.run, result.best.run, result.dev),
            ("test（未参与挑选）", result.default_test, result.best_test, result.test),
        )
    ]
    names = [(", ".join(f"{k}={v}" for k, v in one.changes.items()), one.value, None) for one in result.tries]
    return _page(
        "设置的比较",
        [
            f'<p class="warn">{escape(result.warning)}</p>',
            f"<h2>{escape(label(result.by))}</h2>",
            _table(("一半", "现在的设置", "挑出的设置", "差", "95% 区间"), halves),
            charts.bars("各组设置在 dev 一半上", names) if is_share(result.by) else "",
            _table((*keys, *(label(name) for name in shown)), tries),
        ],
    )


def _page(title: str, parts: Iterable[str]) -> str:
    return (
        '<!doctype html>\n<html lang="zh-CN"><head><meta charset="utf-8">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body><h1>{escape(title)}</h1>\n"
        + "\n".join(part for part in parts if part)
        + "\n</body></html>\n"
    )


def _bars(summary: Mapping[str, Any], metrics: Sequence[str]) -> list[charts.Bar]:
    return [
        (f"{name.rpartition('.')[2]} {label(name).rpartition(' · ')[2]}", value, summary["intervals"][name])
        for name in metrics
        for value in [lookup(summary, name)[1]]
    ]


def _group_bars(groups: Mapping[str, Any], metric: str) -> list[charts.Bar]:
    return [
        (f"{name or '（未写）'}（{group['questions']}）", lookup(group, metric)[1], group["intervals"][metric])
        for name, group in groups.items()
    ]


def _measures(summary: Mapping[str, Any], metrics: Sequence[str]) -> str:
    rows = ((label(name), number(lookup(summary, name)[1]), bounds(summary["intervals"][name])) for name in metrics)
    return _table(("指标", "值", "95% 区间"), rows)


def _groups(groups: Mapping[str, Mapping[str, Any]]) -> str:
    rows = (
        (name or "（未写）", group["questions"], *(number(lookup(group, metric)[1]) for metric in TYPE_COLUMNS))
        for name, group in groups.items()
    )
    return _table(("", "题数", *TYPE_COLUMNS.values()), rows)


def _first_ranks(outcomes: Sequence[Outcome]) -> list[tuple[str, int]]:
    first = [
        outcome.passages.found[0] if outcome.passages.found else None for outcome in outcomes if outcome.answerable
    ]
    spans = (("1", 1, 1), ("2", 2, 2), ("3", 3, 3), ("4–5", 4, 5), ("6–10", 6, 10), ("11+", 11, 10**9))
    rows = [(name, sum(rank is not None and low <= rank <= high for rank in first)) for name, low, high in spans]
    return [*rows, ("没有", first.count(None))]


def _times(outcomes: Sequence[Outcome]) -> list[tuple[str, int]]:
    limits = (20, 50, 100, 200, 500, 1000, 5000)
    times = [outcome.ask_ms for outcome in outcomes if outcome.error is None]
    rows = []
    for low, high in zip((0, *limits), (*limits, float("inf")), strict=True):
        name = f"<{high:g}" if high != float("inf") else f"≥{low}"
        rows.append((name, sum(low <= time < high for time in times)))
    return rows


def _wrong(outcomes: Sequence[Outcome]) -> list[str]:
    wrong = [outcome for outcome in outcomes if not outcome.correct]
    more = f"，列出前 {MAX_QUESTIONS} 道" if len(wrong) > MAX_QUESTIONS else ""
    return [f"<h2>处理不正确的题（{len(wrong)}{more}）</h2>", *(_question(o) for o in wrong[:MAX_QUESTIONS])]


def _question(outcome: Outcome) -> str:
    if outcome.error is not None:
        fault = f"出错：{outcome.error}"
    elif outcome.refused:
        fault = "有答案而拒答"
    elif not outcome.answerable:
        fault = "没有答案而作答"
    else:
        fault = f"缺少要点：{'、'.join(outcome.lacking)}"
    first = f"第 {outcome.passages.found[0]} 位" if outcome.passages.found else "没有找到"
    place = f"相关段落{first}，" if outcome.answerable else ""
    return (
        f"<details><summary>{escape(outcome.id)} {escape(outcome.question)} "
        f'<span class="bad">{escape(fault)}</span> <span class="dim">{escape(outcome.type)}</span></summary>'
        f'<p class="dim">{place}置信度 {outcome.confidence:.2f}</p><pre>{escape(outcome.answer)}</pre></details>'
    )


def _moved(title: str, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    shown = (
        (row["id"], row["question"], row["type"], label(row["measure"]), number(row["a"]), number(row["b"]))
        for row in rows[:MAX_QUESTIONS]
    )
    table = _table(("编号", "问题", "类型", "指标", "A", "B"), shown, numbers=False) if rows else "<p>无</p>"
    return [f"<h2>{title}（{len(rows)}）</h2>", table]


def _shares(result: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    return [(name, row) for name, row in result["metrics"].items() if is_share(name)]


def _pairs(rows: Iterable[tuple[str, str]]) -> str:
    return _table((), rows, numbers=False)


def _table(head: Sequence[str], rows: Iterable[Sequence[object]], *, numbers: bool = True) -> str:
    """A table; with `numbers` all columns but the first are set as numbers."""

    def line(tag: str, cells: Sequence[object]) -> str:
        marks = ("", " class=n" if numbers else "")
        return "".join(f"<{tag}{marks[bool(n)]}>{escape(str(cell))}</{tag}>" for n, cell in enumerate(cells))

    lines = [line("th", head)] if head else []
    lines += [line("td", row) for row in rows]
    return f"<table>{''.join(f'<tr>{one}</tr>' for one in lines)}</table>"
