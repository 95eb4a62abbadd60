"""The catalogue of sentences that people read, in Chinese and English, by stable code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Both(NamedTuple):
    """A value of a sentence that is itself a sentence: each language takes its own."""

    zh: str
    en: str


CATALOGUE: dict[str, tuple[str, str]] = {
    "internal": ("服务内部出错，已记录。", "Something failed inside the service; it has been logged."),
    "not-signed-in": ("请先登录。", "Sign in first."),
    "wrong-credentials": ("账号或密码不正确。", "The account or the password is wrong."),
    "openid-refused": ("统一认证没有完成，请重新登录。", "Signing in at the provider did not succeed: try again."),
    "openid-unknown": (
        "该身份在本系统没有可用的账号，请联系管理员。",
        "Nobody here has an account for this identity: ask an administrator.",
    ),
    "openid-away": ("统一认证服务暂时无法使用。", "The sign-in provider can’t be reached now."),
    "not-allowed": ("当前角色无权{what}。", "This role may not {what}."),
    "wrong-password": ("当前密码不正确。", "The present password is another."),
    "weak-password": ("密码不能使用：{why}", "This password can't be used: {why}"),
    "too-many-tries": (
        "登录失败次数过多，请在 {seconds} 秒后再试。",
        "Signing in failed too often: try again in {seconds} seconds.",
    ),
    "too-many-requests": (
        "请求过于频繁，请在 {seconds} 秒后再试。",
        "Too many requests: try again in {seconds} seconds.",
    ),
    "too-slow": ("请求没有及时发完，连接已关闭。", "The request did not arrive in time; the connection was closed."),
    "not-grantable": ("不能授予自己没有的权限：{what}。", "Nobody gives more than they have: {what}."),
    "taken": ("{what} 已被使用。", "{what} is taken."),
    "not-found": ("没有找到{what}。", "There is no {what} that you can see."),
    "wrong-method": ("{path} 不支持 {method} 方法。", "{path} does not take {method}."),
    "unknown-layer": (
        "没有图层 {layer}；可用图层：{known}。",
        "There is no layer {layer}; the layers are {known}.",
    ),
    "no-such-tile": ("瓦片 {z}/{x}/{y} 不存在。", "There is no tile {z}/{x}/{y}."),
    "background-away": (
        "背景图「{code}」的来源暂时无法访问。",
        "The source of the background {code} can't be reached at present.",
    ),
    "bad-request": ("参数 {what} 不正确：{why}", "{what} can't be used: {why}"),
    "too-big": ("请求超过 {limit}。", "The request is larger than {limit}."),
    "overloaded": ("服务繁忙，请稍后再试。", "The service is busy; try again in a moment."),
    "database-away": (
        "数据库暂时没有响应，请稍后再试。",
        "The database does not answer at present; try again in a moment.",
    ),
    "not-ready": ("服务正在启动。", "The service is still starting."),
    "code-unusable": (
        "此二维码已使用过或已过期，请向站长或管理员要一个新的。",
        "This code has been used or has expired: ask the station head or the administrator for a new one.",
    ),
    "no-room": (
        "服务器磁盘空间不足，无法接收此文件；请联系管理员。",
        "The server's disk is too full to take this file: ask the administrator.",
    ),
    "import-busy": (
        "此文件正在处理；请等待完成，或先取消。",
        "This file is being worked on: wait until that is done, or cancel it.",
    ),
    "import-refused": (
        "文件未导入：有 {count} 处错误，数据未作任何改动。",
        "Not imported: the file has {count} errors. Nothing was changed.",
    ),
    "export-refused": ("未导出：{why}。", "Not exported: {why}."),
    "reader-failed": (
        "文件处理中断：{why}；数据未作任何改动。",
        "The work on the file broke off: {why}. Nothing was changed.",
    ),
    "unreadable-file": ("无法读取文件 {file}：{why}。{remedy}", "{file} can't be read: {why}. {remedy}"),
    "plan-conflict": (
        "同一类网格在 {when} 已有生效方案「{name}」。",
        "Another plan of this kind, “{name}”, is in force at {when}.",
    ),
    "issue-changed": (
        "事件已被他人更新（现为第 {version} 版），请刷新后再操作。",
        "Somebody else has changed the issue (it is now version {version}): look at it again first.",
    ),
    "wrong-step": (
        "事件处于「{state}」，不能{action}。",
        "The issue is {state}; it can't take the step “{action}” now.",
    ),
    "postgres-missing": (
        "没有找到 PostgreSQL 服务器程序；请安装 PostGIS（apt install postgresql-15-postgis-3），"
        "或用 GRIDTWIN_DATABASE_URL 指向现有数据库。",
        "No PostgreSQL server is installed: install PostGIS (apt install postgresql-15-postgis-3) "
        "or set GRIDTWIN_DATABASE_URL to a server that has it.",
    ),
    "postgis-missing": (
        "数据库缺少扩展 {extension}：{why}",
        "The database lacks the extension {extension}: {why}",
    ),
    "disk-full": (
        "{path} 所在磁盘仅剩 {free} MB，至少需要 {needed} MB；请清理空间后重新启动，数据没有丢失。",
        "The disk of {path} has {free} MB left and at least {needed} MB are needed: "
        "free some space and start again; nothing is lost.",
    ),
    "cluster-failed": (
        "内置数据库未能启动：{why}（日志：{log}）",
        "The embedded database did not start: {why} (log: {log})",
    ),
    "other-major-version": (
        "{path} 中的数据由 PostgreSQL {found} 写成，而本机安装的是 PostgreSQL {installed}；"
        "请安装 postgresql-{found}-postgis-3，或在原机用 gridtwin backup 导出后在新目录 restore。",
        "The data in {path} was written by PostgreSQL {found}, and PostgreSQL {installed} is installed: "
        "install postgresql-{found}-postgis-3, or `gridtwin backup` it where {found} runs "
        "and `gridtwin restore` it into a new folder.",
    ),
    "data-dir-unusable": ("数据目录 {path} 无法使用：{why}", "The data folder {path} can't be used: {why}"),
    "already-serving": (
        "另一个服务（进程 {pid}）正在使用数据目录 {path}；请先停止它，或设置 GRIDTWIN_DATA_DIR。",
        "Another server (process {pid}) uses the data folder {path}: stop it, or set GRIDTWIN_DATA_DIR.",
    ),
    "port-taken": (
        "{host} 的端口 {port} 已被占用；请用 GRIDTWIN_PORT 换一个端口。",
        "Port {port} of {host} is taken by another program: choose another one with GRIDTWIN_PORT.",
    ),
    "unknown-schema": (
        "数据库的结构版本 {found} 不被本程序认识（已知到 {known}）；请使用更新的程序版本。",
        "The database's schema version {found} is unknown to this program, which knows up to {known}: "
        "use a newer version of the program.",
    ),
    "schema-behind": (
        "数据库结构版本 {found} 早于 {known}；请先运行 gridtwin migrate。",
        "The database's schema version {found} is older than {known}: run `gridtwin migrate` first.",
    ),
    "bad-settings": ("设置 {name} 不能使用：{why}", "The setting {name} can't be used: {why}"),
}


def sentence(code: str, language: str, values: Mapping[str, object]) -> str:
    """The sentence of a code in `zh` or `en`, with its values filled in."""
    chinese, english = CATALOGUE[code]
    template = chinese if language == "zh" else english
    spoken = {name: getattr(value, language) if isinstance(value, Both) else value for name, value in values.items()}
    return template.format_map(_Unnamed(spoken))


class _Unnamed(dict[str, object]):
    """A value that nobody passed reads as an ellipsis instead of failing while an error is reported."""

    def __missing__(self, key: str) -> str:
        return "…"
