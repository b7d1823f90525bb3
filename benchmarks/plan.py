"""Planning a campaign with five conditions: from ten thousand people to a million, on each database.

A launch writes a row for everybody with the verdict and its reason, by INSERT … SELECT. On SQLite a large one is cut
into short writes, so that webhooks need not wait: the longest is told. Beside it, deciding and inserting row by row:
both write the same rows by the same rules (campaigns/engine/decide.py has one face for the set, one for a person).
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from sqlalchemy import insert, select
from sqlmodel import Session, col

from benchmarks.crowd import crowd_campaign, settle_crowd
from benchmarks.lists import postgres_server
from benchmarks.run import DATABASES, Measured, seconds, watched
from benchmarks.world import bench_home, disk_bytes
from campaigns.campaigns import launch, moment_for, plan_rest
from campaigns.engine import tallies
from campaigns.engine.candidates import LANE_OF, load
from campaigns.engine.decide import Hold, Send, decide
from campaigns.segments import members
from campaigns.tables import Campaign, Delivery
from register.home import Home
from register.tables import Person, Standing

SIZES, PEOPLE_QUICK = (10_000, 100_000, 1_000_000), 3_000
PEER_PEOPLE = 300  # row by row is slow and even: a sample is enough
MOST_S = 25  # for a million people, on each database
LONGEST_WRITE_S = 1.0  # a webhook waits no longer for SQLite's one lock
CHANNELS: dict[str, Any] = {
    "zalo_app_id": "1",
    "zalo_app_secret": SecretStr("bench"),
    "zalo_template_id_unnamed": "1",
}


def measure(quick: bool, sizes: tuple[int, ...] = (), databases: Sequence[str] = DATABASES) -> Measured:
    """Seconds of a launch by the number of people, and people planned a second by the set and one by one."""
    sizes = sizes or ((PEOPLE_QUICK // 10, PEOPLE_QUICK) if quick else SIZES)
    if not quick:
        sys.stderr.write("Đo đến một triệu người trên hai cơ sở dữ liệu: khoảng 5 phút.\n")
    found = Measured(figures={"people": sizes[-1]})
    with tempfile.TemporaryDirectory(prefix="tungnha-bench-") as folder, postgres_server(Path(folder)) as server:
        for name, url in (("sqlite", ""), ("postgresql", server)):
            if name in databases and (name == "sqlite" or url):
                with bench_home(**CHANNELS, **({"database_url": url} if url else {})) as home:
                    _one_database(found, name, home, sizes)
    for name in ("sqlite", "postgresql"):
        if not quick and f"{name}_{SIZES[-1]}_s" in found.figures:
            found.targets[f"{name}_{SIZES[-1]}_s"] = "most", MOST_S
    if not quick:
        found.targets["sqlite_longest_write_s"] = "most", LONGEST_WRITE_S
    found.targets["set_over_row_by_row"] = "least", 10
    return found


def _one_database(found: Measured, name: str, home: Home, sizes: tuple[int, ...]) -> None:
    before, taken = 0, 0.0
    for size in sizes:
        settle_crowd(home, before + 1, size)
        campaign = home.db.write(partial(crowd_campaign, home=home, name=f"đo {size}"))
        home.db.longest_write_s = 0
        rate = taken / before if before else 0
        full = disk_bytes(home)
        with watched() as busy:
            _launch(home, campaign)
        taken, before = busy["seconds"], size
        with home.db.read() as session:
            counts = tallies.counts(session, campaign.id or 0)
        if counts.planned != size:
            raise AssertionError(f"{counts.planned} rows for {size} people")
        found.figures |= {f"{name}_{size}_s": taken, f"{name}_{size}_per_s": size / taken}
        found.figures |= {f"{name}_{size}_{key}": value for key, value in busy.items() if key != "seconds"}
        found.figures[f"{name}_{size}_bytes_a_row"] = (disk_bytes(home) - full) / size
        if rate:
            found.ratios[f"{name}_seconds_per_person_at_{size}_over_a_tenth"] = taken / size / rate
    found.figures |= {
        f"{name}_longest_write_s": home.db.longest_write_s,
        f"{name}_reasons": len(counts.skipped) + len(counts.held_reasons),
    }
    if name == "sqlite":
        one_by_one = seconds(lambda: home.db.write(lambda session: _one_by_one(session, home)))
        found.figures["row_by_row_per_s"] = PEER_PEOPLE / one_by_one
        found.ratios["set_over_row_by_row"] = before / taken / (PEER_PEOPLE / one_by_one)


def _launch(home: Home, campaign: Campaign) -> None:
    home.db.write(lambda session: launch(session, home, campaign, "lan", home.now()))
    plan_rest(home)


def _one_by_one(session: Session, home: Home) -> None:
    campaign = crowd_campaign(session, home, "từng người")
    moment = moment_for(session, home, campaign, home.now())
    everybody = select(col(Person.id)).join(Standing, col(Standing.person) == Person.id)
    for person in session.execute(everybody.where(members(campaign, moment.now)).limit(PEER_PEOPLE)).scalars():
        candidate = load(session, campaign, moment, [person])[person]
        decision = decide(candidate, moment)
        row = {"campaign": campaign.id, "step": 1, "person": person, "changed_at": moment.now, "tried": []}
        if isinstance(decision, Send):
            row |= {"state": "due", "channel": decision.channel, "lane": LANE_OF[decision.channel]}
            row |= {"contact": decision.contact, "due_at": moment.now}
        else:
            row |= {"state": "held" if isinstance(decision, Hold) else "skipped", "reason": decision.reason}
        session.execute(insert(Delivery).values(**row))
