"""Communes that share one lane take turns: a big one cannot keep the others waiting."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import count

import pytest
from sqlalchemy import select
from sqlmodel import Session, col

from campaigns.engine import ledger
from campaigns.states import DeliveryState
from campaigns.tables import Campaign, Delivery
from database import insert_new
from register.home import Home
from register.tables import Person, Unit

LANE = "zalo:main"
BATCH = 64
NAMES = count(1)


def waiting(home: Home, communes: dict[str, int], *, state: str = "running") -> None:
    """So many due rows of each commune; the first commune's are the oldest."""
    now = home.now()

    def make(session: Session) -> None:
        for number, (commune, rows) in enumerate(communes.items()):
            if session.get(Unit, commune) is None:
                session.add(Unit(code=commune, kind="commune", name=f"Xã {commune}"))
                session.flush()
            campaign = Campaign(
                commune=commune, name=f"đợt {next(NAMES)}", segment="nq418-ready", channels=["zalo"], steps=[],
                starts_on=date(2026, 11, 1), ends_on=date(2026, 12, 31), author="lan", created_at=now, state=state,
            )  # fmt: skip
            session.add(campaign)
            session.flush()
            people = [Person(commune=commune, created_at=now, updated_at=now) for _ in range(rows)]
            session.add_all(people)
            session.flush()
            due_at = now - timedelta(days=1) + timedelta(minutes=number)
            ledger_rows = [
                Delivery(
                    campaign=campaign.id, step=1, person=p.id, state=DeliveryState.DUE, channel="zalo", lane=LANE,
                    due_at=due_at, changed_at=now,
                ).model_dump(exclude={"id"})
                for p in people
            ]  # fmt: skip
            insert_new(session, Delivery, ledger_rows, ["campaign", "step", "person"])

    home.db.write(make)


def batches_of(home: Home, number: int) -> Iterator[Counter[str]]:
    """Rows of each commune in one batch after the other, as one drain claims them."""
    served: str | None = None
    for _ in range(number):

        def claim(session: Session, served: str | None = served) -> list[str]:
            fence = ledger.hold_lane(session, LANE, "a", home.now())
            rows = ledger.claim(session, LANE, "a", fence or 0, home.now(), BATCH, served)
            communes = dict(session.execute(select(col(Campaign.id), col(Campaign.commune))).all())
            return [communes[row.campaign] for row in rows]

        claimed = home.db.write(claim)
        served = claimed[-1] if claimed else served
        yield Counter(claimed)


def test_a_small_commune_is_served_in_the_first_batch_though_a_big_one_waited_longer(home: Home) -> None:
    waiting(home, {"70001": 300, "70002": 5, "70003": 40})
    first, second = batches_of(home, 2)
    assert first["70002"] == 5
    assert first["70001"] >= 16
    assert first["70003"] >= 16
    assert second["70001"] >= 32  # what the small ones leave is the big one's


def test_nobody_is_left_out_when_more_communes_wait_than_a_batch_has_places(home: Home) -> None:
    communes = {str(71000 + n): 40 for n in range(12)}
    waiting(home, communes)
    total: Counter[str] = Counter()
    for batch in batches_of(home, 3):
        total += batch
    assert set(total.values()) == {16}  # 3 batches of 4 communes: each had its turn, none had two
    assert set(total) == set(communes)


def test_another_drain_does_not_always_begin_with_the_same_commune(home: Home) -> None:
    waiting(home, {"72001": 1, "72002": 1, "72003": 1})

    def first(seconds: int) -> str:
        with home.db.read() as session:
            return next(iter(ledger.in_turn(session, LANE, home.now() + timedelta(seconds=seconds))))

    assert {first(seconds) for seconds in range(3)} == {"72001", "72002", "72003"}


def test_a_commune_alone_has_the_whole_lane_and_a_paused_one_no_turn(home: Home) -> None:
    waiting(home, {"73001": 100})
    waiting(home, {"73002": 100}, state="paused")
    assert list(batches_of(home, 2)) == [Counter({"73001": 64}), Counter({"73001": 36})]


@pytest.mark.parametrize("campaigns", [1, 3])
def test_two_campaigns_of_one_commune_share_its_turn(home: Home, campaigns: int) -> None:
    for _ in range(campaigns):
        waiting(home, {"74001": 50})
    waiting(home, {"74002": 60})
    assert next(batches_of(home, 1)) == Counter({"74001": 32, "74002": 32})
