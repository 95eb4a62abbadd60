"""Issues over HTTP: report, list, look at one, do a step, photos, classes."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response, UploadFile
from fastapi.responses import FileResponse
from pydantic import BaseModel, ConfigDict, Field

from gis.access.accounts import Account
from gis.access.audit import who
from gis.access.http import SignedIn
from gis.access.roles import Permission
from gis.db import Row
from gis.errors import BadRequest, NotAllowed, NotFound
from gis.issues import callers, listing, nearest, photos, places, sheets
from gis.issues.advance import Step, advance
from gis.issues.intake import Report, enabled, receive
from gis.issues.learned import Learned
from gis.issues.statistics_routes import sheet
from gis.issues.transitions import DESK, State
from gis.issues.who import Dealing
from gis.messages import Both
from gis.service import Here, Service

router = APIRouter(tags=["issues"])
_BIGGEST = 2**63 - 1
_MOST_PHOTOS = 9
IssueId = Annotated[int, Path(ge=1, le=_BIGGEST)]


class Caller(BaseModel):
    """Who called the hotline; kept encrypted, and shown masked."""

    name: str | None = Field(default=None, max_length=60)
    phone: str | None = Field(default=None, max_length=30)


class NewIssue(BaseModel):
    """A report; the place in EPSG:4326. `id` is the client's own: sent again it gives the same issue.

    `class` is only given by somebody who knows it; without it the text is sorted. `result` says that it was solved on
    the spot (即报即处). `order_number` is that of the hotline's work order, which makes one issue; the desk may say who
    called.
    """

    model_config = ConfigDict(extra="ignore")

    text: str = Field(min_length=1, max_length=2000)
    lon: float = Field(ge=-180, le=180)
    lat: float = Field(ge=-90, le=90)
    at: datetime | None = None
    source: str | None = Field(default=None, max_length=20)
    class_: str | None = Field(default=None, alias="class", pattern=r"^\d{4}$")
    id: str | None = Field(default=None, min_length=1, max_length=100)
    result: str | None = Field(default=None, min_length=1, max_length=2000)
    order_number: str | None = Field(default=None, min_length=1, max_length=60)
    caller: Caller | None = None


class Candidate(BaseModel):
    """A class that it may be, with a confidence from 0 to 1."""

    class_: str = Field(alias="class")
    confidence: float


class Event(BaseModel):
    """A step that was taken."""

    action: str
    from_state: str | None
    to_state: str
    actor: str
    at: datetime
    note: str
    details: dict[str, Any]


class Action(BaseModel):
    """A step that may be taken now by whoever asks; `needs` are the fields that it asks for."""

    action: str
    zh: str
    en: str
    needs: list[str]


class Alike(BaseModel):
    """An open issue nearby that may be the same; `photo` is its first."""

    id: int
    state: str
    class_: str = Field(alias="class")
    text: str
    at: datetime
    photo: str | None
    metres: float


class Issue(BaseModel):
    """An issue. `state` is the Chinese word; `deadlines` are those that run, step -> moment; `due_at` is the next."""

    id: int
    text: str
    source: str
    class_: str = Field(alias="class")
    name_zh: str
    name_en: str
    confidence: float
    candidates: list[Candidate]
    words: list[str]
    state: str
    urgent: bool
    version: int
    lon: float
    lat: float
    at: datetime
    received_at: datetime
    changed_at: datetime
    closed_at: datetime | None
    area: str | None
    grid: str | None
    place: str | None
    building: int | None
    address: int | None
    worker: str | None
    worker_name: str | None
    handler: str | None
    unit: str
    result: str | None
    rating: str | None
    returns: int
    merged_into: int | None
    split_from: int | None
    level: str
    order_number: str | None
    supervised: bool
    suspended: bool
    extension: dict[str, Any] | None
    in_time: bool | None
    dispatched_at: datetime | None
    signed_at: datetime | None
    made_up: bool
    deadlines: dict[str, datetime]
    due_at: datetime | None
    photos: list[str]


class Picture(BaseModel):
    """A photo, and whether it shows the report or the result; `at` is when it was added."""

    photo: str
    stage: str
    at: datetime
    width: int
    height: int


class Earlier(BaseModel):
    """An issue that was reported within 50 m before."""

    id: int
    state: str
    class_: str = Field(alias="class")
    at: datetime
    rating: str | None


class WholeIssue(Issue):
    """An issue with its history, what may be done, and what may be the same."""

    pictures: list[Picture]
    caller: Caller | None
    history: list[Earlier]
    events: list[Event]
    actions: list[Action]
    alike: list[Alike]


class IssueFeature(BaseModel):
    """An issue as GeoJSON."""

    type: str = "Feature"
    id: int
    geometry: dict[str, Any]
    properties: Issue


class IssueList(BaseModel):
    """Issues as GeoJSON, newest first; `next` is the `before` of the following page, null at the end."""

    type: str = "FeatureCollection"
    features: list[IssueFeature]
    next: int | None


class NewStep(BaseModel):
    """A step: `note` says why or what was done; `version` is the one that was looked at."""

    model_config = ConfigDict(extra="forbid")

    action: str = Field(max_length=30)
    version: int | None = Field(default=None, ge=1, le=2**31 - 1)
    note: str = Field(default="", max_length=2000)
    class_: str | None = Field(default=None, alias="class", pattern=r"^\d{4}$")
    worker: str | None = Field(default=None, max_length=100)
    handler: str | None = Field(default=None, max_length=100)
    rating: str | None = Field(default=None, max_length=10)
    into: int | None = Field(default=None, ge=1, le=_BIGGEST)
    until: datetime | None = None
    text: str | None = Field(default=None, max_length=2000)


class IssueClass(BaseModel):
    """A class of issues; `group` is its first two digits."""

    code: str
    group: str
    name_zh: str
    name_en: str
    unit: str
    restricted: bool
    urgent: bool


class ClassList(BaseModel):
    """The classes in use, by code."""

    classes: list[IssueClass]


class Guess(BaseModel):
    """What a text seems to be: the three likeliest classes, and the words that led to the first."""

    candidates: list[Candidate]
    words: list[str]


class PhotoAdded(BaseModel):
    """A photo that was added: its address."""

    photo: str


def learned_of(here: Service) -> Learned:
    """The service's sorter, made at first use."""
    if here.sorter is None:
        here.sorter = Learned(here)
    assert isinstance(here.sorter, Learned)  # noqa: S101 - nobody else sets it
    return here.sorter


def clean(text: str | None) -> str | None:
    """A short text without null characters and blanks around it; None for nothing."""
    return (text or "").replace("\x00", "").strip() or None


def _shown(row: Row) -> dict[str, Any]:
    number = row["id"]
    return {
        **row,
        "at": row["reported_at"],
        "suspended": row["paused"] is not None,
        "building": row["building_id"],
        "address": row["address_id"],
        "worker": row["worker_id"],
        "lon": round(row["lon"], 7),
        "lat": round(row["lat"], 7),
        "photos": [f"/api/issues/{number}/photos/{photo}" for photo in row["photos"]],
    }


async def _whole(here: Service, account: Account, number: int) -> WholeIssue:
    row = await listing.one(here.database, account, number)
    alike = await places.alike(here.database, account, row) if row["state"] != State.CLOSED else []
    pictures = [{**one, "photo": f"/api/issues/{number}/photos/{one['id']}"} for one in row["pictures"]]
    history = await places.history(here.database, account, row)
    caller = await callers.masked(here, account, number) if row["order_number"] or row["source"] == "12345" else None
    return WholeIssue(
        **{**_shown(row), "pictures": pictures, "caller": caller, "history": history},
        alike=[Alike(**one) for one in alike],
    )


@router.post("/api/issues", status_code=201, summary="Report an issue", responses={200: {"model": WholeIssue}})
async def report_issue(new: NewIssue, account: Dealing, here: Here, response: Response) -> WholeIssue:
    """Stores a report, sorted and placed. 201; 200 with the same issue when its `id` was sent before."""
    if "\x00" in new.text + (new.id or "") + (new.result or ""):
        raise BadRequest(what="text", why="it holds a null character")
    if not new.text.strip():
        raise BadRequest(what="text", why="it is empty")
    at = new.at.replace(tzinfo=here.settings.zone) if new.at and new.at.tzinfo is None else new.at
    caller = new.caller or Caller()
    if new.caller is not None and account.role not in DESK:
        raise NotAllowed(what=Both("登记来电人信息", "say who called"))
    report = Report(
        new.text.strip(), new.lon, new.lat, at, new.source, new.class_, new.id, new.result,
        clean(new.order_number), clean(caller.name), clean(caller.phone),
    )  # fmt: skip
    number, fresh = await receive(here, learned_of(here), account, report)
    response.status_code = 201 if fresh else 200
    return await _whole(here, account, number)


@router.get("/api/issues", summary="Issues")
async def list_issues(
    account: Dealing,
    here: Here,
    state: Annotated[str | None, Query(description="待处理, 待核查, 待评价, 已归档; several joined by commas")] = None,
    class_: Annotated[str | None, Query(alias="class", description="a class, or the two digits of a group")] = None,
    area: Annotated[str | None, Query(description="code of an area, with all below it")] = None,
    bbox: Annotated[str | None, Query(description="west,south,east,north in degrees")] = None,
    since: Annotated[datetime | None, Query(description="reported at or after")] = None,
    q: Annotated[str | None, Query(max_length=100, description="words of the text or the place, or a number")] = None,
    overdue: Annotated[bool, Query(description="only those past a deadline")] = False,
    pressing: Annotated[
        bool, Query(description="what isn't closed, urgent ones first, then by the next deadline")
    ] = False,
    worker: Annotated[str | None, Query(max_length=100, description="only this worker's")] = None,
    before: Annotated[int | None, Query(ge=1, le=_BIGGEST, description="go on after this id")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> IssueList:
    """The issues that the account sees, newest first, as GeoJSON."""
    rows = await listing.listing(
        here.database, account, states=_states(state), code=class_, area=area, since=_zoned(since, here),
        bbox=_box(bbox), words=(q or "").replace("\x00", "").strip() or None,
        overdue_at=here.clock.now() if overdue else None, worker=worker, before=before, limit=limit,
        pressing=pressing,
    )  # fmt: skip
    features = [
        IssueFeature(
            id=row["id"],
            geometry={"type": "Point", "coordinates": [round(row["lon"], 7), round(row["lat"], 7)]},
            properties=Issue(**_shown(row)),
        )
        for row in rows
    ]
    return IssueList(features=features, next=rows[-1]["id"] if len(rows) == limit and not pressing else None)


def _states(text: str | None) -> list[str] | None:
    if not text:
        return None
    states = [part.strip() for part in text.split(",")]
    if unknown := [part for part in states if part not in set(State)]:
        raise BadRequest(what="state", why=f"{unknown[0]!r} is none of {', '.join(State)}")
    return states


def _zoned(at: datetime | None, here: Service) -> datetime | None:
    return at.replace(tzinfo=here.settings.zone) if at and at.tzinfo is None else at


def _box(text: str | None) -> tuple[float, float, float, float] | None:
    if text is None:
        return None
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError as wrong:
        raise BadRequest(what="bbox", why="use west,south,east,north in degrees") from wrong
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise BadRequest(what="bbox", why="use west,south,east,north in degrees, the smaller ones first")
    return west, south, east, north


@router.get("/api/issues/classes", summary="Classes of issues")
async def list_classes(account: Dealing, here: Here) -> ClassList:
    """The classes in use, by code."""
    rows = await here.database.all(
        "SELECT code, group_code AS group, name_zh, name_en, unit, restricted, urgent FROM issue_class"
        " WHERE enabled ORDER BY code"
    )
    return ClassList(classes=[IssueClass(**row) for row in rows])


@router.get("/api/issues/guess", summary="The class that a text seems to be")
async def guess_class(
    account: Dealing, here: Here, text: Annotated[str, Query(min_length=1, max_length=2000)]
) -> Guess:
    """The three likeliest classes of a report that isn't sent yet."""
    sorter = await learned_of(here).sorter()
    ranked = sorter.sort(text, allowed=(await enabled(here)).keys())[:3]
    candidates = [Candidate.model_validate({"class": one.code, "confidence": one.confidence}) for one in ranked]
    return Guess(candidates=candidates, words=sorter.words(text, ranked[0].code) if ranked else [])


@router.get("/api/issues/export", summary="Issues as CSV", response_class=Response)
async def export_issues(
    account: Dealing,
    here: Here,
    state: Annotated[str | None, Query(description="states joined by commas")] = None,
    class_: Annotated[str | None, Query(alias="class", description="a class, or the two digits of a group")] = None,
    area: Annotated[str | None, Query(description="code of an area, with all below it")] = None,
    since: Annotated[datetime | None, Query(description="reported at or after")] = None,
    limit: Annotated[int, Query(ge=1, le=50_000)] = 10_000,
) -> Response:
    """The issues that the account sees, newest first; without callers."""
    rows = await listing.listing(
        here.database, account, states=_states(state), code=class_, area=area, since=_zoned(since, here), bbox=None,
        before=None, limit=limit,
    )  # fmt: skip
    named = ({**row, "worker": row["worker_name"]} for row in rows)
    return sheet(sheets.HEADS, ([row[head] for head in sheets.HEADS] for row in named), "issues")


@router.post("/api/issues/import", summary="Issues from CSV", responses={422: {}})
async def import_issues(file: UploadFile, account: SignedIn, here: Here, response: Response) -> dict[str, Any]:
    """Reports every row of a CSV file (UTF-8 or GBK), or says what is wrong in which row (422) and stores nothing."""
    if account.role not in DESK:
        raise NotAllowed(what=Both("批量导入事件", "import issues"))
    told = await sheets.take_in(here, learned_of(here), account, await file.read())
    response.status_code = 422 if told["findings"] else 200
    return told


@router.get("/api/issues/{issue_id}", summary="One issue")
async def get_issue(issue_id: IssueId, account: Dealing, here: Here) -> WholeIssue:
    """An issue with its history and what the account may do with it."""
    return await _whole(here, account, issue_id)


@router.get("/api/issues/{issue_id}/caller", summary="Who called")
async def get_caller(
    issue_id: IssueId,
    account: SignedIn,
    here: Here,
    request: Request,
    reason: Annotated[str, Query(max_length=200, description="why; recorded")] = "",
) -> Caller:
    """Name and telephone of who called the hotline, for the desk; each reading is recorded in the audit."""
    await listing.one(here.database, account, issue_id)
    return Caller(
        **await callers.read(here, account, who(request.scope, account), issue_id, reason.replace("\x00", ""))
    )


@router.post("/api/issues/{issue_id}/actions", summary="Do a step")
async def act(issue_id: IssueId, new: NewStep, account: Dealing, here: Here) -> WholeIssue:
    """Does one step of the transition table; 409 when the state doesn't allow it or somebody was quicker."""
    step = Step(
        action=new.action,
        version=new.version,
        note=new.note.replace("\x00", ""),
        code=new.class_,
        worker=new.worker,
        handler=new.handler,
        rating=new.rating,
        into=new.into,
        until=_zoned(new.until, here),
        text=(new.text or "").replace("\x00", "").strip() or None,
    )
    await advance(here, account, issue_id, step)
    issue = await _whole(here, account, issue_id)
    if step.action == "reclassify" and step.code:
        await learned_of(here).correct(issue.text, step.code)
    return issue


class Walker(BaseModel):
    """A worker on duty who could see to it: metres on foot `along` streets, or straight where no street leads there."""

    worker: str
    name: str
    at: datetime
    status: str
    lon: float
    lat: float
    metres: int
    minutes: int
    along: str
    load: int
    overdue: int
    same_area: bool


class WalkerList(BaseModel):
    """Workers, the nearest on foot first."""

    workers: list[Walker]


@router.get("/api/issues/{issue_id}/workers", summary="Who could see to it")
async def list_workers(
    issue_id: IssueId, account: SignedIn, here: Here, limit: Annotated[int, Query(ge=1, le=50)] = 10
) -> WalkerList:
    """Workers on duty within the account's areas, the nearest on foot first, with what they have to do already."""
    account.require(Permission.SEE_WORKERS)
    issue = await listing.one(here.database, account, issue_id)
    rows = await nearest.on_duty(here, issue["lon"], issue["lat"], issue["area_id"], limit=limit, scope=account.scope)
    return WalkerList(workers=[Walker(**row) for row in rows])


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
    issue_id: IssueId, photo_id: Annotated[int, Path(ge=1, le=_BIGGEST)], account: Dealing, here: Here
) -> FileResponse:
    """A photo of an issue that the account sees, as JPEG."""
    await listing.one(here.database, account, issue_id)
    row = await here.database.one(
        "SELECT sha256 FROM issue_photo WHERE id = %s AND issue_id = %s", (photo_id, issue_id)
    )
    place = photos.path_of(here.settings.data_dir, bytes(row["sha256"])) if row else None
    if place is None or not place.is_file():
        raise NotFound(what=f"photo {photo_id}")
    headers = {"Cache-Control": "private, max-age=86400, immutable", "X-Content-Type-Options": "nosniff"}
    return FileResponse(place, media_type="image/jpeg", headers=headers)
