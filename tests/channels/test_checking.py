"""What the channel commands ask and tell, and the readings."""

from __future__ import annotations

import asyncio

import pytest

from bot import readings
from channels import lanes
from channels.checking import check
from channels.files import voice_of
from content.message import Message
from register.errors import BadInput


async def test_every_channel_is_asked_once_and_tells_its_state(wired, sandbox, transport):
    now = wired.now()
    wired.db.write(lambda s: lanes.switch(s, "telegram", on=False, by="lan", now=now))
    wired.db.write(lambda s: lanes.alarm(s, "zbs:main", "billing"))
    found = await check(wired, transport)
    assert [state["answers"] for state in found.values()] == [True] * 4
    assert (found["telegram"]["off"], found["zbs"]["trouble"]) == (True, "billing")
    assert (found["zbs"]["left_today"], found["zbs"]["quality"], found["zalo"]["verified"]) == (20_000, "HIGH", True)


async def test_a_channel_that_is_down_or_not_set_up_says_so(wired, sandbox, transport):
    wired.settings = wired.settings.model_copy(update={"zalo_app_id": ""})
    await sandbox.stop()
    found = await check(wired, transport)
    assert [state["set_up"] for state in found.values()] == [False, False, True, True]
    assert found["telegram"]["answers"] is False


def test_only_campaign_channels_are_switched(home):
    with pytest.raises(BadInput, match="Không có kênh"):
        home.db.write(lambda s: lanes.switch(s, "loa", on=False, by="lan", now=home.now()))
    home.db.write(lambda s: lanes.switch(s, "zalo", on=False, by="lan", now=home.now()))
    with home.db.read() as session:
        assert lanes.switched_off(session) == {"zalo"}


def test_texts_that_are_read_name_nobody():
    texts = list(readings.texts())
    assert len(texts) > 20
    assert not [text for text in texts if "{" in text]


def test_a_reading_is_found_by_its_text_and_made_once(home, monkeypatch):
    monkeypatch.setattr(readings, "texts", lambda: iter(["Bước 1.", "Bước 1."]))
    assert readings.make(home, "espeak") == 1
    assert readings.make(home, "espeak") == 0
    assert voice_of(home, Message("Bước 1.", voice=True)).stat().st_size > 1_000
    assert voice_of(home, Message("Bước 2.", voice=True)) is None


def test_the_commands_link_and_switch(wired, sandbox_elsewhere, monkeypatch, capsys):
    from cli import channel
    from register.errors import Problem

    for name, value in sandbox_elsewhere.settings().items():
        monkeypatch.setenv(f"TUNGNHA_{name.upper()}", value)
    from settings import get_settings

    get_settings.cache_clear()
    channel.channel_link(redirect="https://xa.example.vn/zalo")
    assert "/v4/oa/permission?" in capsys.readouterr().out
    code = sandbox_elsewhere.zalo.oauth.consent("another")
    with pytest.raises(Problem):
        channel.channel_link(code=code)
    channel.channel_off("zalo", by="lan")
    channel.channel_check()
    assert "đang tắt" in capsys.readouterr().out
    channel.channel_on("zalo", by="lan")
    get_settings.cache_clear()


@pytest.fixture
def sandbox_elsewhere():
    """A sandbox in a thread of its own: commands run their own loops."""
    import threading

    from channels.sandbox import Sandbox

    loop, box = asyncio.new_event_loop(), Sandbox()
    threading.Thread(target=loop.run_forever, daemon=True).start()
    asyncio.run_coroutine_threadsafe(box.start(), loop).result()
    yield box
    asyncio.run_coroutine_threadsafe(box.stop(), loop).result()
    loop.call_soon_threadsafe(loop.stop)
