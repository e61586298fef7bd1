"""Question → passages: order, exact ranges, and what a question may be."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from place import Place

from rag.errors import QuestionError
from rag.retrieve import MAX_QUESTION, check_question, page_of, rank, search, top_passages
from rag.types import Document, Header


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Forty small documents of two sections each."""
    place = Place(tmp_path_factory.mktemp("many"))
    for number in range(40):
        place.write(
            f"文档{number}.txt",
            f"第{number}号方案\n\n来源：某报\n\n一、资金\n第{number}号项目投入资金{number * 10 + 3}万元。\n"
            f"二、人员\n第{number}号项目选派干部{number + 100}名。\n",
        )
    place.build()
    return place


def test_passages_are_exact_ranges_with_their_place(built_once: Place) -> None:
    passages, elapsed = search(built_once.library(), built_once.embedder, "帮助多少人就业")
    assert elapsed > 0
    first = passages[0]
    assert (first.document, first.title, first.page) == ("甲.txt", "产业协作办法", None)
    assert first.section == "一、总体要求"
    assert "（一）劳务协作" in first.text
    for passage in passages:
        text = (built_once.settings.documents / passage.document).read_text()
        assert passage.text == text[passage.start : passage.end]


def test_passages_are_ranked_from_one_by_falling_scores(many: Place) -> None:
    passages, _ = search(many.library(), many.embedder, "第17号项目投入多少资金", 25)
    assert [passage.rank for passage in passages] == list(range(1, 26))
    scores = [passage.score for passage in passages]
    assert scores == sorted(scores, reverse=True)
    assert 0 < scores[-1] <= scores[0] <= 1
    assert len({(passage.document, passage.start) for passage in passages}) == 25
    assert passages[0].text == "一、资金\n第17号项目投入资金173万元。\n二、人员\n第17号项目选派干部117名。"


def test_never_more_passages_than_asked_for_or_there_are(many: Place, built_once: Place) -> None:
    assert len(search(many.library(), many.embedder, "项目", 3)[0]) == 3
    everything = search(built_once.library(), built_once.embedder, "帮扶", 1000)[0]
    assert 0 < len(everything) <= built_once.library().size


def test_a_document_left_out_is_as_if_absent(many: Place) -> None:
    library = many.library()
    question = "第17号项目投入多少资金"
    vector = many.embedder.embed_query(question)
    absent = library.paths.index("文档17.txt")
    ranking = rank(library, vector, question, frozenset({absent}))
    documents = {passage.document for passage in top_passages(library, ranking, 200)}
    assert "文档17.txt" not in documents
    assert documents
    assert ranking.documents[absent] == 0 or ranking.documents[absent] < ranking.documents.max()


def test_the_same_question_gives_the_same_ranking(many: Place) -> None:
    one = search(many.library(), many.embedder, "选派干部多少名")[0]
    assert search(many.library(), many.embedder, "选派干部多少名")[0] == one


def test_scores_of_documents_and_passages_lie_between_nought_and_one(many: Place) -> None:
    ranking = rank(many.library(), many.embedder.embed_query("资金"), "资金")
    assert ranking.documents.shape == (40,)
    assert np.all((ranking.documents >= 0) & (ranking.documents <= 1 + 1e-9))
    assert np.all((ranking.scores > 0) & (ranking.scores <= 1 + 1e-9))


@given(st.text(max_size=60))
@hypothesis_settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_question_is_searched_or_refused_with_a_sentence(built_once: Place, question: str) -> None:
    try:
        passages, _ = search(built_once.library(), built_once.embedder, question)
    except QuestionError:
        assert not any(char.isalnum() for char in question)
    else:
        assert len(passages) <= 10


@pytest.mark.parametrize("question", ["", " ", "　\n\t", "\0", "？！。……", "😀👍🏽", "\ud800", "\u200b\u200d", "——"])
def test_questions_without_words_are_refused(question: str) -> None:
    with pytest.raises(QuestionError, match="没有可检索的文字"):
        check_question(question)


@pytest.mark.parametrize(
    ("question", "checked"),
    [
        ("  资金多少？\n", "资金多少？"),
        ("资金\0多少", "资金 多少"),
        ("资金\x1b[31m多少", "资金 [31m多少"),
        ("资金\ud83d多少", "资金 多少"),
        ("资金😀", "资金😀"),
        ("第一行\n第二行", "第一行\n第二行"),
        ("3", "3"),
    ],
)
def test_control_characters_become_spaces(question: str, checked: str) -> None:
    assert check_question(question) == checked


def test_questions_may_have_two_thousand_characters_and_no_more() -> None:
    assert check_question("问" * MAX_QUESTION) == "问" * MAX_QUESTION
    with pytest.raises(QuestionError, match="20000 个字符，超过上限 2000"):
        check_question("问" * 20_000)


def test_the_page_is_that_of_the_offset() -> None:
    document = Document("甲.pdf", "甲乙丙丁", Header(), (), ((0, 2), (2, 4)))
    assert [page_of(document, offset) for offset in (0, 1, 2, 3, 4)] == [1, 1, 2, 2, None]
    assert page_of(Document("甲.txt", "甲", Header(), ()), 0) is None
