"""Đợt vận động: all of them, and one that waits, runs or is over: launch, watch, pause, resume, cancel; the notice.

How a campaign is made stands in console.pages.steps.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request, Response
from sqlalchemy import and_, case, distinct, func
from sqlalchemy import select as counting
from sqlmodel import Session, col, select

from campaigns import campaigns as work
from campaigns import restored
from campaigns.engine.decide import COLD_AIRINGS
from campaigns.engine.healing import stands_still
from campaigns.engine.tallies import tally
from campaigns.field.notice import notice_docx, still_missing
from campaigns.field.told import note_all_told, told_lately
from campaigns.reasons import REASONS
from campaigns.results.variants import variants
from campaigns.segments import GOALS, SEGMENTS
from campaigns.states import WAITING, CampaignState, DeliveryState
from campaigns.tables import Announcement, Attempt, Campaign, Delivery
from console import words
from console.forms import Faults, as_day
from console.narrowing import hides_hamlets
from console.pages.reminders import open_reminders
from console.pages.steps.draft import STEPS, following, may_change, write_to
from console.pages.steps.previews import summary
from console.web import Missing, Seen, do, go, own, render, see, take_away
from content.library import library
from register.asking import is_out
from register.audit import declare, note
from register.errors import BadInput
from register.offices import OFFICES
from register.tables import Inquiry, InquiryRow, Person
from register.units import hamlets_of

router = APIRouter()
Viewing = Annotated[Seen, Depends(see("campaigns"))]
Doing = Annotated[Seen, Depends(do("campaigns"))]
PAGE_ROWS = 30  # campaigns on one page
UNKNOWN_ROWS = 20  # people of whom it is not known, shown at once
REFRESH_S = 5
declare("announcement_noted", "aired")


@router.get("/dot-van-dong")
def campaigns(request: Request, seen: Viewing, trang: int = 1) -> Response:
    """The campaigns of this commune with their counts, the newest first."""
    start = (max(trang, 1) - 1) * PAGE_ROWS
    with seen.home.db.read() as session:
        mine = select(Campaign).where(Campaign.commune == seen.here).order_by(col(Campaign.id).desc())
        found = session.exec(mine.offset(start).limit(PAGE_ROWS + 1)).all()
        counted = _counts(session, found[:PAGE_ROWS])
        page: dict[str, Any] = {
            "rows": [(campaign, tally(counted.get(campaign.id or 0, ()))) for campaign in found[:PAGE_ROWS]],
            "announced": work.is_announced(session, seen.here),
            "segments": SEGMENTS,
            "following": following,
            "trang": max(trang, 1),
            "more": len(found) > PAGE_ROWS,
        }
    return render(request, "campaigns.html", seen, at="campaigns", **page)


def _counts(session: Session, found: Any) -> dict[int, list[Any]]:
    """(state, reason, channel, how many) of step 1, by campaign, in one statement."""
    names: list[Any] = [col(Delivery.campaign), col(Delivery.state), col(Delivery.reason), col(Delivery.channel)]
    query = counting(*names, func.count()).where(col(Delivery.step) == 1)
    query = query.where(col(Delivery.campaign).in_([c.id for c in found if c.launched_at])).group_by(*names)
    counted: dict[int, list[Any]] = {}
    for number, *row in session.execute(query):
        counted.setdefault(number, []).append(row)
    return counted


@router.get("/dot-van-dong/{number}")
def campaign_page(request: Request, number: int, seen: Viewing) -> Response:
    """One campaign: what it says, whom it concerns, how it goes."""
    with seen.home.db.read() as session:
        campaign = own(seen, session.get(Campaign, number))
        unknown = work.unknown_rows(session, campaign)
        page = _figures(session, seen, campaign) | summary(session, seen, campaign)
        page |= {
            "path": f"/dot-van-dong/{number}",
            "paths": STEPS,
            "following": following(campaign),
            "changeable": may_change(seen, campaign),
            "unknown": unknown[:UNKNOWN_ROWS],
            "restored": sum(row.reason == restored.REASON for row in unknown),
            "refresh": REFRESH_S,
        }
    return render(request, "campaign.html", seen, at="campaigns", **page)


@router.get("/dot-van-dong/{number}/so-lieu")
def figures(request: Request, number: int, seen: Viewing) -> Response:
    """The figures alone, for which the page of a running campaign asks every few seconds."""
    with seen.home.db.read() as session:
        campaign = own(seen, session.get(Campaign, number))
        page = _figures(session, seen, campaign)
    response = render(request, "campaign_figures.html", seen, **page)
    if campaign.state != CampaignState.RUNNING:
        response.headers["HX-Refresh"] = "true"  # the whole page says what may be done now
    return response


def _figures(session: Session, seen: Seen, campaign: Campaign) -> dict[str, Any]:
    hidden, now = hides_hamlets(seen, campaign), seen.now
    return {
        "campaign": campaign,
        "status": work.status(session, campaign),
        "by_hamlet": _by_hamlet(session, campaign) if campaign.launched_at and not hidden else [],
        "hidden": hidden,
        "segment": SEGMENTS[campaign.segment],
        "variants": [(library().messages[v.text].title, v) for v in variants(session, campaign)],
        "goal": GOALS[campaign.goal],
        "reasons": REASONS,
        "writes": campaign.channels != ["visit"],
        "turned": _turned(session, campaign),
        "with_offices": _with_offices(session, campaign, now),
        "stands_still": stands_still(session, campaign, now),
        "open_reminders": open_reminders(session, campaign),
    }


def _turned(session: Session, campaign: Campaign) -> int:
    """How many are visited because no message reached them, though one was tried."""
    tried = select(Attempt.id).where(Attempt.delivery == Delivery.id).exists()
    query = counting(func.count()).where(col(Delivery.campaign) == campaign.id, col(Delivery.step) == 1, tried)
    return int(session.execute(query.where(*VISITED)).scalar_one())


def _with_offices(session: Session, campaign: Campaign, now: datetime) -> list[tuple[str, int]]:
    """(office, people of this campaign whom it was asked to help and whose answer is still to come)."""
    mine = counting(col(Delivery.person)).where(col(Delivery.campaign) == campaign.id, col(Delivery.step) == 1)
    query = (
        counting(col(Inquiry.kind), func.count(distinct(col(InquiryRow.person))))
        .join(InquiryRow, col(InquiryRow.inquiry) == col(Inquiry.id))
        .where(col(InquiryRow.person).in_(mine), is_out(now))
        .group_by(col(Inquiry.kind))
    )
    found = dict(map(tuple, session.execute(query)))
    return [(office.label, found[kind]) for kind, office in OFFICES.items() if kind in found]


VISITED = (col(Delivery.state) == DeliveryState.SKIPPED, col(Delivery.reason) == "visit")
BECAME = {
    "sent": (DeliveryState.ACCEPTED,),
    "waiting": WAITING,
    "unclear": (DeliveryState.UNKNOWN, DeliveryState.FAILED),
    "nothing": (DeliveryState.SKIPPED,),
}


def _by_hamlet(session: Session, campaign: Campaign) -> list[tuple[str, dict[str, int]]]:
    """Of each hamlet (in the order of ids; the last: none known) what became of the first message."""
    whens = [(and_(*VISITED), "visit")] + [(col(Delivery.state).in_(states), name) for name, states in BECAME.items()]
    became = case(*whens, else_="waiting")
    query = (
        counting(col(Person.hamlet), became.label("became"), func.count())
        .join(Person, col(Person.id) == Delivery.person)
        .where(col(Delivery.campaign) == campaign.id, col(Delivery.step) == 1)
        .group_by(col(Person.hamlet), became)
    )
    names = {unit.code: unit.name for unit in hamlets_of(session, campaign.commune)}
    found: dict[str, dict[str, int]] = {}
    for hamlet, what, number in session.execute(query):
        found.setdefault(hamlet or "~", dict.fromkeys((*BECAME, "visit"), 0))[what] += number
    return [(names.get(code, "Chưa rõ địa bàn"), found[code]) for code in sorted(found)]


Action = Callable[[Session, Seen, Campaign], Any]
ACTIONS: dict[str, tuple[str, Action]] = {
    "chay": ("da-chay", lambda s, seen, c: work.launch(s, seen.home, c, seen.viewer.login, seen.now)),
    "tam-dung": ("tam-dung", lambda s, seen, c: work.pause(s, c, seen.viewer.login, seen.now)),
    "chay-tiep": ("chay-tiep", lambda s, seen, c: work.resume(s, c, seen.viewer.login, seen.now)),
    "huy": ("da-huy", lambda s, seen, c: work.cancel(s, c, seen.viewer.login, seen.now)),
}


@router.post("/dot-van-dong/{number}/chua-ro")
def settle(number: int, seen: Doing, toi: Annotated[str, Form()], person: Annotated[int, Form()] = 0) -> Response:
    """An officer has asked the person: the message arrived (``toi`` = co), or it goes out again.

    Without a person: so decided for all whom a restore held back.
    """
    arrived, by = toi == "co", seen.viewer.login

    def write(session: Session, campaign: Campaign) -> None:
        if person:
            work.settle(session, campaign, person, arrived, by, seen.now)
        else:
            restored.settle_restored(session, campaign, arrived, by, seen.now)

    write_to(seen, number, write)
    return go(f"/dot-van-dong/{number}", "da-luu")


@router.post("/dot-van-dong/{number}/{action}")
def act(number: int, action: str, seen: Doing) -> Response:
    """Launch, pause, resume or cancel."""
    if action not in ACTIONS:
        raise Missing
    done, step = ACTIONS[action]
    write_to(seen, number, lambda session, campaign: step(session, seen, campaign))
    return go(f"/dot-van-dong/{number}", done)


# --- Thông báo: what must exist before anybody is written to for the first time --------------------


@router.get("/thong-bao")
def announcements(request: Request, seen: Viewing) -> Response:
    """The commune's notices: signed, posted, aired, told in the hamlets."""
    return _announcements(request, seen, {})


def _announcements(request: Request, seen: Seen, page: dict[str, Any]) -> Response:
    with seen.home.db.read() as session:
        mine = select(Announcement).where(Announcement.commune == seen.here).order_by(col(Announcement.id).desc())
        page = {
            "rows": session.exec(mine).all(),
            "announced": work.is_announced(session, seen.here),
            "today": words.local(seen.now).date(),
            "airings": COLD_AIRINGS,
            "missing": still_missing(session, seen.here),
            "hamlets": len(hamlets_of(session, seen.here)),
            "told_on": told_lately(session, seen.here),
            "faults": Faults(),
            "typed": {},
        } | page
    status = 422 if page["faults"] else 200
    return render(request, "announcements.html", seen, status, at="campaigns", **page)


@router.get("/thong-bao/mau.docx")
def notice_form(seen: Viewing) -> Response:
    """The notice's text, ready to be signed and posted: it names nobody."""
    with seen.home.db.read() as session:
        content = notice_docx(session, seen.here, seen.now)
    return take_away(content, f"thong-bao-{seen.here}.docx")


@router.post("/thong-bao")
def note_announcement(
    request: Request,
    seen: Doing,
    so: str = Form(""),
    ngay_ky: str = Form(""),
    niem_yet: str = Form(""),
    ngay_niem_yet: str = Form(""),
    phat_loa: str = Form(""),
    ngay_phat_loa: str = Form(""),
    da_bao: str = Form(""),
    ngay_da_bao: str = Form(""),
    thong_bao: int = Form(0),
) -> Response:
    """Note a new notice, or what has happened to one (``thong_bao``: its id): each step is ticked, with its day.

    Fields of a row end in its id on the page. A tick that is taken away takes the step back.
    """
    end, document, faults = str(thong_bao or ""), " ".join(so.split()), Faults()
    signed = words.local(seen.now).date()
    if thong_bao:
        with seen.home.db.read() as session:
            signed = own(seen, session.get(Announcement, thong_bao)).signed_on
    else:
        signed = faults.read("ngay_ky", lambda: _past_day(seen, ngay_ky, "Ngày ký"), signed)
        if not document:
            faults["so"] = "Hãy ghi số văn bản, ví dụ 45/TB-UBND."

    def done(field: str, tick: str, day: str, what: str) -> date | None:
        return faults.read(f"{field}{end}", lambda: _past_day(seen, day, what, signed)) if tick else None

    posted = done("ngay_niem_yet", niem_yet, ngay_niem_yet, "Ngày niêm yết")
    aired = done("ngay_phat_loa", phat_loa, ngay_phat_loa, "Ngày phát loa lần cuối")
    told = done("ngay_da_bao", da_bao, ngay_da_bao, "Ngày báo trưởng khu, thôn")
    if faults:
        typed = {"so": so, "ngay_ky": ngay_ky, f"niem_yet{end}": niem_yet, f"ngay_niem_yet{end}": ngay_niem_yet}
        typed |= {f"phat_loa{end}": phat_loa, f"ngay_phat_loa{end}": ngay_phat_loa}
        typed |= {f"da_bao{end}": da_bao, f"ngay_da_bao{end}": ngay_da_bao}
        return _announcements(request, seen, {"faults": faults, "typed": typed})

    def store(session: Session) -> None:
        if thong_bao:
            row = own(seen, session.get(Announcement, thong_bao))
        else:
            row = Announcement(commune=seen.here, document=document, signed_on=signed)
        row.posted_on, row.aired_on = posted, aired
        row.aired = max(row.aired, COLD_AIRINGS) if aired else 0
        session.add(row)
        session.flush()
        note(session, seen.viewer.login, "announcement_noted", str(row.id), seen.now, aired=row.aired)
        note_all_told(session, row, told, seen.viewer.login, seen.now)

    seen.home.db.write(store)
    return go("/thong-bao", "da-luu")


def _past_day(seen: Seen, text: str, what: str, first: date | None = None) -> date:
    """A day that has come, and not before the notice was signed."""
    day = as_day(text, what)
    if day > words.local(seen.now).date():
        raise BadInput(f"{what}: không thể là ngày chưa tới.")
    if first is not None and day < first:
        raise BadInput(f"{what}: không thể trước ngày ký thông báo.")
    return day
