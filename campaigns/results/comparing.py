"""So sánh: what a campaign's lots can tell. Counts from the ledger and the facts; results.experiment judges them.

Everybody who was drawn counts on the side they were drawn for, whatever became of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from campaigns.engine.turns import turns_of
from campaigns.results.experiment import Arm, Comparison, compare
from campaigns.results.results import outcomes_of
from campaigns.results.touches import happened
from campaigns.states import DeliveryState
from campaigns.steps import texts_of
from campaigns.tables import Campaign, Delivery
from content.library import library
from register.facts import STRENGTH
from register.home import VIETNAM
from register.tables import Person

LEAST_HAMLETS = 4  # two on each side; with fewer the order says nothing
BEFORE_THE_LOT = ("closed", "had_before", "done", "stopped", "refused")  # rules that come before the holdout's


@dataclass(frozen=True)
class Asked:
    """One question, and its answer by level of evidence. Levels are never added up."""

    title: str
    by_level: dict[str, Comparison]


def comparisons(session: Session, campaign: Campaign, now: datetime) -> list[Asked]:
    """All that was drawn by lot in this campaign: order of hamlets, holdout, wordings."""
    mine: Any = select(col(Delivery.person), col(Delivery.state), col(Delivery.reason), col(Delivery.variant))
    mine = mine.add_columns(col(Person.hamlet)).join(Person, col(Person.id) == col(Delivery.person))
    rows = session.execute(mine.where(col(Delivery.campaign) == campaign.id, col(Delivery.step) == 1)).all()
    made: dict[str, dict[int, datetime]] = {level: {} for level in STRENGTH}
    for person, outcomes in outcomes_of(session, campaign, now):
        for level, fact in outcomes.items():
            if fact is not None:
                made[level][person] = happened(fact)
    asked = [
        _order(session, campaign, rows, made, now),
        _holdout(campaign, rows, made),
        *_wordings(campaign, rows, made),
    ]
    return [one for one in asked if one is not None]


Made = Mapping[str, Mapping[int, datetime]]  # level → person → when


def _order(session: Session, campaign: Campaign, rows: Sequence[Any], made: Made, now: datetime) -> Asked | None:
    """Hamlets of the first half beside those of the second, on the day before the second's first turn."""
    writes = campaign.channels != ["visit"]  # only messages wait for a turn; doors and loudspeakers do not
    turns = turns_of(session, campaign) if campaign.spread_days and writes else {}
    order = list(turns)
    if len(order) < LEAST_HAMLETS:
        return None
    until = turns[order[len(order) // 2]]
    if now < until:
        return None
    halves = order[: len(order) // 2], order[len(order) // 2 :]

    def arm(label: str, hamlets: list[str], level: str) -> Arm:
        at = made[level]
        people = Counter(row.hamlet for row in rows if row.hamlet in hamlets)
        done = Counter(row.hamlet for row in rows if row.person in at and at[row.person] < until)
        there = [hamlet for hamlet in hamlets if people[hamlet]]
        return Arm(label, tuple(done[hamlet] for hamlet in there), tuple(people[hamlet] for hamlet in there))

    labels = "Khu được nhắn trước", "khu chưa tới lượt nhắn"
    day = f"{until.astimezone(VIETNAM):%d/%m/%Y}"
    return Asked(
        f"Khu đã được nhắn tin so với khu chưa tới lượt, trước ngày {day} (thứ tự do bốc thăm)",
        {level: compare(arm(labels[0], halves[0], level), arm(labels[1], halves[1], level)) for level in made},
    )


def _holdout(campaign: Campaign, rows: Sequence[Any], made: Made) -> Asked | None:
    if not campaign.holdout_percent:
        return None
    drawn = [row for row in rows if row.reason not in BEFORE_THE_LOT]
    out = {row.person for row in drawn if row.reason == "holdout"}
    rest = {row.person for row in drawn} - out
    share = campaign.holdout_percent / 100
    return Asked(
        f"Người trong đợt so với nhóm đối chứng (tỉnh cho phép: {campaign.holdout_document})",
        _by_level(("Người trong đợt", rest), ("nhóm đối chứng", out), made, (1 - share, share)),
    )


def _wordings(campaign: Campaign, rows: Sequence[Any], made: Made) -> list[Asked]:
    """Each wording of the first message beside the first one."""
    texts = texts_of(campaign.steps[0]) if campaign.steps else []
    told = [row for row in rows if row.state != DeliveryState.SKIPPED]
    arms = [{row.person for row in told if row.variant == number} for number in range(len(texts))]
    titles = [library().messages[text].title for text in texts]
    return [
        Asked(
            f"Cách viết “{titles[0]}” so với “{titles[n]}”",
            _by_level((f"“{titles[0]}”", arms[0]), (f"“{titles[n]}”", arms[n]), made, (0.5, 0.5)),
        )
        for n in range(1, len(texts))
    ]


def _by_level(
    first: tuple[str, Iterable[int]], other: tuple[str, Iterable[int]], made: Made, expected: tuple[float, float]
) -> dict[str, Comparison]:
    def arm(label: str, people: Iterable[int], level: str) -> Arm:
        everybody = set(people)
        return Arm(label, (len(everybody & made[level].keys()),), (len(everybody),))

    return {level: compare(arm(*first, level), arm(*other, level), expected) for level in made}
