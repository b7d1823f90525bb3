from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, select

from bot.tables import Ticket
from channels.tables import OAuthToken
from register.audit import note, verify
from register.backup import backup, restore
from register.contacts import address_of, contact_for, stop
from register.erase import erase
from register.errors import BadInput
from register.home import Home, open_home
from register.importing import SourceInfo, import_list
from register.keys import Keyring, load_keyring
from register.people import find_person, identity_of
from register.rotation import rotate_keys
from register.sample import sample_workbook
from register.tables import Contact, Fact, Person, PersonContact, Standing, Tombstone, Unit
from settings import Settings


@pytest.fixture
def full(home: Home, tmp_path: Path) -> Home:
    """A home with the sample list and one recording."""
    sample_workbook(tmp_path / "sample.xlsx")
    import_list(home, tmp_path / "sample.xlsx", "22945", source=SourceInfo(home.now().date()), by="lan")
    (home.audio / "1").mkdir()
    (home.audio / "1" / "a.mp3").write_bytes(b"ID3")
    return home


def everything(home: Home) -> list[list[dict[str, Any]]]:
    tables = (Unit, Person, Fact, Standing, Contact, PersonContact)
    with home.db.read() as session:
        return [sorted((row.model_dump() for row in session.exec(select(t))), key=repr) for t in tables]


def test_a_backup_brings_everything_back(full: Home, tmp_path: Path) -> None:
    before = everything(full)
    made = backup(full, tmp_path / "b.backup")
    assert (made.files, made.rows > 5000) == (1, True)
    assert (tmp_path / "b.backup").stat().st_mode & 0o777 == 0o600

    def spoil(session: Session) -> None:
        for row in session.exec(select(PersonContact)):
            session.delete(row)
        session.exec(select(Person)).first().sealed = b"spoilt"  # type: ignore[union-attr]

    full.db.write(spoil)
    shutil.rmtree(full.audio / "1")
    assert restore(full, tmp_path / "b.backup").rows == made.rows
    assert everything(full) == before
    assert (full.audio / "1" / "a.mp3").read_bytes() == b"ID3"
    full.db.write(lambda s: contact_for(s, full, "zalo", "zalo:main", "7788", full.now()))  # ids go on
    with full.db.read() as session:
        assert verify(session).ok


def test_a_backup_moves_to_a_new_home_that_has_the_keys(full: Home, tmp_path: Path, ready_home: Path) -> None:
    backup(full, tmp_path / "b.backup")
    folder = tmp_path / "new"
    shutil.copytree(ready_home, folder)
    stranger = open_home(Settings(home=folder), migrate=False)
    with pytest.raises(BadInput, match=r"keys\.json"):
        _with_other_keys(stranger, tmp_path / "b.backup")
    stranger.keys = full.keys
    restore(stranger, tmp_path / "b.backup")
    assert everything(stranger) == everything(full)  # from either database to SQLite
    stranger.close()


def _with_other_keys(home: Home, file: Path) -> None:
    home.keys = Keyring.new()
    restore(home, file)


@pytest.mark.parametrize("harm", ["cut", "change", "swap", "other"])
def test_a_damaged_backup_changes_nothing(full: Home, tmp_path: Path, harm: str) -> None:
    file = tmp_path / "b.backup"
    backup(full, file)
    data = file.read_bytes()
    harmed = {
        "cut": data[:-20],
        "change": data[:200] + bytes([data[200] ^ 1]) + data[201:],
        "swap": data.replace(b"backup 1", b"backup 2"),
        "other": b"PK\x03\x04",
    }[harm]
    file.write_bytes(harmed)
    before = everything(full)
    with pytest.raises(BadInput):
        restore(full, file)
    assert everything(full) == before


def test_a_backup_shows_nothing(full: Home, tmp_path: Path) -> None:
    backup(full, tmp_path / "b.backup")
    data = (tmp_path / "b.backup").read_bytes()
    assert b"Khu ph" not in data
    assert b"22945" not in data


def test_rotation_seals_everything_anew(home: Home, add_person: Callable[..., int]) -> None:
    number = add_person("060046303054")

    def store(session: Session) -> int:
        contact = contact_for(session, home, "zalo", "zalo:main", "7788", home.now())
        assert contact.id
        sealed = home.keys.seal([{"text": "giúp tôi"}], "ticket")
        session.add(Ticket(contact=contact.id, kind="human", sealed=sealed, opened_at=home.now()))
        pair = home.keys.seal({"access": "a"}, "oauth")
        session.add(OAuthToken(lane="zalo:main", sealed=pair, expires_at=home.now(), renewed_at=home.now()))
        note(session, "lan", "signed_in", "lan", home.now())
        return contact.id

    contact = home.db.write(store)
    assert rotate_keys(home, home.now()) == 4
    assert rotate_keys(home, home.now()) == 4
    assert set(home.keys.seals) == {2, 3}
    reopened = load_keyring(home.path / "keys.json")
    assert (reopened.active, reopened.seals, reopened.lookup_key) == (3, home.keys.seals, home.keys.lookup_key)
    with home.db.read() as session:
        person = session.get_one(Person, number)
        assert person.sealed
        assert person.sealed[0] == 3
        assert identity_of(home, person).citizen_id == "060046303054"  # type: ignore[union-attr]
        assert find_person(session, home, "060046303054").id == number
        assert address_of(home, session.get_one(Contact, contact)) == "7788"
        assert home.keys.open(session.exec(select(Ticket)).one().sealed or b"", "ticket") == [{"text": "giúp tôi"}]
        assert home.keys.open(session.exec(select(OAuthToken)).one().sealed, "oauth") == {"access": "a"}
        assert verify(session).ok


def test_a_backup_from_before_undoes_neither_a_stop_nor_an_erasure(
    home: Home, tmp_path: Path, add_person: Callable[..., int]
) -> None:
    number = add_person("060046303054")
    contact = home.db.write(lambda s: contact_for(s, home, "zalo", "zalo:main", "7788", home.now())).id
    assert contact
    backup(home, tmp_path / "b.backup")
    erase(home, number, "lan", home.now())
    home.db.write(lambda s: stop(s, home, contact, home.now()))
    restore(home, tmp_path / "b.backup")
    with home.db.read() as session:
        assert session.get_one(Person, number).sealed is None
        assert session.get_one(Contact, contact).stopped_at == home.now()
        assert len(session.exec(select(Tombstone)).all()) == 2
