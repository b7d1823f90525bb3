"""One text, many forms: notice, poster, leaflet, a post for the hamlets' Zalo groups, words for those who live away.

All of them say the same facts of the commune (sessions, office, landline, the signed notice), gathered once by
``facts_of``; until the notice is signed, what is printed says so. Printed paper is stamped, so it alone may carry a QR.
What goes into a group names nobody and holds no link or QR: groups are full of strangers' QR codes. The hamlet head
puts it there by hand and ticks "đã đăng".
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

import segno
from sqlmodel import Session, col, select

from campaigns.field.notice import notice_text
from campaigns.field.sessions import hamlet_words, session_words
from campaigns.reports.pages import MOTTO, NATION, split_kind
from campaigns.tables import Announcement, GroupPost, HelpSession
from content.typeset import typeset
from database import insert_new
from register.arrivals import payload
from register.errors import BadInput
from register.home import Home
from register.tables import Unit
from register.units import commune_of, office_of
from register.words import inside
from settings import Settings

FORMS = Path(__file__).with_name("papers.typ")
ADMINISTRATIVE = Path(__file__).parents[1] / "reports" / "report.typ"
MOST_SESSIONS = 4  # on a poster: more cannot be read from a step away
PICTURE_PPI = 110  # 1080 x 1080 of a square of 250 mm
PURPOSE = "tạo tài khoản hưởng An sinh xã hội trên VNeID"
FREE = "Miễn phí, tự nguyện, chỉ làm một lần. Ai làm rồi không phải làm lại. Ai chưa làm vẫn nhận trợ cấp như hiện nay."
BRING = "Mang theo điện thoại và thẻ căn cước. Số tài khoản thì tự mang, tự gõ, không đưa ai xem."
NEVER = "Cán bộ không hỏi mật khẩu, mã OTP, số tài khoản. Không thu tiền, không gửi đường link."


@dataclass(frozen=True)
class Facts:
    """What every form says, in words. ``hamlet``: inside a sentence, "" for the whole commune."""

    office: str
    commune: str
    hamlet: str
    hamlet_head: str
    at: str  # register.units.Office.at
    lines: str  # its hours and landline
    sessions: tuple[str, ...]
    notice: str  # "Thông báo số 45/TB-UBND ngày 16/11/2026"; "": not signed yet

    @property
    def sure(self) -> str:
        """How to make sure: a person and a place."""
        place = f"Trung tâm Phục vụ hành chính công {self.commune}{self.at}"
        return f"Muốn chắc chắn, xin hỏi {self.hamlet_head}, hoặc đến {place}.{self.lines}"


def facts_of(session: Session, commune: str, hamlet: str | None, now: datetime) -> Facts:
    """The facts for one hamlet (its coming sessions alone), or for the whole commune."""
    unit = session.get(Unit, hamlet) if hamlet else None
    if hamlet and (unit is None or unit.parent != commune):
        raise BadInput("Không có thôn, khu phố này trong xã, phường.")
    coming = select(HelpSession, Unit.name).join(Unit, col(Unit.code) == HelpSession.hamlet)
    coming = coming.where(HelpSession.commune == commune, col(HelpSession.starts_at) > now)
    if hamlet:
        coming = coming.where(HelpSession.hamlet == hamlet)
    rows = session.exec(coming.order_by(col(HelpSession.starts_at)).limit(MOST_SESSIONS)).all()
    name, here = inside(commune_of(session, commune).name), office_of(session, commune)
    signed = newest_notice(session, commune)
    return Facts(
        office=f"UBND {name}",
        commune=name,
        hamlet=hamlet_words(unit.name) if unit else "",
        hamlet_head=here.hamlet_head,
        at=here.at,
        lines=here.lines,
        sessions=tuple(session_words(row, where) for row, where in rows),
        notice=f"Thông báo số {signed.document} ngày {signed.signed_on:%d/%m/%Y}" if signed else "",
    )


def newest_notice(session: Session, commune: str) -> Announcement | None:
    """The notice that was signed last and has its number."""
    found = select(Announcement).where(Announcement.commune == commune, Announcement.document != "")
    return session.exec(found.order_by(col(Announcement.signed_on).desc(), col(Announcement.id).desc())).first()


# --- Words -----------------------------------------------------------------------------------------


def group_text(facts: Facts) -> str:
    """For the hamlet's Zalo group: no name, no link, no QR, no number but the office's own."""
    where = f" {facts.hamlet}" if facts.hamlet else ""
    lines = [f"THÔNG BÁO CỦA {facts.office.upper()}", f"Mời bà con{where} đến buổi hỗ trợ {PURPOSE}."]
    lines += [f"- {words}." for words in facts.sessions] or ["Lịch sẽ báo sau."]
    lines += [FREE, BRING, NEVER, facts.sure]
    if facts.notice:
        lines.append(f"Theo {facts.notice} của {facts.office}.")
    lines.append("Xin không viết số điện thoại, số căn cước của ai vào nhóm này.")
    return "\n".join(lines)


def family_text(facts: Facts) -> str:
    """For children who live away: what they can do from there, and what nobody should do for their parents."""
    when = f" Lịch hỗ trợ tại chỗ: {'; '.join(facts.sessions)}." if facts.sessions else ""
    return "\n".join(
        [
            f"Kính gửi con cháu của bà con {facts.commune} đang ở xa",
            f"{facts.office} đang giúp ông bà, cha mẹ ở nhà {PURPOSE}. {FREE}{when}",
            "Anh chị giúp được nhiều từ xa:",
            "- Gọi về, nhắc ông bà mang điện thoại và thẻ căn cước đến buổi hỗ trợ.",
            f"- Ông bà đau yếu, không có điện thoại thông minh: xin báo {facts.hamlet_head} để có người đến tận nhà.",
            "- Dặn ông bà: không đọc mật khẩu, mã OTP cho ai, kể cả cho con cháu qua điện thoại.",
            "- Không đăng nhập VNeID của ông bà trên máy mình.",
            f"{NEVER} {facts.sure}",
        ]
    )


# --- Files -----------------------------------------------------------------------------------------


def qr_address(settings: Settings, commune: str, hamlet: str | None) -> str:
    """What the QR on stamped paper opens: the commune's web chat, else its Zalo page; "" when there is neither.

    The chat learns from the address that it was a QR, and of which hamlet; Zalo's page cannot be told.
    """
    if settings.web_chat and settings.public_url:
        return _chat_address(settings, commune, payload("qr", hamlet or commune))
    return f"https://zalo.me/{settings.zalo_oa_id}" if settings.zalo_oa_id else ""


def link_address(settings: Settings, commune: str) -> str:
    """The link for the commune's own official site, which the chat can tell from a QR; "" where there is no chat."""
    chat = settings.web_chat and settings.public_url
    return _chat_address(settings, commune, payload("link", commune)) if chat else ""


def _chat_address(settings: Settings, commune: str, told: str) -> str:
    return f"{settings.public_url}/hoi-dap/{commune}?tu={told}"


def paper(home: Home, session: Session, kind: str, commune: str, hamlets: list[str | None], out: Path) -> None:
    """``poster`` (A4), ``leaflet`` (A5): a PDF, a page for each hamlet; ``picture``: a PNG of the first, without QR."""
    now, sheets = home.now(), []
    for hamlet in hamlets:
        facts = facts_of(session, commune, hamlet, now)
        address = qr_address(home.settings, commune, hamlet) if kind != "picture" else ""
        qr = segno.make(address, error="m").svg_inline(border=0) if address else ""
        sheets.append(asdict(facts) | {"sure": facts.sure, "qr": qr})
    data = {"kind": kind, "sheets": sheets, "purpose": PURPOSE, "free": FREE, "bring": BRING, "never": NEVER}
    typeset(FORMS, data, out, now, picture_ppi=PICTURE_PPI if kind == "picture" else 0)


def notice_pdf(home: Home, session: Session, commune: str, out: Path) -> None:
    """The notice in the form of NĐ 30/2020; number and day as signed, or open."""
    unit, now = commune_of(session, commune), home.now()
    _, place = split_kind(unit.name)
    signed = newest_notice(session, commune)
    day = f"{signed.signed_on:ngày %d tháng %m năm %Y}" if signed else f"ngày ..... tháng ..... năm {now.year}"
    head = {
        "agency": ["ỦY BAN NHÂN DÂN", unit.name.upper()],
        "number": f"Số: {signed.document if signed else '......../TB-UBND'}",
        "place_and_date": f"{place}, {day}",
        "title": "THÔNG BÁO",
        "subject": f"Về việc hỗ trợ người dân {PURPOSE}",
        "recipients": ["Các khu dân cư (niêm yết);", "Đài truyền thanh;", "Lưu: VT, VHXH."],
        "signs_for": "TM. ỦY BAN NHÂN DÂN",
        "signs": "CHỦ TỊCH",
    }
    blocks = [{"kind": "para", "text": text} for text in notice_text(session, commune, now)]
    text = {"blocks": blocks[:-1], "last": blocks[-1:]}  # the signature never stands alone on a page
    typeset(ADMINISTRATIVE, {"head": head, "nation": NATION, "motto": MOTTO} | text, out, now, system_fonts=True)


# --- Đã đăng ---------------------------------------------------------------------------------------


def text_key(text: str) -> str:
    """Which text a tick is for: another text (a new session, another day) has to be posted again."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def note_posted(session: Session, commune: str, hamlet: str, by: str, now: datetime) -> None:
    """Somebody has put the hamlet's text into its group by hand; the first tick for this text stands."""
    text = group_text(facts_of(session, commune, hamlet, now))
    row = {"commune": commune, "hamlet": hamlet, "text_key": text_key(text), "by": by, "at": now}
    insert_new(session, GroupPost, [row], ["hamlet", "text_key"])


def posts_of(session: Session, commune: str) -> dict[tuple[str, str], GroupPost]:
    """(hamlet, key of its text) → who ticked and when."""
    rows = session.exec(select(GroupPost).where(GroupPost.commune == commune)).all()
    return {(row.hamlet, row.text_key): row for row in rows}
