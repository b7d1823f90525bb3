"""Marked names, ids, phones and addresses are planted everywhere they could leak. Without the key none is found:
not in the database, its write-ahead log or a backup, nor in errors, logs at their loudest, or temporary files."""

from __future__ import annotations

import csv
import logging
import tempfile
import time
import traceback
import unicodedata
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
import structlog
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from database import bulk_insert
from register import importing
from register.backup import backup, restore
from register.contacts import contact_for, link
from register.erase import erase
from register.errors import BadInput
from register.everything import all_tables
from register.home import Home
from register.importing import SourceInfo, import_list
from register.people import find_person
from register.tables import Contact, Person

COMMUNE = "22945"
HEAD = ("Họ và tên", "Số CCCD", "Ngày sinh", "Điện thoại", "Địa chỉ", "Thôn", "Số tài khoản", "Ghi chú")
NAMES = ("Quắm Thị Woẳn", "Jèng Văn Fẩu", "Zạm Thị Xoéo")
IDS = ("060171557731", "060171557732", "060171557733")
PHONES = ("0967713371", "0967713372", "0967713373")
ADDRESSES = ("ngõ Wừng Zắc 771", "ngõ Jịt Fòe 772", "ngõ Xẩm Wọp 773")
REST = ("97713355779911", "zalo-uid-7713377133", "13/07/1971", "người nhà Fúng Wền")
VALUE = "Fịt Thị Woẹng"  # stood in a column in the clear for a moment: no error and no log may repeat it
SECRETS = (*NAMES, *IDS, *PHONES, *ADDRESSES, *REST)


def forms(secret: str) -> Iterator[bytes]:
    """What a search would look for: other letter cases, encodings, decomposed or without the spaces."""
    for form in {secret, secret.upper(), secret.lower(), secret.replace(" ", ""), unicodedata.normalize("NFD", secret)}:
        for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
            yield form.encode(encoding)
        yield form.encode("utf-8").hex().encode()
        yield repr(form.encode("utf-8"))[2:-1].encode()


def leaks(found: bytes) -> list[str]:
    return [secret for secret in SECRETS if any(form in found for form in set(forms(secret)))]


def write(file: Path, *rows: tuple[str, ...]) -> Path:
    with file.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([HEAD, *rows])
    return file


def row(n: int, **other: str) -> tuple[str, ...]:
    said = dict(
        zip(HEAD, (NAMES[n], IDS[n], REST[2], PHONES[n], ADDRESSES[n], "Thôn Đông", REST[0], REST[3]), strict=True)
    )
    return tuple((said | other).values())


@pytest.fixture
def loud(tmp_path: Path) -> Iterator[Path]:
    """A file with everything that anything in this process logs."""
    file = tmp_path / "log.txt"
    before, root = structlog.get_config(), logging.getLogger()
    handler, levels = logging.FileHandler(file, encoding="utf-8"), {}
    for name in ("", "sqlalchemy.engine", "sqlalchemy.pool", "sqlalchemy.orm", "psycopg", "alembic"):
        levels[name] = logging.getLogger(name).level
        logging.getLogger(name).setLevel(logging.DEBUG)
    root.addHandler(handler)
    structlog.configure(logger_factory=structlog.stdlib.LoggerFactory(), cache_logger_on_first_use=False)
    yield file
    structlog.configure(**before)
    root.removeHandler(handler)
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder


def told(work: Callable[[], object], kind: type[BaseException]) -> bytes:
    """An error, with all that a careless log would print of it."""
    with pytest.raises(kind) as caught:
        work()
    return "".join(traceback.format_exception(caught.value)).encode() + repr(caught.value).encode()


def everything(home: Home) -> bytes:
    """All rows of all tables, as a copy of the database holds them."""
    with home.db.read() as session:
        rows = [tuple(row) for table in all_tables(session) for row in session.execute(select(table))]
    return "\n".join(map(repr, rows)).encode() + b"".join(
        bytes(value) for row in rows for value in row if isinstance(value, bytes | memoryview)
    )


def files_of(home: Home, since: float) -> list[Path]:
    """The database's own files where they are on this machine: tables and write-ahead log."""
    if home.db.is_sqlite:
        return list(home.path.glob("tungnha.db*"))
    with home.db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("CHECKPOINT"))
        folder = Path(connection.execute(text("SHOW data_directory")).scalar_one())
        number = connection.execute(text("SELECT oid FROM pg_database WHERE datname = current_database()")).scalar_one()
    found = [*(folder / "base" / str(number)).glob("*"), *(folder / "pg_wal").glob("*")]
    return [file for file in found if file.is_file() and file.stat().st_mtime >= since]


def test_nothing_of_a_person_is_found_without_the_key(
    home: Home, tmp_path: Path, loud: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, began = SourceInfo(date(2026, 11, 1), "Sở Y tế"), time.time()
    listed = write(tmp_path / "a.csv", row(0), row(1), row(2, **{HEAD[1]: "1.23E+11"}))

    def bring(file: Path, later: int = 1) -> importing.Imported:
        return import_list(home, file, COMMUNE, source=SourceInfo(date(2026, 10 + later, 1), "Sở Y tế"), by="lan")

    # Into the register by every door, and out of it again.
    imported = bring(listed)
    assert (imported.new, len(imported.rejected)) == (2, 1)
    bring(listed)
    bring(write(tmp_path / "b.csv", row(0, **{HEAD[3]: PHONES[2]}), row(2), row(1, **{HEAD[7]: "chết"})), 2)

    def chat(session: Session) -> None:
        contact = contact_for(session, home, "zalo", "zalo:main", REST[1], home.now())
        link(session, find_person(session, home, IDS[0]).id or 0, contact.id or 0, "self", home.now())

    home.db.write(chat)
    with home.db.read() as session:
        number = find_person(session, home, IDS[1]).id or 0
    erase(home, number, "lan", home.now())
    rejected = repr((imported.rejected, imported.warnings, imported.to_json(reveal=False))).encode()

    # Errors at every stage.
    def cancel(done: int, total: int) -> None:
        if done == total:
            raise RuntimeError("cancelled")

    def cancelled() -> None:
        import_list(home, write(tmp_path / "c.csv", row(0), row(2)), COMMUNE, source=source, by="lan", progress=cancel)

    def twice(session: Session) -> None:
        person = session.execute(select(Person.commune, Person.lookup, Person.sealed)).first()
        same = {"closed_reason": "", "created_at": home.now(), "updated_at": home.now()}
        bulk_insert(session, Person, ["commune", "lookup", "sealed"], [tuple(person or ())], same)

    def contact_twice(session: Session) -> None:
        for _ in range(2):
            session.add(Contact(channel="phone", lane="phone", lookup=b"x", owner=VALUE, created_at=home.now()))
            session.flush()

    errors = told(cancelled, RuntimeError)
    errors += told(lambda: home.db.write(twice), IntegrityError)
    errors += told(lambda: home.db.write(contact_twice), IntegrityError)
    errors += told(lambda: bring(write(tmp_path / "d.csv")), BadInput)
    with home.db.read() as session:
        errors += told(lambda: find_person(session, home, PHONES[1]), BadInput)

    # The backup, and what restoring it leaves.
    backup(home, tmp_path / "home.backup")
    restore(home, tmp_path / "home.backup")

    looked = {
        "rejected": rejected,
        "errors": errors,
        "log": loud.read_bytes(),
        "tables": everything(home),
        "backup": (tmp_path / "home.backup").read_bytes(),
    }
    files = [file for folder in (home.path, temporary) for file in folder.rglob("*") if file.is_file()]
    files += [file for file in files_of(home, began) if file not in files]
    looked |= {str(file): file.read_bytes() for file in files if file.name != "keys.json"}
    assert len(looked["tables"]) > 10_000
    assert b"list.imported" in looked["log"]
    assert not home.db.is_sqlite or {"tungnha.db", "tungnha.db-wal"} <= {file.name for file in files}
    assert VALUE.encode() not in looked["errors"] + looked["log"]
    assert {name: leaks(body) for name, body in looked.items() if leaks(body)} == {}
    assert not [file for file in files if leaks(file.name.encode())]


def test_the_search_would_find_it() -> None:
    for planted in (
        NAMES[0].encode(),
        NAMES[0].upper().encode("utf-16-le"),
        IDS[1].encode(),
        repr(NAMES[2].encode()).encode(),
    ):
        assert leaks(b"\0\1" + planted + b"\0")
