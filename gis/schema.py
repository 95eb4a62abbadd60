"""The tables, as GeoAlchemy2 sees them; how they came to be stands in `gis/migrations`.

A test compares the two. Geometry is EPSG:4326, (lon, lat); PostgreSQL keeps `geom_3857` and `label_3857`.
"""

from __future__ import annotations

from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import (
    ARRAY,
    REAL,
    BigInteger,
    Boolean,
    Column,
    Computed,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    Time,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import DATERANGE, INT8MULTIRANGE, JSONB, TSTZRANGE
from sqlalchemy.types import UserDefinedType

metadata = MetaData()


class LTree(UserDefinedType[str]):
    """PostgreSQL's ltree: a path of labels such as 370399.370303008.370303008017."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """Its name in SQL."""
        return "ltree"


class Xid8(UserDefinedType[int]):
    """PostgreSQL's 64-bit transaction id."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """Its name in SQL."""
        return "xid8"


class PgSnapshot(UserDefinedType[str]):
    """PostgreSQL's pg_snapshot: which transactions somebody has seen."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """The type's name."""
        return "pg_snapshot"


def _id(*, always: bool = False) -> Column[int]:
    return Column("id", BigInteger, Identity(always=always), primary_key=True)


def _geometry(kind: str = "GEOMETRY") -> Column[Any]:
    return Column("geom", Geometry(kind, srid=4326, spatial_index=False), nullable=False)


def _drawn(kind: str = "GEOMETRY") -> Column[Any]:
    return Column(
        "geom_3857",
        Geometry(kind, srid=3857, spatial_index=False),
        Computed("ST_Transform(geom, 3857)", persisted=True),
    )


def _label(expression: str) -> Column[Any]:
    return Column("label_3857", Geometry("POINT", srid=3857, spatial_index=False), Computed(expression, persisted=True))


_WIDEST = "ST_Transform((ST_MaximumInscribedCircle(geom)).center, 3857)"
_ON_SURFACE = "ST_PointOnSurface(ST_Transform(geom, 3857))"
# an estate is named in its middle, even where a garden is cut out of it; a lake on its water
_ON_GROUND = """
CASE WHEN kind IN ('water', 'river') THEN ST_PointOnSurface(ST_Transform(geom, 3857))
ELSE coalesce(ST_PointOnSurface(ST_MakePolygon(ST_ExteriorRing(ST_Transform(geom, 3857)))),
  ST_PointOnSurface(ST_Transform(geom, 3857))) END"""


def _area_id() -> Column[int | None]:
    return Column("area_id", BigInteger, ForeignKey("area.id"))


level = Table(
    "level",
    metadata,
    Column("code", Text, primary_key=True),
    Column("rank", SmallInteger, nullable=False, unique=True),
    Column("name_zh", Text, nullable=False),
    Column("name_en", Text, nullable=False),
)

area = Table(
    "area",
    metadata,
    _id(),
    Column("code", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("level", Text, ForeignKey("level.code", onupdate="CASCADE"), nullable=False),
    Column("parent_id", BigInteger, ForeignKey("area.id")),
    Column("path", LTree, nullable=False, unique=True),
    _geometry(),
    _drawn(),
    _label(_WIDEST),
)

grid_kind = Table(
    "grid_kind",
    metadata,
    Column("code", Text, primary_key=True),
    Column("rank", SmallInteger, nullable=False),
    Column("name_zh", Text, nullable=False),
    Column("name_en", Text, nullable=False),
)

plan = Table(
    "plan",
    metadata,
    _id(always=True),
    Column("kind", Text, ForeignKey("grid_kind.code", onupdate="CASCADE"), nullable=False),
    Column("name", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("valid", TSTZRANGE, nullable=False, server_default="empty"),
    Column("revision", Integer, nullable=False, server_default="1"),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default="now()"),
)

grid_code = Table(
    "grid_code",
    metadata,
    _id(),
    Column("kind", Text, ForeignKey("grid_kind.code", onupdate="CASCADE"), nullable=False),
    Column("code", Text, nullable=False),
    UniqueConstraint("kind", "code"),
)

grid = Table(
    "grid",
    metadata,
    Column("row_id", BigInteger, Identity(always=True), primary_key=True),
    Column("plan_id", BigInteger, ForeignKey("plan.id", ondelete="CASCADE"), nullable=False),
    Column("id", BigInteger, ForeignKey("grid_code.id"), nullable=False),
    Column("code", Text, nullable=False),
    Column("name", Text, nullable=False),
    _area_id(),
    _geometry(),
    _drawn(),
    _label(_WIDEST),
    UniqueConstraint("plan_id", "id"),
    UniqueConstraint("plan_id", "code"),
)

building = Table(
    "building",
    metadata,
    _id(),
    Column("code", Text, unique=True),
    Column("name", Text),
    Column("estate", Text),
    Column("use", Text),
    Column("height", REAL),
    Column("levels", SmallInteger),
    Column("units", SmallInteger),
    Column("households", Integer),
    Column("residents", Integer),
    Column("year", SmallInteger),
    _area_id(),
    _geometry(),
    _drawn(),
    _label(_ON_SURFACE),
)

address = Table(
    "address",
    metadata,
    _id(),
    Column("code", Text, unique=True),
    Column("text", Text, nullable=False),
    *(
        Column(part, Text)
        for part in (
            "province",
            "city",
            "district",
            "street",
            "community",
            "road",
            "road_no",
            "estate",
            "building",
            "unit",
            "floor",
            "room",
        )
    ),
    Column("residents", SmallInteger),
    Column("building_id", BigInteger),
    _area_id(),
    _geometry("POINT"),
    _drawn("POINT"),
)

facility_category = Table(
    "facility_category",
    metadata,
    Column("code", Text, primary_key=True),
    Column("name_zh", Text, nullable=False),
    Column("name_en", Text, nullable=False),
)

facility = Table(
    "facility",
    metadata,
    _id(),
    Column("code", Text, unique=True),
    Column("name", Text),
    Column("category", Text, nullable=False, server_default="other"),
    _area_id(),
    _geometry("POINT"),
    _drawn("POINT"),
)

street = Table(
    "street",
    metadata,
    _id(),
    Column("code", Text, unique=True),
    Column("name", Text),
    Column("class", Text, nullable=False, server_default="local"),
    Column("width", REAL),
    _geometry(),
    _drawn(),
)

ground = Table(
    "ground",
    metadata,
    _id(),
    Column("code", Text, unique=True),
    Column("name", Text),
    Column("kind", Text, nullable=False),
    _geometry(),
    _drawn(),
    _label(_ON_GROUND),
)

account = Table(
    "account",
    metadata,
    _id(always=True),
    Column("username", Text, nullable=False, unique=True),
    Column("display_name", Text, nullable=False),
    Column("password_hash", Text),
    Column("role", Text, nullable=False),
    Column("disabled", Boolean, nullable=False, server_default="false"),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default="now()"),
    Column("everywhere", Boolean, nullable=False, server_default="false"),
    Column("made_for", Text, nullable=False, server_default="person"),
    Column("openid_issuer", Text),
    Column("openid_subject", Text),
    UniqueConstraint("openid_issuer", "openid_subject"),
)

account_area = Table(
    "account_area",
    metadata,
    Column("account_id", BigInteger, ForeignKey("account.id", ondelete="CASCADE"), primary_key=True),
    Column("area_id", BigInteger, ForeignKey("area.id", ondelete="CASCADE"), primary_key=True),
)

session = Table(
    "session",
    metadata,
    Column("token_sha256", LargeBinary, primary_key=True),
    Column("account_id", BigInteger, ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("id", BigInteger, Identity(always=True), nullable=False, unique=True),
    Column("kind", Text, nullable=False, server_default="password"),
    Column("last_seen_at", DateTime(timezone=True)),
    Column("address", Text),
)

wall = Table(
    "wall",
    metadata,
    _id(always=True),
    Column("account_id", BigInteger, ForeignKey("account.id", ondelete="CASCADE"), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("link_sha256", LargeBinary, unique=True),
    Column("link_expires_at", DateTime(timezone=True)),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("created_by", Text, nullable=False),
    Column("opened_at", DateTime(timezone=True)),
)

api_key = Table(
    "api_key",
    metadata,
    _id(always=True),
    Column("account_id", BigInteger, ForeignKey("account.id", ondelete="CASCADE"), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("begins_with", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("created_by", Text, nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
)

sign_in_failure = Table(
    "sign_in_failure",
    metadata,
    Column("key", LargeBinary, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last_at", DateTime(timezone=True), nullable=False),
)

sign_in_place = Table(
    "sign_in_place",
    metadata,
    Column("account_id", BigInteger, ForeignKey("account.id", ondelete="CASCADE"), primary_key=True),
    Column("address", Text, primary_key=True),
    Column("last_at", DateTime(timezone=True), nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("actor_id", BigInteger),
    Column("actor", Text, nullable=False),
    Column("role", Text),
    Column("action", Text, nullable=False),
    Column("thing", Text, nullable=False, server_default=""),
    Column("thing_id", Text, nullable=False, server_default=""),
    Column("outcome", Text, nullable=False, server_default="done"),
    Column("areas", ARRAY(BigInteger), nullable=False, server_default="{}"),
    Column("address", Text, nullable=False, server_default=""),
    Column("request", Text, nullable=False, server_default=""),
    Column("detail", JSONB, nullable=False, server_default="{}"),
    Column("prev_hash", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
)

audit_closed = Table(
    "audit_closed",
    metadata,
    Column("month", Date, primary_key=True),
    Column("first_seq", BigInteger, nullable=False),
    Column("last_seq", BigInteger, nullable=False, unique=True),
    Column("last_hash", LargeBinary, nullable=False),
    Column("closed_at", DateTime(timezone=True), nullable=False, server_default="now()"),
)

worker = Table(
    "worker",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("account_id", BigInteger, ForeignKey("account.id", ondelete="SET NULL"), unique=True),
    Column("grid_id", BigInteger, ForeignKey("grid_code.id"), unique=True),
    Column("phone", Text, nullable=False, server_default=""),
    Column("number", Integer, Identity(always=True), nullable=False, unique=True),
)

device = Table(
    "device",
    metadata,
    _id(always=True),
    Column("worker_id", Text, ForeignKey("worker.id", onupdate="CASCADE", ondelete="CASCADE"), nullable=False),
    Column("app", Text, nullable=False),
    Column("name", Text, nullable=False, server_default=""),
    Column("token_sha256", LargeBinary, nullable=False, unique=True),
    Column("crs", Text, nullable=False, server_default="EPSG:4326"),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("created_by", Text, nullable=False),
    Column("enrolled_at", DateTime(timezone=True)),
    Column("last_seen_at", DateTime(timezone=True)),
    Column("revoked_at", DateTime(timezone=True)),
    Column("version", BigInteger, nullable=False),
)

device_version = Table(
    "device_version",
    metadata,
    Column("only_row", Boolean, primary_key=True, server_default="true"),
    Column("version", BigInteger, nullable=False, server_default="0"),
    Column("cleared", BigInteger, nullable=False, server_default="0"),
)


def _worker_id(*, nullable: bool = False, name: str = "worker_id", ondelete: str = "CASCADE") -> Column[Any]:
    return Column(name, Text, ForeignKey("worker.id", onupdate="CASCADE", ondelete=ondelete), nullable=nullable)


post = Table(
    "post",
    metadata,
    _id(always=True),
    _worker_id(),
    Column("role", Text, nullable=False),
    Column("grid_id", BigInteger, ForeignKey("grid_code.id"), nullable=False),
    Column("building_id", BigInteger),
    Column("unit", Text),
    Column("valid", DATERANGE, nullable=False),
    _worker_id(nullable=True, name="deputy_id", ondelete="SET NULL"),
    Column("deputy_during", DATERANGE),
    Column("in_force", Boolean, nullable=False, server_default="false"),
    Column("deputy_in_force", Boolean, nullable=False, server_default="false"),
    Column("noted_at", DateTime(timezone=True), nullable=False, server_default="now()"),
    Column("noted_by", Text, nullable=False),
)

duty_hours = Table(
    "duty_hours",
    metadata,
    _id(always=True),
    _worker_id(nullable=True),
    Column("role", Text),
    Column("weekdays", ARRAY(SmallInteger), nullable=False),
    Column("starts", Time, nullable=False),
    Column("ends", Time, nullable=False),
)

duty_switch = Table(
    "duty_switch",
    metadata,
    _id(always=True),
    _worker_id(),
    Column("on_at", DateTime(timezone=True), nullable=False),
    Column("off_at", DateTime(timezone=True), nullable=False),
    Column("version", BigInteger, nullable=False),
)

duty_version = Table(
    "duty_version",
    metadata,
    Column("only_row", Boolean, primary_key=True, server_default="true"),
    Column("hours", BigInteger, nullable=False, server_default="0"),
    Column("switches", BigInteger, nullable=False, server_default="0"),
)

enrolment = Table(
    "enrolment",
    metadata,
    _id(always=True),
    _worker_id(),
    Column("code_sha256", LargeBinary, nullable=False, unique=True),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("created_by", Text, nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("spent_at", DateTime(timezone=True)),
    Column("device_id", BigInteger, ForeignKey("device.id", ondelete="SET NULL")),
)

import_run = Table(
    "import_run",
    metadata,
    _id(always=True),
    Column("kind", Text, nullable=False),
    Column("file_name", Text, nullable=False),
    Column("file_sha256", LargeBinary, nullable=False),
    Column("imported_by", Text, nullable=False),
    Column("imported_at", DateTime(timezone=True), nullable=False, server_default="now()"),
    Column("added", Integer, nullable=False),
    Column("changed", Integer, nullable=False),
    Column("removed", Integer, nullable=False),
    Column("unchanged", Integer, nullable=False),
    Column("added_ids", INT8MULTIRANGE, nullable=False, server_default="{}"),
    Column("plan_id", BigInteger, ForeignKey("plan.id", ondelete="SET NULL")),
    Column("undone_at", DateTime(timezone=True)),
    Column("undone_by", Text),
    Column("reach", ARRAY(BigInteger), nullable=False, server_default="{0}"),
)

import_row = Table(
    "import_row",
    metadata,
    Column("import_id", BigInteger, ForeignKey("import_run.id", ondelete="CASCADE"), primary_key=True),
    Column("row_id", BigInteger, primary_key=True),
    Column("operation", Text, nullable=False),
    Column("before", JSONB, nullable=False),
    Column("after", Text),
)

import_mapping = Table(
    "import_mapping",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("columns_sha256", LargeBinary, primary_key=True),
    Column("mapping", JSONB, nullable=False),
    Column("used_at", DateTime(timezone=True), nullable=False, server_default="now()"),
)

twin = Table(
    "twin",
    metadata,
    Column("only_row", Boolean, primary_key=True, server_default="true"),
    Column("title", Text, nullable=False, server_default=""),
    Column("demo", Boolean, nullable=False, server_default="false"),
    Column("demo_loaded_at", DateTime(timezone=True)),
)

outbox = Table(
    "outbox",
    metadata,
    _id(always=True),
    Column("transaction", Xid8, nullable=False, server_default="pg_current_xact_id()"),
    Column("layer", Text, nullable=False),
    Column("operation", Text, nullable=False),
    Column("plan_id", BigInteger),
    Column("rows", BigInteger, nullable=False),
    Column("extent", Geometry("POLYGON", srid=3857, spatial_index=False)),
    Column("noted_at", DateTime(timezone=True), nullable=False, server_default="now()"),
)

outbox_trim = Table(
    "outbox_trim",
    metadata,
    Column("only_row", Boolean, primary_key=True, server_default="true"),
    Column("trimmed_before", Xid8, nullable=False, server_default="0"),
)

building_afar = Table(
    "building_afar",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("zoom", SmallInteger, nullable=False),
    Column("cell_x", Integer, nullable=False),
    Column("cell_y", Integer, nullable=False),
    Column("area_id", BigInteger),
    Column("count", Integer, nullable=False),
    Column("height", REAL),
    Column("use", Text),
    Column("geom_3857", Geometry("POLYGON", srid=3857, spatial_index=False), nullable=False),
)

building_afar_state = Table(
    "building_afar_state",
    metadata,
    Column("only_row", Boolean, primary_key=True, server_default="true"),
    Column("seen", PgSnapshot),
)


def _said_by_a_phone() -> list[Column[Any]]:
    """What a phone says besides the time: metres, metres a second, degrees, 0–1."""
    return [
        Column("received_at", DateTime(timezone=True), nullable=False),
        Column("area_id", BigInteger),
        Column("geom", Geometry("POINT", srid=4326, spatial_index=False)),
        *(Column(name, REAL) for name in ("altitude", "accuracy", "speed", "heading", "battery")),
        Column("flags", Integer, nullable=False),
        Column("attributes", JSONB),
    ]


fix = Table(
    "fix",
    metadata,
    Column("worker", Text, primary_key=True),
    Column("at", DateTime(timezone=True), primary_key=True),
    Column("key", BigInteger, primary_key=True, autoincrement=False),
    *_said_by_a_phone(),
)

fix_stray = Table(
    "fix_stray",
    metadata,
    Column("worker", Text, primary_key=True),
    Column("sent", Text, primary_key=True),
    Column("key", BigInteger, primary_key=True, autoincrement=False),
    Column("at", DateTime(timezone=True)),
    *_said_by_a_phone(),
)

fix_day = Table(
    "fix_day",
    metadata,
    Column("day", Date, primary_key=True),
    Column("rewritten_at", DateTime(timezone=True), nullable=False, server_default="now()"),
    Column("rows", BigInteger, nullable=False),
)

worker_now = Table(
    "worker_now",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("worker", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("area_id", BigInteger),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("heading", REAL),
    Column("status", Text, nullable=False),
    _geometry("POINT"),
    _drawn("POINT"),
)

passed = Table(
    "passed",
    metadata,
    Column("day", Date, primary_key=True),
    Column("x", Integer, primary_key=True, autoincrement=False),
    Column("y", Integer, primary_key=True, autoincrement=False),
    Column("bits", LargeBinary, nullable=False),
)

zone = Table(
    "zone",
    metadata,
    _id(always=True),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("area_id", BigInteger, ForeignKey("area.id", ondelete="CASCADE"), nullable=False),
    Column("building_id", BigInteger),
    Column("metres", REAL, nullable=False, server_default="0"),
    _geometry(),
    Column("dwell_s", Integer),
    Column("visits", SmallInteger),
    Column("every_days", SmallInteger),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("created_by", Text, nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
)

geofence_event = Table(
    "geofence_event",
    metadata,
    Column("worker", Text, primary_key=True),
    Column("at", DateTime(timezone=True), primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("fence", Text, primary_key=True),
    Column("fence_id", BigInteger, primary_key=True, autoincrement=False),
    Column("day", Date, nullable=False),
    Column("area_id", BigInteger),
    Column("seconds", REAL),
    _geometry("POINT"),
)
