"""What issues look like over HTTP: reports and steps as they come, issues as they are told."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field

BIGGEST = 2**63 - 1
IssueId = Annotated[int, Path(ge=1, le=BIGGEST)]


class Caller(BaseModel):
    """Who called the hotline; kept encrypted, and shown masked."""

    name: str | None = Field(default=None, max_length=60)
    phone: str | None = Field(default=None, max_length=30)


class NewIssue(BaseModel):
    """A report; the place in EPSG:4326. `id` is the client's own: sent again it gives the same issue.

    `class` is only given by somebody who knows it; without it the text is sorted. `result` says that it was solved on
    the spot (即报即处). `order_number` is that of the hotline's work order, which makes one issue; the desk may say who
    called.
    """

    model_config = ConfigDict(extra="ignore")

    text: str = Field(min_length=1, max_length=2000)
    lon: float = Field(ge=-180, le=180)
    lat: float = Field(ge=-90, le=90)
    at: datetime | None = None
    source: str | None = Field(default=None, max_length=20)
    class_: str | None = Field(default=None, alias="class", pattern=r"^\d{4}$")
    id: str | None = Field(default=None, min_length=1, max_length=100)
    result: str | None = Field(default=None, min_length=1, max_length=2000)
    order_number: str | None = Field(default=None, min_length=1, max_length=60)
    caller: Caller | None = None


class Candidate(BaseModel):
    """A class that it may be, with a confidence from 0 to 1."""

    class_: str = Field(alias="class")
    confidence: float


class Event(BaseModel):
    """A step that was taken; `zh` and `en` are what it is called, `to_name` and `from_name` whom it went to (a worker
    or a unit) and from."""

    action: str
    zh: str
    en: str
    from_state: str | None
    to_state: str
    actor: str
    at: datetime
    note: str
    details: dict[str, Any]
    to_name: str | None
    from_name: str | None


class Action(BaseModel):
    """A step that may be taken now by whoever asks; `needs` are the fields that it asks for."""

    action: str
    zh: str
    en: str
    needs: list[str]


class Alike(BaseModel):
    """An open issue nearby that may be the same; `photo` is its first."""

    id: int
    state: str
    class_: str = Field(alias="class")
    text: str
    at: datetime
    photo: str | None
    metres: float


class Issue(BaseModel):
    """An issue. `state` is the Chinese word; `deadlines` are those that run, step -> moment; `due_at` is the next;
    `unsure` says that the class was found with little confidence and that nobody has chosen one, `mine` that whoever
    asks reported it: with this account, or with this worker's phone."""

    id: int
    text: str
    source: str
    class_: str = Field(alias="class")
    name_zh: str
    name_en: str
    confidence: float
    unsure: bool
    candidates: list[Candidate]
    words: list[str]
    state: str
    urgent: bool
    version: int
    lon: float
    lat: float
    at: datetime
    received_at: datetime
    changed_at: datetime
    closed_at: datetime | None
    area: str | None
    grid: str | None
    place: str | None
    building: int | None
    address: int | None
    worker: str | None
    worker_name: str | None
    handler: str | None
    unit: str
    result: str | None
    rating: str | None
    returns: int
    merged_into: int | None
    split_from: int | None
    level: str
    order_number: str | None
    supervised: bool
    suspended: bool
    extension: dict[str, Any] | None
    in_time: bool | None
    dispatched_at: datetime | None
    signed_at: datetime | None
    made_up: bool
    mine: bool
    deadlines: dict[str, datetime]
    due_at: datetime | None
    photos: list[str]


class Picture(BaseModel):
    """A photo, and whether it shows the report or the result; `at` is when it was added."""

    photo: str
    stage: str
    at: datetime
    width: int
    height: int


class Earlier(BaseModel):
    """An issue that was reported within 50 m before."""

    id: int
    state: str
    class_: str = Field(alias="class")
    at: datetime
    rating: str | None


class WholeIssue(Issue):
    """An issue with its history, what may be done, and what may be the same."""

    pictures: list[Picture]
    caller: Caller | None
    history: list[Earlier]
    events: list[Event]
    actions: list[Action]
    alike: list[Alike]


class IssueFeature(BaseModel):
    """An issue as GeoJSON."""

    type: str = "Feature"
    id: int
    geometry: dict[str, Any]
    properties: Issue


class IssueList(BaseModel):
    """Issues as GeoJSON, newest first; `next` is the `before` of the following page, null at the end."""

    type: str = "FeatureCollection"
    features: list[IssueFeature]
    next: int | None


class NewStep(BaseModel):
    """A step: `note` says why or what was done; `version` is the one that was looked at."""

    model_config = ConfigDict(extra="forbid")

    action: str = Field(max_length=30)
    version: int | None = Field(default=None, ge=1, le=2**31 - 1)
    note: str = Field(default="", max_length=2000)
    class_: str | None = Field(default=None, alias="class", pattern=r"^\d{4}$")
    worker: str | None = Field(default=None, max_length=100)
    handler: str | None = Field(default=None, max_length=100)
    rating: str | None = Field(default=None, max_length=10)
    into: int | None = Field(default=None, ge=1, le=BIGGEST)
    until: datetime | None = None
    text: str | None = Field(default=None, max_length=2000)


class IssueClass(BaseModel):
    """A class of issues; `group` is its first two digits."""

    code: str
    group: str
    name_zh: str
    name_en: str
    unit: str
    restricted: bool
    urgent: bool


class ClassList(BaseModel):
    """The classes in use, by code."""

    classes: list[IssueClass]


class Guess(BaseModel):
    """What a text seems to be: the three likeliest classes, and the words that led to the first."""

    candidates: list[Candidate]
    words: list[str]
