"""Importing a list: the file is stored whole or not at all, and the same file twice changes nothing.

The file is read and compared with the register first, while no lock is held (merging.py); what differs is
then stored in one write (applying.py). Where nothing differs nothing is written, and a dry run never writes.
"""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from register.apart import read_list_apart
from register.applying import apply
from register.audit import note
from register.habits import habits
from register.home import VIETNAM, Home
from register.lists import ListedPerson, Remark
from register.merging import Merge, Plan, listed_identity, mark
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


Progress = Callable[[int, int], None]


def import_list(
    home: Home,
    file: Path,
    commune: str,
    *,
    source: SourceInfo,
    by: str,
    dry_run: bool = False,
    nq418: bool = False,
    progress: Progress | None = None,
) -> Imported:
    """Import a list into a commune. ``nq418`` states: this is the NQ 418 list, everyone in it is on it.

    Raises BadInput (nothing stored) when the file is no list or the commune does not exist. With
    ``dry_run`` all is worked out, changes too, and nothing is written. ``progress(done, total)`` is called
    now and then, perhaps from another thread; an exception from it cancels the import and leaves nothing behind.
    """
    with _uncollected():
        return _import(home, file, commune, source, by, dry_run, nq418, progress)


def _import(
    home: Home, file: Path, commune: str, source: SourceInfo, by: str, dry_run: bool, nq418: bool,
    progress: Progress | None,
) -> Imported:  # fmt: skip
    now = home.now()
    with home.db.read() as session:
        commune_of(session, commune)
    read = read_list_apart(file, now.astimezone(VIETNAM).year, habits(home, commune))
    if nq418:
        for person in read.people:
            person.nq418 = True
    with file.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    steps = _Steps(2 * len(read.people), progress)
    merge = Merge(home, commune, read.people, source.as_of, digest, now, steps.more)

    def store(session: Session, plan: Plan, seen: tuple[Any, ...]) -> tuple[Plan, int]:
        if mark(session) != seen:  # someone wrote since: look again, nobody can now
            plan = merge.plan(session)
        standing = plan.source or _new_source(session, commune, digest, source, by, now)
        assert standing.id is not None
        apply(session, plan, standing, commune, by, now, steps.more)
        if plan.fresh or plan.changed or plan.left:
            note(
                session, by, "list_imported", commune, now, source=standing.id,
                new=len(plan.fresh), changed=plan.changed, left=plan.left, rejected=len(read.rejected + plan.remarks),
            )  # fmt: skip
        steps.finish()
        return plan, standing.id

    def attempt() -> tuple[Plan, int | None]:
        with home.db.read() as session:
            seen = mark(session)
            plan = merge.plan(session)
        if dry_run or plan.is_empty:
            steps.finish()
            return plan, plan.source.id if plan.source and not dry_run else None
        return home.db.write(lambda session: store(session, plan, seen))

    steps.more(0)
    try:
        plan, number = attempt()
    except IntegrityError:  # another process stored the same person, phone or hamlet at this moment
        plan, number = attempt()
    imported = Imported(
        plan.people, read.rejected + plan.remarks, read.warnings + plan.warnings,
        len(plan.fresh), plan.changed, plan.left, number,
    )  # fmt: skip
    log.info(
        "list imported", people=len(imported.people), rejected=len(imported.rejected), new=imported.new,
        changed=imported.changed, left=imported.left, dry_run=dry_run,
    )  # fmt: skip
    return imported


@contextmanager
def _uncollected() -> Iterator[None]:
    """A list becomes millions of small objects without a cycle: looking through them for cycles took a quarter of
    the time (measured at 100.000 rows), and none of it is needed."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


class _Steps:
    """Counts what is done: each person is compared once and stored once."""

    def __init__(self, total: int, progress: Progress | None) -> None:
        self.done, self.total, self.progress = 0, total, progress

    def more(self, done: int) -> None:
        self.done = min(self.done + done, self.total)
        if self.progress:
            self.progress(self.done, self.total)

    def finish(self) -> None:
        self.more(self.total)


def _new_source(session: Session, commune: str, digest: str, info: SourceInfo, by: str, now: datetime) -> Source:
    source = Source(
        commune=commune, kind="list", issuer=info.issuer, document=info.document, purpose=info.purpose,
        as_of=info.as_of, file_hash=digest, by=by, at=now,
    )  # fmt: skip
    session.add(source)
    session.flush()
    return source
