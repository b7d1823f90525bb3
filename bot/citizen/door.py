"""What the doors share that answer through a lane's sender: one turn, its replies, and whether they were taken."""

from __future__ import annotations

from datetime import timedelta

import structlog

from bot import service
from bot.state import Input
from channels.gate import ReplyGate
from channels.outcome import Accepted, Later, Refused
from channels.senders import Sender
from content.message import Message
from register.home import Home

SHORT_REST = timedelta(minutes=2)  # an answer that comes later than this is none

log = structlog.get_logger(__name__)


class SenderDoor:
    """The door between one lane and bot.service."""

    def __init__(self, home: Home, sender: Sender, gate: ReplyGate) -> None:
        self._home, self._sender, self._gate = home, sender, gate

    async def turn(self, address: str, inp: Input, key: str) -> None:
        """What came from ``address``, through the bot, and the answers back. ``key``: the provider's, of the event."""
        home, now, sender = self._home, self._home.now(), self._sender
        contact = await home.db.awrite(lambda s: service.contact_of(s, home, sender.channel, sender.lane, address, now))
        for message in await service.handle(home, contact, inp, now, key):
            if not await self._say(address, message):
                return

    async def _say(self, address: str, message: Message) -> bool:
        """Send one answer. False: the turn's other answers would not arrive either."""
        await self._show(address, message)
        await self._gate.wait()
        outcome = await self._sender.send(address, message)
        if isinstance(outcome, Later) and outcome.whole_lane and outcome.until - self._home.now() <= SHORT_REST:
            await self._gate.hold(outcome.until)
            await self._gate.wait()
            outcome = await self._sender.send(address, message)
        if isinstance(outcome, Accepted):
            return True
        log.warning(
            "reply_not_sent",
            channel=self._sender.channel,
            outcome=type(outcome).__name__,
            code=getattr(outcome, "code", ""),
        )
        if isinstance(outcome, Refused) and outcome.error_class == "recipient":
            await self.set_blocked(address, True)
        return False

    async def _show(self, address: str, message: Message) -> None:
        """A picture that goes before the words, where the channel has one."""

    async def set_blocked(self, address: str, blocked: bool) -> None:
        """The channel says that the user blocked us, or let us in again."""
        home, now, sender = self._home, self._home.now(), self._sender
        await home.db.awrite(lambda s: service.set_blocked(s, home, sender.channel, sender.lane, address, blocked, now))
