"""Hôm nay: what needs this viewer now, the most pressing first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy import func, or_
from sqlmodel import Session, col, select

from audio.airtime import over
from audio.tables import Airing, Bulletin, Recording
from bot.tables import StaffAlarm, Ticket
from campaigns.campaigns import is_announced
from campaigns.drafts import APPROVAL
from campaigns.field.rounds import disputes
from campaigns.field.visits import waiting
from campaigns.states import CampaignState, DeliveryState
from campaigns.tables import Campaign, Delivery, HelpSession
from channels.tables import Lane
from console import words
from console.access import may_see
from console.pages.help import is_new
from console.web import Seen, current, render
from register.asking import state_of
from register.ladder import Rung, ladder
from register.tables import Inquiry, Unit
from register.units import newest_lists, setting

router = APIRouter()
LIST_AGE = timedelta(days=40)  # lists come monthly; after this the newest one is called old
SESSIONS_AHEAD = timedelta(days=7)
SURELY_OVER = timedelta(hours=3)  # after its beginning a session is over, however long it was to be


@dataclass(frozen=True)
class Task:
    """One line of the page: how many (None: a thing to prepare), what, and where to do it."""

    count: int | None
    text: str
    detail: str
    path: str
    action: str
    late: bool = False


@router.get("/")
def today(request: Request, seen: Seen = Depends(current)) -> Response:
    """The first page of everybody."""
    with seen.home.db.read() as session:
        page: dict[str, Any] = {"tasks": [], "steps": [], "sessions": [], "airings": [], "rungs": None, "as_of": None}
        page["first_steps"], page["tour"] = [], is_new(session, seen.viewer.login)
        if seen.commune is not None:
            page["tasks"] = sorted(tasks(session, seen), key=lambda task: not task.late)
            page["sessions"] = _sessions(session, seen)
            page["airings"] = _airings(session, seen)
            page["as_of"] = newest_lists(session, [seen.here]).get(seen.here)
            if may_see(seen.viewer.role, "progress") and page["as_of"]:
                page["rungs"] = {rung.key: rung for rung in ladder(session, seen.here)}
                page["steps"] = _steps(session, seen, page["rungs"]["asxh"])
            if page["as_of"] is None and seen.may("lists"):
                page["first_steps"] = _first_steps(session, seen)
    return render(request, "today.html", seen, at="today", **page)


def tasks(session: Session, seen: Seen) -> list[Task]:
    """What waits for this viewer's role, in the order in which it hurts."""
    role = seen.viewer.role
    found = _alarms(session, seen)
    if may_see(role, "tickets"):
        found += _tickets(session, seen)
    if may_see(role, "campaigns") and role != "auditor":
        found += _campaigns(session, seen)
    if may_see(role, "sessions"):
        found += _untallied(session, seen)
    if may_see(role, "visits"):
        found += _visits(session, seen)
    if may_see(role, "asking"):
        found += _with_offices(session, seen)
    if may_see(role, "bulletins"):
        found += _recordings(session, seen) + _unconfirmed(session, seen)
    if seen.may("lists"):
        found += _old_list(session, seen)
    return found


ALARMS = {  # what staff are told by itself and no other line of this page says: where, and what to press
    "scam": ("/ban-tin/moi/scam_warning", "Soạn cảnh báo"),
    "path": ("/dot-van-dong/{0}", "Xem đợt"),
    "budget": ("/dot-van-dong/{0}", "Xem đợt"),
    "still": ("/dot-van-dong/{0}", "Xem đợt"),
    "step": ("/ket-qua", "Xem dừng ở đâu"),
    "template": ("/kenh", "Xem kênh"),
    "quota": ("/kenh", "Xem kênh"),
    "failing": ("/kenh", "Xem kênh"),
}


def _alarms(session: Session, seen: Seen) -> list[Task]:
    """Alarms that stand, as the staff bot tells them; of a wave of scams also the hamlet's name."""
    role, found = seen.viewer.role, []
    if role not in ("officer", "approver", "owner", "radio"):
        return []
    here = or_(col(StaffAlarm.commune) == seen.here, col(StaffAlarm.commune).is_(None))
    for alarm in session.exec(select(StaffAlarm).where(here).order_by(col(StaffAlarm.at))).all():
        kind, _, subject = alarm.cause.partition(":")
        if kind not in ALARMS or (role == "radio" and kind != "scam"):
            continue
        path, action = ALARMS[kind]
        title, _, detail = alarm.text.partition(": ")
        detail = detail[:1].upper() + detail[1:]
        if kind == "scam":
            hamlet = session.get(Unit, subject)
            detail = f"{title}."
            title = f"{hamlet.name if hamlet else 'Một khu dân cư'}: nhiều tin báo lừa đảo"
        found.append(Task(None, title, detail, path.format(subject), action, late=True))
    return found


def _first_steps(session: Session, seen: Seen) -> list[tuple[Task, bool]]:
    """What a commune does on its first day, each with whether it is done. Nothing but the list is needed."""
    detail = "Tệp Excel đang có là đủ. Hệ thống đọc thử và chỉ ra chỗ cần sửa; chưa lưu gì khi bạn chưa đồng ý."
    landline = bool(setting(session, seen.here, "landline"))
    return [
        (Task(None, "Nhận danh sách đầu tiên", detail, "/danh-sach", "Nhận danh sách"), False),
        (
            Task(
                None,
                "Ghi số máy bàn của UBND",
                "Bà con gọi số này để hỏi lại. Tin nhắn, bản tin và phiếu đều dùng.",
                "/xa-phuong",
                "Ghi số máy",
            ),
            landline,
        ),
        (
            Task(
                None,
                "Xếp buổi hỗ trợ đầu tiên",
                "Chưa cần Zalo, Telegram: buổi hỗ trợ, loa truyền thanh và phiếu đến nhà làm được ngay.",
                "/buoi-ho-tro",
                "Xếp lịch",
            ),
            _is_planned(session, seen),
        ),
    ]


def _is_planned(session: Session, seen: Seen) -> bool:
    """Whether a session is still to come."""
    coming = select(HelpSession.id).where(HelpSession.commune == seen.here, col(HelpSession.starts_at) > seen.now)
    return session.exec(coming.limit(1)).first() is not None


def _tickets(session: Session, seen: Seen) -> list[Task]:
    query = select(func.count(), func.min(Ticket.opened_at)).where(col(Ticket.closed_at).is_(None))
    number, oldest = session.exec(query.where(Ticket.commune == seen.here)).one()
    if not number:
        return []
    waited = words.ago(oldest, seen.now)
    late = seen.now - words.local(oldest) > timedelta(days=1)
    return [Task(number, "người đang chờ được giúp", f"Người chờ lâu nhất: {waited}.", "/viec", "Xem và trả lời", late)]


def _campaigns(session: Session, seen: Seen) -> list[Task]:
    found: list[Task] = []
    living = (CampaignState.DRAFT, CampaignState.APPROVED, CampaignState.RUNNING)
    mine = select(Campaign).where(Campaign.commune == seen.here, col(Campaign.state).in_(living))
    for campaign in session.exec(mine.order_by(col(Campaign.id))).all():
        path = f"/dot-van-dong/{campaign.id}"
        if campaign.state == CampaignState.DRAFT and seen.may("campaigns"):
            found.append(_draft(seen, campaign, path))
        if campaign.state == CampaignState.APPROVED:
            found.append(Task(1, "đợt vận động đã duyệt, chưa phát động", campaign.name, path, "Xem"))
        if campaign.state == CampaignState.RUNNING:
            found += _trouble(session, campaign, path)
    troubled = [lane for lane in session.exec(select(Lane)).all() if lane.trouble]
    if troubled:
        detail = "Hết tiền, hết hạn mức hoặc thiết lập chưa đúng. Cần người quản trị xem lại."
        where = ("/kenh", "Xem kênh") if may_see(seen.viewer.role, "channels") else ("/dot-van-dong", "Xem")
        found.append(Task(len(troubled), "tài khoản gửi tin gặp trục trặc", detail, *where, late=True))
    return found


def _draft(seen: Seen, campaign: Campaign, path: str) -> Task:
    """Whose turn it is decides the words."""
    if campaign.submitted_at is None:
        step = min(campaign.drafted + 1, APPROVAL)
        detail = f"{campaign.name}: đã xong bước {campaign.drafted} trên 5."
        if campaign.note:
            detail = f"{campaign.name}: được trả lại để sửa, kèm lời nhắn."
        return Task(1, "đợt vận động đang soạn dở", detail, path, f"Làm tiếp bước {step}", late=bool(campaign.note))
    if seen.viewer.login in (campaign.author, campaign.submitted_by):
        return Task(1, "đợt vận động chờ người thứ hai duyệt", campaign.name, f"{path}/duyet", "Xem")
    return Task(1, "đợt vận động chờ bạn duyệt", campaign.name, f"{path}/duyet", "Xem và duyệt", late=True)


def _trouble(session: Session, campaign: Campaign, path: str) -> list[Task]:
    """Rows of a running campaign that wait for people, not for time."""
    query = select(Delivery.state, Delivery.reason, func.count()).where(Delivery.campaign == campaign.id)
    found: list[Task] = []
    for state, reason, number in session.exec(query.group_by(Delivery.state, Delivery.reason)).all():
        if state == DeliveryState.HELD and reason == "not_announced":
            text = "người chưa nhắn được vì chưa có thông báo của UBND"
            found.append(Task(number, text, campaign.name, "/thong-bao", "Ghi thông báo", late=True))
        if state == DeliveryState.UNKNOWN:
            text = "tin không rõ đã tới hay chưa"
            detail = "Máy không tự gửi lại, để không ai bị nhắn hai lần."
            found.append(Task(number, text, detail, f"{path}#chua-ro", "Ghi rõ"))
    return found


def _sessions(session: Session, seen: Seen) -> list[tuple[HelpSession, str]]:
    if not may_see(seen.viewer.role, "sessions"):
        return []
    query = select(HelpSession, Unit.name).join(Unit, col(Unit.code) == HelpSession.hamlet)
    query = query.where(HelpSession.commune == seen.here, col(HelpSession.starts_at) >= seen.now - SURELY_OVER)
    query = query.where(col(HelpSession.starts_at) < seen.now + SESSIONS_AHEAD)
    if seen.hamlet:
        query = query.where(HelpSession.hamlet == seen.hamlet)
    return [(row, name) for row, name in session.exec(query.order_by(col(HelpSession.starts_at))).all()]


def _untallied(session: Session, seen: Seen) -> list[Task]:
    query = select(func.count()).select_from(HelpSession).where(HelpSession.commune == seen.here)
    query = query.where(col(HelpSession.starts_at) < seen.now - SURELY_OVER, col(HelpSession.came).is_(None))
    if seen.hamlet:
        query = query.where(HelpSession.hamlet == seen.hamlet)
    number = session.exec(query).one()
    if not number:
        return []
    detail = "Ghi số người đến và số người làm xong."
    return [Task(number, "buổi hỗ trợ đã qua, chưa ghi kết quả", detail, "/buoi-ho-tro", "Ghi kết quả")]


def _visits(session: Session, seen: Seen) -> list[Task]:
    number, tasks = waiting(session, seen.here, seen.hamlet), []
    if number and seen.hamlet:
        detail = "Nhận mười nhà mang theo trên điện thoại, dùng được cả khi mất mạng."
        tasks.append(Task(number, "người cần đến tận nhà", detail, "/di-nha/", "Đi từng nhà"))
    elif number:
        detail = "In phiếu theo khu dân cư, rồi ghi lại kết quả."
        tasks.append(Task(number, "người cần đến tận nhà", detail, "/phieu-den-nha", "Xem phiếu"))
    if not seen.hamlet and (number := len(disputes(session, seen.here))):
        detail = "Xem ai ghi gì, lúc nào, rồi quyết định."
        tasks.append(Task(number, "nhà có hai người ghi khác nhau", detail, "/phieu-den-nha", "Quyết định"))
    return tasks


def _with_offices(session: Session, seen: Seen) -> list[Task]:
    """Letters to police, bank or payer that were not sent yet, or whose answer is overdue."""
    mine = select(Inquiry).where(Inquiry.commune == seen.here, col(Inquiry.answered_at).is_(None))
    states = [state_of(row, seen.now) for row in session.exec(mine.where(Inquiry.expires_at > seen.now))]
    found: list[Task] = []
    if late := states.count("overdue"):
        detail = "Gọi hỏi nơi nhận. Từ nay máy lại nhắc những người trong đó."
        found.append(Task(late, "đề nghị quá hạn trả lời", detail, "/de-nghi", "Xem", late=True))
    if to_send := states.count("to_send"):
        detail = "Gửi công văn và bảng, rồi bấm “Đã gửi”."
        found.append(Task(to_send, "đề nghị đã lập, chưa gửi", detail, "/de-nghi", "Xem"))
    return found


def _recordings(session: Session, seen: Seen) -> list[Task]:
    """The newest recording of each bulletin, if nobody approved it; whose turn it is decides the words."""
    newest = select(func.max(Recording.id)).group_by(col(Recording.bulletin))
    query = select(Bulletin.author, Bulletin.edited_by).join(Recording, col(Bulletin.id) == Recording.bulletin)
    query = query.where(Bulletin.commune == seen.here, col(Recording.approved_at).is_(None))
    authors = session.exec(query.where(col(Recording.id).in_(newest))).all()
    mine = [pair for pair in authors if seen.viewer.login in pair or seen.viewer.role == "radio"]
    detail, found = "Chưa duyệt thì chưa phát loa.", []
    if len(authors) > len(mine):
        text = "bản ghi chờ bạn nghe và duyệt"
        found.append(Task(len(authors) - len(mine), text, detail, "/ban-tin", "Nghe và duyệt"))
    if mine:
        found.append(Task(len(mine), "bản ghi chờ người khác nghe và duyệt", detail, "/ban-tin", "Xem"))
    return found


def _airings_of(commune: str) -> Any:
    query = select(Airing, Bulletin, over()).join(Recording, col(Recording.id) == Airing.recording)
    query = query.join(Bulletin, col(Bulletin.id) == Recording.bulletin)
    query = query.where(Airing.commune == commune, col(Airing.cancelled_at).is_(None))
    return query.order_by(col(Airing.planned_at))


def _airings(session: Session, seen: Seen) -> list[tuple[Airing, Bulletin, bool]]:
    """What is on the loudspeaker today and tomorrow."""
    if not may_see(seen.viewer.role, "bulletins"):
        return []
    midnight = words.local(seen.now).replace(hour=0, minute=0, second=0, microsecond=0)
    query = _airings_of(seen.here).where(col(Airing.planned_at) >= midnight)
    return list(session.exec(query.where(col(Airing.planned_at) < midnight + timedelta(days=2))).all())


def _unconfirmed(session: Session, seen: Seen) -> list[Task]:
    past = session.exec(_airings_of(seen.here).where(col(Airing.planned_at) < seen.now, ~over())).all()
    if not past:
        return []
    detail = "Mở nhật ký phát sóng và bấm “Đã phát” ở từng lượt đã phát thật."
    return [Task(len(past), "lượt phát loa đã qua giờ, chưa ghi đã phát", detail, "/nhat-ky-phat", "Ghi đã phát")]


def _steps(session: Session, seen: Seen, asxh: Rung) -> list[Task]:
    """What a commune with nothing but its list does next, in this order; for who may do it."""
    if not seen.may("commune"):
        return []
    found: list[Task] = []
    if not setting(session, seen.here, "landline"):
        detail = "Tin nhắn và bản tin đọc số này, để bà con hỏi lại cho chắc."
        found.append(Task(None, "Ghi số máy bàn của UBND", detail, "/xa-phuong", "Ghi số máy"))
    if not is_announced(session, seen.here):
        detail = "Ký, niêm yết, phát loa hai lần: bà con nghe trước rồi mới tin cán bộ và tin nhắn."
        found.append(Task(None, "Ra thông báo của UBND", detail, "/thong-bao", "Ghi thông báo"))
    waiting = asxh.no + asxh.unknown
    if waiting and not _is_planned(session, seen):
        detail = f"{words.count(waiting)} người chưa có hoặc chưa rõ, mà chưa có buổi nào sắp tới."
        found.append(Task(None, "Xếp lịch buổi hỗ trợ", detail, "/buoi-ho-tro", "Xếp lịch"))
    if waiting and session.exec(select(Bulletin.id).where(Bulletin.commune == seen.here).limit(1)).first() is None:
        detail = "Soạn từ mẫu, ghi âm, nhờ người khác nghe và duyệt."
        found.append(Task(None, "Làm bản tin truyền thanh", detail, "/ban-tin", "Soạn bản tin"))
    if waiting and session.exec(select(Campaign.id).where(Campaign.commune == seen.here).limit(1)).first() is None:
        detail = "Chưa có Zalo, Telegram vẫn làm được: chọn “Đến nhà” để có phiếu in."
        found.append(Task(None, "Lập đợt vận động", detail, "/dot-van-dong/moi", "Lập đợt"))
    return found


def _old_list(session: Session, seen: Seen) -> list[Task]:
    newest = newest_lists(session, [seen.here]).get(seen.here)
    if newest is None:
        return []  # the first steps say so
    age = words.local(seen.now).date() - newest
    if age <= LIST_AGE:
        return []
    detail = f"Danh sách mới nhất chốt ngày {words.day(newest)}. Kết quả “có trong danh sách” cần danh sách tháng này."
    return [Task(age.days, "ngày từ danh sách gần nhất", detail, "/danh-sach", "Nhận danh sách mới")]
