"""What the framework doesn't say in the API's document: that refusals are problem documents, and how hours look."""

from __future__ import annotations

from typing import Any

from gis.problem import MEDIA_TYPE

_SCHEMA = {
    "type": "object",
    "description": "RFC 9457: `code` is stable, `detail` a sentence in the language that was asked for.",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "request": {"type": "string"},
    },
}
_HOUR = {"type": "string", "pattern": r"^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?$"}
"""An hour of the day in the service's time zone; JSON Schema's `time` has an offset."""


def complete(openapi: dict[str, Any]) -> None:
    """Says in an OpenAPI document that every refusal is a problem document, in place of the framework's own."""
    openapi.setdefault("components", {}).setdefault("schemas", {})["Problem"] = _SCHEMA
    told = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for path, methods in openapi["paths"].items():
        for operation in methods.values():
            answers = operation.setdefault("responses", {})
            framework = str(answers.get("422", "")).find("HTTPValidationError") >= 0
            if framework:
                del answers["422"]
            # Open311 has refusals of its own form, but for those that never reach it
            also: dict[str, Any] = {"application/json": {}, "text/xml": {}} if path.startswith("/open311/") else {}
            answers["4XX"] = {"description": "It can't be done: `detail` says why", "content": {**told, **also}}
            answers["5XX"] = {"description": "It can't be done now", "content": {**told, **also}}
    _hours(openapi)


def _hours(value: Any) -> None:
    """Hours without an offset, wherever they stand."""
    if isinstance(value, dict):
        if value.get("type") == "string" and value.get("format") == "time":
            del value["format"]
            value.update(_HOUR)
        for each in value.values():
            _hours(each)
    elif isinstance(value, list):
        for each in value:
            _hours(each)
