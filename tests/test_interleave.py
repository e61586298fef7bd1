"""A question about several things is searched for each of them, and each has its best passage at the top."""

import numpy as np
import pytest
from place import Place

from rag.interleave import interleave
from rag.ranking import Ranking
from rag.retrieve import rank, search


def _ranking(chunks: list[int], scores: list[float], documents: list[float]) -> Ranking:
    values = np.array(scores)
    parts = {"dense": values}
    return Ranking(np.array(chunks), values, np.array(documents), np.ones(2), parts=parts, cosines=values, sentence_cosines=values)  # fmt: skip


def test_the_best_of_each_part_comes_first_and_the_rest_by_its_best_score() -> None:
    whole = _ranking([1, 2, 3, 4], [0.9, 0.8, 0.2, 0.1], [0.5, 0.1])
    one, other = _ranking([1, 5, 3], [0.7, 0.6, 0.3], [0.2, 0.1]), _ranking([4, 6, 2], [0.5, 0.4, 0.1], [0.1, 0.9])
    both = interleave(whole, [("甲？", one), ("乙？", other)])
    assert both.chunks.tolist() == [1, 4, 2, 5, 6, 3]
    assert both.scores.tolist() == [0.9, 0.8, 0.8, 0.6, 0.4, 0.3]
    assert both.parts["dense"].tolist() == [0.9, 0.5, 0.8, 0.6, 0.4, 0.3]
    assert both.documents.tolist() == [0.5, 0.9]
    assert both.apart == {1, 4}
    assert both.reasons == {1: "问题分 2 部分检索，这一段最合“甲？”", 4: "问题分 2 部分检索，这一段最合“乙？”"}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    place = Place(tmp_path_factory.mktemp("interleave"))
    for number in range(8):
        place.write(f"广东{number}.txt", f"广东协作\n\n广东第{number}批帮扶资金分别投入产业园区，广东和西部共建。\n")
    same = (
        "投入帮扶资金由省级财政统筹安排，按年度下达，专款专用，接受审计监督，用于产业园区和劳务协作等方面的项目建设。"
    )
    place.write("浙江.txt", f"浙江协作\n\n浙江{same}\n")
    place.write("福建.txt", f"福建协作\n\n福建{same}\n")
    place.build()
    return place


def test_the_part_that_few_passages_are_about_is_among_the_first(place: Place) -> None:
    library, question = place.library(), "广东和浙江分别投入多少帮扶资金？"
    whole = rank(library, place.embedder.embed_query(question), question)
    assert "浙江.txt" not in [library.paths[number] for number in library.document_of_chunk[whole.chunks[:2]]]
    passages, _ = search(library, place.embedder, question, 5, explained=True)
    assert passages[0].document.startswith("广东")
    assert passages[1].document == "浙江.txt"
    assert passages[1].explanation is not None
    assert "这一段最合“浙江投入多少帮扶资金？”" in passages[1].explanation.reason
    scores = [passage.score for passage in passages]
    assert scores == sorted(scores, reverse=True)


def test_near_duplicates_that_answer_two_parts_are_both_shown(place: Place) -> None:
    passages, _ = search(place.library(), place.embedder, "浙江和福建分别由谁统筹安排？", 5)
    assert [passage.document for passage in passages[:2]] == ["浙江.txt", "福建.txt"]
    folded, _ = search(place.library(), place.embedder, "浙江投入帮扶资金由谁统筹安排？", 5)
    assert folded[0].document == "浙江.txt"
    assert [other.document for other in folded[0].duplicates] == ["福建.txt"]
