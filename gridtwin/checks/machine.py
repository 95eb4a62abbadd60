"""Checks of this machine: its programs, its folders, its address."""

from __future__ import annotations

import contextlib
import ipaddress
import json
import socket
import ssl
import sys
import urllib.request

from gis.errors import AlreadyServing
from gis.messages import Both
from gridtwin import local, pages, tls
from gridtwin.checks.finding import Finding, Subject, plain
from gridtwin.local import cluster, faults, places
from gridtwin.local.installation import EXTENSIONS, installation

COMFORTABLE_MB = 2048
"""Free space below which an import or an upgrade may run out of it."""


def python_version(subject: Subject) -> Finding:
    """The interpreter is new enough."""
    found = plain("Python " + ".".join(map(str, sys.version_info[:3])))
    remedy = Both("请安装 Python 3.11 或更新版本后运行 make setup。", "Install Python 3.11 or newer, then: make setup.")
    return Finding(sys.version_info >= (3, 11), found, remedy)


def postgresql_programs(subject: Subject) -> Finding:
    """A PostgreSQL server with all extensions is installed; not needed when the database is elsewhere."""
    if not subject.embedded:
        return Finding(True, Both("不需要：已设置 GRIDTWIN_DATABASE_URL", "not needed: GRIDTWIN_DATABASE_URL is set"))
    place = places.existing(subject.settings.data_dir)
    found = installation(None if place is None else cluster.made_by(place))
    return Finding(True, plain(f"PostgreSQL {found.major} ({found.bin}): {', '.join(EXTENSIONS)}"))


def data_folder(subject: Subject) -> Finding:
    """The data folder can be written."""
    places.make_data_dir(subject.settings.data_dir)
    place = places.existing(subject.settings.data_dir)
    where = str(subject.settings.data_dir)
    if place is not None and place.home != subject.settings.data_dir / "database":
        return Finding(True, Both(f"{where}（数据库在 {place.home}）", f"{where} (the database lies in {place.home})"))
    return Finding(True, plain(where))


def disk_space(subject: Subject) -> Finding:
    """There is room to go on."""
    place = places.existing(subject.settings.data_dir)
    folder = subject.settings.data_dir if place is None else place.home
    folder = next(level for level in (folder, *folder.parents) if level.exists())
    free = faults.free_mb(folder)
    found = Both(f"{folder} 剩余 {free:,} MB", f"{free:,} MB free in {folder}")
    remedy = Both(
        "请清理该磁盘，或把数据目录移到更大的磁盘。", "Free some space there, or move the data folder to a larger disk."
    )
    if free < faults.NEEDED_MB:
        return Finding(False, found, remedy)
    return Finding(True if free >= COMFORTABLE_MB else None, found, remedy)


def front_end(subject: Subject) -> Finding:
    """The pages have been built."""
    page = pages.BUILT / "index.html"
    if page.is_file():
        return Finding(True, plain(str(pages.BUILT)))
    return Finding(False, Both(f"没有 {page}", f"there is no {page}"), Both("请运行 make setup。", "Run: make setup."))


def port(subject: Subject) -> Finding:
    """The port is free, or it is this service that listens there."""
    host, number = subject.settings.host, subject.settings.port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, number))
        except OSError as taken:
            if _serves(subject) and _is_gridtwin(host, number, tls.of(subject.settings)):
                return Finding(True, Both(f"gridtwin 正在 {host}:{number} 服务", f"gridtwin serves {host}:{number}"))
            why = taken.strerror or str(taken)
            remedy = Both(
                "请用 GRIDTWIN_PORT 或 GRIDTWIN_HOST 另选。", "Choose another by GRIDTWIN_PORT or GRIDTWIN_HOST."
            )
            return Finding(False, plain(f"{host}:{number}: {why}"), remedy)
    return Finding(True, Both(f"{host}:{number} 空闲", f"{host}:{number} is free"))


def host(subject: Subject) -> Finding:
    """Only this machine can connect, or the operator knows that others can."""
    name = subject.settings.host
    with contextlib.suppress(ValueError):
        if ipaddress.ip_address(name).is_loopback:
            return Finding(True, Both(f"{name}：仅本机可访问", f"{name}: only this machine can connect"))
    if subject.settings.tls_cert is not None or subject.settings.tls_own:
        tls.of(subject.settings)
        return Finding(True, Both(f"{name}：经 HTTPS 访问", f"{name}: reached over HTTPS"))
    if name == "localhost":
        return Finding(True, Both("localhost：仅本机可访问", "localhost: only this machine can connect"))
    return Finding(
        None,
        Both(f"{name}：网络上的其他机器可以不加密地访问", f"{name}: other machines can connect, without encryption"),
        Both(
            "请设置 GRIDTWIN_TLS_CERT 与 GRIDTWIN_TLS_KEY，或 GRIDTWIN_TLS_OWN=true，"
            "或在前面放置提供 TLS 的代理（见 docker/nginx.conf）；否则手机不提供定位。",
            "Set GRIDTWIN_TLS_CERT and GRIDTWIN_TLS_KEY, or GRIDTWIN_TLS_OWN=true, or put a proxy with TLS in front "
            "(docker/nginx.conf): phones give no position otherwise.",
        ),
    )


def _serves(subject: Subject) -> bool:
    """Whether a server of this data folder runs."""
    try:
        with local.server_lock(subject.settings):
            return False
    except AlreadyServing:
        return True


def _is_gridtwin(address: str, number: int, secured: tls.Tls | None) -> bool:
    """Whether it is this service that answers there."""
    reached = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address, address)  # noqa: S104 - compared, not bound
    scheme, named = "http" if secured is None else "https", f"[{reached}]" if ":" in reached else reached
    url = f"{scheme}://{named}:{number}/openapi.json"
    try:
        handlers: list[urllib.request.BaseHandler] = [urllib.request.ProxyHandler({})]
        if secured is not None:
            context = ssl.create_default_context(cafile=secured.authority or secured.certificate)
            context.check_hostname = False  # the certificate may be for the public name alone
            handlers.append(urllib.request.HTTPSHandler(context=context))
        with urllib.request.build_opener(*handlers).open(url, timeout=5) as answer:
            title = json.load(answer)["info"]["title"]
    except (OSError, ValueError, LookupError, TypeError):
        return False
    return str(title).lower().startswith("gridtwin")
