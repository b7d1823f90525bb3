"""Importing a list: the file is stored whole or not at all, and the same file twice changes nothing.

The file is read first, while no lock is held; then everything happens in one write (see merging.py).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import structlog
from sqlmodel import Session, col, select

from register.audit import note
from register.home import VIETNAM, Home
from register.lists import ListedPerson, Remark, read_list
from register.merging import Merge, listed_identity
from register.people import masked
from register.tables import Source
from register.units import commune_of

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class SourceInfo:
    """Where a list came from. ``as_of``: ngày chốt số liệu."""

    as_of: date
    issuer: str = ""
    document: str = ""
    purpose: str = ""


@dataclass
class Imported:
    """What a list said and what it changed. ``source`` is None when nothing was stored."""

    people: list[ListedPerson]
    rejected: list[Remark]
    warnings: list[Remark]
    new: int = 0
    changed: int = 0
    left: int = 0
    source: int | None = None

    def to_json(self, reveal: bool) -> dict[str, Any]:
        """The import's contract. Values are what the file states; people are masked unless ``reveal``."""
        return {
            "people": [_person_json(person, reveal) for person in self.people],
            "rejected": [remark.to_json() for remark in self.rejected],
            "warnings": [remark.to_json() for remark in self.warnings],
            "changes": {"new": self.new, "changed": self.changed, "left": self.left},
        }


def _person_json(person: ListedPerson, reveal: bool) -> dict[str, Any]:
    shown = listed_identity(person) if reveal else masked(listed_identity(person))
    return {
        "citizen_id": shown.citizen_id,
        "full_name": shown.full_name,
        "birth": shown.birth or None,
        "sex": person.sex or None,
        "phone": shown.phone or None,
        "hamlet": person.hamlet or None,
        "categories": list(person.categories),
        "nq418": person.nq418,
        "bank": person.bank,
        "eid2": person.eid2,
        "asxh": person.asxh,
    }


def import_list(
    home: Home,
    file: Path,
    commune: str,
    *,
    source: SourceInfo,
    by: str,
    dry_run: bool = False,
    nq418: bool = False,
) -> Imported:
    """Import a list into a commune. ``nq418`` states: this is the NQ 418 list, everyone in it is on it.

    Raises BadInput (nothing stored) when the file is no list or the commune does not exist. With
    ``dry_run`` all is worked out, changes too, and rolled back.
    """
    now = home.now()
    with home.db.read() as session:
        commune_of(session, commune)
    read = read_list(file, now.astimezone(VIETNAM).year)
    if nq418:
        for person in read.people:
            person.nq418 = True
    digest = hashlib.sha256(file.read_bytes()).hexdigest()

    def store(session: Session) -> Imported:
        standing = _source(session, commune, digest, source, by, now)
        newest = _newest_other(session, commune, standing)
        is_newest = newest is None or newest <= standing.as_of
        merge = Merge(session, home, commune, read, standing, by, now, is_newest)
        new, changed, left = merge.run()
        imported = Imported(read.people, read.rejected, read.warnings, new, changed, left, standing.id)
        if dry_run:
            session.rollback()
            imported.source = None
        elif new or changed or left:
            note(
                session, by, "list_imported", commune, now,
                source=standing.id, new=new, changed=changed, left=left, rejected=len(read.rejected),
            )  # fmt: skip
        return imported

    imported = home.db.write(store)
    log.info(
        "list imported", people=len(imported.people), rejected=len(imported.rejected), new=imported.new,
        changed=imported.changed, left=imported.left, dry_run=dry_run,
    )  # fmt: skip
    return imported


def _source(session: Session, commune: str, digest: str, info: SourceInfo, by: str, now: datetime) -> Source:
    """The row of this file: the one that stands when it came before, with the date it had then."""
    same = select(Source).where(Source.commune == commune, Source.file_hash == digest, Source.kind == "list")
    standing = session.exec(same.order_by(col(Source.id).desc())).first()
    if standing is not None:
        return standing
    source = Source(
        commune=commune, kind="list", issuer=info.issuer, document=info.document, purpose=info.purpose,
        as_of=info.as_of, file_hash=digest, by=by, at=now,
    )  # fmt: skip
    session.add(source)
    session.flush()
    return source


def _newest_other(session: Session, commune: str, source: Source) -> date | None:
    """The as-of date of the newest other list of this commune."""
    others = select(col(Source.as_of)).where(Source.commune == commune, Source.kind == "list", Source.id != source.id)
    return session.exec(others.order_by(col(Source.as_of).desc())).first()
