"""Delivers webhooks as the providers do: in order for each user, with retries by the sandbox's clock.

What is refused is put off. On Zalo its sender's later events overtake it then: their order is not guaranteed
(facts/channels §3.1). On Telegram they wait behind it: the Bot API server keeps a line for each chat and each kind
of update, and tries its first until it gets through or its life ends (tdlib/telegram-bot-api, WebhookActor.cpp:
queue_updates_, on_update_error).
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import aiohttp

CARRIERS = 16  # parallel deliveries; one user's always share a carrier
LOOK_FOR_RETRIES_S = 0.5

# Zalo, facts/channels §3.1; afterwards the app is unsubscribed.
ZALO_LADDER = tuple(timedelta(seconds=s) for s in (30, 300, 900, 1800, 3600))
# Telegram: once more at once, twice as long each time, then every 60 to 120 s until the update is a day old.
TELEGRAM_LADDER = tuple(timedelta(seconds=s) for s in (0, 2, 4, 8, 16, 32, 64, *(90,) * 958))


@dataclass(frozen=True)
class Hook:
    """Where a channel's events go. ``retry_refused``: any non-2xx is retried (Telegram), else only 5xx.

    ``on_answer`` gets the answer's body: Telegram takes a method in it.
    """

    url: str
    ladder: tuple[timedelta, ...]
    deadline_s: float
    retry_refused: bool
    on_given_up: Callable[[], None] = lambda: None
    on_answer: Callable[[aiohttp.ClientResponse], Awaitable[None]] | None = None


@dataclass
class Parcel:
    """One event on its way."""

    hook: Hook
    sender: str
    body: bytes
    headers: dict[str, str]
    line: str = ""  # what is put off holds up the later ones of its line; "": nobody
    ends: datetime | None = None  # not tried again after that
    tries: int = 0


class Postman:
    """The queue of events; ``quiet()`` waits until none that is due is left."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._queues: list[asyncio.Queue[Parcel]] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._waiting: list[tuple[datetime, Parcel]] = []
        self._open = 0
        self._idle = asyncio.Event()
        self._session: aiohttp.ClientSession | None = None
        self.delivered = self.refused = self.given_up = 0
        self.repeat_every = self.late_every = 0  # one in so many events comes twice, or after its sender's next one
        self.took: deque[float] = deque(maxlen=20_000)  # seconds to each 2xx answer, for drills
        self._posted = 0
        self._late: dict[str, Parcel] = {}
        self._behind: dict[str, deque[Parcel]] = {}  # line → who waits until its first, which is put off, got through

    async def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._idle.set()
        self._session = aiohttp.ClientSession()
        self._queues = [asyncio.Queue() for _ in range(CARRIERS)]
        self._tasks = [asyncio.create_task(self._carry(queue)) for queue in self._queues]
        self._tasks.append(asyncio.create_task(self._look_for_retries()))

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session:
            await self._session.close()

    def post(self, parcel: Parcel) -> None:
        """Queue an event. Only from the sandbox's own loop."""
        self._posted += 1
        earlier = self._late.pop(parcel.sender, None)
        if earlier is None and self.late_every and self._posted % self.late_every == 0:
            self._late[parcel.sender] = parcel
            return
        self._queue(parcel)
        if self.repeat_every and self._posted % self.repeat_every == 0:
            self._queue(replace(parcel))
        if earlier is not None:
            self._queue(earlier)

    def _queue(self, parcel: Parcel) -> None:
        self._open += 1
        self._idle.clear()
        self._queues[hash(parcel.sender) % CARRIERS].put_nowait(parcel)

    def release_late(self) -> None:
        """Let those go that wait to be overtaken and were not."""
        late, self._late = self._late, {}
        for parcel in late.values():
            self._queue(parcel)

    async def quiet(self) -> None:
        """Return when everything that is due was delivered, refused or put off."""
        self.release_late()
        self.retry_due()
        await self._idle.wait()

    def retry_due(self) -> None:
        """Queue the retries whose time has come."""
        now = self._now()
        due = [parcel for at, parcel in self._waiting if at <= now]
        self._waiting = [(at, parcel) for at, parcel in self._waiting if at > now]
        for parcel in due:
            self._queue(parcel)

    async def once(
        self,
        url: str,
        body: bytes,
        headers: dict[str, str],
        deadline_s: float,
        on_answer: Callable[[aiohttp.ClientResponse], Awaitable[None]] | None = None,
    ) -> int:
        """POST; the status, or 0 when there was no connection or no answer in time."""
        assert self._session is not None
        timeout = aiohttp.ClientTimeout(total=deadline_s)
        headers = {"Content-Type": "application/json", **headers}
        with suppress(aiohttp.ClientError, TimeoutError, OSError):
            async with self._session.post(url, data=body, headers=headers, timeout=timeout) as response:
                if on_answer is not None and response.status == 200:
                    await on_answer(response)
                await response.read()
                return response.status
        return 0

    async def _carry(self, queue: asyncio.Queue[Parcel]) -> None:
        while True:
            parcel = await queue.get()
            try:
                if parcel.line in self._behind and not parcel.tries:
                    self._behind[parcel.line].append(parcel)
                else:
                    await self._deliver_line(parcel)
            finally:
                self._open -= 1
                if not self._open:
                    self._idle.set()

    async def _deliver_line(self, parcel: Parcel) -> None:
        """Deliver it, then those who waited behind it, until one is put off."""
        while await self._deliver(parcel):
            behind = self._behind.get(parcel.line)
            if not behind:
                self._behind.pop(parcel.line, None)
                return
            parcel = behind.popleft()
        if parcel.line:
            self._behind.setdefault(parcel.line, deque())

    async def _deliver(self, parcel: Parcel) -> bool:
        """Try once. False: it is put off."""
        hook = parcel.hook
        headers = {**parcel.headers, **({"num_retry": str(parcel.tries)} if parcel.tries else {})}
        start = time.perf_counter()
        status = await self.once(hook.url, parcel.body, headers, hook.deadline_s, hook.on_answer)
        if 200 <= status < 300:
            self.delivered += 1
            self.took.append(time.perf_counter() - start)
        elif 300 <= status < 500 and not hook.retry_refused:
            self.refused += 1
        else:
            again = self._now() + hook.ladder[parcel.tries] if parcel.tries < len(hook.ladder) else None
            if again and (parcel.ends is None or again <= parcel.ends):
                self._waiting.append((again, parcel))
                parcel.tries += 1
                return False
            self.given_up += 1
            hook.on_given_up()
        return True

    async def _look_for_retries(self) -> None:
        while True:
            await asyncio.sleep(LOOK_FOR_RETRIES_S)
            self.release_late()
            self.retry_due()
