# PostgreSQL with PostGIS for amd64 and arm64. The well-known postgis/postgis image exists for amd64 only,
# so PostGIS is added to the official image from the package repository that this image itself uses.
# Version 15 is Debian 12's: backups move between this and the embedded database in both directions.
FROM postgres:15-bookworm
# hadolint ignore=DL3008  # the newest patch release is wanted: it brings security fixes
RUN apt-get update \
 && apt-get install -y --no-install-recommends postgresql-15-postgis-3 \
 && rm -rf /var/lib/apt/lists/*
COPY docker/database-init.sh /docker-entrypoint-initdb.d/10-gridtwin.sh
