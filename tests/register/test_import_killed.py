"""The kill drill of an import: a real process dies at a random moment, and the register is as before or as after.

Each attempt has a commune of its own with a first list; the process that brings the next one is killed with SIGKILL
after a random number of steps. What "after" is, a process that nobody killed has shown.
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
from sqlmodel import col, select

from register import importing
from register.audit import verify
from register.home import Home
from register.importing import SourceInfo, import_list
from register.lists import read_list
from register.people import identity_of
from register.tables import Contact, Fact, Person, PersonCategory, PersonContact, Source, Standing, Unit

pytestmark = pytest.mark.slow

KILLS = 20
PEOPLE = 600
LEFT, CHANGED, NEW = 60, 90, 300  # from one list to the next
AT_COMMIT = 4  # of the kills: no step is left, only the end of the write
ROWS_A_STEP = 10
DELAY_S = 0.004  # up to so long after a step
HEAD = ("Họ và tên", "Số CCCD", "Số điện thoại", "Thôn", "Loại đối tượng", "Tài khoản ASXH", "Định danh mức 2")

RUN = """
import sys
from datetime import date
from pathlib import Path
from register import applying, importing, merging
from register.home import open_home
from settings import Settings
merging.TOLD = applying.TOLD = int(sys.argv.pop())
home, info = open_home(Settings(), migrate=False), importing.SourceInfo(date(2026, 12, 1))
def step(done, total):
    sys.stdout.write("!")
    sys.stdout.flush()
    sys.stdin.read(1)
file, commune = sys.argv[1:]
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


def seen(home: Home, commune: str, attempt: int) -> Counter[tuple[Any, ...]]:
    """All that the register knows of a commune, whatever numbers its rows have."""
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
        ours = [home.keys.open(c.sealed, "contact") for c in session.exec(select(Contact)) if c.sealed]
        found["contacts",] = sum(phone.startswith(f"09{attempt:02d}") for phone in ours)
        found["lists",] = len(session.exec(select(Source).where(Source.commune == commune)).all())
    return found + Counter({("hamlet", name): 1 for name in units.values()})


def start(home: Home, file: Path, commune: str) -> subprocess.Popen[bytes]:
    env = {name: value for name, value in os.environ.items() if not name.startswith("TUNGNHA_")}
    env |= {"TUNGNHA_HOME": str(home.path), "TUNGNHA_DATABASE_URL": home.settings.database_url}
    command = [sys.executable, "-c", RUN, str(file), commune, str(ROWS_A_STEP)]
    return subprocess.Popen(command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)


def kill_after(process: subprocess.Popen[bytes], steps: int, delay: float) -> None:
    """Let the process take so many steps, each with our leave, and a moment more."""
    assert process.stdin
    assert process.stdout
    for _ in range(steps):
        assert os.read(process.stdout.fileno(), 1) == b"!"
        os.write(process.stdin.fileno(), b".")
    time.sleep(delay)  # the moment itself is what is random here
    process.kill()
    process.communicate()


def test_a_killed_import_leaves_the_register_as_before_or_as_after(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "read_list_apart", read_list)  # ours is not the process that dies
    chance = random.Random(418)
    with home.db.read() as session:
        communes = session.exec(select(Unit.code).where(Unit.kind == "commune").order_by(Unit.code)).all()

    def bring(file: Path, commune: str, as_of: date) -> None:
        import_list(home, file, commune, source=SourceInfo(as_of), by="lan")

    def prepared(attempt: int) -> tuple[Path, str, Callable[[], Counter[tuple[Any, ...]]]]:
        commune = communes[attempt]
        first, following = write_lists(tmp_path, attempt)
        bring(first, commune, date(2026, 11, 1))
        return following, commune, lambda: seen(home, commune, attempt)

    following, commune, look = prepared(0)
    before = look()
    undisturbed = start(home, following, commune)
    steps = undisturbed.communicate(b"." * 10_000)[0].count(b"!")
    writing = steps - NEW // ROWS_A_STEP
    after = look()
    assert undisturbed.returncode == 0
    assert steps > 2 * KILLS
    assert before != after

    landed = Counter[bool]()
    for attempt in range(1, KILLS + 1):
        following, commune, look = prepared(attempt)
        assert look() == before
        process = start(home, following, commune)
        first_step = steps if attempt <= AT_COMMIT else writing if attempt % 2 else 1
        kill_after(process, chance.randint(first_step, steps), chance.uniform(0, DELAY_S))
        found = look()
        assert found in (before, after), f"kill {attempt}: between"
        landed[found == after] += 1
        bring(following, commune, date(2026, 12, 1))  # the next try finishes it
        assert look() == after
    assert landed[False] >= KILLS // 2
    with home.db.read() as session:
        assert verify(session).ok
