"""Campaigns (đợt vận động): make, approve, launch, pause, resume, cancel, status. See rehearsal and why beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import func, or_, select, true, update
from sqlmodel import Session, col

from campaigns.conditions import Condition, to_json
from campaigns.engine import healing, ledger, tallies
from campaigns.engine.decide import CHANNELS, COLD_AIRINGS, Moment, opens_at, wave_at
from campaigns.engine.plan import plan, plan_part, plan_query, who_for_step
from campaigns.engine.turns import turns_of
from campaigns.field import seats
from campaigns.field.seats import Seating
from campaigns.hours import HOURS, within
from campaigns.segments import GOALS, segment_named
from campaigns.states import CampaignState, DeliveryState
from campaigns.steps import checked, texts_of
from campaigns.tables import Announcement, Campaign, Delivery, Visit
from campaigns.targets import targets
from channels import lanes
from content.edits import pinned, wording_of
from register import audit, workdays
from register.asking import handed_over
from register.errors import BadInput, NotAllowed
from register.home import VIETNAM, Home
from register.tables import Standing, Unit, UnitSetting

audit.declare("campaign_made", "segment")
audit.declare("unknown_settled", "arrived")
for _state in CampaignState:
    audit.declare(f"campaign_{_state}")

IN_USE = (CampaignState.RUNNING, CampaignState.PAUSED)


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
    steps: Sequence[dict[str, Any]] | None = None,
    narrowed: Sequence[Condition] = (),
) -> Campaign:
    """Make a draft. Its goal is the group's; without ``steps`` it has the goal's first message and one reminder.

    Raises BadInput for an unknown segment or channel, a window that ends first, a taken name.
    """
    goal = segment_named(segment).goal
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
        narrowed=to_json(narrowed),
        goal=goal,
        channels=list(dict.fromkeys(channels)),
        steps=checked(list(steps)) if steps is not None else usual_steps(goal),
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


def usual_steps(goal: str) -> list[dict[str, Any]]:
    """The first message about a goal, and a reminder."""
    ending = GOALS[goal].ending
    return [{"message": f"first{ending}"}, {"message": f"reminder{ending}", "after_days": 4}]


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


@dataclass(frozen=True)
class Circumstances:
    """What is the same for everybody in a campaign, now and on the days to come."""

    campaign: Campaign
    channels: tuple[str, ...]
    announced: bool
    spent: int
    seating: Seating  # who is invited to which help session
    refusals: bool  # at the doors of this campaign
    hand_overs: bool  # of anybody
    hours: tuple[str, str]
    turns: dict[str, datetime]  # when each hamlet begins; {}: all at once

    def at(self, now: datetime, step: int = 1, spent: int | None = None) -> Moment:
        """A moment of it. ``spent``: đồng by then."""
        campaign, spent = self.campaign, self.spent if spent is None else spent
        return Moment(
            now=now,
            starts_at=_midnight(campaign.starts_on),
            ends_at=_midnight(campaign.ends_on + timedelta(days=1)),
            opens_at=opens_at(now, *self.hours),
            channels=self.channels,
            announced=self.announced,
            budget_left=campaign.budget_vnd is None or spent < campaign.budget_vnd,
            step=step,
            only=campaign.steps[step - 1].get("only", "") if len(campaign.steps) >= step else "",
            seats=seats.still_to_come(self.seating, now),
            turns=self.turns,
            holdout=campaign.holdout_percent,
            refusals=self.refusals,
            hand_overs=self.hand_overs,
        )


def _refusals(campaign: Campaign) -> Any:
    mine = select(col(Visit.id)).where(col(Visit.campaign) == campaign.id)
    return mine.where(col(Visit.outcome) == "refused")


def circumstances(session: Session, home: Home, campaign: Campaign, now: datetime, step: int = 1) -> Circumstances:
    """Read what ``moment_for`` needs, once."""
    announced, own_hours = _of_the_commune(session, campaign.commune)
    hours = within(own_hours, home.settings)
    workdays.freshen(home.path)
    usable = {"visit", *enabled_channels(home)} - lanes.switched_off(session)
    if campaign.goal != "asxh_account":
        usable.discard("zbs")  # the template that Zalo approved speaks of the ASXH account only
    there = Circumstances(
        campaign,
        tuple(c for c in campaign.channels if c in usable),
        announced,
        0 if campaign.budget_vnd is None else tallies.spent(session, campaign.id or 0),
        {},
        session.execute(_refusals(campaign).limit(1)).first() is not None,
        session.execute(handed_over(now).limit(1)).first() is not None,
        hours,
        turns_of(session, campaign) if campaign.spread_days else {},
    )

    def waiting() -> Any:
        if step > 1 or (campaign.launched_at is not None and campaign.planned_to is None):
            return seats.in_the_ledger(campaign.id or 0, step)
        moment = there.at(now)
        rows = plan_query(campaign, moment, who_for_step(campaign, moment)).subquery()
        return select(rows.c.person).where(rows.c.state != DeliveryState.SKIPPED)

    seated = seats.seating(session, campaign, step, now, lambda begins: opens_at(wave_at(begins), *hours), waiting)
    return replace(there, seating=seated)


def moment_for(session: Session, home: Home, campaign: Campaign, now: datetime, step: int = 1) -> Moment:
    """What is the same for everybody in this campaign now."""
    return circumstances(session, home, campaign, now, step).at(now, step)


def enabled_channels(home: Home) -> set[str]:
    """Channels that are set up. Every channel is off until its settings are there."""
    settings, on = home.settings, set()
    if settings.zalo_app_id and settings.zalo_app_secret.get_secret_value():
        on |= {"zalo"} | ({"zbs"} if settings.zalo_template_id_unnamed else set())
    if settings.telegram_token.get_secret_value():
        on.add("telegram")
    return on


def is_announced(session: Session, commune: str) -> bool:
    """Whether the signed notice is posted, was aired often enough and every hamlet's head was told: see notice."""
    return _of_the_commune(session, commune)[0]


def _of_the_commune(session: Session, commune: str) -> tuple[bool, str]:
    """(announced, its own hours), in one statement."""
    hamlets = select(func.count()).where(col(Unit.parent) == commune, col(Unit.kind) == "hamlet").scalar_subquery()
    query = select(col(Announcement.id)).where(
        col(Announcement.commune) == commune,
        col(Announcement.posted_on).is_not(None),
        col(Announcement.aired) >= COLD_AIRINGS,
        col(Announcement.hamlets_told) >= hamlets,
    )
    own_hours = select(col(UnitSetting.value)).where(col(UnitSetting.unit) == commune, col(UnitSetting.key) == HOURS)
    announced, hours = session.execute(select(query.exists(), own_hours.scalar_subquery())).one()
    return bool(announced), hours or ""


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(0), VIETNAM).astimezone(UTC)


def approve(session: Session, campaign: Campaign, by: str, now: datetime) -> None:
    """draft → approved, by a second person. BadInput while it is not handed in."""
    if by in (campaign.author, campaign.submitted_by):
        raise NotAllowed("Người lập đợt hoặc người trình không tự duyệt được; cần một người khác duyệt.")
    if campaign.submitted_at is None:
        raise BadInput("Đợt này chưa được trình duyệt. Người lập cần làm đủ các bước rồi bấm “Trình duyệt”.")
    _move(session, campaign, (CampaignState.DRAFT,), CampaignState.APPROVED, by, now)
    values = {"approver": by, "approved_at": now, "texts": kept_words(session, campaign.commune, campaign.steps)}
    session.execute(update(Campaign).where(col(Campaign.id) == campaign.id).values(**values))


def kept_words(session: Session, commune: str, steps: Sequence[dict[str, Any]]) -> dict[str, list[str]]:
    """The words of all texts of these steps as they stand now, for the campaign to keep."""
    names = {name for step in steps for name in (*texts_of(step), *step.get("by_channel", {}).values())}
    return pinned(wording_of(session, commune), sorted(names))


def launch(session: Session, home: Home, campaign: Campaign, by: str, now: datetime) -> int:
    """approved → running: freezes the members and writes everybody's row of step 1. Returns how many.

    Of a very large group the first part only: ``plan_rest`` goes on, part by part.
    """
    _move(session, campaign, (CampaignState.APPROVED,), CampaignState.RUNNING, by, now)
    began = {"launched_at": now, "planned_to": 0}
    session.execute(update(Campaign).where(col(Campaign.id) == campaign.id).values(**began))
    session.flush()
    campaign = session.get_one(Campaign, campaign.id, populate_existing=True)
    return plan_part(session, campaign, moment_for(session, home, campaign, now))


def plan_one_part(session: Session, home: Home, now: datetime) -> int | None:
    """The next part of a launch that is not whole yet. Returns how many rows; None: every launch is whole."""
    half = (
        select(Campaign)
        .where(col(Campaign.planned_to).is_not(None))
        .order_by(col(Campaign.id))
        .limit(1)
        .with_for_update()
    )
    campaign = session.execute(half.limit(1).with_for_update()).scalar()
    if campaign is None:
        return None
    cut = healing.launched_long_ago(campaign, now)
    added = plan_part(session, campaign, moment_for(session, home, campaign, now))
    if cut:
        healing.note_healed(session, "planned_on", {campaign.id or 0: added}, now)
    return added


def plan_rest(home: Home) -> int:
    """What launches have left to plan, one short write after the other. Returns how many rows."""
    added = 0
    while (part := home.db.write(lambda session: plan_one_part(session, home, home.now()))) is not None:
        added += part
    return added


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
        col(Campaign.state).in_(IN_USE),
        col(Campaign.ends_on) < now.astimezone(VIETNAM).date(),
    )
    ended = list(session.execute(over.with_for_update(key_share=True)).scalars())  # not who is being cancelled
    for campaign in ended:
        _move(session, campaign, IN_USE, CampaignState.FINISHED, "máy", now)
        ledger.close_waiting(session, campaign.id or 0, "window_over", now)
    return len(ended)


def plan_due_steps(session: Session, home: Home, now: datetime) -> int:
    """Write later steps' rows for those whose time has come. Returns how many rows were added."""
    running = select(Campaign).where(col(Campaign.state) == CampaignState.RUNNING)
    added = 0
    for campaign in list(session.execute(running).scalars()):
        there = circumstances(session, home, campaign, now)
        for step in range(2, len(campaign.steps) + 1):
            # places are shared out at the claim, among all who are planned now
            moment, steps = replace(there.at(now, step), seats={}), campaign.steps
            with session.begin_nested() as point:
                rows = plan(session, campaign, moment)
                # from the first row on nobody changes the reminders (drafts.change_reminders); before it somebody may
                if rows and session.execute(_steps_of(campaign)).scalar_one() != steps:
                    point.rollback()
                    rows = 0
            added += rows
    return added


def _steps_of(campaign: Campaign) -> Any:
    return select(col(Campaign.steps)).where(col(Campaign.id) == campaign.id)


def _move(
    session: Session, campaign: Campaign, old: Sequence[CampaignState], new: CampaignState, by: str, now: datetime
) -> None:
    values: dict[str, Any] = {"state": new}
    if new in (CampaignState.FINISHED, CampaignState.CANCELLED):
        values |= {"ended_at": now, "planned_to": None}
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
        healing.settle_by_hand(session, row.id or 0, arrived, now)
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


def _may_still(session: Session, campaign: Campaign) -> int:
    """People whom the campaign may still lift: who gets a message or a visit, and has not the goal by now."""
    reached = col(getattr(Standing, campaign.goal)) == GOALS[campaign.goal].yes
    mine = select(func.count()).select_from(Delivery).outerjoin(Standing, col(Standing.person) == col(Delivery.person))
    mine = mine.where(col(Delivery.campaign) == campaign.id, col(Delivery.step) == 1, func.coalesce(~reached, true()))
    asked = or_(col(Delivery.state) != DeliveryState.SKIPPED, col(Delivery.reason) == "visit")
    return int(session.execute(mine.where(asked)).scalar_one())


def status(session: Session, campaign: Campaign) -> dict[str, Any]:
    """Design §6's shape: counts of people by step 1, what it cost, and the later steps beside."""
    campaign = session.get_one(Campaign, campaign.id)  # as it stands now
    total = tallies.counts(session, campaign.id or 0)
    return {
        "name": campaign.name,
        "state": campaign.state,
        "segment": campaign.segment,
        **total.__dict__,
        "cost_vnd": tallies.spent(session, campaign.id or 0),
        "healed": healing.healed_of(session, campaign.id or 0),
        "planning": campaign.planned_to is not None,
        "targets": targets(session, campaign, _may_still(session, campaign)),
        "steps": [
            {"step": n, "message": step["message"], **tallies.counts(session, campaign.id or 0, n).__dict__}
            for n, step in enumerate(campaign.steps, 1)
        ],
    }


CHANNEL_WORDS = {
    "zalo": "Zalo",
    "telegram": "Telegram",
    "zbs": "tin Zalo theo số điện thoại",
    "visit": "đến nhà",
    "": "chưa chọn kênh",
}
