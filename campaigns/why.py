"""Vì sao: for any person and campaign one sentence a step: what they got, or why nothing."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, col, select

from campaigns.campaigns import CHANNEL_WORDS
from campaigns.conditions import Condition, names_for, someone
from campaigns.reasons import REASONS
from campaigns.segments import conditions_of, segment_named
from campaigns.states import CampaignState, DeliveryState
from campaigns.steps import ONLY, PASSED_OVER, due_after
from campaigns.tables import Campaign, Delivery
from register.home import VIETNAM
from register.tables import Person
from register.units import hamlets_of


def why(session: Session, campaign: Campaign, person: Person, now: datetime) -> str:
    """One sentence for each step: what this person got, or why nothing (yet)."""
    campaign = session.get_one(Campaign, campaign.id)
    query = select(Delivery).where(Delivery.campaign == campaign.id, Delivery.person == person.id)
    rows = {row.step: row for row in session.exec(query.order_by(col(Delivery.step)))}
    if 1 not in rows:
        return _no_row(session, campaign, person, now)
    said = []
    for step in range(1, max(len(campaign.steps), *rows) + 1):
        row, before = rows.get(step), rows.get(step - 1)
        said.append(f"Bước {step}: {explain(row) if row else _not_yet(campaign, step, before)}")
    return "\n".join(said)


def explain(row: Delivery) -> str:
    """What one step came to, in words that go on after a colon."""
    when = _clock(row.changed_at)
    if row.state == DeliveryState.ACCEPTED:
        return f"đã gửi qua {CHANNEL_WORDS[row.channel]} lúc {when}."
    if row.state == DeliveryState.SENDING:
        return f"đang gửi qua {CHANNEL_WORDS[row.channel]}."
    sentence = REASONS.get(row.reason, REASONS[""])
    if row.state == DeliveryState.HELD and row.due_at is not None:
        sentence += f" Hỏi lại lúc {_clock(row.due_at)}."
    return sentence[0].lower() + sentence[1:]


def _not_yet(campaign: Campaign, step: int, before: Delivery | None) -> str:
    """Why there is no row of a later step."""
    if before is None:
        return "tin trước chưa tới lượt."
    if before.state in (DeliveryState.FAILED, DeliveryState.SKIPPED) and before.reason not in PASSED_OVER:
        return "tin trước không gửi, nên không nhắc."
    if before.state == DeliveryState.UNKNOWN:
        return "chưa rõ tin trước đã tới hay chưa, nên chưa nhắc."
    if campaign.state == CampaignState.CANCELLED:
        return "đợt vận động đã hủy trước khi tới ngày nhắc."
    if campaign.state == CampaignState.FINISHED:
        return "đợt vận động đã kết thúc trước khi tới ngày nhắc."
    if before.state != DeliveryState.ACCEPTED and before.reason not in PASSED_OVER:
        return "tin trước chưa gửi xong."
    due = due_after(campaign, step, before.changed_at)
    if due is None:
        return "ngày nhắc rơi sau ngày cuối của đợt, nên không nhắc."
    only = campaign.steps[step - 1].get("only", "")
    whom = f"; chỉ nhắc {ONLY[only]}" if only else ", nếu khi đó chưa làm xong"
    return f"nhắc từ {_clock(due)}{whom}."


def _no_row(session: Session, campaign: Campaign, person: Person, now: datetime) -> str:
    """Why this person is not in the campaign."""
    if person.commune != campaign.commune:
        return "Không thuộc xã, phường của đợt này."
    launched, missing = campaign.launched_at, _missing(session, campaign, person, now)
    if launched is not None and person.created_at > launched:
        return "Vào danh sách sau khi đợt này phát động, nên không thuộc đợt."
    if person.closed_at is not None:
        return REASONS["closed"]
    if launched is None and not missing:
        return f"Thuộc nhóm cần giúp; đợt chưa phát động{' (đã hủy)' if campaign.state == 'cancelled' else ''}."
    if campaign.planned_to is not None and (person.id or 0) > campaign.planned_to:
        return "Đợt này đang được ghi sổ dần; chưa tới lượt người này."
    when = "khi phát động" if launched else "lúc này (đợt chưa phát động)"
    label = segment_named(campaign.segment).label
    sentence = f"Không thuộc nhóm cần giúp của đợt {when}: {label[:1].lower()}{label[1:]}"
    return sentence + (f"; hiện không đúng điều kiện “{missing}”." if missing else ".")


def _missing(session: Session, campaign: Campaign, person: Person, now: datetime) -> str:
    """The first condition of the campaign that does not hold of the person; "" when all do."""
    conditions: tuple[Condition, ...] = conditions_of(campaign)
    them = someone(session, person)
    broken = next((condition for condition in conditions if not condition.applies(them, now)), None)
    if broken is None:
        return ""
    hamlets = {unit.code: unit.name for unit in hamlets_of(session, campaign.commune)}
    return broken.words(names_for(session, [broken], hamlets))


def _clock(at: datetime) -> str:
    return at.astimezone(VIETNAM).strftime("%H:%M %d/%m/%Y")
