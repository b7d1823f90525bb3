"""The restore drill: the machine is lost in the middle of a campaign, and everything is got back from a backup.

    make drill-restore                                 # three ways, and 100,000 people measured; prints what it saw

Real processes and commands: `tungnha serve` sends to the simulators, `tungnha backup` is made while it runs, somebody
stops and somebody is erased after it, the process is killed, its home deleted, its database dropped. An empty machine
has the backup, the list beside it and the keys, nothing else.
"""

from __future__ import annotations

import asyncio
import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, func, insert, make_url, select, text, update
from sqlmodel import Session, col

from benchmarks.world import settle_provinces
from campaigns.campaigns import approve, launch, new_campaign
from campaigns.tables import Announcement, Delivery
from channels.sandbox.server import Sandbox
from database import reserve_ids
from register.backup import backup, restore
from register.contacts import new_contact
from register.home import VIETNAM, open_home
from register.people import citizen_lookup
from register.tables import Contact, Person, PersonContact
from settings import Settings

pytestmark = pytest.mark.slow

PEOPLE, NOW = 600, 400  # in all; due at once, the others LATER
LATER = timedelta(seconds=75)  # after the launch: the machine is lost before, and restored after or before
BACKED_UP, LOST = 60, 200  # so many messages have arrived then
HEAD = ("Họ và tên", "Số CCCD", "Số điện thoại", "Thôn", "Tài khoản ngân hàng", "Định danh mức 2", "Tài khoản ASXH")
COMMUNE, NAME = "22945", "đợt 1"
MANY = int(os.environ.get("DRILL_PEOPLE", "100000"))


def citizen(n: int) -> str:
    return f"060150{n + 100_001:06d}"


@pytest.fixture
def databases(request: pytest.FixtureRequest) -> Iterator[Callable[[str], str]]:
    """``databases("postgres")``: the URL of a new, empty database; "sqlite": "" (a file in the home)."""
    made: list[str] = []

    def on_server(statement: str) -> None:
        server = make_url(request.getfixturevalue("postgres")).set(drivername="postgresql+psycopg")
        engine = create_engine(server, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(statement))
        engine.dispose()

    def make(kind: str) -> str:
        if kind == "sqlite":
            return ""
        made.append(f"drill_{uuid.uuid4().hex}")
        on_server(f"CREATE DATABASE {made[-1]}")
        server = make_url(request.getfixturevalue("postgres")).set(drivername="postgresql+psycopg", database=made[-1])
        return server.render_as_string(hide_password=False)

    make.drop = lambda: on_server(f"DROP DATABASE {made.pop(0)} WITH (FORCE)")  # type: ignore[attr-defined]
    yield make
    for name in made:
        on_server(f"DROP DATABASE {name} WITH (FORCE)")


@dataclass
class Machine:
    """A home, its database, and what an operator does there by commands."""

    home: Path
    database: str
    channels: dict[str, Any]
    serving: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        said = {"home": self.home, "database_url": self.database, "port": 0, "staff_telegram_token": ""}
        said |= {"send_from": "00:00", "send_until": "23:59"} | {k: v for k, v in self.channels.items() if k[0] != "s"}
        return {**os.environ, **{f"TUNGNHA_{name.upper()}": str(value) for name, value in said.items()}}

    def settings(self) -> Settings:
        return Settings(home=self.home, database_url=self.database, **self.channels)

    async def tungnha(self, *words: str) -> str:
        """One command; what it printed. Fails when the command does."""
        command = [sys.executable, "-m", "cli", *words]
        ran = asyncio.to_thread(subprocess.run, command, env=self.environment, capture_output=True, text=True)
        done = await ran
        assert done.returncode == 0, (words, done.stdout, done.stderr)
        return done.stdout

    async def told(self, *words: str) -> Any:
        return json.loads(await self.tungnha(*words, "--json"))

    def serve(self) -> None:
        with (self.home.parent / f"{self.home.name}.log").open("ab") as log:
            command = [sys.executable, "-m", "cli", "serve"]
            self.serving.append(subprocess.Popen(command, env=self.environment, stdout=log, stderr=log))

    def end(self, how: signal.Signals) -> None:
        for process in self.serving:
            process.send_signal(how)
            process.wait(60)
        self.serving.clear()


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    world = Sandbox(limits=False)
    await world.start()
    yield world
    await world.stop()


async def until(what: Callable[[], Any], seconds: float = 120) -> None:
    async with asyncio.timeout(seconds):
        while not await asyncio.to_thread(what):  # noqa: ASYNC110 — what is waited for is another process
            await asyncio.sleep(0.05)


def settle(machine: Machine, sandbox: Sandbox, list_file: Path) -> list[str]:
    """Everybody of the list has a chat; an announced, approved campaign is launched. Half of it is due LATER."""
    with list_file.open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(HEAD)
        rows.writerows(
            ("Nguyễn Thị Mai", citizen(n), "", f"Khu phố {n % 5 + 1}", "x", "x", "chưa") for n in range(PEOPLE)
        )
    machine.home.mkdir()
    days = [date.today() + timedelta(days=n) for n in range(3)]  # days off would keep the messages
    told = ", ".join(f"{day:%d/%m/%Y}" for day in days)
    (machine.home / "ngay-nghi.yaml").write_text(f"làm: [{told}]\n", "utf-8")
    command = ["register", "import", str(list_file), "--commune", COMMUNE, "--nq418"]
    subprocess.run([sys.executable, "-m", "cli", *command], env=machine.environment, check=True, capture_output=True)
    people = [sandbox.add_user("telegram", f"T{n}") for n in range(PEOPLE)]
    with closing(open_home(machine.settings())) as home:

        def write(session: Session) -> None:
            now = home.now()
            known = dict(session.execute(select(col(Person.lookup), col(Person.id))).all())  # type: ignore[arg-type]
            contacts, links = [], []
            for n, number in enumerate(reserve_ids(session, Contact, PEOPLE)):
                sandbox.world.user(people[n]).started.add("main")
                contact = new_contact(home, "telegram", "telegram:main", people[n], now)
                contacts.append(contact | {"id": number, "linked_at": now, "last_inbound_at": now})
                person = known[citizen_lookup(home.keys, citizen(n))] or 0
                links.append({"person": person, "contact": number, "relation": "self", "at": now})
            session.execute(insert(Contact), contacts)
            session.execute(insert(PersonContact), links)
            day = now.date()
            said = {"signed_on": day, "posted_on": day, "aired": 9, "hamlets_told": 9}
            session.add(Announcement(commune=COMMUNE, document="12/TB", **said))
            window, steps = (day, day + timedelta(days=20)), [{"message": "first"}]
            made = new_campaign(session, COMMUNE, NAME, "nq418-ready", ("telegram",), *window, "lan", now, steps=steps)
            approve(session, made, "minh", now)
            launch(session, home, made, "lan", now)
            second_half = select(col(Delivery.id)).order_by(col(Delivery.person)).offset(NOW)
            session.execute(
                update(Delivery).where(col(Delivery.id).in_(second_half.subquery().select()))
                .values(due_at=now + LATER).execution_options(synchronize_session=False)
            )  # fmt: skip

        home.db.write(write)
        (home.audio / "1").mkdir()
        (home.audio / "1" / "ban-tin.mp3").write_bytes(os.urandom(200_000))
    return people


@pytest.mark.parametrize(("before", "after"), [("sqlite", "sqlite"), ("postgres", "postgres"), ("sqlite", "postgres")])
async def test_the_machine_is_lost_and_everything_is_got_back(
    tmp_path: Path, sandbox: Sandbox, databases: Callable[[str], str], before: str, after: str
) -> None:
    old = Machine(tmp_path / "old", databases(before), sandbox.settings())
    people = await asyncio.to_thread(settle, old, sandbox, tmp_path / "list.csv")
    begun, disk = datetime.now(UTC), tmp_path / "disk"  # the disk outside the machine
    disk.mkdir()
    shutil.copy(old.home / "keys.json", disk / "keys.json")
    recording = (old.home / "audio" / "1" / "ban-tin.mp3").read_bytes()

    def campaign_messages() -> Counter[str]:
        return Counter(line["to"] for line in sandbox.arrivals() if line["text"].startswith("Kính gửi"))

    try:
        old.serve()
        await until(lambda: len(campaign_messages()) >= BACKED_UP)
        await old.tungnha("backup", str(disk / "b.backup"))  # while it sends
        at_backup, ladder = len(campaign_messages()), await old.told("register", "status")
        asked, gone = people[PEOPLE - 1], citizen(PEOPLE - 2)  # both are due later
        sandbox.type_text(asked, "dừng")
        await until(lambda: any(line["to"] == asked for line in sandbox.arrivals()))  # the stop is confirmed
        await old.tungnha("erase", gone)
        await until(lambda: len(campaign_messages()) >= LOST)
    finally:
        old.end(signal.SIGKILL)
    lost = datetime.now(UTC)
    assert lost < begun + LATER, "too slow a machine: what is due later was reached"
    shutil.rmtree(old.home)
    if before == "postgres":
        databases.drop()  # type: ignore[attr-defined]
    sandbox.type_text(people[0], "chào")  # while nobody is there

    new = Machine(tmp_path / "new", databases(after), sandbox.settings())
    new.home.mkdir()
    shutil.copy(disk / "keys.json", new.home / "keys.json")
    took = time.monotonic()
    said = await new.tungnha(
        "restore", str(disk / "b.backup"), "--lost-at", f"{lost.astimezone(VIETNAM):%d/%m/%Y %H:%M:%S}"
    )
    took = time.monotonic() - took
    at_loss = campaign_messages()  # by now what had left the lost machine has arrived, and nothing else is alive
    assert "Đã xóa lại 1 người" in said
    assert f"Đã tạm dừng đợt {NAME}" in said
    assert (await new.told("register", "audit", "verify"))["ok"]
    after_ladder = await new.told("register", "status")
    rungs = [{rung["key"]: rung["yes"] for rung in found["ladder"]} for found in (ladder, after_ladder)]
    assert rungs[1]["listed"] == rungs[0]["listed"] - 1  # who was erased; all else as it was
    assert {rungs[0][key] - rungs[1][key] for key in rungs[0]} <= {0, 1}
    assert (new.home / "audio" / "1" / "ban-tin.mp3").read_bytes() == recording
    assert (new.home / "ngay-nghi.yaml").exists()
    status = await new.told("campaign", "status", NAME)
    assert (status["planned"], status["state"]) == (PEOPLE, "paused")
    assert status["accepted"] + status["unknown"] + status["held"] + sum(status["skipped"].values()) == PEOPLE
    assert len(at_loss) - status["accepted"] <= status["unknown"] <= NOW
    try:
        new.serve()
        await until(lambda: any(line["to"] == people[0] for line in sandbox.arrivals()[at_loss.total() :]))
        assert campaign_messages() == at_loss  # it answers whoever wrote, and sends nothing by itself
        await new.tungnha("campaign", "resume", NAME, "--by", "lan")
        await until(lambda: len(campaign_messages()) >= len(at_loss) + PEOPLE - NOW - 2)
        await until(lambda: json.loads(_run(new, "campaign", "status", NAME, "--json"))["held"] == 0)
    finally:
        new.end(signal.SIGTERM)
    messages = campaign_messages()
    assert set(messages.values()) == {1}, "somebody was written to twice"
    assert asked not in messages
    assert people[PEOPLE - 2] not in messages
    status = await new.told("campaign", "status", NAME)
    unsent = NOW - len(at_loss)
    print(
        f"\n{before} → {after}: {at_backup} of {PEOPLE} sent at the backup, {len(at_loss)} at the loss; restored in "
        f"{took:.1f} s; {status['accepted']} known as sent, {status['unknown']} unknown ({unsent} of them were never "
        f"sent), {sum(status['skipped'].values())} skipped; {len(messages)} people got one message, nobody two"
    )
    assert status["unknown"] == len(messages) - status["accepted"] + unsent
    settled = await new.tungnha("campaign", "settle", NAME, "--restored", "--arrived", "--by", "lan")
    assert str(status["unknown"]) in settled


def _run(machine: Machine, *words: str) -> str:
    command = [sys.executable, "-m", "cli", *words]
    return subprocess.run(command, env=machine.environment, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize(("before", "after"), [("sqlite", "sqlite"), ("postgres", "postgres"), ("sqlite", "postgres")])
def test_how_long_it_takes_and_how_large_it_is(
    tmp_path: Path, databases: Callable[[str], str], before: str, after: str
) -> None:
    """MANY people over their communes, as an import leaves them: identity, category, phone, four facts each."""
    with closing(open_home(Settings(home=tmp_path / "old", database_url=databases(before)), create=True)) as old:
        settle_provinces(old, MANY, 2_000)
        (old.audio / "a.mp3").write_bytes(os.urandom(20 * 2**20))
        begun = time.monotonic()
        made = backup(old, tmp_path / "b.backup")
        backed_up = time.monotonic() - begun
    (tmp_path / "new").mkdir()
    shutil.copy(tmp_path / "old" / "keys.json", tmp_path / "new")
    with closing(open_home(Settings(home=tmp_path / "new", database_url=databases(after)), create=True)) as new:
        begun = time.monotonic()
        back = restore(new, tmp_path / "b.backup")
        restored = time.monotonic() - begun
        with new.db.read() as session:
            assert session.execute(select(func.count()).select_from(Person)).scalar() == MANY
    assert back.rows == made.rows
    size = (tmp_path / "b.backup").stat().st_size / 2**20
    print(
        f"\n{before} → {after}: {MANY} people, {made.rows} rows and 20 MiB of sound: backup {backed_up:.0f} s, "
        f"{size:.0f} MiB; restore {restored:.0f} s"
    )
