"""A certificate authority of one installation, for the inner network where no public one reaches.

Browsers keep nothing, and the phone app seals nothing, without HTTPS. A county whose server has no public name makes
its own authority once, lets desks and phones trust its one file `ca.pem`, and issues the server's certificate from it.
The authority may sign only the names and addresses it was made for (name constraints), so that whoever steals its key
cannot pose as a bank.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from lianfang.core.problems import Problem

AUTHORITY_DAYS = 730
SERVER_DAYS = 397  # browsers refuse a server's certificate that is valid for longer
SKEW = dt.timedelta(days=1)  # phones whose clock is behind

Subject = x509.DNSName | x509.IPAddress


@dataclass(frozen=True, slots=True)
class Files:
    """Where an installation keeps what it shows and what it hides."""

    folder: Path

    @property
    def authority(self) -> Path:
        return self.folder / "ca.pem"

    @property
    def server(self) -> Path:
        return self.folder / "server.pem"

    @property
    def server_key(self) -> Path:
        return self.folder / "server.key"

    @property
    def is_complete(self) -> bool:
        return self.server.exists() and self.server_key.exists()


def files(home: Path) -> Files:
    return Files(home / "tls")


def require(found: Files) -> None:
    """Raises `start.no_certificate`: nobody has run `lianfang certificate`."""
    if not found.is_complete:
        raise Problem("start.no_certificate", path=found.server)


def subject(text: str) -> Subject:
    """`10.1.2.3` or `lianfang.example.org`. Raises ValueError for anything else."""
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        if not text or not all(
            part.replace("-", "a").isalnum() and part.isascii() for part in text.split(".")
        ):
            raise ValueError(text) from None
        return x509.DNSName(text)


def issue(found: Files, names: Sequence[str], now: dt.datetime) -> None:
    """Write authority and server certificate for these names and addresses. The authority's own key is thrown away
    as soon as it has signed: new names mean a new authority, and no key lies about."""
    subjects = [subject(name) for name in names]
    key, server_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = _authority(key, subjects, now)
    server = _server(server_key, authority, key, subjects, now)
    found.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _write(found.authority, _pem(authority), 0o644)
    _write(found.server, _pem(server) + _pem(authority), 0o644)
    _write(found.server_key, _private(server_key), 0o600)


def covers(found: Files, names: Sequence[str], now: dt.datetime) -> bool:
    """Is there a certificate for all of these, with a week left?"""
    if not found.is_complete:
        return False
    certificate = x509.load_pem_x509_certificate(found.server.read_bytes())
    held = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return certificate.not_valid_after_utc - now > dt.timedelta(days=7) and all(
        subject(name) in held for name in names
    )


def _authority(
    key: ec.EllipticCurvePrivateKey, subjects: Sequence[Subject], now: dt.datetime
) -> x509.Certificate:
    name = _named("Lianfang local CA")
    return (
        _builder(name, name, key, now, AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(
            x509.KeyUsage(False, False, False, False, False, True, True, False, False), critical=True
        )
        .add_extension(x509.NameConstraints([_permitted(one) for one in subjects], None), critical=True)
        .sign(key, hashes.SHA256())
    )


def _server(
    key: ec.EllipticCurvePrivateKey,
    authority: x509.Certificate,
    authority_key: ec.EllipticCurvePrivateKey,
    subjects: Sequence[Subject],
    now: dt.datetime,
) -> x509.Certificate:
    return (
        _builder(_named("Lianfang"), authority.subject, key, now, SERVER_DAYS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(list(subjects)), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False
        )
        .sign(authority_key, hashes.SHA256())
    )


def _builder(
    name: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: dt.datetime, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - SKEW)
        .not_valid_after(now + dt.timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _named(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _permitted(one: Subject) -> x509.GeneralName:
    """A constraint on addresses is a network: the one address alone."""
    if isinstance(one, x509.IPAddress):
        return x509.IPAddress(ipaddress.ip_network(one.value))
    return one


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write(path: Path, content: bytes, mode: int) -> None:
    """Whole or not at all, and never readable by others for a moment."""
    half = path.with_suffix(path.suffix + ".new")
    half.unlink(missing_ok=True)
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
    half.replace(path)
