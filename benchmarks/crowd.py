"""A very large commune for the bench of planning, put in by bulk: who they are is noise, what rules ask of is not."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from typing import Any

from sqlmodel import Session, col, select

from benchmarks.world import COMMUNE
from campaigns.campaigns import new_campaign
from campaigns.conditions import Age, Category, Known, Reach, Written
from campaigns.tables import Announcement, Attempt, Campaign, Delivery
from database import bulk_insert, learn_sizes
from register.home import Home
from register.tables import Contact, Person, PersonCategory, PersonContact, Standing
from register.units import hamlet_named

HAMLETS = 50
CATEGORIES = ("ncc", "htxh", "cao_tuoi", "nkt_nang", "btxh")
BATCH = 50_000  # people put in with one write
TABLES = ("person", "standing", "person_category", "contact", "person_contact", "delivery", "attempt")
# five conditions of five kinds, which hold for everybody here: each is asked of each, and each gets a row
CONDITIONS = (
    Known("asxh_account", ("no", "unknown")),
    Category(CATEGORIES),
    Age(least=20, most=120, unknown=True),
    Reach(("zalo", "telegram", "phone", "none")),
    Written(days=1),
)


def settle_crowd(home: Home, first: int, last: int) -> None:
    """People ``first`` to ``last`` of one commune: two in five by chat, two by phone only, one by nothing.

    One in ten was written to by an earlier campaign two or six days ago, one in fifty has stopped it.
    """
    with home.db.read() as session:
        earlier = session.get(Campaign, 1)
    if earlier is None:
        home.db.write(lambda session: _earlier(session, home))
    for start in range(first, last + 1, BATCH):
        home.db.write(partial(_put_in, home, range(start, min(start + BATCH, last + 1))))
    learn_sizes(home.db, TABLES)


def _earlier(session: Session, home: Home) -> None:
    today = home.now().date()
    session.add(
        Announcement(commune=COMMUNE, document="12/TB", signed_on=today, posted_on=today, aired=2, hamlets_told=5)
    )
    window = (today, date(2026, 12, 22))
    new_campaign(session, COMMUNE, "đợt trước", "everyone", ["zalo"], *window, "lan", home.now())


def _put_in(home: Home, people: range, session: Session) -> None:
    now = home.now()
    hamlets = [hamlet_named(session, COMMUNE, f"Khu phố {n}") for n in range(1, HAMLETS + 1)]
    noise = os.urandom(4096)

    def blob(n: int, length: int) -> bytes:
        return n.to_bytes(8, "big") + noise[n % 3000 : n % 3000 + length - 8]

    same: dict[str, Any] = {"commune": COMMUNE, "sex": "nữ", "created_at": now, "updated_at": now, "closed_reason": ""}
    rows: Iterator[tuple[Any, ...]] = (
        (n, hamlets[n % HAMLETS], blob(n, 220), blob(n, 16), 1930 + n % 70 if n % 97 else None) for n in people
    )
    bulk_insert(session, Person, ["id", "hamlet", "sealed", "lookup", "birth_year"], rows, same)
    names = list(Standing.model_fields)

    def standing() -> Iterator[tuple[Any, ...]]:
        unknown = Standing(person=0, nq418="yes").model_dump()
        for n in people:
            known = {"person": n, "asxh_account": "unknown" if n % 4 == 0 else "no", "eid_level": "2_active"}
            row = unknown | known | {"bank_account": "yes" if n % 3 else "no"}
            yield tuple(row[name] for name in names)

    bulk_insert(session, Standing, names, standing(), {})
    kinds = ((n, CATEGORIES[n % 5]) for n in people)
    bulk_insert(session, PersonCategory, ["person", "code"], kinds, {"name": ""})
    ways = ("zalo", "telegram", "phone", "phone", "")

    def contacts() -> Iterator[tuple[Any, ...]]:
        for n in people:
            way = ways[n % 5]
            if way:
                lane, linked = ("phone", None) if way == "phone" else (f"{way}:main", now)
                yield n, way, lane, blob(n, 16), blob(n, 60), linked, linked, now if n % 50 == 0 else None

    columns = ["id", "channel", "lane", "lookup", "sealed", "linked_at", "last_inbound_at", "stopped_at"]
    bulk_insert(session, Contact, columns, contacts(), {"owner": "unknown", "created_at": now})
    links = ((n, n) for n in people if ways[n % 5])
    bulk_insert(session, PersonContact, ["person", "contact"], links, {"relation": "self", "at": now})
    written = [n for n in people if n % 10 == 0]
    at = {n: now - timedelta(days=2 if n % 20 else 6) for n in written}
    before: dict[str, Any] = {
        "campaign": 1,
        "step": 1,
        "state": "accepted",
        "reason": "",
        "channel": "zalo",
        "lane": "zalo:main",
    }
    before |= {"variant": 0, "tried": [], "claimer": "", "fence": 0}
    bulk_insert(session, Delivery, ["person", "contact", "changed_at"], ((n, n, at[n]) for n in written), before)
    mine = select(Delivery.person, Delivery.id).where(col(Delivery.person).between(people.start, people.stop))
    rows_of = dict(session.exec(mine).all())
    tried: dict[str, Any] = {
        "channel": "zalo",
        "lane": "zalo:main",
        "result": "accepted",
        "provider_id": "",
        "error_class": "",
    }
    tried |= {"error_code": "", "cost_vnd": 0}
    bulk_insert(session, Attempt, ["delivery", "at"], ((rows_of[n], at[n]) for n in written), tried)


def crowd_campaign(session: Session, home: Home, name: str) -> Campaign:
    """An approved campaign over the crowd, by chat, phone and visit, with five conditions."""
    window = (home.now().date(), date(2026, 12, 22))
    ways = ["zalo", "telegram", "zbs", "visit"]
    campaign = new_campaign(session, COMMUNE, name, "everyone", ways, *window, "lan", home.now(), narrowed=CONDITIONS)
    campaign.state, campaign.approver = "approved", "minh"
    session.add(campaign)
    session.flush()
    return campaign
