"""A home with invented people for the benches. It never reads the settings of the real one."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from sqlalchemy import insert, text
from sqlmodel import Session, select

from campaigns.campaigns import new_campaign
from campaigns.tables import Announcement, Campaign
from database import bulk_insert, learn_sizes
from register.contacts import new_contact
from register.home import Clock, Home, open_home
from register.people import Identity, citizen_lookup, seal_identity
from register.tables import Contact, Fact, Person, PersonCategory, PersonContact, Source, Standing, Unit
from register.units import hamlet_named
from settings import Settings

COMMUNE = "22945"
MONDAY = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)  # 08:00 in Viet Nam: inside the hours, no holiday
GIVEN = ("Mai", "Lan", "Hoa", "Thu", "Hạnh", "Nga", "Tâm", "Vân", "Liên", "Cúc", "Bình", "Yến", "Sáu", "Bảy", "Ngọc")
PART = 20_000  # people in one write
SPARE = 9  # communes that stay empty
TOKEN = "1:bench"  # noqa: S105 — invented


@contextmanager
def bench_home(**settings: Any) -> Iterator[Home]:
    """A home in a temporary folder, on SQLite if nothing else is said. Settings are the defaults, whatever the
    environment says.
    """
    clock = Clock()
    clock.set(MONDAY)
    with tempfile.TemporaryDirectory(prefix="tungnha-bench-") as folder:
        chosen = Settings.model_construct(home=Path(folder), telegram_token=SecretStr(TOKEN), **settings)
        home = open_home(chosen, create=True, now=clock)
        try:
            yield home
        finally:
            home.close()


def disk_bytes(home: Home) -> float:
    """What the database takes on the disk."""
    if not home.db.is_sqlite:
        with home.db.read() as session:
            return float(session.execute(text("SELECT pg_database_size(current_database())")).scalar_one())
    with home.db.read() as session:
        pages, size = (session.execute(text(f"PRAGMA {what}")).scalar_one() for what in ("page_count", "page_size"))
    return float(pages * size)


def settle(home: Home, number: int, chats: Sequence[str] = ()) -> None:
    """``number`` people on the NQ 418 list, all with a Telegram chat, one in ten with the account already."""
    for first in range(1, number + 1, PART):
        home.db.write(partial(_settle_chats, home, range(first, min(first + PART, number + 1)), chats))
    learn_sizes(home.db, ["person", "standing", "contact", "person_contact"])


def _settle_chats(home: Home, numbers: range, chats: Sequence[str], session: Session) -> None:
    now = home.now()
    hamlets = [hamlet_named(session, COMMUNE, f"Khu phố {n}") for n in range(1, 6)]

    def people() -> Iterator[tuple[Any, ...]]:
        for n in numbers:
            name, citizen_id = f"Nguyễn Thị {GIVEN[n % len(GIVEN)]}", f"0601{n:08d}"
            identity = Identity(citizen_id, name, "1950", f"09{n:08d}", hamlets[n % 5])
            yield n, hamlets[n % 5], seal_identity(home.keys, identity), citizen_lookup(home.keys, citizen_id)

    def talks() -> Iterator[tuple[Any, ...]]:
        for n in numbers:
            chat = new_contact(home, "telegram", "telegram:main", chats[n - 1] if chats else str(n), now)
            yield n, chat["lookup"], chat["sealed"]

    born = {"commune": COMMUNE, "birth_year": 1950, "sex": "nữ", "created_at": now, "updated_at": now}
    bulk_insert(session, Person, ["id", "hamlet", "sealed", "lookup"], people(), born | {"closed_reason": ""})
    known = {"nq418": "yes", "bank_account": "yes", "eid_level": "2_active"}
    same = Standing(person=0, **known).model_dump(exclude={"person", "asxh_account"})
    bulk_insert(session, Standing, ["person", "asxh_account"], ((n, "no" if n % 10 else "yes") for n in numbers), same)
    talk = {"channel": "telegram", "lane": "telegram:main", "owner": "unknown", "created_at": now}
    talk |= {"linked_at": now, "last_inbound_at": now}
    bulk_insert(session, Contact, ["id", "lookup", "sealed"], talks(), talk)
    bulk_insert(
        session, PersonContact, ["person", "contact"], ((n, n) for n in numbers), {"relation": "self", "at": now}
    )


def settle_provinces(home: Home, number: int, a_commune: int, before: int = 0) -> None:
    """``number`` people over the country, ``a_commune`` in each commune, ``COMMUNE``'s province first.

    Each has an identity, a category, a phone and four facts of one list, as an import leaves them. ``before``: how
    many of them are there already, a multiple of ``a_commune``.
    """
    with home.db.read() as session:
        province = session.get_one(Unit, COMMUNE).parent
        communes = session.exec(select(Unit.code).where(Unit.kind == "commune").order_by(Unit.code)).all()
        near = set(session.exec(select(Unit.code).where(Unit.parent == province)).all())
    ordered = sorted(communes, key=lambda code: (code != COMMUNE, code not in near, code))
    for first in range(before + 1, number + 1, a_commune):
        commune = ordered[first // a_commune % (len(ordered) - SPARE)]  # ten million: more than once round the country
        home.db.write(partial(_settle_one, home, commune, range(first, min(first + a_commune, number + 1))))


def _settle_one(home: Home, commune: str, numbers: range, session: Session) -> None:
    now, day = home.now(), home.now().date()
    hamlets = [hamlet_named(session, commune, f"Khu phố {n}") for n in range(1, 6)]
    source = Source(commune=commune, kind="list", issuer="UBND", document="đo", as_of=day, at=now)
    session.add(source)
    session.flush()

    def people() -> Iterator[tuple[Any, ...]]:
        for n in numbers:
            citizen_id = f"0601{n:08d}"
            identity = Identity(citizen_id, f"Nguyễn Thị Mai {n}", "1950", f"09{n:08d}", f"Số {n % 300}")
            sealed, lookup = seal_identity(home.keys, identity), citizen_lookup(home.keys, citizen_id)
            yield n, hamlets[n % 5], sealed, lookup, 1930 + n % 60

    def said(n: int) -> dict[str, str]:
        kept = {"nq418": "yes", "bank_account": "yes" if n % 3 else "no", "eid_level": "2_active"}
        return {**kept, "asxh_account": ("no", "no", "yes", "unknown")[n % 4]}

    same = {"commune": commune, "sex": "nữ", "created_at": now, "updated_at": now, "closed_reason": ""}
    bulk_insert(session, Person, ["id", "hamlet", "sealed", "lookup", "birth_year"], people(), same)
    kinds = ("nkt_nang", "htxh", "cao_tuoi", "ncc")
    categories = ((n, kinds[n % 4]) for n in numbers)
    bulk_insert(session, PersonCategory, ["person", "code"], categories, {"name": ""})
    facts = ((n, kind, value) for n in numbers for kind, value in said(n).items() if value != "unknown")
    told = {"evidence": "register", "since": "", "source": source.id, "as_of": day, "at": now, "by": "đo"}
    bulk_insert(session, Fact, ["person", "kind", "value"], facts, told)
    unknown = Standing(person=0).model_dump()
    standing = (tuple((unknown | {"person": n} | said(n)).values()) for n in numbers)
    bulk_insert(session, Standing, list(unknown), standing, {})
    phones = [new_contact(home, "phone", "phone", f"09{n:08d}", now) | {"id": n} for n in numbers]
    session.execute(insert(Contact), phones)
    bulk_insert(
        session, PersonContact, ["person", "contact"], ((n, n) for n in numbers), {"relation": "self", "at": now}
    )


def draft(session: Session, home: Home, commune: str = COMMUNE) -> Campaign:
    """An announced campaign over everybody who is ready, by Telegram, then a visit."""
    today = home.now().date()
    session.add(
        Announcement(commune=commune, document="12/TB", signed_on=today, posted_on=today, aired=2, hamlets_told=5)
    )
    window = (today, date(2026, 12, 22))
    return new_campaign(
        session, commune, "đo", "nq418-ready", ["telegram", "visit"], *window, "lan", home.now(), steps=[FIRST]
    )


FIRST = {"message": "first"}
