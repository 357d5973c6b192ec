"""Codes, tickets and secrets: drawn at random, told once, kept as keyed digests."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import uuid

from lianfang.core import keys

CODE_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
CODE_LENGTH = 26  # 130 bits
SCHEME = "Lianfang"


def new_code() -> str:
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))


def new_secret() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode().rstrip("=")


def digest(kind: str, text: str) -> bytes:
    """`kind` keeps a ticket from being taken for a code."""
    return hashlib.blake2b(
        text.encode(errors="surrogatepass"), digest_size=32, key=keys.get("lookup"), person=kind.encode()
    ).digest()


def read_code(text: object) -> str:
    """As typed: small letters and gaps forgiven. Empty for what no code is."""
    if not isinstance(text, str) or len(text) > 80:
        return ""
    code = "".join(text.split()).replace("-", "").upper()
    return code if len(code) == CODE_LENGTH and set(code) <= set(CODE_LETTERS) else ""


def authorization(device_id: uuid.UUID, secret: str) -> str:
    return f"{SCHEME} {device_id}.{secret}"


def read_authorization(header: str) -> tuple[uuid.UUID, str] | None:
    """Device id and secret of an `Authorization` header, or None."""
    scheme, _, rest = header.partition(" ")
    device_id, _, secret = rest.strip().partition(".")
    if scheme.lower() != SCHEME.lower() or not 40 <= len(secret) <= 64 or len(device_id) != 36:
        return None
    try:
        return uuid.UUID(device_id), secret
    except ValueError:
        return None


def is_same(secret: str, kept: bytes | memoryview) -> bool:
    """Takes as long for a wrong secret as for a right one."""
    return hmac.compare_digest(digest("device.secret", secret), bytes(kept))
