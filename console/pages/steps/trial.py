"""Step 4, chạy thử: everything a launch would do now, without doing it."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from sqlmodel import Session, col, select

from campaigns.drafts import TRIAL
from campaigns.reach import advice
from campaigns.reasons import REASONS
from campaigns.rehearsal import NEW_QUOTA, lines, rehearse
from campaigns.rehearsal_file import rehearsal_sheet
from campaigns.segments import GOALS, SEGMENTS
from campaigns.tables import Campaign
from console import words
from console.access import PAGES
from console.narrowing import hides_hamlets
from console.pages.steps.draft import Doing, Viewing, may_change, settle, shown
from console.web import Missing, Seen, go, own, take_away
from register.audit import note
from register.people import identity_of, masked
from register.staff import scope
from register.tables import Person
from register.units import hamlets_of

router = APIRouter()
SAMPLES = 5  # people of a trial that are shown


@router.get("/dot-van-dong/{number}/chay-thu")
def rehearsal(request: Request, number: int, seen: Viewing) -> Response:
    """Step 4: everything a launch would do now, without doing it; priced by the templates."""
    with seen.home.db.read() as session:
        campaign = own(seen, session.get(Campaign, number))
        if campaign.launched_at:  # what would happen is what happened
            return go(f"/dot-van-dong/{number}")
        trial = rehearse(session, seen.home, campaign, seen.now)
        names = {unit.code: unit.name for unit in hamlets_of(session, seen.here)}
        hidden = hides_hamlets(seen, campaign)
        page: dict[str, Any] = {
            "trial": trial,
            "reasons": REASONS,
            "writes": campaign.channels != ["visit"],
            "samples": _samples(session, seen, trial.rows[:SAMPLES]),
            "hamlets": [
                (names.get(code, "Chưa rõ địa bàn"), trial.by_hamlet[code])
                for code in sorted(trial.by_hamlet)
                if not hidden
            ],
            "hidden": hidden,
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
        hamlets = {} if hides_hamlets(seen, campaign) else hamlets
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
    return settle(seen, number, TRIAL)


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
