"""A worker that stood still past its lease and comes back sends nothing more of what it had in hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from campaigns.engine import healing, ledger
from campaigns.engine.dispatch import Drain, drain_all
from channels.gate import Turns
from channels.pace import Pace
from channels.sandbox import Sandbox
from channels.senders import Sender
from register.home import Home


async def test_what_was_marked_and_had_not_left_stays_here(
    home: Home, clock: Any, sandbox: Sandbox, senders: dict[str, Sender], launch: Callable[[int], int], ends: Any
) -> None:
    """Stopped between its mark and its turn. Meanwhile another holds the lane, and the rows are given up."""
    campaign, sender = launch(20), senders["zalo:main"]
    waited = []

    async def stand_still(_seconds: float) -> None:
        if not waited:
            waited.append(True)
            clock.advance(ledger.LEASE + timedelta(seconds=1))
            home.db.write(lambda session: healing.sweep(session, home.now()))
            assert home.db.write(lambda s: ledger.hold_lane(s, sender.lane, "other", home.now())) == 2

    turns = Turns(Pace(50, 1), sleep=stand_still)
    await Drain(home, sender, "paused", turns).run()
    assert len(sandbox.arrivals()) == 1  # the first was on its way already
    home.db.write(lambda session: healing.sweep(session, home.now()))
    assert ends(campaign) == {"accepted": 1, "unknown": 7, "due": 12}
    await drain_all(home, senders, "other", {})
    assert ends(campaign) == {"accepted": 13, "unknown": 7}
    assert len({line["to"] for line in sandbox.arrivals()}) == len(sandbox.arrivals()) == 13
