"""Reranking with the real CrossEncoder class, on a tiny model with random weights made on the spot."""

from pathlib import Path

import numpy as np
import pytest
from place import Place

from rag.rerank import load_cross_encoder
from rag.retrieve import rank_question, search
from rag.settings import Tuning

QUESTION = "第3号项目投入资金多少万元？"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    place = Place(tmp_path_factory.mktemp("cross"))
    for number in range(25):
        place.write(
            f"文档{number}.txt", f"第{number}号方案\n\n第{number}号项目投入资金{number * 10 + 3}万元，选派干部。\n"
        )
    place.build()
    return place


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    import torch
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizer

    folder = tmp_path_factory.mktemp("model")
    characters = sorted(set("第号方案项目投入资金多少万元选派干部？，。0123456789"))
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *characters, *(f"##{char}" for char in "0123456789")]
    (folder / "vocab.txt").write_text("\n".join(vocabulary) + "\n", encoding="utf-8")
    BertTokenizer(str(folder / "vocab.txt")).save_pretrained(folder)
    torch.manual_seed(1)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=128,
        num_labels=1,
        initializer_range=1.0,
    )
    BertForSequenceClassification(config).save_pretrained(folder)
    return str(folder)


def test_the_first_twenty_are_reordered_by_half_the_models_score(place: Place, model: str) -> None:
    library = place.library()
    before = rank_question(library, place.embedder, QUESTION)
    after = rank_question(library, place.embedder, QUESTION, tuning=Tuning(reranker_model=model))
    encoder = load_cross_encoder(model)
    assert encoder is not None
    first = [library.chunk(int(number)) for number in before.chunks[:20]]
    judged = np.asarray(
        encoder.predict(
            [(QUESTION, f"{library.document(chunk.document).title}\n{chunk.text}") for chunk in first],
            show_progress_bar=False,
        ),
        dtype=float,
    )
    assert np.unique(judged.round(6)).size > 10
    own = (judged - judged.min()) / (judged.max() - judged.min())
    low, high = before.scores[19], before.scores[0]
    mixed = 0.5 * before.scores[:20] + 0.5 * (low + own * (high - low))
    assert after.chunks[:20].tolist() == before.chunks[:20][np.argsort(-mixed, kind="stable")].tolist()
    assert after.chunks[:20].tolist() != before.chunks[:20].tolist()
    assert after.chunks[20:].tolist() == before.chunks[20:].tolist()
    np.testing.assert_allclose(after.scores[:20], np.sort(mixed)[::-1], rtol=1e-5)
    assert np.all(np.diff(after.scores) <= 0)


def test_the_explanation_names_the_model(place: Place, model: str) -> None:
    tuning = Tuning(reranker_model=model)
    passages, _ = search(place.library(), place.embedder, QUESTION, 20, tuning=tuning, explained=True)
    scores = [p.explanation.parts["reranker"]["score"] for p in passages if p.explanation is not None]
    assert (min(map(float, filter(None, scores))) > 0, max(float(s or 0) for s in scores)) == (True, 1.0)


def test_what_a_question_names_stays_first_whatever_the_model_says(place: Place, model: str) -> None:
    tuning = Tuning(reranker_model=model)
    for number in (3, 17):
        ranking = rank_question(place.library(), place.embedder, f"《第{number}号方案》投入多少？", tuning=tuning)
        assert place.library().chunk(int(ranking.chunks[0])).document == f"文档{number}.txt"


@pytest.mark.parametrize("broken", ["missing", "empty", "no weights"])
def test_a_model_that_cannot_be_loaded_falls_away_with_one_message(
    broken: str, place: Place, model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "model"
    if broken != "missing":
        folder.mkdir()
    if broken == "no weights":
        (folder / "config.json").write_bytes((Path(model) / "config.json").read_bytes())
    before = rank_question(place.library(), place.embedder, QUESTION)
    for _ in range(2):
        after = rank_question(place.library(), place.embedder, QUESTION, tuning=Tuning(reranker_model=str(folder)))
        assert after.chunks.tolist() == before.chunks.tolist()
        assert "reranker" not in after.parts
    assert capsys.readouterr().err.count(f"重排模型 {folder} 无法载入") == 1
