"""The doors that Zalo and Telegram knock at. They believe nobody, store, and answer at once.

    app = Hooks(home, inbox, app)      POST /hooks/telegram/{lane}, /hooks/zalo/{lane}, /hooks/zalo-bot/{lane}

Plain ASGI before the pages' application: its middlewares and routes cost as much as to store an event.

404 the lane is not set up   413 more than 256 kB   401 wrong signature (counted)   400 not JSON
200 stored, seen before, too old, or Zalo's unsigned ``{}`` when a webhook is registered
503 the inbox could not be written: the provider tries again
"""

from __future__ import annotations

import orjson
import structlog
from prometheus_client import Counter
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from channels.inbox import SHAPE, WEBHOOKS, Inbox
from channels.zalo.webhook import SERVER, ZBS_SERVER, is_stale
from register.home import Home

log = structlog.get_logger(__name__)

BODY_BYTES = 256 * 1024
LANE = "main"
REFUSED = Counter("tungnha_hooks_refused_total", "Webhooks that were turned away", ["channel", "status"])


class Hooks:
    """ASGI: webhooks are answered here, all else by ``inner``."""

    def __init__(self, home: Home, inbox: Inbox, inner: ASGIApp) -> None:
        self._home, self._inbox, self._inner = home, inbox, inner
        self._channels = {f"/hooks/{channel.replace('_', '-')}": channel for channel in WEBHOOKS}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        door, _, lane = scope.get("path", "").rpartition("/")
        channel = self._channels.get(door)
        if channel is None or scope.get("method") != "POST":
            await self._inner(scope, receive, send)
            return
        try:
            status = await _take(self._home, self._inbox, channel, lane, Headers(scope=scope), receive)
        except Exception as error:  # whatever it is, its words may hold the citizen's; the provider tries again
            log.error("hooks.broken", channel=channel, error=type(error).__name__)
            status = 503
        if status != 200:
            REFUSED.labels(channel, str(status)).inc()
            log.warning("hooks.refused", channel=channel, status=status)
        await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body"})


async def _take(home: Home, inbox: Inbox, channel: str, lane: str, headers: Headers, receive: Receive) -> int:
    """The status to answer with."""
    webhook = WEBHOOKS[channel]
    if lane != LANE or not webhook.is_set_up(home.settings):
        return 404
    raw = await _body(receive)
    if raw is None:
        return 413
    if channel == "zalo" and raw.strip() == b"{}":
        return 200
    try:
        event = orjson.loads(raw)
    except orjson.JSONDecodeError:
        event = None
    if not webhook.verify(headers, raw, event if isinstance(event, dict) else {}, home.settings):
        return 401
    if not isinstance(event, dict):
        return 400
    if channel == "zalo":
        if is_stale(event, home.now()):
            REFUSED.labels(channel, "stale").inc()
            return 200
        # the same event names are used for both products
        event["lane"] = "zbs:main" if headers.get(SERVER) == ZBS_SERVER else "zalo:main"
    try:
        await inbox.receive(channel, lane, event)
    except OSError:
        return 503
    except SHAPE:
        # Signed, but of a shape we do not know: a refusal would only bring it again, for hours.
        REFUSED.labels(channel, "shape").inc()
        log.error("hooks.unknown_shape", channel=channel)
    return 200


async def _body(receive: Receive) -> bytes | None:
    """The exact bytes, or None when there are too many."""
    parts, size, more = list[bytes](), 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionError
        part, more = message.get("body", b""), message.get("more_body", False)
        size += len(part)
        if size > BODY_BYTES:
            return None
        parts.append(part)
    return b"".join(parts)
