"""documents/ → a generation: what is added, changed, unchanged, removed, skipped, and what is embedded for it."""

import json
from dataclasses import replace
from hashlib import sha256

import numpy as np
import pytest
from place import IDENTITY, Place
from support import HashEmbedder, ignore, start_python

from rag.build import build_index
from rag.embed import embedder_identity
from rag.errors import SettingsError
from rag.generations import current_generation, read_manifest
from rag.manifest import SCHEMA_VERSION, VERSIONS
from rag.reports import FileReport, Progress
from rag.retrieve import search
from rag.types import Header

CLAUSE = "双方应当按年度安排资金，并接受审计监督。"


def found(place: Place, question: str) -> list[str]:
    return [passage.document for passage in search(place.library(), place.embedder, question)[0]]


def test_the_first_build_adds_every_document(place: Place) -> None:
    place.write(
        "甲.txt",
        "产业协作办法\n\n发布日期:2025-05-13    来源:县政府\n\n一、要求\n共同建设园区。\n二、任务\n组织培训。\n",
    )
    place.write("数据.xyz", "x")
    place.write(".隐藏.txt", "不是文档")
    place.write("README.md", "不是文档")
    report = place.build()
    skipped, added = report.documents
    assert skipped == FileReport(
        "数据.xyz",
        "skipped",
        "不支持的文件类型（.xyz），请另存为 .docx、.pdf 或 .txt。 "
        "This kind of file (.xyz) is not read; save it as .docx, .pdf or .txt.",
    )
    assert added == FileReport(
        "甲.txt",
        "added",
        chunks=2,
        characters=len((place.settings.documents / "甲.txt").read_text()),
        encoding="utf-8",
        format="txt",
        header=Header(title="产业协作办法", published="2025-05-13", source="县政府"),
    )
    assert (report.chunks, report.generation) == (2, current_generation(place.settings.index))


def test_a_build_tells_what_happened_to_each_file(place: Place) -> None:
    for name in ("不变", "更改", "删除", "变坏", "变好"):
        place.write(f"{name}.txt", f"{name}的文档，写着一句话。" if name != "变好" else b"")
    assert set(place.statuses(place.build()).values()) == {"added", "skipped"}
    place.write("更改.txt", "更改的文档，写着另一句话。")
    (place.settings.documents / "删除.txt").unlink()
    place.write("变坏.txt", b"\0\1\2")
    place.write("变好.txt", "变好的文档。")
    place.write("新增.txt", "新增的文档。")
    report = place.build()
    assert place.statuses(report) == {
        "不变.txt": "unchanged",
        "更改.txt": "changed",
        "删除.txt": "removed",
        "变坏.txt": "skipped",
        "变好.txt": "added",
        "新增.txt": "added",
    }
    assert report.chunks == 4 == place.library().size
    assert place.statuses(place.build()) == {
        "不变.txt": "unchanged",
        "更改.txt": "unchanged",
        "变坏.txt": "skipped",
        "变好.txt": "unchanged",
        "新增.txt": "unchanged",
    }


def test_nothing_to_do_keeps_the_generation_and_never_loads_the_model(built: Place) -> None:
    generation = current_generation(built.settings.index)
    report = built.build()
    assert (report.generation, built.loads) == (generation, 0)
    assert set(built.statuses(report).values()) == {"unchanged"}
    assert report.chunks == built.library().size == sum(file.chunks for file in report.documents)
    assert [path.name for path in (built.settings.index / "generations").iterdir()] == [generation]


class Wide(HashEmbedder):
    """Of the dimension of the default model."""

    dimension = 384


def test_an_update_with_nothing_to_do_imports_no_model(place: Place) -> None:
    place.write("甲.txt", "双方共同建设园区。")
    settings = place.settings
    build_index(settings, embedder_identity(settings), Wide, ignore)
    process = start_python(
        "import sys; from rag.cli import main; status = main(['index', '--json'])\n"
        "print({'torch', 'transformers', 'sentence_transformers'} & set(sys.modules), status, file=sys.stderr)",
        RAG_DOCUMENTS=settings.documents,
        RAG_INDEX=settings.index,
    )
    output, errors = process.communicate(timeout=60)
    assert errors.splitlines()[-1] == "set() 0"
    assert [file["status"] for file in json.loads(output)["documents"]] == ["unchanged"]


def test_only_what_changed_is_embedded(built: Place) -> None:
    built.write("丁.txt", "新的文档在这里。写着新的内容。")
    built.build()
    assert sorted(built.embedder.texts) == ["写着新的内容。", "新的文档在这里。", "新的文档在这里。写着新的内容。"]
    built.embedder.texts.clear()
    built.write("丁.txt", "新的文档在这里。\n\n换了第二句。")
    built.build()
    assert sorted(built.embedder.texts) == ["换了第二句。", "新的文档在这里。\n\n换了第二句。"]


def test_vectors_that_were_kept_equal_fresh_ones(built: Place) -> None:
    built.write("丁.txt", "新的文档在这里。写着新的内容。")
    built.build()
    kept = built.library()
    built.build(rebuild=True)
    fresh = built.library()
    assert kept.generation != fresh.generation
    assert np.array_equal(kept.chunk_vectors(range(kept.size)), fresh.chunk_vectors(range(fresh.size)))
    count = len(kept.chunk_of_sentence)
    assert np.array_equal(kept.sentence_vectors(range(count)), fresh.sentence_vectors(range(count)))


def test_a_document_taken_away_embeds_nothing_and_is_no_longer_found(built: Place) -> None:
    assert "乙.md" in found(built, "采购农产品的金额")
    (built.settings.documents / "乙.md").unlink()
    report = built.build()
    assert (built.statuses(report)["乙.md"], built.loads) == ("removed", 0)
    assert "乙.md" not in found(built, "采购农产品的金额")
    assert "乙.md" not in built.library().paths


def test_a_document_under_a_new_name_embeds_nothing(built: Place) -> None:
    (built.settings.documents / "乙.md").rename(built.settings.documents / "戊.md")
    statuses = built.statuses(built.build())
    assert (statuses["乙.md"], statuses["戊.md"], built.loads) == ("removed", "added", 0)


def test_the_same_clause_stays_in_both_documents_and_is_embedded_once(place: Place) -> None:
    place.write("甲.txt", CLAUSE)
    place.write("乙.txt", CLAUSE)
    place.build()
    assert place.embedder.texts == [CLAUSE]
    # One passage of the two is shown, the other is listed with it.
    (passage,) = search(place.library(), place.embedder, "按年度安排资金")[0]
    assert sorted([passage.document, *(other.document for other in passage.duplicates)]) == ["乙.txt", "甲.txt"]
    (place.settings.documents / "甲.txt").unlink()
    place.build()
    assert found(place, "按年度安排资金") == ["乙.txt"]


def test_the_same_clause_twice_in_one_document_is_kept_twice(place: Place) -> None:
    place.write("甲.txt", f"一、要求\n{CLAUSE}\n二、任务\n{CLAUSE}\n")
    place.build()
    library = place.library()
    assert [library.chunk(n).text.count(CLAUSE) for n in range(library.size)] == [2]
    assert [s.text for _, s in library.sentences_of(0)] == ["一、要求", CLAUSE, "二、任务", CLAUSE]


def test_the_title_is_embedded_with_a_passage_and_its_heading_is_part_of_it(place: Place) -> None:
    place.write("甲.txt", "产业协作办法\n来源：某报\n一、要求\n共同建设园区。\n")
    place.build()
    assert "产业协作办法\n一、要求\n共同建设园区。" in place.embedder.texts
    assert [place.library().chunk(n).text for n in range(2)] == ["产业协作办法\n来源：某报", "一、要求\n共同建设园区。"]


def test_the_manifest_tells_what_the_index_was_made_by(built_once: Place) -> None:
    manifest = read_manifest(built_once.settings.index, built_once.generation().name)
    library = built_once.library()
    prompts = {"query": "", "document": ""}
    assert manifest["model"] == {"name": "hash", "fingerprint": IDENTITY[1], "dimension": 64, "prompts": prompts}
    parts = ["model", "prompts", "dimension", "chunk_size", *VERSIONS]
    assert sorted(manifest["hashes"]) == sorted(parts)
    assert manifest["hashes"]["chunk_size"] == sha256(b'{\n "chunk_size": 300\n}').hexdigest()
    assert (manifest["schema"], manifest["chunk_size"], manifest["versions"]) == (SCHEMA_VERSION, 300, VERSIONS)
    assert manifest["counts"] == {
        "documents": 3,
        "passages": library.size,
        "sentences": len(library.chunk_of_sentence),
    }
    assert manifest["documents"] == {report.document: sha256 for report, sha256 in library.reports()}


@pytest.mark.parametrize("change", ["chunk_size", "identity", "versions", "schema"])
def test_other_settings_make_a_new_generation(built: Place, change: str, monkeypatch: pytest.MonkeyPatch) -> None:
    old = current_generation(built.settings.index)
    if change == "chunk_size":
        report = built.build(chunk_size=50)
        assert built.library().manifest["chunk_size"] == 50
        assert set(built.statuses(report).values()) == {"unchanged"}
    elif change == "identity":
        report = built.build(identity=("other", "other-1"))
        assert len(built.embedder.texts) > 0
    elif change == "versions":
        versions = VERSIONS | {"splitter": 0}
        built.change_manifest(versions=versions)
        report = built.build()
        assert built.library().manifest["versions"] == VERSIONS
        assert built.loads == 0
    else:
        built.change_manifest(schema=0)
        report = built.build()
    assert report.generation == current_generation(built.settings.index) != old


def test_rebuilding_embeds_everything_again(built: Place) -> None:
    report = built.build(rebuild=True)
    library = built.library()
    assert report.generation == library.generation
    assert len(built.embedder.texts) >= library.size
    assert report.chunks == library.size


def test_progress_names_the_stages_and_ends_at_the_total(place: Place) -> None:
    place.write("甲.txt", "共同建设园区。组织培训。")
    seen: list[Progress] = []
    place.build(seen.append)
    assert list(dict.fromkeys(progress.stage for progress in seen)) == ["读取文档", "计算向量", "写入索引"]
    for stage in ("读取文档", "计算向量", "写入索引"):
        steps = [progress.done for progress in seen if progress.stage == stage]
        assert steps == sorted(steps)
        assert steps[-1] == next(progress.total for progress in seen if progress.stage == stage)


def test_an_empty_folder_gives_an_empty_index_that_fills_later(place: Place) -> None:
    report = place.build()
    assert (report.documents, report.chunks, place.loads) == ((), 0, 0)
    assert place.build().generation == report.generation
    assert search(place.library(), place.embedder, "有什么")[0] == []
    place.write("甲.txt", CLAUSE)
    place.build()
    assert found(place, "安排资金") == ["甲.txt"]
    (place.settings.documents / "甲.txt").unlink()
    assert place.statuses(place.build()) == {"甲.txt": "removed"}
    assert place.library().size == 0


@pytest.mark.parametrize("text", ["———", "😀", "。", "# 标题\n", "标题\n\n\n", "一、\n", "| 甲 |", "\u200b"])
def test_documents_of_almost_nothing_are_indexed(place: Place, text: str) -> None:
    place.write("甲.txt", text)
    report = place.build()
    assert place.statuses(report) == {"甲.txt": "added"}
    assert place.library().document("甲.txt").text == text
    search(place.library(), place.embedder, "有什么")


def test_a_missing_documents_folder_harms_no_index(built: Place) -> None:
    settings = replace(built.settings, documents=built.folder / "没有")
    with pytest.raises(SettingsError, match=r"不存在.*--documents"):
        build_index(settings, IDENTITY, lambda: built.embedder, ignore)
    assert built.library().size


def test_documents_in_folders_are_named_by_posix_paths_in_order(place: Place) -> None:
    for name in ("b/丙.txt", "a/b/甲.txt", "a.txt"):
        place.write(name, CLAUSE)
    assert [file.document for file in place.build().documents] == ["a.txt", "a/b/甲.txt", "b/丙.txt"]
