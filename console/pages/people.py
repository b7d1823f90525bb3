"""Người thụ hưởng: a masked list, and one person's whole story. Seeing who somebody is goes into the audit log."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy import func
from sqlmodel import Session, col, select

from campaigns.campaigns import enabled_channels
from campaigns.field.visits import OUTCOMES, add_visits, record_visit
from campaigns.results.indicators import BY_ACCOUNT
from campaigns.segments import SEGMENTS
from console import words
from console.forms import Faults
from console.pages.progress import NO_HAMLET, RUNGS
from console.stories import story
from console.web import Missing, Seen, do, go, render, see
from register.audit import declare, note
from register.categories import CATEGORIES
from register.contacts import make_link_code
from register.erase import erase
from register.facts import by_evidence
from register.ladder import stands
from register.people import (
    PHONE_LANE,
    Identity,
    citizen_lookup,
    contact_lookup,
    identity_of,
    masked,
    open_identity,
)
from register.staff import person_for, scope
from register.tables import Contact, Person, PersonCategory, PersonContact, Standing, Unit
from register.units import hamlets_of
from register.words import fold

router = APIRouter()
PAGE_ROWS = 50
Viewing = Annotated[Seen, Depends(see("people"))]
Doing = Annotated[Seen, Depends(do("people"))]
CITIZEN_ID, PHONE = 12, 9  # digits of a citizen id; of a phone at least
MOST_NUMBER = 2**31 - 1  # no person has a larger number
ANSWERS = {"yes": "đã có", "no": "chưa có", "unknown": "chưa rõ"}
PAID = {  # how people are paid, as the reports count it
    "tai-khoan": ("nhận qua tài khoản", BY_ACCOUNT),
    "uy-quyen": ("nhận qua tài khoản của người được ủy quyền", ("delegated",)),
    "tien-mat": ("nhận tiền mặt", ("cash",)),
    "chua-ro": ("chưa rõ cách nhận", ("unknown",)),
}
NOBODY = "Không tìm thấy ai có số này ở nơi bạn phụ trách. Hãy kiểm tra lại từng số, hoặc nhận danh sách mới nhất."
declare("link_code_made")
declare("person_sought", "found", "elsewhere")


@dataclass(frozen=True)
class Line:
    """One row of the list: masked, with what the officer chooses by."""

    id: int
    shown: Identity | None
    hamlet: str
    standing: Standing
    closed: str = ""


@router.get("/nguoi")
def people(
    request: Request,
    seen: Viewing,
    khu: str = "",
    nhom: str = "",
    loai: str = "",
    bac: str = "",
    muc: str = "",
    tra: str = "",
    sau: int = 0,
) -> Response:
    """The open persons of one's commune, fifty at a time, after the number ``sau``.

    ``khu`` hamlet ("khong": none known), ``nhom`` segment, ``loai`` category, ``bac`` and ``muc``: those who stand on
    a rung of the ladder, do not, or of whom it is not known (yes | no | unknown); ``tra``: how they are paid (PAID).
    """
    query = open_people(seen.here).where(col(Person.id) > sau)
    if khu:
        query = query.where(col(Person.hamlet).is_(None) if khu == NO_HAMLET else Person.hamlet == khu)
    if nhom in SEGMENTS:
        query = query.where(SEGMENTS[nhom].sql())
    if loai in CATEGORIES:
        theirs = select(PersonCategory.person).where(PersonCategory.code == loai)
        query = query.where(col(Person.id).in_(theirs))
    if bac in RUNGS and muc in ANSWERS:
        query = query.where(stands(bac, muc))  # type: ignore[arg-type]
    if tra in PAID:
        query = query.where(func.coalesce(col(Standing.payout), "unknown").in_(PAID[tra][1]))
    with seen.home.db.read() as session:
        found = session.exec(scope(seen.viewer, query).order_by(Person.id).limit(PAGE_ROWS + 1)).all()
        hamlets = hamlets_of(session, seen.here)
        lines = _lines(seen, found[:PAGE_ROWS], hamlets)
    chosen = {"khu": khu, "nhom": nhom, "loai": loai, "bac": bac, "muc": muc, "tra": tra}
    more = chosen | {"sau": lines[-1].id} if len(found) > PAGE_ROWS else {}
    return _people(request, seen, hamlets, lines, chosen=chosen, more=more, start=sau)


def open_people(commune: str) -> Any:
    """The open persons of a commune with what stands of each."""
    query = select(Person, Standing).outerjoin(Standing, col(Standing.person) == Person.id)
    return query.where(Person.commune == commune, col(Person.closed_at).is_(None))


def _people(request: Request, seen: Seen, hamlets: list[Unit], lines: list[Line], **page: Any) -> Response:
    everybody = [("", "Tất cả")]
    page = {
        "lines": lines,
        "search": "",
        "found": 0,
        "elsewhere": [],
        "chosen": dict.fromkeys(("khu", "nhom", "loai", "bac", "muc", "tra"), ""),
        "more": {},
        "start": 0,
        "faults": Faults(),
        "hamlets": everybody + [(unit.code, unit.name) for unit in hamlets],
        "segments": everybody + [(segment.name, segment.label) for segment in SEGMENTS.values()],
        "categories": {code: category.label for code, category in CATEGORIES.items()},
        "rungs": RUNGS,
        "answers": ANSWERS,
        "paid": {key: label for key, (label, _) in PAID.items()},
    } | page
    status = 422 if page["faults"] else 200
    return render(request, "people.html", seen, status, at="people", **page)


@router.post("/nguoi")
def search(request: Request, seen: Viewing, tim: str = Form("")) -> Response:
    """Find by part of a name, person number, citizen id or phone. By POST: names and ids stay out of addresses.

    A name is sought in one commune only. A full id or phone is sought wherever this viewer may see; beyond one
    commune that is written into the audit log.
    """
    wanted = fold(tim)
    digits = re.sub(r"[\s.\-]", "", tim)
    faults = Faults()
    with seen.home.db.read() as session:
        hamlets = hamlets_of(session, seen.here)
        if digits.isascii() and digits.isdigit():
            return _search_number(request, seen, session, hamlets, tim, digits)
        if len(wanted) < 2:
            faults["tim"] = "Hãy ghi ít nhất hai chữ cái của tên, mã số người, số định danh hoặc số điện thoại."
            return _people(request, seen, hamlets, [], search=tim, faults=faults)
        numbers = _named(seen, session, wanted)
        query = select(Person, Standing).outerjoin(Standing, col(Standing.person) == Person.id)
        query = scope(seen.viewer, query.where(col(Person.id).in_(numbers[:PAGE_ROWS])))
        lines = _lines(seen, session.exec(query.order_by(Person.id)).all(), hamlets)
    return _people(request, seen, hamlets, lines, search=tim, found=len(numbers))


def _named(seen: Seen, session: Session, wanted: str) -> list[int]:
    """The numbers of the commune's persons whose name has all these beginnings of words, with or without accents."""
    query = scope(seen.viewer, select(Person.id, Person.sealed).where(Person.commune == seen.here))
    parts, found = [f" {part}" for part in wanted.split()], []
    for number, sealed in session.exec(query.order_by(Person.id)).all():
        if sealed is None:
            continue
        name = " " + fold(open_identity(seen.home.keys, sealed).full_name)
        if all(part in name for part in parts):
            found.append((f" {wanted}" not in name, number))
    return [number for _, number in sorted(found)]


def _search_number(
    request: Request, seen: Seen, session: Session, hamlets: list[Unit], tim: str, digits: str
) -> Response:
    query = select(Person)
    if len(digits) == CITIZEN_ID:
        query = query.where(Person.lookup == citizen_lookup(seen.home.keys, digits))
    elif len(digits) >= PHONE:
        lookup = contact_lookup(seen.home.keys, PHONE_LANE, digits)
        theirs = select(PersonContact.person).join(Contact, col(Contact.id) == PersonContact.contact)
        query = query.where(col(Person.id).in_(theirs.where(Contact.lane == PHONE_LANE, Contact.lookup == lookup)))
    else:  # a number of the register means somebody of this commune
        query = query.where(Person.id == min(int(digits), MOST_NUMBER), Person.commune == seen.here)
    found = list(session.exec(scope(seen.viewer, query).order_by(Person.id).limit(PAGE_ROWS)).all())
    here = [person for person in found if person.commune == seen.here]
    communes = {unit.code: unit for unit in seen.communes}
    elsewhere = [(person.id, communes[person.commune]) for person in found if person.commune != seen.here]
    if len(communes) > 1 and len(digits) >= PHONE:
        actor, sought = seen.viewer.login, {"found": len(found), "elsewhere": len(elsewhere)}
        seen.home.db.write(lambda s: note(s, actor, "person_sought", "", seen.now, **sought))
    if len(here) == 1 and not elsewhere:
        return go(f"/nguoi/{here[0].id}")
    if not found:
        faults = Faults(tim=NOBODY)
        return _people(request, seen, hamlets, [], search=tim, faults=faults)
    query = open_people(seen.here).where(col(Person.id).in_([person.id for person in here]))
    lines = _lines(seen, session.exec(scope(seen.viewer, query)).all(), hamlets)
    return _people(request, seen, hamlets, lines, search=tim, found=len(here), elsewhere=elsewhere)


def _lines(seen: Seen, rows: Any, hamlets: list[Unit]) -> list[Line]:
    names = {unit.code: unit.name for unit in hamlets}
    found = []
    for person, standing in rows:
        identity = identity_of(seen.home, person)
        shown = masked(identity) if identity else None
        hamlet = names.get(person.hamlet or "", "–")
        closed = words.CLOSED.get(person.closed_reason, "Đã đóng hồ sơ") if person.closed_at else ""
        found.append(Line(person.id, shown, hamlet, standing or Standing(person=person.id), closed))
    return found


@router.get("/nguoi/{number}")
def person_page(request: Request, number: int, seen: Viewing) -> Response:
    """One person: masked, what stands, who says so, and everything that happened."""
    return _story(request, seen, number)


@router.post("/nguoi/{number}/xem")
def reveal_page(request: Request, number: int, seen: Doing, ly_do: str = Form("")) -> Response:
    """The same page with the full identity, once the asking stands in the audit log."""
    if ly_do not in words.REASONS_TO_SEE:
        return _story(request, seen, number, faults=Faults(ly_do="Hãy chọn lý do cần xem đầy đủ."))

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
    return _story(request, seen, number, code=code)


@router.post("/nguoi/{number}/ghi")
def note_seen(request: Request, number: int, seen: Doing, ket_qua: str = Form("")) -> Response:
    """What an officer saw with own eyes, at a session, at the counter or at home."""
    if ket_qua not in OUTCOMES:
        return _story(request, seen, number, faults=Faults(ket_qua="Hãy chọn điều đã thấy."))

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
        faults = Faults(chac="Hãy đánh dấu rằng chính người này, hoặc người giám hộ, đề nghị xóa.")
        return _story(request, seen, number, faults=faults)
    with seen.home.db.read() as session:
        person_for(session, seen.viewer, number)
    proof = erase(seen.home, number, seen.viewer.login, seen.now)
    return render(request, "erased.html", seen, at="people", proof=proof, number=number)


def _story(
    request: Request, seen: Seen, number: int, *, reveal: bool = False, code: str = "", faults: Faults | None = None
) -> HTMLResponse:
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
            "faults": faults or Faults(),
            "outcomes": OUTCOMES,
            "hamlet": session.get(Unit, person.hamlet) if person.hamlet else None,
            "categories": [CATEGORIES[code].label for code in codes if code in CATEGORIES],
            "standing": session.get(Standing, number) or Standing(person=number),
            "evidence": evidence,
            "contacts": session.exec(chats.where(PersonContact.person == number)).all(),
            "events": story(session, person),
            "chats": bool(enabled_channels(seen.home) & {"zalo", "telegram"}),
        }
    return render(request, "person.html", seen, 422 if faults else 200, at="people", **page)
