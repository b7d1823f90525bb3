"""Con đường đến kết quả: what came before it, how long it took, and by which way people were met on the way.

A touch before a result is no proof that it was the cause; the comparison by lot is for that (results.comparing).
Levels of evidence stand side by side as everywhere. Of somebody whose data was erased since, messages and visits are
still known, codes and chats are not: that is one reason why figures are kept at the end (campaigns.results.keeping).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, time, timedelta
from statistics import median
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from audio.tables import AirEntry
from campaigns.conditions import REACHED
from campaigns.field.visits import CLOSING
from campaigns.results.results import Said, outcomes_of, planned_in
from campaigns.tables import Attempt, Attendance, Campaign, Delivery, HelpSession, SeatOrder, Visit
from register.arrivals import WAYS
from register.facts import STRENGTH
from register.home import VIETNAM
from register.tables import Arrival, Contact, LinkCode, PersonContact

TOUCHES = {
    "message": "Tin nhắn của đợt",
    "chat": "Vào trò chuyện với trợ lý",
    "qr": "Mã QR hoặc mã nối máy trên giấy",
    "link": "Đường dẫn, hoặc mã nối máy cán bộ đưa riêng",
    "session": "Buổi hỗ trợ được mời hoặc giữ chỗ",
    "came": "Đã đến buổi hỗ trợ",
    "visit": "Có người đến nhà gặp",
    "bulletin": "Loa đã phát trong đợt",
}
NOT_MET = ("", "absent", *CLOSING)  # outcomes of a visit at which nobody of the house was met
ON_AIR = ("played", "said")
Touch = tuple[datetime, str, str]  # when, a key of TOUCHES, of a message: "channel step"


@dataclass
class Paths:
    """The people who made it at one level of evidence, and how. Counts of people.

    ``median_days``: from the first message, or from the launch for those who got none. ``last``: the last touch of
    their own (loudspeakers speak to all), a message as "zalo 1" (channel and step); "": none is known. ``touched``:
    by key of TOUCHES, how many met it at all. ``bulletin_days``: the median number of days on which it was on air.
    """

    people: int = 0
    median_days: float | None = None
    last: dict[str, int] = field(default_factory=dict)
    touched: dict[str, int] = field(default_factory=dict)
    bulletin_days: float | None = None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def paths(session: Session, campaign: Campaign, now: datetime) -> dict[str, Paths]:
    """By level of evidence, as known at ``now``."""
    made: dict[str, list[Said]] = {level: [] for level in STRENGTH}
    for _, outcomes in outcomes_of(session, campaign, now):
        for level, fact in outcomes.items():
            if fact is not None:
                made[level].append(fact)
    touches: dict[int, list[Touch]] = defaultdict(list)
    for person, touch in _touches(session, campaign):
        touches[person].append(touch)
    on_air = _on_air(session, campaign)
    launched = campaign.launched_at or datetime.combine(campaign.starts_on, time(0), VIETNAM)
    return {level: _paths(facts, touches, on_air, launched) for level, facts in made.items()}


def _paths(facts: list[Said], touches: dict[int, list[Touch]], on_air: list[date], launched: datetime) -> Paths:
    last, touched = Counter[str](), Counter[str]()
    days, heard = [], []
    for fact in facts:
        until = happened(fact)
        mine = sorted((touch for touch in touches.get(fact.person, ()) if touch[0] <= until), key=_in_order)
        told = [touch for touch in mine if touch[1] == "message"]
        days.append(max((until - (told[0][0] if told else launched)) / timedelta(days=1), 0))
        heard.append(sum(day <= until.astimezone(VIETNAM).date() for day in on_air))
        touched.update({kind for _, kind, _ in mine} | ({"bulletin"} if heard[-1] else set()))
        last[(mine[-1][2] or mine[-1][1]) if mine else ""] += 1
    return Paths(
        len(facts),
        round(median(days), 1) if days else None,
        dict(last.most_common()),
        {kind: touched[kind] for kind in TOUCHES},
        median(heard) if heard else None,
    )


def _in_order(touch: Touch) -> tuple[datetime, int]:
    """By time; of the same moment, the order of TOUCHES: what is told of more exactly comes last."""
    return touch[0], list(TOUCHES).index(touch[1])


def happened(fact: Said) -> datetime:
    """When it was so at the latest: a list tells of the end of its as-of date, others of the moment they spoke."""
    if fact.evidence != "register":
        return fact.at
    return min(fact.at, datetime.combine(fact.as_of + timedelta(days=1), time(0), VIETNAM))


def _touches(session: Session, campaign: Campaign) -> Iterator[tuple[int, Touch]]:
    """(person, touch) of everybody planned, from the launch on."""
    planned, since = planned_in(campaign), campaign.launched_at or campaign.created_at
    query = (
        select(col(Delivery.person), col(Attempt.at), col(Attempt.channel), col(Delivery.step))
        .join(Attempt, col(Attempt.delivery) == col(Delivery.id))
        .where(col(Delivery.campaign) == campaign.id, col(Attempt.result).in_(REACHED))
    )
    for person, at, channel, step in session.execute(query):
        yield person, (at, "message", f"{channel} {step}")
    code = select(col(LinkCode.person), col(LinkCode.used_at)).where(col(LinkCode.used_at) >= since)
    came = select(col(PersonContact.person), col(Arrival.at)).where(col(Arrival.at) >= since)
    came = came.join(Arrival, col(Arrival.contact) == col(PersonContact.contact))
    chat = (
        select(col(PersonContact.person), col(PersonContact.at))
        .join(Contact, col(Contact.id) == col(PersonContact.contact))
        .where(col(Contact.channel) != "phone", col(PersonContact.at) >= since)
    )
    visit = select(col(Visit.person), col(Visit.at)).where(col(Visit.at) >= since, col(Visit.outcome).not_in(NOT_MET))
    held = col(HelpSession.id), col(HelpSession.starts_at)
    told = select(col(Delivery.person), held[1]).join(HelpSession, held[0] == col(Delivery.session))
    told = told.where(col(Delivery.campaign) == campaign.id, col(Delivery.state) == "accepted")
    seat = select(col(SeatOrder.person), held[1]).join(HelpSession, held[0] == col(SeatOrder.session))
    seat = seat.where(held[1] >= since)
    there = select(col(Attendance.person), held[1]).join(HelpSession, held[0] == col(Attendance.session))
    there = there.where(held[1] >= since)
    kinds: tuple[tuple[str, Any, Any], ...] = (
        *((way, code.where(col(LinkCode.way) == way), LinkCode) for way in WAYS),
        *((way, came.where(col(Arrival.way) == way), PersonContact) for way in WAYS),
        ("chat", chat, PersonContact),
        ("visit", visit, Visit),
        ("session", told, Delivery),
        ("session", seat, SeatOrder),
        ("came", there, Attendance),
    )
    for kind, asked, table in kinds:
        for person, at in session.execute(asked.where(col(table.person).in_(planned))):
            yield person, (at, kind, "")


def _on_air(session: Session, campaign: Campaign) -> list[date]:
    """The days of the campaign on which a bulletin was on air in the commune."""
    first = datetime.combine(campaign.starts_on, time(0), VIETNAM)
    entries = select(col(AirEntry.at)).where(
        col(AirEntry.commune) == campaign.commune, col(AirEntry.what).in_(ON_AIR), col(AirEntry.at) >= first
    )
    return sorted({at.astimezone(VIETNAM).date() for at in session.scalars(entries)})
