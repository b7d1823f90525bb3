"""Đợt vận động: make, try out, have a second person approve, launch, watch, pause, resume, cancel; and the notice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request, Response
from sqlmodel import Session, col, select

from campaigns import campaigns as work
from campaigns.decide import CHANNELS, COLD_AIRINGS
from campaigns.reach import reach
from campaigns.reasons import REASONS
from campaigns.segments import SEGMENTS
from campaigns.tables import Announcement, Campaign
from campaigns.texts import place_of
from console import words
from console.web import Missing, Seen, as_count, as_day, do, go, own, render, see
from content.messages import first_message
from register.audit import declare, note
from register.errors import BadInput

router = APIRouter()
Viewing = Annotated[Seen, Depends(see("campaigns"))]
Doing = Annotated[Seen, Depends(do("campaigns"))]
DAYS = 38  # default window: a month and the week before the next list
declare("announcement_noted", "aired")


@router.get("/dot-van-dong")
def campaigns(request: Request, seen: Viewing) -> Response:
    """All campaigns of this commune with their counts, the newest first."""
    with seen.home.db.read() as session:
        mine = select(Campaign).where(Campaign.commune == seen.here).order_by(col(Campaign.id).desc())
        rows = [(campaign, work.status(session, campaign)) for campaign in session.exec(mine).all()]
        announced = work.is_announced(session, seen.here)
    return render(request, "campaigns.html", seen, at="campaigns", rows=rows, announced=announced, segments=SEGMENTS)


@router.get("/dot-van-dong/moi")
def new_form(request: Request, seen: Doing) -> Response:
    """The form of a new campaign, with how many people each group has and how they can be reached."""
    with seen.home.db.read() as session:
        groups = [(segment, reach(session, seen.here, name, seen.now)) for name, segment in SEGMENTS.items()]
    today = words.local(seen.now).date()
    page: dict[str, Any] = {
        "groups": groups,
        "chosen": next((segment.name for segment, ways in groups if ways["people"]), ""),
        "chats": any(ways["chat"] for _, ways in groups),
        "channels": [(name, words.CHANNELS[name]) for name in CHANNELS],
        "enabled": work.enabled_channels(seen.home) | {"visit"},
        "first": today,
        "last": today + timedelta(days=DAYS),
        "name": f"Đợt tháng {today.month}/{today.year}",
    }
    return render(request, "campaign_new.html", seen, at="campaigns", **page)


@router.post("/dot-van-dong")
def create(
    seen: Doing,
    ten: str = Form(""),
    nhom: str = Form(""),
    kenh: list[str] = Form([]),
    tu: str = Form(""),
    den: str = Form(""),
    kinh_phi: str = Form(""),
) -> Response:
    """Store the draft. Channels are tried in the order of the form."""
    if not kenh:
        raise BadInput("Hãy chọn ít nhất một cách đến với người dân.")
    starts, ends = as_day(tu, "Ngày bắt đầu"), as_day(den, "Ngày kết thúc")
    budget = as_count(kinh_phi, "Kinh phí") if kinh_phi.strip() else None
    name, commune, by = " ".join(ten.split()), seen.here, seen.viewer.login

    def make(session: Session) -> int:
        made = work.new_campaign(session, commune, name, nhom, kenh, starts, ends, by, seen.now, budget_vnd=budget)
        return made.id or 0

    return go(f"/dot-van-dong/{seen.home.db.write(make)}", "da-tao")


@router.get("/dot-van-dong/{number}")
def campaign_page(request: Request, number: int, seen: Viewing) -> Response:
    """One campaign: what it says, whom it concerns, how it goes."""
    with seen.home.db.read() as session:
        campaign = own(seen, session.get(Campaign, number))
        page = _figures(session, campaign)
        place = place_of(session, campaign.commune, None, seen.now)
        page["messages"] = [first_message(step["message"], "zalo", None, place) for step in campaign.steps]
        page["announced"] = work.is_announced(session, seen.here)
        page["unknown"] = work.unknown_rows(session, campaign)
    return render(request, "campaign.html", seen, at="campaigns", **page)


@router.get("/dot-van-dong/{number}/so-lieu")
def figures(request: Request, number: int, seen: Viewing) -> Response:
    """The figures alone, which a running campaign's page asks for every few seconds."""
    with seen.home.db.read() as session:
        page = _figures(session, own(seen, session.get(Campaign, number)))
    return render(request, "campaign_figures.html", seen, **page)


def _figures(session: Session, campaign: Campaign) -> dict[str, Any]:
    return {
        "campaign": campaign,
        "status": work.status(session, campaign),
        "segment": SEGMENTS[campaign.segment],
        "reasons": REASONS,
    }


@router.get("/dot-van-dong/{number}/chay-thu")
def rehearsal(request: Request, number: int, seen: Viewing) -> Response:
    """Chạy thử: everything a launch would do now, without doing it; priced by the templates."""
    with seen.home.db.read() as session:
        campaign = own(seen, session.get(Campaign, number))
        trial = work.rehearse(session, seen.home, campaign, seen.now)
    page = {"campaign": campaign, "trial": trial, "reasons": REASONS}
    return render(request, "rehearsal.html", seen, at="campaigns", **page)


Action = Callable[[Session, Seen, Campaign], Any]
ACTIONS: dict[str, tuple[str, Action]] = {
    "duyet": ("da-duyet", lambda s, seen, c: work.approve(s, c, seen.viewer.login, seen.now)),
    "chay": ("da-chay", lambda s, seen, c: work.launch(s, seen.home, c, seen.viewer.login, seen.now)),
    "tam-dung": ("tam-dung", lambda s, seen, c: work.pause(s, c, seen.viewer.login, seen.now)),
    "chay-tiep": ("chay-tiep", lambda s, seen, c: work.resume(s, c, seen.viewer.login, seen.now)),
    "huy": ("da-huy", lambda s, seen, c: work.cancel(s, c, seen.viewer.login, seen.now)),
}


@router.post("/dot-van-dong/{number}/chua-ro")
def settle(number: int, seen: Doing, person: Annotated[int, Form()], toi: Annotated[str, Form()]) -> Response:
    """An officer has asked the person: the message arrived (``toi`` = co), or it goes out again."""

    def write(session: Session) -> None:
        campaign = own(seen, session.get(Campaign, number))
        work.settle(session, campaign, person, toi == "co", seen.viewer.login, seen.now)

    seen.home.db.write(write)
    return go(f"/dot-van-dong/{number}", "da-luu")


@router.post("/dot-van-dong/{number}/{action}")
def act(number: int, action: str, seen: Doing) -> Response:
    """Approve, launch, pause, resume or cancel."""
    if action not in ACTIONS:
        raise Missing
    done, step = ACTIONS[action]
    seen.home.db.write(lambda session: step(session, seen, own(seen, session.get(Campaign, number))))
    return go(f"/dot-van-dong/{number}", done)


# --- Thông báo: what must exist before anybody is written to for the first time --------------------


@router.get("/thong-bao")
def announcements(request: Request, seen: Viewing) -> Response:
    """The commune's notices: signed, posted, aired, told in the hamlets."""
    with seen.home.db.read() as session:
        mine = select(Announcement).where(Announcement.commune == seen.here).order_by(col(Announcement.id).desc())
        rows = session.exec(mine).all()
        announced = work.is_announced(session, seen.here)
    today = words.local(seen.now).date()
    page: dict[str, Any] = {"rows": rows, "announced": announced, "today": today, "airings": COLD_AIRINGS}
    return render(request, "announcements.html", seen, at="campaigns", **page)


@router.post("/thong-bao")
def note_announcement(
    seen: Doing,
    so: str = Form(""),
    ngay_ky: str = Form(""),
    ngay_niem_yet: str = Form(""),
    so_lan_phat: str = Form("0"),
    so_khu: str = Form("0"),
    thong_bao: int = Form(0),
) -> Response:
    """Note a new notice, or what has happened to one (``thong_bao``: its id)."""
    aired, told = as_count(so_lan_phat, "Số lần phát loa"), as_count(so_khu, "Số khu dân cư đã phổ biến")
    posted = as_day(ngay_niem_yet, "Ngày niêm yết") if ngay_niem_yet.strip() else None

    def store(session: Session) -> None:
        if thong_bao:
            row = own(seen, session.get(Announcement, thong_bao))
        else:
            row = Announcement(commune=seen.here, document=" ".join(so.split()), signed_on=as_day(ngay_ky, "Ngày ký"))
        row.posted_on, row.aired, row.hamlets_told = posted, aired, told
        session.add(row)
        session.flush()
        note(session, seen.viewer.login, "announcement_noted", str(row.id), seen.now, aired=aired)

    seen.home.db.write(store)
    return go("/thong-bao", "da-luu")
