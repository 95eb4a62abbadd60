"""What is pictured: the demo street, the zooms from the city to a door, Tokyo, Cambridge."""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.sync_api import Page

from gridtwin.demo import town
from pictures.camera import BARE, DRAWN, Camera
from pictures.service import ACCOUNT, Twin, twin

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "pictures"
REAL = ROOT.parent / "shared" / "data"
WIDE = (1440, 900)
MOST, MOST_OF_SHEET = 390_000, 980_000

TOKYO = "Buildings: MLIT Project PLATEAU; indigo-lab/plateau-tokyo23ku-building-mvt-2020, CC BY 4.0."
CAMBRIDGE = (
    "City of Cambridge GIS, ODC PDDL 1.0: city, census tracts, block groups, blocks, streets, public facilities."
)
DEMO = "示范数据 · generated demo data"

# one place, looked at from further and further below: zoom, bearing, pitch
_SHEET = [(zoom, 0, 0) for zoom in range(8, 16)] + [(16, -20, 50), (17, -20, 55), (18, -20, 55), (19, 0, 0), (20, 0, 0)]
_PLACE = (36.8478, 118.0702)
_SHEET_CITY = 4
_SHEET_FROM_CITY = 11


class NotHere(Exception):
    """The real data that a picture needs is not on this machine."""


def street(camera: Camera, which: str) -> None:
    """The pictures of the demo street."""
    with twin() as demo, demo.serving("--demo") as url:
        if which in ("street-day", "all"):
            picture = camera.take(url, "", WIDE)
            camera.keep(FOLDER / "street-day.jpg", [(picture, "")], width=WIDE[0], most=MOST)
        if which in ("street-night-3d", "all"):
            view = "map=16.1/36.8468/118.0712/-24/60&theme=night"
            picture = camera.take(url, view, WIDE)
            camera.keep(FOLDER / "street-night-3d.jpg", [(picture, "")], width=WIDE[0], most=MOST)
        if which in ("estate", "all"):
            picture = camera.take(url, "map=16.7/36.84780/118.07110/-16/52", WIDE, before=_open_building)
            camera.keep(FOLDER / "estate.jpg", [(picture, "")], width=WIDE[0], most=MOST)


WALLS = {
    "wall-night": ("", (1920, 1080)),
    "wall-3d": ("at=area:370303008017&map=15.6/36.8446/118.0737/-24/58", (1920, 1080)),
    "wall-day": ("theme=day", (2560, 720)),
}
_WALKED_MS = 20_000


def walls(camera: Camera) -> None:
    """The wall at night, in three dimensions, and by day on a 32:9 screen."""
    with twin() as demo, demo.serving("--demo") as url:
        for name, (view, size) in WALLS.items():
            picture = camera.take(url, view, size, path="/wall", before=_settle)
            camera.keep(FOLDER / f"{name}.jpg", [(picture, "")], width=size[0], most=MOST)


def _settle(page: Page) -> None:
    """Waits until the panels have their numbers, and the workers have walked a while."""
    for field in ("residents", "on_duty"):
        page.locator(f'[data-field="{field}"]').first.wait_for()
    on_duty = "() => Number(document.querySelector('[data-field=on_duty]').innerText) > 5"
    page.wait_for_function(on_duty, timeout=120_000)
    page.wait_for_timeout(_WALKED_MS)


def _open_building(page: Page) -> None:
    """Opens the card of a building with its households, as a visitor does: by search."""
    page.keyboard.press("/")
    page.keyboard.type("奥林小区6号楼")
    page.get_by_role("option").first.wait_for()
    page.keyboard.press("Enter")
    page.get_by_role("complementary", name="楼宇").locator("td button").first.wait_for()
    page.evaluate("() => gridtwin.map.jumpTo({zoom: 17.3, pitch: 52, bearing: -16})")


def zooms(camera: Camera) -> None:
    """Two sheets, day and night: zoom 8 to 20 on one place, as a city of several streets and as the street itself."""
    shots: dict[tuple[str, int], bytes] = {}
    size = (800, 520)

    def shoot(url: str, wanted: list[tuple[int, int, int]]) -> None:
        for theme in ("day", "night"):
            first = f"map={wanted[0][0]}/{_PLACE[0]}/{_PLACE[1]}&theme={theme}"
            with camera.looking(url, first, size) as page:
                page.evaluate(BARE)
                for zoom, bearing, pitch in wanted:
                    page.evaluate(
                        "view => gridtwin.map.jumpTo(view)", {"zoom": zoom, "bearing": bearing, "pitch": pitch}
                    )
                    page.evaluate(DRAWN)
                    shots[theme, zoom] = page.screenshot()
                    print(f"  zoom {zoom} by {theme}", flush=True)

    with twin() as city:
        with tempfile.TemporaryDirectory() as folder:
            files = town.generate_files(Path(folder), scale=_SHEET_CITY)
            city.run("migrate")
            for kind in ("areas", "ground", "streets", "grids", "buildings", "facilities"):
                city.add(kind, files[kind], "--crs", "EPSG:4326")
        city.run("user", "create", ACCOUNT, "--role", "administrator")
        with city.serving() as url:
            shoot(url, [one for one in _SHEET if one[0] <= _SHEET_FROM_CITY])
    with twin() as demo, demo.serving("--demo") as url:
        shoot(url, [one for one in _SHEET if one[0] > _SHEET_FROM_CITY])
    for theme in ("day", "night"):
        pictures = [(shots[theme, zoom], f"z{zoom}") for zoom, _, _ in _SHEET]
        path = FOLDER / f"zooms-{theme}.jpg"
        camera.keep(path, pictures, width=1640, most=MOST_OF_SHEET, columns=3, foot=DEMO, dark=theme == "night")


def tokyo(camera: Camera) -> None:
    """182,325 real buildings; the view is around the Imperial Palace. Raises NotHere without the data."""
    file = _real(REAL / "tokyo" / "tokyo_central_buildings.geojsonl.gz")
    with twin() as real:
        real.run("migrate")
        real.add("buildings", file, "--map", "code=building_id")
        real.run("user", "create", ACCOUNT, "--role", "administrator")
        with real.serving() as url:
            picture = camera.take(url, "map=15.5/35.6812/139.7610/-42/60", WIDE)
    camera.keep(FOLDER / "tokyo.jpg", [(picture, "")], width=WIDE[0], most=MOST, foot=TOKYO)


def cambridge(camera: Camera) -> None:
    """Four levels of a real city that tile each other. Raises NotHere without the data."""
    folder = _real(REAL / "cambridge")
    with twin() as real:
        real.run("migrate")
        real.run("level", "set", "tract", "42", "统计区", "Census tract")
        real.run("level", "set", "block_group", "55", "街区组", "Block group")
        _cambridge_files(real, folder)
        real.run("user", "create", ACCOUNT, "--role", "administrator")
        with real.serving() as url:
            picture = camera.take(url, "lang=en", WIDE, language="en-GB")
    camera.keep(FOLDER / "cambridge.jpg", [(picture, "")], width=WIDE[0], most=MOST, foot=CAMBRIDGE)


def _cambridge_files(real: Twin, folder: Path) -> None:
    named = ("--map", "code=GEOID20", "--map")
    levels = ("--set", "code=cambridge", "--set", "name=Cambridge", "--set", "level=county")
    real.add("areas", folder / "BOUNDARY_CityBoundary.geojson.gz", *levels)
    tracts, groups = "DEMOGRAPHICS_AdjustedTracts2020", "DEMOGRAPHICS_AdjustedBlockGroups2020"
    real.add("areas", folder / f"{tracts}.geojson.gz", *named, "name=NAME20", "--set", "level=tract")
    real.add("areas", folder / f"{groups}.geojson.gz", *named, "name=BLKGRPCE20", "--set", "level=block_group")
    real.add("grids", folder / "DEMOGRAPHICS_AdjustedBlocks2020.geojson.gz", *named, "name=NAME20")
    real.add("streets", folder / "TRANS_Centerlines.geojson.gz", "--map", "name=Street", "--set", "class=local")
    for file, category in (("PublicSchools", "school"), ("DayCareFacilities", "kindergarten"),
                           ("ElderlyFacilities", "elderly_care")):  # fmt: skip
        site = ("--map", "name=SITE_NAME", "--set", f"category={category}")
        real.add("facilities", folder / f"LANDMARK_{file}.geojson.gz", *site)


def _real(path: Path) -> Path:
    if not path.exists():
        raise NotHere(path)
    return path
