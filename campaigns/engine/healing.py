"""What time or a crash left behind is put right, and noted for each campaign; what cannot be is told.

sweep(session, now)           # the scheduler's job, every 15 s: leases, late answers, holds whose time has come
settle_receipt(…)             # the provider says that it arrived
standstill(session, …, now)   # what has not moved for STUCK_AFTER though nothing keeps it
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import exists, func, insert, literal, select, update
from sqlmodel import Session, col

from campaigns.engine import ledger
from campaigns.engine.candidates import LANE_OF
from campaigns.engine.decide import MOMENT_TYPE
from campaigns.states import AttemptResult, CampaignState, DeliveryState
from campaigns.tables import Attempt, Campaign, Delivery, Healing
from channels.tables import Lane
from database import numbers, skip_locked

# what was put right, in words; "released" and "planned" are no faults, only their time has come
HEALED = {
    "taken_back": "tin chưa gửi đi, đã xếp lại để gửi.",
    "received": "tin kênh báo đã tới máy, đã ghi là đã gửi.",
    "unknown": "tin đang gửi thì máy dừng, không rõ đã tới chưa; không tự gửi lại.",
    "answered_late": "tin kênh trả lời muộn rằng đã nhận, đã ghi là đã gửi.",
    "begun_anew": "lần kênh gửi đứng yên, đã cho chạy lại.",
    "restored": "tin đến lượt sau lúc sao lưu, không rõ máy cũ đã gửi chưa; không tự gửi lại.",
    "planned_on": "người chưa được ghi sổ vì máy dừng lúc phát động, đã ghi tiếp.",
}
STUCK_AFTER = timedelta(minutes=10)  # far above a lease, a lane's turn, and a launch of a million people


def sweep(session: Session, now: datetime) -> Counter[str]:
    """Heal what time or a crash left behind: lapsed leases, answers that came too late, holds whose time has come.

    claimed → due (nothing had left); sending → accepted (its receipt came) or unknown (exactly what was in flight);
    unknown → accepted, where an answer was recorded after the lease had lapsed. Noted for each campaign.
    """
    of_a_lane = col(Delivery.lane).in_({*LANE_OF.values()})  # so that the queue's index is of use
    until = col(Delivery.lease_until)
    lapsed = (until < now) | (until > now + 2 * ledger.LEASE)  # the second: a clock was put back (ledger.holds)
    sending = of_a_lane & (col(Delivery.state) == DeliveryState.SENDING) & lapsed
    there = exists(
        select(col(Attempt.id)).where(
            col(Attempt.delivery) == Delivery.id, col(Attempt.result) == AttemptResult.ACCEPTED.value
        )
    )
    healed: Counter[str] = Counter()
    moves: tuple[tuple[str, Any, dict[str, Any]], ...] = (
        (
            "taken_back",
            of_a_lane & (col(Delivery.state) == DeliveryState.CLAIMED) & lapsed,
            {"state": DeliveryState.DUE},
        ),
        (
            "received",
            sending & (col(Delivery.reason) == ledger.RECEIVED),
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


def still_lanes(session: Session, now: datetime) -> dict[str, list[int]]:
    """Lanes that stand still though nothing keeps them, with the running campaigns that wait there.

    Something was due STUCK_AFTER ago, the provider wants no rest, and nobody has held the lane since. The scheduler's
    next second would begin a drain; so whoever should do it hangs, or is not there.
    """
    long_ago, found = now - STUCK_AFTER, {}
    for lane in sorted({*LANE_OF.values()} - {""}):
        row = session.get(Lane, lane, populate_existing=True)
        if row is not None and any(at is not None and at > long_ago for at in (row.lease_until, row.not_before)):
            continue
        waits = exists(
            select(col(Delivery.id)).where(
                col(Delivery.lane) == lane,
                col(Delivery.state) == DeliveryState.DUE,
                col(Delivery.campaign) == col(Campaign.id),
                col(Delivery.due_at) < long_ago,
            )
        )
        waiting = select(col(Campaign.id)).where(col(Campaign.state) == CampaignState.RUNNING, waits)
        if campaigns := list(session.execute(waiting.order_by(col(Campaign.id))).scalars()):
            found[lane] = campaigns
    return found


def launched_long_ago(campaign: Campaign, now: datetime) -> bool:
    """Whether a launch that is not whole yet was cut: no plan takes so long."""
    return campaign.launched_at is not None and campaign.launched_at < now - STUCK_AFTER


def stands_still(session: Session, campaign: Campaign, now: datetime) -> bool:
    """Whether this campaign should go on by itself and does not: its lane stands still, or its launch was cut."""
    cut = campaign.planned_to is not None and launched_long_ago(campaign, now)
    return cut or any(campaign.id in campaigns for campaigns in still_lanes(session, now).values())


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
    # in the order in which a row goes, for it may go on meanwhile
    if tracked and ledger.move(session, int(delivery), DeliveryState.SENDING, {"reason": ledger.RECEIVED}):
        return True
    values = {"state": DeliveryState.ACCEPTED, "reason": "", "changed_at": now}
    return ledger.move(session, int(delivery), DeliveryState.UNKNOWN, values)


def settle_by_hand(session: Session, delivery: int, arrived: bool, now: datetime) -> bool:
    """A person settles an ``unknown`` row: it arrived, or it goes out again."""
    values: dict[str, Any] = {"changed_at": now, "reason": ""}
    values |= {"state": DeliveryState.ACCEPTED} if arrived else {"state": DeliveryState.DUE, "due_at": now}
    return ledger.move(session, delivery, DeliveryState.UNKNOWN, values)
