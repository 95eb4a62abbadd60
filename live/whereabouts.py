"""Where one worker is now."""

from __future__ import annotations

import msgspec

MOVING, STANDING = "moving", "standing"


class Whereabouts(msgspec.Struct, gc=False):
    """What the reliable fixes of a worker say about now. Times are µs since 1970, UTC; units as in `live.fix.Fix`."""

    lon: float
    lat: float
    at: int
    """The watermark: the newest event time that counted. It never goes back."""
    anchor: tuple[float, float]
    """Where the worker came to stand, (lon, lat): whoever drifts around it stands still."""
    heading: float | None = None
    speed: float | None = None
    accuracy: float | None = None
    battery: float | None = None
    status: str = STANDING
    since: int = 0
    """Since when `status` holds."""
    heard_at: int = 0
    """When the phone was last heard of, by the server's clock, heartbeats and doubtful fixes included."""
    provisional: bool = False
    """Whether it is only the word of a phone whose clock is ahead."""
    rumour: tuple[float, float, int] | None = None
    """Where a fix jumped to (lon, lat, at): a second one there is believed."""
    late_from: int | None = None
    """The earliest event time of the last request, when it brought fixes that the phone had kept."""
