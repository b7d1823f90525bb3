"""The few files a page needs besides itself: one stylesheet, one font weight, htmx.

They are read once, gzipped once, and served under an address that changes with their content, so
that browsers may keep them for a year. htmx and the font come from their packages, never from a CDN.
"""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from fastapi import APIRouter, Request, Response

HERE = Path(__file__).parent
YEAR_S = 31_536_000
_SCRIPT = "text/javascript; charset=utf-8"
RADIO_SCRIPTS = ("radio.js", "radio-plan.js", "radio-player.js", "radio-store.js", "radio-tick.js")
RADIO_WORKER = "phat-thanh-tho.js"  # served from the root, so that it may answer for /phat-thanh


@dataclass(frozen=True)
class Asset:
    media_type: str
    body: bytes
    zipped: bytes


def _package(name: str) -> Path:
    spec = find_spec(name)
    assert spec is not None
    assert spec.submodule_search_locations
    return Path(next(iter(spec.submodule_search_locations)))


@lru_cache
def assets() -> tuple[str, dict[str, Asset]]:
    """(version, name → asset). The version is a hash over all of them."""
    files = {
        "console.css": ("text/css; charset=utf-8", HERE / "static" / "console.css"),
        "chat.css": ("text/css; charset=utf-8", HERE / "static" / "chat.css"),
        "chat.js": (_SCRIPT, HERE / "static" / "chat.js"),
        **{name: (_SCRIPT, HERE / "static" / name) for name in ("field.js", "field-worker.js", "leave.js")},
        "radio.css": ("text/css; charset=utf-8", HERE / "static" / "radio.css"),
        **{name: (_SCRIPT, HERE / "static" / name) for name in RADIO_SCRIPTS},
        "heading.ttf": ("font/ttf", _package("fontpkg_be_vietnam_pro") / "files" / "BeVietnamPro-SemiBold.ttf"),
        "htmx.js": (_SCRIPT, _package("js_lib_htmx") / "static" / "htmx" / "htmx.min.js"),
        "mark.svg": ("image/svg+xml", HERE / "static" / "mark.svg"),
    }
    loaded: dict[str, Asset] = {}
    digest = hashlib.blake2b(digest_size=6)
    for name, (media_type, path) in files.items():
        body = path.read_bytes()
        digest.update(body)
        loaded[name] = Asset(media_type, body, gzip.compress(body, 9, mtime=0))
    return digest.hexdigest(), loaded


def asset_url(name: str) -> str:
    return f"/tinh/{assets()[0]}/{name}"


router = APIRouter()


@router.get("/tinh/{version}/{name}")
def asset(request: Request, version: str, name: str) -> Response:
    """One asset; any version is answered with the newest, only the right one may be kept."""
    current, loaded = assets()
    found = loaded.get(name)
    if found is None:
        return Response(status_code=404)
    headers = {
        "Cache-Control": f"public, max-age={YEAR_S}, immutable" if version == current else "no-cache",
        "Vary": "Accept-Encoding",
    }
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(found.zipped, media_type=found.media_type, headers=headers | {"Content-Encoding": "gzip"})
    return Response(found.body, media_type=found.media_type, headers=headers)


@router.get(f"/{RADIO_WORKER}")
def radio_worker() -> Response:
    """The service worker of the radio page: the same for everybody, and without anything of a commune."""
    body = (HERE / "static" / "radio-worker.js").read_bytes()
    return Response(body, media_type=_SCRIPT, headers={"Cache-Control": "no-cache"})
