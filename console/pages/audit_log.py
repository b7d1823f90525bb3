"""Nhật ký: who did what, fifty at a time, and whether the chain of hashes holds."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from sqlmodel import col, select

from console.web import Seen, render, see
from register.audit import verify
from register.tables import AuditEvent, Staff, Unit

router = APIRouter()
PAGE_ROWS = 50
Viewing = Annotated[Seen, Depends(see("audit"))]


@router.get("/nhat-ky")
def audit(request: Request, seen: Viewing, truoc: int = 0, kiem: str = "") -> Response:
    """Events, the newest first; ``truoc``: those before this id; ``kiem``: walk the whole chain.

    An approver sees what the staff of the own commune did; owner and auditor see everything.
    """
    query = select(AuditEvent).order_by(col(AuditEvent.id).desc()).limit(PAGE_ROWS + 1)
    if truoc:
        query = query.where(col(AuditEvent.id) < truoc)
    if seen.viewer.role == "approver":
        hamlets = select(Unit.code).where(Unit.parent == seen.here)
        staff = select(Staff.login).where((col(Staff.unit) == seen.here) | col(Staff.unit).in_(hamlets))
        query = query.where(col(AuditEvent.actor).in_(staff))
    with seen.home.db.read() as session:
        rows = session.exec(query).all()
        proof = verify(session) if kiem else None
    more = rows[PAGE_ROWS - 1].id if len(rows) > PAGE_ROWS else 0
    return render(request, "audit.html", seen, at="audit", rows=rows[:PAGE_ROWS], more=more, proof=proof)
