"""Step 5, duyệt: all that is approved on one page, by somebody else than its author."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Form, Request, Response
from sqlmodel import Session, col, select

from campaigns import campaigns as work
from campaigns import drafts
from campaigns.drafts import APPROVAL
from campaigns.tables import Campaign
from console.access import PAGES
from console.forms import Faults
from console.pages.steps.draft import Doing, Viewing, may_change, shown, write_to
from console.pages.steps.previews import summary
from console.web import Seen, go, own
from register.tables import Staff

router = APIRouter()


@router.get("/dot-van-dong/{number}/duyet")
def approval(request: Request, number: int, seen: Viewing) -> Response:
    """Step 5: all that is approved on one page; the author hands it in, somebody else approves it."""
    with seen.home.db.read() as session:
        campaign = own(seen, session.get(Campaign, number))
        page = _approval(session, seen, campaign)
    return shown(request, seen, campaign, APPROVAL, page)


@router.post("/dot-van-dong/{number}/trinh")
def submit(number: int, seen: Doing, loi_nhan: str = Form("")) -> Response:
    """Hand it in for approval."""
    write_to(seen, number, lambda session, c: drafts.submit(session, c, loi_nhan, seen.viewer.login, seen.now))
    return go(f"/dot-van-dong/{number}/duyet", "da-trinh")


@router.post("/dot-van-dong/{number}/duyet")
def approve(number: int, seen: Doing, ban: str = Form("")) -> Response:
    """Approve what was seen (``ban``: its mark), as a second person."""
    write_to(seen, number, lambda s, c: drafts.approve(s, c, ban or drafts.version(c), seen.viewer.login, seen.now))
    return go(f"/dot-van-dong/{number}", "da-duyet")


@router.post("/dot-van-dong/{number}/tra-lai")
def give_back(request: Request, number: int, seen: Doing, loi_nhan: str = Form("")) -> Response:
    """Return it to the author with what should be changed."""
    if not drafts.written(loi_nhan):  # asked for before anything is written
        faults = Faults(loi_nhan="Hãy ghi vài lời: cần sửa điều gì.")
        with seen.home.db.read() as session:
            campaign = own(seen, session.get(Campaign, number))
            page = _approval(session, seen, campaign) | {"faults": faults}
        return shown(request, seen, campaign, APPROVAL, page)
    write_to(seen, number, lambda session, c: drafts.give_back(session, c, loi_nhan, seen.viewer.login, seen.now))
    return go(f"/dot-van-dong/{number}", "tra-lai")


def _approval(session: Session, seen: Seen, campaign: Campaign) -> dict[str, Any]:
    waits = campaign.state == work.CampaignState.DRAFT and campaign.submitted_at is not None
    second = seen.viewer.login not in (campaign.author, campaign.submitted_by)
    return summary(session, seen, campaign) | {
        "waits": waits,
        "may_approve": waits and second and seen.may("campaigns"),
        "approvers": _approvers(session, seen, campaign),
        "version": drafts.version(campaign),
        "changeable": may_change(seen, campaign),
    }


def _approvers(session: Session, seen: Seen, campaign: Campaign) -> list[Staff]:
    """Who may approve: of this commune or above it, and neither author nor whoever handed it in."""
    mine = (campaign.author, campaign.submitted_by or seen.viewer.login)
    query = select(Staff).where(col(Staff.role).in_(PAGES["campaigns"].do), col(Staff.active))
    query = query.where(col(Staff.login).not_in(mine))
    query = query.where((col(Staff.unit) == campaign.commune) | col(Staff.unit).is_(None))
    return list(session.exec(query.order_by(col(Staff.role), col(Staff.name))).all())
