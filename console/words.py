"""Screen words: what states, facts and answers are called in Vietnamese. One table per noun."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from campaigns.conditions import FACTS as FACTS
from campaigns.conditions import VALUE_WORDS
from register.aliases import MEANINGS as MEANINGS
from register.facts import EVIDENCE_LABELS
from register.home import VIETNAM
from register.words import inside as inside
from register.workdays import WEEKDAYS as WEEKDAYS

CAMPAIGN_STATES = {
    "draft": ("Chờ duyệt", "wait"),
    "approved": ("Đã duyệt, chưa phát động", "go"),
    "running": ("Đang chạy", "yes"),
    "paused": ("Tạm dừng", "wait"),
    "finished": ("Đã kết thúc", ""),
    "cancelled": ("Đã hủy", ""),
}
CHANNELS = {
    "zalo": "Zalo",
    "zbs": "Zalo (tin mẫu theo số máy)",
    "telegram": "Telegram",
    "zalo_bot": "Zalo Bot",
    "web": "Trang web",
    "phone": "Điện thoại",
    "visit": "Đến nhà",
}
EVIDENCE = EVIDENCE_LABELS
_MARKS = {"no": "no", "below_2": "no", "1": "no", "0": "no", "2_granted": "wait", "no_smartphone": "wait"}
_MARKS |= {"yes": "yes", "2_active": "yes", "asxh": "yes", "frail": "wait", "child": "wait", "delegate": "wait"}
VALUES = {value: (words, _MARKS.get(value, "")) for value, words in VALUE_WORDS.items()}  # words, how they are marked
CHANGES = FACTS | {
    "name": "Họ tên",
    "birth": "Ngày sinh",
    "phone": "Số điện thoại",
    "address": "Địa chỉ",
    "hamlet": "Thôn, khu phố",
    "category": "Loại đối tượng",
    "came_back": "Trở lại danh sách",
    "left": "Không còn trong danh sách",
}
SINCE = {"before": "có từ trước", "during": "mới làm", "unknown": "không rõ có từ bao giờ"}
CLOSED = {
    "left_list": "Không còn trong danh sách mới nhất",
    "died": "Đã qua đời",
    "moved": "Đã chuyển đi",
    "erased": "Đã xóa dữ liệu theo yêu cầu",
    "retention": "Đã xóa danh tính vì hết thời hạn lưu giữ",
}
RELATIONS = {
    "self": "chính người này",
    "relative": "người nhà",
    "neighbour": "hàng xóm",
    "unknown": "chưa rõ máy của ai",
}
ATTEMPTS = {
    "accepted": "kênh đã nhận tin",
    "failed": "kênh không nhận",
    "later": "kênh hẹn gửi sau",
    "unknown": "không rõ đã tới chưa",
}
ACTIONS = {
    "list_imported": "Nhận danh sách",
    "identity_shown": "Xem đầy đủ thông tin một người",
    "person_sought": "Tìm một người ở mọi xã, phường",
    "list_exported": "Xuất danh sách",
    "session_names_shown": "Xem đủ họ tên ở buổi hỗ trợ",
    "session_attendance": "Ghi ai đã đến buổi hỗ trợ",
    "columns_learnt": "Sửa cách hiểu cột của danh sách",
    "old_cards_allowed": "Cho nhận hoặc thôi nhận số CMND",
    "inquiry_made": "Lập đề nghị tới nơi giúp được",
    "inquiry_sent": "Ghi đã gửi một đề nghị",
    "inquiry_sheet_taken": "Tải bảng trả lời có tên người",
    "answers_taken": "Nhận trả lời của một đề nghị",
    "identities_removed": "Xóa danh tính hết thời hạn lưu giữ",
    "list_shown": "Xem đầy đủ một danh sách",
    "person_erased": "Xóa dữ liệu một người",
    "person_closed": "Đóng hồ sơ một người",
    "signed_in": "Đăng nhập",
    "signed_out": "Đăng xuất",
    "sign_in_failed": "Đăng nhập không thành",
    "staff_added": "Thêm cán bộ",
    "staff_changed": "Sửa tài khoản cán bộ",
    "staff_moved": "Đổi vai trò, đơn vị cán bộ",
    "invitation_made": "Tạo đường dẫn đặt mật khẩu",
    "invitation_used": "Đặt mật khẩu qua đường dẫn",
    "second_step_set": "Cài mã hai bước",
    "second_step_removed": "Bỏ mã hai bước",
    "recovery_codes_made": "Lập tờ mã dự phòng",
    "recovery_code_used": "Dùng một mã dự phòng",
    "keys_rotated": "Thay khóa mã hóa",
    "backup_made": "Sao lưu",
    "backup_restored": "Khôi phục từ bản sao lưu",
    "report_rules": "Đổi cách lập báo cáo",
    "notice_told": "Ghi nơi đã phổ biến thông báo",
    "notice_photo_added": "Thêm ảnh niêm yết",
    "notice_photo_removed": "Bỏ ảnh niêm yết",
    "text_proposed": "Sửa một lời văn",
    "text_approved": "Duyệt một lời văn",
    "text_returned": "Trả lại một lời văn để sửa",
    "text_withdrawn": "Bỏ một lời văn riêng",
    "api_key_made": "Lập khóa kết nối",
    "api_key_withdrawn": "Thu hồi khóa kết nối",
    "campaign_made": "Lập đợt vận động",
    "channel_switched": "Bật hoặc tắt một kênh",
    "channel_linked": "Nối tài khoản Zalo",
    "campaign_changed": "Sửa bản nháp đợt vận động",
    "campaign_submitted": "Trình duyệt đợt vận động",
    "campaign_held_out": "Tỉnh cho phép nhóm đối chứng",
    "campaign_returned": "Trả lại đợt vận động để sửa",
    "campaign_approved": "Duyệt đợt vận động",
    "campaign_running": "Phát động hoặc chạy tiếp đợt vận động",
    "campaign_paused": "Tạm dừng đợt vận động",
    "campaign_finished": "Kết thúc đợt vận động",
    "campaign_cancelled": "Hủy đợt vận động",
    "unknown_settled": "Ghi rõ tin đã tới hay chưa",
    "restored_settled": "Ghi rõ các tin chưa rõ sau khi khôi phục",
    "announcement_noted": "Ghi thông báo của UBND",
    "commune_changed": "Sửa thông tin xã, phường",
    "ticket_taken": "Nhận việc cần hỗ trợ",
    "ticket_read": "Đọc lời người dân",
    "ticket_handed": "Chuyển việc cho người khác",
    "ready_changed": "Sửa câu trả lời sẵn",
    "ticket_answered": "Trả lời người dân",
    "ticket_closed": "Đóng việc cần hỗ trợ",
    "ticket_visit": "Hẹn đến nhà từ việc cần hỗ trợ",
    "ticket_place": "Giữ chỗ ở buổi hỗ trợ",
    "chat_exported": "Xuất cuộc trò chuyện đã che tên",
    "link_code_made": "Tạo mã liên kết",
    "bulletin_written": "Soạn bản tin",
    "recording_approved": "Duyệt bản ghi",
    "bulletin_changed": "Sửa lời bản tin",
    "group_posted": "Ghi đã đăng bài vào nhóm",
    "airing_planned": "Xếp lịch phát loa",
    "airing_urgent": "Phát tin khẩn cấp",
    "airing_cancelled": "Bỏ một lượt phát loa",
    "air_logged": "Ghi nhật ký phát sóng",
    "air_hours_changed": "Sửa giờ các buổi phát loa",
    "word_taught": "Sửa cách đọc một từ",
    "reading_uploaded": "Tải lên bản đọc của người thật",
    "phrases_recorded": "Thu một trang của kho câu đọc",
    "report_closed": "Chốt số liệu một kỳ báo cáo",
}
# what the subject of an audit event is a number of, by the first word of the action
SUBJECTS = {
    "campaign": "đợt",
    "announcement": "thông báo",
    "ticket": "việc",
    "bulletin": "bản tin",
    "recording": "bản ghi",
    "airing": "lượt phát",
    "air": "lượt phát",
    "identity": "người",
    "person": "người",
    "inquiry": "đề nghị",
    "link": "người",
    "session": "buổi hỗ trợ",
    "api": "khóa",
    "text": "bản lời văn",
    "notice": "thông báo",
}
RUNGS_SHORT = {
    "matched": "Khớp dữ liệu",
    "eid2": "Mức 2",
    "bank": "Ngân hàng",
    "asxh": "ASXH",
    "paid": "Nhận qua ASXH",
    "confirmed": "Xác nhận",
}
# what a group needs first, in one line beside its name (campaigns.segments)
SEGMENT_HINTS = {
    "nq418-ready": "Làm được ngay: chỉ còn khai tài khoản trên VNeID.",
    "asxh-ready": "Cũng làm được ngay, kể cả người không có tên trong danh sách NQ 418.",
    "unknown-asxh": "Danh sách không ghi: hỏi trước, đừng coi là chưa có.",
    "no-eid2": "Phải làm định danh mức 2 ở Công an trước; nên mời đến buổi hỗ trợ.",
    "no-bank": "Phải mở tài khoản ngân hàng trước.",
    "mismatch": "Phải sửa thông tin ở Công an trước.",
    "delegated": "Người được ủy quyền đang nhận thay; hỏi ý kiến cả hai người.",
    "special": "Trẻ em, người đau yếu, không có điện thoại thông minh: đi đường khác, thường là đến nhà.",
    "unlinked": "Chưa nhắn được: mời qua loa, buổi hỗ trợ, phiếu đến nhà.",
    "everyone": "Để tự ghép điều kiện ở phần “Thu hẹp nhóm”.",
}
INQUIRY_STATES = {
    "to_send": ("chưa gửi", "wait"),
    "sent": ("đã gửi, đang chờ", "go"),
    "overdue": ("quá hạn trả lời", "no"),
    "answered": ("đã có trả lời", "yes"),
    "ended": ("đã hết hạn", ""),
}
# what people can do about a reason: words, and where ("": the step of ways and times)
REASON_HELP = {
    "no_channel": ("Thêm “Đến nhà” vào cuối", ""),
    "not_announced": ("Ghi thông báo của UBND", "/thong-bao"),
    "wave": ("Xem lịch buổi hỗ trợ", "/buoi-ho-tro"),
    "turn": ("Xem lại các khu bắt đầu trong mấy ngày", ""),
    "session_full": ("Xếp thêm buổi hỗ trợ", "/buoi-ho-tro"),
    "handed_over": ("Xem nơi đang giúp", "/de-nghi"),
    "budget": ("Xem lại kinh phí", ""),
    "window_over": ("Chọn ngày khác", ""),
    "before_start": ("Xem lại ngày", ""),
}
REASONS_TO_SEE = {
    "call": "Gọi điện để giúp",
    "visit": "Chuẩn bị đến nhà",
    "check": "Đối chiếu với danh sách, giấy tờ",
    "request": "Giải quyết đề nghị của chính người này",
}
DONE = {
    "nhan-danh-sach": "Đã nhận danh sách.",
    "bo-tep": "Đã bỏ tệp. Không lưu gì vào sổ.",
    "da-luu": "Đã lưu.",
    "da-chot": "Đã chốt số liệu. Danh sách nhận sau này không đổi con số của kỳ này.",
    "da-bat": "Đã bật kênh.",
    "da-tat": "Đã tắt kênh. Đợt vận động đi tiếp bằng các kênh khác.",
    "da-noi": "Đã nối tài khoản Zalo. Nếu kênh Zalo còn “chưa thiết lập”, hãy mở lại chương trình một lần.",
    "nhan-tra-loi": "Đã nhận trả lời.",
    "da-bo": "Đã bỏ buổi này. Nếu đã mời hoặc đã phát loa, xin báo lại cho bà con.",
    "da-thoat": "Đã đăng xuất các máy khác.",
    "da-dat-lai": "Đã bỏ mã hai bước cũ. Lần đăng nhập tới, người này cài lại nếu vai trò cần.",
    "da-dong-tk": "Đã đóng tài khoản. Mọi máy đang dùng tài khoản này đã bị đăng xuất.",
    "da-mo-tk": "Đã mở lại tài khoản.",
    "doi-mat-khau": "Đã đổi mật khẩu. Những máy khác đã bị đăng xuất.",
    "buoc-xong": "Đã lưu. Có thể dừng ở đây và làm tiếp lúc khác.",
    "da-trinh": "Đã trình. Người thứ hai sẽ thấy việc này ở trang “Hôm nay”.",
    "da-duyet": "Đã duyệt. Có thể phát động.",
    "tra-lai": "Đã trả lại. Người lập sẽ thấy lời nhắn của bạn.",
    "da-chay": "Đã phát động. Đợt vận động bắt đầu.",
    "tam-dung": "Đã tạm dừng. Chưa ai bị nhắn thêm.",
    "chay-tiep": "Đợt vận động chạy tiếp từ chỗ dừng.",
    "da-huy": "Đã hủy. Những người chưa nhắn sẽ không nhận tin nữa.",
    "da-nhan": "Bạn đã nhận việc này.",
    "da-chuyen": "Đã chuyển. Người nhận thấy việc này ở mục “Tôi đang giúp”.",
    "da-tra-loi": "Đã gửi câu trả lời.",
    "da-hen": "Đã ghi lại và đã báo cho người dân.",
    "da-hen-chua-bao": "Đã ghi lại, nhưng chưa báo được qua kênh chat. Hãy gọi điện báo cho người này.",
    "chua-gui": "Câu trả lời đã lưu, nhưng chưa gửi được qua kênh chat. Hãy gọi điện hoặc đến gặp người này.",
    "da-ghi-cau": "Đã nghe ra đủ câu và giữ lại. Mời đọc trang tiếp theo.",
    "da-ghi-am": "Đã ghi âm. Hãy nghe lại từ đầu đến cuối trước khi duyệt.",
    "da-dong": "Đã đóng việc này.",
    "da-ghi": "Đã ghi lại.",
    "da-dang": "Đã ghi là đã đăng.",
    "duyet-ghi": "Đã duyệt.",
    "da-xep": "Đã xếp lịch phát.",
    "da-bo-luot": "Đã bỏ lượt phát này.",
    "khan-cap": "Trang phát thanh sẽ phát ngay trong nửa phút. Bài bị vướng đã dời giờ.",
    "bo-duyet": "Đã lưu lời mới. Mọi lần duyệt cũ đã bỏ: hãy ghi âm và nhờ duyệt lại.",
    "chi-luu": "Người khác đã gặp nhà này hôm nay, nên lần ghi của bạn chỉ được lưu vào lịch sử.",
    "da-tra-nha": "Đã trả lại. Người khác nhận được các nhà này.",
    "loi-cho-duyet": "Đã gửi. Người thứ hai duyệt rồi lời này mới được dùng.",
    "da-thu-hoi": "Đã thu hồi khóa. Phần mềm dùng khóa này không hỏi được nữa.",
    "can-den": "Đã đưa vào danh sách đến nhà.",
}


def day(value: date | datetime | None) -> str:
    """23/11/2026; empty for None. Moments are shown in Viet Nam's time."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        value = local(value).date()
    return f"{value:%d/%m/%Y}"


def birth(value: str) -> str:
    """1950-05-02 as 02/05/1950; a year alone stays one (register.people.Identity)."""
    return "/".join(reversed(value.split("-")))


def local(value: datetime) -> datetime:
    """The moment in Viet Nam (SQLite gives naive UTC back)."""
    return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(VIETNAM)


def moment(value: datetime | None) -> str:
    """08:00 ngày 23/11/2026."""
    return "" if value is None else f"{local(value):%H:%M} ngày {local(value):%d/%m/%Y}"


def clock(value: datetime) -> str:
    """8 giờ, 14 giờ 30."""
    at = local(value)
    return f"{at.hour} giờ {at.minute:02d}" if at.minute else f"{at.hour} giờ"


def hour(value: datetime) -> str:
    """8:00, as a form takes it back."""
    at = local(value)
    return f"{at.hour}:{at.minute:02d}"


def weekday(value: date | datetime) -> str:
    """thứ Hai 23/11/2026."""
    at = local(value).date() if isinstance(value, datetime) else value
    return f"{WEEKDAYS[at.weekday()]} {day(at)}"


def count(value: int | None) -> str:
    """1.234."""
    return "" if value is None else f"{value:,}".replace(",", ".")


def money(value: int | None) -> str:
    """400.000 đồng."""
    return "" if value is None else f"{count(value)} đồng"


def told(kind: str, value: str) -> str:
    """A value before or after a change (register.difference), as people read it."""
    if kind == "left":
        return CLOSED.get(value, value) or "–"
    return (VALUES.get(value, (value, ""))[0] if kind in FACTS else value[:80]) or "–"


def share(part: int, whole: int) -> str:
    """37,4 %; a dash when there is nothing to divide by."""
    return "–" if not whole else f"{100 * part / whole:.1f} %".replace(".", ",")


def rate(part: int, whole: int, unknown: int) -> str:
    """7,8 %; "≥ 7,8 %" while some are unknown; a dash while most are: then it would say nothing true."""
    if 2 * unknown > whole:
        return "–"
    return f"≥ {share(part, whole)}" if unknown else share(part, whole)


def about(action: str, subject: str) -> str:
    """Whom or what an audit event is about: đợt số 1, người số 57."""
    kind = SUBJECTS.get(action.split("_", 1)[0], "")
    return f"{kind} số {subject}" if kind and subject.isdigit() else subject


def number(value: float, digits: int = 1) -> str:
    """12,5."""
    return f"{value:.{digits}f}".replace(".", ",").replace("-", "−")


def ago(value: datetime, now: datetime) -> str:
    """How long somebody has been waiting: 25 phút, 3 giờ, 2 ngày."""
    waited = now - (value if value.tzinfo else value.replace(tzinfo=UTC))
    if waited < timedelta(hours=1):
        return f"{max(1, int(waited.total_seconds() // 60))} phút"
    if waited < timedelta(days=2):
        return f"{int(waited.total_seconds() // 3600)} giờ"
    return f"{waited.days} ngày"


def lasted(seconds: float) -> str:
    """How long something took, in its largest unit: dưới 1 phút, 25 phút, 3,5 giờ, 2 ngày."""
    for name, unit in (("ngày", 86_400), ("giờ", 3_600), ("phút", 60)):
        if seconds >= unit:
            tenths = round(seconds / unit, 0 if name == "phút" or seconds >= 10 * unit else 1)
            return f"{number(tenths).removesuffix(',0')} {name}"
    return "dưới 1 phút"


def minutes(seconds: float) -> str:
    """2 phút 45 giây."""
    whole = round(seconds)
    return f"{whole // 60} phút {whole % 60:02d} giây" if whole >= 60 else f"{whole} giây"
