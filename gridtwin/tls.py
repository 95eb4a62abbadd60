"""TLS: a certificate that was given, or an authority of this installation's own.

Browsers give position and offline work to secure origins only, so phones need TLS. An installation without a
certificate makes an authority on its first start; phones trust it once, at enrolment (`/ca.crt`). Its name constraints
keep it to private addresses and to this machine's names, so that whoever stole its key could not pose as anybody else.
"""

from __future__ import annotations

import ipaddress
import os
import socket
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from gis.errors import BadSettings
from gis.settings import Settings

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_AUTHORITY_LASTS = timedelta(days=3650)
_SERVER_LASTS = timedelta(days=397)  # browsers refuse longer ones
_RENEWED_BEFORE = timedelta(days=30)
_NETWORKS = (
    "127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10",
    "::1/128", "fc00::/7", "fe80::/10",
)  # fmt: skip


@dataclass(frozen=True)
class Tls:
    """The files that the server needs; `authority` is the certificate that phones have to trust, None when given."""

    certificate: Path
    key: Path
    authority: Path | None = None


def of(settings: Settings, now: datetime | None = None) -> Tls | None:
    """The TLS of an installation, made or renewed if it is our own; None when it serves plain HTTP.

    Raises BadSettings for a certificate or key that can't be used.
    """
    if settings.tls_cert is not None or settings.tls_key is not None:
        return _given(settings)
    return _own(settings, now or datetime.now(UTC)) if settings.tls_own else None


def _given(settings: Settings) -> Tls:
    for name, path in (("GRIDTWIN_TLS_CERT", settings.tls_cert), ("GRIDTWIN_TLS_KEY", settings.tls_key)):
        if path is None:
            raise BadSettings(name=name, why="a certificate needs its key, and a key its certificate")
        if not os.access(path, os.R_OK):
            raise BadSettings(name=name, why=f"{path} can't be read")
    assert settings.tls_cert is not None  # noqa: S101 - looked at above
    assert settings.tls_key is not None  # noqa: S101 - looked at above
    try:
        certificate = x509.load_pem_x509_certificates(settings.tls_cert.read_bytes())[0]
    except ValueError as wrong:
        raise BadSettings(name="GRIDTWIN_TLS_CERT", why=f"{settings.tls_cert} holds no PEM certificate") from wrong
    try:
        key = serialization.load_pem_private_key(settings.tls_key.read_bytes(), None)
    except (ValueError, TypeError) as wrong:
        why = f"{settings.tls_key} holds no PEM key without a password"
        raise BadSettings(name="GRIDTWIN_TLS_KEY", why=why) from wrong
    if key.public_key() != certificate.public_key():
        raise BadSettings(name="GRIDTWIN_TLS_KEY", why="it is the key of another certificate")
    return Tls(settings.tls_cert, settings.tls_key)


def own_addresses() -> list[Address]:
    """The addresses of this machine by which others on its networks may reach it, the most likely one first."""
    found: list[Address] = []
    for family, elsewhere in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        with socket.socket(family, socket.SOCK_DGRAM) as probe:  # choosing a route sends nothing
            try:
                probe.connect((elsewhere, 9))
                found.append(ipaddress.ip_address(probe.getsockname()[0].partition("%")[0]))
            except OSError:
                continue
    try:
        resolved = socket.getaddrinfo(socket.gethostname(), None)
    except OSError:
        resolved = []
    found += [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in resolved]
    return [address for address in dict.fromkeys(found) if not address.is_loopback and not address.is_unspecified]


def addresses(settings: Settings, *, secured: bool) -> list[str]:
    """The service's URLs as others reach it, the most likely one first."""
    if settings.public_url:
        return [settings.public_url.rstrip("/")]
    hosts = [settings.host]
    if settings.host in ("0.0.0.0", "::"):  # noqa: S104 - compared, not bound
        hosts = [str(address) for address in own_addresses()] or ["127.0.0.1"]
    scheme = "https" if secured else "http"
    return [f"{scheme}://{f'[{host}]' if ':' in host else host}:{settings.port}" for host in hosts]


def _names(settings: Settings) -> tuple[list[str], list[Address]]:
    """The names and addresses that the server's certificate is for."""
    names, addresses = ["localhost"], [ipaddress.ip_address("127.0.0.1"), ipaddress.ip_address("::1"), *own_addresses()]
    public = urlsplit(settings.public_url or "").hostname
    for name in (socket.gethostname().lower(), settings.host, public):
        if not name:
            continue
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            names.append(name)
        else:
            if not address.is_unspecified:
                addresses.append(address)
    return sorted(set(names)), sorted(set(addresses), key=str)


def _own(settings: Settings, now: datetime) -> Tls:
    folder = settings.data_dir / "tls"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    authority, authority_key = folder / "authority.crt", folder / "authority.key"
    server, server_key = folder / "server.crt", folder / "server.key"
    names, addresses = _names(settings)
    if not _holds(authority, authority_key, names, addresses, now):
        _make_authority(authority, authority_key, names, addresses, now)
        server.unlink(missing_ok=True)
    if not _covers(server, server_key, names, addresses, now):
        _make_server(authority, authority_key, server, server_key, names, addresses, now)
    return Tls(server, server_key, authority)


def _read(path: Path) -> x509.Certificate | None:
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError):
        return None


def _holds(path: Path, key: Path, names: list[str], addresses: list[Address], now: datetime) -> bool:
    """Whether the authority is there, lasts, and may speak for all names and addresses of this machine."""
    certificate = _read(path)
    if certificate is None or not key.exists() or certificate.not_valid_after_utc < now + _RENEWED_BEFORE:
        return False
    allowed = certificate.extensions.get_extension_for_class(x509.NameConstraints).value.permitted_subtrees or []
    permitted = {name.value for name in allowed if isinstance(name, x509.DNSName)}
    networks = [name.value for name in allowed if isinstance(name, x509.IPAddress)]
    return set(names) <= permitted and all(
        any(address in network for network in networks if not isinstance(network, Address)) for address in addresses
    )


def _covers(path: Path, key: Path, names: list[str], addresses: list[Address], now: datetime) -> bool:
    certificate = _read(path)
    if certificate is None or not key.exists() or certificate.not_valid_after_utc < now + _RENEWED_BEFORE:
        return False
    said = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return set(names) <= set(said.get_values_for_type(x509.DNSName)) and set(addresses) <= set(
        said.get_values_for_type(x509.IPAddress)
    )


def _make_authority(path: Path, key_path: Path, names: list[str], addresses: list[Address], now: datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"gridtwin authority of {socket.gethostname()}"[:64])])
    networks = [ipaddress.ip_network(network) for network in _NETWORKS]
    apart = [ipaddress.ip_network(one) for one in addresses if not any(one in network for network in networks)]
    permitted: list[x509.GeneralName] = [x509.DNSName(name) for name in names]
    permitted += [x509.IPAddress(network) for network in [*networks, *apart]]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + _AUTHORITY_LASTS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .add_extension(x509.NameConstraints(permitted, None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    _write(path, key_path, certificate, key)


def _make_server(
    authority_path: Path,
    authority_key: Path,
    path: Path,
    key_path: Path,
    names: list[str],
    addresses: list[Address],
    now: datetime,
) -> None:
    authority = x509.load_pem_x509_certificate(authority_path.read_bytes())
    signing = serialization.load_pem_private_key(authority_key.read_bytes(), None)
    assert isinstance(signing, ec.EllipticCurvePrivateKey)  # noqa: S101 - made here
    key = ec.generate_private_key(ec.SECP256R1())
    alternatives: list[x509.GeneralName] = [x509.DNSName(name) for name in names]
    alternatives += [x509.IPAddress(address) for address in addresses]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "gridtwin")]))
        .issuer_name(authority.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(min(now + _SERVER_LASTS, authority.not_valid_after_utc))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(signing, hashes.SHA256())
    )
    _write(path, key_path, certificate, key)


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=signs, crl_sign=signs, encipher_only=False, decipher_only=False,
    )  # fmt: skip


def _write(path: Path, key_path: Path, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    key_path.unlink(missing_ok=True)
    with os.fdopen(os.open(key_path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(secret)
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
