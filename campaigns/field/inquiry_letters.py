"""Letters (công văn) of a commune to those who can lift people: police, banks, the post office or another payer.

The form is that of NĐ 30/2020. Number, day and signature stay open for the clerk and the head; so does the legal basis
of handing over personal data, which is the commune's to name. A letter holds counts and hamlets, never a person.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from docx.enum.text import WD_ALIGN_PARAGRAPH
from sqlalchemy import func, select
from sqlmodel import Session, col

from campaigns.field.sessions import hamlet_words
from campaigns.reports.pages import split_kind
from campaigns.reports.word_form import foot, keep_whole, letterhead, new_document, widths, words
from campaigns.tables import HelpSession
from register.asking import inquiry_people, purpose_of
from register.errors import BadInput
from register.facts import NO_ACCOUNT_OF_THEIR_OWN
from register.home import VIETNAM
from register.ladder import NO_HAMLET
from register.tables import Inquiry, Person, Standing, Unit
from register.units import commune_of, hamlets_of, setting
from register.words import inside

FEW = 5  # a hamlet with fewer is given as "dưới 5" to a bank
OPEN = "." * 40


@dataclass(frozen=True)
class Letter:
    """The text of a letter. ``table``: (hamlet, how many)."""

    about: str
    to: str
    before: Sequence[str]
    table: Sequence[tuple[str, str]]
    after: Sequence[str]


def letter_of(session: Session, inquiry: Inquiry) -> bytes:
    """The letter that goes with an inquiry's sheet, as .docx."""
    if inquiry.kind == "bank":
        return bank_letter(session, inquiry.commune, inquiry.made_at, inquiry)
    return _payer_letter(session, inquiry) if inquiry.kind == "payer" else _police_letter(session, inquiry)


def _police_letter(session: Session, inquiry: Inquiry) -> bytes:
    unit = commune_of(session, inquiry.commune)
    people = inquiry_people(session, inquiry)
    number, name = sum(n for _, n in people), inside(unit.name)
    until = f"{inquiry.expires_at.astimezone(VIETNAM):%d/%m/%Y}"
    letter = Letter(
        "V/v đề nghị rà soát định danh điện tử và tài khoản hưởng An sinh xã hội",
        inquiry.office,
        [
            f"Ủy ban nhân dân {name} đang hỗ trợ người thụ hưởng tạo tài khoản hưởng An sinh xã hội trên ứng dụng "
            f"VNeID (theo văn bản {OPEN}). Hiện còn {_count(number)} người mà Ủy ban nhân dân chưa đủ thông tin.",
            f"Để không làm phiền người đã làm xong và giúp kịp thời người chưa làm, Ủy ban nhân dân {name} đề nghị "
            f"{inquiry.office} rà soát và cho biết, với từng người trong bảng kèm theo:",
            "1. Họ tên, ngày sinh, số định danh có khớp với Cơ sở dữ liệu quốc gia về dân cư không.",
            "2. Đã được cấp tài khoản định danh điện tử mức 2 chưa; đã kích hoạt chưa.",
            "3. Đã có tài khoản hưởng An sinh xã hội trên VNeID chưa. Chỉ cần ghi có hoặc chưa; xin không ghi số tài "
            "khoản, tên ngân hàng.",
            *(
                [
                    "4. Với người chưa có mức 2: đề nghị bố trí ngày làm định danh mức 2 tại địa bàn, đến tận nhà với "
                    "người đau yếu, và hỗ trợ kích hoạt ngay tại chỗ.",
                ]
                if "level2" in inquiry.why.split("+")
                else []
            ),
            "Số người theo địa bàn:",
        ],
        [(hamlet, _count(n)) for hamlet, n in people],
        [
            "Trong bảng, mỗi người có một mã dòng. Xin ghi “có”, “chưa” hoặc “không rõ” vào các cột trả lời, giữ "
            f"nguyên cột mã dòng, và gửi lại bảng kèm văn bản trả lời trước ngày {until}.",
            f"Bảng có dữ liệu cá nhân, cung cấp theo {OPEN}. Đề nghị chỉ giao cho người làm việc này, chỉ dùng để: "
            f"{purpose_of(inquiry)}; không gửi qua mạng xã hội, không sao thêm; xóa bản còn giữ sau khi trả lời.",
            *_contact(session, inquiry.commune),
            f"Rất mong {inquiry.office} quan tâm phối hợp./.",
        ],
    )
    return _docx(letter, unit, inquiry.made_at)


def bank_letter(session: Session, commune: str, now: datetime, inquiry: Inquiry | None = None) -> bytes:
    """A letter that asks banks to come and open accounts, as .docx. BadInput where nobody needs one.

    It tells how many need an account, hamlet by hamlet, and when the help sessions are: no name, and no question about
    anybody's accounts, which a bank may not answer. The list of an inquiry stays at the commune's desk.
    """
    unit = commune_of(session, commune)
    name = inside(unit.name)
    lacking = inquiry_people(session, inquiry) if inquiry else _without_account(session, commune)
    if not lacking:
        raise BadInput("Không có ai được ghi là chưa có tài khoản ngân hàng, nên chưa cần thư mời ngân hàng.")
    total = sum(number for _, number in lacking)
    planned = _sessions(session, commune, now)
    when = (
        ["Ủy ban nhân dân đã hẹn bà con các buổi hỗ trợ sau: " + "; ".join(planned) + "."]
        if planned
        else [f"Thời gian, địa điểm buổi hỗ trợ: {OPEN}."]
    )
    letter = Letter(
        "V/v đề nghị hỗ trợ mở tài khoản cho người thụ hưởng chính sách tại địa bàn",
        f"{OPEN} (các ngân hàng trên địa bàn)",
        [
            f"Ủy ban nhân dân {name} đang hỗ trợ người thụ hưởng nhận trợ cấp không dùng tiền mặt và tạo tài khoản "
            f"hưởng An sinh xã hội trên ứng dụng VNeID. Hiện có {_count(total)} người chưa có tài khoản ngân hàng:",
        ],
        [(hamlet, _count(n) if n >= FEW else f"dưới {FEW}") for hamlet, n in lacking],
        [
            "Đề nghị quý ngân hàng cử nhân viên, mang thiết bị đến buổi hỗ trợ để mở tài khoản đứng tên chính người "
            "thụ hưởng, sửa thông tin chưa khớp với thẻ căn cước, và xem xét miễn phí mở, duy trì tài khoản.",
            *when,
            *(
                [
                    "Tại buổi làm việc, cán bộ xã, phường giữ bảng điểm danh và ghi ai đã mở được tài khoản; chỉ ghi "
                    "có hoặc chưa."
                ]
                if inquiry
                else []
            ),
            "Việc mở tài khoản là tự nguyện. Người dân làm việc trực tiếp với ngân hàng; Ủy ban nhân dân không "
            "cung cấp danh sách, không thu thập số tài khoản và không hỏi ngân hàng về tài khoản của bất kỳ ai.",
            *_contact(session, commune),
            "Rất mong quý ngân hàng quan tâm phối hợp./.",
        ],
    )
    return _docx(letter, unit, now)


def _payer_letter(session: Session, inquiry: Inquiry) -> bytes:
    unit = commune_of(session, inquiry.commune)
    people, name = inquiry_people(session, inquiry), inside(unit.name)
    until = f"{inquiry.expires_at.astimezone(VIETNAM):%d/%m/%Y}"
    wanted = f"{inquiry.answer_by:%d/%m/%Y}" if inquiry.answer_by else until
    letter = Letter(
        "V/v đối chiếu việc chi trả cho người thụ hưởng chính sách tại địa bàn",
        inquiry.office,
        [
            f"Ủy ban nhân dân {name} đang rà soát việc người thụ hưởng nhận được tiền của mình đầy đủ, thuận tiện. "
            f"Hiện có {_count(sum(n for _, n in people))} người đang nhận tiền mặt hoặc có người nhận thay:",
        ],
        [(hamlet, _count(n)) for hamlet, n in people],
        [
            "Đề nghị quý đơn vị cho biết, với từng người trong bảng kèm theo: kỳ gần nhất đã chi trả hay chưa; đang "
            "chi trả bằng tiền mặt hay qua tài khoản đứng tên chính người đó. Chỉ ghi có, chưa hoặc không rõ; xin "
            "không ghi số tiền, số tài khoản.",
            f"Xin giữ nguyên cột mã dòng và gửi lại bảng trước ngày {wanted}. Với người chưa nhận được tiền, đề nghị "
            "báo sớm để Ủy ban nhân dân cùng tìm cách chi trả.",
            f"Bảng có dữ liệu cá nhân, cung cấp theo {OPEN}. Đề nghị chỉ giao cho người làm việc này, chỉ dùng để: "
            f"{purpose_of(inquiry)}; không gửi qua mạng xã hội, không sao thêm; xóa bản còn giữ sau khi trả lời.",
            *_contact(session, inquiry.commune),
            "Rất mong quý đơn vị quan tâm phối hợp./.",
        ],
    )
    return _docx(letter, unit, inquiry.made_at)


def _without_account(session: Session, commune: str) -> list[tuple[str, int]]:
    """Open persons who stand as having no bank account of their own, hamlet by hamlet."""
    query = select(col(Person.hamlet), func.count()).join(Standing, col(Standing.person) == col(Person.id))
    query = query.where(col(Person.commune) == commune, col(Person.closed_at).is_(None))
    query = query.where(col(Standing.bank_account) == "no", col(Standing.special).not_in(NO_ACCOUNT_OF_THEIR_OWN))
    rows = session.execute(query.group_by(col(Person.hamlet))).all()
    names = {unit.code: unit.name for unit in hamlets_of(session, commune)}
    ordered = sorted(rows, key=lambda row: (row[0] is None, row[0] or ""))
    return [(names.get(code, NO_HAMLET), number) for code, number in ordered]


def _sessions(session: Session, commune: str, now: datetime) -> list[str]:
    query = select(HelpSession, col(Unit.name)).join(Unit, col(Unit.code) == col(HelpSession.hamlet), isouter=True)
    query = query.where(col(HelpSession.commune) == commune, col(HelpSession.starts_at) > now)
    found = []
    for meeting, hamlet in session.execute(query.order_by(col(HelpSession.starts_at)).limit(10)):
        at = meeting.starts_at.astimezone(VIETNAM)
        where = f"{meeting.place}, {hamlet_words(hamlet)}" if hamlet else meeting.place
        found.append(f"{at:%H} giờ{f' {at:%M}' if at.minute else ''} ngày {at:%d/%m/%Y}, {where}")
    return found


def _contact(session: Session, commune: str) -> list[str]:
    phone = setting(session, commune, "landline")
    return [f"Điện thoại liên hệ: {phone}."] if phone else []


# --- The form -------------------------------------------------------------------------------------


def _docx(letter: Letter, unit: Unit, day: datetime) -> bytes:
    document = new_document()
    kind, place = split_kind(unit.name)
    place_and_date = f"{place}, ngày ..... tháng ..... năm {day.astimezone(VIETNAM).year}"
    below = (("Số: ......../UBND-VHXH", 13, ""), (letter.about, 12, ""))
    letterhead(document, ("ỦY BAN NHÂN DÂN", unit.name.upper()), place_and_date, *below)
    words(document.add_paragraph(), f"Kính gửi: {letter.to}", 13, "", before=14)
    for text in letter.before:
        _paragraph(document, text)
    grid = document.add_table(1 + len(letter.table), 3)
    grid.style = "Table Grid"
    left, right = WD_ALIGN_PARAGRAPH.LEFT, WD_ALIGN_PARAGRAPH.RIGHT
    for number, (hamlet, people) in enumerate([("Địa bàn", "Số người"), *letter.table]):
        marks = "" if number else "b"
        cells = (("TT" if not number else str(number), None), (hamlet, left), (people, right))
        for at, (text, align) in enumerate(cells):
            aligned = {"align": align} if align is not None and number else {}
            words(grid.cell(number, at).paragraphs[0], text, 12, marks, **aligned)
            grid.cell(number, at).paragraphs[0].paragraph_format.space_after = 0
        keep_whole(grid.rows[number], repeat=number == 0)
    widths(grid, (14, 80, 36))
    document.add_paragraph().paragraph_format.space_after = 0
    for text in letter.after:
        _paragraph(document, text)
    recipients = ("Như trên;", f"Chủ tịch, các Phó Chủ tịch UBND {kind};", "Lưu: VT, VHXH.")
    foot(document, recipients, "TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH")
    content = io.BytesIO()
    document.save(content)
    return content.getvalue()


def _paragraph(document: Any, text: str) -> None:
    align = WD_ALIGN_PARAGRAPH.LEFT if OPEN in text else WD_ALIGN_PARAGRAPH.JUSTIFY  # dots cannot be broken
    words(document.add_paragraph(), text, 13, "", align, indent=10)


def _count(number: int) -> str:
    return f"{number:,}".replace(",", ".")
