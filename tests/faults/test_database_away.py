"""The database does not answer for a while: nothing is lost, nobody is written to twice, all are told."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from typing import Any

import pytest
from procrastinate.exceptions import ConnectorException
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, OperationalError
from starlette.testclient import TestClient
from structlog.testing import capture_logs

import carrier
import jobs
import scheduler
from campaigns.engine.dispatch import drain_all
from channels.inbox import MAX_TRIES, Inbox
from channels.sandbox import Sandbox
from channels.senders import Sender
from channels.transport import Transport
from console.app import create_app
from console.security import AWAY
from database import away
from register.home import Home

Outage = Callable[[], AbstractContextManager[None]]


def touch(home: Home) -> None:
    """A write of no meaning."""
    home.db.write(lambda session: session.execute(text("DELETE FROM staff_alarm")))


def test_a_database_that_is_away_is_known_as_such_and_comes_back(home: Home, outage: Outage) -> None:
    with outage(), pytest.raises(DBAPIError) as caught:
        touch(home)
    assert away(caught.value)
    touch(home)
    with pytest.raises(DBAPIError) as wrong:
        home.db.write(lambda session: session.execute(text("DELETE FROM no_such_table")))
    assert not away(wrong.value)


async def test_what_was_answered_meanwhile_is_written_down_afterwards(
    home: Home, sandbox: Sandbox, senders: dict[str, Sender], launch: Callable[[int], int], outage: Outage,
    until: Any, ends: Any,
) -> None:  # fmt: skip
    campaign = launch(20)
    await senders["zalo:main"].client.tokens.access()  # type: ignore[attr-defined]  # answers, not the token's question
    sandbox.fault("slow", count=20, seconds=0.1)
    with capture_logs() as logged:
        draining = asyncio.create_task(drain_all(home, senders, "a", {}))
        await until(lambda: ends(campaign)["sending"])
        with outage():
            await until(lambda: sum(line["event"] == "turn_not_written" for line in logged) > 2)
        await draining
    arrived = len(sandbox.arrivals())
    assert ends(campaign) == +Counter(accepted=arrived, due=20 - arrived)
    assert arrived
    await drain_all(home, senders, "a", {})
    assert ends(campaign) == {"accepted": 20}
    assert len({line["to"] for line in sandbox.arrivals()}) == len(sandbox.arrivals()) == 20


async def test_what_a_citizen_writes_meanwhile_never_stands_aside(home: Home, clock: Any, outage: Outage) -> None:
    inbox, heard = Inbox(home), list[str]()

    async def handle(event: dict[str, Any], _secrets: tuple[str, ...]) -> None:
        await home.db.awrite(lambda session: session.execute(text("DELETE FROM staff_alarm")))
        heard.append(event["message"]["text"])

    message = {"message_id": 1, "from": {"id": 7}, "chat": {"id": 7, "type": "private"}, "date": 0, "text": "dừng"}
    await inbox.receive("telegram", "main", {"update_id": 1, "message": message})
    with outage():
        for _ in range(MAX_TRIES + 3):
            await inbox.drain({"telegram": handle})
            clock.advance(jobs.timedelta(minutes=11))
    assert (heard, await inbox.stuck()) == ([], 0)
    await inbox.drain({"telegram": handle})
    assert heard == ["dừng"]
    inbox.close()


def test_a_page_says_so_in_one_sentence(home: Home, outage: Outage, monkeypatch: Any) -> None:
    with TestClient(create_app(home), base_url="http://127.0.0.1") as client:
        token = client.get("/dang-nhap").text.split('name="ma_trang" value="')[1].split('"')[0]
        typed = {"ten": "lan", "mat_khau": "không phải", "ma_trang": token}
        with outage():
            answer = client.post("/dang-nhap", data=typed)  # a wrong attempt is written down
            assert (answer.status_code, answer.text, answer.headers["retry-after"]) == (503, AWAY, "60")
            health = client.get("/healthz").status_code
            assert health == (200 if home.db.is_sqlite else 503)  # a locked one is still read
        assert client.post("/dang-nhap", data=typed).status_code not in (500, 503)


async def test_a_process_may_end_meanwhile(home: Home, outage: Outage) -> None:
    transport = Transport()
    work = jobs.new_work(home, transport)
    with capture_logs() as logged:
        async with scheduler.by_itself(work):
            gone = outage()
            gone.__enter__()
        gone.__exit__(None, None, None)
    await transport.close()
    assert all(task.done() for task in work.doing)
    assert {"database_away"} <= {line["event"] for line in logged}


async def test_a_job_ends_in_one_line_and_is_asked_for_again(home: Home, outage: Outage) -> None:
    transport = Transport()
    work = jobs.new_work(home, transport)
    heal = next(row for row in scheduler.TABLE if row.job is jobs.heal)
    await jobs.lead(work)
    with capture_logs() as logged, outage():
        await scheduler.act(heal, work)
        await scheduler.lead(work)
        with jobs.bearing("drain"):
            await jobs.drain_lane(work, "zalo:main")
    assert {line["job"] for line in logged if line["event"] == "database_away"} >= {"heal", "lead"}
    await scheduler.act(heal, work)
    with pytest.raises(RuntimeError), jobs.bearing("x"):
        raise RuntimeError
    await transport.close()


async def listed(work: jobs.Work) -> list[Any]:
    """What waits in the queue; nothing while it cannot be reached."""
    assert work.carrier is not None
    with suppress(ConnectorException):
        return list(await work.carrier.manager.list_jobs_async())
    return []


@pytest.mark.parametrize("home", ["postgres"], indirect=True)
async def test_the_queue_is_asked_again_when_it_can_be_reached(home: Home, outage: Outage) -> None:
    transport = Transport()
    work = jobs.new_work(home, transport)
    async with carrier.Carrier(work, [jobs.heal]) as work.carrier:
        with capture_logs() as logged, outage():
            await work.carrier.put("heal")
            await work.carrier.put_lanes(["zalo:main"])
        assert [line["job"] for line in logged if line["event"] == "queue_not_reached"] == ["heal", "drain"]
        async with asyncio.timeout(30):
            while "heal" not in [job.task_name for job in await listed(work)]:
                await work.carrier.put("heal")
        assert [job.task_name for job in await listed(work)] == ["heal"]
    await transport.close()


def test_other_troubles_of_a_database_are_no_outage() -> None:
    class Cancelled(Exception):
        sqlstate = "57014"

    assert not away(OperationalError("", {}, Cancelled()))
    assert not away(ValueError())
