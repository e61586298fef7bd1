"""The command line: python -m rag COMMAND. Results go to stdout, progress and errors to stderr.

Heavy imports happen in the commands, so that --help answers at once.
"""

import argparse
import contextlib
import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, NoReturn

from rag.environment import quiet_environment
from rag.errors import RagError, UsageError
from rag.options import add_evaluate_options, add_filter_options
from rag.settings import Settings, load_settings

if TYPE_CHECKING:
    from rag.filters import Filter


class _Parser(argparse.ArgumentParser):
    """Wrong usage: one sentence in Chinese and English, exit status 2."""

    def error(self, message: str) -> NoReturn:
        sys.stderr.write(
            f"用法有误：{message}。运行 {self.prog} --help 查看帮助。 Wrong usage; see {self.prog} --help.\n"
        )
        raise SystemExit(2)


def main(arguments: list[str] | None = None) -> int:
    """Run one command.

    Returns
    -------
    int
        0 done (skipped files and refusals included), 1 could not be done, 2 wrong usage.
    """
    _use_utf8()
    parser = build_parser()
    try:
        options = parser.parse_args(arguments)
    except SystemExit as stop:
        return int(stop.code or 0)
    run: Callable[[argparse.Namespace, Settings], int] = options.run
    try:
        settings = load_settings(documents=options.documents, index=options.index)
        quiet_environment(settings.embedding_model)
        status = run(options, settings)
        sys.stdout.flush()
        return status
    except RagError as error:
        sys.stderr.write(f"{error}\n")
        return 2 if isinstance(error, UsageError) else 1
    except KeyboardInterrupt:
        sys.stderr.write("已中断。 Interrupted.\n")
        return 130
    except BrokenPipeError:
        _abandon_output()  # the reader (head, less) has gone
        return 1
    except OSError as error:
        _abandon_output()
        place = f" {error.filename}" if error.filename else ""
        reason = error.strerror or str(error)
        sys.stderr.write(
            f"读写失败{place}（{reason}），请检查路径、权限和磁盘空间。 "
            f"Reading or writing{place} failed ({reason}); check path, permissions and disk space.\n"
        )
        return 1


def build_parser() -> argparse.ArgumentParser:
    """The parser of all commands, with help texts in Chinese."""
    parser = _Parser(prog="python -m rag", description="中文政策文件问答：带出处的回答", add_help=False)
    _add_help(parser)
    commands = parser.add_subparsers(title="命令", metavar="命令", dest="command", required=True, parser_class=_Parser)

    index = _command(commands, "index", "建立或更新索引，列出新增、更改、删除和跳过的文件", _index)
    index.add_argument("--json", action="store_true", help="输出 JSON")
    instead = index.add_mutually_exclusive_group()
    instead.add_argument("--rebuild", action="store_true", help="全部重新计算，不沿用上一版索引")
    instead.add_argument("--rollback", action="store_true", help="退回到上一版索引")
    index.add_argument("--wait", action="store_true", help="若另一个进程正在更新索引，等它完成")

    for name, about, run in (
        ("search", "只检索段落", _search),
        ("ask", "回答问题，并给出引文；文档里没有的会拒答", _ask),
    ):
        command = _command(commands, name, about, run)
        asked = command.add_mutually_exclusive_group(required=True)
        asked.add_argument("question", nargs="?", metavar="问题", help="要问的问题")
        asked.add_argument(
            "--from", dest="source", metavar="文件.jsonl", help="批量：每行一个 {id, question}，- 表示标准输入"
        )
        command.add_argument("--json", action="store_true", help="输出 JSON，每个问题一行")
        if name == "search":
            command.add_argument("-k", type=_positive, default=10, metavar="数量", help="返回几个段落（默认 10）")
        explained = {
            "search": "说明每个段落为什么排在这里：各项得分和共有的词",
            "ask": "说明依据：段落和句子的得分、置信度由什么得出、每句话核对了什么",
        }
        command.add_argument("--explain", action="store_true", help=explained[name])
        add_filter_options(command)

    text = _command(commands, "text", "输出文档的文本，引文的位置即指这份文本", _text)
    text.add_argument("document", metavar="文档", help="文档文件夹下的路径，如 闽宁协作.md")

    questions = commands.add_parser(
        "questions",
        help="测试题：检查、自动出题、用表格审阅",
        description="测试题：检查、自动出题、用表格审阅",
        add_help=False,
    )
    _add_help(questions)
    actions = questions.add_subparsers(title="操作", metavar="操作", dest="action", required=True, parser_class=_Parser)
    check = _command(
        actions, "check", "检查题目文件：格式、引文、重复、措辞重合、划分，并列出无答案题最接近的句子", _check_questions
    )
    check.add_argument(
        "files",
        nargs="*",
        default=["evaluation/questions.jsonl"],
        metavar="文件.jsonl",
        help="题目文件（默认 evaluation/questions.jsonl）",
    )
    check.add_argument("--no-nearest", action="store_true", help="不列出无答案题最接近的句子（不载入向量模型）")
    check.add_argument("--json", action="store_true", help="输出 JSON")

    make = _command(actions, "make", "从文档自动出题，供人审阅；不需要索引和模型", _make_questions)
    make.add_argument("--out", metavar="文件.jsonl", help="写入文件（默认输出到屏幕）")
    make.add_argument("--limit", type=_positive, default=100, metavar="数量", help="最多几题（默认 100）")
    make.add_argument("--force", action="store_true", help="覆盖已有的文件")
    for name, about, run, source, target in (
        ("export", "把题目文件写成供人审阅的表格", _export_questions, "文件.jsonl", "文件.xlsx"),
        ("import", "把审阅过的表格写回题目文件，并检查", _import_questions, "文件.xlsx", "文件.jsonl"),
    ):
        command = _command(actions, name, about, run)
        command.add_argument("source", metavar=source, help="读取的文件")
        command.add_argument("target", metavar=target, help="写入的文件")
        command.add_argument("--force", action="store_true", help="覆盖已有的文件")

    evaluate = _command(commands, "evaluate", "用题目文件评测检索和回答，保存并比较各次评测", _evaluate)
    add_evaluate_options(evaluate)

    doctor = _command(commands, "doctor", "检查索引和安装，并说明如何修复", _doctor)
    doctor.add_argument("--json", action="store_true", help="输出 JSON")

    _command(commands, "serve", "启动网页问答，与 python app.py 相同", _serve)
    return parser


def _command(
    commands: "argparse._SubParsersAction[_Parser]",
    name: str,
    about: str,
    run: Callable[[argparse.Namespace, Settings], int],
) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=about, description=about, add_help=False)
    command.set_defaults(run=run)
    _add_help(command)
    command.add_argument(
        "--documents", metavar="文件夹", help="文档文件夹（默认 ./documents，或环境变量 RAG_DOCUMENTS）"
    )
    command.add_argument("--index", metavar="文件夹", help="索引文件夹（默认 ./index，或环境变量 RAG_INDEX）")
    return command


def _add_help(parser: argparse.ArgumentParser) -> None:
    parser._positionals.title = "参数"
    parser._optionals.title = "选项"
    parser.add_argument("-h", "--help", action="help", help="显示帮助")


def _positive(value: str) -> int:
    number = int(value)
    if number < 1:
        raise ValueError(value)
    return number


def _index(options: argparse.Namespace, settings: Settings) -> int:
    from rag.indexing import go_back, update

    if options.rollback:
        return go_back(settings, as_json=options.json)
    return update(settings, rebuild=options.rebuild, wait=options.wait, as_json=options.json)


def _search(options: argparse.Namespace, settings: Settings) -> int:
    from rag.batch import search_all

    only = _filter(options)
    return search_all(
        options.question, options.source, options.k, options.json, settings, only, explained=options.explain
    )


def _ask(options: argparse.Namespace, settings: Settings) -> int:
    from rag.batch import ask_all

    only = _filter(options)
    return ask_all(options.question, options.source, options.json, settings, only, explained=options.explain)


def _filter(options: argparse.Namespace) -> "Filter":
    from rag.filters import make_filter

    return make_filter(options.issuer, options.after, options.before, options.document, options.valid_on)


def _text(options: argparse.Namespace, settings: Settings) -> int:
    from rag.lookup import document_text

    sys.stdout.buffer.write(document_text(settings, options.document).encode("utf-8"))
    sys.stdout.flush()
    return 0


def _check_questions(options: argparse.Namespace, settings: Settings) -> int:
    from rag.questions import check_questions

    return check_questions(options.files, settings, nearest=not options.no_nearest, as_json=options.json)


def _evaluate(options: argparse.Namespace, settings: Settings) -> int:
    from rag.evaluate.command import evaluate_command

    return evaluate_command(options, settings)


def _make_questions(options: argparse.Namespace, settings: Settings) -> int:
    from rag.questions import make_questions

    return make_questions(settings, options.out, options.limit, force=options.force)


def _export_questions(options: argparse.Namespace, settings: Settings) -> int:
    from rag.questions import export_questions

    return export_questions(options.source, options.target, force=options.force)


def _import_questions(options: argparse.Namespace, settings: Settings) -> int:
    from rag.questions import import_questions

    return import_questions(options.source, options.target, settings, force=options.force)


def _doctor(options: argparse.Namespace, settings: Settings) -> int:
    from rag.doctor import examine
    from rag.printing import print_findings

    findings = examine(settings)
    if options.json:
        _print_json({"ok": all(f.ok for f in findings), "checks": [asdict(f) for f in findings]})
    else:
        print_findings(findings)
    return 0 if all(finding.ok for finding in findings) else 1


def _serve(options: argparse.Namespace, settings: Settings) -> int:
    from rag.service import Service
    from rag.terminal import TerminalProgress
    from rag.ui.page import serve

    with TerminalProgress() as progress:
        serve(Service(settings, report=progress), host=settings.host, port=settings.port)
    return 0


def _print_json(value: object) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")


def _use_utf8() -> None:
    """Chinese output also where the terminal's encoding is another (Windows, LANG=C)."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8-sig" if stream is sys.stdin else "utf-8", errors="replace")


def _abandon_output() -> None:
    """Keep Python from complaining when it closes a stdout that cannot be written."""
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
