"""The running application: one process on one home, webhooks in, answers out, jobs by themselves."""

import asyncio
from collections.abc import AsyncIterator, Callable

import aiohttp
import pytest
from structlog.testing import capture_logs

from channels.sandbox import Sandbox
from console.serving import Serving
from content.screens import file_of, screens
from register.errors import BadInput
from register.home import Home
from settings import Settings


@pytest.fixture
async def sandbox(home: Home) -> AsyncIterator[Sandbox]:
    world = Sandbox(now=home.now)
    await world.start()
    home.settings = Settings(home=home.path, database_url=home.settings.database_url, **world.settings())
    yield world
    await world.stop()


async def until(true: Callable[[], bool]) -> None:
    """Wait for a condition; ten seconds are far more than it takes."""
    async with asyncio.timeout(10):
        while not true():  # noqa: ASYNC110 — what is waited for is another program's screen
            await asyncio.sleep(0.01)


async def test_webhooks_come_in_and_answers_go_out(home: Home, sandbox: Sandbox) -> None:
    async with Serving(home, port=0) as serving:
        home.settings.public_url = serving.address
        await serving.run_by_itself()
        await until(lambda: sandbox.zalo.app.hook is not None)  # `serve` tells the sandbox where it listens
        zalo, telegram = sandbox.add_user("zalo", "Mai"), sandbox.add_user("telegram", "Ba")
        sandbox.follow(zalo)
        sandbox.telegram_start(telegram)
        for uid in (zalo, telegram):
            await until(lambda uid=uid: any(line["who"] == "bot" for line in sandbox.phone(uid)))  # type: ignore[misc]


async def test_without_a_public_address_telegram_is_asked_for_updates(home: Home, sandbox: Sandbox) -> None:
    async with Serving(home, port=0) as serving:
        await serving.run_by_itself()
        uid = sandbox.add_user("telegram", "Ba")
        sandbox.telegram_start(uid)
        await until(lambda: any(line["who"] == "bot" for line in sandbox.phone(uid)))


async def test_the_guides_screens_are_drawn_while_it_already_answers(home: Home) -> None:
    async with Serving(home, port=0) as serving:
        await serving.run_by_itself()
    assert {picture.name for picture in (home.path / "pictures").glob("*.png")} == {*map(file_of, screens())}


async def test_it_runs_on_where_no_screen_can_be_drawn(home: Home, sandbox: Sandbox) -> None:
    (home.path / "pictures").write_text("no folder")
    with capture_logs() as logged:
        async with Serving(home, port=0) as serving:
            await serving.run_by_itself()
            uid = sandbox.add_user("telegram", "Ba")
            sandbox.telegram_start(uid)
            await until(lambda: any(line["who"] == "bot" for line in sandbox.phone(uid)))
    assert [line["event"] for line in logged if line["event"].startswith("screens")] == ["screens.not_drawn"]


async def test_it_tells_that_it_is_well(home: Home) -> None:
    async with Serving(home, port=0) as serving, aiohttp.ClientSession() as client:
        async with client.get(f"{serving.address}/healthz") as answer:
            assert answer.status == 200
        async with client.get(f"{serving.address}/metrics") as answer:
            assert "tungnha_" in await answer.text()


async def test_a_second_one_on_the_same_home_is_refused(home: Home) -> None:
    async with Serving(home, port=0):
        with pytest.raises(BadInput, match="tungnha serve"):
            async with Serving(home, port=0):
                raise AssertionError("never here")


async def test_a_taken_port_leaves_the_home_free(home: Home) -> None:
    async with Serving(home, port=0) as serving:
        port = int(serving.address.rsplit(":", 1)[1])
        other = Home(home.path / "audio", home.settings, home.db, home.keys, home.now)
        for _ in range(2):
            with pytest.raises(BadInput, match=str(port)):
                async with Serving(other, port=port):
                    raise AssertionError("never here")


async def test_what_a_killed_import_left_open_is_removed_at_the_next_start(home: Home) -> None:
    left = home.path / "uploads" / "tmpabc"
    left.mkdir(parents=True)
    (left / "danh-sach.xlsx").write_bytes(b"PK")
    async with Serving(home, port=0):
        assert not left.exists()
