"""What the measures are called in reports, and how numbers are written there."""

from collections.abc import Mapping, Sequence
from typing import Any

from rag.evaluate.metrics import ANSWERS, LEVELS

RETRIEVAL_LABELS = {
    "success@1": "首位即相关",
    "success@3": "前 3 位有相关",
    "success@5": "前 5 位有相关",
    "success@10": "前 10 位有相关",
    "recall@5": "前 5 位满足的需求",
    "recall@10": "前 10 位满足的需求",
    "mrr@10": "首个相关结果的名次倒数",
    "ndcg@10": "前 10 位的排序质量",
    "map": "平均准确率",
}

ANSWER_LABELS = {
    "correct": "处理正确（答全或该拒则拒）",
    "facts": "答全要点（占有答案的题）",
    "answered": "作答而未拒答（占有答案的题）",
    "citation_precision": "引文准确率",
    "citation_recall": "引文召回率",
    "quotes_verbatim": "引文与原文逐字相同",
    "refusal_precision": "拒答准确率",
    "refusal_recall": "拒答召回率",
    "refusal_f1": "拒答 F1",
    "refusal_auc": "拒答 AUC",
    "unsupported": "含引文未支持内容的句子",
    "sentences": "平均句数",
    "characters": "平均字数",
}

LEVEL_LABELS = {"passage": "段落", "document": "文档"}

TYPE_COLUMNS = {
    "retrieval.passage.success@5": "前 5 段",
    "retrieval.document.success@1": "首位文档",
    "answers.facts": "要点",
    "answers.citation_recall": "引文召回",
    "answers.refusal_recall": "拒答召回",
    "answers.correct": "正确",
}
"""Measures shown for each type and document."""

NOT_DEFINED = "—"

FOLLOWUPS = "其中 {} 道追问，按之前的问题（history）补全后再问。"


def label(metric: str) -> str:
    """A measure's whole name in words: `retrieval.passage.map` → 段落 · 平均准确率."""
    parts = metric.split(".")
    if parts[0] == "answers":
        return ANSWER_LABELS[parts[1]]
    return f"{LEVEL_LABELS[parts[1]]} · {RETRIEVAL_LABELS[parts[2]]}"


def retrieval_rows(levels: Sequence[str] = LEVELS) -> list[str]:
    """Whole names of the measures of retrieval, in the order of reports."""
    return [f"retrieval.{level}.{name}" for level in levels for name in RETRIEVAL_LABELS]


def answer_rows() -> list[str]:
    """Whole names of the measures of answers."""
    return [f"answers.{name}" for name in ANSWERS]


def is_share(metric: str) -> bool:
    """Whether a measure lies in [0, 1]."""
    return metric not in ("answers.sentences", "answers.characters")


def number(value: float | None) -> str:
    """A number with as many digits as it deserves."""
    if value is None:
        return NOT_DEFINED
    return f"{value:.3f}" if abs(value) < 10 else f"{value:.1f}"


def bounds(interval: Sequence[float] | None) -> str:
    """An interval, empty where there is none."""
    return f"{number(interval[0])} – {number(interval[1])}" if interval else ""


def about_lines(about: Mapping[str, Any], summary: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What a run measured, as names and texts."""
    questions, index, latency = about["questions"], about["index"], summary["latency"]
    git = f"，git {about['code']['git'][:12]}" if about["code"]["git"] else ""
    changes = "，".join(f"{key}={value}" for key, value in about["changes"].items())
    failed = f"，{summary['failed']} 题出错（计 0 分）" if summary["failed"] else ""
    lines = [
        ("评测编号", about["id"]),
        (
            "题目",
            f"{questions['file']}（{questions['split']}）：{summary['questions']} 题，"
            f"其中有答案 {summary['answerable']}{failed}",
        ),
        ("模型", about["model"]["name"]),
        (
            "索引",
            f"{index['documents']} 份文档，{index['passages']} 段，每段至多 {index['chunk_size']} 字，"
            f"标识 {index['hash'][:12]}",
        ),
        ("程序", f"{about['code']['version']}{git}，源码 {about['code']['sha256'][:12]}"),
        ("改动的设置", changes or "无"),
        (
            "耗时",
            f"检索 {_ms(latency['search_p50_ms'])}（p95 {_ms(latency['search_p95_ms'])}），"
            f"回答 {_ms(latency['ask_p50_ms'])}（p95 {_ms(latency['ask_p95_ms'])}）",
        ),
    ]
    if questions["followups"]:
        lines.append(("追问", FOLLOWUPS.format(questions["followups"])))
    return lines


def _ms(value: float | None) -> str:
    return NOT_DEFINED if value is None else f"{value:.0f} 毫秒"
