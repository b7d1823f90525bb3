"""Two indicators that are never merged, and figures that say of whom they are a share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from itertools import product

import pytest
from sqlmodel import Session

from campaigns.results.figures import Ratio
from campaigns.results.history import everyone
from campaigns.results.indicators import (
    ACCOUNT_TARGET_PERCENT,
    CAN_HAVE,
    MANAGED,
    Now,
    asxh_accounts,
    missing_to,
    paid_by_account,
    standing_now,
)
from register.facts import VALUES, record
from register.home import Home
from register.tables import Person

COMMUNE = "22945"
TODAY = date(2026, 11, 23)


def ratio(numerator: int, denominator: int) -> Ratio:
    return Ratio(numerator, denominator, TODAY, {"register": numerator})


@pytest.mark.parametrize(
    ("numerator", "denominator", "said"),
    [
        (37, 37, "37/37 = 100 %"),
        (141, 150, "141/150 = 94 %"),
        (141, 410, "141/410 = 34,4 %"),
        (178, 447, "178/447 = 39,8 %"),
        (0, 60, "0/60 = 0 %"),
        (0, 0, "0/0"),
        (38_000, 38_001, "38.000/38.001 = 99,9 %"),  # not everybody, so not 100 %
        (1, 38_000, "1/38.000 = 0,1 %"),  # somebody, so not 0 %
    ],
)
def test_a_figure_is_told_with_both_its_numbers(numerator: int, denominator: int, said: str) -> None:
    assert ratio(numerator, denominator).said == said


@pytest.mark.parametrize(("paid", "missing"), [(0, 246), (141, 105), (245, 1), (246, 0), (410, 0)])
def test_the_line_of_60_percent_is_counted_in_whole_people(paid: int, missing: int) -> None:
    assert missing_to(ACCOUNT_TARGET_PERCENT, ratio(paid, 410)) == missing


@pytest.fixture
def everybody(home: Home, make_person: Callable[..., int]) -> Home:
    """One person of each combination of payout, ASXH account, special need and age that matters."""
    kinds = ("payout", "asxh_account", "special")

    def store(session: Session) -> None:
        now = home.now()
        told = product(*(VALUES[kind] for kind in kinds), (None, 1940, 2020, 2021))
        for *values, born in told:
            person = Person(commune=COMMUNE, birth_year=born, created_at=now, updated_at=now)
            session.add(person)
            session.flush()
            for kind, value in zip(kinds, values, strict=True):
                if value != "unknown":
                    record(session, person.id or 0, kind, value, "register", as_of=TODAY, now=now)

    home.db.write(store)
    return home


def test_the_register_and_the_history_tell_the_same_two_shares(everybody: Home) -> None:
    with everybody.db.read() as session:
        people = everyone(session, COMMUNE)
        now = standing_now(session, [COMMUNE, "22918"], TODAY)
    paid, asxh = paid_by_account(people, TODAY), asxh_accounts(people, TODAY)
    assert set(now) == {COMMUNE}  # a commune without people is not there
    found = now[COMMUNE]
    assert (found.paid, found.people) == (paid.numerator, paid.denominator)
    assert (found.asxh, found.can_have) == (asxh.numerator, asxh.denominator)
    assert found.people == 5 * 3 * 6 * 4
    assert found.paid == found.people * 3 // 5  # own, delegated and ASXH accounts alike
    assert found.asxh == found.people // 3
    assert found.can_have < found.people
    assert (paid.of, asxh.of) == (MANAGED, CAN_HAVE)


def test_who_is_unknown_stays_in_the_denominator(everybody: Home) -> None:
    with everybody.db.read() as session:
        now: Now = standing_now(session, [COMMUNE], TODAY)[COMMUNE]
    assert now.paid_unknown == now.people // 5
    assert 0 < now.asxh_unknown < now.can_have - now.asxh
