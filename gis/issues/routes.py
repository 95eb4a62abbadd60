"""Issues over HTTP: report, list, look at one, do a step, classes."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from gis.access.audit import who
from gis.access.http import SignedIn
from gis.errors import BadRequest, NotAllowed
from gis.issues import callers, listing
from gis.issues.advance import Step, advance
from gis.issues.intake import Report, enabled, ranks, receive
from gis.issues.learned import learned_of
from gis.issues.shapes import (
    BIGGEST,
    Caller,
    Candidate,
    ClassList,
    Guess,
    Issue,
    IssueClass,
    IssueFeature,
    IssueId,
    IssueList,
    NewIssue,
    NewStep,
    WholeIssue,
)
from gis.issues.showing import box, clean, left, photos_allowed, shown, states, whole, zoned
from gis.issues.transitions import DESK
from gis.issues.who import Dealing
from gis.messages import Both
from gis.service import Here

router = APIRouter(tags=["issues"])


@router.post("/api/issues", status_code=201, summary="Report an issue", responses={200: {"model": WholeIssue}})
async def report_issue(new: NewIssue, account: Dealing, here: Here, response: Response) -> WholeIssue:
    """Stores a report, sorted and placed. 201; 200 with the same issue when its `id` was sent before."""
    if "\x00" in new.text + (new.id or "") + (new.result or ""):
        raise BadRequest(what="text", why=Both("含有空字符", "it holds a null character"))
    if not new.text.strip():
        raise BadRequest(what="text", why=Both("不能为空", "it is empty"))
    at = zoned("at", new.at, here)
    caller = new.caller or Caller()
    if new.caller is not None and account.role not in DESK:
        raise NotAllowed(what=Both("登记来电人信息", "say who called"))
    report = Report(
        new.text.strip(), new.lon, new.lat, at, new.source, new.class_, new.id, clean(new.result),
        clean(new.order_number), clean(caller.name), clean(caller.phone),
    )  # fmt: skip
    number, fresh = await receive(here, learned_of(here), account, report)
    response.status_code = 201 if fresh else 200
    return await whole(here, account, number)


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
    unsure: Annotated[bool, Query(description="only those whose class is uncertain and chosen by nobody")] = False,
    worker: Annotated[str | None, Query(max_length=100, description="only this worker's")] = None,
    before: Annotated[int | None, Query(ge=1, le=BIGGEST, description="go on after this id")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> IssueList:
    """The issues that the account sees, newest first, as GeoJSON."""
    rows = await listing.listing(
        here.database, account, states=states(state), code=class_, area=area, since=zoned("since", since, here),
        bbox=box(bbox), words=(q or "").replace("\x00", "").strip() or None,
        overdue_at=here.clock.now() if overdue else None, worker=worker, before=before, limit=limit,
        pressing=pressing, unsure=unsure,
    )  # fmt: skip
    photos = await photos_allowed(here, account)
    features = [
        IssueFeature(
            id=row["id"],
            geometry={"type": "Point", "coordinates": [round(row["lon"], 7), round(row["lat"], 7)]},
            properties=Issue(**shown(row, account, photos=photos)),
        )
        for row in rows
    ]
    return IssueList(features=features, next=rows[-1]["id"] if len(rows) == limit and not pressing else None)


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
    ranked = ranks(sorter, text, await enabled(here))[:3]
    candidates = [Candidate.model_validate({"class": one.code, "confidence": one.confidence}) for one in ranked]
    return Guess(candidates=candidates, words=sorter.words(text, ranked[0].code) if ranked else [])


@router.get("/api/issues/{issue_id}", summary="One issue")
async def get_issue(issue_id: IssueId, account: Dealing, here: Here) -> WholeIssue:
    """An issue with its history and what the account may do with it."""
    return await whole(here, account, issue_id)


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
    """Does one step of the transition table; 409 when the state doesn't allow it or somebody was quicker. A step that
    takes the issue out of one's sight answers with the issue as it was left, without further actions."""
    step = Step(
        action=new.action,
        version=new.version,
        note=new.note.replace("\x00", ""),
        code=new.class_,
        worker=new.worker,
        handler=new.handler,
        rating=new.rating,
        into=new.into,
        until=zoned("until", new.until, here),
        text=(new.text or "").replace("\x00", "").strip() or None,
    )
    await advance(here, account, issue_id, step)
    issue = await left(here, account, issue_id)
    if step.action == "reclassify" and step.code and account.role in DESK:
        await learned_of(here).correct(issue.text, step.code)
    return issue
