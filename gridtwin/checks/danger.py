"""Checks of what is dangerous though it works: origins without TLS, doors left open, a tampered record."""

from __future__ import annotations

import ipaddress
import os
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from cryptography import x509

from gis import migrations
from gis.access import audit_chain, passwords
from gis.errors import WeakPassword
from gis.messages import Both
from gis.settings import networks
from gridtwin import tls
from gridtwin.checks.finding import MEND_ABOVE, UNREACHABLE, Finding, Subject, plain

_EXPIRES_SOON = timedelta(days=21)
_LARGEST_FREE = 1 << 24  # addresses: a private network of the size of 10.0.0.0/8


def origin(subject: Subject) -> Finding:
    """Browsers give position and offline work to secure origins only."""
    settings = subject.settings
    secured = settings.tls_own or settings.tls_cert is not None
    reached = tls.addresses(settings, secured=secured)
    insecure = [url for url in reached if not _is_secure(url)]
    if not insecure:
        return Finding(True, plain(", ".join(reached)))
    named = ", ".join(insecure)
    return Finding(
        None,
        Both(f"{named} 不是安全来源", f"{named} is no secure origin"),
        Both(
            "浏览器在此地址不提供定位和离线功能，密码与令牌不加密传输。请使用 HTTPS："
            "GRIDTWIN_TLS_CERT 与 GRIDTWIN_TLS_KEY，或 GRIDTWIN_TLS_OWN=true；"
            "若前面的代理已提供 TLS，请将 GRIDTWIN_PUBLIC_URL 设为其 https 地址。",
            "Browsers give neither position nor offline work there, and passwords and tokens travel unencrypted. Use "
            "HTTPS: GRIDTWIN_TLS_CERT and GRIDTWIN_TLS_KEY, or GRIDTWIN_TLS_OWN=true; behind a proxy with TLS say its "
            "https address in GRIDTWIN_PUBLIC_URL.",
        ),
    )


def certificate(subject: Subject) -> Finding:
    """The certificate lasts, and nobody else reads its key."""
    secured = tls.of(subject.settings)
    if secured is None:
        return Finding(True, Both("未使用", "not in use"))
    read = x509.load_pem_x509_certificates(secured.certificate.read_bytes())[0]
    ends, now = read.not_valid_after_utc, datetime.now(UTC)
    found = Both(f"有效期至 {ends:%Y-%m-%d}", f"valid until {ends:%Y-%m-%d}")
    renew = Both("请更换 GRIDTWIN_TLS_CERT。", "Put a new one in the place of GRIDTWIN_TLS_CERT.")
    if not read.not_valid_before_utc <= now < ends:
        return Finding(False, found, renew)
    if secured.key.stat().st_mode & 0o007:
        return Finding(
            None,
            Both(f"所有用户都能读取 {secured.key}", f"every user can read {secured.key}"),
            Both("请执行 chmod 600。", "chmod 600 it."),
        )
    return Finding(True if ends - now > _EXPIRES_SOON else None, found, renew)


def openid(subject: Subject) -> Finding:
    """Nobody on the way can pose as the OpenID provider."""
    issuer = subject.settings.openid_issuer
    if issuer is None:
        return Finding(True, Both("未使用", "not in use"))
    if _is_secure(issuer):
        return Finding(True, plain(issuer))
    return Finding(
        None,
        Both(
            f"{issuer} 不加密：途中的人可以冒充任何账号",
            f"{issuer} is unencrypted: whoever is on the way can be anybody",
        ),
        Both(
            "请把 GRIDTWIN_OPENID_ISSUER 改为 https 地址。",
            "Use the provider's https address in GRIDTWIN_OPENID_ISSUER.",
        ),
    )


def database_way(subject: Subject) -> Finding:
    """What travels to the database is encrypted, or doesn't leave this machine."""
    if subject.connection is None:
        return UNREACHABLE
    host = subject.connection.info.host
    address = subject.value("SELECT host(inet_server_addr())")
    if host.startswith("/") or address is None or ipaddress.ip_address(str(address)).is_loopback:
        return Finding(True, Both("不离开本机", "it stays on this machine"))
    if subject.value("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"):
        return Finding(True, plain("TLS"))
    return Finding(
        None,
        Both(f"到 {host} 的连接不加密", f"the connection to {host} is unencrypted"),
        Both(
            "请在 GRIDTWIN_DATABASE_URL 中加 sslmode=verify-full（同一主机内部的容器网络除外）。",
            "Add sslmode=verify-full to GRIDTWIN_DATABASE_URL, unless it is a network inside one machine.",
        ),
    )


def limits(subject: Subject) -> Finding:
    """Nobody asks without limit, and addresses are what they seem."""
    settings, said_zh, said_en = subject.settings, [], []
    for name in ("rate_phone", "rate_account", "rate_address"):
        if getattr(settings, name) == 0:
            said_zh.append(f"GRIDTWIN_{name.upper()}=0：不限速")
            said_en.append(f"GRIDTWIN_{name.upper()}=0: no limit")
    wide = [
        str(one)
        for one in networks(settings.rate_free)
        if (one.version == 4 and one.num_addresses > _LARGEST_FREE and not one.is_loopback)
        or (one.version == 6 and one.prefixlen < 32)
    ]
    if wide:
        said_zh.append(f"GRIDTWIN_RATE_FREE 含 {', '.join(wide)}：几乎无人受限")
        said_en.append(f"GRIDTWIN_RATE_FREE has {', '.join(wide)}: hardly anybody is limited")
    if "*" in os.environ.get("FORWARDED_ALLOW_IPS", "") and not _is_here(settings.host):
        said_zh.append("FORWARDED_ALLOW_IPS=*：能直接连接本端口的人可以伪造来源地址")
        said_en.append("FORWARDED_ALLOW_IPS=*: whoever reaches this port can forge addresses")
    if not said_en:
        return Finding(True, Both("限速已启用", "rates are limited"))
    remedy = Both(
        "请恢复默认值，或确认只有代理能连接本端口。",
        "Go back to the defaults, or see that only the proxy reaches this port.",
    )
    return Finding(None, Both("；".join(said_zh), "; ".join(said_en)), remedy)


def other_sites(subject: Subject) -> Finding:
    """Pages of other sites read tiles only where that is meant."""
    settings = subject.settings
    unsafe = [each.strip() for each in settings.tile_origins.split(",") if each.strip()]
    open_ones = [each for each in unsafe if each == "*" or not _is_secure(each)]
    if not open_ones:
        return Finding(True, plain(", ".join(unsafe)) if unsafe else Both("不允许", "none"))
    named = ", ".join(open_ones)
    return Finding(
        None,
        Both(f"允许 {named} 的网页读取瓦片", f"pages of {named} may read tiles"),
        Both(
            "请在 GRIDTWIN_TILE_ORIGINS 中只列出需要的 https 网站。",
            "Name only the https sites that need it in GRIDTWIN_TILE_ORIGINS.",
        ),
    )


def demo(subject: Subject) -> Finding:
    """The demo's accounts, whose names everybody knows, stay on this machine or have a good password."""
    settings = subject.settings
    if subject.connection is None:
        return UNREACHABLE
    if migrations.current_version(subject.connection) != migrations.head() or not subject.value(
        "SELECT demo FROM twin"
    ):
        return Finding(True, Both("不是示范数据", "no demo data"))
    weak = False
    if settings.demo_password is not None:
        try:
            passwords.require_strong(settings.demo_password.get_secret_value())
        except WeakPassword:
            weak = True
    if weak and not _is_here(settings.host):
        return Finding(
            None,
            Both(
                "示范账号的密码很弱，而网络上的其他机器可以访问",
                "the demo's accounts have a weak password, and others can connect",
            ),
            Both(
                "请为 GRIDTWIN_DEMO_PASSWORD 另选密码，或不设置它。", "Choose another GRIDTWIN_DEMO_PASSWORD, or none."
            ),
        )
    return Finding(True, Both("示范数据", "demo data"))


def private_files(subject: Subject) -> Finding:
    """Nobody else writes into the data folder or reads what is secret in it."""
    folder = subject.settings.data_dir
    wrong = []
    if folder.exists() and folder.stat().st_mode & 0o022:
        wrong.append(folder)
    secret = [
        folder / "callers.key",
        *(folder / "tls").glob("*.key"),
        folder / "photos",
        folder / "database" / "password",
    ]
    for path in secret:
        try:
            mode = path.stat().st_mode
        except OSError:
            continue
        if mode & 0o077:
            wrong.append(path)
    if not wrong:
        return Finding(True, Both("仅服务用户可读", "for the service's user only"))
    named = ", ".join(map(str, wrong))
    return Finding(
        None,
        Both(f"其他用户可以访问：{named}", f"open to other users: {named}"),
        Both(
            "请执行 chmod go-rwx（数据目录本身 chmod go-w）。",
            "chmod go-rwx them (the data folder itself: chmod go-w).",
        ),
    )


def audit(subject: Subject) -> Finding:
    """The audit's hash chain is whole."""
    if subject.connection is None:
        return UNREACHABLE
    if migrations.current_version(subject.connection) != migrations.head():
        return Finding(None, Both("数据库结构不是最新", "the schema is not the newest"), MEND_ABOVE)
    chain = audit_chain.verify(subject.connection)
    if chain.broken_at is not None:
        return Finding(
            False,
            Both(
                f"第 {chain.broken_at} 条与前一条不衔接：记录被改动或删除",
                f"row {chain.broken_at} doesn't follow: rows were changed or taken out",
            ),
            Both(
                "请保留现场，与备份逐条核对，并查明谁能以数据库所有者身份登录。",
                "Leave it as it is, compare it with a backup, and find out who signs in as the database's owner.",
            ),
        )
    if chain.head is None:
        return Finding(True, Both("还没有记录", "no rows yet"))
    return Finding(
        True,
        Both(
            f"{chain.rows:,} 条，链完整；末条 {chain.head}：{chain.head_hash}（请另行抄存）",
            f"{chain.rows:,} rows, the chain is whole; its head is {chain.head}: {chain.head_hash} (keep it elsewhere)",
        ),
    )


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_secure(url: str) -> bool:
    """Whether browsers count an address as a secure origin: HTTPS, or this machine."""
    parts = urlsplit(url)
    return parts.scheme == "https" or _is_here(parts.hostname or "") or (parts.hostname or "").endswith(".localhost")
