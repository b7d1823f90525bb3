"""The citizens' Zalo Official Account: events in, turns of talk, replies out through the lane's sender.

    door = ZaloDoor(home, sender)
    await door.feed(event, secrets)       # one webhook event, already redacted

A pressed button comes back as a text that begins with "#". Echoes of our own messages (oa_*) are not heard.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from bot import service
from bot.state import Input
from campaigns.ledger import settle_receipt
from channels.outcome import Accepted, Refused
from channels.senders import Sender
from channels.zalo.webhook import event_key, sender_of
from register.home import Home

log = structlog.get_logger(__name__)

CHANNEL = "zalo"
LANE = "zalo:main"
ZBS_LANE = "zbs:main"


class ZaloDoor:
    """The door between one Official Account and bot.service."""

    def __init__(self, home: Home, sender: Sender, *, lane: str = LANE) -> None:
        self._home, self._sender, self._lane = home, sender, lane
        self._events: dict[str, Callable[[dict[str, Any], tuple[str, ...]], Awaitable[None]]] = {
            "follow": self._followed,
            "user_click_chatnow": self._followed,
            "unfollow": self._unfollowed,
            "user_send_text": self._text,
            "user_submit_info": self._info,
            "user_withdraw": self._withdrew,
            "user_received_message": self._received,
            "user_seen_message": self._received,
        }

    async def feed(self, event: dict[str, Any], secrets: tuple[str, ...] = ()) -> None:
        """Handle one redacted event. ``secrets``: the kinds that were taken out of it."""
        name = str(event.get("event_name", ""))
        handler = self._events.get(name)
        if handler:
            await handler(event, secrets)
        elif name.startswith("user_send_"):  # image, audio, file, sticker, business card …
            await self._turn(event, Input("media", secrets=secrets))

    # --- What comes in --------------------------------------------------------------------------

    async def _followed(self, event: dict[str, Any], secrets: tuple[str, ...]) -> None:
        await self._turn(event, Input("follow"))

    async def _unfollowed(self, event: dict[str, Any], secrets: tuple[str, ...]) -> None:
        await self._set_blocked(sender_of(event), True)

    async def _text(self, event: dict[str, Any], secrets: tuple[str, ...]) -> None:
        await self._turn(event, Input("text", text=str((event.get("message") or {}).get("text", "")), secrets=secrets))

    async def _info(self, event: dict[str, Any], secrets: tuple[str, ...]) -> None:
        """Only the phone is taken: whom it belongs to is what our own list says."""
        await self._turn(event, Input("contact", text=str((event.get("info") or {}).get("phone", ""))))

    async def _withdrew(self, event: dict[str, Any], secrets: tuple[str, ...]) -> None:
        home, address, now = self._home, sender_of(event), self._home.now()
        await home.db.awrite(lambda s: service.withdraw(s, home, CHANNEL, self._lane, address, now))

    async def _received(self, event: dict[str, Any], secrets: tuple[str, ...]) -> None:
        """A receipt settles what nobody knew: the message did arrive."""
        message = event.get("message") or {}
        numbers = [str(n) for n in message.get("msg_ids") or [message.get("msg_id", "")]]
        tracking = str(message.get("tracking_id", ""))
        lane = ZBS_LANE if tracking or "delivery_time" in message else self._lane
        now = self._home.now()
        for number in numbers:
            await self._home.db.awrite(
                lambda s, number=number: settle_receipt(s, lane, number, now, tracking)  # type: ignore[misc]
            )

    # --- What goes out --------------------------------------------------------------------------

    async def _turn(self, event: dict[str, Any], inp: Input) -> None:
        home, address, now = self._home, sender_of(event), self._home.now()
        if not address:
            log.warning("zalo.event_without_sender")
            return
        contact = await home.db.awrite(lambda s: service.contact_of(s, home, CHANNEL, self._lane, address, now))
        for message in await service.handle(home, contact, inp, now, event_key(event)):
            outcome = await self._sender.send(address, message)
            if isinstance(outcome, Accepted):
                continue
            log.warning("zalo.reply_not_sent", outcome=type(outcome).__name__, code=getattr(outcome, "code", ""))
            if isinstance(outcome, Refused) and outcome.error_class == "recipient":
                await self._set_blocked(address, True)
            return

    async def _set_blocked(self, address: str, blocked: bool) -> None:
        home, now = self._home, self._home.now()
        await home.db.awrite(lambda s: service.set_blocked(s, home, CHANNEL, self._lane, address, blocked, now))
