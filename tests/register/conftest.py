"""A commune with a few invented people, for the tests of the register."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from sqlmodel import Session

from campaigns.tables import Campaign
from register.home import Home
from register.people import Identity, citizen_lookup, seal_identity
from register.tables import Person, PersonCategory
from register.units import hamlet_named

COMMUNE = "22945"
AddPerson = Callable[..., int]


@pytest.fixture
def add_person(home: Home) -> AddPerson:
    """Store one invented person; returns the person number."""

    def add(
        citizen_id: str, name: str = "Lê Văn Đực", hamlet: str = "Khu phố 1", category: str = "", commune: str = COMMUNE
    ) -> int:
        def store(session: Session) -> int:
            person = Person(
                commune=commune,
                hamlet=hamlet_named(session, commune, hamlet),
                sealed=seal_identity(home.keys, Identity(citizen_id, name, "1946")),
                lookup=citizen_lookup(home.keys, citizen_id),
                birth_year=1946,
                created_at=home.now(),
                updated_at=home.now(),
            )
            session.add(person)
            session.flush()
            assert person.id is not None
            if category:
                session.add(PersonCategory(person=person.id, code=category))
            return person.id

        return home.db.write(store)

    return add


@pytest.fixture
def add_campaign(home: Home) -> Callable[..., int]:
    """Store one campaign that was launched; returns its number."""

    def add(starts_on: date = date(2026, 11, 2), ends_on: date = date(2026, 11, 20), commune: str = COMMUNE) -> int:
        def store(session: Session) -> int:
            campaign = Campaign(
                commune=commune, name=f"Đợt {starts_on}", segment="nq418-ready", channels=["zalo"],
                steps=[{"message": "first"}], starts_on=starts_on, ends_on=ends_on, author="lan", state="done",
                launched_at=home.now(), created_at=home.now(),
            )  # fmt: skip
            session.add(campaign)
            session.flush()
            return campaign.id or 0

        return home.db.write(store)

    return add
