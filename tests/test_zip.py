"""Zip files of documents: each member stands for itself."""

import io
import struct
import zipfile

import pytest
from office import packed
from place import CommandLine, Place
from test_formats import docx, pdf

from rag.errors import ReadError
from rag.readers import zipped
from rag.readers.zipped import ZipFolder
from rag.reports import FileReport

GOOD = "双方共同建设产业园区。"
MOST = 20 * 2**20


def reports(place: Place) -> dict[str, FileReport]:
    return {report.document: report for report in place.build().documents}


def names(data: bytes) -> list[str]:
    return [member.name for member in ZipFolder(data, MOST).members]


def refusals(data: bytes, most: int = MOST) -> dict[str, str]:
    return {member.name: member.refusal.chinese for member in ZipFolder(data, most).members if member.refusal}


def gbk_zip(members: dict[str, bytes]) -> bytes:
    """As Chinese Windows writes it: names in code page 936, without the flag of UTF-8."""
    data = packed({f"{number:04}.txt": content for number, content in enumerate(members.values())})
    for number, name in enumerate(members):
        raw = name.encode("gbk")
        data = renamed(data, f"{number:04}.txt".encode(), raw)
    return data


def renamed(data: bytes, old: bytes, new: bytes) -> bytes:
    """Another name of another length in both headers of a member; offsets are put right by zipfile (it reads from the end)."""
    archive = zipfile.ZipFile(io.BytesIO(data))
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as copy:
        for info in archive.infolist():
            name = info.orig_filename.encode("cp437") if not info.flag_bits & 0x800 else info.orig_filename.encode()
            copied = RawName(new if name == old else name)
            copy.writestr(copied, archive.read(info))
    return target.getvalue()


class RawName(zipfile.ZipInfo):
    """A member whose name is written as these bytes."""

    def __init__(self, raw: bytes) -> None:
        super().__init__(raw.decode("cp437"))
        self.raw = raw

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:  # noqa: N802
        return self.raw, self.flag_bits


def encrypted(data: bytes, name: str) -> bytes:
    """The flag of encryption in a member's entry of the directory."""
    changed = bytearray(data)
    at = data.rfind(name.encode())
    entry = data.rfind(b"PK\x01\x02", 0, at)
    changed[entry + 8] |= 1
    return bytes(changed)


def test_each_member_is_a_document_of_its_own_cited_and_shown(cli: CommandLine) -> None:
    place = cli.place
    inner = {
        "通知.docx": docx(),
        "附件/车间.pdf": pdf(),
        "附件/说明.txt": GOOD.encode("gb18030"),
        "坏.pdf": b"%PDF-1.7",
    }
    place.write("甲/资料.zip", packed(inner))
    place.write("外.txt", GOOD)
    found = reports(place)
    assert {name: (report.status, report.format, report.pages) for name, report in found.items()} == {
        "外.txt": ("added", "txt", None),
        "甲/资料.zip/坏.pdf": ("skipped", None, None),
        "甲/资料.zip/通知.docx": ("added", "docx", None),
        "甲/资料.zip/附件/车间.pdf": ("added", "pdf", 3),
        "甲/资料.zip/附件/说明.txt": ("added", "txt", None),
    }
    assert found["甲/资料.zip/附件/说明.txt"].encoding == "gb18030"
    assert place.library().document("甲/资料.zip/附件/说明.txt").text == GOOD
    assert cli("text", "甲/资料.zip/附件/说明.txt").out == GOOD
    assert "甲/资料.zip/附件/车间.pdf" in cli("search", "丁县有几家帮扶车间", "-k", "20").out
    assert {report.status for report in place.build().documents} == {"unchanged", "skipped"}
    assert place.statuses(place.build())["甲/资料.zip/通知.docx"] == "unchanged"
    assert cli("doctor").status == 0


def test_text_needs_no_index_for_a_member(cli: CommandLine) -> None:
    cli.place.write("资料.zip", packed({"内/说明.txt": GOOD.encode(), "b.zip": packed({"深.txt": GOOD[:3].encode()})}))
    assert cli("text", "资料.zip/内/说明.txt").out == GOOD
    assert cli("text", "资料.zip/b.zip/深.txt").out == GOOD[:3]
    for wrong in ("资料.zip", "资料.zip/没有.txt", "资料.zip/../资料.zip", "资料.zip/内"):
        outcome = cli("text", wrong)
        assert (outcome.status, outcome.out) == (1, "")


def test_a_changed_member_alone_is_changed(place: Place) -> None:
    place.write(
        "a.zip", packed({"甲.txt": GOOD.encode(), "乙.txt": "乙县有三项任务。".encode(), "丁.txt": GOOD.encode()})
    )
    place.build()
    place.write(
        "a.zip", packed({"甲.txt": GOOD.encode(), "乙.txt": "丙县有三项任务。".encode(), "新.txt": GOOD.encode()})
    )
    assert place.statuses(place.build()) == {
        "a.zip/甲.txt": "unchanged",
        "a.zip/乙.txt": "changed",
        "a.zip/新.txt": "added",
        "a.zip/丁.txt": "removed",
    }


def test_names_in_gbk_utf8_and_with_the_unicode_field() -> None:
    wanted = ["东西部协作/通知（2024）.txt", "乾隆碇.txt", "目录\\窗口.txt"]
    assert names(gbk_zip(dict.fromkeys(wanted, b"x"))) == sorted(name.replace("\\", "/") for name in wanted)
    macos = renamed(packed({"a.txt": b"x"}), b"a.txt", "无标志的名字.txt".encode())
    assert names(macos) == ["无标志的名字.txt"]
    assert names(packed({"有标志的名字.txt": b"x"})) == ["有标志的名字.txt"]


def test_a_unicode_path_field_goes_first() -> None:
    import zlib

    raw = "甲.txt".encode("gbk")
    info = RawName(raw)
    field = b"\x01" + struct.pack("<I", zlib.crc32(raw)) + "真名.txt".encode()
    info.extra = struct.pack("<HH", 0x7075, len(field)) + field
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(info, "x")
    assert names(target.getvalue()) == ["真名.txt"]


def test_what_a_folder_leaves_out_is_left_out() -> None:
    parts = ("甲.txt", ".隐藏.txt", ".git/x.txt", "~$甲.docx", "README.md", "子/readme.txt", "__MACOSX/._甲.txt", "子/")
    assert names(packed(dict.fromkeys(parts, b"x"))) == ["甲.txt"]
    with pytest.raises(ReadError, match="压缩包里没有文档"):
        ZipFolder(packed(dict.fromkeys(parts[1:], b"x")), MOST)
    with pytest.raises(ReadError, match="压缩包里没有文档"):
        ZipFolder(packed({}), MOST)


@pytest.mark.parametrize("name", ["/etc/passwd", "../../etc/cron.d/x", "a/../../x.txt", "C:\\x.txt", "..\\x.txt"])
def test_a_path_that_leads_out_costs_itself_only(name: str) -> None:
    data = packed({"甲.txt": b"x", name: b"x"})
    assert {found: "之外" in reason for found, reason in refusals(data).items()} == {name: True}
    assert "甲.txt" in names(data)


def test_links_passwords_methods_and_sizes_cost_their_member_only() -> None:
    link = zipfile.ZipInfo("链接.txt")
    link.external_attr = 0o120777 << 16
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(link, "/etc/passwd")
        archive.writestr("a.txt", "x")
        archive.writestr("b.txt", "x", zipfile.ZIP_BZIP2)
        archive.writestr("c.txt", bytes(2000))
        archive.writestr("secret.txt", "x")
    found = refusals(encrypted(target.getvalue(), "secret.txt"), 1999)
    assert {name: reason.split("，")[0] for name, reason in found.items()} == {
        "链接.txt": "是符号链接",
        "b.txt": "压缩包使用了不常见的压缩方法",
        "c.txt": "解压后有 0 MB",
        "secret.txt": "压缩包有密码",
    }


def test_a_damaged_member_costs_itself_only() -> None:
    data = packed({"甲.txt": GOOD.encode() * 50, "乙.txt": b"y" * 100}, zipfile.ZIP_STORED)
    at = data.index(GOOD.encode())
    folder = ZipFolder(data[:at] + b"?" + data[at + 1 :], MOST)
    with pytest.raises(ReadError, match="压缩包中的文件已损坏"):
        folder.read("甲.txt")
    assert folder.read("乙.txt") == b"y" * 100


def test_of_members_with_one_name_the_last_is_read_with_a_warning(place: Place) -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive, pytest.warns(UserWarning):
        archive.writestr("甲.txt", "旧。")
        archive.writestr("甲.txt", GOOD)
    place.write("a.zip", target.getvalue())
    report = reports(place)["a.zip/甲.txt"]
    assert (report.characters, report.warnings) == (len(GOOD), ("压缩包里有多个同名文件，取最后一个。",))


def test_nested_zips_are_opened_three_deep() -> None:
    data = packed({"d.txt": b"x"})
    for name in ("d", "c", "b"):
        data = packed({f"{name}.zip": data, f"{name}.txt": b"x"})
    folder = ZipFolder(data, MOST)
    assert [member.name for member in folder.members] == [
        "b.txt",
        "b.zip/c.txt",
        "b.zip/c.zip/d.txt",
        "b.zip/c.zip/d.zip",
    ]
    assert folder.read("b.zip/c.zip/d.txt") == b"x"
    with pytest.raises(ReadError, match="嵌套超过 3 层"):
        folder.read("b.zip/c.zip/d.zip")


def test_a_nested_zip_with_the_name_of_a_folder_is_refused() -> None:
    data = packed({"b.zip": packed({"x.txt": b"1"}), "b.zip/y.txt": b"2"})
    assert refusals(data) == {"b.zip": "压缩包与一个文件夹同名，未读取；请改名。"}
    assert ZipFolder(data, MOST).read("b.zip/y.txt") == b"2"


def test_a_folder_that_is_called_like_a_zip_is_a_folder(cli: CommandLine) -> None:
    cli.place.write("a.zip/甲.txt", GOOD)
    assert cli.place.statuses(cli.place.build()) == {"a.zip/甲.txt": "added"}
    assert cli("text", "a.zip/甲.txt").out == GOOD


def test_bombs_are_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ReadError, match="解压后超过 200 MB"):
        ZipFolder(packed({f"{number}.txt": bytes(19 * 2**20) for number in range(11)}), MOST)
    # Nested ones count together.
    inner = packed({f"{number}.txt": bytes(19 * 2**20) for number in range(6)})
    found = refusals(packed({"a.zip": inner, "b.zip": inner, "甲.txt": b"x"}))
    assert {name: reason.split("，")[0] for name, reason in found.items()} == {
        "b.zip": "压缩包解压后超过 200 MB 或文件过多"
    }
    monkeypatch.setattr(zipped, "MAX_FILES", 3)
    with pytest.raises(ReadError, match="文件过多"):
        ZipFolder(packed({f"{number}.txt": b"x" for number in range(4)}), MOST)


def test_a_zip_whose_many_members_are_all_refused_for_one_reason_is_one_line() -> None:
    data = packed({"a.txt": b"x"})
    for _ in range(3):
        data = packed({f"{number}.zip": data for number in range(5)})
    with pytest.raises(ReadError, match="嵌套超过 3 层"):
        ZipFolder(data, MOST)


def test_a_member_that_promises_less_than_it_holds_is_damaged() -> None:
    data = packed({"a.txt": bytes(2**20)})
    at = data.rfind(b"PK\x01\x02")
    lying = data[: at + 24] + (10).to_bytes(4, "little") + data[at + 28 :]
    with pytest.raises(ReadError, match="已损坏"):
        ZipFolder(lying, MOST).read("a.txt")


def test_zips_that_cannot_be_opened_and_what_is_no_zip(place: Place) -> None:
    good = packed({"甲.txt": GOOD.encode()})
    place.write("半.zip", good[: len(good) // 2])
    place.write("其实是.zip", docx())
    place.write("文字.zip", GOOD)
    place.write("乱.zip", bytes(range(256)) * 4)
    place.write("其实是压缩包.txt", good)
    place.write("其实是压缩包.docx", good)
    found = reports(place)
    assert {name: (report.status, report.format) for name, report in found.items()} == {
        "半.zip": ("skipped", None),
        "其实是.zip": ("added", "docx"),
        "文字.zip": ("added", "txt"),
        "乱.zip": ("skipped", None),
        "其实是压缩包.txt": ("skipped", None),
        "其实是压缩包.docx": ("skipped", None),
    }
    assert found["其实是.zip"].warnings[0] == "扩展名是 .zip，内容却是Word 文档（.docx），已按内容读取。"
    assert "请把扩展名改为 .zip" in (found["其实是压缩包.docx"].reason or "")
    assert "损坏" in (found["半.zip"].reason or "")


def test_a_thousand_members_are_read(place: Place) -> None:
    place.write("a.zip", packed({f"{number:04}.txt": f"第{number}号文档。".encode() for number in range(1000)}))
    assert set(place.statuses(place.build()).values()) == {"added"}
    assert place.library().document("a.zip/0999.txt").text == "第999号文档。"
