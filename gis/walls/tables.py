"""The tables of walls, for Alembic; what counts stands in the migration."""

from __future__ import annotations

from sqlalchemy import (
    ARRAY,
    REAL,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Integer,
    LargeBinary,
    Table,
    Text,
    Time,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB

from gis.schema import metadata

wall_screen = Table(
    "wall_screen",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("account_id", BigInteger, ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
    Column("screen", Text, nullable=False),
    Column("first_at", DateTime(timezone=True), nullable=False),
    Column("beat_at", DateTime(timezone=True), nullable=False),
    Column("version", Text, nullable=False),
    Column("frame_rate", REAL),
    Column("delay_ms", Integer),
    Column("live", Boolean, nullable=False),
    Column("webgl", Boolean, nullable=False),
    Column("memory_mb", Integer),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("browser", Text, nullable=False, server_default=""),
    Column("place", Text, nullable=False, server_default=""),
    Column("picture", LargeBinary),
    Column("pictured_at", DateTime(timezone=True)),
    Column("sent", JSONB),
    UniqueConstraint("account_id", "screen"),
)

wall_scene = Table(
    "wall_scene",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("centre_id", BigInteger, ForeignKey("area.id", ondelete="CASCADE"), nullable=False),
    Column("name", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("panels", ARRAY(Text), nullable=False, server_default="{}"),
    Column("seconds", Integer, nullable=False),
    Column("begins", Time),
    Column("ends", Time),
    Column("photos", Boolean, nullable=False, server_default="false"),
    Column("position", Integer, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False),
)
