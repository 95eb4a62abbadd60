"""HTTPS: a certificate that was given, or an authority of our own, reached at an address that is not loopback."""

import os
import shutil
import ssl
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509

from gis.errors import BadSettings
from gis.settings import Settings
from gridtwin import tls

ADDRESS = "10.77.0.1"
_SERVE = """
import contextlib, os, signal, ssl, sys, threading
import httpx
from gis.settings import Settings
from gridtwin import serve, tls
from gridtwin.start import _app
from pathlib import Path

settings = Settings(host=sys.argv[1], port=8443, tls_own=True, data_dir=Path(sys.argv[2]), database_url="unused")
secured = tls.of(settings)
listener = serve.listen(settings)
app = _app(settings, sys.argv[3], secured, {})
url = f"https://{sys.argv[1]}:8443"


def use():
    trusting = ssl.create_default_context(cadata=secured.authority.read_text())
    with httpx.Client(verify=trusting, timeout=60) as phone:
        assert phone.get(f"{url}/healthz").status_code == 200
        assert phone.get(f"{url}/ca.crt").content == secured.authority.read_bytes()
        assert phone.get(f"{url}/phone").status_code in (200, 503)
        signed = phone.post(f"{url}/api/session", json={"username": "admin", "password": "correct horse battery"})
        assert "secure" in signed.headers["Set-Cookie"].lower(), signed.text
        made = phone.post(f"{url}/api/enrolments", json={"worker": "worker1"}, headers={"Origin": url}).json()
        assert made["secure"] and made["link"].startswith(url + "/phone#"), made
    try:
        httpx.get(f"{url}/healthz", timeout=60)
    except httpx.ConnectError:
        print("reached over HTTPS, and refused by whoever does not trust the authority", flush=True)


def use_and_leave():
    try:
        use()
    finally:
        os.kill(os.getpid(), signal.SIGINT)


threading.Thread(target=use_and_leave).start()
with contextlib.suppress(KeyboardInterrupt):
    serve.run(app, settings, listener, secured)
"""


def own(tmp_path, **more):
    return Settings(data_dir=tmp_path, tls_own=True, **more)


def test_nothing_is_served_over_tls_unless_asked_for(tmp_path):
    assert tls.of(Settings(data_dir=tmp_path)) is None


def test_the_authority_is_made_once_and_the_servers_certificate_is_renewed(tmp_path):
    now = datetime.now(UTC)
    made = tls.of(own(tmp_path), now)
    first, authority = made.certificate.read_bytes(), made.authority.read_bytes()
    assert tls.of(own(tmp_path), now).certificate.read_bytes() == first
    assert {file.stat().st_mode & 0o777 for file in (tmp_path / "tls").glob("*.key")} == {0o600}
    later = tls.of(own(tmp_path), now + timedelta(days=380))
    assert later.certificate.read_bytes() != first
    assert later.authority.read_bytes() == authority


def test_another_address_has_another_certificate_and_the_authority_stays_where_it_may_speak(tmp_path):
    authority = tls.of(own(tmp_path)).authority.read_bytes()
    moved = tls.of(own(tmp_path, host="192.168.7.7"))
    names = x509.load_pem_x509_certificate(moved.certificate.read_bytes()).extensions
    said = names.get_extension_for_class(x509.SubjectAlternativeName).value.get_values_for_type(x509.IPAddress)
    assert "192.168.7.7" in {str(address) for address in said}
    assert moved.authority.read_bytes() == authority
    constrained = x509.load_pem_x509_certificate(authority).extensions.get_extension_for_class(x509.NameConstraints)
    assert constrained.critical
    named = tls.of(own(tmp_path, public_url="https://twin.example"))
    assert named.authority.read_bytes() != authority, "the old one may not speak for that name"


@pytest.mark.parametrize("part", ["tls_cert", "tls_key"])
def test_half_a_certificate_is_refused(tmp_path, part):
    made = tls.of(own(tmp_path))
    with pytest.raises(BadSettings, match="GRIDTWIN_TLS_"):
        tls.of(Settings(data_dir=tmp_path, **{part: made.certificate}))


def test_a_given_certificate_is_used_and_a_wrong_key_is_refused(tmp_path):
    made, other = tls.of(own(tmp_path / "a")), tls.of(own(tmp_path / "b"))
    given = tls.of(Settings(data_dir=tmp_path, tls_cert=made.certificate, tls_key=made.key))
    assert (given.certificate, given.authority) == (made.certificate, None)
    with pytest.raises(BadSettings, match="key of another certificate"):
        tls.of(Settings(data_dir=tmp_path, tls_cert=made.certificate, tls_key=other.key))
    with pytest.raises(BadSettings, match="no PEM certificate"):
        tls.of(Settings(data_dir=tmp_path, tls_cert=made.key, tls_key=made.key))
    with pytest.raises(BadSettings, match="can't be read"):
        tls.of(Settings(data_dir=tmp_path, tls_cert=tmp_path / "none", tls_key=made.key))


def test_the_service_is_reached_over_https_at_an_address_that_is_not_loopback(dsn, db, tmp_path):
    from tests.conftest import account

    if not shutil.which("unshare") or not shutil.which("ip"):
        pytest.skip("unshare or ip is not installed: no network namespace to try it in")
    inside = [
        "unshare",
        "-n" if os.geteuid() == 0 else "-rn",
        "sh",
        "-c",
        f'ip link set lo up && ip addr add {ADDRESS}/24 dev lo && exec "$@"',
        "sh",
    ]
    if subprocess.run([*inside, "true"], capture_output=True).returncode:
        pytest.skip("network namespaces are not allowed here")
    account(db, "admin")
    db.execute("INSERT INTO worker (id, name) VALUES ('worker1', '网格员')")
    done = subprocess.run(
        [*inside, sys.executable, "-c", _SERVE, ADDRESS, str(tmp_path), dsn],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert "refused by whoever does not trust" in done.stdout, done.stderr


def test_what_the_authority_signs_is_verified_strictly(tmp_path):
    made = tls.of(own(tmp_path))
    context = ssl.create_default_context(cafile=str(made.authority))
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(made.certificate, made.key)
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = context.wrap_bio(to_client, to_server, server_hostname="127.0.0.1")
    answering = server.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(4):
        for side in (client, answering):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    assert client.getpeercert()["subject"] == ((("commonName", "gridtwin"),),)
