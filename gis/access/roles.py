"""The roles, and what each may do: the one table from which checks and the matrix in the docs are made."""

from __future__ import annotations

from enum import StrEnum


class Permission(StrEnum):
    """Something that a role may or may not do."""

    SEE_PUBLIC = "see public service elements (公共服务要素)"
    SEE_FINE = "see fine-grained elements: addresses, households (精细化治理要素)"
    SEE_EVERYWHERE = "see all areas"
    IMPORT = "import files"
    PLAN = "see and edit drafts of plans"
    ENROL = "enrol workers' phones"
    AUDIT = "read the audit"
    ADMINISTER = "manage accounts and settings"


class Role(StrEnum):
    """What somebody is to the service."""

    ADMINISTRATOR = "administrator"
    PLANNER = "planner"
    DISPATCHER = "dispatcher"
    STATION_HEAD = "station_head"
    VIEWER = "viewer"
    WORKER = "worker"
    HANDLER = "handler"
    AUDITOR = "auditor"
    MACHINE = "machine"


MAY: dict[Role, frozenset[Permission]] = {
    Role.ADMINISTRATOR: frozenset(Permission) - {Permission.AUDIT},
    Role.PLANNER: frozenset({Permission.SEE_PUBLIC, Permission.SEE_FINE, Permission.IMPORT, Permission.PLAN}),
    Role.DISPATCHER: frozenset({Permission.SEE_PUBLIC, Permission.SEE_FINE}),
    Role.STATION_HEAD: frozenset({Permission.SEE_PUBLIC, Permission.SEE_FINE, Permission.ENROL}),
    Role.VIEWER: frozenset({Permission.SEE_PUBLIC, Permission.SEE_FINE}),
    Role.WORKER: frozenset({Permission.SEE_PUBLIC, Permission.SEE_FINE}),
    Role.HANDLER: frozenset({Permission.SEE_PUBLIC}),
    Role.AUDITOR: frozenset({Permission.SEE_PUBLIC, Permission.AUDIT}),
    Role.MACHINE: frozenset({Permission.SEE_PUBLIC}),
}
