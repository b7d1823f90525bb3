"""Last month's figures come out again exactly, whatever lists, corrections, visits and erasures came since."""

from __future__ import annotations

import shutil
from dataclasses import asdict
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import select

from campaigns.field.visits import record_visit
from campaigns.reports.reports import monthly
from campaigns.segments import SEGMENTS
from register import facts
from register.erase import erase
from register.facts import VALUES, grow_up
from register.home import VIETNAM, Clock, Home, open_home
from register.importing import SourceInfo, import_list
from register.tables import Person, Standing
from settings import Settings

COMMUNE = "22945"
START = datetime(2026, 9, 7, 8, 0, tzinfo=VIETNAM)
MOVES = ("sessions", "visits", "campaigns", "difficulties")  # tell of work in the month, not of what is known
NAMES = ("Lê Văn Đực", "Trần Thị Ba", "Võ Tư", "Phạm Thị Năm", "Bùi Thị Tám")
BORN = (1946, 1950, 1958, 2016, 2023)


def figures(home: Home, moment: datetime) -> dict[str, Any]:
    """The month's figures as they were known at that moment."""
    day = moment.astimezone(VIETNAM)
    with home.db.read() as session:
        made = asdict(monthly(session, COMMUNE, day.year, day.month, moment))
    return {name: value for name, value in made.items() if name not in MOVES}


def row(number: int, hamlet: int, category: str, **marks: str) -> str:
    """One line of a list."""
    citizen = f"060{2 if BORN[number] >= 2000 else 0}{BORN[number] % 100:02d}{number + 101:06d}"
    cells = (marks.get(name, "") for name in ("eid", "bank", "asxh", "pay"))
    return ",".join((NAMES[number], citizen, str(BORN[number]), f"Khu phố {hamlet}", category, *cells))


def take_list(home: Home, rows: list[str], as_of: date) -> None:
    head = "Họ và tên,Số định danh,Năm sinh,Khu phố,Loại đối tượng,Định danh mức 2,Tài khoản ngân hàng,Tài khoản ASXH,"
    with TemporaryDirectory() as folder:
        file = Path(folder) / "ds.csv"
        file.write_text("\n".join([head + "Hình thức chi trả", *rows]), encoding="utf-8")
        import_list(home, file, COMMUNE, source=SourceInfo(as_of), by="lan")


# --- Anything may happen ----------------------------------------------------------------------------

lines = st.builds(
    row, st.integers(0, 4), st.integers(1, 2), st.sampled_from(["Người có công", "Người khuyết tật nặng"]),
    eid=st.sampled_from(["x", "chưa"]), bank=st.sampled_from(["x", "chưa"]), asxh=st.sampled_from(["x", "chưa", "?"]),
    pay=st.sampled_from(["Tiền mặt", "Tài khoản", "Ủy quyền", ""]),
)  # fmt: skip
listed = st.lists(lines, min_size=1, max_size=5, unique_by=lambda line: line.split(",")[1])
stated = st.sampled_from([(kind, value) for kind, values in VALUES.items() for value in values])
steps = st.one_of(
    st.tuples(st.just("list"), listed),
    st.tuples(st.just("fact"), st.tuples(st.integers(0, 4), stated, st.sampled_from(["self", "officer", "register"]))),
    st.tuples(st.just("visit"), st.tuples(st.integers(0, 4), st.sampled_from(["died", "moved", "done", "again"]))),
    st.tuples(st.just("erase"), st.integers(0, 4)),
)
story = st.lists(st.tuples(st.integers(1, 20), st.integers(0, 45), steps), min_size=2, max_size=6)


def happens(home: Home, as_of: date, kind: str, what: Any) -> None:
    now = home.now()
    with home.db.read() as session:
        persons = [p for p in session.exec(select(Person).order_by(Person.id)).all() if p.sealed]  # type: ignore[arg-type]
    if kind == "list":
        take_list(home, what, as_of)
        return
    number = what if kind == "erase" else what[0]
    if number >= len(persons):
        return
    person = persons[number].id or 0
    if kind == "fact":
        (name, value), evidence = what[1:]
        home.db.write(lambda s: facts.record(s, person, name, value, evidence, as_of=as_of, now=now))
    elif kind == "visit":
        if persons[number].closed_at is None:
            home.db.write(lambda s: record_visit(s, home, None, what[1], "lan", now, person=person))
    else:
        erase(home, person, "lan", now)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=listed, then=story)
def test_figures_that_were_handed_in_come_out_again(
    ready_home: Path, first: list[str], then: list[tuple[int, int, tuple[str, Any]]]
) -> None:
    with TemporaryDirectory() as folder:
        place = Path(folder) / "home"
        shutil.copytree(ready_home, place)
        now = START

        class Told(Clock):
            def __call__(self) -> datetime:
                return now

        home = open_home(Settings(home=place), now=Told(), migrate=False)
        take_list(home, first, START.date())
        handed_in = [(now, figures(home, now))]
        for days, old, (kind, what) in then:
            now += timedelta(days=days)
            happens(home, now.date() - timedelta(days=old), kind, what)
            handed_in.append((now, figures(home, now)))
        for moment, said in handed_in:
            assert figures(home, moment) == said
        home.close()


# --- What must not change it, one by one --------------------------------------------------------------


@pytest.mark.parametrize("erased", [False, True])
def test_moves_returns_corrections_and_erasures_leave_the_past_alone(home: Home, clock: Any, erased: bool) -> None:
    ncc, nkt = "Người có công", "Người khuyết tật nặng"
    take_list(home, [row(n, 1, ncc, asxh="chưa", pay="Tiền mặt") for n in range(3)], date(2026, 11, 1))
    november, then = home.now(), figures(home, home.now())
    clock.advance(timedelta(days=10))
    take_list(home, [row(0, 2, nkt, asxh="x"), row(1, 1, ncc, asxh="x"), row(3, 1, ncc)], date(2026, 11, 30))
    december, later = home.now(), figures(home, home.now())
    assert later["people"] == 3
    assert later["hamlets"] != then["hamlets"]
    clock.advance(timedelta(days=10))
    take_list(home, [row(n, 2, nkt, asxh="chưa") for n in range(4)], date(2026, 12, 10))  # one comes back
    happens(home, date(2026, 10, 1), "fact", (0, ("asxh_account", "yes"), "register"))  # news of an earlier day
    if erased:
        clock.advance(timedelta(days=1))
        happens(home, date(2026, 12, 1), "erase", 0)
    assert figures(home, november) == then
    assert figures(home, december) == later


# --- Branches -----------------------------------------------------------------------------------------


def standing(home: Home) -> list[Standing]:
    with home.db.read() as session:
        return list(session.exec(select(Standing).order_by(Standing.person)).all())  # type: ignore[arg-type]


def test_an_account_that_somebody_else_holds_is_neither_a_bank_account_nor_a_result(home: Home) -> None:
    head = "Họ và tên,Số định danh,Số tài khoản,Ngân hàng,Tên chủ tài khoản,Người nhận thay"
    rows = [
        "Lê Văn Đực,060046000001,0123456789,Agribank,Lê Văn Đực,",
        "Trần Thị Ba,060150000002,9876543210,Agribank,Trần Văn Con,Trần Văn Con",
        "Võ Tư,060058000003,1122334455,Agribank,Võ Thị Cháu,",
    ]
    with TemporaryDirectory() as folder:
        file = Path(folder) / "ds.csv"
        file.write_text("\n".join([head, *rows]), encoding="utf-8")
        import_list(home, file, COMMUNE, source=SourceInfo(date(2026, 11, 20)), by="lan")
    own, delegated, lent = standing(home)
    assert own.bank_account == "yes"
    assert (delegated.bank_account, delegated.payout, delegated.asxh_account) == ("unknown", "delegated", "unknown")
    assert lent.bank_account == "unknown"
    with home.db.read() as session:
        joined = select(Person.id).join(Standing, Standing.person == Person.id)  # type: ignore[arg-type]
        for name in ("nq418-ready", "asxh-ready"):
            assert delegated.person not in session.exec(joined.where(SEGMENTS[name].sql())).all()
        assert session.exec(joined.where(SEGMENTS["delegated"].sql())).all() == [delegated.person]
        made = monthly(session, COMMUNE, 2026, 11, home.now())
    assert (made.asxh.numerator, made.asxh.denominator) == (0, 3)


def test_children_and_those_with_a_guardian_are_a_branch_and_no_failure(home: Home) -> None:
    take_list(home, [row(n, 1, "Người có công", asxh="chưa") for n in range(5)], date(2026, 11, 20))
    happens(home, date(2026, 11, 21), "fact", (0, ("special", "delegate"), "officer"))
    happens(home, date(2026, 11, 21), "fact", (1, ("receipt_confirmed", "yes"), "officer"))
    assert [row.special for row in standing(home)] == ["delegate", "unknown", "unknown", "child", "child"]
    with home.db.read() as session:
        made = monthly(session, COMMUNE, 2026, 11, home.now())
    assert (made.asxh.denominator, made.cannot_have) == (2, 3)
    asxh = next(classes for classes in made.classes if "An sinh" in classes.label)
    assert (asxh.yes, asxh.no, asxh.special) == (0, 2, 3)


def test_a_child_that_turns_14_is_no_child_any_more(home: Home, clock: Any) -> None:
    take_list(home, [row(n, 1, "Người có công") for n in (2, 3, 4)], date(2026, 11, 20))
    assert home.db.write(lambda s: grow_up(s, home.now())) == 0
    clock.set(datetime(2030, 1, 2, 8, 0, tzinfo=VIETNAM))
    assert home.db.write(lambda s: grow_up(s, home.now())) == 1
    assert [row.special for row in standing(home)] == ["unknown", "unknown", "child"]
    assert home.db.write(lambda s: grow_up(s, home.now())) == 0
