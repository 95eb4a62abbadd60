"""Whatever GDAL reads, in Arrow batches, so that memory doesn't grow with the file."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyogrio
from numpy.typing import NDArray

from importers.encodings import Guess
from importers.readers.source import BATCH_ROWS, Batch, Remark, SeveralLayers, unreadable

_DATES_AS_TEXT = {"GeoJSON": {"DATE_AS_STRING": "YES"}, "GeoJSONSeq": {"DATE_AS_STRING": "YES"}}
# what GDAL says outside a call of ours goes nowhere instead of to stderr
pyogrio.set_gdal_config_options({"CPL_LOG": "/dev/null"})
FAULTS = (
    pyogrio.errors.DataSourceError,
    pyogrio.errors.DataLayerError,
    pyogrio.errors.FeatureError,
    pyogrio.errors.GeometryError,
    pyogrio.errors.FieldError,
    pyogrio.errors.CRSError,
    pa.ArrowException,
    ValueError,
    RuntimeError,
    OSError,
    KeyError,
)


class OgrSource:
    """One layer of a file that GDAL opens; `told_as` is the file that messages name.

    Raises UnreadableFile, SeveralLayers.
    """

    def __init__(
        self,
        path: Path,
        address: str,
        driver: str,
        *,
        layer: str | None = None,
        encoding: str | None = None,
        where: str | None = None,
        told_as: Path | None = None,
    ) -> None:
        self.path = told_as or path
        self.format = driver
        self.encoding: str | None = None
        self.encodings: list[Guess] = []
        self.remarks: list[Remark] = []
        self._address = address
        self._where = where
        self._options: dict[str, Any] = dict(_DATES_AS_TEXT.get(driver, {}))
        if encoding is not None:
            self._options["encoding"] = encoding
        self.warned: dict[str, None] = {}
        try:
            with self._listening():
                names = [str(name) for name, _ in pyogrio.list_layers(address)]
                self.layer = _chosen(self.path, names, layer)
                told = pyogrio.read_info(address, layer=self.layer, **self._options)
        except FAULTS as broken:
            raise unreadable(self.path, broken) from broken
        self._gdal_layer = self.layer
        self.columns = [str(name) for name in told["fields"]]
        self.crs: str | None = told["crs"]
        self.rows: int | None = int(told["features"]) if told["features"] >= 0 else None
        self.geometry_type: str | None = told["geometry_type"]
        self.has_geometry = told["geometry_type"] is not None

    @contextmanager
    def _listening(self) -> Iterator[None]:
        """Keeps what GDAL warns of, for a finding; held only while GDAL works, since it is the process's."""
        with warnings.catch_warnings(record=True) as heard:
            warnings.simplefilter("always")
            yield
        self.warned.update(dict.fromkeys(" ".join(str(one.message).split())[:200] for one in heard))

    def batches(self, columns: Sequence[str]) -> Iterator[Batch]:
        """The rows in batches, in the file's order."""
        first = 1
        try:
            with pyogrio.open_arrow(
                self._address,
                layer=self._gdal_layer,
                columns=list(columns),
                where=self._where,
                batch_size=BATCH_ROWS,
                use_pyarrow=True,
                **self._options,
            ) as (meta, reader):
                shape = (meta["geometry_name"] or "wkb_geometry") if self.has_geometry else None
                while True:
                    with self._listening():
                        batch = next(reader, None)
                    if batch is None:
                        return
                    yield _batch(batch, first, columns, shape)
                    first += batch.num_rows
        except FAULTS as broken:
            raise unreadable(self.path, broken) from broken


def _chosen(path: Path, names: list[str], layer: str | None) -> str:
    if not names:
        raise unreadable(path, "no-layer")
    if layer is not None and layer not in names:
        raise unreadable(path, "layer", layer=layer, known=", ".join(names[:20]))
    if layer is None and len(names) > 1:
        raise SeveralLayers(names)
    return layer or names[0]


def _batch(batch: pa.RecordBatch, first: int, columns: Sequence[str], shape: str | None) -> Batch:
    values = {name: batch.column(name).to_pylist() for name in columns}
    geometry: NDArray[np.object_] | None = None
    if shape is not None:
        geometry = np.empty(batch.num_rows, dtype=object)
        geometry[:] = batch.column(shape).to_pylist()
    return Batch(first, batch.num_rows, values, geometry)
