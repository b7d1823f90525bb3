"""The kill drill of an import: a real process dies at a random moment, and the register is as before or as after.

Each attempt has a commune of its own with a first list; the process that brings the next one is killed with SIGKILL
after a random number of steps: while it reads, while new people arrive, in the switch. Then the process that sweeps up
is killed too, and another one finishes. What "after" is, a process that nobody killed has shown.
"""

from __future__ import annotations

import csv
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select as plain_select
from sqlmodel import col, func, select

from register import importing
from register.audit import verify
from register.home import Home
from register.importing import SourceInfo, import_list
from register.people import identity_of
from register.tables import Contact, Fact, Person, PersonCategory, PersonContact, Source, Standing, Unit

pytestmark = pytest.mark.slow

KILLS = 20
PEOPLE = 600
LEFT, CHANGED, NEW = 60, 90, 300  # from one list to the next
AT_SWITCH, SWITCH = 6, 3  # of the kills; so many steps are in the switch or after it
ROWS_A_STEP = 10
DELAY_S = 0.004  # up to so long after a step
HEAD = ("Họ và tên", "Số CCCD", "Số điện thoại", "Thôn", "Loại đối tượng", "Tài khoản ASXH", "Định danh mức 2")

RUN = """
import sys
from datetime import date
from pathlib import Path
from register import arriving, importing, lists
from register.home import open_home
from settings import Settings

def step(*_):
    sys.stdout.write("!")
    sys.stdout.flush()
    sys.stdin.read(1)

def stepwise(work):
    def stepped(*arguments, **named):
        done = work(*arguments, **named)
        step()
        return done
    return stepped

file, commune, rows = sys.argv[1:]
arriving.SWEPT = lists.PART_PEOPLE = int(rows)
importing.parts_apart = lambda work, *args: work(*args)
arriving._take_out, arriving._end = stepwise(arriving._take_out), stepwise(arriving._end)
importing.apply, importing.let_in = stepwise(importing.apply), stepwise(importing.let_in)
home = open_home(Settings(), migrate=False)  # it sweeps up
if file:
    info = importing.SourceInfo(date(2026, 12, 1))
    importing.import_list(home, Path(file), commune, source=info, by="lan", progress=step)
home.close()
"""


def write_lists(folder: Path, attempt: int) -> tuple[Path, Path]:
    """A first list and the next one. Phones differ from attempt to attempt, so that contacts are new each time."""

    def row(n: int, later: bool) -> list[str]:
        changed = later and n % (PEOPLE // CHANGED) == 0
        kind = "Thương binh" if changed and n % 2 else "Người khuyết tật nặng"
        phone = f"09{attempt:02d}{n + (5000 if changed else 0):06d}"
        return [
            f"Lê Văn {'Đổi' if changed else 'Đực'}",
            f"060046{n:06d}",
            phone,
            f"Thôn {n % 7}",
            kind,
            "x"[: n % 2],
            "x",
        ]

    people = {"first": range(1, PEOPLE + 1), "next": range(1 + LEFT, PEOPLE + NEW + 1)}
    for name, numbers in people.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([HEAD, *(row(n, name == "next") for n in numbers)])
    return folder / "first.csv", folder / "next.csv"


def seen(home: Home, commune: str, attempt: int, swept: bool = True) -> Counter[tuple[Any, ...]]:
    """All that the register knows of a commune, whatever numbers its rows have.

    ``swept``: what nobody sees counts too, the phones and all rows that stand in the tables.
    """
    found: Counter[tuple[Any, ...]] = Counter()
    with home.db.read() as session:
        units = {unit.code: unit.name for unit in session.exec(select(Unit).where(Unit.parent == commune))}
        names: dict[int | None, str] = {}
        for person in session.exec(select(Person).where(Person.commune == commune)):
            identity = identity_of(home, person)
            assert identity
            names[person.id] = identity.citizen_id
            phone, hamlet = identity.phone[4:], units.get(person.hamlet or "")
            found["person", identity.citizen_id, identity.full_name, phone, hamlet, person.closed_reason] += 1
        for table, columns in (
            (PersonCategory, ("code", "name")), (Standing, ("asxh_account", "eid_level")),
            (Fact, ("kind", "value", "evidence", "as_of")),
        ):  # fmt: skip
            rows = session.exec(
                select(table).join(Person, col(Person.id) == table.person).where(Person.commune == commune)
            )  # type: ignore[attr-defined]
            for one in rows:
                found[table.__tablename__, names[one.person], *(getattr(one, c) for c in columns)] += 1
        links = select(PersonContact.person, Contact.sealed).join(Contact, col(Contact.id) == PersonContact.contact)
        for number, sealed in session.exec(links.where(col(PersonContact.person).in_(list(names)))):
            found["link", names[number], home.keys.open(sealed, "contact")[4:]] += 1
        found["lists",] = len(session.exec(select(Source).where(Source.commune == commune)).all())
        if not swept:
            return found + Counter({("hamlet", name): 1 for name in units.values()})
        ours = [home.keys.open(c.sealed, "contact") for c in session.exec(select(Contact)) if c.sealed]
        found["contacts",] = sum(phone.startswith(f"09{attempt:02d}") for phone in ours)
        for table in (Person, Source, Unit):
            plain = table.metadata.tables[table.__tablename__]
            mine = plain.c.parent == commune if table is Unit else plain.c.commune == commune
            count = session.execute(plain_select(func.count()).select_from(plain).where(mine)).scalar_one()
            found["all", table.__tablename__] = count
        named = Fact.metadata.tables["fact"].c.person, Person.metadata.tables["person"].c.id
        lost = session.execute(plain_select(func.count()).where(named[0].not_in(plain_select(named[1])))).scalar_one()
        found["facts of nobody",] = lost
    return found + Counter({("hamlet", name): 1 for name in units.values()})


def start(home: Home, commune: str, file: Path | None = None) -> subprocess.Popen[bytes]:
    """A process that sweeps up, and brings the file where there is one."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("TUNGNHA_")}
    env |= {"TUNGNHA_HOME": str(home.path), "TUNGNHA_DATABASE_URL": home.settings.database_url}
    command = [sys.executable, "-c", RUN, str(file or ""), commune, str(ROWS_A_STEP)]
    return subprocess.Popen(command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)


def kill_after(process: subprocess.Popen[bytes], steps: int, delay: float) -> None:
    """Let the process take so many steps, each with our leave, and a moment more. It may have ended before."""
    assert process.stdin
    assert process.stdout
    for _ in range(steps):
        if os.read(process.stdout.fileno(), 1) != b"!":
            break
        os.write(process.stdin.fileno(), b".")
    time.sleep(delay)  # the moment itself is what is random here
    process.kill()
    process.communicate()


def test_a_killed_import_leaves_the_register_as_before_or_as_after(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "parts_apart", lambda work, *args: work(*args))  # ours is not the process that dies
    chance = random.Random(418)
    with home.db.read() as session:
        communes = session.exec(select(Unit.code).where(Unit.kind == "commune").order_by(Unit.code)).all()

    def bring(file: Path, commune: str, as_of: date) -> None:
        import_list(home, file, commune, source=SourceInfo(as_of), by="lan")

    def prepared(attempt: int) -> tuple[Path, str, Callable[..., Counter[tuple[Any, ...]]]]:
        commune = communes[attempt]
        first, following = write_lists(tmp_path, attempt)
        bring(first, commune, date(2026, 11, 1))
        return following, commune, lambda swept=True: seen(home, commune, attempt, swept)

    following, commune, look = prepared(0)
    before, before_seen = look(), look(False)
    undisturbed = start(home, commune, following)
    steps = undisturbed.communicate(b"." * 10_000)[0].count(b"!")
    after, after_seen = look(), look(False)
    assert undisturbed.returncode == 0
    assert steps > 2 * KILLS
    assert before != after

    landed = Counter[bool]()
    for attempt in range(1, KILLS + 1):
        following, commune, look = prepared(attempt)
        assert look() == before
        first_step = steps - SWITCH if attempt <= AT_SWITCH else 1
        kill_after(start(home, commune, following), chance.randint(first_step, steps), chance.uniform(0, DELAY_S))
        found = look(False)
        assert found in (before_seen, after_seen), f"kill {attempt}: between"
        landed[found == after_seen] += 1
        if attempt % 2:  # who sweeps up is killed as well
            kill_after(start(home, commune), chance.randint(0, NEW // ROWS_A_STEP), chance.uniform(0, DELAY_S))
            assert look(False) == found
        start(home, commune).communicate(b"." * 10_000)
        assert look() == (after if found == after_seen else before), f"kill {attempt}: not swept"
        bring(following, commune, date(2026, 12, 1))  # the next try finishes it
        assert look() == after
    assert landed[False] >= KILLS // 2
    with home.db.read() as session:
        assert verify(session).ok
