"""Step 1, nhóm cần giúp: whom to help, how many they are, by which ways they can be reached."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request, Response
from sqlmodel import Session, select

from campaigns import campaigns as work
from campaigns import drafts
from campaigns.drafts import WHO
from campaigns.engine.decide import CHANNELS
from campaigns.reach import reaches
from campaigns.segments import SEGMENTS
from campaigns.tables import Campaign
from console import words
from console.forms import Faults
from console.narrowing import Narrowed, as_filled_in, choices, look, narrowed_form
from console.pages.steps.draft import Doing, Viewing, following, kept_form, settle, shown
from console.web import Seen, go, own
from register.ladder import ladder

router = APIRouter()
Narrowing = Annotated[Narrowed, Depends(narrowed_form)]
DAYS = 38  # default window: a month and the week before the next list


@router.get("/dot-van-dong/moi")
def new_form(request: Request, seen: Doing) -> Response:
    """Step 1 of a new campaign: whom to help, how many they are and how they can be reached."""
    with seen.home.db.read() as session:
        page = _groups(session, seen, "", _free_name(session, seen), Narrowed())
    return shown(request, seen, None, WHO, page)


@router.post("/dot-van-dong")
def create(
    request: Request, seen: Doing, form: Narrowing, ten: str = Form(""), nhom: str = Form(""), xem: str = Form("")
) -> Response:
    """Keep the draft, with usual values for the steps to come; ``xem``: only look who that would be."""
    today = words.local(seen.now).date()
    with seen.home.db.read() as session:
        name, group, looked, faults = _chosen(session, seen, form, ten, nhom, None)
        if faults or xem:
            page = _groups(session, seen, nhom, ten, form) | {"faults": faults, "looked": looked}
            return shown(request, seen, None, WHO, page)
    enabled = work.enabled_channels(seen.home) | {"visit"}
    channels = [channel for channel in CHANNELS if channel in enabled]
    last, by = today + timedelta(days=DAYS), seen.viewer.login

    def make(session: Session) -> Campaign:
        narrowed = form.conditions()
        return drafts.start(session, seen.here, name, group, channels, today, last, by, seen.now, narrowed)

    return go(following(seen.home.db.write(make)), "buoc-xong")


@router.get("/dot-van-dong/{number}/nhom")
def group_form(request: Request, number: int, seen: Viewing) -> Response:
    """Step 1 again."""

    def page(session: Session, campaign: Campaign) -> dict[str, Any]:
        form = as_filled_in(campaign.narrowed)
        return _groups(session, seen, campaign.segment, campaign.name, form, campaign.id) | {
            "looked": look(session, seen, campaign.segment, form)
        }

    return kept_form(request, seen, number, WHO, page)


@router.post("/dot-van-dong/{number}/nhom")
def set_group(
    request: Request,
    number: int,
    seen: Doing,
    form: Narrowing,
    ten: str = Form(""),
    nhom: str = Form(""),
    xem: str = Form(""),
) -> Response:
    """Another name or group; ``xem``: only look who that would be."""
    with seen.home.db.read() as session:
        campaign = own(seen, session.get(Campaign, number))
        name, group, looked, faults = _chosen(session, seen, form, ten, nhom, number)
        if faults or xem:
            page = _groups(session, seen, nhom, ten, form, number) | {"faults": faults, "looked": looked}
            return shown(request, seen, campaign, WHO, page)
        values = drafts.group_values(campaign, group, form.conditions())
    return settle(seen, number, WHO, name=name, **values)


def _chosen(
    session: Session, seen: Seen, form: Narrowed, name: str, group: str, number: int | None
) -> tuple[str, str, dict[str, Any] | None, Faults]:
    """(name, group, whom it comes to, what is wrong)."""
    faults = Faults()
    name = faults.read("ten", lambda: drafts.named(session, seen.here, name, number), name)
    group = faults.read("nhom", lambda: drafts.grouped(group), "")
    looked = faults.read("thu-hep", lambda: look(session, seen, group, form)) if group else None
    return name, group, looked, faults


def _groups(
    session: Session, seen: Seen, chosen: str, name: str, form: Narrowed, number: int | None = None
) -> dict[str, Any]:
    ways = reaches(session, seen.here, seen.now)
    return {
        "form": form,
        "choices": choices(session, seen, number),
        "looked": None,
        "groups": [(segment, ways[key]) for key, segment in SEGMENTS.items()],
        "chosen": chosen or next((key for key in SEGMENTS if ways[key]["people"]), ""),
        "name": name,
        "rungs": {rung.key: rung for rung in ladder(session, seen.here)},
    }


def _free_name(session: Session, seen: Seen) -> str:
    """ "Đợt tháng 11/2026", or "… (2)" where that is taken."""
    today = words.local(seen.now).date()
    usual = f"Đợt tháng {today.month}/{today.year}"
    taken = set(session.exec(select(Campaign.name).where(Campaign.commune == seen.here)).all())
    return next(name for n in range(1, len(taken) + 2) if (name := f"{usual} ({n})" if n > 1 else usual) not in taken)
