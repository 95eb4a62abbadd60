"""Named errors, and the one table that turns an error into an HTTP status.

Every error has a stable code and stands in the zh/en catalogue (`gis/messages.py`).
Raise the narrowest; pass the values that its sentence names as keyword arguments.
"""

from __future__ import annotations

from gis.messages import sentence


class GridtwinError(Exception):
    """A mistake that users are expected to make, or a fault that operators can mend: one line, no trace."""

    code = "internal"

    def __init__(self, **values: object) -> None:
        self.values = values
        super().__init__(sentence(self.code, "en", values))

    def __reduce__(self) -> tuple[object, ...]:
        return _again, (type(self), self.values)

    def message(self, language: str) -> str:
        """The sentence in `zh` or `en`."""
        return sentence(self.code, language, self.values)


def _again(kind: type[GridtwinError], values: dict[str, object]) -> GridtwinError:
    """An error that came from another process."""
    return kind(**values)


class NotSignedIn(GridtwinError):
    """Nobody is signed in, or the token is unknown or has ended."""

    code = "not-signed-in"


class WrongCredentials(GridtwinError):
    """The account is unknown or its password is another; which of both is not told."""

    code = "wrong-credentials"


class OpenidRefused(GridtwinError):
    """The OpenID provider, or what came back from it, signs nobody in."""

    code = "openid-refused"


class OpenidUnknown(GridtwinError):
    """The OpenID provider signed somebody in who has no account here."""

    code = "openid-unknown"


class OpenidAway(GridtwinError):
    """The OpenID provider doesn't answer, or not as one."""

    code = "openid-away"


class NotAllowed(GridtwinError):
    """The role may not do this."""

    code = "not-allowed"


class WrongPassword(GridtwinError):
    """The present password, asked for again, is another; the sign-in goes on."""

    code = "wrong-password"


class WeakPassword(GridtwinError):
    """A new password that is short, common or easily guessed."""

    code = "weak-password"


class TooManyTries(GridtwinError):
    """Signing in failed too often; `seconds` says when it may be tried again."""

    code = "too-many-tries"


class TooManyRequests(GridtwinError):
    """A phone, a sign-in or an address asks more often than it may; `seconds` says when it may again."""

    code = "too-many-requests"


class TooSlow(GridtwinError):
    """A request that did not arrive in time."""

    code = "too-slow"


class NotGrantable(GridtwinError):
    """An administrator would give more than they have."""

    code = "not-grantable"


class Taken(GridtwinError):
    """A name that another bears."""

    code = "taken"


class NotFound(GridtwinError):
    """No such thing, or none within the scope: the two are not told apart."""

    code = "not-found"


class WrongMethod(GridtwinError):
    """The address exists, but not for this method."""

    code = "wrong-method"


class UnknownLayer(GridtwinError):
    """A tile layer outside the allow-list."""

    code = "unknown-layer"


class NoSuchTile(GridtwinError):
    """Zoom, column or row outside the pyramid."""

    code = "no-such-tile"


class BackgroundAway(GridtwinError):
    """The source of a background doesn't answer, or with something that is no picture."""

    code = "background-away"


class BadRequest(GridtwinError):
    """A parameter that can't be understood."""

    code = "bad-request"


class TooBig(GridtwinError):
    """A request body over its limit."""

    code = "too-big"


class Overloaded(GridtwinError):
    """A queue is full or a statement took too long: try again."""

    code = "overloaded"


class DatabaseAway(GridtwinError):
    """The database doesn't answer at present."""

    code = "database-away"


class NotReady(GridtwinError):
    """The service has not finished starting."""

    code = "not-ready"


class CodeUnusable(GridtwinError):
    """A one-time code for a phone is unknown, spent or expired; which of these is not told."""

    code = "code-unusable"


class NoRoom(GridtwinError):
    """Too little space on the disk for what is being sent."""

    code = "no-room"


class ImportBusy(GridtwinError):
    """The file is being read or written just now."""

    code = "import-busy"


class ImportRefused(GridtwinError):
    """A file has errors; nothing was changed."""

    code = "import-refused"


class ExportRefused(GridtwinError):
    """A layer that a format or an encoding can't hold without loss; no file was written."""

    code = "export-refused"


class UnreadableFile(GridtwinError):
    """A file that no reader can open, with the reason in words."""

    code = "unreadable-file"


class ReaderFailed(GridtwinError):
    """The process that worked on a file died, hung, or needed too much memory; nothing was changed."""

    code = "reader-failed"


class PlanConflict(GridtwinError):
    """Two plans of one kind would be in force at one time."""

    code = "plan-conflict"


class IssueChanged(GridtwinError):
    """Somebody else did something with the issue in the meantime."""

    code = "issue-changed"


class WrongStep(GridtwinError):
    """A step that the issue's state doesn't allow."""

    code = "wrong-step"


class PostgresMissing(GridtwinError):
    """No PostgreSQL server is installed."""

    code = "postgres-missing"


class PostgisMissing(GridtwinError):
    """The server has no PostGIS, ltree, pg_trgm or btree_gist."""

    code = "postgis-missing"


class DiskFull(GridtwinError):
    """Too little space to start or to go on."""

    code = "disk-full"


class ClusterFailed(GridtwinError):
    """The embedded database did not start; the last lines of its log say why."""

    code = "cluster-failed"


class OtherMajorVersion(ClusterFailed):
    """The embedded database was written by a major version of PostgreSQL that isn't installed."""

    code = "other-major-version"


class DataDirUnusable(GridtwinError):
    """The data folder can't be created, read or written."""

    code = "data-dir-unusable"


class AlreadyServing(GridtwinError):
    """A second server on one data folder."""

    code = "already-serving"


class PortTaken(GridtwinError):
    """Another program listens on the port."""

    code = "port-taken"


class UnknownSchema(GridtwinError):
    """The database's schema version is not one that this program knows."""

    code = "unknown-schema"


class SchemaBehind(GridtwinError):
    """The database has to be migrated first."""

    code = "schema-behind"


class BadSettings(GridtwinError):
    """A GRIDTWIN_ variable that can't be used."""

    code = "bad-settings"


HTTP_STATUS: dict[type[GridtwinError], int] = {
    NotSignedIn: 401,
    WrongCredentials: 401,
    OpenidRefused: 401,
    OpenidUnknown: 403,
    OpenidAway: 502,
    NotAllowed: 403,
    WrongPassword: 403,
    WeakPassword: 422,
    TooManyTries: 429,
    TooManyRequests: 429,
    TooSlow: 408,
    NotGrantable: 403,
    Taken: 409,
    NotFound: 404,
    WrongMethod: 405,
    UnknownLayer: 404,
    NoSuchTile: 404,
    BackgroundAway: 502,
    BadRequest: 400,
    TooBig: 413,
    CodeUnusable: 410,
    NoRoom: 507,
    ImportBusy: 409,
    ImportRefused: 422,
    ExportRefused: 422,
    ReaderFailed: 422,
    UnreadableFile: 422,
    PlanConflict: 409,
    IssueChanged: 409,
    WrongStep: 409,
    Overloaded: 503,
    DatabaseAway: 503,
    NotReady: 503,
}


def named(code: str) -> type[GridtwinError]:
    """The error of a code; the plain one for a code that nobody has."""
    found = list(GridtwinError.__subclasses__())
    for kind in found:
        found += kind.__subclasses__()
        if kind.code == code:
            return kind
    return GridtwinError


def http_status(error: GridtwinError) -> int:
    """The HTTP status of an error: its own row in the table, else its nearest ancestor's, else 500."""
    for kind in type(error).__mro__:
        if kind in HTTP_STATUS:
            return HTTP_STATUS[kind]
    return 500
