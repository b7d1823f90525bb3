"""Telegram's updates. Polled ones are stored first and confirmed after: a crash in between brings them again."""

from __future__ import annotations

from channels.errors import body_of
from channels.inbox import Inbox
from channels.polling import receive, store
from channels.telegram.client import TelegramClient
from channels.transport import Transport
from register.home import Home


async def receive_updates(home: Home, transport: Transport, inbox: Inbox) -> None:
    """By webhook (returns) or by asking until cancelled. Does nothing where Telegram is not set up."""
    settings = home.settings
    token, secret = settings.telegram_token.get_secret_value(), settings.telegram_webhook_secret.get_secret_value()
    if not token:
        return
    client, offset = TelegramClient(transport, settings.telegram_api_base, token), 0

    async def ask() -> bool:
        nonlocal offset
        following = await poll_once(client, inbox, offset)
        offset = offset if following is None else following
        return following is not None

    await receive("telegram", client, settings.public_url, secret, ask)


async def poll_once(client: TelegramClient, inbox: Inbox, offset: int, timeout_s: int = 25) -> int | None:
    """Store the next updates and return the new offset; None when Telegram did not answer well."""
    body = body_of(await client.get_updates(offset, timeout_s))
    if not body.get("ok"):
        return None
    for update in body["result"]:
        if not await store(inbox, "telegram", update):
            return None  # not confirmed, so it comes again
        offset = max(offset, update["update_id"] + 1)
    return offset
