"""Kết quả: who among the planned people got the goal fact during the campaign, and who says so.

Three levels of evidence stand side by side and are never added up: ``self`` (said in a chat), ``officer`` (seen with
own eyes), ``register`` (in an official list). Whoever had it before the campaign is no result of it.

All of it follows from facts, which are only added and outlive an erasure: the same moment gives the same figures.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlmodel import Session, col

from campaigns.results.figures import Ratio
from campaigns.tables import Campaign, Delivery
from register.home import VIETNAM
from register.tables import Fact

REGISTER_DELAY = timedelta(days=31)  # official lists come monthly, so the last one comes after the campaign's end
REACHED = {"eid_level": "2_active"}  # goal facts whose "yes" is another word


class Said(NamedTuple):
    """One row of a person's facts of the goal kind."""

    person: int
    evidence: str
    value: str
    since: str
    as_of: date
    at: datetime


@dataclass(frozen=True)
class Results:
    """Counts of people. ``had_before``: had it before the campaign; ``contradicted``: a later list says no."""

    planned: int
    self_: int
    officer: int
    register: int
    had_before: int
    contradicted: int
    as_of: date

    @property
    def levels(self) -> dict[str, Ratio]:
        """Each level as a share of the planned. Never to be added up."""
        counted = {"self": self.self_, "officer": self.officer, "register": self.register}
        return {
            level: Ratio(number, self.planned, self.as_of, {level: number}, "người trong đợt")
            for level, number in counted.items()
        }

    def to_json(self) -> dict[str, Any]:
        """As the contract words it: {"self", "officer", "register", …}."""
        return {
            "self": self.self_,
            "officer": self.officer,
            "register": self.register,
            "planned": self.planned,
            "had_before": self.had_before,
            "contradicted": self.contradicted,
            "as_of": self.as_of.isoformat(),
        }

    @classmethod
    def of(cls, data: dict[str, Any]) -> Results:
        """From ``to_json``."""
        counts = {"self_": data["self"]} | {name: data[name] for name in ("planned", "officer", "register")}
        counts |= {name: data[name] for name in ("had_before", "contradicted")}
        return cls(**counts, as_of=date.fromisoformat(data["as_of"]))


def results(session: Session, campaign: Campaign, now: datetime) -> Results:
    """The campaign's results as they were known at ``now``.

    A person counts at a level when the first "yes" of that level lies in the campaign's days (for lists: 31 days
    longer), is still the level's newest value, does not state "before", and nobody had said yes before the launch.
    """
    counts = dict.fromkeys(("self", "officer", "register", "had_before", "contradicted"), 0)
    for _, outcomes in outcomes_of(session, campaign, now):
        for outcome in outcomes:
            counts[outcome] += 1
    total = session.scalar(select(func.count()).select_from(planned_in(campaign).subquery())) or 0
    return Results(
        total,
        counts["self"],
        counts["officer"],
        counts["register"],
        counts["had_before"],
        counts["contradicted"],
        now.astimezone(VIETNAM).date(),
    )


def planned_in(campaign: Campaign) -> Any:
    """SELECT of the numbers of everybody who was planned, also of those who got nothing."""
    return select(col(Delivery.person)).where(col(Delivery.campaign) == campaign.id, col(Delivery.step) == 1)


def outcomes_of(session: Session, campaign: Campaign, now: datetime) -> Iterator[tuple[int, dict[str, Said | None]]]:
    """Of each planned person of whom anything was said: level → the "yes" that counts; had_before, contradicted."""
    facts = session.execute(
        select(*(getattr(Fact, name) for name in Said._fields))
        .where(col(Fact.kind) == campaign.goal, col(Fact.person).in_(planned_in(campaign)), col(Fact.at) <= now)
        .order_by(col(Fact.person), col(Fact.as_of), col(Fact.id))
    )
    for person, rows in groupby((Said(*row) for row in facts), key=lambda fact: fact.person):
        yield person, _outcomes(campaign, rows)


def _outcomes(campaign: Campaign, facts: Iterable[Said]) -> dict[str, Said | None]:
    """What one person's facts, oldest first, mean for the campaign."""
    yes = REACHED.get(campaign.goal, "yes")
    baseline: dict[str, Said] = {}
    during: dict[str, list[Said]] = {}
    for fact in facts:
        if fact.as_of < campaign.starts_on or (campaign.launched_at is not None and fact.at < campaign.launched_at):
            baseline[fact.evidence] = fact
        else:
            during.setdefault(fact.evidence, []).append(fact)
    newest = baseline | {level: said[-1] for level, said in during.items()}
    had_before = any(f.value == yes for f in baseline.values()) or any(
        f.value == yes and f.since == "before" for f in newest.values()
    )
    if had_before:
        return {"had_before": None}
    first = {
        level: next(fact for fact in said if fact.value == yes)
        for level, said in during.items()
        if said[-1].value == yes
    }
    reached: dict[str, Said | None] = {level: fact for level, fact in first.items() if _in_window(campaign, fact)}
    listed = newest.get("register")
    if listed is None or listed.value in (yes, "unknown"):
        return reached
    denied = any(newest[level].as_of <= listed.as_of for level in reached)
    return reached | {"contradicted": None} if denied else reached


def _in_window(campaign: Campaign, fact: Said) -> bool:
    return fact.as_of <= campaign.ends_on + (REGISTER_DELAY if fact.evidence == "register" else timedelta(0))
