"""The files of the phone app (phone/, built by Vite), served below /phone/.

They are few and small: all of them are read once, packed once, and kept until they are built anew. The page itself
and the service worker are asked for at each start; what carries a hash in its name is kept by the browser for ever.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.views.decorators.http import require_safe

from lianfang.core import resources
from lianfang.core.problems import Problem

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "worker-src 'self'; manifest-src 'self'; frame-ancestors 'self'; form-action 'none'; base-uri 'none'"
)
_HASHED = re.compile(r"assets/.+-[\w-]{8}\.\w+")
_WORTH_PACKING = {".html", ".js", ".css", ".svg", ".json", ".webmanifest"}
_TYPES = {".js": "text/javascript", ".webmanifest": "application/manifest+json"}


@dataclass(frozen=True, slots=True)
class BuiltFile:
    content: bytes
    packed: bytes | None
    media_type: str
    etag: str


@require_safe
def phone_app(request: HttpRequest, name: str = "") -> HttpResponse:
    built = _files(*_build()).get(name or "index.html")
    if built is None:
        raise Http404
    if request.headers.get("If-None-Match") == built.etag:
        response: HttpResponse = HttpResponseNotModified()
    else:
        response = _answer(built, "gzip" in request.headers.get("Accept-Encoding", ""))
    response["ETag"] = built.etag
    response["Vary"] = "Accept-Encoding"
    response["Content-Security-Policy"] = POLICY
    response["Cache-Control"] = (
        "public, max-age=31536000, immutable" if _HASHED.fullmatch(name) else "no-cache"
    )
    return response


def _answer(built: BuiltFile, takes_packed: bool) -> HttpResponse:
    if built.packed is None or not takes_packed:
        return HttpResponse(built.content, content_type=built.media_type)
    return HttpResponse(built.packed, content_type=built.media_type, headers={"Content-Encoding": "gzip"})


def _build() -> tuple[Path, int]:
    """Where the app lies and when it was built. Raises `phone.not_built`."""
    try:
        folder = resources.path("phone/dist")
        return folder, (folder / "index.html").stat().st_mtime_ns
    except FileNotFoundError:
        raise Problem("phone.not_built") from None


@lru_cache(maxsize=1)
def _files(folder: Path, built_ns: int) -> dict[str, BuiltFile]:
    return {
        path.relative_to(folder).as_posix(): _read(path)
        for path in folder.rglob("*")
        if path.is_file() and path.name[0] != "."
    }


def _read(path: Path) -> BuiltFile:
    content = path.read_bytes()
    packed = gzip.compress(content, 9, mtime=0) if path.suffix in _WORTH_PACKING else None
    guessed = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    is_text = guessed.startswith("text/")
    return BuiltFile(
        content,
        packed,
        f"{guessed}; charset=utf-8" if is_text else guessed,
        f'"{hashlib.sha256(content).hexdigest()[:16]}"',
    )
