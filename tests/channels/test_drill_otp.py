"""A typed OTP can be found nowhere on disk afterwards: not by webhook, not by polling, not after a kill.

A real `tungnha serve` takes the message, stores it, and is killed before it could handle it; then another
one handles it. After each of the two, every file is searched: home, database, its write-ahead log (PostgreSQL's
too), inbox, logs.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

pytestmark = pytest.mark.slow

OTP, PASSWORD = "482913", "hoalan77"
TYPED = f"ma otp cua toi la {OTP} con mat khau la {PASSWORD}"
NEVER_HANDLED = (
    "from channels.inbox import Inbox\nasync def stay(self, handlers): await asyncio.Event().wait()\nInbox.serve = stay"
)


def files_that_tell(processes, words) -> list[str]:
    """Every file of the home, the logs and the database server in which one of the words stands."""
    folders = [processes.home.path, processes.logs]
    if not processes.home.db.is_sqlite:
        with processes.home.db.read() as session:
            session.execute(text("CHECKPOINT"))
            folders.append(Path(session.execute(text("SHOW data_directory")).scalar_one()))
    found, looked = [], 0
    for folder in folders:
        for file in folder.rglob("*"):
            if file.is_file():
                body, looked = file.read_bytes(), looked + 1
                found += [file.name for word in words if word.encode() in body or word.encode("utf-16-le") in body]
    assert looked > 2
    return found


@pytest.mark.parametrize("way", ["webhook", "polling"])
async def test_a_typed_otp_is_nowhere_on_disk_even_after_a_kill(processes, way):
    sandbox, address = processes.sandbox, {"public_url": processes.url} if way == "webhook" else {}
    telegram, zalo, bot = (sandbox.add_user(channel, "A") for channel in ("telegram", "zalo", "zalo_bot"))
    process = await processes.start(patch=NEVER_HANDLED, **address)
    await processes.until(lambda: sandbox.zalo.app.hook is not None)
    if way == "webhook":
        await processes.until(lambda: sandbox.telegram.bots["main"].hook and sandbox.zalo_bot.hook)
    sandbox.telegram_start(telegram)
    sandbox.follow(zalo)
    for uid in (telegram, zalo, bot):
        sandbox.type_text(uid, TYPED)
    sandbox.send_media(telegram, "photo", TYPED)
    await processes.until(lambda: processes.waiting() == 6)
    assert files_that_tell(processes, [OTP, PASSWORD]) == []  # while it waits
    await processes.end(process)
    assert files_that_tell(processes, [OTP, PASSWORD]) == []  # after the kill

    await processes.start(**address)
    await processes.until(lambda: processes.waiting() == 0)
    for uid, taken_back in ((telegram, "Xóa"), (zalo, "Thu hồi"), (bot, "Thu hồi")):
        said = [line["text"] for line in sandbox.phone(uid) if line["who"] == "bot"]
        assert any(f"bấm giữ tin vừa gửi, chọn {taken_back}" in words for words in said), said
    assert files_that_tell(processes, [OTP, PASSWORD]) == []  # handled


def test_the_search_itself_finds_what_is_there(processes):
    (processes.home.path / "x.txt").write_text(TYPED)
    assert files_that_tell(processes, [OTP, PASSWORD]) == ["x.txt", "x.txt"]
