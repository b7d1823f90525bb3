"""Faults on purpose, each on a real database, file or line."""

from __future__ import annotations

import asyncio
import importlib.util
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text
from sqlmodel import select

from campaigns.tables import Delivery
from channels.sandbox import Sandbox
from channels.senders import Sender, build_senders
from channels.transport import Transport
from register.home import Clock, Home

_SPEC = importlib.util.spec_from_file_location("in_channels", Path(__file__).parent.parent / "channels" / "conftest.py")
assert _SPEC is not None
assert _SPEC.loader is not None
_THEIRS = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(_THEIRS)
broadcast, processes, add_person = _THEIRS.broadcast, _THEIRS.processes, _THEIRS.add_person_fixture
Processes = _THEIRS.Processes


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever waits for a database does so for moments here."""
    monkeypatch.setattr("database.LOCK_WAIT_MS", 100)
    monkeypatch.setattr("carrier.CONNECTION_S", 0.5)
    monkeypatch.setattr("campaigns.engine.dispatch.AWAY_S", 0.05)


@pytest.fixture
async def sandbox(clock: Clock) -> AsyncIterator[Sandbox]:
    box = Sandbox(clock)
    await box.start()
    yield box
    await box.stop()


@pytest.fixture
async def senders(home: Home, sandbox: Sandbox) -> AsyncIterator[dict[str, Sender]]:
    """Every lane, on the sandbox."""
    home.settings = home.settings.model_validate(home.settings.model_dump() | sandbox.settings())
    transport = Transport(answer_timeout_s=5)
    yield build_senders(home, transport)
    await transport.close()


@pytest.fixture
def launch(
    home: Home, sandbox: Sandbox, senders: dict[str, Sender], broadcast: Callable[..., int]
) -> Callable[[int], int]:
    """``launch(people)`` → a running campaign to so many followers of the Official Account."""

    def make(people: int) -> int:
        ways = []
        for number in range(people):
            uid = sandbox.add_user("zalo", f"Z{number}")
            sandbox.follow(uid)
            ways.append({"zalo": uid})
        return home.db.write(lambda session: broadcast(session, ways, ("zalo",)))

    return make


@pytest.fixture
def outage(home: Home) -> Callable[[], AbstractContextManager[None]]:
    """``with outage():`` the database does not answer.

    PostgreSQL: every connection is cut off and none is let in. SQLite: another process keeps the write lock.
    """
    return lambda: _locked(home) if home.db.is_sqlite else _shut(home)


@contextmanager
def _locked(home: Home) -> Iterator[None]:
    other = sqlite3.connect(home.path / "tungnha.db", isolation_level=None, check_same_thread=False)
    other.execute("PRAGMA busy_timeout=5000")
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


@contextmanager
def _shut(home: Home) -> Iterator[None]:
    name = home.db.engine.url.database
    server = create_engine(home.db.engine.url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS false'))
        connection.execute(text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"))
        try:
            yield
        finally:
            connection.execute(text(f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS true'))
    server.dispose()


async def until(true: Callable[[], Any], seconds: float = 30) -> None:
    """Wait for what another task or process does."""
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110 — what is waited for is another program's
            await asyncio.sleep(0.01)


@pytest.fixture(name="until")
def until_fixture() -> Callable[..., Any]:
    return until


@pytest.fixture
def ends(home: Home) -> Callable[[int], Counter[str]]:
    """``ends(campaign)`` → how many rows stand in which state."""

    def count(campaign: int) -> Counter[str]:
        with home.db.read() as session:
            return Counter(session.exec(select(Delivery.state).where(Delivery.campaign == campaign)).all())

    return count
