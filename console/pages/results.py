"""Kết quả: who made it, campaign by campaign, by the evidence that says so. Levels are never added up."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from sqlmodel import col, select

from campaigns.results import REGISTER_DELAY, results
from campaigns.segments import SEGMENTS
from campaigns.tables import Campaign
from console.web import Seen, render, see

router = APIRouter()


@router.get("/ket-qua")
def results_page(request: Request, seen: Annotated[Seen, Depends(see("results"))], dot: int = 0) -> Response:
    """The launched campaigns, the newest first; ``dot`` only that one."""
    mine = select(Campaign).where(Campaign.commune == seen.here, col(Campaign.launched_at).is_not(None))
    if dot:
        mine = mine.where(Campaign.id == dot)
    with seen.home.db.read() as session:
        launched = session.exec(mine.order_by(col(Campaign.id).desc())).all()
        rows = [(campaign, results(session, campaign, seen.now)) for campaign in launched]
    page = {"rows": rows, "segments": SEGMENTS, "delay": REGISTER_DELAY, "only": dot}
    return render(request, "results.html", seen, at="results", **page)
