"""Test sets: how they are read, what the checker finds, and the three that come with the program."""

import importlib.util
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from support import HashEmbedder, ignore

from rag import questions as command
from rag.build import build_index
from rag.check import Report, check_file, needs_several_documents
from rag.cli import main
from rag.errors import DocumentMissing, SettingsError
from rag.settings import Settings
from rag.testset import Evidence, Question, fold, occurrences, read_questions, split_of

ROOT = Path(__file__).resolve().parents[1]
EVALUATION = ROOT / "evaluation"

TEXTS = {
    "甲.md": "闽宁协作始于1996年。福建帮扶宁夏。闽宁协作始于1996年。\n共有 14 条意见。",
    "乙.txt": "2021年浙江财政援川资金为34.05亿元，协作项目776个。",
}
GOOD: dict[str, Any] = {
    "id": "q1",
    "question": "福建从哪年起帮宁夏？",
    "type": "date",
    "evidence": [{"document": "甲.md", "quote": "闽宁协作始于1996年。"}],
    "answer_contains": ["1996年"],
    "split": "dev",
}


def text_of(name: str) -> str:
    if name not in TEXTS:
        raise DocumentMissing(f"找不到文档 {name}。", f"There is no {name}.")
    return TEXTS[name]


def write(folder: Path, *rows: dict[str, Any] | str | bytes) -> Path:
    file = folder / "questions.jsonl"
    lines = []
    for row in rows:
        line = json.dumps(row, ensure_ascii=False) if isinstance(row, dict) else row
        lines.append(line if isinstance(line, bytes) else line.encode("utf-8"))
    file.write_bytes(b"\n".join(lines) + b"\n")
    return file


def check(folder: Path, *rows: dict[str, Any] | str | bytes) -> Report:
    return check_file(read_questions(write(folder, *rows)), text_of)


def faults(folder: Path, *rows: dict[str, Any] | str | bytes) -> list[tuple[int, str, str]]:
    return [(fault.line, fault.id, fault.fault) for fault in check(folder, *rows).faults]


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in GOOD.items() if key != name}


def test_a_question_is_read_with_its_defaults(tmp_path: Path) -> None:
    bare = {"id": "q1", "question": "问？", "evidence": [], "unknown": {"kept": False}}
    read = read_questions(write(tmp_path, bare))
    assert read.questions == (Question("q1", "问？", split=split_of("q1")),)
    assert read.faults == ()
    assert not read.questions[0].answerable
    full = GOOD | {"history": ["前一问"], "split": "test"}
    assert read_questions(write(tmp_path, full)).questions == (
        Question(
            id="q1",
            question="福建从哪年起帮宁夏？",
            type="date",
            evidence=(Evidence("甲.md", "闽宁协作始于1996年。"),),
            answer_contains=("1996年",),
            history=("前一问",),
            split="test",
        ),
    )


def test_bom_blank_lines_crlf_and_line_separators_do_no_harm(tmp_path: Path) -> None:
    data = b"\xef\xbb\xbf" + json.dumps(GOOD).encode() + b"\r\n\r\n"
    data += json.dumps(GOOD | {"id": "q2", "question": "一\u2028二？"}, ensure_ascii=False).encode()
    (tmp_path / "questions.jsonl").write_bytes(data)
    read = read_questions(tmp_path / "questions.jsonl")
    assert [question.id for question in read.questions] == ["q1", "q2"]
    assert read.lines == (1, 3)
    assert read.faults == ()


def test_half_is_the_parity_of_sha256() -> None:
    # sha256("a") ends in …bb (odd), sha256("b") in …9d (odd), sha256("c") in …e6 (even).
    assert [split_of(name) for name in "abc"] == ["test", "test", "dev"]


def test_needs_group_alternatives() -> None:
    one, other, third = Evidence("甲.md", "x", 1), Evidence("乙.txt", "y", 2), Evidence("乙.txt", "z", 1)
    assert Question("q", "?", evidence=(one, other, third)).needs == ((one, third), (other,))
    free = (Evidence("甲.md", "x"), Evidence("乙.txt", "y"))
    assert Question("q", "?", evidence=free).needs == (free,)


def test_every_occurrence_counts_and_an_empty_quote_is_the_whole_document() -> None:
    text = TEXTS["甲.md"]
    assert occurrences(text, Evidence("甲.md", "闽宁协作始于1996年。")) == [(0, 12), (19, 31)]
    assert occurrences(text, Evidence("甲.md")) == [(0, len(text))]
    assert occurrences("aaa", Evidence("a", "aa")) == [(0, 2), (1, 3)]
    assert occurrences(text, Evidence("甲.md", "福建 帮扶宁夏")) == []


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ('{"id": "q1"', "不是有效的 JSON（第 12 个字符处：Expecting ',' delimiter）"),
        ("[" * 100_000, "不是有效的 JSON（数字过长或嵌套过深）"),
        ("[1]", "不是 JSON 对象"),
        (b'{"id": "\xff"}', "不是有效的 UTF-8"),
        (without("id"), "缺少 id"),
        (GOOD | {"id": 7}, "id 须为非空文字"),
        (GOOD | {"id": " "}, "id 须为非空文字"),
        ('{"id": "\\ud800", "question": "问", "evidence": []}', "id 须为非空文字"),
        (without("question"), "缺少 question"),
        (GOOD | {"question": ["问"]}, "question 须为非空文字"),
        (GOOD | {"type": 1}, "type 须为文字"),
        (without("evidence"), "缺少 evidence（无答案的题写 []）"),
        (GOOD | {"evidence": None}, "evidence 须为列表"),
        (GOOD | {"evidence": ["甲.md"]}, "evidence 每项须为含 document、quote 的对象"),
        (GOOD | {"evidence": [{"document": "甲.md"}]}, "evidence 每项须为含 document、quote 的对象"),
        (
            GOOD | {"evidence": [{"document": "甲.md", "quote": " "}]},
            "evidence 的 quote 只有空白（指整份文档时写空文字）",
        ),
        (GOOD | {"evidence": [{"document": "甲.md", "quote": "", "need": 1.5}]}, "evidence 的 need 须为整数或文字"),
        (GOOD | {"evidence": [{"document": "甲.md", "quote": "", "need": True}]}, "evidence 的 need 须为整数或文字"),
        (GOOD | {"answer_contains": "1996年"}, "answer_contains 须为列表"),
        (GOOD | {"answer_contains": [""]}, "answer_contains 须为非空文字的列表"),
        (GOOD | {"history": [1]}, "history 须为非空文字的列表"),
        (GOOD | {"split": "train"}, 'split 须为 dev 或 test，现为 "train"'),
        (GOOD | {"evidence": [{"document": "无.md", "quote": ""}], "answer_contains": []}, "没有文档 无.md"),
        (
            GOOD | {"evidence": [*GOOD["evidence"], {"document": "甲.md", "quote": "始于1995年"}]},
            "甲.md 中找不到引文：“始于1995年”",
        ),
        (
            GOOD | {"evidence": [*GOOD["evidence"], {"document": "甲.md", "quote": "共有14条"}]},
            "甲.md 中找不到引文（只差空白或全半角，须与原文逐字相同）：“共有14条”",
        ),
        (GOOD | {"answer_contains": ["1996年", "34.05亿元"]}, "answer_contains 不在证据中：“34.05亿元”"),
        (GOOD | {"evidence": []}, "answer_contains 不在证据中：“1996年”"),
    ],
)
def test_each_fault_is_named_with_line_and_id(row: dict[str, Any] | str | bytes, fault: str, tmp_path: Path) -> None:
    found = faults(tmp_path, GOOD | {"id": "q0", "question": "别的问题？"}, "", row)
    identifier = "q1" if isinstance(row, dict) and row.get("id") == "q1" else ""
    assert found == [(3, identifier, fault)]


def test_duplicates_are_found_after_normalising(tmp_path: Path) -> None:
    again = GOOD | {"id": "q2", "question": "福建从哪年起 帮宁夏?"}
    with_history = again | {"id": "q3", "history": ["闽宁协作是什么？"]}
    assert faults(tmp_path, GOOD, again, with_history) == [(2, "q2", "问题（连同 history）与第 1 行重复")]
    other = GOOD | {"question": "宁夏由谁帮？"}
    assert faults(tmp_path, GOOD, other) == [(2, "q1", "id 与第 1 行重复")]


def test_an_empty_file_is_a_fault(tmp_path: Path) -> None:
    assert faults(tmp_path, "") == [(0, "", "文件里没有题目")]


def test_facts_are_compared_without_white_space_and_width(tmp_path: Path) -> None:
    assert fold("共有 １４\u3000条") == "共有14条"
    row = GOOD | {"evidence": [{"document": "甲.md", "quote": "共有 14 条意见。"}], "answer_contains": ["１４条"]}
    assert faults(tmp_path, row) == []
    # A fact may lie outside the quote, even if that is worth a warning; an empty quote holds the whole document.
    outside = GOOD | {"answer_contains": ["福建帮扶宁夏"]}
    report = check(tmp_path, outside)
    assert report.faults == ()
    assert "answer_contains 在证据的文档里，但不在引文中：“福建帮扶宁夏”" in [w.fault for w in report.warnings]
    whole = outside | {"evidence": [{"document": "甲.md", "quote": ""}]}
    assert not any("answer_contains" in warning.fault for warning in check(tmp_path, whole).warnings)


def test_one_of_the_alternatives_must_hold_a_fact(tmp_path: Path) -> None:
    quotes = [
        {"document": "甲.md", "quote": "福建帮扶宁夏。", "need": 1},
        {"document": "甲.md", "quote": "闽宁协作始于1996年。", "need": 1},
        {"document": "乙.txt", "quote": "协作项目776个", "need": 2},
    ]
    row = GOOD | {"evidence": quotes, "answer_contains": ["1996年", "776个"]}
    report = check(tmp_path, row)
    assert report.faults == ()
    assert report.across_documents == 1


def test_needs_met_by_one_document_do_not_need_several() -> None:
    one, two = Evidence("甲.md", "x", 1), Evidence("甲.md", "y", 2)
    other = Evidence("乙.txt", "z", 2)
    assert not needs_several_documents(Question("q", "?", evidence=(one, two, other)))
    assert needs_several_documents(Question("q", "?", evidence=(one, other)))
    assert not needs_several_documents(Question("q", "?", evidence=(one,)))
    assert not needs_several_documents(Question("q", "?"))


def test_wording_overlap_is_a_run_of_six_characters(tmp_path: Path) -> None:
    quote = {"evidence": [{"document": "乙.txt", "quote": TEXTS["乙.txt"]}], "answer_contains": []}
    six = GOOD | quote | {"id": "six", "question": "浙江财政 援川有多少？"}
    five = GOOD | quote | {"id": "five", "question": "江财政援川有多少？", "split": "test"}
    report = check(tmp_path, six, five)
    assert (report.answerable, report.free, report.free_share) == (2, 1, 0.5)
    assert report.warnings == ()
    third = GOOD | quote | {"id": "third", "question": "协作项目776个是哪年的？", "split": "test"}
    report = check(tmp_path, six, five, third)
    assert report.free_share == pytest.approx(1 / 3)
    warnings = [warning.fault for warning in report.warnings]
    assert any("只有 33.3% 与证据没有连续 6 字相同（应不少于 40%）" in warning for warning in warnings)
    assert "两半大小悬殊：dev 1，test 2" in warnings
    assert report.faults == ()


def test_counts_by_type_and_half(tmp_path: Path) -> None:
    rows = [GOOD | {"id": f"q{i}", "question": f"第{i}问？", "type": kind} for i, kind in enumerate(["b", "a", "b"])]
    rows.append({"id": "none", "question": "天气？", "type": "off", "evidence": [], "split": "test"})
    report = check(tmp_path, *rows)
    assert report.by_type == {"b": 2, "a": 1, "off": 1}
    assert report.by_split == {"dev": 3, "test": 1}
    assert (report.questions, report.answerable) == (4, 3)
    assert [(line, question.id) for line, question in report.unanswerable] == [(4, "none")]


# The command.


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    documents = tmp_path / "documents"
    documents.mkdir()
    for name, text in TEXTS.items():
        (documents / name).write_text(text, encoding="utf-8")
    return Settings(documents=documents, index=tmp_path / "index", models=tmp_path / "models")


def arguments(settings: Settings, *rest: str) -> list[str]:
    return ["questions", "check", "--documents", str(settings.documents), "--index", str(settings.index), *rest]


def test_faults_make_the_exit_status_one(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(tmp_path, GOOD, "{", GOOD | {"id": "q2", "question": "另一问？", "evidence": [], "split": "test"})
    assert main(arguments(settings, str(file), "--no-nearest")) == 1
    out, err = capsys.readouterr()
    assert "不列出无答案题最接近的句子" in err
    assert out.splitlines()[0] == f"{file}：2 题（有答案 1，无答案 1），错误 2 处"
    assert f"✗ {file} 第 2 行：不是有效的 JSON" in out
    assert f"✗ {file} 第 3 行（q2）：answer_contains 不在证据中：“1996年”" in out
    assert main(arguments(settings, str(write(tmp_path, GOOD)), "--no-nearest")) == 0
    assert "没有错误" in capsys.readouterr().out


def test_json_report(settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = GOOD | {"evidence": [{"document": "无.md", "quote": "x"}], "answer_contains": []}
    file = write(tmp_path, bad)
    assert main(arguments(settings, str(file), "--no-nearest", "--json")) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["ok"] is False
    (one,) = found["files"]
    assert one["file"] == str(file)
    assert one["faults"] == [{"line": 1, "id": "q1", "fault": "没有文档 无.md"}]
    assert one["by_split"] == {"dev": 1, "test": 0}
    assert one["overlap"] == {"run": 6, "without_shared_run": 1, "share": 1.0}
    assert one["nearest"] is None


def test_a_missing_file_is_one_sentence(settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments(settings, str(tmp_path / "没有.jsonl"))) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "题目文件" in err and "没有.jsonl" in err and "请检查路径" in err
    assert "Traceback" not in err
    with pytest.raises(SettingsError):
        read_questions(tmp_path)


def test_wrong_usage_and_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["questions"]) == 2
    assert main(["questions", "check", "--wrong"]) == 2
    assert "用法有误" in capsys.readouterr().err
    assert main(["questions", "check", "--help"]) == 0
    shown = "".join(capsys.readouterr().out.split())
    for words in ("检查题目文件", "--no-nearest", "--json", "默认evaluation/questions.jsonl", "不载入向量模型"):
        assert words in shown


def test_without_an_index_it_says_so_and_goes_on(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "embedder_identity", lambda _: ("hash", HashEmbedder.fingerprint))
    file = write(tmp_path, GOOD, {"id": "none", "question": "天气？", "type": "off", "evidence": [], "split": "test"})
    assert command.check_questions([str(file)], settings, nearest=True, as_json=False) == 0
    out, err = capsys.readouterr()
    assert "未列出无答案题最接近的句子" in err
    assert "没有错误" in out and "无答案题最接近的句子" not in out


def test_nearest_sentences_of_unanswerable_questions_are_shown(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    embedder = HashEmbedder()
    identity = (embedder.name, embedder.fingerprint)
    build_index(settings, identity, lambda: embedder, ignore)
    monkeypatch.setattr(command, "embedder_identity", lambda _: identity)
    monkeypatch.setattr(command, "load_embedder", lambda *_: embedder)
    none = {"id": "none", "question": "福建帮扶宁夏。", "type": "near", "evidence": [], "split": "test"}
    file = write(tmp_path, GOOD, none)
    # The index goes first: the texts are found although the folder has lost them.
    for name in TEXTS:
        (settings.documents / name).unlink()
    assert command.check_questions([str(file)], settings, nearest=True, as_json=True) == 0
    (one,) = json.loads(capsys.readouterr().out)["files"]
    ((line, identifier, sentences),) = [(row["line"], row["id"], row["sentences"]) for row in one["nearest"]]
    assert (line, identifier) == (2, "none")
    assert 1 <= len(sentences) <= 3
    assert (sentences[0]["document"], sentences[0]["text"].strip()) == ("甲.md", "福建帮扶宁夏。")
    assert sentences[0]["score"] == pytest.approx(1.0, abs=1e-3)
    assert TEXTS["甲.md"][sentences[0]["start"] : sentences[0]["end"]] == sentences[0]["text"]
    assert [row["score"] for row in sentences] == sorted((row["score"] for row in sentences), reverse=True)
    assert len({row["text"] for row in sentences}) == len(sentences)
    assert command.check_questions([str(file)], settings, nearest=True, as_json=False) == 0
    out = capsys.readouterr().out
    assert "none（第 2 行）福建帮扶宁夏。" in out
    assert "1.000 甲.md：福建帮扶宁夏。" in out


# The files of this repository.


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Report]:
    from rag.lookup import text_of as lookup

    settings = Settings(documents=ROOT / "documents", index=tmp_path_factory.mktemp("none"))
    return {
        name: check_file(
            read_questions(EVALUATION / f"{name}.jsonl"), lambda document: lookup(settings, None, document)
        )
        for name in ("questions", "questions_traditional", "questions_english")
    }


@pytest.mark.parametrize("name", ["questions", "questions_traditional", "questions_english"])
def test_own_files_have_no_fault(own: dict[str, Report], name: str) -> None:
    assert own[name].faults == ()
    assert own[name].warnings == ()


def test_own_questions_are_enough_of_each_type(own: dict[str, Report]) -> None:
    report = own["questions"]
    types = Counter(report.by_type)
    assert report.questions >= 240
    assert types["date"] + types["figure"] >= 50
    for name, least in (
        ("list", 30),
        ("definition", 30),
        ("who", 25),
        ("comparison", 20),
        ("table", 15),
        ("followup", 20),
        ("unanswerable-near", 35),
        ("unanswerable-off", 15),
    ):
        assert types[name] >= least, name
    assert report.across_documents >= 20
    assert abs(report.by_split["dev"] - report.by_split["test"]) <= 1
    assert report.free_share is not None and report.free_share >= 0.4


def test_own_questions_fit_their_type() -> None:
    for question in read_questions(EVALUATION / "questions.jsonl").questions:
        assert question.answerable != question.type.startswith("unanswerable"), question.id
        assert bool(question.history) == (question.type == "followup"), question.id
        if question.type == "comparison":
            assert [need[0].need for need in question.needs] == [1, 2], question.id
        if question.answerable:
            assert question.answer_contains, question.id


def test_every_document_is_asked_about() -> None:
    read = read_questions(EVALUATION / "questions.jsonl")
    asked = {entry.document for question in read.questions for entry in question.evidence}
    names = {file.name for file in (ROOT / "documents").iterdir() if not file.name.startswith(("README", "."))}
    assert names == asked


def test_english_questions(own: dict[str, Report]) -> None:
    assert own["questions_english"].questions >= 30
    for question in read_questions(EVALUATION / "questions_english.jsonl").questions:
        letters = sum("a" <= char.lower() <= "z" for char in question.question)
        assert letters > len(question.question) / 2, question.id


def test_traditional_file_is_what_the_script_makes() -> None:
    pytest.importorskip("opencc")
    spec = importlib.util.spec_from_file_location("make_traditional", EVALUATION / "make_traditional.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    made = module.to_traditional((EVALUATION / "questions.jsonl").read_text(encoding="utf-8"))
    assert made == (EVALUATION / "questions_traditional.jsonl").read_text(encoding="utf-8")


def test_traditional_questions_keep_everything_but_the_characters() -> None:
    simplified = {q.id: q for q in read_questions(EVALUATION / "questions.jsonl").questions if q.answerable}
    traditional = read_questions(EVALUATION / "questions_traditional.jsonl").questions
    assert [question.id for question in traditional] == [f"{name}-t" for name in simplified]
    for question in traditional:
        source = simplified[question.id.removesuffix("-t")]
        for name in ("type", "evidence", "answer_contains", "split"):
            assert getattr(question, name) == getattr(source, name)
        assert len(question.history) == len(source.history)
    by_id = {question.id: question for question in traditional}
    assert by_id["a017-t"].question == "習近平在銀川開的那次扶貧協作座談會是幾月幾號？"
    assert by_id["a100-t"].history == ("2016年調整以後，大連幫扶的是哪裏？",)


def test_command_on_the_default_file(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "rag", "questions", "check", "--no-nearest", "--index", str(tmp_path / "none")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("evaluation/questions.jsonl：289 题（有答案 236，无答案 53），没有错误")
