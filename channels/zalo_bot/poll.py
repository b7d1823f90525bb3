"""The Zalo Bot's events.

getUpdates hands out each event once and knows no offset: what was fetched and is not on disk when the
process dies is gone. The webhook has no such gap and is to be preferred.
"""

from __future__ import annotations

from channels.errors import body_of
from channels.inbox import Inbox
from channels.polling import receive, store
from channels.transport import Transport
from channels.zalo_bot.client import ZaloBotClient
from channels.zalo_bot.limits import POLL_S
from register.home import Home

NOTHING = 408


async def receive_updates(home: Home, transport: Transport, inbox: Inbox) -> None:
    """By webhook (returns) or by asking until cancelled. Does nothing where the bot is not set up."""
    settings = home.settings
    token, secret = settings.zalo_bot_token.get_secret_value(), settings.zalo_bot_webhook_secret.get_secret_value()
    if not token:
        return
    client = ZaloBotClient(transport, settings.zalo_bot_base, token)
    await receive("zalo_bot", client, settings.public_url, secret, lambda: poll_once(client, inbox))


async def poll_once(client: ZaloBotClient, inbox: Inbox, timeout_s: int = POLL_S) -> bool:
    """Store the next event, if one comes in time. False: the platform did not answer well."""
    body = body_of(await client.get_update(timeout_s))
    if body.get("error_code") == NOTHING or "timeout" in str(body.get("description", "")):
        return True
    return bool(body.get("ok")) and await store(inbox, "zalo_bot", body)
