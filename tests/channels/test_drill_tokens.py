"""Two processes, a slow OAuth server, tokens that expire in the middle of a broadcast: none lost, no message lost."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest
from sqlmodel import select

from campaigns.campaigns import status
from campaigns.tables import Campaign
from channels.tables import Lane

pytestmark = pytest.mark.slow

PEOPLE, EXPIRIES, SLOW_OAUTH_S = 400, 4, 3.0
# With SQLite one process sends. The other one asks Zalo without end, as `tungnha channel check` does once.
ASKING = """
async def ask(home):
    from channels.senders import zalo_client
    from channels.transport import Transport
    client = zalo_client(home, Transport())
    while True:
        await client.account()
        await asyncio.sleep(0.2)
scheduler.work_forever = ask
"""


async def test_no_token_and_no_message_is_lost(processes, broadcast):
    home, sandbox = processes.home, processes.sandbox
    uids = [sandbox.add_user("zalo", f"Z{number}") for number in range(PEOPLE)]
    for uid in uids:
        sandbox.follow(uid)
    talkers = [sandbox.add_user("zalo", f"T{number}") for number in range(5)]
    number = home.db.write(lambda s: broadcast(s, [{"zalo": uid} for uid in uids], ("zalo",)))
    sandbox.fault("slow", "oauth", count=1_000, seconds=SLOW_OAUTH_S)
    other = ASKING if home.db.is_sqlite else ""
    await asyncio.gather(processes.start("serve"), processes.start("worker", patch=other))
    await processes.until(lambda: sandbox.zalo.app.hook is not None)

    def arrived() -> int:
        return sum(line["to"] in wanted for line in sandbox.arrivals())

    wanted = set(uids)
    for expiry in range(1, EXPIRIES + 1):
        await processes.until(lambda expiry=expiry: arrived() >= expiry * PEOPLE // (EXPIRIES + 1))
        sandbox.expire_tokens()
        for uid in talkers:  # serve needs the token for answers while the other one sends
            sandbox.type_text(uid, "xin chào")

    def settled() -> dict:
        with home.db.read() as session:
            return status(session, session.get_one(Campaign, number))

    await processes.until(lambda: settled()["accepted"] == PEOPLE)
    found, arrivals = settled(), Counter(line["to"] for line in sandbox.arrivals())
    assert (found["accepted"], found["failed"], found["unknown"], found["held"]) == (PEOPLE, 0, 0, 0)
    assert [to for to in wanted if arrivals[to] != 1] == []
    assert sandbox.zalo.oauth.refused == 0  # no spent token was ever shown
    assert len(sandbox.zalo.oauth.used) == EXPIRIES + 1  # and none was renewed without need
    await processes.until(lambda: processes.waiting() == 0)
    assert all(any(line["who"] == "bot" for line in sandbox.phone(uid)) for uid in talkers)
    with home.db.read() as session:
        assert {lane.trouble for lane in session.exec(select(Lane))} == {""}
    print(f"\n{PEOPLE} messages, {EXPIRIES} expiries, OAuth {SLOW_OAUTH_S} s: refreshes {EXPIRIES + 1}, lost 0")
