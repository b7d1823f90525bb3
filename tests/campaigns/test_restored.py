"""A backup from the middle of a campaign: what was sent after it is not sent again, and the rest still goes."""

from __future__ import annotations

import shutil
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update
from sqlmodel import col, select

from campaigns import restored
from campaigns.campaigns import approve, launch, plan_due_steps, resume, status
from campaigns.engine import healing
from campaigns.engine.dispatch import drain_all
from campaigns.engine.ledger import tracking_of
from campaigns.states import CampaignState
from campaigns.tables import Announcement, Campaign, Delivery
from channels.senders import build_senders
from channels.transport import Transport
from register.audit import verify
from register.backup import backup, restore
from register.home import open_home

NOW, SOON, LATER = (0, 1, 2, 3), (4, 5, 6), (7, 8)  # when whose message falls due


@pytest.fixture
async def transport():
    made = Transport()
    yield made
    await made.close()


@pytest.fixture
def running(home, sandbox, make_person, make_campaign):
    """Nine people on Telegram: four are due now, three in an hour, two the day after tomorrow."""

    def prepare(session):
        now, people = home.now(), []
        told = {"signed_on": now.date(), "posted_on": now.date(), "aired": 2, "hamlets_told": 9}
        session.add(Announcement(commune="22945", document="1", **told))
        for number in range(9):
            uid = sandbox.add_user("telegram", f"T{number}")
            sandbox.telegram_start(uid)
            people.append(make_person(session, now=now, telegram=uid))
        campaign = make_campaign(session, now=now, channels=("telegram",))
        approve(session, campaign, "minh", now)
        launch(session, home, campaign, "lan", now)
        for later, who in ((timedelta(hours=1), SOON), (timedelta(days=2), LATER)):
            mine = col(Delivery.person).in_([people[n] for n in who])
            session.execute(update(Delivery).where(mine).values(due_at=now + later))
        return campaign.id

    return home.db.write(prepare)


@pytest.fixture
def saved(home, tmp_path: Path, ready_home: Path, clock):
    """``saved()``: an empty machine that has the keys and the channels' settings, nothing else."""
    opened = []

    def make():
        shutil.copytree(ready_home, tmp_path / "new")
        shutil.copy(home.path / "keys.json", tmp_path / "new" / "keys.json")
        settings = home.settings.model_copy(update={"home": tmp_path / "new", "database_url": ""})
        opened.append(open_home(settings, now=clock, migrate=False))
        return opened[0]

    yield make
    for one in opened:
        one.close()


def sent(sandbox):
    return Counter(line["to"] for line in sandbox.arrivals())


def found(home, number):
    with home.db.read() as session:
        return status(session, session.get_one(Campaign, number))


async def test_what_the_lost_machine_sent_after_the_backup_is_not_sent_again(
    home, sandbox, transport, running, saved, clock, tmp_path
):
    await drain_all(home, build_senders(home, transport), "a", {})
    assert len(sent(sandbox)) == len(NOW)
    backup(home, tmp_path / "b.backup")
    clock.advance(timedelta(hours=2))
    await drain_all(home, build_senders(home, transport), "a", {})
    assert len(sent(sandbox)) == len(NOW + SOON)  # and now the machine is lost

    new, told = saved(), []
    restore(
        new, tmp_path / "b.backup",
        then=lambda s, made: told.append((made, restored.hold_back(s, new, "nam", new.now()))),
    )  # fmt: skip
    (made, held), now = told[0], found(new, running)
    assert made == clock() - timedelta(hours=2)
    assert (held.paused, held.unknown, held.not_begun) == (["đợt 1"], len(SOON), [])
    assert (now["state"], now["accepted"], now["unknown"]) == (CampaignState.PAUSED, len(NOW), len(SOON))
    assert now["healed"] == {"restored": len(SOON)}

    senders = build_senders(new, transport)
    await drain_all(new, senders, "b", {})  # paused: nothing
    new.db.write(lambda s: resume(s, s.get_one(Campaign, running), "lan", new.now()))
    await drain_all(new, senders, "b", {})
    assert len(sent(sandbox)) == len(NOW + SOON)
    clock.advance(timedelta(days=2))  # the day after tomorrow: 24/11 is a day off
    await drain_all(new, senders, "b", {})
    assert len(sent(sandbox)) == 9
    assert set(sent(sandbox).values()) == {1}
    with new.db.read() as session:
        assert verify(session, new).ok


@pytest.mark.parametrize("arrived", [True, False])
async def test_a_person_decides_for_all_of_them_at_once(
    home, sandbox, transport, running, saved, clock, tmp_path, arrived
):
    backup(home, tmp_path / "b.backup")
    new = saved()
    restore(new, tmp_path / "b.backup", then=lambda s, _: restored.hold_back(s, new, "nam", new.now()))
    settled = new.db.write(
        lambda s: restored.settle_restored(s, s.get_one(Campaign, running), arrived, "lan", new.now())
    )
    assert settled == len(NOW)
    new.db.write(lambda s: resume(s, s.get_one(Campaign, running), "lan", new.now()))
    await drain_all(new, build_senders(new, transport), "b", {})
    assert len(sent(sandbox)) == (0 if arrived else len(NOW))
    assert found(new, running)["accepted"] == len(NOW)


def test_a_move_with_nothing_sent_since_goes_on_as_it_stood(home, running, saved, tmp_path):
    backup(home, tmp_path / "b.backup")
    new = saved()
    restore(new, tmp_path / "b.backup")
    assert found(new, running)["state"] == CampaignState.RUNNING


def test_a_campaign_that_was_only_approved_is_named_since_it_may_have_been_launched(
    home, make_campaign, saved, tmp_path
):
    home.db.write(lambda s: approve(s, make_campaign(s, now=home.now(), name="đợt hai"), "minh", home.now()))
    backup(home, tmp_path / "b.backup")
    new, told = saved(), []
    restore(new, tmp_path / "b.backup", then=lambda s, _: told.append(restored.hold_back(s, new, "nam", new.now())))
    assert (told[0].paused, told[0].unknown, told[0].not_begun) == ([], 0, ["đợt hai"])
    with new.db.read() as session:
        assert session.exec(select(Campaign.state)).all() == ["approved"]


async def test_a_reminder_that_fell_due_since_the_backup_is_not_sent_either(
    home, sandbox, transport, running, saved, clock, tmp_path
):
    await drain_all(home, build_senders(home, transport), "a", {})
    backup(home, tmp_path / "b.backup")  # who got the first message by now gets a reminder days later
    clock.advance(timedelta(days=9))
    new, told = saved(), []
    restore(new, tmp_path / "b.backup", then=lambda s, _: told.append(restored.hold_back(s, new, "nam", new.now())))
    with new.db.read() as session:
        rows = session.exec(select(Delivery.step, Delivery.state)).all()
    assert Counter(rows)[(2, "unknown")] == len(NOW)
    assert Counter(rows)[(1, "unknown")] == len(SOON + LATER)
    new.db.write(lambda s: resume(s, s.get_one(Campaign, running), "lan", new.now()))
    new.db.write(lambda s: healing.sweep(s, new.now()))
    new.db.write(lambda s: plan_due_steps(s, new, new.now()))
    await drain_all(new, build_senders(new, transport), "b", {})
    assert set(sent(sandbox).values()) == {1}


def test_a_receipt_that_comes_late_settles_its_message(home, running, saved, clock, tmp_path):
    backup(home, tmp_path / "b.backup")
    new = saved()
    restore(new, tmp_path / "b.backup", then=lambda s, _: restored.hold_back(s, new, "nam", new.now()))
    with new.db.read() as session:
        number = session.exec(select(Delivery.id).where(Delivery.state == "unknown")).first()
    assert new.db.write(
        lambda s: healing.settle_receipt(s, "zbs:main", "neverseen", new.now(), tracking=tracking_of(number))
    )
    assert found(new, running)["accepted"] == 1


def test_the_moment_of_the_loss_keeps_what_fell_due_later(home, running, saved, clock, tmp_path):
    backup(home, tmp_path / "b.backup")
    lost = clock() + timedelta(minutes=10)
    clock.advance(timedelta(days=2))
    new, told = saved(), []
    restore(
        new, tmp_path / "b.backup",
        then=lambda s, _: told.append(restored.hold_back(s, new, "nam", new.now(), lost)),
    )  # fmt: skip
    assert told[0].unknown == len(NOW)
    assert found(new, running)["held"] == len(SOON + LATER)
