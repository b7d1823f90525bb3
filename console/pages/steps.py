"""Lập đợt vận động in five short steps, one decision each: nhóm cần giúp → nội dung → kênh và thời gian → chạy
thử → duyệt. What was chosen lies in the database (campaigns.drafts): going back loses nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import zip_longest
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request, Response
from sqlalchemy import func
from sqlmodel import Session, col, select

from campaigns import campaigns as work
from campaigns import drafts
from campaigns.drafts import APPROVAL, HOW, TRIAL, WHAT, WHO
from campaigns.engine.decide import CHANNELS, MAX_A_DAY, MAX_A_WEEK, WAVE_DAYS
from campaigns.engine.texts import place_of
from campaigns.hours import hours_of
from campaigns.reach import advice, reach, reaches
from campaigns.reasons import REASONS
from campaigns.rehearsal import NEW_QUOTA, lines, rehearse
from campaigns.rehearsal_file import rehearsal_sheet
from campaigns.segments import GOALS, SEGMENTS
from campaigns.steps import ONLY
from campaigns.tables import Campaign, HelpSession
from channels import lanes
from console import words
from console.access import PAGES
from console.forms import Faults
from console.narrowing import Narrowed, as_filled_in, choices, look, narrowed_form, narrowed_words
from console.web import Missing, Seen, as_count, as_day, do, go, names_of, own, render, see, take_away
from content.check import MAX_SYLLABLES, check_text
from content.library import library
from content.message import Addressee, Message, Place
from content.messages import MAX_CHARS, first_message, zbs_params
from content.words import sentences, syllables
from register.audit import note
from register.errors import BadInput
from register.home import VIETNAM
from register.ladder import ladder
from register.people import identity_of, masked
from register.staff import scope
from register.tables import Person, Staff
from register.units import hamlets_of

router = APIRouter()
Viewing = Annotated[Seen, Depends(see("campaigns"))]
Doing = Annotated[Seen, Depends(do("campaigns"))]
Narrowing = Annotated[Narrowed, Depends(narrowed_form)]
DAYS = 38  # default window: a month and the week before the next list
FIRST, LATER = ("first", "session"), ("reminder", "session")  # messages that may stand first, and after it
REMIND_AFTER = 4  # days, unless somebody chooses otherwise
SAMPLES = 5  # people of a trial that are shown
EXAMPLE = Addressee("bà", "Mai")
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


# --- 1: nhóm cần giúp ------------------------------------------------------------------------------


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
    return _settle(seen, number, WHO, name=name, **values)


def _chosen(
    session: Session, seen: Seen, form: Narrowed, name: str, group: str, number: int | None
) -> tuple[str, str, dict[str, Any] | None, Faults]:
    """(name, group, whom it comes to, what is wrong)."""
    faults = Faults()
    name = faults.read("ten", lambda: drafts.named(session, seen.here, name, number), name)
    group = faults.read("nhom", lambda: drafts.grouped(group), "")
    looked = faults.read("thu-hep", lambda: look(session, seen, group, form)) if group else None
    return name, group, looked, faults


def _settle(seen: Seen, number: int, step: int, **values: Any) -> Response:
    """Keep what a step decided, and go to the next one."""
    by = seen.viewer.login
    write_to(seen, number, lambda session, c: drafts.change(session, c, step, by, seen.now, **values))
    return go(f"/dot-van-dong/{number}/{STEPS[step + 1]}", "buoc-xong")


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


# --- 2: nội dung -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Shown:
    """One message as a phone shows it, with what was checked. ``longest``: syllables of the longest sentence."""

    title: str
    when: str
    message: Message
    longest: int
    wrong: list[str]


@router.get("/dot-van-dong/{number}/noi-dung")
def content_form(request: Request, number: int, seen: Viewing) -> Response:
    """Step 2: what is said, and which reminder when."""
    return kept_form(request, seen, number, WHAT, lambda session, c: _content(session, seen, c, c.steps))


@router.post("/dot-van-dong/{number}/noi-dung")
def set_content(
    request: Request,
    number: int,
    seen: Doing,
    tin: str = Form("first"),
    nhac: Annotated[list[str] | None, Form()] = None,
    sau: Annotated[list[str] | None, Form()] = None,
    ai: Annotated[list[str] | None, Form()] = None,
    khac: str = Form(""),
    xem: str = Form(""),
) -> Response:
    """Keep the messages; ``xem``: only look how they would be. ``khac``: another wording for one half of the people.

    ``nhac``, ``sau``, ``ai``: of each reminder its text, the days before it, and whom it concerns.
    """
    faults = Faults()
    later = typed_reminders(nhac, sau, ai)
    with seen.home.db.read() as session:
        campaign = own(seen, session.get(Campaign, number))
    firsts, _ = _texts(campaign)
    if tin not in firsts or khac not in ("", *firsts):
        raise BadInput("Không có mẫu tin này. Hãy chọn lại trong danh sách.")
    steps: list[dict[str, Any]] = [{"message": tin} | ({"variants": [khac]} if khac not in ("", tin) else {})]
    steps += faults.read("sau", lambda: read_reminders(campaign, later), [])
    if not (faults or xem):
        return _settle(seen, number, WHAT, steps=steps)
    with seen.home.db.read() as session:
        page = _content(session, seen, campaign, steps) | {"faults": faults, "trying": bool(xem)}
    return shown(request, seen, campaign, WHAT, page)


Reminder = tuple[str, str, str]  # as typed: text, days before it, whom it concerns


def typed_reminders(texts: list[str] | None, days: list[str] | None, whom: list[str] | None) -> list[Reminder]:
    """The lines of the form in which a text is chosen."""
    return [one for one in zip_longest(texts or [], days or [], whom or [], fillvalue="") if one[0]]


def read_reminders(campaign: Campaign, later: list[Reminder]) -> list[dict[str, Any]]:
    """Steps of these lines. BadInput with what is wrong in them."""
    if any(message not in _texts(campaign)[1] for message, _, _ in later):
        raise BadInput("Không có mẫu tin này. Hãy chọn lại trong danh sách.")
    return drafts.reminders([(name, as_count(days, "Số ngày"), only) for name, days, only in later])


def reminder_fields(campaign: Campaign, later: list[dict[str, Any]], lines: int) -> dict[str, Any]:
    """The form's lines: those chosen, then empty ones, and what may be chosen."""
    chosen = [(step["message"], step.get("after_days", REMIND_AFTER), step.get("only", "")) for step in later]
    return {
        "later": chosen + [("", REMIND_AFTER, "")] * (lines - len(chosen)),
        "laters": [("", "Không nhắc")] + [(name, library().messages[name].title) for name in _texts(campaign)[1]],
        "only": list(ONLY.items()),
        "days": drafts.REMIND_AFTER_DAYS,
    }


def _texts(campaign: Campaign) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The texts of the campaign's goal that may stand first, and those that may stand after it."""
    ending = GOALS[campaign.goal].ending
    return (FIRST, LATER) if not ending else ((f"first{ending}",), (f"reminder{ending}",))


def _content(session: Session, seen: Seen, campaign: Campaign, steps: list[dict[str, Any]]) -> dict[str, Any]:
    place, template = place_here(session, seen), library().messages
    firsts, _ = _texts(campaign)
    return (
        {
            "first": steps[0]["message"],
            "other": (steps[0].get("variants") or [""])[0],
            "firsts": [(name, template[name].title) for name in firsts],
            "trying": False,
        }
        | reminder_fields(campaign, steps[1:], drafts.MOST_REMINDERS)
        | previews(campaign, steps, place)
    )


def place_here(session: Session, seen: Seen) -> Place:
    """What messages say of the commune; the example is somebody of the hamlet that has the next session."""
    coming = select(HelpSession.hamlet).where(HelpSession.commune == seen.here, col(HelpSession.starts_at) >= seen.now)
    hamlet = session.exec(coming.order_by(col(HelpSession.starts_at)).limit(1)).first()
    return place_of(session, seen.here, hamlet, seen.now)


def previews(campaign: Campaign, steps: list[dict[str, Any]], place: Place) -> dict[str, Any]:
    """The messages of ``steps``, one after the other, and the parameters of Zalo's template."""
    found, day = [], 0
    for number, step in enumerate(steps, 1):
        day += step.get("after_days", 0)
        message = first_message(step["message"], "zalo", EXAMPLE, place)
        whom = ONLY[step.get("only", "")]
        when = "ngày đầu" if number == 1 else f"{day} ngày sau tin đầu, cho {whom}"
        longest = max(map(syllables, sentences(message.text)))
        wrong = [finding.message for finding in check_text("", message.text)]
        found.append(Shown(library().messages[step["message"]].title, when, message, longest, wrong))
    return {
        "messages": found,
        "template": zbs_params(EXAMPLE, place, "TN1") if "zbs" in campaign.channels else {},
        "chats": [words.CHANNELS[channel] for channel in campaign.channels if channel in ("zalo", "telegram")],
        "most_chars": MAX_CHARS,
        "most_syllables": MAX_SYLLABLES,
        "place": place,
    }


# --- 3: kênh và thời gian --------------------------------------------------------------------------


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
        on = _settle(seen, number, HOW, channels=channels, budget_vnd=budget, targets=targets, **window)
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


# --- 4: chạy thử -----------------------------------------------------------------------------------


@router.get("/dot-van-dong/{number}/chay-thu")
def rehearsal(request: Request, number: int, seen: Viewing) -> Response:
    """Step 4: everything a launch would do now, without doing it; priced by the templates."""
    with seen.home.db.read() as session:
        campaign = own(seen, session.get(Campaign, number))
        if campaign.launched_at:  # what would happen is what happened
            return go(f"/dot-van-dong/{number}")
        trial = rehearse(session, seen.home, campaign, seen.now)
        names = {unit.code: unit.name for unit in hamlets_of(session, seen.here)}
        page: dict[str, Any] = {
            "trial": trial,
            "reasons": REASONS,
            "writes": campaign.channels != ["visit"],
            "samples": _samples(session, seen, trial.rows[:SAMPLES]),
            "hamlets": [
                (names.get(code, "Chưa rõ địa bàn"), trial.by_hamlet[code]) for code in sorted(trial.by_hamlet)
            ],
            "changeable": may_change(seen, campaign),
            "ways": trial.ways,
            "advice": advice(trial, campaign.channels),
            "quota": NEW_QUOTA,
            "goal": GOALS[campaign.goal],
        }
    return shown(request, seen, campaign, TRIAL, page)


@router.get("/dot-van-dong/{number}/chay-thu.xlsx")
def rehearsal_list(number: int, seen: Viewing) -> Response:
    """The trial of each person as a list: masked, and without names for who may see no people."""
    with seen.home.db.read() as session:
        campaign = own(seen, session.get(Campaign, number))
        if campaign.launched_at:
            raise Missing
        found = lines(session, seen.home, campaign, seen.now)
        names, hamlets = _called(session, seen)
        title = f"Chạy thử: {campaign.name} ({SEGMENTS[campaign.segment].label})"
        made = f"Lập lúc {words.moment(seen.now)}. Chưa gửi gì. Tên được che bớt."
        content = rehearsal_sheet(found, names, hamlets, title, made)
    if names:
        rows = len(found)
        seen.home.db.write(lambda s: note(s, seen.viewer.login, "list_exported", seen.here, seen.now, rows=rows))
    return take_away(content, f"chay-thu-{number}.xlsx")


def _called(session: Session, seen: Seen) -> tuple[dict[int, str], dict[int, str]]:
    """person → masked name (none for who may see no people), person → hamlet's name."""
    of_code = {unit.code: unit.name for unit in hamlets_of(session, seen.here)}
    where = session.exec(select(Person.id, Person.hamlet).where(Person.commune == seen.here)).all()
    hamlets = {number or 0: of_code.get(code or "", "") for number, code in where}
    if seen.viewer.role not in PAGES["people"].see:
        return {}, hamlets
    people = session.exec(scope(seen.viewer, select(Person).where(Person.commune == seen.here))).all()
    identities = {person.id: identity_of(seen.home, person) for person in people}
    return {number: masked(found).full_name for number, found in identities.items() if number and found}, hamlets


@router.post("/dot-van-dong/{number}/chay-thu")
def tried_out(number: int, seen: Doing) -> Response:
    """The trial was looked at."""
    return _settle(seen, number, TRIAL)


def _samples(session: Session, seen: Seen, rows: list[dict[str, Any]]) -> list[tuple[dict[str, Any], str]]:
    """A few people of the trial, masked; nobody for who may see no people."""
    if seen.viewer.role not in PAGES["people"].see:
        return []
    wanted = scope(seen.viewer, select(Person).where(col(Person.id).in_([row["person"] for row in rows])))
    identities = {person.id: identity_of(seen.home, person) for person in session.exec(wanted).all()}
    shown_rows = []
    for row in rows:
        identity = identities.get(row["person"])
        if identity is not None:
            shown_rows.append((row, masked(identity).full_name))
    return shown_rows


# --- 5: duyệt --------------------------------------------------------------------------------------


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


def summary(session: Session, seen: Seen, campaign: Campaign) -> dict[str, Any]:
    """What is approved, in the words of the five steps."""
    trial = rehearse(session, seen.home, campaign, seen.now) if campaign.launched_at is None else None
    return {
        "segment": SEGMENTS[campaign.segment],
        "narrowed": narrowed_words(session, campaign),
        "trial": trial,
        "announced": work.is_announced(session, campaign.commune),
        "writes": campaign.channels != ["visit"],
        "called": called(session, campaign),
    } | previews(campaign, campaign.steps, place_here(session, seen))


def called(session: Session, campaign: Campaign) -> dict[str, str]:
    """login → name of those who had a hand in the campaign."""
    return names_of(session, {campaign.author, campaign.approver or "", campaign.submitted_by, campaign.note_by})


def _approvers(session: Session, seen: Seen, campaign: Campaign) -> list[Staff]:
    """Who may approve: of this commune or above it, and neither author nor whoever handed it in."""
    mine = (campaign.author, campaign.submitted_by or seen.viewer.login)
    query = select(Staff).where(col(Staff.role).in_(PAGES["campaigns"].do), col(Staff.active))
    query = query.where(col(Staff.login).not_in(mine))
    query = query.where((col(Staff.unit) == campaign.commune) | col(Staff.unit).is_(None))
    return list(session.exec(query.order_by(col(Staff.role), col(Staff.name))).all())
