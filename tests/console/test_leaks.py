"""Who somebody is comes out by a few doors only, each leaves one line in the log; and whatever the console, the
webhooks and the chats handle lies open nowhere afterwards: no file, temporary file, log, page or metric."""

from __future__ import annotations

import logging
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import structlog
from fastapi.routing import APIRoute
from sqlalchemy import text
from sqlmodel import Session, col, select

from bot import tickets
from bot.service import contact_of, take_turn
from bot.state import Input
from channels.inbox import Inbox
from register.home import Home
from register.people import identity_of
from register.scratch import IN_MEMORY
from register.tables import AuditEvent, Person

NAME, ID, PHONE, PLACE = "Quắm Thị Woẳn", "060171557731", "0967713371", "ngõ Wừng Zắc 771"
CHAT, NICK, WORDS = "7713377133771", "Fúng Wền Zị", "chân tôi Jịt Fòe lắm"
SECRETS = (NAME, ID, PHONE, PLACE, CHAT, NICK, WORDS)
LIST = f"Họ và tên,Số CCCD,Điện thoại,Địa chỉ,Khu phố\n{NAME},{ID},{PHONE},{PLACE},Khu phố 1\n{NAME} x,12,{PHONE},,\n"
LOUD = ("", "sqlalchemy.engine", "sqlalchemy.pool", "aiogram", "telegram", "httpx", "httpcore", "uvicorn", "asyncio",
        "uvicorn.access", "apscheduler", "psycopg", "multipart", "aiohttp")  # fmt: skip


FORMS = {secret: {form.encode(code) for form in (secret, secret.upper()) for code in ("utf-8", "utf-16-le")}
         for secret in SECRETS}  # fmt: skip
SERVERS = "tungnha-pg-"  # of the tests themselves (tests/conftest.py); what ours holds of this home: _server_files


def leaks(found: bytes) -> list[str]:
    return [secret for secret, bodies in FORMS.items() if any(body in found for body in bodies)]


def told_by(page: Any) -> str:
    """What an answer says, also inside a workbook or a document."""
    if not zipfile.is_zipfile(BytesIO(page.content)):
        return str(page.text)
    with zipfile.ZipFile(BytesIO(page.content)) as packed:
        return "\n".join(packed.read(name).decode(errors="replace") for name in packed.namelist())


@pytest.fixture
def loud(tmp_path: Path) -> Iterator[Path]:
    """A file with everything that any library in this process logs."""
    file = tmp_path / "log.txt"
    before, handler = structlog.get_config(), logging.FileHandler(file, encoding="utf-8")
    levels = {name: logging.getLogger(name).level for name in LOUD}
    for name in LOUD:
        logging.getLogger(name).setLevel(logging.DEBUG)
    logging.getLogger().addHandler(handler)
    structlog.configure(logger_factory=structlog.stdlib.LoggerFactory(), cache_logger_on_first_use=False)
    yield file
    structlog.configure(**before)
    logging.getLogger().removeHandler(handler)
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def lines_of(file: Path) -> list[bytes]:
    return file.read_bytes().splitlines()


def events(home: Home) -> list[tuple[str, str, str]]:
    with home.db.read() as session:
        rows = session.exec(select(AuditEvent).order_by(col(AuditEvent.id))).all()
        return [(row.actor, row.action, row.subject) for row in rows]


def test_each_door_that_shows_who_somebody_is_leaves_one_line(village: Any, browse: Callable[[str], Any]) -> None:
    home, browser, number = village.home, browse("officer"), village.people[0]
    with home.db.read() as session:
        identity = identity_of(home, session.get_one(Person, number))
    assert identity
    words = home.keys.seal([{"at": home.now().isoformat(), "text": "xin gọi lại", "by": ""}], tickets.SEALED_AS)

    def say(session: Session) -> None:
        ticket = session.get_one(tickets.Ticket, village.ticket)
        ticket.sealed = words
        session.add(ticket)

    home.db.write(say)
    doors = (
        (f"/nguoi/{number}/xem", {"ly_do": "call"}, ("officer", "identity_shown", str(number)), identity.full_name),
        (f"/viec/{village.ticket}/doc", {}, ("officer", "ticket_read", str(village.ticket)), "xin gọi lại"),
        ("/phieu-den-nha/in", {}, ("officer", "list_exported", "22945"), ""),
    )
    for path, form, line, shown in doors:
        before = events(home)
        answer = browser.submit(path, form)
        assert answer.status_code == 200, path
        assert not shown or shown in answer.text
        assert events(home)[len(before) :] == [line]
    refused = browser.submit(f"/nguoi/{number}/xem", {"ly_do": "bà Mai ở ngõ 12"})
    assert refused.status_code == 422
    assert identity.full_name not in refused.text


def test_no_other_page_shows_who_somebody_is(village: Any, browse: Callable[[str], Any]) -> None:
    home, browser, number = village.home, browse("officer"), village.people[0]
    with home.db.read() as session:
        people = [identity_of(home, person) for person in session.exec(select(Person))]
    secrets = {s for one in people if one for s in (one.citizen_id, one.phone, one.full_name, one.address)}
    before, seen = events(home), 0
    for route in (r for r in _routes(browser.app) if "GET" in r.methods):
        path = route.path
        for name in route.param_convertors:
            path = path.replace(f"{{{name}}}", str(number if path.startswith("/nguoi") else 1))
        page = browser.get(path)
        seen += page.status_code == 200
        assert not [s for s in secrets if s in page.text], path
    for asked in (people[0].citizen_id, people[0].phone, people[0].full_name.split()[-1]):  # type: ignore[union-attr]
        found = browser.submit("/nguoi", {"tim": asked})
        assert not [s for s in secrets - {asked} if s in found.text + str(found.headers)], "search"
        assert asked not in str(found.headers)
    assert seen >= 15
    shown = {"identity_shown", "list_exported", "ticket_read", "list_shown"}
    # the trial's list to take along: its names are masked, and it is noted all the same
    masked = ("officer", "list_exported", "22945")
    assert [event for event in events(home)[len(before) :] if event[1] in shown] == [masked]


def _routes(app: Any) -> list[APIRoute]:
    found: list[APIRoute] = []
    for route in app.routes:
        if isinstance(route, APIRoute):
            found += [] if route.path.startswith("/tinh/") else [route]
        else:
            found += _routes(route.original_router) if hasattr(route, "original_router") else []
    return found


async def test_nothing_that_was_handled_lies_open_afterwards(
    village: Any, browse: Callable[[str], Any], loud: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, began = village.home, time.time()
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    browser = browse("officer")

    # A list by the browser: read, looked at, its marked copy, taken in; a person found; sheets; broken pages.
    steps = browser.send_list(LIST)
    shown = [browser.get(f"{steps}/{page}").text for page in ("cot", "kiem-tra")]
    assert browser.submit(f"{steps}/ban-danh-dau").status_code == 200
    browser.take_in_list(steps)
    for asked in (ID, PHONE, "0967999999"):
        shown.append(str(browser.submit("/nguoi", {"tim": asked}).headers))
    with home.db.read() as session:
        number = max(n or 0 for n in session.exec(select(Person.id)))
    browser.submit(f"/nguoi/{number}/den-nha")
    assert browser.submit("/phieu-den-nha/in").status_code == 200
    for path in (f"/nguoi/{ID}", f"/khong-co/{ID}", f"/danh-sach?x={PHONE}"):
        shown.append(browser.get(path).text)
    shown.append(browser.get("/metrics").text)

    # What citizens send: handled, or failing again and again.
    inbox = Inbox(home)
    sender = {"id": CHAT, "display_name": NICK}
    await inbox.receive("zalo", "main", {
        "event_name": "user_send_text", "sender": sender, "message": {"msg_id": "m1", "text": WORDS}
    })  # fmt: skip
    chat = {"id": int(CHAT), "type": "private", "first_name": NICK}
    await inbox.receive("telegram", "main", {
        "update_id": 7, "message": {"message_id": 1, "date": 1, "chat": chat, "from": chat, "text": WORDS}
    })  # fmt: skip

    async def fails(event: dict[str, Any], _secrets: tuple[str, ...]) -> None:
        raise RuntimeError(f"cannot handle {event}")

    await inbox.drain({"zalo": fails, "telegram": fails})
    contact = home.db.write(lambda s: contact_of(s, home, "zalo", "zalo:main", CHAT, home.now()))
    for turn in (Input("start"), Input("text", text="cần người giúp"), Input("text", text=WORDS)):
        key = f"zalo-{CHAT}-{turn.text[:3]}"
        home.db.write(partial(take_turn, home=home, contact_id=contact, inp=turn, now=home.now(), event=key))
    home.db.write(lambda s: tickets.open_ticket(s, home, contact, "human", WORDS, home.now()))

    told = [line for line in lines_of(loud) if b"http://testserver" not in line]  # the test's own browser
    looked = {f"page {n}": page.encode() for n, page in enumerate(shown)} | {"log": b"\n".join(told)}
    scratch = [place for place in IN_MEMORY.glob("tungnha-*") if not place.name.startswith(SERVERS)]
    places = [home.path, temporary, *scratch]
    files = [file for place in places for file in place.rglob("*") if file.is_file()] + _server_files(home, began)
    for file in files:
        with suppress(FileNotFoundError):  # of another home in memory, whose work is done
            looked |= {str(file): file.read_bytes()} if file.name != "keys.json" else {}
    inbox.close()
    assert b"inbox.handler_failed" in looked["log"]
    assert len(looked["log"]) > 100_000  # it was loud
    assert {name: found for name, body in looked.items() if (found := leaks(body))} == {}


def _server_files(home: Home, since: float) -> list[Path]:
    """PostgreSQL's own: tables, write-ahead log, and the log of statements that failed."""
    if home.db.is_sqlite:
        return []
    with home.db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("CHECKPOINT"))
        folder = Path(connection.execute(text("SHOW data_directory")).scalar_one())
        number = connection.execute(text("SELECT oid FROM pg_database WHERE datname = current_database()")).scalar_one()
    found = [*(folder / "base" / str(number)).glob("*"), *(folder / "pg_wal").glob("*"), folder / "log"]
    return [file for file in found if file.is_file() and file.stat().st_mtime >= since - 60]
