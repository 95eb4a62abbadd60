"""SMS to a worker, by whatever gateway takes JSON over HTTP: its form is a template that an administrator writes.

The template is a JSON object whose texts hold names in braces, such as `{"mobile": "{phone}", "content": "{text}"}`. It
is filled after it was read as JSON, so that nothing in a report can change its shape.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from gis.errors import BadRequest
from gis.messages import Both

FIELDS = ("phone", "text", "issue", "class", "place", "worker", "due", "secret")
"""What a template may name."""
ACTIONS = ("remind", "silent", "soon", "late")
"""What is sent unless a gateway names its own steps: what the clock does."""
_NAMED = re.compile(r"\{([a-z]+)\}")


def check(template: str | None) -> str:
    """The template of a gateway; raises BadRequest for one that is no JSON object or names what there is not."""
    try:
        read = json.loads(template or "")
    except ValueError as unreadable:
        raise BadRequest(what="template", why=Both("不是 JSON", "it is no JSON")) from unreadable
    if not isinstance(read, dict):
        raise BadRequest(what="template", why=Both("应为 JSON 对象", "it has to be a JSON object"))
    named = set(_NAMED.findall(json.dumps(read, ensure_ascii=False)))
    if unknown := sorted(named - set(FIELDS)):
        known = ", ".join(f"{{{name}}}" for name in FIELDS)
        raise BadRequest(
            what="template",
            why=Both(f"没有 {{{unknown[0]}}}，可用：{known}", f"there is no {{{unknown[0]}}}; use {known}"),
        )
    if not {"phone", "text"} <= named:
        raise BadRequest(what="template", why=Both("须含 {phone} 和 {text}", "it has to name {phone} and {text}"))
    return json.dumps(read, ensure_ascii=False)


def filled(template: str, values: Mapping[str, str]) -> bytes:
    """The body for a gateway: the template with its names replaced."""

    def fill(part: Any) -> Any:
        if isinstance(part, str):
            return _NAMED.sub(lambda found: values.get(found[1], ""), part)
        if isinstance(part, dict):
            return {name: fill(inner) for name, inner in part.items()}
        return [fill(inner) for inner in part] if isinstance(part, list) else part

    return json.dumps(fill(json.loads(template)), ensure_ascii=False).encode()
