"""Đổi các lần nhắc: the reminders of a campaign that runs, from the next one that nobody is planned for yet."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request, Response
from sqlmodel import Session

from campaigns import campaigns as work
from campaigns import drafts
from campaigns.tables import Campaign
from console.forms import Faults
from console.pages.steps.previews import place_here, previews
from console.pages.steps.wording import read_reminders, reminder_fields, typed_reminders
from console.web import Seen, do, go, own, render

router = APIRouter()
Doing = Annotated[Seen, Depends(do("campaigns"))]


def open_reminders(session: Session, campaign: Campaign) -> int:
    """How many reminders of this campaign may still be set or changed. 0: it is not running, or all have begun."""
    if campaign.state not in work.IN_USE or campaign.channels == ["visit"]:
        return 0
    return 1 + drafts.MOST_REMINDERS - drafts.steps_begun(session, campaign)


@router.get("/dot-van-dong/{number}/nhac-lai")
def reminders_form(request: Request, number: int, seen: Doing) -> Response:
    """The reminders to come, as they stand; the campaign's own page where there are none to change."""
    with seen.home.db.read() as session:
        campaign = own(seen, session.get(Campaign, number))
        if not open_reminders(session, campaign):
            return go(f"/dot-van-dong/{number}")
        page = _page(session, seen, campaign, campaign.steps[drafts.steps_begun(session, campaign) :])
    return render(request, "reminders.html", seen, at="campaigns", **page)


@router.post("/dot-van-dong/{number}/nhac-lai")
def change_reminders(
    request: Request,
    number: int,
    seen: Doing,
    nhac: Annotated[list[str] | None, Form()] = None,
    sau: Annotated[list[str] | None, Form()] = None,
    ai: Annotated[list[str] | None, Form()] = None,
    xem: str = Form(""),
) -> Response:
    """Keep them, or only look (``xem``). Of each reminder its text, the days before it, and whom it concerns."""
    faults = Faults()
    with seen.home.db.read() as session:
        campaign = own(seen, session.get(Campaign, number))
        later = faults.read("sau", lambda: read_reminders(campaign, typed_reminders(nhac, sau, ai)), [])
        if faults or xem:
            page = _page(session, seen, campaign, later) | {"faults": faults, "trying": bool(xem)}
            return render(request, "reminders.html", seen, 422 if faults else 200, at="campaigns", **page)
    by, now = seen.viewer.login, seen.now
    seen.home.db.write(lambda s: drafts.change_reminders(s, number, later, by, now))
    return go(f"/dot-van-dong/{number}", "da-luu")


def _page(session: Session, seen: Seen, campaign: Campaign, later: list[dict[str, Any]]) -> dict[str, Any]:
    begun = drafts.steps_begun(session, campaign)
    steps = [*campaign.steps[:begun], *later]
    return {
        "campaign": campaign,
        "path": f"/dot-van-dong/{campaign.id}",
        "begun": begun,
        "faults": Faults(),
        "trying": False,
        **reminder_fields(campaign, later, open_reminders(session, campaign)),
        **previews(campaign, steps, place_here(session, seen)),
    }
