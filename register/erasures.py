"""The list of erasures and stops, kept outside the database: no backup, however old, undoes them.

It holds the tombstones (keyed hashes, kinds, times), sealed. ``publish`` writes it anew into the home (``erased.list``)
and beside every backup of which this home knows and that is in reach (``FILE.erased``): whoever has lost the home has
the backup and, with it, the list. A stop, and a disk that was not there, waits for the next night, erasure or backup.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
from cryptography.exceptions import InvalidTag
from sqlmodel import select

from register.home import Home
from register.keys import write_private
from register.tables import Tombstone

NAME = "erased.list"
BACKUPS = "backups.json"  # paths of the backups that were made
KNOWN = 100  # backups
SEALED_AS = "erasures"


@dataclass
class Listed:
    """Tombstones from everywhere. ``as_of``: when the newest list was written; None: there was none."""

    stones: list[dict[str, Any]] = field(default_factory=list)
    as_of: datetime | None = None


def publish(home: Home) -> None:
    """Write the list as it stands now to every place in reach."""
    with home.db.read() as session:
        stones = session.exec(select(Tombstone)).all()
    rows = [[base64.b64encode(stone.lookup).decode(), stone.kind, stone.at.isoformat()] for stone in stones]
    sealed = home.keys.seal({"at": home.now().isoformat(), "stones": rows}, SEALED_AS)
    write_private(home.path / NAME, sealed)
    for backup in backups(home):
        if backup.exists():
            try:
                write_private(beside(backup), sealed)
            except OSError:  # a disk that may only be read, say: the next night tries again
                continue


def backups(home: Home) -> list[Path]:
    """The backups that were made of this home, the newest last."""
    try:
        return [Path(path) for path in orjson.loads((home.path / BACKUPS).read_bytes())]
    except (FileNotFoundError, orjson.JSONDecodeError):
        return []


def know(home: Home, backup: Path) -> None:
    """Remember where a backup went."""
    backup = backup.resolve()
    paths = [*(path for path in backups(home) if path != backup), backup]
    write_private(home.path / BACKUPS, orjson.dumps([str(path) for path in paths[-KNOWN:]]))


def beside(backup: Path) -> Path:
    """Where the list of a backup lies."""
    return backup.with_name(backup.name + ".erased")


def gather(home: Home, backup: Path) -> Listed:
    """What the lists in reach say: the home's, and the one beside the backup. One that our keys cannot open is none."""
    listed = Listed()
    for file in (home.path / NAME, beside(backup)):
        try:
            found = home.keys.open(file.read_bytes(), SEALED_AS)
        except (OSError, InvalidTag, IndexError):
            continue
        at = datetime.fromisoformat(found["at"])
        listed.as_of = max(at, listed.as_of) if listed.as_of else at
        listed.stones += [
            {"lookup": base64.b64decode(lookup), "kind": kind, "at": datetime.fromisoformat(when)}
            for lookup, kind, when in found["stones"]
        ]
    return listed
