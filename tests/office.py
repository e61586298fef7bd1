"""Office files taken apart and put together again, for the tests of their readers."""

import io
import random
import zipfile
from collections.abc import Callable, Iterator

import pytest

from rag.errors import ReadError
from rag.readers.extracted import Extracted

Reader = Callable[[bytes], Extracted]

BOMB = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><x>&b;</x>'
OUTSIDE = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>'


def saved(document) -> bytes:
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def members(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(parts: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return target.getvalue()


def changed(data: bytes, part: str, old: str, new: str) -> bytes:
    parts = members(data)
    assert old.encode() in parts[part]
    parts[part] = parts[part].replace(old.encode(), new.encode())
    return packed(parts)


def mutants(data: bytes, count: int, seed: int = 1) -> Iterator[bytes]:
    """The file with bytes changed, cut or doubled: in itself, and (more often) in the parts it holds."""
    chance = random.Random(seed)
    parts = members(data) if data.startswith(b"PK") else {}
    words = [b"0", b"-1", b"99999999999", b"\xff\xfe", b"<", b">", b'"', b"/", b"&#x0;", b"NaN", b"", b"<a>" * 300]
    for _ in range(count):
        if parts and chance.random() < 0.8:
            name = chance.choice([name for name in parts if name.endswith((".xml", ".rels"))])
            yield packed({**parts, name: _mutated(parts[name], chance, words)})
        else:
            yield _mutated(data, chance, words)


def _mutated(data: bytes, chance: random.Random, words: list[bytes]) -> bytes:
    for _ in range(chance.randint(1, 4)):
        start = chance.randrange(len(data) + 1)
        end = min(len(data), start + chance.choice([0, 1, 1, 2, 8, 100]))
        kind = chance.random()
        if kind < 0.5:
            data = data[:start] + chance.choice(words) + data[end:]
        elif kind < 0.7:
            data = data[:start] + data[start:end] * 2 + data[end:]
        elif kind < 0.8:
            data = data[:start]
        else:
            data = data[:start] + bytes(chance.randrange(256) for _ in range(end - start)) + data[end:]
    return data


def check_survives(read: Reader, data: bytes, count: int) -> None:
    """Nothing but `ReadError` comes out, and what is read keeps the contract of `Extracted`."""
    for mutant in mutants(data, count):
        try:
            found = read(mutant)
        except ReadError as error:
            check_sentences(error)
            continue
        check_ranges(found)


def check_sentences(error: ReadError) -> None:
    assert error.chinese.endswith("。") and error.english.endswith(".")
    assert "\n" not in str(error)


def check_ranges(found: Extracted) -> None:
    for start, end, level in found.headings:
        assert 0 <= start < end <= len(found.text) and level >= 1
        assert "\n" not in found.text[start:end]
    for start, end in (*found.pages, *found.boilerplate):
        assert 0 <= start <= end <= len(found.text)
    assert all(warning.endswith("。") for warning in found.warnings)


def check_hostile(read: Reader, data: bytes, main: str) -> None:
    """What every reader of a zip container refuses, each with a sentence of its own."""
    parts = members(data)

    def refused(hostile: bytes, word: str) -> None:
        with pytest.raises(ReadError, match=word) as caught:
            read(hostile)
        check_sentences(caught.value)

    refused(b"", "压缩包")
    refused(b"PK", "压缩包")
    refused("只是文字。".encode(), "压缩包")
    for share in (0.1, 0.5, 0.9, 0.999):
        refused(data[: int(len(data) * share)], "压缩包")
    refused(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "旧版")
    refused(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "密码")
    refused(packed({**parts, main: BOMB}), "实体")
    refused(packed({**parts, main: OUTSIDE}), "实体")
    refused(packed({**parts, main: OUTSIDE.decode().encode("utf-16")}), "实体")
    refused(packed({**parts, "../../etc/cron.d/x": b"x"}), "外部")
    refused(packed({**parts, "C:\\x": b"x"}), "外部")
    refused(packed({**parts, "media/a.bin": bytes(100 * 2**20)}), "压缩炸弹")
    refused(packed({**parts, "media/a.bin": bytes(201 * 2**20)}), "解压后超过")
    refused(packed(parts, zipfile.ZIP_BZIP2), "压缩方法")
    refused(packed({name: content for name, content in parts.items() if name != main}), "Office 文件|缺少")
    refused(packed({"a.txt": b"x"}), "Office 文件")
    refused(_encrypted(data), "密码")
    refused(_lying(packed({**parts, "media/a.bin": bytes(2**20)})), "损坏")


def _encrypted(data: bytes) -> bytes:
    """The flag of encryption in every entry of the directory."""
    changed = bytearray(data)
    at = -1
    while (at := data.find(b"PK\x01\x02", at + 1)) >= 0:
        changed[at + 8] |= 1
    return bytes(changed)


def _lying(data: bytes) -> bytes:
    """The last entry says that it unpacks to ten bytes."""
    at = data.rfind(b"PK\x01\x02")
    return data[: at + 24] + (10).to_bytes(4, "little") + data[at + 28 :]
