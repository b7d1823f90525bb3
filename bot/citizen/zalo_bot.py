"""The Zalo Bot Platform: texts in, turns of talk, texts out. No buttons there: their titles are typed.

    door = ZaloBotDoor(home, sender)
    await door.feed(event, secrets)       # one event of the webhook or of a poll, already redacted

The platform tells neither that somebody left nor that they came back: a refused answer and the next
word do. Groups are not answered.
"""

from __future__ import annotations

from typing import Any

import structlog

from bot.citizen.door import SenderDoor, unsaid
from bot.state import Input
from channels.files import VOICES, picture_of, voice_of
from channels.gate import ReplyGate
from channels.senders import Sender, ZaloBotSender
from channels.zalo_bot.limits import REPLIES_BURST, REPLIES_PER_SECOND
from channels.zalo_bot.webhook import event_key
from content.message import Message
from content.screens import described
from register.home import Home

log = structlog.get_logger(__name__)

TEXT = "message.text.received"


class ZaloBotDoor(SenderDoor):
    """The door between one Zalo bot and bot.service."""

    def __init__(self, home: Home, sender: Sender) -> None:
        super().__init__(home, sender, ReplyGate(home, sender.lane, REPLIES_PER_SECOND, REPLIES_BURST))

    async def feed(self, event: dict[str, Any], secrets: tuple[str, ...] = ()) -> None:
        """Handle one redacted event. ``secrets``: the kinds that were taken out of it."""
        if kept := unsaid(event):
            return await self.answer(*kept)
        result = event.get("result") or event
        message = result.get("message") or {}
        chat = message.get("chat") or {}
        if chat.get("chat_type") != "PRIVATE" or not chat.get("id"):
            return
        if result.get("event_name") == TEXT:
            inp = Input("text", text=str(message.get("text", "")), secrets=secrets)
        else:  # image, sticker, voice, or what the platform keeps to itself
            inp = Input("media", secrets=secrets)
        await self.turn(str(chat["id"]), inp, event_key(event))

    async def _show(self, address: str, message: Message) -> None:
        """Reading and picture before the words; the platform fetches both from us, at our public address.

        What it does not take is left out: the words say everything.
        """
        base, sender = self._home.settings.public_url.rstrip("/"), self._sender
        if not base or not isinstance(sender, ZaloBotSender):
            return
        if heard := voice_of(self._home, message, (".aac",)):
            where = heard.relative_to(self._home.path / VOICES).as_posix()
            async with self._gate:
                await sender.client.send_voice(address, f"{base}/tep/nghe/{where}")
        if path := picture_of(self._home, message.picture):
            async with self._gate:
                await sender.client.send_photo(address, f"{base}/tep/hinh/{path.name}", described(message.picture))
