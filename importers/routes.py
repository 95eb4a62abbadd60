"""Imports over HTTP: a file in one request, or step by step as the planner's page does it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, Field

from gis.access.accounts import Account
from gis.access.http import SignedIn
from gis.access.roles import Permission
from gis.errors import ImportRefused, NotFound, TooBig
from gis.problem import MEDIA_TYPE, document, language
from gis.service import Here
from importers import runs
from importers.catalogue import CHECKS
from importers.jobs import options, sample, upload
from importers.jobs.child import FINDINGS
from importers.jobs.desk import Answer, Desk, Job, finished
from importers.kinds import KINDS
from importers.request import ImportRequest

router = APIRouter(tags=["imports"])
_AT_ONCE_S = 20.0  # an inspection that is ready within this comes with the first answer
_LISTED = 200  # findings in a state; the rest is in …/findings
_RANK = {"error": 0, "warning": 1, "info": 2}


def _desk(request: Request) -> Desk:
    desk = request.app.state.imports
    assert isinstance(desk, Desk)  # noqa: S101 - set by create_app
    return desk


def _importer(account: SignedIn) -> Account:
    account.require(Permission.IMPORT)
    return account


def _speech(request: Request) -> str:
    return language(request.headers.get("accept-language", ""))


AtDesk = Annotated[Desk, Depends(_desk)]
Importer = Annotated[Account, Depends(_importer)]
Speech = Annotated[str, Depends(_speech)]


class Report(BaseModel):
    """What an import did or would do; `findings` are the first, `counts` of all by severity."""

    import_: int | None = Field(alias="import")
    refused: bool
    findings: list[dict[str, Any]]
    counts: dict[str, int]
    added: int
    changed: int
    removed: int
    unchanged: int


class JobState(BaseModel):
    """An upload and the last task on it; `state` is waiting, running, done, failed or cancelled."""

    id: str
    file: str
    size: int
    task: str
    state: str
    stage: str
    rows: int
    total: int | None
    inspection: dict[str, Any] | None
    encoding: str | None = Field(description="the encoding that it was inspected in, if one was named")
    report: Report | None
    problem: str | None


class KindField(BaseModel):
    """A field that a column can become."""

    name: str
    title_zh: str
    type: str
    required: bool


class KindRow(BaseModel):
    """A kind of file."""

    name: str
    geometry: str
    fields: list[KindField]


class Run(BaseModel):
    """An import that was done; `undone_at` when it was taken back."""

    id: int
    kind: str
    file: str
    by: str
    at: datetime
    added: int
    changed: int
    removed: int
    unchanged: int
    undone_at: datetime | None
    undone_by: str | None
    plan_from: datetime | None


class ImportList(BaseModel):
    """What was imported within the scope, newest first, and what an upload may be."""

    imports: list[Run]
    uploads: list[JobState]
    kinds: list[KindRow]
    allowable: list[str] = Field(description="checks whose errors the user may accept")
    max_bytes: int


class Again(BaseModel):
    """How to look at a file again."""

    encoding: str | None = Field(default=None, max_length=100)


class Undo(BaseModel):
    """`yes`: even if rows were changed by hand since."""

    yes: bool = False


_FORM = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {"type": "string", "format": "binary"},
                        "kind": {"type": "string", "enum": list(KINDS)},
                        **{
                            name: {"type": "string"}
                            for name in (
                                *("layer", "crs", "encoding", "map", "set", "grid_kind", "within", "allow", "from"),
                                *("replace", "yes", "repair", "swap", "fresh", "dry_run"),
                            )
                        },
                    },
                }
            }
        },
    },
    "responses": {
        "200": {"description": "Imported, or tried with dry_run: what `gridtwin import --json` prints"},
        "201": {"description": "Without `kind`: the upload and what its inspection says"},
        "413": {"description": "Larger than GRIDTWIN_IMPORT_MAX_MB"},
        "422": {"description": "Refused: the same, with the errors in `findings`; nothing was changed"},
        "503": {"description": "Too many files wait"},
    },
}


@router.post("/api/imports", summary="Import a file", openapi_extra=_FORM, response_class=Response)
async def post_import(request: Request, account: Importer, desk: AtDesk, here: Here, speech: Speech) -> Response:
    """With `kind`: imports the file as `gridtwin import` does, and answers what that prints as JSON.

    Without: keeps it and looks at it; what follows are the routes below.
    """
    expected = int(request.headers.get("content-length") or 0)
    if expected > desk.largest:
        raise TooBig(limit=f"{desk.largest >> 20} MB")
    job = await desk.take(account, expected)
    try:
        form = await upload.receive(
            job.folder / "files", request.headers.get("content-type", ""), _bounded(request, desk.largest)
        )
        job.file, job.size = await asyncio.to_thread(upload.main_file, form, desk.largest), form.bytes
        fields = [*request.query_params.multi_items(), *form.fields]
        if any(name.strip() == "kind" and value for name, value in fields):
            return await _import_at_once(job, fields, account, desk, here, speech)
        encoding = next((value for name, value in fields if name == "encoding" and value), None)
        desk.begin(job, "inspect", _to_inspect(job, encoding))
    except BaseException:
        await asyncio.shield(desk.drop(job))
        raise
    if not desk.is_full:
        await finished(job, _AT_ONCE_S)
    body = _state(job, speech).model_dump_json(by_alias=True)
    return Response(body, 201, {"Location": f"/api/imports/{job.id}"}, "application/json")


async def _bounded(request: Request, largest: int) -> AsyncIterator[bytes]:
    taken = 0
    async for chunk in request.stream():
        taken += len(chunk)
        if taken > largest:
            raise TooBig(limit=f"{largest >> 20} MB")
        if chunk:
            yield chunk


async def _import_at_once(
    job: Job, fields: list[tuple[str, str]], account: Account, desk: Desk, here: Here, speech: str
) -> Response:
    chosen, dry_run = options.from_fields(fields)
    wanted = chosen.request(job.file, account, here.settings.zone, dry_run=dry_run)
    desk.begin(job, "check" if dry_run else "import", wanted)
    try:
        if job.working is not None:
            await asyncio.wait([job.working])
        if job.problem is not None:
            raise job.problem
        return _as_printed(job.report, speech)
    finally:
        await asyncio.shield(desk.drop(job))


def _as_printed(report: Answer | None, speech: str) -> Response:
    """What the command line prints as JSON: 200, or 422 with the problem's members beside it when it was refused."""
    if report is None:
        raise NotFound(what="import")
    answer = dict(report[speech])
    errors = sum(finding["severity"] == "error" for finding in answer["findings"])
    if not errors:
        return Response(msgspec.json.encode(answer), 200, media_type="application/json")
    answer = {**document(ImportRefused(count=errors), speech), **answer}
    return Response(msgspec.json.encode(answer), 422, media_type=MEDIA_TYPE)


def _to_inspect(job: Job, encoding: str | None) -> ImportRequest:
    return ImportRequest("", job.file, encoding=encoding)


@router.get("/api/imports", summary="Imports that were done")
async def list_imports(
    account: Importer,
    desk: AtDesk,
    here: Here,
    speech: Speech,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> ImportList:
    """The imports whose rows all lie within the scope, the account's own uploads, and what can be imported."""
    rows = await runs.listing(here.database, account, limit=limit)
    kinds = [
        KindRow(
            name=kind.name,
            geometry=kind.geometry,
            fields=[
                KindField(name=one.name, title_zh=one.title_zh, type=one.type, required=one.required)
                for one in kind.fields
            ],
        )
        for kind in KINDS.values()
    ]
    uploads = [_state(job, speech) for job in desk.of(account)]
    return ImportList(
        imports=[Run(**row) for row in rows],
        uploads=uploads,
        kinds=kinds,
        allowable=[name for name, check in CHECKS.items() if check.allowable],
        max_bytes=desk.largest,
    )


@router.get("/api/imports/{job_id}", summary="An upload")
async def get_import(job_id: str, account: Importer, desk: AtDesk, speech: Speech) -> JobState:
    """What is known of an upload and of the last task on it: how far it is, and what it found."""
    return _state(desk.find(account, job_id), speech)


@router.delete("/api/imports/{job_id}", status_code=204, summary="Discard an upload")
async def delete_import(job_id: str, account: Importer, desk: AtDesk) -> None:
    """Ends what is being done to an upload, and deletes it."""
    await desk.drop(desk.find(account, job_id))


@router.post("/api/imports/{job_id}/inspect", status_code=202, summary="Look at an upload again")
async def inspect_again(job_id: str, again: Again, account: Importer, desk: AtDesk, speech: Speech) -> JobState:
    """Looks at the file once more, in another encoding."""
    job = desk.find(account, job_id)
    desk.begin(job, "inspect", _to_inspect(job, again.encoding or None))
    if not desk.is_full:
        await finished(job, _AT_ONCE_S)
    return _state(job, speech)


@router.post("/api/imports/{job_id}/check", status_code=202, summary="Check an upload")
async def check_import(
    job_id: str, chosen: options.Options, account: Importer, desk: AtDesk, here: Here, speech: Speech
) -> JobState:
    """Begins a trial: everything is checked and counted, nothing is changed."""
    job = desk.find(account, job_id)
    desk.begin(job, "check", chosen.request(job.file, account, here.settings.zone, dry_run=True))
    return _state(job, speech)


@router.post("/api/imports/{job_id}/run", status_code=202, summary="Import an upload")
async def run_import(
    job_id: str, chosen: options.Options, account: Importer, desk: AtDesk, here: Here, speech: Speech
) -> JobState:
    """Begins the import: all of the file, or nothing of it."""
    job = desk.find(account, job_id)
    desk.begin(job, "import", chosen.request(job.file, account, here.settings.zone, dry_run=False))
    return _state(job, speech)


@router.post("/api/imports/{job_id}/cancel", summary="Cancel a task")
async def cancel_import(job_id: str, account: Importer, desk: AtDesk, speech: Speech) -> JobState:
    """Ends what is being done to an upload; nothing was changed unless `report` says so."""
    job = desk.find(account, job_id)
    await desk.cancel(job)
    return _state(job, speech)


@router.get("/api/imports/{job_id}/preview", summary="Some shapes of an upload")
async def preview(
    job_id: str,
    account: Importer,
    desk: AtDesk,
    layer: Annotated[str, Query(max_length=500)],
    crs: Annotated[str, Query(max_length=20_000)],
    swap: bool = False,
) -> Response:
    """Up to 400 shapes of a layer as GeoJSON, as they would lie if its coordinates were of this system."""
    job = desk.find(account, job_id)
    if job.inspection is None:
        raise NotFound(what=layer)
    shapes = await asyncio.to_thread(sample.on_map, job.folder, layer, crs, swap=swap)
    return Response(msgspec.json.encode(shapes), media_type="application/geo+json")


@router.get("/api/imports/{job_id}/findings", summary="Findings on the map")
async def findings(job_id: str, account: Importer, desk: AtDesk, speech: Speech) -> Response:
    """The findings of the last check or import as GeoJSON, those that have a place."""
    job = desk.find(account, job_id)
    file = job.folder / FINDINGS
    if job.report is None or not file.exists():
        raise NotFound(what="findings")
    both = msgspec.json.decode(await asyncio.to_thread(Path.read_bytes, file), type=dict[str, msgspec.Raw])
    return Response(bytes(both[speech]), media_type="application/geo+json")


@router.post("/api/imports/{number}/undo", summary="Take an import back", response_class=Response)
async def undo_import(
    number: int, account: Importer, desk: AtDesk, here: Here, speech: Speech, undo: Undo | None = None
) -> Response:
    """What the import added goes, what it changed or removed is as it was; 422 with the reasons when it can't be."""
    if not 0 < number < 2**63 or not await runs.is_within(here.database, account, number):
        raise NotFound(what=number)
    answer = await desk.undo(number, by=account.username, yes=undo is not None and undo.yes)
    return _as_printed(answer, speech)


def _state(job: Job, speech: str) -> JobState:
    report = job.report[speech] if job.report is not None else None
    found = sorted(report["findings"], key=lambda one: _RANK[one["severity"]]) if report else []
    counts = {severity: sum(one["severity"] == severity for one in found) for severity in _RANK}
    return JobState(
        id=job.id,
        file=job.file.name,
        size=job.size,
        task=job.task,
        state=job.state,
        stage=job.stage,
        rows=job.rows,
        total=job.total,
        inspection=job.inspection[speech] if job.inspection else None,
        encoding=job.encoding,
        report=Report(**{**report, "findings": found[:_LISTED]}, refused=counts["error"] > 0, counts=counts)
        if report
        else None,
        problem=job.problem.message(speech) if job.problem else None,
    )
