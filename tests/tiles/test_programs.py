"""Other programs find and open our tiles: GDAL, MapLibre by a style, OGC clients, pages of other sites."""

import math
import re
import subprocess
from pathlib import Path

import pyogrio
import pytest

from tests.tiles.test_tiles import decode, street, tile_of  # noqa: F401 - a fixture
from tiles.layers import LAYERS


def test_gdal_opens_a_tile(db, street, service, tmp_path):  # noqa: F811
    client = service.client("admin")
    x, y = tile_of(118.0901, 36.8549, 15)
    file = tmp_path / "15" / str(x) / f"{y}.pbf"
    file.parent.mkdir(parents=True)
    file.write_bytes(client.get(f"/tiles/areas,grids,buildings,facilities/15/{x}/{y}.pbf").content)
    assert {name for name, _ in pyogrio.list_layers(file)} == {"areas", "grids", "buildings", "facilities"}
    meta, ids, shapes, _ = pyogrio.raw.read(file, layer="buildings", return_fids=True)
    info = pyogrio.read_info(file, layer="buildings", force_total_bounds=True)
    assert "name" in info["fields"]
    assert info["crs"] == "EPSG:3857"
    ours = decode(client, "buildings", 15, x, y)["buildings"]["features"]
    assert info["features"] == len(shapes) == len(ours)
    west, south, east, north = info["total_bounds"]
    real = db.execute("SELECT ST_XMin(e), ST_YMin(e), ST_XMax(e), ST_YMax(e) FROM (SELECT ST_Extent(geom_3857) AS e FROM"
                      " building) b").fetchone()  # fmt: skip
    assert west >= real[0] - 1
    assert south >= real[1] - 1
    assert east <= real[2] + 1
    assert north <= real[3] + 1


def test_the_style_uses_layers_and_properties_that_there_are(street, service):  # noqa: F811
    client = service.client("admin")
    style = client.get("/tiles/style.json").json()
    assert style["version"] == 8
    assert "glyphs" not in style
    assert "sprite" not in style
    asked = {
        key: re.fullmatch(re.escape(service.url) + r"/tiles/([a-z_,]+)/\{z\}/\{x\}/\{y\}\.pbf", source["tiles"][0])[
            1
        ].split(",")
        for key, source in style["sources"].items()
    }
    for layer in style["layers"]:
        if layer["type"] != "background":
            name = layer["source-layer"]
            assert name in asked[layer["source"]]
            wanted = set(re.findall(r"\['(?:get|has)', '(\w+)'", str(layer)))
            assert wanted <= set(LAYERS[name].fields)
    for names in asked.values():
        assert client.get(f"/tiles/{','.join(names)}/8/212/99.pbf").status_code == 200


def test_ogc_links_lead_to_what_they_say(street, service):  # noqa: F811
    client, anyone = service.client("admin"), service.client()
    landing = anyone.get("/ogc").json()
    for link in landing["links"]:
        assert client.get(link["href"]).status_code == 200, link
    assert anyone.get("/ogc/tiles").status_code == 401
    assert any("ogcapi-tiles-1/1.0/conf/mvt" in one for one in anyone.get("/ogc/conformance").json()["conformsTo"])
    sets = client.get("/ogc/tiles").json()["tilesets"]
    tileset = client.get(next(link["href"] for link in sets[0]["links"] if link["rel"] == "self")).json()
    assert {layer["id"] for layer in tileset["layers"]} == set(LAYERS)
    template = next(link["href"] for link in tileset["links"] if link["rel"] == "item")
    x, y = tile_of(118.0901, 36.8549, 15)
    address = template.format(tileMatrix=15, tileRow=y, tileCol=x)
    ours = client.get(f"/tiles/areas,grids/15/{x}/{y}.pbf")
    theirs = client.get(address, params={"collections": "areas,grids"})
    assert theirs.content == ours.content
    assert theirs.headers["content-type"] == "application/vnd.mapbox-vector-tile"
    assert client.get(address).status_code == 200
    assert client.get(address, params={"collections": "account"}).status_code in (400, 404)
    scheme = anyone.get("/ogc/tileMatrixSets/WebMercatorQuad").json()
    assert scheme["tileMatrices"][0]["scaleDenominator"] == pytest.approx(559082264.028717)
    assert all(
        math.isclose(m["cellSize"] * m["tileWidth"] * m["matrixWidth"], 2 * 20037508.342789244)
        for m in scheme["tileMatrices"]
    )


def test_only_sites_that_are_allowed_may_read_tiles(dsn, street, run_service):  # noqa: F811
    service = run_service(dsn, tile_origins="https://map.example.cn, https://other.example.cn")
    client = service.client("admin")
    path = "/tiles/areas/8/212/99.pbf"
    preflight = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization"}
    allowed = client.options(path, headers={"Origin": "https://map.example.cn", **preflight})
    assert allowed.status_code == 204
    assert allowed.headers["access-control-allow-origin"] == "https://map.example.cn"
    assert "Authorization" in allowed.headers["access-control-allow-headers"]
    refused = client.options(path, headers={"Origin": "https://evil.example.com", **preflight})
    assert "access-control-allow-origin" not in refused.headers
    read = client.get(path, headers={"Origin": "https://other.example.cn"})
    assert read.headers["access-control-allow-origin"] == "https://other.example.cn"
    assert "access-control-allow-credentials" not in read.headers, "by token, never by cookie"
    for elsewhere in ("/api/session", "/api/areas"):
        answer = client.get(elsewhere, headers={"Origin": "https://map.example.cn"})
        assert "access-control-allow-origin" not in answer.headers


def test_addresses_follow_the_base_path_of_a_proxy(dsn, street, run_service):  # noqa: F811
    service = run_service(dsn, public_url="https://map.example.cn/twin/")
    client = service.client("admin")
    tiles = client.get("/tiles/areas.json").json()["tiles"]
    assert tiles == ["https://map.example.cn/twin/tiles/areas/{z}/{x}/{y}.pbf"]
    assert (
        client.get("/tiles/style.json").json()["sources"]["far"]["tiles"][0].startswith("https://map.example.cn/twin/")
    )


# asks for the tiles as QGIS does, with a token; says how much of the picture is drawn and what was asked for
_QGIS = """
import sys
from qgis.core import *
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor
url, token, asked = sys.argv[1], sys.argv[2].encode(), []
def sign(request):
    request.setRawHeader(b"Authorization", token)
    asked.append(request.url().path())
program = QgsApplication([], False)
program.initQgis()
QgsNetworkAccessManager.setRequestPreprocessor(sign)
layer = QgsVectorTileLayer("type=xyz&zmin=0&zmax=22&url=" + url + "/tiles/buildings/%7Bz%7D/%7Bx%7D/%7By%7D.pbf", "buildings")
assert layer.isValid()
style = QgsVectorTileBasicRendererStyle("buildings", "buildings", QgsWkbTypes.PolygonGeometry)
style.setSymbol(QgsFillSymbol.createSimple({"color": "#3355aa", "outline_style": "no"}))
layer.setRenderer(QgsVectorTileBasicRenderer())
layer.renderer().setStyles([style])
picture = QgsMapSettings()
picture.setLayers([layer])
mercator = QgsCoordinateReferenceSystem("EPSG:3857")
picture.setDestinationCrs(mercator)
picture.setOutputSize(QSize(256, 256))
picture.setBackgroundColor(QColor("white"))
turn = QgsCoordinateTransform(QgsCoordinateReferenceSystem("EPSG:4326"), mercator, QgsProject.instance())
picture.setExtent(turn.transformBoundingBox(QgsRectangle(118.0803, 36.8503, 118.0847, 36.8545)))
job = QgsMapRendererSequentialJob(picture)
job.start()
job.waitForFinished()
image = job.renderedImage()
drawn = sum(image.pixel(x, y) & 0xFFFFFF != 0xFFFFFF for x in range(256) for y in range(256))
print(len(asked), drawn / 256**2, len(job.errors()))
"""


@pytest.mark.skipif(not Path("/usr/lib/python3/dist-packages/qgis").is_dir(), reason="QGIS (python3-qgis) is absent")
def test_qgis_draws_our_tiles(street, service, tmp_path):  # noqa: F811
    token = service.client("admin").headers["Authorization"]
    done = subprocess.run(
        ["/usr/bin/python3", "-c", _QGIS, service.url, token], check=True, capture_output=True, text=True, timeout=120,
        env={"PATH": "/usr/bin:/bin", "QT_QPA_PLATFORM": "offscreen", "HOME": str(tmp_path)},
    )  # fmt: skip
    asked, drawn, errors = map(float, done.stdout.split()[-3:])
    assert asked >= 1
    assert errors == 0
    assert 0.05 < drawn < 0.3, "houses of 40 × 20 m, 100 m apart"
