"""Office formats without a reader of their own: converted by LibreOffice, where it is installed, then read."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

from rag.errors import ReadError
from rag.readers.extracted import Extracted

_USUAL_PLACES = (
    "/usr/lib/libreoffice/program/soffice",
    "/opt/libreoffice*/program/soffice",
    "/snap/bin/libreoffice",
    "/Applications/LibreOffice.app/Contents/MacOS/soffice",
    "C:/Program Files/LibreOffice/program/soffice.com",
    "C:/Program Files (x86)/LibreOffice/program/soffice.com",
)
# What the file is called for LibreOffice; it looks at the content as well.
_ENDINGS = {"wordml": "xml", "excelml": "xml"}
TARGETS = {
    **dict.fromkeys(("doc", "rtf", "odt", "wordml"), "docx"),
    **dict.fromkeys(("xls", "ods", "excelml"), "xlsx"),
    **dict.fromkeys(("ppt", "odp"), "pptx"),
}
"""The format that each is converted to."""

# No macros, no links to other files or to the network: a document is data. The proxy is a port that nobody serves.
_PROFILE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
{items}
</oor:items>
"""
_ITEM = (
    '<item oor:path="/org.openoffice.{path}"><prop oor:name="{name}" oor:op="fuse"><value>{value}</value></prop></item>'
)
_ITEMS = (
    ("Office.Common/Security/Scripting", "MacroSecurityLevel", "3"),
    ("Office.Common/Security/Scripting", "DisableMacrosExecution", "true"),
    ("Office.Common/Security/Scripting", "DisableActiveContent", "true"),
    ("Office.Common/Security/Scripting", "BlockUntrustedRefererLinks", "true"),
    ("Office.Writer/Content/Update", "Link", "0"),
    ("Office.Calc/Content/Update", "Link", "2"),
    ("Inet/Settings", "ooInetProxyType", "2"),
    ("Inet/Settings", "ooInetHTTPProxyName", "127.0.0.1"),
    ("Inet/Settings", "ooInetHTTPProxyPort", "9"),
    ("Inet/Settings", "ooInetHTTPSProxyName", "127.0.0.1"),
    ("Inet/Settings", "ooInetHTTPSProxyPort", "9"),
)


def find_soffice() -> str | None:
    """Find LibreOffice's program: on PATH, else in the usual places; None where it is not installed."""
    for name in ("soffice", "libreoffice"):
        found = shutil.which(name)
        if found:
            return found
    for place in map(Path, _USUAL_PLACES):
        root = Path(place.anchor)
        found_here = sorted(root.glob(str(place.relative_to(root)))) if root.is_dir() else []
        if found_here:
            return str(found_here[-1])
    return None


def read_legacy(data: bytes, kind: str, readers: dict[str, Callable[[bytes], Extracted]]) -> Extracted:
    """Read a file of a format in `TARGETS`.

    Parameters
    ----------
    kind
        Its format.
    readers
        The reader of each format that it may be converted to.

    Raises
    ------
    ReadError
        It has a password, LibreOffice is not installed or cannot convert it, or the result cannot be read.
    """
    if kind in ("doc", "xls", "ppt") and _is_encrypted(data, kind):
        raise ReadError("文件有密码，请取消密码后另存一份。", "The file has a password; save a copy without one.")
    target = TARGETS[kind]
    found = readers[target](convert(data, kind))
    return replace(found, format=kind, warnings=(*found.warnings, "经 LibreOffice 转换后读取。"))


def convert(data: bytes, kind: str) -> bytes:
    """Convert a file with LibreOffice.

    Its time is not bounded here: it runs in the process group of the worker (`rag.isolate`), which is killed as a whole
    when the file's time is over. Memory is bounded as the worker's is.

    Returns
    -------
    bytes
        The same document as `TARGETS[kind]`.

    Raises
    ------
    ReadError
        LibreOffice is not installed, or makes nothing of it.
    """
    target = TARGETS[kind]
    program = find_soffice()
    if program is None:
        raise ReadError(
            f"这种格式要用 LibreOffice 转换，但没有找到它；请安装 LibreOffice，或另存为 .{target}。",
            f"This format is converted with LibreOffice, which was not found; install it, or save as .{target}.",
        )
    with tempfile.TemporaryDirectory(prefix="convert-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        source = folder / f"document.{_ENDINGS.get(kind, kind)}"
        source.write_bytes(data)
        command = [program, f"-env:UserInstallation={Path(_profile().name).as_uri()}", "--headless", "--norestore"]
        command += ["--nologo", "--nodefault", "--nolockcheck"]
        command += ["--convert-to", target, "--outdir", str(folder / "out"), str(source)]
        try:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={**os.environ, "SAL_USE_VCLPLUGIN": "svp"},
                check=False,
            )
        except OSError as error:
            raise _failed(target) from error
        result = folder / "out" / f"document.{target}"
        if done.returncode != 0 or not result.is_file():
            raise _failed(target)
        return result.read_bytes()


@cache
def _profile() -> tempfile.TemporaryDirectory[str]:
    """A profile of this process's own: LibreOffice runs once a profile, and the user's own settings do not matter."""
    made = tempfile.TemporaryDirectory(prefix="libreoffice-", ignore_cleanup_errors=True)
    folder = Path(made.name)
    (folder / "user").mkdir()
    items = "\n".join(_ITEM.format(path=path, name=name, value=value) for path, name, value in _ITEMS)
    (folder / "user" / "registrymodifications.xcu").write_text(_PROFILE.format(items=items), encoding="utf-8")
    return made


def _is_encrypted(data: bytes, kind: str) -> bool:
    """Tell whether a compound file is encrypted.

    By [MS-DOC] 2.5.1 (fEncrypted), [MS-XLS] 2.4.117 (FilePass) and [MS-PPT] 2.3.3.
    """
    import io

    import olefile

    from rag.readers.archive import only_read_errors

    with only_read_errors("Office 文件", "Office file"), olefile.OleFileIO(io.BytesIO(data)) as compound:
        if kind == "ppt":
            return bool(compound.exists("EncryptedSummary"))
        if kind == "xls":
            name = next((name for name in ("Workbook", "Book") if compound.exists(name)), None)
            start = compound.openstream(name).read(512) if name else b""
            length = int.from_bytes(start[2:4], "little")
            return start[4 + length : 6 + length] == b"\x2f\x00"
        start = compound.openstream("WordDocument").read(12) if compound.exists("WordDocument") else b""
        return len(start) == 12 and start[:2] == b"\xec\xa5" and bool(start[11] & 1)


def _failed(target: str) -> ReadError:
    return ReadError(
        f"LibreOffice 无法转换此文件（已损坏、有密码或格式不明），请用 Office 或 WPS 打开后另存为 .{target}。",
        f"LibreOffice cannot convert the file (damaged, protected or of no known format); open it with Office or WPS "
        f"and save it as .{target}.",
    )
