"""JSON as phones write it."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from gis.errors import BadRequest


def decode(body: bytes) -> Any:
    """The value of a JSON document, of one with NaN or Infinity in it too; raises BadRequest."""
    try:
        return msgspec.json.decode(body)
    except (ValueError, RecursionError):
        pass
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as broken:
        raise BadRequest(what="body", why=f"this is no JSON: {broken}") from broken
