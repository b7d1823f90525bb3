"""Campaigns (đợt vận động): make, rehearse, approve, launch, pause, resume, cancel, status, why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, zip_longest
from typing import Any

from sqlalchemy import select, update
from sqlmodel import Session, col

from campaigns import ledger
from campaigns.decide import CHANNELS, COLD_AIRINGS, NEED_PEOPLE, Moment, opens_at, wave_at
from campaigns.plan import plan, preview
from campaigns.reasons import REASONS
from campaigns.segments import segment_named
from campaigns.states import CampaignState, DeliveryState
from campaigns.tables import Announcement, Campaign, Delivery, HelpSession
from channels import lanes
from register import audit
from register.errors import BadInput, NotAllowed
from register.home import VIETNAM, Home
from register.tables import Person

STEPS: tuple[dict[str, Any], ...] = ({"message": "first"}, {"message": "reminder", "after_days": 4})
audit.declare("campaign_made", "segment")
audit.declare("unknown_settled", "arrived")
for _state in CampaignState:
    audit.declare(f"campaign_{_state}")

PREVIEW_ROWS = 20  # people shown in a rehearsal, masked


@dataclass
class Rehearsal:
    """Chạy thử: what a launch would do. ``accepted``: would get the message within the window."""

    segment: str
    planned: int = 0
    accepted: int = 0
    held: int = 0
    skipped: dict[str, int] = field(default_factory=dict)
    held_reasons: dict[str, int] = field(default_factory=dict)
    cost_vnd: int = 0  # of the first message, at the most
    cost_vnd_all_steps: int = 0  # if every reminder has to go out too
    price_unknown: list[str] = field(default_factory=list)  # channels whose price nobody has told yet
    by_channel: dict[str, int] = field(default_factory=dict)
    by_day: dict[str, int] = field(default_factory=dict)
    by_hamlet: dict[str, dict[str, int]] = field(default_factory=dict)  # code ("": none) → accepted|held|visit|skipped
    rows: list[dict[str, Any]] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        return {**self.__dict__, "failed": 0, "unknown": 0}


def new_campaign(
    session: Session,
    commune: str,
    name: str,
    segment: str,
    channels: Sequence[str],
    starts_on: date,
    ends_on: date,
    by: str,
    now: datetime,
    *,
    budget_vnd: int | None = None,
    steps: Sequence[dict[str, Any]] = STEPS,
) -> Campaign:
    """Make a draft. Raises BadInput for an unknown segment or channel, a window that ends first, a taken name."""
    segment_named(segment)
    wrong = [c for c in channels if c not in CHANNELS]
    if wrong or not channels:
        raise BadInput(f"Không có kênh “{', '.join(wrong)}”. Các kênh: {', '.join(CHANNELS)}.")
    if ends_on < starts_on:
        raise BadInput("Ngày kết thúc phải sau ngày bắt đầu.")
    if ends_on < now.astimezone(VIETNAM).date():
        raise BadInput("Ngày kết thúc đã qua; hãy chọn ngày khác.")
    if find(session, name, commune) is not None:
        raise BadInput(f"Đã có đợt tên “{name}” ở xã này; hãy đặt tên khác.")
    campaign = Campaign(
        commune=commune,
        name=name,
        segment=segment,
        channels=list(dict.fromkeys(channels)),
        steps=list(steps),
        starts_on=starts_on,
        ends_on=ends_on,
        budget_vnd=budget_vnd,
        author=by,
        submitted_at=now,
        submitted_by=by,
        created_at=now,
    )
    session.add(campaign)
    session.flush()
    audit.note(session, by, "campaign_made", str(campaign.id), now, segment=segment)
    return campaign


def find(session: Session, name: str, commune: str | None = None) -> Campaign | None:
    """The campaign of this name (in this commune); BadInput when the name alone is not enough."""
    query = select(Campaign).where(col(Campaign.name) == name)
    if commune:
        query = query.where(col(Campaign.commune) == commune)
    found = list(session.execute(query).scalars())
    if len(found) > 1:
        raise BadInput(f"Có nhiều xã cùng có đợt “{name}”; hãy thêm --commune MÃ.")
    return found[0] if found else None


def campaign_named(session: Session, name: str, commune: str | None = None) -> Campaign:
    """``find``, or BadInput that lists what there is."""
    campaign = find(session, name, commune)
    if campaign is None:
        names = session.execute(select(col(Campaign.name)).order_by(col(Campaign.id).desc()).limit(10)).scalars()
        raise BadInput(f"Không có đợt “{name}”. Các đợt: {', '.join(names) or 'chưa có đợt nào'}.")
    return campaign


def moment_for(session: Session, home: Home, campaign: Campaign, now: datetime, step: int = 1) -> Moment:
    """What is the same for everybody in this campaign now."""
    settings = home.settings
    usable = {"visit", *enabled_channels(home)} - lanes.switched_off(session)
    waves: dict[str, datetime] = {}
    sessions = select(HelpSession).where(
        col(HelpSession.commune) == campaign.commune, col(HelpSession.starts_at) >= now
    )
    for help_session in session.execute(sessions.order_by(col(HelpSession.starts_at))).scalars():
        begins = opens_at(wave_at(help_session.starts_at), settings.send_from, settings.send_until)
        waves.setdefault(help_session.hamlet, begins)
    return Moment(
        now=now,
        starts_at=_midnight(campaign.starts_on),
        ends_at=_midnight(campaign.ends_on + timedelta(days=1)),
        opens_at=opens_at(now, settings.send_from, settings.send_until),
        channels=tuple(c for c in campaign.channels if c in usable),
        announced=is_announced(session, campaign.commune),
        budget_left=campaign.budget_vnd is None or ledger.spent(session, campaign.id or 0) < campaign.budget_vnd,
        step=step,
        waves=waves,
    )


def enabled_channels(home: Home) -> set[str]:
    """Channels that are set up. Every channel is off until its settings are there."""
    settings, on = home.settings, set()
    if settings.zalo_app_id and settings.zalo_app_secret.get_secret_value():
        on |= {"zalo"} | ({"zbs"} if settings.zalo_template_id_unnamed else set())
    if settings.telegram_token.get_secret_value():
        on.add("telegram")
    return on


def is_announced(session: Session, commune: str) -> bool:
    """Whether the signed notice is posted and was aired often enough for a first cold message."""
    query = select(col(Announcement.id)).where(
        col(Announcement.commune) == commune,
        col(Announcement.posted_on).is_not(None),
        col(Announcement.aired) >= COLD_AIRINGS,
    )
    return session.execute(query.limit(1)).first() is not None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(0), VIETNAM).astimezone(UTC)


def rehearse(session: Session, home: Home, campaign: Campaign, now: datetime) -> Rehearsal:
    """All that a launch would do now, by the same statement, without doing it.

    Prices are those that the lanes were last told by the providers' templates.
    """
    prices = lanes.prices(session)
    moment = moment_for(session, home, campaign, now)
    rehearsal, days = Rehearsal(campaign.segment), Counter[str]()
    hamlets = dict(
        session.execute(select(col(Person.id), col(Person.hamlet)).where(col(Person.commune) == campaign.commune)).all()
    )
    of_kind: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for row in preview(session, campaign, moment):
        rehearsal.planned += 1
        state, reason, channel = row["state"], row["reason"], row["channel"]
        if channel:
            rehearsal.by_channel[channel] = rehearsal.by_channel.get(channel, 0) + 1
        if state == DeliveryState.SKIPPED:
            became = "visit" if reason == "visit" else "skipped"
            rehearsal.skipped[reason] = rehearsal.skipped.get(reason, 0) + 1
        elif state == DeliveryState.HELD and (
            reason in NEED_PEOPLE or (row["due_at"] is not None and row["due_at"] >= moment.ends_at)
        ):
            became = "held"
            rehearsal.held += 1
            rehearsal.held_reasons[reason] = rehearsal.held_reasons.get(reason, 0) + 1
        else:
            became = "accepted"
            rehearsal.accepted += 1
            rehearsal.cost_vnd += prices.get(channel, 0)
            days[row["due_at"].astimezone(VIETNAM).date().isoformat()] += 1
        there = rehearsal.by_hamlet.setdefault(hamlets.get(row["person"]) or "", {})
        there[became] = there.get(became, 0) + 1
        alike = of_kind.setdefault((state, reason, channel), [])
        if len(alike) < PREVIEW_ROWS:
            alike.append({k: row[k] for k in ("person", "state", "reason", "channel")})
    # one of each kind, then the second of each kind, and so on: a few rows tell everything that will happen
    mixed = (row for turn in zip_longest(*of_kind.values()) for row in turn if row is not None)
    rehearsal.rows = list(islice(mixed, PREVIEW_ROWS))
    rehearsal.by_day = dict(sorted(days.items()))
    rehearsal.cost_vnd_all_steps = rehearsal.cost_vnd * len(campaign.steps)
    rehearsal.price_unknown = [c for c in rehearsal.by_channel if c != "visit" and c not in prices]
    return rehearsal


def approve(session: Session, campaign: Campaign, by: str, now: datetime) -> None:
    """draft → approved, by a second person. BadInput while it is not handed in."""
    if by in (campaign.author, campaign.submitted_by):
        raise NotAllowed("Người lập đợt hoặc người trình không tự duyệt được; cần một người khác duyệt.")
    if campaign.submitted_at is None:
        raise BadInput("Đợt này chưa được trình duyệt. Người lập cần làm đủ các bước rồi bấm “Trình duyệt”.")
    _move(session, campaign, (CampaignState.DRAFT,), CampaignState.APPROVED, by, now)
    session.execute(update(Campaign).where(col(Campaign.id) == campaign.id).values(approver=by, approved_at=now))


def launch(session: Session, home: Home, campaign: Campaign, by: str, now: datetime) -> int:
    """approved → running: freezes the members and writes everybody's row of step 1. Returns how many."""
    _move(session, campaign, (CampaignState.APPROVED,), CampaignState.RUNNING, by, now)
    session.execute(update(Campaign).where(col(Campaign.id) == campaign.id).values(launched_at=now))
    session.flush()
    return plan(session, campaign, moment_for(session, home, campaign, now))


def pause(session: Session, campaign: Campaign, by: str, now: datetime) -> None:
    """running → paused. What was claimed but not marked stays unsent."""
    _move(session, campaign, (CampaignState.RUNNING,), CampaignState.PAUSED, by, now)


def resume(session: Session, campaign: Campaign, by: str, now: datetime) -> None:
    """paused → running. Nobody is planned anew."""
    _move(session, campaign, (CampaignState.PAUSED,), CampaignState.RUNNING, by, now)


def cancel(session: Session, campaign: Campaign, by: str, now: datetime) -> None:
    """Any living state → cancelled; whoever was still waiting gets nothing, with that reason."""
    living = (CampaignState.DRAFT, CampaignState.APPROVED, CampaignState.RUNNING, CampaignState.PAUSED)
    _move(session, campaign, living, CampaignState.CANCELLED, by, now)
    ledger.close_waiting(session, campaign.id or 0, "cancelled", now)


def finish_over(session: Session, now: datetime) -> int:
    """running campaigns whose window is over → finished. Returns how many."""
    over = select(Campaign).where(
        col(Campaign.state).in_([CampaignState.RUNNING, CampaignState.PAUSED]),
        col(Campaign.ends_on) < now.astimezone(VIETNAM).date(),
    )
    ended = list(session.execute(over).scalars())
    for campaign in ended:
        _move(session, campaign, (CampaignState.RUNNING, CampaignState.PAUSED), CampaignState.FINISHED, "máy", now)
        ledger.close_waiting(session, campaign.id or 0, "window_over", now)
    return len(ended)


def plan_due_steps(session: Session, home: Home, now: datetime) -> int:
    """Write later steps' rows for those whose time has come. Returns how many rows were added."""
    running = select(Campaign).where(col(Campaign.state) == CampaignState.RUNNING)
    added = 0
    for campaign in list(session.execute(running).scalars()):
        for step in range(2, len(campaign.steps) + 1):
            added += plan(session, campaign, moment_for(session, home, campaign, now, step))
    return added


def _move(
    session: Session, campaign: Campaign, old: Sequence[CampaignState], new: CampaignState, by: str, now: datetime
) -> None:
    values: dict[str, Any] = {"state": new}
    if new in (CampaignState.FINISHED, CampaignState.CANCELLED):
        values["ended_at"] = now
    done = session.execute(
        update(Campaign).where(col(Campaign.id) == campaign.id, col(Campaign.state).in_(old)).values(**values)
    )
    if done.rowcount != 1:  # type: ignore[attr-defined]
        state = session.execute(select(col(Campaign.state)).where(col(Campaign.id) == campaign.id)).scalar_one()
        raise BadInput(
            f"Đợt “{campaign.name}” đang ở trạng thái “{STATE_WORDS[state]}”, không {ACTION_WORDS[new]} được."
        )
    if campaign in session:
        session.refresh(campaign)
    audit.note(session, by, f"campaign_{new}", str(campaign.id), now)


def unknown_rows(session: Session, campaign: Campaign) -> list[Delivery]:
    """The messages of which nobody knows whether they arrived, oldest first."""
    mine = select(Delivery).where(col(Delivery.campaign) == campaign.id, col(Delivery.state) == DeliveryState.UNKNOWN)
    return list(session.execute(mine.order_by(col(Delivery.changed_at), col(Delivery.id))).scalars())


def settle(session: Session, campaign: Campaign, person: int, arrived: bool, by: str, now: datetime) -> None:
    """An officer asked: the person's unknown message arrived, or it goes out again. BadInput where none is."""
    rows = [row for row in unknown_rows(session, campaign) if row.person == person]
    if not rows:
        raise BadInput("Người này không có tin nào chưa rõ đã tới hay chưa trong đợt này.")
    for row in rows:
        ledger.settle_by_hand(session, row.id or 0, arrived, now)
    audit.note(session, by, "unknown_settled", str(campaign.id), now, arrived=arrived)


STATE_WORDS = {
    "draft": "còn là bản nháp",
    "approved": "đã duyệt",
    "running": "đang chạy",
    "paused": "tạm dừng",
    "finished": "đã xong",
    "cancelled": "đã hủy",
}
ACTION_WORDS = {
    CampaignState.APPROVED: "duyệt",
    CampaignState.RUNNING: "cho chạy",
    CampaignState.PAUSED: "tạm dừng",
    CampaignState.FINISHED: "kết thúc",
    CampaignState.CANCELLED: "hủy",
}


def status(session: Session, campaign: Campaign) -> dict[str, Any]:
    """Design §6's shape: counts of people by step 1, what it cost, and the later steps beside."""
    campaign = session.get_one(Campaign, campaign.id)  # as it stands now
    total = ledger.counts(session, campaign.id or 0)
    return {
        "name": campaign.name,
        "state": campaign.state,
        "segment": campaign.segment,
        **total.__dict__,
        "cost_vnd": ledger.spent(session, campaign.id or 0),
        "steps": [
            {"step": n, "message": step["message"], **ledger.counts(session, campaign.id or 0, n).__dict__}
            for n, step in enumerate(campaign.steps, 1)
        ],
    }


def why(session: Session, campaign: Campaign, person: Person) -> str:
    """One sentence for each step: what this person got, or why nothing."""
    rows = session.execute(
        select(Delivery)
        .where(col(Delivery.campaign) == campaign.id, col(Delivery.person) == person.id)
        .order_by(col(Delivery.step))
    ).scalars()
    lines = [f"Bước {row.step}: {explain(row)}" for row in rows]
    if not lines:
        label = segment_named(campaign.segment).label
        when = "khi phát động" if campaign.launched_at else "lúc này (đợt chưa phát động)"
        return f"Không thuộc nhóm cần giúp của đợt {when}: {label[:1].lower()}{label[1:]}."
    return "\n".join(lines)


def explain(row: Delivery) -> str:
    """What one step came to, in words that go on after a colon."""
    when = row.changed_at.astimezone(VIETNAM).strftime("%H:%M %d/%m/%Y")
    if row.state == DeliveryState.ACCEPTED:
        return f"đã gửi qua {CHANNEL_WORDS[row.channel]} lúc {when}."
    sentence = REASONS.get(row.reason, REASONS[""])
    if row.state == DeliveryState.HELD and row.due_at is not None:
        sentence += f" Hỏi lại lúc {row.due_at.astimezone(VIETNAM).strftime('%H:%M %d/%m/%Y')}."
    return sentence[0].lower() + sentence[1:]


CHANNEL_WORDS = {
    "zalo": "Zalo",
    "telegram": "Telegram",
    "zbs": "tin Zalo theo số điện thoại",
    "visit": "đến nhà",
    "": "chưa chọn kênh",
}
