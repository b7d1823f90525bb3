"""Thông báo: the commune's own notice, ready to be signed, posted and read out before anybody is written to.

People believe a message that they have heard of before. So the notice says what will come, by whom, what is never
asked for, and how to make sure: a place and a person, no link, no number inside a message. It names nobody.
"""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any

from docx.enum.text import WD_ALIGN_PARAGRAPH
from sqlmodel import Session, col, select

from campaigns.engine.decide import COLD_AIRINGS
from campaigns.field.sessions import session_words
from campaigns.reports.pages import split_kind
from campaigns.reports.word_form import foot, letterhead, new_document, subject, words
from campaigns.tables import Announcement, Campaign, HelpSession
from register.tables import Unit
from register.units import commune_of, hamlets_of, office_of
from register.words import inside

GOING = ("approved", "running", "paused")
MOST_SESSIONS = 10  # on one sheet of paper
SENTENCES = (
    "{office} mời bà con tạo tài khoản hưởng An sinh xã hội trên VNeID. Đây không phải tài khoản ngân hàng mới. Mỗi "
    "người khai tài khoản của chính mình.",
    "Việc này miễn phí, tự nguyện, chỉ làm một lần. Ai làm rồi không phải làm lại. Ai chưa làm vẫn nhận trợ cấp như "
    "hiện nay.",
    "Từ ngày {day}, bà con có thể nhận tin mời qua Zalo, Telegram. Có nhà sẽ có hai người của tổ công nghệ số cộng "
    "đồng đến giúp.",
    "Tin nhắn và người đến nhà không hỏi mật khẩu, mã OTP, số tài khoản. Không thu tiền, không gửi đường link. Ai làm "
    "khác, xin tắt máy ngay và báo {hamlet_head}.",
    "Muốn chắc chắn, xin hỏi {hamlet_head}. Hoặc đến Trung tâm Phục vụ hành chính công {commune}{address}.{lines}",
    "Ai đau yếu, hoặc không có điện thoại thông minh, xin báo {hamlet_head}. Cán bộ sẽ hẹn đến tận nhà.",
    "Khi đến buổi hỗ trợ, bà con mang điện thoại và thẻ căn cước. Số tài khoản thì tự mang, tự gõ, không đưa ai xem.",
)


def still_missing(session: Session, commune: str) -> list[str]:
    """What the commune has yet to do before a first cold message, in words; empty when a notice is complete."""
    hamlets = len(hamlets_of(session, commune))
    rows = session.exec(select(Announcement).where(Announcement.commune == commune)).all()
    return min((_missing(row, hamlets) for row in rows), key=len, default=["ký thông báo và ghi số văn bản"])


def _missing(row: Announcement, hamlets: int) -> list[str]:
    found = []
    if row.posted_on is None:
        found.append("niêm yết và ghi ngày niêm yết")
    if row.aired < COLD_AIRINGS:
        found.append(f"phát loa thêm {COLD_AIRINGS - row.aired} lần")
    if row.hamlets_told < hamlets:
        found.append(f"báo tới {hamlets - row.hamlets_told} trưởng khu, thôn còn lại (xã có {hamlets})")
    return found


def notice_text(session: Session, commune: str, now: datetime) -> list[str]:
    """The notice's paragraphs, the coming sessions last."""
    name = inside(commune_of(session, commune).name)
    here = office_of(session, commune)
    fields = {
        "office": f"UBND {name}",
        "commune": name,
        "hamlet_head": here.hamlet_head,
        "day": _first_day(session, commune),
        "address": here.at,
        "lines": here.lines,
    }
    coming = select(HelpSession, Unit.name).join(Unit, col(Unit.code) == HelpSession.hamlet)
    coming = coming.where(HelpSession.commune == commune, col(HelpSession.starts_at) > now)
    sessions = session.exec(coming.order_by(col(HelpSession.starts_at)).limit(MOST_SESSIONS)).all()
    paragraphs = [sentence.format(**fields) for sentence in SENTENCES]
    if sessions:
        paragraphs.append("Các buổi hỗ trợ trực tiếp:")
        paragraphs += [f"- {session_words(row, hamlet)}." for row, hamlet in sessions]
    return paragraphs


def _first_day(session: Session, commune: str) -> str:
    """When the first messages may come: the start of the campaign that was approved; open while there is none."""
    approved = select(col(Campaign.starts_on)).where(Campaign.commune == commune, col(Campaign.state).in_(GOING))
    first = session.exec(approved.order_by(col(Campaign.starts_on)).limit(1)).first()
    return f"{first:%d/%m/%Y}" if first else "....../......"


def notice_docx(session: Session, commune: str, now: datetime) -> bytes:
    """The notice in the form of an administrative document; number, day and signature stay open."""
    unit = commune_of(session, commune)
    _, place = split_kind(unit.name)
    document: Any = new_document()
    where = f"{place}, ngày ..... tháng ..... năm {now.year}"
    letterhead(document, ("ỦY BAN NHÂN DÂN", unit.name.upper()), where, ("Số: ......../TB-UBND", 13, ""))
    words(document.add_paragraph(), "THÔNG BÁO", 14, "b", before=14)
    about = "Về việc hỗ trợ người dân tạo tài khoản hưởng An sinh xã hội trên ứng dụng VNeID"
    subject(document, about)
    for text in notice_text(session, commune, now):
        words(document.add_paragraph(), text, 13, "", WD_ALIGN_PARAGRAPH.JUSTIFY, indent=10)
    recipients = ("Các khu dân cư (niêm yết);", "Đài truyền thanh;", "Lưu: VT, VHXH.")
    foot(document, recipients, "TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH")
    content = io.BytesIO()
    document.save(content)
    return content.getvalue()
