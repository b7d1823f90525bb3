"""Making a campaign in five short steps; its draft lies in the database between them.

    1 nhóm cần giúp → 2 nội dung → 3 kênh và thời gian → 4 chạy thử → 5 duyệt

Going back loses nothing, and another officer of the commune may go on. Whatever is changed after the trial
wants a new trial; whatever is changed after it was handed in or approved takes that back: a second person
approves exactly what is sent. While it runs, only the reminders that nobody is planned for yet may be changed
(``change_reminders``): their texts are of the same checked library, and the audit log says who did it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import orjson
from sqlalchemy import func, select, update
from sqlmodel import Session, col

from campaigns import campaigns
from campaigns.conditions import Condition, to_json
from campaigns.engine.decide import CHANNELS
from campaigns.segments import segment_named
from campaigns.states import CampaignState
from campaigns.steps import ONLY, checked
from campaigns.tables import Campaign, Delivery
from content.guard import guard
from register import audit
from register.errors import BadInput
from register.home import VIETNAM
from register.units import hamlets_of

WHO, WHAT, HOW, TRIAL, APPROVAL = 1, 2, 3, 4, 5  # the five steps
MOST_REMINDERS = 2
REMIND_AFTER_DAYS = (2, 14)  # the least and the most between two messages; under two days nobody has had time
NOTE_LENGTH = 500
ENOUGH_HAMLETS = 8  # four on each side; with fewer an order drawn by lot tells too little to be worth waiting
MOST_TARGETS = 3
OPEN = (CampaignState.DRAFT, CampaignState.APPROVED)  # may still be changed
# what is approved
CONTENT = ("name", "segment", "narrowed", "goal", "channels", "steps", "starts_on", "ends_on", "budget_vnd", "targets",
           "spread_days", "holdout_percent", "holdout_document")  # fmt: skip
audit.declare("campaign_changed", "step")
audit.declare("campaign_submitted")
audit.declare("campaign_returned")


def start(
    session: Session, commune: str, name: str, segment: str, channels: Sequence[str], first: date, last: date,
    by: str, now: datetime, narrowed: Sequence[Condition] = (),
) -> Campaign:  # fmt: skip
    """Step 1 of a new campaign: a draft with usual values for the steps to come."""
    named(session, commune, name)
    made = campaigns.new_campaign(session, commune, name, segment, channels, first, last, by, now, narrowed=narrowed)
    made.drafted, made.submitted_at, made.submitted_by = WHO, None, ""
    made.spread_days = usual_spread(session, commune, first, last)
    session.add(made)
    session.flush()
    return made


def change(session: Session, campaign: Campaign, step: int, by: str, now: datetime, **values: Any) -> None:
    """Settle a step. What differs from before takes trial, submission and approval back. BadInput once launched."""
    fresh = {name: value for name, value in values.items() if getattr(campaign, name) != value}
    moved: dict[str, Any] = {"drafted": max(step, min(campaign.drafted, HOW)) if fresh else max(step, campaign.drafted)}
    if fresh:
        taken_back = {"approver": None, "approved_at": None, "submitted_at": None, "submitted_by": ""}
        moved |= fresh | taken_back | {"state": CampaignState.DRAFT}
    _still_open(session, campaign, moved)
    if fresh:
        audit.note(session, by, "campaign_changed", str(campaign.id), now, step=step)


def steps_begun(session: Session, campaign: Campaign) -> int:
    """Up to which message somebody has a row in the ledger: those stay as they are."""
    mine = select(func.max(col(Delivery.step))).where(col(Delivery.campaign) == campaign.id)
    return session.execute(mine).scalar() or 1


def change_reminders(session: Session, number: int, later: Sequence[dict[str, Any]], by: str, now: datetime) -> None:
    """Replace the reminders of a campaign that runs or is paused, from the next one that nobody is planned for yet.

    ``later``: those that follow the begun ones, as ``reminders`` makes them. At once and for everybody: whoever is due
    for such a step is planned by the new one. BadInput where the campaign is over, or there would be too many.
    """
    campaign = session.get_one(Campaign, number, populate_existing=True, with_for_update=True)
    if campaign.state not in campaigns.IN_USE:
        raise BadInput("Chỉ đợt đang chạy hoặc tạm dừng mới đổi được các lần nhắc còn lại.")
    begun = steps_begun(session, campaign)
    steps = [*campaign.steps[:begun], *later]
    if len(steps) > 1 + MOST_REMINDERS:
        raise BadInput(f"Một đợt nhắc nhiều nhất {MOST_REMINDERS} lần. Hãy bớt một lần nhắc.")
    if steps != campaign.steps:
        campaign.steps = checked(steps)
        # what was approved stays as it was
        campaign.texts = campaigns.kept_words(session, campaign.commune, later) | campaign.texts
        session.add(campaign)
        audit.note(session, by, "campaign_changed", str(number), now, step=WHAT)


def submit(session: Session, campaign: Campaign, note: str, by: str, now: datetime) -> None:
    """Hand the draft in for approval, with a few words to whoever approves. BadInput while a step is missing."""
    if campaign.drafted < TRIAL:
        raise BadInput("Còn bước chưa xong. Hãy làm lần lượt đến bước chạy thử, rồi trình duyệt.")
    if campaign.ends_on < now.astimezone(VIETNAM).date():
        raise BadInput("Ngày kết thúc đã qua. Hãy quay lại bước 3 và chọn ngày khác.")
    if campaign.state != CampaignState.DRAFT:
        raise BadInput("Đợt này đã được duyệt, không cần trình nữa.")
    values = {"drafted": APPROVAL, "submitted_at": now, "submitted_by": by, "note": written(note), "note_by": by}
    _still_open(session, campaign, values)
    audit.note(session, by, "campaign_submitted", str(campaign.id), now)


def approve(session: Session, campaign: Campaign, mark: str, by: str, now: datetime) -> None:
    """Approve exactly what was seen (``mark``: its ``version``), as a second person."""
    if mark != version(campaign):
        raise BadInput("Đợt này vừa được sửa sau khi bạn mở xem. Hãy mở lại, xem kỹ rồi duyệt.")
    campaigns.approve(session, campaign, by, now)


def give_back(session: Session, campaign: Campaign, note: str, by: str, now: datetime) -> None:
    """Return what was handed in (or approved), and say what to change."""
    if not written(note):
        raise BadInput("Hãy ghi vài lời: cần sửa điều gì.")
    values = {
        "state": CampaignState.DRAFT, "approver": None, "approved_at": None, "submitted_at": None, "submitted_by": "",
        "note": written(note), "note_by": by,
    }  # fmt: skip
    _still_open(session, campaign, values)
    audit.note(session, by, "campaign_returned", str(campaign.id), now)


def version(campaign: Campaign) -> str:
    """A short mark of what would be approved: it differs when anything in it does."""
    content = orjson.dumps({name: getattr(campaign, name) for name in CONTENT}, option=orjson.OPT_SORT_KEYS)
    return hashlib.blake2b(content, digest_size=8).hexdigest()


def written(note: str) -> str:
    """The note as it is kept: one text of bounded length, without what looks like a secret or an id."""
    return guard(" ".join(note.split())[:NOTE_LENGTH]).text


def _still_open(session: Session, campaign: Campaign, values: dict[str, Any]) -> None:
    done = session.execute(
        update(Campaign).where(col(Campaign.id) == campaign.id, col(Campaign.state).in_(OPEN)).values(**values)
    )
    if done.rowcount != 1:  # type: ignore[attr-defined]
        raise BadInput("Đợt này đã phát động hoặc đã kết thúc, nên không sửa được nữa.")
    session.refresh(campaign)


# --- What each field may be: BadInput with one sentence ----------------------------------------------


def named(session: Session, commune: str, name: str, but: int | None = None) -> str:
    """The campaign's name: not empty, not another campaign's (``but``: its own id)."""
    name = " ".join(name.split())
    if not name:
        raise BadInput("Hãy đặt tên đợt, ví dụ: Đợt tháng 12.")
    if len(name) > 80:
        raise BadInput("Tên đợt dài quá 80 chữ. Hãy đặt ngắn hơn.")
    same = select(col(Campaign.id)).where(col(Campaign.commune) == commune, col(Campaign.name) == name)
    if any(number != but for number in session.execute(same).scalars()):
        raise BadInput(f"Đã có đợt tên “{name}”. Hãy đặt tên khác.")
    return name


def grouped(segment: str) -> str:
    """The segment's name."""
    if not segment:
        raise BadInput("Hãy chọn một nhóm cần giúp.")
    return segment_named(segment).name


def group_values(campaign: Campaign, segment: str, narrowed: Sequence[Condition]) -> dict[str, Any]:
    """The columns that another group changes: where it has another goal, its messages too."""
    goal = segment_named(segment).goal
    values = {"segment": segment, "narrowed": to_json(narrowed), "goal": goal}
    return values if goal == campaign.goal else values | {"steps": campaigns.usual_steps(goal)}


def targeted(text: str) -> list[int]:
    """Chỉ tiêu, as people write it: "60, 100" percent of the commune's people."""
    found = [part.strip().removesuffix("%").strip() for part in text.replace(";", ",").split(",") if part.strip()]
    if len(found) > MOST_TARGETS or not all(part.isascii() and part.isdigit() for part in found):
        raise BadInput("Chỉ tiêu: hãy ghi nhiều nhất ba số phần trăm, ví dụ 60, 100.")
    targets = sorted({int(part) for part in found})
    if not all(1 <= target <= 100 for target in targets):
        raise BadInput("Chỉ tiêu phải từ 1 đến 100 %.")
    return targets


def ordered(channels: Sequence[str]) -> list[str]:
    """The channels in the order of trying. A visit is the last resort: nothing comes after it."""
    chosen = list(dict.fromkeys(channel for channel in channels if channel))
    if not chosen or any(channel not in CHANNELS for channel in chosen):
        raise BadInput("Hãy chọn ít nhất một cách đến với người dân.")
    if "visit" in chosen[:-1]:
        raise BadInput("“Đến nhà” phải đứng cuối: ai chưa có cách nào khác thì đến tận nhà.")
    return chosen


def window(first: date, last: date, now: datetime) -> tuple[date, date]:
    """First and last day of the campaign."""
    if last < first:
        raise BadInput("Ngày kết thúc phải sau ngày bắt đầu.")
    if last < now.astimezone(VIETNAM).date():
        raise BadInput("Ngày kết thúc đã qua. Hãy chọn ngày khác.")
    return first, last


def usual_spread(session: Session, commune: str, first: date, last: date) -> int:
    """Over how many days hamlets begin one after another: a third of the window where there are enough to compare."""
    return (last - first).days // 3 if len(hamlets_of(session, commune)) >= ENOUGH_HAMLETS else 0


def spread(text: str, first: date, last: date) -> int:
    """Over how many days hamlets begin; empty: all at once. The last one, too, is served inside the window."""
    days = text.strip() or "0"
    if not (days.isascii() and days.isdigit()) or int(days) > (last - first).days // 2:
        raise BadInput(f"Số ngày bắt đầu lần lượt phải từ 0 đến {(last - first).days // 2}: khu cuối cũng cần đủ ngày.")
    return int(days)


def reminders(chosen: Sequence[tuple[str, int, str]]) -> list[dict[str, Any]]:
    """Later steps: (message, days after the one before, whom it concerns: a key of steps.ONLY)."""
    least, most = REMIND_AFTER_DAYS
    if any(not least <= days <= most for _, days, _ in chosen):
        raise BadInput(f"Hãy nhắc lại sau {least} đến {most} ngày.")
    if any(only not in ONLY for _, _, only in chosen):
        raise BadInput("Hãy chọn nhắc ai trong danh sách.")
    return [
        {"message": message, "after_days": days} | ({"only": only} if only else {})
        for message, days, only in chosen[:MOST_REMINDERS]
    ]
