"""Every changed figure, unit, year or name in a sentence is caught; unchanged and rewritten sentences pass."""

import itertools
import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.facts import find_figures
from rag.read import decode
from rag.readers.numerals import chinese, digit_by_digit
from rag.split import sentence_ranges
from rag.verify import support, unsupported

DOCUMENTS = Path(__file__).resolve().parent.parent / "documents"
PROVINCES = [
    "北京",
    "天津",
    "上海",
    "江苏",
    "浙江",
    "福建",
    "山东",
    "广东",
    "宁夏",
    "甘肃",
    "贵州",
    "云南",
    "青海",
    "四川",
]
UNITS = {"万元": "亿元", "亿元": "万元", "人": "户", "个": "项", "公里": "亩", "%": "个百分点", "名": "家"}
SHAPES = [
    "{year}年，{east}向{west}拨付财政援助资金{a}万元，比上年增长{p}%。",
    "{year}年{month}月{day}日，{east}与{west}签订协议，约定建设产业园区{b}个，投资{a}亿元。",
    "截至{year}年底，{east}选派教师和医生{a}名到{west}工作，培训当地干部{c}人次。",
    "根据国办发〔{year}〕{b}号第{n}条，{east}每年安排{a}万元用于{west}的劳务协作。",
    "{west}有{b}个县与{east}结对，{year}年吸纳就业{c}人，占{p}%，修建道路{d}公里。",
    "{year}年{month}月，{east}在{west}采购农产品{a}万元，涉及企业{b}家。",
]


def _sentences(count: int, seed: int = 7) -> Iterator[str]:
    numbers = random.Random(seed)
    for i in range(count):
        east, west = numbers.sample(PROVINCES, 2)
        yield SHAPES[i % len(SHAPES)].format(
            year=numbers.randint(1996, 2025), month=numbers.randint(1, 12), day=numbers.randint(1, 28), east=east, west=west,
            a=numbers.randint(101, 9999), b=numbers.randint(11, 98), c=numbers.randint(1000, 90000),
            d=numbers.randint(100, 999), p=numbers.randint(1, 99), n=chinese(numbers.randint(2, 60)),
        )  # fmt: skip


def _changed_digits(sentence: str) -> Iterator[str]:
    for match in re.finditer(r"\d", sentence):
        digit = str((int(match[0]) + 1) % 10)
        # A leading zero would leave the value of the rest; 1 takes its place.
        leads = not sentence[match.start() - 1 : match.start()].isdigit()
        yield sentence[: match.start()] + ("1" if digit == "0" and leads else digit) + sentence[match.end() :]


def _changed_units(sentence: str) -> Iterator[str]:
    for match in re.finditer(r"(?<=\d)(?:" + "|".join(UNITS) + ")", sentence):
        yield sentence[: match.start()] + UNITS[match[0]] + sentence[match.end() :]


def _changed_provinces(sentence: str) -> Iterator[str]:
    for match in re.finditer("|".join(PROVINCES), sentence):
        for other in PROVINCES[::5]:
            if other != match[0]:
                yield sentence[: match.start()] + other + sentence[match.end() :]


@pytest.mark.parametrize("change", [_changed_digits, _changed_units, _changed_provinces])
def test_every_single_change_in_240_sentences_is_caught(change: object) -> None:
    assert callable(change)
    sentences = list(_sentences(240))
    passed = [
        (changed, sentence)
        for sentence in sentences
        for changed in change(sentence)
        if not unsupported(changed, [sentence])
    ]
    assert passed == []
    assert sum(1 for sentence in sentences for _ in change(sentence)) >= 400


def test_changes_are_caught_beside_other_sentences_that_hold_the_changed_figure() -> None:
    sentences = list(_sentences(240))
    for one, other in zip(sentences[::2], sentences[6::2], strict=False):
        if one[:8] != other[:8] and len({one[5:9], other[5:9]}) == 2:
            moved = one.replace(find_figures(one).days[0].surface, find_figures(other).days[0].surface, 1)
            if moved != one and find_figures(one).days[0].year != find_figures(other).days[0].year:
                assert unsupported(moved, [one + other]) != ()


def test_no_unchanged_sentence_is_flagged() -> None:
    sentences = list(_sentences(240))
    assert [s for s in sentences if unsupported(s, [s]) or support(s, [s]) < 1] == []
    around = [f"前文。{a}{b}后文。" for a, b in itertools.pairwise(sentences)]
    assert [s for s, text in zip(sentences, around, strict=False) if unsupported(s, [text])] == []


def test_figures_written_otherwise_are_the_same() -> None:
    flagged = []
    for sentence in _sentences(240):
        written = re.sub(r"(\d+)(?=[万亿]?元|人|名|个县|家|公里)", lambda m: chinese(int(m[1])), sentence)
        written = re.sub(r"\d{4}(?=年)", lambda m: digit_by_digit(int(m[0])), written)
        wide = sentence.translate({ord("0") + i: ord("０") + i for i in range(10)})
        points = re.sub(r"(\d+)万元", lambda m: f"{int(m[1]) / 10000:.4f}亿元", sentence)
        plain = re.sub(r"(\d+)万元", lambda m: f"{int(m[1]) * 10000:,}元", sentence)
        flagged += [other for other in (written, wide, points, plain) if unsupported(other, [sentence])]
    assert flagged == []


def test_sentences_of_the_documents_pass_and_their_changed_digits_are_caught() -> None:
    checked, changed, missed = 0, 0, []
    for path in sorted(DOCUMENTS.glob("*.*")):
        if path.suffix not in (".md", ".txt") or path.name.startswith("README"):
            continue
        text = decode(path.read_bytes()).text
        for start, end in list(sentence_ranges(text))[4:40:3]:
            sentence = text[start:end]
            assert unsupported(sentence, [sentence]) == (), sentence
            checked += 1
            for other in list(_changed_digits(sentence))[:6]:
                changed += 1
                if not unsupported(other, [sentence]):
                    missed.append((other, sentence))
    assert checked > 150
    assert changed > 200
    assert missed == []


@pytest.mark.parametrize(
    ("sentence", "quote", "missing"),
    [
        ("2019年投入五千万元。", "2019年投入三千万元。", ("五千万元",)),
        ("2019年投入3000万元。", "2018年投入3000万元。", ("2019年",)),
        ("投入3000万美元。", "投入3000万元。", ("3000万美元",)),
        ("帮扶4个县、4个乡。", "帮扶3个县、4个乡。", ("4个",)),
        ("浙江帮扶宁夏。", "福建帮扶宁夏，浙江帮扶四川。", ("浙江", "宁夏")),
        ("闽甘协作起于1996年。", "闽宁协作起于1996年。", ("闽甘",)),
        ("依据国办发〔2016〕5号。", "现将国发〔2016〕5号印发。", ("国办发〔2016〕5号",)),
        ("第四条规定了期限。", "第三条规定了期限。", ("第四条",)),
        ("第（三）项规定了期限。", "第三条第（二）项规定了期限。", ("第(三)项",)),
        ("分为一个阶段。", "分为三个阶段。", ("一个",)),
        ("2021年5月启动。", "2021年3月启动，4月完成。", ("2021年5月",)),
        ("由财政部印发。", "由商务部印发。", ("财政部",)),
        ("上世纪80年代开始。", "上世纪90年代开始。", ("80年代",)),
        ("每批为期两年。", "每批为期一年。", ("两年",)),
    ],
)
def test_what_the_source_does_not_hold_is_named(sentence: str, quote: str, missing: tuple[str, ...]) -> None:
    assert unsupported(sentence, [quote]) == missing


@pytest.mark.parametrize(
    ("sentence", "quote"),
    [
        ("2021年5月完成。", "2021年3月启动，5月完成。"),
        ("占百分之三十。", "占３０％。"),
        ("投入12000000元。", "投入（万元）：1200"),
        ("投入1200万元。", "投入（万元）：1,200。"),
        ("1200万元起。", "投入1200—1500万元。"),
        ("国发[2021]12号规定。", "（国发〔2021〕12号）"),
        ("福建省帮扶宁夏回族自治区。", "闽宁协作。"),
        ("共500人。", "共500余名。"),
        ("这是一项制度。", "这是重要制度。"),
        ("2016年至2020年。", "2016—2020年。"),
        ("三千多万元。", "3000多万元。"),
        ("没有数字的句子。", ""),
    ],
)
def test_the_same_said_otherwise_is_supported(sentence: str, quote: str) -> None:
    assert unsupported(sentence, [quote]) == ()


def test_labels_vouch_for_names_and_years_but_not_for_quantities() -> None:
    label = "福建省2021年工作要点（闽政办〔2021〕8号） › 第三条"
    assert unsupported("福建2021年（闽政办〔2021〕8号）第三条规定建园区。", ["建园区。"], [label]) == ()
    assert unsupported("安排12个项目。", ["安排项目。"], ["12个项目"]) == ("12个",)


def test_support_counts_words_not_figures() -> None:
    assert support("投入3000万元", ["当年投入三千万元。"]) == 1.0
    assert support("天气晴好", ["当年投入三千万元。"]) == 0.0
    assert support("", ["甲"]) == 1.0


def test_no_citation_supports_nothing_that_can_be_checked() -> None:
    assert unsupported("2019年福建投入3000万元。", []) == ("2019年", "3000万元", "福建")
