"""Numerals, and how a clause is cited."""

import pytest

from rag.labels import clause_label, number_of


@pytest.mark.parametrize(
    ("numeral", "value"),
    [
        *(("一", 1), ("十", 10), ("十二", 12), ("二十", 20), ("二十三", 23), ("一百", 100), ("一百零五", 105)),
        *(("一百一十", 110), ("两百", 200), ("一千零二十", 1020), ("〇", 0), ("二〇二一", 2021)),
        *(("12", 12), ("１２", 12), ("1２", 12), ("", None), ("甲", None), ("十甲", None)),
    ],
)
def test_the_value_of_a_numeral(numeral: str, value: int | None) -> None:
    assert number_of(numeral) == value


@pytest.mark.parametrize(
    ("path", "label"),
    [
        ((), ""),
        (("总则",), ""),
        (("第二章 总则", "第三条"), "第三条"),
        (("第二章 总则", "第 3 条"), "第3条"),
        (("第三条 合作内容", "（二）"), "第三条第（二）项"),
        (("第三条", "(二)资金管理"), "第三条第（二）项"),
        (("第三条之一", "第二款"), "第三条之一第二款"),
        (("第三条", "第一款", "（一）", "１．"), "第三条第一款第（一）项第1目"),
        (("第三条", "1."), "第三条第1目"),
        (("第三条 内容", "3.1 产业"), "第三条第3.1款"),
        (("第三条 内容", "３．１ 产业", "３．１．２"), "第三条第3.1.2项"),
        (("第三条 内容", "3.1 产业", "3.1.2", "（一）"), "第三条第3.1.2项第（一）项"),
        (("第三条", "（二）", "其他"), "第三条第（二）项"),
        (("一、修改内容", "第五条"), "第五条"),
        (("第三部分", "第六章 附则"), ""),
        (("第三条规定的资金",), "第三条"),
    ],
)
def test_a_clause_is_cited_by_article_paragraph_item_and_sub_item(path: tuple[str, ...], label: str) -> None:
    assert clause_label(path) == label
