"""Whatever GDAL reads: GeoJSON, GeoPackage and more, in Arrow batches, so that memory doesn't grow with the file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyogrio
from numpy.typing import NDArray

from importers.readers.source import BATCH_ROWS, Batch, SeveralLayers, unreadable

_DATES_AS_TEXT = {"GeoJSON": {"DATE_AS_STRING": "YES"}, "GeoJSONSeq": {"DATE_AS_STRING": "YES"}}


class OgrSource:
    """One layer of a file that GDAL opens. Raises UnreadableFile, SeveralLayers."""

    def __init__(
        self, path: Path, address: str, driver: str, *, layer: str | None = None, encoding: str | None = None
    ) -> None:
        self.path = path
        self._address = address
        self._options: dict[str, Any] = dict(_DATES_AS_TEXT.get(driver, {}))
        self._encoding = encoding
        try:
            names = [str(name) for name, _ in pyogrio.list_layers(address)]
        except (pyogrio.errors.DataSourceError, ValueError, RuntimeError) as broken:
            raise unreadable(path, broken) from broken
        if layer is None and len(names) > 1:
            raise SeveralLayers(names)
        if not names:
            raise unreadable(path, "it has no layer")
        if layer is not None and layer not in names:
            raise unreadable(path, f"it has no layer {layer!r}; its layers are {', '.join(names[:20])}")
        self.layer = layer or names[0]
        try:
            told = pyogrio.read_info(address, layer=self.layer, encoding=encoding, **self._options)
        except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, *_FAULTS) as broken:
            raise unreadable(path, broken) from broken
        self.columns = [str(name) for name in told["fields"]]
        self.crs: str | None = told["crs"]
        self.rows: int | None = int(told["features"]) if told["features"] >= 0 else None
        self.has_geometry = told["geometry_type"] is not None

    def batches(self, columns: Sequence[str]) -> Iterator[Batch]:
        """The rows in batches, in the file's order."""
        first = 1
        try:
            with pyogrio.open_arrow(
                self._address,
                layer=self.layer,
                encoding=self._encoding,
                columns=list(columns),
                batch_size=BATCH_ROWS,
                use_pyarrow=True,
                **self._options,
            ) as (meta, reader):
                shape = (meta["geometry_name"] or "wkb_geometry") if self.has_geometry else None
                for batch in reader:
                    yield _batch(batch, first, columns, shape)
                    first += batch.num_rows
        except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, *_FAULTS) as broken:
            raise unreadable(self.path, broken) from broken


_FAULTS = (
    pyogrio.errors.FeatureError,
    pyogrio.errors.GeometryError,
    pa.ArrowException,
    ValueError,
    RuntimeError,
    OSError,
)


def _batch(batch: pa.RecordBatch, first: int, columns: Sequence[str], shape: str | None) -> Batch:
    values = {name: batch.column(name).to_pylist() for name in columns}
    geometry: NDArray[np.object_] | None = None
    if shape is not None:
        geometry = np.empty(batch.num_rows, dtype=object)
        geometry[:] = batch.column(shape).to_pylist()
    return Batch(first, batch.num_rows, values, geometry)
