"""What reportlab sets in several layouts comes back character by character from the PDF."""

from typing import Any

import pytest

pytest.importorskip("reportlab")
from writing import body, policy, running, typeset, wanted

from rag.readers.pdf import read_pdf

A4, A5, WIDE = (595.3, 841.9), (419.5, 595.3), (841.9, 595.3)


@pytest.mark.parametrize("paper", [A4, A5, WIDE], ids=["A4", "A5", "landscape"])
@pytest.mark.parametrize(("size", "leading"), [(9, 1.3), (12, 1.6), (16, 1.75), (18, 1.4)])
def test_one_column_at_any_size(paper: tuple[float, float], size: float, leading: float) -> None:
    blocks = policy(round(size) + round(paper[0]), rows=30)
    assert body(read_pdf(typeset(blocks, size=size, leading=leading, paper=paper))) == wanted(blocks)


@pytest.mark.parametrize("justified", [True, False], ids=["justified", "ragged"])
@pytest.mark.parametrize("gap", [1.0, 1.25, 2.0])
@pytest.mark.parametrize(("size", "columns"), [(9, 2), (9, 3), (12, 2), (16, 2), (20, 2)])
def test_columns_that_stand_close_to_each_other(size: float, columns: int, gap: float, justified: bool) -> None:
    blocks = policy(round(size) + columns, 5)
    data = typeset(blocks, size=size, columns=columns, gap=gap * size, justified=justified)
    assert body(read_pdf(data)) == wanted(blocks)


def test_headers_and_page_numbers_stand_beside_columns_too() -> None:
    def decorate(canvas: Any, document: Any) -> None:
        canvas.setFont("STSong-Light", 9)
        canvas.drawString(60, 805, "某县协作工作简报")
        canvas.drawRightString(535, 805, f"第{canvas.getPageNumber()}页")
        canvas.drawCentredString(297, 25, f"- {canvas.getPageNumber()} -")

    blocks = policy(3, 8)
    found = read_pdf(typeset(blocks, columns=2, decorate=decorate))
    assert body(found) == wanted(blocks)
    numbers = range(1, len(found.pages) + 1)
    assert len(numbers) > 2
    assert sorted(running(found)) == sorted(
        line for number in numbers for line in (f"某县协作工作简报 第{number}页", f"- {number} -")
    )
