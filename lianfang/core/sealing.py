"""Encryption of fields, and the keyed tokens by which sealed values are still found.

A sealed value is `1 | len(key name) | key name | nonce(12) | AES-256-GCM(text, aad=purpose)`. The name of
the key travels with the value, so that a value can be sealed with the key of its emergency.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import models

from lianfang.core import keys
from lianfang.core.problems import Problem

TOKEN_BYTES = 16


@cache
def _cipher(key_name: str) -> AESGCM:
    return AESGCM(keys.get(key_name))


def seal(text: str, *, key: str, purpose: str) -> bytes:
    return seal_bytes(text.encode(), key=key, purpose=purpose)


def seal_bytes(content: bytes, *, key: str, purpose: str) -> bytes:
    name = key.encode()
    nonce = os.urandom(12)
    return bytes((1, len(name))) + name + nonce + _cipher(key).encrypt(nonce, content, purpose.encode())


class Sealer:
    """`seal` for many values of one key and purpose: what does not change is worked out once."""

    def __init__(self, *, key: str, purpose: str) -> None:
        name = key.encode()
        self._head = bytes((1, len(name))) + name
        self._purpose = purpose.encode()
        self._encrypt = _cipher(key).encrypt

    def __call__(self, text: str) -> bytes:
        nonce = os.urandom(12)
        return self._head + nonce + self._encrypt(nonce, text.encode(), self._purpose)

    def hex(self, text: str | None) -> str | None:
        r"""As a bytea is written, \x…; None for an empty value."""
        return f"\\x{self(text).hex()}" if text else None


def unseal(blob: bytes | memoryview, *, purpose: str) -> str:
    return unseal_bytes(blob, purpose=purpose).decode()


def unseal_bytes(blob: bytes | memoryview, *, purpose: str) -> bytes:
    data = bytes(blob)
    end = 2 + data[1]
    cipher = _cipher(data[2:end].decode())
    return cipher.decrypt(data[end : end + 12], data[end + 12 :], purpose.encode())


class Unsealer:
    """`unseal` for many values of one purpose: the key of each is looked up once, not each time."""

    def __init__(self, *, purpose: str) -> None:
        self._purpose = purpose.encode()
        self._decrypt: dict[bytes, Callable[[bytes, bytes, bytes], bytes]] = {}

    def __call__(self, blob: bytes | memoryview) -> str:
        data = bytes(blob)
        end = 2 + data[1]
        head = data[:end]
        decrypt = self._decrypt.get(head)
        if decrypt is None:
            decrypt = self._decrypt[head] = _cipher(head[2:].decode()).decrypt
        return decrypt(data[end : end + 12], data[end + 12 :], self._purpose).decode()


def unseal_json(blob: bytes | memoryview, *, purpose: str) -> Any:
    return json.loads(unseal(blob, purpose=purpose))


def unseal_json_left(blob: bytes | memoryview, *, purpose: str) -> Any:
    """The same, or None where the key is gone: what was sealed for an emergency whose key was destroyed is nothing any
    more, and that is what was promised."""
    try:
        return unseal_json(blob, purpose=purpose)
    except Problem as gone:
        if gone.code != "start.keys_missing":
            raise
        return None


def lookup_token(kind: str, *parts: str) -> bytes:
    """A keyed digest of what is looked up: equal values give equal tokens, and nothing can be read back."""
    digest = _begun(kind).copy()
    digest.update("\x1f".join(parts).encode())
    return digest.digest()


@cache
def _begun(kind: str) -> hashlib.blake2b:
    """With key and kind in it and nothing else: made once, copied for each value."""
    return hashlib.blake2b(digest_size=TOKEN_BYTES, key=keys.get("lookup"), person=kind.encode()[:16])


class SealedField(models.BinaryField):
    """Text that is encrypted in the database: `str` in Python, bytea below."""

    def __init__(self, *, key: str = "register", purpose: str = "", **options: Any) -> None:
        self.key = key
        self.purpose = purpose
        super().__init__(editable=True, **options)

    def deconstruct(self) -> tuple[str, str, Any, dict[str, Any]]:
        name, path, args, options = super().deconstruct()
        options.pop("editable", None)
        return name, path, args, {**options, "key": self.key, "purpose": self.purpose}

    def from_db_value(self, value: bytes | None, expression: Any, connection: Any) -> str | None:
        return None if value is None else unseal(value, purpose=self.purpose)

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if isinstance(value, str):
            value = seal(value, key=self.key, purpose=self.purpose)
        return super().get_db_prep_value(value, connection, prepared)
