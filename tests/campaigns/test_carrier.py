"""Jobs between processes: each reaches one, a dead one's is done by another, no person stands in the queue."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from procrastinate.exceptions import ConnectorException
from procrastinate.manager import JobManager
from procrastinate.worker import Worker
from sqlalchemy import inspect, text
from sqlmodel import Session, select

import carrier
import jobs
import scheduler
from campaigns.campaigns import approve, launch
from campaigns.engine import healing, ledger
from campaigns.tables import Announcement, Campaign, Delivery
from carrier import Carrier
from channels.sandbox.server import Sandbox
from channels.tables import Lane
from channels.transport import Transport
from console.serving import Serving
from database import QUEUE_SCHEMA
from register.backup import backup, restore
from register.everything import all_tables
from register.home import Home, open_home

pytestmark = pytest.mark.parametrize("home", ["postgres"], indirect=True)

DUTIES = [row.job for row in scheduler.TABLE]


def queue(home: Home, what: str = "task_name") -> list[Any]:
    with home.db.read() as session:
        return list(
            session.execute(text(f"SELECT {what} FROM {QUEUE_SCHEMA}.procrastinate_jobs ORDER BY id")).scalars()
        )


@asynccontextmanager
async def a_process(home: Home) -> AsyncIterator[jobs.Work]:
    """What one process has to work with, its queue open, nothing running yet."""
    transport = Transport()
    work = jobs.new_work(home, transport)
    async with Carrier(work, DUTIES) as work.carrier:
        yield work
    await transport.close()


async def do_jobs(work: jobs.Work) -> None:
    """Everything that waits in the queue, once."""
    assert work.carrier is not None
    for name in (carrier.LANES, carrier.DUTIES):
        await work.carrier.app.run_worker_async(
            queues=[name], wait=False, install_signal_handlers=False, listen_notify=False, delete_jobs="successful"
        )


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not true():  # noqa: ASYNC110 — what is waited for is another process
            await asyncio.sleep(0.02)


def test_the_queue_has_a_schema_of_its_own_that_backup_and_erasure_never_see(home: Home, tmp_path: Any) -> None:
    names = inspect(home.db.engine).get_table_names(schema=QUEUE_SCHEMA)
    assert "procrastinate_jobs" in names
    with home.db.read() as session:
        assert not any(table.name.startswith("procrastinate") for table in all_tables(session))
    backup(home, tmp_path / "sao.tnb")
    restore(home, tmp_path / "sao.tnb")
    assert queue(home) == []


def test_another_versions_queue_is_made_anew_and_ours_left_alone(home: Home) -> None:
    def spoil(session: Session) -> None:
        session.execute(text(f"COMMENT ON SCHEMA {QUEUE_SCHEMA} IS '2.0.0'"))
        session.execute(text(f"DROP TABLE {QUEUE_SCHEMA}.procrastinate_events CASCADE"))

    home.db.write(spoil)
    open_home(home.settings, now=home.now).close()
    assert "procrastinate_events" in inspect(home.db.engine).get_table_names(schema=QUEUE_SCHEMA)
    comment = f"SELECT obj_description(to_regnamespace('{QUEUE_SCHEMA}'), 'pg_namespace')"
    home.db.write(lambda s: s.execute(text(f"INSERT INTO {QUEUE_SCHEMA}.procrastinate_workers DEFAULT VALUES")))
    open_home(home.settings, now=home.now).close()  # the right version is left as it is
    with home.db.read() as session:
        assert session.execute(text(comment)).scalar() != "2.0.0"
        assert session.execute(text(f"SELECT count(*) FROM {QUEUE_SCHEMA}.procrastinate_workers")).scalar() == 1


async def test_only_the_one_scheduler_puts_jobs_into_the_queue_and_each_waits_once(home: Home) -> None:
    heal = next(row for row in scheduler.TABLE if row.job is jobs.heal)
    async with a_process(home) as first, a_process(home) as second:
        await jobs.lead(first)
        await jobs.lead(second)
        assert (first.leads, second.leads) == (True, False)
        await scheduler.act(heal, second)
        assert queue(home) == []
        await scheduler.act(heal, first)
        await scheduler.act(heal, first)
        assert queue(home) == ["heal"]
        await do_jobs(second)  # whoever is free
        assert queue(home) == []
        await jobs.stop_leading(first)
        await jobs.lead(second)
        assert second.leads


async def test_the_next_scheduler_begins_when_the_lease_of_a_dead_one_is_over(home: Home, clock: Any) -> None:
    async with a_process(home) as dead, a_process(home) as alive:
        await jobs.lead(dead)
        clock.advance(ledger.LEASE * 0.9)
        await jobs.lead(alive)
        assert not alive.leads
        clock.advance(ledger.LEASE * 0.1)
        await jobs.lead(alive)
        assert alive.leads
        assert not dead.leads


async def test_a_killed_process_leaves_its_job_and_another_does_it(home: Home) -> None:
    """Its heartbeat stops; the recipe of procrastinate's documentation puts the job back."""
    code = f"""
import asyncio, jobs, carrier
from register.home import open_home
from settings import Settings
from channels.transport import Transport
async def hang(work): print("doing", flush=True); await asyncio.sleep(600)
jobs.heal = hang; hang.__name__ = "heal"
async def main():
    home = open_home(Settings(home={str(home.path)!r}, database_url={home.settings.database_url!r}), migrate=False)
    work = jobs.new_work(home, Transport())
    async with carrier.Carrier(work, [hang, jobs.take_back]) as work.carrier:
        await work.carrier.run()
asyncio.run(main())
"""
    async with a_process(home) as alive:
        assert alive.carrier is not None
        await alive.carrier.put("heal")
        victim = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE)
        assert victim.stdout is not None
        assert await victim.stdout.readline() == b"doing\n"
        victim.send_signal(signal.SIGKILL)
        await victim.wait()
        assert queue(home, "status") == ["doing"]
        assert await alive.carrier.take_back() == 0  # its last beat is fresh: it may only be slow
        old = f"UPDATE {QUEUE_SCHEMA}.procrastinate_workers SET last_heartbeat = now() - interval '31 seconds'"
        home.db.write(lambda s: s.execute(text(old)))
        assert await alive.carrier.take_back() == 1
        assert queue(home, "status") == ["todo"]
        await do_jobs(alive)
        assert queue(home) == []


async def test_a_dead_drain_whose_successor_waits_already_is_let_go(home: Home) -> None:
    """Putting it back would break the queueing lock, and the lane would stand still for good."""
    async with a_process(home) as alive:
        assert alive.carrier is not None
        manager = alive.carrier.manager
        await alive.carrier.put_lanes(["zalo:main"])
        dead = await manager.register_worker()
        job = await manager.fetch_job(queues=[carrier.LANES], worker_id=dead)
        assert job is not None
        await alive.carrier.put_lanes(["zalo:main"])
        assert queue(home, "status") == ["doing"]  # one drain of a lane is enough
        await alive.carrier._defer("drain", "zalo:main")  # as a drain does at its end
        assert await manager.fetch_job(queues=[carrier.LANES], worker_id=await manager.register_worker()) is None
        await manager.prune_stalled_workers(-60)  # all are gone, as at the start of a worker after a long night
        assert await alive.carrier.take_back() == 1
        assert queue(home, "status") == ["todo"]
        assert queue(home, "args") == [{"lane": "zalo:main"}]


async def test_a_lane_that_two_processes_drain_sends_once(
    home: Home, sandbox: Sandbox, make_person: Any, make_campaign: Any
) -> None:
    """Even where the queue's locks fail, the lane's lease holds: both run the same drain at the same moment."""
    home.db.write(lambda s: prepare(s, home, sandbox, make_person, make_campaign))
    async with a_process(home) as first, a_process(home) as second:
        done = await asyncio.gather(jobs.drain_lane(first, "zalo:main"), jobs.drain_lane(second, "zalo:main"))
    assert sorted(bool(one) for one in done) == [False, True]
    assert sorted(line["to"] for line in sandbox.arrivals()) == sorted({line["to"] for line in sandbox.arrivals()})
    assert len(sandbox.arrivals()) == PEOPLE


PEOPLE = 8


def prepare(session: Session, home: Home, sandbox: Sandbox, make_person: Any, make_campaign: Any) -> int:
    """A running campaign over ``PEOPLE`` followers of the Official Account."""
    now, day = home.now(), home.now().date()
    session.add(Announcement(commune="22945", document="12/TB", signed_on=day, posted_on=day, aired=9, hamlets_told=9))
    for number in range(PEOPLE):
        uid = sandbox.add_user("zalo", f"Z{number}")
        sandbox.follow(uid)
        make_person(session, now=now, zalo=uid)
    campaign = make_campaign(session, now=now)
    approve(session, campaign, "minh", now)
    launch(session, home, campaign, "lan", now)
    return campaign.id or 0


async def test_serve_and_a_worker_share_the_work_and_one_of_them_leads(
    home: Home, sandbox: Sandbox, make_person: Any, make_campaign: Any
) -> None:
    campaign = home.db.write(lambda s: prepare(s, home, sandbox, make_person, make_campaign))
    transport = Transport()
    worker = jobs.new_work(home, transport)
    async with Serving(home, port=0) as serving:
        await serving.run_by_itself()
        async with scheduler.by_itself(worker):
            assert (serving.work.leads, worker.leads) == (True, False)
            await until(lambda: ends(home, campaign) == {"accepted": PEOPLE})
    await transport.close()
    assert len(sandbox.arrivals()) == PEOPLE
    assert "doing" not in queue(home, "status")  # one that waits may be left: there is nothing to do for it
    with home.db.read() as session:
        assert [lane.holder for lane in session.exec(select(Lane)).all() if lane.holder] == []


async def test_whoever_ends_lets_what_is_on_its_way_be_answered(
    home: Home, sandbox: Sandbox, make_person: Any, make_campaign: Any
) -> None:
    campaign = home.db.write(lambda s: prepare(s, home, sandbox, make_person, make_campaign))
    sandbox.fault("slow", count=PEOPLE, seconds=0.2)
    transport = Transport()
    async with scheduler.by_itself(jobs.new_work(home, transport)):
        await until(lambda: ends(home, campaign).get("sending", 0) > 0)
    await transport.close()
    assert not ends(home, campaign).keys() & {"sending", "claimed", "unknown"}
    assert ends(home, campaign)["accepted"] == len(sandbox.arrivals()) > 0


def ends(home: Home, campaign: int) -> Counter[str]:
    with home.db.read() as session:
        return Counter(session.exec(select(Delivery.state).where(Delivery.campaign == campaign)).all())


async def test_a_drain_that_hangs_is_cut_off_and_the_next_one_begins(
    home: Home, clock: Any, sandbox: Sandbox, make_person: Any, make_campaign: Any, monkeypatch: Any
) -> None:
    """Its process lives and beats, so nobody takes the job back; the lane has stood still for too long."""
    campaign = home.db.write(lambda s: prepare(s, home, sandbox, make_person, make_campaign))
    hangs, drain_lane = asyncio.Event(), jobs.drain_lane

    async def hang(work: jobs.Work, lane: str) -> Counter[str]:
        if hangs.is_set():
            return await drain_lane(work, lane)
        hangs.set()
        return await asyncio.Event().wait()  # type: ignore[return-value]

    monkeypatch.setattr(jobs, "drain_lane", hang)
    async with a_process(home) as work:
        assert work.carrier is not None
        await work.carrier.put_lanes(["zalo:main"])
        running = asyncio.create_task(work.carrier.run())
        await asyncio.wait_for(hangs.wait(), 30)
        await jobs.heal(work)
        assert queue(home, "status") == ["doing"]  # not for long yet
        clock.advance(healing.STUCK_AFTER + ledger.LEASE)
        with home.db.read() as session:
            assert healing.stands_still(session, session.get_one(Campaign, campaign), home.now())
        await jobs.heal(work)
        await until(lambda: "doing" not in queue(home, "status"))
        await work.carrier.put_lanes(["zalo:main"])
        await until(lambda: ends(home, campaign) == {"accepted": PEOPLE})
        work.carrier.end()
        await running
    with home.db.read() as session:
        assert not healing.stands_still(session, session.get_one(Campaign, campaign), home.now())
        assert healing.healed_of(session, campaign) == {"begun_anew": 1}


async def test_a_duty_that_never_ends_is_cut_off_before_the_process_stops_waiting(home: Home, monkeypatch: Any) -> None:
    """Two bounds: the inner one lets the queue say what became of the job, the outer one ends the process."""
    began = asyncio.Event()

    async def heal(_work: jobs.Work) -> None:
        began.set()
        await asyncio.Event().wait()

    assert jobs.ANSWERED_S < jobs.END_S
    monkeypatch.setattr(jobs, "ANSWERED_S", 0.1)
    monkeypatch.setattr(scheduler, "TABLE", (scheduler.Row(heal, scheduler.IntervalTrigger(hours=1), "", True),))
    transport = Transport()
    work = jobs.new_work(home, transport)
    async with scheduler.by_itself(work):
        await asyncio.wait_for(began.wait(), 30)
    await transport.close()
    assert all(task.done() for task in work.doing)
    assert queue(home, "status") == ["aborted"]


async def test_a_database_that_goes_away_at_the_end_does_not_make_the_process_forget_its_end(
    home: Home, monkeypatch: Any
) -> None:
    fetching = asyncio.Event()

    async def run(worker: Worker) -> None:
        fetching.set()
        await worker._stop_event.wait()
        raise ConnectorException  # what signing off says when nobody answers

    monkeypatch.setattr("procrastinate.worker.Worker.run", run)
    monkeypatch.setattr(scheduler, "TABLE", ())
    await begin_and_end(home, fetching)


async def test_a_process_that_ends_while_it_begins_ends_at_once(home: Home, monkeypatch: Any) -> None:
    """A cancellation can be lost on its way through the pool of connections: whoever relied on it waited END_S."""
    began, register = asyncio.Event(), JobManager.register_worker

    async def sign_on(manager: JobManager) -> int:
        began.set()
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(0.1)  # the end is said just now
        return await register(manager)

    monkeypatch.setattr("procrastinate.manager.JobManager.register_worker", sign_on)
    await begin_and_end(home, began)


async def begin_and_end(home: Home, begun: asyncio.Event) -> None:
    """One process from its beginning to its end, which comes by itself: it need not be cut off."""
    transport = Transport()
    work = jobs.new_work(home, transport)
    async with scheduler.by_itself(work):
        await asyncio.wait_for(begun.wait(), 30)
        (carrying,) = [task for task in asyncio.all_tasks() if task.get_coro().__qualname__ == "Carrier.run"]
    await transport.close()
    assert work.doing == {carrying}
    assert carrying.done()
    assert carrying.exception() is None
