"""The running assistant while builds come and go: it switches, keeps citations open, and falls back on a whole build."""

import threading
import time
from pathlib import Path

import pytest
from place import IDENTITY, Place
from support import HashEmbedder, start_python

from rag.cited import CitedDocuments
from rag.errors import DocumentMissing
from rag.filters import Filter
from rag.service import Service
from rag.types import Document, Header

QUESTION = "劳务培训帮助就业多少人"
ANSWER = "每年组织劳务培训三期，帮助就业500人。"


def serve(place: Place) -> Service:
    service = Service(place.settings, identity=lambda settings: IDENTITY, load=lambda settings, show: HashEmbedder())
    service.start()
    service.wait(60)
    assert service.status().ready, service.status().error
    return service


def first_passage(service: Service) -> tuple[str, str, str]:
    answer, generation = service.ask(QUESTION)
    passage = answer.passages[0]
    document = service.source(passage.document, generation)
    assert document.text[passage.start : passage.end] == passage.text
    return passage.text.splitlines()[-1], passage.document, generation


def test_a_build_of_another_process_is_there_at_the_next_question_and_look(built: Place) -> None:
    service = serve(built)
    assert first_passage(service)[0] == ANSWER
    old = service.status().generation
    text = (built.settings.documents / "甲.txt").read_text()
    built.write("甲.txt", text.replace("500人", "900人"))
    done = start_python(
        f"from pathlib import Path; from place import Place; Place(Path({str(built.folder)!r})).build()"
    )
    done.communicate(timeout=60)
    assert service.status().generation != old
    assert first_passage(service)[0] == ANSWER.replace("500", "900")


def test_citations_open_the_text_they_were_made_from_however_many_builds_follow(built: Place) -> None:
    service = serve(built)
    text = (built.settings.documents / "甲.txt").read_text()
    made = []
    for number in range(8):
        built.write("甲.txt", text.replace("500人", f"{500 + number}人"))
        built.build()
        made.append((number, first_passage(service)))
    assert len(list((built.settings.index / "generations").iterdir())) == 2
    for number, (_, document, generation) in made:
        assert f"帮助就业{500 + number}人" in service.source(document, generation).text
    with pytest.raises(DocumentMissing):
        service.source("乙.md", "20200101T000000-00000000")


def test_a_filter_restricts_what_is_used(built: Place) -> None:
    answer, _ = serve(built).ask(QUESTION, Filter(document="乙"))
    assert {passage.document for passage in answer.passages} == {"乙.md"}


def test_a_deleted_file_is_gone_at_the_next_question(built: Place) -> None:
    service = serve(built)
    (built.settings.documents / "甲.txt").unlink()
    built.build()
    answer, _ = service.ask(QUESTION)
    assert "甲.txt" not in {passage.document for passage in answer.passages}
    assert "甲.txt" not in {citation.document for citation in answer.citations}
    assert {file.document for file in service.files()} == {"乙.md", "子目录/丙.txt"}
    library = built.library()
    assert not library.passage_words.knows("园区") and not library.document_words.knows("园区")
    assert library.manifest["counts"]["documents"] == service.status().documents == 2


def test_questions_are_answered_while_builds_go_on(built: Place) -> None:
    service = serve(built)
    stop, failures = threading.Event(), []

    def ask() -> None:
        while not stop.is_set():
            try:
                assert first_passage(service)[1] == "甲.txt"
            except Exception as error:  # noqa: BLE001 - told to the test
                failures.append(error)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(6):
        built.write("丁.txt", f"第{number}版的内容。")
        built.build()
    stop.set()
    for thread in threads:
        thread.join()
    assert failures == []


@pytest.mark.parametrize("name", ["texts.sqlite", "manifest.json", "current"])
def test_a_damaged_build_leaves_the_one_before_serving_with_a_warning_until_an_update(built: Place, name: str) -> None:
    built.write("丁.txt", "新的文档在这里，写着新的内容。")
    built.build()
    path = (built.settings.index if name == "current" else built.generation()) / name
    path.write_bytes(b"x" + path.read_bytes()[1:])
    service = Service(built.settings, identity=lambda settings: IDENTITY, load=lambda settings, show: HashEmbedder())
    service._prepare()
    status = service.status()
    assert status.ready and status.warning is not None and "已损坏" in status.warning
    assert first_passage(service)[0] == ANSWER
    service.start_update()
    service.wait(60)
    status = service.status()
    assert (status.ready, status.error, status.warning, status.documents) == (True, None, None, 4)


def test_what_is_in_memory_answers_when_every_file_is_gone(built: Place) -> None:
    service = serve(built)
    for path in built.generation().rglob("*"):
        if path.is_file():
            path.write_bytes(b"")
    (built.settings.index / "current").write_bytes(b"?")
    assert first_passage(service)[0] == ANSWER


def test_an_update_waits_for_another_builder_and_says_for_whom(built: Place) -> None:
    service = serve(built)
    process = start_python(
        "import threading; from pathlib import Path; from rag.locks import build_lock\n"
        f"with build_lock(Path({str(built.settings.index)!r})):\n    print('locked', flush=True); threading.Event().wait()"
    )
    try:
        assert process.stdout is not None and process.stdout.readline() == "locked\n"
        service.start_update()
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            progress = service.status().progress
            if progress is not None and "等待另一个进程" in progress.stage:
                break
            time.sleep(0.05)
        assert progress is not None and f"进程 {process.pid}" in progress.stage
        assert first_passage(service)[0] == ANSWER
    finally:
        process.kill()
        process.communicate()
    service.wait(60)
    assert service.status().error is None


def document(path: str, text: str) -> Document:
    return Document(path, text, Header(), ())


def test_cited_documents_are_bounded_and_shared_between_builds(tmp_path: Path) -> None:
    cited = CitedDocuments(10)
    cited.keep("1", document("甲", "12345"))
    cited.keep("2", document("甲", "12345"))
    cited.keep("2", document("乙", "12345"))
    assert cited.get("1", "甲") is cited.get("2", "甲")
    cited.keep("3", document("丙", "1"))
    kept = [(g, p) for g, p in [("1", "甲"), ("2", "甲"), ("2", "乙"), ("3", "丙")] if cited.get(g, p)]
    assert kept == [("1", "甲"), ("2", "甲"), ("3", "丙")]
    cited.keep("4", document("丁", "1" * 99))
    assert cited.get("4", "丁") is not None and cited.get("3", "丙") is None
