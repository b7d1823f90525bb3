"""Telegram's limits, and the gate through which replies go.

About 30 messages a second a bot; two budgets whose sum stays under it: bulk 24/s in the lane's
holder, replies 5/s (burst 3). A 429 met by either stops both through ``lane.not_before``.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta

from channels import lanes
from channels.pace import Pace
from register.home import Home

LANE = "telegram:main"
BULK_PER_SECOND = 24.0
REPLIES_PER_SECOND = 5.0
REPLIES_BURST = 3
TEXT_CHARACTERS = 4096
CAPTION_CHARACTERS = 1024
CALLBACK_BYTES = 64


class ReplyGate:
    """Replies wait here: ``await gate.wait()`` before a request, ``flooded`` after a 429."""

    def __init__(
        self,
        home: Home,
        lane: str = LANE,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._home, self._lane, self._sleep, self._ticks = home, lane, sleep, ticks
        self._pace = Pace(REPLIES_PER_SECOND, REPLIES_BURST)

    async def wait(self) -> None:
        """Return when a reply may go: the pace allows it and the lane is not held."""
        now = self._home.now()
        until = await self._home.db.aread(lambda session: lanes.held_until(session, self._lane, now))
        held = (until - now).total_seconds() if until else 0.0
        delay = max(self._pace.take(self._ticks()), held)
        if delay > 0:
            await self._sleep(delay)

    async def flooded(self, retry_after_s: float) -> None:
        """Telegram answered 429: bulk and replies both wait."""
        until = self._home.now() + timedelta(seconds=retry_after_s)
        await self._home.db.awrite(lambda session: lanes.hold(session, self._lane, until))
