"""Photos of issues over HTTP."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Path, Query, UploadFile
from fastapi.responses import FileResponse
from psycopg.types.json import Jsonb
from pydantic import BaseModel

from gis.errors import BadRequest, NotAllowed, NotFound, WrongStep
from gis.issues import listing, photos
from gis.issues.shapes import BIGGEST, IssueId
from gis.issues.showing import photos_allowed
from gis.issues.transitions import State
from gis.issues.visible import deals, named, require_hand
from gis.issues.who import Dealing
from gis.messages import Both
from gis.service import Here

router = APIRouter(tags=["issues"])
_MOST_PHOTOS = 9
_ADD = Both("给此事件添加照片", "add a photo to this issue")
_ISSUE = """
SELECT i.state, i.reporter_id, i.reported_by, i.worker_id, i.handler_id, w.account_id AS owner_id,
  (SELECT p.id FROM issue_photo p WHERE p.issue_id = i.id AND p.sha256 = %(sha)s) AS known
FROM issue i LEFT JOIN worker w ON w.id = i.worker_id WHERE i.id = %(id)s FOR UPDATE OF i
"""
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
    """Adds a photo (JPEG, PNG, WebP; form field `photo`), for the reporter, the issue's worker and unit, and the desk,
    until the issue is archived. The same photo again is the same photo."""
    require_hand(account)
    await listing.one(here.database, account, issue_id)
    read = await asyncio.to_thread(photos.read, await photo.read())
    await asyncio.to_thread(photos.store, here.settings.data_dir, read)
    zone = here.settings.zone
    async with here.database.transaction() as connection:
        issue = await (await connection.execute(_ISSUE, {"id": issue_id, "sha": read.sha256})).fetchone()
        if issue is None:
            raise NotFound(what=named(issue_id))
        if not deals(account, issue):
            raise NotAllowed(what=_ADD)
        if issue["known"] is not None:
            return PhotoAdded(photo=f"/api/issues/{issue_id}/photos/{issue['known']}")
        if issue["state"] == State.CLOSED:
            raise WrongStep(action=Both("添加照片", "add a photo"), state=issue["state"])
        row = await (
            await connection.execute(
                "INSERT INTO issue_photo (issue_id, sha256, width, height, stage, added_by, added_at, taken_at,"
                " taken_lon, taken_lat) SELECT %(issue)s, %(sha)s, %(width)s, %(height)s, %(stage)s, %(by)s, %(now)s,"
                " %(taken)s, %(lon)s, %(lat)s"
                " WHERE (SELECT count(*) FROM issue_photo WHERE issue_id = %(issue)s) < %(most)s RETURNING id",
                {
                    "issue": issue_id, "sha": read.sha256, "width": read.width, "height": read.height, "stage": stage,
                    "by": account.number, "now": here.clock.now(), "lon": read.taken_lon, "lat": read.taken_lat,
                    "taken": read.taken_at.replace(tzinfo=zone) if read.taken_at else None, "most": _MOST_PHOTOS,
                },
            )
        ).fetchone()  # fmt: skip
        if row is None:
            why = Both(f"一件事件最多 {_MOST_PHOTOS} 张", f"an issue has at most {_MOST_PHOTOS}")
            raise BadRequest(what="photo", why=why)
        await connection.execute(
            "INSERT INTO issue_event (issue_id, action, from_state, to_state, actor_id, actor, at, note, details)"
            " VALUES (%s, 'photo', %s, %s, %s, %s, %s, '', %s)",
            (issue_id, issue["state"], issue["state"], account.number, account.display_name, here.clock.now(),
             Jsonb({"photo": row["id"], "stage": stage})),
        )  # fmt: skip
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
        raise NotFound(what=Both(f"照片 {photo_id}", f"photo {photo_id}"))
    headers = {"Cache-Control": "private, max-age=86400, immutable", "X-Content-Type-Options": "nosniff"}
    return FileResponse(place, media_type="image/jpeg", headers=headers)
