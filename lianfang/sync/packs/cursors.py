"""What a phone says to get only what changed since. Pure.

`<pack>.<watermark>.<rounds>`: of which areas and for whom the pack was made; from which transaction on it has not seen
everything; and which rounds ran there then. A round opens by the clock and closes in a row of its own: neither touches
a door, and both change what a door shows.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

FORMAT = 1  # counts up when a door is written otherwise: every phone then takes its pack anew
_WRITTEN = re.compile(r"([0-9a-f]{16})\.([0-9]{1,18})\.([0-9a-z-]*)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Cursor:
    pack: str
    watermark: int
    rounds: frozenset[str]

    def __str__(self) -> str:
        return f"{self.pack}.{self.watermark}.{'-'.join(sorted(self.rounds))}"


def read_cursor(text: str) -> Cursor | None:
    """None for what this server has never written: the phone then gets everything."""
    found = _WRITTEN.fullmatch(text)
    if found is None:
        return None
    rounds = found[3].split("-") if found[3] else []
    return Cursor(found[1], int(found[2]), frozenset(rounds))


def pack_hash(areas: Iterable[str], *, user: int, worker: int | None) -> str:
    """Other areas, or somebody else, are another pack."""
    return _digest("|".join([str(FORMAT), str(user), str(worker), *sorted(areas)]))


def digest_of(versions: Mapping[int, int]) -> str:
    """Of every door with its version, the lowest id first: equal at both ends, or the phone takes everything anew."""
    return _digest("".join(f"{pk}:{version}\n" for pk, version in sorted(versions.items())))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
