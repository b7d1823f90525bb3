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
from bot.citizen.door import SenderDoor, unsaid
from bot.state import Input
from campaigns.engine.healing import settle_receipt
from channels.errors import body_of
from channels.files import Files, picture_of
from channels.gate import ReplyGate
from channels.senders import Sender, ZaloSender
from channels.zalo.client import picture_fields
from channels.zalo.errors import error_code
from channels.zalo.limits import ASSET_LIFE, IMAGE_BYTES, REPLIES_BURST, REPLIES_PER_SECOND
from channels.zalo.webhook import event_key, sender_of
from content.message import Message
from register.home import Home

log = structlog.get_logger(__name__)

CHANNEL = "zalo"
LANE = "zalo:main"
EXPIRED = -100  # an uploaded picture dies after seven days
MIME = {".png": "image/png", ".jpg": "image/jpeg"}


class ZaloDoor(SenderDoor):
    """The door between one Official Account and bot.service."""

    def __init__(self, home: Home, sender: Sender, *, lane: str = LANE) -> None:
        super().__init__(home, sender, ReplyGate(home, lane, REPLIES_PER_SECOND, REPLIES_BURST))
        self._lane, self._files = lane, Files(home, lane)
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
        if kept := unsaid(event):
            return await self.answer(*kept)
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
        await self.set_blocked(sender_of(event), True)

    async def _text(self, event: dict[str, Any], secrets: tuple[str, ...]) -> None:
        await self._turn(event, Input("text", text=str((event.get("message") or {}).get("text", "")), secrets=secrets))

    async def _info(self, event: dict[str, Any], secrets: tuple[str, ...]) -> None:
        """Only the phone is taken. The form may be filled in by hand: an officer calls the number back
        before anybody is linked, and the answer does not tell whether it stands in a list."""
        await self._turn(event, Input("phone_told", text=str((event.get("info") or {}).get("phone", ""))))

    async def _withdrew(self, event: dict[str, Any], secrets: tuple[str, ...]) -> None:
        home, address, now = self._home, sender_of(event), self._home.now()
        await home.db.awrite(lambda s: service.withdraw(s, home, CHANNEL, self._lane, address, now))

    async def _received(self, event: dict[str, Any], secrets: tuple[str, ...]) -> None:
        """A receipt settles what nobody knew: the message did arrive."""
        message = event.get("message") or {}
        numbers = [str(n) for n in message.get("msg_ids") or [message.get("msg_id", "")]]
        tracking = str(message.get("tracking_id", ""))
        lane, now = str(event.get("lane") or self._lane), self._home.now()  # which product's: channels/hooks.py
        for number in numbers:
            await self._home.db.awrite(
                lambda s, number=number: settle_receipt(s, lane, number, now, tracking)  # type: ignore[misc]
            )

    # --- What goes out --------------------------------------------------------------------------

    async def _turn(self, event: dict[str, Any], inp: Input) -> None:
        address = sender_of(event)
        if not address:
            log.warning("zalo.event_without_sender")
            return
        await self.turn(address, inp, event_key(event))

    async def _show(self, address: str, message: Message) -> None:
        """The step's picture, uploaded once a week. Zalo's Official Account takes no sound."""
        path = picture_of(self._home, message.picture)
        if path is None or not isinstance(self._sender, ZaloSender) or path.stat().st_size > IMAGE_BYTES:
            return
        client = self._sender.client
        async with self._files.of(path) as file:
            for _ in range(2):
                if not file.id:
                    reply = await client.upload_image(path.name, path.read_bytes(), MIME[path.suffix])
                    number = str((body_of(reply).get("data") or {}).get("attachment_id", ""))
                    if not number:
                        log.warning("zalo.picture_not_taken")
                        return
                    await file.keep(number, self._home.now() + ASSET_LIFE)
                if error_code(await client.talk(address, picture_fields(file.id))) != EXPIRED:
                    return
                await file.drop()
