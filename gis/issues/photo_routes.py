"""Photos of issues over HTTP."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Path, Query, UploadFile
from fastapi.responses import FileResponse
from pydantic import BaseModel

from gis.errors import BadRequest, NotAllowed, NotFound
from gis.issues import listing, photos
from gis.issues.shapes import BIGGEST, IssueId
from gis.issues.showing import photos_allowed
from gis.issues.who import Dealing
from gis.messages import Both
from gis.service import Here

router = APIRouter(tags=["issues"])
_MOST_PHOTOS = 9
_ON_A_WALL = Both("在大屏上显示照片（当前场景不允许）", "show photos on a wall whose scene doesn't allow it")


class PhotoAdded(BaseModel):
    """A photo that was added: its address."""

    photo: str


@router.post("/api/issues/{issue_id}/photos", status_code=201, summary="Add a photo")
async def add_photo(
    issue_id: IssueId,
    photo: UploadFile,
    account: Dealing,
    here: Here,
    stage: Annotated[str, Query(pattern="^(report|result)$")] = "report",
) -> PhotoAdded:
    """Adds a photo (JPEG, PNG, WebP; form field `photo`). The same photo again is the same photo."""
    await listing.one(here.database, account, issue_id)
    read = await asyncio.to_thread(photos.read, await photo.read())
    await asyncio.to_thread(photos.store, here.settings.data_dir, read)
    zone = here.settings.zone
    async with here.database.transaction() as connection:
        await connection.execute("SELECT FROM issue WHERE id = %s FOR UPDATE", (issue_id,))
        row = await (
            await connection.execute(
                "INSERT INTO issue_photo (issue_id, sha256, width, height, stage, added_by, added_at, taken_at,"
                " taken_lon, taken_lat) SELECT %(issue)s, %(sha)s, %(width)s, %(height)s, %(stage)s, %(by)s, %(now)s,"
                " %(taken)s, %(lon)s, %(lat)s"
                " WHERE (SELECT count(*) FROM issue_photo WHERE issue_id = %(issue)s AND sha256 <> %(sha)s) < %(most)s"
                " ON CONFLICT (issue_id, sha256) DO UPDATE SET stage = issue_photo.stage RETURNING id",
                {
                    "issue": issue_id, "sha": read.sha256, "width": read.width, "height": read.height, "stage": stage,
                    "by": account.number, "now": here.clock.now(), "lon": read.taken_lon, "lat": read.taken_lat,
                    "taken": read.taken_at.replace(tzinfo=zone) if read.taken_at else None, "most": _MOST_PHOTOS,
                },
            )
        ).fetchone()  # fmt: skip
    if row is None:
        raise BadRequest(what="photo", why=f"an issue has at most {_MOST_PHOTOS}")
    return PhotoAdded(photo=f"/api/issues/{issue_id}/photos/{row['id']}")


@router.get("/api/issues/{issue_id}/photos/{photo_id}", summary="A photo", response_class=FileResponse)
async def get_photo(
    issue_id: IssueId, photo_id: Annotated[int, Path(ge=1, le=BIGGEST)], account: Dealing, here: Here
) -> FileResponse:
    """A photo of an issue that the account sees, as JPEG; walls get it only while one of their scenes allows it."""
    await listing.one(here.database, account, issue_id)
    if not await photos_allowed(here, account):
        raise NotAllowed(what=_ON_A_WALL)
    row = await here.database.one(
        "SELECT sha256 FROM issue_photo WHERE id = %s AND issue_id = %s", (photo_id, issue_id)
    )
    place = photos.path_of(here.settings.data_dir, bytes(row["sha256"])) if row else None
    if place is None or not place.is_file():
        raise NotFound(what=f"photo {photo_id}")
    headers = {"Cache-Control": "private, max-age=86400, immutable", "X-Content-Type-Options": "nosniff"}
    return FileResponse(place, media_type="image/jpeg", headers=headers)
