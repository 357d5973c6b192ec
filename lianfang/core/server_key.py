"""The key for which phones seal what they cannot send: a P-256 pair worked out from one of the installation's keys.

A phone learns the public half when it is enrolled. What is sealed for it can wait on a dead phone, on a memory stick
or in a chat for days: only this installation opens it.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from lianfang.core import keys

_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256


@cache
def private_key() -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(
        int.from_bytes(keys.get("handover"), "big") % (_ORDER - 1) + 1, ec.SECP256R1()
    )


@cache
def public_key() -> dict[str, str]:
    """`id`, and `spki` in base64: as the answer to enrolling and the head of a pack carry it."""
    spki = private_key().public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return {"id": hashlib.sha256(spki).hexdigest()[:16], "spki": base64.b64encode(spki).decode()}
