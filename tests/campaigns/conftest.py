"""People and campaigns for the tests of this room."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import date, datetime

import pytest
from sqlmodel import Session

from campaigns.campaigns import new_campaign
from campaigns.tables import Campaign
from channels.sandbox.server import Sandbox
from register.contacts import contact_for, link
from register.facts import record
from register.home import Home
from register.people import Identity, citizen_lookup, seal_identity
from register.tables import Person
from register.units import hamlet_named
from settings import Settings

COMMUNE = "22945"


@pytest.fixture
def make_person(home: Home) -> Callable[..., int]:
    """``make_person(session, zalo="z1", phone="0912…", asxh="no")`` → person number, ready for nq418-ready."""
    made = iter(range(1, 10_000))

    def make(session: Session, *, now: datetime, hamlet: str = "Khu phố 1", **ways: str) -> int:
        number = next(made)
        identity = Identity(f"0601{number:08d}", f"Nguyễn Thị Mai {number}", "1950", ways.get("phone", ""))
        person = Person(
            commune=COMMUNE,
            hamlet=hamlet_named(session, COMMUNE, hamlet),
            sealed=seal_identity(home.keys, identity),
            lookup=citizen_lookup(home.keys, identity.citizen_id),
            birth_year=1950,
            sex="nữ",
            created_at=now,
            updated_at=now,
        )
        session.add(person)
        session.flush()
        assert person.id is not None
        said = {"nq418": "yes", "bank_account": "yes", "eid_level": "2_active", "asxh_account": ways.get("asxh", "no")}
        for kind, value in said.items():
            record(session, person.id, kind, value, "register", as_of=date(2026, 11, 1), now=now)
        for channel in ("zalo", "telegram", "phone"):
            if channel in ways:
                lane = "phone" if channel == "phone" else f"{channel}:main"
                contact = contact_for(session, home, channel, lane, ways[channel], now)
                assert contact.id is not None
                link(session, person.id, contact.id, "unknown" if channel == "phone" else "self", now)
                if channel != "phone":
                    contact.last_inbound_at = now
                    session.add(contact)
        session.flush()
        return person.id

    return make


@pytest.fixture
def make_campaign() -> Callable[..., Campaign]:
    """``make_campaign(session, now=…, channels=[…])`` → a draft over nq418-ready by "lan"."""

    def make(session: Session, *, now: datetime, name: str = "đợt 1", channels: tuple[str, ...] = ()) -> Campaign:
        ways = channels or ("zalo", "telegram", "zbs", "visit")
        window = (date(2026, 11, 22), date(2026, 12, 22))
        return new_campaign(session, COMMUNE, name, "nq418-ready", ways, *window, "lan", now)

    return make


@pytest.fixture
async def sandbox(home: Home) -> AsyncIterator[Sandbox]:
    """The simulators, with the home's clock; the home's settings point at them."""
    world = Sandbox(now=home.now)
    await world.start()
    home.settings = Settings(home=home.path, database_url=home.settings.database_url, **world.settings())
    yield world
    await world.stop()
