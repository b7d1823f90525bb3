"""Lưu giữ: what is kept how long, and the nightly removal of what nobody needs any more.

The law says: for a time that fits the purpose (Luật 91/2025/QH15 điều 3), and names no number. The purpose is over
when the last campaign is, so the days count from there:

- who left the lists (died, moved, stopped): from that day, and from the end of the last campaign they were planned in;
- who still stands in them: from the commune's newest list and the end of its last campaign, whichever is later.
  While lists come and campaigns run, nobody who stands in the lists is removed.

``keep_people_days`` is 180 by default: half-yearly reports can still be checked person by person, and the last list
that confirms a result comes a month after the campaign. ``keep_chats_days`` is 90: where a conversation stood, the
words of tickets that are closed, addresses of chats and phones that lead to nobody.

What stays is what stays after an erasure (erase.py), so that every past figure comes out as it was. There is no
tombstone: a later list may bring the person back, as somebody new.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Date, and_, column, delete, func, not_, or_, select, table, type_coerce, update
from sqlmodel import Session, col

from database import sweep
from register import erasures
from register.audit import note
from register.erase import Removed, forget_contacts, forget_senders, remove
from register.everything import all_tables
from register.home import VIETNAM, Home
from register.tables import Contact, Person, PersonContact, Source

log = structlog.get_logger(__name__)
BATCH = 200  # persons in one write: some 0,1 s, so that nobody waits

# The rooms above are asked by name: they lie above this one.
_CAMPAIGN = table("campaign", *map(column, ("id", "commune", "state")), column("ends_on", Date))
_DELIVERY = table("delivery", *map(column, ("campaign", "person")))


@dataclass
class Due:
    """How many of each are over their time. People are counted once, whatever the reason."""

    people_left: int = 0  # no longer in the lists
    people_over: int = 0  # whose commune has neither list nor campaign any more
    contacts: int = 0  # chats and phones that lead to nobody
    conversations: int = 0
    tickets: int = 0  # closed ones that still hold words

    @property
    def people(self) -> int:
        return self.people_left + self.people_over

    def to_json(self) -> dict[str, int]:
        return asdict(self)


def due(session: Session, home: Home, now: datetime, commune: str | None = None) -> Due:
    """What the next night would remove; with ``commune`` people of this one only. Reads only."""
    left = over = 0
    for one in _communes(session) if commune is None else [commune]:
        left += _how_many(session, _who_left(home, one, now))
        over += _how_many(session, _who_stayed(home, one, now))
    talk = _talk(session, home, now)
    counts = {name: _count(session, place, where) for name, (place, where, _) in talk.items()}
    stray = _count(session, Contact, *_strays(home, now))
    return Due(left, over, stray, counts.get("conversation", 0), counts.get("ticket", 0))


def let_go(home: Home, now: datetime, by: str = "system") -> Due:
    """Remove what is over its time, in small writes. Safe to stop and to run again."""
    done, senders, touched = Due(), [], set[str]()
    with home.db.read() as session:
        communes = _communes(session)
    for commune in communes:
        for name, query in (("people_left", _who_left), ("people_over", _who_stayed)):
            for removed in _remove_people(home, commune, query, now, by):
                setattr(done, name, getattr(done, name) + len(removed.persons))
                senders += removed.senders
                touched |= removed.tables
    for removed in _remove_strays(home, now):
        done.contacts += removed.contacts
        senders += removed.senders
        touched |= removed.tables

    def talk(session: Session) -> dict[str, int]:
        found = {}
        for name, (_, where, change) in _talk(session, home, now).items():
            result: Any = session.execute(change.where(where))
            found[name] = result.rowcount
        return found

    counts = home.db.write(talk)
    done.conversations, done.tickets = counts.get("conversation", 0), counts.get("ticket", 0)
    forget_senders(home, senders)
    sweep(home.db, sorted(touched | {name for name, number in counts.items() if number}))
    erasures.publish(home)
    if any(done.to_json().values()):
        log.info("retention", **done.to_json())
    return done


def _communes(session: Session) -> list[str]:
    return list(
        session.execute(select(col(Person.commune)).where(col(Person.sealed).is_not(None)).distinct()).scalars()
    )


def _before(home: Home, now: datetime) -> datetime:
    return now - timedelta(days=home.settings.keep_people_days)


def _day(moment: datetime) -> date:
    return moment.astimezone(VIETNAM).date()


def _young(home: Home, commune: str, now: datetime) -> Any:
    """The commune's campaigns that are not over for long enough."""
    over = _CAMPAIGN.c.ends_on < _day(_before(home, now))
    return select(_CAMPAIGN.c.id).where(_CAMPAIGN.c.commune == commune, not_(over), _CAMPAIGN.c.state != "cancelled")


def _who_left(home: Home, commune: str, now: datetime) -> Any:
    """Those who left long ago and were in no campaign since."""
    planned = select(_DELIVERY.c.person).where(_DELIVERY.c.campaign.in_(_young(home, commune, now)))
    return select(col(Person.id)).where(
        col(Person.commune) == commune,
        col(Person.sealed).is_not(None),
        col(Person.closed_at) < _before(home, now),
        col(Person.id).not_in(planned),
    )


def _who_stayed(home: Home, commune: str, now: datetime) -> Any:
    """Everybody who still stands in a commune that has had neither list nor campaign for long."""
    lists = select(col(Source.id)).where(col(Source.commune) == commune, col(Source.at) >= _before(home, now))
    alive = or_(lists.exists(), _young(home, commune, now).exists())
    return select(col(Person.id)).where(
        col(Person.commune) == commune,
        col(Person.sealed).is_not(None),
        col(Person.closed_at).is_(None),
        col(Person.updated_at) < _before(home, now),
        not_(alive),
    )


Query = Callable[[Home, str, datetime], Any]


def _remove_people(home: Home, commune: str, query: Query, now: datetime, by: str) -> Iterator[Removed]:
    rows = contacts = 0
    while True:

        def write(session: Session) -> Removed:
            persons = session.execute(query(home, commune, now).limit(BATCH)).scalars().all()
            return remove(session, home, persons, "retention", now)

        removed = home.db.write(write)
        if not removed.persons:
            break
        rows, contacts = rows + len(removed.persons), contacts + removed.contacts
        yield removed
    if rows:
        home.db.write(lambda s: note(s, by, "identities_removed", commune, now, rows=rows, contacts=contacts))


def _strays(home: Home, now: datetime) -> tuple[Any, ...]:
    """Contacts that lead to nobody and were silent for long."""
    before = now - timedelta(days=home.settings.keep_chats_days)
    linked = select(col(PersonContact.contact))
    silent = func.coalesce(col(Contact.last_inbound_at), col(Contact.created_at)) < before
    return col(Contact.sealed).is_not(None), col(Contact.id).not_in(linked), col(Contact.created_at) < before, silent


def _remove_strays(home: Home, now: datetime) -> Iterator[Removed]:
    while True:

        def write(session: Session) -> Removed:
            found: Sequence[Contact] = (
                session.execute(select(Contact).where(*_strays(home, now)).limit(BATCH)).scalars().all()
            )
            return forget_contacts(session, home, found) if found else Removed()

        removed = home.db.write(write)
        if not removed.contacts:
            return
        yield removed


def _talk(session: Session, home: Home, now: datetime) -> dict[str, tuple[Any, Any, Any]]:
    """What is kept of talk, by table: the table, which rows are over their time, and what becomes of them."""
    before = now - timedelta(days=home.settings.keep_chats_days)
    tables = {one.name: one for one in all_tables(session)}
    found: dict[str, tuple[Any, Any, Any]] = {}
    if "conversation" in tables:
        chat = tables["conversation"]
        found["conversation"] = (chat, _earlier(chat.c.updated_at, before), delete(chat))
    if "ticket" in tables:
        ticket = tables["ticket"]
        old = and_(_earlier(ticket.c.closed_at, before), ticket.c.sealed.is_not(None))
        found["ticket"] = (ticket, old, update(ticket).values(sealed=None))
    return found


def _earlier(column_: Any, moment: datetime) -> Any:
    """Compared as our own tables do it: what was reflected knows nothing of time zones on SQLite."""
    return type_coerce(column_, Person.__table__.c.created_at.type) < moment  # type: ignore[attr-defined]


def _count(session: Session, place: Any, *where: Any) -> int:
    return int(session.execute(select(func.count()).select_from(place).where(*where)).scalar_one())


def _how_many(session: Session, persons: Any) -> int:
    return int(session.execute(persons.with_only_columns(func.count(col(Person.id)))).scalar_one())


def words(home: Home) -> list[tuple[str, str]]:
    """What is kept how long, for the console and the data sheet: (what, how long)."""
    people, chats = home.settings.keep_people_days, home.settings.keep_chats_days
    return [
        ("Tên, số định danh, ngày sinh, địa chỉ, điện thoại của người đã rời danh sách",
         f"{people} ngày sau khi rời, và sau khi đợt vận động cuối cùng của người đó kết thúc"),
        ("Của người còn trong danh sách",
         f"{people} ngày sau danh sách mới nhất và sau đợt vận động cuối cùng của xã, phường, tùy ngày nào muộn hơn"),
        ("Chỗ đang dở và lời trong cuộc trò chuyện (đã bỏ mã), lời trong việc đã đóng, "
         "vào bằng mã QR hay đường dẫn, tài khoản chat và số điện thoại không thuộc về ai",
         f"{chats} ngày"),
        ("Danh sách đã tải lên mà chưa nhận", "1 ngày"),
        ("Mã liên kết trên phiếu", "60 ngày, dùng một lần"),
        ("Mã dòng trên bảng rà soát", "đến khi đề nghị rà soát hết hạn"),
        ("Số liệu không có danh tính, dấu xóa và dấu dừng nhận tin (chỉ là mã băm), nhật ký truy cập", "không xóa"),
    ]  # fmt: skip
