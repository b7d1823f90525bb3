"""Nhóm đối chứng: the province's leave, given by its own officer on the campaign's page; nobody else can record it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Response
from sqlmodel import Session

from campaigns.results.holding_out import hold_out
from campaigns.tables import Campaign
from console.forms import as_count
from console.web import Seen, do, go, own
from register.errors import BadInput

router = APIRouter()


@router.post("/dot-van-dong/{number}/doi-chung")
def allow(
    number: int,
    seen: Annotated[Seen, Depends(do("province"))],
    phan_tram: str = Form(""),
    van_ban: str = Form(""),
    dong_y: str = Form(""),
) -> Response:
    """So many percent of the people get nothing, by this document of the province; approved campaigns wait anew."""

    def store(session: Session) -> None:
        campaign = own(seen, session.get(Campaign, number))
        if not dong_y:
            raise BadInput("Hãy đánh dấu xác nhận tỉnh cho phép trước khi ghi.")
        hold_out(session, campaign, as_count(phan_tram, "Phần trăm"), van_ban, seen.viewer.login, seen.now)

    seen.home.db.write(store)
    return go(f"/dot-van-dong/{number}", "da-luu")
