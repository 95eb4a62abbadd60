"""The built front end, and the API's documentation: nothing is loaded from another host."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import fastapi_offline
from fastapi import APIRouter, FastAPI
from fastapi.responses import FileResponse, HTMLResponse, PlainTextResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from gis.errors import NotFound
from gis.service import Here
from gridtwin import wall_entry

PAGES = {
    "/": "index.html",
    "/admin": "admin.html",
    "/phone": "phone.html",
    "/planner": "planner.html",
    "/wall": "wall.html",
    "/desk": "desk.html",
    "/public": "public.html",
}
"""The address of each page, and its file in frontend/."""
BUILT = Path(__file__).resolve().parent.parent / "frontend" / "dist"
_NOT_BUILT = "网页尚未构建，请运行 make setup。\nThe pages have not been built: run `make setup`.\n"
_DOCS = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>gridtwin API</title>
<link rel="stylesheet" href="/docs/assets/swagger-ui.css"><link rel="icon" href="/docs/assets/favicon.png"></head>
<body><div id="swagger-ui"></div>
<script src="/docs/assets/swagger-ui-bundle.js"></script><script src="/docs/start.js"></script></body></html>
"""
_START = "SwaggerUIBundle({ url: '/openapi.json', dom_id: '#swagger-ui', deepLinking: true });\n"

router = APIRouter(include_in_schema=False)


@router.get("/docs")
async def docs() -> HTMLResponse:
    """The API's documentation, to read and try."""
    return HTMLResponse(_DOCS)


@router.get("/docs/start.js")
async def docs_start() -> Response:
    """Starts the documentation page: a file, because the policy forbids inline scripts."""
    return Response(_START, media_type="text/javascript")


@router.get("/ca.crt")
async def authority(here: Here) -> Response:
    """The certificate of this installation's own authority, which phones trust once."""
    if here.authority is None:
        raise NotFound(what="/ca.crt")
    headers = {"Content-Disposition": 'attachment; filename="gridtwin-ca.crt"'}
    return Response(here.authority, media_type="application/x-x509-ca-cert", headers=headers)


def _page(name: str) -> Callable[[], Coroutine[Any, Any, Response]]:
    """The route of a page: its file, asked for again each time, because its name holds no hash."""

    async def page() -> Response:
        file = BUILT / name
        if not file.exists():
            return PlainTextResponse(_NOT_BUILT, 503)
        return FileResponse(file, headers={"Cache-Control": "no-cache"})

    return page


for _path, _name in PAGES.items():
    router.get(_path)(_page(_name))


class _Assets(StaticFiles):
    """Files whose name holds a hash of their content: kept for ever."""

    async def check_config(self) -> None:
        """A folder that isn't there yet is an unknown page, not a failure."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        if response.status_code == 200 and path.startswith("assets/"):
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


def build() -> str:
    """Which build of the pages is there: another one means that an open wall shows an old program."""
    try:
        return hashlib.sha256((BUILT / PAGES["/wall"]).read_bytes()).hexdigest()[:16]
    except OSError:
        return ""


def mount(app: FastAPI) -> None:
    """Adds the pages to the application, behind everything else."""
    app.include_router(router)
    app.include_router(wall_entry.router)
    assets = Path(fastapi_offline.__file__).parent / "static"
    app.mount("/docs/assets", StaticFiles(directory=assets), name="docs")
    app.mount("/", _Assets(directory=BUILT, check_dir=False), name="pages")
