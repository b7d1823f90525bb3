"""Troubles that are seen only by looking at many rows: looked at every ten minutes, told once like the others.

path      a campaign that brings less than half of what its target needs by now
step      a step of a guide where many people of one commune stand and do not go on
template  Zalo refuses the template itself
quota     nine tenths of today's templates are used
budget    nine tenths of a campaign's money are spent
scam      several people of one hamlet report a scam within a day: the loudspeaker should carry a warning today
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from bot.staff.causes import EVERYBODY, Cause
from bot.tables import Conversation, StaffAlarm, Ticket
from campaigns.engine.tallies import spent
from campaigns.segments import GOALS
from campaigns.states import AttemptResult, CampaignState
from campaigns.tables import Attempt, Campaign, Delivery
from channels.errors import body_of
from channels.outcome import Outcome
from channels.tables import Lane
from channels.transport import Reply
from content.library import library
from register.home import VIETNAM
from register.tables import Fact, Person, PersonContact, Standing

EVERY_MINUTES = 10
EARLY, BEHIND = 0.25, 0.5  # of the window: before it nothing is said; of the straight path: less than this is trouble
STOOD, LOOKED_BACK = timedelta(hours=2), timedelta(days=3)  # without a word; talks of so long
MANY_STAND, SHARE_STANDS = 10, 0.4  # people at one step; of those who were in this guide
NEARLY = 0.9
TEMPLATE_CODES = ("-109", "-117", "-131")  # invalid, no permission for it, not approved (facts/channels §4.7)
WAVE, WAVE_HOURS = 3, 24  # chats of one hamlet; two may be one family
ENDS = {
    "path": "Đợt số {0} đã theo kịp tiến độ.",
    "step": "Không còn nhiều người dừng ở cùng một bước hướng dẫn.",
    "template": "Zalo đã nhận lại mẫu tin.",
    "quota": "Hạn mức tin mẫu Zalo đã đủ dùng.",
    "budget": "Ngân sách của đợt số {0} đã đủ dùng.",
    "scam": "Không còn nhiều tin báo lừa đảo mới ở cùng một khu dân cư.",
}


@dataclass(frozen=True)
class Quota:
    """Templates that Zalo lets go today, and how many are left."""

    daily: int
    left: int


def quota_of(reply: Reply | Outcome) -> Quota | None:
    """What Zalo answered to "how many may still go today"; None when it did not say."""
    said = body_of(reply).get("data") or {}
    try:
        return Quota(int(said["dailyQuota"]), int(said["remainingQuota"]))
    except (KeyError, TypeError, ValueError):
        return None


def is_time(now: datetime) -> bool:
    """Whether this minute is one of those at which is looked."""
    return now.minute % EVERY_MINUTES == 0


def causes(session: Session, now: datetime, quota: Quota | None) -> Iterator[Cause]:
    """All troubles of this kind as they stand."""
    for campaign in session.exec(select(Campaign).where(Campaign.state == CampaignState.RUNNING)).all():
        yield from _path(session, campaign, now)
        yield from _budget(session, campaign)
    yield from _steps(session, now)
    yield from _templates(session, now)
    yield from _quota(session, quota)
    yield from _scams(session, now)


def _path(session: Session, campaign: Campaign, now: datetime) -> Iterator[Cause]:
    """Who got there since the launch, beside the straight line from there to the lowest target at the window's end."""
    if campaign.launched_at is None or not campaign.targets:
        return
    start = campaign.launched_at.astimezone(VIETNAM).date()
    days = (campaign.ends_on - start).days + 1
    gone = (now.astimezone(VIETNAM).date() - start).days / days if days > 0 else 1.0
    if gone < EARLY:
        return
    yes = GOALS[campaign.goal].yes
    standing = col(getattr(Standing, campaign.goal)) == yes
    people = select(func.count()).select_from(Person).where(Person.commune == campaign.commune)
    people = people.where(col(Person.closed_at).is_(None))
    everybody = session.exec(people).one()
    reached = session.exec(people.join(Standing, col(Standing.person) == Person.id).where(standing)).one()
    said_before = select(Fact.person).where(
        Fact.kind == campaign.goal, Fact.value == yes, col(Fact.at) < campaign.launched_at
    )
    planned = select(func.count()).select_from(Delivery).where(Delivery.campaign == campaign.id, Delivery.step == 1)
    lifted = select(func.count()).select_from(Delivery).join(Standing, col(Standing.person) == col(Delivery.person))
    lifted = lifted.where(Delivery.campaign == campaign.id, Delivery.step == 1, standing)
    gained = session.exec(lifted.where(col(Delivery.person).not_in(said_before))).one()
    target = -(-everybody * min(campaign.targets) // 100)
    needed = min(max(target - reached + gained, 0), session.exec(planned).one())
    if needed and gained < BEHIND * gone * needed:
        text = (
            f"Đợt số {campaign.id} chậm hơn tiến độ: đã {gained} người, lúc này cần khoảng {round(gone * needed)} "
            "người để kịp chỉ tiêu. Hãy xem trang đợt: thêm buổi hỗ trợ hoặc đến nhà."
        )
        yield Cause(f"path:{campaign.id}", text, campaign.commune)


def _budget(session: Session, campaign: Campaign) -> Iterator[Cause]:
    if campaign.budget_vnd and campaign.id and spent(session, campaign.id) >= NEARLY * campaign.budget_vnd:
        text = f"Đợt số {campaign.id} đã dùng hơn chín phần mười ngân sách. Hết tiền thì máy ngừng gửi tin tốn tiền."
        yield Cause(f"budget:{campaign.id}", text, campaign.commune)


def _steps(session: Session, now: datetime) -> Iterator[Cause]:
    """Talks that stopped in the middle of a guide, beside all talks that were in it."""
    state: Any = Conversation.state
    place, still = [state[name].as_string() for name in ("guide", "step")], col(Conversation.updated_at) < now - STOOD
    query = (
        select(col(Person.commune), *place, still, func.count(col(Conversation.contact).distinct()))  # type: ignore[call-overload]
        .join(PersonContact, col(PersonContact.person) == col(Person.id))
        .join(Conversation, col(Conversation.contact) == col(PersonContact.contact))
        .where(col(Conversation.updated_at) > now - LOOKED_BACK, state["at"].as_string() == "guide")
        .group_by(col(Person.commune), *place, still)
    )
    stand: dict[tuple[str, str, str], int] = {}
    in_guide: dict[tuple[str, str], int] = {}
    for commune, guide, step, stands, people in session.execute(query):
        in_guide[commune, guide] = in_guide.get((commune, guide), 0) + people
        if stands:
            stand[commune, guide, step] = people
    for (commune, guide, step), people in stand.items():
        if people >= MANY_STAND and people >= SHARE_STANDS * in_guide[commune, guide]:
            found = library().guides.get(guide)
            title = f" “{found.title}”" if found else ""
            text = (
                f"Nhiều người dừng ở một bước: {people} người đứng ở bước {int(step) + 1} của hướng dẫn{title} đã hơn "
                "hai giờ. VNeID có thể đã đổi hoặc đang trục trặc: hãy làm thử bước này trên điện thoại."
            )
            yield Cause(f"step:{commune}.{guide}.{step}", text, commune)


def _templates(session: Session, now: datetime) -> Iterator[Cause]:
    """Lanes whose template was refused in the last day, and nothing was accepted after that."""
    lately = select(Attempt.lane, func.max(Attempt.id)).where(col(Attempt.at) > now - timedelta(days=1))
    refused = lately.where(Attempt.result == AttemptResult.FAILED, col(Attempt.error_code).in_(TEMPLATE_CODES))
    taken = dict(session.exec(lately.where(Attempt.result == AttemptResult.ACCEPTED).group_by(col(Attempt.lane))).all())
    for lane, last in session.exec(refused.group_by(col(Attempt.lane))):
        if (last or 0) > (taken.get(lane) or 0):
            text = "Zalo không nhận mẫu tin: mẫu chưa được duyệt, bị từ chối hoặc sai mã. Hãy mở trang Kênh nhắn tin."
            yield Cause(f"template:{lane}", text)


def _quota(session: Session, quota: Quota | None) -> Iterator[Cause]:
    if quota is None:  # Zalo did not say this time: what was told stands
        told = session.exec(select(StaffAlarm).where(col(StaffAlarm.cause).startswith("quota:"))).all()
        yield from (Cause(alarm.cause, alarm.text) for alarm in told)
    elif quota.daily and quota.daily - quota.left >= NEARLY * quota.daily:
        lane = session.exec(select(Lane.name).where(Lane.channel == "zbs").limit(1)).first() or "zbs:main"
        text = f"Tin mẫu Zalo hôm nay sắp hết hạn mức: còn {quota.left}/{quota.daily} tin. Phần còn lại để ngày mai."
        yield Cause(f"quota:{lane}", text)


def _scams(session: Session, now: datetime) -> Iterator[Cause]:
    chats = func.count(col(Ticket.contact).distinct())
    query = (
        select(Person.commune, Person.hamlet, chats)
        .join(PersonContact, col(PersonContact.person) == col(Person.id))
        .join(Ticket, col(Ticket.contact) == col(PersonContact.contact))
        .where(Ticket.kind == "scam", col(Ticket.opened_at) > now - timedelta(hours=WAVE_HOURS))
        .where(col(Person.hamlet).is_not(None))
        .group_by(col(Person.commune), col(Person.hamlet))
        .having(chats >= WAVE)
    )
    for commune, hamlet, people in session.exec(query):
        text = (
            f"{people} người ở cùng một khu dân cư báo tin nghi lừa đảo trong 24 giờ qua. Nên phát loa cảnh báo ngay "
            "hôm nay: mở trang Hôm nay để biết nơi nào."
        )
        yield Cause(f"scam:{hamlet}", text, commune, EVERYBODY | {"radio"})
