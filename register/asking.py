"""Đề nghị: handing people over to whoever can lift them (offices.py). What comes back is taken in by answering.py.

The police are asked what nobody here knows, and to grant level 2; a bank comes and opens accounts; a payer says whether
the money arrived. No interface to their registers is known, and none is pretended: a letter goes out with a sheet, the
sheet comes back with answers (return_sheet.py), and each answer is a fact. In between a person goes by a random row
code. The sheet holds names: it is made when asked for, with an entry in the audit log, and never kept. The codes end
with the inquiry (``Settings.inquiry_days``).

    inquiry = home.db.write(lambda s: ask(s, commune, ["unknown"], by, now, days=90))
    sheet_of(home, inquiry.id, by, now) -> bytes
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, delete, func, or_
from sqlmodel import Session, col, select

from database import batches
from register.audit import declare, note
from register.errors import BadInput
from register.home import VIETNAM, Home
from register.ladder import NO_HAMLET
from register.offices import OFFICES, WHY, who
from register.people import identity_of
from register.return_sheet import DIGITS, LETTERS, SheetRow, write_sheet
from register.tables import Inquiry, InquiryRow, Person, Standing
from register.units import commune_of, hamlets_of
from register.words import fold, inside

MOST_PEOPLE = 20_000  # of one inquiry: twice the largest commune

declare("inquiry_made", "people", "why")
declare("inquiry_sent")
declare("inquiry_sheet_taken", "rows", "why")


def purpose_of(inquiry: Inquiry) -> str:
    """What for the office may use the sheet, in words."""
    return "; ".join(WHY[key].purpose for key in inquiry.why.split("+"))


def addressee(session: Session, commune: str, kind: str = "police") -> str:
    """To whom, unless somebody says otherwise: "Công an phường Phan Thiết"."""
    name = inside(commune_of(session, commune).name)
    return {"police": f"Công an {name}", "bank": f"các ngân hàng trên địa bàn {name}"}.get(kind, f"Bưu điện {name}")


def state_of(inquiry: Inquiry, now: datetime) -> str:
    """to_send → sent → overdue, until answered or ended."""
    if inquiry.answered_at is not None:
        return "answered"
    if inquiry.expires_at <= now:
        return "ended"
    if inquiry.sent_at is None:
        return "to_send"
    late = inquiry.answer_by is not None and inquiry.answer_by < now.astimezone(VIETNAM).date()
    return "overdue" if late else "sent"


def mark_sent(session: Session, inquiry: Inquiry, by: str, now: datetime) -> None:
    """The letter has left the house: from now on an answer is waited for."""
    if state_of(inquiry, now) != "to_send":
        raise BadInput("Đề nghị này đã ghi là gửi rồi, hoặc không còn chờ gửi.")
    inquiry.sent_at = now
    session.add(inquiry)
    note(session, by, "inquiry_sent", str(inquiry.id), now)


def is_out(now: datetime) -> Any:
    """Of an inquiry: the letter is sent, its answer still to come and not overdue."""
    waits = and_(col(Inquiry.sent_at).is_not(None), col(Inquiry.answered_at).is_(None), col(Inquiry.expires_at) > now)
    return and_(waits, col(Inquiry.answer_by) >= now.astimezone(VIETNAM).date())


def handed_over(now: datetime) -> Any:
    """Persons who are with an office now."""
    return select(InquiryRow.person).where(col(InquiryRow.inquiry).in_(select(Inquiry.id).where(is_out(now))))


# --- Whom to ask about --------------------------------------------------------------------------


def _people(
    columns: Sequence[Any], commune: str, kind: str, now: datetime, hamlets: Collection[str], again: bool
) -> Any:
    """Open persons of the commune; without ``again`` only those of whom no answer is still to come."""
    query: Any = select(*columns).select_from(Person).outerjoin(Standing, col(Standing.person) == Person.id)
    query = query.where(Person.commune == commune, col(Person.closed_at).is_(None), col(Person.sealed).is_not(None))
    if hamlets:
        query = query.where(col(Person.hamlet).in_(hamlets))
    return query if again else query.where(col(Person.id).not_in(_asked(commune, kind, now)))


def _asked(commune: str, kind: str, now: datetime) -> Any:
    waits = select(Inquiry.id).where(Inquiry.commune == commune, Inquiry.kind == kind, Inquiry.expires_at > now)
    waits = waits.where(col(Inquiry.answered_at).is_(None))
    return select(InquiryRow.person).where(col(InquiryRow.inquiry).in_(waits))


@dataclass(frozen=True)
class ToAsk:
    """Counts of people. ``by_hamlet``: (code, name, how many for the usual reasons); ``waiting``: asked already."""

    by_why: dict[str, int]
    by_hamlet: list[tuple[str, str, int]]
    waiting: int


def to_ask(session: Session, commune: str, now: datetime, kind: str = "police") -> ToAsk:
    """About how many it would be worth asking this office."""
    office = OFFICES[kind]
    year = now.astimezone(VIETNAM).year

    def counted(*columns: Any) -> Any:
        return _people((*columns, func.count()), commune, kind, now, (), again=False)

    by_why = {key: session.execute(counted().where(who(key, year))).scalar_one() for key in office.why()}
    usual = or_(*(who(key, year) for key in office.usual))
    rows = session.execute(counted(Person.hamlet).where(usual).group_by(Person.hamlet)).all()
    names = {unit.code: unit.name for unit in hamlets_of(session, commune)}
    by_hamlet = sorted((code or "", names.get(code, NO_HAMLET), number) for code, number in rows)
    waiting = select(func.count(func.distinct(InquiryRow.person))).where(
        col(InquiryRow.person).in_(_asked(commune, kind, now))
    )
    return ToAsk(by_why, by_hamlet, session.execute(waiting).scalar_one())


def ask(
    session: Session,
    commune: str,
    why: Sequence[str],
    by: str,
    now: datetime,
    *,
    days: int,
    kind: str = "police",
    office: str = "",
    document: str = "",
    hamlets: Collection[str] = (),
    again: bool = False,
) -> Inquiry:
    """Make an inquiry about everybody for whom one of the reasons holds, each under a new row code.

    BadInput where there is nobody, or a reason or hamlet is none. ``office``: that of the commune unless given.
    """
    if kind not in OFFICES:
        raise BadInput(f"Nơi nhận là một trong: {', '.join(OFFICES)}.")
    reasons = OFFICES[kind].why()
    if not why or set(why) - set(reasons):
        raise BadInput(f"Hãy chọn ít nhất một lý do: {', '.join(reasons)}.")
    if strange := sorted(set(hamlets) - {unit.code for unit in hamlets_of(session, commune)}):
        raise BadInput(f"Không có địa bàn nào mang mã {strange[0]} trong xã, phường này.")
    year = now.astimezone(VIETNAM).year
    wanted = _people((Person.id,), commune, kind, now, hamlets, again)
    wanted = wanted.where(or_(*(who(key, year) for key in why))).order_by(col(Person.id))
    persons = list(session.execute(wanted).scalars())
    if not persons:
        raise BadInput("Không có ai cần hỏi: mọi người đã rõ, hoặc đang chờ trả lời của đề nghị trước.")
    if len(persons) > MOST_PEOPLE:
        raise BadInput(f"Có hơn {MOST_PEOPLE} người. Hãy chọn từng địa bàn.")
    ends = now + timedelta(days=days)
    wanted_by = min(now + timedelta(days=OFFICES[kind].days), ends)
    inquiry = Inquiry(
        commune=commune, kind=kind, office=" ".join(office.split()) or addressee(session, commune, kind),
        answer_by=wanted_by.astimezone(VIETNAM).date(),
        document=" ".join(document.split()), why="+".join(key for key in WHY if key in why), people=len(persons),
        by=by, made_at=now, expires_at=ends,
    )  # fmt: skip
    session.add(inquiry)
    session.flush()
    assert inquiry.id is not None
    for code, person in zip(_new_codes(session, len(persons)), persons, strict=True):
        session.add(InquiryRow(code=code, inquiry=inquiry.id, person=person))
    note(session, by, "inquiry_made", str(inquiry.id), now, people=len(persons), why=inquiry.why)
    session.flush()
    return inquiry


def _new_codes(session: Session, number: int) -> list[str]:
    """So many row codes that no inquiry has: 100 million are possible, so hardly any is drawn twice."""
    found: set[str] = set()
    while len(found) < number:
        tail = ("".join(secrets.choice(LETTERS + DIGITS) for _ in range(5)) for _ in range(number - len(found)))
        drawn = {f"{secrets.choice(LETTERS)}{letters[:2]}-{letters[2:]}" for letters in tail} - found
        for batch in batches(sorted(drawn)):
            drawn -= set(session.exec(select(InquiryRow.code).where(col(InquiryRow.code).in_(batch))).all())
        found |= drawn
    return secrets.SystemRandom().sample(sorted(found), number)


def sheet_of(home: Home, number: int, by: str, now: datetime) -> bytes:
    """The sheet of an inquiry as .xlsx, with the names of those asked about: an audit event. BadInput after its end."""
    with home.db.read() as session:
        inquiry = session.get_one(Inquiry, number)
        if inquiry.expires_at <= now:
            raise BadInput("Đề nghị này đã hết hạn nên không còn bảng. Hãy lập đề nghị mới.")
        commune = commune_of(session, inquiry.commune)
        rows = _sheet_rows(session, home, inquiry)
    if not rows:
        raise BadInput("Không còn ai trong đề nghị này: mọi người đã rời danh sách hoặc đã được xóa dữ liệu.")
    name = inside(commune.name)
    office = OFFICES[inquiry.kind]
    answers = f"Nhận trả lời đến hết ngày {inquiry.expires_at.astimezone(VIETNAM):%d/%m/%Y}."
    notes = (
        f"Nơi lập: UBND {name}. Nơi nhận: {inquiry.office}. Đề nghị số {inquiry.document or inquiry.id}. {answers}",
        "Cách ghi: ở các cột màu vàng, ghi có, chưa hoặc không rõ; để trống nghĩa là không rõ. Có thể sắp xếp lại "
        "dòng, nhưng xin giữ nguyên cột Mã dòng. Không ghi số tài khoản, không ghi tên ngân hàng.",
        f"Bảng có dữ liệu cá nhân. Chỉ người được giao việc này được dùng, và chỉ để: {purpose_of(inquiry)}. Không gửi "
        "qua Zalo hay thư điện tử cá nhân, không sao thêm. Trả lại bảng đã ghi rồi xóa bản của mình.",
    )
    content = write_sheet(office.title, notes, rows, office.questions, by_id=office.by_id)
    taken = {"rows": len(rows), "why": inquiry.why}
    home.db.write(lambda s: note(s, by, "inquiry_sheet_taken", str(number), now, **taken))
    return content


def _sheet_rows(session: Session, home: Home, inquiry: Inquiry) -> list[SheetRow]:
    """By hamlet, then by name. Who was erased or has left since is not asked about any more."""
    hamlets = {unit.code: unit.name for unit in hamlets_of(session, inquiry.commune)}
    query = select(InquiryRow.code, Person).join(Person, col(Person.id) == InquiryRow.person)
    rows = []
    for code, person in session.exec(query.where(InquiryRow.inquiry == inquiry.id)).all():
        identity = identity_of(home, person)
        if identity is None or person.closed_at is not None:
            continue
        day, number = "/".join(reversed(identity.birth.split("-"))), identity.citizen_id
        if not OFFICES[inquiry.kind].by_id:
            day, number = identity.birth[:4], ""
        row = SheetRow(code, identity.full_name, day, number, hamlets.get(person.hamlet or "", ""))
        words = fold(identity.full_name).split()
        rows.append(((person.hamlet is None, person.hamlet or "", words[-1:], words), row))
    return [row for _, row in sorted(rows, key=lambda pair: pair[0])]


def inquiry_people(session: Session, inquiry: Inquiry) -> list[tuple[str, int]]:
    """How many are asked about, hamlet by hamlet, in the order of hamlets."""
    query = select(Person.hamlet, func.count()).join(InquiryRow, col(InquiryRow.person) == Person.id)
    query = query.where(InquiryRow.inquiry == inquiry.id, col(Person.closed_at).is_(None)).group_by(Person.hamlet)
    names = {unit.code: unit.name for unit in hamlets_of(session, inquiry.commune)}
    found = sorted(session.exec(query).all(), key=lambda row: (row[0] is None, row[0] or ""))
    return [(names.get(code or "", NO_HAMLET), number) for code, number in found]


def forget_ended(session: Session, now: datetime) -> int:
    """Delete the row codes of inquiries that have ended. Returns how many."""
    ended = select(Inquiry.id).where(Inquiry.expires_at <= now)
    gone: Any = session.execute(delete(InquiryRow).where(col(InquiryRow.inquiry).in_(ended)))
    return int(gone.rowcount)
