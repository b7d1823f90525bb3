"""Key rotation: every sealed value in the database is sealed anew with a fresh key.

The key before stays in the key file, for values outside the database (the inbox, recent backups); the
ones before that are dropped, so a backup can be opened for one rotation more, with an erased person in it
no longer than that.
"""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import Table, bindparam, select, update
from sqlmodel import Session

from register.audit import note
from register.errors import BadInput
from register.everything import all_tables
from register.home import Home
from register.keys import save_keyring

HIGHEST_VERSION = 255  # the version is one byte of each seal
ROWS = 1000

# What a seal is bound to, where it is not the table's own name.
SEALED_AS = {"oauth_token": "oauth"}


def rotate_keys(home: Home, now: datetime, by: str = "system") -> int:
    """Make a new key and seal everything with it. Returns how many values. ``serve`` must not be running.

    The new key is in the file before anything is sealed with it: after a crash the home opens as before,
    and the next rotation finishes the work.
    """
    keys, file = home.keys, home.path / "keys.json"
    before = keys.active
    version = max(keys.seals) + 1
    if version > HIGHEST_VERSION:
        raise BadInput("Đã đổi khóa 255 lần: hãy sao lưu và chuyển sang một thư mục dữ liệu mới.")
    secret = home.settings.secret_key.get_secret_value()
    keys.seals[version] = secrets.token_bytes(32)
    save_keyring(file, keys, secret)
    keys.active = version
    save_keyring(file, keys, secret)

    def seal_anew(session: Session) -> int:
        count = sum(_reseal(session, home, table) for table in all_tables(session) if "sealed" in table.c)
        note(session, by, "keys_rotated", "", now, version=version, sealed=count)
        return count

    count = home.db.write(seal_anew)
    for old in [v for v in keys.seals if v not in (version, before)]:
        del keys.seals[old]
        keys._ciphers.pop(old, None)
    save_keyring(file, keys, secret)
    return count


def _reseal(session: Session, home: Home, table: Table) -> int:
    """Seal the rows of one table anew. InvalidTag (nothing is written) when a seal is bound to another word."""
    about = SEALED_AS.get(table.name, table.name)
    [key] = table.primary_key.columns
    rows = session.execute(select(key, table.c.sealed).where(table.c.sealed.is_not(None))).all()
    fresh = [{"row": number, "sealed": home.keys.seal(home.keys.open(old, about), about)} for number, old in rows]
    for start in range(0, len(fresh), ROWS):
        session.execute(update(table).where(key == bindparam("row")), fresh[start : start + ROWS])
    return len(fresh)
