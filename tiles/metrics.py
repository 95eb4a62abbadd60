"""What Prometheus is told of tiles."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from tiles.cache import TileCache
from tiles.layers import LAYERS

_OUTCOMES = ("cached", "joined", "rendered", "refused")


class TileMetrics:
    """Counters by layer and outcome; a tile of several layers counts once for each."""

    def __init__(self, registry: CollectorRegistry) -> None:
        tiles = Counter(
            "gridtwin_tiles",
            "Tiles asked for: out of the cache, from a render under way, rendered, refused because too many wait",
            ["layer", "outcome"],
            registry=registry,
        )
        self._tiles = {(layer, outcome): tiles.labels(layer, outcome) for layer in LAYERS for outcome in _OUTCOMES}
        self.unchanged = Counter("gridtwin_tiles_unchanged", "Tiles answered with 304", registry=registry)
        self.abandoned = Counter(
            "gridtwin_tiles_abandoned", "Tiles whose client went before the answer", registry=registry
        )
        self.dropped = Counter("gridtwin_tiles_dropped", "Tiles dropped because of a change", registry=registry)
        self._seconds_at: dict[int, Histogram] = {}
        self._seconds = Histogram(
            "gridtwin_tile_render_seconds",
            "Time of a tile's statement in the database, waiting for a connection included",
            ["zoom"],
            buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
            registry=registry,
        )
        self._kept = Gauge("gridtwin_tiles_kept", "Tiles in the cache", registry=registry)
        self._bytes = Gauge("gridtwin_tiles_kept_bytes", "Memory of the tiles in the cache", registry=registry)

    def count(self, layers: tuple[str, ...], outcome: str) -> None:
        """One more tile of these layers with this outcome."""
        for layer in layers:
            self._tiles[layer, outcome].inc()

    def took(self, zoom: int, seconds: float) -> None:
        """A tile of a zoom was rendered in this time."""
        at = self._seconds_at.get(zoom)
        if at is None:
            at = self._seconds_at[zoom] = self._seconds.labels(str(zoom))
        at.observe(seconds)

    def holds(self, cache: TileCache) -> None:
        """What the cache holds now."""
        self._kept.set(len(cache))
        self._bytes.set(cache.bytes)
