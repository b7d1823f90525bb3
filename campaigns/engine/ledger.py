"""The ledger: a row per (campaign, step, person), so that nobody is forgotten or written to twice.

States move only by ``UPDATE … WHERE state = <old>``. The life of a row is drawn in DATAFLOW.md. Here: claim, mark,
record. What a crash leaves behind: healing.py; the figures: tallies.py.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import orjson
from sqlalchemy import ColumnElement, Text, and_, cast, select, update
from sqlmodel import Session, col

from campaigns.engine.candidates import LANE_OF
from campaigns.engine.decide import RECHECK, Hold, Skip
from campaigns.engine.plan import list_visits
from campaigns.states import AttemptResult, CampaignState, DeliveryState
from campaigns.tables import Attempt, Campaign, Delivery
from channels import lanes
from channels.outcome import Accepted, Later, Lost, Outcome, Refused
from channels.tables import Lane
from database import bulk_insert, numbers, skip_locked
from register.contacts import opted_out
from register.tables import PersonContact

SMALLEST_SHARE = 16  # rows of one commune in a batch: fewer would be a statement for a handful
LEASE = timedelta(seconds=60)  # how long a claim is good; far above one provider time-out


class Claimed(NamedTuple):
    """A claimed row, as much of it as sending needs to know."""

    id: int
    campaign: int
    step: int
    person: int
    channel: str
    lane: str
    contact: int
    tried: list[str]


RECEIVED = "received"  # a row that is being sent has its receipt already: the receipt was quicker than our record
_ROW: Any = Delivery.__table__  # type: ignore[attr-defined]
Answer = tuple[Claimed, Outcome | None, tuple[str, int] | None]  # what came back (None: it never left), the next way


def hold_lane(session: Session, lane: str, holder: str, now: datetime) -> int | None:
    """Take or renew the lane's lease. Returns the fencing number, or None when another worker holds it."""
    row = session.get(Lane, lane, with_for_update=True)
    if row is None:
        session.add(Lane(name=lane, channel=lane.split(":")[0], holder=holder, lease_until=now + LEASE, fence=1))
        session.flush()
        return 1
    if row.holder not in ("", holder) and holds(row.lease_until, now):
        return None
    if row.holder != holder:
        row.fence += 1
    row.holder, row.lease_until = holder, now + LEASE
    session.add(row)
    return row.fence


def holds(until: datetime | None, now: datetime) -> bool:
    """Whether a lease holds. One that ends later than any that could be given now is of a clock that was put back."""
    return until is not None and now < until <= now + 2 * LEASE


def on_their_way(session: Session, deliveries: Sequence[int]) -> set[int]:
    """Those of these rows whose answer is not written down yet: in flight, or given up meanwhile."""
    open_ = col(Delivery.state).in_((DeliveryState.SENDING, DeliveryState.UNKNOWN))
    return set(session.execute(select(col(Delivery.id)).where(col(Delivery.id).in_(deliveries), open_)).scalars())


def free_lane(session: Session, lane: str, holder: str, now: datetime) -> None:
    """Give the lease back, and what was claimed and not begun, so that the next worker need not wait.

    A lease that ends now says since when nobody has held the lane.
    """
    session.execute(
        update(Delivery)
        .where(col(Delivery.lane) == lane, col(Delivery.state) == DeliveryState.CLAIMED)
        .where(col(Delivery.claimer) == holder)
        .values(state=DeliveryState.DUE, lease_until=None)
        .execution_options(synchronize_session=False)
    )
    session.execute(
        update(Lane).where(col(Lane.name) == lane, col(Lane.holder) == holder).values(holder="", lease_until=now)
    )


def claim(
    session: Session, lane: str, holder: str, fence: int, now: datetime, limit: int, after: str | None = None
) -> list[Claimed]:
    """Claim up to ``limit`` due rows of running campaigns: each commune its share in turn, its oldest first.

    ``after``: the commune that was served last (None: begin anywhere). Safe to take back.
    """
    turns = in_turn(session, lane, now, after)
    share = max(limit // len(turns), SMALLEST_SHARE) if turns else 0
    claimed: list[Claimed] = []
    for campaigns in turns.values():
        room = min(share, limit - len(claimed))
        if room <= 0:
            break
        claimed += _claim_of(session, campaigns, lane, holder, fence, now, room)
    return claimed


def in_turn(session: Session, lane: str, now: datetime, after: str | None = None) -> dict[str, list[int]]:
    """Communes for which something is due on this lane, with the campaigns; whose turn it is comes first."""
    due = select(col(Delivery.id)).where(_due(lane, now), col(Delivery.campaign) == col(Campaign.id)).exists()
    running = select(col(Campaign.commune), col(Campaign.id)).where(col(Campaign.state) == CampaignState.RUNNING, due)
    waiting: dict[str, list[int]] = {}
    for commune, campaign in session.execute(running.order_by(col(Campaign.commune), col(Campaign.id))):
        waiting.setdefault(commune, []).append(campaign)
    communes = list(waiting)
    first = bisect_right(communes, after) if after is not None else int(now.timestamp()) % max(len(communes), 1)
    return {commune: waiting[commune] for commune in communes[first:] + communes[:first]}


def _claim_of(
    session: Session, campaigns: Sequence[int], lane: str, holder: str, fence: int, now: datetime, limit: int
) -> list[Claimed]:
    due = (
        select(col(Delivery.id))
        .where(_due(lane, now), col(Delivery.campaign).in_(campaigns))
        .order_by(col(Delivery.due_at))  # no more than the index knows: a million may be due since the same moment
        .limit(limit)
        .with_for_update(of=Delivery, **skip_locked(session))
        .cte("due")  # chosen once: PostgreSQL may ask a subquery again for each row, and its limit with it
        .prefix_with("MATERIALIZED")
    )
    statement = (
        update(_ROW)  # bare tables: an ORM's row costs more than the database's
        .where(col(Delivery.id).in_(select(due.c.id)), col(Delivery.state) == DeliveryState.DUE)
        .values(state=DeliveryState.CLAIMED, claimer=holder, fence=fence, lease_until=now + LEASE, changed_at=now)
        .returning(*(_ROW.c[name] for name in Claimed._fields[:-1]), cast(_ROW.c.tried, Text))
        .execution_options(synchronize_session=False)
    )
    # most were tried by nothing: their "[]" need not be read as JSON
    rows = ((*row[:-1], orjson.loads(row[-1]) if len(row[-1]) > 2 else []) for row in session.execute(statement))
    return sorted(map(Claimed._make, rows))


def _due(lane: str, now: datetime) -> ColumnElement[bool]:
    return and_(col(Delivery.lane) == lane, col(Delivery.state) == DeliveryState.DUE, col(Delivery.due_at) <= now)


def anything_due(session: Session, lane: str, now: datetime) -> bool:
    """Whether a row waits for this lane."""
    return session.execute(select(col(Delivery.id)).where(_due(lane, now)).limit(1)).first() is not None


def mark_sending(session: Session, ids: Sequence[int], holder: str, fence: int, now: datetime) -> set[int]:
    """claimed → sending, for those that are still ours. Commit this before any request leaves."""
    stopped = opted_out().where(col(PersonContact.person) == col(Delivery.person)).correlate(_ROW).exists()
    statement = (
        update(_ROW)
        .where(col(Delivery.id).in_(numbers(session, ids)), col(Delivery.state) == DeliveryState.CLAIMED)
        .where(col(Delivery.claimer) == holder, col(Delivery.fence) == fence)
        .where(col(Delivery.campaign).in_(select(col(Campaign.id)).where(col(Campaign.state) == CampaignState.RUNNING)))
        .where(col(Delivery.lane).not_in(select(col(Lane.name)).where(col(Lane.off))))
        .where(~stopped)  # "dừng" since the claim: asked again, then skipped
        .values(state=DeliveryState.SENDING, lease_until=now + LEASE, changed_at=now)
        .returning(_ROW.c.id)
        .execution_options(synchronize_session=False)
    )
    return {int(i) for i in session.execute(statement).scalars()}


def put_back(session: Session, delivery: int, decision: Hold | Skip, now: datetime) -> None:
    """claimed → held or skipped: asked again at the claim, a rule struck."""
    values: dict[str, Any] = {"reason": decision.reason, "changed_at": now, "lease_until": None}
    if isinstance(decision, Hold):
        values |= {"state": DeliveryState.HELD, "due_at": decision.until}
    else:
        values |= {"state": DeliveryState.SKIPPED, "due_at": None}
    move(session, delivery, DeliveryState.CLAIMED, values)
    if isinstance(decision, Skip) and decision.reason == "visit":
        _visit(session, delivery, now)


def reroute(session: Session, delivery: int, channel: str, contact: int, now: datetime) -> None:
    """claimed → due on another channel or contact: what the person has changed since the plan."""
    values = {"state": DeliveryState.DUE, "due_at": now, "channel": channel, "lane": LANE_OF[channel]}
    move(session, delivery, DeliveryState.CLAIMED, values | {"contact": contact, "changed_at": now})


def record_all(session: Session, answers: Sequence[Answer], now: datetime) -> None:
    """Write each answer as an attempt, and move sending → accepted | due | held | failed | unknown.

    The next way is (channel, contact) to go on with where this one refused the recipient or cannot
    send at all; ("visit", 0) ends on the visit list; None: none is left. What never left is due again,
    and no attempt.
    """
    attempts: list[tuple[Any, ...]] = []
    accepted: list[int] = []

    def tried(row: Claimed, result: AttemptResult, error_class: str, code: str) -> None:
        attempts.append((row.id, row.channel, row.lane, result.value, "", error_class, code, 0))

    for row, outcome, next_channel in answers:
        values: dict[str, Any] = {"changed_at": now, "lease_until": None, "reason": ""}
        match outcome:
            case Accepted(provider_id, cost):
                accepted.append(row.id)
                attempts.append(
                    (row.id, row.channel, row.lane, AttemptResult.ACCEPTED.value, provider_id, "", "", cost)
                )
                continue
            case None:
                values |= {"state": DeliveryState.DUE, "due_at": now}
            case Lost(code) if _received(session, row.id):
                tried(row, AttemptResult.ACCEPTED, "", code)
                values |= {"state": DeliveryState.ACCEPTED}
            case Lost(code):
                tried(row, AttemptResult.UNKNOWN, "lost", code)
                values |= {"state": DeliveryState.UNKNOWN, "reason": "lost"}
            case Later(until, code, whole_lane, replies):
                tried(row, AttemptResult.LATER, "later", code)
                values |= {"state": DeliveryState.DUE, "due_at": until, "reason": "later"}
                if whole_lane:
                    lanes.hold(session, row.lane, until, replies=replies)
            case Refused(error_class, code):
                tried(row, AttemptResult.FAILED, error_class, code)
                values |= _after_refusal(row, error_class, next_channel, now)
                if error_class in ("config", "billing"):
                    session.execute(update(Lane).where(col(Lane.name) == row.lane).values(trouble=error_class))
        if move(session, row.id, DeliveryState.SENDING, values) and values["reason"] == "visit":
            _visit(session, row.id, now)
    if accepted:
        settled = {"state": DeliveryState.ACCEPTED, "changed_at": now, "lease_until": None, "reason": ""}
        these = col(Delivery.id).in_(numbers(session, accepted)), col(Delivery.state) == DeliveryState.SENDING
        session.execute(update(_ROW).where(*these).values(**settled).execution_options(synchronize_session=False))
    if attempts:
        bulk_insert(session, Attempt, _ATTEMPT, attempts, {"at": now})


_ATTEMPT = ("delivery", "channel", "lane", "result", "provider_id", "error_class", "error_code", "cost_vnd")


def _received(session: Session, delivery: int) -> bool:
    """Whether the provider's receipt was quicker than its answer, which got lost."""
    query = select(col(Delivery.reason)).where(col(Delivery.id) == delivery).with_for_update()
    return session.execute(query).scalar() == RECEIVED


def _after_refusal(
    delivery: Claimed, error_class: str, next_channel: tuple[str, int] | None, now: datetime
) -> dict[str, Any]:
    if next_channel is None and error_class in ("config", "billing"):  # our account's fault, not this person's end
        return {"state": DeliveryState.HELD, "reason": error_class, "due_at": now + RECHECK}
    if error_class == "payload" or next_channel is None:
        return {"state": DeliveryState.FAILED, "reason": error_class}
    channel, contact = next_channel
    tried = [*delivery.tried, delivery.channel]
    if channel == "visit":
        return {"state": DeliveryState.SKIPPED, "reason": "visit", "channel": "visit", "lane": "", "tried": tried}
    return {
        "state": DeliveryState.DUE,
        "due_at": now,
        "channel": channel,
        "lane": LANE_OF[channel],
        "contact": contact,
        "tried": tried,
    }


def move(session: Session, delivery: int, old: DeliveryState, values: dict[str, Any]) -> bool:
    """One row, if it is still in that state. Returns whether it was."""
    done = session.execute(
        update(Delivery)
        .where(col(Delivery.id) == delivery, col(Delivery.state) == old)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    return bool(done.rowcount == 1)  # type: ignore[attr-defined]


def _visit(session: Session, delivery: int, now: datetime) -> None:
    row = session.get(Delivery, delivery, populate_existing=True)
    assert row is not None
    campaign = session.get(Campaign, row.campaign)
    assert campaign is not None
    session.flush()
    list_visits(session, campaign, now, [row.person])


def close_waiting(session: Session, campaign: int, reason: str, now: datetime) -> int:
    """Whoever still waits for a message of this campaign gets none. What is in flight stays as it is."""
    done = session.execute(
        update(Delivery)
        .where(col(Delivery.campaign) == campaign)
        .where(col(Delivery.state).in_([DeliveryState.HELD, DeliveryState.DUE, DeliveryState.CLAIMED]))
        .values(state=DeliveryState.SKIPPED, reason=reason, due_at=None, lease_until=None, changed_at=now)
        .execution_options(synchronize_session=False)
    )
    return int(done.rowcount)  # type: ignore[attr-defined]


def tracking_of(delivery: int) -> str:
    """The id that travels with a request where the provider takes one (ZBS: ≤ 48 of [A-Za-z0-9])."""
    return f"tn{delivery}"
