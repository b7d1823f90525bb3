"""Any channel can be switched off, and the campaign goes on by the others."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from campaigns.campaigns import approve, launch, moment_for, status
from campaigns.engine import healing, ledger
from campaigns.engine.dispatch import drain_all
from campaigns.tables import Announcement, Campaign
from channels import lanes
from channels.senders import build_senders
from channels.transport import Transport


@pytest.fixture
async def transport():
    made = Transport()
    yield made
    await made.close()


@pytest.fixture
def running(home, sandbox, make_person, make_campaign):
    """Six people who have all three ways, one who has only Zalo; launched, nothing sent yet."""

    def prepare(session):
        now = home.now()
        session.add(
            Announcement(
                commune="22945", document="1", signed_on=now.date(), posted_on=now.date(), aired=2, hamlets_told=9
            )
        )
        for number in range(7):
            zalo = sandbox.add_user("zalo", f"Z{number}", phone=f"098700000{number}")
            sandbox.follow(zalo)
            ways = {"zalo": zalo}
            if number < 6:
                telegram = sandbox.add_user("telegram", f"T{number}")
                sandbox.telegram_start(telegram)
                ways |= {"telegram": telegram, "phone": f"098700000{number}"}
            make_person(session, now=now, **ways)
        campaign = make_campaign(session, now=now, channels=("zalo", "telegram", "zbs"))
        approve(session, campaign, "minh", now)
        launch(session, home, campaign, "lan", now)
        return campaign.id

    return home.db.write(prepare)


async def drained(home, senders):
    for _ in range(3):
        await drain_all(home, senders, "a", {})


def found(home, number):
    with home.db.read() as session:
        return status(session, session.get_one(Campaign, number))


@pytest.mark.parametrize(
    ("off", "by"),
    [
        (["zalo"], {"telegram": 6}),
        (["zalo", "telegram"], {"zbs": 6}),
        (["telegram"], {"zalo": 7}),
        (["zbs"], {"zalo": 7}),
    ],
)
async def test_a_running_campaign_goes_on_by_the_others(home, sandbox, transport, running, off, by):
    for channel in off:
        home.db.write(lambda s, channel=channel: lanes.switch(s, channel, on=False, by="lan", now=home.now()))
    await drained(home, build_senders(home, transport))
    assert Counter(line["channel"] for line in sandbox.arrivals()) == by
    assert found(home, running)["accepted"] == sum(by.values())


async def test_who_has_no_other_channel_waits_and_gets_it_when_it_is_on_again(home, sandbox, transport, running, clock):
    home.db.write(lambda s: lanes.switch(s, "zalo", on=False, by="lan", now=home.now()))
    senders = build_senders(home, transport)
    await drained(home, senders)
    assert found(home, running)["held"] == 1
    home.db.write(lambda s: lanes.switch(s, "zalo", on=True, by="lan", now=home.now()))
    clock.advance(timedelta(hours=2))
    home.db.write(lambda s: healing.sweep(s, home.now()))
    await drained(home, senders)
    assert found(home, running)["accepted"] == 7
    assert max(Counter(line["to"] for line in sandbox.arrivals()).values()) == 1


async def test_a_channel_whose_settings_are_gone_keeps_nobody(home, sandbox, transport, running):
    home.settings = home.settings.model_copy(update={"zalo_app_id": ""})
    await drained(home, build_senders(home, transport))
    assert Counter(line["channel"] for line in sandbox.arrivals()) == {"telegram": 6}
    assert found(home, running)["held"] == 1


async def test_what_was_claimed_before_the_switch_does_not_leave(home, transport, running):
    def claim(session):
        fence = ledger.hold_lane(session, "zalo:main", "a", home.now())
        return fence, [row.id for row in ledger.claim(session, "zalo:main", "a", fence, home.now(), 3)]

    fence, ids = home.db.write(claim)
    assert len(ids) == 3
    home.db.write(lambda s: lanes.switch(s, "zalo", on=False, by="lan", now=home.now()))
    assert home.db.write(lambda s: ledger.mark_sending(s, ids, "a", fence, home.now())) == set()


def test_a_new_plan_leaves_the_channel_out(home, running):
    home.db.write(lambda s: lanes.switch(s, "zalo", on=False, by="lan", now=home.now()))
    with home.db.read() as session:
        moment = moment_for(session, home, session.get_one(Campaign, running), home.now())
    assert moment.channels == ("telegram", "zbs")
