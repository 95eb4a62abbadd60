"""Which account is somebody whom an OpenID provider signed in: bound by issuer and subject, else by name, once."""

from __future__ import annotations

from typing import Any

from psycopg.errors import UniqueViolation

from gis.access import audit
from gis.access.audit import Who
from gis.access.managing import clean_name
from gis.clock import Clock
from gis.db import Database
from gis.errors import BadRequest, OpenidUnknown

# An account is bound at its first sign-in, and then belongs to that subject, whatever name the provider gives it later.
_BOUND = "SELECT id FROM account WHERE openid_issuer = %(issuer)s AND openid_subject = %(subject)s AND NOT disabled"
_BIND = """
UPDATE account SET openid_issuer = %(issuer)s, openid_subject = %(subject)s
WHERE username = %(name)s AND made_for = 'person' AND openid_subject IS NULL AND NOT disabled
RETURNING id, ARRAY(SELECT area_id FROM account_area WHERE account_id = account.id) AS areas
"""
_REGISTER = """
INSERT INTO account (username, display_name, role, openid_issuer, openid_subject)
VALUES (%(name)s, %(display)s, %(role)s, %(issuer)s, %(subject)s)
ON CONFLICT DO NOTHING RETURNING id, ARRAY[]::bigint[] AS areas
"""


async def account_of(
    database: Database, clock: Clock, by: Who, issuer: str, claims: dict[str, Any], *, claim: str, register: str | None
) -> int:
    """The account of these claims; `claim` holds its name. Raises OpenidUnknown.

    With `register` (a role) somebody without an account gets one, which sees no area until it is given some.
    """
    values: dict[str, Any] = {"issuer": issuer, "subject": str(claims["sub"])}
    row = await database.one(_BOUND, values)
    if row:
        return int(row["id"])
    name = _name(claims, claim)
    values |= {"name": name, "display": str(claims.get("name") or name)[:200], "role": register}
    async with database.transaction() as connection:
        known = await (await connection.execute("SELECT FROM account WHERE openid_issuer = %(issuer)s AND"
                                                " openid_subject = %(subject)s", values)).fetchone()  # fmt: skip
        if known is not None:  # a disabled one
            raise OpenidUnknown
        try:
            made, act = await (await connection.execute(_BIND, values)).fetchone(), "account.bind"
        except UniqueViolation as taken:
            raise OpenidUnknown from taken
        if made is None and register:
            made, act = await (await connection.execute(_REGISTER, values)).fetchone(), "account.register"
        if made is None:
            raise OpenidUnknown
        told = {"issuer": issuer, "subject": values["subject"]}
        await audit.record(connection, clock.now(), by, act, "account", name, areas=made["areas"], detail=told)
    return int(made["id"])


def _name(claims: dict[str, Any], claim: str) -> str:
    """The account's name in the claims; an address of mail counts only when the provider has verified it."""
    said = claims.get(claim)
    if not isinstance(said, str) or (claim == "email" and claims.get("email_verified") is not True):
        raise OpenidUnknown
    try:
        return clean_name(said)
    except BadRequest as unusable:
        raise OpenidUnknown from unusable
