"""Zipped files: unpacked into a folder of their own, however their names are written, within bounds."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from importers.readers.source import unreadable

_LARGEST = 8 << 30  # bytes that an archive may unpack to
_MOST_FILES = 20_000
_BLOCK = 1 << 20


def unpack(path: Path) -> Path:
    """The files of a .zip in a new temporary folder, which the caller deletes; raises UnreadableFile.

    Names without the UTF-8 flag are GBK if they can be: that is how Windows in China writes them.
    """
    folder = Path(tempfile.mkdtemp(prefix="gridtwin-import-"))
    try:
        with zipfile.ZipFile(path) as packed:
            parts = [part for part in packed.infolist() if not part.is_dir()]
            if len(parts) > _MOST_FILES or sum(part.file_size for part in parts) > _LARGEST:
                raise unreadable(path, "archive-large")
            left = _LARGEST
            for part in parts:
                target = _target(folder, _name(part))
                if target is None:
                    continue
                target.parent.mkdir(parents=True, exist_ok=True)
                with packed.open(part) as source, target.open("wb") as copy:
                    while block := source.read(_BLOCK):
                        left -= len(block)
                        if left < 0:
                            raise unreadable(path, "archive-large")
                        copy.write(block)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, NotImplementedError, ValueError) as broken:
        shutil.rmtree(folder, ignore_errors=True)
        if "password" in str(broken):
            raise unreadable(path, "locked") from broken
        raise unreadable(path, "archive-damaged", why=broken) from broken
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder


def _name(part: zipfile.ZipInfo) -> str:
    if part.flag_bits & 0x800 or part.filename.isascii():
        return part.filename
    try:
        return part.filename.encode("cp437").decode("gb18030")
    except UnicodeError:
        return part.filename


def _target(folder: Path, name: str) -> Path | None:
    """Where a part goes; None for what would leave the folder, and for what Macs add."""
    pieces = [piece for piece in PurePosixPath(name.replace("\\", "/")).parts if piece not in ("/", ".", "..")]
    if not pieces or "__MACOSX" in pieces or pieces[-1].startswith("._") or any(len(p.encode()) > 250 for p in pieces):
        return None
    target = folder.joinpath(*pieces)
    return target if target.resolve().is_relative_to(folder.resolve()) else None
