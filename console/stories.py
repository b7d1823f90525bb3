"""One person's whole story, the newest first: lists, what was said and by whom, chats, messages with the why,
visits, requests for help, stops and erasure. No name and no number of a phone stands in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, select

from bot.tables import Ticket
from bot.tickets import KINDS
from campaigns.field.visits import OUTCOMES
from campaigns.states import DeliveryState
from campaigns.tables import Attempt, Attendance, Campaign, Delivery, HelpSession, Visit
from campaigns.why import explain, why
from console import words
from register.arrivals import WAYS
from register.tables import Arrival, Contact, Fact, LinkCode, Person, PersonContact, Source


@dataclass(frozen=True)
class Event:
    """One thing that happened. ``kind``: the word before it; ``path``: where to read more."""

    at: datetime
    kind: str
    text: str
    path: str = ""


def story(session: Session, person: Person) -> list[Event]:
    """Everything that happened to this person, the newest first."""
    events = [Event(person.created_at, "Sổ", "Bắt đầu có tên trong sổ.")]
    for part in (_said, _chats, _messages, _visits, _tickets):
        events += part(session, person)
    if person.closed_at:
        events.append(Event(person.closed_at, "Sổ", words.CLOSED.get(person.closed_reason, "Đã đóng hồ sơ") + "."))
    return sorted(events, key=lambda event: words.local(event.at), reverse=True)


def _said(session: Session, person: Person) -> list[Event]:
    """The facts, one line for all that was said at once by one source."""
    facts = select(Fact, Source).outerjoin(Source, col(Source.id) == Fact.source).where(Fact.person == person.id)
    together: dict[tuple[datetime, date, str, int], list[str]] = {}
    sources: dict[int, Source] = {}
    for fact, source in session.exec(facts.order_by(col(Fact.id))).all():
        value = words.VALUES.get(fact.value, (fact.value, ""))[0]
        since = f", {words.SINCE[fact.since]}" if fact.since in ("before", "during") else ""
        number = source.id or 0 if source else 0
        if source:
            sources[number] = source
        line = f"{words.FACTS.get(fact.kind, fact.kind)}: {value}{since}"
        together.setdefault((fact.at, fact.as_of, fact.evidence, number), []).append(line)
    events = []
    for (at, as_of, evidence, number), lines in together.items():
        origin = sources.get(number)
        if origin and origin.kind == "list":
            kind = "Danh sách"
            told = f"chốt {words.day(origin.as_of)}" + (f", {origin.issuer}" if origin.issuer else "")
            told += f", số {origin.document}" if origin.document else ""
            path = f"/danh-sach/{origin.id}"
        else:
            kind, path = words.EVIDENCE[evidence].capitalize(), ""
            told = f"nói về ngày {words.day(as_of)}" if as_of != words.local(at).date() else ""
        events.append(Event(at, kind, (f"({told}) " if told else "") + "; ".join(lines) + ".", path))
    return events


def _chats(session: Session, person: Person) -> list[Event]:
    """Links, link codes, stops: what the contacts remember."""
    events = []
    mine = select(PersonContact, Contact).join(Contact, col(Contact.id) == PersonContact.contact)
    for link, contact in session.exec(mine.where(PersonContact.person == person.id)).all():
        way = words.CHANNELS.get(contact.channel, contact.channel)
        whose = words.RELATIONS[link.relation]
        text = f"{way}: có số máy trong danh sách." if contact.channel == "phone" else f"Liên kết {way}, {whose}."
        events.append(Event(link.at, "Liên lạc", text))
        stopped = link.stopped_at or contact.stopped_at
        if stopped:
            events.append(Event(stopped, "Dừng", f"Đề nghị dừng nhận tin qua {way}. Không ai nhắn thêm."))
        if contact.blocked_at:
            events.append(Event(contact.blocked_at, "Liên lạc", f"{way}: đã chặn hoặc bỏ quan tâm."))
        if contact.last_inbound_at:
            events.append(
                Event(contact.last_inbound_at, "Liên lạc", f"Nhắn cho trợ lý tự động qua {way}, lần gần nhất.")
            )
    for code in session.exec(select(LinkCode).where(LinkCode.person == person.id)).all():
        events.append(Event(code.made_at, "Liên lạc", "Được cấp mã liên kết."))
    came = select(Arrival).join(PersonContact, col(PersonContact.contact) == Arrival.contact)
    for arrival in session.exec(came.where(PersonContact.person == person.id)).all():
        events.append(Event(arrival.at, "Liên lạc", f"Vào trò chuyện bằng {WAYS[arrival.way]}."))
    return events


def _messages(session: Session, person: Person) -> list[Event]:
    """Each step of each campaign: every request of it, or why there was none."""
    rows = select(Delivery, Campaign).join(Campaign, col(Campaign.id) == Delivery.campaign)
    found = session.exec(rows.where(Delivery.person == person.id).order_by(col(Delivery.id))).all()
    tried: dict[int, list[Attempt]] = {}
    for attempt in session.exec(select(Attempt).where(col(Attempt.delivery).in_([row.id for row, _ in found]))).all():
        tried.setdefault(attempt.delivery, []).append(attempt)
    events = []
    for row, campaign in found:
        path, head = f"/dot-van-dong/{campaign.id}", f"{campaign.name}, tin {row.step}"
        for attempt in tried.get(row.id or 0, []):
            way = words.CHANNELS.get(attempt.channel, attempt.channel)
            events.append(Event(attempt.at, "Tin nhắn", f"{head}: {way}, {words.ATTEMPTS[attempt.result]}.", path))
        if row.state != DeliveryState.ACCEPTED or not tried.get(row.id or 0):
            events.append(Event(row.changed_at, "Tin nhắn", f"{head}: {explain(row)}", path))
    others = select(Campaign).where(Campaign.commune == person.commune, col(Campaign.launched_at).is_not(None))
    for campaign in session.exec(others.where(col(Campaign.id).not_in([row.campaign for row, _ in found]))).all():
        if campaign.launched_at:
            text = f"{campaign.name}: {why(session, campaign, person, campaign.launched_at)}"
            events.append(Event(campaign.launched_at, "Tin nhắn", text, f"/dot-van-dong/{campaign.id}"))
    return events


def _visits(session: Session, person: Person) -> list[Event]:
    events = []
    for visit in session.exec(select(Visit).where(Visit.person == person.id)).all():
        events.append(Event(visit.created_at, "Đến nhà", "Đưa vào danh sách đến nhà."))
        if visit.at:
            events.append(Event(visit.at, "Đến nhà", f"{OUTCOMES.get(visit.outcome, visit.outcome)}."))
    held = select(Attendance, HelpSession).join(HelpSession, col(HelpSession.id) == Attendance.session)
    for _, meeting in session.exec(held.where(Attendance.person == person.id)).all():
        events.append(Event(meeting.starts_at, "Buổi hỗ trợ", f"Đã đến: {meeting.place}."))
    return events


def _tickets(session: Session, person: Person) -> list[Event]:
    events = []
    for ticket in session.exec(select(Ticket).where(Ticket.person == person.id)).all():
        kind = KINDS.get(ticket.kind, ticket.kind)
        events.append(Event(ticket.opened_at, "Đề nghị giúp", f"{kind}.", f"/viec/{ticket.id}"))
        if ticket.closed_at:
            events.append(Event(ticket.closed_at, "Đề nghị giúp", "Việc cần hỗ trợ đã xong."))
    return events
