"""Options of commands that have many, with help texts in Chinese; imports nothing heavy."""

import argparse


def add_filter_options(command: argparse.ArgumentParser) -> None:
    """Add the options that restrict `search` and `ask` to some documents."""
    group = command.add_argument_group("筛选", "只用符合全部条件的文档；日期写成 2021、2021-03 或 2021-03-05")
    group.add_argument("--issuer", metavar="机关", help="发文机关含这些字；未识别出发文机关的文档不算")
    group.add_argument(
        "--after",
        metavar="日期",
        help="日期不早于（含当日）：比较成文日期，没有则发布日期，再没有则施行日期；都没有的不算",
    )
    group.add_argument("--before", metavar="日期", help="日期不晚于（含当日），所比较的日期同上")
    group.add_argument("--document", metavar="文档", help="路径或标题含这些字；带 * ? [ 时按通配符匹配整个路径")
    group.add_argument(
        "--valid-on", metavar="日期", help="在这一天有效：略去当时尚未施行、已经失效或废止的，期限不明的保留"
    )


def add_evaluate_options(command: argparse.ArgumentParser) -> None:
    """Add the options of `evaluate`."""
    command.add_argument("questions", nargs="?", metavar="文件.jsonl", help="题目文件，写法见 evaluation/README.md")
    command.add_argument("--json", action="store_true", help="输出 JSON")
    command.add_argument("--html", metavar="文件.html", help="另写一份可邮寄的网页报告（单个文件，不联网）")
    command.add_argument("--split", choices=("dev", "test", "all"), help="只用一半题目（默认 all）")
    command.add_argument(
        "--set", action="append", default=[], metavar="设置=值", help="试用一项设置，不改动文件和原有索引，可多次给出"
    )
    command.add_argument(
        "--sweep",
        action="append",
        default=[],
        metavar="设置=值,值",
        help="在 dev 一半上试各组设置（至多 64 组），在 test 一半上报告，可多次给出",
    )
    command.add_argument("--by", metavar="指标", help="--sweep 按哪个指标挑选（默认 answers.correct）")
    command.add_argument("--compare", nargs=2, metavar=("A", "B"), help="比较两次评测：编号、文件夹、last 或 last~1")
    command.add_argument(
        "--fail-under", action="append", default=[], metavar="指标=数值", help="低于下限时退出状态为 1，可多次给出"
    )
    command.add_argument("--lenient", action="store_true", help="有错误的行、找不到的依据只列出，照样评测")
    command.add_argument("--restart", action="store_true", help="不接着上次中断的评测，从头开始")
    command.add_argument("--runs", metavar="文件夹", help="评测记录存放处（默认为索引文件夹下的 runs）")
