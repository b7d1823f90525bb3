"""What staff are told by itself on Telegram: once for each cause, and again when it is over.

    done = await tell(home)                    # the scheduler's job, every minute

    ticket    waits longer than the citizen was told (bot.waiting.promised_by), and nobody took it
    campaign  was handed in and waits for a second person
    lane      trouble that a person has to mend: configuration, billing, Zalo's token
    unknown   many messages of a campaign of which nobody knows whether they arrived
    still     a campaign that should go on by itself and does not
    failing   a channel that refuses much of what it is given
    silent    a channel that does not answer
    clock     the machine's clock was put back
    disk      the home's disk is nearly full
    path, step, template, quota, budget, scam: bot/staff/watching.py, looked at every ten minutes

Numbers and kinds only: a citizen's name, words or phone stand in the console. Who is told is written down before the
message leaves, so that a process that dies between the two never tells anybody twice; where it is certain that
nothing left, the next round tells it.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import case, func
from sqlmodel import Session, col, select

from bot import tickets
from bot.staff import watching
from bot.staff.access import SEALED_AS, communes_of
from bot.staff.causes import Cause
from bot.staff.watching import Quota
from bot.tables import StaffAlarm, StaffChat, Ticket
from bot.waiting import promised_by
from campaigns.engine.healing import stands_still
from campaigns.states import AttemptResult, CampaignState, DeliveryState
from campaigns.tables import Attempt, Campaign, Delivery
from channels.outcome import Later, Outcome
from channels.tables import Lane, OAuthToken
from channels.telegram.client import TelegramClient
from channels.telegram.errors import outcome_of
from channels.transport import Transport
from channels.zalo.oauth import TROUBLE as OAUTH
from register.home import Home
from register.staff import Viewer
from register.tables import AuditEvent, Staff

log = structlog.get_logger(__name__)

MANY_UNKNOWN = 10  # of one campaign: more than a lost second of the pace leaves behind
LOOKED_AT = timedelta(hours=1)  # a channel's last hour
OVERDUE = timedelta(minutes=10)  # a token is renewed hours early; the first one is asked for when it is first wanted
SILENT = timedelta(minutes=5)
CLOCK_OFF = timedelta(minutes=5)  # more than two machines of one house differ
LEAST_ROOM = 2**30  # bytes; a large list needs 1.7 GB of memory, and less than this on the disk
ENOUGH, TOO_MANY = 20, 0.2  # attempts from which on a share says something; the share that is trouble
APPROVERS = frozenset({"approver", "owner"})
CHANNELS = {"zalo": "Zalo OA", "zbs": "tin mẫu Zalo (ZBS)", "telegram": "Telegram", "zalo_bot": "Zalo Bot"}
TROUBLES = {
    "config": "cài đặt chưa đúng",
    "billing": "hết tiền hoặc hết gói tin",
}
TO_LINK_AGAIN = (
    "Kênh Zalo OA và tin mẫu Zalo ngừng gửi: không gia hạn được khóa truy cập, cần nối lại tài khoản. "
    "Hãy mở trang Kênh gửi tin."
)


ENDS = {
    "ticket": "Việc số {0} đã có người nhận hoặc đã xong.",
    "campaign": "Đợt số {0} không còn chờ duyệt.",
    "lane": "Kênh {0} đã hết trục trặc.",
    "token": "Kênh {0} đã gia hạn được khóa truy cập.",
    "unknown": "Các tin chưa rõ của đợt số {0} đã được làm rõ.",
    "still": "Đợt số {0} đã chạy tiếp.",
    "failing": "Kênh {0} đã nhận tin bình thường lại.",
    "silent": "Kênh {0} đã trả lời lại, tin chờ đang được gửi tiếp.",
    "clock": "Đồng hồ máy chủ đã đúng lại.",
    "disk": "Ổ đĩa máy chủ đã đủ chỗ.",
    **watching.ENDS,
}


def causes(session: Session, now: datetime, quota: Quota | None = None) -> dict[str, Cause]:
    """All troubles of this moment, by their key. What takes a look at many rows only at every tenth minute.

    ``quota``: what Zalo says of today's templates, where it was asked.
    """
    of_campaigns = (*_campaigns(session), *_unknown(session), *_still(session, now))
    found = (
        *_tickets(session, now),
        *_lanes(session, now),
        *_channels(session, now),
        *_clock(session, now),
    )
    if watching.is_time(now):
        found += tuple(watching.causes(session, now, quota))
    return {cause.key: cause for cause in (*of_campaigns, *found)}


def _tickets(session: Session, now: datetime) -> Iterator[Cause]:
    for ticket in session.exec(select(Ticket).where(col(Ticket.closed_at).is_(None), Ticket.taken_by == "")):
        if promised_by(ticket.opened_at, ticket.kind) <= now:
            kind = tickets.KINDS.get(ticket.kind, ticket.kind).split(":")[0]
            text = f"Việc số {ticket.id} ({kind}) đã chờ quá hẹn, chưa ai nhận. Bấm /viec để nhận."
            yield Cause(f"ticket:{ticket.id}", text, ticket.commune)


def _campaigns(session: Session) -> Iterator[Cause]:
    waiting = select(Campaign).where(Campaign.state == CampaignState.DRAFT, col(Campaign.submitted_at).is_not(None))
    for campaign in session.exec(waiting):
        text = f"Đợt số {campaign.id} đang chờ người thứ hai duyệt. Bấm /duyet để xem."
        makers = frozenset({campaign.author, campaign.submitted_by})
        yield Cause(f"campaign:{campaign.id}", text, campaign.commune, APPROVERS, makers)


def _lanes(session: Session, now: datetime) -> Iterator[Cause]:
    troubles = {lane.name: lane.trouble for lane in session.exec(select(Lane).where(Lane.trouble != ""))}
    for name, trouble in troubles.items():
        if trouble != OAUTH:
            why = TROUBLES.get(trouble, "cần người xem lại")
            yield Cause(f"lane:{name}", f"Kênh {_name(name)} ngừng gửi: {why}. Hãy mở trang Kênh gửi tin.")
    if OAUTH in troubles.values():  # one token for Zalo's two lanes: told once
        yield Cause("token:zalo:main", TO_LINK_AGAIN)
        return
    for token in session.exec(select(OAuthToken).where(col(OAuthToken.expires_at) <= now - OVERDUE)):
        text = f"Kênh {_name(token.lane)}: khóa truy cập đã hết hạn mà chưa gia hạn được."
        yield Cause(f"token:{token.lane}", text)


def _unknown(session: Session) -> Iterator[Cause]:
    query = (
        select(Campaign.id, Campaign.commune, func.count())
        .join(Delivery, col(Delivery.campaign) == col(Campaign.id))
        .where(col(Campaign.state).in_((CampaignState.RUNNING, CampaignState.PAUSED)))
        .where(Delivery.state == DeliveryState.UNKNOWN)
        .group_by(col(Campaign.id), col(Campaign.commune))
        .having(func.count() >= MANY_UNKNOWN)
    )
    for campaign, commune, number in session.exec(query):
        text = f"Đợt số {campaign}: {number} tin chưa rõ đã đến hay chưa. Máy không tự gửi lại; hãy xem trang đợt."
        yield Cause(f"unknown:{campaign}", text, commune)


def _still(session: Session, now: datetime) -> Iterator[Cause]:
    for campaign in session.exec(select(Campaign).where(Campaign.state == CampaignState.RUNNING)):
        if stands_still(session, campaign, now):
            text = f"Đợt số {campaign.id} đứng yên hơn mười phút dù còn việc đến lượt. Hãy nhờ quản trị xem máy chủ."
            yield Cause(f"still:{campaign.id}", text, campaign.commune)


def _channels(session: Session, now: datetime) -> Iterator[Cause]:
    """Lanes that refuse much, or do not answer at all: their attempts of the last hour, looked at once."""
    result = col(Attempt.result)
    lost = (result == AttemptResult.UNKNOWN) | (
        (result == AttemptResult.LATER) & (col(Attempt.error_code) == "not_sent")
    )
    seen: Any = select(  # type: ignore[call-overload]
        col(Attempt.lane),
        func.count(),
        func.sum(case((result == AttemptResult.FAILED, 1), else_=0)),
        func.max(case((lost, col(Attempt.at)))),
        func.max(case((~lost, col(Attempt.at)))),
    ).where(col(Attempt.at) > now - LOOKED_AT, col(Attempt.lane) != "")
    for lane, number, bad, in_vain, answered in session.execute(seen.group_by(col(Attempt.lane))).all():
        if number >= ENOUGH and bad / number >= TOO_MANY:
            text = f"Kênh {_name(lane)}: một giờ qua có {bad}/{number} tin không gửi được."
            yield Cause(f"failing:{lane}", text)
        if in_vain is None or (answered is not None and answered >= in_vain):
            continue
        since = col(Attempt.at) > (answered or now - LOOKED_AT)
        first = session.execute(
            select(func.min(col(Attempt.at))).where(col(Attempt.lane) == lane, lost, since)
        ).scalar()
        if first is not None and first < in_vain - SILENT:
            text = f"Kênh {_name(lane)} không trả lời đã hơn năm phút. Tin chờ được giữ lại và tự gửi tiếp."
            yield Cause(f"silent:{lane}", text)


def _clock(session: Session, now: datetime) -> Iterator[Cause]:
    newest = session.exec(select(AuditEvent.at).order_by(col(AuditEvent.id).desc()).limit(1)).first()
    if newest is not None and newest > now + CLOCK_OFF:
        text = "Đồng hồ máy chủ chạy lùi so với sổ. Hãy nhờ quản trị chỉnh giờ (NTP); tin đến lượt chờ tới giờ đã ghi."
        yield Cause("clock:server", text)


def little_room(home: Home) -> Iterator[Cause]:
    """The disk of the home, before it is full: a full one cannot keep an alarm."""
    if shutil.disk_usage(home.path).free < LEAST_ROOM:
        text = "Ổ đĩa máy chủ sắp đầy (còn dưới 1 GB). Hãy nhờ quản trị dọn chỗ; ổ đầy thì máy ngừng nhận và gửi tin."
        yield Cause("disk:server", text)


def _name(lane: str) -> str:
    channel = lane.split(":")[0]
    return CHANNELS.get(channel, channel)


def _ending(key: str) -> str:
    kind, _, subject = key.partition(":")
    return "Đã ổn: " + ENDS[kind].format(subject if subject.isdecimal() else _name(subject))


async def tell(home: Home, transport: Transport | None = None, quota: Quota | None = None) -> Counter[str]:
    """Tell every linked officer whom a cause concerns, once; and those who were told, of its end.

    Without a staff bot the alarms are written down all the same: the console shows them.
    """
    settings, now = home.settings, home.now()
    token = settings.staff_telegram_token.get_secret_value()
    standing = await home.db.aread(lambda session: causes(session, now, quota))
    standing |= {cause.key: cause for cause in little_room(home)}
    letters = await home.db.awrite(lambda session: letters_of(session, home, now, standing))
    if not letters or not token:
        return Counter()
    lines = transport or Transport()
    done: Counter[str] = Counter()
    client = TelegramClient(lines, settings.telegram_api_base, token)
    try:
        for letter in letters:
            outcome: Outcome = outcome_of(await client.send(letter.chat, {"text": letter.text}), home.now())
            done[type(outcome).__name__.lower()] += 1
            if isinstance(outcome, Later):
                await home.db.awrite(lambda session, one=letter: _untold(session, one, now))  # type: ignore[misc]
    finally:
        if transport is None:
            await lines.close()
    log.info("alarms", **done)
    return done


@dataclass(frozen=True, repr=False)
class Letter:
    """One message to one officer. ``ends``: it says that the cause is over."""

    cause: str
    chat: str
    lookup: str
    text: str
    ends: bool = False


def letters_of(session: Session, home: Home, now: datetime, standing: dict[str, Cause]) -> list[Letter]:
    """What is to be told now of the troubles that stand, written down as told."""
    known = {alarm.cause: alarm for alarm in session.exec(select(StaffAlarm).with_for_update()).all()}
    if not standing and not known:
        return []
    chats = _chats(session, home)
    letters: list[Letter] = []
    for key, cause in standing.items():
        alarm = known.get(key) or StaffAlarm(cause=key, commune=cause.commune, text=cause.begins, at=now)
        new = [
            (lookup, chat)
            for lookup, (chat, viewer, communes) in chats.items()
            if lookup not in alarm.told and _concerns(cause, viewer, communes)
        ]
        if new or key not in known:
            alarm.told = [*alarm.told, *(lookup for lookup, _ in new)]
            session.add(alarm)
        letters += [Letter(key, chat, lookup, cause.begins) for lookup, chat in new]
    over = known.keys() - standing.keys()
    if not watching.is_time(now):  # nobody has looked
        over = {key for key in over if key.partition(":")[0] not in watching.ENDS}
    for key in over:
        told = [lookup for lookup in known[key].told if lookup in chats]
        letters += [Letter(key, chats[lookup][0], lookup, _ending(key), True) for lookup in told]
        session.delete(known[key])
    session.flush()
    return letters


def _chats(session: Session, home: Home) -> dict[str, tuple[str, Viewer, set[str] | None]]:
    """The linked chats of active staff, by their hash: (chat id, who, their communes; None: all)."""
    found = {}
    query = select(StaffChat, Staff).join(Staff, col(Staff.id) == col(StaffChat.staff)).where(col(Staff.active))
    for chat, staff in session.exec(query).all():
        viewer = Viewer(staff.login, staff.role, staff.unit, staff.name)
        communes = communes_of(session, viewer)
        address = str(home.keys.open(chat.sealed, SEALED_AS))
        found[chat.lookup.hex()] = (address, viewer, None if communes is None else set(communes))
    return found


def _concerns(cause: Cause, viewer: Viewer, communes: set[str] | None) -> bool:
    if viewer.role not in cause.roles or viewer.login in cause.not_to:
        return False
    return cause.commune is None or communes is None or cause.commune in communes


def _untold(session: Session, letter: Letter, now: datetime) -> None:
    """Nothing left this machine: the next round tells it."""
    alarm = session.get(StaffAlarm, letter.cause, with_for_update=True)
    if letter.ends:
        alarm = alarm or StaffAlarm(cause=letter.cause, text=letter.text, at=now)
        alarm.told = [*alarm.told, letter.lookup]
        session.add(alarm)
    elif alarm is not None:
        alarm.told = [one for one in alarm.told if one != letter.lookup]
        session.add(alarm)
