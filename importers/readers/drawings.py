"""DXF drawings: closed lines are the polygons, and the drawing's own layers are what a planner means by layer."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyogrio
import shapely

from importers.readers.ogr import FAULTS, OgrSource
from importers.readers.source import Batch, Remark, SeveralLayers, unreadable

_UTF8 = "UTF-8"
_HEADER = 64 * 1024  # bytes in which the release stands: it is the header's first variable
_RELEASE = re.compile(rb"\$ACADVER[\x00-\x20]{1,4}1?[\x00-\x20]{0,4}AC(\d{4})")
_RELEASE_2007 = 1021
_TAIL = 256  # bytes in which a drawing's end is looked for
_DRAWING = "entities"  # GDAL's one layer of a drawing


class DrawingSource(OgrSource):
    """One layer of a DXF drawing (its column `Layer`). Raises UnreadableFile, SeveralLayers.

    Where polygons are wanted, closed lines count as such, and texts and open lines of the layer are left out. Its text
    is in the `encoding` given, else in UTF-8 since the release of 2007, before that as $DWGCODEPAGE says.
    """

    def __init__(self, path: Path, *, layer: str | None, wanted: str | None, encoding: str | None = None) -> None:
        _check_end(path)
        self._text = _known(path, encoding) if encoding else _UTF8 if _since_2007(path) else None
        self._say_encoding()
        layers = _layers(path)
        if layer is None and len(layers) > 1:
            raise SeveralLayers(sorted(layers))
        if layer is not None and layer not in layers:
            raise unreadable(path, "layer", layer=layer, known=", ".join(sorted(layers)))
        name = layer or next(iter(layers), "0")
        quoted = name.replace("'", "''")
        super().__init__(path, str(path), "DXF", layer=_DRAWING, where=f"Layer = '{quoted}'")
        self.layer = name
        self.rows = layers.get(name)
        self._wanted = wanted
        if wanted == "polygon":
            self.remarks.append(Remark("closed-lines", "info", {"layer": name}))

    def batches(self, columns: Sequence[str]) -> Iterator[Batch]:
        """The entities in batches; closed lines as polygons where polygons are wanted."""
        self._say_encoding()
        for batch in super().batches(columns):
            if self._wanted is None or batch.geometry is None:
                yield batch
                continue
            shapes = shapely.force_2d(shapely.from_wkb(batch.geometry, on_invalid="ignore"))
            types = shapely.get_type_id(shapes)
            if self._wanted == "polygon":
                closed = (types == 1) & shapely.is_closed(shapes) & (shapely.get_num_points(shapes) > 3)
                for at in np.flatnonzero(closed):
                    shapes[at] = shapely.polygons(shapely.get_coordinates(shapes[at]))
                types = shapely.get_type_id(shapes)
            fits = {"polygon": (3, 6), "line": (1, 5), "point": (0, 4)}[self._wanted]
            kept = np.flatnonzero(np.isin(types, fits))
            values = {name: [column[at] for at in kept] for name, column in batch.columns.items()}
            yield Batch(batch.first_row, len(kept), values, shapely.to_wkb(shapes[kept]))

    def _say_encoding(self) -> None:
        """GDAL takes it from its configuration when it opens the file, else from the header of any release."""
        pyogrio.set_gdal_config_options({"DXF_ENCODING": self._text})


def _known(path: Path, encoding: str) -> str:
    try:
        return codecs.lookup(encoding).name.upper()
    except (LookupError, ValueError) as unknown:
        raise unreadable(path, "encoding-unknown", encoding=encoding) from unknown


def _since_2007(path: Path) -> bool:
    with path.open("rb") as file:
        told = _RELEASE.search(file.read(_HEADER))
    return told is not None and int(told.group(1)) >= _RELEASE_2007


def _check_end(path: Path) -> None:
    """A drawing ends in EOF; GDAL reads one that is cut off as far as it goes, and says nothing."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _TAIL))
        if b"EOF" not in file.read():
            raise unreadable(path, "drawing-cut")


def _layers(path: Path) -> dict[str, int]:
    """The drawing's layers with the number of their entities."""
    try:
        _, table = pyogrio.read_arrow(str(path), layer=_DRAWING, columns=["Layer"], read_geometry=False)
    except FAULTS as broken:
        raise unreadable(path, broken) from broken
    counted: dict[str, int] = {}
    for name in table.column("Layer").to_pylist():
        counted[str(name)] = counted.get(str(name), 0) + 1
    return counted
