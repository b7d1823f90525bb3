"""People in a register, a sandbox on 127.0.0.1, and the doors between them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
import uvicorn
from fastapi import FastAPI
from sqlmodel import Session

from bot.citizen.telegram import TelegramDoor
from bot.citizen.zalo import ZaloDoor
from channels.gate import ReplyGate
from channels.hooks import Hooks
from channels.inbox import Inbox
from channels.sandbox import Sandbox
from channels.senders import build_senders
from channels.telegram.client import TelegramClient
from channels.telegram.limits import LANE
from channels.transport import Transport
from register.home import Home
from register.people import Identity, citizen_lookup, seal_identity
from register.tables import Person
from register.units import hamlet_named

COMMUNE = "22945"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="rewrite tests/bot/conversations from what is said now"
    )


def add_person(session: Session, home: Home, name: str, citizen_id: str, sex: str = "nữ", year: int = 1945) -> int:
    """A person of khu phố 1."""
    now = home.now()
    person = Person(
        commune=COMMUNE,
        hamlet=hamlet_named(session, COMMUNE, "Khu phố 1"),
        sealed=seal_identity(home.keys, Identity(citizen_id, name, str(year))),
        lookup=citizen_lookup(home.keys, citizen_id),
        birth_year=year,
        sex=sex,
        created_at=now,
        updated_at=now,
    )
    session.add(person)
    session.flush()
    assert person.id is not None
    return person.id


@pytest.fixture
def mai(home: Home) -> int:
    """Bà Mai, born 1945."""
    return home.db.write(lambda s: add_person(s, home, "NGUYỄN THỊ MAI", "060145000123"))


@pytest.fixture
def hai(home: Home) -> int:
    """Ông Hai, born 1940."""
    return home.db.write(lambda s: add_person(s, home, "TRẦN VĂN HAI", "060040000456", "nam", 1940))


@pytest.fixture
async def sandbox(clock) -> AsyncIterator[Sandbox]:
    box = Sandbox(clock, limits=False)
    await box.start()
    yield box
    await box.stop()


@pytest.fixture
def wired(home: Home, sandbox: Sandbox) -> Home:
    home.settings = home.settings.model_validate(home.settings.model_dump() | sandbox.settings())
    return home


@pytest.fixture
def inbox(wired: Home) -> Iterator[Inbox]:
    opened = Inbox(wired)
    yield opened
    opened.close()


class Town:
    """Sandbox, webhooks, inbox and both doors: what a citizen does reaches the bot, and its answer the phone."""

    def __init__(self, home: Home, sandbox: Sandbox, inbox: Inbox, doors: dict) -> None:
        self.home, self.sandbox, self.inbox, self.doors = home, sandbox, inbox, doors

    async def settle(self) -> None:
        """Until every webhook was delivered and every event answered."""
        await self.sandbox.quiet()
        await self.inbox.drain({name: door.feed for name, door in self.doors.items()})
        await self.sandbox.quiet()

    def said(self, uid: str) -> list[dict]:
        """What the bot wrote on this phone."""
        return [line for line in self.sandbox.phone(uid) if line["who"] == "bot"]


@pytest.fixture
async def town(wired: Home, sandbox: Sandbox, inbox: Inbox) -> AsyncIterator[Town]:
    app = Hooks(wired, inbox, FastAPI())
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error"))
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 — uvicorn offers no event
        await asyncio.sleep(0)
    base = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    transport = Transport(answer_timeout_s=5)
    settings = wired.settings
    client = TelegramClient(transport, sandbox.base, settings.telegram_token.get_secret_value())
    await client.set_webhook(f"{base}/hooks/telegram/main", settings.telegram_webhook_secret.get_secret_value())
    await sandbox.connect(base)
    # the sandbox has no limits here, so nothing waits for them either
    telegram = TelegramDoor(wired, gate=ReplyGate(wired, LANE, 1_000))
    zalo = ZaloDoor(wired, build_senders(wired, transport)["zalo:main"])
    yield Town(wired, sandbox, inbox, {"telegram": telegram, "zalo": zalo})
    await telegram.close()
    await transport.close()
    server.should_exit = True
    await task
