"""The ledger: a row per (campaign, step, person), so that nobody is forgotten or written to twice.

States move only by ``UPDATE … WHERE state = <old>``. The life of a row is drawn in DATAFLOW.md.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import orjson
from sqlalchemy import ColumnElement, Text, and_, cast, exists, func, insert, literal, select, update
from sqlmodel import Session, col

from campaigns.candidates import LANE_OF
from campaigns.decide import MOMENT_TYPE, RECHECK, Hold, Skip
from campaigns.plan import list_visits
from campaigns.states import WAITING, AttemptResult, CampaignState, DeliveryState
from campaigns.tables import Attempt, Campaign, Delivery, Healing
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


_ROW: Any = Delivery.__table__  # type: ignore[attr-defined]
Answer = tuple[Claimed, Outcome | None, tuple[str, int] | None]  # what came back (None: it never left), the next way


@dataclass
class Counts:
    """People of a campaign by what became of step 1: planned is the sum of the rest."""

    planned: int = 0
    accepted: int = 0
    held: int = 0
    failed: int = 0
    unknown: int = 0
    skipped: dict[str, int] = field(default_factory=dict)
    held_reasons: dict[str, int] = field(default_factory=dict)
    by_channel: dict[str, int] = field(default_factory=dict)


# --- claim, mark, record ------------------------------------------------------------------------


def hold_lane(session: Session, lane: str, holder: str, now: datetime) -> int | None:
    """Take or renew the lane's lease. Returns the fencing number, or None when another worker holds it."""
    row = session.get(Lane, lane, with_for_update=True)
    if row is None:
        session.add(Lane(name=lane, channel=lane.split(":")[0], holder=holder, lease_until=now + LEASE, fence=1))
        session.flush()
        return 1
    if row.holder != holder and row.lease_until is not None and row.lease_until > now:
        return None
    if row.holder != holder:
        row.fence += 1
    row.holder, row.lease_until = holder, now + LEASE
    session.add(row)
    return row.fence


def free_lane(session: Session, lane: str, holder: str) -> None:
    """Give the lease back, and what was claimed and not begun, so that the next worker need not wait."""
    session.execute(
        update(Delivery)
        .where(col(Delivery.lane) == lane, col(Delivery.state) == DeliveryState.CLAIMED)
        .where(col(Delivery.claimer) == holder)
        .values(state=DeliveryState.DUE, lease_until=None)
        .execution_options(synchronize_session=False)
    )
    session.execute(
        update(Lane).where(col(Lane.name) == lane, col(Lane.holder) == holder).values(holder="", lease_until=None)
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
    _move(session, delivery, DeliveryState.CLAIMED, values)
    if isinstance(decision, Skip) and decision.reason == "visit":
        _visit(session, delivery, now)


def reroute(session: Session, delivery: int, channel: str, contact: int, now: datetime) -> None:
    """claimed → due on another channel or contact: what the person has changed since the plan."""
    values = {"state": DeliveryState.DUE, "due_at": now, "channel": channel, "lane": LANE_OF[channel]}
    _move(session, delivery, DeliveryState.CLAIMED, values | {"contact": contact, "changed_at": now})


def record(
    session: Session, row: Claimed, outcome: Outcome, next_channel: tuple[str, int] | None, now: datetime
) -> None:
    """``record_all`` of one."""
    record_all(session, [(row, outcome, next_channel)], now)


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
        if _move(session, row.id, DeliveryState.SENDING, values) and values["reason"] == "visit":
            _visit(session, row.id, now)
    if accepted:
        settled = {"state": DeliveryState.ACCEPTED, "changed_at": now, "lease_until": None, "reason": ""}
        these = col(Delivery.id).in_(numbers(session, accepted)), col(Delivery.state) == DeliveryState.SENDING
        session.execute(update(_ROW).where(*these).values(**settled).execution_options(synchronize_session=False))
    if attempts:
        bulk_insert(session, Attempt, _ATTEMPT, attempts, {"at": now})


_ATTEMPT = ("delivery", "channel", "lane", "result", "provider_id", "error_class", "error_code", "cost_vnd")


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


def _move(session: Session, delivery: int, old: DeliveryState, values: dict[str, Any]) -> bool:
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


# --- sweepers and receipts ------------------------------------------------------------------------


# what a sweep puts right; "released" and "planned" are no faults, only their time has come
HEALED = ("taken_back", "received", "unknown", "answered_late")
RECEIVED = "received"  # a row that is being sent has its receipt already: the receipt was quicker than our record


def sweep(session: Session, now: datetime) -> Counter[str]:
    """Heal what time or a crash left behind: lapsed leases, answers that came too late, holds whose time has come.

    claimed → due (nothing had left); sending → accepted (its receipt came) or unknown (exactly what was in flight);
    unknown → accepted, where an answer was recorded after the lease had lapsed. Noted for each campaign.
    """
    of_a_lane = col(Delivery.lane).in_({*LANE_OF.values()})  # so that the queue's index is of use
    sending = of_a_lane & (col(Delivery.state) == DeliveryState.SENDING) & (col(Delivery.lease_until) < now)
    there = exists(
        select(col(Attempt.id)).where(
            col(Attempt.delivery) == Delivery.id, col(Attempt.result) == AttemptResult.ACCEPTED.value
        )
    )
    healed: Counter[str] = Counter()
    moves: tuple[tuple[str, Any, dict[str, Any]], ...] = (
        (
            "taken_back",
            of_a_lane & (col(Delivery.state) == DeliveryState.CLAIMED) & (col(Delivery.lease_until) < now),
            {"state": DeliveryState.DUE},
        ),
        (
            "received",
            sending & (col(Delivery.reason) == RECEIVED),
            {"state": DeliveryState.ACCEPTED, "reason": ""},
        ),
        ("unknown", sending, {"state": DeliveryState.UNKNOWN, "reason": "lost"}),
        (
            "answered_late",
            of_a_lane & (col(Delivery.state) == DeliveryState.UNKNOWN) & there,
            {"state": DeliveryState.ACCEPTED, "reason": ""},
        ),
    )
    for name, test, values in moves:
        # whoever is just writing a row lives; and a sweep that never waits stands in nobody's way
        free = select(col(Delivery.id)).where(test).with_for_update(of=Delivery, **skip_locked(session))
        ids = numbers(session, list(session.execute(free).scalars()))
        if name in ("received", "unknown"):
            result = AttemptResult.ACCEPTED if name == "received" else AttemptResult.UNKNOWN
            _note_unanswered(session, col(Delivery.id).in_(ids), result, now)
        moved = update(Delivery).where(col(Delivery.id).in_(ids)).values(changed_at=now, lease_until=None, **values)
        moved = moved.returning(col(Delivery.campaign)).execution_options(synchronize_session=False)
        healed[name] = note_healed(session, name, Counter(session.execute(moved).scalars()), now)
    running = select(col(Campaign.id)).where(col(Campaign.state) == CampaignState.RUNNING)
    over = of_a_lane & (col(Delivery.state) == DeliveryState.HELD) & (col(Delivery.due_at) <= now)
    released = update(Delivery).where(over, col(Delivery.campaign).in_(running))
    done = session.execute(
        released.values(state=DeliveryState.DUE, changed_at=now).execution_options(synchronize_session=False)
    )
    healed["released"] = done.rowcount  # type: ignore[attr-defined]
    return +healed


def note_healed(session: Session, what: str, by_campaign: Mapping[int, int], now: datetime) -> int:
    """Note what was put right, for `campaign status`. Returns how much it was."""
    session.add_all(Healing(campaign=c, what=what, number=n, at=now) for c, n in by_campaign.items())
    return sum(by_campaign.values())


def healed_of(session: Session, campaign: int) -> dict[str, int]:
    """What was ever put right in a campaign."""
    query = select(col(Healing.what), func.sum(col(Healing.number))).where(col(Healing.campaign) == campaign)
    return {what: int(number) for what, number in session.execute(query.group_by(col(Healing.what)))}


def nobody_lives(session: Session, now: datetime) -> Counter[str]:
    """Every lease ends now, and ``sweep`` heals what was held: only for who knows that all other processes are dead."""
    over = now - timedelta(seconds=1)
    session.execute(update(Lane).where(col(Lane.holder) != "").values(holder="", lease_until=None))
    session.execute(
        update(Delivery)
        .where(col(Delivery.state).in_((DeliveryState.CLAIMED, DeliveryState.SENDING)))
        .values(lease_until=over)
        .execution_options(synchronize_session=False)
    )
    return sweep(session, now)


def _note_unanswered(session: Session, test: Any, result: AttemptResult, now: datetime) -> None:
    """An attempt for each request that was in flight when its worker died: it may have arrived."""
    rows = select(
        col(Delivery.id),
        col(Delivery.channel),
        col(Delivery.lane),
        literal(now, MOMENT_TYPE),
        literal(result.value),
        literal(""),
        literal("" if result == AttemptResult.ACCEPTED else "lost"),
        literal("lease"),
        literal(0),
    ).where(test)
    names = ["delivery", "channel", "lane", "at", "result", "provider_id", "error_class", "error_code", "cost_vnd"]
    session.execute(insert(Attempt).from_select(names, rows))


def tracking_of(delivery: int) -> str:
    """The id that travels with a request where the provider takes one (ZBS: ≤ 48 of [A-Za-z0-9])."""
    return f"tn{delivery}"


def settle_receipt(session: Session, lane: str, provider_id: str, now: datetime, tracking: str = "") -> bool:
    """A provider's receipt turns an ``unknown`` row into ``accepted``: found by message id or tracking id.

    It may be quicker than our record, and we may die between the two: then ``sweep`` needs to know of it.
    """
    delivery = session.execute(
        select(col(Attempt.delivery)).where(
            col(Attempt.lane) == lane, col(Attempt.provider_id) == provider_id, literal(provider_id) != ""
        )
    ).scalar()
    tracked = delivery is None and tracking.removeprefix("tn").isdecimal()
    if tracked:
        delivery = int(tracking.removeprefix("tn"))
    if delivery is None:
        return False
    values = {"state": DeliveryState.ACCEPTED, "reason": "", "changed_at": now}
    settled = _move(session, int(delivery), DeliveryState.UNKNOWN, values)
    return settled or (tracked and _move(session, int(delivery), DeliveryState.SENDING, {"reason": RECEIVED}))


def settle_by_hand(session: Session, delivery: int, arrived: bool, now: datetime) -> bool:
    """A person settles an ``unknown`` row: it arrived, or it goes out again."""
    values: dict[str, Any] = {"changed_at": now, "reason": ""}
    values |= {"state": DeliveryState.ACCEPTED} if arrived else {"state": DeliveryState.DUE, "due_at": now}
    return _move(session, delivery, DeliveryState.UNKNOWN, values)


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


# --- figures --------------------------------------------------------------------------------------


def counts(session: Session, campaign: int, step: int = 1) -> Counts:
    """People by what became of this step. held: everything that may still go out."""
    rows = session.execute(
        select(col(Delivery.state), col(Delivery.reason), col(Delivery.channel), func.count())
        .where(col(Delivery.campaign) == campaign, col(Delivery.step) == step)
        .group_by(col(Delivery.state), col(Delivery.reason), col(Delivery.channel))
    ).all()
    return tally(rows)


def tally(rows: Iterable[Any]) -> Counts:
    """Fold (state, reason, channel, how many) rows into Counts."""
    total = Counts()
    for state, reason, channel, number in rows:
        total.planned += number
        if state == DeliveryState.SKIPPED:
            total.skipped[reason] = total.skipped.get(reason, 0) + number
        elif state in WAITING:
            total.held += number
            total.held_reasons[reason] = total.held_reasons.get(reason, 0) + number
        elif state == DeliveryState.ACCEPTED:
            total.accepted += number
        elif state == DeliveryState.FAILED:
            total.failed += number
        else:
            total.unknown += number
        if channel:
            total.by_channel[channel] = total.by_channel.get(channel, 0) + number
    return total


def spent(session: Session, campaign: int) -> int:
    """Đồng spent so far, from the attempts."""
    query = select(func.coalesce(func.sum(Attempt.cost_vnd), 0)).join(Delivery, col(Delivery.id) == Attempt.delivery)
    return int(session.execute(query.where(col(Delivery.campaign) == campaign)).scalar_one())
