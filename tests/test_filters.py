"""Filters by issuer, date, name and validity: which documents they let in, and what is said where none is left."""

import json

import pytest
from place import CommandLine, Place, is_one_sentence_line
from support import HashEmbedder

from rag.errors import UsageError
from rag.filters import EVERYTHING, Filter, describe, left_out_by, make_filter
from rag.retrieve import rank, search

DOCUMENTS = {
    "a/园区办法.txt": "园区办法\n\n发文机关：西岭州财政局、西岭州乡村振兴局\n成文日期：2021年3月5日\n施行日期：2021-05-01\n\n园区由两地共建，资金专款专用。\n",
    "a/劳务通知.txt": "劳务通知\n\n发文机关：西岭州人民政府\n成文日期：2022-07\n\n园区用工由劳务站组织。\n",
    "网页.md": "# 园区纪事\n\n发布日期：2020-12-31\n来源：西岭日报\n\n园区今天开园。\n",
    "无日期.txt": "园区备忘\n\n来源：某处\n\n园区还没有名字。\n",
}
ALL = sorted(DOCUMENTS)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Place:
    place = Place(tmp_path_factory.mktemp("filled"))
    for name, text in DOCUMENTS.items():
        place.write(name, text)
    place.build()
    return place


def kept(place: Place, only: Filter) -> list[str]:
    library = place.library()
    out = left_out_by(library, only)
    return [path for number, path in enumerate(library.paths) if number not in out]


@pytest.mark.parametrize(
    ("only", "names"),
    [
        (EVERYTHING, ALL),
        (Filter(issuer="西岭州"), ["a/劳务通知.txt", "a/园区办法.txt"]),
        (Filter(issuer="乡村振兴局"), ["a/园区办法.txt"]),
        (Filter(issuer="西岭日报"), []),
        (Filter(after="2021"), ["a/劳务通知.txt", "a/园区办法.txt"]),
        (Filter(after="2021-03-05"), ["a/劳务通知.txt", "a/园区办法.txt"]),
        (Filter(after="2021-03-06"), ["a/劳务通知.txt"]),
        (Filter(after="2022-07-31"), ["a/劳务通知.txt"]),
        (Filter(after="2022-08"), []),
        (Filter(before="2020"), ["网页.md"]),
        (Filter(before="2021-03-05"), ["a/园区办法.txt", "网页.md"]),
        (Filter(before="2022-07-01"), ["a/劳务通知.txt", "a/园区办法.txt", "网页.md"]),
        (Filter(after="2021", before="2021"), ["a/园区办法.txt"]),
        (Filter(document="园区"), ["a/园区办法.txt", "无日期.txt", "网页.md"]),
        (Filter(document="a/*"), ["a/劳务通知.txt", "a/园区办法.txt"]),
        (Filter(document="*.MD"), ["网页.md"]),
        (Filter(document="a/?区办法.txt"), ["a/园区办法.txt"]),
        (Filter(valid_on="2021-04-30"), ["无日期.txt", "网页.md"]),
        (Filter(valid_on="2021-05-01"), ["a/园区办法.txt", "无日期.txt", "网页.md"]),
        (Filter(issuer="西岭", after="2022", document="通知"), ["a/劳务通知.txt"]),
    ],
)
def test_a_filter_lets_in_the_documents_that_meet_it(filled: Place, only: Filter, names: list[str]) -> None:
    assert kept(filled, only) == names


def test_passages_come_only_from_what_meets_the_filter_and_as_many_as_there_are(filled: Place) -> None:
    library = filled.library()
    found, _ = search(library, HashEmbedder(), "园区什么时候开园", 10, only=Filter(document="无日期"))
    assert {passage.document for passage in found} == {"无日期.txt"}
    assert len(found) == len(library.chunks_of(library.paths.index("无日期.txt")))


def test_a_filter_ranks_before_it_cuts(place: Place) -> None:
    for number in range(300):
        place.write(f"近/{number}.txt", f"园区开园纪事{number}\n\n园区开园的时间是第{number}天。\n")
    place.write("远/备忘.txt", "备忘\n\n天气晴。\n")
    place.build()
    library = place.library()
    far = library.paths.index("远/备忘.txt")
    question = "园区开园的时间"
    vector = HashEmbedder().embed_query(question)
    assert far not in library.document_of_chunk[rank(library, vector, question).chunks]
    found, _ = search(library, HashEmbedder(), question, 10, only=Filter(document="远/*"))
    assert [passage.document for passage in found] == ["远/备忘.txt"] * len(library.chunks_of(far))


@pytest.mark.parametrize(
    "value", ["昨天", "2021-13", "2021-02-30", "", "21", "2021年3月五十日", "0000", "2021 有效", "²⁰²¹"]
)
def test_a_date_that_is_none_is_wrong_usage(value: str) -> None:
    with pytest.raises(UsageError, match="--after"):
        make_filter(None, value, None, None, None)


@pytest.mark.parametrize(
    ("value", "date"),
    [("2021", "2021"), ("2021年", "2021"), ("2021-3", "2021-03"), ("２０２１年３月", "2021-03"), ("二〇二一年三月五日", "2021-03-05"), ("2021/3/5", "2021-03-05")],
)  # fmt: skip
def test_dates_may_be_written_as_people_write_them(value: str, date: str) -> None:
    assert make_filter(None, None, None, None, value).valid_on == date


def test_a_span_that_ends_before_it_begins_and_empty_texts_are_wrong_usage() -> None:
    with pytest.raises(UsageError, match="晚于"):
        make_filter(None, "2022", "2021-12", None, None)
    assert make_filter(None, "2021-06", "2021", None, None) == Filter(after="2021-06", before="2021")
    with pytest.raises(UsageError, match="--issuer"):
        make_filter(" ", None, None, None, None)


def test_every_condition_is_described() -> None:
    text = describe(Filter("甲", "2020", "2021", "乙", "2022"))
    assert text == "发文机关含“甲”、日期不早于 2020、日期不晚于 2021、文档为“乙”、2022 有效"


def test_the_command_line_filters_searches(filled: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    cli = CommandLine(filled, monkeypatch)
    found = json.loads(cli("search", "园区", "--issuer", "人民政府", "--json").out)
    assert {passage["document"] for passage in found["passages"]} == {"a/劳务通知.txt"}
    lines = '{"id": 1, "question": "园区"}\n{"id": 2, "question": "开园"}\n'
    out = cli("ask", "--from", "-", "--before", "2020", "--json", stdin=lines).out
    answers = [json.loads(line) for line in out.splitlines()]
    assert [answer["id"] for answer in answers] == [1, 2]
    assert {passage["document"] for answer in answers for passage in answer["passages"]} == {"网页.md"}


def test_where_nothing_meets_the_filter_it_is_said(filled: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    cli = CommandLine(filled, monkeypatch)
    outcome = cli("search", "园区", "--issuer", "东岸")
    assert outcome.status == 0
    assert outcome.out == (
        "没有文档符合筛选条件（发文机关含“东岸”），共有文档 4 份。"
        "已识别的发文机关有：西岭州人民政府、西岭州财政局、西岭州乡村振兴局。\n"
    )
    answer = json.loads(cli("ask", "园区", "--after", "2030", "--json").out)
    assert answer["refused"]
    assert answer["passages"] == answer["citations"] == []
    assert answer["answer"] == (
        "没有文档符合筛选条件（日期不早于 2030），共有文档 4 份。已识别的日期从 2020-12-31 到 2022-07。"
    )
    assert json.loads(cli("search", "园区", "--after", "2030", "--json").out)["note"] == answer["answer"]


def test_a_bad_date_is_one_line_and_status_2(filled: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = CommandLine(filled, monkeypatch)("ask", "园区", "--valid-on", "明天")
    assert outcome.status == 2
    assert is_one_sentence_line(outcome.err)
    assert "--valid-on" in outcome.err
