"""Đề nghị: handing people over to whoever can lift them (offices.py), and taking in what comes back.

The police are asked what nobody here knows, and to grant level 2; a bank comes and opens accounts; a payer says whether
the money arrived. No interface to their registers is known, and none is pretended: a letter goes out with a sheet, the
sheet comes back with answers (return_sheet.py), and each answer is a fact. In between a person goes by a random row
code. The sheet holds names: it is made when asked for, with an entry in the audit log, and never kept. The codes end
with the inquiry (``Settings.inquiry_days``).

    inquiry = home.db.write(lambda s: ask(s, commune, office, ["unknown"], by, now, days=90))
    sheet_of(home, inquiry.id, by, now) -> bytes
    take_in(home, commune, answers, about, by, now) -> TakenIn      # apply=False: look only
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import and_, delete, func, or_, update
from sqlmodel import Session, col, select

from database import batches
from register import facts
from register.audit import declare, note
from register.errors import BadInput
from register.facts import Evidence, Said
from register.home import VIETNAM, Home
from register.ladder import NO_HAMLET
from register.listed import Remark
from register.offices import OFFICES, WHY, who
from register.people import identity_of
from register.return_sheet import DIGITS, LETTERS, Answers, SheetRow, eid_of, write_sheet
from register.tables import Inquiry, InquiryRow, Person, Source, Standing
from register.units import commune_of, hamlets_of
from register.words import fold, inside

MOST_PEOPLE = 20_000  # of one inquiry: twice the largest commune
YES_OR_NO = {
    "matched": "data_matched",
    "asxh": "asxh_account",
    "opened": "bank_account",
    "paid": "receipt_confirmed",
}  # question → fact
Fresh = dict[Evidence, list[tuple[Said, bool]]]  # what is new, by what it is worth

declare("inquiry_made", "people", "why")
declare("inquiry_sent")
declare("inquiry_sheet_taken", "rows", "why")
declare("answers_taken", "source", "rows", "changed", "rejected")


def purpose_of(inquiry: Inquiry) -> str:
    """What for the office may use the sheet, in words."""
    return "; ".join(WHY[key].purpose for key in inquiry.why.split("+"))


def office_of(session: Session, commune: str, kind: str = "police") -> str:
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
        commune=commune, kind=kind, office=" ".join(office.split()) or office_of(session, commune, kind),
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


# --- What comes back ----------------------------------------------------------------------------


@dataclass(frozen=True)
class About:
    """The answer's own date and document number."""

    as_of: date
    document: str = ""


@dataclass
class TakenIn:
    """What a returned sheet says. ``rows``: answered by the sheet; ``changes``: (kind, value) → how many persons.

    ``denied``: claimed to have the account, and the answer says no. ``source``: None when nothing was stored.
    """

    rows: int = 0
    changed: int = 0
    changes: dict[tuple[str, str], int] = field(default_factory=dict)
    denied: int = 0
    rejected: list[Remark] = field(default_factory=list)
    warnings: list[Remark] = field(default_factory=list)
    source: int | None = None

    def to_json(self) -> dict[str, Any]:
        changes: dict[str, dict[str, int]] = {}
        for (kind, value), number in sorted(self.changes.items()):
            changes.setdefault(kind, {})[value] = number
        return {
            "rows": self.rows, "changed": self.changed, "changes": changes, "denied": self.denied,
            "rejected": [remark.to_json() for remark in self.rejected],
            "warnings": [remark.to_json() for remark in self.warnings],
        }  # fmt: skip


def take_in(
    home: Home, commune: str, answers: Answers, about: About, by: str, now: datetime, *, apply: bool = True
) -> TakenIn:
    """Record the answers as facts, in one write; without ``apply`` only work out what they would change.

    Nothing is taken from a sheet with rows of another commune, or without any row of ours (BadInput).
    """
    if about.as_of > now.astimezone(VIETNAM).date():
        raise BadInput("Ngày trả lời không thể sau hôm nay.")
    if apply:
        return home.db.write(lambda session: _store(session, commune, answers, about, by, now))
    with home.db.read() as session:
        return _compare(session, commune, answers, about, now)[0]


def _store(session: Session, commune: str, answers: Answers, about: About, by: str, now: datetime) -> TakenIn:
    taken, fresh, inquiries = _compare(session, commune, answers, about, now)
    first = [one for one in inquiries if one.answered_at is None]
    if not any(fresh.values()) and not first:
        return taken
    source = Source(
        commune=commune, kind="return", issuer="; ".join(sorted({one.office for one in inquiries})),
        document=" ".join(about.document.split()), as_of=about.as_of, by=by, at=now,
        purpose="; ".join(dict.fromkeys(purpose_of(one) for one in inquiries)),
    )  # fmt: skip
    session.add(source)
    session.flush()
    for weight, said in fresh.items():
        facts.add(session, said, weight, as_of=about.as_of, now=now, source=source.id, by=by)
    for one in inquiries:
        session.execute(update(Inquiry).where(col(Inquiry.id) == one.id).values(answered_at=now))
    note(
        session, by, "answers_taken", commune, now, source=source.id, rows=taken.rows, changed=taken.changed,
        rejected=len(taken.rejected),
    )  # fmt: skip
    taken.source = source.id
    return taken


def _compare(
    session: Session, commune: str, answers: Answers, about: About, now: datetime
) -> tuple[TakenIn, Fresh, list[Inquiry]]:
    """What would change, the statements that are new, and the inquiries that are answered."""
    taken = TakenIn(rejected=list(answers.rejected), warnings=list(answers.warnings))
    asked: dict[str, tuple[int, int]] = {}  # code → inquiry, person
    for batch in batches(sorted(answers.said)):
        rows = select(InquiryRow.code, InquiryRow.inquiry, InquiryRow.person).where(col(InquiryRow.code).in_(batch))
        asked |= {code: (inquiry, person) for code, inquiry, person in session.exec(rows).all()}
    numbers = sorted({inquiry for inquiry, _ in asked.values()})
    inquiries = {n: session.get_one(Inquiry, n) for n in numbers}
    if any(one.commune != commune for one in inquiries.values()):
        raise BadInput("Bảng này có dòng của xã, phường khác. Không nhận gì; hãy gửi đúng bảng của xã, phường mình.")
    said: dict[Evidence, dict[tuple[int, str], Said]] = {}  # evidence → statements
    answered: set[int] = set()
    for code in sorted(answers.said, key=lambda code: asked.get(code, (0, 0))):  # of two inquiries the newer one stands
        known = inquiries.get(asked[code][0]) if code in asked else None
        if known is None or known.expires_at <= now:
            taken.rejected.append(_not_ours(answers.where[code], known))
            continue
        if about.as_of < known.made_at.astimezone(VIETNAM).date():
            raise BadInput("Ngày trả lời không thể trước ngày lập đề nghị. Hãy xem lại ngày trên văn bản trả lời.")
        taken.rows += 1
        answered.add(asked[code][0])
        evidence = OFFICES[known.kind].evidence
        for one in _statements(asked[code][1], answers.said[code]):
            said.setdefault(evidence, {})[one.person, one.kind] = one
    if not taken.rows:
        raise BadInput(
            "Không có dòng nào thuộc đề nghị còn hiệu lực của xã, phường này. Không nhận gì; hãy xem lại tệp."
        )
    fresh: Fresh = {}
    for evidence, statements in said.items():
        known_facts = facts.facts_of(session, sorted({person for person, _ in statements}))
        fresh[evidence] = list(facts.news(statements.values(), known_facts, evidence, about.as_of))
    new = [one for some in fresh.values() for one, _ in some]
    claims = _claims(session, [one.person for one in new if (one.kind, one.value) == ("asxh_account", "no")])
    taken.changed = len({one.person for one in new})
    taken.changes = dict(Counter((one.kind, one.value) for one in new))
    taken.denied = len(claims)
    return taken, fresh, [inquiries[number] for number in sorted(answered)]


def _not_ours(where: tuple[str, int], inquiry: Inquiry | None) -> Remark:
    if inquiry is None:
        message = "Không có mã dòng này: mã sai, hoặc đề nghị đã hết hạn và mã đã được xóa. Dòng này không được nhận."
        return Remark(*where, "Mã dòng", "code_unknown", message)
    until = f"{inquiry.expires_at.astimezone(VIETNAM):%d/%m/%Y}"
    message = f"Đề nghị có mã dòng này đã hết hạn ngày {until}. Hãy lập đề nghị mới nếu còn cần."
    return Remark(*where, "Mã dòng", "code_expired", message)


def _statements(person: int, answers: dict[str, bool]) -> Iterable[Said]:
    """The facts that the answers state; what was left open states nothing."""
    level = eid_of(answers)
    if level and level != "?":
        yield Said(person, "eid_level", level)
    for question, kind in YES_OR_NO.items():
        if question in answers:
            yield Said(person, kind, "yes" if answers[question] else "no")
    for question, value in (("by_cash", "cash"), ("by_account", "own_account")):
        if answers.get(question):
            yield Said(person, "payout", value)


def _claims(session: Session, persons: Sequence[int]) -> list[int]:
    """Those of whom it stands that they have an ASXH account."""
    found: list[int] = []
    for batch in batches(persons):
        query = select(Standing.person).where(col(Standing.person).in_(batch), Standing.asxh_account == "yes")
        found += session.exec(query).all()
    return found


def forget_ended(session: Session, now: datetime) -> int:
    """Delete the row codes of inquiries that have ended. Returns how many."""
    ended = select(Inquiry.id).where(Inquiry.expires_at <= now)
    gone: Any = session.execute(delete(InquiryRow).where(col(InquiryRow.inquiry).in_(ended)))
    return int(gone.rowcount)
