"""Step 3, kênh và thời gian: by which ways, in which order, when, for how much."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from sqlalchemy import func
from sqlmodel import Session, col, select

from campaigns import campaigns as work
from campaigns import drafts
from campaigns.drafts import HOW
from campaigns.engine.decide import CHANNELS, MAX_A_DAY, MAX_A_WEEK, WAVE_DAYS
from campaigns.hours import hours_of
from campaigns.reach import reach
from campaigns.tables import Campaign, HelpSession
from channels import lanes
from console import words
from console.forms import Faults, as_count, as_day
from console.pages.steps.draft import Doing, Viewing, kept_form, settle, shown
from console.web import Seen, go, own
from register.home import VIETNAM

router = APIRouter()


@router.get("/dot-van-dong/{number}/kenh")
def channel_form(request: Request, number: int, seen: Viewing) -> Response:
    """Step 3: by which ways, in which order, when, for how much."""

    def page(session: Session, campaign: Campaign) -> dict[str, Any]:
        days = words.day(campaign.starts_on), words.day(campaign.ends_on)
        return _channels(session, seen, campaign, campaign.channels, *days, words.count(campaign.budget_vnd))

    return kept_form(request, seen, number, HOW, page)


@router.post("/dot-van-dong/{number}/kenh")
def set_channels(
    request: Request,
    number: int,
    seen: Doing,
    kenh: Annotated[list[str] | None, Form()] = None,
    tu: str = Form(""),
    den: str = Form(""),
    kinh_phi: str = Form(""),
    chi_tieu: str = Form("60, 100"),
    moi_ngay: str = Form(""),
    lan_luot: str = Form(""),
) -> Response:
    """Keep the ways, the window and the budget."""
    faults = Faults()
    channels = faults.read("kenh", lambda: drafts.ordered(kenh or []), [])
    first = faults.read("tu", lambda: as_day(tu, "Ngày bắt đầu"))
    last = faults.read("den", lambda: as_day(den, "Ngày kết thúc"))
    spread = 0
    if first and last and faults.read("den", lambda: drafts.window(first, last, seen.now)):
        spread = faults.read("lan_luot", lambda: drafts.spread(lan_luot, first, last))
    budget = faults.read("kinh_phi", lambda: as_count(kinh_phi, "Kinh phí") if kinh_phi.strip() else None)
    targets = faults.read("chi_tieu", lambda: drafts.targeted(chi_tieu))
    if moi_ngay.strip():
        faults.read("moi_ngay", lambda: as_count(moi_ngay, "Số người mỗi ngày"))
    if not faults:
        window = {"starts_on": first, "ends_on": last, "spread_days": spread}
        on = settle(seen, number, HOW, channels=channels, budget_vnd=budget, targets=targets, **window)
        return go("/buoi-ho-tro", moi_ngay=moi_ngay, dot=number) if moi_ngay.strip() else on
    with seen.home.db.read() as session:
        campaign = own(seen, session.get(Campaign, number))
        page = _channels(session, seen, campaign, [c for c in kenh or [] if c in CHANNELS], tu, den, kinh_phi)
        page |= {"targets": chi_tieu, "spread": lan_luot}
    return shown(request, seen, campaign, HOW, page | {"faults": faults})


def _channels(
    session: Session, seen: Seen, campaign: Campaign, chosen: list[str], first: str, last: str, budget: str
) -> dict[str, Any]:
    prices = lanes.prices(session)
    enabled = work.enabled_channels(seen.home) | {"visit"}
    places, sessions = _capacity(session, seen, campaign.ends_on)
    return {
        "order": [*chosen, *[""] * (len(CHANNELS) - len(chosen))][: len(CHANNELS)],
        "channels": [
            (name, words.CHANNELS[name] + ("" if name in enabled else " (chưa thiết lập)")) for name in CHANNELS
        ],
        "enabled": enabled,
        "prices": {name: prices.get(name) for name in CHANNELS if name in enabled and name != "visit"},
        "ways": reach(session, seen.here, campaign.segment, seen.now),
        "first": first,
        "last": last,
        "budget": budget,
        "targets": ", ".join(map(str, campaign.targets)),
        "spread": str(campaign.spread_days or ""),
        "template_fits": campaign.goal == "asxh_account",
        "hours": hours_of(session, seen.home, seen.here),
        "caps": (MAX_A_DAY, MAX_A_WEEK),
        "wave_days": WAVE_DAYS,
        "places": places,
        "sessions": sessions,
    }


def _capacity(session: Session, seen: Seen, last: date) -> tuple[int, int]:
    """(people who can be helped, sessions) that are still to come within the campaign."""
    query = select(func.coalesce(func.sum(HelpSession.capacity), 0), func.count()).where(
        HelpSession.commune == seen.here,
        col(HelpSession.starts_at) >= seen.now,
        col(HelpSession.starts_at) < datetime.combine(last + timedelta(days=1), time(0), VIETNAM),
    )
    places, number = session.exec(query).one()
    return int(places), int(number)
