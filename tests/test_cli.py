"""The command line: the contract's JSON, order, exit statuses, and what goes to which stream."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from place import CommandLine, Place, is_one_sentence_line
from support import start_python

COMMANDS = ["index", "search", "ask", "text", "doctor", "serve"]
PASSAGE = ["rank", "score", "document", "title", "section", "page", "start", "end", "text"]
CITATION = ["number", "document", "title", "section", "page", "start", "end", "quote"]
ANSWER = [
    "id", "question", "understood", "answer", "refused", "confidence", "sentences", "citations", "passages",
    "elapsed_ms",
]  # fmt: skip
HEADER = ["title", "doc_number", "issuer", "issued", "published", "effective", "source", "author", "validity"]


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def has_fields(value: dict[str, Any], fields: list[str]) -> bool:
    """Fields may be added, never renamed."""
    return set(fields) <= set(value)


def test_search_gives_passages_as_in_the_contract(built_cli: CommandLine) -> None:
    outcome = built_cli("search", "帮助多少人就业", "-k", "2", "--json")
    (result,) = lines(outcome.out)
    assert (outcome.status, outcome.err) == (0, "")
    assert has_fields(result, ["id", "question", "passages", "elapsed_ms"])
    assert (result["id"], result["question"], len(result["passages"])) == (None, "帮助多少人就业", 2)
    first = result["passages"][0]
    assert has_fields(first, PASSAGE)
    text = (built_cli.place.settings.documents / first["document"]).read_text()
    assert first["text"] == text[first["start"] : first["end"]]
    assert (first["rank"], first["page"], first["section"]) == (1, None, "一、总体要求")


def test_ask_gives_an_answer_as_in_the_contract(built_cli: CommandLine) -> None:
    (result,) = lines(built_cli("ask", "帮助多少人就业", "--json").out)
    assert has_fields(result, ANSWER)
    assert all(has_fields(sentence, ["text", "citations", "unsupported"]) for sentence in result["sentences"])
    assert all(has_fields(citation, CITATION) for citation in result["citations"])
    assert all(has_fields(passage, PASSAGE) for passage in result["passages"])
    assert isinstance(result["refused"], bool)
    assert 0 <= result["confidence"] <= 1


def test_an_answer_with_citations_has_the_same_fields(built_cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    from rag.weights import load_weights

    weights = replace(load_weights(), threshold=0.0)
    monkeypatch.setattr("rag.answer.load_weights", lambda: weights)
    (result,) = lines(built_cli("ask", "帮助多少人就业", "--json").out)
    assert not result["refused"]
    assert has_fields(result["citations"][0], CITATION)
    assert result["sentences"][0]["citations"] == [1]
    for citation in result["citations"]:
        text = (built_cli.place.settings.documents / citation["document"]).read_text()
        assert citation["quote"] == text[citation["start"] : citation["end"]]
    printed = built_cli("ask", "帮助多少人就业")
    assert printed.status == 0
    assert "引文：\n[1] 《产业协作办法》" in printed.out


def test_index_reports_as_in_the_contract(cli: CommandLine) -> None:
    cli.place.write("甲.txt", "产业协作办法\n\n发布日期:2025-05    来源:县政府\n\n一、要求\n共同建设园区。\n")
    cli.place.write("乙.pdf", "x")
    outcome = cli("index", "--json")
    (result,) = lines(outcome.out)
    assert outcome.status == 0
    assert has_fields(result, ["documents", "chunks", "elapsed_ms"])
    skipped, added = result["documents"]
    for file in (skipped, added):
        assert has_fields(file, ["document", "status", "reason", "chunks", "pages", "header"])
        assert has_fields(file["header"], HEADER)
    assert (added["document"], added["status"], added["reason"], added["chunks"]) == ("甲.txt", "added", None, 2)
    assert (skipped["document"], skipped["status"], skipped["chunks"]) == ("乙.pdf", "skipped", 0)
    assert {name: added["header"][name] for name in HEADER} == dict.fromkeys(HEADER) | {
        "title": "产业协作办法",
        "published": "2025-05",
        "source": "县政府",
    }
    assert result["chunks"] == 2


def test_index_prints_what_changed_and_progress_goes_to_stderr(built_cli: CommandLine) -> None:
    built_cli.place.write("乙.md", "换了内容。")
    (built_cli.place.settings.documents / "子目录/丙.txt").unlink()
    built_cli.place.write("坏.txt", b"\0\1")
    outcome = built_cli("index")
    marks = {line[0]: line for line in outcome.out.splitlines()}
    assert outcome.status == 0
    assert "乙.md" in marks["~"]
    assert "子目录/丙.txt" in marks["-"]
    assert "坏.txt" in marks["!"] and "另存为 UTF-8" in marks["!"]
    assert "新增 0，更改 1，未变 1，删除 1，跳过 1" in outcome.out
    assert "读取文档" in outcome.err


def test_a_batch_answers_in_order_with_the_ids_as_given(built_cli: CommandLine, tmp_path: Path) -> None:
    ids: list[object] = [7, "七", None, 1.5, True, {"a": [1]}, "id\n二", "", 10**30]
    questions = tmp_path / "问题.jsonl"
    questions.write_text(
        "\n".join(
            json.dumps({"id": i, "question": f"第{n}问：资金多少"}, ensure_ascii=False) for n, i in enumerate(ids)
        )
    )
    for command in ("ask", "search"):
        outcome = built_cli(command, "--from", str(questions), "--json")
        results = lines(outcome.out)
        assert outcome.status == 0
        assert [result["id"] for result in results] == ids
        assert [result["question"] for result in results] == [f"第{n}问：资金多少" for n in range(len(ids))]


def test_an_id_that_utf8_cannot_hold_is_echoed_as_an_escape(built_cli: CommandLine) -> None:
    outcome = built_cli("search", "--from", "-", "--json", stdin='{"id": "\\ud800", "question": "资金"}\n')
    assert lines(outcome.out)[0]["id"] == "\ud800"


BAD_LINES = [
    ("不是 JSON", None, None),
    ("[1, 2]", None, None),
    ('"文字"', None, None),
    ("{", None, None),
    ("[" * 100_000, None, None),
    ('{"id": 1}', 1, None),
    ('{"id": 2, "question": 5}', 2, 5),
    ('{"id": 3, "question": null}', 3, None),
    ('{"id": 4, "question": ""}', 4, ""),
    ('{"id": 5, "question": "😀"}', 5, "😀"),
    ('{"id": 6, "question": "资金", "history": "上一问"}', 6, "资金"),
    ('{"id": 7, "question": "资金", "history": [1]}', 7, "资金"),
    (json.dumps({"id": 8, "question": "问" * 20_000}), 8, "问" * 20_000),
]


@pytest.mark.parametrize("command", ["ask", "search"])
def test_a_bad_line_gives_an_error_and_the_run_goes_on(built_cli: CommandLine, command: str) -> None:
    given = "\n".join(f'{line}\n{{"id": "好", "question": "资金多少"}}\n' for line, _, _ in BAD_LINES)
    outcome = built_cli(command, "--from", "-", "--json", stdin=given)
    results = lines(outcome.out)
    assert outcome.status == 0
    assert len(results) == 2 * len(BAD_LINES)
    for (_, identifier, question), result in zip(BAD_LINES, results[::2], strict=True):
        assert set(result) == {"id", "question", "error"}
        assert (result["id"], result["question"]) == (identifier, question)
        assert len(result["error"]) > 10 and "\n" not in result["error"]
    assert all(result["id"] == "好" and "error" not in result for result in results[1::2])


def test_bytes_that_are_no_utf8_spoil_only_their_line(built_cli: CommandLine) -> None:
    given = b'{"id": 1, "question": "\xff\xfe"}\n\n   \n{"id": 2, "question": "\xe8\xb5\x84\xe9\x87\x91"}\n'
    first, second = lines(built_cli("search", "--from", "-", "--json", stdin=given).out)
    assert (first["id"], "error" in first) == (1, True)
    assert (second["id"], second["question"]) == (2, "资金")


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_file_from_windows_is_read(built_cli: CommandLine, tmp_path: Path, newline: str) -> None:
    data = "\ufeff" + newline.join(['{"id": 1, "question": "资金"}', '{"id": 2, "question": "教育"}'])
    (tmp_path / "q.jsonl").write_bytes(data.encode())
    for arguments, stdin in ((str(tmp_path / "q.jsonl"), ""), ("-", data)):
        results = lines(built_cli("search", "--from", arguments, "--json", stdin=stdin).out)
        assert [result["question"] for result in results] == ["资金", "教育"]


def test_an_empty_file_of_questions_gives_nothing(built_cli: CommandLine) -> None:
    outcome = built_cli("ask", "--from", "-", "--json", stdin="\n\n")
    assert (outcome.status, outcome.out, outcome.err) == (0, "", "")


def test_history_resolves_a_follow_up(built_cli: CommandLine) -> None:
    given = (
        '{"id": 1, "question": "2024年呢？", "history": ["2023年资金多少？"]}\n'
        '{"id": 2, "question": "2024年资金多少？", "history": []}\n'
    )
    outcome = built_cli("ask", "--from", "-", "--json", stdin=given)
    resolved, plain = lines(outcome.out)
    assert (resolved["question"], resolved["understood"]) == ("2024年呢？", "2024年资金多少？")
    assert (resolved["answer"], resolved["citations"]) == (plain["answer"], plain["citations"])
    assert outcome.err == ""
    resolved, plain = lines(built_cli("search", "--from", "-", "--json", stdin=given).out)
    assert (resolved["question"], resolved["passages"]) == ("2024年呢？", plain["passages"])


def test_the_index_is_loaded_once_for_a_whole_batch(built_cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    from rag.store import Library

    opened = []
    original = Library.open
    monkeypatch.setattr("rag.batch.Library.open", lambda *a, **options: opened.append(a) or original(*a, **options))
    built_cli("search", "--from", "-", "--json", stdin='{"id": 1, "question": "资金"}\n' * 5)
    assert len(opened) == 1


def test_text_prints_the_text_and_nothing_else(built_cli: CommandLine) -> None:
    place = built_cli.place
    place.write("窗口.txt", "\ufeff第一行\r\n第二行\r没有换行结尾 ".encode())
    place.write("国标.txt", "双方共同建设产业园区，投入资金。\n".encode("gb18030"))
    expected = {
        "甲.txt": (place.settings.documents / "甲.txt").read_bytes(),
        "子目录/丙.txt": (place.settings.documents / "子目录/丙.txt").read_bytes(),
        "窗口.txt": "第一行\n第二行\n没有换行结尾 ".encode(),
        "国标.txt": "双方共同建设产业园区，投入资金。\n".encode(),
    }
    for name, data in expected.items():
        outcome = built_cli("text", name)
        assert (outcome.status, outcome.raw, outcome.err) == (0, data, "")


def test_text_takes_a_path_as_the_shell_completes_it(built_cli: CommandLine) -> None:
    documents = built_cli.place.settings.documents
    assert built_cli("text", str(documents / "甲.txt")).raw == (documents / "甲.txt").read_bytes()
    assert built_cli("text", str(documents / ".." / documents.name / "甲.txt")).status == 1
    assert built_cli("text", str(documents)).status == 1


def test_text_is_that_of_the_index_and_else_of_the_file(built_cli: CommandLine) -> None:
    indexed = built_cli("text", "甲.txt").out
    path = built_cli.place.write("甲.txt", "换了内容。")
    assert built_cli("text", "甲.txt").out == indexed
    path.unlink()
    assert built_cli("text", "甲.txt").out == indexed
    built_cli("index")
    assert built_cli("text", "甲.txt").status == 1
    built_cli.place.write("甲.txt", "换了内容。")
    assert built_cli("text", "甲.txt").out == "换了内容。"


def test_text_needs_no_whole_index(built_cli: CommandLine) -> None:
    (built_cli.place.generation() / "texts.sqlite").write_bytes(b"")
    assert built_cli("text", "乙.md").out.startswith("# 消费帮扶方案\n")


@pytest.mark.parametrize(
    "name",
    [
        "../x.txt",
        "子目录/../../x.txt",
        "/etc/passwd.txt",
        "没有.txt",
        "子目录",
        "",
        ".",
        "长" * 300,
        "../documents/甲.txt",
    ],
)
def test_text_refuses_what_is_not_under_the_folder(built_cli: CommandLine, name: str) -> None:
    (built_cli.place.folder / "x.txt").write_text("外面的秘密")
    outcome = built_cli("text", name)
    assert (outcome.status, outcome.out) == (1, "")
    assert is_one_sentence_line(outcome.err) and "找不到文档" in outcome.err


@pytest.mark.parametrize(
    "arguments",
    [
        [], ["没有"], ["ask"], ["search"], ["ask", "问", "--from", "f"], ["search", "问", "-k", "0"],
        ["search", "问", "-k", "x"], ["text"], ["index", "多余"], ["doctor", "--没有"], ["ask", "问", "-k", "3"],
        ["--documents", "d", "index"], ["index", "--documents"],
    ],
)  # fmt: skip
def test_wrong_usage_exits_with_2(cli: CommandLine, arguments: list[str]) -> None:
    outcome = cli(*arguments)
    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.err.startswith("用法有误") and outcome.err.count("\n") == 1


def test_a_file_of_questions_that_is_not_there_exits_with_1(built_cli: CommandLine, tmp_path: Path) -> None:
    for path in (tmp_path / "没有.jsonl", tmp_path):
        outcome = built_cli("ask", "--from", str(path), "--json")
        assert (outcome.status, outcome.out) == (1, "")
        assert is_one_sentence_line(outcome.err) and str(path) in outcome.err


def test_options_go_before_the_environment(built_cli: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "别处").mkdir()
    (tmp_path / "别处" / "己.txt").write_text("别处的文档。")
    arguments = ["--documents", str(tmp_path / "别处"), "--index", str(tmp_path / "别的索引")]
    (result,) = lines(built_cli("index", "--json", *arguments).out)
    assert [file["document"] for file in result["documents"]] == ["己.txt"]
    assert built_cli("text", "己.txt", *arguments).out == "别处的文档。"
    assert (tmp_path / "别的索引" / "current").exists()


@pytest.mark.parametrize("name", ["RAG_CHUNK_SIZE", "RAG_MAX_FILE_MB", "RAG_PORT"])
@pytest.mark.parametrize("value", ["x", "-1", "999999", "1.5"])
def test_a_setting_out_of_its_range_is_named(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    outcome = cli("index")
    assert outcome.status == 1
    assert is_one_sentence_line(outcome.err) and name in outcome.err


def test_only_index_writes_the_index(built_cli: CommandLine) -> None:
    index = built_cli.place.settings.index
    before = {path: path.stat().st_mtime_ns for path in index.rglob("*")}
    built_cli.place.write("丁.txt", "新的文档。")
    for arguments in (["ask", "资金"], ["search", "资金"], ["text", "甲.txt"], ["doctor"], ["doctor", "--json"]):
        built_cli(*arguments)
    assert {path: path.stat().st_mtime_ns for path in index.rglob("*")} == before


def test_doctor_finds_nothing_wrong_with_a_fresh_index(built_cli: CommandLine) -> None:
    outcome = built_cli("doctor", "--json")
    (result,) = lines(outcome.out)
    assert [check["check"] for check in result["checks"] if not check["ok"]] == []
    assert (outcome.status, result["ok"]) == (0, True)
    assert all(has_fields(check, ["check", "ok", "detail", "mend"]) for check in result["checks"])


def test_doctor_names_what_to_run(built_cli: CommandLine) -> None:
    place = built_cli.place
    place.write("丁.txt", "新的文档。")
    outcome = built_cli("doctor")
    assert outcome.status == 1
    assert "✗ 是否最新：1 个文件在建索引后有变化\n    → python -m rag index\n" in outcome.out
    built_cli("index")
    assert built_cli("doctor").status == 0
    (place.generation() / "passages.faiss").write_bytes(b"")
    outcome = built_cli("doctor")
    assert outcome.status == 1
    assert "✗ 索引：" in outcome.out and "→ python -m rag index" in outcome.out


def test_doctor_tells_the_missing_parts_of_an_unused_installation(cli: CommandLine) -> None:
    cli.place.settings.documents.rmdir()
    outcome = cli("doctor")
    assert outcome.status == 1
    assert "✗ 文档文件夹" in outcome.out and "✗ 索引" in outcome.out and "Traceback" not in outcome.err


def test_passages_and_refusals_are_printed_for_people(built_cli: CommandLine) -> None:
    printed = built_cli("search", "帮助多少人就业", "-k", "1").out
    assert printed.startswith("1. 《产业协作办法》 › 一、总体要求（甲.txt ")
    assert printed.endswith("\n每年组织劳务培训三期，帮助就业500人。\n")
    refused = built_cli("ask", "月球上有几座城市").out
    assert "最接近的段落：" in refused and "置信度" in refused


@pytest.mark.parametrize("arguments", [["--help"], *([command, "--help"] for command in COMMANDS)])
def test_help_is_chinese(cli: CommandLine, arguments: list[str]) -> None:
    outcome = cli(*arguments)
    assert (outcome.status, outcome.err) == (0, "")
    for word in ("显示帮助", "选项"):
        assert word in outcome.out
    assert not any(word in outcome.out for word in ("show this help", "positional", "optional", "options:"))
    if len(arguments) == 1:
        assert all(f"    {command} " in outcome.out for command in COMMANDS)
    else:
        assert "--documents 文件夹" in outcome.out and "--index 文件夹" in outcome.out


def test_help_loads_no_heavy_library() -> None:
    process = start_python(
        "import sys; from rag.cli import main; status = main(['ask', '--help'])\n"
        "heavy = {'torch', 'gradio', 'faiss', 'transformers', 'sentence_transformers', 'langchain_text_splitters',"
        " 'bm25s', 'rjieba', 'numpy'}\n"
        "print(status, sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    out, err = process.communicate(timeout=60)
    assert err == "0 []\n"
    assert "回答问题" in out


def run_rag(*arguments: str, **options: Any) -> "subprocess.CompletedProcess[bytes]":
    root = Path(__file__).resolve().parents[1]
    environment = {**os.environ, "PYTHONPATH": str(root), "LC_ALL": "C", "PYTHONIOENCODING": "ascii"}
    return subprocess.run(
        [sys.executable, "-m", "rag", *arguments], env=environment, timeout=60, **({"capture_output": True} | options)
    )


def test_the_command_prints_utf8_whatever_the_locale(built: Place) -> None:
    run = run_rag("text", "甲.txt", "--documents", str(built.settings.documents), "--index", str(built.settings.index))
    assert run.stdout == (built.settings.documents / "甲.txt").read_bytes()
    assert (run.returncode, run.stderr) == (0, b"")
    run = run_rag("没有")
    assert (run.returncode, run.stdout) == (2, b"")
    assert run.stderr.decode().startswith("用法有误")


def test_a_reader_that_goes_away_is_no_accident(built: Place) -> None:
    built.write("长.txt", "双方共同建设产业园区。\n" * 20_000)
    reading, writing = os.pipe()
    os.close(reading)
    run = run_rag(
        "text", "长.txt", "--documents", str(built.settings.documents), "--index", str(built.settings.index),
        stdout=writing, stderr=subprocess.PIPE, capture_output=False,
    )  # fmt: skip
    os.close(writing)
    assert (run.returncode, run.stderr) == (1, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_output_that_cannot_be_written_is_told_in_one_sentence(built: Place) -> None:
    with Path("/dev/full").open("wb") as full:
        run = run_rag(
            "text", "甲.txt", "--documents", str(built.settings.documents), "--index", str(built.settings.index),
            stdout=full, stderr=subprocess.PIPE, capture_output=False,
        )  # fmt: skip
    assert run.returncode == 1
    assert is_one_sentence_line(run.stderr.decode()) and b"No space left" in run.stderr
