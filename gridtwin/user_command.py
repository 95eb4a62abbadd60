"""`gridtwin user`: accounts at the command line, the first administrator's too."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from typing import Annotated

import psycopg
import typer
from rich.table import Table

from gis import migrations
from gis.access import accounts, audit, passwords
from gis.access.managing import clean_name
from gis.access.roles import Role
from gis.clock import SystemClock
from gis.errors import BadRequest, NotFound
from gis.messages import Both
from gridtwin import local
from gridtwin.terminal import answers, read_settings

user_app = typer.Typer(help="Accounts.", no_args_is_help=True)


@contextlib.contextmanager
def _schema() -> Iterator[psycopg.Connection]:
    """A connection to a database that has the newest schema."""
    with local.database(read_settings()) as dsn, psycopg.connect(dsn, autocommit=True) as connection:
        migrations.require_head(connection)
        yield connection


def _ask(username: str, name: str | None) -> str:
    """A new password from GRIDTWIN_PASSWORD or a prompt; raises WeakPassword."""
    password = os.environ.get("GRIDTWIN_PASSWORD") or typer.prompt(
        "Password", hide_input=True, confirmation_prompt=True, err=True
    )
    passwords.require_strong(password, username, name or "")
    return accounts.hash_password(password)


@user_app.command("create")
def user_create(
    username: str,
    role: Annotated[Role, typer.Option("--role", help="What the account may do.")],
    area: Annotated[list[str] | None, typer.Option("--area", help="Code of an area it sees; repeatable.")] = None,
    name: Annotated[str | None, typer.Option("--name", help="Name to show.")] = None,
) -> None:
    """Make an account, or give an existing one another role, areas and password. Asks for the password.

    An administrator without --area administers everything, one with it only those areas.
    """
    username = clean_name(username)
    hashed = _ask(username, name)
    with _schema() as connection, connection.transaction():
        codes = area or []
        known = dict(connection.execute("SELECT code, id FROM area WHERE code = ANY(%s)", (codes,)).fetchall())
        if missing := [code for code in codes if code not in known]:
            raise BadRequest(what="--area", why=f"there is no area {', '.join(missing)}")
        account_id = accounts.create(connection, username, hashed, role, display_name=name, areas=codes)
        connection.execute("DELETE FROM session WHERE account_id = %s", (account_id,))
        _record(connection, "account.add", username, list(known.values()), {"role": role.value, "areas": codes})
    answers.print(username, markup=False)


@user_app.command("list")
def user_list() -> None:
    """List the accounts."""
    table = Table("username", "role", "name", "areas", "disabled", box=None)
    with _schema() as connection:
        for row in connection.execute(
            "SELECT username, role, display_name,"
            " CASE WHEN everywhere THEN '*' ELSE coalesce(string_agg(code, ' '), '') END, disabled FROM account"
            " LEFT JOIN account_area ON account_id = account.id LEFT JOIN area ON area.id = area_id"
            " WHERE made_for = 'person' GROUP BY account.id ORDER BY account.id"
        ):
            table.add_row(*(str(value) for value in row))
    answers.print(table)


@user_app.command("disable")
def user_disable(
    username: str,
    enable: Annotated[bool, typer.Option("--enable", help="Let it sign in again.")] = False,
) -> None:
    """Keep an account from signing in; its sign-ins end within a second."""

    def change(connection: psycopg.Connection, account_id: int) -> None:
        connection.execute("UPDATE account SET disabled = %s WHERE id = %s", (not enable, account_id))
        if not enable:
            connection.execute("DELETE FROM session WHERE account_id = %s", (account_id,))

    _change(username, "account.change", {"disabled": not enable}, change)


@user_app.command("password")
def user_password(username: str) -> None:
    """Give an account another password; its sign-ins end within a second. Asks for the password."""
    hashed = _ask(username, None)

    def change(connection: psycopg.Connection, account_id: int) -> None:
        connection.execute("UPDATE account SET password_hash = %s WHERE id = %s", (hashed, account_id))
        connection.execute("DELETE FROM session WHERE account_id = %s", (account_id,))

    _change(username, "account.change", {"password": "renewed"}, change)


def _change(
    username: str, action: str, detail: dict[str, object], change: Callable[[psycopg.Connection, int], None]
) -> None:
    with _schema() as connection, connection.transaction():
        row = connection.execute(
            "SELECT id, ARRAY(SELECT area_id FROM account_area WHERE account_id = account.id) FROM account"
            " WHERE username = %s AND made_for = 'person' FOR UPDATE",
            (username,),
        ).fetchone()
        if row is None:
            raise NotFound(what=Both(f"账号 {username}", f"account {username}"))
        change(connection, row[0])
        _record(connection, action, username, row[1], detail)
    answers.print(username, markup=False)


def _record(
    connection: psycopg.Connection, action: str, username: str, areas: list[int], detail: dict[str, object]
) -> None:
    by = audit.at_the_command_line()
    audit.record_now(connection, SystemClock().now(), by, action, "account", username, areas=areas, detail=detail)
