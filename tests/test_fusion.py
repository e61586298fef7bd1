"""Weights of the parts, near-duplicates, reranking, and why a passage stands where it does."""

import numpy as np
import pytest
from place import Place

from rag import rerank as rerank_module
from rag.candidates import PARTS, normalised
from rag.diversity import near_duplicates
from rag.fusion import fitted_weights, part_weights
from rag.jsonout import search_json
from rag.printing import print_passages
from rag.query import embed_question
from rag.retrieve import rank, search, top_passages
from rag.settings import DEFAULT_TUNING, Tuning
from rag.words import bigrams


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    place = Place(tmp_path_factory.mktemp("fusion"))
    for number in range(12):
        place.write(
            f"文档{number}.txt", f"第{number}号方案\n\n第{number}号项目投入资金{number * 10 + 3}万元，选派干部。\n"
        )
    reprint = "关于产业园区建设的通知\n\n产业园区的用地由县级人民政府统筹安排，优先保障劳动密集型企业落户，所需资金列入年度预算。\n"
    place.write("通知.txt", reprint)
    place.write("转载.txt", reprint.replace("落户，", "落户,"))
    place.write("旧通知.txt", reprint.replace("年度预算", "2019年度预算"))
    place.build()
    return place


def test_weights_come_from_the_file_and_sum_to_one() -> None:
    weights = part_weights(DEFAULT_TUNING, 1.0)
    assert set(weights) == set(PARTS)
    assert sum(weights.values()) == pytest.approx(1)
    total = sum(fitted_weights().values())
    assert weights["words"] == pytest.approx(fitted_weights()["words"] / total)


def test_a_question_of_unknown_words_leans_on_its_vector() -> None:
    known, half, unknown = (part_weights(DEFAULT_TUNING, share) for share in (1.0, 0.25, 0.0))
    assert unknown["words"] == unknown["bigrams"] == 0
    assert unknown["sentence"] > half["sentence"] > known["sentence"]
    assert half["words"] / half["dense"] == pytest.approx(known["words"] / known["dense"] / 2)


def test_settings_go_before_the_fitted_weights() -> None:
    only_words = Tuning(dense_weight=0, sentence_weight=0, words_weight=1, bigrams_weight=0, document_weight=0)
    assert part_weights(only_words, 1.0)["words"] == 1
    assert part_weights(only_words, 0.0)["words"] == 1


def test_scores_are_stretched_over_the_best_of_those_present() -> None:
    values = np.array([1.0, 3.0, 2.0, 9.0, np.nan])
    present = np.array([True, True, True, False, True])
    assert normalised(values, present).tolist() == [0, 1, 0.5, 0, 0]
    assert normalised(np.array([2.0, 2.0]), np.array([True, True])).tolist() == [1, 1]


def test_near_duplicates_are_listed_with_the_first_and_other_figures_are_not(place: Place) -> None:
    passages, _ = search(place.library(), place.embedder, "产业园区的用地由谁统筹安排", 5)
    assert [passage.rank for passage in passages] == [1, 2, 3, 4, 5]
    passages = [passage for passage in passages if passage.text.startswith("产业园区的用地")]
    shown = {passage.document: [other.document for other in passage.duplicates] for passage in passages}
    first = "通知.txt" if "通知.txt" in shown else "转载.txt"
    assert shown[first] == ["转载.txt" if first == "通知.txt" else "通知.txt"]
    assert shown["旧通知.txt"] == []
    other = next(passage for passage in passages if passage.duplicates).duplicates[0]
    text = (place.settings.documents / other.document).read_text()
    assert text[other.start : other.end].startswith("产业园区的用地")


def test_nearly_the_same_words_are_not_enough_where_figures_differ() -> None:
    one, other = "东部八省市投入财政援助资金231.9亿元", "东部八省市投入财政援助资金228.7亿元"
    assert near_duplicates(frozenset(bigrams(one)), frozenset(bigrams(one)))
    assert not near_duplicates(frozenset(bigrams(one)), frozenset(bigrams(other)))


def test_the_explanation_adds_up_to_the_score(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    passages, elapsed = search(place.library(), place.embedder, "第7号项目投入多少资金", 3, explained=True)
    explanation = passages[0].explanation
    assert explanation is not None
    assert sum(float(part["share"] or 0) for part in explanation.parts.values()) == pytest.approx(
        passages[0].score, abs=1e-3
    )
    assert {"投入", "资金", "7"} <= set(explanation.words)
    assert explanation.reason.startswith("第 1：")
    assert set(explanation.parts) == set(PARTS)
    row = search_json(None, "问", passages, elapsed)["passages"][0]
    assert row["explanation"]["parts"]["words"]["rank"] == explanation.parts["words"]["rank"]
    print_passages(passages)
    assert "词语" in capsys.readouterr().out


def test_without_asking_there_is_no_explanation(place: Place) -> None:
    passages, elapsed = search(place.library(), place.embedder, "资金", 2)
    assert "explanation" not in search_json(None, "资金", passages, elapsed)["passages"][0]


class _ShortestFirst:
    """A cross-encoder that likes the passage with the smallest figure."""

    def predict(self, pairs: list[tuple[str, str]], show_progress_bar: bool) -> list[float]:
        return [10.0 if "第3号" in text else 0.0 for _, text in pairs]


def test_a_cross_encoder_reorders_the_first(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    question = "号项目投入资金多少万元"
    vector = embed_question(place.embedder, question)
    before = rank(place.library(), vector, question)
    monkeypatch.setattr(rerank_module, "load_cross_encoder", lambda model: _ShortestFirst())
    after = rank(place.library(), vector, question, tuning=Tuning(reranker_model="some/model"))
    assert sorted(after.chunks.tolist()) == sorted(before.chunks.tolist())
    passages = top_passages(place.library(), after, 10)
    assert passages[0].document == "文档3.txt" or before.scores[0] - before.scores[-1] == 0
    assert after.scores.tolist() == sorted(after.scores.tolist(), reverse=True)
    assert after.parts["reranker"].max() == 1


def test_a_cross_encoder_that_is_missing_falls_away_with_a_message(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    question = "资金多少"
    vector = embed_question(place.embedder, question)
    rerank_module.load_cross_encoder.cache_clear()
    tuning = Tuning(reranker_model="/no/such/folder")
    assert rank(place.library(), vector, question, tuning=tuning).chunks.tolist() == (
        rank(place.library(), vector, question).chunks.tolist()
    )
    rank(place.library(), vector, question, tuning=tuning)
    assert capsys.readouterr().err.count("重排模型 /no/such/folder 无法载入") == 1
