"""One generation opened: values read back exactly, and every kind of damage told in one sentence."""

import sqlite3
from pathlib import Path

import faiss
import numpy as np
import pytest
from place import IDENTITY, Place

from rag.errors import DocumentMissing, IndexDamaged, IndexMismatch, IndexMissing
from rag.manifest import SCHEMA_VERSION
from rag.store import Library
from rag.types import Chunk


def files(place: Place) -> list[Path]:
    return sorted(path for path in place.generation().rglob("*") if path.is_file())


def test_everything_is_read_back_as_it_was_written(built_once: Place) -> None:
    library = built_once.library()
    for path in library.paths:
        document = library.document(path)
        assert document.text == (built_once.settings.documents / path).read_text()
    assert library.paths == ["乙.md", "子目录/丙.txt", "甲.txt"]
    assert library.document("甲.txt").header.published == "2025-05-13"
    last = library.chunk(library.chunks_of(2)[-1])
    text = library.document("甲.txt").text
    start = text.index("一、总体要求")
    assert last == Chunk("甲.txt", start, len(text) - 1, text[start:-1], ("一、总体要求",))


def test_chunks_and_sentences_are_slices_of_their_document(built_once: Place) -> None:
    library = built_once.library()
    seen = []
    for number in range(library.size):
        chunk = library.chunk(number)
        text = library.document(chunk.document).text
        assert chunk.text == text[chunk.start : chunk.end]
        assert library.paths[library.document_of_chunk[number]] == chunk.document
        for sentence_number, sentence in library.sentences_of(number):
            assert sentence.text == text[sentence.start : sentence.end]
            assert chunk.start <= sentence.start < sentence.end <= chunk.end
            assert library.chunk_of_sentence[sentence_number] == sentence.chunk == number
            seen.append(sentence_number)
    assert seen == list(range(len(library.chunk_of_sentence)))


def test_the_nearest_passages_are_those_of_the_greatest_dot_product(built_once: Place) -> None:
    library = built_once.library()
    vector = built_once.embedder.embed_query("劳务培训")
    cosines = library.chunk_vectors(range(library.size)) @ vector
    numbers, found = library.nearest_chunks(vector, 100)
    assert sorted(numbers) == list(range(library.size))
    assert found == pytest.approx(cosines[numbers], abs=1e-6)
    assert found == pytest.approx(np.sort(cosines)[::-1], abs=1e-6)
    assert library.nearest_chunks(vector, 2)[0].tolist() == numbers[:2].tolist()
    sentences, _ = library.nearest_sentences(vector, 1)
    all_cosines = library.sentence_vectors(range(len(library.chunk_of_sentence))) @ vector
    assert all_cosines[sentences] == pytest.approx([all_cosines.max()])


def test_the_vector_of_a_sentence_is_that_of_its_text(built_once: Place) -> None:
    library = built_once.library()
    number, sentence = library.sentences_of(0)[0]
    assert library.sentence_vectors([number])[0] == pytest.approx(built_once.embedder.embed_query(sentence.text))


def test_a_document_the_index_does_not_hold_is_named(built_once: Place) -> None:
    with pytest.raises(DocumentMissing, match=r"没有文档 丁\.txt"):
        built_once.library().document("丁.txt")


def test_an_index_holds_no_pickle(built_once: Place) -> None:
    kinds = {path.suffix for path in files(built_once)}
    assert kinds == {".faiss", ".sqlite", ".json", ".npy"}
    for path in files(built_once):
        data = path.read_bytes()
        assert not data.startswith(b"\x80")
        if path.suffix == ".npy":
            assert np.load(path, allow_pickle=False).dtype != np.dtype(object)
        elif path.suffix == ".sqlite":
            assert data.startswith(b"SQLite format 3\0")
        elif path.suffix == ".faiss":
            assert isinstance(faiss.read_index(str(path)), faiss.IndexFlat)
    with sqlite3.connect(built_once.generation() / "texts.sqlite") as db:
        types = {row[0] for row in db.execute("SELECT typeof(text) FROM documents")}
    assert types == {"text"}


@pytest.mark.parametrize("damage", ["cut", "emptied", "replaced", "removed"])
def test_damage_to_any_file_is_told_in_one_sentence(built: Place, damage: str) -> None:
    for path in files(built):
        data = path.read_bytes()
        if damage == "cut":
            path.write_bytes(data[: len(data) // 2])
        elif damage == "emptied":
            path.write_bytes(b"")
        elif damage == "replaced":
            path.write_bytes(b"x" * len(data))
        else:
            path.unlink()
        with pytest.raises(IndexDamaged) as caught:
            built.library()
        assert path.relative_to(built.generation()).as_posix() in str(caught.value)
        assert "python -m rag index" in caught.value.chinese
        assert "\n" not in str(caught.value)
        path.write_bytes(data)
    assert built.library().size


@pytest.mark.parametrize(
    "name",
    [
        "texts.sqlite",
        "passages.faiss",
        "passage_words/bm25/data.csc.index.npy",
        "document_bigrams/frequencies.json",
    ],
)
def test_the_next_build_mends_a_damaged_index(built: Place, name: str) -> None:
    (built.generation() / name).write_bytes(b"")
    report = built.build()
    assert built.library().generation == report.generation
    assert built.library().size == report.chunks > 0


def test_a_missing_index_names_what_to_run(place: Place) -> None:
    with pytest.raises(IndexMissing, match="请先运行 python -m rag index"):
        place.library()


def test_an_index_of_another_model_names_both(built: Place) -> None:
    with pytest.raises(IndexMismatch) as caught:
        Library.open(built.settings.index, ("other", "abcdefghijklmnop"))
    message = str(caught.value)
    assert all(part in message for part in ("hash", "hash-bigrams", "other", "abcdefghijkl", "python -m rag index"))


def test_an_index_of_another_schema_names_both(built: Place) -> None:
    built.change_manifest(schema=99)
    with pytest.raises(
        IndexMismatch, match=f"格式版本是 99，现在使用的是 {SCHEMA_VERSION}，请运行 python -m rag index"
    ):
        built.library()


def test_texts_can_be_read_without_naming_a_model(built_once: Place) -> None:
    library = Library.open(built_once.settings.index, None)
    assert library.document("乙.md").title == "消费帮扶方案"


def test_an_open_index_outlives_its_removal(built: Place) -> None:
    library = built.library()
    for path in files(built):
        path.write_bytes(b"")
    for number in range(3):
        built.write("丁.txt", f"第{number}版。")
        built.build()
    assert not (built.settings.index / "generations" / library.generation).exists()
    assert library.chunk(0).text
    assert len(library.nearest_chunks(built.embedder.embed_query("甲"), 3)[0]) == 3


def test_identity_is_checked_before_files_are_read(built: Place) -> None:
    (built.generation() / "texts.sqlite").unlink()
    with pytest.raises(IndexMismatch):
        Library.open(built.settings.index, (IDENTITY[0], "other"))
