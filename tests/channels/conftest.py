"""A sandbox on 127.0.0.1 and a home whose settings point at it."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sqlite3
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlmodel import Session

from campaigns.campaigns import approve, launch, new_campaign
from campaigns.tables import Announcement
from channels.sandbox import Sandbox
from channels.transport import Transport
from register import contacts
from register.facts import record
from register.home import Clock, Home
from register.people import Identity, citizen_lookup, seal_identity
from register.tables import Person
from register.units import hamlet_named

COMMUNE = "22945"


class Ticks:
    """Seconds of a clock that only tests move."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


@pytest.fixture
async def sandbox(clock, ticks) -> AsyncIterator[Sandbox]:
    box = Sandbox(clock, ticks=ticks)
    await box.start()
    yield box
    await box.stop()


@pytest.fixture
async def transport() -> AsyncIterator[Transport]:
    made = Transport(answer_timeout_s=5)
    yield made
    await made.close()


@pytest.fixture
def wired(home: Home, sandbox: Sandbox) -> Home:
    """The home, on each database, set up for the sandbox."""
    home.settings = home.settings.model_validate(home.settings.model_dump() | sandbox.settings())
    return home


class Raw:
    """A client of Zalo that adds nothing of its own."""

    def __init__(self, sandbox: Sandbox, session: aiohttp.ClientSession) -> None:
        self.sandbox, self.session = sandbox, session
        self.headers: dict[str, str] = {}
        self.limit: str | None = None  # X-RateLimit-Remain of the newest answer

    async def form(self, form: dict[str, str]) -> Any:
        url, headers = f"{self.sandbox.base}/v4/oa/access_token", {"secret_key": self.sandbox.zalo.app.app_secret}
        async with self.session.post(url, data=form, headers=headers) as response:
            assert response.status == 200  # errors too
            return await response.json()

    async def refresh(self, token: str = "") -> Any:
        app = self.sandbox.zalo.app
        form = {"grant_type": "refresh_token", "app_id": app.app_id, "refresh_token": token or app.refresh_token}
        body = await self.form(form)
        self.headers = {"access_token": body.get("access_token", "")}
        return body

    async def post(self, path: str, body: Any) -> Any:
        async with self.session.post(self.sandbox.base + path, json=body, headers=self.headers) as response:
            assert response.status == 200  # errors too
            self.limit = response.headers.get("X-RateLimit-Remain")
            return await response.json()

    async def get(self, path: str, **query: Any) -> Any:
        async with self.session.get(self.sandbox.base + path, params=query, headers=self.headers) as response:
            return await response.json()

    async def upload(self, kind: str, name: str, data: bytes) -> Any:
        form = aiohttp.FormData()
        form.add_field("file", data, filename=name)
        url = f"{self.sandbox.base}/v2.0/oa/upload/{kind}"
        async with self.session.post(url, data=form, headers=self.headers) as response:
            return await response.json()

    async def say(self, uid: str, message: dict[str, Any]) -> Any:
        return await self.post("/v3.0/oa/message/cs", {"recipient": {"user_id": uid}, "message": message})

    async def talk(self, uid: str, text: str = "x", **message: Any) -> Any:
        return await self.say(uid, {"text": text} | message)

    async def error(self, uid: str, text: str = "x", **message: Any) -> int:
        return (await self.talk(uid, text, **message))["error"]

    async def media(self, uid: str, **element: Any) -> int:
        payload = {"template_type": "media", "elements": [element]}
        return (await self.say(uid, {"attachment": {"type": "template", "payload": payload}}))["error"]


@pytest.fixture
async def raw(sandbox: Sandbox) -> AsyncIterator[Raw]:
    async with aiohttp.ClientSession() as session:
        client = Raw(sandbox, session)
        await client.refresh()
        yield client


@pytest.fixture
def mai(sandbox: Sandbox) -> str:
    """A follower of the Official Account."""
    uid = sandbox.add_user("zalo", "Bà Mai", phone="0912345678")
    sandbox.follow(uid)
    return uid


RUN = """
import asyncio, sys
from datetime import timedelta
import scheduler
from apscheduler.triggers.interval import IntervalTrigger
from console.serving import serve_forever
from register.home import Clock, open_home
from settings import Settings
scheduler.TABLE = tuple(  # heal sooner than every 15 s: a drill must end
    scheduler.Row(row.job, IntervalTrigger(seconds=1), row.what) if row.job.__name__ == "heal" else row
    for row in scheduler.TABLE
)
{patch}
home = open_home(Settings(), now=Clock(timedelta(seconds={offset})), migrate=False)
asyncio.run(serve_forever(home) if "{command}" == "serve" else scheduler.work_forever(home))
"""


class Processes:
    """Real `tungnha serve` and `worker` processes on one home and one sandbox; they write their logs beside it."""

    def __init__(self, home: Home, sandbox: Sandbox, clock: Clock, logs: Path) -> None:
        self.home, self.sandbox, self.clock, self.logs = home, sandbox, clock, logs
        self.running: list[asyncio.subprocess.Process] = []
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    async def start(self, command: str = "serve", patch: str = "", **settings: Any) -> asyncio.subprocess.Process:
        """Start one; ``patch``: Python that runs in it first. Ready when it answers (serve) or lives (worker)."""
        names = {name: value for name, value in os.environ.items() if not name.startswith("TUNGNHA_")}
        given = {**self.sandbox.settings(), "home": self.home.path, "port": self.port, "log_level": "INFO"}
        given |= {"database_url": self.home.settings.database_url, **settings}
        names |= {f"TUNGNHA_{name.upper()}": str(value) for name, value in given.items()}
        code = RUN.format(patch=patch, offset=self.clock.offset.total_seconds(), command=command)
        with (self.logs / "log.txt").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-c", code, env=names, stdout=log, stderr=log
            )
        self.running.append(process)
        if command == "serve":
            async with aiohttp.ClientSession() as session, asyncio.timeout(90):
                while not await self._answers(session):
                    assert process.returncode is None, (self.logs / "log.txt").read_text()[-2000:]
                    await asyncio.sleep(0.05)
        return process

    async def _answers(self, session: aiohttp.ClientSession) -> bool:
        try:
            async with session.get(f"{self.url}/healthz") as response:
                return response.status == 200
        except aiohttp.ClientError:
            return False

    async def end(self, process: asyncio.subprocess.Process, how: signal.Signals = signal.SIGKILL) -> None:
        if process.returncode is None:
            process.send_signal(how)
        await process.wait()
        self.running.remove(process)

    async def until(self, true: Callable[[], bool], seconds: float = 120) -> None:
        """Wait for a condition while every process lives."""
        async with asyncio.timeout(seconds):
            while not true():
                assert all(process.returncode is None for process in self.running)
                await asyncio.sleep(0.02)

    def waiting(self) -> int:
        """Events in the inbox that nobody has handled yet."""
        with sqlite3.connect(self.home.inbox_file, timeout=30) as db:
            return db.execute("SELECT count(*) FROM event").fetchone()[0]


@pytest.fixture
async def processes(home: Home, tmp_path: Path) -> AsyncIterator[Processes]:
    """A sandbox with real limits and a ticking clock, and the launcher of real processes."""
    clock = Clock()
    clock.set(home.now())
    box = Sandbox(now=clock)
    await box.start()
    home.settings = home.settings.model_validate(home.settings.model_dump() | box.settings())
    home.now = clock
    logs = tmp_path / "logs"
    logs.mkdir()
    made = Processes(home, box, clock, logs)
    yield made
    for process in list(made.running):
        await made.end(process)
    await box.stop()


@pytest.fixture
def broadcast(home: Home) -> Callable[..., int]:
    """``broadcast(session, [{"zalo": uid}, …], channels=("zalo",))`` → a running campaign's number."""

    def make(session: Session, ways: list[dict[str, str]], channels: tuple[str, ...]) -> int:
        now, day = home.now(), home.now().date()
        session.add(
            Announcement(commune=COMMUNE, document="12/TB", signed_on=day, posted_on=day, aired=9, hamlets_told=9)
        )
        for number, way in enumerate(ways):
            person = add_person(session, home, number)
            for channel, address in way.items():
                lane = "phone" if channel == "phone" else f"{channel}:main"
                found = contacts.contact_for(session, home, channel, lane, address, now)
                contacts.link(session, person, found.id or 0, "unknown" if channel == "phone" else "self", now)
        campaign = new_campaign(session, COMMUNE, "Đợt", "nq418-ready", channels, day, day, "lan", now)
        approve(session, campaign, "minh", now)
        launch(session, home, campaign, "lan", home.now())  # the clock goes on: the people stand in it before
        return campaign.id or 0

    return make


@pytest.fixture(name="add_person")
def add_person_fixture() -> Callable[[Session, Home, int], int]:
    """``add_person(session, home, number)`` → person."""
    return add_person


def add_person(session: Session, home: Home, number: int) -> int:
    """Somebody of khu phố 1 who is ready for the account and has none."""
    now, citizen = home.now(), f"0601450{number:05d}"
    person = Person(
        commune=COMMUNE, hamlet=hamlet_named(session, COMMUNE, "Khu phố 1"), birth_year=1945, sex="nữ",
        sealed=seal_identity(home.keys, Identity(citizen, "NGUYỄN THỊ MAI", "1945")),
        lookup=citizen_lookup(home.keys, citizen), created_at=now, updated_at=now,
    )  # fmt: skip
    session.add(person)
    session.flush()
    said = {"nq418": "yes", "bank_account": "yes", "eid_level": "2_active", "asxh_account": "no"}
    for kind, value in said.items():
        record(session, person.id or 0, kind, value, "register", as_of=now.date(), now=now)
    return person.id or 0
