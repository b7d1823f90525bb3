"""The gate through which replies leave: a budget of their own beside the campaign's, and one common hold.

gate = ReplyGate(home, "telegram:main", REPLIES_PER_SECOND, REPLIES_BURST)
await gate.wait()                  before a request
await gate.hold(until)             after a 429: bulk and replies both wait
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import datetime

from channels import lanes
from channels.pace import Pace
from register.home import Home


class ReplyGate:
    """Replies of one lane wait here for their pace, and while the lane is held."""

    def __init__(
        self,
        home: Home,
        lane: str,
        per_second: float,
        burst: float = 1,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._home, self._lane, self._sleep, self._ticks = home, lane, sleep, ticks
        self._pace, self._one = Pace(per_second, burst), asyncio.Lock()

    async def wait(self) -> None:
        """Return when a reply may go: the pace allows it and the lane is not held.

        One after the other: places that were all given out beforehand would be used at once after a stall.
        """
        async with self._one:
            now = self._home.now()
            until = await self._home.db.aread(lambda session: lanes.held_until(session, self._lane, now))
            held = (until - now).total_seconds() if until else 0.0
            delay = max(self._pace.wait(self._ticks()), held)
            if delay > 0:
                await self._sleep(delay)
            self._pace.take(self._ticks())

    async def hold(self, until: datetime) -> None:
        """The provider asks for rest: bulk and replies both wait."""
        await self._home.db.awrite(lambda session: lanes.hold(session, self._lane, until))
