"""Alembic's entry: runs the versions on the connection that `gis.migrations.upgrade` hands over."""

from __future__ import annotations

from alembic import context

from gis.schema import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
