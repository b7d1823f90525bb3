"""The province sees every commune against the line of 60 %, and what is not known of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from campaigns.results.province import Place, named, places
from register import facts

Browse = Callable[[str], Any]
HERE, THERE = "22945", "22918"


@pytest.mark.parametrize(
    ("people", "paid", "unknown", "verdict", "missing"),
    [(0, 0, 0, "none", 0), (10, 6, 0, "reached", 0), (10, 5, 0, "below", 1), (10, 5, 1, "open", 1),
     (10, 4, 1, "below", 2), (11, 6, 5, "open", 1), (11, 7, 4, "reached", 0)],
)  # fmt: skip
def test_a_commune_is_held_against_the_line(people: int, paid: int, unknown: int, verdict: str, missing: int) -> None:
    place = Place("1", "Xã A", people, paid, unknown)
    assert (place.verdict, place.missing) == (verdict, missing)


def test_a_name_is_found_without_accents() -> None:
    found = [Place("22945", "Phường Phan Thiết"), Place("22918", "Xã Hàm Thuận")]
    assert [one.code for one in named(found, "phan thiet")] == ["22945"]
    assert [one.code for one in named(found, "22918")] == ["22918"]


def test_communes_are_ranked_by_share_and_all_are_there(village: Any) -> None:
    home, now = village.home, village.home.now()
    told = [facts.Said(person, "payout", "asxh" if number < 40 else "cash")
            for number, person in enumerate(village.people[:55])]  # fmt: skip
    home.db.write(lambda s: facts.record_many(s, told, "register", as_of=date(2026, 11, 20), now=now))
    with home.db.read() as session:
        found = places(session, "68", date(2026, 11, 23))
    first, second, rest = found[0], found[1], found[2:]
    assert (first.code, first.people, first.paid, first.unknown) == (HERE, 60, 40, 5)
    assert (first.verdict, first.as_of) == ("reached", date(2026, 11, 15))
    assert (second.code, second.people, second.unknown, second.verdict) == (THERE, 1, 1, "open")
    assert len(rest) > 50
    assert {one.verdict for one in rest} == {"none"}


def test_the_province_searches_and_narrows(browse: Browse) -> None:
    province = browse("province")
    page = province.get("/cac-xa").text
    assert "60 %" in page
    assert page.index("Phường Phan Thiết</a>") > 0
    one = province.get("/cac-xa?tim=phan+thiet&muc=open").text
    assert one.count('<th scope="row">') == 1
    assert province.get("/cac-xa?tim=kh%C3%B4ngc%C3%B3").text.count('<th scope="row">') == 0
    assert province.get("/cac-xa?tinh=01").status_code == 404


def test_a_commune_does_not_compare_communes(browse: Browse) -> None:
    assert browse("officer").get("/cac-xa").status_code == 403
