"""The one Settings, read from environment variables with the prefix GRIDTWIN_.

Every field is documented in docs/settings.md; a test compares the two.
"""

from __future__ import annotations

import ipaddress
import math
import os
import re
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from gis.backgrounds import Background


def default_data_dir() -> Path:
    """Where an installation keeps its things unless told otherwise (XDG base directories)."""
    base = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(base).expanduser() / "gridtwin"


Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def networks(text: str) -> list[Network]:
    """Networks separated by commas, `none` for none of them; raises ValueError."""
    if text.strip().lower() == "none":
        return []
    return [ipaddress.ip_network(part.strip(), strict=False) for part in text.split(",") if part.strip()]


class Settings(BaseSettings):
    """What an operator can set; nothing else is read from the environment."""

    model_config = SettingsConfigDict(env_prefix="GRIDTWIN_", env_ignore_empty=True, extra="ignore")

    database_url: SecretStr | None = Field(
        default=None, description="PostgreSQL to use instead of the embedded one (a libpq URL)."
    )
    data_dir: Path = Field(
        default_factory=default_data_dir,
        description="Folder of everything that belongs to this installation: the embedded database, locks.",
    )
    import_max_mb: int = Field(default=1024, ge=1, description="Largest upload to the planner's page, in MB.")
    import_processes: int = Field(
        default=2, ge=1, le=16, description="Files that are read at once for browsers; more wait, then get 503."
    )
    import_memory_mb: int = Field(
        default=2048, ge=256, description="Memory that reading one file may take; beyond it is given up, in MB."
    )
    import_timeout_s: int = Field(
        default=3600, ge=5, description="Seconds after which reading one file for a browser is given up."
    )
    host: str = Field(default="127.0.0.1", description="Address that the server binds to.")
    port: int = Field(default=8000, ge=1, le=65535, description="TCP port that the server binds to.")
    public_url: str | None = Field(
        default=None,
        pattern=r"^https?://[^/?#\s]+(/[^?#\s]*)?$",
        description="Address at which phones and browsers reach the service (`https://twin.example`), base path "
        "included, for links, codes and tiles; unset, the one that a request came to.",
    )
    tls_cert: Path | None = Field(
        default=None, description="PEM certificate (with its chain) to serve HTTPS with; `GRIDTWIN_TLS_KEY` is its key."
    )
    tls_key: Path | None = Field(default=None, description="PEM key of `GRIDTWIN_TLS_CERT`, without a password.")
    tls_own: bool = Field(
        default=False,
        description="Serve HTTPS with an authority of this installation's own; phones trust it once, from `/ca.crt`.",
    )
    time_zone: str = Field(
        default="Asia/Shanghai", description="What a day, a deadline and `?at=` mean. Storage is UTC."
    )
    demo_password: SecretStr | None = Field(
        default=None, description="Fixes the demo accounts' password; random and printed when unset."
    )
    database_pool: int = Field(
        default=8, ge=2, le=200, description="Most connections that one process opens to the database."
    )
    tile_timeout_ms: int = Field(
        default=20_000, ge=100, description="A tile whose SQL takes longer than this is given up (503)."
    )
    backgrounds: list[Background] = Field(
        default=[],
        description="Other services' maps and images to choose as background: a JSON list, see "
        "[backgrounds](backgrounds.md).",
    )
    background_memory_mb: int = Field(
        default=64, ge=1, le=4096, description="Most memory that tiles of backgrounds take in one process, in MB."
    )
    tile_memory_mb: int = Field(default=256, ge=1, description="Most memory that encoded tiles take in one process.")
    tile_queue: int = Field(
        default=128, ge=1, description="Tiles that may wait to be rendered; past it 503 with `Retry-After`."
    )
    tile_files: Path | None = Field(
        default=None,
        description="Folder on a tmpfs where kept tiles lie as files too, for nginx to give by itself "
        "(docker/nginx.conf); unset, there are none.",
    )
    tile_origins: str = Field(
        default="",
        description="Other sites whose pages may read tiles: origins separated by commas, `*` for any (CORS).",
    )
    request_timeout_s: int = Field(
        default=20,
        ge=1,
        le=600,
        description="Seconds within which a request's head has to arrive; a body that comes slower than 1 KB/s "
        "after these is given up, too (408).",
    )
    body_max_mb: int = Field(
        default=2,
        ge=1,
        le=1024,
        description="Largest request, in MB; files to import and photos have their own limits.",
    )
    photo_max_mb: int = Field(default=20, ge=1, le=1024, description="Largest photo that is sent with an issue, in MB.")
    rate_phone: int = Field(
        default=50,
        ge=0,
        description="Requests a second that one phone may send, twenty seconds' worth at once; 0: any.",
    )
    rate_account: int = Field(
        default=200, ge=0, description="The same for one sign-in: a browser, a wall, another system's key."
    )
    rate_address: int = Field(
        default=50, ge=0, description="The same for all of one address that come without a valid sign-in."
    )
    rate_free: str = Field(
        default="127.0.0.0/8,::1/128",
        description="Networks whose requests aren't counted, separated by commas; `none`: all are counted.",
    )
    session_days: int = Field(default=30, ge=1, description="Days after which a sign-in ends.")
    openid_issuer: str | None = Field(
        default=None,
        pattern=r"^https?://[^?#\s]+$",
        description="OpenID provider at which people may sign in (`https://id.example/realms/city`).",
    )
    openid_client: str | None = Field(default=None, description="This service's client id at the provider.")
    openid_secret: SecretStr | None = Field(
        default=None, description="Its secret; without one it is a public client (PKCE protects both)."
    )
    openid_claim: str = Field(
        default="preferred_username",
        pattern=r"^[\w.:/-]{1,100}$",
        description="The claim that holds the account's name, when somebody comes for the first time.",
    )
    openid_name: str = Field(default="OpenID", max_length=60, description="What the sign-in page calls the provider.")
    openid_register: Literal["viewer", "worker", "handler"] | None = Field(
        default=None,
        description="Role of an account made for whoever has none, which sees no area yet; unset, nobody gets one.",
    )
    duty_switch_hours: int = Field(
        default=12, ge=1, le=48, description="Hours after which duty that a worker switched on ends by itself."
    )
    wall_days: int = Field(default=365, ge=1, description="Days that a wall stays signed in by its link.")
    audit_months: int = Field(
        default=36, ge=6, description="Months that the audit is kept before whole months are dropped; at least 6."
    )
    fix_retention_days: int = Field(
        default=180, ge=1, description="Days for which positions of workers are kept; older ones are deleted for good."
    )
    photo_retention_days: int = Field(
        default=730,
        ge=1,
        description="Days after an issue was archived for which its photos are kept; then they are deleted for good.",
    )
    log_retention_days: int = Field(
        default=180,
        ge=7,
        description="Days for which logs are kept: the embedded database's, deliveries, spent codes; not the audit.",
    )
    intake_queue: int = Field(
        default=100_000,
        ge=100,
        description="Fixes that may wait to be stored; past it phones are told to try again (503).",
    )
    bus_url: SecretStr | None = Field(
        default=None,
        description="NATS server through which phones send over MQTT (`nats://name:password@host:4222`, several joined "
        "by commas), see [the live layer](live.md#mqtt); unset, there is no MQTT.",
    )
    tick_ms: int = Field(default=100, ge=20, le=5000, description="How often walls are told what has moved.")
    silent_after_s: int = Field(
        default=300, ge=10, description="Seconds without a word after which a worker's phone counts as silent."
    )
    map_approval: str = Field(
        default="",
        max_length=100,
        description="Map approval number (审图号) that the wall's map shows; it is not checked.",
    )
    map_source: str = Field(
        default="", max_length=200, description="Source of the map's data that the wall's map shows."
    )
    public_offset: Annotated[tuple[float, float] | None, NoDecode] = Field(
        default=None,
        description="Offset of the public view, `east,north` in metres of EPSG:3857; without one there is none. It has "
        "to be approved; neither it nor the approval number makes it lawful to publish a map.",
    )
    track_reason: Literal["recorded", "required"] = Field(
        default="recorded",
        description="Whether reading a track needs a `reason` (`required`), or one that is given is recorded.",
    )
    issue_remind_minutes: int = Field(
        default=10,
        ge=0,
        description="Minutes after which a worker who hasn't signed is reminded by SMS and webhooks; 0: never.",
    )
    issue_silent_minutes: int = Field(
        default=30,
        ge=0,
        description="Minutes after which an issue that wasn't signed for goes to the next nearest worker; 0: never.",
    )
    log_format: str = Field(
        default="console", pattern="^(console|json)$", description="`console` or `json`, on stderr."
    )

    @field_validator("data_dir")
    @classmethod
    def _absolute(cls, path: Path) -> Path:
        return path.expanduser().absolute()

    @field_validator("bus_url")
    @classmethod
    def _nats(cls, url: SecretStr | None) -> SecretStr | None:
        for each in url.get_secret_value().split(",") if url else ():
            if not re.fullmatch(r"(nats|tls)://(\S+@)?[^\s/@]+/?", each.strip()):
                raise ValueError("an address such as nats://name:password@host:4222, several joined by commas")
        return url

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError) as unknown:
            raise ValueError(f"{name!r} is no time zone of the IANA database, such as Asia/Shanghai") from unknown
        return name

    @field_validator("public_offset", mode="before")
    @classmethod
    def _an_offset(cls, given: Any) -> tuple[float, float] | None:
        if given is None or isinstance(given, tuple):
            return given
        try:
            east, north = (float(part) for part in str(given).split(","))
        except ValueError as unreadable:
            raise ValueError("an offset is two numbers of metres, east and north: 120,-85") from unreadable
        if not 1 <= math.hypot(east, north) <= 5000:
            raise ValueError("an offset is at least 1 m and at most 5,000 m long")
        return east, north

    @field_validator("rate_free")
    @classmethod
    def _networks(cls, text: str) -> str:
        networks(text)
        return text

    @model_validator(mode="after")
    def _openid_whole(self) -> Settings:
        if (self.openid_issuer is None) != (self.openid_client is None):
            raise ValueError("GRIDTWIN_OPENID_ISSUER and GRIDTWIN_OPENID_CLIENT belong together")
        return self

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which days and deadlines are counted."""
        return ZoneInfo(self.time_zone)
