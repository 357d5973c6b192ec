"""What a phone sealed for this server and somebody carried here: as a file, as QR codes, or sent by the wiped phone itself.

Nothing in it is believed before it opens: sizes and counts are bounded first, and what does not open is refused by
itself and stops nothing else.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from lianfang.core.problems import Problem
from lianfang.core.server_key import private_key, public_key
from lianfang.intake.envelopes import parse_object, unpacked

MOST_ENVELOPES = 3000  # a fortnight of a busy grid
MOST_LINE = 512 * 1024  # characters: an operation with a photo, sealed
MOST_FILE = 16 * 1024 * 1024
MOST_FRAMES = 2000
_INFO = b"lianfang handover 1"
_FORMAT = "lianfang hand-over"
_FRAME = re.compile(r"LF([01])\.([A-Z0-9]{4})\.([0-9]{1,4})\.([0-9]{1,4})\.([A-Za-z0-9_-]{1,2000})")


def open_envelope(given: Any) -> dict[str, Any]:
    """What a phone sealed: `{device, contract, epoch, sent_at, clock, ops}`. Raises `handover.unreadable`,
    `handover.other_server`."""
    if not isinstance(given, dict) or given.get("v") != 1:
        raise Problem("handover.unreadable")
    if given.get("key") != public_key()["id"]:
        raise Problem("handover.other_server")
    epk, iv, ct = (_decoded(given.get(name)) for name in ("epk", "iv", "ct"))
    if len(epk) != 65 or len(iv) != 12 or not 16 < len(ct) <= MOST_LINE:
        raise Problem("handover.unreadable")
    try:
        theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), epk)
        shared = private_key().exchange(ec.ECDH(), theirs)
        key = HKDF(algorithm=SHA256(), length=32, salt=epk, info=_INFO).derive(shared)
        text = AESGCM(key).decrypt(iv, ct, None)
        contents = parse_object(text)
    except (ValueError, InvalidTag):
        raise Problem("handover.unreadable") from None
    except Problem:
        raise Problem("handover.unreadable") from None
    if contents.get("device") != given.get("device"):
        raise Problem("handover.unreadable")
    return contents


def _decoded(text: Any) -> bytes:
    if not isinstance(text, str) or len(text) > MOST_LINE * 4 // 3 + 4:
        raise Problem("handover.unreadable")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError:
        raise Problem("handover.unreadable") from None


def read_file(data: bytes) -> list[Any]:
    """The envelopes of a `.lianfang` file, opened by nobody yet; a line that is no JSON is None, to be refused by
    itself. Raises `handover.not_a_file`, `handover.too_large`."""
    if len(data) > MOST_FILE:
        raise Problem("handover.too_large")
    head, *lines = data.split(b"\n")
    header = _line(head)
    if not isinstance(header, dict) or header.get("format") != _FORMAT or header.get("v") != 1:
        raise Problem("handover.not_a_file")
    lines = [line for line in lines if line.strip()]
    if len(lines) > MOST_ENVELOPES:
        raise Problem("handover.too_large")
    found = [_line(line) for line in lines]
    count = header.get("count")
    if type(count) is int and len(found) < count <= MOST_ENVELOPES:
        found += [None] * (count - len(found))  # a file that was cut says how many it had
    return found


def _line(line: bytes) -> Any:
    if len(line) > MOST_LINE * 2:
        return None
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


@dataclass(frozen=True, slots=True)
class Frames:
    """One series of QR codes, as far as it was read."""

    series: str
    count: int
    missing: tuple[int, ...]
    data: bytes | None  # the file, once nothing is missing


def read_frames(text: str) -> list[Frames]:
    """Codes that were scanned or pasted, in any order and repeated, of one phone or several. Raises
    `handover.no_frames`, `handover.too_large`, `handover.unreadable`."""
    if len(text) > MOST_FILE:
        raise Problem("handover.too_large")
    series: dict[str, tuple[str, int, dict[int, str]]] = {}
    for packing, name, number, count, part in _FRAME.findall(text):
        many, at = int(count), int(number)
        known = series.setdefault(name, (packing, many, {}))
        if not 1 <= at <= many <= MOST_FRAMES or known[:2] != (packing, many):
            raise Problem("handover.unreadable")
        if known[2].setdefault(at, part) != part:
            raise Problem("handover.unreadable")
    if not series:
        raise Problem("handover.no_frames")
    return [_frames(name, *found) for name, found in sorted(series.items())]


def _frames(name: str, packing: str, count: int, parts: dict[int, str]) -> Frames:
    missing = tuple(number for number in range(1, count + 1) if number not in parts)
    if missing:
        return Frames(name, count, missing, None)
    packed = _decoded_whole("".join(parts[number] for number in range(1, count + 1)))
    try:
        data = unpacked(packed, -15, MOST_FILE) if packing == "1" else packed
    except Problem:
        raise Problem("handover.unreadable") from None
    if len(data) > MOST_FILE:
        raise Problem("handover.too_large")
    return Frames(name, count, (), data)


def _decoded_whole(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError:
        raise Problem("handover.unreadable") from None


def said_missing(numbers: Sequence[int], most: int = 12) -> str:
    """2、5-7: what is still to be scanned."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][1] == number - 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    said = [str(first) if first == last else f"{first}-{last}" for first, last in runs[:most]]
    return "、".join(said) + ("…" if len(runs) > most else "")


def opened_each(envelopes: Iterable[Any]) -> list[dict[str, Any] | Problem]:
    """Each opened, or why not, in their order."""
    found: list[dict[str, Any] | Problem] = []
    for envelope in envelopes:
        try:
            found.append(open_envelope(envelope))
        except Problem as problem:
            found.append(problem)
    return found
