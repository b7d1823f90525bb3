"""The gates through which messages leave: evenly, one after the other, and never too many within a second.

turns = Turns(Pace(24, 1.5), places=25)                      campaigns: campaigns/engine/dispatch.py
gate = ReplyGate(home, "telegram:main", REPLIES_PER_SECOND)  replies: a budget of their own beside it
async with gate:                                             send one, and wait for its answer
await gate.hold(until)                                       after a 429: bulk and replies both rest

Why places beside the pace? We pace what leaves; the provider counts what arrives. A line that stalls for a
tenth of a second delivers in one bunch what left evenly. A place is taken before a request leaves and is free
again PLACE_S after its answer; a request arrives before its answer. So those that arrive within any one second
all hold their places at its end, and there are no more of them than places.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from channels import lanes
from channels.pace import Pace
from register.home import Home

PLACE_S = 1.0  # providers count by the second
LOOK_S = 0.2  # another process's 429 is seen so late at most: one reply goes out meanwhile on Telegram, five on Zalo
SHORT_REST = timedelta(minutes=2)  # a reply waits this long in its place; for a longer rest it is put aside


class Resting(Exception):
    """The lane rests too long for a reply to wait here. ``until``: aware."""

    def __init__(self, until: datetime) -> None:
        super().__init__()
        self.until = until


class Turns:
    """The turns of one lane. ``places``: of how many the answer may be out, or younger than PLACE_S; None: any."""

    def __init__(
        self,
        pace: Pace,
        places: int | None = None,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self.pace, self._sleep, self._ticks = pace, sleep, ticks
        self._one = asyncio.Lock()
        self._places = asyncio.Semaphore(places) if places else None
        self.lost = 0  # answers in a row that got lost
        self.strikes = 0  # how often the lane was rested for that, one time after the other

    async def __aenter__(self) -> None:
        """Return when a message may leave.

        One after the other: turns that were all given out beforehand would be used at once after a stall.
        """
        async with self._one:
            await self._rest()
            if self._places:
                await self._places.acquire()
            try:
                if wait := self.pace.wait(self._ticks()):
                    await self._sleep(wait)
            except BaseException:
                self._free()
                raise
            self.pace.take(self._ticks())

    async def __aexit__(self, *_error: object) -> None:
        if self._places:
            asyncio.get_running_loop().call_later(PLACE_S, self._free)

    def _free(self) -> None:
        if self._places:
            self._places.release()

    async def _rest(self) -> None:
        """What else has to be waited for."""


class ReplyGate(Turns):
    """Replies of one lane wait here for their pace, and while the provider wants rest from everything.

    What holds up campaigns alone (night, daily quota) does not hold up who asked. ``async with`` raises Resting
    where the rest is longer than SHORT_REST: the reply is kept for later (channels/inbox.NotYet).
    """

    def __init__(
        self,
        home: Home,
        lane: str,
        per_second: float,
        burst: float = 1,
        places: int | None = None,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(Pace(per_second, burst), places, sleep=sleep, ticks=ticks)
        self._home, self._lane = home, lane
        self._open_until = -math.inf  # the lane was found at no rest: believed until then

    async def _rest(self) -> None:
        while self._ticks() >= self._open_until:
            now = self._home.now()
            until = await self._home.db.aread(lambda session, at=now: lanes.resting_until(session, self._lane, at))  # type: ignore[misc]
            if until is None:
                self._open_until = self._ticks() + LOOK_S
                return
            if until - now > SHORT_REST:
                raise Resting(until)
            await self._sleep((until - now).total_seconds())

    async def hold(self, until: datetime) -> None:
        """The provider asks for rest: bulk and replies both wait."""
        self._open_until = -math.inf
        await self._home.db.awrite(lambda session: lanes.hold(session, self._lane, until))
