"""What a refusal says, and how the two judgements of a confidence are put together."""

import math
import re
from dataclasses import replace

import numpy as np
import pytest
from place import Place

from rag.answer import answer_question
from rag.confidence import TOPIC_FEATURES, Measured
from rag.fitting import FIT_FEATURES
from rag.refusing import looked_for, refusal, what_helps
from rag.regression import auc, fit_logistic
from rag.settings import Tuning
from rag.weights import CONFIDENCE_FEATURES, UNREAD, both, load_weights, said_best


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("2023年天津给甘肃拨了多少财政帮扶资金？", "要找的是：2023年、天津、甘肃，关于“财政帮扶资金”的金额。"),
        ("《某办法》第二十条什么时候施行？", "要找的是：《某办法》、第20条，时间。"),
        ("从1996到2017，北京投了多少钱？", "要找的是：1996—2017年、北京，金额。"),
        ("第27次联席会议是哪位领导主持的？", "要找的是：第27次，关于“联席会议、领导”的人。"),
        ("办法的文号是多少？", "要找的是：关于“办法”的文号。"),
        ("明天下雨吗？", ""),
    ],
)
def test_what_was_looked_for_is_told_in_the_question_s_own_names(question: str, said: str) -> None:
    assert looked_for(question) == said


@pytest.mark.parametrize(
    ("question", "missing", "helps"),
    [
        ("2024年闽宁协作投入多少资金？", (), "宁夏、福建2024年的统计公报、年鉴或工作总结"),
        ("《某办法》怎么规定？", ("《某办法》", "第3条"), "《某办法》的原文"),
        ("国发〔2031〕1号讲什么？", ("国发〔2031〕1号",), "国发〔2031〕1号的原文"),
        ("2022年的现场会在哪里开的？", (), "2022年现场会的报道或纪要"),
        ("粤黔工作队的领队叫什么名字？", (), "广东、贵州的任职公告、机构简介或报道"),
        ("为什么不能相加？", (), "有关的政策解读或答记者问"),
    ],
)
def test_what_would_help_follows_from_what_is_asked(question: str, missing: tuple[str, ...], helps: str) -> None:
    assert what_helps(question, missing) == helps


def test_a_refusal_names_years_and_documents_that_are_not_there_and_no_figure_of_the_documents(place: Place) -> None:
    place.write("甲.md", "# 2021年1,200万元概况\n\n## 第3节\n\n2021年福建共同建设园区37个。\n")
    place.build()
    answer = answer_question(
        place.library(),
        place.embedder,
        "《劳务协作管理办法》说2031年福建建设园区多少个？",
        tuning=Tuning(threshold=1.0),
    )
    assert answer.refused
    assert "文档里没有《劳务协作管理办法》。" in answer.answer and "没有文档提到2031年。" in answer.answer
    assert "最接近的是《…年…万元概况》的“第…节”，可点开核对。" in answer.answer
    assert "如果有《劳务协作管理办法》的原文，" in answer.answer
    assert set(re.findall(r"\d+", answer.answer)) == {"2031"}
    there = refusal(place.library(), "2021年福建建设园区多少个？", answer.passages)
    assert "没有文档提到" not in there and "文档里没有" not in there


def test_a_confidence_is_the_product_of_both_judgements() -> None:
    for topic, fit in ((0.3, -1.2), (4.0, 2.0), (-7.0, 9.0)):
        said = UNREAD + (1 - UNREAD) / (1 + math.exp(-fit))
        p = said / (1 + math.exp(-topic))
        assert both(topic, fit) == pytest.approx(math.log(p / (1 - p)))
    assert both(30.0, -30.0) == pytest.approx(math.log(UNREAD / (1 - UNREAD)))


@pytest.mark.parametrize(
    ("question", "missing"),
    [
        ("福建派出干部多少名？", {}),
        ("福建2021年派出干部多少名？", {}),
        ("福建投入宁夏多少资金？", {"kinds_missing": 1.0}),
        ("深圳派出干部多少名？", {"places_missing": 1.0}),
        ("福建2019年派出干部多少名？", {"time_missing": 1.0}),
    ],
)
def test_what_the_sentence_that_says_it_best_lacks(place: Place, question: str, missing: dict[str, float]) -> None:
    place.write("甲.txt", "福建支持宁夏建设园区。\n福建2021年派出干部37名到宁夏。\n2019年举行会议。\n")
    place.build()
    answer = answer_question(place.library(), place.embedder, question, explained=True)
    assert answer.explanation is not None
    values = {factor.name: factor.value for factor in answer.explanation.factors}
    lacking = ("time_missing", "places_missing", "numbers_missing", "kinds_missing")
    assert {name: values[name] for name in lacking if values[name]} == missing
    assert not missing or answer.refused


def test_the_features_of_a_confidence_add_up_to_it() -> None:
    count = len(FIT_FEATURES)
    weights = replace(
        load_weights(),
        topic=(1.0, *[0.0] * (len(TOPIC_FEATURES) - 1)),
        topic_bias=0.5,
        fit=(-2.0, *[0.0] * (count - 1)),
        bias=1.0,
    )
    measured = Measured(np.ones(len(TOPIC_FEATURES)), (np.ones((1, count)),))
    features = weights.confidence_features(measured)
    assert len(features) == len(CONFIDENCE_FEATURES) == len(weights.confidence)
    expected = (UNREAD + (1 - UNREAD) / (1 + math.exp(1.0))) / (1 + math.exp(-1.5))
    assert weights.probability(features) == pytest.approx(expected)


def test_the_sentence_that_says_it_best_counts_and_of_several_things_the_mean() -> None:
    one, other = np.array([[1.0, 0.0], [0.0, 3.0]]), np.array([[1.0, 1.0]])
    weights = np.array([-2.0, -1.0])
    assert said_best((one,), weights).tolist() == [1.0, 0.0]
    assert said_best((one, other), weights).tolist() == [1.0, 0.5]


def test_logistic_regression_finds_the_feature_that_tells_and_weights_move_the_intercept() -> None:
    rng = np.random.default_rng(0)
    labels = (np.arange(200) % 4 > 0).astype(float)
    features = np.column_stack([labels + 0.5 * rng.standard_normal(200), rng.standard_normal(200)])
    slopes, bias = fit_logistic(features, labels, np.ones(200))
    assert slopes[0] > 10 * abs(slopes[1])
    assert auc(features[labels == 1] @ slopes, features[labels == 0] @ slopes) > 0.9
    p = 1 / (1 + np.exp(-(features @ slopes + bias)))
    assert p.mean() == pytest.approx(0.75, abs=1e-6)
    even = np.where(labels == 1, 1 / 150, 1 / 50)
    slopes, bias = fit_logistic(features, labels, even)
    p = 1 / (1 + np.exp(-(features @ slopes + bias)))
    assert float(p @ even / even.sum()) == pytest.approx(0.5, abs=1e-6)
