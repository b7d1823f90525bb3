"""Telegram without a public address: ask for updates, store them, only then confirm them."""

from __future__ import annotations

import asyncio

import structlog

from channels.errors import body_of
from channels.inbox import Inbox
from channels.telegram.client import TelegramClient

log = structlog.get_logger(__name__)

REST_S = 5.0  # after an error


async def poll_once(client: TelegramClient, inbox: Inbox, offset: int, timeout_s: int = 25) -> int | None:
    """Store the next updates and return the new offset; None when Telegram did not answer well."""
    body = body_of(await client.get_updates(offset, timeout_s))
    if not body.get("ok"):
        return None
    for update in body["result"]:
        await inbox.receive("telegram", "main", update)
        offset = max(offset, update["update_id"] + 1)
    return offset


async def poll(client: TelegramClient, inbox: Inbox) -> None:
    """Until cancelled. Used where TUNGNHA_PUBLIC_URL is empty."""
    offset = 0
    while True:
        following = await poll_once(client, inbox, offset)
        if following is None:
            log.warning("telegram.poll_failed")
            await asyncio.sleep(REST_S)
        else:
            offset = following
