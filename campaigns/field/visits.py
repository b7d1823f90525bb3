"""Phiếu đến nhà: who is to be visited, the paper that the pair carries, and what happened at each door."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import segno
from sqlalchemy import ColumnElement, and_, exists, func, or_, select, update
from sqlmodel import Session, col

from campaigns.field.sessions import hamlet_words
from campaigns.segments import GOALS
from campaigns.tables import Campaign, Visit, VisitNote
from content.typeset import typeset
from database import batches, insert_new
from register import audit, facts
from register.contacts import CODE_LIFE, make_link_code
from register.errors import BadInput
from register.home import VIETNAM, Home
from register.past import remember
from register.people import identity_of
from register.tables import Person, Standing, Unit
from register.units import commune_of
from register.words import inside
from settings import Settings

TEMPLATE = Path(__file__).with_name("visits.typ")
# What can happen at a door, in the words of the sheet, in its order.
OUTCOMES = {
    "done": "Làm xong (đã thấy tận mắt)",
    "had_before": "Đã có từ trước",
    "no_phone": "Không có máy thông minh",
    "absent": "Vắng nhà",
    "wrong_data": "Sai thông tin",
    "refused": "Chưa muốn làm",
    "moved": "Đã chuyển đi",
    "died": "Đã mất",
    "again": "Hẹn lại",
}
TO_GO = ("", "again", "absent")  # the pair still has to go there
CLOSING = ("moved", "died")
# outcome → the fact that was seen with own eyes: kind, value, since
SEEN = {
    "done": ("asxh_account", "yes", "during"),
    "had_before": ("asxh_account", "yes", "before"),
    "no_phone": ("special", "no_smartphone", ""),
    "wrong_data": ("data_matched", "no", ""),  # the police set it right (register.offices)
}
MINUTES_A_DOOR = 30
QR_CHAT = "https://zalo.me/{}"  # an Official Account's own page; on paper, from the pair's hand


@dataclass(frozen=True)
class VisitRow:
    """One line of a visit list; ``sheet`` is the number printed on the paper."""

    visit: int
    sheet: int
    campaign: int | None
    person: int
    hamlet: str | None
    hamlet_name: str
    outcome: str
    by: str
    at: datetime | None
    again_on: date | None = None

    @property
    def to_go(self) -> bool:
        return self.outcome in TO_GO


def add_visits(session: Session, campaign: Campaign | None, persons: Iterable[int], now: datetime) -> int:
    """Put people on the visit list, once in a campaign (without one: once until visited). Returns how many are new.

    A door that is still to be gone to without a campaign becomes the campaign's: nobody stands on two sheets.
    """
    campaign_id = campaign.id if campaign else None
    wanted = set(persons)
    standing = select(col(Visit.person))
    if campaign_id is None:
        standing = standing.where(col(Visit.campaign).is_(None), col(Visit.outcome).in_(TO_GO))
    else:
        standing = standing.where(col(Visit.campaign) == campaign_id)
    left = sorted(wanted - set(session.scalars(standing)))
    if campaign_id is not None:
        left = sorted(set(left) - _adopt(session, campaign_id, left))
    people: list[tuple[str, str, int]] = []
    for batch in batches(left):
        query = select(col(Person.commune), func.coalesce(col(Person.hamlet), ""), col(Person.id)).where(
            col(Person.closed_at).is_(None), col(Person.id).in_(batch)
        )
        people += [(commune, hamlet, person) for commune, hamlet, person in session.execute(query)]
    rows: list[dict[str, Any]] = []
    last: dict[str, int] = {}
    for commune, hamlet, person in sorted(people):
        if commune not in last:
            newest = select(func.max(col(Visit.sheet))).where(col(Visit.commune) == commune)
            last[commune] = session.scalar(newest) or 0
        last[commune] += 1
        visit = Visit(
            campaign=campaign_id,
            commune=commune,
            hamlet=hamlet or None,
            person=person,
            sheet=last[commune],
            created_at=now,
        )
        rows.append(visit.model_dump(exclude={"id"}))
    insert_new(session, Visit, rows, ["campaign", "person"])
    return len(rows)


def _adopt(session: Session, campaign: int, persons: list[int]) -> set[int]:
    """Give the campaign the open visits of these persons that belong to none. Returns whose they were."""
    taken: set[int] = set()
    for batch in batches(persons):
        mine = (
            update(Visit)
            .where(col(Visit.campaign).is_(None), col(Visit.outcome).in_(TO_GO))
            .where(col(Visit.person).in_(batch))
            .values(campaign=campaign)
            .returning(col(Visit.person))
            .execution_options(synchronize_session=False)
        )
        taken |= set(session.scalars(mine))
    return taken


def still_to_go() -> ColumnElement[bool]:
    """Over Visit and Person: nobody was met yet, the person is in the register and what is wanted is still missing.

    What is wanted is the goal of the campaign. A visit of no campaign is for the ASXH account.
    """
    goal = select(col(Campaign.goal)).where(col(Campaign.id) == col(Visit.campaign)).correlate(Visit).scalar_subquery()
    fact = func.coalesce(goal, "asxh_account")
    got = or_(*(and_(fact == one.fact, getattr(Standing, one.fact) == one.yes) for one in GOALS.values()))
    has_it = select(col(Standing.person)).where(col(Standing.person) == col(Visit.person), got).correlate(Visit)
    return and_(col(Visit.outcome).in_(TO_GO), col(Person.closed_at).is_(None), ~exists(has_it))


def waiting(session: Session, commune: str, hamlet: str | None = None) -> int:
    """How many doors are still to be gone to."""
    query = select(func.count()).select_from(Visit).join(Person, col(Person.id) == col(Visit.person))
    query = query.where(col(Visit.commune) == commune, still_to_go())
    return int(session.scalar(query.where(col(Visit.hamlet) == hamlet) if hamlet else query) or 0)


def list_for_visits(
    session: Session, commune: str, campaign: int | None = None, hamlet: str | None = None
) -> list[VisitRow]:
    """The visit list of a commune, or of one campaign or hamlet in it: by hamlet and number.

    Nobody is sent to the door of a person who has left the register, or who has got meanwhile what the
    campaign is for; what was recorded there stays.
    """
    query = (
        select(Visit, col(Unit.name))
        .join(Person, col(Person.id) == col(Visit.person))
        .join(Unit, col(Unit.code) == col(Visit.hamlet), isouter=True)
        .where(col(Visit.commune) == commune)
        .where(or_(still_to_go(), col(Visit.outcome).not_in(TO_GO)))
        .order_by(col(Visit.hamlet), col(Visit.again_on).is_(None), col(Visit.again_on), col(Visit.sheet))
    )
    if campaign is not None:
        query = query.where(col(Visit.campaign) == campaign)
    if hamlet is not None:
        query = query.where(col(Visit.hamlet) == hamlet)
    return [
        VisitRow(v.id or 0, v.sheet, v.campaign, v.person, v.hamlet, name or "", v.outcome, v.by, v.at, v.again_on)
        for v, name in session.execute(query)
    ]


def record_visit(
    session: Session,
    home: Home,
    visit: int | None,
    outcome: str,
    by: str,
    now: datetime,
    *,
    person: int | None = None,
    again_on: date | None = None,
    received: bool | None = None,
    pressed_at: datetime | None = None,
    key: str = "",
) -> Visit:
    """Write down what happened at a door: ``visit`` by its id, or the newest of ``person`` (made when there is none).

    What the pair saw becomes a fact with the evidence "officer". Recording anew corrects: a fact that is no longer
    stated becomes unknown again, a closed person is opened again. ``again_on``: the day agreed for another visit.
    ``received``: see note_receipt. ``pressed_at``: when it was pressed at the door, under the id ``key``
    (campaigns.field.rounds); now, unless given. All that is written down stays in the history (VisitNote), and settles
    whatever was in dispute about this door.
    """
    if outcome not in OUTCOMES:
        raise BadInput(f"Không có kết quả đến nhà “{outcome}”. Hãy chọn một trong: {', '.join(OUTCOMES)}.")
    row = session.get(Visit, visit) if visit is not None else _newest_of(session, person, now)
    if row is None:
        raise BadInput("Không có lượt đến nhà này: hãy mở lại phiếu và chọn đúng số.")
    who, at = session.get_one(Person, row.person), pressed_at or now
    _see(session, row, SEEN.get(row.outcome), SEEN.get(outcome), by, at, now)
    if (outcome in CLOSING) != (row.outcome in CLOSING):
        remember(session, [row.person], now)
    if outcome in CLOSING and who.closed_at is None:
        who.closed_at, who.closed_reason, who.updated_at = now, outcome, now
        audit.note(session, by, "person_closed", str(who.id), now, reason=outcome)
    elif row.outcome in CLOSING and outcome not in CLOSING and who.closed_reason == row.outcome and who.sealed:
        who.closed_at, who.closed_reason, who.updated_at = None, "", now
    note_receipt(session, row, received, by, at, now)
    row.outcome, row.by, row.at = outcome, by, at
    row.again_on = again_on if outcome == "again" else None
    session.execute(update(VisitNote).where(col(VisitNote.visit) == row.id).values(disputed=False))
    session.add_all([row, who])
    write_note(session, row, outcome, by, at, now, row.again_on, key)
    return row


def write_note(
    session: Session, row: Visit, outcome: str, by: str, at: datetime, now: datetime, again_on: date | None, key: str
) -> None:
    """Keep in the history of a door what was written down about it at ``at``; ``key``: its id, made unless given."""
    assert row.id is not None
    key = key or uuid4().hex
    session.add(VisitNote(visit=row.id, id=key, outcome=outcome, again_on=again_on, by=by, pressed_at=at, at=now))
    session.flush()


def note_receipt(session: Session, row: Visit, received: bool | None, by: str, at: datetime, now: datetime) -> None:
    """Whether the family says that the last payment arrived (None: not asked); told, so "self"."""
    if received is None:
        return
    told, as_of = "yes" if received else "no", at.astimezone(VIETNAM).date()
    facts.record(session, row.person, "receipt_confirmed", told, "self", as_of=as_of, now=now, by=by)


def sheet_numbered(session: Session, commune: str, sheet: int) -> Visit | None:
    """The visit under this printed number."""
    return session.scalar(select(Visit).where(col(Visit.commune) == commune, col(Visit.sheet) == sheet))


def visit_sheets_pdf(
    home: Home,
    commune: str,
    hamlet: str | None,
    out: Path,
    now: datetime,
    *,
    campaign: int | None = None,
    by: str = "tungnha",
    starts_at: datetime | None = None,
) -> int:
    """Write the sheets of those who are still to be visited (one hamlet, or all) as a PDF; returns how many.

    ``starts_at``: when the pair sets out; each door then has a time. Without it day and hour are left to be written.

    Name and address, and nothing else of a person; never the list, a category, a citizen id or a sum. The slip to be
    left with the family carries a one-time code when a chat is set up. Printing names is an audit event.
    """
    if out.suffix.lower() != ".pdf":
        raise BadInput("Phiếu đến nhà được ghi thành tệp PDF: hãy đặt tên tệp có đuôi .pdf.")
    data = home.db.write(lambda session: _sheets(session, home, commune, hamlet, campaign, by, now, starts_at))
    typeset(TEMPLATE, data, out, now)
    return sum(len(sheet["rows"]) for sheet in data["sheets"])


def _see(
    session: Session,
    visit: Visit,
    before: tuple[str, str, str] | None,
    seen: tuple[str, str, str] | None,
    by: str,
    at: datetime,
    now: datetime,
) -> None:
    as_of = at.astimezone(VIETNAM).date()
    if before and (seen is None or seen[0] != before[0]):
        facts.record(session, visit.person, before[0], "unknown", "officer", as_of=as_of, now=now, by=by)
    if seen:
        kind, value, since = seen
        facts.record(session, visit.person, kind, value, "officer", as_of=as_of, now=now, by=by, since=since)


def _newest_of(session: Session, person: int | None, now: datetime) -> Visit | None:
    who = session.get(Person, person) if person is not None else None
    if who is None:
        return None
    newest = select(Visit).where(col(Visit.person) == who.id).order_by(col(Visit.id).desc()).limit(1)
    found = session.scalar(newest)
    if found is None and who.closed_at is None:
        add_visits(session, None, [who.id or 0], now)
        found = session.scalar(newest)
    return found


def _sheets(
    session: Session,
    home: Home,
    commune: str,
    hamlet: str | None,
    campaign: int | None,
    by: str,
    now: datetime,
    starts_at: datetime | None = None,
) -> dict[str, Any]:
    """The template's data: one sheet for each hamlet."""
    unit = commune_of(session, commune)
    rows = [row for row in list_for_visits(session, commune, campaign, hamlet) if row.to_go]
    if not rows:
        raise BadInput("Chưa có nhà nào cần đến: hãy đưa người vào danh sách đến nhà trước.")
    audit.note(session, by, "list_exported", commune, now, rows=len(rows))
    place = inside(unit.name)
    chats = _chats(home.settings)
    people = {row.person: session.get_one(Person, row.person) for row in rows}
    sheets: dict[str | None, dict[str, Any]] = {}
    for row in rows:
        identity = identity_of(home, people[row.person])
        if identity is None:  # erased
            continue
        name = hamlet_words(row.hamlet_name) or "chưa rõ địa bàn"
        sheet = sheets.setdefault(row.hamlet, {"hamlet": name, "qr": "", "rows": [], "campaigns": set()})
        sheet["campaigns"].add(row.campaign)
        code = make_link_code(session, home, row.person, now, "qr") if chats else ""
        sheet["rows"].append(
            {
                "number": row.sheet,
                "name": identity.full_name,
                "address": identity.address or row.hamlet_name,
                "code": code,
                "day": f"{row.again_on:%d/%m}" if row.again_on else "",
                "time": "",
            }
        )
    for key, sheet in sheets.items():
        if starts_at is not None:
            for turn, row_data in enumerate(sheet["rows"]):
                at = (starts_at + timedelta(minutes=MINUTES_A_DOOR * turn)).astimezone(VIETNAM)
                row_data |= {"day": f"{at:%d/%m}", "time": f"{at:%H:%M}"}
        ids = ",".join(str(c) for c in sorted(c for c in sheet.pop("campaigns") if c is not None))
        sheet["qr"] = segno.make(f"TUNGNHA;dot={ids};diaban={key or commune}", error="m").svg_inline(border=0)
    return {
        "commune": place,
        "office": f"UBND {place}",
        "printed": f"{now.astimezone(VIETNAM):%d/%m/%Y}",
        "until": f"{(now + CODE_LIFE).astimezone(VIETNAM):%d/%m/%Y}",
        "chats": chats,
        "chat_qr": _chat_qr(home.settings) if chats else "",
        "again": OUTCOMES["again"],
        "outcomes": [label for outcome, label in OUTCOMES.items() if outcome != "again"],
        "sheets": list(sheets.values()),
    }


def _chat_qr(settings: Settings) -> str:
    """The page of our Official Account as a QR, to be scanned from the slip; the code is typed there."""
    if not settings.zalo_oa_id:
        return ""
    return segno.make(QR_CHAT.format(settings.zalo_oa_id), error="m").svg_inline(border=0)


def _chats(settings: Settings) -> str:
    """The chats in which a code can be typed, in the order in which they are offered; "" when none is set up."""
    zalo = settings.zalo_app_id and settings.zalo_app_secret.get_secret_value()
    telegram = settings.telegram_token.get_secret_value()
    return " hoặc ".join(name for name, on in (("Zalo", zalo), ("Telegram", telegram)) if on)
