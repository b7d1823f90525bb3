"""Nhật ký truy cập: who did what, in a chain of hashes that shows any change made later.

Each action declares the exact keys of its detail and is refused with any others, and a detail is a number, a code
or one word, so that nobody can slip a name into the log. A subject is a number or a code, never a name, id or phone.

Whoever can write to the database could make the whole chain anew, or cut off its end. So the last event is also kept
outside it: ``audit.head`` in the home, sealed with the home's keys, written after each commit. What that cannot show
is an older copy of both put back together; the count that ``tungnha audit verify`` prints, noted on paper, can.
"""

from __future__ import annotations

import fcntl
import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary, ref

import orjson
from cryptography.exceptions import InvalidTag
from sqlalchemy import Engine, event
from sqlmodel import Session, col, select

from register.keys import write_private
from register.tables import AuditEvent

if TYPE_CHECKING:
    from register.home import Home

START = "0" * 64  # stands before the first event
HEAD = "audit.head"
_WORD = re.compile(r"[\w.:,/@+-]{0,200}", re.ASCII)  # codes, never a sentence or a name
_LONG_NUMBER = re.compile(r"\d{9}")  # of a person's id or phone

ACTIONS: dict[str, frozenset[str]] = {}


def declare(action: str, *keys: str) -> None:
    """Make an action known, with the exact keys of its detail. Other rooms declare their own."""
    if ACTIONS.get(action, frozenset(keys)) != frozenset(keys):
        raise ValueError(f"{action} is declared twice, with different keys")
    ACTIONS[action] = frozenset(keys)


declare("list_imported", "source", "new", "changed", "left", "rejected")
declare("identity_shown", "reason")
declare("list_shown", "rows")  # a list's own people, unmasked, by the command
declare("list_exported", "rows")
declare("person_erased", "rows")
declare("identities_removed", "rows", "contacts")
declare("person_closed", "reason")
declare("signed_in")
declare("signed_out")
declare("sign_in_failed")
declare("staff_added", "role", "unit")
declare("staff_changed", "what")
declare("staff_moved", "role", "unit")
declare("invitation_made")
declare("invitation_used")
declare("second_step_set")
declare("second_step_removed")
declare("recovery_codes_made")
declare("recovery_code_used", "left")
declare("keys_rotated", "version", "sealed")
declare("backup_made", "rows", "files")
declare("backup_restored", "rows", "files")


@dataclass(frozen=True)
class AuditProof:
    """Whether the chain holds. ``first_bad``: the id of the first event that does not fit.

    ``cut``: the chain holds, but the event that was last when the home was used last is not in it.
    """

    ok: bool
    events: int
    first_bad: int | None = None
    cut: bool = False


def _hash(previous: str, at: datetime, actor: str, action: str, subject: str, detail: dict[str, Any]) -> str:
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    body = orjson.dumps([previous, moment, actor, action, subject, detail], option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(body).hexdigest()


def note(session: Session, actor: str, action: str, subject: str, now: datetime, **detail: Any) -> AuditEvent:
    """Write one event at the end of the chain. ValueError when the action or its keys were not declared."""
    if action not in ACTIONS:
        raise ValueError(f"the audit log knows no action {action}")
    if set(detail) != ACTIONS[action]:
        raise ValueError(f"{action} takes exactly {sorted(ACTIONS[action])}, got {sorted(detail)}")
    for key, value in detail.items():
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, str) and (not _WORD.fullmatch(part) or _LONG_NUMBER.search(part)):
                raise ValueError(f"{action}: {key} has to be a code or one word")
    # Whoever holds the first row writes next: a second process waits here, then sees our event.
    session.exec(select(AuditEvent.id).order_by(col(AuditEvent.id)).limit(1).with_for_update()).first()
    last = session.exec(select(AuditEvent.hash).order_by(col(AuditEvent.id).desc()).limit(1)).first()
    previous = last or START
    written = AuditEvent(
        at=now, actor=actor, action=action, subject=subject, detail=detail, previous=previous,
        hash=_hash(previous, now, actor, action, subject, detail),
    )  # fmt: skip
    session.add(written)
    session.flush()
    session.info["audit_head"] = (written.id, written.hash)
    return written


def verify(session: Session, home: Home | None = None) -> AuditProof:
    """Walk the whole chain, and look for the event that ``home`` remembers as the last one.

    A changed, added, removed or reordered event shows, with ``home`` also a cut-off tail or a chain made anew.
    """
    remembered = _remembered(home) if home is not None else None
    previous, events, seen = START, 0, remembered is None
    for one in session.exec(select(AuditEvent).order_by(col(AuditEvent.id))).yield_per(1000):
        events += 1
        right = _hash(previous, one.at, one.actor, one.action, one.subject, one.detail)
        if one.previous != previous or one.hash != right:
            return AuditProof(False, events, one.id)
        previous = one.hash
        seen = seen or (one.id, one.hash) == remembered
    if home is not None and remembered is None and events:
        seen = False  # somebody took the file away, or put one there that our keys did not make
    return AuditProof(seen, events, cut=not seen)


# --- The last event, kept outside the database -----------------------------------------------------

_homes: WeakKeyDictionary[Engine, ref[Home]] = WeakKeyDictionary()


def keep_head(home: Home) -> None:
    """From now on each committed event of this home's database is remembered in the home."""
    for engine in home.db.engines:
        _homes[engine] = ref(home)


def remember(home: Home, number: int, hashed: str, *, instead: bool = False) -> None:
    """Remember this event as the last one, if none later is. ``instead``: whatever is (a restored backup)."""
    with open(home.path / "audit.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        standing = _remembered(home)
        if instead or standing is None or standing[0] < number:
            write_private(home.path / HEAD, home.keys.seal([number, hashed], HEAD))


def _remembered(home: Home) -> tuple[int, str] | None:
    try:
        number, hashed = home.keys.open((home.path / HEAD).read_bytes(), HEAD)
    except (FileNotFoundError, InvalidTag, IndexError):
        return None
    return number, hashed


@event.listens_for(Session, "after_commit")
def _after_commit(session: Session) -> None:
    last = session.info.pop("audit_head", None)
    engine = session.get_bind()
    found = _homes.get(engine) if isinstance(engine, Engine) else None
    home = found() if found else None
    if last and home is not None:
        remember(home, *last)


@event.listens_for(Session, "after_rollback")
def _after_rollback(session: Session) -> None:
    session.info.pop("audit_head", None)
