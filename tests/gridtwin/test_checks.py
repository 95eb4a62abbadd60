"""`gridtwin check` names every fault at once, each with its remedy."""

from __future__ import annotations

import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from gis import migrations
from gis.settings import Settings
from gridtwin import local, pages, tls
from gridtwin.checks import CHECKS, CheckResult, run_checks
from gridtwin.local import faults, installation

pytest_plugins = ["embedded"]


@pytest.fixture
def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Pages that have been built."""
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / "index.html").touch()
    monkeypatch.setattr(pages, "BUILT", tmp_path / "dist")
    return tmp_path / "dist"


def outcome(settings: Settings, language: str = "en") -> dict[str, CheckResult]:
    return {result.title: result for result in run_checks(settings, language=language)}


def faulty(results: dict[str, CheckResult]) -> dict[str, str]:
    """What is wrong, and what to do about it; nothing is wrong without a remedy."""
    wrong = {title: result.remedy for title, result in results.items() if result.ok is False}
    assert all(wrong.values()), wrong
    return wrong


def test_a_sound_installation_has_no_fault(settings: Settings, built: Path, free_port: int) -> None:
    settings = settings.model_copy(update={"port": free_port})
    with local.database(settings) as url:
        migrations.upgrade(url)
        results = outcome(settings)
    assert {title for title, result in results.items() if not result.ok} <= {"disk space"}
    assert len(results) == len(CHECKS)
    assert "it runs" in results["embedded database"].found
    assert results["schema version"].found == migrations.head()
    assert all(result.found and not (result.ok and result.remedy) for result in results.values())


def test_every_fault_of_a_database_is_named_at_once_in_both_languages(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "BUILT", tmp_path)
    with local.database(settings) as url:
        migrations.upgrade(url)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("UPDATE alembic_version SET version_num = 'of tomorrow'")
    with (settings.data_dir / "database/cluster/pg_hba.conf").open("a") as rules:
        rules.write("local all all trust\n")
    with socket.create_server(("127.0.0.1", 0)) as somebody:
        settings = settings.model_copy(update={"port": somebody.getsockname()[1], "host": "127.0.0.1"})
        wrong = faulty(outcome(settings))
        chinese = faulty(outcome(settings, "zh"))
    assert wrong.keys() == {"database sign-in", "durability", "schema version", "pages", "port"}
    assert "scram-sha-256" in wrong["database sign-in"]
    assert "ALTER SYSTEM RESET fsync" in wrong["durability"]
    assert "newer version of the program" in wrong["schema version"]
    assert wrong["pages"] == "Run: make setup."
    assert "GRIDTWIN_PORT" in wrong["port"]
    assert chinese.keys() == {"数据库登录方式", "数据安全", "数据库结构", "网页", "端口"}


def test_an_empty_database_and_an_open_address_are_warnings(settings: Settings, built: Path, free_port: int) -> None:
    everybody = "0.0.0.0"  # noqa: S104 - the check binds there for a moment
    results = outcome(settings.model_copy(update={"host": everybody, "port": free_port}))
    assert {title for title, result in results.items() if result.ok is None} - {"disk space"} == {
        "schema version",
        "address",
        "origin",
        "grid workers",
        "audit",
    }
    assert "http://" in results["origin"].found
    assert "gridtwin migrate" in results["schema version"].remedy
    assert "TLS" in results["address"].remedy
    assert "started for these checks" in results["embedded database"].found
    assert faulty(results) == {}


def test_a_database_that_is_away_is_named_with_all_that_depends_on_it(tmp_path: Path, built: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data", database_url="postgresql:///twin?host=/nowhere")
    wrong = faulty(outcome(settings))
    assert "GRIDTWIN_DATABASE_URL" in wrong["database connection"]
    assert wrong.keys() >= {"database extensions", "durability", "schema version", "clock"}


def test_a_data_folder_that_cannot_be_made_has_a_remedy(tmp_path: Path, built: Path) -> None:
    (tmp_path / "file").touch()
    wrong = faulty(outcome(Settings(data_dir=tmp_path / "file" / "data", database_url=None)))
    assert "GRIDTWIN_DATA_DIR" in wrong["data folder"]
    assert "GRIDTWIN_DATA_DIR" in wrong["embedded database"]


def test_missing_programs_and_a_full_disk_are_both_named(
    settings: Settings, tmp_path: Path, built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installation, "DEBIAN", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(faults, "NEEDED_MB", 10**9)
    wrong = faulty(outcome(settings))
    assert "make setup" in wrong["PostgreSQL programs"]
    assert wrong.keys() >= {"disk space", "embedded database", "database connection"}


def test_a_missing_extension_is_found_before_anything_starts(
    settings: Settings, built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installation, "EXTENSIONS", ("postgis_of_tomorrow",))
    results = outcome(settings)
    assert "postgis_of_tomorrow" in results["PostgreSQL programs"].found
    assert "make setup" in faulty(results)["PostgreSQL programs"]


def test_a_check_that_fails_itself_is_a_finding(
    settings: Settings, built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> str:
        raise RuntimeError("no such thing")

    monkeypatch.setattr(migrations, "head", broken)
    results = outcome(settings)
    assert results["schema version"].found == "no such thing"
    assert results["time zone"].ok


def test_every_dangerous_setting_is_a_warning_with_its_remedy(
    dsn: str, tmp_path: Path, built: Path, free_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "callers.key").touch(mode=0o644)
    (tmp_path / "data").chmod(0o777)
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("UPDATE twin SET demo = true")
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "*")
    settings = Settings(
        database_url=dsn, data_dir=tmp_path / "data", port=free_port, host="0.0.0.0",  # noqa: S104 - to be warned of
        public_url="http://twin.example", openid_issuer="http://id.example", openid_client="x", rate_phone=0,
        rate_free="0.0.0.0/0", tile_origins="https://good.example,*", demo_password="12345678",
    )  # fmt: skip
    results = outcome(settings)
    dangers = {
        "origin": "http://twin.example", "OpenID provider": "http://id.example", "limits": "FORWARDED_ALLOW_IPS",
        "other sites": "pages of *", "demo accounts": "weak", "private files": "callers.key",
    }  # fmt: skip
    for title, named in dangers.items():
        assert results[title].ok is None, title
        assert named in results[title].found
        assert results[title].remedy
    assert "GRIDTWIN_RATE_PHONE" in results["limits"].found
    assert "0.0.0.0/0" in results["limits"].found
    chinese = outcome(settings, "zh")
    assert "不是安全来源" in chinese["访问地址"].found
    monkeypatch.delenv("FORWARDED_ALLOW_IPS")
    (tmp_path / "data").chmod(0o700)
    (tmp_path / "data" / "callers.key").chmod(0o600)
    safe = {
        "public_url": "https://twin.example", "openid_issuer": "https://id.example", "rate_phone": 9, "host": "127.0.0.1",
        "rate_free": "10.0.0.0/8", "tile_origins": "https://good.example",
    }  # fmt: skip
    results = outcome(settings.model_copy(update=safe))
    assert {title: results[title].ok for title in dangers} == dict.fromkeys(dangers, True)


def test_the_audits_chain_is_verified_and_a_tampered_row_is_named(
    dsn: str, db: psycopg.Connection, tmp_path: Path, built: Path, free_port: int
) -> None:
    settings = Settings(database_url=dsn, data_dir=tmp_path / "data", port=free_port)
    for number in range(5):
        db.execute("INSERT INTO audit (at, actor, action) VALUES (now(), 'somebody', %s)", (f"thing.do{number}",))
    (head,) = db.execute("SELECT encode(hash, 'hex') FROM audit ORDER BY seq DESC LIMIT 1").fetchone() or ("",)
    whole = outcome(settings)["audit"]
    assert whole.ok, whole
    assert whole.found.startswith("5 rows")
    assert head in whole.found
    db.execute("ALTER TABLE audit DISABLE TRIGGER audit_stays")
    db.execute("UPDATE audit SET actor = 'somebody else' WHERE seq = 3")
    broken = outcome(settings)["audit"]
    assert broken.ok is False
    assert "row 3" in broken.found
    assert broken.remedy


def test_a_certificate_that_ends_is_named(tmp_path: Path, built: Path, dsn: str, free_port: int) -> None:
    made = tls.of(Settings(data_dir=tmp_path / "past", tls_own=True), datetime.now(UTC) - timedelta(days=390))
    assert made is not None
    settings = Settings(
        database_url=dsn, data_dir=tmp_path / "data", port=free_port, tls_cert=made.certificate, tls_key=made.key
    )
    assert outcome(settings)["certificate"].ok is None
    ended = tls.of(Settings(data_dir=tmp_path / "ended", tls_own=True), datetime.now(UTC) - timedelta(days=500))
    assert ended is not None
    settings = settings.model_copy(update={"tls_cert": ended.certificate, "tls_key": ended.key})
    assert "GRIDTWIN_TLS_CERT" in faulty(outcome(settings))["certificate"]


def test_a_port_that_this_installation_serves_is_no_fault(
    tmp_path: Path, run_service: Callable[[str], Any], dsn: str, built: Path
) -> None:
    port = int(run_service(dsn).url.rsplit(":", 1)[1])
    settings = Settings(data_dir=tmp_path / "data", database_url=dsn, port=port)
    assert "port" in faulty(outcome(settings))
    with local.server_lock(settings):
        results = outcome(settings)
    assert results["port"].found == f"gridtwin serves 127.0.0.1:{port}"
