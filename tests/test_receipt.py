"""The receipt of a build: one line a file, kept with the index."""

import pytest
from place import Place
from rich.cells import cell_len

from rag.jsonout import build_json
from rag.printing import print_report
from rag.receipt import found_text
from rag.reports import BuildReport, FileReport
from rag.types import Header, Standing


def printed(files: list[FileReport], capsys: pytest.CaptureFixture[str]) -> list[str]:
    print_report(BuildReport(tuple(files), 9, 1234.0, "g"))
    return capsys.readouterr().out.splitlines()


def test_every_file_has_one_line_in_columns_whatever_the_width_of_its_name(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(
        [
            FileReport("a.txt", "added", None, 2, 1200, encoding="gb18030", format="txt"),
            FileReport(
                "闽宁协作.pdf", "unchanged", None, 7, 34000, 12, format="pdf", pages_without_text=2, ocr_pages=1
            ),
            FileReport("c.docx", "skipped", "文件有密码。"),
            FileReport("d.md", "removed"),
        ],
        capsys,
    )
    assert lines == [
        "+ 新增  a.txt         txt gb18030                             1,200 字  2 段",
        "= 未变  闽宁协作.pdf  pdf          12 页 · 无文字 2 · OCR 1  34,000 字  7 段",
        "! 跳过  c.docx  文件有密码。",
        "- 删除  d.md",
        "新增 1，更改 0，未变 1，删除 1，跳过 1；共 9 段，用时 1.2 秒。",
    ]
    assert cell_len(lines[0]) == cell_len(lines[1])


def test_remarks_stand_at_the_end_of_the_line_and_empty_columns_are_left_out(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lines = printed([FileReport("b.md", "changed", format="md", near_duplicate="a.md", warnings=("甲", "乙"))], capsys)
    assert lines[0] == "~ 更改  b.md  md  ⚠ 与 a.md 基本相同；⚠ 甲；⚠ 乙"


def test_an_index_of_no_files_prints_the_sums(capsys: pytest.CaptureFixture[str]) -> None:
    assert len(printed([], capsys)) == 1


def test_the_receipt_with_its_duplicates_is_kept_with_the_index(place: Place) -> None:
    text = "".join(
        f"第{number}条 各县应当在{number * 13}日以前报送资金{number * 7}万元的用途。\n" for number in range(1, 30)
    )
    place.write("甲.txt", text)
    place.write("乙.md", text.replace("\n", "\n\n"))
    place.write("丙.txt", text.replace("第7条", "第八条"))
    expected = {"丙.txt": (None, False), "乙.md": ("丙.txt", False), "甲.txt": ("乙.md", True)}
    for _ in range(2):  # built, then found up to date
        report = place.build()
        assert {file.document: (file.near_duplicate, file.same_text) for file in report.documents} == expected
        assert build_json(report)["documents"][1]["near_duplicate"] == "丙.txt"
    kept = {file.document: (file.near_duplicate, file.same_text) for file, _ in place.library().reports()}
    assert kept == expected


def test_the_receipt_names_the_header_fields_that_were_found() -> None:
    header = Header(title="办法", doc_number="国发〔2021〕12号", issuer="国务院", issued="2021-03", source="源" * 40)
    standing = Standing(until="2022-01-01", ended="废止", successor="新.txt")
    assert found_text(FileReport("甲.txt", "added", header=header, standing=standing)) == (
        f"标题 办法；发文字号 国发〔2021〕12号；发文机关 国务院；成文日期 2021-03；来源 {'源' * 29}…；"
        "2022-01-01 后废止（见 新.txt）"
    )
    assert found_text(FileReport("乙.txt", "added")) == ""
