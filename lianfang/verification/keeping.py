"""How a row is kept: sealed, and with keyed digests by which the same person is found on the next list, where the
register does not know them. Pure but for the keys."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from lianfang.core.sealing import Sealer, lookup_token
from lianfang.verification.persons import Key
from lianfang.verification.rows import Kept, ListRow, Match

SAID = "pushed_row.said"


def token_of(key: Key) -> bytes:
    """Of one of a row's `keys_of`: the whole id, or a phone with the name."""
    kind, *parts = key
    return lookup_token("id" if kind == "id" else "list_phone", *parts)


def kept(row: ListRow, match: Match, keys: Sequence[Key], tokens: Sequence[bytes], sealer: Sealer) -> Kept:
    """`tokens`: of the row's `keys`."""
    found: dict[str, bytes] = {}
    for key, token in zip(keys, tokens, strict=True):
        found.setdefault(key[0], token)
    candidates = [
        {
            "person_id": each.person_id,
            "verdict": str(each.verdict),
            "weight": each.weight,
            "reasons": each.reasons,
        }
        for each in match.candidates
    ]
    return Kept(
        sealer(json.dumps(said_of(row), ensure_ascii=False)),
        json.dumps(candidates),
        found.get("id"),
        found.get("phone"),
    )


def said_of(row: ListRow) -> dict[str, Any]:
    """What is sealed of a row: all of it."""
    return {
        "cells": row.cells,
        "id_number": row.id_number,
        "phones": row.phones,
        "address": row.address,
        "registered_place": row.registered_place,
        "phone_origin": row.phone_origin,
        "came_from": row.came_from,
        "town_said": row.town_said,
        "village_said": row.village_said,
        "companions": row.companions,
        "former_names": row.former_names,
        "doubts": row.doubts,
    }
