"""What the five steps share: where a draft lies, who may change it, and where it goes on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Depends, Request, Response
from sqlmodel import Session

from campaigns import drafts
from campaigns.drafts import APPROVAL, HOW, TRIAL, WHAT, WHO
from campaigns.tables import Campaign
from console.forms import Faults
from console.web import Seen, do, go, own, render, see

Viewing = Annotated[Seen, Depends(see("campaigns"))]
Doing = Annotated[Seen, Depends(do("campaigns"))]
STEPS = {WHO: "nhom", WHAT: "noi-dung", HOW: "kenh", TRIAL: "chay-thu", APPROVAL: "duyet"}


def shown(request: Request, seen: Seen, campaign: Campaign | None, step: int, page: dict[str, Any]) -> Response:
    """A step's page. ``faults`` in the page: the form comes back with what is wrong in it."""
    path = f"/dot-van-dong/{campaign.id}" if campaign else ""
    page = {"campaign": campaign, "step": step, "paths": STEPS, "path": path, "faults": Faults()} | page
    status = 422 if page["faults"] else 200
    return render(request, f"step_{step}.html", seen, status, at="campaigns", **page)


def kept_form(
    request: Request, seen: Seen, number: int, step: int, page: Callable[[Session, Campaign], dict[str, Any]]
) -> Response:
    """A step's form with what was kept; the campaign's own page where this viewer can no longer change it."""
    with seen.home.db.read() as session:
        campaign = own(seen, session.get(Campaign, number))
        if not may_change(seen, campaign):
            return go(f"/dot-van-dong/{number}")
        return shown(request, seen, campaign, step, page(session, campaign))


def write_to(seen: Seen, number: int, change: Callable[[Session, Campaign], Any]) -> None:
    """Change a campaign of the commune looked at."""
    seen.home.db.write(lambda session: change(session, own(seen, session.get(Campaign, number))))


def may_change(seen: Seen, campaign: Campaign) -> bool:
    """Whether this viewer may still change this campaign."""
    return seen.may("campaigns") and campaign.state in drafts.OPEN


def following(campaign: Campaign) -> str:
    """Where the work on a draft goes on."""
    return f"/dot-van-dong/{campaign.id}/{STEPS[min(campaign.drafted + 1, APPROVAL)]}"


def settle(seen: Seen, number: int, step: int, **values: Any) -> Response:
    """Keep what a step decided, and go to the next one."""
    by = seen.viewer.login
    write_to(seen, number, lambda session, c: drafts.change(session, c, step, by, seen.now, **values))
    return go(f"/dot-van-dong/{number}/{STEPS[step + 1]}", "buoc-xong")
