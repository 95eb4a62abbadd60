"""Open311 GeoReport v2 over HTTP. `api_key` is the key of another system, or a signed-in account's token.

Each address ends in `.json` or `.xml`; without an ending it is JSON. Errors are in the standard's own form.
"""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import wraps
from typing import Any

from fastapi import APIRouter, Request, Response

from gis.access.accounts import Account
from gis.access.http import account_of
from gis.addresses import search
from gis.errors import BadRequest, GridtwinError, NotFound, NotSignedIn, http_status
from gis.issues import open311
from gis.issues.intake import Report, check_year, enabled, receive
from gis.issues.learned import learned_of
from gis.issues.showing import clean
from gis.messages import Both
from gis.problem import language
from gis.service import Here, Service

router = APIRouter(tags=["open311"])
_FORMS = ("json", "xml")
_LONGEST_TEXT = 2000
_Answer = Callable[..., Awaitable[Response]]


def _told(error: GridtwinError, form: str, request: Request) -> Response:
    status = 403 if isinstance(error, NotSignedIn) else http_status(error)
    row = {"code": status, "description": error.message(language(request.headers.get("accept-language", "")))}
    body, media_type = open311.written("errors", "error", [row], form)
    return Response(body, status, media_type=media_type)


def _georeport(answer: _Answer) -> _Answer:
    """Errors of the service in the form that the standard wants."""

    @wraps(answer)
    async def asked(**values: Any) -> Response:
        form = values.get("form", "json")
        try:
            if form not in _FORMS:
                raise NotFound(what=f".{form}")
            return await answer(**values)
        except GridtwinError as error:
            return _told(error, form if form in _FORMS else "json", values["request"])

    return asked


async def _account(here: Service, request: Request, key: str | None) -> Account:
    """Who asks: by `api_key`, by a key in the address (https://key:…@host, for clients that send it with reports only),
    else as everywhere. Raises NotSignedIn, NotAllowed."""
    key = key or _basic(request.headers.get("authorization", ""))
    if key:
        account = await here.sessions.find(key)
        if account is None:
            raise NotSignedIn
        return account
    return account_of(request.scope)


def _basic(header: str) -> str | None:
    """The key in a Basic authorization: its password, else its user."""
    kind, _, coded = header.partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        user, _, password = base64.b64decode(coded, validate=True).decode().partition(":")
    except (ValueError, UnicodeDecodeError):
        return None
    return password or user or None


def _sent(body: tuple[str, str]) -> Response:
    return Response(body[0], media_type=body[1])


def _moment(here: Service, name: str, text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text.strip().replace(" ", "+"))
    except ValueError as wrong:
        why = Both("请用 ISO 8601，如 2026-05-01T08:00:00Z", "use ISO 8601, 2026-05-01T08:00:00Z")
        raise BadRequest(what=name, why=why) from wrong
    check_year(name, at)
    return at.replace(tzinfo=here.settings.zone) if at.tzinfo is None else at


def _number(name: str, text: str | None, low: float, high: float) -> float | None:
    if not text:
        return None
    try:
        value = float(text)
    except ValueError as wrong:
        raise BadRequest(what=name, why=Both("不是数字", "it is no number")) from wrong
    if not low <= value <= high:
        why = Both(f"须在 {low:g} 至 {high:g} 之间", f"it lies between {low:g} and {high:g}")
        raise BadRequest(what=name, why=why)
    return value


@router.get("/open311/v2/services.{form}", summary="Open311: services", response_class=Response)
@router.get("/open311/v2/services", summary="Open311: services", response_class=Response)
@_georeport
async def list_services(*, request: Request, here: Here, form: str = "json") -> Response:
    """The classes of issues, as services."""
    return _sent(open311.written("services", "service", await open311.services(here), form))


@router.get("/open311/v2/services/{code}", summary="Open311: a service", response_class=Response)
@router.get("/open311/v2/services/{code}.{form}", summary="Open311: a service", response_class=Response)
@_georeport
async def get_service(*, code: str, request: Request, here: Here, form: str = "json") -> Response:
    """What a service asks for: nothing beyond the description."""
    if code not in await enabled(here):
        raise NotFound(what=Both(f"服务 {code}", f"service {code}"))
    return _sent(open311.written_definition(code, form))


@router.post("/open311/v2/requests.{form}", summary="Open311: report", response_class=Response)
@router.post("/open311/v2/requests", summary="Open311: report", response_class=Response)
@_georeport
async def add_request(*, request: Request, here: Here, form: str = "json") -> Response:
    """Takes a form: `service_code`, `lat` and `long` or `address_string`, `description`; needs `api_key`."""
    given = await request.form()
    said = {name: str(value) for name, value in {**request.query_params, **given}.items()}
    account = await _account(here, request, said.get("api_key"))
    code = said.get("service_code", "")
    known = (await enabled(here)).get(code)
    if known is None:
        raise NotFound(what=Both(f"服务 {code}", f"service {code}"))
    lat, lon = _number("lat", said.get("lat"), -90, 90), _number("long", said.get("long"), -180, 180)
    if lat is None or lon is None:
        found = await search.search(here.database, account.scope, said.get("address_string", ""), limit=1)
        if not found or found[0]["point"][0] is None:
            why = Both("请同时给出，或用已知地址作 address_string", "give both, or a known address as address_string")
            raise BadRequest(what="lat, long", why=why)
        lon, lat = (float(part) for part in found[0]["point"])
    text = clean(said.get("description")) or str(known["name_zh"])
    if media := clean(said.get("media_url")):
        text = f"{text}\n{media}"
    if len(text) > _LONGEST_TEXT:
        why = Both(f"最多 {_LONGEST_TEXT} 字", f"at most {_LONGEST_TEXT} characters")
        raise BadRequest(what="description", why=why)
    report = Report(text, lon, lat, source="居民", code=code)
    number, _ = await receive(here, learned_of(here), account, report)
    row = {"service_request_id": str(number), "service_notice": "", "account_id": ""}
    return _sent(open311.written("service_requests", "request", [row], form))


@router.get("/open311/v2/requests.{form}", summary="Open311: requests", response_class=Response)
@router.get("/open311/v2/requests", summary="Open311: requests", response_class=Response)
@_georeport
async def list_requests(
    *,
    request: Request,
    here: Here,
    form: str = "json",
    api_key: str | None = None,
    service_request_id: str | None = None,
    service_code: str | None = None,
    start_date: str | None = None,
    end_date: str | None = None,
    status: str | None = None,
    page: str | None = None,
    page_size: str | None = None,
) -> Response:
    """Requests that the key may see, newest first: at most 1,000, of 90 days (the last ones unless said)."""
    account = await _account(here, request, api_key)
    if service_request_id:
        return await _some(here, account, request, service_request_id.split(","), form)
    first, last = _moment(here, "start_date", start_date), _moment(here, "end_date", end_date)
    if first is None and last is None:
        last = here.clock.now()
    if first is None and last is not None:
        first = last - open311.LONGEST
    if first is not None and (last is None or last - first > open311.LONGEST):
        last = first + open311.LONGEST
    wanted = {part.strip().lower() for part in (status or "").split(",") if part.strip()}
    if not wanted <= {"open", "closed"}:
        raise BadRequest(what="status", why=Both("请用 open、closed 或两者", "use open, closed, or both"))
    size = int(_number("page_size", page_size, 1, open311.MOST) or open311.MOST)
    number = int(_number("page", page, 1, 10_000) or 1)
    rows = await open311.requests(
        here, account, _base(request), codes=service_code.split(",") if service_code else None, first=first, last=last,
        closed="closed" in wanted if len(wanted) == 1 else None, limit=size,
        offset=(number - 1) * size,
    )  # fmt: skip
    return _sent(open311.written("service_requests", "request", rows, form))


@router.get("/open311/v2/requests/{request_id}", summary="Open311: a request", response_class=Response)
@router.get("/open311/v2/requests/{request_id}.{form}", summary="Open311: a request", response_class=Response)
@_georeport
async def get_request(
    *, request_id: str, request: Request, here: Here, form: str = "json", api_key: str | None = None
) -> Response:
    """One request; in XML and JSON a list of one, as the standard wants."""
    account = await _account(here, request, api_key)
    return await _some(here, account, request, [request_id], form)


async def _some(here: Service, account: Account, request: Request, ids: list[str], form: str) -> Response:
    numbers = [int(part) for part in ids if part.strip().isascii() and part.strip().isdigit() and len(part) < 18]
    rows = await open311.requests(here, account, _base(request), ids=numbers)
    if not rows:
        raise NotFound(what=Both(f"请求 {','.join(ids)}", f"request {','.join(ids)}"))
    return _sent(open311.written("service_requests", "request", rows, form))


def _base(request: Request) -> str:
    return str(request.base_url).rstrip("/")
