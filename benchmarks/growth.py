"""What grows with the register: pages, one commune's list and launch, disk and backup, on each database.

The country is filled commune by commune, 2.000 people in each, as an import leaves them. At every size an officer and
her province open each page that links lead to; a commune that is new brings its list, the next month's
list, and a launch is planned. Twice the people ought to cost a commune nothing.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from sqlalchemy import text
from sqlmodel import Session, col, select

from benchmarks.console import Browser, milliseconds, reachable, sign_in
from benchmarks.lists import home_on, postgres_server, read_in, write_list
from benchmarks.run import DATABASES, Measured, seconds
from benchmarks.world import COMMUNE, disk_bytes, draft, settle_provinces
from campaigns.campaigns import approve, launch, plan_rest
from console.app import create_app
from database import learn_sizes
from register.backup import backup
from register.home import Home
from register.tables import Unit

SIZES, SIZES_QUICK = (10_000, 100_000, 1_000_000), (1_000, 3_000)
A_COMMUNE, A_COMMUNE_QUICK = 2_000, 500
VIEWS = 3  # the median of them, after one that warms up
ROLES = ("officer", "province")
MOST_TIMES = 3.0  # a commune's list and launch beside a register of a hundredth
MOST_PAGE_MS = 300  # of server time, the slowest page at the largest size
TABLES = ("person", "standing", "fact", "contact", "person_contact", "person_category")


def measure(quick: bool, sizes: tuple[int, ...] = (), databases: Sequence[str] = ()) -> Measured:
    """Milliseconds a page, seconds of a commune's work, bytes a person, by the size of the register."""
    sizes = sizes or (SIZES_QUICK if quick else SIZES)
    found = Measured(figures={"people": sizes[-1], "people_of_a_commune": A_COMMUNE_QUICK if quick else A_COMMUNE})
    with tempfile.TemporaryDirectory(prefix="tungnha-bench-") as folder, postgres_server(Path(folder)) as server:
        for name, url in (("sqlite", ""), ("postgresql", server)):
            if name in (databases or DATABASES) and (name == "sqlite" or url):
                with home_on(url, "growth") as home:
                    _one_database(found, name, home, sizes, Path(folder))
    return found


def _one_database(found: Measured, name: str, home: Home, sizes: tuple[int, ...], folder: Path) -> None:
    a_commune, app = int(found.figures["people_of_a_commune"]), create_app(home)
    communes, browsers, before = iter(_spare(home)), [Browser(app, sign_in(home, role)) for role in ROLES], 0
    pages: list[tuple[Browser, str]] = []
    for size in sizes:
        settle_provinces(home, size, a_commune, before)
        home.db.write(_count_on)
        learn_sizes(home.db, TABLES)
        if not before:
            home.db.write(lambda session: _launch(session, home, COMMUNE))
            pages = [(one, path) for one in browsers for path in asyncio.run(reachable(one.links, "/"))]
        figures = _pages(pages) | _commune(home, next(communes), folder / f"{name}-{size}", a_commune, size)
        figures["bytes_a_person"] = disk_bytes(home) / size
        found.figures |= {f"{name}_{size}_{key}": value for key, value in figures.items()}
        sys.stderr.write(f"{name}: {size} người\n")
        before = size + 2 * a_commune  # the list's people have ids after these
    if home.db.is_sqlite:  # the same work on both
        file = home.path / "bench.backup"
        found.figures["backup_s"] = seconds(lambda: backup(home, file))
        found.figures["backup_bytes_a_person"] = file.stat().st_size / size
    for what in ("median_page_ms", "list_s", "launch_s"):
        few, many = (found.figures[f"{name}_{size}_{what}"] for size in (sizes[0], sizes[-1]))
        ratio = f"{name}_{what.rpartition('_')[0]}_at_{sizes[-1] // sizes[0]}x"
        found.ratios[ratio] = many / few
        found.targets[ratio] = "most", MOST_TIMES
    found.targets[f"{name}_{sizes[-1]}_slowest_page_ms"] = "most", MOST_PAGE_MS


def _spare(home: Home) -> Sequence[str]:
    """Communes, those that nobody is settled in first."""
    with home.db.read() as session:
        return session.exec(select(Unit.code).where(Unit.kind == "commune").order_by(col(Unit.code).desc())).all()


def _pages(pages: Sequence[tuple[Browser, str]]) -> dict[str, float]:
    taken = [asyncio.run(milliseconds(browser, path, VIEWS)) for browser, path in pages]
    return {"pages": len(taken), "median_page_ms": statistics.median(taken), "slowest_page_ms": max(taken)}


def _commune(home: Home, commune: str, folder: Path, rows: int, before: int) -> dict[str, float]:
    """A commune's first list, its next month's, and a launch over it."""
    folder.mkdir()
    first, following = folder / "first.xlsx", folder / "next.xlsx"
    write_list(first, rows, before=before)
    write_list(following, rows, rows // 50, before)
    return {
        "list_s": seconds(partial(read_in, home, first, rows, commune=commune)),
        "next_list_s": seconds(partial(read_in, home, following, rows, later=True, commune=commune)),
        "launch_s": seconds(lambda: (home.db.write(lambda session: _launch(session, home, commune)), plan_rest(home))),
    }


def _launch(session: Session, home: Home, commune: str) -> None:
    campaign = draft(session, home, commune)
    approve(session, campaign, "minh", home.now())
    launch(session, home, campaign, "minh", home.now())


def _count_on(session: Session) -> None:
    """PostgreSQL's own ids begin after those that were put in."""
    if session.get_bind().dialect.name == "postgresql":
        for table in ("person", "contact"):
            session.execute(text(f"SELECT setval('{table}_id_seq', (SELECT max(id) FROM {table}))"))  # noqa: S608
