"""Bytes without a byte order mark: read right or refused, never as other characters, in every encoding."""

import os
import random
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opencc import OpenCC

from rag import likelihood
from rag.errors import ReadError
from rag.read import decode

SIMPLIFIED = re.findall(
    r"\S+",
    "对口支援 协作 帮扶 产业 劳务 教育 医疗 干部 资金 项目 园区 建设 发展 国家 地区 经济 社会 工作 人民 群众 增加 收入 完成 "
    "投入 乡村 振兴 衔接 巩固 拓展 脱贫 成果 东部 西部 中央 部门 企业 就业 消费 生态 移民 搬迁 第三条 本办法自公布之日起施行 "
    "张三 李四 王芳 欧阳婷 北京市 上海 宁夏 福建 自治区人民政府办公厅 关于印发 的 了 和 在 为 是 我们 他们 一 二 三 十",
)
TRADITIONAL = OpenCC("s2tw").convert(" ".join(SIMPLIFIED)).split()
SIGNS = [*"，。、；：？！“”‘’（）《》—…", "　　", "\n", "\r\n", "\r", "\n\n", " ", "\t"]
ASCII = ["2021年", "12.5%", "3", "RAG", "GDP", "http://a.cn/b?c=1", "a,b;c", "# ", "| 1 | 2 |", "-" * 5, " " * 8]
WIDE = ["２０２２", "％", "ＡＢ", "①", "Ⅲ", "·"]
RARE = ["㐀", "𠮷", "〇", "饕餮", "龘", "镕"]
UNICODE = ("utf-8", "utf-16-le", "utf-16-be")
ENCODINGS = {
    **dict.fromkeys((*UNICODE, "gb18030"), SIMPLIFIED + TRADITIONAL + SIGNS + ASCII + WIDE + RARE),
    "gbk": SIMPLIFIED + TRADITIONAL + SIGNS + ASCII + WIDE,
    "gb2312": SIMPLIFIED + [sign for sign in SIGNS if sign != "—"] + ASCII + WIDE[:3],
    "big5": TRADITIONAL + SIGNS + ASCII + WIDE[:3],
    "cp950": TRADITIONAL + SIGNS + ASCII + WIDE[:3],
    "big5hkscs": TRADITIONAL + SIGNS + ASCII + [*WIDE[:4], "㗎", "嘅", "𠵱"],
}
NAMES = {"gbk": "gb18030", "gb2312": "gb18030", "cp950": "big5", "big5hkscs": "big5"}
OTHERS = {
    "cp949": "정부는 지역 균형 발전을 위하여 동부와 서부의 협력 사업을 계속 추진하고 있으며 관계 부처는 國會에 보고하기로 하였다.",
    "cp932": "政府は地域の均衡ある発展のため、東部と西部の協力事業を引き続き推進し、国会に報告することとしている。",
    "euc_jp": "政府は地域の均衡ある発展のため、東部と西部の協力事業を引き続き推進し、国会に報告することとしている。",
    "iso2022_jp": "政府は地域の均衡ある発展のため、東部と西部の協力事業を引き続き推進し、国会に報告することとしている。",
    "koi8_r": "Правительство продолжает развивать сотрудничество восточных и западных районов страны.",
    "cp1251": "Правительство продолжает развивать сотрудничество восточных и западных районов страны.",
    "cp866": "Правительство продолжает развивать сотрудничество восточных и западных районов страны.",
    "iso8859_5": "Правительство продолжает развивать сотрудничество восточных и западных районов страны.",
    "cp1252": "Où est l’été? À côté de la forêt, l’économie régionale déjà très âgée a été développée.",
    "cp1250": "Vláda pokračuje v podpoře spolupráce východních oblastí. Zażółć gęślą jaźń, współpraca.",
    "cp1253": "Η κυβέρνηση συνεχίζει να προωθεί τη συνεργασία μεταξύ των ανατολικών και δυτικών περιοχών.",
    "cp1255": "הממשלה ממשיכה לקדם את שיתוף הפעולה בין אזורי המזרח והמערב של המדינה",
    "cp1256": "تواصل الحكومة تعزيز التعاون بين المناطق الشرقية والغربية من البلاد",
}


def lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def chinese(text: str) -> int:
    return sum("\u4e00" <= char <= "\u9fff" for char in text)


@pytest.mark.parametrize("encoding", ENCODINGS)
@given(data=st.data())
def test_texts_are_read_right_or_refused(encoding: str, data: st.DataObject) -> None:
    """A text of two ambiguous characters may be anything, so three at least; common texts of twenty are never refused."""
    words = data.draw(st.lists(st.sampled_from(ENCODINGS[encoding]), min_size=1, max_size=40))
    text = "".join(words)
    if chinese(text) < 3:
        return
    rare = sum(word in RARE or len(word.encode("utf-8")) > 3 == len(word) for word in words)
    try:
        decoded = decode(text.encode(encoding))
    except ReadError:
        assert chinese(text) < 20 + 8 * rare
    else:
        assert (decoded.text, decoded.encoding) == (lines(text), NAMES.get(encoding, encoding))


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0\r\ufeff", exclude_categories=("Cc", "Cs"))))
def test_any_utf8_is_read_right_or_refused_for_being_too_short(text: str) -> None:
    try:
        assert decode(text.encode()).text == text
    except ReadError:
        assert len(text) < 20


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_ordinary_sentences_are_not_refused(encoding: str) -> None:
    traditional = encoding in ("big5", "cp950", "big5hkscs")
    text = "发布日期：2025年5月13日\n双方共同建设产业园区，投入资金1200万元；组织劳务培训三期。\n"
    text = OpenCC("s2tw").convert(text) if traditional else text
    assert decode(text.encode(encoding)).text == text


def test_traditional_text_is_read_in_gb18030_too_and_the_other_way_not_mistaken() -> None:
    text = "對口支援是國家的重要政策，雙方共同建設產業園區。"
    assert decode(text.encode("gb18030")).encoding == "gb18030"
    assert decode(text.encode("big5")).encoding == "big5"
    assert decode(text.encode("big5")).text == decode(text.encode("gb18030")).text == text


def test_big5_is_read_as_windows_writes_it_with_the_characters_of_hong_kong() -> None:
    windows = "約翰‧甘迺迪訪問臺灣，經費約１００～２００萬元，會議紀錄如下。"
    hong_kong = "佢哋嘅意見①：呢個計劃喺新界粉嶺嘅發展，居民話唔係咁好㗎。"
    assert decode(windows.encode("cp950")).text == windows
    assert decode((windows + "€").encode("cp950")).text == windows + "€"
    assert decode(hong_kong.encode("big5hkscs")).text == hong_kong


@pytest.mark.parametrize("encoding", OTHERS)
@given(start=st.integers(0, 60), length=st.integers(3, 90))
def test_other_encodings_are_refused(encoding: str, start: int, length: int) -> None:
    text = OTHERS[encoding][start : start + length]
    data = text.encode(encoding)
    if data.isascii() and b"\x1b" not in data:
        return
    with pytest.raises(ReadError):
        decode(data)


def test_random_bytes_are_refused() -> None:
    source = random.Random(5)
    for length in range(20, 3000, 7):
        with pytest.raises(ReadError):
            decode(source.randbytes(length))


@pytest.mark.parametrize("encoding", ["gb18030", "big5", "utf-16-le", "utf-8"])
def test_characters_far_from_the_beginning_count_too(encoding: str) -> None:
    text = "A plain line of English, number 12345.\n" * 3000 + "對口支援是國家的重要政策，雙方共同建設產業園區。\n"
    assert decode(text.encode(encoding)).text == text


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16-le", "utf-16-be", "utf-8"])
@pytest.mark.parametrize("shift", range(4))
def test_a_sample_may_end_within_a_character(encoding: str, shift: int) -> None:
    text = "a" * shift + "双方共同建设产业园区，" * 6000
    assert decode(text.encode(encoding)).text == text


def test_a_declaration_settles_what_would_be_doubtful_and_does_not_override_what_is_plain() -> None:
    short = "资金".encode("gb18030")
    with pytest.raises(ReadError):
        decode(short)
    assert decode(short, "gb18030").text == "资金"
    assert decode("双方共同建设产业园区".encode(), "gb18030").encoding == "utf-8"
    with pytest.raises(ReadError):
        decode(OTHERS["cp949"].encode("cp949"), "gb18030")


def test_a_character_costs_the_bits_of_its_place_in_the_order_of_frequency() -> None:
    assert likelihood.simplified("一") == 4.0
    assert likelihood.simplified("国") < likelihood.simplified("國") < likelihood.simplified("龘")
    assert likelihood.traditional("國") < likelihood.traditional("国")
    assert likelihood.bits("一一国", likelihood.simplified) == pytest.approx(8 + likelihood.simplified("国"))
    assert likelihood.noise(b"\xb9\xfa") == 14.0


@pytest.mark.skipif("RAG_TEST_MATERIAL" not in os.environ, reason="RAG_TEST_MATERIAL is not set")
def test_real_texts_of_twenty_characters_are_neither_refused_nor_misread() -> None:
    folder = Path(os.environ["RAG_TEST_MATERIAL"]) / "corpus"
    texts = [path.read_text("utf-8") for path in sorted(folder.rglob("*.txt"))]
    convert = OpenCC("s2tw").convert
    source = random.Random(3)
    read = 0
    for encoding in ("utf-8", "gb18030", "utf-16-le", "utf-16-be", "big5hkscs"):
        for _ in range(150):
            text = source.choice(texts)
            start = source.randrange(len(text))
            piece = text[start : start + 60]
            piece = convert(piece) if encoding == "big5hkscs" else piece
            if chinese(piece) < 20 or not encodable(piece, encoding):
                continue
            assert decode(piece.encode(encoding)).text == lines(piece)
            read += 1
    assert read > 500


def encodable(text: str, encoding: str) -> bool:
    return "•" not in text and text.encode(encoding, "ignore").decode(encoding) == text
