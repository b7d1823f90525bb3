"""The disk is full: what comes in is refused so that it comes again, nothing half is written, room lets all go on."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from structlog.testing import capture_logs

from bot.staff.alarms import little_room
from campaigns.engine.dispatch import drain_all
from channels.inbox import Inbox
from channels.sandbox import Sandbox
from channels.senders import Sender
from database import away
from register.home import Home, open_home
from settings import Settings

EVENT = {"update_id": 1, "message": {"message_id": 1, "from": {"id": 7}, "chat": {"id": 7}, "text": "dừng"}}


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A disk of 12 MB of its own."""
    folder = tmp_path / "small"
    folder.mkdir()
    try:
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m", "none", folder], capture_output=True)
    except OSError:
        pytest.skip("no mount here")
    if done.returncode:
        pytest.skip("mounting is not permitted here")
    yield folder
    subprocess.run(["umount", "-l", folder], check=False)


def fill(folder: Path) -> Path:
    """Take all the room that is left."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (65_536, 512):
            try:
                while file.write(b"x" * size) == size:
                    pass
            except OSError:
                pass
    return filler


async def test_a_full_disk_refuses_what_comes_and_goes_on_when_there_is_room(
    ready_home: Path, small: Path, clock: Any
) -> None:
    shutil.copytree(ready_home, small / "home")
    home = open_home(Settings(home=small / "home"), now=clock, migrate=False)
    inbox = Inbox(home)
    filler = fill(small)
    assert [cause.key for cause in little_room(home)] == ["disk:server"]
    with pytest.raises(OSError, match="inbox"):  # noqa: PT012 — the webhook answers 503, the provider brings it again
        for number in range(2_000):
            await inbox.receive("telegram", "main", EVENT | {"update_id": number, "words": "x" * 4_000})
    with pytest.raises(DBAPIError) as caught:  # noqa: PT012
        for number in range(2_000):
            home.db.write(lambda s, at=number: s.execute(text(INSERT), {"cause": f"{at}", "text": "x" * 4_000}))  # type: ignore[misc]
    assert away(caught.value)
    filler.unlink()
    assert await inbox.receive("telegram", "main", EVENT | {"update_id": 5_000})
    home.db.write(lambda s: s.execute(text(INSERT), {"cause": "after", "text": ""}))
    with home.db.read() as session:
        assert session.execute(text("PRAGMA integrity_check")).scalar() == "ok"
    inbox.close()
    home.close()


INSERT = "INSERT INTO staff_alarm (cause, text, told, at) VALUES (:cause, :text, '[]', '2026-11-23 01:00:00.000000')"


@pytest.mark.parametrize("home", ["sqlite"], indirect=True)
async def test_what_was_answered_while_there_was_no_room_is_written_down_afterwards(
    home: Home, sandbox: Sandbox, senders: dict[str, Sender], launch: Callable[[int], int], ends: Any, until: Any
) -> None:
    """SQLite's own bound on its size, so that it is seen on every machine."""
    campaign = launch(20)
    await senders["zalo:main"].client.tokens.access()  # type: ignore[attr-defined]
    real = home.db._run
    full = [True]

    def run(fn: Any) -> Any:
        def bounded(session: Any) -> Any:
            pages = session.execute(text("PRAGMA page_count")).scalar() if full else 2**30
            session.execute(text(f"PRAGMA max_page_count={pages}"))
            result = fn(session)
            if full and sandbox.arrivals():
                session.execute(text(INSERT), {"cause": "big", "text": "x" * 100_000})
            return result

        return real(bounded)

    home.db._run = run  # type: ignore[method-assign]
    with capture_logs() as logged:
        draining = asyncio.create_task(drain_all(home, senders, "a", {}))
        await until(lambda: sum(line["event"] == "turn_not_written" for line in logged) > 2)
        arrived = len(sandbox.arrivals())
        assert arrived
        assert "accepted" not in ends(campaign)
        full.clear()
        await draining
    assert ends(campaign)["accepted"] == arrived
    await drain_all(home, senders, "a", {})
    assert ends(campaign) == {"accepted": 20}
    assert len({line["to"] for line in sandbox.arrivals()}) == len(sandbox.arrivals()) == 20
