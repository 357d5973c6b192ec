"""A photo as it may be kept: a real JPEG, PNG or WebP, and nothing in it but the picture. Pure.

A phone writes into every photo where and when it was taken and with which device. Where a worker walked is nobody's
business (design section 8), so all that is not needed to show the picture is left out. Pixels are not touched.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from lianfang.core.problems import Problem

LARGEST_BYTES = 12 * 1024 * 1024  # what a phone of today makes at its finest, with some room
MOST_PIXELS = 120_000_000  # beyond it a small file can fill a browser's memory

_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT = {
    b"IHDR",
    b"PLTE",
    b"IDAT",
    b"IEND",
    b"tRNS",
    b"gAMA",
    b"cHRM",
    b"sRGB",
    b"sBIT",
    b"bKGD",
    b"pHYs",
}
_APP0, _APP1, _APP2, _APP14, _APP15 = 0xE0, 0xE1, 0xE2, 0xEE, 0xEF
_COMMENT, _SCAN, _END = 0xFE, 0xDA, 0xD9
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_ORIENTATION = 0x0112
_NO_COLOURS = b"ICC_PROFILE\0"


@dataclass(frozen=True, slots=True)
class Photo:
    media_type: str  # image/jpeg, image/png, image/webp
    content: bytes


def clean_photo(data: bytes) -> Photo:
    """The picture alone. Raises `papers.too_large`, `papers.not_a_photo`."""
    if len(data) > LARGEST_BYTES:
        raise Problem("papers.too_large", limit=LARGEST_BYTES // 1024 // 1024)
    try:
        if data.startswith(b"\xff\xd8\xff"):
            return Photo("image/jpeg", _clean_jpeg(data))
        if data.startswith(_PNG):
            return Photo("image/png", _clean_png(data))
        if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
            return Photo("image/webp", _clean_webp(data))
    except (struct.error, IndexError, ValueError):
        raise Problem("papers.not_a_photo") from None
    raise Problem("papers.not_a_photo")


def _clean_jpeg(data: bytes) -> bytes:
    """Segments up to the scan, without comments and what applications wrote; which way is up is kept."""
    out = bytearray(b"\xff\xd8")
    at, seen_frame, seen_scan = 2, False, False
    while True:
        while data[at] == 0xFF and data[at + 1] == 0xFF:  # fill bytes
            at += 1
        if data[at] != 0xFF:
            raise ValueError
        marker = data[at + 1]
        if marker == _END:  # what hangs behind it goes: phones put a second picture there, with its place
            if not seen_scan:
                raise ValueError
            return bytes(out) + b"\xff\xd9"
        (length,) = struct.unpack_from(">H", data, at + 2)
        segment = data[at : at + 2 + length]
        if length < 2 or len(segment) < 2 + length:
            raise ValueError
        if marker in _FRAMES:
            height, width = struct.unpack_from(">HH", segment, 5)
            _check_size(width, height)
            seen_frame = True
        if marker == _SCAN:
            if not seen_frame:
                raise ValueError
            end = _end_of_scan(data, at + 2 + length)
            out += data[at:end]
            at, seen_scan = end, True
            continue
        if marker == _APP1:
            out += _upright(segment)
        elif not (marker == _COMMENT or _APP1 <= marker <= _APP15) or _is_needed(marker, segment):
            out += segment
        at += 2 + length


def _end_of_scan(data: bytes, at: int) -> int:
    """Where the next segment begins: within a scan FF stands only before 00, or before a restart mark."""
    while True:
        at = data.index(b"\xff", at)
        if data[at + 1] != 0 and not 0xD0 <= data[at + 1] <= 0xD7:
            return at
        at += 2


def _is_needed(marker: int, segment: bytes) -> bool:
    """Colour profiles and Adobe's note on how colours were stored: without them the picture looks wrong."""
    return marker == _APP14 or (marker == _APP2 and segment[4:].startswith(_NO_COLOURS))


def _upright(segment: bytes) -> bytes:
    """An Exif segment that says which way is up and nothing else; empty when that needs no saying."""
    body = segment[4:]
    if not body.startswith(b"Exif\0\0") or len(body) < 14:
        return b""
    tiff = body[6:]
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return b""
    try:
        (first,) = struct.unpack_from(order + "I", tiff, 4)
        (count,) = struct.unpack_from(order + "H", tiff, first)
        for number in range(count):
            tag, _kind, _many, value = struct.unpack_from(order + "HHIH", tiff, first + 2 + 12 * number)
            if tag == _ORIENTATION and 2 <= value <= 8:
                entry = struct.pack(">HHIHH", _ORIENTATION, 3, 1, value, 0)
                kept = b"Exif\0\0MM\0*" + struct.pack(">IH", 8, 1) + entry + struct.pack(">I", 0)
                return b"\xff\xe1" + struct.pack(">H", len(kept) + 2) + kept
    except struct.error:
        return b""
    return b""


def _clean_png(data: bytes) -> bytes:
    out = bytearray(_PNG)
    at = len(_PNG)
    kinds: list[bytes] = []
    while not kinds or kinds[-1] != b"IEND":
        (length,) = struct.unpack_from(">I", data, at)
        kind = data[at + 4 : at + 8]
        chunk = data[at : at + 12 + length]
        if len(chunk) < 12 + length:
            raise ValueError
        if kind == b"IHDR":
            _check_size(*struct.unpack_from(">II", chunk, 8))
        if kind in _PNG_KEPT:
            out += chunk
        kinds.append(kind)
        at += 12 + length
    if kinds[0] != b"IHDR" or b"IDAT" not in kinds:
        raise ValueError
    return bytes(out)


_WEBP_KEPT = {b"VP8 ", b"VP8L", b"ALPH", b"ICCP"}
_WITH_ICC, _WITH_ALPHA = 0x20, 0x10


def _clean_webp(data: bytes) -> bytes:
    """The still picture; what says where and with what it was taken goes, and so do moving ones."""
    (size,) = struct.unpack_from("<I", data, 4)
    if size + 8 > len(data):
        raise ValueError
    at, end, kept = 12, 8 + size, []
    while at < end:
        kind, (length,) = data[at : at + 4], struct.unpack_from("<I", data, at + 4)
        content = data[at + 8 : at + 8 + length]
        if len(content) < length:
            raise ValueError
        if kind == b"VP8X":
            if length != 10 or content[0] & 0x02:  # moving
                raise ValueError
            _check_size(*(1 + int.from_bytes(content[at : at + 3], "little") for at in (4, 7)))
            kept.append((kind, bytes([content[0] & (_WITH_ICC | _WITH_ALPHA)]) + content[1:]))
        elif kind in _WEBP_KEPT:
            _check_webp(kind, content)
            kept.append((kind, content))
        at += 8 + length + length % 2
    if sum(kind in (b"VP8 ", b"VP8L") for kind, _ in kept) != 1:
        raise ValueError
    chunks = b"".join(
        kind + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)
        for kind, content in kept
    )
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WEBP" + chunks


def _check_webp(kind: bytes, content: bytes) -> None:
    if kind == b"VP8 ":
        if content[3:6] != b"\x9d\x01\x2a":
            raise ValueError
        width, height = struct.unpack_from("<HH", content, 6)
        _check_size(width & 0x3FFF, height & 0x3FFF)
    elif kind == b"VP8L":
        if content[:1] != b"\x2f":
            raise ValueError
        (bits,) = struct.unpack_from("<I", content, 1)
        _check_size(1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF))


def _check_size(width: int, height: int) -> None:
    if not 0 < width * height <= MOST_PIXELS:
        raise ValueError
