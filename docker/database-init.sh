#!/usr/bin/env bash
# Runs once, on an empty volume: makes the service's database and an ordinary role that owns it. Only the
# extensions need the superuser, so the service never is one.
set -euo pipefail
psql --set ON_ERROR_STOP=1 --no-psqlrc --username "$POSTGRES_USER" --dbname postgres <<'SQL'
\getenv password GRIDTWIN_DATABASE_PASSWORD
CREATE ROLE gridtwin LOGIN PASSWORD :'password';
CREATE DATABASE gridtwin OWNER gridtwin ENCODING 'UTF8' TEMPLATE template0 LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8';
\connect gridtwin
CREATE EXTENSION postgis;
CREATE EXTENSION ltree;
CREATE EXTENSION pg_trgm;
CREATE EXTENSION btree_gist;
SQL
