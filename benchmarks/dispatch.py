"""Sending: the whole ledger path (claim, ask again, mark, commit, send, record) beside a bare aiogram loop.

All post to the same server on 127.0.0.1, as many at a time. The lane's pace (24/s) is lifted here: what
is measured is the work, not the waiting. The target is that one process keeps every lane at its full pace.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlmodel import Session

from benchmarks.run import Measured, seconds
from benchmarks.world import bench_home, draft, settle
from campaigns import campaigns
from campaigns.dispatch import IN_FLIGHT, Drain
from campaigns.tables import Campaign
from channels.gate import Turns
from channels.pace import Pace
from channels.senders import Sender, build_senders
from channels.telegram.limits import BULK_PER_SECOND as TELEGRAM_PER_SECOND
from channels.transport import Transport
from channels.zalo.limits import BULK_PER_SECOND as ZALO_PER_SECOND
from content.message import Message
from register.home import Home

PEOPLE, PEOPLE_QUICK = 5_000, 600
ALL_LANES_PER_SECOND = TELEGRAM_PER_SECOND + 2 * ZALO_PER_SECOND  # Telegram, the Official Account, ZBS
ENDLESS_S = 3_600.0
UNLIMITED = 1e9
TEXT = "Kính gửi bà Mai. " * 20  # about as long as a first message


@contextmanager
def telegram() -> Iterator[str]:
    """The stub's base URL while it runs."""
    stub = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.telegram_stub"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert stub.stdout is not None
    assert stub.stdin is not None
    try:
        yield stub.stdout.readline().strip()
    finally:
        stub.stdin.close()
        stub.wait(10)


def measure(quick: bool) -> Measured:
    """Messages a second: through the ledger, by our sender alone, by aiogram alone."""
    people = PEOPLE_QUICK if quick else PEOPLE
    with telegram() as base, bench_home(telegram_api_base=base) as home:
        settle(home, people)
        home.db.write(lambda s: _launch(s, home))
        done: Counter[str] = Counter()
        taken = seconds(lambda: done.update(asyncio.run(_with_sender(home, _drain))))
        alone = people / seconds(lambda: asyncio.run(_with_sender(home, _send_all, people)))
        aiogram = _aiogram(base, people)
    rate = done["accepted"] / taken
    return Measured(
        figures={
            "people": people,
            "accepted": done["accepted"],
            "ledger_per_s": rate,
            "sender_alone_per_s": alone,
            "aiogram_per_s": aiogram,
        },
        ratios={
            "ledger_over_all_lanes": rate / ALL_LANES_PER_SECOND,
            "ledger_over_aiogram": rate / aiogram,
            "sender_over_aiogram": alone / aiogram,
        },
        targets={"ledger_over_all_lanes": ("least", 1), "sender_over_aiogram": ("least", 1)},
    )


def _launch(session: Session, home: Home) -> Campaign:
    campaign = draft(session, home)
    campaigns.approve(session, campaign, "minh", home.now())
    campaigns.launch(session, home, campaign, "lan", home.now())
    return campaign


async def _with_sender(home: Home, work: Callable[..., Awaitable[Any]], *arguments: Any) -> Any:
    transport = Transport()
    try:
        return await work(home, build_senders(home, transport)["telegram:main"], *arguments)
    finally:
        await transport.close()


async def _drain(home: Home, sender: Sender) -> Counter[str]:
    return await Drain(home, sender, "bench", Turns(Pace(UNLIMITED)), ENDLESS_S).run()


async def _send_all(home: Home, sender: Sender, number: int) -> None:
    for first in range(0, number, IN_FLIGHT):
        await asyncio.gather(*(sender.send(str(n), Message(TEXT)) for n in range(first, first + IN_FLIGHT)))


def _aiogram(base: str, number: int) -> float:
    arguments = [sys.executable, "-m", "benchmarks.aiogram_peer", base, str(number), str(IN_FLIGHT), TEXT]
    return float(subprocess.run(arguments, capture_output=True, text=True, check=True).stdout)  # noqa: S603 — our own module
