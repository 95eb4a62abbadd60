"""Backgrounds (背景图): other services' pictures below the twin's own layers. Set by the operator; none by default."""

from __future__ import annotations

import re
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator

_NAMED = {"{TileMatrix}": "{z}", "{TileCol}": "{x}", "{TileRow}": "{y}"}
_PLACES = re.compile(r"\{([^{}]*)\}")


class Background(BaseModel):
    """One background: where its tiles are, in which coordinate system, and how it is named.

    `url` is a template with `{z}`, `{x}` and `{y}` (`{-y}` counts from the south); WMTS's `{TileMatrix}`, `{TileCol}`
    and `{TileRow}` mean the same. A key stands in it and stays in the service: browsers never see the address.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str = Field(pattern=r"^[a-z0-9_-]{1,40}$")
    name_zh: str = Field(min_length=1, max_length=40)
    name_en: str = Field(min_length=1, max_length=40)
    url: str = Field(max_length=2000)
    crs: Literal["EPSG:3857", "EPSG:4490"] = "EPSG:3857"
    """Of the tile matrix: 4490 (and 4326) with square tiles of degrees, as 天地图's `_c` services have them."""
    zoom_offset: int = Field(default=0, ge=-3, le=3)
    """What is added to the zoom for `{z}`: -1 where the first matrix of two tiles is called 0."""
    max_zoom: int = Field(default=18, ge=1, le=22)
    attribution: str = Field(default="", max_length=200)

    @field_validator("url")
    @classmethod
    def _is_template(cls, url: str) -> str:
        for name, short in _NAMED.items():
            url = url.replace(name, short)
        places = set(_PLACES.findall(url))
        parts = urlsplit(_PLACES.sub("0", url))
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("must begin with http:// or https:// and name a host")
        if "{" in url.split("://", 1)[1].split("/", 1)[0]:
            raise ValueError("must name its host without placeholders")
        if not {"z", "x"} <= places or not places & {"y", "-y"} or places - {"z", "x", "y", "-y"}:
            raise ValueError("must hold {z}, {x} and {y} (or {-y}), and no other placeholder")
        return url

    def address(self, z: int, x: int, y: int) -> str:
        """The address of a tile of its own matrix."""
        rows = 2**z if self.crs == "EPSG:3857" else 2 ** (z - 1)
        said = {"{z}": z + self.zoom_offset, "{x}": x, "{y}": y, "{-y}": rows - 1 - y}
        address = self.url
        for place, number in said.items():
            address = address.replace(place, str(number))
        return address
