"""Evaluations of three tiny documents with the hash embedder: runs, resuming, changes, sweeps, guards, bad input."""

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from place import CommandLine, Place, is_one_sentence_line
from support import start_python

from rag.errors import UsageError
from rag.evaluate import TestSetError, Watch, compare, evaluate, find_run, lookup, parse_floor, sweep
from rag.evaluate import evaluation as evaluation_module
from rag.evaluate.evaluation import Evaluation, without_login
from rag.evaluate.relevance import Evidences
from rag.evaluate.runs import RunMissing, code_identity
from rag.settings import SETTING_NAMES, change_setting, load_settings
from rag.testset import Evidence as Entry
from rag.testset import Question

MONEY = {"document": "甲.txt", "quote": "2024年投入资金1200万元。"}
SALES = {"document": "乙.md", "quote": "采购农产品的金额达到80万元！"}
TEACHERS = {"document": "子目录/丙.txt", "quote": "选派教师和医生开展组团式支援，每批为期一年半。"}
QUESTIONS: list[dict[str, Any]] = [
    {"id": "m", "question": "2024年投入资金多少万元？", "type": "figure", "evidence": [MONEY],
     "answer_contains": ["1200万元"], "split": "dev"},
    {"id": "s", "question": "采购农产品的金额达到多少？", "type": "figure", "evidence": [SALES],
     "answer_contains": ["８０ 万元"], "split": "test"},
    {"id": "t", "question": "选派教师和医生每批为期多久？", "type": "span", "evidence": [TEACHERS],
     "answer_contains": ["一年半"], "split": "dev"},
    {"id": "b", "question": "投入资金和采购农产品的金额各是多少？", "type": "comparison",
     "evidence": [MONEY | {"need": 1}, SALES | {"need": 2}], "answer_contains": ["1200", "80"], "split": "test"},
    {"id": "n", "question": "火星上的基地由谁建设？", "type": "unanswerable", "evidence": [], "split": "dev"},
    {"id": "u", "question": "海底隧道何时通车？", "type": "unanswerable", "evidence": [], "split": "test"},
]  # fmt: skip


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    return write(tmp_path / "questions.jsonl", QUESTIONS)


def write(path: Path, rows: list[Any]) -> Path:
    path.write_text(
        "".join(f"{r if isinstance(r, str) else json.dumps(r, ensure_ascii=False)}\n" for r in rows), "utf-8"
    )
    return path


def changed(number: int, **fields: Any) -> list[Any]:
    return [row | fields if position == number else row for position, row in enumerate(QUESTIONS)]


def files(folder: Path) -> dict[str, int]:
    return {
        path.relative_to(folder).as_posix(): path.stat().st_mtime_ns
        for path in folder.rglob("*")
        if path.is_file() and path.name != ".lock" and "runs" not in path.relative_to(folder).parts
    }


def count_asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Ids of the questions asked from now on, without the one asked to warm up."""
    asked: list[str] = []
    real = evaluation_module.ask

    def ask(library: Any, embedder: Any, evidences: Any, question: Question, tuning: Any) -> Any:
        asked.append(question.id)
        return real(library, embedder, evidences, question, tuning)

    monkeypatch.setattr(evaluation_module, "ask", ask)
    return asked


def test_evaluating_from_python(built: Place, questions: Path) -> None:
    run = evaluate(questions, settings=built.settings, embedder=built.embedder)
    assert [outcome.id for outcome in run.outcomes] == ["m", "s", "t", "b", "n", "u"]
    summary = run.summary
    assert summary["questions"] == 6 and summary["answerable"] == 4 and summary["failed"] == 0
    assert summary["retrieval"]["passage"]["success@10"] == 1.0
    assert summary["answers"]["quotes_verbatim"] in (1.0, None)
    assert {name: group["questions"] for name, group in summary["by_type"].items()} == {
        "figure": 2, "span": 1, "comparison": 1, "unanswerable": 2,
    }  # fmt: skip
    assert {name: group["questions"] for name, group in summary["by_split"].items()} == {"dev": 3, "test": 3}
    assert {name: group["questions"] for name, group in summary["by_document"].items()} == {
        "乙.md": 2, "子目录/丙.txt": 1, "甲.txt": 2,
    }  # fmt: skip
    assert json.loads((run.folder / "summary.json").read_text("utf-8")) == json.loads(json.dumps(summary))


def test_a_run_holds_all_that_it_rests_on(built: Place, questions: Path) -> None:
    settings = replace(built.settings, llm_base_url="https://me:secret@host.example/v1")
    run = evaluate(questions, settings=settings, embedder=built.embedder, split="dev", changes={"gap": "1.5"})
    assert run.folder.parent == built.settings.index / "runs"
    about = json.loads((run.folder / "run.json").read_text("utf-8"))
    assert about["questions"]["split"] == "dev" and about["questions"]["count"] == 3
    assert about["settings"]["tuning"]["gap"] == 1.5 and about["changes"] == {"gap": "1.5"}
    assert without_login("https://me:p@ss@host.example/v1") == "https://host.example/v1"
    assert about["settings"]["llm_base_url"] == "https://host.example/v1"
    assert about["model"] == {"name": "hash", "fingerprint": built.embedder.fingerprint}
    assert about["index"]["generation"] == built.generation().name
    assert len(about["index"]["hash"]) == len(about["code"]["sha256"]) == len(about["questions"]["sha256"]) == 64
    assert len((run.folder / "results.jsonl").read_text("utf-8").splitlines()) == 3
    again = find_run(built.settings.index / "runs", run.id[:-1])
    assert again.outcomes == run.outcomes
    assert again.summary == json.loads(json.dumps(run.summary))


def test_relevant_are_the_passages_of_every_occurrence(place: Place) -> None:
    sentence = "对口支援资金用于产业园区建设和劳务培训。"
    place.write("甲.txt", f"办法\n\n一、资金\n{sentence}\n二、附则\n{sentence}\n三、其他\n无。\n")
    place.write("乙.txt", f"通知\n\n{sentence}\n")
    place.build(chunk_size=50)
    library = place.library()
    evidences = Evidences(library)
    need = evidences.needs(Question("1", "？", evidence=(Entry("甲.txt", sentence), Entry("乙.txt", sentence))))[0]
    texts = [library.chunk(number).text for number in sorted(need.passages)]
    assert len(texts) == 3 and all(sentence in text for text in texts)
    assert len(need.spans) == 3 and len(need.documents) == 2
    whole = evidences.needs(Question("1", "？", evidence=(Entry("甲.txt", ""),)))[0]
    assert whole.passages == set(library.chunks_of(library.paths.index("甲.txt")))


def test_the_head_of_a_table_is_cited_rightly_with_its_row(place: Place) -> None:
    place.write("表.md", "# 资金\n\n| 年份 | 投入资金 |\n|---|---|\n| 2021年 | 34亿元 |\n| 2022年 | 51亿元 |\n")
    place.build()
    rows = [
        {"id": "1", "question": "2022年投入资金", "evidence": [{"document": "表.md", "quote": "| 2022年 | 51亿元 |"}]}
    ]
    path = write(place.folder / "q.jsonl", rows)
    changes = {"threshold": "0", "max_sentences": "1"}
    run = evaluate(path, settings=place.settings, embedder=place.embedder, changes=changes)
    citations = run.outcomes[0].citations
    assert [citation.right for citation in citations] == [True, True]
    assert all(citation.verbatim for citation in citations)


def test_the_json_is_that_of_the_contract(built_cli: CommandLine, questions: Path) -> None:
    outcome = built_cli("evaluate", str(questions), "--json")
    assert outcome.status == 0
    found = json.loads(outcome.out)
    ranking = {"success@1", "success@3", "success@5", "success@10", "recall@5", "recall@10", "mrr@10", "ndcg@10", "map"}
    assert found["questions"] == 6
    assert set(found["retrieval"]) == {"passage", "document"}
    assert all(set(level) == ranking for level in found["retrieval"].values())
    assert {"facts", "refusal_precision", "refusal_recall", "refusal_auc", "quotes_verbatim"} <= set(found["answers"])
    assert set(found["by_type"]) == {"figure", "span", "comparison", "unanswerable"}
    assert all(len(bounds) == 2 for bounds in found["intervals"].values() if bounds)
    assert len(found["reliability"]["bins"]) == 10
    assert set(found["latency"]) == {"search_p50_ms", "search_p95_ms", "ask_p50_ms", "ask_p95_ms"}


def test_the_table_names_every_measure(built_cli: CommandLine, questions: Path) -> None:
    outcome = built_cli("evaluate", str(questions))
    assert outcome.status == 0
    for text in ("success@10", "ndcg@10", "refusal_auc", "comparison", "子目录/丙.txt", "95% 区间"):
        assert text in outcome.out


def test_a_question_that_fails_counts_zero(built: Place, tmp_path: Path) -> None:
    path = write(tmp_path / "q.jsonl", changed(0, question="长" * 2001))
    run = evaluate(path, settings=built.settings, embedder=built.embedder)
    failed = run.outcomes[0]
    assert failed.error is not None and "2001" in failed.error and failed.passages.needs == (None,)
    assert run.summary["failed"] == 1
    assert run.summary["retrieval"]["passage"]["success@10"] == 0.75


def test_follow_ups_are_resolved_with_their_history(built: Place, tmp_path: Path) -> None:
    path = write(tmp_path / "q.jsonl", changed(2, question="2024年呢？", history=["2023年投入资金多少？"]))
    whole = write(tmp_path / "whole.jsonl", changed(2, question="2024年投入资金多少？"))
    run, plain = (evaluate(file, settings=built.settings, embedder=built.embedder) for file in (path, whole))
    assert run.about["questions"]["followups"] == 1
    assert run.outcomes[2].found == plain.outcomes[2].found
    assert run.outcomes[2].answer == plain.outcomes[2].answer


def test_a_killed_run_goes_on(built: Place, questions: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = f"""
import os
from pathlib import Path
from place import Place
from rag.evaluate import evaluate, evaluation
real, asked = evaluation.ask, []
def ask(*arguments):
    asked.append(1)
    if len(asked) == 4:
        os._exit(9)
    return real(*arguments)
evaluation.ask = ask
place = Place(Path({str(built.folder)!r}))
evaluate(Path({str(questions)!r}), settings=place.settings, embedder=place.embedder)
"""
    process = start_python(code)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 9, errors
    runs = built.settings.index / "runs"
    (folder,) = runs.iterdir()
    results = folder / "results.jsonl"
    assert len(results.read_text("utf-8").splitlines()) == 2  # the fourth call is the third question: one warms up
    with pytest.raises(RunMissing, match="没有评完"):
        find_run(runs, folder.name)
    with results.open("a", encoding="utf-8") as file:
        file.write('{"id": "t", "ques')
    asked = count_asked(monkeypatch)
    notes: list[str] = []
    run = evaluate(questions, settings=built.settings, embedder=built.embedder, watch=Watch(note=notes.append))
    assert run.id == folder.name and asked[1:] == ["t", "b", "n", "u"]
    assert "已完成 2 题" in notes[0]
    assert [outcome.id for outcome in find_run(runs, "last").outcomes] == ["m", "s", "t", "b", "n", "u"]


def interrupt(built: Place, questions: Path, monkeypatch: pytest.MonkeyPatch, after: int, **changes: str) -> None:
    with monkeypatch.context() as patch:
        real = evaluation_module.ask
        asked: list[str] = []

        def ask(*arguments: Any) -> Any:
            asked.append("")
            if len(asked) > after + 1:
                raise KeyboardInterrupt
            return real(*arguments)

        patch.setattr(evaluation_module, "ask", ask)
        with pytest.raises(KeyboardInterrupt):
            evaluate(questions, settings=built.settings, embedder=built.embedder, changes=changes)


def test_only_a_run_of_the_same_configuration_goes_on(
    built: Place, questions: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupt(built, questions, monkeypatch, 2)
    asked = count_asked(monkeypatch)

    def ids(**options: Any) -> int:
        asked.clear()
        evaluate(questions, settings=built.settings, embedder=built.embedder, **options)
        return len(asked) - 1

    assert ids(changes={"gap": "1"}) == 6
    assert ids(split="dev") == 3
    assert ids(resume=False) == 6
    with monkeypatch.context() as patch:
        patch.setattr(evaluation_module, "code_identity", lambda: {"version": "", "sha256": "other", "git": None})
        assert ids() == 6
    assert ids() == 4
    assert ids() == 6  # a complete run is made anew


def test_a_run_that_another_process_is_making_is_left_alone(
    built: Place, questions: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from filelock import FileLock

    interrupt(built, questions, monkeypatch, 2)
    (folder,) = (built.settings.index / "runs").iterdir()
    with FileLock(folder / ".lock"):
        run = evaluate(questions, settings=built.settings, embedder=built.embedder)
    assert run.id != folder.name and not (folder / "summary.json").exists()


def test_interrupting_says_how_to_go_on(
    built_cli: CommandLine, questions: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ask(*arguments: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(evaluation_module, "ask", ask)
    outcome = built_cli("evaluate", str(questions))
    assert outcome.status == 130 and "会接着评测" in outcome.err and "Traceback" not in outcome.err


def test_a_change_of_retrieval_or_answers_is_tried_on_the_same_index(built_cli: CommandLine, questions: Path) -> None:
    before = files(built_cli.place.settings.index)
    options = ("--set", "threshold=1", "--set", "max_sentences=1", "--json")
    found = json.loads(built_cli("evaluate", str(questions), *options).out)
    assert found["answers"]["answered"] == 0.0 and found["answers"]["refusal_recall"] == 1.0
    assert found["run"]["changes"] == {"threshold": "1", "max_sentences": "1"}
    assert files(built_cli.place.settings.index) == before


def test_a_change_of_the_index_is_built_beside_the_runs_once(built: Place, questions: Path) -> None:
    built.write("长.txt", "长文\n\n" + "".join(f"第{number}个村有{number}户人家参加劳务培训。" for number in range(20)))
    built.build()
    built.embedder.texts.clear()
    before = files(built.settings.index)
    one = evaluate(questions, settings=built.settings, embedder=built.embedder, changes={"chunk_size": "50"})
    assert one.about["index"]["chunk_size"] == 50
    assert (
        one.about["index"]["hash"]
        != evaluate(questions, settings=built.settings, embedder=built.embedder).about["index"]["hash"]
    )
    (folder,) = (built.settings.index / "runs" / "indexes").iterdir()
    made = files(folder)
    # Sentences stay the same and keep their vectors.
    assert 0 < len(built.embedder.texts) < one.about["index"]["passages"] + one.about["index"]["sentences"]
    built.embedder.texts.clear()
    two = evaluate(questions, settings=built.settings, embedder=built.embedder, changes={"chunk_size": "50"})
    assert two.about["index"]["generation"] == one.about["index"]["generation"]
    assert built.embedder.texts == [] and files(folder) == made
    assert files(built.settings.index) == before
    same = evaluate(questions, settings=built.settings, embedder=built.embedder, changes={"chunk_size": "300"})
    assert same.about["index"]["generation"] == built.generation().name


def test_another_documents_folder_is_tried_without_touching_the_index(
    built: Place, questions: Path, tmp_path: Path
) -> None:
    other = tmp_path / "others"
    other.mkdir()
    for name in ("甲.txt", "乙.md", "子目录/丙.txt"):
        (other / name).parent.mkdir(exist_ok=True)
        (other / name).write_bytes((built.settings.documents / name).read_bytes())
    (other / "丁.txt").write_text("海底隧道2030年通车。\n", "utf-8")
    before = files(built.settings.index)
    run = evaluate(questions, settings=built.settings, embedder=built.embedder, changes={"documents": str(other)})
    assert run.about["index"]["documents"] == 4
    assert files(built.settings.index) == before


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--set", "colour=blue"),
        ("--set", "chunk_size=x"),
        ("--set", "gap="),
        ("--set", "gap"),
        ("--set", "dense_weight=-1"),
        ("--sweep", "colour=1,2"),
        ("--sweep", "gap=1,x"),
        ("--fail-under", "colour=1"),
        ("--fail-under", "facts=x"),
        ("--fail-under", "facts"),
        ("--by", "facts"),
    ],
)
def test_wrong_options_are_told_in_one_sentence(
    built_cli: CommandLine, questions: Path, option: str, value: str
) -> None:
    outcome = built_cli("evaluate", str(questions), option, value)
    assert outcome.status == 2 and outcome.out == "" and is_one_sentence_line(outcome.err), outcome.err
    if option == "--set":
        assert all(name in outcome.err for name in SETTING_NAMES)
    assert not (built_cli.place.settings.index / "runs").exists()


def test_options_that_do_not_go_together(built_cli: CommandLine, questions: Path, tmp_path: Path) -> None:
    file = str(questions)
    for arguments in (
        (),
        (file, "--compare", "a", "b"),
        ("--compare", "a", "b", "--set", "gap=1"),
        (file, "--sweep", "gap=1,2", "--split", "dev"),
        (file, "--sweep", "gap=1,2", "--fail-under", "facts=0"),
        (file, "--set", "gap=1", "--set", "gap=2"),
        (
            file,
            "--set",
            "dense_weight=0",
            *(x for n in ("sentence", "words", "bigrams", "document") for x in ("--set", f"{n}_weight=0")),
        ),
    ):
        outcome = built_cli("evaluate", *arguments)
        assert outcome.status == 2 and is_one_sentence_line(outcome.err), (arguments, outcome.err)
    outcome = built_cli("evaluate", file, "--html", str(tmp_path / "none" / "x.html"))
    assert outcome.status == 1 and is_one_sentence_line(outcome.err)


def test_a_floor_that_is_not_reached_gives_status_1(built_cli: CommandLine, questions: Path) -> None:
    good = built_cli("evaluate", str(questions), "--fail-under", "success@10=1", "--fail-under", "facts=0")
    assert good.status == 0
    bad = built_cli("evaluate", str(questions), "--set", "threshold=1", "--fail-under", "facts=0.5", "--json")
    assert bad.status == 1 and json.loads(bad.out)["answers"]["facts"] == 0.0
    assert "answers.facts 为 0，低于下限 0.5。" in bad.err
    undefined = built_cli("evaluate", str(questions), "--fail-under", "by_type.nothing.answers.facts=0")
    assert undefined.status == 1 and "没有数值" in undefined.err


def test_measures_have_short_names() -> None:
    summary = {
        "retrieval": {"passage": {"success@5": 0.9}, "document": {"success@5": 0.8}},
        "answers": {"facts": 0.7},
        "by_document": {"a.b.md": {"answers": {"facts": 0.1}}},
    }
    assert lookup(summary, "success@5") == ("retrieval.passage.success@5", 0.9)
    assert lookup(summary, "document.success@5") == ("retrieval.document.success@5", 0.8)
    assert lookup(summary, "facts") == lookup(summary, "answers.facts") == ("answers.facts", 0.7)
    assert lookup(summary, "by_document.a.b.md.answers.facts")[1] == 0.1
    assert lookup(summary, "map")[1] is None
    with pytest.raises(UsageError):
        lookup(summary, "by_type.date.colour")
    assert (parse_floor("facts=0.5").metric, parse_floor("facts=0.5").value) == ("facts", 0.5)


def test_two_equal_runs_do_not_differ(built: Place, questions: Path) -> None:
    a, b = (evaluate(questions, settings=built.settings, embedder=built.embedder) for _ in range(2))
    found = compare(a, b)
    assert found["questions"] == 6 and found["better"] == found["worse"] == []
    assert all(row["difference"] in (0, None) and not row["significant"] for row in found["metrics"].values())
    assert all(test == {"gained": 0, "lost": 0, "p": 1.0} for test in found["mcnemar"].values())
    assert found["settings"] == {}


def test_a_comparison_names_what_got_better_and_worse(built_cli: CommandLine, questions: Path) -> None:
    for threshold in ("0", "1"):
        assert built_cli("evaluate", str(questions), "--set", f"threshold={threshold}").status == 0
    found = json.loads(built_cli("evaluate", "--compare", "last~1", "last", "--json").out)
    assert {row["id"] for row in found["better"]} == {"n", "u"}
    lost = {row["id"] for row in found["worse"]}
    assert lost and lost <= {"m", "s", "t", "b"}
    assert found["mcnemar"]["answers.facts"]["lost"] == len(lost)
    assert found["metrics"]["answers.refusal_recall"]["difference"] == 1.0
    assert found["metrics"]["answers.refusal_recall"]["significant"]
    assert found["metrics"]["retrieval.passage.map"]["difference"] == 0
    assert found["settings"]["settings.tuning.threshold"] == [0.0, 1.0]
    table = built_cli("evaluate", "--compare", "last~1", "last")
    assert table.status == 0 and "变好的题" in table.out and "McNemar" in table.out


def test_only_equal_questions_are_compared(built: Place, questions: Path, tmp_path: Path) -> None:
    a = evaluate(questions, settings=built.settings, embedder=built.embedder)
    rows = [*changed(0, answer_contains=["1200"])[:5], QUESTIONS[5] | {"id": "x"}]
    b = evaluate(write(tmp_path / "b.jsonl", rows), settings=built.settings, embedder=built.embedder)
    found = compare(a, b)
    assert (found["questions"], found["changed"], found["only_a"], found["only_b"]) == (4, ["m"], ["u"], ["x"])


def test_runs_without_a_common_question_cannot_be_compared(built_cli: CommandLine, questions: Path) -> None:
    for split in ("dev", "test"):
        built_cli("evaluate", str(questions), "--split", split)
    outcome = built_cli("evaluate", "--compare", "last~1", "last")
    assert outcome.status == 1 and is_one_sentence_line(outcome.err) and "没有相同的题目" in outcome.err


def test_runs_are_found_by_id_beginning_folder_and_place(built: Place, questions: Path) -> None:
    runs = built.settings.index / "runs"
    with pytest.raises(RunMissing):
        find_run(runs, "last")
    a, b = (evaluate(questions, settings=built.settings, embedder=built.embedder) for _ in range(2))
    first, second = sorted([a.id, b.id])
    assert find_run(runs, first).id == find_run(runs, "last~1").id == first
    assert find_run(runs, str(runs / second)).id == find_run(runs, "last").id == second
    assert [first, second] == [a.id, b.id]
    for name in (a.id[:3], "nothing", "last~2", "", "indexes"):
        with pytest.raises(RunMissing):
            find_run(runs, name)
    (runs / first / "results.jsonl").write_text('{"of": "another version"}\n', "utf-8")
    with pytest.raises(RunMissing, match="已损坏"):
        find_run(runs, first)


def test_a_sweep_picks_on_dev_and_reports_both_halves(built_cli: CommandLine, questions: Path) -> None:
    grid = ("--sweep", "threshold=1,0,0.5", "--sweep", "max_sentences=1,3")
    arguments = ("evaluate", str(questions), *grid, "--by", "facts")
    outcome = built_cli(*arguments, "--json")
    assert outcome.status == 0, outcome.err
    found = json.loads(outcome.out)
    assert found["by"] == "answers.facts" and len(found["combinations"]) == 6
    assert found["best"]["changes"]["threshold"] == "0"
    values = [one["value"] for one in found["combinations"]]
    assert max(values) == found["best"]["dev"]["answers"]["facts"] and values[:2] == [0.0, 0.0]
    assert set(found["default"]) == {"dev", "test"} and "过拟合" in found["warning"]
    assert "gain" in found["best"]["test"]
    kept = sorted((built_cli.place.settings.index / "runs").iterdir())
    again = built_cli(*arguments)
    assert again.status == 0 and "过拟合" in again.out
    # Complete runs are taken as they are.
    assert sorted((built_cli.place.settings.index / "runs").iterdir()) == kept


def test_a_sweep_of_more_than_64_combinations_is_refused(built_cli: CommandLine, questions: Path) -> None:
    many = ",".join(str(n) for n in range(1, 14))
    outcome = built_cli("evaluate", str(questions), "--sweep", f"max_list={many}", "--sweep", "gap=1,2,3,4,5")
    assert outcome.status == 2 and "65" in outcome.err and is_one_sentence_line(outcome.err)


@pytest.mark.parametrize(
    ("gain", "words"),
    [
        ((0.1, (0.02, 0.2)), "可以采用"),
        ((0.1, (-0.1, 0.2)), "偶然"),
        ((0.0, (0.0, 0.0)), "不建议"),
        ((None, None), "无法"),
    ],
)
def test_the_warning_says_what_the_test_half_allows(
    built: Place, questions: Path, gain: Any, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    found = _swept(built, questions)
    assert words in replace(found, test=gain).warning


def _swept(built: Place, questions: Path) -> Any:
    return sweep(questions, {"max_sentences": ["2"]}, settings=built.settings, embedder=built.embedder)


def lenient(cli: CommandLine, path: Path) -> Callable[..., Any]:
    return lambda *options: cli("evaluate", str(path), "--json", *options)


def test_malformed_lines_are_named_with_their_number(built_cli: CommandLine, tmp_path: Path) -> None:
    rows = [*QUESTIONS, "{nonsense", {"id": "x"}, QUESTIONS[0] | {"id": "m", "question": "另问？"}]
    run = lenient(built_cli, write(tmp_path / "q.jsonl", rows))
    outcome = run()
    assert outcome.status == 1 and outcome.out == ""
    lines = outcome.err.splitlines()
    assert [line[:7] for line in lines[:3]] == ["✗ 第 7 行", "✗ 第 8 行", "✗ 第 9 行"]
    assert "JSON" in lines[0] and "缺少" in lines[1] and "重复" in lines[2]
    assert "3 处错误" in lines[3] and "--lenient" in lines[3]
    outcome = run("--lenient")
    assert outcome.status == 0 and json.loads(outcome.out)["questions"] == 6
    assert outcome.err.count("✗") == 3


def test_evidence_that_is_not_found_is_listed(built_cli: CommandLine, tmp_path: Path) -> None:
    rows = changed(0, evidence=[{"document": "甲.txt", "quote": "没有这句话。"}])
    run = lenient(built_cli, write(tmp_path / "q.jsonl", rows))
    outcome = run()
    assert outcome.status == 1 and outcome.out == ""
    assert "✗ 第 1 行（m）：甲.txt 中找不到引文：“没有这句话。”" in outcome.err
    assert "5 条依据中有 1 条" in outcome.err and "别的文档" not in outcome.err
    outcome = run("--lenient")
    assert outcome.status == 0 and "✗ 第 1 行（m）" in outcome.err
    assert json.loads(outcome.out)["retrieval"]["passage"]["success@10"] == 0.75


def test_a_set_for_other_documents_is_named_as_such(built_cli: CommandLine, tmp_path: Path) -> None:
    rows = [row | {"evidence": [entry | {"document": "别处.md"} for entry in row["evidence"]]} for row in QUESTIONS]
    run = lenient(built_cli, write(tmp_path / "q.jsonl", rows))
    outcome = run()
    assert outcome.status == 1 and "似乎是为别的文档写的" in outcome.err.splitlines()[-1]
    assert "索引中没有文档 别处.md" in outcome.err
    outcome = run("--lenient")
    assert outcome.status == 0 and "似乎是为别的文档写的" in outcome.err


@pytest.mark.parametrize("content", ["", "\n\n", "\ufeff\n", "{broken\n"])
def test_an_empty_set_is_told(built_cli: CommandLine, tmp_path: Path, content: str) -> None:
    path = tmp_path / "q.jsonl"
    path.write_text(content, "utf-8")
    for options in ((), ("--lenient",)):
        outcome = built_cli("evaluate", str(path), *options)
        assert outcome.status == 1 and "没有可用的题目" in outcome.err and outcome.out == ""


def test_an_empty_half_a_missing_file_and_a_missing_index_are_told(
    cli: CommandLine, questions: Path, tmp_path: Path
) -> None:
    assert is_one_sentence_line(cli("evaluate", str(tmp_path / "none.jsonl")).err)
    outcome = cli("evaluate", str(questions))
    assert outcome.status == 1 and is_one_sentence_line(outcome.err) and "python -m rag index" in outcome.err
    half = write(tmp_path / "half.jsonl", [row for row in QUESTIONS if row["split"] == "dev"])
    outcome = cli("evaluate", str(half), "--split", "test")
    assert outcome.status == 1 and "没有属于 test 的题目" in outcome.err


def test_a_set_with_unanswerable_questions_only(built: Place, tmp_path: Path) -> None:
    path = write(tmp_path / "q.jsonl", QUESTIONS[4:])
    summary = evaluate(path, settings=built.settings, embedder=built.embedder).summary
    assert summary["answers"]["facts"] is None and summary["retrieval"]["passage"]["map"] is None
    assert summary["answers"]["refusal_recall"] is not None


def test_an_index_without_documents_answers_nothing(place: Place, tmp_path: Path) -> None:
    place.build()
    path = write(tmp_path / "q.jsonl", QUESTIONS)
    with pytest.raises(TestSetError, match="别的文档"):
        evaluate(path, settings=place.settings, embedder=place.embedder)
    run = evaluate(path, settings=place.settings, embedder=place.embedder, lenient=True)
    assert run.summary["answers"]["correct"] == pytest.approx(1 / 3, abs=1e-4)


def test_without_git_there_is_no_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    identity = code_identity()
    assert identity["git"] is None and identity["sha256"]


def test_without_ir_measures_one_sentence_says_what_to_install(
    built_cli: CommandLine, questions: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pytrec_eval", None)
    outcome = built_cli("evaluate", str(questions))
    assert outcome.status == 1 and is_one_sentence_line(outcome.err) and "pip install ir-measures" in outcome.err


def test_runs_go_to_the_folder_given(built_cli: CommandLine, questions: Path, tmp_path: Path) -> None:
    runs = tmp_path / "deep" / "runs"
    assert built_cli("evaluate", str(questions), "--runs", str(runs)).status == 0
    assert len(list(runs.iterdir())) == 1
    assert not (built_cli.place.settings.index / "runs").exists()


def test_every_tuning_can_be_set_by_variable_and_by_name() -> None:
    for name in SETTING_NAMES:
        value = {
            "threshold": "0.25",
            "embedding_model": "x/y",
            "host": "0.0.0.0",
            "max_sentences": "12",
            "max_list": "12",
            "reader_seconds": "30",
            "reader_mb": "1024",
            "llm_context": "4096",
            "llm_seconds": "30",
        }.get(name, "60")
        by_variable = load_settings({f"RAG_{name.upper()}": value})
        assert by_variable != load_settings({}), name
        assert change_setting(load_settings({}), name, value) == by_variable


def test_the_reader_of_a_set_is_used_once_for_a_sweep(
    built: Place, questions: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []
    real = Evaluation.__init__

    def init(self: Evaluation, *arguments: Any, **options: Any) -> None:
        made.append(1)
        real(self, *arguments, **options)

    monkeypatch.setattr(Evaluation, "__init__", init)
    _swept(built, questions)
    assert made == [1]


def test_help_is_there_without_heavy_imports() -> None:
    code = "import sys; from rag.cli import main; main(['evaluate', '--help']); print('numpy' in sys.modules)"
    process = start_python(code)
    out, errors = process.communicate(timeout=60)
    assert out.endswith("False\n") and "--fail-under" in out, errors
