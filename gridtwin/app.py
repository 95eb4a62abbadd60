"""`create_app(settings)`: the service as one ASGI application."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import psycopg
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from fastapi.responses import PlainTextResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

import importers.routes
import live.doors
import tiles.doors
from gis import buildings_routes, coordinates_routes, search, tasks, twin
from gis import openapi as api_document
from gis.access import (
    accounts_routes,
    audit_routes,
    devices_routes,
    duty_routes,
    enrolment_routes,
    keys_routes,
    openid_routes,
    people_routes,
    walls_routes,
)
from gis.access import routes as access_routes
from gis.access.devices import Devices
from gis.access.duty import Duty
from gis.access.guessing import Guessing
from gis.access.http import Authenticate
from gis.access.rates import LimitRates, Rates
from gis.access.sessions import Sessions
from gis.addresses import routes as addresses_routes
from gis.areas import parts_routes, schedule
from gis.areas import routes as areas_routes
from gis.areas.register import PlanRegister
from gis.changes import Batch, Feed
from gis.clock import Clock, SystemClock
from gis.cors import CrossOrigin
from gis.db import Database
from gis.doors import Door, Doors, openapi_paths
from gis.errors import BadRequest, GridtwinError, NotFound, NotReady, WrongMethod
from gis.features import routes as features_routes
from gis.issues import dispatch_routes as issue_dispatch_routes
from gis.issues import managing_routes as issue_managing_routes
from gis.issues import open311_routes, tally, timekeeper, webhooks
from gis.issues import photo_routes as issue_photo_routes
from gis.issues import routes as issues_routes
from gis.issues import sheet_routes as issue_sheet_routes
from gis.issues import statistics_routes as issue_statistics_routes
from gis.issues.learned import learned_of
from gis.middleware import LimitBody, Metrics, Observe
from gis.migrations import require_head
from gis.problem import response as problem_response
from gis.service import Service
from gis.settings import Settings
from gis.walls import routes as walls_running_routes
from gridtwin import __version__, jobs, pages
from gridtwin import misread as misread_words
from gridtwin.demo import guide
from importers.export import routes as export_routes
from importers.jobs.desk import Desk
from live import fence_routes, past_routes, zone_routes
from live import routes as live_routes
from live.layer import LiveLayer
from tiles import backgrounds
from tiles.afar import Afar
from tiles.clients import STATE, Clients, Learn
from tiles.mirror import AfterWriting, Mirror

_LEARN_AFTER_S = 10.0
_IMPORTS = re.compile(r"/api/imports")
_PHOTOS = re.compile(r"/api/issues/\d+/photos")
_ROUTERS = (
    access_routes.router,
    openid_routes.router,
    addresses_routes.router,
    devices_routes.router,
    duty_routes.router,
    accounts_routes.router,
    walls_routes.router,
    walls_running_routes.router,
    keys_routes.router,
    audit_routes.router,
    enrolment_routes.router,
    people_routes.router,
    areas_routes.router,
    parts_routes.router,
    buildings_routes.router,
    coordinates_routes.router,
    export_routes.router,
    fence_routes.router,
    features_routes.router,
    past_routes.router,  # before /api/workers/{worker}
    live_routes.router,
    zone_routes.router,
    issue_managing_routes.router,
    issue_statistics_routes.router,  # before the routes with an issue's number
    issue_sheet_routes.router,
    issues_routes.router,
    issue_dispatch_routes.router,
    issue_photo_routes.router,
    open311_routes.router,
    importers.routes.router,
    search.router,
    twin.router,
    backgrounds.router,
    guide.router,
)


def create_app(
    settings: Settings,
    dsn: str,
    *,
    clock: Clock | None = None,
    entrances: dict[str, str] | None = None,
    authority: bytes | None = None,
) -> ASGIApp:
    """The whole service on one database (a libpq URL) whose schema is the newest.

    `entrances` are the demo's one-click links, token -> username; `authority` is the certificate (PEM) that phones have
    to trust, when it is our own. The lifespan raises SchemaBehind, UnknownSchema
    or DatabaseAway when the service can't start.
    """
    clock = clock or SystemClock()
    database = Database(dsn, size=settings.database_pool, statement_timeout_ms=settings.tile_timeout_ms)
    sessions = Sessions(database, clock, days=settings.session_days)
    devices = Devices(database, clock)
    duty = Duty(database, clock, settings.zone, switch_hours=settings.duty_switch_hours)
    guessing = Guessing(database, clock)
    rates = Rates(settings)
    metrics = Metrics()
    feed = Feed(dsn)
    plans = PlanRegister(database)
    service = Service(
        settings,
        clock,
        database,
        sessions,
        devices,
        duty,
        guessing,
        rates,
        feed,
        plans,
        metrics.registry,
        entrances=entrances or {},
        authority=authority,
        pages=pages.build,
    )
    feed.subscribe(plans.hear)
    afar = Afar(dsn, feed)
    feed.subscribe(partial(_forget_sign_ins, sessions))
    engine = tiles.doors.engine_of(service)
    mirror = Mirror(settings.tile_files, feed, sessions) if settings.tile_files else None
    clients = Clients(engine, feed, sessions, plans, rates, metrics.answered, mirror)
    layer = LiveLayer(service)
    pictures = backgrounds.Backgrounds(settings, clock)
    desk = Desk(settings, dsn)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[dict[str, object]]:
        await asyncio.to_thread(_check_schema, dsn)
        await database.open()
        await tally.use_zone(database, settings.time_zone)
        await desk.open()
        following = asyncio.create_task(feed.run())
        if mirror:
            await mirror.open()
        await layer.open()
        generalising = asyncio.create_task(afar.run())
        daily = asyncio.create_task(jobs.run(database, clock, settings))
        scheduler = asyncio.create_task(schedule.keep_in_force(database, clock))
        sorting = asyncio.create_task(_learn_soon(service))
        keeping = asyncio.create_task(timekeeper.run(service))
        telling = asyncio.create_task(webhooks.run(service))
        folding = asyncio.create_task(tally.run(database))
        service.ready = True
        try:
            yield {STATE: clients}
        finally:
            service.ready = False
            if mirror:
                await mirror.close()
            await tasks.end((following, daily, scheduler, generalising, sorting, keeping, telling, folding))
            await layer.close()
            await pictures.close()
            for end in service.at_end:
                await end()
            await desk.close()
            await devices.close()
            await database.close()

    api = FastAPI(
        title="gridtwin",
        version=__version__,
        summary="A GIS digital twin for cities that are governed by grids",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
    )
    api.state.service = service
    api.state.live = layer
    api.state.backgrounds = pictures
    api.state.imports = desk
    for router in _ROUTERS:
        api.include_router(router)
    _add_health(api, service, metrics)
    _add_error_answers(api)
    pages.mount(api)
    doors = [*tiles.doors.doors(service, engine, mirror), *live.doors.doors(layer)]
    _document_doors(api, doors)

    app: ASGIApp = Doors(AfterWriting(api, mirror, feed) if mirror else api, doors)
    app = LimitRates(app, rates, but=live.doors.COUNT_THEMSELVES)
    app = Authenticate(app, sessions, devices)
    larger = [(_IMPORTS, desk.largest), (_PHOTOS, settings.photo_max_mb << 20)]
    app = LimitBody(app, settings.body_max_mb << 20, larger)
    app = CrossOrigin(app, settings.tile_origins, ("/tiles/", "/ogc"))
    return Learn(Observe(app, metrics), clients)


async def _learn_soon(service: Service) -> None:
    """Has the sorter learned before the first report, but after the first pages and phones."""
    await asyncio.sleep(_LEARN_AFTER_S)
    await learned_of(service).sorter()


def _check_schema(dsn: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        require_head(connection)


def _forget_sign_ins(sessions: Sessions, batch: Batch) -> None:
    """Whose areas have changed may see something else now."""
    if batch.gap or any(change.layer == "areas" for change in batch.changes):
        sessions.forget(areas_changed=True)


def _add_health(api: FastAPI, service: Service, metrics: Metrics) -> None:
    @api.get("/healthz", tags=["operation"], summary="The process answers")
    async def healthz() -> dict[str, str]:
        return {"status": "ok", "version": __version__}

    @api.get("/readyz", tags=["operation"], summary="The service is ready")
    async def readyz() -> dict[str, str]:
        if not service.ready or not await service.database.answers():
            raise NotReady
        return {"status": "ready"}

    @api.get("/metrics", tags=["operation"], summary="Figures for Prometheus", response_class=PlainTextResponse)
    async def prometheus() -> Response:
        return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_LATEST)


def _add_error_answers(api: FastAPI) -> None:
    async def known(request: Request, error: Exception) -> Response:
        assert isinstance(error, GridtwinError)  # noqa: S101 - registered for this class
        return problem_response(error, request.scope)

    async def misread(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this class
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"][1:]) or "body"
        return problem_response(BadRequest(what=where, why=misread_words.why(first)), request.scope)

    async def unrouted(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class
        path = request.url.path
        named: GridtwinError = NotFound(what=path)
        if error.status_code == 405:
            named = WrongMethod(path=path, method=request.method)
        return problem_response(named, request.scope)

    async def unforeseen(request: Request, _: Exception) -> Response:
        return problem_response(GridtwinError(), request.scope)

    api.add_exception_handler(Exception, unforeseen)
    api.add_exception_handler(GridtwinError, known)
    api.add_exception_handler(RequestValidationError, misread)
    api.add_exception_handler(HTTPException, unrouted)


def _document_doors(api: FastAPI, doors: list[Door]) -> None:
    def document() -> dict[str, Any]:
        if api.openapi_schema is None:
            schema = get_openapi(title=api.title, version=api.version, summary=api.summary, routes=api.routes)
            schema["paths"].update(openapi_paths(doors))
            api_document.complete(schema)
            api.openapi_schema = schema
        return api.openapi_schema

    api.openapi = document  # type: ignore[method-assign]  # FastAPI's own way to extend the document
