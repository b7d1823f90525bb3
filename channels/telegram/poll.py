"""How Telegram's updates get in: by webhook where the house has a public address, else by asking.

Polled updates are stored first and confirmed after: a crash in between brings them again.
"""

from __future__ import annotations

import asyncio

import structlog

from channels.errors import body_of
from channels.inbox import SHAPE, Inbox
from channels.telegram.client import TelegramClient
from channels.transport import Transport
from register.home import Home

log = structlog.get_logger(__name__)

REST_S = 5.0  # after an error
WEBHOOK = "/hooks/telegram/main"


async def receive_updates(home: Home, transport: Transport, inbox: Inbox) -> None:
    """Set the webhook and return, or poll until cancelled. Does nothing where Telegram is not set up."""
    settings = home.settings
    token, secret = settings.telegram_token.get_secret_value(), settings.telegram_webhook_secret.get_secret_value()
    if not token:
        return
    client = TelegramClient(transport, settings.telegram_api_base, token)
    if settings.public_url and secret:
        while not body_of(await client.set_webhook(settings.public_url.rstrip("/") + WEBHOOK, secret)).get("ok"):
            log.warning("telegram.webhook_failed")
            await asyncio.sleep(REST_S)
        return
    await client.call("deleteWebhook")
    await poll(client, inbox)


async def poll_once(client: TelegramClient, inbox: Inbox, offset: int, timeout_s: int = 25) -> int | None:
    """Store the next updates and return the new offset; None when Telegram did not answer well."""
    body = body_of(await client.get_updates(offset, timeout_s))
    if not body.get("ok"):
        return None
    for update in body["result"]:
        try:
            await inbox.receive("telegram", "main", update)
        except OSError:  # not on disk: not confirmed either, so it comes again
            return None
        except SHAPE:
            log.error("telegram.unknown_shape")
        offset = max(offset, update["update_id"] + 1)
    return offset


async def poll(client: TelegramClient, inbox: Inbox) -> None:
    """Ask for updates until cancelled."""
    offset = 0
    while True:
        following = await poll_once(client, inbox, offset)
        if following is None:
            log.warning("telegram.poll_failed")
            await asyncio.sleep(REST_S)
        else:
            offset = following
