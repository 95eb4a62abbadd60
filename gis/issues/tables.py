"""The tables of issues, as SQLAlchemy sees them; how they came to be stands in `gis/migrations`."""

from __future__ import annotations

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
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import DOUBLE_PRECISION, JSONB

from gis.schema import metadata


def _id() -> Column[int]:
    return Column("id", BigInteger, Identity(always=True), primary_key=True)


issue_group = Table(
    "issue_group",
    metadata,
    Column("code", Text, primary_key=True),
    Column("name_zh", Text, nullable=False),
    Column("name_en", Text, nullable=False),
)

issue_class = Table(
    "issue_class",
    metadata,
    Column("code", Text, primary_key=True),
    Column("group_code", Text, ForeignKey("issue_group.code"), nullable=False),
    Column("name_zh", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("unit", Text, nullable=False, server_default=""),
    Column("restricted", Boolean, nullable=False, server_default="false"),
    Column("urgent", Boolean, nullable=False, server_default="false"),
    Column("enabled", Boolean, nullable=False, server_default="true"),
)

issue_limit = Table(
    "issue_limit",
    metadata,
    _id(),
    Column("rule_set", Text, nullable=False, server_default="standard"),
    Column("class", Text, ForeignKey("issue_class.code")),
    Column("level", Text),
    Column("step", Text, nullable=False),
    Column("amount", Integer, nullable=False),
    Column("unit", Text, nullable=False),
)

issue_rule_area = Table(
    "issue_rule_area",
    metadata,
    Column("area_id", BigInteger, ForeignKey("area.id", ondelete="CASCADE"), primary_key=True),
    Column("rule_set", Text, nullable=False),
)

issue = Table(
    "issue",
    metadata,
    _id(),
    Column("client_id", Text, unique=True),
    Column("text", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("class", Text, ForeignKey("issue_class.code"), nullable=False),
    Column("confidence", REAL, nullable=False),
    Column("candidates", JSONB, nullable=False),
    Column("words", ARRAY(Text), nullable=False, server_default="{}"),
    Column("state", Text, nullable=False),
    Column("urgent", Boolean, nullable=False, server_default="false"),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("reported_at", DateTime(timezone=True), nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    Column("closed_at", DateTime(timezone=True)),
    Column("reporter_id", BigInteger, ForeignKey("account.id", ondelete="SET NULL")),
    Column("reported_by", Text, ForeignKey("worker.id", ondelete="SET NULL")),
    Column("worker_id", Text, ForeignKey("worker.id", ondelete="SET NULL")),
    Column("handler_id", BigInteger, ForeignKey("account.id", ondelete="SET NULL")),
    Column("unit", Text, nullable=False, server_default=""),
    Column("grid_id", BigInteger, ForeignKey("grid_code.id")),
    Column("building_id", BigInteger),
    Column("address_id", BigInteger),
    Column("place", Text),
    Column("result", Text),
    Column("rating", Text),
    Column("returns", Integer, nullable=False, server_default="0"),
    Column("merged_into", BigInteger, ForeignKey("issue.id")),
    Column("deadlines", JSONB, nullable=False, server_default="{}"),
    Column("due_at", DateTime(timezone=True)),
    Column("level", Text, nullable=False, server_default="village"),
    Column("order_number", Text, unique=True),
    Column("supervised", Boolean, nullable=False, server_default="false"),
    Column("paused", JSONB),
    Column("extension", JSONB),
    Column("split_from", BigInteger, ForeignKey("issue.id")),
    *(Column(name, DateTime(timezone=True)) for name in ("dispatched_at", "signed_at", "handled_at")),
    Column("in_time", Boolean),
    Column("warned", JSONB, nullable=False, server_default="{}"),
    Column("made_up", Boolean, nullable=False, server_default="false"),
    Column("area_id", BigInteger, ForeignKey("area.id")),
    Column("geom", Geometry("POINT", srid=4326, spatial_index=False), nullable=False),
    Column(
        "geom_3857",
        Geometry("POINT", srid=3857, spatial_index=False),
        Computed("ST_Transform(geom, 3857)", persisted=True),
    ),
    Column("spot", BigInteger, Computed("coalesce(building_id, …)", persisted=True)),
)

issue_event = Table(
    "issue_event",
    metadata,
    _id(),
    Column("issue_id", BigInteger, ForeignKey("issue.id", ondelete="CASCADE"), nullable=False),
    Column("action", Text, nullable=False),
    Column("from_state", Text),
    Column("to_state", Text, nullable=False),
    Column("actor_id", BigInteger, ForeignKey("account.id", ondelete="SET NULL")),
    Column("actor", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("note", Text, nullable=False, server_default=""),
    Column("details", JSONB, nullable=False, server_default="{}"),
)

issue_photo = Table(
    "issue_photo",
    metadata,
    _id(),
    Column("issue_id", BigInteger, ForeignKey("issue.id", ondelete="CASCADE"), nullable=False),
    Column("sha256", LargeBinary, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("stage", Text, nullable=False),
    Column("added_by", BigInteger, ForeignKey("account.id", ondelete="SET NULL")),
    Column("added_at", DateTime(timezone=True), nullable=False),
    Column("taken_at", DateTime(timezone=True)),
    Column("taken_lon", DOUBLE_PRECISION),
    Column("taken_lat", DOUBLE_PRECISION),
    UniqueConstraint("issue_id", "sha256"),
)

issue_caller = Table(
    "issue_caller",
    metadata,
    Column("issue_id", BigInteger, ForeignKey("issue.id", ondelete="CASCADE"), primary_key=True),
    Column("name", LargeBinary),
    Column("phone", LargeBinary),
)

issue_webhook = Table(
    "issue_webhook",
    metadata,
    _id(),
    Column("name", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("secret", LargeBinary, nullable=False),
    Column("shape", Text, nullable=False, server_default="json"),
    Column("template", Text),
    Column("accepts", Text),
    Column("actions", ARRAY(Text), nullable=False, server_default="{}"),
    Column("area_id", BigInteger, ForeignKey("area.id", ondelete="CASCADE")),
    Column("enabled", Boolean, nullable=False, server_default="true"),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("created_by", Text, nullable=False),
)

issue_delivery = Table(
    "issue_delivery",
    metadata,
    _id(),
    Column("webhook_id", BigInteger, ForeignKey("issue_webhook.id", ondelete="CASCADE"), nullable=False),
    Column("event_id", BigInteger, ForeignKey("issue_event.id", ondelete="CASCADE"), nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("next_at", DateTime(timezone=True), nullable=False, server_default="now()"),
    Column("delivered_at", DateTime(timezone=True)),
    Column("dead_at", DateTime(timezone=True)),
    Column("error", Text),
)

_MEASURES = ("n", "counted", "closed", "handled", "in_time", "returned", "asked", "pleased")

issue_tally_zone = Table(
    "issue_tally_zone",
    metadata,
    Column("only_row", Boolean, primary_key=True, server_default="true"),
    Column("zone", Text, nullable=False),
    Column("stale", Boolean, nullable=False, server_default="false"),
)

issue_tally = Table(
    "issue_tally",
    metadata,
    Column("facet", Text, primary_key=True),
    Column("area_id", BigInteger, primary_key=True, autoincrement=False),
    Column("day", Date, primary_key=True),
    Column("key", Text, primary_key=True),
    *(Column(name, Integer, nullable=False) for name in _MEASURES),
    Column("below", Boolean, primary_key=True, server_default="false"),
)

issue_tally_delta = Table(
    "issue_tally_delta",
    metadata,
    Column("area_id", BigInteger, nullable=False),
    Column("day", Date, nullable=False),
    Column("facet", Text, nullable=False),
    Column("key", Text, nullable=False),
    *(Column(name, Integer, nullable=False) for name in _MEASURES),
)
