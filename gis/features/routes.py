"""OGC API Features (17-069r4) over HTTP: collections, and their features page by page."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlencode

import msgspec
from fastapi import APIRouter, Query, Request, Response

from gis.access.accounts import Account
from gis.access.http import SignedIn
from gis.errors import NotFound
from gis.features import asked as questions
from gis.features import collections
from gis.features.collections import COLLECTIONS, Collection
from gis.messages import Both
from gis.service import Here, Service

router = APIRouter(tags=["ogc"])
GEOJSON = "application/geo+json"
_JSON = "application/json"
_CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
_SCHEMA: dict[int | str, dict[str, Any]] = {
    200: {"content": {GEOJSON: {"schema": {"type": "object"}}}, "description": "GeoJSON"}
}


@router.get("/ogc/collections", summary="OGC API Features: collections", response_class=Response)
async def list_collections(account: SignedIn, service: Here, request: Request) -> Response:
    """What the account may ask for."""
    root = _root(request, service)
    told = [_described(each, root, request) for each in collections.of(account)]
    links = [_link("self", f"{root}/ogc/collections", _JSON)]
    return _answer({"collections": told, "links": links}, _JSON)


@router.get("/ogc/collections/{name}", summary="OGC API Features: a collection", response_class=Response)
async def get_collection(name: str, account: SignedIn, service: Here, request: Request) -> Response:
    """One collection."""
    return _answer(_described(_collection(name, account), _root(request, service), request), _JSON)


@router.get(
    "/ogc/collections/{name}/items", summary="OGC API Features: features", response_class=Response, responses=_SCHEMA
)
async def list_items(
    name: str,
    account: SignedIn,
    service: Here,
    request: Request,
    bbox: Annotated[str, Query(description="west,south,east,north in degrees (CRS84)")] = "",
    datetime: Annotated[str, Query(description="A moment or begin/end, RFC 3339; `..` is an open end")] = "",
    limit: Annotated[str, Query(description="Features a page, 1 to 10,000; 100")] = "",
    after: Annotated[str, Query(description="Where the page begins, from the link `next`")] = "",
) -> Response:
    """A page of features in EPSG:4326 (CRS84), (lon, lat) with 7 decimals; `next` leads to the following page."""
    collection = _collection(name, account)
    asked = questions.read(collection, request.query_params)
    rows, following = await questions.items(service.database, collection, collection.seen(account), asked)
    here = f"{_root(request, service)}/ogc/collections/{name}"
    query = dict(request.query_params)
    links = [
        _link("self", _address(f"{here}/items", query), GEOJSON),
        _link("collection", here, _JSON),
    ]
    if following is not None:
        links.append(_link("next", _address(f"{here}/items", {**query, "after": str(following)}), GEOJSON))
    features = {
        "type": "FeatureCollection",
        "numberReturned": len(rows),
        "links": links,
        "features": [{"type": "Feature", **row} for row in rows],
    }
    return _answer(features, GEOJSON)


@router.get(
    "/ogc/collections/{name}/items/{feature}",
    summary="OGC API Features: a feature",
    response_class=Response,
    responses=_SCHEMA,
)
async def get_item(name: str, feature: str, account: SignedIn, service: Here, request: Request) -> Response:
    """One feature."""
    collection = _collection(name, account)
    row = None
    if feature.isascii() and feature.isdigit() and len(feature) < 19:
        row = await questions.item(service.database, collection, collection.seen(account), int(feature))
    if row is None:
        raise NotFound(what=f"{name}/{feature[:50]}")
    here = f"{_root(request, service)}/ogc/collections/{name}"
    links = [_link("self", f"{here}/items/{feature}", GEOJSON), _link("collection", here, _JSON)]
    return _answer({"type": "Feature", **row, "links": links}, GEOJSON)


def _collection(name: str, account: Account) -> Collection:
    collection = COLLECTIONS.get(name)
    if collection is None:
        raise NotFound(what=Both(f"数据集 {name[:50]}", f"collection {name[:50]}"))
    account.require(collection.needs)
    return collection


def _described(collection: Collection, root: str, request: Request) -> dict[str, Any]:
    chinese = request.headers.get("accept-language", "zh").lower().startswith("zh")
    here = f"{root}/ogc/collections/{collection.name}"
    return {
        "id": collection.name,
        "title": collection.title.zh if chinese else collection.title.en,
        "itemType": "feature",
        "crs": [_CRS84],
        "storageCrs": _CRS84,
        "extent": {"spatial": {"bbox": [[-180, -90, 180, 90]], "crs": _CRS84}},
        "links": [_link("self", here, _JSON), _link("items", f"{here}/items", GEOJSON)],
    }


def _root(request: Request, service: Service) -> str:
    if service.settings.public_url:
        return service.settings.public_url.rstrip("/")
    return str(request.base_url).rstrip("/")


def _address(path: str, query: dict[str, str]) -> str:
    return f"{path}?{urlencode(query)}" if query else path


def _link(rel: str, href: str, kind: str) -> dict[str, str]:
    return {"rel": rel, "href": href, "type": kind}


def _answer(value: object, kind: str) -> Response:
    return Response(msgspec.json.encode(value), media_type=kind, headers={"Cache-Control": "no-store"})
