"""Photos of an issue: checked by what they are, made smaller, cleared of what the camera wrote, kept by their hash."""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from gis.errors import BadRequest
from gis.messages import Both

_LARGEST_SIDE = 1920  # pixels
_MOST_PIXELS = 80_000_000
_QUALITY = 82
_LATELY = timedelta(days=1)


@dataclass(frozen=True)
class Photo:
    """A photo as it is kept (JPEG), and what its camera said: time (local, naive) and place (lon, lat in degrees)."""

    jpeg: bytes
    sha256: bytes
    width: int
    height: int
    taken_at: datetime | None
    taken_lon: float | None
    taken_lat: float | None


def read(body: bytes) -> Photo:
    """A photo from a file's bytes; raises BadRequest for what is no JPEG, PNG, WebP or HEIC-free picture."""
    try:
        with Image.open(io.BytesIO(body), formats=("JPEG", "PNG", "WEBP")) as picture:
            if picture.width * picture.height > _MOST_PIXELS:
                size = f"{picture.width} x {picture.height}"
                raise BadRequest(what="photo", why=Both(f"{size} 像素过大", f"{size} pixels are too many"))
            exif = picture.getexif()
            upright = ImageOps.exif_transpose(picture).convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as unreadable:
        why = Both("不是可读的 JPEG、PNG 或 WebP 图片", "it is no JPEG, PNG or WebP picture that can be read")
        raise BadRequest(what="photo", why=why) from unreadable
    upright.thumbnail((_LARGEST_SIDE, _LARGEST_SIDE))
    out = io.BytesIO()
    upright.save(out, "JPEG", quality=_QUALITY, optimize=True)
    jpeg = out.getvalue()
    lon, lat = _place(exif)
    return Photo(jpeg, hashlib.sha256(jpeg).digest(), upright.width, upright.height, _time(exif), lon, lat)


def _time(exif: Image.Exif) -> datetime | None:
    written = exif.get_ifd(ExifTags.IFD.Exif).get(ExifTags.Base.DateTimeOriginal) or exif.get(ExifTags.Base.DateTime)
    try:
        return datetime.strptime(str(written), "%Y:%m:%d %H:%M:%S")
    except ValueError:
        return None


def _place(exif: Image.Exif) -> tuple[float | None, float | None]:
    gps = exif.get_ifd(ExifTags.IFD.GPSInfo)

    def degrees(value: object, reference: object, negative: str) -> float:
        d, m, s = (float(part) for part in value)  # type: ignore[attr-defined]
        size = d + m / 60 + s / 3600
        return -size if str(reference).upper() == negative else size

    try:
        lat = degrees(gps[ExifTags.GPS.GPSLatitude], gps.get(ExifTags.GPS.GPSLatitudeRef), "S")
        lon = degrees(gps[ExifTags.GPS.GPSLongitude], gps.get(ExifTags.GPS.GPSLongitudeRef), "W")
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None, None
    return (lon, lat) if -180 <= lon <= 180 and -90 <= lat <= 90 else (None, None)


def store(folder: Path, photo: Photo) -> None:
    """Writes a photo under its hash, whole or not at all."""
    place = path_of(folder, photo.sha256)
    if place.exists():
        os.utime(place)  # it is wanted again: `forget` leaves what was touched lately
        return
    for made in (place.parent.parent, place.parent):  # a mode is for the last folder that mkdir makes, not its parents
        made.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.NamedTemporaryFile(dir=place.parent, delete=False) as writing:
        writing.write(photo.jpeg)
        writing.flush()
        os.fsync(writing.fileno())
    Path(writing.name).replace(place)


def path_of(folder: Path, sha256: bytes) -> Path:
    """Where a photo lies: photos/ab/cdef….jpg."""
    name = sha256.hex()
    return folder / "photos" / name[:2] / f"{name[2:]}.jpg"


def forget(
    connection: psycopg.Connection[Any], folder: Path, closed_before: datetime, now: datetime
) -> tuple[int, int]:
    """Deletes the photos of issues that were archived before a moment, rows and files; returns how many of each.

    A file goes when no row names it any more, whatever took the row away, a day after it was last wanted.
    """
    rows = connection.execute(
        "DELETE FROM issue_photo p USING issue i WHERE i.id = p.issue_id AND i.state = '已归档' AND i.closed_at < %s",
        (closed_before,),
    ).rowcount
    files = 0
    for part in sorted((folder / "photos").glob("[0-9a-f][0-9a-f]")):
        found = connection.execute(
            "SELECT DISTINCT encode(sha256, 'hex') FROM issue_photo WHERE sha256 >= %s AND sha256 < %s",
            (bytes.fromhex(f"{part.name}{'00' * 31}"), bytes.fromhex(f"{part.name}{'ff' * 31}") + b"\xff"),
        ).fetchall()
        named = {row[0][2:] for row in found}
        for file in part.iterdir():
            if file.stem not in named and file.stat().st_mtime < (now - _LATELY).timestamp():
                file.unlink(missing_ok=True)
                files += 1
    return rows, files
