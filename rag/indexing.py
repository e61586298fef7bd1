"""The command `index`: bring the index up to date, or go back to the build before."""

import json
import sys
from dataclasses import asdict

from rag.settings import Settings


def update(settings: Settings, *, rebuild: bool, wait: bool, as_json: bool) -> int:
    """Run `index`; the exit status."""
    from rag.build import build_index
    from rag.embed import embedder_identity, load_embedder
    from rag.jsonout import build_json
    from rag.printing import print_report
    from rag.terminal import TerminalProgress

    with TerminalProgress() as progress:
        report = build_index(
            settings,
            embedder_identity(settings),
            lambda: load_embedder(settings, progress),
            progress,
            rebuild=rebuild,
            wait=wait,
        )
    if as_json:
        _print_json(build_json(report))
    else:
        print_report(report)
    if not any(file.status != "removed" for file in report.documents):
        sys.stderr.write(
            f"文档文件夹 {settings.documents} 里没有文档，请放入文件（.docx、.pdf、.txt 等）后重新运行。 "
            "There are no documents in the folder; put files there (.docx, .pdf, .txt …) and run again.\n"
        )
    return 0


def go_back(settings: Settings, *, as_json: bool) -> int:
    """Run `index --rollback`; the exit status."""
    from rag.rollback import roll_back

    done = roll_back(settings.index)
    if as_json:
        _print_json(asdict(done))
    else:
        sys.stdout.write(
            f"已退回到索引版本 {done.generation}（建于 {done.created}，{done.documents} 份文档，{done.chunks} 段）。\n"
            "网页启动时不会自动更新；要重新按文档文件夹更新，请运行 python -m rag index 或在网页上按“更新索引”。\n"
        )
    return 0


def _print_json(value: object) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
