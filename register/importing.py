"""Importing a list: it is taken in whole or not at all, and the same file twice changes nothing.

1. A child process reads the file (apart.py) and hands on its people part by part.
2. Each part is compared with the register (merging.py), while no lock is held. Who is new is written at once, in
   small writes, and seen by nobody (arriving.py). Nothing else is written.
3. One last write, the switch, writes what changes of people who stand already (applying.py), notes it in the log,
   and lets the new ones in. Before it the register is as before, after it as after; a crash, a mistake or a stop at
   any moment before it leaves nothing but unseen rows, and those are swept away.

Where nothing differs nothing is written, and a dry run never writes.
"""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from database import learn_sizes, more_cache
from register.apart import parts_apart
from register.applying import apply
from register.arriving import Fresh, begin_source, let_in, make_ready, only_import, store, sweep
from register.audit import note
from register.difference import Difference, PersonChange
from register.errors import BadInput
from register.habits import habits
from register.home import VIETNAM, Home
from register.listed import ColumnGuess, HeldPeople, ListedPerson, Remark
from register.lists import read_parts
from register.merging import Merge, listed_identity
from register.people import masked
from register.units import commune_of

log = structlog.get_logger(__name__)

MANY = 10_000  # new people, after whom the database looks anew how large its tables are
FILLED = ("person", "fact", "standing", "person_category", "contact", "person_contact")


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

    people: Sequence[ListedPerson]
    rejected: list[Remark]
    warnings: list[Remark]
    new: int = 0
    changed: int = 0
    left: int = 0
    source: int | None = None
    columns: list[ColumnGuess] = field(default_factory=list)
    difference: Difference = field(default_factory=Difference)
    changes_of: list[PersonChange] = field(default_factory=list)  # the first SHOWN changes of single persons, masked

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

    Raises BadInput (nothing stored) when the file is no list, the commune does not exist or another list is just
    coming in there. With ``dry_run`` all is worked out, changes too, and nothing is written. ``progress(done, total)``
    is called now and then, perhaps from another thread; an exception from it cancels the import and leaves nothing
    behind.
    """
    with home.db.read() as session:
        commune_of(session, commune)
    digest = _digest(file)
    with _uncollected(), nullcontext() if dry_run else only_import(home, commune):
        if not dry_run:
            sweep(home.db, commune)
        work = _Import(home, file, commune, source, digest, by, dry_run, nq418, progress, home.now())
        try:
            imported = work.run()
        except BaseException:
            work.undo()
            raise
    log.info(
        "list.imported", people=len(imported.people), rejected=len(imported.rejected), new=imported.new,
        changed=imported.changed, left=imported.left, dry_run=dry_run,
    )  # fmt: skip
    return imported


def _digest(file: Path) -> str:
    try:
        with file.open("rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest()
    except OSError:
        raise BadInput(f"Không đọc được tệp {file.name}. Hãy kiểm tra lại đường dẫn.") from None


@dataclass
class _Import:
    """One import under way."""

    home: Home
    file: Path
    commune: str
    info: SourceInfo
    digest: str
    by: str
    dry_run: bool
    nq418: bool
    progress: Progress | None
    now: datetime
    source: int | None = None  # under which people arrive
    writing: Future[int] | None = None  # the write that is under way
    fresh: Fresh | None = None  # what it writes

    def run(self) -> Imported:
        people, rejected, warnings = HeldPeople(), list[Remark](), list[Remark]()
        columns: list[ColumnGuess] = []
        self.merge = merge = Merge(self.home, self.commune, self.info.as_of, self.digest, self.now)
        with self.home.db.read() as session:
            merge.begin(session)
        year, total = self.now.astimezone(VIETNAM).year, 1
        for part in parts_apart(read_parts, self.file, year, habits(self.home, self.commune)):
            if part.people:
                self._take(part.people)
                people.add(part.people)
            rejected += part.rejected
            warnings += part.warnings
            columns += part.columns
            total = part.total + 1  # the last step is the switch
            self._tell(part.done, total)
        self._wait()
        with self.home.db.read() as session:
            difference = merge.finish(session, lambda: self._tell(total - 1, total))
        plan = merge.plan
        number = plan.source.id if plan.source and not self.dry_run else None
        if not self.dry_run and not plan.is_empty:
            number = self._switch(len(rejected) + len(merge.remarks), total)
            if plan.new > MANY:
                learn_sizes(self.home.db, FILLED)
        else:
            self._tell(total, total)
        return Imported(
            people, rejected + merge.remarks, warnings + merge.warnings, plan.new, len(plan.changed), plan.left,
            number, columns, difference, merge.tally.changes,
        )  # fmt: skip

    def undo(self) -> None:
        """Leave nothing behind. A switch that was already going through is through."""
        if self.writing is not None:
            self.writing.exception()  # waits for it; how it ended does not matter any more
        if not self.dry_run:
            sweep(self.home.db, self.commune)

    def _tell(self, done: int, total: int) -> None:
        if self.progress:
            self.progress(done, total)

    def _take(self, people: list[ListedPerson]) -> None:
        """Compare some people, and write those who are new."""
        if self.nq418:
            for person in people:
                person.nq418 = True
        with self.home.db.read() as session:
            new = self.merge.compare(session, people)
        if not new or self.dry_run:
            return
        fresh = make_ready(self.home, self.merge.plan, self.merge.columns, new, self.now)
        self._wait()
        self._write(fresh)
        if self.home.db.is_sqlite:  # it works in this very process: two threads would only take turns
            self._wait()

    def _write(self, fresh: Fresh) -> None:
        self.fresh = fresh
        self.writing = self.home.db.submit(lambda session: self._store(session, fresh))

    def _wait(self) -> None:
        """Until the write that is under way has ended."""
        if self.writing is None:
            return
        try:
            self.source = self.writing.result()
        except IntegrityError:  # another process stored one of the phones at this moment: now it is found
            assert self.fresh is not None
            self._write(self.fresh)
            self.source = self.writing.result()
        self.writing = self.fresh = None

    def _store(self, session: Session, fresh: Fresh) -> int:
        more_cache(session, more=True)
        source = self.source or begin_source(session, self._about())
        store(session, fresh, source, self.commune, self.merge.plan.as_of, self.by, self.now)
        return source

    def _about(self) -> dict[str, Any]:
        """The source's columns. A file that came before keeps the date that it had then."""
        return {
            "commune": self.commune, "issuer": self.info.issuer, "document": self.info.document,
            "purpose": self.info.purpose, "as_of": self.merge.plan.as_of, "file_hash": self.digest, "by": self.by,
            "at": self.now,
        }  # fmt: skip

    def _switch(self, rejected: int, total: int) -> int:
        plan = self.merge.plan

        def switch(session: Session) -> int:
            before = plan.source.id if plan.source else None
            source = self.source or before or begin_source(session, self._about())
            apply(session, self.home, plan, source, self.commune, self.by, self.now)
            let_in(session, source, self.commune)
            counted = {"new": plan.new, "changed": len(plan.changed), "left": plan.left}
            if any(counted.values()):
                note(
                    session, self.by, "list_imported", self.commune, self.now, source=source, rejected=rejected,
                    **counted,
                )  # fmt: skip
            self._tell(total, total)
            more_cache(session, more=False)
            return source

        self.writing = self.home.db.submit(switch)
        try:
            return self.writing.result()
        except IntegrityError:  # as above
            self.writing = self.home.db.submit(switch)
            return self.writing.result()


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
