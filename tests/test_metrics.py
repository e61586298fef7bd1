"""Measures against examples worked by hand, and against ir-measures called directly."""

import math
import random
from dataclasses import replace

import ir_measures
import numpy as np
import pytest

from rag.evaluate.bootstrap import interval, mcnemar, paired_interval, resample
from rag.evaluate.metrics import METRICS, RANKING, Auc, Ratio, ranking_measures, recall_of_needs, statistics, value_of
from rag.evaluate.outcomes import Cited, Outcome
from rag.evaluate.relevance import Ranks, is_relevant, overlaps, ranks_of
from rag.evaluate.summary import measure, reliability, summarise

RIGHT = Cited("a.md", 0, 5, right=True, verbatim=True)
WRONG = Cited("a.md", 5, 9, right=False, verbatim=True)
FORGED = Cited("a.md", 0, 5, right=True, verbatim=False)


def outcome(number: int, *, answerable: bool = True, **fields: object) -> Outcome:
    blank = Outcome(f"q{number}", "问？", "date", "dev", answerable, ("a.md",) if answerable else (), f"k{number}")
    return replace(blank, **fields)  # type: ignore[arg-type]


def values(*outcomes: Outcome) -> dict[str, float | None]:
    found = statistics(outcomes)
    return {name.removeprefix("answers."): value_of(found[name], len(outcomes)) for name in METRICS}


def test_a_passage_is_relevant_when_it_holds_the_first_40_characters_or_lies_inside() -> None:
    long, short = (100, 200), (100, 110)
    assert is_relevant(90, 140, long) and not is_relevant(90, 139, long)
    assert is_relevant(120, 150, long) and is_relevant(100, 200, long) and is_relevant(150, 200, long)
    assert not is_relevant(150, 201, long)
    assert is_relevant(100, 110, short) and not is_relevant(90, 109, short) and is_relevant(101, 105, short)


def test_ranges_that_only_touch_do_not_overlap() -> None:
    assert overlaps(("a", 0, 5), [("a", 4, 9)])
    assert not overlaps(("a", 0, 5), [("a", 5, 9)])
    assert not overlaps(("a", 0, 5), [("b", 0, 5)])


def test_one_ranking_by_hand() -> None:
    # Relevant items at ranks 2 and 4, a third one not found.
    ranks = ranks_of([10, 11, 12, 13], [frozenset({11, 13}), frozenset({99})])
    assert ranks == Ranks((2, 4), 3, (2, None))
    found = {name: float(row[0]) for name, row in ranking_measures([ranks]).items()}
    dcg = 1 / math.log2(3) + 1 / math.log2(5)
    ideal = 1 + 1 / math.log2(3) + 1 / math.log2(4)
    assert found == pytest.approx(
        {
            "success@1": 0,
            "success@3": 1,
            "success@5": 1,
            "success@10": 1,
            "mrr@10": 1 / 2,
            "ndcg@10": dcg / ideal,
            "map": (1 / 2 + 2 / 4) / 3,
        }
    )
    assert recall_of_needs([ranks], 1)[0] == 0
    assert recall_of_needs([ranks], 5)[0] == 0.5


def test_what_lies_behind_rank_ten_counts_for_map_only() -> None:
    found = {name: float(row[0]) for name, row in ranking_measures([Ranks((11,), 1, (11,))]).items()}
    assert found.pop("map") == pytest.approx(1 / 11)
    assert set(found.values()) == {0.0}


def test_alternatives_count_once_and_needs_each() -> None:
    both = Ranks((1, 7), 4, (1, 7))
    assert recall_of_needs([both, Ranks((3,), 2, (3,)), Ranks()], 5).tolist() == [0.5, 1.0, 0.0]
    assert recall_of_needs([both], 10).tolist() == [1.0]


def test_a_question_without_relevant_passages_counts_zero() -> None:
    rows = ranking_measures([Ranks((1,), 1, (1,)), Ranks((), 3, (None,)), Ranks()])
    assert all(row.tolist() == [1.0, 0.0, 0.0] for row in rows.values())


@pytest.mark.parametrize("seed", range(5))
def test_equal_to_ir_measures_called_directly(seed: int) -> None:
    random.seed(seed)
    qrels: dict[str, dict[str, int]] = {}
    run: dict[str, dict[str, float]] = {}
    ranks = []
    for question in range(40):
        ranking = random.sample(range(60), random.choice([0, 1, 9, 50]))
        relevant = frozenset(random.sample(range(60), random.randint(1, 6)))
        qrels[str(question)] = {str(item): int(item in relevant) for item in range(60)}
        run[str(question)] = {str(item): 1 / rank for rank, item in enumerate(ranking, start=1)}
        ranks.append(ranks_of(ranking, [relevant]))
    ours = ranking_measures(ranks)
    theirs = ir_measures.calc_aggregate([ir_measures.parse_measure(name) for name in RANKING.values()], qrels, run)
    assert {RANKING[name]: float(row.mean()) for name, row in ours.items()} == pytest.approx(
        {str(measure): value for measure, value in theirs.items()}
    )
    # Where each need has exactly one passage, the share of needs is ordinary recall.
    single = [ranks_of([0, 1, 2, 3, 4, 5, 6], [frozenset({1}), frozenset({6}), frozenset({9})])]
    recall = ir_measures.calc_aggregate(
        [ir_measures.parse_measure("R@5")],
        {"q": {"1": 1, "6": 1, "9": 1}},
        {"q": {str(item): -float(item) for item in range(7)}},
    )
    assert recall_of_needs(single, 5)[0] == pytest.approx(next(iter(recall.values())))


def test_answers_by_hand() -> None:
    found = values(
        outcome(1, facts=True, citations=(RIGHT,), needs_cited=(True,), sentences=1, characters=20, confidence=0.9),
        outcome(2, citations=(RIGHT, WRONG), needs_cited=(True, False), sentences=3, characters=60, confidence=0.8),
        outcome(3, refused=True, needs_cited=(False,), confidence=0.3),
        outcome(4, answerable=False, refused=True, confidence=0.2),
        outcome(5, answerable=False, citations=(FORGED,), sentences=2, unsupported=1, characters=40, confidence=0.8),
    )
    assert found["facts"] == pytest.approx(1 / 3)
    assert found["correct"] == pytest.approx(2 / 5)  # 1 and 4
    assert found["answered"] == pytest.approx(2 / 3)
    assert found["citation_precision"] == pytest.approx((1 + 1 / 2) / 2)
    assert found["citation_recall"] == pytest.approx((1 + 1 / 2 + 0) / 3)
    assert found["quotes_verbatim"] == pytest.approx(3 / 4)
    assert found["refusal_precision"] == pytest.approx(1 / 2)
    assert found["refusal_recall"] == pytest.approx(1 / 2)
    assert found["refusal_f1"] == pytest.approx(1 / 2)
    # Pairs: .9, .8, .3 against .2 all right; against .8 one right, one tie, one wrong.
    assert found["refusal_auc"] == pytest.approx((3 + 1 + 0.5) / 6)
    assert found["unsupported"] == pytest.approx(1 / 6)
    assert found["sentences"] == pytest.approx(6 / 3)
    assert found["characters"] == pytest.approx(120 / 3)


def test_unanswerable_questions_do_not_count_in_retrieval() -> None:
    hit = outcome(1, passages=Ranks((1,), 1, (1,)), by_document=Ranks((2,), 1, (2,)))
    found = values(hit, outcome(2, answerable=False))
    assert found["retrieval.passage.success@1"] == 1.0
    assert found["retrieval.document.success@1"] == 0.0
    assert found["retrieval.document.recall@5"] == 1.0


def test_a_failed_question_counts_zero() -> None:
    good = outcome(
        1, facts=True, passages=Ranks((1,), 1, (1,)), needs_cited=(True,), citations=(RIGHT,), confidence=0.6
    )
    failed = outcome(2, error="x", passages=Ranks((), 1, (None,)), needs_cited=(False,))
    not_refused = outcome(3, answerable=False, error="x")
    refused = outcome(4, answerable=False, refused=True, confidence=0.1)
    found = values(good, failed, not_refused, refused)
    assert found["retrieval.passage.success@1"] == found["facts"] == found["citation_recall"] == 0.5
    assert found["citation_precision"] == 0.5
    assert found["refusal_recall"] == 0.5 and found["refusal_precision"] == 1.0
    assert found["correct"] == 0.5
    # The failed answerable question loses against both others, the failed unanswerable one against both.
    assert found["refusal_auc"] == pytest.approx(1 / 4)


def test_what_cannot_be_measured_is_undefined() -> None:
    only_answerable = values(outcome(1, facts=True, confidence=0.9))
    assert only_answerable["refusal_recall"] is None and only_answerable["refusal_auc"] is None
    assert only_answerable["refusal_precision"] is None and only_answerable["refusal_f1"] is None
    only_unanswerable = values(outcome(1, answerable=False, refused=True))
    assert only_unanswerable["facts"] is None and only_unanswerable["retrieval.passage.map"] is None
    assert only_unanswerable["refusal_recall"] == 1.0 and only_unanswerable["quotes_verbatim"] is None


def test_reliability_by_hand() -> None:
    found = reliability(
        [
            outcome(1, confidence=1.0),
            outcome(2, confidence=0.92),
            outcome(3, answerable=False, confidence=0.9),
            outcome(4, answerable=False, confidence=0.25),
            outcome(5, error="x"),
        ]
    )
    last, third = found["bins"][9], found["bins"][2]
    assert (last["questions"], last["confidence"], last["answerable"]) == (3, 0.94, round(2 / 3, 4))
    assert (third["questions"], third["confidence"], third["answerable"]) == (1, 0.25, 0.0)
    assert found["bins"][0] == {"from": 0.0, "to": 0.1, "questions": 0, "confidence": None, "answerable": None}
    assert found["ece"] == pytest.approx((abs(2 - 2.82) + 0.25) / 4, abs=1e-4)
    assert found["brier"] == pytest.approx((0 + 0.08**2 + 0.81 + 0.0625) / 4, abs=1e-4)


def test_a_type_without_answers_is_told_from_all_answerable_questions() -> None:
    near = outcome(3, answerable=False, confidence=0.5)
    found = summarise(
        [outcome(1, confidence=0.4), outcome(2, confidence=0.9), replace(near, type="near"), outcome(4, confidence=0.6)]
    )
    assert found["by_type"]["near"]["answers"]["refusal_auc"] == pytest.approx(2 / 3, abs=1e-4)
    assert found["by_type"]["near"]["answers"]["refusal_precision"] is None
    assert found["by_type"]["date"]["answers"]["refusal_auc"] is None


def test_resamples_draw_as_many_questions_as_there_are_and_are_the_same_every_time() -> None:
    draws = resample(7, 50)
    assert draws.shape == (50, 7) and (draws.sum(1) == 7).all()
    assert (draws == resample(7, 50)).all() and not (draws == resample(7, 50, seed=1)).all()


def test_an_interval_is_as_wide_as_the_binomial_says() -> None:
    share = Ratio(np.repeat([1.0, 0.0], [80, 20]), np.ones(100))
    low, high = interval(share, resample(100)) or (0, 0)
    deviation = math.sqrt(0.8 * 0.2 / 100)
    assert low == pytest.approx(0.8 - 1.96 * deviation, abs=0.02)
    assert high == pytest.approx(0.8 + 1.96 * deviation, abs=0.02)


def test_weights_are_the_same_as_repeating_questions() -> None:
    rng = np.random.default_rng(3)
    confidence, answerable = rng.integers(0, 5, 20) / 5, rng.random(20) < 0.6
    counts = rng.integers(0, 4, 20)
    repeated = Auc(np.repeat(confidence, counts), np.repeat(answerable, counts))
    weighted = Auc(confidence, answerable).values(counts[None, :].astype(float))[0]
    assert weighted == pytest.approx(value_of(repeated, int(counts.sum())))


def test_a_pair_of_equal_statistics_differs_by_nothing() -> None:
    one = Ratio(np.array([1.0, 0.0, 1.0]), np.ones(3))
    better = Ratio(np.array([1.0, 1.0, 1.0]), np.ones(3))
    assert paired_interval(one, one, resample(3)) == (0.0, 0.0)
    low, high = paired_interval(one, better, resample(3)) or (0, 0)
    assert low == 0.0 and high == pytest.approx(2 / 3, abs=0.35)
    assert interval(Ratio(np.zeros(3), np.zeros(3)), resample(3)) is None


def test_mcnemar_by_hand() -> None:
    assert mcnemar(0, 0) == 1.0
    assert mcnemar(6, 0) == 2 / 2**6
    assert mcnemar(1, 9) == mcnemar(9, 1) == 2 * (1 + 10) / 2**10
    assert mcnemar(4, 4) == 1.0


def test_measures_stand_where_the_contract_has_them() -> None:
    found = measure([outcome(1, facts=True, passages=Ranks((1,), 1, (1,)))])
    assert found["retrieval"]["passage"]["success@1"] == 1.0
    assert found["answers"]["facts"] == 1.0
    assert list(found["intervals"]) == list(METRICS)
