"""How a bot's events get in: by webhook where the house has a public address, else by asking."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import structlog

from channels.errors import body_of
from channels.inbox import SHAPE, Inbox
from channels.transport import Reply

log = structlog.get_logger(__name__)

REST_S = 5.0  # after an error


class Client(Protocol):
    """What the clients of Telegram and of the Zalo Bot have in common."""

    async def call(self, method: str, **fields: Any) -> Reply: ...
    async def set_webhook(self, url: str, secret: str) -> Reply: ...


async def receive(
    channel: str, client: Client, public_url: str, secret: str, ask: Callable[[], Awaitable[bool]]
) -> None:
    """Set the webhook and return, or ``ask`` until cancelled. ``ask``: store what came; False: no good answer."""
    if public_url and secret:
        url = f"{public_url.rstrip('/')}/hooks/{channel.replace('_', '-')}/main"
        while not body_of(await client.set_webhook(url, secret)).get("ok"):
            log.warning("polling.webhook_failed", channel=channel)
            await asyncio.sleep(REST_S)
        return
    await client.call("deleteWebhook")
    while True:
        try:
            good = await ask()
        except (*SHAPE, KeyError):  # an answer of a shape that nobody knows must not end the asking
            good = False
        if not good:
            log.warning("polling.failed", channel=channel)
            await asyncio.sleep(REST_S)


async def store(inbox: Inbox, channel: str, event: dict[str, Any]) -> bool:
    """False: it is not on disk. What has a shape that nobody knows is dropped: it would only come again."""
    try:
        await inbox.receive(channel, "main", event)
    except OSError:
        return False
    except SHAPE:
        log.error("polling.unknown_shape", channel=channel)
    return True
