"""Nhật ký truy cập: who did what, in a chain of hashes that shows any change made later.

Each action declares the exact keys of its detail and is refused with any others, so that nobody can
slip a name into the log. A subject is a number or a code, never a name, id or phone.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlmodel import Session, col, select

from register.tables import AuditEvent

START = "0" * 64  # stands before the first event

ACTIONS: dict[str, frozenset[str]] = {}


def declare(action: str, *keys: str) -> None:
    """Make an action known, with the exact keys of its detail. Other rooms declare their own."""
    if ACTIONS.get(action, frozenset(keys)) != frozenset(keys):
        raise ValueError(f"{action} is declared twice, with different keys")
    ACTIONS[action] = frozenset(keys)


declare("list_imported", "source", "new", "changed", "left", "rejected")
declare("identity_shown", "reason")
declare("list_exported", "rows")
declare("person_erased", "rows")
declare("person_closed", "reason")
declare("signed_in")
declare("signed_out")
declare("sign_in_failed")
declare("staff_added", "role", "unit")
declare("staff_changed", "what")
declare("keys_rotated", "version", "sealed")
declare("backup_made", "rows", "files")
declare("backup_restored", "rows", "files")


@dataclass(frozen=True)
class AuditProof:
    """Whether the chain holds. ``first_bad``: the id of the first event that does not fit."""

    ok: bool
    events: int
    first_bad: int | None = None


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
    # Whoever holds the first row writes next: a second process waits here, then sees our event.
    session.exec(select(AuditEvent.id).order_by(col(AuditEvent.id)).limit(1).with_for_update()).first()
    last = session.exec(select(AuditEvent.hash).order_by(col(AuditEvent.id).desc()).limit(1)).first()
    previous = last or START
    event = AuditEvent(
        at=now, actor=actor, action=action, subject=subject, detail=detail, previous=previous,
        hash=_hash(previous, now, actor, action, subject, detail),
    )  # fmt: skip
    session.add(event)
    session.flush()
    return event


def verify(session: Session) -> AuditProof:
    """Walk the whole chain. A changed, added or removed event shows; a cut-off tail needs a kept last hash."""
    previous, events = START, 0
    for event in session.exec(select(AuditEvent).order_by(col(AuditEvent.id))).yield_per(1000):
        events += 1
        right = _hash(previous, event.at, event.actor, event.action, event.subject, event.detail)
        if event.previous != previous or event.hash != right:
            return AuditProof(False, events, event.id)
        previous = event.hash
    return AuditProof(True, events)
