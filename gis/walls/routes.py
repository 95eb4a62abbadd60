"""Walls over HTTP: they beat, tours have scenes, centres show one another what they see, operators look at all."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime, time
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from gis.access import audit
from gis.access.accounts import Account
from gis.access.http import SignedIn
from gis.access.roles import Permission
from gis.access.routes import GivenArea
from gis.errors import BadRequest
from gis.service import Here
from gis.walls import scenes, screens

router = APIRouter(tags=["walls"])
_BIGGEST = 2**63 - 1
_PICTURE = 128 * 1024
Number = Annotated[int, Path(ge=1, le=_BIGGEST)]
Hash = Annotated[str, Field(max_length=2000, pattern=r"^#[^\x00]*$")]
Panels = Annotated[list[Annotated[str, Field(max_length=40)]], Field(max_length=40)]
Screen = Annotated[str, Field(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]
Seconds = Annotated[int, Field(ge=5, le=3600)]


def _tenths(value: float) -> float:
    """What can be stored: the least numbers of Python are none of the database's."""
    return round(value, 1)


class Beat(BaseModel):
    """What a wall says of itself: `screen` is a name that the browser drew, `picture` a JPEG (128 KB) in Base64."""

    model_config = ConfigDict(extra="ignore")

    screen: Screen
    version: str = Field(max_length=60)
    frame_rate: Annotated[float, Field(ge=0, le=1000), AfterValidator(_tenths)] | None = None
    delay_ms: int | None = Field(default=None, ge=0, le=2**31 - 1)
    live: bool
    webgl: bool
    memory_mb: int | None = Field(default=None, ge=0, le=2**31 - 1)
    width: int = Field(ge=1, le=100_000)
    height: int = Field(ge=1, le=100_000)
    browser: str = Field(default="", max_length=200)
    place: str = Field(default="", max_length=200)
    picture: str | None = Field(default=None, max_length=_PICTURE * 4 // 3 + 4)


class Sent(BaseModel):
    """A scene that another centre shows: `address` is what stands behind the # of the wall's address."""

    name: str
    area: str
    address: str
    by: str
    at: datetime


class Answered(BaseModel):
    """What a wall has to know: the pages that are served now, what it is sent, how its view of the map is signed."""

    pages: str
    now: datetime
    sent: Sent | None


class Scene(BaseModel):
    """A scene of a centre's tour; `begins` and `ends` are the hours in which it is played, `panels` those hidden;
    `photos` says whether photos of issues are shown."""

    id: int
    centre: str
    name: str
    address: str
    panels: list[str]
    seconds: int
    begins: time | None
    ends: time | None
    photos: bool
    position: int
    made_by: str
    made_at: datetime


class SceneList(BaseModel):
    """Scenes in the order in which they are played."""

    scenes: list[Scene]


class NewScene(BaseModel):
    """A scene to keep; `centre` is the code of the area whose centre makes it."""

    model_config = ConfigDict(extra="forbid")

    centre: str = Field(max_length=60)
    name: str = Field(min_length=1, max_length=100)
    address: Hash
    panels: Panels = []
    seconds: Seconds = 30
    begins: time | None = None
    ends: time | None = None
    photos: bool = False


class ScenePart(BaseModel):
    """What is changed of a scene."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(default=None, min_length=1, max_length=100)
    address: Hash | None = None
    panels: Panels | None = None
    seconds: Seconds | None = None
    begins: time | None = None
    ends: time | None = None
    photos: bool | None = None
    position: int | None = Field(default=None, ge=0, le=100_000)


class ScreenRow(BaseModel):
    """A screen of a wall as it last said it is."""

    id: int
    name: str
    username: str
    areas: list[GivenArea]
    first_at: datetime
    beat_at: datetime
    version: str
    frame_rate: float | None
    delay_ms: int | None
    live: bool
    webgl: bool
    memory_mb: int | None
    width: int
    height: int
    browser: str
    place: str
    pictured_at: datetime | None


class ScreenList(BaseModel):
    """Screens by name; `now` is the service's clock, `pages` the pages that it serves."""

    screens: list[ScreenRow]
    now: datetime
    pages: str


class OtherScreen(BaseModel):
    """Another screen: of another centre, or one more of one's own; `place` is what it shows now."""

    id: int
    name: str
    own: bool
    place: str
    width: int
    height: int


class OtherScreens(BaseModel):
    """Screens that a scene can be sent to."""

    screens: list[OtherScreen]


class Shown(BaseModel):
    """A scene for another centre's screen; `area` is the code of what it shows."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=100)
    area: str = Field(max_length=60)
    address: Hash


@router.post("/api/walls/beat", summary="A wall says that it is alive")
async def beat(said: Beat, account: SignedIn, here: Here) -> Answered:
    """Notes a screen's state and picture; answers which pages are served now, and what another centre sent."""
    account.require(Permission.SHOW)
    now = here.clock.now()
    sent = await screens.beat(here.database, now, account, {**said.model_dump(), "picture": _jpeg(said.picture)})
    return Answered(pages=here.pages(), now=now, sent=Sent(**sent) if sent else None)


@router.get("/api/walls/screens", summary="Screens of walls")
async def list_screens(account: SignedIn, here: Here) -> ScreenList:
    """The screens that show walls, as they last said they are: for administrators of their areas."""
    account.require(Permission.ADMINISTER)
    rows = await screens.listing(here.database, account)
    return ScreenList(screens=[ScreenRow(**row) for row in rows], now=here.clock.now(), pages=here.pages())


@router.get("/api/walls/screens/others", summary="Other screens that are alive")
async def list_others(
    account: SignedIn, here: Here, screen: Annotated[str | None, Query(max_length=64, description="who asks")] = None
) -> OtherScreens:
    """The screens of centres above and below one's own that are alive, and of one's own but for the one that asks."""
    account.require(Permission.SHOW)
    rows = await screens.others(here.database, here.clock.now(), account, screen)
    return OtherScreens(screens=[OtherScreen(**row) for row in rows])


@router.get("/api/walls/screens/{screen_id}/picture", summary="The picture of a screen", response_class=Response)
async def get_picture(screen_id: Number, account: SignedIn, here: Here) -> Response:
    """What a screen showed when it last sent a picture, as JPEG."""
    account.require(Permission.ADMINISTER)
    jpeg = await screens.picture(here.database, account, screen_id)
    return Response(jpeg, media_type="image/jpeg", headers={"Cache-Control": "no-store"})


@router.post("/api/walls/screens/{screen_id}/show", status_code=204, summary="Show a scene on another screen")
async def show(screen_id: Number, scene: Shown, account: SignedIn, here: Here, request: Request) -> None:
    """Sends a scene to a screen that sees its area, too; it is shown within seconds, and the screen goes back later."""
    account.require(Permission.SHOW)
    now = here.clock.now()
    await screens.send(here.database, now, account, screen_id, scene.model_dump())
    await _record(here, account, request, "wall.show", screen_id, scene.model_dump())


@router.get("/api/walls/scenes", summary="Scenes of tours")
async def list_scenes(
    account: SignedIn, here: Here, centre: Annotated[str | None, Query(description="code of an area")] = None
) -> SceneList:
    """The scenes of the centres within the scope, or of one."""
    account.require(Permission.SHOW)
    rows = await scenes.listing(here.database, account.scope, centre=centre)
    return SceneList(scenes=[Scene(**row) for row in rows])


@router.post("/api/walls/scenes", status_code=201, summary="Keep a scene")
async def add_scene(new: NewScene, account: SignedIn, here: Here) -> Scene:
    """Adds a scene at the end of a centre's tour."""
    account.require(Permission.SHOW)
    return Scene(**await scenes.add(here.database, here.clock.now(), account, new.model_dump()))


@router.patch("/api/walls/scenes/{scene_id}", summary="Change a scene")
async def change_scene(scene_id: Number, part: ScenePart, account: SignedIn, here: Here) -> Scene:
    """Changes what is given; null hours mean the whole day."""
    account.require(Permission.SHOW)
    given = part.model_dump(exclude_unset=True)
    hours = {"begins", "ends"}
    return Scene(
        **await scenes.change(
            here.database, account, scene_id, {key: of for key, of in given.items() if of is not None or key in hours}
        )
    )


@router.delete("/api/walls/scenes/{scene_id}", status_code=204, summary="Remove a scene")
async def remove_scene(scene_id: Number, account: SignedIn, here: Here) -> None:
    """Takes a scene out of its tour."""
    account.require(Permission.SHOW)
    await scenes.remove(here.database, account, scene_id)


def _jpeg(text: str | None) -> bytes | None:
    if text is None:
        return None
    try:
        found = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as unreadable:
        raise BadRequest(what="picture", why="a JPEG in Base64") from unreadable
    if not found.startswith(b"\xff\xd8\xff") or len(found) > _PICTURE:
        raise BadRequest(what="picture", why="a JPEG of at most 128 KB")
    return found


async def _record(here: Here, account: Account, request: Request, act: str, thing: int, detail: dict[str, Any]) -> None:
    async with here.database.transaction() as connection:
        by = audit.who(request.scope, account)
        await audit.record(
            connection, here.clock.now(), by, act, "screen", thing, areas=list(account.area_ids), detail=detail
        )
