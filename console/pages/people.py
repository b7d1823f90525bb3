"""Người thụ hưởng: a masked list, and one person's whole story. Seeing who somebody is goes into the audit log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request, Response
from sqlmodel import Session, col, select

from bot.tables import Ticket
from bot.tickets import KINDS
from campaigns.campaigns import enabled_channels, why
from campaigns.segments import SEGMENTS
from campaigns.tables import Attempt, Campaign, Delivery, Visit
from campaigns.visits import OUTCOMES, add_visits, record_visit
from console import words
from console.web import Missing, Seen, do, go, render, see
from register.audit import declare, note
from register.categories import CATEGORIES
from register.contacts import make_link_code
from register.erase import erase
from register.errors import BadInput
from register.facts import by_evidence
from register.people import Identity, find_person, identity_of, masked
from register.staff import person_for, scope
from register.tables import Contact, Fact, Person, PersonCategory, PersonContact, Source, Standing, Unit
from register.units import hamlets_of
from register.words import fold

router = APIRouter()
PAGE_ROWS = 50
Viewing = Annotated[Seen, Depends(see("people"))]
Doing = Annotated[Seen, Depends(do("people"))]
declare("link_code_made")


@dataclass(frozen=True)
class Line:
    """One row of the list: masked, with what the officer chooses by."""

    id: int
    shown: Identity | None
    hamlet: str
    standing: Standing


@router.get("/nguoi")
def people(request: Request, seen: Viewing, khu: str = "", nhom: str = "", sau: int = 0) -> Response:
    """The open persons of one's commune, fifty at a time; ``khu`` hamlet, ``nhom`` segment, ``sau`` last id seen."""
    query = select(Person, Standing).outerjoin(Standing, col(Standing.person) == Person.id)
    query = query.where(Person.commune == seen.here, col(Person.closed_at).is_(None), col(Person.id) > sau)
    if khu:
        query = query.where(Person.hamlet == khu)
    if nhom in SEGMENTS:
        query = query.where(SEGMENTS[nhom].sql())
    with seen.home.db.read() as session:
        found = session.exec(scope(seen.viewer, query).order_by(Person.id).limit(PAGE_ROWS + 1)).all()
        hamlets = hamlets_of(session, seen.here)
        lines = _lines(seen, found[:PAGE_ROWS], hamlets)
    more = lines[-1].id if len(found) > PAGE_ROWS else 0
    page: dict[str, Any] = {"lines": lines, "khu": khu, "nhom": nhom, "more": more} | _choices(hamlets)
    return render(request, "people.html", seen, at="people", search="", **page)


@router.post("/nguoi")
def search(request: Request, seen: Viewing, tim: str = Form("")) -> Response:
    """Find by part of a name, person number, citizen id or phone. By POST: names and ids stay out of addresses."""
    wanted = fold(tim)
    if len(wanted) < 2 and not wanted.isdigit():
        raise BadInput("Hãy ghi ít nhất hai chữ của tên, mã số người, số định danh hoặc số điện thoại.")
    with seen.home.db.read() as session:
        if wanted.replace(" ", "").isdigit():
            person = find_person(session, seen.home, tim, seen.here)
            return go(f"/nguoi/{person_for(session, seen.viewer, person.id or 0).id}")
        query = select(Person, Standing).outerjoin(Standing, col(Standing.person) == Person.id)
        everybody = session.exec(scope(seen.viewer, query.where(Person.commune == seen.here)).order_by(Person.id)).all()
        hits = [row for row in everybody if _named(seen, row[0], wanted)]
        hamlets = hamlets_of(session, seen.here)
        lines = _lines(seen, hits[:PAGE_ROWS], hamlets)
    page: dict[str, Any] = {"lines": lines, "khu": "", "nhom": "", "more": 0} | _choices(hamlets)
    return render(request, "people.html", seen, at="people", search=tim, **page)


def _choices(hamlets: list[Unit]) -> dict[str, list[tuple[str, str]]]:
    everybody = [("", "Tất cả")]
    return {
        "hamlets": everybody + [(unit.code, unit.name) for unit in hamlets],
        "segments": everybody + [(segment.name, segment.label) for segment in SEGMENTS.values()],
    }


def _named(seen: Seen, person: Person, wanted: str) -> bool:
    identity = identity_of(seen.home, person)
    return identity is not None and f" {wanted}" in f" {fold(identity.full_name)}"


def _lines(seen: Seen, rows: Any, hamlets: list[Unit]) -> list[Line]:
    names = {unit.code: unit.name for unit in hamlets}
    found = []
    for person, standing in rows:
        identity = identity_of(seen.home, person)
        shown = masked(identity) if identity else None
        hamlet = names.get(person.hamlet or "", "–")
        found.append(Line(person.id, shown, hamlet, standing or Standing(person=person.id)))
    return found


@router.get("/nguoi/{number}")
def person_page(request: Request, number: int, seen: Viewing) -> Response:
    """One person: masked, what stands, who says so, and everything that happened."""
    return _story(request, seen, number, reveal=False)


@router.post("/nguoi/{number}/xem")
def reveal_page(request: Request, number: int, seen: Doing, ly_do: str = Form("")) -> Response:
    """The same page with the full identity, once the asking stands in the audit log."""
    if ly_do not in words.REASONS_TO_SEE:
        raise BadInput("Hãy chọn lý do cần xem đầy đủ.")

    def asked(session: Session) -> None:
        person = person_for(session, seen.viewer, number)
        note(session, seen.viewer.login, "identity_shown", str(person.id), seen.now, reason=ly_do)

    seen.home.db.write(asked)
    return _story(request, seen, number, reveal=True)


@router.post("/nguoi/{number}/ma")
def link_code(request: Request, number: int, seen: Doing) -> Response:
    """A one-time code that links this person's chat: shown once, to be read out or written down for them."""

    def make(session: Session) -> str:
        person = person_for(session, seen.viewer, number)
        note(session, seen.viewer.login, "link_code_made", str(person.id), seen.now)
        return make_link_code(session, seen.home, number, seen.now)

    code = seen.home.db.write(make)
    return _story(request, seen, number, reveal=False, code=code)


@router.post("/nguoi/{number}/ghi")
def note_seen(number: int, seen: Doing, ket_qua: str = Form("")) -> Response:
    """What an officer saw with own eyes, at a session, at the counter or at home."""

    def store(session: Session) -> None:
        person = person_for(session, seen.viewer, number)
        record_visit(session, seen.home, None, ket_qua, seen.viewer.login, seen.now, person=person.id)

    seen.home.db.write(store)
    return go(f"/nguoi/{number}", "da-ghi")


@router.post("/nguoi/{number}/den-nha")
def to_visit(number: int, seen: Doing) -> Response:
    """Put this person on the visit list."""

    def store(session: Session) -> None:
        person_for(session, seen.viewer, number)
        add_visits(session, None, [number], seen.now)

    seen.home.db.write(store)
    return go(f"/nguoi/{number}", "can-den")


@router.post("/nguoi/{number}/xoa")
def erase_page(request: Request, number: int, seen: Doing, chac: str = Form("")) -> Response:
    """Erase at the person's own wish, and show the proof that nothing is left."""
    if chac != "co":
        raise BadInput("Hãy đánh dấu rằng chính người này, hoặc người giám hộ, đề nghị xóa.")
    with seen.home.db.read() as session:
        person_for(session, seen.viewer, number)
    proof = erase(seen.home, number, seen.viewer.login, seen.now)
    return render(request, "erased.html", seen, at="people", proof=proof, number=number)


def _story(request: Request, seen: Seen, number: int, *, reveal: bool, code: str = "") -> Response:
    with seen.home.db.read() as session:
        person = person_for(session, seen.viewer, number)
        if person.commune != seen.here:
            raise Missing
        identity = identity_of(seen.home, person)
        evidence = {kind: by_evidence(session, kind, [number]).get(number, {}) for kind in words.FACTS}
        chats = select(PersonContact, Contact).join(Contact, col(Contact.id) == PersonContact.contact)
        codes = session.exec(select(PersonCategory.code).where(PersonCategory.person == number)).all()
        page: dict[str, Any] = {
            "person": person,
            "identity": (identity if reveal else masked(identity)) if identity else None,
            "revealed": reveal,
            "code": code,
            "outcomes": OUTCOMES,
            "hamlet": session.get(Unit, person.hamlet) if person.hamlet else None,
            "categories": [CATEGORIES[code].label for code in codes if code in CATEGORIES],
            "standing": session.get(Standing, number) or Standing(person=number),
            "evidence": evidence,
            "contacts": session.exec(chats.where(PersonContact.person == number)).all(),
            "campaigns": _campaigns(session, person),
            "events": _events(session, person),
            "chats": bool(enabled_channels(seen.home) & {"zalo", "telegram"}),
        }
    return render(request, "person.html", seen, at="people", **page)


def _campaigns(session: Session, person: Person) -> list[tuple[Campaign, list[str]]]:
    mine = select(Campaign).where(Campaign.commune == person.commune, col(Campaign.launched_at).is_not(None))
    launched = session.exec(mine.order_by(col(Campaign.id).desc())).all()
    return [(campaign, why(session, campaign, person).splitlines()) for campaign in launched]


def _events(session: Session, person: Person) -> list[tuple[datetime, str]]:
    """Everything that happened to one person, the newest first."""
    events: list[tuple[datetime, str]] = [(person.created_at, "Bắt đầu có tên trong danh sách.")]
    events += _said(session, person)
    sent = select(Attempt, Campaign.name).join(Delivery, col(Delivery.id) == Attempt.delivery)
    sent = sent.join(Campaign, col(Campaign.id) == Delivery.campaign).where(Delivery.person == person.id)
    for attempt, name in session.exec(sent).all():
        answer = words.ATTEMPTS.get(attempt.result, attempt.result)
        events.append((attempt.at, f"{name}: {words.CHANNELS.get(attempt.channel, attempt.channel)}, {answer}."))
    for visit in session.exec(select(Visit).where(Visit.person == person.id)).all():
        events.append((visit.created_at, "Đưa vào danh sách đến nhà."))
        if visit.at:
            events.append((visit.at, f"Đến nhà: {OUTCOMES.get(visit.outcome, visit.outcome)}."))
    for ticket in session.exec(select(Ticket).where(Ticket.person == person.id)).all():
        events.append((ticket.opened_at, f"Đề nghị giúp: {KINDS.get(ticket.kind, ticket.kind)}."))
        if ticket.closed_at:
            events.append((ticket.closed_at, "Việc cần hỗ trợ đã xong."))
    if person.closed_at:
        events.append((person.closed_at, words.CLOSED.get(person.closed_reason, "Đã đóng hồ sơ") + "."))
    return sorted(events, key=lambda event: words.local(event[0]), reverse=True)


def _said(session: Session, person: Person) -> list[tuple[datetime, str]]:
    """The facts, one line for all that was said at once by one source."""
    facts = select(Fact, Source).outerjoin(Source, col(Source.id) == Fact.source).where(Fact.person == person.id)
    together: dict[tuple[datetime, str, str], list[str]] = {}
    for fact, source in session.exec(facts.order_by(col(Fact.id))).all():
        value = words.VALUES.get(fact.value, (fact.value, ""))[0]
        since = f", {words.SINCE[fact.since]}" if fact.since in ("before", "during") else ""
        where = f"Danh sách chốt {words.day(source.as_of)}" if source and source.kind == "list" else ""
        line = f"{words.FACTS.get(fact.kind, fact.kind)}: {value}{since}"
        together.setdefault((fact.at, where, fact.evidence), []).append(line)
    return [
        (at, f"{where or words.EVIDENCE[evidence].capitalize()}. {'; '.join(lines)}.")
        for (at, where, evidence), lines in together.items()
    ]
