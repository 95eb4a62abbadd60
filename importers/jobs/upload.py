"""A multipart form, written to disk as it arrives: files under safe names, fields bounded, nothing kept in memory."""

from __future__ import annotations

import asyncio
import errno
import re
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import IO

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from gis.errors import BadRequest, GridtwinError, NoRoom
from gis.messages import Both
from importers.readers import SUFFIXES

_FIELDS = 200
_FIELD_BYTES = 64 * 1024  # all fields together
_FILES = 2_000
_UNPACKED = 16  # times the largest upload is what an archive may claim to unpack to
_DENSE, _DENSE_FROM = 200, 500_000_000  # no honest archive of this size packs so well
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_ARCHIVES = (".zip", ".kmz", ".xlsx", ".xlsm")
_SHAPEFILE_PARTS = (".shx", ".dbf", ".prj", ".cpg", ".sbn", ".sbx", ".qpj", ".qix")
_BESIDE = (*_SHAPEFILE_PARTS, ".xml", ".qmd", ".qml")


class Form:
    """What arrived: the files, relative to the folder, and the fields in the order in which they came."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files: list[Path] = []
        self.fields: list[tuple[str, str]] = []
        self.bytes = 0


async def receive(folder: Path, content_type: str, body: AsyncIterator[bytes]) -> Form:
    """Takes a multipart body into a folder; raises BadRequest, NoRoom, and whatever the body's stream raises."""
    kind, options = parse_options_header(content_type)
    if kind != b"multipart/form-data" or not options.get(b"boundary"):
        raise BadRequest(
            what="body", why=Both("请用 multipart 表单发送，其中有一个文件", "send a multipart form with a file in it")
        )
    form = Form(folder)
    taker = _Taker(form)
    parser = MultipartParser(options[b"boundary"], taker.callbacks())  # type: ignore[arg-type]  # a TypedDict of these
    try:
        async for chunk in body:
            form.bytes += len(chunk)
            await asyncio.to_thread(parser.write, chunk)
        await asyncio.to_thread(parser.finalize)
    except FormParserError as broken:
        raise BadRequest(
            what="body", why=Both("multipart 表单已损坏或不完整", "the multipart form is damaged")
        ) from broken
    except OSError as failed:
        if failed.errno in (errno.ENOSPC, errno.EDQUOT):
            raise NoRoom from failed
        raise
    finally:
        taker.close()
    return form


class _Taker:
    """What the parser calls."""

    def __init__(self, form: Form) -> None:
        self._form = form
        self._name, self._value = bytearray(), bytearray()
        self._disposition = b""
        self._field = ""
        self._text = bytearray()
        self._texts = 0
        self._open: IO[bytes] | None = None

    def callbacks(self) -> dict[str, object]:
        return {
            "on_part_begin": self._begin,
            "on_header_field": lambda data, start, end: self._name.extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
            "on_header_end": self._header,
            "on_headers_finished": self._headers,
            "on_part_data": self._data,
            "on_part_end": self._end,
        }

    def close(self) -> None:
        """Lets go of a file that was not finished."""
        if self._open is not None:
            self._open.close()
            self._open = None

    def _begin(self) -> None:
        self._disposition, self._field = b"", ""
        self._text = bytearray()

    def _header(self) -> None:
        if bytes(self._name).lower() == b"content-disposition":
            self._disposition = bytes(self._value)
        self._name.clear()
        self._value.clear()

    def _headers(self) -> None:
        _, options = parse_options_header(self._disposition)
        self._field = options.get(b"name", b"").decode("utf-8", "replace")
        given = options.get(b"filename")
        if given is None:
            return
        if not given:  # an empty file input
            return
        path = safe_path(given.decode("utf-8", "replace"))
        target = self._form.folder / path
        if len(self._form.files) >= _FILES or path in self._form.files:
            raise BadRequest(
                what=path.name,
                why=Both(
                    f"同一个文件发送了两次，或文件多于 {_FILES:,} 个",
                    f"it was sent twice, or more than {_FILES:,} files were sent",
                ),
            )
        target.parent.mkdir(exist_ok=True)
        self._form.files.append(path)
        self._open = target.open("xb")

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._open is not None:
            self._open.write(data[start:end])
            return
        self._texts += end - start
        if self._texts > _FIELD_BYTES:
            raise BadRequest(
                what=self._field[:80], why=Both("表单各字段合计太长", "the fields of the form are too long")
            )
        self._text.extend(data[start:end])

    def _end(self) -> None:
        if self._open is not None:
            self.close()
        elif self._field:
            if len(self._form.fields) >= _FIELDS:
                raise BadRequest(what=self._field[:80], why=Both("表单的字段太多", "the form has too many fields"))
            self._form.fields.append((self._field, self._text.decode("utf-8", "replace").strip()))


def safe_path(given: str) -> Path:
    """The name under which a file is kept: its own, without folders (but a FileGDB's), never outside of where it is.

    Raises BadRequest for a name that is none.
    """
    pieces = [_CONTROL.sub("", piece).strip() for piece in given.replace("\\", "/").split("/")]
    pieces = [piece for piece in pieces if piece not in ("", ".", "..")]
    if not pieces or len(pieces[-1].encode()) > 200 or pieces[-1].startswith("."):
        raise BadRequest(what="file", why=Both(f"“{given[:80]}”不能作文件名", f"{given[:80]!r} is no name of a file"))
    base = [piece for piece in pieces[:-1] if piece.lower().endswith(".gdb") and len(piece.encode()) <= 200]
    return Path(*base[-1:], pieces[-1])


def main_file(form: Form, limit: int) -> Path:
    """The file that is meant, among parts that only belong to it; raises BadRequest when there are several, or none.

    An archive that claims to unpack to much more than `limit` bytes is refused before anybody unpacks it.
    """
    folder = form.folder
    bases = {path.parts[0] for path in form.files if len(path.parts) > 1}
    lone = [path for path in form.files if len(path.parts) == 1]
    meant = [path.name for path in lone if path.suffix.lower() not in _BESIDE] + sorted(bases)
    if not meant:
        meant = [path.name for path in lone if path.suffix.lower() == ".dbf"] or [path.name for path in lone]
    if not meant:
        raise BadRequest(what="file", why=Both("表单里没有文件", "the form holds no file"))
    if len(meant) > 1:
        known = [name for name in meant if Path(name).suffix.lower() in SUFFIXES]
        if len(known) != 1:
            some = ", ".join(meant[:5])
            raise BadRequest(what="file", why=Both(f"一次只发送一个：{some}", f"send one at a time: {some}"))
        meant = known
    chosen = folder / meant[0]
    if chosen.suffix.lower() == ".shp":
        _gather(chosen, lone)
    if chosen.suffix.lower() in _ARCHIVES:
        _refuse_bomb(chosen, limit)
    return chosen


def _gather(main: Path, lone: list[Path]) -> None:
    """Parts of a Shapefile whose name differs in case only get the name that goes with the .shp."""
    for path in lone:
        wanted = main.with_suffix(path.suffix.lower())
        is_part = path.suffix.lower() in _SHAPEFILE_PARTS and path.stem.lower() == main.stem.lower()
        if is_part and not wanted.exists():
            (main.parent / path).rename(wanted)


def _refuse_bomb(archive: Path, limit: int) -> None:
    try:
        with zipfile.ZipFile(archive) as packed:
            claimed = sum(part.file_size for part in packed.infolist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, GridtwinError):
        return  # its reader says in words what is wrong with it
    is_dense = claimed > _DENSE_FROM and claimed > _DENSE * archive.stat().st_size
    if is_dense or claimed > _UNPACKED * limit:
        size = f"{claimed / 1e9:,.1f} GB"
        raise BadRequest(what=archive.name, why=Both(f"解压后将有 {size}", f"it would unpack to {size}"))
