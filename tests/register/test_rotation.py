"""Keys change while everything goes on: in this process, in another one, and after a kill."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import IO, Any

import pytest
from cryptography.exceptions import InvalidTag
from sqlmodel import Session, col, select

from bot.tables import Ticket
from channels.inbox import Inbox
from channels.tables import OAuthToken
from register import rotation
from register.audit import note, verify
from register.contacts import address_of, contact_for
from register.erase import erase
from register.errors import BadInput
from register.home import Home
from register.keys import load_keyring, save_keyring
from register.people import find_person, identity_of
from register.rotation import rotate_keys, seal_the_rest
from register.tables import AuditEvent, Contact, Person

ID = "060046303054"
ROOT = Path(__file__).parents[2]
AN_HOUR = timedelta(hours=1, minutes=1)

# Another process, as a worker is one: opens the home before the keys change, writes and reads for as long as asked.
ANOTHER = """
import sys
from pathlib import Path
from sqlmodel import select
from register.contacts import address_of, contact_for
from register.home import open_home
from register.tables import Contact
from settings import Settings

home = open_home(Settings(home=Path(sys.argv[1]), database_url=sys.argv[2]), migrate=False)
number = 0
for line in sys.stdin:
    for _ in range(int(line)):
        address, number = f"7788-{number}", number + 1
        home.db.write(lambda s: contact_for(s, home, "zalo", "zalo:main", address, home.now()))
    with home.db.read() as session:
        found = {address_of(home, contact) for contact in session.exec(select(Contact))}
    print(number, len({a for a in found if a.startswith("7788-")}), home.keys.active, flush=True)
home.close()
"""


@contextmanager
def another(home: Home) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", ANOTHER, str(home.path), "" if home.db.is_sqlite else home.db.url]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment
    ) as process:
        yield process
        assert process.stdin
        process.stdin.close()
        assert process.wait(timeout=60) == 0


def asked(process: subprocess.Popen[str], times: int) -> list[int]:
    say(process, times)
    return answered(process)


def say(process: subprocess.Popen[str], times: int) -> None:
    into: IO[str] | None = process.stdin
    assert into
    into.write(f"{times}\n")
    into.flush()


def answered(process: subprocess.Popen[str]) -> list[int]:
    assert process.stdout
    return [int(word) for word in process.stdout.readline().split()]


def versions(home: Home) -> set[int]:
    """The keys with which anything in the database is sealed."""
    with home.db.read() as session:
        return {sealed[0] for table in (Person, Contact) for sealed in session.exec(select(table.sealed)) if sealed}


def test_rotation_seals_everything_anew(home: Home, add_person: Callable[..., int], clock: Any) -> None:
    number = add_person(ID)

    def store(session: Session) -> int:
        contact = contact_for(session, home, "zalo", "zalo:main", "7788", home.now())
        sealed = home.keys.seal([{"text": "giúp tôi"}], "ticket")
        session.add(Ticket(contact=contact.id or 0, kind="human", sealed=sealed, opened_at=home.now()))
        pair = home.keys.seal({"access": "a"}, "oauth")
        session.add(OAuthToken(lane="zalo:main", sealed=pair, expires_at=home.now(), renewed_at=home.now()))
        note(session, "lan", "signed_in", "lan", home.now())
        return contact.id or 0

    contact = home.db.write(store)
    for _ in range(2):
        assert rotate_keys(home, home.now()) == 4
        clock.advance(AN_HOUR)
    assert rotate_keys(home, home.now()) == 4
    assert set(home.keys.seals) == {3, 4}
    reopened = load_keyring(home.path / "keys.json")
    assert (reopened.active, reopened.seals, reopened.lookup_key) == (4, home.keys.seals, home.keys.lookup_key)
    with home.db.read() as session:
        person = session.get_one(Person, number)
        assert person.sealed
        assert person.sealed[0] == 4
        assert identity_of(home, person).citizen_id == ID  # type: ignore[union-attr]
        assert find_person(session, home, ID).id == number
        assert address_of(home, session.get_one(Contact, contact)) == "7788"
        assert home.keys.open(session.exec(select(Ticket)).one().sealed or b"", "ticket") == [{"text": "giúp tôi"}]
        assert home.keys.open(session.exec(select(OAuthToken)).one().sealed, "oauth") == {"access": "a"}
        assert verify(session, home).ok


def test_another_process_writes_and_reads_all_the_while(home: Home, add_person: Callable[..., int]) -> None:
    for number in range(700):  # more than one batch
        add_person(f"0600463{number:05d}")
    with another(home) as worker:
        assert asked(worker, 10) == [10, 10, 1]
        say(worker, 150)  # and while it does
        rotate_keys(home, home.now())
        written, read, _ = answered(worker)
        assert (written, read) == (160, 160)
        with home.db.read() as session:  # what it sealed with either key, we open
            found = [address_of(home, contact) for contact in session.exec(select(Contact))]
            assert sorted(found) == sorted(f"7788-{n}" for n in range(160))
            assert {identity_of(home, p).citizen_id[:7] for p in session.exec(select(Person))} == {"0600463"}  # type: ignore[union-attr]
        rotate_keys(home, home.now())
        assert asked(worker, 5)[:2] == [165, 165]
        seal_the_rest(home, home.now())
        assert versions(home) == {3}
        assert asked(worker, 5)[:2] == [170, 170]


def test_a_rotation_that_was_killed_is_gone_on_with(
    home: Home, add_person: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(8):
        add_person(f"06004630305{number}")
    monkeypatch.setattr(rotation, "ROWS", 3)
    batches = iter(range(100))
    real = home.db.write

    def dies(fn: Any) -> Any:
        if next(batches) == 2:
            raise KeyboardInterrupt
        return real(fn)

    monkeypatch.setattr(home.db, "write", dies)
    with pytest.raises(KeyboardInterrupt):
        rotate_keys(home, home.now())
    assert versions(home) == {1, 2}
    assert not load_keyring(home.path / "keys.json").finished
    with home.db.read() as session:
        assert all(identity_of(home, person) for person in session.exec(select(Person)))
    monkeypatch.setattr(home.db, "write", real)
    rotate_keys(home, home.now())
    assert (home.keys.active, versions(home), home.keys.finished) == (2, {2}, True)
    with home.db.read() as session:
        events = session.exec(select(AuditEvent.detail).where(AuditEvent.action == "keys_rotated")).all()
    assert [event["version"] for event in events] == [2]


def test_somebody_erased_in_the_middle_of_a_rotation_does_not_come_back(
    home: Home, add_person: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    number = add_person(ID)
    real = rotation._anew

    def meanwhile(home: Home, old: bytes, about: str) -> bytes:
        erase(home, number, "lan", home.now())  # between the reading of a batch and its writing
        return real(home, old, about)

    monkeypatch.setattr(rotation, "_anew", meanwhile)
    rotate_keys(home, home.now())
    with home.db.read() as session:
        assert session.get_one(Person, number).sealed is None


def test_a_key_is_destroyed_only_when_nothing_needs_it(home: Home, add_person: Callable[..., int], clock: Any) -> None:
    add_person(ID)
    rotate_keys(home, home.now())
    rotate_keys(home, home.now())
    assert set(home.keys.seals) == {1, 2, 3}  # the first was replaced a moment ago: a slow write may have it
    clock.advance(AN_HOUR)
    (home.path / "uploads").mkdir(exist_ok=True)
    waiting = home.path / "uploads" / "ab.list"
    old = load_keyring(home.path / "keys.json")
    old.active, old._file = 1, None
    waiting.write_bytes(old.seal("danh sách", "list ab"))
    seal_the_rest(home, home.now())
    assert set(home.keys.seals) == {1, 2, 3}
    waiting.unlink()
    seal_the_rest(home, home.now())
    assert set(home.keys.seals) == {2, 3}


async def test_what_waits_in_the_inbox_is_sealed_anew_too(home: Home) -> None:
    inbox = Inbox(home)
    await inbox.put("zalo", "main", "k", {"text": "xin chào"})
    assert rotate_keys(home, home.now()) == 1
    heard: list[Any] = []

    async def hear(event: dict[str, Any], secrets: tuple[str, ...]) -> None:
        heard.append(event)

    assert await inbox.drain({"zalo": hear}) == 1
    assert heard == [{"text": "xin chào"}]
    inbox.close()


def test_two_rotations_do_not_run_at_once(home: Home) -> None:
    with rotation._alone(home), pytest.raises(BadInput, match="đang chạy"):
        rotate_keys(home, home.now())


def test_the_key_file_can_itself_be_sealed(tmp_path: Path, home: Home) -> None:
    file = tmp_path / "keys.json"
    save_keyring(file, home.keys, "mật khẩu của tệp khóa")
    assert home.keys.seals[1] not in file.read_bytes()
    assert load_keyring(file, "mật khẩu của tệp khóa").seals == home.keys.seals
    for wrong in ("", "mật khẩu khác"):
        with pytest.raises(BadInput, match="TUNGNHA_SECRET_KEY"):
            load_keyring(file, wrong)


def test_rows_sealed_with_a_key_that_nobody_has_are_not_touched(home: Home, add_person: Callable[..., int]) -> None:
    number = add_person(ID)

    def spoil(session: Session) -> None:
        person = session.get_one(Person, number)
        person.sealed = bytes([9]) + (person.sealed or b"")[1:]

    home.db.write(spoil)
    with pytest.raises(InvalidTag):
        rotate_keys(home, home.now())
    with home.db.read() as session:
        assert session.exec(select(Person.sealed).where(col(Person.id) == number)).one()[0] == 9  # type: ignore[index]
    assert not load_keyring(home.path / "keys.json").finished
