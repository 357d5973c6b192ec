"""Telling one certificate from another."""

from __future__ import annotations

from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes


def fingerprint(certificate: Path) -> str:
    """SHA-256 as browsers show it, to be read out over the telephone."""
    found = x509.load_pem_x509_certificate(certificate.read_bytes())
    return ":".join(f"{byte:02X}" for byte in found.fingerprint(hashes.SHA256()))
