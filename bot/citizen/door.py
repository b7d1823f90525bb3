"""What the doors share that answer through a lane's sender: one turn, its replies, and whether they were taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import structlog

from bot import service
from bot.state import Input
from bot.together import Together
from channels.gate import ReplyGate, Resting
from channels.inbox import UNSAID, NotYet
from channels.outcome import Accepted, Later, Outcome, Refused
from channels.senders import Sender
from content.message import Button, Message
from register.home import Home

log = structlog.get_logger(__name__)


def not_yet(until: datetime, address: str, messages: Sequence[Message]) -> NotYet:
    """What a door raises when the turn is taken and these answers may not go out before ``until``."""
    return NotYet(until, {"to": address, "messages": [asdict(message) for message in messages]})


def unsaid(event: dict[str, Any]) -> tuple[str, list[Message]] | None:
    """The address and the answers that ``not_yet`` kept, or None: it is an event of the provider."""
    kept = event.get(UNSAID)
    if kept is None:
        return None
    made = [Message(**{**one, "buttons": tuple(Button(**each) for each in one["buttons"])}) for one in kept["messages"]]
    return kept["to"], made


class SenderDoor:
    """The door between one lane and bot.service."""

    def __init__(self, home: Home, sender: Sender, gate: ReplyGate) -> None:
        self._home, self._sender, self._gate, self._turns = home, sender, gate, Together(home)

    async def turn(self, address: str, inp: Input, key: str) -> None:
        """What came from ``address``, through the bot, and the answers back. ``key``: the provider's, of the event."""
        sender = self._sender
        await self.answer(address, await self._turns.take(sender.channel, sender.lane, address, inp, key))

    async def answer(self, address: str, messages: Sequence[Message]) -> None:
        """Send a turn's answers in order, until one is refused. NotYet: they may not go out for a while."""
        for number, message in enumerate(messages):
            try:
                outcome = await self._say(address, message)
            except Resting as rest:
                raise not_yet(rest.until, address, messages[number:]) from None
            if isinstance(outcome, Accepted):
                continue
            log.warning(
                "reply_not_sent",
                channel=self._sender.channel,
                outcome=type(outcome).__name__,
                code=getattr(outcome, "code", ""),
            )
            if isinstance(outcome, Later):
                raise not_yet(outcome.until, address, messages[number:])
            if isinstance(outcome, Refused) and outcome.error_class == "recipient":
                await self.set_blocked(address, True)
            return

    async def _say(self, address: str, message: Message) -> Outcome:
        """Send one answer; after a 429 once more, when the lane has rested."""
        await self._show(address, message)
        async with self._gate:
            outcome = await self._sender.send(address, message)
        if isinstance(outcome, Later) and outcome.whole_lane and outcome.replies:
            await self._gate.hold(outcome.until)
            async with self._gate:
                outcome = await self._sender.send(address, message)
        return outcome

    async def _show(self, address: str, message: Message) -> None:
        """A picture that goes before the words, where the channel has one."""

    async def set_blocked(self, address: str, blocked: bool) -> None:
        """The channel says that the user blocked us, or let us in again."""
        home, now, sender = self._home, self._home.now(), self._sender
        await home.db.awrite(lambda s: service.set_blocked(s, home, sender.channel, sender.lane, address, blocked, now))
