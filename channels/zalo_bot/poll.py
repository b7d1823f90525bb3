"""How the Zalo Bot's events get in: by webhook where the house has a public address, else by asking.

getUpdates hands out each event once and knows no offset: what was fetched and is not on disk when the
process dies is gone. The webhook has no such gap and is to be preferred.
"""

from __future__ import annotations

import asyncio

import structlog

from channels.errors import body_of
from channels.inbox import SHAPE, Inbox
from channels.transport import Transport
from channels.zalo_bot.client import ZaloBotClient
from channels.zalo_bot.limits import POLL_S
from register.home import Home

log = structlog.get_logger(__name__)

REST_S = 5.0  # after an error
NOTHING = 408
WEBHOOK = "/hooks/zalo-bot/main"


async def receive_updates(home: Home, transport: Transport, inbox: Inbox) -> None:
    """Set the webhook and return, or poll until cancelled. Does nothing where the bot is not set up."""
    settings = home.settings
    token, secret = settings.zalo_bot_token.get_secret_value(), settings.zalo_bot_webhook_secret.get_secret_value()
    if not token:
        return
    client = ZaloBotClient(transport, settings.zalo_bot_base, token)
    if settings.public_url and secret:
        while not body_of(await client.set_webhook(settings.public_url.rstrip("/") + WEBHOOK, secret)).get("ok"):
            log.warning("zalo_bot.webhook_failed")
            await asyncio.sleep(REST_S)
        return
    await client.call("deleteWebhook")
    while True:
        if not await poll_once(client, inbox):
            log.warning("zalo_bot.poll_failed")
            await asyncio.sleep(REST_S)


async def poll_once(client: ZaloBotClient, inbox: Inbox, timeout_s: int = POLL_S) -> bool:
    """Store the next event, if one comes in time. False: the platform did not answer well."""
    body = body_of(await client.get_update(timeout_s))
    if body.get("error_code") == NOTHING or "timeout" in str(body.get("description", "")):
        return True
    if not body.get("ok"):
        return False
    try:
        await inbox.receive("zalo_bot", "main", body)
    except OSError:
        return False
    except SHAPE:
        log.error("zalo_bot.unknown_shape")
    return True
