"""What to type into a phone's app, and the links that type it: one function an app.

The names are those that each app shows or reads: Traccar Client's configuration link, OwnTracks' `.otrc` file and
`owntracks:///config`, Overland's `overland://setup`.
"""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import urlencode

from gis.access.devices import App, identifier

INTERVAL_S = 10
_HTTP = 3  # OwnTracks' number for its HTTP mode
_MOVE = 2  # OwnTracks' number for frequent positions


def settings(app: App, *, base: str, device_id: int, worker: str, token: str) -> dict[str, Any]:
    """The settings of an app; `base` is the service's address, without a slash at its end. Holds the secret."""
    return _APPS[app](base, device_id, worker, token)


def _gridtwin(base: str, device_id: int, worker: str, token: str) -> dict[str, Any]:
    return {"url": f"{base}/api/fixes", "token": token, "link": f"{base}/phone#{urlencode({'token': token})}"}


def _traccar(base: str, device_id: int, worker: str, token: str) -> dict[str, Any]:
    url = f"{base}/osmand"
    typed = {"id": identifier(device_id, token), "interval": INTERVAL_S, "accuracy": "high"}
    return {"url": url, **typed, "link": f"{url}?{urlencode(typed)}"}


def _owntracks(base: str, device_id: int, worker: str, token: str) -> dict[str, Any]:
    typed = {
        "url": f"{base}/owntracks",
        "username": worker,
        "password": token,
        "deviceId": str(device_id),
        "tid": worker[-2:],
    }
    config = {
        "_type": "configuration",
        "mode": _HTTP,
        "auth": True,
        **typed,
        "monitoring": _MOVE,
        "moveModeLocatorInterval": INTERVAL_S,
        "locatorInterval": INTERVAL_S,
        "cmd": False,
    }
    inline = base64.b64encode(json.dumps(config, ensure_ascii=False).encode()).decode()
    return {
        "mode": "HTTP",
        **typed,
        "config": config,
        "link": f"owntracks:///config?{urlencode({'inline': inline})}",
    }


def _overland(base: str, device_id: int, worker: str, token: str) -> dict[str, Any]:
    typed = {"url": f"{base}/overland", "token": token, "device_id": str(device_id)}
    return {**typed, "link": f"overland://setup?{urlencode({**typed, 'unique_id': 'yes'})}"}


_APPS = {"gridtwin": _gridtwin, "traccar": _traccar, "owntracks": _owntracks, "overland": _overland}
