"""By which the same person is found on the next list, where the register does not know them: keyed digests."""

from __future__ import annotations

from lianfang.core.sealing import lookup_token
from lianfang.verification.rows import ListRow
from lianfang.verification.triage import Key, keys_of


def token_of(key: Key) -> bytes:
    """Of one of a row's `keys_of`: the whole id, or a phone with the name."""
    kind, *parts = key
    return lookup_token("id" if kind == "id" else "list_phone", *parts)


def tokens_of(row: ListRow) -> tuple[bytes | None, bytes | None]:
    """Of the whole id, and of the first phone with the name; None where the row does not say it."""
    found: dict[str, bytes] = {}
    for key in keys_of(row):
        found.setdefault(key[0], token_of(key))
    return found.get("id"), found.get("phone")
