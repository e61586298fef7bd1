"""Which documents repeat an earlier one."""

import itertools
import random

from hypothesis import given
from hypothesis import strategies as st

from rag.near_duplicates import RESEMBLANCE, SHINGLE, NearDuplicate, find_near_duplicates, resemblance

SENTENCES = [
    f"第{number}条 各地应当在{place}开展{work}，资金{number * 37 + 11}万元，由{place}主管部门负责落实。\n"
    for number, (place, work) in enumerate(
        itertools.product(("闽宁", "沪滇", "浙川", "苏陕", "粤桂"), ("产业协作", "劳务协作", "消费帮扶", "人才支援"))
    )
]
REGULATION = "".join(SENTENCES)


def naive(first: str, second: str) -> float:
    one, two = ({text[at : at + SHINGLE] for at in range(len(text) - SHINGLE + 1)} for text in (first, second))
    return len(one & two) / len(one | two)


def test_resemblance_is_common_shingles_over_all_shingles() -> None:
    # Shingles of abcdefg: abcde bcdef cdefg; of abcdefh: abcde bcdef cdefh.
    assert resemblance("abcdefg", "abcdefh") < RESEMBLANCE
    assert resemblance("ABCDE，FG", "ａｂｃ defg。") == 1.0
    assert resemblance("甲", "甲") == 1.0 and resemblance("甲", "乙") == 0.0


@given(st.text("甲乙丙", min_size=5, max_size=60), st.integers(0, 60), st.text("甲乙丙", max_size=2))
def test_resemblance_equals_that_of_the_sets(text: str, at: int, inserted: str) -> None:
    other = text[:at] + inserted + text[at:]
    exact = naive(text, other)
    assert (resemblance(text, other) >= RESEMBLANCE) == (exact >= RESEMBLANCE)
    if exact >= RESEMBLANCE:
        assert resemblance(text, other) == exact


def test_a_copy_with_a_paragraph_fewer_is_found_and_an_excerpt_is_not() -> None:
    shorter = "".join(SENTENCES[:12] + SENTENCES[13:])
    found = find_near_duplicates([("甲.txt", REGULATION), ("乙.txt", shorter), ("丙.txt", "".join(SENTENCES[:5]))])
    assert found == {"甲.txt": NearDuplicate("乙.txt", same_text=False)}


def test_the_same_text_in_another_layout_is_the_same_text() -> None:
    found = find_near_duplicates([("b.docx", REGULATION), ("a.pdf", REGULATION.replace("\n", "").replace("，", ", "))])
    assert found == {"b.docx": NearDuplicate("a.pdf", same_text=True)}


def test_every_copy_names_the_first_in_order_of_paths_and_the_same_text_before_a_similar_one() -> None:
    changed = REGULATION.replace("资金48万元", "资金49万元")
    texts = [("4", changed), ("3", REGULATION), ("2", REGULATION), ("1", changed), ("0", "无关的另一份文件。")]
    expected = {
        "2": NearDuplicate("1", same_text=False),
        "3": NearDuplicate("2", same_text=True),
        "4": NearDuplicate("1", same_text=True),
    }
    for order in itertools.permutations(texts):
        assert find_near_duplicates(order) == expected


def test_empty_texts_and_texts_of_signs_repeat_nothing() -> None:
    assert find_near_duplicates([]) == {}
    assert find_near_duplicates([("a", "——"), ("b", "——"), ("c", "")]) == {}
    assert find_near_duplicates([("a", "甲"), ("b", "甲。")]) == {"b": NearDuplicate("a", same_text=True)}


def test_the_pairs_are_those_of_comparing_all_with_all() -> None:
    source = random.Random(8)
    texts = []
    for number in range(60):
        sentences = list(SENTENCES) if number % 3 else source.sample(SENTENCES, 8) * 2
        for _ in range(source.randrange(4)):
            del sentences[source.randrange(len(sentences))]
        texts.append((f"{number:02}", "".join(sentences)))
    expected: dict[str, str] = {}
    for (first, one), (second, two) in itertools.combinations(texts, 2):
        if resemblance(one, two) >= RESEMBLANCE:
            expected.setdefault(second, first)
    found = find_near_duplicates(texts)
    assert len(expected) > 20
    assert set(found) == set(expected)
    assert all(near.document == expected[path] for path, near in found.items() if not near.same_text)
