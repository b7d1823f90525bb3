"""A list on its way in: seen by nobody until all of it is there, and gone without a trace where it did not make it."""

from __future__ import annotations

import csv
import threading
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select as plain_select
from sqlmodel import col, func, select

from register import arriving, importing, lists
from register.contacts import stop
from register.errors import BadInput
from register.everything import all_tables
from register.home import Home, open_home
from register.importing import Imported, SourceInfo, import_list
from register.ladder import ladder, ladders
from register.people import find_person
from register.tables import Contact, Fact, Person, Source, Unit
from register.units import hamlet_named, hamlets_of

COMMUNE, OTHER = "22945", "22918"
HEAD = ("Họ và tên", "Số CCCD", "Số điện thoại", "Thôn", "Loại đối tượng", "Tài khoản ASXH", "Định danh mức 2")
NOV, DEC = date(2026, 11, 5), date(2026, 12, 5)
Bring = Callable[..., Imported]
Row = tuple[str, ...]


def person(n: int, **other: str) -> Row:
    said = dict(
        zip(
            HEAD,
            (f"Lê Thị {'ABCDEGHIKL'[n % 10]}", f"060150{n + 1:06d}", f"09{n // 2:08d}", f"Thôn {n % 3}",
             "Thương binh", "x"[: n % 2], "x"),
            strict=True,
        )
    )  # fmt: skip
    return tuple((said | other).values())


@pytest.fixture
def bring(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bring:
    """Import rows, two people at a time."""
    monkeypatch.setattr(importing, "parts_apart", lambda work, *args: work(*args))
    monkeypatch.setattr(lists, "PART_PEOPLE", 2)
    monkeypatch.setattr(arriving, "SWEPT", 2)

    def bring(rows: list[Row], as_of: date = NOV, commune: str = COMMUNE, **options: Any) -> Imported:
        file = tmp_path / f"{threading.get_ident()}.csv"
        with file.open("w", encoding="utf-8", newline="") as out:
            csv.writer(out).writerows([HEAD, *rows])
        return import_list(home, file, commune, source=SourceInfo(as_of), by="lan", **options)

    return bring


def everything(home: Home) -> dict[str, list[Any]]:
    """All rows of all tables, whether anybody sees them or not."""
    with home.db.read() as session:
        return {
            table.name: sorted(map(repr, session.execute(plain_select(table)).all()))
            for table in all_tables(session)
            if table.name != "audit_event"
        }


def figures(home: Home, commune: str = COMMUNE) -> list[Any]:
    with home.db.read() as session:
        return [
            ladder(session, commune),
            ladders(session, commune),
            ladders(session, commune, "category"),
            [unit.name for unit in hamlets_of(session, commune)],
            session.exec(select(func.count()).select_from(Person)).one(),
            session.exec(select(func.count(col(Source.id)))).one(),
            session.exec(select(Person.commune).distinct()).all(),
        ]


class Stopped(Exception):
    """Somebody pressed the button."""


def stop_at(rows_left: int) -> Callable[[int, int], None]:
    def progress(done: int, total: int) -> None:
        if done and total - done <= rows_left:
            raise Stopped

    return progress


def test_who_is_arriving_is_seen_by_nobody_until_the_switch(home: Home, bring: Bring) -> None:
    bring([person(n) for n in range(3)])
    before, looks = figures(home), []

    def look(done: int, total: int) -> None:
        if done < total:
            looks.append(figures(home) == before)
            with home.db.read() as session, pytest.raises(BadInput):
                find_person(session, home, "060150000007")
        if done == total - 1:
            assert len(everything(home)["person"]) == 8

    bring([person(n, Thôn="Thôn Mới") for n in range(8)], as_of=DEC, progress=look)
    assert len(looks) > 4
    assert all(looks)
    assert figures(home) != before
    with home.db.read() as session:
        assert find_person(session, home, "060150000007").source == 2
        assert [unit.name for unit in hamlets_of(session, COMMUNE)][-1] == "Thôn Mới"
        kinds = session.exec(select(Unit.kind).where(Unit.parent == COMMUNE).distinct()).all()
        assert kinds == ["hamlet"]


@pytest.mark.parametrize("rows_left", [0, 1, 4])
def test_a_cancelled_list_leaves_nothing_behind(home: Home, bring: Bring, rows_left: int) -> None:
    bring([person(n) for n in range(3)])
    before = everything(home)
    with pytest.raises(Stopped):
        bring([person(n, Thôn="Thôn Mới") for n in range(2, 9)], as_of=DEC, progress=stop_at(rows_left))
    assert everything(home) == before
    assert bring([person(n) for n in range(2, 9)], as_of=DEC).new == 6


def left_by_the_dead(home: Home, bring: Bring, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the process had died just before the switch."""
    monkeypatch.setattr(importing._Import, "undo", lambda self: self.writing and self.writing.exception())
    with pytest.raises(Stopped):
        bring([person(n, Thôn="Thôn Mới") for n in range(2, 9)], as_of=DEC, progress=stop_at(1))
    monkeypatch.undo()
    assert len(everything(home)["person"]) > 8


def test_what_a_dead_import_left_is_swept_when_the_home_is_opened(
    home: Home, bring: Bring, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring([person(n) for n in range(3)])
    before, seen = everything(home), figures(home)
    left_by_the_dead(home, bring, monkeypatch)
    assert figures(home) == seen
    open_home(home.settings, now=home.now, migrate=False).close()
    assert everything(home) == before


def test_what_a_dead_import_left_is_swept_before_the_next(
    home: Home, bring: Bring, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bring([person(n) for n in range(3)])
    left_by_the_dead(home, bring, monkeypatch)
    file = tmp_path / "again.csv"
    with file.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([HEAD, *(person(n) for n in range(5))])
    assert import_list(home, file, COMMUNE, source=SourceInfo(DEC), by="lan").new == 2
    assert len(everything(home)["person"]) == 5
    assert len(everything(home)["source"]) == 2


def test_a_phone_that_somebody_used_meanwhile_is_not_swept(
    home: Home, bring: Bring, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring([person(n) for n in range(2)])
    left_by_the_dead(home, bring, monkeypatch)
    with home.db.read() as session:
        number = session.exec(select(func.max(Contact.id))).one() or 0
    home.db.write(lambda session: stop(session, number, home.now()))
    bring([person(n) for n in range(3, 5)], commune=OTHER)  # shares phones with those who were arriving
    arriving.sweep_dead(home)
    with home.db.read() as session:
        assert session.get_one(Contact, number).stopped_at == home.now()
        assert find_person(session, home, "0900000001").commune == OTHER


def test_a_second_import_into_the_same_commune_is_refused(home: Home, bring: Bring) -> None:
    told: list[str] = []

    def another() -> None:
        try:
            bring([person(1)])
        except BadInput as error:
            told.append(str(error))

    def meanwhile(done: int, total: int) -> None:
        if done == total - 1 and not told:
            thread = threading.Thread(target=another)
            thread.start()
            thread.join()
            open_home(home.settings, now=home.now, migrate=False).close()  # and it sweeps nothing of ours
            assert bring([person(1)], commune=OTHER).new == 1
            assert bring([person(9)], dry_run=True).new == 1

    assert bring([person(n) for n in range(5)], progress=meanwhile).new == 5
    assert len(told) == 1
    assert "Hãy đợi" in told[0]
    assert bring([person(9)], as_of=DEC).new == 1


def test_a_hamlet_that_somebody_makes_meanwhile_is_one(home: Home, bring: Bring) -> None:
    made: list[str] = []

    def meanwhile(done: int, total: int) -> None:
        if done == total - 1 and not made:
            made.append(home.db.write(lambda session: hamlet_named(session, COMMUNE, "thôn mới")))
            made.append(home.db.write(lambda session: hamlet_named(session, COMMUNE, "Thôn Khác")))

    bring([person(n, Thôn="Thôn Mới") for n in range(4)], progress=meanwhile)
    with home.db.read() as session:
        assert [unit.code for unit in hamlets_of(session, COMMUNE)] == sorted(made)
        assert set(session.exec(select(Person.hamlet)).all()) == {made[0]}


def test_a_hamlet_that_takes_the_code_of_a_new_one_meanwhile_ends_the_import_with_a_sentence(
    home: Home, bring: Bring, monkeypatch: pytest.MonkeyPatch
) -> None:
    def meanwhile(work: Callable[..., Any], *args: Any) -> Any:
        home.db.write(lambda session: hamlet_named(session, COMMUNE, "Thôn Khác"))
        yield from work(*args)

    rows = [person(n, Thôn="Thôn Mới") for n in range(4)]
    with monkeypatch.context() as patch:
        patch.setattr(importing, "parts_apart", meanwhile)
        with pytest.raises(BadInput, match="hãy nhập lại"):
            bring(rows)
    with home.db.read() as session:
        assert session.exec(select(func.count()).select_from(Person)).one() == 0
    assert bring(rows).new == 4
    with home.db.read() as session:
        assert [unit.name for unit in hamlets_of(session, COMMUNE)] == ["Thôn Khác", "Thôn Mới"]


def test_every_source_that_people_and_facts_name_is_there(home: Home, bring: Bring) -> None:
    """No foreign key asks for it: that was asked of every row of a list."""
    bring([person(n) for n in range(5)])
    with pytest.raises(Stopped):
        bring([person(n) for n in range(9)], as_of=DEC, progress=stop_at(1))
    bring([person(n, **{HEAD[2]: f"09{n:08d}", HEAD[5]: "x"}) for n in range(2, 7)], as_of=DEC)
    with home.db.read() as session:
        sources = set(session.exec(select(Source.id)).all())
        for named in (Person.source, Fact.source, Contact.source):
            assert set(session.exec(select(named).where(col(named).is_not(None))).all()) <= sources


def test_no_query_forgets_that_people_are_arriving(home: Home, bring: Bring, monkeypatch: pytest.MonkeyPatch) -> None:
    bring([person(n) for n in range(2)])
    left_by_the_dead(home, bring, monkeypatch)

    def number(query: Any) -> int:
        with home.db.read() as session:
            return len(session.execute(query).all())

    assert number(select(Person)) == number(select(Person.id)) == 2
    assert number(select(Fact.id).where(col(Fact.person).in_(select(Person.id)))) == 4
    assert number(select(Unit).where(Unit.parent == COMMUNE)) == 2
    assert number(select(Source)) == 1
    with home.db.read() as session:
        hidden = session.execute(plain_select(func.max(Person.metadata.tables["person"].c.id))).scalar_one()
        assert session.get(Person, hidden) is None
