"""Nhật ký: who did what, fifty at a time, by person, action or day, and whether the chain of hashes holds."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from sqlmodel import col, select

from console import words
from console.audit_words import sentence
from console.forms import as_day
from console.web import Seen, render, see
from register.audit import verify
from register.home import VIETNAM
from register.staff import staff_scope, tidy
from register.tables import AuditEvent, Staff

router = APIRouter()
PAGE_ROWS = 50
Viewing = Annotated[Seen, Depends(see("audit"))]


@router.get("/nhat-ky")
def audit(
    request: Request, seen: Viewing, truoc: int = 0, ai: str = "", viec: str = "", ngay: str = "", kiem: str = ""
) -> Response:
    """Events, the newest first; ``truoc``: those before this id; ``ai``: done by or to a login; ``viec``: an
    action; ``ngay``: a day in Viet Nam; ``kiem``: walk the whole chain.

    An approver sees what the staff of the own commune did; owner and auditor see everything.
    """
    query = select(AuditEvent).order_by(col(AuditEvent.id).desc()).limit(PAGE_ROWS + 1)
    if truoc:
        query = query.where(col(AuditEvent.id) < truoc)
    if ai:
        query = query.where((AuditEvent.actor == tidy(ai)) | (AuditEvent.subject == tidy(ai)))
    if viec:
        query = query.where(AuditEvent.action == viec)
    if ngay:
        start = datetime.combine(as_day(ngay, "Ngày"), time(), VIETNAM)
        query = query.where(AuditEvent.at >= start, AuditEvent.at < start + timedelta(days=1))
    if seen.viewer.role == "approver":
        query = query.where(col(AuditEvent.actor).in_(staff_scope(seen.viewer, select(Staff.login))))
    with seen.home.db.read() as session:
        rows = session.exec(query).all()
        proof = verify(session, seen.home) if kiem else None
    chosen = {key: value for key, value in (("ai", ai), ("viec", viec), ("ngay", ngay)) if value}
    page: dict[str, Any] = {
        "rows": [(row, sentence(row)) for row in rows[:PAGE_ROWS]],
        "more": rows[PAGE_ROWS - 1].id if len(rows) > PAGE_ROWS else 0,
        "chosen": chosen,
        "actions": [("", "Mọi việc"), *sorted(words.ACTIONS.items(), key=lambda pair: pair[1])],
        "ai": ai,
        "viec": viec,
        "ngay": ngay,
        "proof": proof,
    }
    return render(request, "audit.html", seen, at="audit", **page)
