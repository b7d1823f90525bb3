"""The doors that Zalo and Telegram knock at. They believe nobody, store, and answer at once.

404 the lane is not set up   413 more than 256 kB   401 wrong signature (counted)   400 not JSON
200 stored, seen before, too old, or Zalo's unsigned ``{}`` when a webhook is registered
503 the inbox could not be written: the provider tries again
"""

from __future__ import annotations

from typing import Any

import orjson
import structlog
from fastapi import APIRouter, Request, Response
from prometheus_client import Counter

from channels.inbox import SHAPE, WEBHOOKS, Inbox
from channels.zalo.webhook import SERVER, ZBS_SERVER, is_stale
from register.home import Home

log = structlog.get_logger(__name__)

BODY_BYTES = 256 * 1024
LANE = "main"
REFUSED = Counter("tungnha_hooks_refused_total", "Webhooks that were turned away", ["channel", "status"])


def hooks_router(home: Home, inbox: Inbox) -> APIRouter:
    """Routes /hooks/telegram/{lane}, /hooks/zalo/{lane} and /hooks/zalo-bot/{lane}."""
    router = APIRouter(include_in_schema=False)

    def door(channel: str) -> Any:
        async def knock(request: Request) -> Response:
            status = await _take(home, inbox, channel, request.path_params["lane"], request)
            if status != 200:
                REFUSED.labels(channel, str(status)).inc()
                log.warning("hooks.refused", channel=channel, status=status)
            return Response(status_code=status)

        return knock

    for channel in WEBHOOKS:  # as plain routes: FastAPI's own would take a request apart that we read ourselves
        path = f"/hooks/{channel.replace('_', '-')}/{{lane}}"
        router.add_route(path, door(channel), methods=["POST"])
    return router


async def _take(home: Home, inbox: Inbox, channel: str, lane: str, request: Request) -> int:
    """The status to answer with."""
    webhook = WEBHOOKS[channel]
    if lane != LANE or not webhook.is_set_up(home.settings):
        return 404
    raw = await _body(request)
    if raw is None:
        return 413
    if channel == "zalo" and raw.strip() == b"{}":
        return 200
    try:
        event = orjson.loads(raw)
    except orjson.JSONDecodeError:
        event = None
    if not webhook.verify(request.headers, raw, event if isinstance(event, dict) else {}, home.settings):
        return 401
    if not isinstance(event, dict):
        return 400
    if channel == "zalo":
        if is_stale(event, home.now()):
            REFUSED.labels(channel, "stale").inc()
            return 200
        # the same event names are used for both products
        event["lane"] = "zbs:main" if request.headers.get(SERVER) == ZBS_SERVER else "zalo:main"
    try:
        await inbox.receive(channel, lane, event)
    except OSError:
        return 503
    except SHAPE:
        # Signed, but of a shape we do not know: a refusal would only bring it again, for hours.
        REFUSED.labels(channel, "shape").inc()
        log.error("hooks.unknown_shape", channel=channel)
    return 200


async def _body(request: Request) -> bytes | None:
    """The exact bytes, or None when there are too many."""
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > BODY_BYTES:
            return None
        parts.append(part)
    return b"".join(parts)
