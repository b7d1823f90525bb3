"""Nothing of a person and no secret is in logs, errors, reprs or, unsealed, in any file of a home."""

from __future__ import annotations

import asyncio
import io
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import structlog

import cli.logs
from bot import service
from bot.state import Input
from campaigns.engine.ledger import Claimed
from campaigns.engine.texts import Letter
from channels.zalo.oauth import Pair
from content.message import Message
from register import contacts
from register.entering import SignedIn
from register.home import Home
from register.keys import Keyring
from register.lists import ListedPerson, read_list
from register.people import Identity
from register.staff import Viewer
from settings import Settings

SECRETS = ("079123456789", "Nguyễn Thị Mai", "0912345678", "khóa-bí-mật", "25125236254125")


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """Logs as the commands write them, at their loudest."""
    before, stderr = structlog.get_config(), io.StringIO()
    monkeypatch.setattr(sys, "stderr", stderr)
    cli.logs.logs("DEBUG")
    yield stderr
    structlog.configure(**before)


@pytest.mark.parametrize(
    "value",
    [
        Identity(SECRETS[0], SECRETS[1], "1950", SECRETS[2], "số 12"),
        ListedPerson(SECRETS[0], SECRETS[1], phone=SECRETS[2]),
        Letter(Claimed(1, 1, 1, 1, "zbs", "zbs:main", 1, []), SECRETS[4], Message("Kính gửi bà"), {"ten": SECRETS[1]}),
        Pair("khóa-bí-mật", "khóa-bí-mật", "khóa-bí-mật"),
        SignedIn("khóa-bí-mật", Viewer("lan", "officer", None, "", "khóa-bí-mật"), datetime.now(UTC)),
        Keyring(1, {1: b"khoa"}, b"khoa"),
        Settings(database_url="postgresql://u:khóa-bí-mật@h/d", telegram_token="khóa-bí-mật"),  # type: ignore[arg-type]
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_repr_tells_nothing(value: object) -> None:
    assert not [secret for secret in (*SECRETS, "khoa'") if secret in f"{value!r}{value}"]


def test_an_error_is_logged_without_the_values_of_its_frames(logged: io.StringIO) -> None:
    def send(address: str) -> None:
        raise RuntimeError("đứt đường")

    try:
        send(SECRETS[4])
    except RuntimeError:
        structlog.get_logger("thử").exception("sender_fault")
    said = logged.getvalue()
    assert "sender_fault" in said
    assert SECRETS[4] not in said


async def test_an_event_that_was_handled_is_remembered_without_its_sender(home: Home) -> None:
    now, key = home.now(), f"user_send_text:m1:{SECRETS[4]}"
    contact = await home.db.awrite(lambda s: contacts.contact_for(s, home, "zalo", "zalo:main", SECRETS[4], now).id)
    assert contact
    greeting = Input("text", text="xin chào")
    assert home.db.write(lambda s: service.take_turn(s, home, contact, greeting, now, key))
    assert home.db.write(lambda s: service.take_turn(s, home, contact, greeting, now, key)) == []
    with home.db.read() as session:
        kept = session.get_one(service.Conversation, contact)
    assert SECRETS[4] not in repr(kept)


@pytest.mark.slow
def test_the_demo_leaves_nothing_in_the_clear(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, logged: Any) -> None:
    """Names, ids, phones, chats, codes, passwords and what people typed: none is in a file, nor in the logs.

    Not looked into: the invented lists themselves, and the visit sheets, which name people because they must.
    """
    from demo import Sandbox, run_demo, story

    path = tmp_path / "h"
    monkeypatch.setenv("TUNGNHA_HOME", str(path))
    words: set[str] = set()
    make, add, add_user = story.make_link_code, story.add_staff, Sandbox.add_user

    def codes(*arguments: Any) -> str:
        code = make(*arguments)
        words.update((code, code.replace("-", "")))
        return code

    def passwords(session: Any, login: str, name: str, role: str, unit: str, password: str, *more: Any) -> Any:
        words.add(password)
        return add(session, login, name, role, unit, password, *more)

    def users(sandbox: Any, channel: str, name: str, phone: str | None = None, **more: Any) -> str:
        uid = add_user(sandbox, channel, name, phone, **more)
        words.update((uid, *([phone] if phone else [])))
        return uid

    monkeypatch.setattr(story, "make_link_code", codes)
    monkeypatch.setattr(story, "add_staff", passwords)
    monkeypatch.setattr(Sandbox, "add_user", users)
    outcome = asyncio.run(run_demo(once=True, quiet=True))
    for file in path.glob("danh-sach-*.xlsx"):
        for person in read_list(file, 2026).people:
            words.update(word for word in (person.full_name, person.citizen_id, person.phone) if word)
    assert outcome["people"] == 447
    assert len(words) > 2 * outcome["people"]
    looked = {file: file.read_bytes() for file in path.rglob("*") if file.suffix in (".db", ".db-wal", ".json", ".mp3")}
    assert len(looked) >= 3
    looked[Path("logs")] = logged.getvalue().encode()
    found = {file.name for file, body in looked.items() if any(word.encode() in body for word in words)}
    assert not found
    assert not {file.name for file in path.rglob("*") if any(word in file.name for word in words)}
