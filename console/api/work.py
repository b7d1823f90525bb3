"""/api/v1: campaigns, sessions, visits, bulletins, results and reports."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path
from sqlmodel import Session, col, select

from audio.tables import AirEntry, Airing, Bulletin, Recording
from campaigns import campaigns as work
from campaigns.field.sessions import tally
from campaigns.field.visits import TO_GO, list_for_visits, record_visit
from campaigns.rehearsal import rehearse
from campaigns.reports.reports import monthly
from campaigns.results import results as counting
from campaigns.results.keeping import kept
from campaigns.tables import Campaign, HelpSession, Visit
from campaigns.why import why
from console import words
from console.api.door import Asking, Reading, Writing
from console.api.people import person_here
from console.api.shapes import (
    AirEntryOut,
    AiringOut,
    BulletinOut,
    CampaignOut,
    Cursor,
    Limit,
    Number,
    OutcomeIn,
    Part,
    RehearsalOut,
    ReportOut,
    ResultsOut,
    SessionOut,
    StatusOut,
    TallyIn,
    VisitOut,
    WhyOut,
)
from console.narrowing import narrowed_words

router = APIRouter()
Month = Annotated[str, Path(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$")]


def at(moment: datetime | None) -> datetime | None:
    """A stored moment, in Viet Nam's time with its offset."""
    return words.local(moment) if moment else None


def _page(session: Session, table: Any, here: str, cursor: str, limit: int) -> tuple[list[Any], str | None]:
    """The rows of this commune, the newest first, and the cursor of those before them."""
    query = select(table).where(table.commune == here).order_by(col(table.id).desc())
    if cursor:
        query = query.where(col(table.id) < int(cursor))
    rows = list(session.exec(query.limit(limit + 1)).all())
    return rows[:limit], str(rows[limit - 1].id) if len(rows) > limit else None


# --- Campaigns ---------------------------------------------------------------------------------------


@router.get("/campaigns", summary="Các đợt vận động")
def campaigns(asked: Reading, cursor: Cursor = "", limit: Limit = 50) -> Part[CampaignOut]:
    """The newest first."""
    with asked.home.db.read() as session:
        rows, after = _page(session, Campaign, asked.here, cursor, limit)
        return Part(items=[_campaign(session, row) for row in rows], next=after)


@router.get("/campaigns/{number}", summary="Một đợt vận động")
def campaign(asked: Reading, number: Number) -> CampaignOut:
    with asked.home.db.read() as session:
        return _campaign(session, _mine(asked, session, number))


@router.get("/campaigns/{number}/status", summary="Đợt đang tới đâu")
def status(asked: Reading, number: Number) -> StatusOut:
    """Counts of people by what became of the messages."""
    with asked.home.db.read() as session:
        return StatusOut.model_validate(work.status(session, _mine(asked, session, number)))


@router.get("/campaigns/{number}/rehearsal", summary="Chạy thử: nếu phát động bây giờ")
def rehearsal(asked: Reading, number: Number) -> RehearsalOut:
    """All that a launch would do now. Nothing is sent."""
    with asked.home.db.read() as session:
        found = rehearse(session, asked.home, _mine(asked, session, number), asked.now)
    return RehearsalOut.model_validate(found.to_json())


@router.get("/campaigns/{number}/why/{person}", summary="Vì sao người này nhận hay không nhận")
def why_this_person(asked: Reading, number: Number, person: Number) -> WhyOut:
    with asked.home.db.read() as session:
        found, _ = person_here(asked, session, person)
        said = why(session, _mine(asked, session, number), found, asked.now)
    return WhyOut(campaign=number, person=person, why=said.splitlines())


@router.get("/campaigns/{number}/results", summary="Kết quả của một đợt, theo mức chứng cứ")
def results(asked: Reading, number: Number) -> ResultsOut:
    with asked.home.db.read() as session:
        return _results(session, _mine(asked, session, number), asked.now)


@router.get("/results", summary="Kết quả các đợt đã phát động")
def all_results(asked: Reading, cursor: Cursor = "", limit: Limit = 20) -> Part[ResultsOut]:
    """The newest first; a part may be empty and still have one after it."""
    with asked.home.db.read() as session:
        rows, after = _page(session, Campaign, asked.here, cursor, limit)
        found = [_results(session, row, asked.now) for row in rows if row.launched_at]
    return Part(items=found, next=after)


@router.post("/campaigns/{number}/{action}", summary="Tạm dừng hoặc chạy tiếp")
def move(asked: Writing, number: Number, action: Literal["pause", "resume"]) -> CampaignOut:
    """Pause or resume. A campaign is launched and approved by people, on the pages."""
    does: Callable[..., Any] = {"pause": work.pause, "resume": work.resume}[action]

    def store(session: Session) -> None:
        does(session, _mine(asked, session, number), asked.by, asked.now)

    asked.home.db.write(store)
    return campaign(asked, number)


def _mine(asked: Asking, session: Session, number: int) -> Campaign:
    found: Campaign = asked.own(session.get(Campaign, number))
    return found


def _campaign(session: Session, row: Campaign) -> CampaignOut:
    moments = {"launched_at": at(row.launched_at), "ended_at": at(row.ended_at)}
    narrowed = narrowed_words(session, row)
    return CampaignOut.model_validate(row.model_dump() | moments | {"narrowed": narrowed})


def _results(session: Session, row: Campaign, now: datetime) -> ResultsOut:
    found = counting.results(session, row, now).to_json()
    then = [
        one.results.to_json() | {"what": one.what, "at": at(one.at), "same": one.same}
        for one in kept(session, row).values()
    ]
    return ResultsOut.model_validate(found | {"campaign": row.id, "name": row.name, "kept": then})


# --- Sessions, visits --------------------------------------------------------------------------------


@router.get("/sessions", summary="Buổi hỗ trợ")
def sessions(asked: Reading, cursor: Cursor = "", limit: Limit = 50) -> Part[SessionOut]:
    """The newest first."""
    with asked.home.db.read() as session:
        rows, after = _page(session, HelpSession, asked.here, cursor, limit)
    return Part(items=[_session(row) for row in rows], next=after)


@router.post("/sessions/{number}/tally", summary="Ghi số người đến và làm xong")
def count_session(asked: Writing, number: Number, counted: TallyIn) -> SessionOut:
    def store(session: Session) -> HelpSession:
        asked.own(session.get(HelpSession, number))
        return tally(session, number, counted.came, counted.helped)

    return _session(asked.home.db.write(store))


def _session(row: HelpSession) -> SessionOut:
    return SessionOut.model_validate(row.model_dump() | {"starts_at": at(row.starts_at)})


@router.get("/visits", summary="Phiếu đến nhà")
def visits(asked: Reading, to_go: bool = False, cursor: Cursor = "", limit: Limit = 50) -> Part[VisitOut]:
    """By number of the sheet; nobody is named. ``to_go``: only doors that are still to be gone to."""
    with asked.home.db.read() as session:
        rows = sorted(list_for_visits(session, asked.here), key=lambda row: row.visit)
    rows = [row for row in rows if row.visit > int(cursor or 0) and (row.to_go or not to_go)]
    items = [
        VisitOut.model_validate(asdict(row) | {"id": row.visit, "to_go": row.to_go, "at": at(row.at)})
        for row in rows[:limit]
    ]
    return Part(items=items, next=str(items[-1].id) if len(rows) > limit else None)


@router.post("/visits/{number}", summary="Ghi kết quả đến nhà")
def note_visit(asked: Writing, number: Number, happened: OutcomeIn) -> VisitOut:
    """What the pair saw becomes a fact with the evidence "officer"; written anew it corrects."""

    def store(session: Session) -> Visit:
        asked.own(session.get(Visit, number))
        outcome, again = happened.outcome, happened.again_on
        return record_visit(session, asked.home, number, outcome, asked.by, asked.now, again_on=again)

    row = asked.home.db.write(store)
    return VisitOut.model_validate(row.model_dump() | {"to_go": row.outcome in TO_GO, "at": at(row.at)})


# --- Bulletins, reports ------------------------------------------------------------------------------


@router.get("/bulletins", summary="Bản tin truyền thanh")
def bulletins(asked: Reading, cursor: Cursor = "", limit: Limit = 20) -> Part[BulletinOut]:
    """The newest first, with how often each was recorded, approved and aired."""
    with asked.home.db.read() as session:
        rows, after = _page(session, Bulletin, asked.here, cursor, limit)
        return Part(items=[_bulletin(session, row) for row in rows], next=after)


def _bulletin(session: Session, row: Bulletin) -> BulletinOut:
    recordings = session.exec(select(Recording).where(Recording.bulletin == row.id)).all()
    numbers = [recording.id for recording in recordings]
    aired = session.exec(select(Airing).where(col(Airing.recording).in_(numbers)).order_by(col(Airing.planned_at)))
    return BulletinOut(
        id=row.id or 0,
        title=row.title,
        text=row.text,
        created_at=words.local(row.created_at),
        recordings=len(recordings),
        approved=sum(recording.approved_at is not None for recording in recordings),
        airings=[_airing(session, airing) for airing in aired],
    )


def _airing(session: Session, row: Airing) -> AiringOut:
    log = session.exec(select(AirEntry).where(AirEntry.airing == row.id).order_by(col(AirEntry.id))).all()
    return AiringOut(
        planned_at=words.local(row.planned_at),
        repeats=row.repeats,
        urgent=row.urgent,
        cancelled=row.cancelled_at is not None,
        log=[AirEntryOut(what=entry.what, at=words.local(entry.at)) for entry in log],
    )


@router.get("/reports/{month}", summary="Báo cáo tháng")
def report(asked: Reading, month: Month) -> ReportOut:
    """The month's report, as of its last day or of today. 409 for a month to come."""
    first = date.fromisoformat(f"{month}-01")
    with asked.home.db.read() as session:
        found = monthly(session, asked.here, first.year, first.month, asked.now)
    return ReportOut.model_validate(found.to_json())
