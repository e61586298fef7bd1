"""Bad input: each gets one clear sentence and the right exit status, and never damages an index that was good."""

import errno
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from place import CommandLine, Outcome, Place, is_one_sentence_line
from support import TESTS

from rag.documents import list_files, printable
from rag.reports import FileReport, Progress

GOOD = "双方共同建设产业园区。"


def run_rag(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """A whole process, with the default model that is never loaded."""
    return subprocess.run(
        [sys.executable, "-m", "rag", *arguments],
        env={**os.environ, "PYTHONPATH": str(TESTS.parent), "RAG_EMBEDDING_MODEL": "", **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
    )


def reports(place: Place, **options: Any) -> dict[str, FileReport]:
    return {report.document: report for report in place.build(**options).documents}


def refused(outcome: Outcome) -> bool:
    """Could not be done: exit status 1, one sentence on stderr, nothing on stdout."""
    return (outcome.status, outcome.out) == (1, "") and is_one_sentence_line(outcome.err)


# Documents


def test_an_empty_folder_is_said_and_done(place: Place) -> None:
    run = run_rag("index", "--documents", str(place.settings.documents), "--index", str(place.settings.index))
    assert run.returncode == 0
    assert "里没有文档，请放入文件（.docx、.pdf、.txt 等）后重新运行" in run.stderr
    assert "共 0 段" in run.stdout
    assert "Traceback" not in run.stderr


def test_unusable_files_are_skipped_with_their_reasons(place: Place) -> None:
    place.write("空.txt", b"")
    place.write("空白.txt", " \r\n\t\n")
    place.write("全角空白.txt", "　　\n　")
    place.write("只有标记.txt", b"\xff\xfe")
    place.write("二进制.txt", b"\x7fELF" + bytes(range(256)) * 20)
    place.write("表格.xyz", b"PK\3\4")
    place.write("没有扩展名", "all: build\n")
    (place.settings.documents / "断链.txt").symlink_to("没有的文件.txt")
    (place.settings.documents / "循环.txt").symlink_to("循环.txt")
    os.mkfifo(place.settings.documents / "管道.txt")
    with (place.settings.documents / "五十兆.txt").open("wb") as file:
        file.truncate(50 * 2**20)
    run = run_rag("index", "--documents", str(place.settings.documents), "--index", str(place.settings.index))
    assert (run.returncode, "Traceback" in run.stderr) == (0, False)
    assert "跳过 11；共 0 段" in run.stdout
    reasons = {line[len("! 跳过") :].split()[0]: line for line in run.stdout.splitlines() if "! 跳过" in line}
    for name, reason in {
        "空.txt": "文件是空的",
        "空白.txt": "文件是空的",
        "全角空白.txt": "没有文字",
        "只有标记.txt": "没有文字",
        "二进制.txt": "不是可识别的文本",
        "表格.xyz": "不支持的文件类型（.xyz）",
        "没有扩展名": "不支持的文件类型（无扩展名）",
        "断链.txt": "链接指向的文件不存在",
        "循环.txt": "文件无法读取",
        "管道.txt": "不是普通文件",
        "五十兆.txt": "文件有 50 MB，超过上限 20 MB",
    }.items():
        assert reason in reasons[name]


def test_the_limit_of_size_can_be_set(place: Place) -> None:
    place.write("甲.txt", GOOD * 100)
    size = len((GOOD * 100).encode())
    assert "超过上限" in (reports(place, max_file_bytes=size - 1)["甲.txt"].reason or "")
    assert reports(place, max_file_bytes=size)["甲.txt"].status == "added"


@pytest.mark.parametrize(
    ("number", "reason"), [(errno.EACCES, "没有读取权限"), (errno.EPERM, "没有读取权限"), (errno.EIO, "文件无法读取")]
)
def test_a_file_that_cannot_be_read_is_skipped(
    place: Place, monkeypatch: pytest.MonkeyPatch, number: int, reason: str
) -> None:
    place.write("甲.txt", GOOD)
    place.write("乙.txt", GOOD)
    original = Path.read_bytes

    def read_bytes(path: Path) -> bytes:
        if path.name == "乙.txt":
            raise OSError(number, os.strerror(number))
        return original(path)

    monkeypatch.setattr(Path, "read_bytes", read_bytes)
    found = reports(place)
    assert (found["甲.txt"].status, found["乙.txt"].status) == ("added", "skipped")
    assert reason in (found["乙.txt"].reason or "")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_skipped(place: Place) -> None:
    place.write("甲.txt", GOOD).chmod(0)
    assert "没有读取权限" in (reports(place)["甲.txt"].reason or "")


def test_a_folder_that_cannot_be_listed_does_not_take_its_documents_out_of_the_index(
    built_cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = os.scandir

    def scandir(path: Any) -> Any:
        if str(path).endswith("子目录"):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return original(path)

    monkeypatch.setattr(os, "scandir", scandir)
    outcome = built_cli("index")
    assert refused(outcome) and "子目录" in outcome.err
    assert "子目录/丙.txt" in built_cli.place.library().paths


def test_a_file_that_vanishes_while_indexed_is_skipped(place: Place) -> None:
    place.write("甲.txt", GOOD)
    gone = place.write("乙.txt", GOOD)

    def progress(step: Progress) -> None:
        gone.unlink(missing_ok=True)

    found = reports(place, progress=progress)
    assert (found["甲.txt"].status, found["乙.txt"].status) == ("added", "skipped")
    assert "在索引过程中消失" in (found["乙.txt"].reason or "")
    assert place.statuses(place.build()) == {"甲.txt": "unchanged", "乙.txt": "removed"}


def test_a_folder_that_vanishes_while_listed_is_passed_over(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.write("甲.txt", GOOD)
    place.write("子目录/乙.txt", GOOD)
    original = os.scandir

    def scandir(path: Any) -> Any:
        if str(path).endswith("子目录"):
            raise FileNotFoundError(errno.ENOENT, "gone", str(path))
        return original(path)

    monkeypatch.setattr(os, "scandir", scandir)
    assert list_files(place.settings.documents) == ["甲.txt"]


NAMES = [
    "有 空 格.txt",
    "😀👍🏽.md",
    "“引号”与'单'和\"双\".txt",
    "换\n行.txt",
    "制\t表.txt",
    "反\\斜杠.txt",
    "-x.txt",
    "a;rm -rf $HOME.txt",
    "百分%20号.txt",
    "<b>标签<\u29f8b>.txt",
    "子 目录/内 层/三 层.md",
    "長" * 80 + ".txt",
    "e\u0301.txt",
    "\u00e9.txt",
    "CON.txt",
]


def test_names_of_all_kinds_are_indexed_found_and_shown(cli: CommandLine) -> None:
    place = cli.place
    for number, name in enumerate(NAMES):
        place.write(name, f"第{number}号文档：{GOOD}")
    outcome = cli("index", "--json")
    assert (outcome.status, "Traceback" in outcome.err) == (0, False)
    assert cli("index").status == 0
    assert sorted(place.library().paths) == sorted(NAMES) == list_files(place.settings.documents)
    for number, name in enumerate(NAMES):
        arguments = ["text", "--", name] if name.startswith("-") else ["text", name]
        assert cli(*arguments).out == f"第{number}号文档：{GOOD}"
    assert cli("search", "第3号文档", "-k", "20").status == 0
    assert cli("doctor").status == 0


@pytest.mark.skipif(sys.platform != "linux", reason="file names are Unicode here")
def test_names_that_are_no_utf8_are_skipped_each_with_its_own_line(cli: CommandLine) -> None:
    folder = os.fsencode(cli.place.settings.documents)
    for name in (b"a\xff.txt", b"a\xfe.txt", b"\xb9\xfa\xb1\xea.txt"):
        Path(os.fsdecode(folder + b"/" + name)).write_text(GOOD)
    outcome = cli("index")
    assert outcome.status == 0
    assert outcome.out.count("文件名不是有效的 UTF-8，请重命名") == 3
    assert cli("index", "--json").status == 0
    assert len(cli.place.library().reports()) == 3
    assert printable("a\udcff.txt") == "a\\udcff.txt"


def test_a_missing_documents_folder_is_named(place: Place) -> None:
    missing = place.folder / "没有"
    run = run_rag("index", "--documents", str(missing), "--index", str(place.settings.index))
    assert (run.returncode, run.stdout) == (1, "")
    assert is_one_sentence_line(run.stderr) and str(missing) in run.stderr and "--documents" in run.stderr


@pytest.mark.parametrize("name", ["甲.txt", "长" * 300])
def test_a_documents_folder_that_is_none_is_named(built_cli: CommandLine, name: str) -> None:
    folder = built_cli.place.settings.documents / name
    outcome = built_cli("index", "--documents", str(folder))
    assert refused(outcome) and str(folder) in outcome.err
    assert built_cli.place.library().size


# Questions


@pytest.mark.parametrize("command", ["ask", "search"])
@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("", "没有可检索的文字"),
        ("   \n", "没有可检索的文字"),
        ("　", "没有可检索的文字"),
        ("😀👨‍👩‍👧", "没有可检索的文字"),
        ("\0\0", "没有可检索的文字"),
        ("\ud800", "没有可检索的文字"),
        ("？！", "没有可检索的文字"),
        ("问" * 20_000, "20000 个字符"),
    ],
)
def test_questions_that_cannot_be_searched_exit_with_1(
    built_cli: CommandLine, command: str, question: str, reason: str
) -> None:
    for arguments in ([command, question], [command, question, "--json"]):
        outcome = built_cli(*arguments)
        assert refused(outcome) and reason in outcome.err


def test_a_question_that_cannot_be_searched_loads_no_model(
    built_cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr("rag.batch.load_embedder")
    assert refused(built_cli("ask", "😀"))


@pytest.mark.parametrize("command", ["ask", "search"])
@pytest.mark.parametrize(
    "question",
    [
        "资金\0多少",
        "资金\ud83d多少",
        "资金😀多少",
        "\x1b[2J资金",
        "<script>资金</script>",
        "'; DROP TABLE documents; --资金",
    ],
)
def test_questions_with_strange_characters_are_answered(built_cli: CommandLine, command: str, question: str) -> None:
    assert built_cli(command, question, "--json").status == 0
    assert built_cli(command, question).status == 0
    assert built_cli.place.library().size


# The index


def search(cli: CommandLine) -> Outcome:
    return cli("search", "劳务培训")


def test_a_missing_index_is_told(cli: CommandLine) -> None:
    for command in ("ask", "search"):
        outcome = cli(command, "资金")
        assert refused(outcome) and "请先运行 python -m rag index" in outcome.err
    assert not cli.place.settings.index.exists()


@pytest.mark.parametrize("damage", ["cut", "foreign", "removed", "folder", "pointer", "pointer gone", "all"])
def test_a_damaged_index_is_told_and_mended_by_what_is_named(built_cli: CommandLine, damage: str) -> None:
    index = built_cli.place.settings.index
    generation = built_cli.place.generation()
    database = generation / "texts.sqlite"
    if damage == "cut":
        database.write_bytes(database.read_bytes()[:1000])
    elif damage == "foreign":
        database.write_bytes(b"PK\3\4 something else")
    elif damage == "removed":
        database.unlink()
    elif damage == "folder":
        database.unlink()
        database.mkdir()
    elif damage == "pointer":
        (index / "current").write_bytes(os.urandom(40))
    elif damage == "pointer gone":
        (index / "current").unlink()
    else:
        for path in generation.rglob("*.*"):
            if path.is_file():
                path.unlink()
    outcome = search(built_cli)
    assert refused(outcome) and "python -m rag index" in outcome.err
    assert built_cli("doctor").status == 1
    assert built_cli("index").status == 0
    assert search(built_cli).status == 0


def test_the_pointer_alone_decides_so_a_stray_generation_is_harmless(built_cli: CommandLine) -> None:
    (built_cli.place.settings.index / "generations" / "99990101T000000-ffffffff").mkdir()
    (built_cli.place.settings.index / "generations" / "note.txt").write_text("x")
    assert search(built_cli).status == 0
    built_cli.place.write("丁.txt", GOOD)
    assert built_cli("index").status == 0
    assert search(built_cli).status == 0


def test_an_index_of_another_model_is_told_with_both_names(
    built_cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.batch.embedder_identity", lambda settings: ("other-model", "0123456789abcdef"))
    outcome = search(built_cli)
    assert refused(outcome)
    assert all(
        part in outcome.err for part in ("hash（hash-bigrams", "other-model（0123456789ab", "python -m rag index")
    )


def test_a_file_in_place_of_the_index_folder_is_told(cli: CommandLine, tmp_path: Path) -> None:
    cli.place.settings.index.write_text("x")
    for arguments in (["index"], ["search", "资金"], ["ask", "资金"]):
        outcome = cli(*arguments)
        assert refused(outcome) and str(cli.place.settings.index) in outcome.err


@pytest.mark.parametrize("number", [errno.EROFS, errno.ENOSPC])
def test_a_read_only_folder_or_full_disk_is_told_and_the_old_index_answers(
    built_cli: CommandLine, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    built_cli.place.write("丁.txt", GOOD)

    def fail(descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        outcome = built_cli("index")
    assert (outcome.status, outcome.out) == (1, "")
    assert "无法写入" in outcome.err and os.strerror(number) in outcome.err and "Traceback" not in outcome.err
    assert search(built_cli).status == 0
    assert "丁.txt" not in built_cli.place.library().paths


def test_an_index_that_another_process_builds_is_told(built_cli: CommandLine) -> None:
    from rag.locks import build_lock

    with build_lock(built_cli.place.settings.index):
        outcome = built_cli("index")
        assert refused(outcome) and "另一个进程正在更新索引" in outcome.err
        assert search(built_cli).status == 0


# The page


def test_a_busy_port_is_told_before_anything_is_loaded(built: Place) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        run = run_rag(
            "serve", "--documents", str(built.settings.documents), "--index", str(built.settings.index),
            RAG_PORT=str(port), RAG_HOST="127.0.0.1",
        )  # fmt: skip
    assert (run.returncode, run.stdout) == (1, "")
    assert is_one_sentence_line(run.stderr) and f"端口 {port} 已被占用" in run.stderr and "RAG_PORT" in run.stderr


def test_a_linked_folder_is_read_once_and_a_circle_of_links_ends(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "乙.txt").write_text("乙县有三项任务。", encoding="utf-8")
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "甲.txt").write_text("甲县有两项任务。", encoding="utf-8")
    (folder / "链接").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere" / "回环").symlink_to(folder)
    assert list_files(folder) == ["甲.txt", "链接/乙.txt"]


def test_an_index_inside_the_documents_folder_is_no_document(tmp_path: Path) -> None:
    (tmp_path / "甲.txt").write_text("甲县有两项任务。", encoding="utf-8")
    (tmp_path / "index").mkdir()
    (tmp_path / "index" / "current").write_text("x", encoding="utf-8")
    assert list_files(tmp_path, tmp_path / "index") == ["甲.txt"]
