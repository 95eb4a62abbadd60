"""The roles, and what each may do: the one table from which checks and the matrix in the docs are made."""

from __future__ import annotations

from enum import StrEnum

from gis.messages import Both


class Permission(StrEnum):
    """Something that a role may or may not do."""

    SEE_PUBLIC = "see public service elements (公共服务要素)"
    SEE_FINE = "see fine-grained elements: addresses, households (精细化治理要素)"
    SEE_WORKERS = "see grid workers: who they are and where (网格员)"
    SEE_EVERYWHERE = "see all areas, unless limited to some"
    IMPORT = "import files"
    PLAN = "see and edit drafts of plans"
    ENROL = "enrol workers' phones"
    AUDIT = "read the audit"
    FENCE = "draw zones and set patrol targets (围栏与巡查点)"
    SHOW = "run a wall: tours, scenes for other walls (大屏)"
    ADMINISTER = "manage accounts and settings"


SAYS: dict[Permission, Both] = {
    Permission.SEE_PUBLIC: Both("查看公共服务要素", "see public service elements"),
    Permission.SEE_FINE: Both("查看地址、住户等精细化治理要素", "see addresses and households"),
    Permission.SEE_WORKERS: Both("查看网格员", "see grid workers"),
    Permission.SEE_EVERYWHERE: Both("查看所有区域", "see all areas"),
    Permission.IMPORT: Both("导入文件", "import files"),
    Permission.PLAN: Both("查看和编辑网格方案草稿", "see and edit drafts of plans"),
    Permission.ENROL: Both("登记网格员的手机", "enrol workers' phones"),
    Permission.AUDIT: Both("查阅审计记录", "read the audit"),
    Permission.FENCE: Both("绘制围栏和设置巡查点", "draw zones and set patrol targets"),
    Permission.SHOW: Both("使用大屏：轮播与场景推送", "run a wall: tours, and scenes for other walls"),
    Permission.ADMINISTER: Both("管理账号和设置", "manage accounts and settings"),
}
"""What follows "may not" in a refusal."""


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


ROLE_NAMES: dict[Role, Both] = {
    Role.ADMINISTRATOR: Both("管理员", "Administrator"),
    Role.PLANNER: Both("网格规划员", "Planner"),
    Role.DISPATCHER: Both("派单员", "Dispatcher"),
    Role.STATION_HEAD: Both("站长", "Station head"),
    Role.VIEWER: Both("大屏", "Viewer"),
    Role.WORKER: Both("网格员", "Grid worker"),
    Role.HANDLER: Both("处置单位", "Handler"),
    Role.AUDITOR: Both("审计员", "Auditor"),
    Role.MACHINE: Both("其他系统", "Other system"),
}

_STAFF = frozenset({Permission.SEE_PUBLIC, Permission.SEE_FINE, Permission.SEE_WORKERS})
MAY: dict[Role, frozenset[Permission]] = {
    Role.ADMINISTRATOR: frozenset(Permission) - {Permission.AUDIT},
    Role.PLANNER: _STAFF | {Permission.IMPORT, Permission.PLAN, Permission.FENCE, Permission.SHOW},
    Role.DISPATCHER: _STAFF | {Permission.FENCE, Permission.SHOW},
    Role.STATION_HEAD: _STAFF | {Permission.ENROL, Permission.SHOW},
    Role.VIEWER: _STAFF | {Permission.SHOW},
    Role.WORKER: _STAFF,
    Role.HANDLER: frozenset({Permission.SEE_PUBLIC}),
    Role.AUDITOR: frozenset({Permission.SEE_PUBLIC, Permission.AUDIT}),
    Role.MACHINE: frozenset({Permission.SEE_PUBLIC}),
}
