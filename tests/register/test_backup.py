from __future__ import annotations

import io
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, select

from campaigns.reports.reports import monthly
from channels.inbox import Inbox
from register.audit import verify
from register.backup import _Sealer, _unseal, backup, restore
from register.contacts import contact_for, stop
from register.erase import erase
from register.errors import BadInput
from register.home import Home, open_home
from register.importing import SourceInfo, import_list
from register.keys import Keyring
from register.people import find_person, identity_of
from register.sample import sample_workbook, second_workbook
from register.tables import Contact, Fact, Person, PersonContact, Standing, Tombstone, Unit
from settings import Settings

ID = "060046303054"


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


def test_a_backup_from_before_undoes_neither_a_stop_nor_an_erasure(
    home: Home, tmp_path: Path, add_person: Callable[..., int]
) -> None:
    number = add_person("060046303054")
    contact = home.db.write(lambda s: contact_for(s, home, "zalo", "zalo:main", "7788", home.now())).id
    assert contact
    backup(home, tmp_path / "b.backup")
    erase(home, number, "lan", home.now())
    home.db.write(lambda s: stop(s, contact, home.now()))
    restore(home, tmp_path / "b.backup")
    with home.db.read() as session:
        assert session.get_one(Person, number).sealed is None
        assert session.get_one(Contact, contact).stopped_at == home.now()
        assert len(session.exec(select(Tombstone)).all()) == 2
        assert verify(session, home).ok


def test_who_was_erased_stays_so_when_the_home_is_lost_and_only_the_backup_and_keys_are_left(
    home: Home, tmp_path: Path, ready_home: Path, add_person: Callable[..., int]
) -> None:
    """The list of erasures and stops lies beside the backup, sealed, and is written anew with each erasure."""
    here, there, other = add_person(ID), add_person(ID, commune="22960"), add_person("060139001068")
    contact = home.db.write(lambda s: contact_for(s, home, "zalo", "zalo:main", "7788", home.now())).id or 0
    disk = tmp_path / "disk"
    disk.mkdir()
    made = backup(home, disk / "b.backup")
    home.db.write(lambda s: stop(s, contact, home.now()))
    erase(home, here, "lan", home.now())
    assert ID.encode() not in (disk / "b.backup.erased").read_bytes()
    new = tmp_path / "new"
    shutil.copytree(ready_home, new)
    (new / "keys.json").write_bytes((home.path / "keys.json").read_bytes())  # kept elsewhere
    saved = open_home(Settings(home=new), migrate=False)
    carried = restore(saved, disk / "b.backup")
    assert (carried.rows, carried.erased, carried.list_is_older) == (made.rows, 2, False)
    with saved.db.read() as session:
        assert [session.get_one(Person, number).sealed is None for number in (here, there, other)] == [
            True,
            True,
            False,
        ]
        assert session.get_one(Contact, contact).stopped_at is not None
        assert verify(session, saved).ok
    saved.close()


def test_a_restore_without_any_list_says_so(
    home: Home, tmp_path: Path, ready_home: Path, clock: Any, add_person: Callable[..., int]
) -> None:
    add_person(ID)
    backup(home, tmp_path / "b.backup")
    (tmp_path / "b.backup.erased").unlink()
    shutil.copytree(ready_home, tmp_path / "new")
    (tmp_path / "new" / "keys.json").write_bytes((home.path / "keys.json").read_bytes())
    saved = open_home(Settings(home=tmp_path / "new"), now=clock, migrate=False)
    assert restore(saved, tmp_path / "b.backup").list_is_older
    saved.close()


def test_figures_are_the_same_after_a_restore_and_who_was_erased_stays_erased(full: Home, tmp_path: Path) -> None:
    def figures() -> dict[str, Any]:
        with full.db.read() as session:
            return monthly(session, "22945", 2026, 11, full.now()).to_json()

    before = figures()
    assert before["people"] == 447
    backup(full, tmp_path / "b.backup")
    with full.db.read() as session:
        [*some] = session.exec(select(Person.id).order_by(Person.id).limit(3)).all()
    for number in some:
        assert erase(full, number or 0, "lan", full.now()).ok
    erased = figures()
    restored = restore(full, tmp_path / "b.backup")
    assert (restored.erased, figures()) == (3, erased)
    assert erased["people"] == before["people"] - 3  # from the day of the erasure on


def test_a_list_does_not_bring_back_who_was_erased(full: Home, tmp_path: Path) -> None:
    with full.db.read() as session:
        person = session.exec(select(Person).limit(1)).one()
        identity = identity_of(full, person)
    assert identity
    erase(full, person.id or 0, "lan", full.now())
    second_workbook(tmp_path / "next.xlsx", tmp_path / "sample.xlsx", [], month=12)
    again = import_list(full, tmp_path / "next.xlsx", "22945", source=SourceInfo(full.now().date()), by="lan")
    assert again.new == 0
    with full.db.read() as session:
        assert session.get_one(Person, person.id).sealed is None
        with pytest.raises(BadInput):
            find_person(session, full, identity.citizen_id)


async def test_what_waits_in_the_inbox_and_what_people_put_into_the_home_comes_back(
    home: Home, tmp_path: Path, ready_home: Path
) -> None:
    standing = Inbox(home)
    await standing.put("telegram", "main", "1", {"message": {"text": "dừng"}}, sender="7")
    await standing.put("telegram", "main", "2", {"message": {"text": "chào"}}, sender="7")
    (home.path / "voices" / "vi").mkdir(parents=True)
    (home.path / "voices" / "vi" / "asxh.open.mp3").write_bytes(b"ID3")
    (home.path / "ngay-nghi.yaml").write_text("nghỉ: [31/12/2026]\n", "utf-8")
    assert backup(home, tmp_path / "b.backup").files == 2  # `serve` has the inbox open meanwhile
    standing.close()
    shutil.copytree(ready_home, tmp_path / "new")
    (tmp_path / "new" / "keys.json").write_bytes((home.path / "keys.json").read_bytes())
    saved = open_home(Settings(home=tmp_path / "new"), now=home.now, migrate=False)
    restore(saved, tmp_path / "b.backup")
    assert (saved.path / "voices" / "vi" / "asxh.open.mp3").read_bytes() == b"ID3"
    assert "31/12/2026" in (saved.path / "ngay-nghi.yaml").read_text("utf-8")
    again = Inbox(saved)
    assert not await again.put("telegram", "main", "1", {"message": {"text": "dừng"}}, sender="7")  # seen before
    handled: list[Any] = []

    async def take(event: dict[str, Any], _secrets: tuple[str, ...]) -> None:
        handled.append(event["message"]["text"])

    assert await again.drain({"telegram": take}) == 2
    assert handled == ["dừng", "chào"]
    again.close()
    restore(saved, tmp_path / "b.backup")  # beside an inbox that stands there already
    once_more = Inbox(saved)
    assert await once_more.drain({"telegram": take}) == 2
    once_more.close()
    saved.close()


@pytest.mark.parametrize(
    "name",
    ["../la.txt", "audio/../keys.json", "audio/../../la.txt", "/tmp/tungnha-la.txt", "keys.json", "voices/la.mp3"],
)
def test_a_backup_writes_no_file_outside_the_folders_that_it_carries(home: Home, tmp_path: Path, name: str) -> None:
    """Whoever has the keys can seal an archive of their own; a link laid in the home leads nowhere either."""
    file, outside, keys = tmp_path / "b.backup", tmp_path / "ngoai", (home.path / "keys.json").read_bytes()
    backup(home, file)
    outside.mkdir()
    (home.path / "voices").symlink_to(outside)
    plain, made = io.BytesIO(), io.BytesIO()
    with file.open("rb") as sealed:
        _unseal(home.keys, sealed, plain)
    plain.seek(0)
    sealer = _Sealer(home.keys, made)
    with tarfile.open(fileobj=plain) as old, tarfile.open(fileobj=sealer, mode="w|gz") as new:
        for member in old.getmembers():
            new.addfile(member, old.extractfile(member))
        for evil in (name, "audio/la.mp3"):
            about = tarfile.TarInfo(evil)
            about.size = 2
            new.addfile(about, io.BytesIO(b"la"))
    sealer.finish()
    file.write_bytes(made.getvalue())
    restore(home, file)
    assert (home.audio / "la.mp3").read_bytes() == b"la"
    assert (home.path / "keys.json").read_bytes() == keys
    assert list(outside.iterdir()) == []
    assert list(tmp_path.rglob("la.txt")) == []
    assert not Path("/tmp/tungnha-la.txt").exists()
