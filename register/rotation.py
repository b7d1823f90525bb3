"""Key rotation while everything goes on: every sealed value is sealed anew with a fresh key, a batch at a time.

1. The new key is in the key file, as the active one, before anything is sealed with it. Other processes read the
   file again when they meet its number, or after a second (keys.py); what they seal meanwhile with the key before
   is found in step 2.
2. Pass after pass, rows that carry another number are sealed anew, each only if nobody changed it meanwhile.
   A kill in between loses nothing: the key file says that it is unfinished, and the next ``keys rotate`` or the
   nightly job goes on with the same key.
3. A key is destroyed when it was replaced more than GRACE ago, is not the one before the active one (recent backups
   and slow writers have that), and no value anywhere carries its number.

So a backup can be opened for one rotation more, with an erased person in it no longer than that.
"""

from __future__ import annotations

import fcntl
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from sqlalchemy import LargeBinary, Table, bindparam, func, select, update
from sqlmodel import Session

from register.audit import note
from register.errors import BadInput
from register.everything import all_tables, inbox, sealed_files
from register.home import Home
from register.keys import Keyring, save_keyring, write_private

HIGHEST_VERSION = 255  # the version is one byte of each seal
ROWS = 500  # in one write: some 10 ms, so that nobody waits
GRACE = timedelta(hours=1)  # longer than any write takes that sealed with the key before
PASSES = 20  # somebody who went on sealing with the old key would have to be seen to

# What a seal is bound to, where it is not the table's own name.
SEALED_AS = {"oauth_token": "oauth"}
FILES_SEALED_AS = {"lists": "report"}  # by folder, with the file's name; uploads last a day and keep their key
INBOX = "inbox"


def rotate_keys(home: Home, now: datetime, by: str = "system") -> int:
    """Make a new key, or go on where a rotation was killed, and seal everything with it. Returns how many values.

    ``serve`` and workers may run. BadInput when another rotation is under way.
    """
    with _alone(home):
        home.keys.refresh()
        if home.keys.finished:
            _new_key(home, now)
        return _finish(home, now, by)


def seal_the_rest(home: Home, now: datetime, by: str = "system") -> int:
    """Nightly: seal anew what still carries an older key (a killed rotation, a slow writer). Returns how many."""
    with _alone(home):
        home.keys.refresh()
        return 0 if len(home.keys.seals) == 1 else _finish(home, now, by, quiet=home.keys.finished)


@contextmanager
def _alone(home: Home) -> Iterator[None]:
    with open(home.path / "keys.lock", "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise BadInput("Một lần đổi khóa khác đang chạy. Hãy đợi xong rồi thử lại.") from None
        yield


def _save(home: Home, keys: Keyring) -> None:
    save_keyring(home.path / "keys.json", keys, home.settings.secret_key.get_secret_value())
    home.keys.refresh()


def _new_key(home: Home, now: datetime) -> None:
    keys = home.keys
    version = max(keys.seals) + 1
    if version > HIGHEST_VERSION:
        raise BadInput("Đã đổi khóa 255 lần: hãy sao lưu và chuyển sang một thư mục dữ liệu mới.")
    fresh = {**keys.seals, version: secrets.token_bytes(32)}
    made = {**keys.made, version: now.isoformat()}
    _save(home, replace(keys, seals=fresh, made=made, active=version, finished=False, _ciphers={}))


def _finish(home: Home, now: datetime, by: str, *, quiet: bool = False) -> int:
    with home.db.read() as session:
        tables = [table for table in all_tables(session) if "sealed" in table.c]
    count = sum(_seal_table(home, table) for table in tables) + _seal_inbox(home) + _seal_files(home)
    if not quiet:
        version = home.keys.active
        home.db.write(lambda s: note(s, by, "keys_rotated", "", now, version=version, sealed=count))
    kept = {v: key for v, key in home.keys.seals.items() if not _done_with(home, tables, v, now)}
    if kept != home.keys.seals or not home.keys.finished:
        made = {v: at for v, at in home.keys.made.items() if v in kept}
        _save(home, replace(home.keys, seals=kept, made=made, finished=True, _ciphers={}))
    return count


# --- Sealing anew --------------------------------------------------------------------------------


def _number(table: Table) -> Any:
    """The first byte of a seal: which key it was made with."""
    return func.substr(table.c.sealed, 1, 1, type_=LargeBinary())


def _seal_table(home: Home, table: Table) -> int:
    count = 0
    for _ in range(PASSES):
        done = _pass(home, table)
        count += done
        if not done:
            return count
    raise BadInput("Đổi khóa chưa xong: một tiến trình vẫn ghi bằng khóa cũ. Hãy khởi động lại serve, worker.")


def _pass(home: Home, table: Table) -> int:
    """Once through a table, by its key. InvalidTag (that batch is not written) when a seal is bound to another word."""
    about, active = SEALED_AS.get(table.name, table.name), bytes([home.keys.active])
    [key] = table.primary_key.columns
    stale = select(key, table.c.sealed).where(table.c.sealed.is_not(None), _number(table) != active).order_by(key)
    change = (
        update(table)
        .where(key == bindparam("row"), table.c.sealed == bindparam("old"))  # nobody changed or erased it meanwhile
        .values(sealed=bindparam("fresh"))
    )
    count, last = 0, None
    while True:
        with home.db.read() as session:
            query = stale if last is None else stale.where(key > last)
            rows = session.execute(query.limit(ROWS)).all()
        if not rows:
            return count
        last = rows[-1][0]
        fresh = [{"row": row, "old": old, "fresh": _anew(home, old, about)} for row, old in rows]

        def write(session: Session, fresh: list[dict[str, Any]] = fresh) -> None:
            session.connection().execute(change, fresh)

        home.db.write(write)
        count += len(rows)


def _anew(home: Home, old: bytes, about: str) -> bytes:
    return home.keys.seal(home.keys.open(old, about), about)


def _seal_inbox(home: Home) -> int:
    """What came in and waits. An event that is handled meanwhile is gone, and that is well."""
    with inbox(home) as db:
        if db is None:
            return 0
        active = bytes([home.keys.active])
        rows = db.execute("SELECT id, sealed FROM event WHERE substr(sealed, 1, 1) <> ?", (active,)).fetchall()
        for number, old in rows:
            fresh = _anew(home, old, INBOX)
            db.execute("UPDATE event SET sealed = ? WHERE id = ? AND sealed = ?", (fresh, number, old))
        return len(rows)


def _seal_files(home: Home) -> int:
    count = 0
    for file in sealed_files(home):
        about = FILES_SEALED_AS.get(file.parent.name)
        try:
            if about and _first_byte(file) not in (b"", bytes([home.keys.active])):
                write_private(file, _anew(home, file.read_bytes(), f"{about} {file.stem}"))
                count += 1
        except (FileNotFoundError, InvalidTag):  # gone meanwhile; or not ours, and then its key stays
            continue
    return count


# --- Letting go ----------------------------------------------------------------------------------


def _done_with(home: Home, tables: Iterable[Table], version: int, now: datetime) -> bool:
    """Whether nothing needs this key any more."""
    newer = sorted(v for v in home.keys.seals if v > version)
    if len(newer) < 2:  # the active one, or the one before it
        return False
    replaced = home.keys.made.get(newer[0])
    if replaced is None or datetime.fromisoformat(replaced) > now - GRACE:
        return False
    return not _in_use(home, tables, version)


def _in_use(home: Home, tables: Iterable[Table], version: int) -> bool:
    number = bytes([version])
    with home.db.read() as session:
        for table in tables:
            if session.execute(select(table.c.sealed).where(_number(table) == number).limit(1)).first():
                return True
    waiting = "SELECT 1 FROM event WHERE substr(sealed, 1, 1) = ? LIMIT 1"
    with inbox(home) as db:
        if db is not None and db.execute(waiting, (number,)).fetchone():
            return True
    return any(_first_byte(file) == number for file in sealed_files(home))


def _first_byte(file: Path) -> bytes:
    try:
        with file.open("rb") as content:
            return content.read(1)
    except FileNotFoundError:
        return b""
